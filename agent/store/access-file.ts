/**
 * Users of the page and their sessions: a small SQLite file beside the journal. A file of its own, since copies of the journal are handed to
 * others (`lineside backup`), since it is there before the first start of an agent and after a damaged journal was put aside, and since a
 * sign-in must not wait for a journal that a full disk keeps busy. Rollback journal and synchronous=FULL: a session that was ended stays
 * ended after a power cut. The agent and `lineside password` may have it open at the same time.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type Database from 'better-sqlite3';
import { type NewSession, ROLES, type Role, type Session, type User, type UserSecret } from '../contracts/access.ts';
import { LinesideError, messageOf } from '../errors.ts';
import { ownFile, ownFolder } from './ownership.ts';
import { openDatabase } from './sqlite.ts';

const ACCESS_FILE = 'access.db';
const BUSY_MS = 2000;
const VERSION = 1;
/** A panel, a phone, a laptop, and some that were forgotten. */
const SESSIONS_OF_A_USER = 20;
const MOST_USERS = 200;

const SCHEMA = `
CREATE TABLE users (
  name    TEXT PRIMARY KEY NOT NULL,
  role    TEXT NOT NULL,                -- operator, technician, admin
  secret  TEXT NOT NULL,                -- scrypt of the password, with its salt
  changed REAL NOT NULL                 -- ms since 1970, UTC
) STRICT;
CREATE TABLE sessions (
  token   TEXT PRIMARY KEY NOT NULL,    -- SHA-256 of what the browser shows
  id      TEXT NOT NULL UNIQUE,
  user    TEXT NOT NULL REFERENCES users (name) ON DELETE CASCADE,
  address TEXT NOT NULL,
  began   REAL NOT NULL,
  seen    REAL NOT NULL,
  ends    REAL NOT NULL
) STRICT;
PRAGMA user_version = ${VERSION};
`;

interface UserRow {
  readonly name: string;
  readonly role: string;
  readonly secret: string;
  readonly changed: number;
}
interface SessionRow {
  readonly id: string;
  readonly user: string;
  readonly role: string;
  readonly address: string;
  readonly began: number;
  readonly seen: number;
  readonly ends: number;
}

const SESSION = 'SELECT s.id, s.user, u.role, s.address, s.began, s.seen, s.ends FROM sessions s JOIN users u ON u.name = s.user';
/** By a clock that has gone back a session has not begun yet: it has ended as well, and signing in again is all that is lost. */
const LIVES = 's.ends > @now AND s.began <= @now + 60000';

/** Whether anybody ever set a password here; opens nothing. */
export const hasAccessFile = (folder: string): boolean => existsSync(join(folder, ACCESS_FILE));

export class AccessFile {
  private readonly db: Database.Database;

  /** Makes the file where there is none. Throws STORE_FAILED or STORE_SCHEMA. */
  constructor(folder: string) {
    const file = join(folder, ACCESS_FILE);
    try {
      ownFolder(folder);
      ownFile(file);
      this.db = openDatabase(file, { timeout: BUSY_MS });
      this.prepare(file);
    } catch (thrown) {
      throw thrown instanceof LinesideError ? thrown : new LinesideError('STORE_FAILED', { why: `${file}: ${messageOf(thrown)}` });
    }
  }

  hasUsers(): boolean {
    return this.db.prepare('SELECT 1 FROM users LIMIT 1').get() !== undefined;
  }

  users(): readonly User[] {
    return this.db.prepare<[], UserRow>('SELECT * FROM users ORDER BY name').all().map(userOf);
  }

  user(name: string): UserSecret | null {
    const row = this.db.prepare<[string], UserRow>('SELECT * FROM users WHERE name = ?').get(name);
    return row ? { ...userOf(row), secret: row.secret } : null;
  }

  /** Throws USAGE where there are too many already. */
  put({ name, role, secret, changedAt }: UserSecret): void {
    this.db
      .transaction(() => {
        const others = this.db.prepare<[string], number>('SELECT count(*) FROM users WHERE name <> ?').pluck().get(name) ?? 0;
        if (others >= MOST_USERS) throw new LinesideError('USAGE', { why: `there are ${others} users already; remove some first` });
        this.db.prepare('DELETE FROM sessions WHERE user = ?').run(name);
        this.db
          .prepare(
            `INSERT INTO users (name, role, secret, changed) VALUES (?, ?, ?, ?)
             ON CONFLICT (name) DO UPDATE SET role = excluded.role, secret = excluded.secret, changed = excluded.changed`,
          )
          .run(name, role, secret, changedAt);
      })
      .immediate();
  }

  remove(name: string): boolean {
    return this.db.prepare('DELETE FROM users WHERE name = ?').run(name).changes > 0;
  }

  begin({ id, token, user, address, at, endsAt }: NewSession): void {
    this.db
      .transaction(() => {
        this.db.prepare<[number]>('DELETE FROM sessions WHERE ends <= ?').run(at);
        this.db
          .prepare('INSERT INTO sessions (token, id, user, address, began, seen, ends) VALUES (?, ?, ?, ?, ?, ?, ?)')
          .run(token, id, user, address, at, at, endsAt);
        this.db
          .prepare(
            'DELETE FROM sessions WHERE user = @user AND token NOT IN (SELECT token FROM sessions WHERE user = @user ORDER BY began DESC, rowid DESC LIMIT @most)',
          )
          .run({ user, most: SESSIONS_OF_A_USER });
      })
      .immediate();
  }

  session(token: string, now: number): Session | null {
    const row = this.db
      .prepare<[{ token: string; now: number }], SessionRow>(`${SESSION} WHERE s.token = @token AND ${LIVES}`)
      .get({ token, now });
    return row ? sessionOf(row) : null;
  }

  seen(token: string, now: number, endsAt: number): void {
    this.db.prepare('UPDATE sessions SET seen = ?, ends = ? WHERE token = ?').run(now, endsAt, token);
  }

  sessions(now: number): readonly Session[] {
    return this.db.prepare<[{ now: number }], SessionRow>(`${SESSION} WHERE ${LIVES} ORDER BY s.seen DESC`).all({ now }).map(sessionOf);
  }

  end(id: string): boolean {
    return this.db.prepare('DELETE FROM sessions WHERE id = ?').run(id).changes > 0;
  }

  close(): void {
    this.db.close();
  }

  private prepare(file: string): void {
    this.db.pragma('synchronous = FULL');
    this.db.pragma('foreign_keys = ON');
    this.db
      .transaction(() => {
        const found = Number(this.db.pragma('user_version', { simple: true }));
        if (found > VERSION) throw new LinesideError('STORE_SCHEMA', { file, found, known: VERSION });
        if (found === 0) this.db.exec(SCHEMA);
      })
      .immediate();
  }
}

/** A role that this version does not know may the least. */
const roleOf = (text: string): Role => ROLES.find((role) => role === text) ?? 'operator';
const userOf = ({ name, role, changed }: UserRow): User => ({ name, role: roleOf(role), changedAt: changed });
const sessionOf = ({ id, user, role, address, began, seen, ends }: SessionRow): Session => ({
  id,
  user,
  role: roleOf(role),
  address,
  beganAt: began,
  seenAt: seen,
  endsAt: ends,
});
