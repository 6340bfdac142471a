/**
 * Notifications that a server skipped, kept over the lives of its session. What was in them nobody will hear again: the value of a tag that
 * only tells its changes stays wrong until the next one, and of a part's name and its trigger one may be lost without the other. A new session
 * tells how everything stands; so a skipped notification ends the session.
 */
import { Days, type Milliseconds, Minutes } from '../../time.ts';

/** A loss stands for as long after the last one. */
export const LOSS_STANDS = Minutes(1);
/**
 * A server that skips again and again, or counts otherwise than anybody knows, must not cost a session each time: after one no other
 * for a minute, after the next for two, and so on.
 */
const FIRST_REST = Minutes(1);
const MOST_REST = Days(1);

export class Gaps {
  private missing = 0;
  private at = Number.NEGATIVE_INFINITY;
  private endedAt = Number.NEGATIVE_INFINITY;
  private rest: Milliseconds = 0;

  /** So many numbers were skipped, `now`: monotonic. Returns whether the session has to end for it. */
  note(count: number, now: number): boolean {
    this.missing = this.standing(now) + count;
    this.at = now;
    if (now - this.endedAt < this.rest) return false;
    this.endedAt = now;
    this.rest = Math.min(Math.max(this.rest * 2, FIRST_REST), MOST_REST);
    return true;
  }

  /** How many of late; 0 a minute after the last. */
  standing(now: number): number {
    return now - this.at > LOSS_STANDS ? 0 : this.missing;
  }
}
