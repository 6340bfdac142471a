/** The journal as a broken disk leaves it: the store opens it, or says in a fault of the table why it does not, and stores the next record. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { openJournal } from '../../agent/store/database.ts';
import { Spill } from '../../agent/store/spill.ts';
import { openDatabase } from '../../agent/store/sqlite.ts';
import type { Door, Opened } from './door.ts';
import type { Found } from './journal-thread.ts';
import { below, mutated, type Random } from './mutate.ts';

const FILES = ['journal.db', 'journal.db-wal', 'journal.spill'] as const;
/** Further files that a cut leaves: names that the store takes for its own. */
const STRAY = ['journal.building.db', 'journal.whole-x.db', 'journal.db-shm', 'journal.db-journal'] as const;
const STAMP = '2027-01-01T00-00-00Z';
const PARTS = 40;

export const journal: Door = {
  name: 'journal',
  summary: 'A journal, its log and its spill file with bytes changed, cut off or missing are opened by the store.',
  inputs: { full: 2000, quick: 15 },
  meets: [/^whole$/, /^damaged$/],
  open: async () => new Journals(),
};

class Journals implements Opened {
  private readonly folder = mkdtempSync(join(tmpdir(), 'lineside-fuzz-journal-'));
  private readonly good = join(this.folder, 'good');
  private readonly bad = join(this.folder, 'bad');

  private readonly worker = new Worker(new URL('./journal-thread.js', import.meta.url));

  constructor() {
    make(this.good);
  }

  async try(random: Random): Promise<string> {
    await rm(this.bad, { recursive: true, force: true });
    await mkdir(this.bad);
    for (const name of FILES) await this.spoil(name, random);
    const stray = STRAY[below(random, STRAY.length * 4)];
    if (stray) await this.spoil(FILES[0], random, stray);
    const { how, wrong } = await this.opened(this.bad);
    if (wrong !== undefined) throw new RangeError(wrong);
    return how;
  }

  /** In a thread, as the agent does. Its death is a finding. */
  private opened(folder: string): Promise<Found> {
    return new Promise((resolve, reject) => {
      this.worker.once('message', (message: Found) => {
        this.worker.off('error', reject);
        resolve(message);
      });
      this.worker.once('error', reject);
      this.worker.postMessage(folder);
    });
  }

  async close(): Promise<void> {
    await this.worker.terminate();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Never waits for the disk: the main thread's blocks are the door's. */
  private async spoil(name: (typeof FILES)[number], random: Random, as: string = name): Promise<void> {
    const chance = random();
    if (chance < 0.1) return;
    if (chance < 0.4) return copyFile(join(this.good, name), join(this.bad, as));
    const bytes = mutated(random, await readFile(join(this.good, name)));
    // Whole pages as well: what a disk loses is seldom a byte.
    if (chance > 0.7 && bytes.length > 4096) bytes.fill(below(random, 256), below(random, bytes.length - 4096));
    await writeFile(join(this.bad, as), bytes.subarray(0, chance > 0.9 ? below(random, bytes.length + 1) : bytes.length));
  }
}

function make(folder: string): void {
  mkdirSync(folder);
  const { db } = openJournal(folder, STAMP);
  const insert = db.prepare("INSERT INTO outbox (publisher, event_id, station, topic, payload, stored_at) VALUES ('p', ?, 's', 't', ?, 0)");
  for (let i = 0; i < PARTS; i++) insert.run(`e${i}`, JSON.stringify({ sequence: i, pad: 'x'.repeat(300) }));
  db.pragma('wal_checkpoint(TRUNCATE)');
  for (let i = 0; i < PARTS; i++) insert.run(`f${i}`, JSON.stringify({ sequence: i, pad: 'y'.repeat(300) }));
  new Spill(folder).write({ first: 1, entries: [[['loads', 1, 'agent', 'spilled', 1]]], lost: [{ station: 's', from: 1, to: 2 }] }, 0);
  // A reader that stays keeps the log where it is when the writer closes.
  const reader = openDatabase(join(folder, 'journal.db'), { readonly: true });
  reader.pragma('schema_version');
  db.close();
  const kept = FILES.map((name) => [name, readFileSync(join(folder, name))] as const);
  reader.close();
  for (const [name, bytes] of kept) writeFileSync(join(folder, name), bytes);
}
