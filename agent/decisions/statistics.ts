/** Distributions that limits and intervals are made of: one door to the library that knows them. */
import jstat from 'jstat';
import { wilson } from '../contracts/share.ts';

const { jStat } = jstat;

/** P(Z <= z) of the standard normal. */
export const normalShare = (z: number): number => jStat.normal.cdf(z, 0, 1);
/** Of a share in (0, 1). */
export const normalQuantile = (share: number): number => jStat.normal.inv(share, 0, 1);
/** Of a share in (0, 1); `freedom`: degrees of freedom, above 0. */
export const chiSquareQuantile = (share: number, freedom: number): number => jStat.chisquare.inv(share, freedom);
export const fQuantile = (share: number, above: number, below: number): number => jStat.centralF.inv(share, above, below);
/** P(F >= f). */
export const fBeyond = (f: number, above: number, below: number): number => 1 - jStat.centralF.cdf(f, above, below);
export const betaQuantile = (share: number, a: number, b: number): number => jStat.beta.inv(share, a, b);
/** P(|T| >= |t|). */
export const tBeyond = (t: number, freedom: number): number => 2 * jStat.studentt.cdf(-Math.abs(t), freedom);

export function meanOf(values: readonly number[]): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}

/** P(N >= count) of a number whose mean is known. */
export function poissonAtLeast(count: number, mean: number): number {
  let [term, below] = [Math.exp(-mean), 0];
  for (let n = 0; n < count; n++) {
    below += term;
    term *= mean / (n + 1);
  }
  return Math.max(0, 1 - below);
}

/** Of a sample: n - 1 below. NaN with fewer than two. */
export function deviationOf(values: readonly number[]): number {
  const mean = meanOf(values);
  let squares = 0;
  for (const value of values) squares += (value - mean) ** 2;
  return Math.sqrt(squares / (values.length - 1));
}

/** What rounding alone leaves of numbers of this size. */
export const isNoSpread = (deviation: number, size: number): boolean => !(deviation > 1e-12 * Math.abs(size));

export function rangeOf(values: readonly number[]): number {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (value < least) least = value;
    if (value > most) most = value;
  }
  return most - least;
}

/** With its 95 % interval. `share` NaN where nothing was counted. */
export function shareOf(count: number, of: number): Share {
  if (of === 0) return { share: Number.NaN, low: 0, high: 1, count, of };
  return { share: count / of, ...wilson(count / of, of, normalQuantile(0.975)), count, of };
}
export interface Share {
  readonly share: number;
  readonly low: number;
  readonly high: number;
  readonly count: number;
  readonly of: number;
}
