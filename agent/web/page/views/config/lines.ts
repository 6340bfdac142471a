/** What differs between two texts, line by line. Pure. */
export interface Changed {
  readonly kind: 'same' | 'gone' | 'new';
  readonly text: string;
  /** In the old text, or in the new one where it is new; from 1. */
  readonly line: number;
}

/** Lines compared with each other at most; beyond it, everything between is shown as replaced. Some 20 ms on a panel. */
const MOST_PAIRS = 4_000_000;
/** Lines of the same around what differs. */
const AROUND = 2;

export function differenceOf(before: string, after: string): readonly Changed[] {
  const [a, b] = [before.split('\n'), after.split('\n')];
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head++;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++;
  const middle = between(a.slice(head, a.length - tail), b.slice(head, b.length - tail), head);
  if (middle.length === 0) return [];
  const same = (from: number, to: number): Changed[] => a.slice(from, to).map((text, i) => ({ kind: 'same', text, line: from + i + 1 }));
  const end = a.length - tail;
  return near([...same(Math.max(0, head - AROUND), head), ...middle, ...same(end, Math.min(a.length, end + AROUND))]);
}

/** Longest common subsequence (Hirschberg 1975 has one in less room; these texts are small). */
function between(a: readonly string[], b: readonly string[], offset: number): Changed[] {
  const gone = (text: string, i: number): Changed => ({ kind: 'gone', text, line: offset + i + 1 });
  const fresh = (text: string, i: number): Changed => ({ kind: 'new', text, line: offset + i + 1 });
  if (a.length * b.length > MOST_PAIRS) return [...a.map(gone), ...b.map(fresh)];
  const at = commonFrom(a, b);
  const out: Changed[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    const [old = '', young = ''] = [a[i], b[j]];
    if (i < a.length && j < b.length && old === young) {
      out.push({ kind: 'same', text: old, line: offset + i + 1 });
      i++;
      j++;
    } else if (j >= b.length || (i < a.length && at(i + 1, j) >= at(i, j + 1))) {
      out.push(gone(old, i));
      i++;
    } else {
      out.push(fresh(young, j));
      j++;
    }
  }
  return out;
}

/** How many lines the rests of both have in common, from each pair of places on. */
function commonFrom(a: readonly string[], b: readonly string[]): (i: number, j: number) => number {
  const wide = b.length + 1;
  const longest = new Uint32Array((a.length + 1) * wide);
  const at = (i: number, j: number) => longest[i * wide + j] ?? 0;
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      longest[i * wide + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  return at;
}

/** Only what differs and a little around it. */
function near(lines: readonly Changed[]): readonly Changed[] {
  const isNear = lines.map((_, i) => lines.slice(Math.max(0, i - AROUND), i + AROUND + 1).some(({ kind }) => kind !== 'same'));
  return lines.filter((_, i) => isNear[i]);
}
