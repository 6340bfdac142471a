/** Opens the journal: alone on its folder, its schema up to date, a damaged file put aside and never deleted. */
import { existsSync, readdirSync, realpathSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type Database from 'better-sqlite3';
import { LinesideError, messageOf } from '../errors.ts';
import { faultCode, isDamage, isFull } from './faults.ts';
import { MIGRATIONS } from './migrations.ts';
import { flushFolder, heldByOthers, ownFile, ownFolder, requireFile } from './ownership.ts';
import { salvage } from './salvage.ts';
import { openDatabase } from './sqlite.ts';

export const JOURNAL_FILE = 'journal.db';
const LOCK_FILE = 'agent.lock';
/** A replacement that is not whole yet, and one that is. */
const BUILDING = 'journal.building.db';
const WHOLE = /^journal\.whole-.*\.db$/;
/** Somebody with a sqlite3 shell may hold the file for a moment. */
const BUSY_MS = 2000;

export interface Damage {
  readonly file: string;
  readonly why: string;
}
export interface OpenedJournal {
  readonly db: Database.Database;
  readonly damaged: Damage | null;
}

/**
 * One agent a folder. The lock is SQLite's own exclusive lock on an empty file beside the journal: the kernel lets go of it however the
 * process ends, and readers of the journal are not shut out. The folder is its owner's alone, and so is a lock: one that another user
 * holds, from a time when the file could be opened by everybody, is left to him and a new file is locked.
 */
export function lockFolder(folder: string): Database.Database {
  try {
    ownFolder(folder);
    const file = join(folder, LOCK_FILE);
    requireFile(file);
    ownFile(file);
    return lockFile(file) ?? (heldByOthers(file, folder) ? lockAnew(file) : null) ?? refuse(folder);
  } catch (thrown) {
    if (thrown instanceof LinesideError) throw thrown;
    throw new LinesideError(isFull(thrown) ? 'STORE_FULL' : 'STORE_FAILED', { why: `${folder}: ${messageOf(thrown)}` }, { cause: thrown });
  }
}

/** Null where somebody else has it. */
function lockFile(file: string): Database.Database | null {
  const lock = openDatabase(file, { timeout: 0 });
  try {
    lock.exec('BEGIN EXCLUSIVE');
    return lock;
  } catch (thrown) {
    lock.close();
    if (faultCode(thrown) === 'SQLITE_BUSY') return null;
    throw thrown;
  }
}

function lockAnew(file: string): Database.Database | null {
  rmSync(file, { force: true });
  ownFile(file);
  return lockFile(file);
}

function refuse(folder: string): never {
  throw new LinesideError('STORE_LOCKED', { folder });
}

/** `stamp` names a damaged file that has to go aside, e.g. 2026-11-23T20-11-03Z. */
export function openJournal(folder: string, stamp: string): OpenedJournal {
  const file = join(folder, JOURNAL_FILE);
  // Where the journal is a link, its log is beside what it leads to.
  const real = existsSync(file) ? realpathSync(file) : file;
  for (const suffix of ['', '-wal', '-shm']) requireFile(real + suffix);
  const finished = finishReplacement(folder);
  removeFile(join(folder, BUILDING));
  try {
    return { db: openFile(file), damaged: finished };
  } catch (thrown) {
    if (!isDamage(thrown)) throw thrown;
    return replaceDamaged(folder, stamp, messageOf(thrown), null);
  }
}

/**
 * Puts the damaged file aside and begins a new one with what could be read of the old one; see salvage.ts. Every step leaves the folder
 * so that the next start goes on from there, whenever the power goes or the disk is full:
 *
 *  1. the new journal is made under another name, whole, while the damaged one stays where it is. A cut, or a full disk: begun again;
 *  2. it gets the name that says that it is whole. From here on the damaged file is no longer read;
 *  3. the damaged file and its log are put aside, the new one takes the place; see finishReplacement().
 *
 * `open`: the connection to the damaged file, which goes on until step 3.
 */
export function replaceDamaged(folder: string, stamp: string, why: string, open: Database.Database | null): OpenedJournal {
  const aside = unused(folder, stamp);
  const building = join(folder, BUILDING);
  removeFile(building);
  const old = openOld(join(folder, JOURNAL_FILE));
  try {
    build(building, old);
    renameSync(building, join(folder, aside.replace('damaged', 'whole')));
    flushFolder(folder);
    // Not the last connection while `old` is open: closing it does not write the log into the damaged file.
    open?.close();
  } finally {
    old?.close();
  }
  const damaged = finishReplacement(folder);
  return { db: openFile(join(folder, JOURNAL_FILE)), damaged: damaged && { ...damaged, why } };
}

/** Goes on with a replacement from wherever it was cut off; null when there is none. The damaged files are moved, never deleted. */
function finishReplacement(folder: string): Damage | null {
  const whole = readdirSync(folder).find((name) => WHOLE.test(name));
  if (whole === undefined) return null;
  const file = join(folder, JOURNAL_FILE);
  const aside = join(folder, whole.replace('whole', 'damaged'));
  // What has been moved already is not there any more: the new journal has neither of these names yet.
  for (const suffix of ['', '-wal']) if (existsSync(file + suffix)) renameSync(file + suffix, free(aside + suffix));
  rmSync(`${file}-shm`, { force: true });
  flushFolder(folder);
  renameSync(join(folder, whole), file);
  flushFolder(folder);
  return { file: aside, why: 'it was being replaced when the agent ended' };
}

/** Somebody who looked in between may have made a file of the old name: what was put aside is not written over by it. */
function free(name: string, n = 1): string {
  const numbered = n === 1 ? name : `${name}.${n}`;
  return existsSync(numbered) ? free(name, n + 1) : numbered;
}

/** Rollback journal, so that the file is all there is when it is closed. */
function build(file: string, old: Database.Database | null): void {
  ownFile(file);
  const db = openDatabase(file, { timeout: BUSY_MS });
  try {
    db.pragma('auto_vacuum = INCREMENTAL');
    db.pragma('synchronous = FULL');
    migrate(db, file);
    if (old) db.transaction(() => salvage(db, old)).immediate();
  } finally {
    db.close();
  }
}

/** Null for a file that cannot even be opened. */
function openOld(file: string): Database.Database | null {
  let old: Database.Database | null = null;
  try {
    old = openDatabase(file, { readonly: true, timeout: BUSY_MS });
    // Reads the header and the log: from here on it is a connection that counts.
    old.pragma('schema_version');
    return old;
  } catch {
    old?.close();
    return null;
  }
}

function removeFile(file: string): void {
  for (const suffix of ['', '-journal', '-wal', '-shm']) rmSync(file + suffix, { force: true });
}

/** Twice in a second is no reason to lose the first. */
function unused(folder: string, stamp: string, n = 1): string {
  const name = n === 1 ? `journal.damaged-${stamp}.db` : `journal.damaged-${stamp}-${n}.db`;
  return existsSync(join(folder, name)) ? unused(folder, stamp, n + 1) : name;
}

function openFile(file: string): Database.Database {
  const known = existsSync(file);
  ownFile(file);
  const db = openDatabase(file, { timeout: BUSY_MS });
  try {
    prepareFile(db, file);
    if (!known) flushFolder(dirname(file));
    return db;
  } catch (thrown) {
    // The last connection that closes writes the log into the file and deletes it: not into one that is damaged.
    const guard = openOld(file);
    db.close();
    guard?.close();
    throw thrown;
  }
}

function prepareFile(db: Database.Database, file: string): void {
  // Before the first table; it lets the free-disk guard give pages back to the file system.
  if (Number(db.pragma('user_version', { simple: true })) === 0) db.pragma('auto_vacuum = INCREMENTAL');
  db.pragma('journal_mode = WAL');
  // FULL: a commit is on the disk when it returns, power cut included. The library's own default in WAL mode would be NORMAL.
  db.pragma('synchronous = FULL');
  db.pragma('foreign_keys = ON');
  // Checkpoints wait for a quiet moment (batch.ts); the file is cut back after a long reader let it grow.
  db.pragma('wal_autocheckpoint = 0');
  db.pragma('journal_size_limit = 67108864');
  // Rows are appended and read back while they are new: 4 MB of pages hold them. The library's own 16 MB fill up in an agent's first hour.
  db.pragma('cache_size = -4096');
  migrate(db, file);
  touch(db);
}

function migrate(db: Database.Database, file: string): void {
  const found = Number(db.pragma('user_version', { simple: true }));
  if (found > MIGRATIONS.length) throw new LinesideError('STORE_SCHEMA', { file, found, known: MIGRATIONS.length });
  MIGRATIONS.slice(found).forEach((step, i) => {
    db.transaction(() => {
      db.exec(step);
      db.pragma(`user_version = ${found + i + 1}`);
    }).immediate();
  });
}

/** Reads where the next records will go, so that damage there shows now and not at the first part. A full check would take minutes. */
function touch(db: Database.Database): void {
  for (const table of ['inspections', 'decisions', 'images', 'owed_images', 'outbox', 'loads'])
    db.prepare(`SELECT * FROM ${table} ORDER BY rowid DESC LIMIT 1`).get();
  db.prepare('SELECT * FROM station_state').all();
}
