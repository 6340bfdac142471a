/**
 * Demand over the lead time, and when to call. The service level is that of a cycle (P1, "cycle service level" of Silver, Pyke and Thomas, Inventory and
 * Production Management in Supply Chains, 4th ed., chapter 6): the chance that the material does not run out before what was called comes. It is called when
 * stock and open calls together are down to the quantile of demand over the lead time, both of which are drawn: the lead time from its mean and spread,
 * or, once enough were seen, from those; the use in it from what is expected and the errors of the past. The draws are the same each time, so that
 * what is said moves with the line and not by chance. Pure.
 */
import type { Milliseconds } from '../../../time.ts';
import { normalQuantile } from '../../statistics.ts';
import type { ExpectedUse } from './expected.ts';
import type { UsageHistory } from './usage.ts';

/** Lead times that were seen are drawn from these on; the newest that are kept. */
export const ENOUGH_LEADS = 20;
export const MOST_LEADS = 100;
const DRAWS = 500;

export interface LeadTime {
  readonly mean: Milliseconds;
  /** Standard deviation. */
  readonly spread: Milliseconds;
}

/** An even cover of the square: each draw's chance of a lead time, and of an error (the additive recurrence of the golden ratio). */
const CHANCES: readonly { readonly lead: number; readonly error: number }[] = Array.from({ length: DRAWS }, (_, i) => ({
  lead: (i + 0.5) / DRAWS,
  error: (0.5 + i * 0.618_033_988_749_894_9) % 1,
}));

/** Quantiles of the lead time in the order of the draws. Log-normal: positive, and later more than sooner. */
export function leadDraws({ mean, spread }: LeadTime, seen: readonly Milliseconds[]): readonly Milliseconds[] {
  if (seen.length >= ENOUGH_LEADS) {
    const sorted = [...seen].sort((a, b) => a - b);
    return CHANCES.map(({ lead }) => quantileOf(sorted, asNext(lead, sorted.length)));
  }
  const deviation = Math.sqrt(Math.log(1 + (spread / mean) ** 2));
  const middle = Math.log(mean) - (deviation * deviation) / 2;
  return CHANCES.map(({ lead }) => Math.exp(middle + deviation * normalQuantile(lead)));
}

export interface DemandWish {
  readonly leads: readonly Milliseconds[];
  readonly expected: ExpectedUse;
  readonly history: UsageHistory;
}

/** At this stock and below it is time to call: that share of demands over the lead time is met from it. */
export function reorderPoint({ leads, expected, history }: DemandWish, service: number): number {
  const demands = CHANCES.map(({ error }, i) => {
    const { work, used } = expected.in(leads[i] ?? 0);
    return used * history.ratio(work / history.bucket, error);
  });
  const [lead = 0] = leads.slice(DRAWS >> 1);
  const windows = history.windows(expected.in(lead).work / history.bucket);
  return quantileOf(
    demands.sort((a, b) => a - b),
    windows === null ? service : asNext(service, windows),
  );
}

/**
 * The place of a quantile among so many values, so that the next one lies below it as often as that: (n + 1) p is its place, and not (n - 1) p + 1, which
 * is that of the quantile of these (types 6 and 7 of Hyndman and Fan, The American Statistician 50, 1996).
 */
export function asNext(share: number, values: number): number {
  return Math.min(1, Math.max(0, ((values + 1) * share - 1) / (values - 1)));
}

export interface Interval {
  readonly low: number;
  readonly middle: number;
  readonly high: number;
}
/** Ends of the interval: nine tenths of the draws lie between them. */
const [LOW, HIGH] = [0.05, 0.95];
/** Draws of an interval. */
const FEW = 100;
const ERRORS = CHANCES.slice(0, FEW).map(({ error }) => error);

/** Use from now on until then. */
export function useIn({ expected, history }: Omit<DemandWish, 'leads'>, time: Milliseconds): Interval {
  const { work, used } = expected.in(time);
  const drawn = ERRORS.map((error) => used * history.ratio(work / history.bucket, error)).sort((a, b) => a - b);
  const at = (share: number) => quantileOf(drawn, asNext(share, FEW));
  return { low: at(LOW), middle: at(0.5), high: at(HIGH) };
}

/** How long the stock lasts where nothing comes, ms; null: longer than anybody looks. `low`: it may be over as soon as that. */
export function lastsFor(of: Omit<DemandWish, 'leads'>, stock: number): { readonly [Key in keyof Interval]: Milliseconds | null } {
  return { low: lastsUntil(of, stock, 'high'), middle: lastsUntil(of, stock, 'middle'), high: lastsUntil(of, stock, 'low') };
}

/** By that end of the use; null: longer than anybody looks. Quantiles of use grow with time: halved until it is within a second. */
export function lastsUntil(of: Omit<DemandWish, 'leads'>, stock: number, end: keyof Interval): Milliseconds | null {
  let [low, high] = [0, of.expected.span];
  if (stock <= 0) return 0;
  if (useIn(of, high)[end] < stock) return null;
  while (high - low > Math.max(1000, low / 500)) {
    const middle = (low + high) / 2;
    if (useIn(of, middle)[end] < stock) low = middle;
    else high = middle;
  }
  return high;
}

/** Linear between the values (type 7 of Hyndman and Fan). `sorted`: at least one. */
export function quantileOf(sorted: readonly number[], share: number): number {
  const place = share * (sorted.length - 1);
  const at = Math.floor(place);
  const low = sorted[at] ?? 0;
  return low + (place - at) * ((sorted[at + 1] ?? low) - low);
}
