// A journal that lost its log opens without complaint, as if there never had been more: what was stored beyond it is told, and no sequence
// is given out again.
import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { HIGH_WATER_FILE, HighWater } from '#agent/store/high-water.js';
import { rowsOf } from '#agent/store/rows.js';
import { Spill } from '#agent/store/spill.js';
import { openDatabase } from '#agent/store/sqlite.js';
import { canMount, canTrace, disk } from '../faults/disk.ts';
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
/** A journal of three parts, whose mark says that there were ten. */
async function behind(): Promise<string> {
  const path = folder();
  const { store } = await open({ path });
  for (let n = 1; n <= 3; n++) await store.journal.append(entry(n));
  await store.stop();
  const water = new HighWater(path);
  water.stored(new Map([['outlet', 10]]));
  water.close();
  return path;
}
/** More than waits in the log before it is written back. */
async function writesBack({ store }: Awaited<ReturnType<typeof open>>, from: number): Promise<void> {
  const text = 'x'.repeat(200_000);
  for (let n = from; n < from + 60; n++) await store.journal.append(entry(n, { reasons: [{ text: `${text}${n}` }] }));
}
const audited = (path: string, verb: string): unknown[] =>
  sql<{ detail: string }>(path, 'SELECT detail FROM audit WHERE verb = ?', verb).map(({ detail }) => JSON.parse(detail));
/** One of the two places of the mark, as a write that was torn leaves it. */
function tear(path: string, place: number): void {
  const mark = join(path, HIGH_WATER_FILE);
  const bytes = readFileSync(mark);
  bytes.fill(0xa5, place * 32 * 1024, (place + 1) * 32 * 1024);
  writeFileSync(mark, bytes);
}

describe('a mark that cannot be kept', () => {
  it('keeps nothing from being stored, is an alarm, and is over when it can be kept again', async () => {
    const path = folder();
    mkdirSync(join(path, HIGH_WATER_FILE));
    const opened = await open({ path });
    const codes = () => opened.faults.map((fault) => fault?.code);
    await opened.store.journal.append(entry(1));
    await expect.poll(codes).toContain('STORE_UNMARKED');
    expect(opened.faults.at(-1)?.details['why']).toContain('folder');
    rmSync(join(path, HIGH_WATER_FILE), { recursive: true });
    await writesBack(opened, 2);
    await expect.poll(() => opened.faults.at(-1)?.code, { timeout: 10_000 }).not.toBe('STORE_UNMARKED');
    expect(statSync(join(path, HIGH_WATER_FILE)).isFile()).toBe(true);
    expect(count(path, 'inspections')).toBe(61);
  });
});

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
    const [lost] = audited(path, 'records lost') as readonly { readonly to: number }[];
    expect(lost).toEqual({ station: 'outlet', from: 1, to: expect.any(Number) });
    expect(lost?.to).toBeGreaterThanOrEqual(newest);
    expect(fault?.details['records']).toBe(`outlet 1-${lost?.to}`);
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

  it.each([0, 1])(
    'what came after it was last written back, in a power cut that tore place %i of its mark: goes on behind that',
    async (place) => {
      const path = folder();
      const box = await open({ path });
      await writesBack(box, 1);
      await expect.poll(() => statSync(join(path, 'journal.db')).size, { timeout: 10_000 }).toBeGreaterThan(8e6);
      await box.store.journal.append(entry(61));
      for (let n = 62; n <= 70; n++) await box.store.journal.append(entry(n));
      // What is on the disk at that moment, without the log.
      const cut = folder();
      for (const name of ['journal.db', HIGH_WATER_FILE]) copyFileSync(join(path, name), join(cut, name));
      tear(cut, place);
      const { state, faults } = await open({ path: cut });
      expect(faults[0]?.code).toBe('STORE_WENT_BACK');
      expect(state.stations['outlet']?.lastSequence).toBeGreaterThan(70);
    },
  );

  it('its log: knows no last part any more, neither now nor after a kill, and keeps what else it has of a station', async () => {
    const path = await behind();
    const known = { lastSequence: 1001, lastPart: null, lastCounter: null, saved: '{"n":3}' };
    const { store, state } = await open({ path });
    expect(state.stations['outlet']).toEqual({ ...known, wentBack: true });
    await store.stop();
    expect((await open({ path })).state.stations['outlet']).toEqual(known);
  });

  it('its log, while newer parts are spilled: stores each of them under its own number, and goes on from them', async () => {
    const path = await behind();
    const entries = [11, 12, 13].map((n) => rowsOf(entry(n), { now: 1, recorded: 1, outboxId: () => n }));
    new Spill(path).write({ first: 11, entries, lost: [] }, 0);
    const { store, state } = await open({ path });
    const known = { lastSequence: 1001, lastPart: 'P13', lastCounter: 13, saved: '{"n":13}' };
    expect(state.stations['outlet']).toEqual(known);
    await store.stop();
    const numbers = sql<{ sequence: number }>(path, 'SELECT sequence FROM inspections ORDER BY rowid').map(({ sequence }) => sequence);
    expect(numbers).toEqual([1, 2, 3, 11, 12, 13]);
    expect(sql(path, "SELECT value FROM counters WHERE name = 'accepted'")).toEqual([{ value: 13 }]);
    expect(audited(path, 'records lost')).toEqual([{ station: 'outlet', from: 4, to: 10 }]);
    expect((await open({ path })).state.stations['outlet']).toEqual(known);
  });

  it('its log, and is damaged as well: tells in its audit which sequences are in no record of it', async () => {
    const path = await behind();
    const [page = { rootpage: 0 }] = sql<{ rootpage: number }>(path, "SELECT rootpage FROM sqlite_schema WHERE name = 'inspections'");
    const file = join(path, 'journal.db');
    const bytes = readFileSync(file);
    bytes.fill(0xa5, (page.rootpage - 1) * 4096, page.rootpage * 4096);
    writeFileSync(file, bytes);
    const { store, state } = await open({ path });
    expect([state.damaged, state.stations['outlet']?.lastSequence]).toEqual([expect.any(String), 1001]);
    await store.stop();
    expect(audited(path, 'sequences left out')).toEqual([{ station: 'outlet', from: 4, to: 1001 }]);
    expect(audited(path, 'records lost')).toEqual([]);
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
      // That a folder lies in its place is told, see above; that records are missing would be wrong.
      expect(faults.filter((fault) => fault?.code !== 'STORE_UNMARKED')).toEqual([]);
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
    const box = await open({ path });
    await writesBack(box, 1);
    await expect.poll(() => statSync(join(disk, 'elsewhere.db')).size, { timeout: 10_000 }).toBeGreaterThan(4e6);
  });

  it('is written back as well when a file has taken its place, since it was damaged', async () => {
    const { path, disk } = linked();
    const box = await open({ path });
    await box.store.journal.append(entry(1));
    const shell = openDatabase(join(disk, 'elsewhere.db'));
    shell.unsafeMode(true);
    shell.pragma('writable_schema = ON');
    const root = "(SELECT rootpage FROM sqlite_schema WHERE name = 'inspections')";
    shell.prepare(`UPDATE sqlite_schema SET rootpage = ${root} WHERE name = 'findings'`).run();
    shell.pragma('schema_version = 1000');
    shell.close();
    await box.store.journal.append(entry(2));
    expect(box.faults.at(-1)?.code).toBe('STORE_DAMAGED');
    expect(lstatSync(join(path, 'journal.db')).isFile()).toBe(true);
    await writesBack(box, 3);
    await expect.poll(() => statSync(join(path, 'journal.db')).size, { timeout: 10_000 }).toBeGreaterThan(4e6);
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

  it('is read from the place that was flushed where the other one was cut off', () => {
    const path = folder();
    const mark = join(path, HIGH_WATER_FILE);
    const water = opened(path);
    for (let n = 1; n <= 8; n++) water.stored(at(n));
    water.close();
    const bytes = readFileSync(mark);
    const newest = bytes.indexOf('[8,') < 32 * 1024 ? 0 : 32 * 1024;
    bytes.fill(0, newest + 20, newest + 60);
    writeFileSync(mark, bytes);
    expect(opened(path).behind(none)).toEqual([{ station: 'outlet', from: 1, to: 1, next: 1002 }]);
    bytes.fill(0xff);
    writeFileSync(mark, bytes);
    expect(opened(path).behind(none)).toEqual([]);
  });

  it('leaves what the life before has flushed alone until it has flushed itself', () => {
    const path = folder();
    for (const sequence of [1, 2, 3, 4]) {
      const water = opened(path);
      water.stored(at(sequence));
      water.close();
      const copies = [0, 1].map((place) => {
        const copy = folder();
        cpSync(path, copy, { recursive: true });
        tear(copy, place);
        return opened(copy).behind(none)[0]?.to ?? 0;
      });
      expect(copies.toSorted((a, b) => a - b)).toEqual([sequence - 1, sequence]);
    }
  });

  it('that cannot be made is told, tried again when the log is written back, and guards from then on', async () => {
    const path = folder();
    const mark = join(path, HIGH_WATER_FILE);
    mkdirSync(mark);
    const box = await open({ path });
    const told = () => box.lines.filter(({ text }) => /how far the stations have come/i.test(text)).map(({ level, text }) => [level, text]);
    await expect.poll(told).toEqual([['warn', expect.stringContaining('cannot be kept')]]);
    await box.store.journal.append(entry(1));
    rmSync(mark, { recursive: true });
    await writesBack(box, 2);
    await expect.poll(told, { timeout: 10_000 }).toEqual([expect.anything(), ['info', expect.stringContaining('is kept')]]);
    await box.store.journal.append(entry(62));
    expect(opened(path).behind(none)).toEqual([{ station: 'outlet', from: 1, to: 62, next: expect.any(Number) }]);
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

/** A disk is asked whether it has something by flushes alone, and refuses as strace says. */
describe.skipIf(!canTrace())('the disk of the mark', () => {
  const CHILD = "import { HighWater } from '#agent/store/high-water.js'; const water = new HighWater(process.argv[1]);";
  const STORED = 'const stored = (from, to) => { for (let n = from; n <= to; n++) water.stored(new Map([["outlet", n]])); };';
  /** What each call of that name said for the mark: 0, or -1 and why. */
  function traced(path: string, call: string, script: string, ...inject: readonly string[]): readonly string[] {
    const trace = join(folder(), 'trace');
    const options = ['-f', '-qq', '-y', '-o', trace, '-e', `trace=${call}`, ...inject.flatMap((one) => ['-e', `inject=${call}:${one}`])];
    const node = [process.execPath, '--input-type=module', '-e', `${CHILD}${STORED}${script}`, path];
    execFileSync('strace', [...options, ...node], { cwd: join(import.meta.dirname, '../..'), stdio: ['ignore', 'ignore', 'inherit'] });
    const lines = readFileSync(trace, 'utf8').split('\n');
    return lines.filter((line) => line.includes(HIGH_WATER_FILE)).map((line) => /= (-?\d+(?: [A-Z]+)?)/.exec(line)?.[1] ?? line);
  }

  it('is asked when the file is made, and with the first part after the log was written back', () => {
    const flushes = (script: string) => traced(folder(), 'fdatasync', script).length;
    expect(flushes('')).toBe(1);
    expect(flushes('stored(1, 500);')).toBe(2);
    expect(flushes('stored(1, 500); water.writtenBack(); stored(501, 700);')).toBe(3);
    expect(flushes('stored(1, 1002);')).toBe(3);
  });

  it('is asked again with the next part where it failed, until it has it', () => {
    const said = traced(folder(), 'fdatasync', 'stored(1, 9);', 'error=EIO:when=2..4');
    expect(said).toEqual(['0', '-1 EIO', '-1 EIO', '-1 EIO', '0']);
  });
});

describe.skipIf(!canMount())('a disk without room for all of the mark', () => {
  it('has none, and says so', () => {
    const water = new HighWater(disk('40k'));
    expect(water.fault).toContain('ENOSPC');
    water.close();
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
