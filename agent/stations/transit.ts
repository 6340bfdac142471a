/**
 * How old a trigger is when it reaches the station, beyond what the way here always takes. Two clocks that may be hours apart give the
 * difference of two ages, not an age: the shortest way seen lately is the way without a delay. Without times at the source the only
 * thing known is how long this process itself stood still.
 */
import type { Trigger } from '../contracts/index.ts';
import { type Clock, every, type Milliseconds, Minutes } from '../time.ts';

/** The shortest way counts for at least so long, so that a step of the PLC's clock is forgotten. */
const REMEMBER: Milliseconds = Minutes(1);
const BEAT: Milliseconds = 50;
/** After a standstill what waited in the sockets and at the server comes within this time. */
const DRAINED: Milliseconds = 500;

export class Transit {
  private readonly clock: Clock;
  private shortest = Number.POSITIVE_INFINITY;
  private shortestBefore = Number.POSITIVE_INFINITY;
  private since: number;
  private beat: number;
  private stoodStill = { until: Number.NEGATIVE_INFINITY, ms: 0 };
  private readonly stopBeating: () => void;

  constructor(clock: Clock) {
    this.clock = clock;
    this.since = clock.elapsed();
    this.beat = clock.elapsed();
    this.stopBeating = every(clock, BEAT, () => this.live());
  }

  stop(): void {
    this.stopBeating();
  }

  /** Of this trigger at its arrival; to be asked once for each. */
  ageOf({ at, arrived, stamped, kind }: Trigger): Milliseconds {
    if (kind !== 'tag') return 0;
    if (stamped !== true) return this.standstill();
    if (arrived - this.since > REMEMBER) {
      this.since = arrived;
      this.shortestBefore = this.shortest;
      this.shortest = Number.POSITIVE_INFINITY;
    }
    this.shortest = Math.min(this.shortest, arrived - at);
    return Math.max(0, arrived - at - Math.min(this.shortest, this.shortestBefore));
  }

  private live(): void {
    const ms = this.standing();
    if (ms > 0) this.stoodStill = { until: this.clock.elapsed(), ms };
    this.beat = this.clock.elapsed();
  }

  private standing(): Milliseconds {
    const late = this.clock.elapsed() - this.beat - BEAT;
    return late > BEAT ? late : 0;
  }

  private standstill(): Milliseconds {
    const { until, ms } = this.stoodStill;
    const since = this.clock.elapsed() - until;
    return Math.max(this.standing(), since < DRAINED ? ms + since : 0);
  }
}
