/**
 * What was measured of a tool since it was changed, in at most 120 points: medians of as many parts as that takes, so that a tool that lasts a day and one that
 * lasts a month are both seen whole. Pure.
 */

export interface WearPoint {
  /** Uses since the tool was changed, in the middle of what the point is of. */
  readonly n: number;
  readonly y: number;
}

export interface WearLogState {
  /** Values of one point. */
  readonly stride: number;
  /** n and y in turn. */
  readonly points: readonly number[];
}

export const MOST_WEAR_POINTS = 120;
/** Values that a median is made of, evenly taken of all. */
const MOST_VALUES = 32;

export class WearLog {
  private stride = 1;
  private points: WearPoint[] = [];
  private values: number[] = [];
  private seen = 0;
  private first = 0;

  constructor(state?: WearLogState) {
    if (state === undefined) return;
    this.stride = Math.max(1, Math.round(state.stride));
    for (let i = 0; i + 1 < state.points.length && this.points.length < MOST_WEAR_POINTS; i += 2)
      this.points.push({ n: state.points[i] ?? 0, y: state.points[i + 1] ?? 0 });
  }

  get state(): WearLogState {
    return { stride: this.stride, points: this.points.flatMap(({ n, y }) => [n, y]) };
  }

  get all(): readonly WearPoint[] {
    return this.points;
  }

  /** `y` after `n` uses. true: there is a point more. HOT: with each part. */
  note(n: number, y: number): boolean {
    if (this.seen === 0) this.first = n;
    const every = Math.max(1, Math.ceil(this.stride / MOST_VALUES));
    if (this.seen % every === 0) this.values.push(y);
    this.seen++;
    if (this.seen < this.stride) return false;
    this.points.push({ n: (this.first + n) / 2, y: medianOf(this.values) });
    this.values = [];
    this.seen = 0;
    if (this.points.length >= MOST_WEAR_POINTS) this.halve();
    return true;
  }

  private halve(): void {
    const pairs: WearPoint[] = [];
    for (let i = 0; i + 1 < this.points.length; i += 2) {
      const [a, b] = [this.points[i], this.points[i + 1]];
      if (a && b) pairs.push({ n: (a.n + b.n) / 2, y: (a.y + b.y) / 2 });
    }
    this.points = pairs;
    this.stride *= 2;
  }
}

export function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[half] as number) : ((sorted[half - 1] as number) + (sorted[half] as number)) / 2;
}
