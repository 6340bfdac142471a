/** What the conveyor's tags said last, so that over restarts and lost sessions nothing of it counts twice. Pure. */
import { Type } from 'typebox';
import Value from 'typebox/value';

export type Heard = string | number | boolean;
type Memory = Map<string, Heard>;

/** A counter that goes on by more was set, or is another one. */
const MOST_AT_ONCE = 1000;
const LONGEST_ID = 256;

/**
 * The part that it tells of now; null: none, or the one that it told of last. A tag that is empty (of a number: 0) in between tells of the same id anew; what it shows when
 * it is heard for the first time of all may be of long ago.
 */
export function hearPart(memory: Memory, tag: string, text: string | null): string | null {
  const part = text === null || text === '0' ? '' : text.slice(0, LONGEST_ID);
  const before = memory.get(tag);
  memory.set(tag, part);
  return part === '' || before === undefined || part === before ? null : part;
}

/** How many more there are. One that goes back, or far ahead, begins anew: nobody knows what it counted meanwhile. */
export function hearCount(memory: Memory, tag: string, value: number): { readonly more: number; readonly isAnew: boolean } {
  if (!Number.isSafeInteger(value)) return { more: 0, isAnew: false };
  const before = memory.get(tag);
  memory.set(tag, value);
  if (typeof before !== 'number') return { more: 0, isAnew: false };
  const more = value - before;
  const isAnew = more < 0 || more > MOST_AT_ONCE;
  return { more: isAnew ? 0 : more, isAnew };
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
