/** Tags resampled on one time grid that ends at the trigger. Pure: histories in, window out. */
import type { TagWindow } from '../contracts/index.ts';
import type { Milliseconds } from '../time.ts';
import type { TagHistory } from './tags.ts';

export interface WindowSpec {
  readonly tags: readonly string[];
  readonly span: Milliseconds;
  readonly every: Milliseconds;
  readonly fill: 'last' | 'linear';
  /** A value older than this is a gap. */
  readonly gap?: Milliseconds;
}

export const GOOD = 0;
export const GAP = 3;

/** Number of rows: a span of 12 s every 200 ms gives 60, the last one at the trigger itself. */
export const stepsOf = (spec: WindowSpec): number => Math.max(1, Math.round(spec.span / spec.every));

/** A value from further ahead than this, which was here before the trigger, was stamped by a clock that has been set back since. */
const AHEAD: Milliseconds = 1000;

/** `endsAt` on the clock that the histories go by, and `arrived`, monotonic: the same moment. */
export function cutWindow(
  spec: WindowSpec,
  { endsAt, arrived }: { readonly endsAt: number; readonly arrived: number },
  historyOf: (tag: string) => TagHistory | undefined,
): TagWindow {
  const steps = stepsOf(spec);
  const width = spec.tags.length;
  const values = new Float32Array(steps * width).fill(Number.NaN);
  const quality = new Uint8Array(steps * width).fill(GAP);
  const window: TagWindow = { tags: spec.tags, endsAt, everyMs: spec.every, steps, values, quality };
  spec.tags.forEach((tag, column) => {
    const history = historyOf(tag);
    if (history) fillColumn(window, column, history, { spec, ...axisOf(history, endsAt, arrived) });
  });
  return window;
}

interface Axis {
  readonly times: Float64Array;
  /** Added to a time of the window. */
  readonly shift: number;
}

/** The clock that stamped the values; where it was set since, their arrival: what it said before is of no use beside what it says now. */
function axisOf(history: TagHistory, endsAt: number, arrived: number): Axis {
  let newest = history.length - 1;
  while (newest >= 0 && (history.arrived[history.at(newest)] ?? 0) > arrived) newest--;
  const ahead = newest >= 0 && (history.times[history.at(newest)] ?? 0) - endsAt > AHEAD;
  const isOther = history.stepped || ahead || history.isBehind({ endsAt, arrived });
  return isOther ? { times: history.arrived, shift: arrived - endsAt } : { times: history.times, shift: 0 };
}

interface Filling extends Axis {
  readonly spec: WindowSpec;
}

/** One pass over grid and samples together: O(steps + samples). */
function fillColumn(window: TagWindow, column: number, history: TagHistory, { spec, times, shift }: Filling): void {
  const { values, quality, steps, endsAt, everyMs, tags } = window;
  let before = -1;
  for (let row = 0; row < steps; row++) {
    const time = endsAt + shift - (steps - 1 - row) * everyMs;
    // To the last sample at or before `time`. Samples of one tag come in the order of their source time.
    while (before + 1 < history.length && (times[history.at(before + 1)] ?? Infinity) <= time) before++;
    if (before < 0) continue;
    const at = history.at(before);
    const age = time - (times[at] ?? 0);
    const cell = row * tags.length + column;
    values[cell] = spec.fill === 'last' ? (history.values[at] ?? Number.NaN) : between(history, times, before, time);
    quality[cell] = spec.gap !== undefined && age > spec.gap ? GAP : (history.quality[at] ?? GAP);
  }
}

/** On the line from one sample to the next, which is later than `time`: else it would be the one before. */
function between(history: TagHistory, times: Float64Array, index: number, time: number): number {
  const a = history.at(index);
  const known = history.values[a] ?? Number.NaN;
  if (index + 1 >= history.length) return known;
  const b = history.at(index + 1);
  const [from, to] = [times[a] ?? 0, times[b] ?? 0];
  return known + ((history.values[b] ?? known) - known) * ((time - from) / (to - from));
}

/** The tag that is least known, and which share of its values is a gap, bad, or not a number, 0..1. */
export function worstGaps({ tags, steps, values, quality }: TagWindow): { readonly tag: string; readonly share: number } {
  let worst = { tag: tags[0] ?? '', share: 0 };
  tags.forEach((tag, column) => {
    let gaps = 0;
    for (let cell = column; cell < values.length; cell += tags.length) {
      if ((quality[cell] ?? GAP) >= 2 || !Number.isFinite(values[cell])) gaps++;
    }
    if (gaps / steps > worst.share) worst = { tag, share: gaps / steps };
  });
  return worst;
}
