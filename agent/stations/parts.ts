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
  /** The number went back, and not since the counter was full: a new order or a PLC restart; nothing can be said of what lies between. */
  readonly restarted: boolean;
}

/** A gap of thousands is a counter that was set, or a week offline: each part is a record up to here, and one range beyond. */
export const MOST_SINGLE = 1000;

/** Where a counter goes on when it is full: the last number and the first of Int16, UInt16, Int32 and UInt32. A tag's value has no type. */
const FULL: readonly Range[] = [
  { from: -32_768, to: 32_767 },
  { from: 0, to: 65_535 },
  { from: -(2 ** 31), to: 2 ** 31 - 1 },
  { from: 0, to: 2 ** 32 - 1 },
];

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
  const end = Math.floor(through ? now : now - 1);
  const stretches = now < last ? overTheTop(Math.floor(last), end) : [{ from: Math.floor(last) + 1, to: end }];
  if (stretches === null) return { missed: [], unnumbered: 0, restarted: true };
  const gap = stretches.reduce((sum, { from, to }) => sum + Math.max(0, to - from + 1), 0);
  const judged = Math.min(gap, unnumbered);
  return { missed: lowest(stretches, gap - judged), unnumbered: unnumbered - judged, restarted: false };
}

/**
 * What lies between where a counter was full meanwhile. Only within as many parts as have a record each: a new order that happens to begin
 * when the one before was as near to the top as that is the rarer case by far.
 */
function overTheTop(last: number, end: number): readonly Range[] | null {
  const full = FULL.find(({ from, to }) => last <= to && end >= from - 1 && to - last + (end - from + 1) <= MOST_SINGLE);
  if (!full) return null;
  return [
    { from: last + 1, to: full.to },
    { from: full.from, to: end },
  ];
}

/** The first so many of them. */
function lowest(stretches: readonly Range[], count: number): readonly Range[] {
  const found: Range[] = [];
  let left = count;
  for (const { from, to } of stretches) {
    const here = Math.min(left, Math.max(0, to - from + 1));
    found.push(...ranges(from, here));
    left -= here;
  }
  return found;
}

function ranges(from: number, count: number): readonly Range[] {
  if (count > MOST_SINGLE) return [{ from, to: from + count - 1 }];
  return Array.from({ length: count }, (_, i) => ({ from: from + i, to: from + i }));
}
