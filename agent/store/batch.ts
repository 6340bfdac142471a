/**
 * Group commit: every entry that waits goes into one transaction with one flush. HOT PATH of the writer. What comes meanwhile waits for
 * the next: the main thread makes new entries while this one inserts and flushes, instead of both taking turns.
 *
 * What fails is told apart: an entry that does not fit the tables goes to quarantine and the others go on; a full disk gets room made
 * and another try; anything else is the disk's fault and the entries are refused, none of them half stored. What is committed is always
 * the front of what was handed over: after the first entry that is refused, all behind it are.
 */
import type Database from 'better-sqlite3';
import { messageOf } from '../errors.ts';
import { faultCode, faultOf, isDamage, isFull, isUnfit } from './faults.ts';
import { OUTBOX_BYTES } from './letters.ts';
import { holdersOf, namesOf } from './ownership.ts';
import { packWindow } from './packing.ts';
import type { Fault, SentRanges, TimeMark } from './protocol.ts';
import { type Cell, COLUMNS, insertInto, type Row, type StationCells, type Table } from './tables.ts';
import { timeCounters } from './time-marks.ts';

export type Entry = readonly Row[];
export interface Work {
  readonly entries: readonly Entry[];
  /** The number of the first entry; they count up from 1 and never start again, so that one that is handed over twice is stored once. */
  readonly first: number;
  readonly sent: readonly SentRanges[];
  readonly time: TimeMark | null;
}
export interface BatchHelp {
  /** Frees space, whatever it takes; false when there is nothing left to free. */
  makeRoom(): boolean;
  /** Puts the damaged file aside and gives the new one. */
  replace(why: string): Database.Database;
  quarantined(why: string): void;
}
export interface BatchResult {
  /** Entries that are on the disk, from the front; those behind them are refused with `fault`, none of them is half stored. */
  readonly committed: number;
  readonly refused: number;
  readonly fault: Fault | null;
  /** Some entry lies in quarantine instead of its tables. */
  readonly unfit: boolean;
  /** Newest committed id of the outbox, 0 when there was none. */
  readonly newest: number;
}

/** What goes to its tables of an entry that does not fit its own. */
const KEPT: ReadonlySet<string> = new Set<Row[0]>(['outbox', 'revived', 'went_back', 'station_state']);
/** Tries after room was made; each try makes at least 32 MB of room or ends the matter. */
const TRIES = 5;

export class Batcher {
  private db: Database.Database;
  private readonly help: BatchHelp;
  private statements: Statements;
  /** Marks of a transaction that failed: they ride in the next one, or what was sent would wait in the outbox until the next start. */
  private owed: SentRanges[] = [];
  /** Number of the newest entry that is on the disk. */
  private last: number;
  private sequences = new Map<string, number>();

  constructor(db: Database.Database, help: BatchHelp) {
    this.db = db;
    this.help = help;
    this.statements = new Statements(db);
    this.last = acceptedIn(db);
  }

  get newestEntry(): number {
    return this.last;
  }

  /** The newest sequence of each station that was committed since the last call. */
  takeSequences(): ReadonlyMap<string, number> {
    const { sequences } = this;
    this.sequences = new Map();
    return sequences;
  }

  /** As many entries as the disk takes, from the front: never one without those before it. Never throws. */
  commit(taken: readonly Work[], now: number): BatchResult {
    const entries = taken.flatMap((work) => work.entries);
    const sent = [...this.owed, ...taken.flatMap((work) => work.sent)];
    const first = taken.find((work) => work.entries.length > 0)?.first ?? this.last + 1;
    const time = taken.findLast((work) => work.time !== null)?.time ?? null;
    const failure = this.attempt({ entries, first, sent, time });
    if (failure === null) {
      this.owed = [];
      return { committed: entries.length, refused: 0, fault: null, unfit: false, newest: newestOf(entries) };
    }
    this.owed = sent;
    if (!isUnfit(failure)) return { committed: 0, refused: entries.length, fault: this.faultOf(failure), unfit: false, newest: 0 };
    return this.oneByOne(entries, first, now);
  }

  /** Nothing of it is tried; what was sent is owed. */
  refuse(taken: readonly Work[], fault: Fault): BatchResult {
    this.owed = [...this.owed, ...taken.flatMap((work) => work.sent)];
    const refused = taken.reduce((n, { entries }) => n + entries.length, 0);
    return { committed: 0, refused, fault, unfit: false, newest: 0 };
  }

  /** Found by somebody else than a commit. Where the disk takes no new journal, the next commit begins here again. */
  damaged(thrown: unknown): void {
    this.replace(thrown);
  }

  /** Where another program writes, its name is what helps. */
  private faultOf(failure: unknown): Fault {
    const fault = faultOf(failure);
    const holders = faultCode(failure).startsWith('SQLITE_BUSY') ? holdersOf(`${this.db.name}-shm`) : [];
    return holders.length === 0 ? fault : { ...fault, why: `${fault.why}: ${namesOf(holders)} has it open for writing` };
  }

  private oneByOne(entries: readonly Entry[], first: number, now: number): BatchResult {
    let committed = 0;
    let fault: Fault | null = null;
    for (const entry of entries) {
      fault = this.commitAlone(entry, first + committed, now);
      if (fault !== null) break;
      committed++;
    }
    const newest = newestOf(entries.slice(0, committed));
    return { committed, refused: entries.length - committed, fault, unfit: true, newest };
  }

  private commitAlone(entry: Entry, first: number, now: number): Fault | null {
    const failure = this.attempt({ entries: [entry], first, sent: [], time: null });
    if (failure === null) return null;
    if (!isUnfit(failure)) return this.faultOf(failure);
    const why = messageOf(failure);
    // What is to be published is stored as it would have been: the receiver hears of the part, and the record is kept as text.
    const kept = entry.filter(([table]) => KEPT.has(table));
    const aside = [...kept, ['quarantine', now, why, JSON.stringify(entry, asText)] as const];
    const again = this.attempt({ entries: [aside], first, sent: [], time: null });
    if (again === null) this.help.quarantined(why);
    return again === null ? null : this.faultOf(again);
  }

  /** What made it fail, or null. */
  private attempt(work: AnyWork): unknown {
    for (let tries = 0; ; tries++) {
      // A replacement got as far as to close the damaged file, and then no further.
      const failure = this.db.open ? null : this.replace(null);
      if (failure !== null) return failure;
      try {
        this.transact(work);
        return null;
      } catch (thrown) {
        const left = this.overcome(thrown, tries);
        if (left !== null) return left;
      }
    }
  }

  /** What is still wrong, or null where another try is worth it: room was made, or a new journal is in place. */
  private overcome(thrown: unknown, tries: number): unknown {
    if (tries < TRIES && isFull(thrown) && this.roomMade()) return null;
    if (!isDamage(thrown) || tries > 0) return thrown;
    return this.replace(thrown);
  }

  private roomMade(): boolean {
    try {
      return this.help.makeRoom();
    } catch {
      // A disk this full, or this ill, lets nothing go either.
      return false;
    }
  }

  /** Why there is no new journal, or null: a disk that is full refuses this as well, and the next try begins here again. */
  private replace(thrown: unknown): unknown {
    try {
      this.db = this.help.replace(thrown === null ? '' : messageOf(thrown));
      this.statements = new Statements(this.db);
      return null;
    } catch (failure) {
      return failure;
    }
  }

  private transact({ entries, first, sent, time }: AnyWork): void {
    const { db, statements } = this;
    const fresh = entries.slice(Math.max(0, this.last + 1 - first));
    const last = Math.max(this.last, first + entries.length - 1);
    statements.begin.run();
    try {
      statements.insert(fresh);
      for (const { publisher, ranges } of sent) statements.forget(publisher, ranges);
      if (fresh.length > 0) statements.saveAccepted(last);
      if (time) statements.saveTime(time);
      const sequences = statements.saveProgress();
      statements.commit.run();
      for (const [station, sequence] of sequences) this.sequences.set(station, Math.max(sequence, this.sequences.get(station) ?? 0));
    } catch (thrown) {
      statements.dropProgress();
      // A failed COMMIT may have rolled back by itself.
      if (db.inTransaction) db.exec('ROLLBACK');
      throw thrown;
    }
    this.last = last;
  }
}

type AnyRow = Row | readonly ['quarantine', ...Cell[]];
interface AnyWork {
  readonly entries: readonly (readonly AnyRow[])[];
  readonly first: number;
  readonly sent: readonly SentRanges[];
  readonly time: TimeMark | null;
}
type Statement = Database.Statement<Cell[]>;

class Statements {
  readonly begin: Statement;
  readonly commit: Statement;
  private readonly inserts: ReadonlyMap<string, Statement>;
  private readonly alarmOff: Statement;
  private readonly contained: Statement;
  private readonly routed: Statement;
  private readonly disposed: Statement;
  private readonly studied: Statement;
  private readonly unshown: Statement;
  private readonly watched: Statement;
  private readonly paid: Statement;
  private readonly labelUndone: Statement;
  private readonly textChanged: Statement;
  private readonly textsLeft: Statement;
  private readonly stationState: Statement;
  private readonly forgetPart: Statement;
  private readonly count: Statement;
  private readonly deleteSent: Statement;
  private readonly set: Statement;
  private readonly span: Statement;
  private readonly bytesSent: Database.Statement<Cell[], number>;
  private readonly revive: Statement;
  /** Of this transaction: a station's state and each counter are written once, however often they change. */
  private readonly states = new Map<string, StationCells>();
  private readonly counts = new Map<string, number>();

  constructor(db: Database.Database) {
    this.begin = db.prepare('BEGIN IMMEDIATE');
    this.commit = db.prepare('COMMIT');
    this.inserts = new Map<string, Statement>([
      ...(Object.keys(COLUMNS) as Table[]).map((table) => [table, db.prepare<Cell[]>(insertInto(table))] as const),
      [
        'alarm_on',
        db.prepare(`
          INSERT INTO alarms (code, subject, key, since, text, next, recorded) VALUES (?, ?, ?, ?, ?, ?, ?)
          ON CONFLICT (key) WHERE cleared IS NULL DO UPDATE SET text = excluded.text, next = excluded.next`),
      ],
      ['quarantine', db.prepare('INSERT INTO quarantine (at, why, entry) VALUES (?, ?, ?)')],
    ]);
    // When it was opened and for what stays as it was; it grows, and ends.
    this.contained = db.prepare(`
      INSERT INTO containments (id, station, at, cause, subject, why, after_part, until_part, parts, recorded) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (id) DO UPDATE SET until_part = excluded.until_part, parts = excluded.parts`);
    // Who sent it where and why stays as it was, unless the conveyor could not be told.
    this.routed = db.prepare(`
      INSERT INTO routed_parts (id, part, station, inspection, destination, instead_of, why, sent, place, arrived, fault, ended, ending, recorded)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (id) DO UPDATE SET destination = excluded.destination, place = excluded.place, arrived = excluded.arrived, fault = excluded.fault,
        ended = excluded.ended, ending = excluded.ending`);
    this.disposed = db.prepare(
      'UPDATE containments SET disposition = ?, disposed = ?, who = ?, note = ? WHERE id = ? AND disposition IS NULL',
    );
    this.studied = db.prepare(`
      INSERT INTO studies (id, station, name, state, who, at, ended, why, shown, wanted, spec, gauge, config_hash, recorded)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (id) DO UPDATE SET state = excluded.state, ended = excluded.ended, why = excluded.why, shown = excluded.shown WHERE state = 'open'`);
    this.unshown = db.prepare('DELETE FROM study_showings WHERE study = ? AND showing = ?');
    this.alarmOff = db.prepare('UPDATE alarms SET cleared = ?, recorded = ? WHERE key = ? AND cleared IS NULL');
    this.labelUndone = db.prepare('UPDATE labels SET undone = ? WHERE id = ? AND who = ? AND undone IS NULL');
    this.textChanged = db.prepare("UPDATE texts SET severity = ?, acked = ?, state = ?, ended = ? WHERE id = ? AND state IS NOT 'ended'");
    this.textsLeft = db.prepare(
      "UPDATE texts SET state = 'unknown', ended = max(at, ?) WHERE state = 'active' AND origin NOT IN (SELECT value FROM json_each(?))",
    );
    this.watched = db.prepare(`
      INSERT INTO watched_slots (slot, station, watched, running, stopped) VALUES (?, ?, ?, ?, ?)
      ON CONFLICT (slot, station) DO UPDATE SET watched = watched + excluded.watched, running = running + excluded.running,
        stopped = stopped + excluded.stopped`);
    this.paid = db.prepare('DELETE FROM owed_images WHERE path = ?');
    this.stationState = db.prepare(`
      INSERT INTO station_state VALUES (?, ifnull(?, 0), ?, ?, ?)
      ON CONFLICT (station) DO UPDATE SET last_sequence = max(last_sequence, excluded.last_sequence),
        last_part = ifnull(excluded.last_part, last_part), last_counter = ifnull(excluded.last_counter, last_counter),
        memory = ifnull(excluded.memory, memory)`);
    this.forgetPart = db.prepare('UPDATE station_state SET last_part = NULL, last_counter = NULL WHERE station = ?');
    this.count = db.prepare('INSERT INTO counters VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = value + excluded.value');
    // octet_length() reads the row's header only: what is deleted is weighed without reading it.
    this.bytesSent = db
      .prepare<Cell[], number>(
        'SELECT ifnull(sum(octet_length(topic) + octet_length(payload)), 0) FROM outbox WHERE publisher = ? AND id BETWEEN ? AND ?',
      )
      .pluck();
    this.revive = db.prepare('DELETE FROM dead_letters WHERE id = ?');
    this.set = db.prepare('INSERT INTO counters VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value');
    this.span = db.prepare('INSERT INTO clock_spans VALUES (?, ?) ON CONFLICT DO NOTHING');
    this.deleteSent = db.prepare('DELETE FROM outbox WHERE publisher = ? AND id BETWEEN ? AND ?');
  }

  insert(entries: readonly (readonly AnyRow[])[]): void {
    for (const entry of entries) {
      for (const row of entry) {
        // The inspection is there already: this entry was stored, and its acknowledgement got lost. A shift ends once, with all that is told of it.
        if (this.insertRow(row) === 0 && (row[0] === 'inspections' || row[0] === 'shifts')) break;
      }
    }
  }

  forget(publisher: string, ranges: readonly number[]): void {
    for (let i = 0; i + 1 < ranges.length; i += 2) {
      const range = [publisher, ranges[i] ?? 0, ranges[i + 1] ?? 0] as const;
      this.add(OUTBOX_BYTES, -(this.bytesSent.get(...range) ?? 0));
      this.add(`unsent/${publisher}`, -this.deleteSent.run(...range).changes);
    }
  }

  saveAccepted(number: number): void {
    this.set.run(ACCEPTED, number);
  }

  /** With the entries that carry it: after a kill the agent's time goes on from its newest record, and no span gets lost beside it. */
  saveTime(mark: TimeMark): void {
    for (const [name, value] of timeCounters(mark)) this.set.run(name, value);
    for (const { from, to } of mark.spans) this.span.run(from, to);
  }

  /** Returns the newest sequence of each station in it. */
  saveProgress(): readonly (readonly [string, number])[] {
    const sequences = [...this.states.values()].flatMap(([station, sequence]) => (sequence === null ? [] : [[station, sequence] as const]));
    for (const cells of this.states.values()) this.stationState.run(...cells);
    for (const [name, n] of this.counts) if (n !== 0) this.count.run(name, n);
    this.dropProgress();
    return sequences;
  }

  dropProgress(): void {
    this.states.clear();
    this.counts.clear();
  }

  private insertRow(row: AnyRow): number {
    if (row[0] === 'station_state') return this.keepState(row[1], row);
    if (row[0] === 'went_back') return this.goBack(row[1]);
    if (row[0] === 'alarm_off') return this.alarmOff.run(row[2], row[3], row[1]).changes;
    if (row[0] === 'contained' || row[0] === 'disposed' || row[0] === 'routed' || row[0] === 'studied' || row[0] === 'unshown')
      return this[row[0]].run(...row.slice(1)).changes;
    if (row[0] === 'watched') return this.watched.run(...row.slice(1)).changes;
    if (row[0] === 'paid') return this.paid.run(row[1]).changes;
    if (row[0] === 'label_undone') return this.labelUndone.run(row[1], row[2], row[3]).changes;
    if (row[0] === 'text_changed') return this.textChanged.run(...row.slice(1)).changes;
    if (row[0] === 'texts_left') return this.textsLeft.run(row[1], row[2]).changes;
    if (row[0] === 'revived') return this.revive.run(row[1]).changes;
    if (row[0] === 'outbox') this.addOutbox(row);
    const [table, ...cells] = row[0] === 'windows' ? packed(row) : row;
    return this.inserts.get(table)?.run(...cells).changes ?? 0;
  }

  private keepState(
    station: string,
    [, , sequence, part, counter, memory]: Extract<Row, readonly ['station_state', ...StationCells]>,
  ): number {
    const before = this.states.get(station);
    // What a life before has left comes after the word that the journal was behind, and is no reason to go back again.
    const further = sequence === null ? (before?.[1] ?? null) : Math.max(sequence, before?.[1] ?? 0);
    this.states.set(station, [
      ...([station, further, part ?? before?.[2] ?? null, counter ?? before?.[3] ?? null] as const),
      memory ?? before?.[4] ?? null,
    ]);
    return 1;
  }

  /** Of what comes after it in the same transaction nothing is forgotten. */
  private goBack(station: string): number {
    const before = this.states.get(station);
    if (before) this.states.set(station, [station, before[1], null, null, before[4]]);
    return this.forgetPart.run(station).changes;
  }

  private addOutbox([, , publisher, , , topic, payload]: AnyRow): void {
    this.add(`unsent/${publisher}`, 1);
    this.add(OUTBOX_BYTES, Buffer.byteLength(String(topic)) + Buffer.byteLength(String(payload)));
  }

  private add(name: string, n: number): void {
    this.counts.set(name, (this.counts.get(name) ?? 0) + n);
  }
}

function packed([, id, endsAt, everyMs, steps, tags, values, quality]: Extract<Row, readonly ['windows', ...unknown[]]>) {
  return ['windows', id, endsAt, everyMs, steps, tags, packWindow(values, quality, steps)] as const;
}

/** Name of the counter that has the number of the newest entry. */
const ACCEPTED = 'accepted';
export const acceptedIn = (db: Database.Database): number =>
  Number(db.prepare<[string], number>('SELECT value FROM counters WHERE name = ?').pluck().get(ACCEPTED) ?? 0);

function newestOf(entries: readonly Entry[]): number {
  for (const entry of entries.toReversed()) {
    const newest = entry.findLast(([table]) => table === 'outbox');
    if (newest) return Number(newest[1]);
  }
  return 0;
}

const asText = (_: string, value: unknown): unknown => (value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value);
