/**
 * How much of a backlog may be under way, so that a fresh event behind it never waits for long: on a slow network a full window is
 * seconds of queue. One message at a time is the probe; while it is slower than the network by itself, the share is halved, else doubled.
 */
import type { Clock, Milliseconds } from '../time.ts';

/** Queue that the backlog may build before live events: half of the second that is promised. */
const MOST_QUEUE: Milliseconds = 500;
const FIRST = 16;

export class Pace {
  private readonly clock: Clock;
  private readonly most: number;
  private limit: number;
  private underWay = 0;
  private probe: number | null = null;
  private probeAt = 0;
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
    if (this.probe !== null) return;
    this.probe = id;
    this.probeAt = this.clock.elapsed();
  }

  end(id: number): void {
    this.underWay--;
    if (id !== this.probe) return;
    const took = this.clock.elapsed() - this.probeAt;
    this.probe = null;
    this.fastest = Math.min(this.fastest, took);
    this.limit = took - this.fastest > MOST_QUEUE ? Math.max(1, this.limit >> 1) : Math.min(this.most, this.limit * 2);
  }
}
