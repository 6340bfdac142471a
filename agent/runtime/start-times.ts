/** How long parts took to start the last time: what people are told before a change that starts them anew. */
import type { PartStatus } from '../contracts/index.ts';
import type { Clock, Milliseconds } from '../time.ts';

export class StartTimes {
  private readonly clock: Pick<Clock, 'elapsed'>;
  /** Names of the config and of publishers: they do not grow. */
  private readonly began = new Map<string, Milliseconds>();
  private readonly took = new Map<string, Milliseconds>();

  constructor(clock: Pick<Clock, 'elapsed'>) {
    this.clock = clock;
  }

  note(part: string, status: PartStatus): void {
    if (status === 'starting') this.began.set(part, this.clock.elapsed());
    if (status !== 'running') return;
    const began = this.began.get(part);
    this.began.delete(part);
    if (began !== undefined) this.took.set(part, this.clock.elapsed() - began);
  }

  /** Null: not known. */
  of(part: string): Milliseconds | null {
    return this.took.get(part) ?? null;
  }
}
