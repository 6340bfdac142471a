/**
 * How many uses a tool has left, from what was measured of it. A straight line through its newest points by Theil and Sen (Sen, Journal of the American
 * Statistical Association 63, 1968), which a third of wrong points does not turn; around it, wear wanders (a Wiener process with drift, whose first
 * passage has the variance used here: Chhikara and Folks, The Inverse Gaussian Distribution, 1989) and each point has an error of its own.
 * How far such forecasts were off in tools that are worn out by now widens or narrows the interval (split conformal prediction of normalised errors:
 * Lei et al., Journal of the American Statistical Association 113, 2018). Pure.
 */
import { normalQuantile } from '../../statistics.ts';
import { asNext, quantileOf } from '../material/demand.ts';
import { medianOf, type WearPoint } from './wear-log.ts';

/** The newest points that the line goes by, and the fewest. */
const NEWEST = 60;
export const LEAST_POINTS = 12;
/** Newest points that say where it is now. */
const LEVEL_OF = 9;
/** A slope of fewer errors than this is none. */
const CLEAR = 2;
/** Median absolute deviation to standard deviation, of a normal distribution. */
const MAD = 1.4826;
/** Of a forecast, at least: no line is so straight. In the logarithm. */
const LEAST_ERROR = 0.03;
/** Errors that count as known before any tool is worn out: those of the model. */
const PRIOR = 20;
/** A wander that is estimated from one path is often too small: so much wider. */
const DOUBT = 1.3;
const MODEL_SCORES = Array.from({ length: PRIOR }, (_, i) => DOUBT * normalQuantile((i + 0.5) / PRIOR));
/** Tools whose slope counts for the next one; from so many on. */
export const MOST_LIVES = 20;
const LEAST_LIVES = 3;
/** Errors of worn-out tools that are kept, and taken of one. */
export const MOST_SCORES = 200;
export const MOST_GLANCES = 16;
/** Errors of one tool hang together: so many of them count as one. */
const TOGETHER = 3;
/** Uses grow by this factor until it is looked at again. */
const LATER = 1.1;

/** Values, a part each or a point each, that say that the limit was reached. */
export const LEAST_PAST = 5;
export const NEWEST_PAST = 31;

/** The limit is reached, whatever the trend: half of the newest values are there. Values grow towards it. */
export function isPast(newest: readonly number[], limit: number): boolean {
  return newest.length >= LEAST_PAST && medianOf(newest) >= limit;
}

export interface Wear {
  /** Measured value where it is now, cleared of noise, and its standard error. */
  readonly level: number;
  readonly levelError: number;
  /** A use, and its standard error. */
  readonly slope: number;
  readonly slopeError: number;
  /** Variance that wear wanders by, a use. */
  readonly wander: number;
}

/** Values grow towards the limit. null: too few points. */
export function wearOf(all: readonly WearPoint[]): Wear | null {
  const points = all.slice(-NEWEST);
  const [first, last] = [points[0], points.at(-1)];
  if (points.length < LEAST_POINTS || !first || !last || last.n <= first.n) return null;
  const slope = theilSen(points);
  const rest = points.map(({ n, y }) => y - slope * n);
  const span = last.n - first.n;
  const step = span / (points.length - 1);
  const lag = Math.max(3, Math.round(points.length / 5));
  const [near, far] = [differences(rest, 1), differences(rest, lag)];
  // What the line has taken out of it: of a path that is bound at both ends a stretch differs by so much less.
  const bound = 1 - lag / points.length;
  const wander = Math.max(0, (far / bound - near) / ((lag - bound) * step));
  const noise = Math.max(0, (near - wander * step) / 2);
  return {
    level: slope * last.n + medianOf(rest.slice(-LEVEL_OF)),
    // Of a median: pi / 2 times the variance of the mean.
    levelError: Math.sqrt((noise * Math.PI) / 2 / LEVEL_OF + (wander * step * LEVEL_OF) / 4),
    slope,
    // Of a line through a path that wanders: 6/5 of its variance over the span. Of Theil and Sen's: a tenth above that of least squares.
    slopeError: Math.sqrt((1.2 * wander) / span + (1.1 * 12 * noise) / (span * span * points.length)),
    wander,
  };
}

function theilSen(points: readonly WearPoint[]): number {
  const slopes: number[] = [];
  for (let i = 0; i < points.length; i++) {
    for (let j = i + 1; j < points.length; j++) {
      const [a, b] = [points[i] as WearPoint, points[j] as WearPoint];
      if (b.n > a.n) slopes.push((b.y - a.y) / (b.n - a.n));
    }
  }
  return medianOf(slopes);
}

/** Variance of differences so many points apart, of which wrong ones are none. */
function differences(values: readonly number[], lag: number): number {
  const all = values.slice(lag).map((value, i) => value - (values[i] ?? 0));
  const middle = medianOf(all);
  return (MAD * medianOf(all.map((one) => Math.abs(one - middle)))) ** 2;
}

/** What tools of before say: their slopes, and by how much forecasts were off, in their own spreads. */
export interface Experience {
  readonly slopes: readonly number[];
  readonly scores: readonly number[];
}
export const NO_EXPERIENCE: Experience = { slopes: [], scores: [] };

export interface UsesLeft {
  readonly low: number;
  readonly middle: number;
  readonly high: number;
}

/** Middle of the forecast, and its spread in the logarithm. null: it does not wear, as far as can be seen. */
interface Forecast {
  readonly uses: number;
  readonly spread: number;
}

function forecast(wear: Wear, limit: number, slopes: readonly number[]): Forecast | null {
  const { slope, slopeError } = withBefore(wear, slopes);
  if (!(slope > CLEAR * slopeError)) return null;
  const away = Math.max(0, limit - wear.level);
  const uses = away / slope;
  if (uses === 0) return { uses: 0, spread: 0 };
  const variance = wear.wander / (slope * slope * uses) + (slopeError / slope) ** 2 + (wear.levelError / away) ** 2;
  return { uses, spread: Math.hypot(Math.sqrt(variance), LEAST_ERROR) };
}

/** What is seen of this one and what was of those before, each by how sure it is. */
function withBefore({ slope, slopeError }: Wear, before: readonly number[]): { readonly slope: number; readonly slopeError: number } {
  if (before.length < LEAST_LIVES) return { slope, slopeError };
  const mean = before.reduce((sum, one) => sum + one, 0) / before.length;
  const between = (before.reduce((sum, one) => sum + (one - mean) ** 2, 0) / (before.length - 1)) * (1 + 1 / before.length);
  const [own, other] = [slopeError * slopeError, Math.max(between, (0.1 * mean) ** 2)];
  if (own === 0) return { slope, slopeError };
  return { slope: (slope * other + mean * own) / (own + other), slopeError: Math.sqrt((own * other) / (own + other)) };
}

/** Uses until the limit is reached; nine times in ten between low and high. null: no trend is to be seen. */
export function usesLeft(wear: Wear, limit: number, { slopes, scores }: Experience): UsesLeft | null {
  const found = forecast(wear, limit, slopes);
  if (found === null) return null;
  const sorted = [...MODEL_SCORES, ...scores].sort((a, b) => a - b);
  const at = (share: number) => found.uses * Math.exp(quantileOf(sorted, asNext(share, sorted.length / TOGETHER)) * found.spread);
  return { low: at(0.05), middle: at(0.5), high: at(0.95) };
}

/** What was known of a tool after so many uses. */
export interface Glance {
  readonly n: number;
  readonly wear: Wear;
}

/** With this one, where it is time for one; the newest are kept. */
export function glanced(glances: readonly Glance[], now: Glance): readonly Glance[] {
  const last = glances.at(-1);
  return last && now.n < LATER * last.n ? glances : [...glances, now].slice(-MOST_GLANCES);
}

/**
 * What a tool that is done teaches: its slope, and by how much each forecast of when it would be where it was at its end was off. So it teaches also where it
 * was changed before its limit.
 */
export function lessonsOf(points: readonly WearPoint[], glances: readonly Glance[], before: Experience): Experience {
  const whole = wearOf(points);
  const end = points.at(-1);
  if (whole === null || !end) return before;
  const scores: number[] = [];
  for (const { n, wear } of glances) {
    if (n >= end.n || whole.level - wear.level < 2 * (wear.levelError + whole.levelError)) continue;
    const found = forecast(wear, whole.level, before.slopes);
    if (found && found.uses > 0) scores.push((Math.log(end.n - n) - Math.log(found.uses)) / found.spread);
  }
  const slope = theilSen(points.slice(-NEWEST));
  return {
    slopes: slope > 0 ? [...before.slopes, slope].slice(-MOST_LIVES) : before.slopes,
    scores: [...before.scores, ...scores.filter(Number.isFinite)].slice(-MOST_SCORES),
  };
}
