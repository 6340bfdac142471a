/**
 * Dead letters from another process, for `lineside outbox`, whether an agent runs or not. It only marks letters and deletes them: ids of
 * the outbox are given out by the agent alone, which puts what is marked back to its end.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type Database from 'better-sqlite3';
import type { Letter, LettersSummary, LettersWish } from '../contracts/index.ts';
import { LinesideError, messageOf } from '../errors.ts';
import { JOURNAL_FILE } from './database.ts';
import { MIGRATIONS } from './migrations.ts';
import { openDatabase } from './sqlite.ts';

/** A commit of the agent takes milliseconds, on a slow disk some hundred. */
const BUSY_MS = 5000;

const WHERE = '(@ids IS NULL OR id IN (SELECT value FROM json_each(@ids))) AND (@topic IS NULL OR topic = @topic)';
const cellsOf = ({ ids, topic }: LettersWish) => ({ ids: ids ? JSON.stringify(ids) : null, topic: topic ?? null });
type Cells = ReturnType<typeof cellsOf>;

/** Throws STORE_MISSING, STORE_SCHEMA or STORE_FAILED, as all of these do. */
export function lettersOf(folder: string, wish: LettersWish, limit: number): LettersSummary {
  return usingJournal(folder, (db) => {
    const rows = db
      .prepare<[Cells & { limit: number }], Omit<Letter, 'retry'> & { retry: number }>(
        `SELECT id, publisher, strftime('%Y-%m-%dT%H:%M:%fZ', refused_at / 1000, 'unixepoch') AS refused, topic, event_id AS event,
           octet_length(payload) AS bytes, why, retry FROM dead_letters WHERE ${WHERE} ORDER BY id LIMIT @limit`,
      )
      .all({ ...cellsOf(wish), limit });
    const counters = db.prepare<[], { name: string; value: number }>('SELECT name, value FROM counters').all();
    const named = (start: string) => counters.filter(({ name }) => name.startsWith(start));
    return {
      letters: rows.map((row) => ({ ...row, retry: row.retry === 1 })),
      total: db.prepare<[Cells], number>(`SELECT count(*) FROM dead_letters WHERE ${WHERE}`).pluck().get(cellsOf(wish)) ?? 0,
      waiting: Object.fromEntries(named('unsent/').map(({ name, value }) => [name.slice('unsent/'.length), value])),
      dropped: named('dropped/').reduce((sum, { value }) => sum + value, 0),
      bytes: counters.find(({ name }) => name === 'outbox_bytes')?.value ?? 0,
    };
  });
}

/** Returns how many. */
export const retryLetters = (folder: string, wish: LettersWish): number =>
  usingJournal(folder, (db) => db.prepare<[Cells]>(`UPDATE dead_letters SET retry = 1 WHERE ${WHERE}`).run(cellsOf(wish)).changes);

export const dropLetters = (folder: string, wish: LettersWish): number =>
  usingJournal(folder, (db) => db.prepare<[Cells]>(`DELETE FROM dead_letters WHERE ${WHERE}`).run(cellsOf(wish)).changes);

/** Throws STORE_MISSING, STORE_SCHEMA or STORE_FAILED. An agent may be at work in the same journal. */
export function usingJournal<T>(folder: string, work: (db: Database.Database) => T): T {
  const file = join(folder, JOURNAL_FILE);
  if (!existsSync(file)) throw new LinesideError('STORE_MISSING', { folder });
  let db: Database.Database | null = null;
  try {
    db = openDatabase(file, { timeout: BUSY_MS });
    // An agent that is at work writes its log back itself: what is known beside the journal goes by that.
    db.pragma('wal_autocheckpoint = 0');
    const found = Number(db.pragma('user_version', { simple: true }));
    if (found > MIGRATIONS.length) throw new LinesideError('STORE_SCHEMA', { file, found, known: MIGRATIONS.length });
    // What an older version wrote has no dead letters before an agent of this version was started on it.
    if (db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'dead_letters'").get() === undefined)
      throw new LinesideError('STORE_FAILED', { why: `${file} is of an older version: start the agent once` });
    return work(db);
  } catch (thrown) {
    throw thrown instanceof LinesideError ? thrown : new LinesideError('STORE_FAILED', { why: `${folder}: ${messageOf(thrown)}` });
  } finally {
    db?.close();
  }
}
