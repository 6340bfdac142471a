/**
 * Which parts are taken on. Work that cannot be done in time is refused before it begins: it would only make the others late. How many
 * can be under inspection at once is found by trying, like the window of a connection: one more while all are in time, a quarter fewer
 * when one was not (additive increase, multiplicative decrease: Chiu and Jain, 1989). An average of how long parts took would not do,
 * since a part that misses its deadline is known to have taken longer, not how much. Pure.
 */
import type { Milliseconds } from '../time.ts';

/** Of the deadline: a verdict later than this leaves no time to tell it, or for the next part to take a little longer. */
const ENOUGH = 0.85;
/** For each part that was in time while as many as may be were under inspection; divided by their number, so that it is this much a round. */
const MORE = 0.1;
const FEWER = 0.75;

export class Admission {
  private readonly bound: number;
  private readonly slow: Milliseconds;
  /** How many may be under inspection, with a fraction. */
  private limit: number;
  private underWay = 0;
  private admitted = 0;
  /** Parts up to this one were taken on before the limit last fell: what they have to tell has been heard. */
  private heard = 0;
  refused = 0;

  /** `bound`: parts under inspection at most, ever. */
  constructor(bound: number, deadline: Milliseconds) {
    this.bound = bound;
    this.slow = deadline * ENOUGH;
    this.limit = bound;
  }

  /** The part's number for done(); null: it is not taken on. One part has the box for itself: that is always worth the try. */
  admit(): number | null {
    if (this.underWay >= Math.max(1, Math.floor(this.limit))) {
      this.refused++;
      return null;
    }
    this.underWay++;
    return ++this.admitted;
  }

  /** The part that was taken on as `number` is done with; `took` is null where that tells nothing of the work, as without a picture. */
  done(number: number, took: Milliseconds | null): void {
    const isFull = this.underWay >= Math.floor(this.limit);
    this.underWay--;
    if (took === null) return;
    if (took <= this.slow) {
      if (isFull) this.limit = Math.min(this.bound, this.limit + MORE / this.limit);
      return;
    }
    if (number <= this.heard) return;
    this.heard = this.admitted;
    this.limit = Math.max(1, this.limit * FEWER);
  }
}
