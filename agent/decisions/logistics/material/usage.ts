/**
 * How much of a material is used, in buckets of working time: pauses and nights, which the calendar knows, are in none, so that what differs from
 * bucket to bucket is the line's own. How far the use of a stretch was from what was expected at its beginning is seen again and again; these errors,
 * drawn at random, are the spread of the next forecast (a moving block bootstrap: Künsch, Annals of Statistics 17, 1989; here of ratios to the rate
 * that was known by then, so that what the rate learns too late is among them). Memory is bounded; pure.
 */
import type { Milliseconds } from '../../../time.ts';
import { normalQuantile } from '../../statistics.ts';

/** Buckets that are kept, the newest. */
export const MOST_BUCKETS = 1500;
/** Before these the rate is not known. */
const WARM = 12;
/** From so many on it forecasts. */
export const LEAST_BUCKETS = 2 * WARM;
/** Of the newest buckets, that the rate goes by: weights fall as those of an average over so many. */
const SPAN = 24;
/** A rate is never taken to be less than this share of the long one: after a long stop the line runs as before. */
const LEAST_SHARE = 0.25;
/** Windows apart from each other from which the errors are drawn as they are; from fewer, a distribution is fitted to them. */
const ENOUGH_WINDOWS = 40;

export interface UsageState {
  readonly bucket: Milliseconds;
  readonly counts: readonly number[];
}

export class UsageHistory {
  readonly bucket: Milliseconds;
  private counts: number[];
  /** Of the bucket that is open. */
  private used = 0;
  private open: Milliseconds = 0;
  /** sums[i]: of the first i buckets. rates[i]: of a bucket, as it was known before bucket i. */
  private sums: number[] = [0];
  private rates: number[] = [];
  /** By length in buckets, of errors that were fitted. */
  private readonly fits = new Map<number, Fit>();

  constructor(bucket: Milliseconds, kept: readonly number[] = []) {
    this.bucket = bucket;
    this.counts = kept.slice(-MOST_BUCKETS);
    this.settle();
  }

  get state(): UsageState {
    return { bucket: this.bucket, counts: this.counts };
  }

  get buckets(): number {
    return this.counts.length;
  }

  /** `used` within `open` of working time. true: a bucket is full, and the forecast another. */
  add(used: number, open: Milliseconds): boolean {
    this.used += used;
    this.open += open;
    if (this.open < this.bucket) return false;
    while (this.open >= this.bucket) {
      const share = this.bucket / this.open;
      this.counts.push(this.used * share);
      this.used -= this.used * share;
      this.open -= this.bucket;
    }
    if (this.counts.length > MOST_BUCKETS) this.counts.splice(0, this.counts.length - MOST_BUCKETS);
    this.settle();
    return true;
  }

  /** Used in a bucket of working time, as far as is known; null: too little was seen. */
  get rate(): number | null {
    return this.counts.length < LEAST_BUCKETS ? null : (this.rates.at(-1) ?? null);
  }

  /**
   * Of what is expected, so much is used in `length` buckets: the error of a stretch of the past, by chance. `chance`: 0 to below 1. Of fewer than
   * LEAST_BUCKETS always 1.
   */
  ratio(length: number, chance: number): number {
    const known = this.counts.length - WARM;
    if (this.counts.length < LEAST_BUCKETS || length <= 0) return 1;
    // Longer than a fifth of all that was seen nothing can be drawn: as many shorter ones say more than enough.
    const w = Math.min(length, known / 5);
    if (known / w < ENOUGH_WINDOWS) return this.fitted(Math.max(1, Math.round(w)), chance);
    const from = WARM + Math.floor(chance * (known - w));
    return this.error(from, w);
  }

  /** Stretches of that length, apart from each other, that errors are drawn from; null: they are drawn from what was fitted, which is wider already. */
  windows(length: number): number | null {
    const known = Math.max(0, this.counts.length - WARM);
    const windows = known / Math.max(1, length);
    return windows < ENOUGH_WINDOWS ? null : windows;
  }

  private error(from: number, length: number): number {
    const rate = this.rates[from] ?? 0;
    return rate > 0 ? this.between(from, from + length) / (length * rate) : 1;
  }

  private between(from: number, to: number): number {
    return this.sumTo(to) - this.sumTo(from);
  }

  private sumTo(place: number): number {
    const whole = Math.floor(place);
    const at = this.sums[whole] ?? this.sums.at(-1) ?? 0;
    return at + (place - whole) * ((this.sums[whole + 1] ?? at) - at);
  }

  /** Log-normal, since use is positive; wider than the errors seen, as an interval for one more value of so few is. */
  private fitted(length: number, chance: number): number {
    const fit = this.fits.get(length) ?? this.fit(length);
    this.fits.set(length, fit);
    return Math.exp(fit.mean + fit.deviation * normalQuantile(Math.min(1 - 1e-6, Math.max(1e-6, chance))));
  }

  private fit(length: number): Fit {
    const errors: number[] = [];
    for (let from = WARM; from + length <= this.counts.length; from++) errors.push(this.error(from, length));
    const apart = Math.max(2, (this.counts.length - WARM) / length);
    const mean = errors.reduce((sum, error) => sum + error, 0) / errors.length;
    const variance = errors.reduce((sum, error) => sum + (error - mean) ** 2, 0) / errors.length;
    // Windows overlap: so many of them are worth `apart` (Student's t of as many less one, by the first terms of its expansion).
    const wider = (apart / (apart - 1)) * (1 + 1 / apart) * (1 + 2 / apart) ** 2;
    const relative = (variance * wider) / Math.max(mean * mean, 1e-9);
    const deviation = Math.sqrt(Math.log(1 + relative));
    return { mean: Math.log(Math.max(mean, 1e-9)) - (deviation * deviation) / 2, deviation };
  }

  private settle(): void {
    this.fits.clear();
    this.sums = [0];
    this.rates = [];
    let [sum, fast, weight] = [0, 0, 0];
    const keeps = 1 - 2 / (SPAN + 1);
    for (const [i, count] of [...this.counts, Number.NaN].entries()) {
      this.rates.push(i === 0 ? 0 : Math.max(fast / weight, (LEAST_SHARE * sum) / i));
      if (Number.isNaN(count)) break;
      sum += count;
      fast = keeps * fast + (1 - keeps) * count;
      weight = keeps * weight + (1 - keeps);
      this.sums.push(sum);
    }
  }
}

interface Fit {
  readonly mean: number;
  readonly deviation: number;
}

/** A sixth of the lead time, between 5 s and 15 min: a stretch of the lead time is of some buckets, and a day of some hundred. */
export const bucketFor = (lead: Milliseconds): Milliseconds => Math.min(900_000, Math.max(5000, Math.round(lead / 6)));
