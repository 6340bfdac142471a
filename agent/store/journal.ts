/**
 * The one owner of a record from the moment when it is accepted until it is on the disk. What is accepted stands in one queue, in order,
 * with a number; its rows go to the writer in batches, and leave the queue when they are committed. A writer that refuses (a full disk, a
 * failing one, somebody who holds the file) or dies loses nothing and changes no order: what was on its way stays where it stands and
 * goes again, in batches, when the pause is over. Bounded in entries and bytes; beyond, nothing is accepted. HOT PATH.
 */
import type { JournalEntry, StoredOutboxRow } from '../contracts/index.ts';
import { LinesideError } from '../errors.ts';
import { type Clock, endsWithin, type Milliseconds, Seconds } from '../time.ts';
import { asError } from './faults.ts';
import type { DeadLetter } from './letters.ts';
import type { Left, OpenedState, SentRanges, Settled, TimeMark } from './protocol.ts';
import { addStored, behindRows, lostRows, revivedRows, rowsOf } from './rows.ts';
import type { Row } from './tables.ts';
import type { Writer } from './writer.ts';

/** Entries and bytes that wait for the disk, at most. */
const BOUND = 10_000;
const BOUND_BYTES = 64e6;
/** Of a burst, the writer inserts the first while the next are still made into rows. */
const MESSAGE_ENTRIES = 8;
const MESSAGE_BYTES = 256e3;
/** On their way to the writer at once; a message is copied on the main thread, so that a backlog goes in pieces. */
const WINDOW_BYTES = 4e6;
/** After a refusal the first message tries alone. */
const PAUSE: Milliseconds = Seconds(1);

type Beginning = Pick<OpenedState, 'newestOutboxId' | 'accepted' | 'left' | 'behind' | 'damaged'>;

interface Accepted {
  readonly bytes: number;
  readonly rows: Row[];
  /** Pictures of it that are not written yet: they belong to the record, and it goes when they are there. */
  owed: number;
  readonly settle: Settle | null;
}
type Settle = (fault: LinesideError | null) => void;

export interface JournalOptions {
  readonly clock: Clock;
  readonly writer: Pick<Writer, 'post'>;
  /** What was sent since the last message, so that it rides along. */
  readonly takeSent: () => readonly SentRanges[];
  /** The agent's own time, and where it stands; asked for when the journal is open. */
  readonly time: () => { now(): number; readonly mark: TimeMark };
  /** What keeps entries from being stored, or null when they are stored again. */
  readonly onFault: (fault: LinesideError | null) => void;
}

/** What was accepted before the journal was open. */
interface Early {
  readonly entry: JournalEntry;
  readonly settle: Settle | null;
}

export class JournalQueue {
  private readonly options: JournalOptions;
  private early: Early[] = [];
  /** The oldest first; the first `posted` are on their way. */
  private waiting: Accepted[] = [];
  private posted = 0;
  private postedBytes = 0;
  private bytes = 0;
  /** Of those that wait while the disk refuses, from the front: handed over for the spill file. */
  private spilled = 0;
  /** Of the oldest that waits. */
  private first = 1;
  private epoch = 0;
  private outboxId = 0;
  private committedId = 0;
  private opened = false;
  private closed = false;
  private writes = false;
  private refusal: LinesideError | null = null;
  /** Between a refusal and the next try. */
  private pausing = false;
  /** The first message after a refusal is on its way, and no other. */
  private proving = false;
  private cancelPause = () => {};
  private idle: (() => void)[] = [];
  overloaded = 0;
  entries = 0;
  commits = 0;

  constructor(options: JournalOptions) {
    this.options = options;
  }

  get depth() {
    return { depth: this.early.length + this.waiting.length, bound: BOUND, dropped: this.overloaded };
  }

  /** Of what is on the disk. Ids beyond it are given out and may have to wait long: who reads the outbox must hear of them later. */
  get committedOutboxId(): number {
    return this.committedId;
  }

  /** The writer has opened the journal, for the first time or again after its thread died. */
  start({ newestOutboxId, accepted, left, behind, damaged }: Beginning): void {
    this.outboxId = Math.max(this.outboxId, newestOutboxId);
    this.committedId = Math.max(this.committedId, newestOutboxId);
    this.writes = true;
    this.posted = 0;
    this.postedBytes = 0;
    this.spilled = 0;
    this.epoch++;
    if (this.opened) this.forget(accepted);
    else {
      this.opened = true;
      this.first = Math.max(accepted + 1, left?.first ?? 1);
      // First: what comes after it is further.
      this.takeBack(left, behindRows(behind, damaged !== null, this.options.time().now()));
      for (const { entry, settle } of this.early.splice(0)) this.add(this.rowsOf(entry), settle);
    }
    // With nothing to prove it by, a journal that has opened again counts as well.
    if (this.waiting.length === 0) this.report(null);
    this.resume();
  }

  /** false: it was not accepted, and nothing of it will be stored. `settle` is called once where it was, when its fate is known. */
  accept(entry: JournalEntry, settle: Settle | null = null): boolean {
    if (!this.hasRoom()) return false;
    if (this.opened) this.add(this.rowsOf(entry), settle);
    else this.early.push({ entry, settle });
    return true;
  }

  /** Resolves when the entry is on the disk; rejects with STORE_OVERLOADED when it was not accepted and STOPPING when it was left. */
  append(entry: JournalEntry): Promise<void> {
    return this.promised((settle) => this.accept(entry, settle));
  }

  appendRows(rows: readonly Row[]): Promise<void> {
    return this.promised((settle) => {
      const accepted = this.opened && this.hasRoom();
      if (accepted) this.add([...rows], settle);
      return accepted;
    });
  }

  /** Dead letters go back to the end of the outbox, in one transaction with their removal. */
  revive(letters: readonly DeadLetter[]): Promise<void> {
    return this.appendRows(letters.flatMap((letter) => revivedRows(letter, ++this.outboxId)));
  }

  /**
   * The entry that was accepted last waits for something that belongs to it. The returned function adds the rows of that, once; the
   * order is kept, so that what was accepted later waits as well. Null where that entry is under way already.
   */
  owe(): ((rows: readonly Row[]) => void) | null {
    const newest = this.waiting.at(-1);
    if (!newest || this.posted >= this.waiting.length) return null;
    newest.owed++;
    return (rows) => {
      newest.rows.push(...rows);
      newest.owed--;
      this.pump();
      this.spill();
    };
  }

  /** The writer's word on the oldest entries that were handed over; returns what is to be published of them, nothing where it has to be read. */
  settled({ committed, refused, fault, unfit, newest }: Settled): readonly StoredOutboxRow[] {
    const done = this.take(committed);
    this.committedId = Math.max(this.committedId, newest);
    this.posted -= committed + refused;
    this.postedBytes = this.posted === 0 ? 0 : this.postedBytes - sum(done);
    this.commits++;
    this.entries += done.length;
    if (fault !== null && refused > 0) this.refused(asError(fault));
    else if (committed > 0) this.well();
    if (!this.pausing) this.pump();
    this.tellIdle();
    return unfit ? [] : storedRows(done);
  }

  /** The writer is gone; what waits goes to the next one. */
  lost(fault: LinesideError): void {
    this.writes = false;
    this.cancelPause();
    this.pausing = false;
    this.report(fault);
  }

  /**
   * No more is accepted. Resolves when everything is on the disk, or after `patience`; a pause after a refusal is cut short, so that
   * whoever stops waits for the disk alone.
   */
  async close(patience: Milliseconds): Promise<void> {
    this.closed = true;
    this.resume();
    if (this.depth.depth === 0 || !this.opened) return;
    const done = new Promise<void>((resolve) => this.idle.push(resolve));
    await endsWithin(this.options.clock, done, patience);
    this.cancelPause();
  }

  /** Resolves when nothing waits, or after `patience`; at once while the disk refuses. */
  async flush(patience: Milliseconds): Promise<void> {
    if (this.depth.depth === 0 || !this.opened || this.refusal !== null) return;
    const done = new Promise<void>((resolve) => this.idle.push(resolve));
    await endsWithin(this.options.clock, done, patience);
  }

  /** What no commit has taken, for the spill file; their senders are told. Whatever is on its way may still be stored: its number says so. */
  leave(): Left {
    const left = { first: this.first, entries: this.waiting.map(({ rows }) => rows), lost: [] };
    for (const { settle } of this.waiting.splice(0)) settle?.(new LinesideError('STOPPING'));
    for (const { settle } of this.early.splice(0)) settle?.(new LinesideError('STOPPING'));
    this.posted = 0;
    this.bytes = 0;
    this.writes = false;
    return left;
  }

  /** The store has ended: nothing is accepted any more. */
  get isClosed(): boolean {
    return this.closed;
  }

  private hasRoom(): boolean {
    if (this.closed) return false;
    if (this.early.length + this.waiting.length < BOUND && this.bytes < BOUND_BYTES) return true;
    this.overloaded++;
    return false;
  }

  private promised(accept: (settle: Settle) => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (fault: LinesideError | null) => (fault ? reject(fault) : resolve());
      if (accept(settle)) return;
      reject(
        this.closed || !this.opened
          ? new LinesideError('STOPPING')
          : new LinesideError('STORE_OVERLOADED', { depth: this.depth.depth, refused: this.overloaded }),
      );
    });
  }

  private rowsOf(entry: JournalEntry): Row[] {
    const { clock, time } = this.options;
    return rowsOf(entry, { now: clock.now(), recorded: time().now(), outboxId: () => ++this.outboxId });
  }

  private add(rows: Row[], settle: Settle | null): void {
    const bytes = sizeOf(rows);
    this.bytes += bytes;
    const length = this.waiting.push({ bytes, rows, owed: 0, settle });
    const unposted = length - this.posted;
    if (this.refusal !== null) queueMicrotask(() => this.spill());
    if (unposted === 1) queueMicrotask(() => this.pump());
    // Not the newest: its pictures are named in the same turn, after it.
    else if (unposted > MESSAGE_ENTRIES) this.pump(length - 1);
  }

  /**
   * What a life before could not write; the numbers tell what was stored of it after all. `behind` rides in the first of its entries: one of
   * its own would give each of them the number of the next, and a kill in between would leave one out.
   */
  private takeBack(left: Left | null, behind: readonly Row[]): void {
    const [head, ...rest] = left ? this.notStored(left) : [];
    if (head || behind.length > 0) this.add([...behind, ...(head ?? [])], null);
    for (const rows of rest) this.add([...rows], null);
  }

  /** What was lost is an entry as well, behind the others. */
  private notStored({ first, entries, lost }: Left): Left['entries'] {
    const all = lost.length > 0 ? [...entries, lostRows(lost, this.options.time().now())] : entries;
    const waiting = all.slice(this.first - first);
    for (const row of waiting.flat()) if (row[0] === 'outbox') this.outboxId = Math.max(this.outboxId, Number(row[1]));
    return waiting;
  }

  /** Those up to this number were committed by the writer that died before it could say so. */
  private forget(accepted: number): void {
    this.take(Math.max(0, Math.min(accepted + 1 - this.first, this.waiting.length)));
  }

  private take(count: number): Accepted[] {
    const done = this.waiting.splice(0, count);
    this.first += done.length;
    this.spilled = Math.max(0, this.spilled - done.length);
    for (const { bytes, settle } of done) {
      this.bytes -= bytes;
      settle?.(null);
    }
    return done;
  }

  private pump(upTo = this.waiting.length): void {
    while (this.writes && !this.pausing && this.posted < upTo && this.mayPost()) {
      const batch = this.nextBatch(upTo);
      if (batch.length === 0) return;
      this.post(batch);
    }
  }

  private mayPost(): boolean {
    return this.posted === 0 || (!this.proving && this.postedBytes < WINDOW_BYTES);
  }

  private nextBatch(upTo: number): Accepted[] {
    const batch: Accepted[] = [];
    let bytes = 0;
    for (let i = this.posted; i < upTo && bytes < MESSAGE_BYTES; i++) {
      const next = this.waiting[i];
      if (!next || next.owed > 0) break;
      bytes += next.bytes;
      batch.push(next);
    }
    return batch;
  }

  private post(batch: readonly Accepted[]): void {
    const bytes = sum(batch);
    this.options.writer.post({
      type: 'append',
      entries: batch.map(({ rows }) => rows),
      first: this.first + this.posted,
      epoch: this.epoch,
      sent: this.options.takeSent(),
      bytes,
      time: this.options.time().mark,
    });
    this.posted += batch.length;
    this.postedBytes += bytes;
  }

  /** What waits for a disk that refuses is in memory alone: a kill would take it, were it not in the spill file as well. */
  private spill(): void {
    if (this.refusal === null || !this.writes) return;
    let bytes = 0;
    const entries: Row[][] = [];
    for (const { rows, owed, bytes: own } of this.waiting.slice(this.spilled)) {
      if (owed > 0 || bytes >= WINDOW_BYTES) break;
      bytes += own;
      entries.push(rows);
    }
    if (entries.length === 0) return;
    this.options.writer.post({ type: 'spill', left: { first: this.first + this.spilled, entries, lost: [] } });
    this.spilled += entries.length;
  }

  private refused(fault: LinesideError): void {
    this.report(fault);
    this.spill();
    if (this.pausing) return;
    this.pausing = true;
    this.cancelPause = this.options.clock.after(PAUSE, () => this.resume());
  }

  private resume(): void {
    this.cancelPause();
    // What was on its way before the refusal is refused behind it; the next try begins when the writer has said so of all.
    if (this.pausing && this.posted > 0 && this.writes) {
      this.cancelPause = this.options.clock.after(PAUSE / 10, () => this.resume());
      return;
    }
    if (this.pausing) this.epoch++;
    this.pausing = false;
    this.proving = this.refusal !== null;
    this.pump();
  }

  private well(): void {
    this.proving = false;
    this.spilled = 0;
    if (!this.pausing) this.report(null);
  }

  private report(fault: LinesideError | null): void {
    const same = this.refusal?.code === fault?.code;
    this.refusal = fault;
    if (!same) this.options.onFault(fault);
  }

  private tellIdle(): void {
    if (this.depth.depth === 0) for (const wake of this.idle.splice(0)) wake();
  }
}

const sum = (entries: readonly Accepted[]): number => entries.reduce((bytes, entry) => bytes + entry.bytes, 0);

function storedRows(entries: readonly Accepted[]): StoredOutboxRow[] {
  const stored: StoredOutboxRow[] = [];
  for (const { rows } of entries) addStored(stored, rows);
  return stored;
}

/** Near enough for a bound: two bytes a cell's frame, one a character. */
function sizeOf(rows: readonly Row[]): number {
  let bytes = 0;
  for (const row of rows)
    for (const cell of row) bytes += typeof cell === 'object' ? (cell?.byteLength ?? 8) : typeof cell === 'string' ? cell.length : 8;
  return bytes;
}
