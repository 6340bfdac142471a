/** What a running counter has counted between two of its values, over its end and over a reset. Pure. */

/**
 * `wraps`: the value at which it begins again at 0 (65,536 of a counter of 16 bits); null: it never does. A fall is, in this order: a wrap, where
 * that would be less than half a round; a correction by hand, where half of the value before is left or more, of which nothing was counted; a
 * reset to 0, since which everything that it shows was counted.
 */
export function countedBetween(before: number, now: number, wraps: number | null): number {
  if (now >= before) return now - before;
  const round = wraps === null ? Number.POSITIVE_INFINITY : wraps - before + now;
  if (wraps !== null && before < wraps && round <= wraps / 2) return round;
  return now >= before / 2 ? 0 : Math.max(0, now);
}
