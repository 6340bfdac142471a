import { spawn } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';
import { Seconds } from '#agent/time.js';
import { canMount, disk, fill } from '../faults/disk.ts';
import { ManualClock } from '../simulators/clock.ts';
import { cleanUp, count, entry, open, row } from './setup.ts';

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
  return child;
}

it('tells of a reader that keeps the log from being written back, deletes nothing for it, and says when it is over', {
  timeout: 60_000,
}, async () => {
  const clock = new ManualClock();
  // More than any disk has free: whatever the log takes would have to be made up for.
  const { store, path, faults } = await open({ clock });
  const bytes = () => statSync(join(path, 'journal.db-wal')).size;
  const put = async (from: number, n: number) => {
    for (let i = from; i < from + n; i++)
      await store.journal.append({ ...entry(i), outbox: [row(`e${i}`, { payload: JSON.stringify({ pad: 'x'.repeat(400_000) }) })] });
  };
  const look = async () => {
    await clock.advance(Seconds(5));
    await store.outbox.depth('mqtt');
  };
  await put(1, 5);
  const reader = await startReader(join(path, 'journal.db'));
  await put(6, 60);
  expect(bytes()).toBeGreaterThan(20e6);
  await look();
  expect(faults).toEqual([]);
  await look();
  await expect.poll(() => faults.at(-1)?.code).toBe('STORE_LOG_HELD');
  expect(faults.at(-1)?.sentence).toMatch(new RegExp(`grown to ${Math.round(bytes() / 1e6)} MB.*python3 \\(process ${reader.pid}\\)`));
  expect(count(path, 'inspections')).toBe(65);

  const ended = new Promise((resolve) => reader.on('exit', resolve));
  reader.kill('SIGKILL');
  await ended;
  await look();
  await put(100, 1);
  await look();
  await expect.poll(() => faults.at(-1)).toBeNull();
});

// Closing any descriptor of the journal or its -shm drops the process's locks on it: the next who opens it would then take it for nobody's,
// and empty the index of the log under the agent.
it('keeps its locks while it looks at its log', async () => {
  const { store, path } = await open();
  for (let i = 1; i <= 40; i++) await store.journal.append(entry(i));
  const held = readFileSync('/proc/locks', 'utf8').split('\n');
  for (const file of ['journal.db-shm', 'journal.db']) {
    const { ino } = statSync(join(path, file));
    const own = held.filter((line) => line.includes(`:${ino} `) && line.includes(` ${process.pid} `));
    expect([file, own.length > 0]).toEqual([file, true]);
  }
});

// A log that had taken the room which writing it back needs could never be cut again: the disk was full of it for ever.
describe.skipIf(!canMount())('a small disk', () => {
  const logOf = (path: string) => statSync(join(path, 'journal.db-wal')).size;

  it('never has so much log that it could not be written back', { timeout: 120_000 }, async () => {
    const path = join(disk('12m'), 'store');
    const { store, faults } = await open({ path });
    for (let i = 1; i <= 400; i++) await store.journal.append(entry(i));
    expect(faults.filter((fault) => fault !== null)).toEqual([]);
    expect(logOf(path)).toBeLessThan(7e6);
    expect(count(path, 'inspections')).toBe(400);
  });

  it('that others fill again and again stores all that waited, and goes on, as soon as there is room', { timeout: 120_000 }, async () => {
    const place = disk('12m');
    const path = join(place, 'store');
    const { store, faults } = await open({ path });
    let n = 0;
    const put = async (count: number) => {
      for (let i = 0; i < count; i++) await store.journal.append(entry(++n));
    };
    const waits: Promise<unknown>[] = [];
    for (let round = 0; round < 4; round++) {
      await put(40);
      // Nobody waits for what a full disk does not take; what it frees is taken away again.
      let free = fill(place);
      await expect
        .poll(
          () => {
            for (let i = 0; i < 10; i++) waits.push(store.journal.append(entry(++n)));
            free = fill(place);
            return faults.at(-1)?.code;
          },
          { timeout: 30_000, interval: 20 },
        )
        .toBe('STORE_FULL');
      free();
      await Promise.all(waits.splice(0));
    }
    await put(100);
    expect(count(path, 'inspections')).toBe(n);
    expect(logOf(path)).toBeLessThan(8e6);
  });
});
