/** What is kept of a run, file by file, and the page that is made of it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { page, table } from '../docs/markdown.ts';

/** One file of Stryker's report (mutation-testing-report-schema). */
export interface ReportedFile {
  readonly source: string;
  readonly mutants: readonly {
    readonly mutatorName: string;
    readonly replacement?: string;
    readonly status: string;
    readonly location: { readonly start: Position; readonly end: Position };
  }[];
}
interface Position {
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
}

/** One mutated file. Of `mutants`, those that no quick test reaches are not `covered`; a timeout counts as a kill, and is shown. */
export interface Result {
  readonly mutants: number;
  readonly covered: number;
  readonly killed: number;
  readonly timeouts: number;
  /**
   * Not by a run of Stryker: its instrumenter's mutants were switched on one after the other in one process, with the same tests. Those that
   * are met only while a module is loaded are not counted. Missing: by Stryker.
   */
  readonly switched?: boolean;
  /** `line: what -> by what`, as the file was when it was mutated. */
  readonly survivors: readonly string[];
}

/** By the path of the file from the top of the repository. */
export type Results = Readonly<Record<string, Result>>;

/** A survivor that is left, since no test can tell it from the original: by the text that is mutated and what it becomes. */
export interface Equivalent {
  readonly survivor: string;
  readonly why: string;
}

export const RESULTS = 'scripts/mutation/results.json';
export const EQUIVALENTS = 'scripts/mutation/equivalents.yaml';

/** Longer texts of code are cut: a line is to be found again, not read. */
const SHORT = 70;
const short = (code: string): string => {
  const line = code.replace(/\s+/g, ' ').trim();
  return line.length > SHORT ? `${line.slice(0, SHORT)}…` : line;
};

function between(source: string, start: Position, end: Position): string {
  const lines = source.split('\n').slice(start.line - 1, end.line);
  const last = lines.length - 1;
  lines[last] = (lines[last] ?? '').slice(0, end.column - 1);
  lines[0] = (lines[0] ?? '').slice(start.column - 1);
  return lines.join('\n');
}

/** Pure. Mutants that do not compile or run at all are none. */
export function resultOf({ source, mutants }: ReportedFile): Result {
  const count = (...statuses: string[]) => mutants.filter(({ status }) => statuses.includes(status)).length;
  const survivors = mutants
    .filter(({ status }) => status === 'Survived')
    .sort((a, b) => a.location.start.line - b.location.start.line || a.location.start.column - b.location.start.column)
    .map(
      ({ location, replacement }) =>
        `${location.start.line}: ${short(between(source, location.start, location.end))} -> ${short(replacement ?? '')}`,
    );
  return {
    mutants: count('Killed', 'Timeout', 'Survived', 'NoCoverage'),
    covered: count('Killed', 'Timeout', 'Survived'),
    killed: count('Killed'),
    timeouts: count('Timeout'),
    survivors,
  };
}

/** Percent of the covered mutants that were found out; 100 where there is none. */
export const scoreOf = ({ covered, killed, timeouts }: Result): number => (covered === 0 ? 100 : (100 * (killed + timeouts)) / covered);

export const readResults = (root: string): Results => JSON.parse(readFileSync(join(root, RESULTS), 'utf8')) as Results;

export const readEquivalents = (root: string): Readonly<Record<string, readonly Equivalent[]>> =>
  (parse(readFileSync(join(root, EQUIVALENTS), 'utf8')) as Record<string, readonly Equivalent[]> | null) ?? {};

function row(name: string, result: Result): readonly string[] {
  const { mutants, covered, killed, timeouts } = result;
  const survived = covered - killed - timeouts;
  return [
    result.switched ? `${name} \\*` : name,
    `${mutants}`,
    `${covered}`,
    `${killed}`,
    `${timeouts}`,
    `${survived}`,
    scoreOf(result).toFixed(1),
  ];
}

function sumOf(results: readonly Result[]): Result {
  const sum = (key: 'mutants' | 'covered' | 'killed' | 'timeouts') => results.reduce((total, result) => total + result[key], 0);
  return { mutants: sum('mutants'), covered: sum('covered'), killed: sum('killed'), timeouts: sum('timeouts'), survivors: [] };
}

/** docs/mutation.md. Pure. */
export function mutationPage(results: Results, equivalents: Readonly<Record<string, readonly Equivalent[]>>): string {
  const files = Object.keys(results).sort();
  const rows = files.map((file) => row(file, results[file] as Result));
  const left = files.flatMap((file) => {
    const { survivors } = results[file] as Result;
    if (survivors.length === 0) return [];
    const why = (survivor: string) => equivalents[file]?.find((known) => survivor.endsWith(`: ${known.survivor}`))?.why;
    const lines = survivors.map((survivor) => `- \`${survivor.replaceAll('`', "'")}\`${why(survivor) ? `: ${why(survivor)}` : ''}`);
    return [`### ${file}`, lines.join('\n')];
  });
  return page(
    '# Mutants',
    'Stryker changes the code in one place at a time, and the quick tests of the room should notice. `npm run mutants -- ROOM` or a file runs it ' +
      '(`scripts/mutants.ts`), and writes what it found here. A mutant that no quick test reaches is not *covered*: the slow tests (kills, full disks, cut ' +
      'connections) are not asked. A mutant that never ends is *timed out*, and counts as found. *Score*: found out of the covered, in percent. ' +
      'Lines are those of the file when it was mutated.',
    'Files with a \\* were not measured by a run of Stryker but faster: the mutants that its instrumenter makes, switched on one after the other ' +
      'in one process, with the same tests, without those that are met only while a module is loaded (`--switched`, ' +
      '`scripts/mutation/switching.ts`). Where both were run on a file, the same mutants survived. `npm run mutants -- FILE` measures one anew.',
    table(['file', 'mutants', 'covered', 'killed', 'timed out', 'survived', 'score'], [...rows, row('all', sumOf(Object.values(results)))]),
    '## What survived',
    'A reason stands beside those that no test can tell from the original.',
    ...left,
  );
}
