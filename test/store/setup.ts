/** What the tests of the store share: a folder that goes away, a store on it, and a look into the journal from outside. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { v7 as uuid } from 'uuid';
import { afterEach } from 'vitest';
import type { Frame, Inspection, JournalEntry, OutboxRow, PixelFormat } from '#agent/contracts/index.js';
import type { LinesideError } from '#agent/errors.js';
import { JOURNAL_FILE, openJournal } from '#agent/store/database.js';
import { openDatabase } from '#agent/store/sqlite.js';
import { createStore, type StoreOptions } from '#agent/store/store.js';
import { type Clock, Days, systemClock } from '#agent/time.js';
import { inspection } from '../publishers/samples.ts';
import { type LogLine, memoryLog } from '../simulators/log.ts';

const cleanups: (() => unknown)[] = [];
export const cleanUp = (fn: () => unknown) => void cleanups.push(fn);
afterEach(async () => {
  for (const fn of cleanups.splice(0).reverse()) await fn();
});

export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'lineside-store-'));
  cleanUp(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

interface Setup {
  readonly path?: string;
  readonly clock?: Clock;
  readonly keep?: Partial<StoreOptions['config']['keep']>;
}

export const KEEP = { records: Days(400), images: 20e9, outbox: 4e9, free: 0 };

export function build({ path = folder(), clock = systemClock, keep = {} }: Setup = {}) {
  const faults: (LinesideError | null)[] = [];
  const lines: LogLine[] = [];
  const store = createStore({
    path,
    config: { path, keep: { ...KEEP, ...keep }, images: { nok: 'all', review: 'all', ok: 'all' } },
    clock,
    log: memoryLog(lines),
    onFaults: (list) => void faults.push(list[0] ?? null),
  });
  cleanUp(() => store.stop());
  return { store, path, clock, faults, lines };
}

export async function open(setup: Setup = {}) {
  const built = build(setup);
  return { ...built, state: await built.store.start() };
}

/** As somebody with the sqlite3 shell sees it. */
export function sql<T = Record<string, unknown>>(path: string, text: string, ...values: unknown[]): T[] {
  const db = openDatabase(join(path, 'journal.db'), { readonly: true });
  try {
    return db.prepare(text).all(...values) as T[];
  } finally {
    db.close();
  }
}
export const count = (path: string, table: string): number => sql<{ n: number }>(path, `SELECT count(*) AS n FROM ${table}`)[0]?.n ?? -1;

let empty: Buffer | null = null;
/** A journal without a store; made once, since every step of its schema waits for the disk. */
export function openEmpty(path = folder()): { readonly path: string; readonly db: ReturnType<typeof openDatabase> } {
  if (empty === null) {
    const first = folder();
    openJournal(first, 'now').db.close();
    empty = readFileSync(join(first, JOURNAL_FILE));
  }
  writeFileSync(join(path, JOURNAL_FILE), empty);
  const { db } = openJournal(path, 'now');
  // A row at a time, and no power cut.
  db.pragma('synchronous = OFF');
  cleanUp(() => db.close());
  return { path, db };
}

/** One row as a record of that kind has it; what has to be there and is not named is empty or 0. */
export function put(db: ReturnType<typeof openDatabase>, table: string, cells: Readonly<Record<string, unknown>>): void {
  const columns = db.pragma(`table_info(${table})`) as { name: string; type: string; notnull: number; dflt_value: unknown }[];
  // A row number is SQLite's to give.
  const given = columns.filter(({ name }) => name !== 'number');
  const missing = given.filter(({ name, notnull, dflt_value: usual }) => notnull === 1 && usual === null && !(name in cells));
  const all = {
    ...Object.fromEntries(missing.map(({ name, type }) => [name, type === 'TEXT' ? '' : type === 'BLOB' ? Buffer.alloc(1) : 0])),
    ...cells,
  };
  const known = Object.keys(all).filter((name) => columns.some((column) => column.name === name));
  db.prepare(`INSERT INTO ${table} (${known.join(', ')}) VALUES (${known.map((name) => `@${name}`).join(', ')})`).run(all);
}

export const row = (eventId: string, over: Partial<OutboxRow> = {}): OutboxRow => ({
  publisher: 'mqtt',
  eventId,
  station: 'outlet',
  topic: 'lineside/v1/a/b/c/d/outlet/quality',
  payload: JSON.stringify({ eventId }),
  ...over,
});

export function entry(sequence: number, over: Partial<Inspection> = {}): JournalEntry & { readonly inspection: Inspection } {
  const one = inspection(sequence, { id: uuid(), ...over });
  return { inspection: one, outbox: [row(one.id, { station: one.station })], state: { station: one.station, value: `{"n":${sequence}}` } };
}

const BYTES = { mono8: 1, mono16: 2, rgb8: 3 } as const;

/** A frame that counts its holders. */
export function frame(over: Partial<Frame> & { readonly format?: PixelFormat } = {}) {
  const { width = 32, height = 24, format = 'mono8' } = over;
  const pixels = new Uint8Array(new SharedArrayBuffer(width * height * BYTES[format]));
  pixels.forEach((_, i) => {
    pixels[i] = i % 251;
  });
  const counted = { holds: 0, releases: 0 };
  const made: Frame = {
    camera: 'top',
    sequence: 1,
    captured: Date.UTC(2026, 0, 5, 6),
    width,
    height,
    format,
    pixels,
    hold: () => void counted.holds++,
    release: () => void counted.releases++,
    ...over,
  };
  return { frame: made, counted };
}

const CHILD = join(import.meta.dirname, '../simulators/store-child.mjs');

/** A process that stores; `wrapper` goes before node, e.g. strace with its arguments. Its lines come to `onLine`. */
export function startChild(options: object, onLine: (line: Record<string, unknown>) => void, wrapper: readonly string[] = []) {
  const [command = '', ...args] = [...wrapper, process.execPath, CHILD, JSON.stringify(options)];
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'], detached: true });
  const kill = (signal: NodeJS.Signals = 'SIGKILL') => {
    // The group: a tracer goes with what it traces.
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) process.kill(-child.pid, signal);
  };
  cleanUp(() => kill());
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (text) => {
    // The last line may be torn by the kill; what is not whole was not said.
    if (text.endsWith('}')) onLine(JSON.parse(text));
  });
  const ended = Promise.all([new Promise((resolve) => child.on('exit', resolve)), new Promise((resolve) => lines.on('close', resolve))]);
  return { kill, ended };
}
