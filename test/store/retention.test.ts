import { closeSync, existsSync, openSync, readdirSync, statfsSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { v7 as uuid } from 'uuid';
import { describe, expect, it } from 'vitest';
import { openDatabase } from '#agent/store/sqlite.js';
import type { Store } from '#agent/store/store.js';
import { Days, Hours, Seconds } from '#agent/time.js';
import { alarm, decision } from '../publishers/samples.ts';
import { ManualClock } from '../simulators/clock.ts';
import { count, entry, folder, frame, open, row, sql } from './setup.ts';

const LATER = { timeout: 20_000 };
const original = (bytes: number) => ({ type: 'image/jpeg' as const, bytes: new Uint8Array(bytes) });

async function storeParts(store: Store, clock: Calendar, from: number, to: number, imageBytes = 0): Promise<string[]> {
  const ids: string[] = [];
  for (let i = from; i <= to; i++) {
    const part = entry(i, { at: clock.now() });
    await store.journal.append({ ...part, decisions: [decision({ inspection: part.inspection.id, at: clock.now() })] });
    if (imageBytes > 0)
      store.journal.keepImage(part.inspection.id, { frame: frame({ original: original(imageBytes) }).frame, role: 'frame' });
    if (imageBytes > 0 && i % 20 === 0) await expect.poll(() => store.queues()['pictures']?.depth, LATER).toBe(0);
    ids.push(part.inspection.id);
  }
  return ids;
}

/** Every page of a table that holds rows is none any more. */
function damage(path: string, table: string): void {
  const db = openDatabase(join(path, 'journal.db'));
  db.pragma('wal_checkpoint(TRUNCATE)');
  const pages = db.prepare<[string], number>("SELECT pageno FROM dbstat WHERE name = ? AND pagetype = 'leaf'").pluck().all(table);
  const size = Number(db.pragma('page_size', { simple: true }));
  db.close();
  const file = openSync(join(path, 'journal.db'), 'r+');
  for (const page of pages) writeSync(file, Buffer.alloc(size, 0xff), 0, size, (page - 1) * size);
  closeSync(file);
}

/** A clock whose date can be set, and one that long stretches pass on without every timer on the way. */
class Calendar extends ManualClock {
  private stepped = 0;
  private lived = 0;

  constructor() {
    super();
    const ticks = this.elapsed;
    this.elapsed = () => ticks() + this.lived;
    this.now = () => Date.UTC(2027, 0, 5, 6) + this.elapsed() + this.stepped;
  }

  /** The date is set; no time passes. */
  async skip(days: number): Promise<void> {
    this.stepped += Days(days);
    await this.advance(Seconds(5));
  }
  /** Time passes. */
  async lives(ms: number): Promise<void> {
    this.lived += ms;
    await this.advance(Seconds(5));
  }
}
const files = (path: string) =>
  readdirSync(join(path, 'images'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.jpg'));

describe('retention', () => {
  it('deletes the oldest pictures over the budget, rows and files, and leaves their verdicts', async () => {
    const clock = new Calendar();
    const { store, path } = await open({ clock, keep: { images: 250_000 } });
    const ids = await storeParts(store, clock, 1, 100, 5000);
    await expect.poll(() => store.stats().pictures.kept, LATER).toBe(100);
    await clock.advance(Seconds(5));
    await expect
      .poll(() => sql<{ value: number }>(path, "SELECT value FROM counters WHERE name = 'image_bytes'")[0]?.value, LATER)
      .toBeLessThanOrEqual(250_000);
    await expect.poll(() => files(path).length, LATER).toBe(count(path, 'images'));
    await expect.poll(() => store.stats().pictures.bytes, LATER).toBe(count(path, 'images') * 5000);
    const kept = sql<{ inspection: string }>(path, 'SELECT inspection FROM images ORDER BY rowid').map((r) => r.inspection);
    // Chunks of 16: never more than one chunk below the budget.
    expect(kept.length).toBeGreaterThan(50 - 16);
    expect(kept).toEqual(ids.slice(-kept.length));
    expect(count(path, 'inspections')).toBe(100);
    expect(store.stats().deleted).toEqual({ images: 100 - kept.length, records: 0 });
  });

  it.each([
    ['the index', 'facet_rows'],
    ['what is counted', 'tallies'],
    ['what hangs on a record', 'findings'],
  ])('goes on where pages of %s are damaged, and the newest records stay', async (_, table) => {
    const clock = new Calendar();
    const first = await open({ clock, keep: { records: Days(30) } });
    await storeParts(first.store, clock, 1, 120);
    // Into the index, in quiet moments.
    const indexed = () => sql<{ value: number }>(first.path, "SELECT value FROM counters WHERE name = 'facets_to'")[0]?.value;
    const later = async (count: () => number | undefined) => {
      await clock.advance(Seconds(5));
      return count();
    };
    await expect.poll(() => later(indexed), LATER).toBe(120);
    await first.store.stop();
    damage(first.path, table);
    const { store, path, faults } = await open({ path: first.path, clock, keep: { records: Days(30) } });
    await clock.lives(Days(31));
    await storeParts(store, clock, 121, 130);
    await expect.poll(() => later(() => count(path, 'inspections')), LATER).toBe(10);
    // What is made of the records is made anew, unnoticed; what cannot be read of the records is put aside, and said.
    const aside = readdirSync(path).filter((name) => name.startsWith('journal.damaged-'));
    expect(aside.length > 0).toBe(table === 'findings');
    if (table === 'findings') expect(faults.some((fault) => fault?.code === 'STORE_DAMAGED')).toBe(true);
  });

  it('deletes records by age with everything of theirs, and never what is still to be published or still lasts', async () => {
    const clock = new Calendar();
    const { store, path } = await open({ clock, keep: { records: Days(30) } });
    await store.journal.append({ alarms: [alarm({ since: clock.now() })], load: { kind: 'agent', at: clock.now(), detail: '' } });
    await storeParts(store, clock, 1, 120, 100);
    await expect.poll(() => store.stats().pictures.kept, LATER).toBe(120);
    await clock.lives(Days(20));
    await storeParts(store, clock, 121, 130);
    await clock.lives(Days(11));
    await expect.poll(() => count(path, 'inspections'), LATER).toBe(10);
    await expect.poll(() => files(path), LATER).toEqual([]);
    const tables = ['findings', 'decisions', 'images', 'loads', 'alarms', 'outbox'];
    expect(tables.map((table) => [table, count(path, table)])).toEqual([
      ['findings', 10],
      ['decisions', 10],
      ['images', 0],
      ['loads', 0],
      ['alarms', 1],
      ['outbox', 130],
    ]);
    expect(count(path, 'decision_writes')).toBe(20);
    expect(sql(path, 'SELECT last_sequence FROM station_state')).toEqual([{ last_sequence: 130 }]);
    expect(sql(path, "SELECT value FROM counters WHERE name = 'image_bytes'")).toEqual([{ value: 0 }]);
    expect(sql(path, 'PRAGMA foreign_key_check')).toEqual([]);
  });

  it('with too little room on the disk deletes pictures first, then records, but none of the last day', async () => {
    const clock = new Calendar();
    const path = folder();
    // More than the disk has: the guard finds too little room whatever it deletes.
    const free = statfsSync(path).blocks * statfsSync(path).bsize * 2;
    const first = await open({ path, clock });
    await storeParts(first.store, clock, 1, 60, 1000);
    await clock.lives(Days(3));
    await first.store.stop();
    const { store } = await open({ path, clock, keep: { free } });
    await storeParts(store, clock, 61, 70);
    await clock.advance(Seconds(5));
    await expect.poll(() => count(path, 'inspections'), LATER).toBe(10);
    expect(count(path, 'images')).toBe(0);
    expect(files(path)).toEqual([]);
    expect(count(path, 'outbox')).toBe(70);
    expect(store.stats().deleted).toMatchObject({ images: 60 });
    // What was emptied went back to the file system.
    await expect.poll(() => sql(path, 'PRAGMA freelist_count')[0], LATER).toEqual({ freelist_count: 0 });
  });

  it('goes on storing while it deletes', async () => {
    const clock = new Calendar();
    const { store, path } = await open({ clock, keep: { records: Days(30) } });
    await Promise.all(Array.from({ length: 2000 }, (_, i) => store.journal.append(entry(i + 1, { at: clock.now() }))));
    await clock.lives(Days(31));
    let appended = 0;
    for (; count(path, 'inspections') > appended; appended++) await store.journal.append(entry(2001 + appended, { at: clock.now() }));
    expect(appended).toBeGreaterThan(0);
    expect(store.stats().deleted.records).toBe(2000);
  });

  it('forgets a picture whose file somebody took away', async () => {
    const clock = new Calendar();
    const { store, path } = await open({ clock, keep: { images: 10 } });
    const id = uuid();
    await store.journal.append({ outbox: [row(id)] });
    store.journal.keepImage(id, { frame: frame({ original: original(100) }).frame, role: 'frame' });
    await expect.poll(() => store.stats().pictures.kept).toBe(1);
    const { rmSync } = await import('node:fs');
    rmSync(join(path, 'images'), { recursive: true });
    await clock.advance(Seconds(5));
    await expect.poll(() => count(path, 'images')).toBe(0);
    expect(existsSync(join(path, 'images'))).toBe(false);
  });
});

/** Every clock that lies: records go by the agent's own time alone. */
describe('retention and clocks', () => {
  const KEPT = { records: Days(30) };
  const left = (path: string) => sql<{ sequence: number }>(path, 'SELECT sequence FROM inspections ORDER BY rowid').map((r) => r.sequence);
  /** So many looks at the budget, each ended: what is to be deleted is. */
  async function looks(store: Store, clock: Calendar, n = 3): Promise<void> {
    for (let i = 0; i < n; i++) {
      await clock.advance(Seconds(5));
      await store.outbox.depth('mqtt');
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
  }

  it.each([
    ['in 2012', Date.UTC(2012, 0, 1)],
    ['in 1601, which means none', Date.UTC(1601, 0, 1)],
    ['in 2199', Date.UTC(2199, 0, 1)],
  ])('keeps what a PLC dates %s, and deletes it by its own age', async (_, at) => {
    const clock = new Calendar();
    const { store, path } = await open({ clock, keep: KEPT });
    for (let i = 1; i <= 60; i++) await store.journal.append(entry(i, { at }));
    await looks(store, clock);
    expect(left(path)).toHaveLength(60);
    await clock.lives(Days(2));
    for (let i = 61; i <= 70; i++) await store.journal.append(entry(i, { at }));
    await clock.lives(Days(29));
    // The first sixty are over, and none of them stands in the way of another.
    await expect.poll(() => left(path), LATER).toEqual([61, 62, 63, 64, 65, 66, 67, 68, 69, 70]);
  });

  it('deletes nothing because the clock jumped ahead, and says that it is doubted', async () => {
    const clock = new Calendar();
    const { store, path, faults } = await open({ clock, keep: KEPT });
    await storeParts(store, clock, 1, 20);
    await clock.skip(730);
    await looks(store, clock);
    expect(left(path)).toHaveLength(20);
    expect(faults).toMatchObject([{ code: 'CLOCK_DOUBTED' }]);
    await clock.skip(-730);
    await looks(store, clock);
    expect(left(path)).toHaveLength(20);
    expect(faults).toMatchObject([{ code: 'CLOCK_DOUBTED' }, null]);
  });

  it('deletes nothing because the clock jumped within the day, where records are kept for hours', async () => {
    const clock = new Calendar();
    const { store, path } = await open({ clock, keep: { records: Hours(2) } });
    await storeParts(store, clock, 1, 20);
    await clock.skip(20 / 24);
    await looks(store, clock);
    expect(left(path)).toHaveLength(20);
    await clock.skip(-20 / 24);
    await looks(store, clock);
    expect(left(path)).toHaveLength(20);
    // Two hours lived later they are over.
    await clock.lives(Hours(3));
    await expect.poll(() => left(path), LATER).toEqual([]);
  });

  it('deletes nothing because the agent was stopped with one date and started with another', async () => {
    const clock = new Calendar();
    const first = await open({ clock, keep: KEPT });
    await storeParts(first.store, clock, 1, 20);
    await first.store.stop();
    await clock.skip(730);
    const { store, path, faults } = await open({ path: first.path, clock, keep: KEPT });
    await looks(store, clock);
    expect(left(path)).toHaveLength(20);
    expect(faults).toMatchObject([{ code: 'CLOCK_DOUBTED' }]);
    // After a day with it the time away has passed.
    for (let hour = 0; hour < 25; hour++) await clock.lives(Hours(1));
    await expect.poll(() => left(path), LATER).toEqual([]);
  });

  it('deletes nothing of a first boot in 1970 when the clock is set', async () => {
    const clock = new Calendar();
    await clock.skip(-365 * 56);
    const { store, path } = await open({ clock, keep: KEPT });
    await storeParts(store, clock, 1, 20);
    await clock.skip(365 * 56);
    await looks(store, clock);
    for (let hour = 0; hour < 30; hour++) await clock.lives(Hours(1));
    await looks(store, clock);
    expect(left(path)).toHaveLength(20);
    // Thirty lived days later they are over.
    await clock.lives(Days(30));
    await expect.poll(() => left(path), LATER).toEqual([]);
  });

  it('gives every record its own time, which never goes back', async () => {
    const clock = new Calendar();
    const { store, path } = await open({ clock });
    for (let i = 1; i <= 5; i++) {
      await store.journal.append(entry(i));
      await clock.skip(i % 2 === 0 ? 0.5 : -20);
    }
    const recorded = sql<{ recorded: number }>(path, 'SELECT recorded FROM inspections ORDER BY rowid').map((r) => r.recorded);
    expect(recorded).toEqual(recorded.toSorted((a, b) => a - b));
    expect(new Set(recorded).size).toBe(5);
  });

  it('takes records of an older version by the newest of their clocks that can be, from where its own time begins', async () => {
    const clock = new Calendar();
    const first = await open({ clock });
    await storeParts(first.store, clock, 1, 4);
    await first.store.stop();
    const db = openDatabase(join(first.path, 'journal.db'));
    db.pragma('foreign_keys = OFF');
    const ids = [clock.now() - Days(40), Date.UTC(1970, 0, 1), clock.now() - Days(40), clock.now() - Days(1)];
    ids.forEach((at, i) => {
      const time = Math.max(0, Math.floor(at)).toString(16).padStart(12, '0');
      const id = `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-00000000000${i}`;
      db.prepare('UPDATE inspections SET id = ?, recorded = NULL, at = ? WHERE sequence = ?').run(
        id,
        // Too early to be a time; missing in the id as well; in the future; old.
        [Date.UTC(2012, 0, 1), Date.UTC(1601, 0, 1), clock.now() + Days(900), clock.now() - Days(40)][i],
        i + 1,
      );
    });
    db.exec("UPDATE decisions SET recorded = NULL; DELETE FROM counters WHERE name LIKE 'time/%'");
    db.close();
    const { store, path } = await open({ path: first.path, clock, keep: KEPT });
    await looks(store, clock);
    // Only the first is forty days old by a clock that can be believed; the second has none, and counts from now.
    await expect.poll(() => left(path), LATER).toEqual([2, 3, 4]);
    await looks(store, clock);
    expect(left(path)).toEqual([2, 3, 4]);
  });
});
