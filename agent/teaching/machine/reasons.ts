/** What drove the score of a row: which tags, and since when. Pure. */
import { Matrix } from 'ml-matrix';
import { FLOOR, featuresOf, SMOOTH, SPREAD, surprises } from './features.ts';
import { channelsOf, NEAR, SHARP, type TagsRule } from './rule.ts';

export interface Reasons {
  /** Share of each tag, adding up to 1; 0 where it speaks against a fault. */
  readonly tags: readonly number[];
  /** Share of each row, oldest first; likewise. */
  readonly rows: readonly number[];
}

/** How much of each channel stands behind each tag, [channels x tags]; each row adds up to 1. */
export function tagShares({ channels }: Pick<TagsRule, 'channels'>): Matrix {
  const weights = Matrix.abs(channels).transpose();
  return weights.divColumnVector(weights.sum('row').map((sum) => Math.max(sum, Number.MIN_VALUE)));
}

/**
 * Of the last of the rows. A squared distance is e' C^-1 e, so each channel has its e_i (C^-1 e)_i in it, and each row what it adds to e
 * times the same pull. Features count by their part in the soft maximum.
 */
export function reasonsOf(rule: TagsRule, rows: Matrix): Reasons {
  const z = channelsOf(rule, rows);
  const last = featuresOf(z, rule.usual).map((feature) => feature.getRow(rows.rows - 1));
  const pulls = last.map((values, j) => pullOf(values, rule, j));
  const weights = weightsOf(
    rule,
    pulls.map(({ distance }) => distance),
  );
  const byChannel = rule.centre.map((_, c) =>
    pulls.reduce((sum, { off, pull }, j) => sum + (weights[j] ?? 0) * (off[c] ?? 0) * (pull[c] ?? 0), 0),
  );
  const tags = new Matrix([byChannel]).mmul(tagShares(rule)).getRow(0);
  const levels = SMOOTH.map((weight, j) =>
    z
      .mmul(Matrix.columnVector([...(pulls[j]?.pull ?? [])]))
      .mul(weights[j] ?? 0)
      .mulColumnVector(decay(weight, rows.rows)),
  );
  const moving = movingRows(rule, z, pulls[SMOOTH.length]?.pull ?? [], last[SMOOTH.length] ?? []).mul(weights[SMOOTH.length] ?? 0);
  return { tags: shared(tags), rows: shared(levels.reduce((sum, one) => sum.add(one), moving).getColumn(0)) };
}

/** Keeps 0 / 0 away, and is too small to be seen. */
export const NOTHING = 1e-12;

function shared(values: readonly number[]): readonly number[] {
  const positive = values.map((value) => Math.max(0, value));
  const sum = positive.reduce((a, b) => a + b, NOTHING);
  return positive.map((value) => value / sum);
}

interface Pull {
  readonly off: readonly number[];
  readonly pull: readonly number[];
  readonly distance: number;
}

function pullOf(values: readonly number[], { moments }: TagsRule, j: number): Pull {
  const of = moments[j];
  const off = values.map((value, c) => value - (of?.mean[c] ?? 0));
  const white = of ? new Matrix([off]).mmul(of.whitening) : new Matrix([off]);
  const pull = of ? white.mmul(of.whitening.transpose()).getRow(0) : off;
  return { off, pull, distance: white.getRow(0).reduce((sum, value) => sum + value * value, 0) };
}

/** Each feature's part in the soft maximum, over its distance. */
function weightsOf({ logMean, logSpread }: TagsRule, distances: readonly number[]): readonly number[] {
  const sharp = distances.map((d, j) => (SHARP * (Math.log(d + NEAR) - (logMean[j] ?? 0))) / (logSpread[j] ?? 1));
  const powers = sharp.map((one) => Math.exp(one - Math.max(...sharp)));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power, j) => power / sum / ((distances[j] ?? 0) + NEAR));
}

/** What each row weighs in the exponential mean at the last one. */
export const decay = (weight: number, rows: number): number[] =>
  Array.from({ length: rows }, (_, row) => weight * (1 - weight) ** (rows - 1 - row));

/** The logarithm of the moving variance goes with each row's surprise by its slope, 1 / (variance + FLOOR); counted from what is usual. */
function movingRows({ usual }: TagsRule, z: Matrix, pull: readonly number[], logs: readonly number[]): Matrix {
  const ratios = surprises(z)
    .divRowVector([...usual])
    .sub(1);
  // What is stored is the logarithm of variance + FLOOR.
  const slopes = Matrix.columnVector(pull.map((one, c) => one / Math.exp(logs[c] ?? Math.log(FLOOR))));
  return ratios.mmul(slopes).mulColumnVector(decay(SPREAD, z.rows));
}
