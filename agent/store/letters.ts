/**
 * The fate of events that cannot be sent, as the writer's thread keeps it: dead letters, and the outbox's byte budget.
 *
 * Invariant: a row of `outbox` leaves it sent, as a dead letter, or counted as dropped, each in one transaction with its counters; so
 * waiting + dead + dropped + sent is what was ever committed. Other processes (`lineside outbox`) only set `retry` and delete letters;
 * ids of the outbox are given out by the agent alone, so that none can be given twice.
 */
import type Database from 'better-sqlite3';
import type { OutboxFate, Refusal } from '../contracts/index.ts';

export const OUTBOX_BYTES = 'outbox_bytes';
const DROPPED = 'dropped';

/** What the writer tells of a publisher's events; `revived` is counted by who puts them back. */
export type StoredFate = Omit<OutboxFate, 'bound' | 'revived'> & { readonly retrying: boolean };

/** A dead letter with what makes an event of it again. */
export interface DeadLetter {
  readonly id: number;
  readonly publisher: string;
  readonly eventId: string;
  readonly station: string;
  readonly topic: string;
  readonly payload: string;
  readonly storedAt: number;
}

/** Rows deleted at once where the budget is used up, until there is room. */
const STEP = 256;
/** Reasons that are told; each is a topic and a text. */
const TOLD = 20;
/** Letters put back in one message. */
const REVIVED = 256;
const LONGEST_WHY = 300;

export class Letters {
  private readonly db: Database.Database;
  private readonly bound: number;
  private readonly counter: Database.Statement<[string], number>;
  private readonly add: Database.Statement<[string, number]>;

  constructor(db: Database.Database, bound: number) {
    this.db = db;
    this.bound = bound;
    this.counter = db.prepare<[string], number>('SELECT value FROM counters WHERE name = ?').pluck();
    this.add = db.prepare('INSERT INTO counters VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = value + excluded.value');
  }

  /** `now` in ms since the epoch. What was sent or dropped meanwhile is no longer there, and nothing happens to it. */
  refuse(publisher: string, refusals: readonly Refusal[], now: number): void {
    const move = this.db.prepare<[number, string, number, string]>(
      `INSERT INTO dead_letters (publisher, event_id, station, topic, payload, stored_at, refused_at, why)
       SELECT publisher, event_id, station, topic, payload, stored_at, ?, ? FROM outbox WHERE id = ? AND publisher = ?`,
    );
    this.atOnce(() => {
      for (const { id, why } of refusals) {
        move.run(now, why.slice(0, LONGEST_WHY), id, publisher);
        this.remove(publisher, id);
      }
    });
  }

  /** Those that an operator wants tried again, in the order in which they were stored: what is answered last may be refused first. */
  wanted(): readonly DeadLetter[] {
    return this.db
      .prepare<[number], DeadLetter>(
        `SELECT id, publisher, event_id AS eventId, station, topic, payload, stored_at AS storedAt
         FROM dead_letters WHERE retry = 1 ORDER BY stored_at, id LIMIT ?`,
      )
      .all(REVIVED);
  }

  /** Makes room where the budget is used up; returns how many were dropped. */
  enforce(): number {
    let dropped = 0;
    for (let excess = this.excess; excess > 0; excess = this.excess) {
      const step = this.dropStep(excess);
      if (step === 0) break;
      dropped += step;
    }
    return dropped;
  }

  fates(): Readonly<Record<string, StoredFate>> {
    const bytes = this.counter.get(OUTBOX_BYTES) ?? 0;
    const retrying = this.db.prepare('SELECT 1 FROM dead_letters WHERE retry = 1 LIMIT 1').get() !== undefined;
    const sums = this.db
      .prepare<[], { publisher: string; letters: number }>('SELECT publisher, sum(letters) AS letters FROM refusals GROUP BY publisher')
      .all();
    const letters = new Map(sums.map((sum) => [sum.publisher, sum.letters]));
    return Object.fromEntries(
      this.publishers().map((publisher) => [
        publisher,
        {
          letters: letters.get(publisher) ?? 0,
          refusals: letters.has(publisher) ? this.refusals(publisher) : [],
          bytes,
          dropped: this.counter.get(`${DROPPED}/${publisher}`) ?? 0,
          retrying,
        },
      ]),
    );
  }

  private get excess(): number {
    return (this.counter.get(OUTBOX_BYTES) ?? 0) - this.bound;
  }

  private publishers(): readonly string[] {
    const named = this.db
      .prepare<[], string>("SELECT name FROM counters WHERE name LIKE 'unsent/%' OR name LIKE 'dropped/%'")
      .pluck()
      .all();
    const refusing = this.db.prepare<[], string>('SELECT DISTINCT publisher FROM refusals').pluck().all();
    return [...new Set([...named.map((name) => name.slice(name.indexOf('/') + 1)), ...refusing])];
  }

  /** A topic is told once, however many reasons there are: those of events that are too large hold each one's size. */
  private refusals(publisher: string): OutboxFate['refusals'] {
    return this.db
      .prepare<[string, number], OutboxFate['refusals'][number]>(
        // Beside a lone max() SQLite takes the plain columns from the row that has it.
        `SELECT topic, why, total AS letters FROM (
           SELECT topic, why, max(letters), sum(letters) AS total FROM refusals WHERE publisher = ? GROUP BY topic
         ) ORDER BY total DESC, topic LIMIT ?`,
      )
      .all(publisher, TOLD);
  }

  /** The oldest dead letters, or where there is none the oldest events of all publishers: as many as are needed, at most a step. */
  private dropStep(excess: number): number {
    const letters = this.oldest('dead_letters');
    const table = letters.length > 0 ? 'dead_letters' : 'outbox';
    let left = excess;
    const chosen = (letters.length > 0 ? letters : this.oldest('outbox')).filter(({ bytes }) => {
      const needed = left > 0;
      left -= bytes;
      return needed;
    });
    this.atOnce(() => {
      for (const { id, publisher } of chosen) {
        if (table === 'outbox') this.remove(publisher, id);
        else this.db.prepare<[number]>('DELETE FROM dead_letters WHERE id = ?').run(id);
        this.add.run(`${DROPPED}/${publisher}`, 1);
      }
    });
    return chosen.length;
  }

  private oldest(table: 'dead_letters' | 'outbox') {
    return this.db
      .prepare<[number], { id: number; publisher: string; bytes: number }>(
        `SELECT id, publisher, octet_length(topic) + octet_length(payload) AS bytes FROM ${table} ORDER BY id LIMIT ?`,
      )
      .all(STEP);
  }

  private remove(publisher: string, id: number): void {
    const bytes = this.db
      .prepare<[string, number], number>(
        'DELETE FROM outbox WHERE publisher = ? AND id = ? RETURNING octet_length(topic) + octet_length(payload)',
      )
      .pluck()
      .get(publisher, id);
    if (bytes === undefined) return;
    this.add.run(`unsent/${publisher}`, -1);
    this.add.run(OUTBOX_BYTES, -bytes);
  }

  private atOnce(work: () => void): void {
    this.db.transaction(work).immediate();
  }
}
