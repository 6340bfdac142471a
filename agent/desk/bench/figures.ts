/** How a measured figure is written down. */
export interface Figure {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export function figure(values: readonly number[], digits = 3): Figure {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (i: number) => sorted[i] ?? Number.NaN;
  const middle = (sorted.length - 1) / 2;
  const round = (value: number) => Number(value.toFixed(digits));
  return { median: round((at(Math.floor(middle)) + at(Math.ceil(middle))) / 2), min: round(at(0)), max: round(at(sorted.length - 1)) };
}

/** `q` from 0 to 1; the value that this share of the values does not exceed. */
export function percentile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
}
