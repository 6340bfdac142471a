/**
 * Instants as working time since `now`: time in which the line does not work is left out, so that a plan is sums. Pure.
 */
import type { Closed } from './orders.ts';

export class WorkingTime {
  /** Working time at which each stretch of closed time begins, ascending, and how much closed time there is up to its end. */
  private readonly at: Float64Array;
  private readonly before: Float64Array;
  private readonly now: number;

  constructor(now: number, closed: readonly Closed[]) {
    this.now = now;
    const apart = apartFrom(now, closed);
    this.at = new Float64Array(apart.length);
    this.before = new Float64Array(apart.length);
    let sum = 0;
    for (const [n, { from, to }] of apart.entries()) {
      this.at[n] = from - now - sum;
      sum += to - from;
      this.before[n] = sum;
    }
  }

  /** The instant at which so much work has been done: what ends as the line stops has ended then. */
  endOf(work: number): number {
    return this.now + work + this.closedBefore(this.begun(work, false));
  }

  /** The instant at which the work after it begins: what would begin as the line stops begins when it works again. */
  beginOf(work: number): number {
    return this.now + work + this.closedBefore(this.begun(work, true));
  }

  /** Working time until an instant; 0 for one that has been. */
  until(instant: number): number {
    let work = Math.max(0, instant - this.now);
    for (const [n, at] of this.at.entries()) {
      const length = (this.before[n] as number) - this.closedBefore(n);
      const from = at + this.closedBefore(n);
      if (instant - this.now <= from) break;
      work -= Math.min(length, instant - this.now - from);
    }
    return work;
  }

  /** Stretches that have begun by then, or also those that begin then; asked for every order of every sequence that a search looks at. */
  private begun(work: number, isThenToo: boolean): number {
    let from = 0;
    let to = this.at.length;
    while (from < to) {
      const middle = (from + to) >> 1;
      const at = this.at[middle] as number;
      if (at < work || (isThenToo && at === work)) from = middle + 1;
      else to = middle;
    }
    return from;
  }

  private closedBefore(n: number): number {
    return n === 0 ? 0 : (this.before[n - 1] as number);
  }
}

/** What is left of it from now on, in order, none touching another. */
function apartFrom(now: number, closed: readonly Closed[]): readonly { readonly from: number; readonly to: number }[] {
  const apart: { readonly from: number; to: number }[] = [];
  const left = closed.map(({ from, to }) => ({ from: Math.max(now, from), to })).filter(({ from, to }) => to > from);
  for (const { from, to } of left.sort((a, b) => a.from - b.from)) {
    const last = apart.at(-1);
    if (last && from <= last.to) last.to = Math.max(last.to, to);
    else apart.push({ from, to });
  }
  return apart;
}
