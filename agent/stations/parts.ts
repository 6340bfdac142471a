/** Part counters: what a step of the number tells. Pure. */

export interface CounterStep {
  /** Numbers that passed unseen, ascending; at most `MOST_MISSED` are listed. */
  readonly missed: readonly number[];
  /** How many more than are listed. */
  readonly more: number;
  /** The number went back: a new order or a PLC restart; nothing can be said of what lies between. */
  readonly restarted: boolean;
}

/** A gap of thousands is a counter that was set, or a week offline: each part is still one record up to here, and one sum beyond. */
export const MOST_MISSED = 1000;

const NOTHING: CounterStep = { missed: [], more: 0, restarted: false };

/** From the last number judged to the number of the part at hand; `through` counts the latter as missed as well. */
export function counterStep(last: number | null, now: number | null, through = false): CounterStep {
  if (last === null || now === null) return NOTHING;
  if (now < last) return { ...NOTHING, restarted: true };
  const end = through ? now : now - 1;
  const gap = Math.max(0, end - last);
  const listed = Math.min(gap, MOST_MISSED);
  return { missed: Array.from({ length: listed }, (_, i) => last + 1 + i), more: gap - listed, restarted: false };
}
