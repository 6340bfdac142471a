/** What was counted in texts whose plain form is known. scripts/train/house/normaliser/tables.py is the same, and counts. */
import { hasDigit, isWord, skeleton } from './shapes.ts';

export const START = '^';
export const END = '$';
/** A word beside a neighbour counts from here. */
export const TWICE = 2;

export type Row = ReadonlyMap<string, number>;
export type Counts = ReadonlyMap<string, Row>;
export type StoredCounts = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** As they lie in the package: by token as it stands, by masked(), by shape(); by "token neighbour"; by neighbour alone. */
export const STORED = ['raw', 'digits', 'shapes', 'before', 'after', 'left', 'right'] as const;
export type StoredTables = Readonly<Record<(typeof STORED)[number], StoredCounts>>;

export interface Tables extends Readonly<Record<(typeof STORED)[number], Counts>> {
  /** Words that no text need have had. */
  readonly english: ReadonlySet<string>;
  /** By lower-case token. */
  readonly low: Counts;
  /** How often each plain word occurs. */
  readonly words: Row;
  /** Known tokens by length, plain words by skeleton and by first letter; the most frequent first. */
  readonly byLength: ReadonlyMap<number, readonly string[]>;
  readonly bySkeleton: ReadonlyMap<string, readonly string[]>;
  readonly byLetter: ReadonlyMap<string, readonly string[]>;
}

const NONE: Row = new Map();
/** Keys come from notes that anybody may write: a map has no `__proto__`. */
export const rowOf = (table: Counts, key: string): Row => table.get(key) ?? NONE;
export const total = (row: Row): number => {
  let sum = 0;
  for (const n of row.values()) sum += n;
  return sum;
};

export function tablesOf(stored: StoredTables, english: readonly string[]): Tables {
  const [raw, digits, shapes, before, after, left, right] = STORED.map((name) => countsOf(stored[name])) as [
    Counts,
    Counts,
    Counts,
    Counts,
    Counts,
    Counts,
    Counts,
  ];
  const low = new Map<string, Map<string, number>>();
  const words = new Map<string, number>();
  for (const [token, row] of raw) {
    const of = low.get(token.toLowerCase()) ?? new Map<string, number>();
    low.set(token.toLowerCase(), of);
    for (const [plain, n] of row) {
      add(of, plain, n);
      for (const word of plain.split(' ')) if (word !== '') add(words, word, n);
    }
  }
  return { raw, digits, shapes, before, after, left, right, low, words, english: new Set(english), ...indexes(low, words) };
}

function indexes(low: Counts, words: Row): Pick<Tables, 'byLength' | 'bySkeleton' | 'byLetter'> {
  const byLength = new Map<number, string[]>();
  const bySkeleton = new Map<string, string[]>();
  const byLetter = new Map<string, string[]>();
  for (const token of [...low.keys()].sort(plainOrder)) if (token.length > 3 && isWord(token)) push(byLength, token.length, token);
  for (const word of first(words, words.size)) {
    if (word.length <= 2 || !isWord(word)) continue;
    push(bySkeleton, skeleton(word), word);
    push(byLetter, word.slice(0, 1), word);
  }
  return { byLength, bySkeleton, byLetter };
}

/** What a lower-case token meant. A number or code that came once says nothing: its look does. */
export function meanings(tables: Tables, low: string): Row {
  const row = rowOf(tables.low, low);
  return hasDigit(low) && total(row) < TWICE ? NONE : row;
}

/** The plain form that a lower-case token has most often; the token itself where it is unknown. */
export const top = (tables: Tables, low: string): string => first(meanings(tables, low), 1)[0] ?? low;
export const known = (tables: Tables, low: string): number => total(meanings(tables, low));

/** The most frequent; of equals the one that sorts first. */
export const first = (row: Row, count: number): string[] =>
  [...row]
    .sort(([a, n], [b, m]) => m - n || plainOrder(a, b))
    .slice(0, count)
    .map(([plain]) => plain);

/** By code, as in every language; never by locale. */
export const plainOrder = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const countsOf = (stored: StoredCounts): Counts => new Map(Object.entries(stored).map(([key, row]) => [key, new Map(Object.entries(row))]));
const add = (row: Map<string, number>, key: string, n: number): void => void row.set(key, (row.get(key) ?? 0) + n);
function push<Key>(lists: Map<Key, string[]>, key: Key, value: string): void {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
}
