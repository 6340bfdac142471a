/** Watches the list of job orders of the server that the config names: one life after the other, apart from the server's tags. */
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Config } from '../../config/schema.ts';
import type { JobOrder, Log } from '../../contracts/index.ts';
import type { LinesideError } from '../../errors.ts';
import { createJobOrderSource } from '../../sources/opcua/job-orders.ts';
import type { Clock } from '../../time.ts';
import { Runner } from '../runner.ts';

export interface JobOrderWatchOptions {
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  /** Of the store, absolute. */
  readonly folder: string;
  readonly config: () => Config;
  readonly take: (orders: readonly JobOrder[], server: string) => void;
  /** Why the list cannot be read; null: it could. */
  readonly onFault: (fault: LinesideError | null, server: string) => void;
}

interface Watched {
  readonly about: unknown;
  readonly runner: Runner;
}

export class JobOrderWatch {
  private readonly options: JobOrderWatchOptions;
  private watched: Watched | null = null;
  private turn: Promise<void> = Promise.resolve();

  constructor(options: JobOrderWatchOptions) {
    this.options = options;
  }

  /** Of the config as it is now; cheap where that is as before. */
  look(): void {
    const { planning, opcua } = this.options.config();
    const wish = planning?.orders?.opcua;
    const about = wish ? { wish, server: opcua[wish.server] } : null;
    if (isDeepStrictEqual(about, this.watched?.about ?? null)) return;
    const before = this.watched;
    this.watched = wish && opcua[wish.server] ? { about, runner: this.runnerOf(wish) } : null;
    const { runner = null } = this.watched ?? {};
    this.turn = this.turn.then(() => before?.runner.stop()).then(() => runner?.start());
  }

  async stop(): Promise<void> {
    const { watched } = this;
    this.watched = null;
    await this.turn;
    await watched?.runner.stop();
  }

  private runnerOf({ server, node, every }: { readonly server: string; readonly node: string; readonly every: number }): Runner {
    const { clock, random, log, folder, config, take, onFault } = this.options;
    const own = log.child({ server, list: 'job orders' });
    const runner: Runner = new Runner({
      name: `job orders of ${server}`,
      clock,
      random,
      log: own,
      backoff: { first: 1000, most: 60_000 },
      live: ({ online, signal }) => {
        const settings = config().opcua[server];
        if (!settings) return Promise.resolve();
        const env = { pki: join(folder, 'pki'), clock };
        const source = createJobOrderSource({ server, config: settings, node, every, env, log: own });
        return source.run({ take: (orders) => this.isWatched(runner) && take(orders, server), online }, signal);
      },
      onStatus: (status, fault) => {
        if (!this.isWatched(runner)) return;
        if (fault) onFault(fault, server);
        else if (status === 'running') onFault(null, server);
      },
    });
    return runner;
  }

  private isWatched(runner: Runner): boolean {
    return this.watched?.runner === runner;
  }
}
