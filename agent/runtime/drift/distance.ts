/**
 * How far two distributions of scores are apart: the two-sample statistic of Kolmogorov and Smirnov (Smirnov 1948), kept up to date score by
 * score. Against a reference that is sorted once, a window of the newest scores is counts of cells: a score comes in and another goes out by
 * one search each, and the distance is one walk along the cells. Pure.
 */

/** The newest scores, and where they lie among the reference's. */
export class Distance {
  /** Different scores of the reference, ascending, and the share of it up to each, itself included. */
  private readonly steps: Float64Array;
  private readonly below: Float64Array;
  /** Window scores below the first step, at it, between it and the second, at that, ... */
  private readonly cells: Int32Array;
  /** Cells of the window's scores, as a ring. */
  private readonly ring: Uint16Array;
  private readonly parts: number;
  private next = 0;
  private filled = 0;

  /** `reference`: from 1 to 10,000 scores; `window`: how many of the newest count. */
  constructor(reference: readonly number[], window: number) {
    const sorted = Float64Array.from(reference).sort();
    this.parts = sorted.length;
    const steps = sorted.filter((score, i) => i === 0 || score !== sorted[i - 1]);
    this.steps = steps;
    this.below = steps.map((step) => upTo(sorted, step) / sorted.length);
    this.cells = new Int32Array(2 * steps.length + 1);
    this.ring = new Uint16Array(window);
  }

  get size(): number {
    return this.filled;
  }

  get referenceSize(): number {
    return this.parts;
  }

  add(score: number): void {
    const cell = this.cellOf(score);
    if (this.filled === this.ring.length) this.count(this.ring[this.next] ?? 0, -1);
    else this.filled++;
    this.ring[this.next] = cell;
    this.next = (this.next + 1) % this.ring.length;
    this.count(cell, 1);
  }

  /** The largest difference of the two shares up to any score, 0..1. */
  get value(): number {
    return Math.max(this.lower, this.higher);
  }

  /** By how much larger the newest scores' share up to any score is than the reference's, at most: they lie lower. */
  get lower(): number {
    return this.most(1);
  }

  /** By how much smaller: they lie higher. */
  get higher(): number {
    return this.most(-1);
  }

  private most(sign: 1 | -1): number {
    let [seen, known, most] = [0, 0, 0];
    for (let cell = 0; cell < this.cells.length; cell++) {
      seen += this.cells[cell] ?? 0;
      if (cell % 2 === 1) known = this.below[(cell - 1) / 2] ?? 1;
      most = Math.max(most, sign * (seen / this.filled - known));
    }
    return most;
  }

  /** Share of the newest scores that lie above `score`, and of the reference. */
  above(score: number): { readonly now: number; readonly before: number } {
    const cell = this.cellOf(score);
    let beyond = 0;
    for (let i = cell + 1; i < this.cells.length; i++) beyond += this.cells[i] ?? 0;
    const step = cell % 2 === 1 ? (cell - 1) / 2 : cell / 2 - 1;
    return { now: beyond / this.filled, before: step < 0 ? 1 : 1 - (this.below[step] ?? 0) };
  }

  /** Of the reference. */
  get median(): number {
    const at = this.below.findIndex((share) => share >= 0.5);
    return this.steps[at] ?? 0;
  }

  private count(cell: number, by: number): void {
    this.cells[cell] = (this.cells[cell] ?? 0) + by;
  }

  private cellOf(score: number): number {
    const at = firstFrom(this.steps, score);
    return this.steps[at] === score ? 2 * at + 1 : 2 * at;
  }
}

/** The chance that two samples of one distribution are as far apart or farther, by Stephens' form (1970), good from some ten effective parts on. */
export function chanceOf(distance: number, effective: number): number {
  const root = Math.sqrt(effective);
  const lambda = (root + 0.12 + 0.11 / root) * distance;
  let [sum, sign] = [0, 1];
  for (let k = 1; k <= 100; k++) {
    const term = Math.exp(-2 * k * k * lambda * lambda);
    sum += sign * term;
    if (term < 1e-12) break;
    sign = -sign;
  }
  // Below it the series does not converge, and there is nothing to tell.
  return lambda < 0.2 ? 1 : Math.min(1, Math.max(0, 2 * sum));
}

/** The distance that has that chance. */
export function distanceOf(chance: number, effective: number): number {
  let [low, high] = [0, 1];
  for (let i = 0; i < 40; i++) {
    const middle = (low + high) / 2;
    if (chanceOf(middle, effective) > chance) low = middle;
    else high = middle;
  }
  return high;
}

/** Parts that two samples are worth together. */
export const effectiveOf = (one: number, other: number): number => (one * other) / (one + other);

/** How much one score tells of the next, 0..1: the first autocorrelation of their ranks. */
export function autocorrelation(scores: readonly number[]): number {
  const sorted = Float64Array.from(scores).sort();
  const ranks = scores.map((score) => (firstFrom(sorted, score) + upTo(sorted, score)) / 2);
  const mean = ranks.reduce((sum, rank) => sum + rank, 0) / ranks.length;
  let [together, alone] = [0, 0];
  for (const [i, rank] of ranks.entries()) {
    alone += (rank - mean) ** 2;
    together += (rank - mean) * ((ranks[i + 1] ?? mean) - mean);
  }
  return alone === 0 ? 0 : Math.min(0.99, Math.max(0, together / alone));
}

/**
 * How many independent scores one of these is worth: of a first-order process, n in a row tell as much as n (1 - r) / (1 + r) that are independent
 * of each other (Bayley and Hammersley 1946).
 */
export function worthOf(scores: readonly number[]): number {
  const alike = autocorrelation(scores);
  return (1 - alike) / (1 + alike);
}

/** Index of the first that is not below `score`. */
function firstFrom(sorted: Float64Array, score: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) < score) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** How many are not above `score`. */
function upTo(sorted: Float64Array, score: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) <= score) low = middle + 1;
    else high = middle;
  }
  return low;
}
