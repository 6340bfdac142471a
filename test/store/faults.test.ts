import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MIGRATIONS } from '#agent/store/migrations.js';
import { openDatabase } from '#agent/store/sqlite.js';
import { build, cleanUp, count, entry, folder, frame, open, row, sql, startChild } from './setup.ts';

const ALL = Number.MAX_SAFE_INTEGER;
const has = (command: string, ...args: string[]) => spawnSync(command, args, { stdio: 'ignore' }).status === 0;

function mountable(): boolean {
  const path = folder();
  if (!has('mount', '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', path)) return false;
  return has('umount', path);
}
/** Root in a container may not mount, and a box may lack strace: then these tests show as skipped, never as passed. */
const canMount = mountable();
const canTrace = has('strace', '-o', '/dev/null', 'true');

/** A disk of its own. */
function disk(size: string, ...options: string[]): string {
  const path = folder();
  execFileSync('mount', ['-t', 'tmpfs', '-o', [`size=${size}`, ...options].join(','), 'tmpfs', path]);
  cleanUp(() => execFileSync('umount', ['-l', path]));
  return path;
}

/** Takes whatever room is left, but for what `leaving` says, which another file has. */
function fill(path: string, leaving = 0): string {
  const file = join(path, 'somebody-else');
  if (leaving > 0) writeFileSync(join(path, 'a-bit'), Buffer.alloc(leaving, 1));
  spawnSync('dd', ['if=/dev/zero', `of=${file}`, 'bs=4k'], { stdio: 'ignore' });
  return file;
}

describe.skipIf(!canMount)('a full disk', () => {
  it('keeps what it accepted, says STORE_FULL once, and stores all of it in order when there is room', { timeout: 60_000 }, async () => {
    const path = disk('2m');
    const { store, faults } = await open({ path });
    const settled: number[] = [];
    let accepted = 0;
    const put = () => store.journal.append(entry(++accepted)).then(() => settled.push(Number(accepted)));
    for (let i = 0; i < 20; i++) await put();
    fill(path);
    const waiting: Promise<unknown>[] = [];
    while (faults.length === 0) {
      waiting.push(put());
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    for (let i = 0; i < 300; i++) waiting.push(put());
    expect(faults).toMatchObject([{ code: 'STORE_FULL' }]);
    const stored = () => sql<{ sequence: number }>(path, 'SELECT sequence FROM inspections ORDER BY rowid').map((r) => r.sequence);
    expect(stored().length).toBeLessThan(accepted);

    rmSync(join(path, 'somebody-else'));
    const before = store.stats().commits;
    await Promise.all(waiting);
    // In batches: one by one a slow disk would never catch up.
    expect(store.stats().commits - before).toBeLessThan(60);
    expect(stored()).toEqual(Array.from({ length: accepted }, (_, i) => i + 1));
    expect(faults).toMatchObject([{ code: 'STORE_FULL' }, null]);
    expect((await store.outbox.read('mqtt', 0, ALL, ALL)).length).toBe(accepted);
    expect(sql(path, 'PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }]);
  });

  it('goes on where somebody gives it a little room: what its log holds is written back before more is added to it', {
    timeout: 60_000,
  }, async () => {
    const path = disk('2m');
    const { store, faults } = await open({ path });
    let accepted = 0;
    const put = () => store.journal.append(entry(++accepted));
    for (let i = 0; i < 20; i++) await put();
    fill(path, 200_000);
    const waiting: Promise<unknown>[] = [];
    while (faults.length === 0) {
      waiting.push(put());
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    for (let i = 0; i < 200; i++) waiting.push(put());
    rmSync(join(path, 'a-bit'));
    await Promise.all(waiting);
    expect(faults).toMatchObject([{ code: 'STORE_FULL' }, null]);
    expect(sql(path, 'SELECT count(*) AS n FROM inspections')).toEqual([{ n: accepted }]);
  });

  it('deletes the oldest pictures before it refuses a record', async () => {
    const path = disk('6m');
    const { store, faults } = await open({ path });
    for (let i = 1; i <= 30; i++) {
      const part = entry(i);
      await store.journal.append(part);
      store.journal.keepImage(part.inspection.id, {
        frame: frame({ original: { type: 'image/jpeg', bytes: new Uint8Array(100_000) } }).frame,
        role: 'frame',
      });
      await expect.poll(() => store.queues()['pictures']?.depth).toBe(0);
    }
    fill(path);
    for (let i = 31; store.stats().deleted.images === 0; i++) await store.journal.append(entry(i));
    expect(faults).toEqual([]);
    expect(store.stats().deleted.records).toBe(0);
  });

  it('that stops the start says so', async () => {
    const path = disk('1m');
    fill(path);
    await expect(build({ path }).store.start()).rejects.toMatchObject({ code: 'STORE_FULL' });
  });
});

describe.skipIf(!canMount)('a read-only disk', () => {
  it('is refused at the start, with what and why', async () => {
    const path = disk('1m', 'ro');
    await expect(build({ path }).store.start()).rejects.toMatchObject({ code: 'STORE_FAILED', message: expect.stringContaining(path) });
  });
});

describe('a folder that cannot be one', () => {
  it('is refused at the start', async () => {
    const path = join(folder(), 'file');
    writeFileSync(path, '');
    await expect(build({ path: join(path, 'store') }).store.start()).rejects.toMatchObject({ code: 'STORE_FAILED' });
  });
});

describe.skipIf(!canTrace)('a disk that fails', () => {
  /** Runs the storing child with every nth system call failing; resolves with what it said. */
  async function runTraced(path: string, inject: string, options: object) {
    const said: Record<string, unknown>[] = [];
    const child = startChild({ folder: path, ...options }, (line) => said.push(line), [
      'strace',
      '-f',
      '-qq',
      '-o',
      '/dev/null',
      '-e',
      'trace=fdatasync,fsync,pwrite64',
      '-e',
      `inject=${inject}`,
    ]);
    await child.ended;
    return {
      acknowledged: said.flatMap((line) => (typeof line['ack'] === 'number' ? [line['ack']] : [])),
      faults: said.flatMap((line) => (line['fault'] === undefined ? (line['well'] ? ['well'] : []) : [line['fault']])),
      refused: said.filter((line) => line['refused'] !== undefined).length,
      ended: said.some((line) => line['end']),
    };
  }

  it.each([
    ['fsync:error=EIO:when=60..66', 'STORE_FAILED'],
    // Behind the writes that the tables of a new journal take.
    ['pwrite64:error=ENOSPC:when=800..830', 'STORE_FULL'],
    ['pwrite64:error=EIO:when=800..830', 'STORE_FAILED'],
  ])('%s: refused parts come again and are stored once, whole', { timeout: 60_000 }, async (inject, code) => {
    const path = folder();
    const run = await runTraced(path, inject, { parts: 600, depth: 3, patience: 5 });
    expect(run.ended).toBe(true);
    expect(run.faults.slice(0, 2)).toEqual([code, 'well']);
    expect(run.faults.at(-1)).toBe('well');
    expect(run.acknowledged.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 600 }, (_, i) => i + 1));
    expect(['inspections', 'windows', 'decisions'].map((table) => count(path, table))).toEqual([600, 600, 600]);
    expect([count(path, 'findings'), sql(path, "SELECT count(*) AS n FROM outbox WHERE publisher = 'kept'")[0]]).toEqual([
      1200,
      { n: 600 },
    ]);
    expect(sql(path, 'PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }]);
  });

  it('for good: nothing is said to be stored that is not, and none is half stored', { timeout: 60_000 }, async () => {
    const path = folder();
    const acknowledged: number[] = [];
    const failing = deferred();
    const inject = ['-e', 'trace=fsync,fdatasync', '-e', 'inject=fsync,fdatasync:error=EIO:when=60+'];
    const child = startChild(
      { folder: path, parts: 2000, depth: 3 },
      (line) => {
        if (typeof line['ack'] === 'number') acknowledged.push(line['ack']);
        if (line['fault'] === 'STORE_FAILED') failing.resolve(undefined);
      },
      ['strace', '-f', '-qq', '-o', '/dev/null', ...inject],
    );
    await failing.promise;
    child.kill();
    await child.ended;
    const stored = new Set(sql<{ sequence: number }>(path, 'SELECT sequence FROM inspections').map((r) => r.sequence));
    expect(acknowledged.filter((sequence) => !stored.has(sequence))).toEqual([]);
    expect(count(path, 'findings')).toBe(2 * stored.size);
  });
});

describe('a second agent on the same folder', () => {
  it('is refused, from this process and from another, and may start when the first has gone', { timeout: 60_000 }, async () => {
    const first = await open();
    await expect(build({ path: first.path }).store.start()).rejects.toMatchObject({
      code: 'STORE_LOCKED',
      message: expect.stringContaining(first.path),
    });
    await first.store.stop();
    const ready = deferred();
    const child = startChild({ folder: first.path, parts: 1e6, depth: 1 }, (line) => line['ack'] === 3 && ready.resolve(undefined));
    await ready.promise;
    await expect(build({ path: first.path }).store.start()).rejects.toMatchObject({ code: 'STORE_LOCKED' });
    child.kill();
    await child.ended;
    const { state } = await open({ path: first.path });
    expect(state.stations['outlet']?.lastSequence).toBeGreaterThanOrEqual(3);
  });

  it('does not shut out somebody who reads, or who writes for a moment', async () => {
    const { store, path } = await open();
    const shell = openDatabase(join(path, 'journal.db'));
    shell.exec('BEGIN IMMEDIATE');
    const waiting = store.journal.append(entry(1));
    shell.exec('COMMIT');
    shell.close();
    await waiting;
    expect(count(path, 'inspections')).toBe(1);
  });

  it('says so when somebody writes for long, and stores the record when he is done', async () => {
    const { store, path, faults } = await open();
    const shell = openDatabase(join(path, 'journal.db'));
    shell.exec('BEGIN IMMEDIATE');
    const appended = store.journal.append(entry(1));
    await expect
      .poll(() => faults, { timeout: 10_000 })
      .toMatchObject([{ code: 'STORE_FAILED', message: expect.stringContaining('SQLITE_BUSY') }]);
    shell.exec('COMMIT');
    shell.close();
    await appended;
    expect(faults).toMatchObject([{ code: 'STORE_FAILED' }, null]);
    expect(count(path, 'inspections')).toBe(1);
  });
});

it('a program that writes to the journal for long is named', async () => {
  const { store, path, faults } = await open();
  const hold =
    'import sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None); c.execute("BEGIN IMMEDIATE"); print("held", flush=True); sys.stdin.read()';
  const child = spawn('python3', ['-c', hold, join(path, 'journal.db')], { stdio: ['pipe', 'pipe', 'inherit'] });
  cleanUp(() => child.kill());
  await once(child.stdout, 'data');
  const appended = store.journal.append(entry(1));
  await expect
    .poll(() => faults, { timeout: 20_000 })
    .toMatchObject([{ code: 'STORE_FAILED', message: expect.stringContaining(`(process ${child.pid}) has it open for writing`) }]);
  child.stdin.end();
  await appended;
  expect(count(path, 'inspections')).toBe(1);
});

describe('a journal of another version', () => {
  it('is refused and not touched when it is newer', async () => {
    const { store, path } = await open();
    await store.stop();
    const file = join(path, 'journal.db');
    const db = openDatabase(file);
    db.pragma('user_version = 99');
    db.close();
    const before = readFileSync(file);
    await expect(build({ path }).store.start()).rejects.toMatchObject({
      code: 'STORE_SCHEMA',
      message: expect.stringMatching(new RegExp(`99.*knows ${MIGRATIONS.length}`)),
    });
    expect(readFileSync(file).equals(before)).toBe(true);
  });
});

describe('a damaged journal', () => {
  async function stored(parts: number): Promise<string> {
    const { store, path } = await open();
    await Promise.all(Array.from({ length: parts }, (_, i) => store.journal.append(entry(i + 1))));
    await store.stop();
    return path;
  }
  const asides = (path: string) => readdirSync(path).filter((name) => name.startsWith('journal.damaged-'));

  it('that is no database is put aside, said, and a new one is begun', async () => {
    const path = folder();
    const junk = 'not what it should be '.repeat(500);
    writeFileSync(join(path, 'journal.db'), junk);
    const { store, state, faults } = await open({ path });
    expect(faults).toMatchObject([{ code: 'STORE_DAMAGED' }]);
    expect(state.damaged).toBe(join(path, asides(path)[0] ?? ''));
    expect(readFileSync(state.damaged ?? '', 'utf8')).toBe(junk);
    await store.journal.append(entry(1));
    expect(count(path, 'inspections')).toBe(1);
  });

  it('gives the new one what is not yet published and where its stations were', async () => {
    const path = await stored(300);
    const file = join(path, 'journal.db');
    const roots = sql<{ rootpage: number }>(path, "SELECT rootpage FROM sqlite_schema WHERE name = 'inspections'");
    const bytes = readFileSync(file);
    bytes.fill(0xa5, ((roots[0]?.rootpage ?? 1) - 1) * 4096, (roots[0]?.rootpage ?? 1) * 4096);
    writeFileSync(file, bytes);
    const { store, state, faults } = await open({ path });
    expect(faults).toMatchObject([{ code: 'STORE_DAMAGED' }]);
    expect(state.stations['outlet']).toEqual({ lastSequence: 300, lastPart: 'P300', lastCounter: 300, saved: '{"n":300}' });
    expect(state.unsent).toEqual({ mqtt: 300 });
    expect(await store.outbox.depth('mqtt')).toMatchObject({ unsent: 300, newest: 300 });
    await store.journal.append({ outbox: [row('after')] });
    expect((await store.outbox.read('mqtt', 0, ALL, ALL)).at(-1)).toMatchObject({ id: 301, eventId: 'after' });
  });

  it('is put aside while it runs too, and the part that found it is stored in the new one', async () => {
    const { store, path, faults } = await open();
    await store.journal.append(entry(1));
    const shell = openDatabase(join(path, 'journal.db'));
    shell.unsafeMode(true);
    shell.pragma('writable_schema = ON');
    shell
      .prepare(
        "UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema WHERE name = 'inspections') WHERE name = 'findings'",
      )
      .run();
    shell.pragma('schema_version = 1000');
    shell.close();
    await store.journal.append(entry(2));
    expect(faults).toMatchObject([{ code: 'STORE_DAMAGED' }]);
    expect(asides(path)).not.toEqual([]);
    expect(sql(path, 'SELECT sequence FROM inspections')).toEqual([{ sequence: 2 }]);
    expect((await store.outbox.read('mqtt', 0, ALL, ALL)).length).toBe(2);
  });

  it('is never deleted, however often it happens', async () => {
    const path = folder();
    mkdirSync(path, { recursive: true });
    for (let i = 0; i < 3; i++) {
      writeFileSync(join(path, 'journal.db'), `damage ${i} `.repeat(2000));
      const { store } = await open({ path });
      await store.stop();
      rmSync(join(path, 'journal.db'));
    }
    expect(asides(path)).toHaveLength(3);
    for (const name of asides(path)) expect(statSync(join(path, name)).size).toBeGreaterThan(10_000);
  });
});

describe('a writer whose thread dies', () => {
  it('is replaced by itself, and what it had is stored once, in order', async () => {
    const { store, path, faults } = await open();
    await store.journal.append(entry(1));
    const appended = [2, 3, 4].map((n) => store.journal.append(entry(n)));
    const asked = store.outbox.depth('mqtt');
    Reflect.get(Reflect.get(store, 'writer'), 'worker').terminate();
    await expect(asked).rejects.toMatchObject({ code: 'STORE_FAILED' });
    expect(faults).toMatchObject([{ code: 'STORE_FAILED' }]);
    await Promise.all([...appended, store.journal.append(entry(5))]);
    expect(faults).toMatchObject([{ code: 'STORE_FAILED' }, null]);
    expect(sql(path, 'SELECT sequence FROM inspections ORDER BY rowid')).toEqual([1, 2, 3, 4, 5].map((sequence) => ({ sequence })));
    const ids = (await store.outbox.read('mqtt', 0, ALL, ALL)).map((r) => r.id);
    expect(ids).toEqual([1, 2, 3, 4, 5]);
    expect(count(path, 'quarantine')).toBe(0);
  });
});

function deferred() {
  let resolve: (value: unknown) => void = () => {};
  const promise = new Promise((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
