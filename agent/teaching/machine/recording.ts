/** A machine's tags from a CSV file: a header with their names, a row a grid step, a column of times allowed. Pure. */
import { LinesideError } from '../../errors.ts';
import type { Milliseconds } from '../../time.ts';
import { MISSING, numberOf, tableIn } from './table.ts';

export interface Recording {
  /** For sentences. */
  readonly file: string;
  /** Columns of numbers, in the order of the file. */
  readonly tags: readonly string[];
  /** Row-major [rows x tags], raw units, in single precision as the agent has them; NaN for what is missing. */
  readonly values: Float32Array<ArrayBuffer>;
  readonly rows: number;
  /** Of each row, ms; null where there is no column of times, or one that nobody can read. */
  readonly times: readonly number[] | null;
  /** Columns that are no tags, with why. */
  readonly others: readonly { readonly tag: string; readonly why: string }[];
}

/** Throws DATA_INVALID. `known`: columns that are tags whatever they look like, since a package was taught them. */
export function readRecording(text: string, file: string, known: readonly string[] = []): Recording {
  const { commas, ...table } = tableIn(text, file);
  const { header } = table;
  const columns = header.map((name, i) => columnOf(name, table.columns[i] ?? [], { commas, known: known.includes(name) }));
  const timed = columns.find(({ times }) => times !== null);
  const tags = columns.flatMap((column, i) => (column.why === null ? [{ name: header[i] ?? '', values: column.values }] : []));
  if (tags.length === 0) throw new LinesideError('DATA_INVALID', { file, why: 'it has no column of numbers' });
  const rows = table.columns[0]?.length ?? 0;
  const values = new Float32Array(rows * tags.length);
  for (const [tag, column] of tags.entries())
    for (let row = 0; row < rows; row++) values[row * tags.length + tag] = column.values[row] ?? NaN;
  return {
    file,
    tags: tags.map(({ name }) => name),
    values,
    rows,
    times: timed?.times ?? null,
    others: columns.flatMap(({ why }, i) => (why === null || why === UNNAMED || why === TIMES ? [] : [{ tag: header[i] ?? '', why }])),
  };
}

interface Column {
  readonly values: readonly number[];
  readonly times: readonly number[] | null;
  /** Why it is no tag; null where it is one. */
  readonly why: string | null;
}

const TIMES = 'it tells the time';
const UNNAMED = 'it has no name';
const TIME = /^(date|time|datetime|timestamp|ts|t|datum|zeit|uhrzeit|zeitstempel)\b/i;

function columnOf(
  name: string,
  cells: readonly string[],
  { commas, known }: { readonly commas: boolean; readonly known: boolean },
): Column {
  const no = (why: string, times: readonly number[] | null = null): Column => ({ values: [], times, why });
  if (name === '') return no(UNNAMED);
  const values = cells.map((cell) => numberOf(cell, commas));
  const present = cells.filter((cell) => !MISSING.test(cell)).length;
  const numbers = values.filter((value) => !Number.isNaN(value)).length;
  if (present === 0) return no('it is empty');
  if (numbers * 2 > present) {
    if (!known && counts(values)) return no('it counts the rows');
    if (!known && TIME.test(name) && runs(values)) return no('it is named like a time, and rises from row to row as one');
    return { values, times: null, why: null };
  }
  const times = moments(cells);
  return times || clockwork(cells) ? no(TIMES, times) : no('it holds text');
}

/** A temperature named T, or T-101, falls now and then; a time never does, and stands still for fewer rows than it goes on. */
function runs(all: readonly number[]): boolean {
  const values = all.filter((value) => !Number.isNaN(value));
  const steps = values.slice(1).map((value, i) => value - (values[i] ?? value));
  return steps.length > 1 && steps.every((step) => step >= 0) && steps.filter((step) => step > 0).length * 2 > steps.length;
}

/** A date or a time of day, written as somebody somewhere does. */
const clockwork = (cells: readonly string[]): boolean => {
  const present = cells.filter((cell) => !MISSING.test(cell));
  return present.every((cell) => /^\d{1,4}[./-]\d{1,2}[./-]\d{1,4}\b|^\d{1,2}:\d\d/.test(cell));
};

/** ISO 8601, a blank for the T: what else is told by dots and slashes, day first here and month first there. */
const MOMENT = /^\d{4}-\d\d-\d\d[ T]\d\d:\d\d/;

/** Null where a cell is no time, or time runs backwards. */
function moments(cells: readonly string[]): readonly number[] | null {
  const times = cells.map((cell) => (MOMENT.test(cell) ? Date.parse(cell) : Number.NaN));
  return times.every((time, i) => Number.isFinite(time) && time >= (times[i - 1] ?? time)) ? times : null;
}

/** A number of the row that a program wrote beside the tags. */
function counts(values: readonly number[]): boolean {
  return values.length > 2 && values.every((value, i) => Number.isInteger(value) && (i === 0 || value === (values[i - 1] ?? 0) + 1));
}

/** Median time from row to row; null where nobody knows it. */
export function gridOf({ times }: Pick<Recording, 'times'>): Milliseconds | null {
  const steps = (times ?? []).slice(1).map((time, i) => time - (times?.[i] ?? 0));
  const step = steps.sort((a, b) => a - b)[steps.length >> 1];
  return step !== undefined && step > 0 ? step : null;
}

/**
 * Values of these tags [rows x tags], each hole with the last value before it. The first ones take the first that is known, or, where `before`
 * is told, what it says for each tag, NaN where that is nothing: then no row has anything from a later one. NaN where a tag is never known.
 */
export function filledRows(
  recording: Recording,
  wanted: readonly string[],
  before?: readonly (number | undefined)[],
): Float32Array<ArrayBuffer> {
  const { tags, values, rows } = recording;
  const out = new Float32Array(rows * wanted.length);
  for (const [i, name] of wanted.entries()) {
    const column = tags.indexOf(name);
    const at = (row: number) => (column < 0 ? Number.NaN : (values[row * tags.length + column] ?? Number.NaN));
    let last = before?.[i] ?? Number.NaN;
    for (let row = 0; before === undefined && row < rows && Number.isNaN(last); row++) last = at(row);
    for (let row = 0; row < rows; row++) {
      if (!Number.isNaN(at(row))) last = at(row);
      out[row * wanted.length + i] = last;
    }
  }
  return out;
}
