/** Stretches of good production out of recordings: an unbroken run of rows each, of the tags that all recordings have. Pure. */
import { Matrix } from 'ml-matrix';
import { LinesideError } from '../../errors.ts';
import { overlapOf } from './overlap.ts';
import { filledRows, gridOf, type Recording } from './recording.ts';
import { LEAST_ROWS, WARM } from './rule.ts';

export interface Stretch {
  readonly file: string;
  /** First row of the file, counted from 1 below the header. */
  readonly from: number;
  /** Rows x tags, raw units. */
  readonly rows: Matrix;
}

export interface Unusable {
  readonly tag: string;
  readonly why: string;
}

export interface Material {
  readonly tags: readonly string[];
  readonly stretches: readonly Stretch[];
  readonly unusable: readonly Unusable[];
  /** Time from row to row, ms; null where no file tells. */
  readonly every: number | null;
}

/** A pause of more grid steps than this ends a stretch: what comes then is from another hour. */
const PAUSE = 600;
/** Share of rows in which a tag may be missing. */
const HOLES = 0.2;
/** Shorter ones than this, behind the first WARM rows, say nothing. */
const SHORTEST = WARM;

/** Throws DATA_INVALID where that is too little to learn from. */
export function materialOf(recordings: readonly Recording[]): Material {
  const [first] = recordings;
  if (!first) throw new LinesideError('USAGE', { why: 'no recording is named' });
  const others = new Map(recordings.flatMap((one) => one.others).map((one) => [one.tag, one.why]));
  const names = [...new Set(recordings.flatMap(({ tags }) => tags))];
  for (const name of names) {
    const without = recordings.find(({ tags }) => !tags.includes(name));
    const share = Math.max(...recordings.map((one) => holesOf(one, name)));
    if (without) others.set(name, others.get(name) ?? `${without.file} does not have it`);
    else if (share > HOLES) others.set(name, `it is missing in ${Math.round(share * 100)} % of the rows`);
  }
  const tags = names.filter((name) => !others.has(name));
  if (tags.length === 0) throw new LinesideError('DATA_INVALID', { file: first.file, why: 'no tag is in all recordings' });
  const stretches = recordings.flatMap((recording) => stretchesOf(recording, tags));
  refuseTwice(stretches);
  const rows = stretches.reduce((sum, stretch) => sum + stretch.rows.rows - WARM, 0);
  if (rows < LEAST_ROWS) {
    const why = `${Math.max(0, rows)} rows are left of it behind the first ${WARM} of each stretch, and ${LEAST_ROWS} are the least`;
    throw new LinesideError('DATA_INVALID', { file: first.file, why });
  }
  const unusable = [...others].map(([tag, why]) => ({ tag, why }));
  return { tags, stretches, unusable, every: recordings.map(gridOf).find((step) => step !== null) ?? null };
}

/** Throws DATA_INVALID where two show the same hour. */
function refuseTwice(stretches: readonly Stretch[]): void {
  const overlap = overlapOf(stretches.map(({ rows }) => rows));
  if (overlap === null) return;
  const [before, again] = overlap.stretches.map((i) => stretches[i]) as [Stretch, Stretch];
  const [from, to] = [before.from + overlap.rows[0], again.from + overlap.rows[1]];
  const why = `from row ${to} on it shows what ${before.file} shows from row ${from} on: a stretch that is shown twice promises nothing. Name it once`;
  throw new LinesideError('DATA_INVALID', { file: again.file, why });
}

function holesOf({ tags, values, rows }: Recording, name: string): number {
  const column = tags.indexOf(name);
  let missing = 0;
  for (let row = 0; row < rows; row++) if (Number.isNaN(values[row * tags.length + column])) missing++;
  return missing / Math.max(1, rows);
}

function stretchesOf(recording: Recording, tags: readonly string[]): readonly Stretch[] {
  const { file, rows } = recording;
  const values = filledRows(recording, tags);
  const starts = [0, ...pausesIn(recording), rows];
  return starts.slice(1).flatMap((to, i) => {
    const from = starts[i] ?? 0;
    if (to - from < WARM + SHORTEST) return [];
    const part = Array.from(values.subarray(from * tags.length, to * tags.length));
    return [{ file, from: from + 1, rows: Matrix.from1DArray(to - from, tags.length, part) }];
  });
}

/** Rows before which there is a pause. */
function pausesIn(recording: Recording): readonly number[] {
  const { times } = recording;
  const step = gridOf(recording);
  if (!times || step === null) return [];
  return times.flatMap((time, row) => (row > 0 && time - (times[row - 1] ?? time) > PAUSE * step ? [row] : []));
}
