/**
 * A stretch of the outbox, in order: read forward in pages, one page ahead of what is sent, or taken as it was committed where nothing
 * waits in between.
 */
import type { Outbox, StoredOutboxRow } from '../contracts/index.ts';

/** Rows a read. Two pages of some kilobytes a row are held at most. */
const PAGE = 256;

export interface LaneOptions {
  readonly outbox: Outbox;
  readonly publisher: string;
  /** Rows with after < id <= before. */
  readonly after: number;
  readonly before: number;
  /** What comes from it is late by its nature. */
  readonly historical: boolean;
  readonly onRows: () => void;
  readonly onFault: (thrown: unknown) => void;
}

export class Lane {
  readonly historical: boolean;
  private readonly options: LaneOptions;
  private after: number;
  private before: number;
  private page: readonly StoredOutboxRow[] = [];
  private index = 0;
  private ahead: StoredOutboxRow[] | null = null;
  private reading = false;

  constructor(options: LaneOptions) {
    this.options = options;
    this.historical = options.historical;
    this.after = options.after;
    this.before = options.before;
  }

  /** More was committed, up to this id. */
  extend(before: number, rows: readonly StoredOutboxRow[] = []): void {
    if (before <= this.before) return;
    if (this.follows(before, rows)) this.take(before, rows);
    else {
      this.before = before;
      this.readAhead();
    }
  }

  start(): void {
    this.readAhead();
  }

  /** Everything in it was handed out. */
  get done(): boolean {
    return this.peek() === undefined && !this.reading && this.after >= this.before;
  }

  /** Rows read and not yet handed out. */
  get held(): number {
    return this.page.length - this.index + (this.ahead?.length ?? 0);
  }

  peek(): StoredOutboxRow | undefined {
    if (this.index >= this.page.length && this.ahead) {
      this.page = this.ahead;
      this.index = 0;
      this.ahead = null;
      this.readAhead();
    }
    return this.page[this.index];
  }

  skip(): void {
    this.index++;
  }

  /** Everything before these was read, they are all that was committed up to `before`, and there is room for them. */
  private follows(before: number, rows: readonly StoredOutboxRow[]): boolean {
    const complete = rows[0]?.id === this.before + 1 && rows.length === before - this.before;
    return complete && this.after >= this.before && !this.reading && (this.ahead?.length ?? 0) + rows.length <= PAGE;
  }

  private take(before: number, rows: readonly StoredOutboxRow[]): void {
    this.before = before;
    this.after = before;
    const mine = rows.filter(({ publisher }) => publisher === this.options.publisher);
    if (mine.length === 0) return;
    if (this.ahead) this.ahead.push(...mine);
    else this.ahead = mine;
    this.options.onRows();
  }

  private readAhead(): void {
    if (this.reading || this.ahead || this.after >= this.before) return;
    const { outbox, publisher, onRows, onFault } = this.options;
    const before = this.before;
    this.reading = true;
    outbox.read(publisher, this.after, before, PAGE).then((rows) => {
      this.reading = false;
      // A short page says that there is no more up to `before`; rows of other publishers lie between.
      this.after = rows.length < PAGE ? before : (rows.at(-1)?.id ?? before);
      if (rows.length > 0) this.ahead = [...rows];
      else this.readAhead();
      onRows();
    }, onFault);
  }
}
