/**
 * The best sequence of few orders, by dynamic programming over the sets of those that are done (Held and Karp, 1962). With release dates a set and its last
 * order are not enough: what is done sooner may have cost more, so that of each the plans are kept that no other beats in both.
 */
import type { Line, Sequence } from './line.ts';

/** Orders that have not begun, at most: 12 take some seconds, 9 some ms. */
export const MOST_EXACT = 12;

interface Label {
  readonly end: number;
  readonly late: number;
  readonly order: number;
  readonly before: Label | null;
}

/** By the set of orders that are done, as bits, then by the last of them. */
type Labels = (Label[][] | undefined)[];

/** Null: there are more than `most`. */
export function exact(line: Line, most = MOST_EXACT): Sequence | null {
  const free = line.count - line.begun;
  if (free > most) return null;
  const all = 2 ** free - 1;
  const labels: Labels = new Array(all + 1);
  labels[0] = [[begunLabel(line)]];
  for (let set = 0; set < all; set++) {
    extend(line, labels, set, free);
    labels[set] = undefined;
  }
  const done = labels[all]?.flat() ?? [];
  return sequenceOf(done.reduce((a, b) => (line.costOf(b.late, b.end) < line.costOf(a.late, a.end) ? b : a)));
}

/** By each order that is not in the set. */
function extend(line: Line, labels: Labels, set: number, free: number): void {
  const here = labels[set]?.flat() ?? [];
  const made = madeBy(line, set);
  for (let n = 0; n < free; n++) {
    if (set & (1 << n)) continue;
    const next = labels[set | (1 << n)] ?? Array.from({ length: free }, () => []);
    labels[set | (1 << n)] = next;
    for (const before of here) keep(next[n] as Label[], after(line, before, line.begun + n, made));
  }
}

const NOTHING: Label = { end: 0, late: 0, order: -1, before: null };
function begunLabel(line: Line): Label {
  let [label, made] = [NOTHING, 0];
  for (let order = 0; order < line.begun; order++) {
    label = after(line, label, order, made);
    made += line.parts[order] as number;
  }
  return label;
}

function after(line: Line, before: Label, order: number, made: number): Label {
  const from = Math.max(before.end, line.released[order] as number);
  const end = from + line.setupFrom(before.order, order) + (line.work[order] as number) + line.changes(made, line.parts[order] as number);
  return { end, late: before.late + line.late(order, end), order, before };
}

function madeBy(line: Line, set: number): number {
  let made = 0;
  for (let n = 0; n < line.count; n++) if (n < line.begun || set & (1 << (n - line.begun))) made += line.parts[n] as number;
  return made;
}

function keep(labels: Label[], one: Label): void {
  if (labels.some(({ end, late }) => end <= one.end && late <= one.late)) return;
  const left = labels.filter(({ end, late }) => end < one.end || late < one.late);
  labels.splice(0, labels.length, ...left, one);
}

function sequenceOf(last: Label): Sequence {
  const sequence: number[] = [];
  for (let label: Label | null = last; label !== null && label.order >= 0; label = label.before) sequence.unshift(label.order);
  return sequence;
}
