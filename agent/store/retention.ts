/**
 * What is deleted when the disk's budget is used up, and in which order. Small steps, each a short transaction of its own, taken only
 * while nothing waits to be stored:
 *
 *  1. pictures over `keep.images`, oldest first;
 *  2. with less than `keep.free` on the disk: the oldest pictures, then the oldest records that are more than a day old;
 *  3. records older than `keep.records`, with everything that belongs to them.
 *
 * Verdicts outlive their pictures. What is still to be published is never deleted here. Ages are by the agent's own time alone.
 */
import { statfsSync } from 'node:fs';
import type Database from 'better-sqlite3';
import { SLOT } from '../contracts/index.ts';
import { Days, type Milliseconds } from '../time.ts';
import { momentBefore, NO_EARLIER } from './agent-time.ts';
import { deletePicture } from './picture-files.ts';
import type { Keep } from './protocol.ts';
import { beganAt, madeAt, spansIn } from './time-marks.ts';

/** A step takes this many: one or two milliseconds, what follows from each record in other tables included. */
const PICTURES = 16;
const RECORDS = 50;
/** Pages given back to the file system a step. */
const PAGES = 64;
/** However full others make the disk, what happened since then stays. */
const UNTOUCHED = Days(1);
/** Room made at once when a commit finds the disk full. */
const ROOM_BYTES = 32e6;

export interface Deleted {
  readonly images: number;
  readonly records: number;
}

export class Retention {
  private readonly folder: string;
  private keep: Keep;
  private logBytes = 0;

  constructor(folder: string, keep: Keep) {
    this.folder = folder;
    this.keep = keep;
  }

  configure(keep: Keep): void {
    this.keep = keep;
  }

  /** What the journal's log takes beyond its due: no picture and no record is deleted to make room for that. */
  leaveToLog(bytes: number): void {
    this.logBytes = bytes;
  }

  /** One step; null when there is nothing to do. `now`: the agent's own time, null before it is known. */
  step(db: Database.Database, now: number | null): Deleted | null {
    if (imageBytes(db) > this.keep.images) return this.dropPictures(db, PICTURES) ?? this.dropExpired(db, now);
    if (this.free() + this.logBytes < this.keep.free)
      return this.dropPictures(db, PICTURES) ?? this.giveBack(db, now) ?? this.dropExpired(db, now);
    return this.dropExpired(db, now);
  }

  /** For a commit that found the disk full: at once, files first, since no row can be written. */
  makeRoom(db: Database.Database, now: number | null): Deleted | null {
    const rows = oldestPictures(db, 1000);
    let bytes = 0;
    const enough = rows.findIndex((row) => {
      bytes += row.bytes;
      return bytes > ROOM_BYTES;
    });
    const chosen = enough < 0 ? rows : rows.slice(0, enough + 1);
    if (chosen.length === 0) return this.makeRoomInside(db, now);
    this.unlink(chosen);
    this.deleteRows(db, chosen);
    return { images: chosen.length, records: 0 };
  }

  /** Free bytes for an ordinary user, Infinity where the file system does not say. */
  free(): number {
    try {
      const { bavail, bsize } = statfsSync(this.folder);
      return bavail * bsize;
    } catch {
      return Number.POSITIVE_INFINITY;
    }
  }

  /** No picture left: the log is written back, so that its pages can be used again, and old records make room inside the file. */
  private makeRoomInside(db: Database.Database, now: number | null): Deleted | null {
    try {
      db.pragma('wal_checkpoint(TRUNCATE)');
      return this.dropRecords(db, now, UNTOUCHED);
    } catch {
      return null;
    }
  }

  private dropPictures(db: Database.Database, count: number): Deleted | null {
    const rows = oldestPictures(db, count);
    if (rows.length === 0) return null;
    // Row first, then file: a crash between the two leaves a file without a row, which the next start sweeps.
    deletePictureRows(db, rows);
    this.unlink(rows);
    return { images: rows.length, records: 0 };
  }

  private deleteRows(db: Database.Database, rows: readonly PictureRow[]): void {
    try {
      deletePictureRows(db, rows);
    } catch {
      // Rows of files that are gone are the oldest, and go with the next step.
    }
  }

  private unlink(rows: readonly PictureRow[]): void {
    for (const { path } of rows) deletePicture(this.folder, path);
  }

  private dropExpired(db: Database.Database, now: number | null): Deleted | null {
    return this.dropRecords(db, now, this.keep.records);
  }

  /** Pages that hold nothing go back to the file system first; only then are records deleted to empty some. */
  private giveBack(db: Database.Database, now: number | null): Deleted | null {
    const empty = Number(db.pragma('freelist_count', { simple: true }));
    if (empty > 0) {
      db.pragma(`incremental_vacuum(${PAGES})`);
      return { images: 0, records: 0 };
    }
    return this.dropRecords(db, now, UNTOUCHED);
  }

  /** Records that are older than this by the agent's own time; of an older version's journal, see recordedAt(). */
  private dropRecords(db: Database.Database, now: number | null, age: Milliseconds): Deleted | null {
    if (now === null) return null;
    const before = momentBefore(now, age, spansIn(db));
    const files: PictureRow[] = [];
    const records = db.transaction(() => deleteRecords(db, before, files)).immediate();
    this.unlink(files);
    return records + files.length === 0 ? null : { images: files.length, records };
  }
}

export const imageBytes = (db: Database.Database): number =>
  Number(db.prepare("SELECT value FROM counters WHERE name = 'image_bytes'").pluck().get() ?? 0);

interface PictureRow {
  readonly path: string;
  readonly bytes: number;
}

const oldestPictures = (db: Database.Database, count: number) =>
  db.prepare<[number], PictureRow>('SELECT path, bytes FROM images ORDER BY rowid LIMIT ?').all(count);

function deletePictureRows(db: Database.Database, rows: readonly PictureRow[]): void {
  const remove = db.prepare<[string]>('DELETE FROM images WHERE path = ?');
  db.transaction(() => {
    for (const { path } of rows) remove.run(path);
  }).immediate();
}

/** Findings, windows and writes go by their foreign keys; what has none goes by its own age. */
function deleteRecords(db: Database.Database, before: number, files: PictureRow[]): number {
  let deleted = 0;
  for (const { id } of expired(db, 'inspections', before)) {
    files.push(...db.prepare<[string], PictureRow>('DELETE FROM images WHERE inspection = ? RETURNING path, bytes').all(id));
    deleted += db.prepare<[string]>('DELETE FROM inspections WHERE id = ?').run(id).changes;
  }
  for (const table of ['decisions', 'late_findings', 'shadows', 'loads', 'audit', 'notes', 'routed_parts', 'texts']) {
    for (const { rowid } of expired(db, table, before)) deleted += db.prepare(`DELETE FROM ${table} WHERE rowid = ?`).run(rowid).changes;
  }
  return deleted + deleteAlarms(db, before) + deleteSlots(db, before);
}

/** By their own numbers: they are of this box's time alone. */
function deleteSlots(db: Database.Database, before: number): number {
  const old = `SELECT slot, station FROM watched_slots WHERE slot < ? ORDER BY slot LIMIT ${RECORDS}`;
  const shifts = `SELECT shift, station FROM shifts WHERE ended < ? ORDER BY ended LIMIT ${RECORDS}`;
  return (
    db.prepare(`DELETE FROM watched_slots WHERE (slot, station) IN (${old})`).run(Math.floor(before / SLOT)).changes +
    db.prepare(`DELETE FROM shifts WHERE (shift, station) IN (${shifts})`).run(before).changes
  );
}

/** One that lasts has no `cleared` and stays, wherever it stands. */
function deleteAlarms(db: Database.Database, before: number): number {
  const over = `SELECT rowid FROM alarms WHERE cleared IS NOT NULL AND ifnull(recorded, ?) < ? LIMIT ${RECORDS}`;
  return db.prepare(`DELETE FROM alarms WHERE rowid IN (${over})`).run(beganAt(db), before).changes;
}

interface AgedRow {
  readonly rowid: number;
  readonly id: string;
  readonly at: number;
  readonly recorded: number | null;
}

/**
 * The oldest rows stand first, since the agent's own time never goes back; the first one that is young enough ends the search, so that it
 * never walks through a table.
 */
function expired(db: Database.Database, table: string, before: number): AgedRow[] {
  const id = table === 'inspections' || table === 'decisions' || table === 'shadows' ? 'id' : "''";
  const rows = db
    .prepare<[number], AgedRow>(
      `SELECT rowid AS rowid, ${id} AS id, ${table === 'routed_parts' ? 'sent' : 'at'} AS at, recorded FROM ${table} ORDER BY rowid LIMIT ?`,
    )
    .all(RECORDS);
  const young = rows.findIndex((row) => recordedAt(db, row) >= before);
  return young < 0 ? rows : rows.slice(0, young);
}

/**
 * When the row was made, by the agent's own time. A row of an older version has none: there the newest of what the PLC's clock (`at`) and
 * the box's (in the id) say counts, where it can be: not before anything can have been, and not after that version's end, which is where
 * the agent's own time began.
 */
function recordedAt(db: Database.Database, { id, at, recorded }: AgedRow): number {
  if (recorded !== null) return recorded;
  const began = beganAt(db);
  const said = [at, madeAt(id)].filter((time) => time >= NO_EARLIER && time <= began);
  return said.length > 0 ? Math.max(...said) : began;
}
