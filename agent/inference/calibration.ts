/**
 * What a forecasting network needs to know of one machine, learned from a stretch of its normal rows. Pure; the steps are those of
 * models/README.md, and their numbers come from the package, since its figures were measured with them.
 */

/** The manifest's `calibration`. */
export interface CalibrationSettings {
  /** Normal rows to learn from. */
  readonly rows: number;
  /** Lag-1 autocorrelation from which a tag only drifts, and is context. */
  readonly autocorrelation: number;
  /** Smallest spread, raw units. */
  readonly floor: number;
  /** Added to the covariance's diagonal. */
  readonly ridge: number;
  /** The limit is `factor` times this quantile of the normal distances. */
  readonly quantile: number;
  readonly factor: number;
}

/** How the machine's tags normally move; goes into the network beside the window. One value a channel. */
export interface Normal {
  /** Raw units. */
  readonly mean: readonly number[];
  /** Standard deviation, raw units, never 0. */
  readonly spread: readonly number[];
  /** 1: the channel counts; 0: it is context, too slow to tell a fault from a drift. */
  readonly scored: readonly number[];
}

export interface Calibration extends Normal {
  /** Indices of the scored channels, ascending; `center` and `precision` speak of these alone. */
  readonly channels: readonly number[];
  /** Mean of the residuals of normal windows. */
  readonly center: readonly number[];
  /** Inverse of their covariance, row-major. */
  readonly precision: readonly number[];
  /** Distance at which the alarm begins. */
  readonly limit: number;
  /** Rows it was learned from. */
  readonly rows: number;
}

/** Rows in the order of time, row-major [rows x channels]; `starts` are the first rows of unbroken runs, ascending from 0. */
export interface Stretch {
  readonly channels: number;
  readonly values: Float32Array<ArrayBuffer>;
  readonly starts: readonly number[];
}

/** [from, to) of every unbroken run among `rows` rows. */
export function runs(starts: readonly number[], rows: number): readonly (readonly [number, number])[] {
  return starts.map((from, i) => [from, starts[i + 1] ?? rows]);
}

export function normalOf(stretch: Stretch, settings: CalibrationSettings): Normal {
  const columns = Array.from({ length: stretch.channels }, (_, channel) => columnOf(stretch, channel));
  const mean = columns.map(average);
  const spread = columns.map((column, i) => Math.sqrt(average(column.map((v) => (v - (mean[i] ?? 0)) ** 2))));
  const lively = columns.map((column, i) => autocorrelation(column, mean[i] ?? 0, stretch) < settings.autocorrelation);
  // On a machine of slow tags only, all must count: a model that scores nothing would call everything good.
  const scored = lively.map((fast) => (fast || !lively.includes(true) ? 1 : 0));
  return { mean, spread: spread.map((s) => Math.max(s, settings.floor)), scored };
}

/** Mean, precision and limit from the residuals of normal windows, each with a value for every channel. */
export function calibrate(normal: Normal, residuals: readonly Float32Array[], rows: number, settings: CalibrationSettings): Calibration {
  const channels = normal.scored.flatMap((scored, channel) => (scored === 1 ? [channel] : []));
  const center = channels.map((channel) => average(residuals.map((r) => r[channel] ?? 0)));
  const off = residuals.map((r) => channels.map((channel, i) => (r[channel] ?? 0) - (center[i] ?? 0)));
  const precision = inverse(covariance(off, channels.length, settings.ridge), channels.length);
  const learned = { ...normal, channels, center, precision, limit: 0, rows };
  const distances = residuals.map((r) => distance(r, learned)).sort((a, b) => a - b);
  // A machine that never strayed at all would make every later value an alarm, and 0 / 0 a score.
  return { ...learned, limit: Math.max(settings.factor * quantile(distances, settings.quantile), Number.EPSILON) };
}

/** Mahalanobis distance of a residual from the normal ones. */
export function distance(residual: ArrayLike<number>, calibration: Calibration): number {
  return Math.sqrt(Math.max(0, sum(shares(residual, calibration))));
}

/** What each channel adds to the squared distance, 0 for context; may be below zero where two tags explain each other. */
export function shares(residual: ArrayLike<number>, calibration: Calibration): readonly number[] {
  const all = pull(residual, calibration).slice();
  for (const [i, channel] of calibration.channels.entries()) {
    all[channel] = ((residual[channel] ?? 0) - (calibration.center[i] ?? 0)) * (all[channel] ?? 0);
  }
  return all;
}

/** How the squared distance changes, by halves, with each channel of the residual: precision times offset, 0 for context. */
export function pull(residual: ArrayLike<number>, { channels, center, precision, mean }: Calibration): readonly number[] {
  const off = channels.map((channel, i) => (residual[channel] ?? 0) - (center[i] ?? 0));
  const all = mean.map(() => 0);
  for (const [i, channel] of channels.entries()) {
    all[channel] = sum(off.map((value, j) => (precision[i * off.length + j] ?? 0) * value));
  }
  return all;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const average = (values: readonly number[]): number => sum(values) / Math.max(1, values.length);

/** Linear interpolation between neighbours; `sorted` ascending. */
function quantile(sorted: readonly number[], share: number): number {
  const at = share * (sorted.length - 1);
  const [low, high] = [sorted[Math.floor(at)] ?? 0, sorted[Math.ceil(at)] ?? 0];
  return low + (high - low) * (at - Math.floor(at));
}

function columnOf({ values, channels }: Stretch, channel: number): number[] {
  return Array.from({ length: values.length / channels }, (_, row) => values[row * channels + channel] ?? 0);
}

/** Of neighbouring rows within unbroken runs, -1..1; 1 for a tag that stands still. */
function autocorrelation(column: readonly number[], mean: number, stretch: Stretch): number {
  let [together, alone] = [0, 0];
  for (const [from, to] of runs(stretch.starts, column.length)) {
    for (let row = from; row < to; row++) {
      const value = (column[row] ?? 0) - mean;
      alone += value * value;
      if (row + 1 < to) together += value * ((column[row + 1] ?? 0) - mean);
    }
  }
  return alone > 0 ? together / alone : 1;
}

function covariance(off: readonly (readonly number[])[], size: number, ridge: number): number[] {
  return Array.from({ length: size * size }, (_, k) => {
    const [i, j] = [Math.floor(k / size), k % size];
    return average(off.map((row) => (row[i] ?? 0) * (row[j] ?? 0))) + (i === j ? ridge : 0);
  });
}

/** Gauss-Jordan; a covariance with a ridge is positive definite, so no pivot is searched for. */
function inverse(matrix: readonly number[], size: number): number[] {
  const left = matrix.slice();
  const right = Array.from({ length: size * size }, (_, k) => (k % (size + 1) === 0 ? 1 : 0));
  for (let pivot = 0; pivot < size; pivot++) {
    const head = left[pivot * size + pivot] ?? 1;
    for (const side of [left, right]) combine(side, pivot, pivot, 1 - 1 / head, size);
    for (let row = 0; row < size; row++) {
      const factor = left[row * size + pivot] ?? 0;
      if (row !== pivot) for (const side of [left, right]) combine(side, row, pivot, factor, size);
    }
  }
  return right;
}

/** row -= factor * from, in place. */
function combine(side: number[], row: number, from: number, factor: number, size: number): void {
  for (let k = 0; k < size; k++) side[row * size + k] = (side[row * size + k] ?? 0) - factor * (side[from * size + k] ?? 0);
}
