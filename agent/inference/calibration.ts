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

/** What a machine's tags may be, as far as the package knows. */
export interface Plausible {
  readonly settings: CalibrationSettings;
  /** Of each channel the values seen in training; null where nobody said. */
  readonly ranges: readonly (readonly [number, number] | null)[];
}

/** A machine may be far from those of the training, but not by so many widths of their range. */
const WIDTHS = 1000;
/** Where the package has no range: no tag of a machine is larger. */
const LARGEST = 1e12;
/** Residuals are counted in spreads of their tag: normal ones stray by less than so many. */
const SPREADS = 1000;
const MOST_ROWS = 100_000;
/** What computing the inverse of a matrix may have cost. */
const SLACK = 1.01;

/**
 * Why no stretch of rows can have given this calibration; null where one may have. What is let through decides over every part of the
 * station from now on, and a limit or a spread that is too large calls all of them good.
 */
export function doubtOf(found: unknown, { settings, ranges }: Plausible): string | null {
  if (!isWhole(found)) return 'it lacks numbers that every calibration has';
  return (
    formDoubt(found, ranges.length) ?? normalDoubt(found, settings, ranges) ?? limitDoubt(found, settings) ?? matrixDoubt(found, settings)
  );
}

function isWhole(found: unknown): found is Calibration {
  if (typeof found !== 'object' || found === null) return false;
  const { mean, spread, scored, channels, center, precision, limit, rows } = found as Partial<Calibration>;
  return [mean, spread, scored, channels, center, precision, [limit], [rows]].every(
    (list) => Array.isArray(list) && list.every(Number.isFinite),
  );
}

function formDoubt({ mean, spread, scored, channels, center, precision }: Calibration, count: number): string | null {
  if ([mean, spread, scored].some((list) => list.length !== count)) return `it is for ${mean.length} channels, the model has ${count}`;
  const counted = scored.flatMap((one, channel) => (one === 1 ? [channel] : []));
  if (counted.length === 0 || !scored.every((one) => one === 0 || one === 1)) return 'no channel of it counts';
  if (channels.join() !== counted.join()) return 'the channels that count are others than those it was computed for';
  const size = channels.length;
  return center.length === size && precision.length === size * size ? null : `its matrix is not ${size} x ${size}`;
}

function normalDoubt({ mean, spread }: Calibration, { floor }: CalibrationSettings, ranges: Plausible['ranges']): string | null {
  for (const [channel, range] of ranges.entries()) {
    const [low, high] = range ?? [-LARGEST / WIDTHS / 2, LARGEST / WIDTHS / 2];
    const width = Math.max(high - low, floor);
    const [middle, strays] = [mean[channel] ?? 0, spread[channel] ?? 0];
    if (Math.abs(middle - (low + high) / 2) > WIDTHS * width) return `channel ${channel + 1} has a mean of ${middle}`;
    if (strays < floor / SLACK || strays > WIDTHS * width) return `channel ${channel + 1} has a spread of ${strays}`;
  }
  return null;
}

/**
 * The squares of all distances add up to no more than windows times channels, whatever the rows were, since the matrix is the inverse of
 * their own covariance. So of the share 1 - quantile that lies beyond none can be further than this.
 */
function limitDoubt({ channels, limit, rows }: Calibration, { quantile: share, factor }: CalibrationSettings): string | null {
  if (!Number.isInteger(rows) || rows < 2 || rows > MOST_ROWS) return `it was learned from ${rows} rows`;
  const alone = Math.min(rows, share < 1 ? 1 / (1 - share) + 1 : rows);
  const most = factor * Math.sqrt(channels.length * alone) * SLACK;
  return limit > 0 && limit <= most ? null : `its limit is ${limit}, and no rows give more than ${most.toPrecision(3)}`;
}

/** An inverse of a covariance is symmetric and positive definite, and the ridge bounds it from above. */
function matrixDoubt({ channels, center, precision }: Calibration, { ridge }: CalibrationSettings): string | null {
  const size = channels.length;
  const at = (i: number, j: number) => precision[i * size + j] ?? 0;
  const most = SLACK / ridge;
  for (let i = 0; i < size; i++) {
    if (Math.abs(center[i] ?? 0) > SPREADS) return `its normal windows are off by ${center[i]}`;
    if (!(at(i, i) >= SPREADS ** -2 && at(i, i) <= most)) return `its matrix has ${at(i, i)} on the diagonal`;
    for (let j = 0; j < i; j++) {
      const off = Math.abs(at(i, j) - at(j, i));
      if (off > (SLACK - 1) * Math.sqrt(at(i, i) * at(j, j)) || Math.abs(at(i, j)) > most) return 'its matrix is not symmetric';
    }
  }
  return isPositive(precision, size) ? null : 'its matrix is not positive definite';
}

/** By Cholesky's decomposition, which exists for these alone. */
function isPositive(matrix: readonly number[], size: number): boolean {
  const root = Array.from({ length: size * size }, () => 0);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      const rest =
        (matrix[i * size + j] ?? 0) - sum(Array.from({ length: j }, (_, k) => (root[i * size + k] ?? 0) * (root[j * size + k] ?? 0)));
      if (i === j && !(rest > 0)) return false;
      root[i * size + j] = i === j ? Math.sqrt(rest) : rest / (root[j * size + j] ?? 1);
    }
  }
  return true;
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
