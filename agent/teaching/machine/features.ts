/** Four causal features of each row: three smoothed levels, and the logarithm of how much the channels move. Pure. */
import { Matrix } from 'ml-matrix';

/** Weights of the exponential means (EWMA) behind the levels; 1 is the row itself. */
export const SMOOTH = [1, 0.3, 0.1] as const;
/** Of the mean that a row is compared with, and of the mean of the squares of what it is off. */
export const LEVEL = 0.3;
export const SPREAD = 0.1;
/** Added to that before its logarithm. */
export const FLOOR = 0.05;
/** By feature, how much of its covariance's off-diagonals is taken away. */
export const SHRINK = [1e-4, 1e-4, 1e-4, 0.2] as const;

/** Squared distance of each row from the exponential mean of the rows before it, which is 0 before the first. */
export function surprises(z: Matrix): Matrix {
  const out = Matrix.zeros(z.rows, z.columns);
  for (let channel = 0; channel < z.columns; channel++) {
    let level = 0;
    for (let row = 0; row < z.rows; row++) {
      const value = z.get(row, channel);
      out.set(row, channel, (value - level) ** 2);
      level = LEVEL * value + (1 - LEVEL) * level;
    }
  }
  return out;
}

/** [rows x channels] each, in the order of SHRINK. `z`: standardised channels; `usual`: their mean surprise. */
export function featuresOf(z: Matrix, usual: readonly number[]): readonly Matrix[] {
  const ratios = surprises(z).divRowVector([...usual]);
  const moving = smoothed(ratios, SPREAD, 1);
  for (let row = 0; row < moving.rows; row++)
    for (let channel = 0; channel < moving.columns; channel++) moving.set(row, channel, Math.log(moving.get(row, channel) + FLOOR));
  return [...SMOOTH.map((weight) => smoothed(z, weight, 0)), moving];
}

/** Exponential mean of each column; `start` before the first row. */
function smoothed(rows: Matrix, weight: number, start: number): Matrix {
  const out = Matrix.zeros(rows.rows, rows.columns);
  for (let column = 0; column < rows.columns; column++) {
    let state = start;
    for (let row = 0; row < rows.rows; row++) {
      state = weight * rows.get(row, column) + (1 - weight) * state;
      out.set(row, column, state);
    }
  }
  return out;
}
