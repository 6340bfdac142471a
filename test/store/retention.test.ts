import { existsSync, readdirSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { v7 as uuid } from 'uuid';
import { describe, expect, it } from 'vitest';
import type { Store } from '#agent/store/store.js';
import { Days, Seconds } from '#agent/time.js';
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

/** A clock whose date can be set forward without every timer on the way. */
class Calendar extends ManualClock {
  private days = 0;
  override now = () => Date.UTC(2026, 0, 5, 6) + this.elapsed() + Days(this.days);
  async skip(days: number): Promise<void> {
    this.days += days;
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

  it('deletes records by age with everything of theirs, and never what is still to be published or still lasts', async () => {
    const clock = new Calendar();
    const { store, path } = await open({ clock, keep: { records: Days(30) } });
    await store.journal.append({ alarms: [alarm({ since: clock.now() })], load: { kind: 'agent', at: clock.now(), detail: '' } });
    await storeParts(store, clock, 1, 120, 100);
    await expect.poll(() => store.stats().pictures.kept, LATER).toBe(120);
    await clock.skip(20);
    await storeParts(store, clock, 121, 130);
    await clock.skip(11);
    await expect.poll(() => count(path, 'inspections'), LATER).toBe(10);
    await expect.poll(() => files(path), LATER).toEqual([]);
    const tables = ['findings', 'decisions', 'images', 'loads', 'alarms', 'outbox'];
    expect(tables.map((table) => [table, count(path, table)])).toEqual([
      ...[
        ['findings', 10],
        ['decisions', 10],
        ['images', 0],
        ['loads', 0],
        ['alarms', 1],
        ['outbox', 130],
      ],
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
    await first.store.stop();
    await clock.skip(3);
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
    await clock.skip(31);
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
