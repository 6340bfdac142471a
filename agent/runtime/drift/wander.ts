/**
 * How much each of a line's parts tells beside those before it. Parts that are like the one before tell less, and those of a line that wanders tell
 * less by far: as much as the means of longer and longer blocks wander. One step is taken out, since a change is none. Constant in memory. Pure.
 */
import { memoryOf, wanderOf, withoutStep } from '../../contracts/index.ts';

/** Parts of a block, and blocks that are remembered. */
const BLOCK = 25;
export const BLOCKS = 200;
/** From which on something is told: 500 parts. */
export const LEAST_BLOCKS = 20;
/** Groups of blocks that a variance is of. */
const GROUPS = 8;
/** What few blocks have shown of a wander is less than there is, on the whole. */
const CAUTION = 2;
const FEW = 30;

/** As it is kept over a restart: of each block, the oldest first, mean and variance. What is not a block yet is lost. */
export interface SavedWander {
  readonly means: readonly number[];
  readonly variances: readonly number[];
}

export class Wander {
  /** Mean and mean square of each block, as a ring. */
  private readonly means = new Float64Array(BLOCKS);
  private readonly squares = new Float64Array(BLOCKS);
  private next = 0;
  private filled = 0;
  private count = 0;
  private sum = 0;
  private square = 0;

  add(value: number): void {
    this.sum += value;
    this.square += value * value;
    if (++this.count < BLOCK) return;
    this.keep(this.sum / BLOCK, this.square / BLOCK);
    [this.count, this.sum, this.square] = [0, 0, 0];
  }

  private keep(mean: number, square: number): void {
    this.means[this.next] = mean;
    this.squares[this.next] = square;
    this.next = (this.next + 1) % BLOCKS;
    this.filled = Math.min(BLOCKS, this.filled + 1);
  }

  save(): SavedWander {
    const means = this.order.map((i) => this.means[i] ?? 0);
    const variances = this.order.map((i, at) => Math.max(0, (this.squares[i] ?? 0) - (means[at] ?? 0) ** 2));
    return { means: means.map(short), variances: variances.map(short) };
  }

  restore({ means, variances }: SavedWander): void {
    for (const [i, mean] of means.entries()) this.keep(mean, mean ** 2 + (variances[i] ?? 0));
  }

  /** Where its blocks are, the oldest first. */
  private get order(): readonly number[] {
    const start = this.filled === BLOCKS ? this.next : 0;
    return Array.from({ length: this.filled }, (_, i) => (start + i) % BLOCKS);
  }

  get blocks(): number {
    return this.filled;
  }

  /** How many independent parts one is worth, 0..1. `newest`: the newest ones, one after the other. */
  worth(newest: readonly number[]): number {
    const near = memoryOf(withoutStep(newest));
    const caution = CAUTION * (1 + FEW / Math.max(1, this.filled));
    return 1 / (1 + caution * (Math.max(near, this.far) - 1));
  }

  /** By blocks and groups of them: the variance of their means against that of single parts. */
  private get far(): number {
    const { order } = this;
    const means = order.map((i) => this.means[i] ?? 0);
    const off = withoutStep(means);
    const within =
      order.reduce((sum, i) => sum + Math.max(0, (this.squares[i] ?? 0) - (this.means[i] ?? 0) ** 2), 0) / Math.max(1, this.filled);
    const total = within + off.reduce((sum, value) => sum + value * value, 0) / Math.max(1, off.length);
    let most = 1;
    for (let group = 1; group * GROUPS <= off.length; group *= 2)
      most = Math.max(most, total === 0 ? 1 : (BLOCK * wanderOf(off, group)) / total);
    return most;
  }
}

/** As it is kept: a small variance around a large mean. */
const short = (value: number): number => Number(value.toPrecision(8));
