/**
 * The writer: the one thread that writes the journal. It takes everything that waits, commits it at once, says so, and uses quiet
 * moments to write the log back and to tidy up.
 */
import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import type Database from 'better-sqlite3';
import { yieldToVerdicts } from '../yielding.ts';
import { Batcher } from './batch.ts';
import { lockFolder, openJournal, replaceDamaged } from './database.ts';
import { faultOf, startFaultOf } from './faults.ts';
import type { FromWriter, ToWriter, WriterData } from './protocol.ts';
import { Reader } from './reader.ts';
import { type Deleted, imageBytes, Retention } from './retention.ts';

/** One transaction, at most; what is beyond waits for the next. */
const BATCH_BYTES = 4e6;
/** Log written since it was written back into the file: from here on in a quiet moment, or, from there on, at once. */
const CHECKPOINT_QUIET = 8e6;
const CHECKPOINT_AT_ONCE = 64e6;
/** A commit's share of the log beside its bytes: pages are written whole. */
const COMMIT_BYTES = 40_000;

type Append = Extract<ToWriter, { readonly type: 'append' }>;

class Writer {
  private readonly port: MessagePort;
  private readonly data: WriterData;
  private readonly lock: Database.Database;
  private readonly retention: Retention;
  private readonly batcher: Batcher;
  private db: Database.Database;
  private reader: Reader;
  private now: number;
  /** Taken from the port and not yet looked after. */
  private held: ToWriter | undefined;
  private logged = 0;
  private tidying = false;
  private quiet = false;

  constructor(port: MessagePort, data: WriterData) {
    this.port = port;
    this.data = data;
    this.now = data.now;
    this.lock = lockFolder(data.folder);
    this.retention = new Retention(data.folder, data.keep);
    const { db, damaged } = openJournal(data.folder, this.stamp());
    this.db = db;
    this.reader = new Reader(db);
    this.batcher = new Batcher(db, {
      makeRoom: () => this.makeRoom(),
      replace: (why) => this.replace(why),
      quarantined: (why) => this.say({ type: 'quarantined', why }),
    });
    this.say({ type: 'ready', state: this.reader.opened(damaged) });
  }

  /** A message came; whatever came with it, or comes meanwhile, is taken along. */
  wake(first: ToWriter): void {
    for (let message: ToWriter | undefined = first; message; message = this.held ?? this.next()) {
      this.held = undefined;
      if (message.type === 'append') this.commit(message);
      // Answers tell of what was handed over before the question.
      else this.answer(message);
    }
    this.rest();
  }

  private commit(first: Append): void {
    // Marks of what was sent may be lost in a power cut, a repeat is harmless: they cost no flush of their own.
    const marks = first.entries.length === 0;
    if (marks) this.db.pragma('synchronous = NORMAL');
    const { count, faults, newest } = this.batcher.commit(marks ? [first] : [first, ...this.waiting(first.bytes)], this.now);
    if (marks) this.db.pragma('synchronous = FULL');
    else this.say({ type: 'settled', count, newest, faults });
    this.logged += first.bytes + COMMIT_BYTES;
    if (this.logged > CHECKPOINT_AT_ONCE) this.checkpoint();
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
      more.push(message);
    }
    this.logged += more.reduce((sum, { bytes }) => sum + bytes, 0);
    return more;
  }

  private answer(message: Exclude<ToWriter, Append>): void {
    if (message.type === 'stop') return this.stop();
    if (message.type === 'tidy') {
      this.now = message.now;
      this.tidying = true;
      return;
    }
    try {
      this.say({ type: 'answer', ask: message.ask, value: this.reader.answer(message) });
    } catch (thrown) {
      this.say({ type: 'answer', ask: message.ask, value: null, fault: faultOf(thrown) });
    }
  }

  /** One small piece of housekeeping a turn of the event loop, messages in between. */
  private rest(): void {
    if (this.quiet || !this.db.open || !(this.tidying || this.logged > CHECKPOINT_QUIET)) return;
    this.quiet = true;
    setImmediate(() => {
      this.quiet = false;
      if (!this.db.open) return;
      const waiting = this.next();
      if (waiting) return this.wake(waiting);
      if (this.logged > CHECKPOINT_QUIET) this.checkpoint();
      else this.tidy();
      this.rest();
    });
  }

  private tidy(): void {
    try {
      const deleted = this.retention.step(this.db, this.now);
      this.tidying = deleted !== null;
      this.tell(deleted ?? { images: 0, records: 0 });
    } catch {
      // A disk that takes no deletion takes no record either: the next commit says so.
      this.tidying = false;
    }
  }

  private tell(deleted: Deleted): void {
    this.say({ type: 'tidied', ...deleted, imageBytes: imageBytes(this.db), free: this.retention.free() });
  }

  /** For a commit that found the disk full. */
  private makeRoom(): boolean {
    const deleted = this.retention.makeRoom(this.db, this.now);
    if (deleted) this.tell(deleted);
    return deleted !== null;
  }

  private checkpoint(): void {
    this.logged = 0;
    try {
      this.db.pragma('wal_checkpoint(PASSIVE)');
    } catch {
      // The log keeps what could not be written back; the next one tries again.
    }
  }

  private replace(why: string): Database.Database {
    this.db.close();
    const { db, damaged } = replaceDamaged(this.data.folder, this.stamp(), why);
    this.db = db;
    this.reader = new Reader(db);
    if (damaged) this.say({ type: 'damaged', ...damaged });
    return db;
  }

  private stop(): void {
    try {
      this.db.close();
    } catch {
      // Closing writes the log back; a disk that refuses leaves it for the next start, nothing is lost.
    }
    this.lock.close();
    this.say({ type: 'stopped' });
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

if (parentPort) {
  const port = parentPort;
  yieldToVerdicts();
  try {
    const writer = new Writer(port, workerData as WriterData);
    port.on('message', (message: ToWriter) => writer.wake(message));
  } catch (thrown) {
    port.postMessage({ type: 'refused', fault: startFaultOf(thrown) } satisfies FromWriter);
  }
}
