/**
 * The store: journal, outbox and pictures in one folder.
 *
 *   journal.db          SQLite, readable with the sqlite3 shell while the agent runs; the views quality, scores, actions, pictures, alarm_log
 *   images/<station>/<day>/<inspection>-<camera>.jpg
 *   agent.lock          held while an agent is at work here
 *   journal.damaged-*   a damaged journal that was put aside; never deleted
 */
import type { StoreConfig } from '../config/schema.ts';
import type { Alarm, Health, Journal, Log, Outbox } from '../contracts.ts';
import { asLinesideError, LinesideError } from '../errors.ts';
import { type Clock, type Milliseconds, Seconds } from '../time.ts';
import { JournalQueue } from './journal.ts';
import { OutboxReader } from './outbox.ts';
import { Pictures } from './pictures.ts';
import type { OpenedState, StationProgress } from './protocol.ts';
import { type News, Writer } from './writer.ts';

export interface StoreOptions {
  /** Folder, absolute; made when it is not there. */
  readonly path: string;
  readonly config: StoreConfig;
  readonly clock: Clock;
  readonly log: Log;
  /** STORE_FULL or STORE_FAILED while nothing can be stored, null when it can again; STORE_DAMAGED once. */
  readonly onFault: (fault: LinesideError | null) => void;
}

/** What was stored before this start. */
export interface StoreState {
  readonly stations: Readonly<Record<string, StationProgress>>;
  readonly alarms: readonly Alarm[];
  /** Rows of the outbox by publisher. */
  readonly unsent: Readonly<Record<string, number>>;
  /** Where a damaged journal was put, null when it was whole. */
  readonly damaged: string | null;
}

export interface StoreStats {
  readonly entries: number;
  readonly commits: number;
  /** Records that did not fit the tables and lie in `quarantine`. */
  readonly quarantined: number;
  readonly pictures: { readonly kept: number; readonly failed: number; readonly bytes: number };
  /** By retention, since the start. */
  readonly deleted: { readonly images: number; readonly records: number };
  readonly freeBytes: number | null;
}

export interface Store {
  readonly journal: Journal;
  readonly outbox: Outbox;
  /** Opens the journal. Rejects with STORE_LOCKED, STORE_SCHEMA, STORE_FULL or STORE_FAILED. */
  start(): Promise<StoreState>;
  /** Settles every append, writes the pictures that wait, closes. Idempotent. */
  stop(): Promise<void>;
  queues(): Health['queues'];
  stats(): StoreStats;
}

/** How often the disk's budget is looked at. */
const TIDY: Milliseconds = Seconds(5);
const REOPEN: Milliseconds = Seconds(1);

export const createStore = (options: StoreOptions): Store => new FolderStore(options);

class FolderStore implements Store {
  readonly journal: Journal;
  readonly outbox: OutboxReader;
  private readonly options: StoreOptions;
  private readonly writer: Writer;
  private readonly queue: JournalQueue;
  private readonly pictures: Pictures;
  private cancelTidy = () => {};
  private cancelReopen = () => {};
  private quarantined = 0;
  private tidied = { images: 0, records: 0, imageBytes: 0, free: Number.NaN };
  private started = false;
  private stopping: Promise<void> | null = null;

  constructor(options: StoreOptions) {
    this.options = options;
    const { clock, log, path } = options;
    this.writer = new Writer(
      (news) => this.hear(news),
      (fault) => this.lost(fault),
    );
    const { writer } = this;
    this.outbox = new OutboxReader({ clock, writer, newest: () => this.queue.newestOutboxId });
    this.queue = new JournalQueue({ clock, writer, takeSent: () => this.outbox.takeSent(), onFault: (fault) => this.fault(fault) });
    this.pictures = new Pictures({
      ...{ folder: path, log },
      addRow: (row) => this.queue.appendRows(() => [row]),
      orphans: (paths) => writer.ask<readonly string[]>({ type: 'orphans', paths }),
    });
    this.journal = {
      append: (entry) => {
        if (entry.inspection) this.pictures.expect(entry.inspection);
        return this.queue.append(entry);
      },
      keepImage: (inspection, image) => this.pictures.keep(inspection, image),
    };
  }

  async start(): Promise<StoreState> {
    const opened = await this.open();
    this.started = true;
    this.pictures.sweep();
    this.tidy();
    const { stations, alarms, unsent, damaged } = opened;
    return { stations, alarms, unsent, damaged: damaged?.file ?? null };
  }

  stop(): Promise<void> {
    this.stopping ??= this.close();
    return this.stopping;
  }

  queues(): Health['queues'] {
    return { journal: this.queue.depth, pictures: this.pictures.depth };
  }

  stats(): StoreStats {
    const { images, records, imageBytes, free } = this.tidied;
    return {
      ...{ entries: this.queue.entries, commits: this.queue.commits, quarantined: this.quarantined },
      pictures: { kept: this.pictures.kept, failed: this.pictures.failed, bytes: imageBytes },
      deleted: { images, records },
      freeBytes: Number.isFinite(free) ? free : null,
    };
  }

  private async open(): Promise<OpenedState> {
    const { path, config, clock } = this.options;
    const opened = await this.writer.open({ folder: path, keep: config.keep, now: clock.now() });
    this.queue.start(opened.newestOutboxId);
    this.tidied = { ...this.tidied, imageBytes: opened.imageBytes };
    if (opened.damaged) this.damaged(opened.damaged);
    return opened;
  }

  /** The writer's thread died. What it had is refused, and goes in again when the next one is there. */
  private lost(fault: LinesideError): void {
    this.queue.lost(fault);
    if (this.stopping) return;
    this.cancelReopen = this.options.clock.after(REOPEN, () => {
      this.open().catch((thrown) => this.lost(asLinesideError(thrown, 'STORE_FAILED')));
    });
  }

  private async close(): Promise<void> {
    this.cancelTidy();
    this.cancelReopen();
    if (!this.started) return;
    await this.pictures.stop();
    await this.queue.close();
    this.outbox.flush();
    await this.writer.close();
  }

  private tidy(): void {
    this.writer.post({ type: 'tidy', now: this.options.clock.now() });
    this.cancelTidy = this.options.clock.after(TIDY, () => this.tidy());
  }

  private hear(news: News): void {
    if (news.type === 'settled') {
      const rows = this.queue.settled(news.count, news.faults);
      if (news.newest > 0) this.outbox.committed(news.newest, rows);
    } else if (news.type === 'tidied') {
      const { images, records } = this.tidied;
      this.tidied = { ...news, images: images + news.images, records: records + news.records };
    } else if (news.type === 'damaged') this.damaged(news);
    else this.setAside(news.why);
  }

  private setAside(why: string): void {
    this.quarantined++;
    this.options.log.error({ code: 'STORE_FAILED', why }, 'a record did not fit the tables and lies in `quarantine`');
  }

  private damaged({ file, why }: { readonly file: string; readonly why: string }): void {
    this.fault(new LinesideError('STORE_DAMAGED', { file, why }));
  }

  private fault(fault: LinesideError | null): void {
    if (fault) this.options.log.error({ code: fault.code, ...fault.details }, fault.sentence);
    else this.options.log.info({ path: this.options.path }, 'records are stored again');
    this.options.onFault(fault);
  }
}
