/** What the conveyor's tags said last, so that over restarts and lost sessions nothing of it counts twice. Pure. */
import { Type } from 'typebox';
import Value from 'typebox/value';

export type Heard = string | number | boolean;
type Memory = Map<string, Heard>;

/** A counter that goes on by more was set, or is another one. */
const MOST_AT_ONCE = 1000;
/** After it has begun anew, or when it is heard for the first time of all, it is not known where it stands: by more it was set once more. */
const MOST_ANEW = 10;
/** A counter that falls and would have gone on by no more has gone round. */
const MOST_ROUND = 10;
/** Of 8, 15, 16, 31 and 32 bits: the first value that it cannot show, and the one behind its last. */
const ROUNDS = [
  [2 ** 8, 0],
  [2 ** 15, 0],
  [2 ** 15, -(2 ** 15)],
  [2 ** 16, 0],
  [2 ** 31, 0],
  [2 ** 31, -(2 ** 31)],
  [2 ** 32, 0],
] as const;
/** A longer one is nobody's id. */
export const LONGEST_ID = 256;

/**
 * The part that it tells of now; null: none, or the one that it told of last. A tag that is empty in between tells of the same id anew; what it shows when
 * it is heard for the first time of all may be of long ago.
 */
export function hearPart(memory: Memory, tag: string, text: string | null): string | null {
  const part = (text ?? '').slice(0, LONGEST_ID);
  const before = memory.get(tag);
  memory.set(tag, part);
  return part === '' || before === undefined || part === before ? null : part;
}

/** How many more there are. One that goes back and not round, or far ahead, begins anew: nobody knows what it counted meanwhile. */
export function hearCount(memory: Memory, tag: string, value: number): { readonly more: number; readonly isAnew: boolean } {
  if (!Number.isSafeInteger(value)) return { more: 0, isAnew: false };
  const anew = `${tag}${ANEW}`;
  const before = memory.get(tag);
  memory.set(tag, value);
  if (typeof before !== 'number') {
    memory.set(anew, true);
    return { more: 0, isAnew: false };
  }
  const more = value < before ? roundTo(before, value) : value - before;
  const isAnew = more < 0 || more > (memory.has(anew) ? MOST_ANEW : MOST_AT_ONCE);
  if (isAnew) memory.set(anew, true);
  else if (more > 0) memory.delete(anew);
  return { more: isAnew ? 0 : more, isAnew };
}

/** Behind the key of a counter of which it is not known where it stands; no node ends with it. */
const ANEW = '\nanew';

function roundTo(before: number, value: number): number {
  const ways = ROUNDS.map(([end, begin]) => (before < end && value >= begin ? end - before + value - begin : Number.POSITIVE_INFINITY));
  const least = Math.min(...ways);
  return least <= MOST_ROUND ? least : -1;
}

/** Of tags that nobody listens to any more nothing is remembered: what they said is old when somebody does again. */
export function keepOnly(memory: Memory, keys: ReadonlySet<string>): void {
  for (const key of memory.keys()) if (!keys.has(key.replace(ANEW, ''))) memory.delete(key);
}

/** It has become true; where nothing is known of before, it may have been for long. */
export function hearEdge(memory: Memory, tag: string, value: boolean): boolean {
  const before = memory.get(tag);
  memory.set(tag, value);
  return value && before === false;
}

const Saved = Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Boolean()]));

export const saveMemory = (memory: ReadonlyMap<string, Heard>): string => JSON.stringify(Object.fromEntries(memory));

/** Nothing, where it cannot be read: then the first value of each tag is where it goes on from. */
export function readMemory(saved: string | null): ReadonlyMap<string, Heard> {
  try {
    const value: unknown = JSON.parse(saved ?? '{}');
    return new Map(Value.Check(Saved, value) ? Object.entries(value) : []);
  } catch {
    return new Map();
  }
}
