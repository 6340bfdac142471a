/** The journal from another process, while the agent goes on writing: export, backup, a look at the latest. Nothing here writes to it. */
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import type Database from 'better-sqlite3';
import { LinesideError, messageOf } from '../errors.ts';
import { csvOf } from './csv.ts';
import { JOURNAL_FILE } from './database.ts';
import { faultCode } from './faults.ts';
import { openedWindow, type StoredWindow } from './packing.ts';
import { openDatabase } from './sqlite.ts';

export interface ExportWish {
  /** Wall time, ms since the epoch; from included, to not. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly station?: string | undefined;
  readonly format: 'csv' | 'jsonl';
  /** Called now and then with the records written so far. */
  readonly onProgress?: (records: number) => void;
}

export interface LatestInspection {
  readonly utc: string;
  readonly station: string;
  readonly sequence: number;
  readonly part: string | null;
  readonly recipe: string;
  readonly verdict: string;
  readonly outcome: string;
  readonly reasons: string | null;
  readonly scores: string | null;
  readonly answer: string;
  readonly verdict_ms: number | null;
  readonly id: string;
}

/** Records read at once: no read stays open between two pages, so that the writer can go on writing its log back. */
const PAGE = 500;
const BACKUP_PAGES = 1000;
const BUSY_MS = 5000;

/**
 * Streams inspections in the order of time into `out`, which stays open. Returns how many. CSV (RFC 4180) has one line a part; JSON
 * lines have everything: findings, decisions, pictures, tags, and the window as numbers (null where nothing was known).
 * Throws STORE_MISSING or STORE_FAILED.
 */
export async function exportInspections(folder: string, wish: ExportWish, out: Writable): Promise<number> {
  return await reading(folder, async (db) => {
    let written = 0;
    if (wish.format === 'csv') await write(out, `${CSV_COLUMNS.join(',')}\r\n`);
    const line = wish.format === 'csv' ? csvLine : jsonLine(db);
    for (const page of pages(db, wish)) {
      await write(out, page.map(line).join(''));
      written += page.length;
      wish.onProgress?.(written);
    }
    return written;
  });
}

/**
 * A consistent copy of the journal as it is now, however busy the agent is. `target` must not exist yet. `onProgress` gets the share
 * that is copied, 0..1. Pictures are files of their own and are not copied. Throws STORE_MISSING or STORE_FAILED.
 */
export async function backup(folder: string, target: string, onProgress?: (share: number) => void): Promise<void> {
  if (existsSync(target)) throw new LinesideError('USAGE', { why: `${target} is there already; a backup never overwrites` });
  await reading(folder, async (db) => {
    // The read that stays open keeps the copy at this moment: SQLite would start again from the front at every commit of the agent.
    db.exec('BEGIN');
    db.prepare('SELECT count(*) FROM sqlite_schema').get();
    await db.backup(target, {
      progress: ({ totalPages, remainingPages }) => {
        onProgress?.(totalPages === 0 ? 0 : 1 - remainingPages / totalPages);
        return BACKUP_PAGES;
      },
    });
    db.exec('COMMIT');
  });
}

/** The newest first. Throws STORE_MISSING or STORE_FAILED. */
export function latestInspections(folder: string, limit: number, station?: string): Promise<readonly LatestInspection[]> {
  return reading(folder, async (db) =>
    db
      .prepare<[{ station: string | null; limit: number }], LatestInspection>(
        `SELECT q.* FROM inspections i JOIN quality q ON q.id = i.id WHERE :station IS NULL OR i.station = :station ORDER BY i.rowid DESC LIMIT :limit`,
      )
      .all({ station: station ?? null, limit }),
  );
}

/** How many inspections are stored. Throws STORE_MISSING or STORE_FAILED. */
export function countInspections(folder: string): number {
  const db = openJournal(folder);
  try {
    return db.prepare<[], number>('SELECT count(*) FROM inspections').pluck().get() ?? 0;
  } finally {
    db.close();
  }
}

async function reading<T>(folder: string, use: (db: Database.Database) => Promise<T>): Promise<T> {
  const db = openJournal(folder);
  try {
    return await use(db);
  } catch (thrown) {
    throw faultCode(thrown).startsWith('SQLITE_') ? unreadable(folder, thrown) : thrown;
  } finally {
    db.close();
  }
}

export function openJournal(folder: string): Database.Database {
  const file = join(folder, JOURNAL_FILE);
  if (!existsSync(file)) throw new LinesideError('STORE_MISSING', { folder });
  try {
    return openDatabase(file, { readonly: true, timeout: BUSY_MS });
  } catch (thrown) {
    throw unreadable(folder, thrown);
  }
}

const unreadable = (folder: string, thrown: unknown): LinesideError =>
  thrown instanceof LinesideError
    ? thrown
    : new LinesideError('STORE_FAILED', { why: `${folder}: ${messageOf(thrown)}` }, { cause: thrown });

async function write(out: Writable, text: string): Promise<void> {
  if (text !== '' && !out.write(text)) await once(out, 'drain');
}

export type Cells = Readonly<Record<string, string | number | null>>;

function* pages(db: Database.Database, { from, to, station }: ExportWish): Generator<Cells[]> {
  const page = db.prepare<[{ at: number; rowid: number; to: number; station: string | null; page: number }], Cells>(`
    SELECT i.rowid, i.*, strftime('%Y-%m-%dT%H:%M:%fZ', i.at / 1000, 'unixepoch') AS utc,
      (SELECT group_concat(r.value ->> 'text', '; ') FROM json_each(CASE WHEN json_valid(i.reasons) THEN i.reasons ELSE '[]' END) r WHERE r.type = 'object') AS reason_text,
      (SELECT group_concat(f.model || '=' || f.score, ';') FROM findings f WHERE f.inspection = i.id) AS scores
    FROM inspections i WHERE (i.at, i.rowid) > (@at, @rowid) AND i.at < @to AND (@station IS NULL OR i.station = @station)
    ORDER BY i.at, i.rowid LIMIT @page`);
  let last: { at: number; rowid: number } | undefined = { at: from ?? Number.MIN_SAFE_INTEGER, rowid: -1 };
  while (last) {
    const rows: Cells[] = page.all({ ...last, to: to ?? Number.MAX_SAFE_INTEGER, station: station ?? null, page: PAGE });
    if (rows.length > 0) yield rows;
    const end: Cells | undefined = rows.length < PAGE ? undefined : rows.at(-1);
    last = end && { at: Number(end['at']), rowid: Number(end['rowid']) };
  }
}

const CSV_COLUMNS = [
  'utc',
  'station',
  'sequence',
  'part',
  'counter',
  'recipe',
  'verdict',
  'outcome',
  'reason_text',
  'scores',
  'answer',
  'answer_fault',
  'verdict_ms',
  'transport_ms',
  'align_ms',
  'prepare_ms',
  'infer_ms',
  'rules_ms',
  'write_ms',
  'trigger',
  'config_hash',
  'id',
] as const;

const csvLine = (row: Cells): string => csvOf(CSV_COLUMNS.map((column) => row[column] ?? null));

/** Columns that hold JSON become what they hold, which is of this shape. */
const JSON_COLUMNS: Readonly<Record<string, 'objects' | 'list' | 'object' | 'any'>> = {
  reasons: 'objects',
  tags: 'object',
  frames: 'objects',
  probabilities: 'object',
  boxes: 'list',
  contributions: 'object',
  row_contributions: 'list',
  reading: 'object',
  note: 'object',
  entities: 'objects',
  found: 'object',
  finding: 'object',
  challenge: 'object',
  quarantine: 'object',
  route: 'object',
  value: 'any',
};
/** What stands in place of a text that cannot be read, where null is not allowed. */
const EMPTY: Readonly<Record<string, unknown>> = { reasons: [], tags: {}, frames: [], finding: {} };
const OWN: ReadonlySet<string> = new Set(['rowid', 'reason_text', 'scores', 'inspection', 'decision']);

function jsonLine(db: Database.Database): (row: Cells) => string {
  const record = storedRecord(db);
  return (row) => `${JSON.stringify(record(row))}\n`;
}

/**
 * A row of `inspections` with everything that belongs to it, what is JSON in the tables opened, and what the disk has damaged given as the text
 * that it is now. `unreadable`: left out instead, by its column, for whoever goes by the shape of what stands there.
 */
export function storedRecord(db: Database.Database, unreadable?: Set<string>): (row: Cells) => Readonly<Record<string, unknown>> {
  const of = (sql: string) => {
    const statement = db.prepare<[string], Cells>(sql);
    return (id: string) => statement.all(id).map((row) => opened(row, unreadable));
  };
  const findings = of('SELECT * FROM findings WHERE inspection = ? ORDER BY model');
  const late = of('SELECT * FROM late_findings WHERE inspection = ? ORDER BY rowid');
  const shadows = of('SELECT * FROM shadows WHERE inspection = ? ORDER BY rowid');
  const images = of('SELECT * FROM images WHERE inspection = ? ORDER BY rowid');
  const decisions = of('SELECT * FROM decisions WHERE inspection = ? ORDER BY rowid');
  const writes = of('SELECT * FROM decision_writes WHERE decision = ? ORDER BY position');
  const window = db.prepare<[string], Window>('SELECT * FROM windows WHERE inspection = ?');
  return (row) => {
    const id = String(row['id']);
    return {
      ...withStudy(opened(row, unreadable)),
      findings: findings(id),
      late: late(id),
      shadows: shadows(id),
      decisions: decisions(id).map((decision) => ({ ...decision, writes: writes(String(decision['id'])) })),
      images: images(id),
      window: windowOf(window.get(id)),
    };
  };
}

/** A part of a gauge study has it where a challenge part has what it must get (production.ts). */
function withStudy({ challenge, ...record }: Record<string, unknown>): Record<string, unknown> {
  const { study: name, id: study, showing } = (isObject(challenge) ? challenge : {}) as Readonly<Record<string, unknown>>;
  return name === undefined
    ? { ...record, ...(challenge === undefined ? {} : { challenge }) }
    : { ...record, challenge: null, study: { name, study, showing } };
}

function opened(row: Cells, unreadable?: Set<string>): Record<string, unknown> {
  const kept = Object.entries(row).filter(([column]) => !OWN.has(column));
  return Object.fromEntries(
    kept.map(([column, value]) => [column, column in JSON_COLUMNS && typeof value === 'string' ? held(column, value, unreadable) : value]),
  );
}

function held(column: string, text: string, unreadable?: Set<string>): unknown {
  const value = jsonOr(text);
  if (!unreadable || isOfShape(column, value) || (column === 'value' && value !== text)) return value;
  unreadable.add(column);
  return EMPTY[column] ?? null;
}

function isOfShape(column: string, value: unknown): boolean {
  const shape = JSON_COLUMNS[column];
  if (shape === 'list') return Array.isArray(value);
  if (shape === 'objects') return Array.isArray(value) && value.every(isObject);
  return shape === 'object' && isObject(value);
}

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);

/** What the disk has damaged is given as the text that it is now, and keeps nobody from what stands beside it. */
export function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

type Window = StoredWindow & Readonly<Record<'ends_at' | 'every_ms', number>>;

function windowOf(stored: Window | undefined) {
  const opened = stored && openedWindow(stored);
  if (!opened) return null;
  const { tags, values, quality } = opened;
  const { ends_at, every_ms, steps } = stored;
  return { tags, ends_at, every_ms, steps, values: [...values], quality: [...quality] };
}
