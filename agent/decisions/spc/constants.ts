/**
 * Control chart constants of a subgroup of n values from a normal distribution (ISO 7870-2, table 2; ASTM E2587): of its range, E(R) = d2 sigma and
 * sd(R) = d3 sigma; of its standard deviation, E(s) = c4 sigma. Computed, not read from a table: tables have three decimals.
 */
import { normalShare } from '../statistics.ts';

export interface Constants {
  readonly d2: number;
  readonly d3: number;
  readonly c4: number;
}

/** Values a subgroup, at most: a range of more says little of the spread, and ISO 7870-2 ends here. */
export const MOST_IN_SUBGROUP = 25;

const known = new Map<number, Constants>();

/** `n`: 2 to 25. */
export function constantsOf(n: number): Constants {
  const before = known.get(n);
  if (before) return before;
  const made = { ...ofRange(n), c4: c4Of(n) };
  known.set(n, made);
  return made;
}

/** Half of the ratio of two neighbouring gamma functions follows from the one before: g(n) g(n - 1) = (n - 2) / 2. */
function c4Of(n: number): number {
  let ratio = 1 / Math.sqrt(Math.PI);
  for (let k = 3; k <= n; k++) ratio = (k - 2) / 2 / ratio;
  return ratio * Math.sqrt(2 / (n - 1));
}

/**
 * In sigma. Inside, trapezoids over a smooth density that is nothing at both ends; outside, Simpson's rule, since what is summed there begins
 * with a slope: together exact to seven digits.
 */
const STEP = 0.05;
const END = 8;

/** P(R > w) = 1 - n ∫ φ(x) (Φ(x + w) - Φ(x))^(n - 1) dx; E(R) is its integral over w, E(R²) that of 2 w times it. */
function ofRange(n: number): { readonly d2: number; readonly d3: number } {
  const steps = Math.round((2 * END) / STEP);
  const share = Array.from({ length: 2 * steps + 1 }, (_, k) => normalShare(-END + k * STEP));
  const density = Array.from({ length: steps + 1 }, (_, k) => Math.exp(-((-END + k * STEP) ** 2) / 2) / Math.sqrt(2 * Math.PI));
  let [first, second] = [STEP / 3, 0];
  for (let k = 1; k <= steps; k++) {
    let below = 0;
    for (let x = 0; x <= steps; x++) below += (density[x] ?? 0) * ((share[x + k] ?? 1) - (share[x] ?? 0)) ** (n - 1);
    const above = 1 - n * below * STEP;
    const weight = ((k % 2 === 1 ? 4 : 2) * STEP) / 3;
    first += weight * above;
    second += weight * 2 * k * STEP * above;
  }
  return { d2: first, d3: Math.sqrt(second - first ** 2) };
}
