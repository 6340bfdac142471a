/** Stretches of good production that a normal machine is learned from: what the page and the command line take of them alike. Pure. */
import { Days, Hours, type Milliseconds } from '../time.ts';

export interface Span {
  /** Wall time. */
  readonly from: number;
  readonly to: number;
}

/** One of them, and all, at most. */
const LONGEST: Milliseconds = Days(3);
const MOST = 50;
/** Different hours, at least: fewer do not tell a machine that has settled from one that wanders. */
export const WANTED = 4;

/** Why one more is not taken; null: it is. */
export function doubtOf({ from, to }: Span, marked: readonly Span[], now: number): string | null {
  if (from >= to || to > now) return 'a stretch begins before it ends, and has ended before now';
  if (to - from > LONGEST) return 'a stretch is three days long at most: mark several';
  if (marked.length >= MOST) return `${MOST} stretches are enough`;
  const overlaps = marked.some((one) => from < one.to && one.from < to);
  return overlaps ? 'it overlaps one that is marked: what is shown twice promises nothing' : null;
}

/**
 * What else is to be said of what is stored of them. `times` of the rows of each, ascending. Pauses make stretches of their own (teaching/machine), so
 * that their number alone does not tell how many hours were shown.
 */
export function remarksOf(spans: readonly Span[], times: readonly (readonly number[])[]): readonly string[] {
  const empty = spans.flatMap(({ from, to }, i) =>
    times[i]?.length === 0 ? [`nothing is stored of the time from ${localTime(from)} to ${localTime(to)}, so that it does not count`] : [],
  );
  const hours = new Set(times.flatMap((all) => all.map((at) => Math.floor(at / Hours(1))))).size;
  if (hours >= WANTED) return empty;
  const shown = `${hours} ${hours === 1 ? 'hour' : 'different hours'}`;
  return [
    ...empty,
    `all that was shown is of ${shown}: show stretches from at least ${WANTED} different hours, shifts or days, as one hour cannot tell a machine that has settled from one that still wanders`,
  ];
}

/** In the zone of this box, with it: `2026-03-02 06:00:00 +01:00`. */
export function localTime(at: number): string {
  const ahead = -new Date(at).getTimezoneOffset();
  const two = (of: number) => String(Math.floor(of)).padStart(2, '0');
  const local = new Date(at + ahead * 60_000).toISOString();
  return `${local.slice(0, 10)} ${local.slice(11, 19)} ${ahead < 0 ? '-' : '+'}${two(Math.abs(ahead) / 60)}:${two(Math.abs(ahead) % 60)}`;
}
