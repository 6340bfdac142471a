/** Picture files under the store's folder: what a row says of a path is checked before anything is read or deleted by it. */
import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import type Database from 'better-sqlite3';
import { flushFolder } from './ownership.ts';

/** images/<station>/<day>/<name>: what picturePath() makes; no name begins with a dot. */
const PATH = /^images\/[\w@-][\w.@-]*\/[\w@-][\w.@-]*\/[\w@-][\w.@-]*$/;

/** The file of a row; null where it would lie outside, by its name or through a link: such a row was not written by the agent. */
export function pictureFile(folder: string, path: string): string | null {
  if (!PATH.test(path)) return null;
  const file = join(folder, path);
  try {
    const home = realpathSync(join(folder, 'images'));
    return `${realpathSync(dirname(file))}${sep}`.startsWith(`${home}${sep}`) ? file : null;
  } catch {
    // No such folder: nothing to read or delete.
    return null;
  }
}

export function deletePicture(folder: string, path: string): void {
  const file = pictureFile(folder, path);
  if (file !== null) rmSync(file, { force: true });
}

export interface OwedRow {
  readonly path: string;
  readonly inspection: string;
  readonly sha256: string;
}

/** Pictures whose records are stored and that were not known to be safe when the last life ended. */
export const owedIn = (db: Database.Database): readonly OwedRow[] =>
  db.prepare<[], OwedRow>('SELECT path, inspection, sha256 FROM owed_images').all();

/** Gives the picture its row where its file is whole; false where it is not: then it is lost. `flushed`: folders that were, since the start. */
export function payOwed(db: Database.Database, folder: string, { path, sha256 }: OwedRow, flushed: Set<string>): boolean {
  const whole = isWhole(folder, path, sha256, flushed);
  db.transaction(() => {
    if (whole) db.prepare('INSERT INTO images SELECT * FROM owed_images WHERE path = ? ON CONFLICT DO NOTHING').run(path);
    db.prepare('DELETE FROM owed_images WHERE path = ?').run(path);
  }).immediate();
  if (!whole) deletePicture(folder, path);
  return whole;
}

/** And safe from a power cut from here on. */
function isWhole(folder: string, path: string, sha256: string, flushed: Set<string>): boolean {
  const file = pictureFile(folder, path);
  if (file === null) return false;
  try {
    const handle = openSync(file, 'r');
    try {
      if (createHash('sha256').update(readFileSync(handle)).digest('hex') !== sha256) return false;
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    // The names in it are older than this life: once is enough for all of them.
    if (!flushed.has(dirname(file))) flushFolder(dirname(file));
    flushed.add(dirname(file));
    return true;
  } catch {
    return false;
  }
}
