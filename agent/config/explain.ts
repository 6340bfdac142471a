/** Faults for people at a terminal: the sentence, the line of the file, and a mark under the place. */
import { type ConfigFault, formatFault } from './faults.ts';

export interface ExplainOptions {
  /** ANSI colours; leave it off when the output is no terminal. */
  readonly colour?: boolean;
}

const RED = 31;
const YELLOW = 33;
const DIM = 2;
/** More than anybody mends in one go. */
const MOST = 100;
/** A line longer than this is cut around the place. */
const WIDTH = 120;

/**
 * One block a fault, faults before warnings:
 * ```
 * line.yaml:12:15: stations.outlet.deadline is 200 without a unit; write 200ms, 200s or another of m, h, d
 *    12 |     deadline: 200
 *       |               ^^^
 * ```
 */
export function explain(
  found: { readonly faults?: readonly ConfigFault[]; readonly warnings?: readonly ConfigFault[]; readonly more?: number },
  { colour = false }: ExplainOptions = {},
): string {
  const paint = (code: number, text: string) => (colour ? `\u001b[${code}m${text}\u001b[0m` : text);
  const block = (fault: ConfigFault, code: number, prefix: string) =>
    [
      prefix + formatFault(fault),
      ...excerpt(
        fault,
        (text) => paint(DIM, text),
        (text) => paint(code, text),
      ),
    ].join('\n');
  const blocks = [
    ...(found.faults ?? []).map((fault) => block(fault, RED, '')),
    ...(found.warnings ?? []).map((fault) => block(fault, YELLOW, paint(YELLOW, 'warning: '))),
  ];
  const more = Math.max(0, blocks.length - MOST) + (found.more ?? 0);
  return [...blocks.slice(0, MOST), ...(more > 0 ? [`… and ${more} more`] : [])].join('\n');
}

type Paint = (text: string) => string;

function excerpt({ line, column, length, excerpt: full }: ConfigFault, dim: Paint, loud: Paint): readonly string[] {
  if (full.trim() === '') return [];
  const from = Math.max(0, column - 1 - (full.length > WIDTH ? WIDTH / 2 : full.length));
  const shown = full.slice(from, from + WIDTH);
  // A tab stays a tab under a tab, so that the mark stands right whatever the terminal makes of it.
  const before = shown.slice(0, column - 1 - from).replace(/[^\t]/g, ' ');
  const mark = '^'.repeat(Math.max(1, Math.min(length, shown.length - before.length)));
  const number = String(line).padStart(5);
  return [`${dim(`${number} |`)} ${shown}`, `${dim(`${' '.repeat(5)} |`)} ${before}${loud(mark)}`];
}
