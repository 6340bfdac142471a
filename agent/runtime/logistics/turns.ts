/** Whose forecast is made anew in a look: who waits longest, so that a hundred of them all come to their turn. */
import { type Milliseconds, Seconds } from '../../time.ts';

/** A forecast is made anew after so long, of a few a look: each costs some milliseconds. */
export const FORESEE: Milliseconds = Seconds(30);
const MOST_FORESEEN = 2;

export interface Turn {
  /** Monotonic; never: -Infinity. */
  readonly foreseenAt: number;
}

/** `isNew`: more was learned since. */
export function turnsOf<T extends Turn>(all: Iterable<T>, now: number, isNew: (one: T) => boolean): readonly T[] {
  return [...all]
    .filter((one) => now - one.foreseenAt >= FORESEE || isNew(one))
    .sort((a, b) => (a.foreseenAt === b.foreseenAt ? 0 : a.foreseenAt - b.foreseenAt))
    .slice(0, MOST_FORESEEN);
}
