/** Whether values look like a normal distribution, and a transform after which they do where they do not. */
import { deviationOf, meanOf, normalShare } from '../statistics.ts';

export interface AndersonDarling {
  readonly statistic: number;
  /** Chance of values at least as far from normal, if they are; mean and spread estimated from them. */
  readonly p: number;
}

/** Values below which nothing can be said. */
const LEAST_TO_TEST = 8;

/** Anderson-Darling with both parameters unknown; p by D'Agostino and Stephens, Goodness-of-Fit Techniques (1986), table 4.9. Null: too few. */
export function andersonDarling(values: readonly number[]): AndersonDarling | null {
  const n = values.length;
  const [mean, spread] = [meanOf(values), deviationOf(values)];
  if (n < LEAST_TO_TEST || !(spread > 0)) return null;
  const z = values.map((value) => (value - mean) / spread).sort((a, b) => a - b);
  let sum = 0;
  for (let i = 0; i < n; i++) sum += (2 * i + 1) * (logShare(z[i] ?? 0) + logShare(-(z[n - 1 - i] ?? 0)));
  const statistic = -n - sum / n;
  return { statistic, p: chanceOf(statistic * (1 + 0.75 / n + 2.25 / n ** 2)) };
}

/** Of a value so far out that its share is nothing, the least there is: the statistic stays a number. */
const logShare = (z: number): number => Math.log(Math.max(normalShare(z), Number.MIN_VALUE));

function chanceOf(a: number): number {
  if (a < 0.2) return 1 - Math.exp(-13.436 + 101.14 * a - 223.73 * a ** 2);
  if (a < 0.34) return 1 - Math.exp(-8.318 + 42.796 * a - 59.938 * a ** 2);
  if (a < 0.6) return Math.exp(0.9177 - 4.279 * a - 1.38 * a ** 2);
  return a < 10 ? Math.exp(1.2937 - 5.709 * a + 0.0186 * a ** 2) : 3.7e-24;
}

/** Below this, values are not called normal. */
export const NORMAL_ENOUGH = 0.05;

export interface Transform {
  /** A power; 1 changes nothing. */
  readonly lambda: number;
  readonly takes: (value: number) => boolean;
  readonly apply: (value: number) => number;
}

/**
 * The power, within -5 to 5, whose result is most like a normal distribution, by likelihood: of Box and Cox (1964) where all values are above nothing,
 * else of Yeo and Johnson (2000). Null: the values are all alike.
 */
export function powerFor(values: readonly number[]): Transform | null {
  if (!(deviationOf(values) > 0)) return null;
  if (values.every((value) => value > 0)) return { ...fitted(values, boxCox, Math.log), takes: (value) => value > 0 };
  // Powers of what lies far from nothing hardly bend: around their median they do.
  const sorted = [...values].sort((a, b) => a - b);
  const [middle, spread] = [sorted[Math.floor(sorted.length / 2)] ?? 0, deviationOf(values)];
  const scaled = (value: number) => (value - middle) / spread;
  const { lambda, apply } = fitted(values.map(scaled), yeoJohnson, (value) => Math.sign(value) * Math.log1p(Math.abs(value)));
  return { lambda, takes: () => true, apply: (value) => apply(scaled(value)) };
}

type Power = (value: number, lambda: number) => number;

/** `stretch`: logarithm of how far a power of 0 stretches the neighbourhood of a value. */
function fitted(values: readonly number[], power: Power, stretch: (value: number) => number) {
  const stretched = values.reduce((sum, value) => sum + stretch(value), 0);
  const likelihood = (lambda: number) =>
    -values.length * Math.log(deviationOf(values.map((value) => power(value, lambda)))) + (lambda - 1) * stretched;
  const lambda = highest(likelihood);
  return { lambda, apply: (value: number) => power(value, lambda) };
}

const isNothing = (power: number): boolean => Math.abs(power) < 1e-9;

const boxCox: Power = (x, lambda) => (isNothing(lambda) ? Math.log(x) : (x ** lambda - 1) / lambda);

const yeoJohnson: Power = (x, lambda) => (x >= 0 ? boxCox(x + 1, lambda) : -boxCox(1 - x, 2 - lambda));

const GOLDEN = (Math.sqrt(5) - 1) / 2;

/** Golden section: the likelihood of a power has one summit. */
function highest(of: (lambda: number) => number): number {
  let [low, high] = [-5, 5];
  while (high - low > 1e-6) {
    const [left, right] = [high - GOLDEN * (high - low), low + GOLDEN * (high - low)];
    if (of(left) > of(right)) high = right;
    else low = left;
  }
  return (low + high) / 2;
}
