/** What a tag that tells the stock says of use and of deliveries. Pure. */

export interface Level {
  /** Lowest since it was filled up last. */
  readonly low: number;
  /** Filled up since somebody began to ask. */
  readonly filled: number;
}

/** A rise of less than this share of a container is noise of a scale. */
const NOISE = 0.05;

/** New lows are use, a rise above noise is filling up; what was used meanwhile is not seen. `before` null: the first value. */
export function followLevel(before: Level | null, value: number, container: number): { readonly level: Level; readonly used: number } {
  if (before === null) return { level: { low: value, filled: 0 }, used: 0 };
  const { low, filled } = before;
  if (value < low) return { level: { low: value, filled }, used: low - value };
  if (value - low < NOISE * container) return { level: before, used: 0 };
  return { level: { low: value, filled: filled + value - low }, used: 0 };
}
