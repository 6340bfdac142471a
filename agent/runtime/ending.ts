/**
 * The steps of a stop under one deadline. Each step has its own patience and never more than is left of the whole; what does not end in
 * time is said and left behind, so that a broker, a PLC, a disk or a child process that hangs cannot keep the process alive.
 */
import type { Log } from '../contracts/index.ts';
import { messageOf } from '../errors.ts';
import { type Clock, endsWithin, type Milliseconds } from '../time.ts';

export class Ending {
  private readonly clock: Clock;
  private readonly log: Log;
  private readonly due: number;
  private readonly behind: string[] = [];

  constructor(clock: Clock, log: Log, within: Milliseconds) {
    this.clock = clock;
    this.log = log;
    this.due = clock.elapsed() + within;
  }

  /** What did not end in time, in words. */
  get left(): readonly string[] {
    return this.behind;
  }

  /** Of the whole. */
  get remaining(): Milliseconds {
    return Math.max(0, this.due - this.clock.elapsed());
  }

  /** True when `work` has ended. A rejection is an end, and is logged. */
  async step(name: string, work: Promise<unknown>, most: Milliseconds = Number.POSITIVE_INFINITY): Promise<boolean> {
    if (await this.wait(name, work, most)) return true;
    this.leave(name);
    return false;
  }

  leave(what: string): void {
    this.behind.push(what);
    this.log.error({ left: what }, `${what}: left behind by the stop`);
  }

  /** Like step(), for work that is waited for again: nothing is said when it goes on. */
  async wait(name: string, work: Promise<unknown>, most: Milliseconds): Promise<boolean> {
    const left = Math.max(0, Math.min(most, this.due - this.clock.elapsed()));
    const ended = work.catch((thrown: unknown) =>
      this.log.error({ part: name, why: messageOf(thrown) }, `${name} failed while it stopped`),
    );
    return endsWithin(this.clock, ended, left);
  }
}
