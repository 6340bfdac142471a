/** Numbers with enough digits to decide by, in groups of three with a narrow space (ISO 80000-1, 7.3). */
const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

export const count = (n: number): string => whole.format(n).replaceAll(',', '\u202f');
export const percent = (ratio: number): string => `${(ratio * 100).toFixed(1)}\u202f%`;
export function milliseconds(ms: number): string {
  return ms < 10 ? ms.toFixed(1) : count(Math.round(ms));
}
export const score = (value: number): string => value.toFixed(value !== 0 && Math.abs(value) < 0.01 ? 4 : 2);
/** With its sign, in no more digits than tell something. */
export const signed = (value: number): string => `${value < 0 ? '−' : '+'}${Number(Math.abs(value).toPrecision(value === 0 ? 1 : 2))}`;
