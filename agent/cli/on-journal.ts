/** A question of a command to a journal that may be in use: read only, and closed whatever happens. */
import type Database from 'better-sqlite3';
import { LinesideError, messageOf } from '../errors.ts';
import { openJournal } from '../store/read.ts';

/** Rows that are not counted yet and are walked through for one answer: beyond them it says that they are missing, and holds up no writer. */
export const MOST_UNCOUNTED = 200_000;

/** Rejects with STORE_FAILED where the journal cannot be read, or was written by an older version that has no such tables yet. */
export async function onJournal<T>(folder: string, ask: (db: Database.Database) => T | Promise<T>): Promise<T> {
  const db = openJournal(folder);
  try {
    return await ask(db);
  } catch (thrown) {
    if (thrown instanceof LinesideError) throw thrown;
    throw new LinesideError('STORE_FAILED', { why: `${folder}: ${messageOf(thrown)}` }, { cause: thrown });
  } finally {
    db.close();
  }
}
