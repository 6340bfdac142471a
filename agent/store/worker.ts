/**
 * The writer: the one thread that writes the journal. It takes everything that waits, commits it at once, says so, and uses quiet
 * moments to write the log back and to tidy up.
 */

import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import type Database from 'better-sqlite3';
import { yieldToVerdicts } from '../platform/yielding.ts';
import { type Milliseconds, systemClock } from '../time.ts';
import { Batcher, type BatchResult, type Work } from './batch.ts';
import { JOURNAL_FILE, lockFolder, openJournal, replaceDamaged } from './database.ts';
import { FacetIndex } from './facets.ts';
import { faultOf, isDamage, isFull, startFaultOf } from './faults.ts';
import { HighWater } from './high-water.ts';
import { Letters } from './letters.ts';
import { LogWatch } from './log-watch.ts';
import { PartTallies } from './part-tallies.ts';
import { type OwedRow, owedIn, payOwed } from './picture-files.ts';
import type { Append, Fault, FromWriter, Keep, Left, TimeMark, ToWriter, WriterData } from './protocol.ts';
import { Reader } from './reader.ts';
import { type Deleted, imageBytes, Retention } from './retention.ts';
import type { SpanIndex } from './span-index.ts';
import { Spill } from './spill.ts';
import { Tallies } from './tallies.ts';
import { beginTime, needsSaving } from './time-marks.ts';

/** One transaction, at most; what is beyond waits for the next. */
const BATCH_BYTES = 4e6;
/** Log that waits to be written back into the file: from here on in a quiet moment, or, from there on, at once. */
const CHECKPOINT_QUIET = 8e6;
const CHECKPOINT_AT_ONCE = 64e6;
/**
 * What is written back takes room in the file before the log gives any: where the disk has less than four times its length, it is written back
 * before that, but not for less than this.
 */
const CHECKPOINT_LEAST = 1e6;
/** The log is looked at when it may have grown by so much; a commit's share of it beside its bytes, at most as a rule: pages are written whole. */
const LOOK_EVERY = 500_000;
const COMMIT_BYTES = 90_000;
/** Where it could not be written back whole, the next try waits for so much more of it. */
const CHECKPOINT_AGAIN = 1e6;
/** A log that a reader holds, from here on: see gathers(). */
const GATHER_FROM = 64e6;
const GATHER: Milliseconds = 500;

const NO_ROOM: Fault = { code: 'STORE_FULL', why: "there is no room to write the journal's log back into" };
/** Rounds of making room for the log, at most: of old records gone inside the file it has nothing. */
const TRIES = 3;

class WriterThread {
  private readonly port: MessagePort;
  private readonly data: WriterData;
  private keep: Keep;
  private readonly lock: Database.Database;
  private readonly retention: Retention;
  private readonly batcher: Batcher;
  private readonly spill: Spill;
  private readonly highWater: HighWater;
  private db: Database.Database;
  private reader: Reader;
  private letters: Letters;
  private toldFates = '';
  private now: number;
  private time: TimeMark | null;
  private saved: TimeMark | null;
  /** Taken from the port and not yet looked after. */
  private held: ToWriter | undefined;
  /** Of the messages that are refused unseen, since something before them was. */
  private refusing: { readonly epoch: number; readonly fault: Fault } | null = null;
  /** Pictures of the life before that are not known to be safe; null before they were looked up. */
  private owed: OwedRow[] | null = null;
  private readonly flushed = new Set<string>();
  private readonly logWatch: LogWatch;
  private made = madeAfterwards();
  private toldUnmarked: string | null = null;
  private readonly gathered: Append[] = [];
  /** Bytes of the log that wait to be written back, and those that may have come since that was looked up: a life begins with what the one before left. */
  private unwritten = 0;
  private unseen = Number.POSITIVE_INFINITY;
  /** What waited when it could not be written back whole. */
  private kept = 0;
  /** The last commit found no room. */
  private full = false;
  private tidying = false;
  private began = false;
  private quiet = false;

  constructor(port: MessagePort, data: WriterData) {
    this.port = port;
    this.data = data;
    this.now = data.now;
    this.keep = data.keep;
    this.lock = lockFolder(data.folder);
    this.retention = new Retention(data.folder, data.keep);
    this.spill = new Spill(data.folder);
    this.highWater = new HighWater(data.folder);
    const { db, damaged } = openJournal(data.folder, this.stamp());
    this.logWatch = new LogWatch(realFileIn(data.folder));
    this.db = db;
    this.letters = new Letters(db, data.keep.outbox);
    this.reader = new Reader(db, this.letters);
    this.batcher = new Batcher(db, {
      makeRoom: () => this.makeRoom(),
      replace: (why) => this.replace(why),
      quarantined: (why) => this.say({ type: 'quarantined', why }),
    });
    const state = this.reader.opened({ damaged, left: this.spill.read(), highWater: this.highWater });
    this.time = state.time;
    this.saved = state.time;
    this.say({ type: 'ready', state });
    this.tellUnmarked();
    this.tellFates();
  }

  /** A message came; whatever came with it, or comes meanwhile, is taken along. */
  wake(first: ToWriter): void {
    for (let message: ToWriter | undefined = first; message; message = this.held ?? this.next()) {
      this.held = undefined;
      if (message.type === 'append' && this.gathers(message)) continue;
      // Answers tell of what was handed over before the question.
      if (message.type === 'append') this.commit([message]);
      else {
        this.commitGathered();
        this.answer(message);
      }
    }
    this.rest();
  }

  /**
   * Every commit writes whole pages. While a reader keeps the log from being written back, records are gathered for a moment, so that the
   * log grows by little more than what they weigh.
   */
  private gathers(message: Append): boolean {
    if (this.logWatch.bytes < GATHER_FROM || message.entries.length === 0) return false;
    if (this.gathered.push(message) === 1) systemClock.after(GATHER, () => this.commitGathered());
    return true;
  }

  private commitGathered(): void {
    const gathered = this.gathered.splice(0);
    if (gathered.length > 0) this.commit(gathered);
  }

  private commit(messages: readonly Append[]): void {
    // Marks of what was sent may be lost in a power cut, a repeat is harmless: they cost no flush of their own.
    const marks = messages.every(({ entries }) => entries.length === 0);
    const bytes = messages.reduce((sum, message) => sum + message.bytes, 0);
    if (marks && this.db.open) this.db.pragma('synchronous = NORMAL');
    const taken = marks ? messages : this.standing([...messages, ...this.waiting(bytes)]);
    const work = taken.map(workOf);
    const adds = work.some(({ entries }) => entries.length > 0);
    const result = !adds || this.hasRoomForLog() ? this.batcher.commit(work, this.now) : this.batcher.refuse(work, NO_ROOM);
    if (marks && this.db.open) this.db.pragma('synchronous = FULL');
    else this.settle(taken, result);
    this.unseen += bytes + COMMIT_BYTES;
    if (result.newest > 0) this.keepBudget();
    if (this.isDue(CHECKPOINT_AT_ONCE)) this.checkpoint();
  }

  /** Those that are not refused unseen. An epoch begins when the main thread has heard of the refusal before it. */
  private standing(taken: readonly Append[]): readonly Append[] {
    const { refusing } = this;
    if (refusing === null) return taken;
    const late = taken.filter(({ epoch, entries }) => epoch === refusing.epoch && entries.length > 0);
    const refused = late.reduce((n, { entries }) => n + entries.length, 0);
    if (refused > 0) this.say({ type: 'settled', committed: 0, refused, fault: refusing.fault, unfit: false, newest: 0 });
    return taken.filter((message) => !late.includes(message));
  }

  private settle(taken: readonly Append[], result: BatchResult): void {
    const epoch = taken.findLast(({ entries }) => entries.length > 0)?.epoch;
    if (epoch === undefined) return;
    this.refusing = result.fault === null ? null : { epoch, fault: result.fault };
    const time = taken.findLast((message) => message.time)?.time;
    if (result.fault === null && time) this.saved = time;
    if (result.committed > 0) this.spill.stored(this.batcher.newestEntry);
    this.highWater.stored(this.batcher.takeSequences());
    this.say({ type: 'settled', ...result });
    this.full = result.fault?.code === 'STORE_FULL';
  }

  /** Appends that wait already, as long as the transaction is not too large. What comes while they are inserted waits for the next. */
  private waiting(bytes: number): Append[] {
    const more: Append[] = [];
    for (let taken = bytes; taken < BATCH_BYTES; ) {
      const message = this.next();
      if (message?.type !== 'append') {
        this.held = message;
        break;
      }
      taken += message.bytes;
      this.unseen += message.bytes;
      more.push(message);
    }
    return more;
  }

  private answer(message: Exclude<ToWriter, Append>): void {
    if (message.type === 'refuse') return this.refuse(message);
    if (message.type === 'stop') return this.stop(message.left);
    if (message.type === 'spill') return void this.spill.write(message.left, this.batcher.newestEntry, false);
    if (message.type === 'keep') return this.configure(message.keep);
    if (message.type === 'tidy') return this.beginTidy(message);
    try {
      this.say({ type: 'answer', ask: message.ask, value: this.reader.answer(message) });
    } catch (thrown) {
      this.say({ type: 'answer', ask: message.ask, value: null, fault: faultOf(thrown) });
    }
  }

  private configure(keep: Keep): void {
    this.keep = keep;
    this.retention.configure(keep);
    if (!this.db.open) return;
    this.letters = new Letters(this.db, keep.outbox);
    this.reader = new Reader(this.db, this.letters);
  }

  private refuse({ publisher, refusals, now }: Extract<ToWriter, { readonly type: 'refuse' }>): void {
    try {
      // Like the marks of what was sent: lost in a power cut it is refused once more.
      this.db.pragma('synchronous = NORMAL');
      this.letters.refuse(publisher, refusals, now);
      this.keepBudget();
    } catch {
      // A disk that takes no dead letter leaves the event where it is; the next connection sends it, and it is refused again.
    } finally {
      if (this.db.open) this.db.pragma('synchronous = FULL');
    }
    this.tellFates();
  }

  /** As much goes as has come: a commit never waits for more than its own size. */
  private keepBudget(): void {
    try {
      if (this.letters.enforce() > 0) this.tellFates();
    } catch {
      // A disk that takes no deletion takes no record either: the next commit says so.
    }
  }

  private tellFates(): void {
    try {
      const fates = this.letters.fates();
      const text = JSON.stringify(fates);
      // What somebody wants tried again is told until it is back in the outbox.
      const retrying = Object.values(fates).some((fate) => fate.retrying);
      if (text === this.toldFates && !retrying) return;
      this.toldFates = text;
      this.say({ type: 'fates', fates });
    } catch {
      // Told at the next look.
    }
  }

  /** One small piece of housekeeping a turn of the event loop, messages in between. */
  private rest(): void {
    if (this.quiet || !this.db.open || !(this.tidying || this.isDue(CHECKPOINT_QUIET))) return;
    this.quiet = true;
    setImmediate(() => {
      this.quiet = false;
      if (!this.db.open) return;
      const waiting = this.next();
      if (waiting) return this.wake(waiting);
      if (this.isDue(CHECKPOINT_QUIET)) this.checkpoint();
      else this.tidy();
      this.rest();
    });
  }

  private beginTidy({ now, time }: Extract<ToWriter, { readonly type: 'tidy' }>): void {
    this.now = now;
    this.time = time;
    this.tidying = true;
    for (const index of this.made) index.refill();
    // Somebody may have written to the journal from outside: `lineside outbox retry` and `drop` do.
    this.tellFates();
    if (!this.began) this.began = this.begin(time);
    this.lookAtLog();
    if (!needsSaving(this.saved, time)) return;
    const { fault } = this.batcher.commit([{ entries: [], first: 0, sent: [], time }], now);
    if (fault === null) this.saved = time;
  }

  private lookAtLog(): void {
    if (this.logWatch.large()) this.checkpoint();
    const held = this.logWatch.look();
    if (held) this.say({ type: 'held', ...held });
    this.retention.leaveToLog(this.logWatch.bytes);
  }

  private begin({ own }: TimeMark): boolean {
    try {
      beginTime(this.db, own);
      return true;
    } catch {
      return false;
    }
  }

  private tidy(): void {
    try {
      if (this.spill.prepare() || this.payOwed()) return;
      const deleted = this.retention.step(this.db, this.time?.own ?? null);
      if (deleted === null && this.indexed()) return;
      this.tidying = deleted !== null;
      this.tell(deleted ?? { images: 0, records: 0 });
    } catch (thrown) {
      // A disk that takes no deletion takes no record either: the next commit says so.
      this.tidying = false;
      if (isDamage(thrown)) this.mend(thrown);
    }
  }

  /** Pages that only a deletion reads no commit finds damaged: left as they are, nothing would ever be deleted again. */
  private mend(thrown: unknown): void {
    try {
      // Which of them is not told.
      const aside = this.made.filter((index) => index.setAside(this.db));
      if (aside.length > 0) return;
    } catch (again) {
      // Not they alone. A disk that takes nothing now may take it at the next look, and costs nobody the journal.
      if (!isDamage(again)) return;
    }
    this.batcher.damaged(thrown);
  }

  /** What comes last; true while there is more. A log that a reader holds is not to grow by it. */
  private indexed(): boolean {
    if (this.logWatch.bytes >= GATHER_FROM || !this.made.some((index) => index.step(this.db))) return false;
    this.unseen += COMMIT_BYTES;
    return true;
  }

  /** One picture a call; true when there was one. */
  private payOwed(): boolean {
    this.owed ??= [...owedIn(this.db)];
    const row = this.owed.shift();
    if (!row) return false;
    if (!payOwed(this.db, this.data.folder, row, this.flushed))
      this.say({ type: 'pictureLost', inspection: row.inspection, path: row.path });
    return true;
  }

  private tell(deleted: Deleted): void {
    this.say({ type: 'tidied', ...deleted, imageBytes: imageBytes(this.db), free: this.retention.free() });
  }

  /** For a commit that found the disk full. */
  private makeRoom(): boolean {
    const deleted = this.retention.makeRoom(this.db, this.time?.own ?? null);
    // It may have written the log back.
    this.highWater.writtenBack();
    if (deleted) this.tell(deleted);
    return deleted !== null;
  }

  /** Whether so much of the log waits, or what there is room for, that it is to be written back. */
  private isDue(length: number): boolean {
    if (this.unseen > LOOK_EVERY) this.lookAtLength();
    const { unwritten } = this;
    if (unwritten < CHECKPOINT_LEAST || unwritten < this.kept + CHECKPOINT_AGAIN) return false;
    return unwritten > length || unwritten > this.retention.free() / 4;
  }

  /**
   * After a commit that found no room: what the log holds is written back before anything is added to it. A commit that came first would take
   * the room that there is again for the log, until there is none left to write it back into: for ever full, of the log alone.
   */
  private hasRoomForLog(): boolean {
    if (!this.full || !this.db.open) return true;
    for (let tries = 0; tries < TRIES; tries++) {
      if (this.checkpoint()) return true;
      try {
        if (!this.makeRoom()) return false;
      } catch {
        // A disk this full lets nothing go either.
        return false;
      }
    }
    return false;
  }

  /** False: there is no room to write the log back into. What a reader keeps, or another fault, is none of that. */
  private checkpoint(): boolean {
    let hasRoom = true;
    try {
      this.logWatch.note(this.db.pragma('wal_checkpoint(PASSIVE)'));
    } catch (thrown) {
      // The log keeps what could not be written back; the next one tries again.
      hasRoom = !isFull(thrown);
    }
    // One that failed may have written some.
    this.highWater.writtenBack();
    this.tellUnmarked();
    this.lookAtLength();
    this.kept = this.unwritten;
    return hasRoom;
  }

  /** Once each time that it changes, and not more often than the log is written back. */
  private tellUnmarked(): void {
    const { fault } = this.highWater;
    if (fault === this.toldUnmarked) return;
    this.toldUnmarked = fault;
    this.say({ type: 'unmarked', why: fault });
  }

  private lookAtLength(): void {
    this.unwritten = this.logWatch.unwritten();
    this.unseen = 0;
    // It began anew: what was kept of it has been written back by somebody else.
    if (this.unwritten < this.kept) this.kept = 0;
  }

  private replace(why: string): Database.Database {
    const { folder } = this.data;
    const { db, damaged } = this.db.open ? replaceDamaged(folder, this.stamp(), why, this.db) : openJournal(folder, this.stamp());
    this.db = db;
    // What is salvaged stands in the file, without a log.
    this.highWater.writtenBack();
    this.logWatch.follow(realFileIn(folder));
    this.unseen = Number.POSITIVE_INFINITY;
    this.kept = 0;
    this.made = madeAfterwards();
    this.letters = new Letters(db, this.keep.outbox);
    this.reader = new Reader(db, this.letters);
    if (damaged) this.say({ type: 'damaged', ...damaged });
    return db;
  }

  private stop(left: Left | undefined): void {
    this.commitGathered();
    const kept = left ? this.spill.write(left, this.batcher.newestEntry) : { spilled: 0, lost: [] };
    try {
      this.db.close();
    } catch {
      // Closing writes the log back; a disk that refuses leaves it for the next start, nothing is lost.
    }
    this.highWater.close();
    this.lock.close();
    this.say({ type: 'stopped', ...kept });
    this.port.close();
  }

  private next(): ToWriter | undefined {
    return receiveMessageOnPort(this.port)?.message;
  }

  private say(message: FromWriter): void {
    this.port.postMessage(message);
  }

  private stamp(): string {
    return new Date(this.now).toISOString().replaceAll(':', '-').replace(/\..*/, 'Z');
  }
}

/** Where the journal is a link, SQLite keeps the log beside what it leads to. A damaged one is replaced by a file in the folder itself. */
const realFileIn = (folder: string): string => realpathSync(join(folder, JOURNAL_FILE));
/** In the order of their urgency. */
const madeAfterwards = (): readonly SpanIndex[] => [new FacetIndex(), new Tallies(), new PartTallies()];

const workOf = ({ entries, first, sent, time }: Append): Work => ({ entries, first: first ?? 0, sent, time: time ?? null });

if (parentPort) {
  const port = parentPort;
  yieldToVerdicts();
  try {
    const writer = new WriterThread(port, workerData as WriterData);
    port.on('message', (message: ToWriter) => writer.wake(message));
  } catch (thrown) {
    port.postMessage({ type: 'refused', fault: startFaultOf(thrown) } satisfies FromWriter);
  }
}
