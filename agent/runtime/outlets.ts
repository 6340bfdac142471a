/** The ways out: publishers, each under a runner, and what is retained for them. They are exchanged without the stations noticing. */
import type {
  AgentEvent,
  Command,
  Log,
  Outbox,
  OutboxRow,
  PartStatus,
  Publisher,
  PublisherContext,
  RetainedEvent,
  Standing,
} from '../contracts/index.ts';
import type { LinesideError } from '../errors.ts';
import { type Clock, Seconds } from '../time.ts';
import { Conditions } from './conditions.ts';
import { Runner, type RunnerOptions } from './runner.ts';

export interface OutletsOptions {
  readonly clock: Clock;
  /** 0..1 */
  readonly random: () => number;
  readonly log: Log;
  readonly outbox: Outbox;
  /** How it is found out that a publisher's receiver is back. */
  readonly probe: (publisher: string) => RunnerOptions['probe'];
  readonly onCommand: (publisher: string, command: Command) => Promise<Readonly<Record<string, unknown>>>;
  readonly onStatus: (publisher: string, status: PartStatus, fault: LinesideError | null) => void;
  /** Everything that a publisher's lives say is wrong with it now. */
  readonly onFaults: (publisher: string, faults: readonly Standing[]) => void;
  readonly onGone: (publisher: string) => void;
}

export class Outlets<P extends Publisher = Publisher> {
  readonly runners = new Map<string, Runner>();
  private readonly options: OutletsOptions;
  private readonly conditions = new Map<string, Conditions>();
  private current: readonly P[];

  /** Before start() their rows are taken, so that nothing of the first moments is missing. */
  constructor(publishers: readonly P[], options: OutletsOptions) {
    this.current = publishers;
    this.options = options;
  }

  get publishers(): readonly P[] {
    return this.current;
  }

  rows(event: AgentEvent): readonly OutboxRow[] {
    return this.current.flatMap((publisher) => publisher.rows(event));
  }

  retain(event: RetainedEvent): void {
    for (const publisher of this.current) publisher.retain(event);
  }

  start(): void {
    for (const publisher of this.current) this.run(publisher);
  }

  /** Events are written for `next` from now on; it begins when the ones before have said goodbye, since they share their names at the broker. */
  async change(next: readonly P[]): Promise<void> {
    this.current = next;
    const before = [...this.runners.keys()];
    await this.stop();
    this.runners.clear();
    for (const name of before) if (!next.some((publisher) => publisher.name === name)) this.forget(name);
    this.start();
  }

  async stop(): Promise<void> {
    await Promise.all([...this.runners.values()].map((runner) => runner.stop()));
  }

  private forget(name: string): void {
    this.conditions.get(name)?.forget();
    this.conditions.delete(name);
    this.options.onGone(name);
  }

  private run(publisher: P): void {
    const { clock, random, log, onStatus } = this.options;
    const { name } = publisher;
    const own = log.child({ publisher: name });
    const conditions = this.conditions.get(name) ?? this.newConditions(name);
    this.conditions.set(name, conditions);
    const runner = new Runner({
      name,
      clock,
      random,
      log: own,
      backoff: { first: 500, most: Seconds(30) },
      probe: this.options.probe(name),
      live: (life) => {
        conditions.begin();
        const online = () => {
          conditions.online();
          life.online();
        };
        return publisher.run(this.contextFor(name, own, conditions, { online, understood: () => life.understood() }), life.signal);
      },
      onStatus: (status, fault) => onStatus(name, status, fault),
    });
    this.runners.set(name, runner);
    runner.start();
  }

  private contextFor(
    name: string,
    log: Log,
    conditions: Conditions,
    signs: Pick<PublisherContext, 'online' | 'understood'>,
  ): PublisherContext {
    const { clock, outbox, onCommand } = this.options;
    return {
      clock,
      log,
      outbox,
      onCommand: (command) => onCommand(name, command),
      faults: (list) => conditions.faults(list),
      ...signs,
    };
  }

  private newConditions(name: string): Conditions {
    const { clock, onFaults } = this.options;
    return new Conditions(
      clock,
      () => name,
      (faults) => onFaults(name, faults),
    );
  }
}
