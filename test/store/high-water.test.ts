// A journal that lost its log opens without complaint, as if there never had been more: what was stored beyond it is told, and no sequence
// is given out again.
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { HIGH_WATER_FILE, HighWater } from '#agent/store/high-water.js';
import { count, entry, folder, open, sql, startChild } from './setup.ts';

/** Stores parts, is killed, and returns the newest sequence that somebody heard of. */
async function killed(path: string, acks: number): Promise<number> {
  let newest = 0;
  let heard = 0;
  const child = startChild({ folder: path, depth: 5 }, (line) => {
    if (typeof line['ack'] !== 'number') return;
    newest = Math.max(newest, line['ack']);
    if (++heard === acks) child.kill();
  });
  await child.ended;
  return newest;
}
const remove = (path: string, ...names: readonly string[]) => {
  for (const name of names) rmSync(join(path, name), { force: true });
};

describe('a journal that lost', () => {
  it.each([
    ['its log before it was ever written back', ['journal.db-wal', 'journal.db-shm']],
    ['its file and its log', ['journal.db', 'journal.db-wal', 'journal.db-shm']],
  ])('%s: goes on behind what was published, and says what is missing', async (_, names) => {
    const path = folder();
    const newest = await killed(path, 40);
    remove(path, ...names);
    const { store, state, faults } = await open({ path });
    const last = state.stations['outlet']?.lastSequence ?? 0;
    expect(last).toBeGreaterThan(newest);
    const [fault] = faults;
    expect(fault?.code).toBe('STORE_WENT_BACK');
    expect(fault?.details['next']).toBe(`outlet ${last + 1}`);
    await store.journal.append(entry(last + 1));
    const [lost] = sql<{ detail: string }>(path, "SELECT detail FROM audit WHERE verb = 'records lost'").map(({ detail }) =>
      JSON.parse(detail),
    );
    expect(lost).toEqual({ station: 'outlet', from: 1, to: expect.any(Number) });
    expect(lost.to).toBeGreaterThanOrEqual(newest);
    expect(fault?.details['records']).toBe(`outlet 1-${lost.to}`);
    await store.stop();
    // It was told; the next start finds a journal that knows.
    const again = await open({ path });
    expect([again.state.stations['outlet']?.lastSequence, again.faults]).toEqual([last + 1, []]);
  });

  it('what came after it was last written back: goes on behind that as well', async () => {
    const path = folder();
    const { store } = await open({ path });
    for (let n = 1; n <= 3; n++) await store.journal.append(entry(n));
    await store.stop();
    await killed(path, 20);
    remove(path, 'journal.db-wal', 'journal.db-shm');
    const { state, faults } = await open({ path });
    expect(faults[0]?.details['records']).toMatch(/^outlet 4-/);
    expect(state.stations['outlet']?.lastSequence).toBeGreaterThan(23);
    expect(count(path, 'inspections')).toBe(3);
  });

  it('nothing: goes on where it was, after a kill and after a stop', async () => {
    const path = folder();
    const newest = await killed(path, 40);
    const { store, state, faults } = await open({ path });
    expect(faults).toEqual([]);
    const last = state.stations['outlet']?.lastSequence ?? 0;
    expect(last).toBeGreaterThanOrEqual(newest);
    expect(last).toBe(count(path, 'inspections'));
    await store.stop();
    const again = await open({ path });
    expect([again.state.stations['outlet']?.lastSequence, again.faults]).toEqual([last, []]);
  });

  it('nothing, and its mark is gone, no file or not whole: goes on as well', async () => {
    const path = folder();
    await killed(path, 5);
    const mark = join(path, HIGH_WATER_FILE);
    for (const spoil of [
      () => undefined,
      () => mkdirSync(mark),
      () => execFileSync('mkfifo', [mark]),
      () => writeFileSync(mark, 'no mark'),
      () => writeFileSync(mark, Buffer.alloc(70_000, 0xff)),
    ]) {
      rmSync(mark, { recursive: true, force: true });
      spoil();
      const { store, state, faults } = await open({ path });
      await store.journal.append(entry((state.stations['outlet']?.lastSequence ?? 0) + 1));
      expect(faults).toEqual([]);
      await store.stop();
    }
  });
});

describe('a journal that is a link', () => {
  const linked = () => {
    const path = folder();
    const disk = folder();
    symlinkSync(join(disk, 'elsewhere.db'), join(path, 'journal.db'));
    return { path, disk };
  };

  it('and lost its log: is noticed as any other', async () => {
    const { path, disk } = linked();
    const newest = await killed(path, 40);
    remove(disk, 'elsewhere.db-wal', 'elsewhere.db-shm');
    const { state, faults } = await open({ path });
    expect(faults[0]?.code).toBe('STORE_WENT_BACK');
    expect(state.stations['outlet']?.lastSequence).toBeGreaterThan(newest);
  });

  it('is written back while the agent runs', async () => {
    const { path, disk } = linked();
    const { store } = await open({ path });
    const text = 'x'.repeat(200_000);
    for (let n = 1; n <= 60; n++) await store.journal.append(entry(n, { reasons: [{ text: `${text}${n}` }] }));
    await expect.poll(() => statSync(join(disk, 'elsewhere.db')).size, { timeout: 10_000 }).toBeGreaterThan(4e6);
  });
});

describe('the mark', () => {
  const opened = (path: string) => new HighWater(path);
  const none = {};
  const at = (sequence: number) => new Map([['outlet', sequence]]);

  it('has a ceiling that a power cut cannot take back', () => {
    const path = folder();
    const mark = join(path, HIGH_WATER_FILE);
    const water = opened(path);
    water.stored(at(1));
    copyFileSync(mark, `${mark}.flushed`);
    for (let n = 2; n <= 900; n++) water.stored(at(n));
    water.close();
    expect(opened(path).behind(none)).toEqual([{ station: 'outlet', from: 1, to: 900, next: 1002 }]);
    renameSync(`${mark}.flushed`, mark);
    expect(opened(path).behind(none)).toEqual([{ station: 'outlet', from: 1, to: 1, next: 1002 }]);
  });

  it('is read from the other place where one was cut off', () => {
    const path = folder();
    const mark = join(path, HIGH_WATER_FILE);
    const water = opened(path);
    for (let n = 1; n <= 8; n++) water.stored(at(n));
    water.close();
    const bytes = readFileSync(mark);
    const newest = bytes.indexOf('[8,') < 32 * 1024 ? 0 : 32 * 1024;
    bytes.fill(0, newest + 20, newest + 60);
    writeFileSync(mark, bytes);
    expect(opened(path).behind(none)).toEqual([{ station: 'outlet', from: 1, to: 7, next: 1002 }]);
    bytes.fill(0xff);
    writeFileSync(mark, bytes);
    expect(opened(path).behind(none)).toEqual([]);
  });

  it('keeps the stations that moved last where there is no room for all', () => {
    const path = folder();
    const water = opened(path);
    water.stored(new Map(Array.from({ length: 2000 }, (_, n) => [`station-${n}-${'x'.repeat(40)}`, 5])));
    water.close();
    const behind = opened(path).behind(none);
    expect(behind.length).toBeGreaterThan(300);
    expect(behind.at(-1)?.station).toMatch(/^station-1999-/);
    expect(statSync(join(path, HIGH_WATER_FILE)).size).toBe(64 * 1024);
  });
});

describe('what stands in place of a file', () => {
  it.each(['agent.lock', 'journal.db', 'journal.db-wal', 'journal.db-shm'])('%s: is named, with what it is', async (name) => {
    const path = folder();
    const there = join(path, name);
    mkdirSync(there);
    const refused = { code: 'STORE_NOT_A_FILE', details: expect.objectContaining({ path: there, what: 'a folder' }) };
    await expect(open({ path })).rejects.toMatchObject(refused);
    rmSync(there, { recursive: true });
    execFileSync('mkfifo', [there]);
    await expect(open({ path })).rejects.toMatchObject({ ...refused, details: { path: there, what: 'a pipe, not a file' } });
    rmSync(there);
    await open({ path });
  });

  it('the log of a journal that is a link: is looked for where SQLite keeps it', async () => {
    const [path, disk] = [folder(), folder()];
    writeFileSync(join(disk, 'elsewhere.db'), '');
    symlinkSync(join(disk, 'elsewhere.db'), join(path, 'journal.db'));
    mkdirSync(join(disk, 'elsewhere.db-wal'));
    const details = expect.objectContaining({ path: join(disk, 'elsewhere.db-wal') });
    await expect(open({ path })).rejects.toMatchObject({ code: 'STORE_NOT_A_FILE', details });
  });
});
