/** Charts of measured values: X̄ by R and by s, R, s, individuals and moving range (ISO 7870-2). */
import { LinesideError } from '../../errors.ts';
import { deviationOf, meanOf, rangeOf } from '../statistics.ts';
import { type ChartKind, type Point, pointOf, type Subgroup } from './charts.ts';
import { type Constants, constantsOf, MOST_IN_SUBGROUP } from './constants.ts';

/** What phase I says of single values. */
export interface Normal {
  /** Mean of the values. */
  readonly center: number;
  /** Standard deviation of one value as it is within a subgroup. */
  readonly sigma: number;
  /** Values a subgroup. */
  readonly size: number;
  /** Samples of phase I. */
  readonly samples: number;
}

export interface VariablesWish {
  /** Those of a table, where limits are to be as they were computed by hand. */
  readonly constants?: (n: number) => Constants;
}

/** What the spread within subgroups is estimated by. */
type Spread = (subgroup: Subgroup) => number;
type Share = (of: Constants) => number;

const LEAST_SAMPLES = 2;
/** Two moving ranges: of one nothing can be said. */
const LEAST_VALUES = 3;

function learned(samples: readonly Subgroup[], spread: Spread, share: Share, wish: VariablesWish = {}): Normal {
  const size = samples[0]?.length ?? 0;
  if (samples.length < LEAST_SAMPLES) throw new LinesideError('SPC_TOO_LITTLE', { why: `${samples.length} samples` });
  if (size < 2 || size > MOST_IN_SUBGROUP || samples.some((sample) => sample.length !== size))
    throw new LinesideError('SPC_TOO_LITTLE', { why: `subgroups that are not all of one size from 2 to ${MOST_IN_SUBGROUP}` });
  const sigma = meanOf(samples.map(spread)) / share((wish.constants ?? constantsOf)(size));
  return withSpread({ center: meanOf(samples.map(meanOf)), sigma, size, samples: samples.length });
}

function withSpread(normal: Normal): Normal {
  if (normal.sigma > 0 && Number.isFinite(normal.sigma) && Number.isFinite(normal.center)) return normal;
  throw new LinesideError('SPC_TOO_LITTLE', { why: 'values that are all alike, or no numbers' });
}

type VariablesChart = ChartKind<Subgroup, Normal, VariablesWish>;

const byRange = { learn: (samples: readonly Subgroup[], wish?: VariablesWish) => learned(samples, rangeOf, ({ d2 }) => d2, wish) };
const byDeviation = { learn: (samples: readonly Subgroup[], wish?: VariablesWish) => learned(samples, deviationOf, ({ c4 }) => c4, wish) };

/** Means of subgroups. */
const openMeans = ({ center, sigma, size }: Normal) => {
  const error = sigma / Math.sqrt(size);
  return (sample: Subgroup): Point => pointOf(meanOf(sample), center, error);
};
export const xbarByRange: VariablesChart = { ...byRange, open: openMeans };
export const xbarByDeviation: VariablesChart = { ...byDeviation, open: openMeans };

export const range: VariablesChart = {
  ...byRange,
  open({ sigma, size }, wish = {}) {
    const { d2, d3 } = (wish.constants ?? constantsOf)(size);
    return (sample) => pointOf(rangeOf(sample), d2 * sigma, d3 * sigma, { least: 0 });
  },
};

export const deviation: VariablesChart = {
  ...byDeviation,
  open({ sigma, size }, wish = {}) {
    const { c4 } = (wish.constants ?? constantsOf)(size);
    return (sample) => pointOf(deviationOf(sample), c4 * sigma, Math.sqrt(1 - c4 ** 2) * sigma, { least: 0 });
  },
};

/** Values one by one; their spread by how far each lies from the one before. */
const byMoving = {
  learn(samples: readonly Subgroup[], wish?: VariablesWish): Normal {
    const values = samples.flat();
    if (values.length < LEAST_VALUES) throw new LinesideError('SPC_TOO_LITTLE', { why: `${values.length} value(s)` });
    const pairs = values.slice(1).map((value, n): Subgroup => [values[n] ?? value, value]);
    return { ...learned(pairs, rangeOf, ({ d2 }) => d2, wish), center: meanOf(values), size: 1, samples: values.length };
  },
};

export const individuals: VariablesChart = { ...byMoving, open: openMeans };

export const movingRange: VariablesChart = {
  ...byMoving,
  open({ sigma }, wish = {}, memory = []) {
    const { d2, d3 } = (wish.constants ?? constantsOf)(2);
    let [before] = memory;
    const step = ([value = Number.NaN]: Subgroup) => {
      // The first value has none before it.
      const moved = before === undefined ? d2 * sigma : Math.abs(value - before);
      before = value;
      return pointOf(moved, d2 * sigma, d3 * sigma, { least: 0 });
    };
    return Object.assign(step, { memory: () => (before === undefined ? [] : [before]) });
  },
};
