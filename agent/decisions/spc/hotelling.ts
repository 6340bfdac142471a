/** Hotelling's T²: several numbers of one part together, which may each be in place where all of them are not (Tracy, Young, Mason 1992). */
import { inverse, Matrix } from 'ml-matrix';
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
  open({ means, precision, samples }, { alpha = ALPHA } = {}) {
    const upper = laterLimit(means.length, samples, alpha);
    return (row): Point => {
      const statistic = distance(row, means, precision);
      return { statistic, center: 0, lower: 0, upper, beyond: statistic > upper, z: null };
    };
  },
};

function inverted(covariance: Matrix): readonly (readonly number[])[] {
  try {
    const made = inverse(covariance).to2DArray();
    if (made.flat().every(Number.isFinite)) return made;
  } catch {
    // Said below, with what it means.
  }
  throw new LinesideError('SPC_TOO_LITTLE', { why: 'numbers of which one follows from the others' });
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

/** T² of each row of phase I. */
export const distances = (rows: readonly Row[], { means, precision }: Joint): readonly number[] =>
  rows.map((row) => distance(row, means, precision));
