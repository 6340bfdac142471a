import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openDatabase } from '#agent/store/sqlite.js';
import { canMount, disk, fill } from '../faults/disk.ts';
import { entry, folder, open, row, sql } from './setup.ts';

const ALL = Number.MAX_SAFE_INTEGER;
const PAGE = 4096;
const PARTS = 300;

/** A journal of so many parts, none of them published, written back whole. */
async function stored(parts = PARTS, path = folder()): Promise<string> {
  const { store } = await open({ path });
  await Promise.all(Array.from({ length: parts }, (_, i) => store.journal.append(entry(i + 1))));
  await store.stop();
  return path;
}

function spoil(path: string, pages: readonly number[]): void {
  const file = join(path, 'journal.db');
  const bytes = readFileSync(file);
  for (const page of pages) bytes.fill(0xa5, (page - 1) * PAGE, page * PAGE);
  writeFileSync(file, bytes);
}
const rootOf = (path: string, table: string): number =>
  sql<{ rootpage: number }>(path, 'SELECT rootpage FROM sqlite_schema WHERE name = ?', table)[0]?.rootpage ?? 0;
/** The page that holds this text. */
const pageWith = (path: string, text: string): number => Math.floor(readFileSync(join(path, 'journal.db')).indexOf(text) / PAGE) + 1;
const named = (path: string, like: RegExp): string[] => readdirSync(path).filter((name) => like.test(name));

/** What a journal that takes over must have, wherever its making was cut off. */
async function takesOver(path: string): Promise<void> {
  const { store, state } = await open({ path });
  expect(state.stations['outlet']).toEqual({ lastSequence: PARTS, lastPart: `P${PARTS}`, lastCounter: PARTS, saved: `{"n":${PARTS}}` });
  expect(state.unsent).toEqual({ mqtt: PARTS });
  await store.journal.append(entry(PARTS + 1));
  expect((await store.outbox.read('mqtt', 0, ALL, ALL)).length).toBe(PARTS + 1);
  expect(named(path, /^journal\.(whole|building)/)).toEqual([]);
  await store.stop();
  // The next start finds nothing more to do.
  const again = await open({ path });
  expect(again.state.damaged).toBeNull();
  expect(again.state.stations['outlet']?.lastSequence).toBe(PARTS + 1);
}

describe('a damaged journal whose replacement was cut off', () => {
  /** The damaged journal with a log beside it, and the whole new one as the replacement had made it. */
  async function halfway() {
    const path = await stored();
    spoil(path, [rootOf(path, 'inspections')]);
    const damaged = readFileSync(join(path, 'journal.db'));
    const copy = folder();
    writeFileSync(join(copy, 'journal.db'), damaged);
    const { store } = await open({ path: copy });
    await store.stop();
    const log = Buffer.from('a log that held everything');
    return { path, damaged, log, whole: readFileSync(join(copy, 'journal.db')) };
  }
  const STAMP = '2027-01-01T00-00-00Z';
  const put = (path: string, files: Readonly<Record<string, Buffer>>) => {
    rmSync(join(path, 'journal.db'), { force: true });
    for (const [name, bytes] of Object.entries(files)) writeFileSync(join(path, name), bytes);
  };

  it('before the new one was whole: is made again', { timeout: 30_000 }, async () => {
    const { path, whole, damaged } = await halfway();
    put(path, {
      'journal.db': damaged,
      'journal.building.db': whole.subarray(0, 9000),
      'journal.building.db-journal': whole.subarray(0, 900),
    });
    await takesOver(path);
    expect(named(path, /damaged-.*\.db$/)).toHaveLength(1);
  });

  it.each([
    ['before anything was moved', ['journal.db', 'journal.db-wal']],
    ['between the first and the second', [`journal.damaged-${STAMP}.db`, 'journal.db-wal']],
    ['before the new one took the place', [`journal.damaged-${STAMP}.db`, `journal.damaged-${STAMP}.db-wal`]],
  ])('%s: goes on from there, and neither file nor log of the old one is lost', { timeout: 30_000 }, async (_, [db = '', wal = '']) => {
    const { path, whole, damaged, log } = await halfway();
    put(path, { [`journal.whole-${STAMP}.db`]: whole, [db]: damaged, [wal]: log });
    await takesOver(path);
    expect(readFileSync(join(path, `journal.damaged-${STAMP}.db`)).equals(damaged)).toBe(true);
    expect(readFileSync(join(path, `journal.damaged-${STAMP}.db-wal`)).equals(log)).toBe(true);
  });
});

describe('what is salvaged', () => {
  it('goes on behind a page that cannot be read', { timeout: 30_000 }, async () => {
    const path = await stored();
    const [middle] = sql<{ event_id: string }>(path, 'SELECT event_id FROM outbox WHERE id = 150');
    spoil(path, [rootOf(path, 'inspections'), pageWith(path, `"eventId":"${middle?.event_id}"`)]);
    const { store } = await open({ path });
    const ids = (await store.outbox.read('mqtt', 0, ALL, ALL)).map(({ id }) => id);
    expect(ids.length).toBeGreaterThan(PARTS - 40);
    expect(ids.length).toBeLessThan(PARTS);
    expect([ids[0], ids.at(-1)]).toEqual([1, PARTS]);
    expect((await store.outbox.depth('mqtt')).unsent).toBe(ids.length);
  });

  it('finds each station’s sequence in its records where its own row is gone, and in its events where those are', async () => {
    const path = await stored();
    spoil(path, [rootOf(path, 'station_state')]);
    expect((await open({ path })).state.stations['outlet']?.lastSequence).toBe(PARTS);

    const other = folder();
    const { store } = await open({ path: other });
    const payload = JSON.stringify({ station: 'trim', sequence: 77 });
    await store.journal.append({
      outbox: [row('e', { station: 'trim', payload }), row('f', { station: 'trim', payload: '{"sequence":"x"}' })],
    });
    await store.stop();
    spoil(other, [rootOf(other, 'station_state'), rootOf(other, 'inspections')]);
    expect((await open({ path: other })).state.stations['trim']?.lastSequence).toBe(77);
  });

  it('fits a journal of an older version into the tables of this one', async () => {
    const path = await stored(5);
    const db = openDatabase(join(path, 'journal.db'));
    db.exec('ALTER TABLE loads DROP COLUMN recorded; ALTER TABLE alarms DROP COLUMN recorded');
    db.prepare("INSERT INTO loads VALUES (1, 'agent', 'older')").run();
    db.close();
    spoil(path, [rootOf(path, 'inspections')]);
    const { state } = await open({ path });
    expect(state.unsent).toEqual({ mqtt: 5 });
    expect(sql(path, 'SELECT detail, recorded FROM loads')).toEqual([{ detail: 'older', recorded: null }]);
  });

  it('keeps what the picture files are counted by, and the agent’s own time', async () => {
    const path = await stored(5);
    const before = sql<{ value: number }>(path, "SELECT value FROM counters WHERE name = 'time/own'");
    spoil(path, [rootOf(path, 'inspections')]);
    const { store } = await open({ path });
    await store.stop();
    const after = sql<{ value: number }>(path, "SELECT value FROM counters WHERE name = 'time/own'");
    expect(after[0]?.value).toBeGreaterThanOrEqual(before[0]?.value ?? Number.POSITIVE_INFINITY);
  });
});

describe.skipIf(!canMount())('a journal that is damaged while the disk is full', () => {
  it('is replaced when there is room, and nothing that was accepted is lost', { timeout: 60_000 }, async () => {
    const path = disk('6m');
    const { store, faults } = await open({ path });
    await Promise.all(Array.from({ length: 200 }, (_, i) => store.journal.append(entry(i + 1))));
    const shell = openDatabase(join(path, 'journal.db'));
    shell.unsafeMode(true);
    shell.pragma('writable_schema = ON');
    const root = "(SELECT rootpage FROM sqlite_schema WHERE name = 'inspections')";
    shell.prepare(`UPDATE sqlite_schema SET rootpage = ${root} WHERE name = 'findings'`).run();
    shell.pragma('schema_version = 1000');
    shell.close();
    const free = fill(path);
    const appended = [201, 202, 203].map((n) => store.journal.append(entry(n)));
    await expect.poll(() => faults.at(-1)?.code, { timeout: 10_000 }).toBe('STORE_FULL');
    free();
    await Promise.all(appended);
    expect(sql(path, 'SELECT sequence FROM inspections ORDER BY rowid')).toEqual([201, 202, 203].map((sequence) => ({ sequence })));
    expect((await store.outbox.read('mqtt', 0, ALL, ALL)).length).toBe(203);
    // It stands as long as the damaged file lies there.
    expect(faults.at(-1)?.code).toBe('STORE_DAMAGED');
    for (const name of named(path, /damaged/)) renameSync(join(path, name), join(path, `seen-${name}`));
    await expect.poll(() => faults.at(-1), { timeout: 15_000 }).toBeNull();
    expect(existsSync(join(path, 'journal.db'))).toBe(true);
  });
});
