/**
 * Ridge logistic regression of bad against good, classes weighted alike. Features are many and pictures few, so it is solved for a weight a
 * picture (by Newton's method), and every fold of a cross-fit is a part of one matrix of products. Pure.
 */
import { cholesky, solved } from '../triangles.ts';

/** On half the squared length of the weights, beside the mean loss. */
const PENALTY = 1e-3;
const STEPS = 50;
const ENOUGH = 1e-9;

export interface Regression {
  /** For features as they are: a logit is their product with `weights` plus `bias`. */
  readonly weights: Float64Array;
  readonly bias: number;
}

export interface Regressed {
  readonly regression: Regression;
  /** Of each row, by a regression without its fold; 0 where that had no bad one, or no good one. */
  readonly heldOut: readonly number[];
}

/** `rows`: features of one length; `bad`: which of them are bad, some and not all; `folds`: number of each one's fold. */
export function regress(rows: readonly Float64Array[], bad: readonly boolean[], folds: readonly number[]): Regressed {
  // Mean and spread know no labels: they are the same for all folds.
  const { centre, spread } = momentsOf(rows);
  const standard = rows.map((row) => row.map((value, i) => (value - (centre[i] as number)) / (spread[i] as number)));
  const products = standard.map((a) => Float64Array.from(standard, (b) => dot(a, b)));
  const all = solve(products, bad, [...rows.keys()]);
  const heldOut = rows.map(() => 0);
  for (const fold of new Set(folds)) {
    const shown = folds.flatMap((one, i) => (one === fold ? [] : [i]));
    if (new Set(shown.map((i) => bad[i])).size < 2) continue;
    const { factors, bias } = solve(products, bad, shown);
    for (const [i, one] of folds.entries())
      if (one === fold) heldOut[i] = shown.reduce((sum, j, at) => sum + (factors[at] as number) * (products[i]?.[j] as number), bias);
  }
  const weights = centre.map(
    (_, i) => standard.reduce((sum, row, k) => sum + (all.factors[k] as number) * (row[i] as number), 0) / (spread[i] as number),
  );
  return { regression: { weights, bias: all.bias - dot(weights, centre) }, heldOut };
}

export const logitOf = ({ weights, bias }: Regression, row: Float64Array): number => dot(weights, row) + bias;

function momentsOf(rows: readonly Float64Array[]): { readonly centre: Float64Array; readonly spread: Float64Array } {
  const centre = new Float64Array(rows[0]?.length ?? 0);
  const squares = centre.slice();
  for (const row of rows) for (let i = 0; i < centre.length; i++) centre[i] = (centre[i] as number) + (row[i] as number) / rows.length;
  for (const row of rows)
    for (let i = 0; i < centre.length; i++)
      squares[i] = (squares[i] as number) + ((row[i] as number) - (centre[i] as number)) ** 2 / rows.length;
  return { centre, spread: squares.map((variance) => Math.sqrt(variance) + 1e-6) };
}

interface Solution {
  /** A weight for each picture shown: those of the features are their sum with the pictures' features. */
  readonly factors: Float64Array;
  readonly bias: number;
}

/** Each step solves the weighted least squares that the loss looks like from here; a half of it, and so on, where it went too far. */
function solve(products: readonly Float64Array[], bad: readonly boolean[], shown: readonly number[]): Solution {
  const problem = problemOf(products, bad, shown);
  let now: Solution = { factors: new Float64Array(shown.length), bias: 0 };
  let loss = lossOf(problem, now);
  for (let step = 0; step < STEPS; step++) {
    const target = newton(problem, now);
    let part = 1;
    let next = target;
    let reached = lossOf(problem, next);
    while (!(reached <= loss) && part > 1e-3) {
      part /= 2;
      next = between(now, target, part);
      reached = lossOf(problem, next);
    }
    if (!(reached < loss - ENOUGH)) break;
    [now, loss] = [next, reached];
  }
  return now;
}

interface Problem {
  readonly size: number;
  /** [size x size] */
  readonly products: Float64Array;
  readonly truths: Float64Array;
  /** Of each picture in the mean loss. */
  readonly shares: Float64Array;
}

function problemOf(products: readonly Float64Array[], bad: readonly boolean[], shown: readonly number[]): Problem {
  const size = shown.length;
  const count = shown.filter((i) => bad[i]).length;
  const out = new Float64Array(size * size);
  for (const [a, i] of shown.entries()) for (const [b, j] of shown.entries()) out[a * size + b] = products[i]?.[j] as number;
  return {
    size,
    products: out,
    truths: Float64Array.from(shown, (i) => (bad[i] ? 1 : 0)),
    shares: Float64Array.from(shown, (i) => 0.5 / (bad[i] ? count : size - count)),
  };
}

function logitsOf({ size, products }: Problem, { factors, bias }: Solution): Float64Array {
  return Float64Array.from(factors, (_, i) => dot(products.subarray(i * size, (i + 1) * size), factors) + bias);
}

function lossOf(problem: Problem, solution: Solution): number {
  const logits = logitsOf(problem, solution);
  const length = logits.reduce((sum, logit, i) => sum + (solution.factors[i] as number) * (logit - solution.bias), 0);
  return logits.reduce(
    (sum, logit, i) => sum + (problem.shares[i] as number) * softplus(problem.truths[i] ? -logit : logit),
    (PENALTY / 2) * length,
  );
}

/** (products + PENALTY / curve) factors + bias = target, where the factors add up to 0. */
function newton(problem: Problem, now: Solution): Solution {
  const { size, products, truths, shares } = problem;
  const logits = logitsOf(problem, now);
  const chances = logits.map((logit) => 1 / (1 + Math.exp(-logit)));
  const curves = chances.map((p, i) => Math.max((shares[i] as number) * p * (1 - p), 1e-12));
  const target = logits.map(
    (logit, i) => logit - ((shares[i] as number) * ((chances[i] as number) - (truths[i] as number))) / (curves[i] as number),
  );
  const matrix = products.slice();
  for (let i = 0; i < size; i++) matrix[i * size + i] = (matrix[i * size + i] as number) + PENALTY / (curves[i] as number);
  const low = cholesky(matrix, size);
  const [ofTarget, ofOnes] = [solved(low, size, target), solved(low, size, new Float64Array(size).fill(1))];
  const bias = total(ofTarget) / total(ofOnes);
  return { factors: ofTarget.map((value, i) => value - bias * (ofOnes[i] as number)), bias };
}

const between = (a: Solution, b: Solution, part: number): Solution => ({
  factors: a.factors.map((value, i) => value + part * ((b.factors[i] as number) - value)),
  bias: a.bias + part * (b.bias - a.bias),
});

const softplus = (z: number): number => (z > 30 ? z : Math.log1p(Math.exp(z)));
const total = (list: Float64Array): number => list.reduce((sum, one) => sum + one, 0);

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}
