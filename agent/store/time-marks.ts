/** Where the agent's own time stands, as the journal keeps it: among the counters, which change with every commit anyway. */
import type Database from 'better-sqlite3';
import { Hours, type Milliseconds } from '../time.ts';
import type { TimeMark, TimeSpan } from './protocol.ts';

const DOUBTS = ['none', 'stepped', 'away'] as const;
/** A line that records nothing has its time written down this often. */
const IDLE: Milliseconds = Hours(1);

export function timeCounters({ own, wall, doubt, lived }: TimeMark): readonly (readonly [name: string, value: number])[] {
  return [
    ['time/own', Math.ceil(own)],
    ['time/wall', Math.floor(wall)],
    ['time/doubt', DOUBTS.indexOf(doubt)],
    ['time/lived', Math.floor(lived)],
  ];
}

/**
 * Null for a journal without a record. One of an older version has no time of its own: there the newest record's id, which has the box's
 * clock in it, says when the agent was last alive.
 */
export function timeMarkIn(db: Database.Database, counters: ReadonlyMap<string, number>): TimeMark | null {
  const own = counters.get('time/own');
  const wall = counters.get('time/wall');
  if (own === undefined || wall === undefined) return newestRecord(db);
  return { own, wall, doubt: DOUBTS[counters.get('time/doubt') ?? 0] ?? 'none', lived: counters.get('time/lived') ?? 0, spans: [] };
}

export function needsSaving(saved: TimeMark | null, time: TimeMark): boolean {
  return saved === null || saved.doubt !== time.doubt || saved.spans.length !== time.spans.length || time.own - saved.own > IDLE;
}

/** Oldest first. */
export const spansIn = (db: Database.Database): readonly TimeSpan[] =>
  db.prepare<[], TimeSpan>('SELECT since AS "from", until AS "to" FROM clock_spans ORDER BY since').all();

/** When a UUIDv7 was made by the clock of its box, ms since 1970; NaN for any other text. */
export const madeAt = (id: string): number =>
  /^[\da-f]{8}-[\da-f]{4}-7/i.test(id) ? Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16) : Number.NaN;

/** Where the agent's own time began: rows without it are older than that. */
export const beginTime = (db: Database.Database, own: number): unknown =>
  db.prepare("INSERT INTO counters VALUES ('time/began', ?) ON CONFLICT DO NOTHING").run(Math.ceil(own));

/** Infinity where it is not written down yet. */
export const beganAt = (db: Database.Database): number =>
  Number(db.prepare("SELECT value FROM counters WHERE name = 'time/began'").pluck().get() ?? Number.POSITIVE_INFINITY);

function newestRecord(db: Database.Database): TimeMark | null {
  const id = db.prepare<[], string>('SELECT id FROM inspections ORDER BY rowid DESC LIMIT 1').pluck().get();
  const at = id === undefined ? Number.NaN : madeAt(id);
  return Number.isNaN(at) ? null : { own: at, wall: at, doubt: 'none', lived: 0, spans: [] };
}
