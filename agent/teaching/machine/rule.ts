/**
 * What a machine's tags look like when all is well, learned from stretches of good production, and how far a row is from it: full-rank
 * Mahalanobis distances of smoothed levels and of moving variances, each standardised on rows that its own moments had not seen, put
 * together by a soft maximum. The directions in which a machine hardly moves carry the detection, so none of them is dropped. Pure.
 */
import { Matrix } from 'ml-matrix';
import { featuresOf, SHRINK, surprises } from './features.ts';
import { columnMeans, columnVariances, distancesOf, type Moments, momentsOf, rowsOf, scatterOf, stacked, without } from './matrices.ts';
import { type Projection, projectionOf } from './projection.ts';

/** Of the soft maximum over the features. */
export const SHARP = 1.5;
/** Added to a distance before its logarithm. */
export const NEAR = 1e-9;
/** First rows of a stretch, which the exponential means have not settled for: not learned from. */
export const WARM = 20;
/** Folds of the cross-fit where stretches are too few to be the folds, and rows left out beside each: neighbours tell too much. */
const FOLDS = 20;
const GAP = 20;
/** So many stretches are folds of their own, and make a promise. */
export const STRETCHES = 4;
/** Rows that each channel asks for: fewer leave the directions in which the machine hardly moves unknown. */
export const ROWS_A_CHANNEL = 4;

export interface TagsRule extends Projection {
  /** Mean and spread of each channel. */
  readonly centre: readonly number[];
  readonly scale: readonly number[];
  /** Mean surprise of each channel. */
  readonly usual: readonly number[];
  /** Of each feature. */
  readonly moments: readonly Moments[];
  /** Mean and spread of each feature's log distance, on rows that it had not seen. */
  readonly logMean: readonly number[];
  readonly logSpread: readonly number[];
  /** Mean and spread of the soft maximum on them. */
  readonly shift: number;
  readonly width: number;
}

export interface Fitted {
  readonly rule: TagsRule;
  /** Scores of the rows learned from, each by moments that had not seen it; by stretch, without its first WARM rows. */
  readonly heldOut: readonly (readonly number[])[];
  /** Each stretch was judged by the others: what was held out is from another hour than what judged it. */
  readonly byStretch: boolean;
  /** Rows that are left without the longest stretch. */
  readonly fewest: number;
}

/** Channels of rows of tags, standardised. */
export function channelsOf({ mean, spread, channels, centre, scale }: TagsRule, rows: Matrix): Matrix {
  return projected({ mean, spread, channels }, rows)
    .subRowVector([...centre])
    .divRowVector([...scale]);
}

const projected = ({ mean, spread, channels }: Pick<Projection, 'mean' | 'spread' | 'channels'>, rows: Matrix): Matrix =>
  rows
    .clone()
    .subRowVector([...mean])
    .divRowVector([...spread])
    .mmul(channels);

/** `stretches`: rows x tags in raw units, each longer than WARM, `leastRows` in all. At least one tag must be of use. */
export function learn(stretches: readonly Matrix[], projection = projectionOf(stretches)): Fitted {
  const raw = stretches.map((rows) => projected(projection, rows));
  const together = stacked(raw);
  const centre = columnMeans(together);
  const scale = columnVariances(together).map((variance) => Math.max(Math.sqrt(variance), 1e-9));
  const z = raw.map((rows) => rows.subRowVector([...centre]).divRowVector([...scale]));
  const usual = columnMeans(stacked(z.map((rows) => rowsOf(surprises(rows), WARM, rows.rows)))).map((one) => Math.max(one, 1e-9));
  const features = z.map((rows) => featuresOf(rows, usual).map((feature) => rowsOf(feature, WARM, rows.rows)));
  const lengths = features.map(([first]) => first?.rows ?? 0);
  // Where a fold leaves fewer rows than the covariance has to tell, what it holds out looks far away, and the limit is set too high.
  const fewest = lengths.reduce((sum, one) => sum + one, 0) - lengths.reduce((most, one) => Math.max(most, one), 0);
  const byStretch = lengths.length >= STRETCHES && fewest >= ROWS_A_CHANNEL * centre.length;
  const learned = SHRINK.map((shrink, j) =>
    crossFit(stacked(features.map((of) => of[j] ?? new Matrix(0, 0))), shrink, byStretch ? lengths : null),
  );
  const logs = learned.map(({ distances }) => distances.map((distance) => Math.log(distance + NEAR)));
  const logMean = logs.map(mean);
  const logSpread = logs.map((list) => Math.max(spreadOf(list), 1e-6));
  const before = { ...projection, centre, scale, usual, moments: learned.map(({ moments }) => moments), logMean, logSpread };
  const combined = combine({ ...before, shift: 0, width: 1 }, logs);
  const rule = { ...before, shift: mean(combined), width: spreadOf(combined) };
  const scores = combine(rule, logs);
  return { rule, heldOut: pieces(lengths).map(([from, to]) => scores.slice(from, to)), byStretch, fewest };
}

/** Score of each row from what came before it, the first ones as if the machine had stood at its mean: 0 and 1 are mean and spread. */
export function scoresOf(rule: TagsRule, rows: Matrix): readonly number[] {
  const features = featuresOf(channelsOf(rule, rows), rule.usual);
  return combine(
    rule,
    features.map((feature, j) => distancesOf(feature, rule.moments[j] ?? NONE).map((distance) => Math.log(distance + NEAR))),
  );
}
const NONE: Moments = { mean: [], whitening: new Matrix(0, 0) };

/** Rows that a fit needs behind the first WARM of each stretch: every fold must leave more than its gaps. */
export const LEAST_ROWS = 5 * GAP;

function combine({ logMean, logSpread, shift, width }: TagsRule, logs: readonly (readonly number[])[]): readonly number[] {
  return (logs[0] ?? []).map((_, row) => {
    const sharp = logs.map((list, j) => (SHARP * ((list[row] ?? 0) - (logMean[j] ?? 0))) / (logSpread[j] ?? 1));
    const top = Math.max(...sharp);
    return (Math.log(mean(sharp.map((one) => Math.exp(one - top)))) + top - shift) / width;
  });
}

/**
 * Squared distance of each row by moments of rows that are none of its neighbours, and the moments of all. `stretches`: lengths of those that
 * are the folds; null: blocks of rows are.
 */
function crossFit(
  rows: Matrix,
  shrink: number,
  stretches: readonly number[] | null,
): { readonly distances: readonly number[]; readonly moments: Moments } {
  const all = scatterOf(rows);
  const gap = stretches === null ? GAP : 0;
  const distances = (stretches === null ? blocks(rows.rows) : pieces(stretches)).flatMap(([from, to]) => {
    const near = scatterOf(rows, Math.max(0, from - gap), Math.min(rows.rows, to + gap));
    return distancesOf(rowsOf(rows, from, to), momentsOf(without(all, near), shrink));
  });
  return { distances, moments: momentsOf(all, shrink) };
}

type Piece = readonly [from: number, to: number];

function pieces(lengths: readonly number[]): readonly Piece[] {
  const ends = lengths.map((_, i) => lengths.slice(0, i + 1).reduce((sum, length) => sum + length, 0));
  return ends.map((end, i) => [ends[i - 1] ?? 0, end] as const);
}

const blocks = (rows: number): readonly Piece[] =>
  Array.from({ length: FOLDS }, (_, i) => [edge(i, rows), edge(i + 1, rows)] as const).filter(([from, to]) => to > from);
const edge = (i: number, rows: number): number => (i === FOLDS ? rows : Math.trunc(i * (rows / FOLDS)));

const mean = (list: readonly number[]): number => list.reduce((sum, one) => sum + one, 0) / list.length;
function spreadOf(list: readonly number[]): number {
  const middle = mean(list);
  return Math.sqrt(mean(list.map((one) => (one - middle) ** 2)));
}
