/** Numbers that came one after the other: how they lie, and how much each of them tells beside the others. Pure. */

/** `count` quantiles, evenly apart, ascending; all values where they are no more. */
export function quantilesOf(values: readonly number[], count: number): readonly number[] {
  const sorted = [...values].sort((a, b) => a - b);
  if (sorted.length <= count) return sorted;
  return Array.from({ length: count }, (_, i) => sorted[Math.floor(((i + 0.5) * sorted.length) / count)] ?? 0);
}

/** Of blocks that are few a wander looks smaller than it is. */
const CAUTION = 1.5;

/** How many independent values one of these is worth, which came one after the other, 0..1. */
export function worthOfRun(values: readonly number[]): number {
  const { length } = values;
  const mean = values.reduce((sum, value) => sum + value, 0) / Math.max(1, length);
  return 1 / (1 + CAUTION * (memoryOf(values.map((value) => value - mean)) - 1));
}

/**
 * How many of these, around 0, tell as much as one that is independent of the others, from 1 on: by the larger of what the first autocorrelation
 * tells (Bayley and Hammersley 1946) and of how far means of blocks wander, which sees a slow wander under quick noise. Blocks are a tenth at most.
 */
export function memoryOf(off: readonly number[]): number {
  const squares = off.reduce((sum, value) => sum + value * value, 0);
  if (squares === 0) return 1;
  let together = 0;
  for (let i = 1; i < off.length; i++) together += (off[i] ?? 0) * (off[i - 1] ?? 0);
  const alike = Math.min(0.99, Math.max(0, together / squares));
  let most = (1 + alike) / (1 - alike);
  const longest = Math.floor(off.length / 10);
  for (let block = 2; block <= longest; block = block < longest ? Math.min(2 * block, longest) : block + 1)
    most = Math.max(most, wanderOf(off, block) / (squares / off.length));
  return most;
}

/** Variance of the means of blocks of values around 0, times their length: the same for any length where they are independent. */
export function wanderOf(off: readonly number[], block: number): number {
  const blocks = Math.floor(off.length / block);
  let squares = 0;
  for (let b = 0; b < blocks; b++) {
    let sum = 0;
    for (let i = b * block; i < (b + 1) * block; i++) sum += off[i] ?? 0;
    squares += sum * sum;
  }
  return blocks === 0 ? 0 : squares / blocks / block;
}

/**
 * Around 0, and without the largest step between two pieces of them: a change must not look like a wander. What lies on the step itself is of both
 * pieces, and counts as of neither.
 */
export function withoutStep(values: readonly number[]): readonly number[] {
  const { length } = values;
  const total = values.reduce((sum, value) => sum + value, 0);
  let [before, at, most] = [0, 0, -1];
  for (let i = 1; i < length; i++) {
    before += values[i - 1] ?? 0;
    const gain = (before - (i * total) / length) ** 2 / (i * (length - i));
    if (gain > most) [at, most] = [i, gain];
  }
  const first = values.slice(0, at).reduce((sum, value) => sum + value, 0);
  const [one, other] = [first / Math.max(1, at), (total - first) / Math.max(1, length - at)];
  const [low, high] = [Math.min(one, other), Math.max(one, other)];
  const isOnStep = (value: number, i: number) => (i === at || i === at - 1) && value > low && value < high;
  return values.map((value, i) => (isOnStep(value, i) ? 0 : value - (i < at ? one : other)));
}
