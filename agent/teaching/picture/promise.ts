/** What may be said about false rejects, from good parts that the rule had not seen. Pure. */
import { wilson } from '../../contracts/share.ts';
import { normalQuantile } from '../quantile.ts';

/** Of parts like those shown, with this confidence. */
const CONFIDENCE = 0.95;
/** Asked for where nobody says otherwise. */
export const ONE_IN = 20;
/** Good parts that Student's limit would refuse. */
const ALPHA = 0.05;
/** Above the highest of the held-out ones, in their spreads. */
const HAIR = 1e-3;

export interface RejectPromise {
  /** At most one good part in so many is rejected. */
  readonly one_in: number;
  readonly confidence: number;
  /** Parts it rests on, and the best that so many could promise. */
  readonly parts: number;
  readonly best_one_in: number;
  /** Parts that would do for what was asked; null where these do. */
  readonly parts_wanted: number | null;
  readonly text: string;
}

export interface Alarm {
  /** From this score on a part is rejected. */
  readonly at: number;
  readonly promise: RejectPromise;
}

/**
 * `scores`: one for each held-out good part, 0 and 1 their mean and spread. `oneIn`: what is asked for. `moves`: a part is judged where it is found
 * in its picture, and nothing is said of one that is not.
 */
export function alarmOf(scores: readonly number[], oneIn: number, moves = false): Alarm {
  const sorted = [...scores].sort((a, b) => b - a);
  const n = sorted.length;
  const best = bestOneIn(n);
  // How many of them may lie beyond the limit, so that it still holds.
  let beyond = -1;
  while (beyond + 1 < n && binomialAtMost(beyond + 1, n, 1 / oneIn) <= 1 - CONFIDENCE) beyond++;
  const highest = sorted[Math.max(0, beyond)] ?? 0;
  const at = beyond > 0 ? (highest + (sorted[beyond - 1] ?? highest)) / 2 : highest + HAIR;
  const promised = beyond >= 0 ? oneIn : Math.floor(best * 10) / 10;
  const wanted = beyond >= 0 ? null : Math.ceil(Math.log(1 - CONFIDENCE) / Math.log(1 - 1 / oneIn));
  const text = `at most 1 good part in ${plain(promised)} is rejected, with 95 % confidence, of parts like the ${n} shown${moves ? ' that are found in their picture' : ''}${
    wanted === null ? '' : `; for 1 in ${plain(oneIn)} show ${wanted} good parts`
  }`;
  return {
    at: Math.max(at, studentLimit(n)),
    promise: { one_in: promised, confidence: CONFIDENCE, parts: n, best_one_in: Math.floor(best * 10) / 10, parts_wanted: wanted, text },
  };
}

/** Held-out good parts that a limit may leave beyond it, at most: further down nobody wants to go. */
const MOST_BEYOND = 20;

/**
 * The limits that n held-out good parts tell apart, the highest first: with `refused` of them beyond it, at most one good part in `one_in` is
 * rejected, with the same confidence (Clopper and Pearson's upper limit).
 */
export function limitsOf(scores: readonly number[]): readonly { readonly at: number; readonly refused: number; readonly one_in: number }[] {
  const sorted = [...scores].sort((a, b) => b - a);
  const n = sorted.length;
  return Array.from({ length: Math.min(n, MOST_BEYOND + 1) }, (_, refused) => {
    const highest = sorted[refused] ?? 0;
    const at = refused === 0 ? highest + HAIR : (highest + (sorted[refused - 1] ?? highest)) / 2;
    return { at, refused, one_in: Math.floor(10 / upperShare(refused, n)) / 10 };
  });
}

/** The largest share of which `k` of n are no surprise: bisected, as it falls with the share. */
function upperShare(k: number, n: number): number {
  let [low, high] = [k / n, 1];
  for (let i = 0; i < 50; i++) {
    const middle = (low + high) / 2;
    if (binomialAtMost(k, n, middle) > 1 - CONFIDENCE) low = middle;
    else high = middle;
  }
  return high;
}

const plain = (value: number): string => String(Math.round(value * 10) / 10);

/** What n held-out good parts can promise at best, with a limit above all of them. */
export const bestOneIn = (n: number): number => 1 / (1 - (1 - CONFIDENCE) ** (1 / n));

/** Student's limit for one more good part, from n standardised ones: 1.92 for 10, 1.73 for 30, 1.67 for 100. */
export function studentLimit(n: number): number {
  const z = normalQuantile(1 - ALPHA);
  const free = n - 1;
  const student = z + (z ** 3 + z) / (4 * free) + (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * free * free);
  return student * Math.sqrt(1 + 1 / n);
}

/** P(at most k of n), each with chance p. */
export function binomialAtMost(k: number, n: number, p: number): number {
  let [term, sum] = [(1 - p) ** n, 0];
  for (let i = 0; i <= k; i++) {
    sum += term;
    term *= ((n - i) / (i + 1)) * (p / (1 - p));
  }
  return sum;
}

/** A share of n with its 95 % interval (Wilson). */
export function shareOf(count: number, n: number): { readonly value: number; readonly low: number; readonly high: number } {
  const { low, high } = wilson(count / n, n, normalQuantile(0.975));
  return { value: rounded(count / n), low: rounded(low), high: rounded(high) };
}

/** The chance that a bad one scores above a good one, with its 95 % interval (Hanley and McNeil 1982). */
export function separation(
  good: readonly number[],
  bad: readonly number[],
): { readonly value: number; readonly low: number; readonly high: number } {
  let wins = 0;
  for (const b of bad) for (const g of good) wins += b > g ? 1 : b === g ? 0.5 : 0;
  const a = wins / (good.length * bad.length);
  const [q1, q2] = [a / (2 - a), (2 * a * a) / (1 + a)];
  const variance = (a * (1 - a) + (bad.length - 1) * (q1 - a * a) + (good.length - 1) * (q2 - a * a)) / (good.length * bad.length);
  const half = normalQuantile(0.975) * Math.sqrt(Math.max(0, variance));
  return { value: rounded(a), low: rounded(Math.max(0, a - half)), high: rounded(Math.min(1, a + half)) };
}

const rounded = (value: number): number => Math.round(value * 1e4) / 1e4;
