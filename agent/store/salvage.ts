/**
 * Takes over what a damaged journal can still be read for: events that nobody has received yet, where each station goes on, alarms that
 * last. Row by row, since damage in one page leaves the others whole. Records stay in the damaged file, for `sqlite3 .recover`.
 */
import type Database from 'better-sqlite3';
import { openDatabase } from './sqlite.ts';

const KEPT: readonly string[] = ['outbox', 'station_state', 'alarms', 'images'];

export function salvage(db: Database.Database, damagedFile: string): void {
  let old: Database.Database;
  try {
    old = openDatabase(damagedFile, { readonly: true });
  } catch {
    return;
  }
  for (const table of KEPT) attempt(() => copy(old, db, table));
  attempt(() => countUnsent(db));
  old.close();
}

function copy(old: Database.Database, db: Database.Database, table: string): void {
  const columns = db.pragma(`table_info(${table})`) as { name: string }[];
  const insert = db.prepare(`INSERT INTO ${table} VALUES (${columns.map(({ name }) => `@${name}`).join(', ')}) ON CONFLICT DO NOTHING`);
  const rows = old.prepare(`SELECT * FROM ${table}${table === 'alarms' ? ' WHERE cleared IS NULL' : ''}`).iterate();
  // One transaction: what came before the damaged page is kept when the next row cannot be read.
  db.transaction(() =>
    attempt(() => {
      for (const row of rows) insert.run(row);
    }),
  ).immediate();
}

const countUnsent = (db: Database.Database): unknown =>
  db.exec("INSERT INTO counters SELECT 'unsent/' || publisher, count(*) FROM outbox GROUP BY publisher");

/** What cannot be read is what the damage took. */
function attempt(step: () => void): void {
  try {
    step();
  } catch {}
}
