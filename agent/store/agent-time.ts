/**
 * The agent's own time: it never goes back, and it is kept over restarts. Records carry it as `recorded`, and whatever cannot be undone
 * (deleting, above all) goes by it alone, since every other clock may say anything: the PLC's, the camera's, this box's.
 *
 * While the agent runs it moves on with the monotonic clock, and follows the box's clock where that is ahead by up to a day (NTP, a box
 * that was off for the night); where it is ahead of the box's clock by up to a day, it goes a tenth slower until they meet. A clock that is further ahead is doubted: it counts only after the agent has lived a day with it. Where
 * a jump was seen to happen, near or far, no time has passed with it: the span is noted, and ages leave it out. Where the box came back
 * from being off, time may really have passed, and is taken as passed, after that day.
 */
import { type Clock, Days, Hours, type Milliseconds } from '../time.ts';
import type { TimeMark, TimeSpan } from './protocol.ts';

/** No box that runs this program has seen an earlier day: a clock that says so has not been set. */
export const NO_EARLIER = Date.UTC(2026, 0, 1);
/** Ahead by more than this, or behind by more: the clock is doubted. */
const BELIEVED: Milliseconds = Days(1);
/** Lived with a clock that is further ahead, in one piece, until it counts. */
const LIVED: Milliseconds = Days(1);
/** Of a time that is ahead of the box's clock: a tenth of what passes is left out until it is met. */
const SLOWER = 10;
/** A change of the box's clock beside the monotonic one that is no correction but a jump. */
const STEP: Milliseconds = Hours(1);

/** As far as shifts that ended meanwhile are told, and as parts are taken to be ahead of the agent's own time; see the view moments_of. */
const LONGEST_AWAY: Milliseconds = Days(14);

export interface DoubtedClock {
  readonly wall: number;
  readonly own: number;
}

export class AgentTime {
  private readonly clock: Pick<Clock, 'now' | 'elapsed'>;
  private own: number;
  private wall: number;
  private elapsed: number;
  private doubt: TimeMark['doubt'];
  private lived: Milliseconds;
  private readonly spans: TimeSpan[] = [];

  constructor(clock: Pick<Clock, 'now' | 'elapsed'>, before: TimeMark | null) {
    this.clock = clock;
    this.wall = clock.now();
    this.elapsed = clock.elapsed();
    const off = before === null ? 0 : this.wall - before.wall;
    const slept = off >= 0 && off <= BELIEVED;
    this.own = before === null ? this.wall : before.own + (slept ? off : 0);
    this.doubt = before === null ? 'none' : slept || before.doubt === 'stepped' ? before.doubt : 'away';
    this.lived = slept && before !== null ? before.lived : 0;
    this.follow(0, false);
  }

  /** Milliseconds like those of the epoch; not less than at the call before. */
  now(): number {
    const [wall, elapsed] = [this.clock.now(), this.clock.elapsed()];
    const passed = Math.max(0, elapsed - this.elapsed);
    const stepped = Math.abs(wall - this.wall - passed) > STEP;
    this.wall = wall;
    this.elapsed = elapsed;
    // A clock that was ahead and has been set right is met again, nothing goes back, and ages grow next to as they should.
    const ahead = this.own - (wall - passed);
    this.own += ahead > 0 && ahead <= BELIEVED ? Math.max(passed - passed / SLOWER, passed - ahead) : passed;
    this.follow(passed, stepped);
    return this.own;
  }

  /**
   * For what is told and can be told again, never for deleting: where the box came back from being off for days, its own clock, which counts for
   * everything else only after a day. May go back.
   */
  get told(): number {
    const now = this.now();
    const ahead = this.wall - now;
    return this.doubt === 'away' && ahead > 0 && ahead <= LONGEST_AWAY ? this.wall : now;
  }

  /** What the next start goes on from. */
  get mark(): TimeMark {
    return { own: this.own, wall: this.wall, doubt: this.doubt, lived: this.lived, spans: this.spans };
  }

  /** The box's clock, where it is a day or more from the agent's own time. */
  get doubted(): DoubtedClock | null {
    return Math.abs(this.wall - this.own) > BELIEVED ? { wall: this.wall, own: this.own } : null;
  }

  private follow(passed: Milliseconds, stepped: boolean): void {
    const ahead = this.wall - this.own;
    if (ahead <= BELIEVED) {
      // With `keep.records` of hours, a jump within the day would else be the end of all that there is.
      if (stepped && ahead > STEP) this.spans.push({ from: this.own, to: this.wall });
      this.own = Math.max(this.own, this.wall);
      this.doubt = 'none';
      this.lived = 0;
    } else if (this.own < NO_EARLIER) this.believe('stepped');
    else {
      if (stepped) this.doubt = 'stepped';
      else if (this.doubt === 'none') this.doubt = 'away';
      this.lived = stepped ? 0 : this.lived + passed;
      if (this.lived >= LIVED) this.believe(this.doubt);
    }
  }

  private believe(doubt: TimeMark['doubt']): void {
    if (doubt === 'stepped') this.spans.push({ from: this.own, to: this.wall });
    this.own = this.wall;
    this.doubt = 'none';
    this.lived = 0;
  }
}

/** The moment of agent time that lies `age` of lived time before `now`. `spans` nobody lived through; oldest first, apart from each other. */
export function momentBefore(now: number, age: Milliseconds, spans: readonly TimeSpan[]): number {
  let moment = now - age;
  for (const { from, to } of spans.toReversed()) if (moment < to) moment -= to - from;
  return moment;
}
