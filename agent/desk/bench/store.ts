/** Storing: the journal against bare better-sqlite3 with the same rows, the same durability and the same batches. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type Database from 'better-sqlite3';
import { v7 as uuidv7 } from 'uuid';
import type { Inspection, JournalEntry } from '../../contracts/index.ts';
import { MIGRATIONS } from '../../store/migrations.ts';
import { rowsOf } from '../../store/rows.ts';
import { openDatabase } from '../../store/sqlite.ts';
import { createStore } from '../../store/store.ts';
import { insertInto, type Row, type Table } from '../../store/tables.ts';
import { systemClock as clock } from '../../time.ts';
import { quiet } from './quiet.ts';

/** Measured in turns, so that a host that slows down for a second slows both down. */
const TURNS = 8;
const PARTS = 1500;
/** Stored first and not counted, by both: an agent has been running for weeks, and a thread's first second is the compiler's. */
const WARM = 4000;
/** Appends under way at once: what a line leaves waiting while a flush takes its time. */
const WAITING = 64;

const CONFIG = {
  path: '',
  keep: { records: 1e12, images: 1e12, outbox: 1e12, free: 0 },
  images: { nok: 'none', review: 'none', ok: 'none' },
} as const;

/** One round: records a second of the journal, divided by those of bare SQLite. */
export async function storeRound(): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'lineside-bench-'));
  const store = createStore({ path: join(folder, 'ours'), config: CONFIG, clock, log: quiet, onFaults: () => {} });
  const bare = new Bare(join(folder, 'bare.db'));
  try {
    await store.start();
    let ours = 0;
    let theirs = 0;
    for (let turn = 0; turn <= TURNS; turn++) {
      const entries = Array.from({ length: turn === 0 ? WARM : PARTS }, (_, i) => entryOf(turn * WARM + i + 1));
      const journal = await throughJournal(store, entries);
      const seconds = bare.store(entries, journal.batch);
      if (turn === 0) continue;
      ours += journal.seconds;
      theirs += seconds;
    }
    return theirs / ours;
  } finally {
    bare.close();
    await store.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function throughJournal(store: ReturnType<typeof createStore>, entries: readonly JournalEntry[]) {
  const before = store.stats().commits;
  const began = clock.elapsed();
  let next = 0;
  const lane = async () => {
    for (let entry = entries[next++]; entry; entry = entries[next++]) await store.journal.append(entry);
  };
  await Promise.all(Array.from({ length: WAITING }, lane));
  return { seconds: (clock.elapsed() - began) / 1000, batch: entries.length / (store.stats().commits - before) };
}

class Bare {
  private readonly db: Database.Database;
  private readonly inserts = new Map<string, Database.Statement>();
  private outboxId = 0;

  constructor(file: string) {
    this.db = openDatabase(file);
    this.db.pragma('journal_mode = WAL');
    this.db.pragma('synchronous = FULL');
    // The journal writes its log back in quiet moments, of which a bench has none: neither does it within the measured stretch.
    this.db.pragma('wal_autocheckpoint = 0');
    for (const step of MIGRATIONS) this.db.exec(step);
  }

  /** Seconds for the rows of these entries, `batch` entries a transaction. */
  store(entries: readonly JournalEntry[], batch: number): number {
    const all = entries.map((entry) => rowsOf(entry, { now: clock.now(), recorded: clock.now(), outboxId: () => ++this.outboxId }));
    const step = Math.max(1, Math.round(batch));
    const began = clock.elapsed();
    for (let at = 0; at < all.length; at += step) {
      this.db.transaction(() => {
        for (const rows of all.slice(at, at + step)) for (const row of rows) insert(this.db, this.inserts, row);
      })();
    }
    return (clock.elapsed() - began) / 1000;
  }

  close(): void {
    this.db.close();
  }
}

/** Plain inserts only: what the journal does beyond them (states, alarms, packing) is its own cost. */
function insert(db: Database.Database, inserts: Map<string, Database.Statement>, [table, ...cells]: Row): void {
  if (table === 'alarm_on' || table === 'alarm_off' || table === 'station_state' || table === 'windows') return;
  let statement = inserts.get(table);
  if (!statement) {
    statement = db.prepare(insertInto(table as Table));
    inserts.set(table, statement);
  }
  statement.run(...cells);
}

/** As a station writes it: an inspection with one finding, its event, and its memory. */
function entryOf(sequence: number): JournalEntry {
  const id = uuidv7();
  const at = clock.now();
  const inspection: Inspection = {
    id,
    station: 'line',
    sequence,
    outcome: 'judged',
    at,
    trigger: 'tag',
    part: String(sequence),
    counter: sequence,
    recipe: 'standard',
    verdict: 'ok',
    reasons: [{ text: 'no rule matched' }],
    frames: [],
    window: null,
    configHash: 'c0ffee',
    findings: [
      {
        model: 'surface',
        package: 'surface-defect',
        version: '0.1.0',
        variant: 'int8-u8s8',
        provider: 'cpu',
        sha256: 'ab',
        kind: 'classify',
        label: 'good',
        score: 0.1,
        threshold: 0.5,
        review: null,
        margin: -0.4,
        probabilities: { good: 0.9, scratch: 0.1 },
        queueMs: 0,
        runMs: 8,
      },
    ],
    tags: { 'plc.temp': { value: 21.5, status: 0, source: at } },
    answer: { state: 'written', ms: 2 },
    timings: { transport: 1, align: 0, prepare: 1, infer: 8, rules: 0, verdict: 10, answer: 2 },
  };
  const payload = JSON.stringify({ schema: 'lineside.quality.v1', ...inspection });
  return {
    inspection,
    outbox: [{ publisher: 'mqtt', eventId: id, station: 'line', topic: 'lineside/v1/a/b/c/d/line/quality', payload }],
    state: { station: 'line', value: '{}' },
  };
}
