/** Opens the journal: alone on its folder, its schema up to date, a damaged file put aside and never deleted. */
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import type Database from 'better-sqlite3';
import { LinesideError, messageOf } from '../errors.ts';
import { faultCode, isDamage, isFull } from './faults.ts';
import { MIGRATIONS } from './migrations.ts';
import { salvage } from './salvage.ts';
import { openDatabase } from './sqlite.ts';

export const JOURNAL_FILE = 'journal.db';
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
 * process ends, and readers of the journal are not shut out.
 */
export function lockFolder(folder: string): Database.Database {
  try {
    mkdirSync(folder, { recursive: true });
    const lock = openDatabase(join(folder, 'agent.lock'), { timeout: 0 });
    lock.exec('BEGIN EXCLUSIVE');
    return lock;
  } catch (thrown) {
    if (thrown instanceof LinesideError) throw thrown;
    if (faultCode(thrown) === 'SQLITE_BUSY') throw new LinesideError('STORE_LOCKED', { folder }, { cause: thrown });
    throw new LinesideError(isFull(thrown) ? 'STORE_FULL' : 'STORE_FAILED', { why: `${folder}: ${messageOf(thrown)}` }, { cause: thrown });
  }
}

/** `stamp` names a damaged file that has to go aside, e.g. 2026-11-23T20-11-03Z. */
export function openJournal(folder: string, stamp: string): OpenedJournal {
  const file = join(folder, JOURNAL_FILE);
  try {
    return { db: openFile(file), damaged: null };
  } catch (thrown) {
    if (!isDamage(thrown)) throw thrown;
    return replaceDamaged(folder, stamp, messageOf(thrown));
  }
}

/** Puts the damaged file aside and begins a new one with what could be read of the old one's outbox, stations and alarms. */
export function replaceDamaged(folder: string, stamp: string, why: string): OpenedJournal {
  const file = join(folder, JOURNAL_FILE);
  const aside = unused(join(folder, `journal.damaged-${stamp}`));
  for (const suffix of ['', '-wal', '-shm']) if (existsSync(file + suffix)) renameSync(file + suffix, aside + suffix);
  const db = openFile(file);
  salvage(db, aside);
  return { db, damaged: { file: aside, why } };
}

/** Twice in a second is no reason to lose the first. */
function unused(name: string, n = 1): string {
  const path = n === 1 ? `${name}.db` : `${name}-${n}.db`;
  return existsSync(path) ? unused(name, n + 1) : path;
}

function openFile(file: string): Database.Database {
  const db = openDatabase(file, { timeout: BUSY_MS });
  try {
    prepareFile(db, file);
    return db;
  } catch (thrown) {
    db.close();
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
  for (const table of ['inspections', 'decisions', 'images', 'outbox', 'loads'])
    db.prepare(`SELECT * FROM ${table} ORDER BY rowid DESC LIMIT 1`).get();
  db.prepare('SELECT * FROM station_state').all();
}
