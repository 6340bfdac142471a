/** What people write, in the journal: read by the page and by commands, and written by a command while the agent runs. */
import type Database from 'better-sqlite3';
import type { NotesWish, WrittenNote } from '../contracts/index.ts';
import { matchOf } from '../contracts/similar.ts';
import { ownTime } from './audit-desk.ts';
import { usingJournal } from './letters-desk.ts';
import { COLUMNS, insertInto } from './tables.ts';

const CELLS = 'n.id, n.at, n.who, n.source, n.station, n.part, n.alarm, n.text';
const MOST = 200;

/** Newest first. */
export const notesIn = (db: Database.Database, { limit, station, part, alarm, from, to }: NotesWish): readonly WrittenNote[] =>
  db
    .prepare<[object], WrittenNote>(
      `SELECT ${CELLS} FROM notes n WHERE (@station IS NULL OR n.station = @station) AND (@part IS NULL OR n.part = @part)
         AND (@alarm IS NULL OR n.alarm = @alarm) AND n.at >= @from AND n.at < @to ORDER BY n.number DESC LIMIT @limit`,
    )
    .all({
      station: station ?? null,
      part: part ?? null,
      alarm: alarm ?? null,
      from: from ?? Number.MIN_SAFE_INTEGER,
      to: to ?? Number.MAX_SAFE_INTEGER,
      limit: Math.min(MOST, limit),
    });

/** By BM25, the most alike first, of equals the newer; none of `part` itself. */
export function similarIn(db: Database.Database, text: string, limit: number, part?: string): readonly WrittenNote[] {
  const match = matchOf(text);
  if (match === null) return [];
  return db
    .prepare<[object], WrittenNote>(
      `SELECT ${CELLS} FROM notes_words w JOIN notes n ON n.number = w.rowid
       WHERE notes_words MATCH @match AND (@part IS NULL OR n.part IS NOT @part) ORDER BY bm25(notes_words), n.number DESC LIMIT @limit`,
    )
    .all({ match, part: part ?? null, limit: Math.min(MOST, limit) });
}

/** From a process beside the agent's. Throws as usingJournal() does. */
export const writeNote = (folder: string, { id, at, who, source, station, part, alarm, text }: WrittenNote): void =>
  usingJournal(folder, (db) => {
    const cells = [id, at, who, source, station, part, alarm, text, ownTime(db) ?? at];
    db.prepare<unknown[]>(insertInto('notes')).run(...cells.slice(0, COLUMNS.notes.length));
  });

export const notesOf = (folder: string, wish: NotesWish): readonly WrittenNote[] => usingJournal(folder, (db) => notesIn(db, wish));
export const similarNotesOf = (folder: string, text: string, limit: number): readonly WrittenNote[] =>
  usingJournal(folder, (db) => similarIn(db, text, limit));
