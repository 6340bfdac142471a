/** Part counters: what a step of the number tells. Pure. */

/** Numbers, both included. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

export interface CounterStep {
  /** What passed unseen, ascending; one number each, or one range for all where they are more than `MOST_SINGLE`. */
  readonly missed: readonly Range[];
  /** Parts judged without a number that the step does not account for. */
  readonly unnumbered: number;
  /** The number went back: a new order or a PLC restart; nothing can be said of what lies between. */
  readonly restarted: boolean;
}

/** A gap of thousands is a counter that was set, or a week offline: each part is a record up to here, and one range beyond. */
export const MOST_SINGLE = 1000;

export interface StepOptions {
  /** The number at hand was missed as well. */
  readonly through?: boolean;
  /**
   * Parts judged since `last` whose number nobody knew: so many of the numbers in between were not missed. Which ones they had cannot be
   * told; they came last, so the lowest numbers count as missed.
   */
  readonly unnumbered?: number;
}

/** From the last number known to the number of the part at hand. */
export function counterStep(last: number | null, now: number | null, { through = false, unnumbered = 0 }: StepOptions = {}): CounterStep {
  if (last === null || now === null) return { missed: [], unnumbered: now === null ? unnumbered : 0, restarted: false };
  if (now < last) return { missed: [], unnumbered: 0, restarted: true };
  const gap = Math.max(0, Math.floor(through ? now : now - 1) - Math.floor(last));
  const judged = Math.min(gap, unnumbered);
  return { missed: ranges(Math.floor(last) + 1, gap - judged), unnumbered: unnumbered - judged, restarted: false };
}

function ranges(from: number, count: number): readonly Range[] {
  if (count > MOST_SINGLE) return [{ from, to: from + count - 1 }];
  return Array.from({ length: count }, (_, i) => ({ from: from + i, to: from + i }));
}
