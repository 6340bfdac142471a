/** In which time the line works, by its calendar, and by what is seen of it. */
import type { Stretch } from '../../contracts/index.ts';
import { Days, type Milliseconds, Minutes } from '../../time.ts';

export interface OpenTimeOptions {
  /** By which the calendar goes. */
  readonly now: () => number;
  /** In which the line works, within this stretch of time; everything where there is no calendar. */
  readonly open: (from: number, to: number) => readonly Stretch[];
  readonly hasCalendar: () => boolean;
}

/** How far the calendar is asked, and how often. */
const HORIZON = Days(28);
const FRESH = Minutes(10);
/** A line that works outside of its shifts goes on for so long. */
export const OVERTIME: Milliseconds = Minutes(10);

export class OpenTime {
  private readonly options: OpenTimeOptions;
  private known: { readonly at: number; readonly open: readonly Stretch[] } | null = null;

  constructor(options: OpenTimeOptions) {
    this.options = options;
  }

  /** Another calendar may hold. */
  forget(): void {
    this.known = null;
  }

  /** From the stretch that runs now, or the next one. */
  get ahead(): readonly Stretch[] {
    const at = this.options.now();
    // Also of a clock that was set.
    const isFresh = this.known !== null && at >= this.known.at && at - this.known.at < FRESH;
    if (!isFresh) this.known = { at, open: this.options.open(at, at + HORIZON) };
    return (this.known?.open ?? []).filter(({ to }) => to > at);
  }

  get hasCalendar(): boolean {
    return this.options.hasCalendar();
  }

  /** By the calendar; everything where there is none. */
  get isShift(): boolean {
    const [first] = this.ahead;
    return first !== undefined && first.from <= this.options.now();
  }

  /** The same where the line works now, whatever the calendar says: until the next shift. */
  get aheadInOvertime(): readonly Stretch[] {
    const at = this.options.now();
    const [first, ...rest] = this.ahead;
    return first === undefined ? [{ from: at, to: at + HORIZON }] : [{ from: Math.min(first.from, at), to: first.to }, ...rest];
  }
}

/**
 * Working time of one thing that is used. In a shift all of it; outside of one, and only where the thing is used, the time from use to use, so that a part a minute
 * on a day off is a part a minute. Without a calendar until nothing was used for OVERTIME.
 */
export class WorkingTime {
  private readonly openTime: OpenTime;
  private usedAt = Number.NEGATIVE_INFINITY;
  /** Outside of a shift. */
  private overtimeAt = Number.NEGATIVE_INFINITY;
  /** Outside of a shift, since the newest use or the end of the shift. */
  private idle: Milliseconds = 0;

  constructor(openTime: OpenTime) {
    this.openTime = openTime;
  }

  /** Of `passed` until `now`, monotonic, in which so much was used. */
  in(passed: Milliseconds, used: number, now: number): Milliseconds {
    if (used > 0) this.usedAt = now;
    if (!this.openTime.hasCalendar) return now - this.usedAt < OVERTIME ? passed : 0;
    if (this.openTime.isShift) {
      this.idle = 0;
      return passed;
    }
    this.idle += passed;
    if (used <= 0) return 0;
    const worked = this.idle > OVERTIME ? passed : this.idle;
    this.idle = 0;
    this.overtimeAt = now;
    return worked;
  }

  ahead(now: number): readonly Stretch[] {
    return now - this.overtimeAt < OVERTIME ? this.openTime.aheadInOvertime : this.openTime.ahead;
  }
}
