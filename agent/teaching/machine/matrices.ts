/** What ml-matrix leaves to its users. Population moments unless said otherwise; float64. Pure. */
import { Matrix } from 'ml-matrix';
import { cholesky, inverseOf } from '../triangles.ts';

export function stacked(parts: readonly Matrix[]): Matrix {
  const columns = parts[0]?.columns ?? 0;
  const all = Matrix.zeros(
    parts.reduce((sum, { rows }) => sum + rows, 0),
    columns,
  );
  let at = 0;
  for (const part of parts) {
    all.setSubMatrix(part, at, 0);
    at += part.rows;
  }
  return all;
}

/** Rows [from, to). */
export const rowsOf = (matrix: Matrix, from: number, to: number): Matrix =>
  from >= to ? new Matrix(0, matrix.columns) : matrix.subMatrix(from, to - 1, 0, matrix.columns - 1);

export function columnMeans(matrix: Matrix): readonly number[] {
  const sums = new Float64Array(matrix.columns);
  for (let row = 0; row < matrix.rows; row++)
    for (let column = 0; column < matrix.columns; column++) sums[column] = (sums[column] ?? 0) + matrix.get(row, column);
  return Array.from(sums, (sum) => sum / Math.max(1, matrix.rows));
}

export function columnVariances(matrix: Matrix): readonly number[] {
  const means = columnMeans(matrix);
  const sums = new Float64Array(matrix.columns);
  for (let row = 0; row < matrix.rows; row++)
    for (let column = 0; column < matrix.columns; column++)
      sums[column] = (sums[column] ?? 0) + (matrix.get(row, column) - (means[column] ?? 0)) ** 2;
  return Array.from(sums, (sum) => sum / Math.max(1, matrix.rows));
}

/** Rows, their sum and the sum of their products: those of two sets of rows add up, and can be taken out again. */
export interface Scatter {
  readonly rows: number;
  readonly sum: readonly number[];
  readonly products: Matrix;
}

/** Of the rows [from, to). */
export function scatterOf(matrix: Matrix, from = 0, to = matrix.rows): Scatter {
  const size = matrix.columns;
  const sum = new Float64Array(size);
  const products = new Float64Array(size * size);
  for (let at = from; at < to; at++) {
    const row = matrix.getRow(at);
    for (let i = 0; i < size; i++) {
      const value = row[i] as number;
      sum[i] = (sum[i] as number) + value;
      for (let j = 0; j <= i; j++) products[i * size + j] = (products[i * size + j] as number) + value * (row[j] as number);
    }
  }
  for (let i = 0; i < size; i++) for (let j = 0; j < i; j++) products[j * size + i] = products[i * size + j] as number;
  return { rows: to - from, sum: Array.from(sum), products: Matrix.from1DArray(size, size, products) };
}

/** Of the rows of `all` that are not among those of `some`. */
export const without = (all: Scatter, some: Scatter): Scatter => ({
  rows: all.rows - some.rows,
  sum: all.sum.map((one, i) => one - (some.sum[i] ?? 0)),
  products: Matrix.sub(all.products, some.products),
});

/** Mean of rows, and what makes their Mahalanobis distance a plain one: the square of (row - mean) times `whitening` adds up to it. */
export interface Moments {
  readonly mean: readonly number[];
  readonly whitening: Matrix;
}

/** Sample covariance, its off-diagonals times 1 - `shrink`. */
export function momentsOf({ rows, sum, products }: Scatter, shrink: number): Moments {
  const mean = sum.map((one) => one / rows);
  const covariance = products.clone();
  for (let i = 0; i < mean.length; i++) {
    for (let j = 0; j < mean.length; j++) {
      const value = (covariance.get(i, j) - ((sum[i] ?? 0) * (sum[j] ?? 0)) / rows) / (rows - 1);
      covariance.set(i, j, i === j ? value + 1e-10 : (1 - shrink) * value);
    }
  }
  return { mean, whitening: inverseRoot(covariance).transpose() };
}

/** Lower triangle whose product with vectors of this covariance makes them uncorrelated and of spread 1. */
export function inverseRoot(covariance: Matrix): Matrix {
  const size = covariance.columns;
  return Matrix.from1DArray(size, size, inverseOf(cholesky(Float64Array.from(covariance.to1DArray()), size), size));
}

/** Squared Mahalanobis distance of each row. */
export function distancesOf(rows: Matrix, { mean, whitening }: Moments): readonly number[] {
  const white = rows
    .clone()
    .subRowVector([...mean])
    .mmul(whitening);
  return Array.from({ length: rows.rows }, (_, row) => white.getRow(row).reduce((sum, value) => sum + value * value, 0));
}
