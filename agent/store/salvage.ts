/**
 * Takes over what a damaged journal can still be read for: events that nobody has received yet, where each station goes on, alarms that
 * last, which pictures there are, the agent's own time. Row by row from both ends and across what cannot be read, since damage in one
 * page leaves the others whole. Records stay in the damaged file, for `sqlite3 .recover`.
 */
import type Database from 'better-sqlite3';
import { faultCode, isDamage } from './faults.ts';

/** Records, which are many and have their place in the damaged file, and what follows from what is copied. */
const LEFT: ReadonlySet<string> = new Set([
  'inspections',
  'findings',
  'windows',
  'decisions',
  'decision_writes',
  'late_findings',
  'shadows',
  'quarantine',
  'counters',
  'refusals',
  'station_state',
  'facets',
  'facet_rows',
  'tallies',
  'review_rows',
  'part_tallies',
  'challenge_rows',
  'notes_words',
  'notes_words_data',
  'notes_words_idx',
  'notes_words_docsize',
  'notes_words_config',
]);
/** Newest records that are looked at for a station's sequence where its own row cannot be read. */
const LOOKED_AT = 5000;
/** Times that a walk steps over what it cannot read; each step is twice as wide as the one before. */
const STEPS = 40;

type Cells = Readonly<Record<string, unknown>>;

export function salvage(db: Database.Database, old: Database.Database): void {
  for (const { name } of tablesOf(db)) if (!LEFT.has(name)) copyTable(old, db, name);
  const states = new Map<string, Cells>();
  for (const row of readable(old, 'station_state')) states.set(String(row['station']), row);
  keepStations(db, states, sequencesIn(old));
  db.exec("INSERT INTO counters SELECT 'unsent/' || publisher, count(*) FROM outbox GROUP BY publisher ON CONFLICT DO NOTHING");
  weighOutbox(db);
  const keep = db.prepare('INSERT INTO counters VALUES (?, ?) ON CONFLICT DO NOTHING');
  for (const { name, value } of counters(old))
    if (!/^(unsent\/|image_bytes$|outbox_bytes$|facets_|(part_)?tallies_)/.test(String(name))) keep.run(name, value);
}

function copyTable(old: Database.Database, db: Database.Database, table: string): void {
  const there = new Set(columnsOf(old, table));
  const columns = columnsOf(db, table).filter((column) => there.has(column));
  if (columns.length === 0) return;
  const places = columns.map((column) => `@${column}`).join(', ');
  const insert = db.prepare(`INSERT INTO ${table} (${columns.join(', ')}) VALUES (${places}) ON CONFLICT DO NOTHING`);
  for (const row of readable(old, table, table === 'alarms' ? 'cleared IS NULL' : 'true')) {
    const cells = Object.fromEntries(columns.map((column) => [column, row[column] ?? null]));
    taken(() => insert.run(cells));
  }
}

/** Where each station goes on: what its own row says, or what its records and events say where they are further. */
function keepStations(db: Database.Database, states: ReadonlyMap<string, Cells>, sequences: ReadonlyMap<string, number>): void {
  const insert = db.prepare('INSERT INTO station_state VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING');
  for (const station of new Set([...states.keys(), ...sequences.keys()])) {
    const state = states.get(station);
    const last = Math.max(Number(state?.['last_sequence'] ?? 0), sequences.get(station) ?? 0);
    insert.run(station, last, state?.['last_part'] ?? null, state?.['last_counter'] ?? null, state?.['memory'] ?? null);
  }
}

function sequencesIn(old: Database.Database): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  const note = (station: unknown, sequence: unknown) => {
    if (typeof station === 'string' && Number.isSafeInteger(sequence))
      found.set(station, Math.max(found.get(station) ?? 0, Number(sequence)));
  };
  let looked = 0;
  for (const row of walk(old, 'SELECT rowid AS "walk.rowid", station, sequence FROM inspections', 'DESC')) {
    note(row['station'], row['sequence']);
    if (++looked >= LOOKED_AT) break;
  }
  for (const row of readable(old, 'outbox')) note(row['station'], sequenceOf(row['payload']));
  return found;
}

/** Dead letters were weighed by their trigger as they were copied. */
const weighOutbox = (db: Database.Database): unknown =>
  db.exec(
    `UPDATE counters SET value = value + (SELECT ifnull(sum(octet_length(topic) + octet_length(payload)), 0) FROM outbox)
     WHERE name = 'outbox_bytes'`,
  );

function sequenceOf(payload: unknown): unknown {
  try {
    return (JSON.parse(String(payload)) as { readonly sequence?: unknown }).sequence;
  } catch {
    return undefined;
  }
}

/** WITHOUT ROWID: read as one, or as far as it can be. */
function* counters(old: Database.Database): Generator<Cells> {
  try {
    yield* old.prepare<[], Cells>('SELECT name, value FROM counters').iterate();
  } catch {
    // What cannot be read is what the damage took.
  }
}

/** Every row that can be read, some of them twice. */
function* readable(old: Database.Database, table: string, where = 'true'): Generator<Cells> {
  const select = `SELECT rowid AS "walk.rowid", * FROM ${table} WHERE ${where}`;
  let last = Number.NEGATIVE_INFINITY;
  for (const row of walk(old, select, 'ASC')) {
    last = Number(row['walk.rowid']);
    yield row;
  }
  // From the other end, to where the first walk came.
  for (const row of walk(old, select, 'DESC')) {
    if (Number(row['walk.rowid']) <= last) return;
    yield row;
  }
}

type Direction = 'ASC' | 'DESC';

/** Along the row ids in one direction. Where a page cannot be read it goes on behind it, in steps that grow, and then back to the page. */
function* walk(old: Database.Database, select: string, direction: Direction): Generator<Cells> {
  const sign = direction === 'ASC' ? 1 : -1;
  let last = sign * Number.MIN_SAFE_INTEGER;
  let at = last;
  let known = false;
  for (let step = 0; step < STEPS; ) {
    try {
      for (const row of beyond(old, select, direction, at)) {
        at = Number(row['walk.rowid']);
        if (step > 0) yield* backTo(last, old, select, direction, at);
        last = at;
        known = true;
        step = 0;
        yield row;
      }
      return;
    } catch (thrown) {
      if (!isDamage(thrown) || !known) return;
      at += sign * 2 ** step++;
    }
  }
}

/** The last step over damage may have been wider than the damage: what it went over, from `at` backwards as far as it can be read. */
function* backTo(last: number, old: Database.Database, select: string, direction: Direction, at: number): Generator<Cells> {
  try {
    for (const row of beyond(old, select, direction === 'ASC' ? 'DESC' : 'ASC', at)) {
      if (row['walk.rowid'] === last) return;
      yield row;
    }
  } catch {
    // Here is the damage.
  }
}

const beyond = (old: Database.Database, select: string, direction: Direction, at: number): Iterable<Cells> =>
  old
    .prepare<[number], Cells>(`SELECT * FROM (${select}) WHERE "walk.rowid" ${direction === 'ASC' ? '>' : '<'} ? ORDER BY 1 ${direction}`)
    .iterate(at);

const tablesOf = (db: Database.Database) =>
  db.prepare<[], { name: string }>("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'").all();

function columnsOf(db: Database.Database, table: string): readonly string[] {
  try {
    return (db.pragma(`table_info(${table})`) as { name: string }[]).map(({ name }) => name);
  } catch {
    return [];
  }
}

/** A row that does not fit the new table is left out; a disk that is full is not: the whole is begun again when there is room. */
function taken(step: () => unknown): void {
  try {
    step();
  } catch (thrown) {
    if (!(thrown instanceof TypeError) && !/^SQLITE_(CONSTRAINT|MISMATCH)/.test(faultCode(thrown))) throw thrown;
  }
}
