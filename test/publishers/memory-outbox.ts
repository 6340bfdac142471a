/** An outbox without a disk that remembers what was said to it, so that tests can hold the publisher to its word. */
import {
  asHistorical,
  type CommitListener,
  type Outbox,
  type OutboxFate,
  type OutboxRow,
  type Refusal,
  type StoredOutboxRow,
} from '#agent/contracts/index.js';

export class MemoryOutbox implements Outbox {
  private readonly unsent = new Map<number, StoredOutboxRow>();
  private readonly listeners = new Set<CommitListener>();
  private readonly waiting = new Set<() => void>();
  private newest = 0;
  readonly marked = new Map<number, number>();
  /** Dead letters, as they were refused. */
  readonly letters: (StoredOutboxRow & { readonly why: string })[] = [];
  private readonly watches = new Set<(fate: OutboxFate) => void>();
  private revived = 0;
  /** Of its budget, as its listeners are told with the next news. */
  readonly budget = { bytes: 0, dropped: 0 };
  /** Most rows one read asked for. */
  mostRead = 0;
  /** Whether what is committed is told with its rows, or has to be read. */
  handsOver = true;
  /** The next read fails with this. */
  fault: Error | null = null;

  /** Commits rows of one publisher. `storedAt`: wall time, default now. */
  commit(rows: readonly OutboxRow[], storedAt = Date.now()): void {
    const stored = rows.map((row) => ({ ...row, id: ++this.newest, storedAt }));
    for (const row of stored) this.unsent.set(row.id, row);
    for (const tell of this.listeners) tell(this.newest, this.handsOver ? stored : []);
  }

  get left(): number {
    return this.unsent.size;
  }
  /** Rows that were marked sent more than once. */
  get twice(): number {
    return [...this.marked.values()].filter((times) => times > 1).length;
  }

  /** Resolves when at most `left` rows are unsent. */
  until(left: number): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (this.unsent.size > left) return;
        this.waiting.delete(look);
        resolve();
      };
      this.waiting.add(look);
      look();
    });
  }

  async read(publisher: string, after: number, before: number, limit: number): Promise<readonly StoredOutboxRow[]> {
    this.mostRead = Math.max(this.mostRead, limit);
    if (this.fault) throw this.fault;
    const rows: StoredOutboxRow[] = [];
    for (const row of this.unsent.values()) {
      if (row.id <= after || row.id > before || row.publisher !== publisher) continue;
      rows.push(row);
      if (rows.length === limit) break;
    }
    await new Promise((resolve) => setImmediate(resolve));
    return rows;
  }

  sent(_publisher: string, ids: readonly number[]): void {
    for (const id of ids) {
      this.marked.set(id, (this.marked.get(id) ?? 0) + 1);
      this.unsent.delete(id);
    }
    for (const look of this.waiting) look();
  }

  refuse(_publisher: string, refusals: readonly Refusal[]): void {
    for (const { id, why } of refusals) {
      const row = this.unsent.get(id);
      if (row) this.letters.push({ ...row, why });
      this.unsent.delete(id);
    }
    this.tell();
  }

  /** Who hears of the letters now. */
  get watchers(): number {
    return this.watches.size;
  }

  /** An operator wants them sent again. */
  retry(): void {
    const letters = this.letters.splice(0).sort((a, b) => a.id - b.id);
    this.revived += letters.length;
    this.tell();
    this.commit(letters.map(({ payload, ...row }) => ({ ...row, payload: asHistorical(payload) })));
  }

  watch(_publisher: string, listener: (fate: OutboxFate) => void): () => void {
    this.watches.add(listener);
    listener(this.fate());
    return () => this.watches.delete(listener);
  }

  private fate(): OutboxFate {
    const topics = new Map<string, { topic: string; why: string; letters: number }>();
    for (const { topic, why } of this.letters)
      topics.set(topic, { why, ...topics.get(topic), topic, letters: (topics.get(topic)?.letters ?? 0) + 1 });
    const refusals = [...topics.values()];
    return { letters: this.letters.length, refusals, ...this.budget, bound: 1e9, revived: this.revived };
  }

  private tell(): void {
    for (const listener of this.watches) listener(this.fate());
    for (const look of this.waiting) look();
  }

  onCommit(listener: CommitListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  async depth(publisher: string): Promise<{ unsent: number; oldestAt: number | null; newest: number }> {
    const mine = [...this.unsent.values()].filter((row) => row.publisher === publisher);
    return { unsent: mine.length, oldestAt: mine[0]?.storedAt ?? null, newest: this.newest };
  }
}
