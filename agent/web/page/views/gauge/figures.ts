/** Figures of studies as they are shown. */
import type { StudyReport } from '../../api/types.ts';
import { percent } from '../../pieces/numbers.ts';

export type Figures = NonNullable<StudyReport['figures']>;
export type Share = Extract<Figures, { kind: 'attributes' }>['appraisers'][number]['misses'];

export const kappa = (value: number | null): string => (value === null ? '–' : value.toFixed(2).replace('-', '−'));
export const digits = (value: number): string => String(Number(value.toPrecision(6))).replace('-', '−');

/** With what luck leaves open. */
export function share({ share: value, low, high, of }: Share): string {
  if (value === null || of === 0) return '–';
  return `${percent(value)} (${Math.round(100 * low)}–${Math.round(100 * high)})`;
}
