/** What a person did by a command of this box, on record beside what came over MQTT, whether an agent runs or not. */
import { userInfo } from 'node:os';
import type Database from 'better-sqlite3';
import { systemClock } from '../time.ts';
import { usingJournal } from './letters-desk.ts';

export interface DeskAct {
  /** The command: `trust`, `promote`, `rollback`, ... */
  readonly verb: string;
  /** What it was about; goes into the record as JSON. Holds nothing secret. */
  readonly detail: Readonly<Record<string, unknown>>;
  /** Who did it; default: whoever sits at the terminal. */
  readonly who?: string;
}

/**
 * Once it is done. Throws STORE_MISSING where no agent was ever started on this folder, so that there is nothing to write into, and
 * STORE_SCHEMA or STORE_FAILED.
 */
export const recordAct = (folder: string, { verb, detail, who = whoami() }: DeskAct): void =>
  usingJournal(folder, (db) => {
    const at = systemClock.now();
    db.prepare<[number, number, string, string, string]>(
      "INSERT INTO audit (recorded, at, who, source, verb, detail) VALUES (?, ?, ?, 'cli', ?, ?)",
    ).run(ownTime(db) ?? at, at, who, verb, JSON.stringify({ ...detail, outcome: 'done' }));
  });

/** The agent's own time as its newest records have it: retention goes by it, and this process has no clock that it could trust more. */
export function ownTime(db: Database.Database): number | null {
  const newest = ['inspections', 'loads', 'audit'].map((table) =>
    db.prepare<[], number>(`SELECT recorded FROM ${table} ORDER BY rowid DESC LIMIT 1`).pluck().get(),
  );
  const known = newest.filter((time) => time !== undefined);
  return known.length > 0 ? Math.max(...known) : null;
}

/** Who sits at the terminal, not whom sudo made of him. A container's user may have no name. */
export function whoami(): string {
  const behind = process.env['SUDO_USER'];
  if (behind) return behind;
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? '?'}`;
  }
}
