/**
 * Whether a decoded picture is of now. A decoder that looks at the stream first collects a second or two of pictures, more where
 * they refer to later ones, and hands them on as fast as it can: with the time of their arrival they would pass as current. What tells is
 * how the stream's own time goes on against the clock. Pure.
 */
import { type Milliseconds, Seconds } from '../../time.ts';

/** Pictures in a row that came at their own pace: one alone may be the box being busy. */
const STEADY = 3;
/** Made good of the time between two pictures, as a share of it: less is the network. */
const CATCHING_UP = 1 / 3;
/** A picture so much later than the promptest of late is not of now. */
const LATE: Milliseconds = 500;
/** The clocks of cameras run this much slower at most. */
const DRIFT = 0.001;
/** Longest that pictures may be old in one go. */
const MOST_LATE = Seconds(5);

export type Pacing = 'current' | 'old' | 'behind';

export class Pace {
  private steady = 0;
  private before: { readonly now: Milliseconds; readonly stamp: Milliseconds } | null = null;
  /** The smallest difference of clock and stamp of late: the promptest picture. */
  private best = Number.POSITIVE_INFINITY;
  private current: Milliseconds | null = null;

  /**
   * `now` on a monotonic clock, `stamp` on the stream's own. behind: for longer than MOST_LATE no picture was of now; only a new
   * connection gets rid of what has piled up.
   */
  judge(now: Milliseconds, stamp: Milliseconds): Pacing {
    const { before } = this;
    this.before = { now, stamp };
    this.current ??= now;
    const offset = now - stamp;
    this.best = Math.min(this.best + (before ? now - before.now : 0) * DRIFT, offset);
    if (before && this.steady < STEADY) this.settle(offset, before, stamp);
    if (this.steady >= STEADY && offset - this.best <= LATE) {
      this.current = now;
      return 'current';
    }
    return now - this.current > MOST_LATE ? 'behind' : 'old';
  }

  private settle(offset: Milliseconds, before: { readonly now: Milliseconds; readonly stamp: Milliseconds }, stamp: Milliseconds): void {
    const step = stamp - before.stamp;
    if (step <= 0) return;
    const gained = before.now - before.stamp - offset;
    this.steady = gained > step * CATCHING_UP ? 0 : this.steady + 1;
  }
}
