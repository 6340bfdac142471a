/** The outbox as publishers see it: pages of unsent rows, and a lazy memory of what was sent. HOT PATH while a backlog drains. */
import type { CommitListener, Outbox, OutboxFate, Refusal, StoredOutboxRow } from '../contracts/index.ts';
import type { Clock, Milliseconds } from '../time.ts';
import type { DeadLetter, StoredFate } from './letters.ts';
import type { OutboxCells, OutboxDepth, SentRanges } from './protocol.ts';
import type { Writer } from './writer.ts';

/** Marks ride in the next commit; when none comes they go by themselves after this long, or when this many have gathered. */
const MARK_AFTER: Milliseconds = 250;
const MARK_AT = 2000;

export interface OutboxOptions {
  readonly clock: Clock;
  readonly writer: Writer;
  readonly newest: () => number;
  /** Most bytes of waiting events and dead letters. */
  readonly bound: number;
  /** Puts dead letters back at the end of the outbox. */
  readonly revive: (letters: readonly DeadLetter[]) => Promise<void>;
}

interface Watch {
  readonly publisher: string;
  readonly listener: (fate: OutboxFate) => void;
}

export class OutboxReader implements Outbox {
  private readonly options: OutboxOptions;
  private readonly listeners = new Set<CommitListener>();
  private marks = new Map<string, number[]>();
  private marked = 0;
  private cancel: (() => void) | null = null;
  private readonly watches = new Set<Watch>();
  private fates: Readonly<Record<string, StoredFate>> = {};
  private readonly revived = new Map<string, number>();
  private reviving = false;

  constructor(options: OutboxOptions) {
    this.options = options;
  }

  async read(publisher: string, after: number, before: number, limit: number): Promise<readonly StoredOutboxRow[]> {
    // Marks first: what was sent a moment ago is not read again.
    this.flush();
    return rowsFrom(await this.options.writer.ask<OutboxCells>({ type: 'read', publisher, after, before, limit }), publisher);
  }

  sent(publisher: string, ids: readonly number[]): void {
    const known = this.marks.get(publisher);
    if (known) for (const id of ids) known.push(id);
    else this.marks.set(publisher, [...ids]);
    this.marked += ids.length;
    if (this.marked >= MARK_AT) this.flush();
    else this.cancel ??= this.options.clock.after(MARK_AFTER, () => this.flush());
  }

  refuse(publisher: string, refusals: readonly Refusal[]): void {
    // Marks first: the writer counts each row out once.
    this.flush();
    this.options.writer.post({ type: 'refuse', publisher, refusals, now: this.options.clock.now() });
  }

  watch(publisher: string, listener: (fate: OutboxFate) => void): () => void {
    const watch = { publisher, listener };
    this.watches.add(watch);
    listener(this.fateOf(publisher));
    return () => this.watches.delete(watch);
  }

  /** The writer's news: what is dead, what was dropped, and whether somebody wants letters tried again. */
  told(fates: Readonly<Record<string, StoredFate>>): void {
    this.fates = fates;
    for (const { publisher, listener } of this.watches) listener(this.fateOf(publisher));
    if (Object.values(fates).some(({ retrying }) => retrying)) void this.reviveWanted();
  }

  private fateOf(publisher: string): OutboxFate {
    const { letters = 0, refusals = [], bytes = 0, dropped = 0 } = this.fates[publisher] ?? {};
    return { letters, refusals, bytes, dropped, bound: this.options.bound, revived: this.revived.get(publisher) ?? 0 };
  }

  /** Page by page, until none is wanted; what a full disk refuses is wanted still, and asked for again at the writer's next news. */
  private async reviveWanted(): Promise<void> {
    if (this.reviving) return;
    this.reviving = true;
    try {
      for (let letters = await this.wanted(); letters.length > 0; letters = await this.wanted()) {
        // Counted before they are sent: whoever watches must not hold their topics for hopeless when they come.
        for (const { publisher } of letters) this.revived.set(publisher, (this.revived.get(publisher) ?? 0) + 1);
        for (const { publisher, listener } of this.watches) listener(this.fateOf(publisher));
        await this.options.revive(letters);
      }
    } catch {
      // The journal says by itself why it takes nothing.
    } finally {
      this.reviving = false;
    }
  }

  private wanted(): Promise<readonly DeadLetter[]> {
    return this.options.writer.ask<readonly DeadLetter[]>({ type: 'wanted' });
  }

  onCommit(listener: CommitListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  async depth(publisher: string) {
    this.flush();
    const depth = await this.options.writer.ask<OutboxDepth>({ type: 'depth', publisher });
    // What the writer has committed by now, and no id that still waits for the disk: of those the listeners hear.
    return { newest: this.options.newest(), ...depth };
  }

  committed(newest: number, rows: readonly StoredOutboxRow[]): void {
    for (const listener of this.listeners) listener(newest, rows);
  }

  /** Hands the marks over to whatever goes to the writer next. */
  takeSent(): readonly SentRanges[] {
    if (this.marked === 0) return [];
    const taken = [...this.marks].map(([publisher, ids]) => ({ publisher, ranges: rangesOf(ids) }));
    this.marks = new Map();
    this.marked = 0;
    this.cancel?.();
    this.cancel = null;
    return taken;
  }

  /** Sends the marks by themselves; they cost the writer no flush to the disk. */
  flush(): void {
    if (this.marked > 0) this.options.writer.post({ type: 'append', entries: [], sent: this.takeSent(), bytes: 0 });
  }
}

function rowsFrom(cells: OutboxCells, publisher: string): readonly StoredOutboxRow[] {
  const rows: StoredOutboxRow[] = [];
  for (let i = 0; i < cells.length; i += 6) {
    rows.push({
      id: cells[i] as number,
      publisher,
      eventId: cells[i + 1] as string,
      station: cells[i + 2] as string,
      topic: cells[i + 3] as string,
      payload: cells[i + 4] as string,
      storedAt: cells[i + 5] as number,
    });
  }
  return rows;
}

/** [4, 2, 3, 9] -> [2, 4, 9, 9] */
export function rangesOf(ids: number[]): number[] {
  const ranges: number[] = [];
  for (const id of Float64Array.from(ids).sort()) {
    const last = ranges.length - 1;
    if (last > 0 && id <= (ranges[last] ?? 0) + 1) ranges[last] = id;
    else ranges.push(id, id);
  }
  return ranges;
}
