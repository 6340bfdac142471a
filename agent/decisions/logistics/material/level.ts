/** What a tag that tells the stock says of use and of deliveries. Pure. */

export interface Level {
  /** Lowest since it was filled up last. */
  readonly low: number;
  /** Filled up since somebody began to ask, less what counted as delivered: below 0 while a delivery that was said is still being filled in. */
  readonly filled: number;
  /** When it was filled up last, or said to be, ms; left out: never. */
  readonly at?: number;
}

/** A rise of less than this share of a container is noise of a scale. */
const NOISE = 0.05;
/** A filling that pauses for longer is another one; at most half of the lead time. ms */
const LONGEST_PAUSE = 1_800_000;

export const pauseOf = (lead: number): number => Math.min(LONGEST_PAUSE, lead / 2);

export interface LevelSample {
  readonly value: number;
  /** ms; never goes back. */
  readonly now: number;
  readonly container: number;
  /** See pauseOf. */
  readonly pause: number;
}

/** New lows are use, a rise above noise is filling up; what was used meanwhile is not seen. `before` null: the first value. */
export function followLevel(
  before: Level | null,
  { value, now, container, pause }: LevelSample,
): { readonly level: Level; readonly used: number } {
  if (before === null) return { level: { low: value, filled: 0 }, used: 0 };
  const { low, at } = before;
  if (value < low) return { level: { ...before, low: value }, used: low - value };
  if (value - low < NOISE * container) return { level: before, used: 0 };
  // What of the delivery before did not come by then does not come any more.
  const filled = at !== undefined && now - at > pause ? Math.max(0, before.filled) : before.filled;
  return { level: { low: value, filled: filled + value - low, at: now }, used: 0 };
}

/** So much of what was filled up, or will be, is a delivery. */
export const delivered = (level: Level, quantity: number, now: number): Level => ({
  ...level,
  filled: Math.max(-quantity, level.filled - quantity),
  at: now,
});
