/** A choice at random that is the same for the same seed. */

/** mulberry32: 32 bits of state are enough for some thousand choices. */
export function drawn(seed: number): <T>(of: readonly T[]) => T {
  let state = seed >>> 0;
  return <T>(of: readonly T[]): T => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return of[((mixed ^ (mixed >>> 14)) >>> 0) % of.length] as T;
  };
}
