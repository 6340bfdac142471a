/**
 * Hands records to the journal in order and keeps them while the journal cannot take them: a full or failing disk delays a record, it
 * does not lose it. Bounded; when even the bound is reached the newest are dropped, counted and alarmed, and the gap in the station's
 * sequence shows it.
 */
import type { Journal, JournalEntry, Log } from './contracts.ts';
import { asLinesideError, type LinesideError } from './errors.ts';
import { type Clock, type Milliseconds, Seconds } from './time.ts';

export interface RecorderOptions {
  readonly journal: Journal;
  readonly clock: Clock;
  readonly log: Log;
  readonly bound?: number;
  /** The fault that keeps records waiting, or null when all is well again. */
  readonly onFault: (fault: LinesideError | null) => void;
}

const RETRY: Milliseconds = Seconds(1);

export class Recorder {
  private readonly options: RecorderOptions;
  private readonly bound: number;
  /** Handed to the journal and not yet committed, in order. */
  private readonly pending = new Set<JournalEntry>();
  /** Came back from the journal, or came while some had come back: go in this order, one by one, until none is left. */
  private waiting: JournalEntry[] = [];
  private opened = false;
  /** Until the journal is open, and while it refuses: what comes waits. */
  private holding = true;
  private idle: (() => void)[] = [];
  dropped = 0;

  constructor(options: RecorderOptions) {
    this.options = options;
    this.bound = options.bound ?? 5000;
  }

  get depth(): { readonly depth: number; readonly bound: number; readonly dropped: number } {
    return { depth: this.pending.size + this.waiting.length, bound: this.bound, dropped: this.dropped };
  }

  /** The journal is open: what came before goes first. */
  open(): void {
    this.opened = true;
    if (this.holding) for (const entry of this.waiting.splice(0)) this.hand(entry);
    this.holding = false;
  }

  record(entry: JournalEntry): void {
    if (this.pending.size + this.waiting.length >= this.bound) {
      this.dropped++;
      this.options.log.error(
        { code: 'STORE_OVERLOADED', dropped: this.dropped },
        'a record was dropped: the journal takes none and the waiting room is full',
      );
      return;
    }
    if (this.holding) this.waiting.push(entry);
    else this.hand(entry);
  }

  /** Settles when everything is committed, or after `patience` with what could not be; at once where no journal has ever opened. */
  async flush(patience: Milliseconds): Promise<void> {
    if (this.depth.depth === 0 || !this.opened) return;
    const done = new Promise<void>((resolve) => this.idle.push(resolve));
    await Promise.race([done, this.options.clock.sleep(patience)]);
  }

  private hand(entry: JournalEntry): void {
    this.pending.add(entry);
    this.options.journal.append(entry).then(
      () => this.committed(entry),
      (thrown) => this.refused(entry, asLinesideError(thrown, 'STORE_FAILED')),
    );
  }

  private committed(entry: JournalEntry): void {
    this.pending.delete(entry);
    if (this.depth.depth === 0) for (const wake of this.idle.splice(0)) wake();
  }

  private refused(entry: JournalEntry, fault: LinesideError): void {
    this.pending.delete(entry);
    this.waiting.push(entry);
    if (this.holding) return;
    this.holding = true;
    this.options.onFault(fault);
    void this.retry().then(() => this.options.onFault(null));
  }

  /** One at a time until the journal takes them again. */
  private async retry(): Promise<void> {
    const { journal, clock } = this.options;
    while (this.waiting.length > 0) {
      const [head] = this.waiting;
      if (!head) break;
      try {
        await journal.append(head);
        this.waiting.shift();
      } catch {
        await clock.sleep(RETRY);
      }
    }
    this.holding = false;
    if (this.depth.depth === 0) for (const wake of this.idle.splice(0)) wake();
  }
}
