/**
 * The journal as the agent sees it. Entries become rows here, wait for the end of the turn, and go to the writer together; each promise
 * settles when the writer says what became of its entry. HOT PATH.
 */
import type { JournalEntry, StoredOutboxRow } from '../contracts.ts';
import { LinesideError } from '../errors.ts';
import type { Clock } from '../time.ts';
import { asError } from './faults.ts';
import type { Fault, SentRanges } from './protocol.ts';
import { addStored, rowsOf } from './rows.ts';
import type { Row } from './tables.ts';
import type { Writer } from './writer.ts';

/** Entries and bytes that wait for the disk, at most; beyond, an append is refused with STORE_OVERLOADED. */
const BOUND = 10_000;
const BOUND_BYTES = 64e6;
/** Of a burst, the writer inserts the first while the next are still made into rows. */
const MESSAGE_ENTRIES = 8;

interface Waiting {
  readonly bytes: number;
  /** For whoever publishes it, once it is on the disk. */
  readonly rows: readonly Row[];
  resolve(): void;
  reject(fault: LinesideError): void;
}

export interface JournalOptions {
  readonly clock: Clock;
  readonly writer: Writer;
  /** What was sent since the last message, so that it rides along. */
  readonly takeSent: () => readonly SentRanges[];
  /** What keeps entries from being stored, or null when they are stored again. */
  readonly onFault: (fault: LinesideError | null) => void;
}

export class JournalQueue {
  private readonly options: JournalOptions;
  /** Handed over by append, in order, and not yet settled. */
  private waiting: Waiting[] = [];
  private outgoing: (readonly Row[])[] = [];
  private outgoingBytes = 0;
  private bytes = 0;
  private outboxId = 0;
  private open = false;
  private failing = false;
  private idle: (() => void)[] = [];
  overloaded = 0;
  entries = 0;
  commits = 0;

  constructor(options: JournalOptions) {
    this.options = options;
  }

  get depth() {
    return { depth: this.waiting.length, bound: BOUND, dropped: this.overloaded };
  }

  start(newestOutboxId: number): void {
    this.outboxId = Math.max(this.outboxId, newestOutboxId);
    this.open = true;
  }

  get newestOutboxId(): number {
    return this.outboxId;
  }

  append(entry: JournalEntry): Promise<void> {
    return this.appendRows(() => rowsOf(entry, { now: this.options.clock.now(), outboxId: () => ++this.outboxId }));
  }

  appendRows(build: () => readonly Row[]): Promise<void> {
    if (!this.open) return Promise.reject(new LinesideError('STOPPING'));
    const depth = this.waiting.length;
    if (depth >= BOUND || this.bytes >= BOUND_BYTES) {
      this.overloaded++;
      return Promise.reject(new LinesideError('STORE_OVERLOADED', { depth }));
    }
    const rows = build();
    const bytes = sizeOf(rows);
    return new Promise((resolve, reject) => {
      this.waiting.push({ bytes, rows, resolve, reject });
      this.hand(rows, bytes);
    });
  }

  /** The writer's word on the oldest `count` entries; returns what is to be published of them, nothing where one of them failed. */
  settled(count: number, faults: readonly (Fault | null)[] | null): readonly StoredOutboxRow[] {
    const done = this.waiting.splice(0, count);
    this.commits++;
    done.forEach((entry, i) => {
      this.bytes -= entry.bytes;
      const fault = faults?.[i];
      if (fault) entry.reject(asError(fault));
      else entry.resolve();
    });
    this.entries += done.length;
    this.report(faults?.find((fault) => fault !== null) ?? null);
    if (this.waiting.length === 0) for (const wake of this.idle.splice(0)) wake();
    return faults ? [] : storedRows(done);
  }

  /** The writer is gone: nothing that waits will be stored. */
  lost(fault: LinesideError): void {
    this.open = false;
    for (const { reject } of this.waiting.splice(0)) reject(fault);
    this.outgoing = [];
    this.outgoingBytes = 0;
    this.bytes = 0;
    for (const wake of this.idle.splice(0)) wake();
    this.failing = true;
    this.options.onFault(fault);
  }

  /** No more appends; resolves when all of them are settled. */
  async close(): Promise<void> {
    this.open = false;
    if (this.waiting.length > 0) await new Promise<void>((resolve) => this.idle.push(resolve));
  }

  private hand(rows: readonly Row[], bytes: number): void {
    this.bytes += bytes;
    this.outgoingBytes += bytes;
    if (this.outgoing.push(rows) === 1) queueMicrotask(() => this.post());
    else if (this.outgoing.length >= MESSAGE_ENTRIES) this.post();
  }

  private post(): void {
    if (this.outgoing.length === 0) return;
    this.options.writer.post({ type: 'append', entries: this.outgoing, sent: this.options.takeSent(), bytes: this.outgoingBytes });
    this.outgoing = [];
    this.outgoingBytes = 0;
  }

  private report(fault: Fault | null): void {
    if (this.failing === (fault !== null)) return;
    this.failing = fault !== null;
    this.options.onFault(fault && asError(fault));
  }
}

function storedRows(entries: readonly Waiting[]): StoredOutboxRow[] {
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
