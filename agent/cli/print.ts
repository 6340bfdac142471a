/** Aligned tables and colours for the terminal; a pipe gets neither colour nor movement. */
import { stripVTControlCharacters } from 'node:util';

const lengthOf = (text: string): number => stripVTControlCharacters(text).length;
const pad = (text: string, width: number): string => ' '.repeat(Math.max(0, width - lengthOf(text)));

/** Columns as wide as their widest cell; a line a row. `right`: columns that are numbers. */
export function table(header: readonly string[], rows: readonly (readonly string[])[], right: ReadonlySet<number> = new Set()): string {
  const widths = header.map((title, i) => Math.max(title.length, ...rows.map((row) => lengthOf(row[i] ?? ''))));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => (right.has(i) ? pad(cell, widths[i] ?? 0) + cell : cell + pad(cell, widths[i] ?? 0)))
      .join('  ')
      .trimEnd();
  return [line(header), line(widths.map((w) => '─'.repeat(w))), ...rows.map(line)].join('\n');
}

export type Colour = 'red' | 'green' | 'yellow' | 'dim' | 'bold';
const CODES: Readonly<Record<Colour, number>> = { red: 31, green: 32, yellow: 33, dim: 2, bold: 1 };

/** NO_COLOR (no-color.org) is honoured. */
export const painter =
  (isTerminal: boolean) =>
  (colour: Colour, text: string): string =>
    isTerminal && !process.env['NO_COLOR'] ? `\u001b[${CODES[colour]}m${text}\u001b[0m` : text;

export const out = (text: string): void => void process.stdout.write(`${text}\n`);
export const outJson = (value: unknown): void => out(JSON.stringify(value));
