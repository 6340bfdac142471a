/** Charts that remember the samples before: EWMA (ISO 7870-6, Roberts 1959) and CUSUM (ISO 7870-4, Page 1954), for small shifts that last. */
import { meanOf } from '../statistics.ts';
import type { Chart, ChartKind, Point, Subgroup } from './charts.ts';
import { individuals, type Normal, xbarByRange } from './variables.ts';

export interface EwmaWish {
  /** Weight of the newest sample, above 0, at most 1; default 0.2. */
  readonly lambda?: number;
  /** Standard errors between center and limit; default 3. */
  readonly width?: number;
  /** Limits as they are after many samples, from the first one on; default false: they grow, since the first ones know little. */
  readonly settled?: boolean;
}

const learn = (samples: readonly Subgroup[]): Normal => (samples[0]?.length === 1 ? individuals : xbarByRange).learn(samples);

/** Limits by Montgomery, equations 9.25 and 9.26. */
export const ewma: ChartKind<Subgroup, Normal, EwmaWish> = {
  learn,
  open({ center, sigma, size }, { lambda = 0.2, width = 3, settled = false } = {}, memory = [center, settled ? 0 : 1]) {
    const error = sigma / Math.sqrt(size);
    /** The second: (1 - lambda)^(2 i) after i samples. */
    let [smooth = center, forgotten = 0] = memory;
    const step = (sample: Subgroup): Point => {
      smooth = lambda * meanOf(sample) + (1 - lambda) * smooth;
      forgotten *= (1 - lambda) ** 2;
      const half = width * error * Math.sqrt((lambda / (2 - lambda)) * (1 - forgotten));
      const [lower, upper] = [center - half, center + half];
      return { statistic: smooth, center, lower, upper, beyond: smooth < lower || smooth > upper, z: null };
    };
    return Object.assign(step, { memory: () => [smooth, forgotten] });
  },
};

export interface CusumWish {
  /** Limit of the sums, in standard errors; default 5. */
  readonly h?: number;
  /** Shift that is to be found fast, in standard errors: half of it is what is let pass; default 1. */
  readonly shift?: number;
}

/** Sums in standard errors: above the center counted up, below it counted down. */
export interface CusumPoint extends Point {
  /** >= 0. */
  readonly above: number;
  /** <= 0. */
  readonly below: number;
}

/** `statistic`: the sum that is farther from nothing. */
export const cusum = {
  learn,
  open(
    { center, sigma, size }: Normal,
    { h = 5, shift = 1 }: CusumWish = {},
    memory: readonly number[] = [0, 0],
  ): Chart<Subgroup, CusumPoint> {
    const error = sigma / Math.sqrt(size);
    let [above = 0, below = 0] = memory;
    const step = (sample: Subgroup): CusumPoint => {
      const z = (meanOf(sample) - center) / error;
      above = Math.max(0, above + z - shift / 2);
      below = Math.min(0, below + z + shift / 2);
      const statistic = above >= -below ? above : below;
      return { statistic, above, below, center: 0, lower: -h, upper: h, beyond: above > h || below < -h, z: null };
    };
    return Object.assign(step, { memory: () => [above, below] });
  },
} satisfies ChartKind<Subgroup, Normal, CusumWish>;
