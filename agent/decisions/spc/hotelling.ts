/** Hotelling's T²: several numbers of one part together, which may each be in place where all of them are not (Tracy, Young, Mason 1992). */
import { EigenvalueDecomposition, inverse, Matrix } from 'ml-matrix';
import { LinesideError } from '../../errors.ts';
import { betaQuantile, fQuantile, meanOf } from '../statistics.ts';
import type { ChartKind, Point } from './charts.ts';

/** One part: each number of it, always in the same order. */
export type Row = readonly number[];

export interface Joint {
  /** Mean of each number. */
  readonly means: readonly number[];
  /** Inverse of their covariance, row by row. */
  readonly precision: readonly (readonly number[])[];
  /** Rows of phase I. */
  readonly samples: number;
}

export interface JointWish {
  /** Share of false alarms; default 0.0027, as of three sigma. */
  readonly alpha?: number;
  /** So many of the first rows are those that the limits were learned from, and are held to the limit of such rows; default 0. */
  readonly learnedFrom?: number;
}

const ALPHA = 0.0027;

export const hotelling: ChartKind<Row, Joint, JointWish> = {
  learn(samples) {
    const size = samples[0]?.length ?? 0;
    // With fewer rows than that the covariance has no inverse, or the limit none.
    if (size < 2 || samples.length < size + 2 || samples.some((row) => row.length !== size))
      throw new LinesideError('SPC_TOO_LITTLE', { why: `${samples.length} rows of ${size} numbers` });
    const means = Array.from({ length: size }, (_, column) => meanOf(samples.map((row) => row[column] ?? Number.NaN)));
    const centered = new Matrix(samples.map((row) => row.map((value, column) => value - (means[column] ?? 0))));
    const covariance = centered
      .transpose()
      .mmul(centered)
      .div(samples.length - 1);
    const precision = inverted(covariance);
    return { means, precision, samples: samples.length };
  },
  open({ means, precision, samples }, { alpha = ALPHA, learnedFrom = 0 } = {}) {
    const [first, later] = [firstLimit(means.length, samples, alpha), laterLimit(means.length, samples, alpha)];
    let seen = 0;
    return (row): Point => {
      const upper = seen < learnedFrom ? first : later;
      seen += 1;
      const statistic = distance(row, means, precision);
      return { statistic, center: 0, lower: 0, upper, beyond: statistic > upper, z: null };
    };
  },
};

/** Of the correlations, least to largest: below this, what is inverted is rounding. */
const LEAST_SHARE = 1e-10;

function inverted(covariance: Matrix): readonly (readonly number[])[] {
  const spreads = covariance.diagonal().map(Math.sqrt);
  if (spreads.every((spread) => spread > 0)) {
    const scale = Matrix.diag(spreads.map((spread) => 1 / spread));
    const shares = new EigenvalueDecomposition(scale.mmul(covariance).mmul(scale), { assumeSymmetric: true }).realEigenvalues;
    if (Math.min(...shares) > LEAST_SHARE * Math.max(...shares)) return inverse(covariance).to2DArray();
  }
  throw new LinesideError('SPC_TOO_LITTLE', { why: 'numbers of which one follows from the others, or never changes' });
}

/** (x - mean)' S⁻¹ (x - mean); nothing is allocated. */
function distance(row: Row, means: readonly number[], precision: readonly (readonly number[])[]): number {
  let sum = 0;
  for (let i = 0; i < means.length; i++) {
    const left = (row[i] ?? Number.NaN) - (means[i] ?? 0);
    const weights = precision[i];
    for (let j = 0; j < means.length; j++) sum += left * (weights?.[j] ?? 0) * ((row[j] ?? Number.NaN) - (means[j] ?? 0));
  }
  return sum;
}

/** Of rows that the limits were not learned from: F. */
export const laterLimit = (numbers: number, samples: number, alpha = ALPHA): number =>
  ((numbers * (samples + 1) * (samples - 1)) / (samples * (samples - numbers))) * fQuantile(1 - alpha, numbers, samples - numbers);

/** Of the rows of phase I themselves: beta. */
export const firstLimit = (numbers: number, samples: number, alpha = ALPHA): number =>
  ((samples - 1) ** 2 / samples) * betaQuantile(1 - alpha, numbers / 2, (samples - numbers - 1) / 2);
