/** Charts of counts: p and np (nonconforming parts, binomial), c and u (nonconformities, Poisson) of ISO 7870-2. */
import { LinesideError } from '../../errors.ts';
import { type ChartKind, type Count, pointOf } from './charts.ts';

/** What phase I says of one part, or of one area of opportunity. */
export interface Rate {
  /** Nonconforming of one part, 0 to 1, or nonconformities of one area. */
  readonly rate: number;
  /** Size of each sample; null: they differ. */
  readonly size: number | null;
  /** Samples of phase I. */
  readonly samples: number;
}

type CountChart = ChartKind<Count, Rate>;

const LEAST_SAMPLES = 2;

function learned(samples: readonly Count[], most: number): Rate {
  if (samples.length < LEAST_SAMPLES) throw new LinesideError('SPC_TOO_LITTLE', { why: `${samples.length} samples` });
  let [counted, of] = [0, 0];
  for (const { count, size } of samples) {
    if (!(size > 0) || !(count >= 0) || count > most * size) throw new LinesideError('SPC_TOO_LITTLE', { why: `${count} of ${size}` });
    counted += count;
    of += size;
  }
  const first = samples[0]?.size ?? 0;
  return { rate: counted / of, size: samples.every(({ size }) => size === first) ? first : null, samples: samples.length };
}

const binomial = { learn: (samples: readonly Count[]): Rate => learned(samples, 1) };
const poisson = { learn: (samples: readonly Count[]): Rate => learned(samples, Number.POSITIVE_INFINITY) };

/** Fraction nonconforming. */
export const p: CountChart = {
  ...binomial,
  open({ rate }) {
    return ({ count, size }) => capped(pointOf(count / size, rate, Math.sqrt((rate * (1 - rate)) / size), { least: 0 }), 1);
  },
};

/** Number nonconforming. */
export const np: CountChart = {
  ...binomial,
  open({ rate }) {
    return ({ count, size }) => capped(pointOf(count, rate * size, Math.sqrt(size * rate * (1 - rate)), { least: 0 }), size);
  },
};

/** Number of nonconformities of a sample. */
export const c: CountChart = {
  ...poisson,
  open({ rate }) {
    return ({ count, size }) => pointOf(count, rate * size, Math.sqrt(rate * size), { least: 0 });
  },
};

/** Nonconformities of one area of opportunity. */
export const u: CountChart = {
  ...poisson,
  open({ rate }) {
    return ({ count, size }) => pointOf(count / size, rate, Math.sqrt(rate / size), { least: 0 });
  },
};

/** No share lies above all parts. */
const capped = <P extends { readonly upper: number }>(point: P, most: number): P =>
  point.upper > most ? { ...point, upper: most } : point;
