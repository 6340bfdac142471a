/** How much of the journal's log waits to be written back, and who keeps it; see log.test.ts for what the store does about it. */
import { spawn } from 'node:child_process';
import { statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';
import { JOURNAL_FILE } from '#agent/store/database.js';
import { LogWatch } from '#agent/store/log-watch.js';
import { openDatabase } from '#agent/store/sqlite.js';
import { cleanUp, folder, openEmpty, put } from './setup.ts';

type Db = ReturnType<typeof openEmpty>['db'];

function journal() {
  const { db, path } = openEmpty();
  db.pragma('wal_autocheckpoint = 0');
  db.pragma('wal_checkpoint(TRUNCATE)');
  const file = join(path, JOURNAL_FILE);
  return { db, file, watch: new LogWatch(file), sizeOfLog: () => statSync(`${file}-wal`).size };
}
let records = 0;
const write = (db: Db, bytes: number) => put(db, 'quarantine', { at: ++records, why: 'x', entry: 'x'.repeat(bytes) });
const PAGE = 4096;
const FRAME = PAGE + 24;

describe('the log of a journal', () => {
  it('waits from the first frame on until it is written back whole', () => {
    const { db, watch, sizeOfLog } = journal();
    watch.note(db.pragma('wal_checkpoint(PASSIVE)'));
    expect(watch.unwritten()).toBe(0);
    write(db, 10);
    const first = watch.unwritten();
    expect([first > 0, first % FRAME, first]).toEqual([true, 0, sizeOfLog() - 32]);
    write(db, 40_000);
    const second = watch.unwritten();
    expect(second).toBeGreaterThanOrEqual(first + 10 * FRAME);
    watch.note(db.pragma('wal_checkpoint(PASSIVE)'));
    expect(watch.unwritten()).toBe(0);
    // The log begins anew, in front of what is long written back.
    write(db, 10);
    expect([watch.unwritten(), sizeOfLog()]).toEqual([first, second + 32]);
    write(db, 20_000);
    const third = watch.unwritten();
    expect([third > first, third < second]).toEqual([true, true]);
  });

  it('waits where a reader has kept some of it from being written back', () => {
    const { db, file, watch } = journal();
    write(db, 10);
    const reader = openDatabase(file);
    cleanUp(() => reader.close());
    reader.exec('BEGIN');
    reader.prepare('SELECT count(*) FROM quarantine').get();
    write(db, 10_000);
    const waits = watch.unwritten();
    watch.note(db.pragma('wal_checkpoint(PASSIVE)'));
    expect(watch.unwritten()).toBe(waits);
    reader.exec('COMMIT');
    watch.note(db.pragma('wal_checkpoint(PASSIVE)'));
    expect(watch.unwritten()).toBe(0);
    // Written further before anybody looked: what is new waits.
    write(db, 10);
    expect(watch.unwritten()).toBeGreaterThan(0);
  });

  it('is none where there is no file, or no head in it yet', () => {
    const file = join(folder(), 'journal.db');
    const watch = new LogWatch(file);
    watch.note([]);
    watch.note(undefined);
    expect([watch.unwritten(), watch.large(), watch.look()]).toEqual([0, false, null]);
    writeFileSync(`${file}-wal`, Buffer.alloc(31));
    expect(watch.unwritten()).toBe(0);
    writeFileSync(`${file}-wal`, Buffer.alloc(32));
    expect(watch.unwritten()).toBe(0);
  });

  it('is large from 16 MB on', () => {
    const file = join(folder(), 'journal.db');
    const watch = new LogWatch(file);
    writeFileSync(`${file}-wal`, '');
    truncateSync(`${file}-wal`, 16e6);
    expect(watch.large()).toBe(false);
    truncateSync(`${file}-wal`, 16e6 + 1);
    expect(watch.large()).toBe(true);
  });
});

const READ = `
import sqlite3, sys, time
db = sqlite3.connect(f'file:{sys.argv[1]}?mode=ro', uri=True)
db.execute('begin'); db.execute('select count(*) from inspections').fetchone()
print('reading', flush=True)
time.sleep(120)`;

async function startReader(file: string) {
  const child = spawn('python3', ['-c', READ, file], { stdio: ['ignore', 'pipe', 'inherit'] });
  cleanUp(() => child.kill('SIGKILL'));
  for await (const line of createInterface({ input: child.stdout })) if (line === 'reading') break;
  const ended = new Promise((resolve) => child.on('exit', resolve));
  return { pid: child.pid, end: () => Promise.all([child.kill('SIGKILL'), ended]) };
}

describe('whoever keeps a large log', () => {
  const held = [{ busy: 0, log: 5000, checkpointed: 4999 }];

  it('is told at the second look, as it grows, and once more when it is over', async () => {
    const { db, file, watch, sizeOfLog } = journal();
    const reader = await startReader(file);
    write(db, 17e6);
    watch.note(held);
    expect([watch.look(), watch.bytes]).toEqual([null, 0]);
    const who = `python3 (process ${reader.pid})`;
    const told = watch.look();
    expect(told).toEqual({ bytes: sizeOfLog(), who: expect.stringContaining(who) });
    expect(watch.bytes).toBe(sizeOfLog());
    write(db, 1e6);
    expect(watch.look()?.bytes).toBe(sizeOfLog());
    expect(sizeOfLog()).toBeGreaterThan(told?.bytes ?? 0);
    // Written back while he still reads: nothing is said until he is gone.
    watch.note([{ busy: 0, log: 5000, checkpointed: 5000 }]);
    expect(watch.look()).toBeNull();
    await reader.end();
    expect([watch.look(), watch.bytes, watch.look()]).toEqual([{ bytes: 0, who: '' }, 0, null]);
  });

  it('is nobody who reads while all of it is written back, or who was there at one look only', async () => {
    const { db, file, watch } = journal();
    write(db, 17e6);
    const reader = await startReader(file);
    for (let i = 0; i < 3; i++) expect(watch.look()).toBeNull();
    watch.note(held);
    expect(watch.look()).toBeNull();
    await reader.end();
    expect(watch.look()).toBeNull();
    await startReader(file);
    expect(watch.look()).toBeNull();
    expect(watch.look()).not.toBeNull();
  });

  it('is nobody as long as the log is short', async () => {
    const { db, file, watch } = journal();
    write(db, 1e6);
    await startReader(file);
    watch.note(held);
    for (let i = 0; i < 3; i++) expect(watch.look()).toBeNull();
  });
});
