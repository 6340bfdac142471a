/** Whether two stretches show the same hour: then one is judged by what it is, and a promise that rests on it rests on nothing. Pure. */
import type { Matrix } from 'ml-matrix';

/** Rows in a row that are no accident when they are the same, tag by tag, in two stretches; most of them differ from the one before. */
const RUN = 60;

export interface Overlap {
  /** Numbers of the stretches, and the rows at which it begins in each, counted from 0. */
  readonly stretches: readonly [number, number];
  readonly rows: readonly [number, number];
}

/**
 * The first one; null where there is none. Of each stretch a run every RUN rows is known, and every run of the later ones is looked up: an
 * overlap of 2 RUN - 1 rows holds a known one.
 */
export function overlapOf(stretches: readonly Matrix[]): Overlap | null {
  const known = new Map<number, readonly [stretch: number, row: number]>();
  for (const [i, rows] of stretches.entries()) {
    const hashes = runHashes(rows);
    for (const [row, hash] of hashes.entries()) {
      const [other, at] = known.get(hash) ?? [i, 0];
      const before = stretches[other];
      if (other !== i && before && isSame(before, at, rows, row)) return { stretches: [other, i], rows: [at, row] };
    }
    for (let row = 0; row < hashes.length; row += RUN) if (lives(rows, row)) known.set(hashes[row] ?? 0, [i, row]);
  }
  return null;
}

/** Of the run that begins at each row: a polynomial in the rows' hashes, which goes from one row to the next in two steps. */
function runHashes(rows: Matrix): Uint32Array {
  const hashes = Uint32Array.from({ length: rows.rows }, (_, row) => rowHash(rows, row));
  const out = new Uint32Array(Math.max(0, rows.rows - RUN + 1));
  let leaving = 1;
  for (let k = 0; k < RUN; k++) leaving = Math.imul(leaving, PRIME);
  let hash = 0;
  for (let row = 0; row < rows.rows; row++) {
    hash = (Math.imul(hash, PRIME) + (hashes[row] ?? 0)) | 0;
    if (row >= RUN) hash = (hash - Math.imul(leaving, hashes[row - RUN] ?? 0)) | 0;
    if (row >= RUN - 1) out[row - RUN + 1] = hash >>> 0;
  }
  return out;
}

const PRIME = 16777619;

const bits = new Float32Array(1);
const whole = new Uint32Array(bits.buffer);
function rowHash(rows: Matrix, row: number): number {
  let hash = 2166136261;
  for (let tag = 0; tag < rows.columns; tag++) {
    bits[0] = rows.get(row, tag);
    hash = Math.imul(hash ^ (whole[0] ?? 0), PRIME);
  }
  return hash >>> 0;
}

function isSame(a: Matrix, from: number, b: Matrix, to: number): boolean {
  for (let row = 0; row < RUN; row++)
    for (let tag = 0; tag < a.columns; tag++) if (!Object.is(a.get(from + row, tag), b.get(to + row, tag))) return false;
  return true;
}

/** A machine that stands still looks the same whenever it does. */
function lives(rows: Matrix, from: number): boolean {
  let changes = 0;
  for (let row = from + 1; row < from + RUN; row++) {
    let changed = false;
    for (let tag = 0; tag < rows.columns && !changed; tag++) changed = rows.get(row, tag) !== rows.get(row - 1, tag);
    if (changed) changes++;
  }
  return changes * 2 > RUN;
}
