import type { Clock, Milliseconds } from '../../time.ts';

/** The beat at which a camera that is asked gives its pictures. What comes late is not made up for. */
export class Turn {
  private due: number | undefined;
  private readonly clock: Clock;
  private readonly period: Milliseconds;

  constructor(clock: Clock, period: Milliseconds) {
    this.clock = clock;
    this.period = period;
  }

  /** Settles when it is time for the next picture, at once for the first. Rejects when the signal aborts. */
  async next(signal: AbortSignal): Promise<void> {
    const now = this.clock.elapsed();
    this.due = Math.max((this.due ?? now - this.period) + this.period, now);
    await this.clock.sleep(this.due - now, signal);
  }
}
