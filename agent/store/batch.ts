/**
 * Group commit: every entry that waits goes into one transaction with one flush. HOT PATH of the writer. What comes meanwhile waits for
 * the next: the main thread makes new entries while this one inserts and flushes, instead of both taking turns.
 *
 * What fails is told apart: an entry that does not fit the tables goes to quarantine and the others go on; a full disk gets room made
 * and another try; anything else is the disk's fault and the entries go back to their senders, none of them half stored.
 */
import type Database from 'better-sqlite3';
import { messageOf } from '../errors.ts';
import { faultOf, isDamage, isFull, isUnfit } from './faults.ts';
import { packWindow } from './packing.ts';
import type { Fault, SentRanges } from './protocol.ts';
import { type Cell, COLUMNS, insertInto, type Row, type StationCells, type Table } from './tables.ts';

export type Entry = readonly Row[];
export interface Work {
  readonly entries: readonly Entry[];
  readonly sent: readonly SentRanges[];
}
export interface BatchHelp {
  /** Frees space, whatever it takes; false when there is nothing left to free. */
  makeRoom(): boolean;
  /** Puts the damaged file aside and gives the new one. */
  replace(why: string): Database.Database;
  quarantined(why: string): void;
}
export interface BatchResult {
  /** Entries that were taken; `faults` has one for each, or is null when all are on the disk. */
  readonly count: number;
  readonly faults: readonly (Fault | null)[] | null;
  /** Newest committed id of the outbox, 0 when there was none. */
  readonly newest: number;
}

/** Tries after room was made; each try makes at least 32 MB of room or ends the matter. */
const TRIES = 5;

export class Batcher {
  private db: Database.Database;
  private readonly help: BatchHelp;
  private statements: Statements;

  constructor(db: Database.Database, help: BatchHelp) {
    this.db = db;
    this.help = help;
    this.statements = new Statements(db);
  }

  /** All of it, or of each entry what became of it. Never throws. `now` is only written beside what goes to quarantine. */
  commit(taken: readonly Work[], now: number): BatchResult {
    const failure = this.attempt(taken);
    const entries = taken.flatMap((work) => work.entries);
    if (failure === null) return { count: entries.length, faults: null, newest: newestOf(entries) };
    if (!isUnfit(failure)) return { count: entries.length, faults: entries.map(() => faultOf(failure)), newest: 0 };
    const faults = entries.map((entry) => this.commitAlone(entry, now));
    this.attempt([{ entries: [], sent: taken.flatMap((work) => work.sent) }]);
    return { count: entries.length, faults, newest: newestOf(entries.filter((_, i) => faults[i] === null)) };
  }

  private commitAlone(entry: Entry, now: number): Fault | null {
    const failure = this.attempt([{ entries: [entry], sent: [] }]);
    if (failure === null) return null;
    if (!isUnfit(failure)) return faultOf(failure);
    const why = messageOf(failure);
    // What is to be published is stored as it would have been: the receiver hears of the part, and the record is kept as text.
    const kept = entry.filter(([table]) => table === 'outbox' || table === 'station_state');
    const again = this.attempt([{ entries: [[...kept, ['quarantine', now, why, JSON.stringify(entry, asText)]]], sent: [] }]);
    if (again === null) this.help.quarantined(why);
    return again === null ? null : faultOf(again);
  }

  /** What made it fail, or null. */
  private attempt(work: readonly AnyWork[]): unknown {
    for (let tries = 0; ; tries++) {
      try {
        this.transact(work);
        return null;
      } catch (thrown) {
        if (tries < TRIES && isFull(thrown) && this.roomMade()) continue;
        if (tries === 0 && isDamage(thrown) && this.replace(thrown)) continue;
        return thrown;
      }
    }
  }

  private roomMade(): boolean {
    try {
      return this.help.makeRoom();
    } catch {
      // A disk this full, or this ill, lets nothing go either.
      return false;
    }
  }

  private replace(thrown: unknown): boolean {
    try {
      this.db = this.help.replace(messageOf(thrown));
      this.statements = new Statements(this.db);
      return true;
    } catch {
      return false;
    }
  }

  private transact(work: readonly AnyWork[]): void {
    const { db, statements } = this;
    statements.begin.run();
    try {
      for (const { entries, sent } of work) {
        statements.insert(entries);
        for (const { publisher, ranges } of sent) statements.forget(publisher, ranges);
      }
      statements.saveProgress();
      statements.commit.run();
    } catch (thrown) {
      statements.dropProgress();
      // A failed COMMIT may have rolled back by itself.
      if (db.inTransaction) db.exec('ROLLBACK');
      throw thrown;
    }
  }
}

type AnyRow = Row | readonly ['quarantine', ...Cell[]];
interface AnyWork {
  readonly entries: readonly (readonly AnyRow[])[];
  readonly sent: readonly SentRanges[];
}
type Statement = Database.Statement<Cell[]>;

class Statements {
  readonly begin: Statement;
  readonly commit: Statement;
  private readonly inserts: ReadonlyMap<string, Statement>;
  private readonly alarmOff: Statement;
  private readonly stationState: Statement;
  private readonly count: Statement;
  private readonly deleteSent: Statement;
  /** Of this transaction: a station's state and a publisher's count are written once, however often they change. */
  private readonly states = new Map<string, StationCells>();
  private readonly unsent = new Map<string, number>();

  constructor(db: Database.Database) {
    this.begin = db.prepare('BEGIN IMMEDIATE');
    this.commit = db.prepare('COMMIT');
    this.inserts = new Map<string, Statement>([
      ...(Object.keys(COLUMNS) as Table[]).map((table) => [table, db.prepare<Cell[]>(insertInto(table))] as const),
      [
        'alarm_on',
        db.prepare('INSERT INTO alarms (code, subject, key, since, text, next) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING'),
      ],
      ['quarantine', db.prepare('INSERT INTO quarantine (at, why, entry) VALUES (?, ?, ?)')],
    ]);
    this.alarmOff = db.prepare('UPDATE alarms SET cleared = ? WHERE key = ? AND cleared IS NULL');
    this.stationState = db.prepare(`
      INSERT INTO station_state VALUES (?, ifnull(?, 0), ?, ?, ?)
      ON CONFLICT (station) DO UPDATE SET last_sequence = max(last_sequence, excluded.last_sequence),
        last_part = ifnull(excluded.last_part, last_part), last_counter = ifnull(excluded.last_counter, last_counter),
        memory = ifnull(excluded.memory, memory)`);
    this.count = db.prepare('INSERT INTO counters VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = value + excluded.value');
    this.deleteSent = db.prepare('DELETE FROM outbox WHERE publisher = ? AND id BETWEEN ? AND ?');
  }

  insert(entries: readonly (readonly AnyRow[])[]): void {
    for (const entry of entries) {
      for (const row of entry) {
        // The inspection is there already: this entry was stored, and its acknowledgement got lost.
        if (this.insertRow(row) === 0 && row[0] === 'inspections') break;
      }
    }
  }

  forget(publisher: string, ranges: readonly number[]): void {
    for (let i = 0; i + 1 < ranges.length; i += 2) {
      const { changes } = this.deleteSent.run(publisher, ranges[i] ?? 0, ranges[i + 1] ?? 0);
      this.addUnsent(publisher, -changes);
    }
  }

  saveProgress(): void {
    for (const cells of this.states.values()) this.stationState.run(...cells);
    for (const [publisher, n] of this.unsent) if (n !== 0) this.count.run(`unsent/${publisher}`, n);
    this.dropProgress();
  }

  dropProgress(): void {
    this.states.clear();
    this.unsent.clear();
  }

  private insertRow(row: AnyRow): number {
    if (row[0] === 'station_state') return this.keepState(row[1], row);
    if (row[0] === 'alarm_off') return this.alarmOff.run(row[2], row[1]).changes;
    if (row[0] === 'outbox') this.addUnsent(String(row[2]), 1);
    const [table, ...cells] = row[0] === 'windows' ? packed(row) : row;
    return this.inserts.get(table)?.run(...cells).changes ?? 0;
  }

  private keepState(
    station: string,
    [, , sequence, part, counter, memory]: Extract<Row, readonly ['station_state', ...StationCells]>,
  ): number {
    const before = this.states.get(station);
    this.states.set(station, [
      ...([station, sequence ?? before?.[1] ?? null, part ?? before?.[2] ?? null, counter ?? before?.[3] ?? null] as const),
      memory ?? before?.[4] ?? null,
    ]);
    return 1;
  }

  private addUnsent(publisher: string, n: number): void {
    this.unsent.set(publisher, (this.unsent.get(publisher) ?? 0) + n);
  }
}

function packed([, id, endsAt, everyMs, steps, tags, values, quality]: Extract<Row, readonly ['windows', ...unknown[]]>) {
  return ['windows', id, endsAt, everyMs, steps, tags, packWindow(values, quality, steps)] as const;
}

function newestOf(entries: readonly Entry[]): number {
  for (const entry of entries.toReversed()) {
    const newest = entry.findLast(([table]) => table === 'outbox');
    if (newest) return Number(newest[1]);
  }
  return 0;
}

const asText = (_: string, value: unknown): unknown => (value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value);
