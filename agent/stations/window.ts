/** Tags resampled on one time grid that ends at the trigger. Pure: histories in, window out. */
import type { TagWindow } from '../contracts.ts';
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

export function cutWindow(spec: WindowSpec, endsAt: number, historyOf: (tag: string) => TagHistory | undefined): TagWindow {
  const steps = stepsOf(spec);
  const width = spec.tags.length;
  const values = new Float32Array(steps * width).fill(Number.NaN);
  const quality = new Uint8Array(steps * width).fill(GAP);
  const window: TagWindow = { tags: spec.tags, endsAt, everyMs: spec.every, steps, values, quality };
  spec.tags.forEach((tag, column) => {
    const history = historyOf(tag);
    if (history) fillColumn(window, column, history, spec);
  });
  return window;
}

/** One pass over grid and samples together: O(steps + samples). */
function fillColumn(window: TagWindow, column: number, history: TagHistory, spec: WindowSpec): void {
  const { values, quality, steps, endsAt, everyMs, tags } = window;
  const before = { index: -1 };
  for (let row = 0; row < steps; row++) {
    const time = endsAt - (steps - 1 - row) * everyMs;
    advance(history, before, time);
    if (before.index < 0) continue;
    const at = history.at(before.index);
    const age = time - (history.times[at] ?? 0);
    const cell = row * tags.length + column;
    values[cell] = valueAt(history, before.index, time, spec.fill);
    quality[cell] = spec.gap !== undefined && age > spec.gap ? GAP : (history.quality[at] ?? GAP);
  }
}

/** Moves to the last sample at or before `time`. Samples of one tag come in the order of their source time. */
function advance(history: TagHistory, before: { index: number }, time: number): void {
  while (before.index + 1 < history.length && (history.times[history.at(before.index + 1)] ?? Infinity) <= time) before.index++;
}

function valueAt(history: TagHistory, index: number, time: number, fill: 'last' | 'linear'): number {
  const a = history.at(index);
  const known = history.values[a] ?? Number.NaN;
  if (fill === 'last' || index + 1 >= history.length) return known;
  const b = history.at(index + 1);
  const [from, to] = [history.times[a] ?? 0, history.times[b] ?? 0];
  return to <= from ? known : known + ((history.values[b] ?? known) - known) * ((time - from) / (to - from));
}

/** Share of values that are a gap, bad, or not a number, 0..1. */
export function gapShare(window: TagWindow): number {
  let gaps = 0;
  for (let i = 0; i < window.values.length; i++) if ((window.quality[i] ?? GAP) >= 2 || Number.isNaN(window.values[i])) gaps++;
  return window.values.length === 0 ? 0 : gaps / window.values.length;
}

/**
 * The window as a network takes it: gaps and bad values filled from the row before, leading ones from the first good row after, so
 * that no NaN reaches a model. The record keeps the window as it was.
 */
export function bridged(window: TagWindow): TagWindow {
  const values = window.values.slice();
  const width = window.tags.length;
  for (let column = 0; column < width; column++) {
    let last = firstGood(window, column);
    for (let cell = column; cell < values.length; cell += width) {
      if ((window.quality[cell] ?? GAP) < 2 && !Number.isNaN(values[cell])) last = values[cell] ?? last;
      else values[cell] = last;
    }
  }
  return { ...window, values };
}

function firstGood(window: TagWindow, column: number): number {
  for (let cell = column; cell < window.values.length; cell += window.tags.length) {
    const value = window.values[cell] ?? Number.NaN;
    if ((window.quality[cell] ?? GAP) < 2 && !Number.isNaN(value)) return value;
  }
  return 0;
}
