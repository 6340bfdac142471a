/**
 * Sends the outbox in order, at least once. A row is marked sent when the receiver acknowledged it, never before, and refused
 * when the receiver said that it will never take it; what was under way when a connection broke is sent again by the next one.
 *
 * Two lanes share one window of unacknowledged messages: `live`, what was committed since the connection stands, goes first; `backlog`,
 * what waited, takes what is left and is marked historical. HOT PATH: up to 30,000 rows a second on the main thread, so no promise, no
 * timer and no parsing a row, and never more than one burst a turn of the event loop.
 */
import { asHistorical, type Outbox, type Refusal, type StoredOutboxRow } from '../contracts/index.ts';
import type { Clock, Milliseconds } from '../time.ts';
import { Lane } from './lane.ts';
import { Pace } from './pace.ts';

/** Rows a turn of the event loop: about 1 ms. */
const BURST = 64;
/** Beside a saturated live lane the backlog still gets one row in this many. */
const BACKLOG_SHARE = 8;
/** A backlog of at most this many rows, all younger than `lateAfter`, is no backlog: one lane, in order, nothing late. */
const SMALL_BACKLOG = 1000;

const COMMITS_APART: Milliseconds = 200;

export interface DrainOptions {
  readonly publisher: string;
  readonly outbox: Outbox;
  readonly clock: Clock;
  /** Unacknowledged rows, at most. */
  readonly window: number;
  /** Rows stored longer ago than this are marked historical. */
  readonly lateAfter: Milliseconds;
  /** Hands one row over; false: no room now. `done(why)`: the receiver will never take this one; null: it has it. */
  readonly send: (row: StoredOutboxRow, payload: string, done: (refused: string | null) => void) => boolean;
  readonly onRefused: (row: StoredOutboxRow, why: string) => void;
  readonly onFault: (thrown: unknown) => void;
}

export class Drain {
  private readonly options: DrainOptions;
  private readonly pace: Pace;
  private live: Lane | null = null;
  private backlog: Lane | null = null;
  private endCommits: (() => void) | null = null;
  private newest = 0;
  private border = { newest: 0, wall: 0, elapsed: 0 };
  /** When what is not yet sent was committed, monotonic, ascending. */
  private readonly commits: { newest: number; readonly at: number }[] = [];
  private acknowledged: number[] = [];
  private refusals: Refusal[] = [];
  private turn = 0;
  private scheduled = false;
  private started = false;
  private stopped = false;
  private idle: (() => void)[] = [];
  unacknowledged = 0;
  sent = 0;
  refused = 0;

  constructor(options: DrainOptions) {
    this.options = options;
    this.pace = new Pace(options.clock, options.window);
  }

  /** Resolves when the lanes are laid; sending goes on until stop(). */
  async start(): Promise<void> {
    const { outbox, publisher } = this.options;
    this.started = true;
    // Listen first, then look: nothing is committed in between unseen.
    this.endCommits = outbox.onCommit((newest, rows) => {
      this.noteCommit(newest);
      this.newest = Math.max(this.newest, newest);
      this.live?.extend(this.newest, rows);
    });
    const { unsent, oldestAt, newest } = await outbox.depth(publisher);
    if (this.stopped) return;
    this.border = { newest, wall: this.options.clock.now(), elapsed: this.options.clock.elapsed() };
    const fresh = unsent <= SMALL_BACKLOG && (oldestAt === null || this.border.wall - oldestAt <= this.options.lateAfter);
    const border = fresh ? 0 : newest;
    this.newest = Math.max(this.newest, newest);
    this.backlog = fresh ? null : this.lane(0, border, true);
    this.live = this.lane(border, this.newest, false);
    this.backlog?.start();
    this.live.start();
    this.settleIdle();
  }

  /** Nothing more is sent; what was acknowledged is marked. */
  stop(): void {
    this.stopped = true;
    this.endCommits?.();
    this.mark();
    this.settleIdle();
  }

  /** Resolves when everything committed so far is acknowledged, at stop(), or at once where nothing was begun: that is the next one's. */
  drained(): Promise<void> {
    return new Promise((resolve) => {
      this.idle.push(resolve);
      this.settleIdle();
    });
  }

  /** Sends in the next turn of the event loop, once however often it is called. */
  nudge(): void {
    if (this.scheduled || this.stopped) return;
    this.scheduled = true;
    setImmediate(() => this.pump());
  }

  private lane(after: number, before: number, historical: boolean): Lane {
    const { outbox, publisher, onFault } = this.options;
    return new Lane({ outbox, publisher, after, before, historical, onRows: () => this.nudge(), onFault });
  }

  private pump(): void {
    this.scheduled = false;
    if (this.stopped) return;
    this.mark();
    for (let left = BURST; left > 0; left--) {
      const lane = this.pick();
      const row = lane?.peek();
      if (!lane || !row) return this.settleIdle();
      if (!this.hand(row, lane.historical)) return;
      lane.skip();
    }
    this.nudge();
  }

  private pick(): Lane | undefined {
    const { live, backlog } = this;
    if (this.unacknowledged >= this.options.window) return undefined;
    const old = backlog?.peek() && this.pace.allows ? backlog : undefined;
    const fresh = live?.peek() ? live : undefined;
    return fresh && !(old && ++this.turn % BACKLOG_SHARE === 0) ? fresh : old;
  }

  private hand(row: StoredOutboxRow, paced: boolean): boolean {
    const payload = paced || this.isLate(row) ? asHistorical(row.payload) : row.payload;
    if (!this.options.send(row, payload, (refused) => this.settle(row, paced, refused))) return false;
    this.unacknowledged++;
    if (paced) this.pace.begin(row.id);
    return true;
  }

  private settle(row: StoredOutboxRow, paced: boolean, refused: string | null): void {
    this.unacknowledged--;
    if (paced) this.pace.end(row.id);
    if (refused === null) this.acknowledged.push(row.id);
    else {
      this.refusals.push({ id: row.id, why: refused });
      this.options.onRefused(row, refused);
    }
    this.nudge();
  }

  /**
   * The age of what was committed under this connection is time that has passed here, whatever became of the wall clock since; of what
   * was there before, the wall clock at the start is all there is, and time goes on from there.
   */
  private isLate({ id, storedAt }: StoredOutboxRow): boolean {
    const { lateAfter, clock } = this.options;
    const { newest, wall, elapsed } = this.border;
    if (id <= newest) return Math.max(0, wall - storedAt) + clock.elapsed() - elapsed > lateAfter;
    while (this.commits[0] && this.commits[0].newest < id) this.commits.shift();
    return clock.elapsed() - (this.commits[0]?.at ?? elapsed) > lateAfter;
  }

  private noteCommit(newest: number): void {
    const at = this.options.clock.elapsed();
    const last = this.commits.at(-1);
    // A few a second are enough, and bound what a slow receiver leaves here.
    if (last && at - last.at < COMMITS_APART) last.newest = newest;
    else this.commits.push({ newest, at });
  }

  private mark(): void {
    const { outbox, publisher } = this.options;
    if (this.acknowledged.length > 0) {
      this.sent += this.acknowledged.length;
      outbox.sent(publisher, this.acknowledged);
      this.acknowledged = [];
    }
    if (this.refusals.length > 0) {
      this.refused += this.refusals.length;
      outbox.refuse(publisher, this.refusals);
      this.refusals = [];
    }
  }

  private settleIdle(): void {
    if (this.idle.length > 0 && (this.stopped || this.empty)) for (const resolve of this.idle.splice(0)) resolve();
  }

  private get empty(): boolean {
    if (!this.started) return true;
    const marked = this.acknowledged.length + this.refusals.length === 0;
    return this.unacknowledged === 0 && marked && this.live?.done === true && this.backlog?.done !== false;
  }
}
