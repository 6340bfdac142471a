/**
 * Control charts: what a process does while nothing happens to it is learned from samples of a first phase, and each later sample is held against
 * that (ISO 7870-2 Shewhart, -4 CUSUM, -6 EWMA; Montgomery, Introduction to Statistical Quality Control). Pure; a chart's memory is a few
 * numbers, whatever number of samples it has seen.
 */

/** A subgroup of measured values, all at one time; one value alone is a subgroup too. */
export type Subgroup = readonly number[];

/** Of `size` parts (or areas of opportunity), how many were nonconforming, or how many nonconformities there were. */
export interface Count {
  readonly count: number;
  readonly size: number;
}

/** One sample as it is drawn on a chart. */
export interface Point {
  readonly statistic: number;
  readonly center: number;
  readonly lower: number;
  readonly upper: number;
  /** Beyond a limit; a statistic exactly on it is not. */
  readonly beyond: boolean;
  /** Distance from the center in standard errors, which zone rules go by; null where a statistic remembers those before, so that they do not hold. */
  readonly z: number | null;
}

/** What a sample is, `Sample`, and what was learned, `Baseline`: a plain object that can be kept as JSON. */
export interface ChartKind<Sample, Baseline, Wish = Record<never, never>> {
  /** Samples of phase I, oldest first. Throws SPC_TOO_LITTLE where they are not enough or all alike. */
  learn(samples: readonly Sample[], wish?: Wish): Baseline;
  /** A chart with what it knows of the samples before; each call takes the next one. `memory`: of a chart that goes on here. */
  open(baseline: Baseline, wish?: Wish, memory?: readonly number[]): Chart<Sample>;
}

export interface Chart<Sample, P extends Point = Point> {
  (sample: Sample): P;
  /** What it knows of the samples before, as plain numbers that open() goes on from; absent where each point stands alone. */
  readonly memory?: () => readonly number[];
}

/** Standard errors between center and limit, as Shewhart had them. */
const SHEWHART = 3;

export function pointOf(statistic: number, center: number, error: number, bounds: { readonly least?: number } = {}): Point {
  const lower = Math.max(center - SHEWHART * error, bounds.least ?? Number.NEGATIVE_INFINITY);
  const upper = center + SHEWHART * error;
  return {
    statistic,
    center,
    lower,
    upper,
    beyond: statistic < lower || statistic > upper,
    z: error > 0 ? (statistic - center) / error : 0,
  };
}
