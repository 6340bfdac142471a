/**
 * The store: journal, outbox and pictures in one folder.
 *
 *   journal.db          SQLite, readable with the sqlite3 shell while the agent runs; the views quality, scores, actions, pictures, alarm_log,
 *                       audit_log
 *   images/<station>/<day>/<inspection>-<camera>.jpg
 *   agent.lock          held while an agent is at work here
 *   journal.spill       room for the records that a full disk does not take at the end
 *   journal.mark        how far the stations have come, so that a journal that lost its log is noticed; see high-water.ts
 *   journal.damaged-*   a damaged journal that was put aside; never deleted. STORE_DAMAGED stands as long as one is there
 *
 * All of it is its owner's alone (0700, 0600).
 */
import type { StoreConfig } from '../config/schema.ts';
import type { Alarm, Health, Journal, JournalEntry, KeptImage, Log, Outbox } from '../contracts/index.ts';
import { asLinesideError, LinesideError } from '../errors.ts';
import { type Clock, type Milliseconds, Seconds } from '../time.ts';
import { AgentTime } from './agent-time.ts';
import { JournalQueue } from './journal.ts';
import { OutboxReader } from './outbox.ts';
import { Pictures } from './pictures.ts';
import type { Left, LostRange, OpenedState, StationProgress } from './protocol.ts';
import { rangesOf } from './spill.ts';
import { StoreFaults } from './store-faults.ts';
import type { StationCells } from './tables.ts';
import { type News, Writer } from './writer.ts';

export interface StoreOptions {
  /** Folder, absolute; made when it is not there. */
  readonly path: string;
  readonly config: StoreConfig;
  readonly clock: Clock;
  readonly log: Log;
  /** Everything that is wrong with it now, whenever that changes; [] when nothing is. */
  readonly onFaults: (faults: readonly LinesideError[]) => void;
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

/** What became of the records that were accepted and not yet stored at the end. */
export interface Ending {
  /** Kept for the next start, which stores them first. */
  readonly spilled: number;
  /** Nowhere: neither record nor event will ever be there. */
  readonly lost: readonly LostRange[];
}

export interface StoreStats {
  readonly entries: number;
  readonly commits: number;
  /** Records that did not fit the tables and lie in `quarantine`. */
  readonly quarantined: number;
  readonly pictures: { readonly kept: number; readonly failed: number; readonly dropped: number; readonly bytes: number };
  /** By retention, since the start. */
  readonly deleted: { readonly images: number; readonly records: number };
  readonly freeBytes: number | null;
}

export interface Store {
  readonly journal: Journal;
  readonly outbox: Outbox;
  /** Opens the journal. Rejects with STORE_LOCKED, STORE_SCHEMA, STORE_FULL or STORE_FAILED. */
  start(): Promise<StoreState>;
  /** Another budget, from now on. */
  configure(config: StoreConfig): void;
  /** Resolves when nothing waits for the disk, or after `patience`. */
  flush(patience: Milliseconds): Promise<void>;
  /** Stores what waits and closes. Where the disk takes no more within `patience` it says what it left. Idempotent. */
  stop(patience?: Milliseconds): Promise<Ending>;
  queues(): Health['queues'];
  stats(): StoreStats;
  /** The agent's own time, which never goes back: milliseconds like those of the epoch. Once the journal is open. */
  ownTime(): number;
  /** In which shift it is: the same, but where the box was off for days its clock is taken at once. */
  shiftTime(): number;
}

/** How often the disk's budget is looked at. */
const TIDY: Milliseconds = Seconds(5);
/** For all that stops: a full disk must not keep a process that was told to end. */
const ENDING: Milliseconds = Seconds(5);
/** Of it, for the pictures and then for the records; the writer's last write has the rest. */
const PICTURES_SHARE = 0.2;
const RECORDS_SHARE = 0.4;
const REOPEN: Milliseconds = Seconds(1);

export const createStore = (options: StoreOptions): Store => new FolderStore(options);

class FolderStore implements Store {
  readonly journal: Journal;
  readonly outbox: OutboxReader;
  private readonly options: StoreOptions;
  private readonly writer: Writer;
  private readonly queue: JournalQueue;
  private readonly pictures: Pictures;
  private readonly faults: StoreFaults;
  /** Known when the journal is open: it goes on from where the last life was. */
  private time: AgentTime | null = null;
  private keep: StoreConfig['keep'];
  /** The inspection that was accepted last: pictures of it belong to its entry. */
  private newest: string | null = null;
  private cancelTidy = () => {};
  private cancelReopen = () => {};
  private quarantined = 0;
  private tidied = { images: 0, records: 0, imageBytes: 0, free: Number.NaN };
  private stopping: Promise<Ending> | null = null;

  constructor(options: StoreOptions) {
    this.options = options;
    this.keep = options.config.keep;
    const { clock, log, path } = options;
    this.faults = new StoreFaults(options);
    this.writer = new Writer(
      clock,
      (news) => this.hear(news),
      (fault) => this.lost(fault),
    );
    const { writer } = this;
    this.outbox = new OutboxReader({
      clock,
      writer,
      bound: options.config.keep.outbox,
      newest: () => this.queue.committedOutboxId,
      revive: (letters) => this.queue.revive(letters),
    });
    this.queue = new JournalQueue({
      clock,
      writer,
      takeSent: () => this.outbox.takeSent(),
      time: () => this.agentTime(),
      onFault: (fault) => this.faults.refusal(fault),
    });
    this.pictures = new Pictures({
      folder: path,
      clock,
      log,
      addRows: (rows) => this.queue.appendRows(rows),
      orphans: (paths) => writer.ask<readonly string[]>({ type: 'orphans', paths }),
    });
    this.journal = {
      accept: (entry) => this.accepted(entry, this.queue.accept(entry)),
      append: (entry) => {
        const appended = this.queue.append(entry);
        this.accepted(entry, true);
        return appended;
      },
      keepImage: (inspection, image) => this.keepImage(inspection, image),
    };
  }

  async start(): Promise<StoreState> {
    const opened = await this.open();
    this.pictures.sweep(owedOf(opened));
    this.tidy();
    const { alarms, unsent, damaged } = opened;
    return { stations: progressOf(opened), alarms, unsent, damaged: damaged?.file ?? null };
  }

  stop(patience = ENDING): Promise<Ending> {
    this.stopping ??= this.close(patience);
    return this.stopping;
  }

  configure({ keep }: StoreConfig): void {
    this.keep = keep;
    this.writer.post({ type: 'keep', keep });
  }

  flush(patience: Milliseconds): Promise<void> {
    return this.queue.flush(patience);
  }

  queues(): Health['queues'] {
    return { journal: this.queue.depth, pictures: this.pictures.depth };
  }

  shiftTime(): number {
    return this.agentTime().told;
  }

  ownTime(): number {
    return this.agentTime().now();
  }

  stats(): StoreStats {
    const { images, records, imageBytes, free } = this.tidied;
    return {
      entries: this.queue.entries,
      commits: this.queue.commits,
      quarantined: this.quarantined,
      pictures: { kept: this.pictures.kept, failed: this.pictures.failed, dropped: this.pictures.dropped, bytes: imageBytes },
      deleted: { images, records },
      freeBytes: Number.isFinite(free) ? free : null,
    };
  }

  private accepted({ inspection }: JournalEntry, taken: boolean): boolean {
    if (taken && inspection) this.pictures.expect(inspection);
    if (taken) this.newest = inspection?.id ?? null;
    // What comes after the end is told by its sender; the journal was not too full for it.
    if (!taken && !this.queue.isClosed) this.faults.overloaded(this.queue.depth);
    return taken;
  }

  private keepImage(inspection: string, image: KeptImage): void {
    const owe = () => (inspection === this.newest ? this.queue.owe() : null);
    this.pictures.keep(inspection, image, owe);
  }

  private async open(): Promise<OpenedState> {
    const { path, clock } = this.options;
    const opened = await this.writer.open({ folder: path, keep: this.keep, now: clock.now() });
    this.time ??= new AgentTime(clock, opened.time);
    this.queue.start(opened);
    this.tidied = { ...this.tidied, imageBytes: opened.imageBytes };
    if (opened.damaged) this.faults.damaged(opened.damaged);
    for (const range of opened.left?.lost ?? []) this.faults.lost(range, 'the life before could not write them');
    if (opened.behind.length > 0 && !opened.damaged) this.faults.wentBack(opened.behind);
    this.faults.look();
    return opened;
  }

  private agentTime(): AgentTime {
    if (!this.time) throw new LinesideError('INTERNAL', { why: 'no record is stamped before the journal is open' });
    return this.time;
  }

  /** The writer's thread died. What it had stays in the queue, and goes to the next one. */
  private lost(fault: LinesideError): void {
    this.queue.lost(fault);
    if (this.stopping) return;
    this.cancelReopen = this.options.clock.after(REOPEN, () => {
      this.open().catch((thrown) => this.lost(asLinesideError(thrown, 'STORE_FAILED')));
    });
  }

  /** Pictures first: records wait for theirs. Whatever does not get ready in time is left, and said. */
  private async close(patience: Milliseconds): Promise<Ending> {
    const { clock } = this.options;
    const ends = clock.elapsed() + patience;
    this.cancelTidy();
    if (!this.time) {
      this.queue.leave();
      return { spilled: 0, lost: [] };
    }
    await this.pictures.stop(patience * PICTURES_SHARE);
    await this.queue.close(patience * RECORDS_SHARE);
    this.cancelReopen();
    this.outbox.flush();
    const left = this.queue.depth.depth > 0 ? this.queue.leave() : null;
    const kept = await this.writer.close(left, ends - clock.elapsed());
    const ending = kept ?? { spilled: 0, lost: left ? rangesOf(left.entries) : [] };
    if (left) this.faults.ended(left, ending);
    return ending;
  }

  private tidy(): void {
    const time = this.agentTime();
    time.now();
    this.faults.clock(time.doubted);
    this.faults.pictures(this.pictures.dropped + this.pictures.failed);
    this.faults.look();
    this.writer.post({ type: 'tidy', now: this.options.clock.now(), time: time.mark });
    this.cancelTidy = this.options.clock.after(TIDY, () => this.tidy());
  }

  private hear(news: News): void {
    if (news.type === 'settled') {
      const rows = this.queue.settled(news);
      if (news.newest > 0) this.outbox.committed(news.newest, rows);
    } else if (news.type === 'tidied') {
      const { images, records } = this.tidied;
      this.tidied = { ...news, images: images + news.images, records: records + news.records };
    } else if (news.type === 'damaged') this.faults.damaged(news);
    else if (news.type === 'held') this.faults.held(news);
    else if (news.type === 'unmarked') this.faults.unmarked(news.why);
    else if (news.type === 'pictureLost') this.faults.pictureLost(news);
    else if (news.type === 'fates') this.outbox.told(news.fates);
    else this.setAside(news.why);
  }

  private setAside(why: string): void {
    this.quarantined++;
    this.faults.quarantined(why);
  }
}

/**
 * Where the stations were, with what the life before had accepted and not stored, and with what it had stored in a journal that was lost: no
 * sequence is given out twice, and no part that was judged in between is taken for one that was missed.
 */
function progressOf({ stations, left, behind }: OpenedState): StoreState['stations'] {
  const all = new Map(Object.entries(stations));
  const move = (station: string, next: Partial<StationProgress>) => {
    const before = all.get(station) ?? { lastSequence: 0, lastPart: null, lastCounter: null, saved: null };
    all.set(station, { ...before, ...next, lastSequence: Math.max(before.lastSequence, next.lastSequence ?? 0) });
  };
  for (const { station, next } of behind) move(station, { lastSequence: next - 1, lastPart: null, lastCounter: null });
  const newer = left ? statesIn(left) : [];
  for (const cells of newer) move(cells[0], progressIn(cells));
  for (const { station, to } of left?.lost ?? []) move(station, { lastSequence: to });
  // What was accepted after all that the journal lost knows better.
  const known = new Set(newer.flatMap(([station, sequence, , , saved]) => (sequence === null || saved === null ? [] : [station])));
  for (const { station } of behind) if (!known.has(station)) move(station, { wentBack: true });
  return Object.fromEntries(all);
}

const statesIn = ({ entries }: Left): StationCells[] =>
  entries.flat().flatMap((row) => {
    if (row[0] !== 'station_state') return [];
    const [, ...cells] = row as readonly ['station_state', ...StationCells];
    return [cells];
  });

const progressIn = ([, sequence, part, counter, saved]: StationCells): Partial<StationProgress> => ({
  ...(sequence === null ? {} : { lastSequence: sequence }),
  ...(part === null ? {} : { lastPart: part }),
  ...(counter === null ? {} : { lastCounter: counter }),
  ...(saved === null ? {} : { saved }),
});

const owedOf = ({ left }: OpenedState): string[] =>
  (left?.entries.flat() ?? []).flatMap((row) => (row[0] === 'owed_images' ? [String(row[1])] : []));
