/**
 * Which of a machine's tags can be used, and how: live ones as they are, wandering ones replaced by those combinations of them that do not
 * wander, so that their relation to each other stays and their drift goes. Pure.
 */
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { columnMeans, columnVariances, inverseRoot, rowsOf, stacked } from './matrices.ts';

/** Share of row to row steps in which a tag must change. */
const CHANGES = 0.02;
/** Smallest spread that counts, in units of the mean. */
const STILL = 1e-6;
/** A tag wanders when its lag-1 autocorrelation and the share of its variance that lies between fifths of a stretch are above these. */
const DRIFT = { autocorrelation: 0.8, share: 0.4, parts: 5 };
/** A combination of wandering tags is kept when less of its variance than this lies between the fifths. */
const KEPT = 0.1;

export interface Projection {
  /** Of each tag, raw units. */
  readonly mean: readonly number[];
  /** Standard deviation of each tag, raw units, never 0. */
  readonly spread: readonly number[];
  /** [tags x channels]: what each standardised tag adds to each channel. */
  readonly channels: Matrix;
  /** What became of each tag. */
  readonly uses: readonly Use[];
}
/** `still`: it hardly ever changes; `drifts`: it wanders, and no combination with others holds still. */
export type Use = 'used' | 'combined' | 'still' | 'drifts';

/** `stretches`: rows x tags each, in raw units. */
export function projectionOf(stretches: readonly Matrix[]): Projection {
  const all = stacked(stretches);
  const mean = columnMeans(all);
  const spread = columnVariances(all).map(Math.sqrt);
  const changes = averaged(stretches.map(changingShares));
  const live = mean.map((middle, tag) => (spread[tag] ?? 0) > STILL * Math.max(Math.abs(middle), STILL) && (changes[tag] ?? 0) > CHANGES);
  const safe = spread.map((one) => (one < 1e-12 ? 1 : one));
  const wanders = wandering(stretches).map((one, tag) => one && live[tag] === true);
  const steady = indices(live.map((one, tag) => one && wanders[tag] !== true));
  const drifting = indices(wanders);
  const combined = combinations(stretches, drifting, safe);
  const channels = Matrix.zeros(mean.length, steady.length + combined.columns);
  for (const [channel, tag] of steady.entries()) channels.set(tag, channel, 1);
  for (const [row, tag] of drifting.entries())
    for (let k = 0; k < combined.columns; k++) channels.set(tag, steady.length + k, combined.get(row, k));
  const uses = live.map((one, tag): Use => {
    if (!one) return 'still';
    return wanders[tag] ? (combined.columns > 0 ? 'combined' : 'drifts') : 'used';
  });
  return { mean, spread: safe, channels, uses };
}

const indices = (flags: readonly boolean[]): readonly number[] => flags.flatMap((flag, i) => (flag ? [i] : []));

/** Mean over lists of one length, place by place. */
function averaged(lists: readonly (readonly number[])[]): readonly number[] {
  return (lists[0] ?? []).map((_, i) => lists.reduce((sum, list) => sum + (list[i] ?? 0), 0) / lists.length);
}

function changingShares(rows: Matrix): readonly number[] {
  return Array.from({ length: rows.columns }, (_, tag) => {
    let changed = 0;
    for (let row = 1; row < rows.rows; row++) if (rows.get(row, tag) !== rows.get(row - 1, tag)) changed++;
    return changed / Math.max(1, rows.rows - 1);
  });
}

function wandering(stretches: readonly Matrix[]): readonly boolean[] {
  const related = stretches.map(autocorrelations);
  const shares = stretches.map((rows) => {
    const whole = columnVariances(rows);
    return columnVariances(partMeans(rows)).map((between, tag) => between / Math.max(whole[tag] ?? 0, 1e-12));
  });
  return (related[0] ?? []).map((_, tag) => median(related, tag) > DRIFT.autocorrelation && median(shares, tag) > DRIFT.share);
}

function median(lists: readonly (readonly number[])[], at: number): number {
  const sorted = lists.map((list) => list[at] ?? 0).sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[half] ?? 0) : ((sorted[half - 1] ?? 0) + (sorted[half] ?? 0)) / 2;
}

function autocorrelations(rows: Matrix): readonly number[] {
  return columnMeans(rows).map((mean, tag) => {
    let [together, alone] = [0, 0];
    for (let row = 0; row < rows.rows; row++) {
      const off = rows.get(row, tag) - mean;
      alone += off * off;
      if (row > 0) together += off * (rows.get(row - 1, tag) - mean);
    }
    return together / Math.max(alone, 1e-12);
  });
}

/** Means of the fifths of a stretch, [parts x tags]; the first ones have a row more where it does not come out even. */
function partMeans(rows: Matrix): Matrix {
  const { parts } = DRIFT;
  const [size, more] = [Math.floor(rows.rows / parts), rows.rows % parts];
  const means: number[][] = [];
  for (let part = 0, from = 0; part < parts; part++) {
    const to = from + size + (part < more ? 1 : 0);
    means.push([...columnMeans(rowsOf(rows, from, to))]);
    from = to;
  }
  return new Matrix(means);
}

/** [drifting tags x combinations]: of all directions with a variance of 1 within the stretches those that hardly move between their fifths. */
function combinations(stretches: readonly Matrix[], drifting: readonly number[], spread: readonly number[]): Matrix {
  if (drifting.length === 0) return new Matrix(0, 0);
  const size = drifting.length;
  const between = Matrix.zeros(size, size);
  const within = Matrix.eye(size, size).mul(1e-6);
  for (const rows of stretches) {
    const z = rows.subMatrixColumn([...drifting]);
    z.subRowVector([...columnMeans(z)]).divRowVector(drifting.map((tag) => spread[tag] ?? 1));
    const parts = partMeans(z);
    between.add(
      parts
        .transpose()
        .mmul(parts)
        .div(DRIFT.parts * stretches.length),
    );
    within.add(
      z
        .transpose()
        .mmul(z)
        .div(z.rows * stretches.length),
    );
  }
  const low = inverseRoot(within);
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(low.mmul(between).mmul(low.transpose()), {
    assumeSymmetric: true,
  });
  const kept = realEigenvalues.flatMap((share, i) => (share < KEPT ? [i] : []));
  if (kept.length === 0) return new Matrix(0, 0);
  return low.transpose().mmul(eigenvectorMatrix).subMatrixColumn(kept);
}
