/**
 * A CSV file with a header: spreadsheets of any country, separated by commas, semicolons or tabs, decimal commas where the separator is another. Pure.
 */
import Papa from 'papaparse';
import { LinesideError } from '../../errors.ts';

export interface Table {
  readonly header: readonly string[];
  /** Cells of each column, trimmed. */
  readonly columns: readonly (readonly string[])[];
  /** A comma may stand for the point of a number. */
  readonly commas: boolean;
}

/** Cells of a file, at most. */
const MOST = 20_000_000;

/** Throws DATA_INVALID: no row, two columns of one name, rows of other lengths, too much. */
export function tableIn(text: string, file: string): Table {
  const delimiter = separatorOf(text);
  const refuse = (why: string) => new LinesideError('DATA_INVALID', { file, why });
  let header: readonly string[] | null = null;
  let columns: string[][] = [];
  let count = 0;
  const take = (cells: readonly string[]) => {
    if (header === null) {
      header = cells.map((cell) => cell.trim());
      columns = header.map(() => []);
      return;
    }
    const { length } = header;
    count += length;
    if (count > MOST) throw refuse(`it holds more than ${MOST} numbers: teach from parts of it`);
    const row = (columns[0]?.length ?? 0) + 1;
    if (cells.length < length || cells.slice(length).some((cell) => cell !== ''))
      throw refuse(`row ${row} below the header has ${cells.length} cells, the header has ${length}`);
    for (const [i, column] of columns.entries()) column.push((cells[i] ?? '').trim());
  };
  Papa.parse<string[]>(text, { delimiter, skipEmptyLines: 'greedy', step: ({ data }) => take(data) });
  if (header === null || columns[0]?.length === undefined || columns[0].length === 0) throw refuse('it holds no row below a header');
  const names: readonly string[] = header;
  const twice = names.find((name, i) => name !== '' && names.indexOf(name) !== i);
  if (twice !== undefined) throw refuse(`two columns are named ${twice}`);
  return { header: names, columns, commas: delimiter !== ',' };
}

/** What a name never holds stands between them; a comma is the last to be asked for, since it may stand in numbers. */
function separatorOf(text: string): string {
  const header = text.slice(0, text.search(/[\r\n]|$/)).replace(/"[^"]*"/g, '');
  return ['\t', ';', ',', '|'].find((one) => header.includes(one)) ?? ',';
}

export const MISSING = /^(|nan|n\/?a|null|none|-)$/i;

/** NaN for what is missing, or no number; true is 1. */
export function numberOf(cell: string, commas: boolean): number {
  if (MISSING.test(cell)) return Number.NaN;
  if (/^(true|false)$/i.test(cell)) return cell.toLowerCase() === 'true' ? 1 : 0;
  const value = Number(commas && /^[^,.]*,[^,.]*$/.test(cell) ? cell.replace(',', '.') : cell);
  return Number.isFinite(Math.fround(value)) ? value : Number.NaN;
}
