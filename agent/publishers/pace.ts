/**
 * How much of a backlog may be under way, so that a fresh event behind it is acknowledged within a second: on a slow network a full
 * window is seconds of queue. One message at a time is the probe; its wait beyond the network's own is the queue before a live event.
 */
import type { Clock, Milliseconds } from '../time.ts';

/** Queue that the backlog may build before live events. A live event waits for it, for its own kind and for its way: a second in all. */
const MOST_QUEUE: Milliseconds = 250;
/** Below this share of it there is room for twice as much. */
const ROOM = 0.4;
/** Before anything is known of the network. */
const FIRST = 4;

export class Pace {
  private readonly clock: Clock;
  private readonly most: number;
  private limit: number;
  private underWay = 0;
  private probe: number | null = null;
  private probeAt = 0;
  /** One that had none of ours before it: it measures the way itself. */
  private alone: { readonly id: number; readonly at: number } | null = null;
  /** Fastest acknowledgement seen: the network without our queue. */
  private fastest = Number.POSITIVE_INFINITY;

  constructor(clock: Clock, most: number) {
    this.clock = clock;
    this.most = most;
    this.limit = Math.min(FIRST, most);
  }

  get allows(): boolean {
    return this.underWay < this.limit;
  }

  begin(id: number): void {
    this.underWay++;
    if (this.underWay === 1 && this.alone === null) this.alone = { id, at: this.clock.elapsed() };
    // The one that fills the window has all of the queue before it.
    if (this.probe !== null || this.underWay < this.limit) return;
    this.probe = id;
    this.probeAt = this.clock.elapsed();
  }

  end(id: number): void {
    this.underWay--;
    if (id === this.alone?.id) {
      this.fastest = Math.min(this.fastest, this.clock.elapsed() - this.alone.at);
      this.alone = null;
    }
    if (id !== this.probe) return;
    const took = this.clock.elapsed() - this.probeAt;
    this.probe = null;
    this.fastest = Math.min(this.fastest, took);
    const queue = took - this.fastest;
    if (queue > MOST_QUEUE) this.limit = Math.max(1, Math.floor((this.limit * MOST_QUEUE) / queue));
    else if (queue <= MOST_QUEUE * ROOM) this.limit = Math.min(this.most, this.limit * 2);
  }
}
