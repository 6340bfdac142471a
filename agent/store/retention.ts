/**
 * What is deleted when the disk's budget is used up, and in which order. Small steps, each a short transaction of its own, taken only
 * while nothing waits to be stored:
 *
 *  1. pictures over `keep.images`, oldest first;
 *  2. with less than `keep.free` on the disk: the oldest pictures, then the oldest records that are more than a day old;
 *  3. records older than `keep.records`, with everything that belongs to them.
 *
 * Verdicts outlive their pictures. What is still to be published is never deleted here.
 */
import { rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import type Database from 'better-sqlite3';
import { Days } from '../time.ts';
import type { Keep } from './protocol.ts';

/** A step takes this many, about a millisecond on the slowest box. */
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
  private readonly keep: Keep;

  constructor(folder: string, keep: Keep) {
    this.folder = folder;
    this.keep = keep;
  }

  /** One step; null when there is nothing to do. `now` in ms since the epoch. */
  step(db: Database.Database, now: number): Deleted | null {
    if (imageBytes(db) > this.keep.images) return this.dropPictures(db, PICTURES) ?? this.dropExpired(db, now);
    if (this.free() < this.keep.free) return this.dropPictures(db, PICTURES) ?? this.giveBack(db, now) ?? this.dropExpired(db, now);
    return this.dropExpired(db, now);
  }

  /** For a commit that found the disk full: at once, files first, since no row can be written. */
  makeRoom(db: Database.Database, now: number): Deleted | null {
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
  private makeRoomInside(db: Database.Database, now: number): Deleted | null {
    try {
      db.pragma('wal_checkpoint(TRUNCATE)');
      return this.dropRecords(db, now - UNTOUCHED);
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
    for (const { path } of rows) rmSync(join(this.folder, path), { force: true });
  }

  private dropExpired(db: Database.Database, now: number): Deleted | null {
    return this.dropRecords(db, now - this.keep.records);
  }

  /** Pages that hold nothing go back to the file system first; only then are records deleted to empty some. */
  private giveBack(db: Database.Database, now: number): Deleted | null {
    const empty = Number(db.pragma('freelist_count', { simple: true }));
    if (empty > 0) {
      db.pragma(`incremental_vacuum(${PAGES})`);
      return { images: 0, records: 0 };
    }
    return this.dropRecords(db, now - UNTOUCHED);
  }

  private dropRecords(db: Database.Database, before: number): Deleted | null {
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
  for (const id of expired(db, 'inspections', 'id', before)) {
    files.push(...db.prepare<[string], PictureRow>('DELETE FROM images WHERE inspection = ? RETURNING path, bytes').all(String(id)));
    deleted += db.prepare<[string]>('DELETE FROM inspections WHERE id = ?').run(String(id)).changes;
  }
  for (const [table, at] of AGED) {
    for (const rowid of expired(db, table, 'rowid', before, at))
      deleted += db.prepare(`DELETE FROM ${table} WHERE rowid = ?`).run(rowid).changes;
  }
  return deleted;
}

/** An alarm that lasts has no `cleared` and stays. */
const AGED = [
  ['decisions', 'at'],
  ['late_findings', 'at'],
  ['shadows', 'at'],
  ['loads', 'at'],
  ['alarms', 'cleared'],
] as const;

/** The oldest rows stand first; the first one that is young enough ends the search, so that it never walks through a table. */
function expired(db: Database.Database, table: string, key: string, before: number, at = 'at'): (string | number)[] {
  const oldest = db.prepare<[number], { key: string | number; at: number | null }>(
    `SELECT ${key} AS key, ${at} AS at FROM ${table} ORDER BY rowid LIMIT ?`,
  );
  return oldest.all(RECORDS).flatMap((row) => (row.at !== null && row.at < before ? [row.key] : []));
}
