/** What is made of inspections afterwards, a step at a time, whatever it is; see search.test.ts and tallies.test.ts for what it is made for. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { FacetIndex, spanIn } from '#agent/store/facets.js';
import { Tallies, tallied } from '#agent/store/tallies.js';
import { systemClock } from '#agent/time.js';
import { openEmpty, put } from './setup.ts';

type Db = ReturnType<typeof openEmpty>['db'];

const store = (db: Db, from: number, to: number) => {
  for (let i = from; i <= to; i++) put(db, 'inspections', { id: `i${i}`, station: 'outlet', outcome: 'judged', at: i, reasons: '[]' });
};
const count = (db: Db, table: string) => Number(db.prepare(`SELECT count(*) FROM ${table}`).pluck().get());
function whole(db: Db, index: FacetIndex | Tallies): void {
  index.refill();
  while (index.step(db));
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe('an index that is made afterwards', () => {
  it('begins with what comes, a step at a time, and has the newest before those from before', () => {
    const { db } = openEmpty();
    const index = new FacetIndex(10);
    expect([index.step(db), spanIn(db)]).toEqual([false, null]);
    store(db, 1, 25);
    expect([index.step(db), spanIn(db)]).toEqual([true, { from: 26, to: 25 }]);
    expect([index.step(db), spanIn(db)]).toEqual([false, { from: 26, to: 25 }]);
    store(db, 26, 40);
    expect([index.step(db), spanIn(db)]).toEqual([true, { from: 26, to: 35 }]);
    expect([index.step(db), spanIn(db)]).toEqual([true, { from: 26, to: 40 }]);
    expect(index.step(db)).toBe(false);
    index.refill();
    expect([index.step(db), spanIn(db)]).toEqual([true, { from: 16, to: 40 }]);
    store(db, 41, 41);
    expect([index.step(db), spanIn(db)]).toEqual([true, { from: 16, to: 41 }]);
    expect([index.step(db), spanIn(db)]).toEqual([true, { from: 6, to: 41 }]);
    expect([index.step(db), spanIn(db)]).toEqual([true, { from: 1, to: 41 }]);
    expect(index.step(db)).toBe(false);
    expect(count(db, "facet_rows r JOIN facets f ON f.id = r.facet WHERE f.kind = 'station'")).toBe(41);
  });

  it('takes records from before as long as its share of the time lasts', () => {
    const { db } = openEmpty();
    store(db, 1, 100);
    let now = 0;
    vi.spyOn(systemClock, 'elapsed').mockImplementation(() => now);
    const index = new Tallies(10);
    index.step(db);
    // Each step takes 200 ms of the 500.
    const elapsed = vi.spyOn(systemClock, 'elapsed').mockImplementation(() => (now += 200));
    index.refill();
    let steps = 0;
    while (index.step(db)) steps++;
    expect([steps, tallied(db)]).toEqual([3, { from: 71, to: 100 }]);
    // Nothing is saved up.
    for (let i = 0; i < 5; i++) index.refill();
    steps = 0;
    while (index.step(db)) steps++;
    expect(steps).toBe(3);
    elapsed.mockRestore();
    whole(db, index);
    expect(tallied(db)).toEqual({ from: 1, to: 100 });
  });

  it('is empty where all records are gone, so that others may have their numbers', () => {
    const { db } = openEmpty();
    store(db, 1, 5);
    const index = new Tallies();
    whole(db, index);
    db.exec('DELETE FROM inspections');
    // The trigger knows what it takes out; what it has not heard of goes as well.
    db.exec("INSERT INTO tallies VALUES (1, 'outlet', '', '', '', '', 3)");
    expect([index.step(db), tallied(db), count(db, 'tallies'), count(db, 'review_rows')]).toEqual([true, null, 0, 0]);
    expect(index.step(db)).toBe(false);
    // The counters of others stay.
    expect(count(db, "counters WHERE name LIKE 'tallies_%o%'")).toBe(0);
    expect(count(db, "counters WHERE name = 'image_bytes'")).toBe(1);
  });

  it('begins anew where its newest records have gone while it runs', () => {
    const { db } = openEmpty();
    store(db, 1, 20);
    const index = new Tallies();
    whole(db, index);
    db.exec('DELETE FROM inspections WHERE rowid > 15');
    expect([index.step(db), tallied(db)]).toEqual([true, null]);
    whole(db, index);
    expect(tallied(db)).toEqual({ from: 1, to: 15 });
  });

  it('is kept over a restart as long as its records are those that it has', () => {
    const { db } = openEmpty();
    store(db, 1, 30);
    whole(db, new FacetIndex());
    // Its oldest records have gone meanwhile.
    db.exec('DELETE FROM inspections WHERE rowid <= 10');
    new FacetIndex().step(db);
    expect(spanIn(db)).toEqual({ from: 1, to: 30 });
    db.exec('UPDATE inspections SET at = at + 1000 WHERE rowid = 30');
    const index = new FacetIndex(100);
    index.step(db);
    expect(spanIn(db)).toEqual({ from: 31, to: 30 });
    whole(db, index);
    expect(spanIn(db)).toEqual({ from: 11, to: 30 });
    expect(count(db, "facet_rows r JOIN facets f ON f.id = r.facet WHERE f.kind = 'station'")).toBe(20);
    // Looked at once in a life: afterwards nobody changes numbers.
    db.exec('UPDATE inspections SET at = at + 1000 WHERE rowid = 30');
    expect([index.step(db), spanIn(db)]).toEqual([false, { from: 11, to: 30 }]);
  });

  it('costs no flush of the disk, and leaves every other commit its own, also where a step fails', () => {
    const { db } = openEmpty();
    store(db, 1, 3);
    db.pragma('synchronous = FULL');
    const flushes = () => db.pragma('synchronous', { simple: true });
    db.exec('CREATE TEMP TABLE during (synchronous)');
    const index = new Tallies();
    index.step(db);
    db.exec('CREATE TEMP TRIGGER watched AFTER INSERT ON tallies BEGIN INSERT INTO during SELECT synchronous FROM pragma_synchronous; END');
    store(db, 4, 4);
    index.step(db);
    expect([db.prepare('SELECT synchronous FROM during').pluck().all(), flushes()]).toEqual([[1], 2]);
    db.exec("CREATE TEMP TRIGGER fails BEFORE INSERT ON tallies BEGIN SELECT raise(ABORT, 'no'); END");
    store(db, 5, 5);
    db.exec('UPDATE inspections SET recipe = 5 WHERE rowid = 5');
    expect(() => index.step(db)).toThrow('no');
    expect([flushes(), tallied(db)]).toEqual([2, { from: 4, to: 4 }]);
  });
});

describe('an index whose pages are damaged', () => {
  it('is left where it is and made anew, and its records can be deleted', () => {
    const { db } = openEmpty();
    store(db, 1, 20);
    const index = new FacetIndex();
    whole(db, index);
    const rows = count(db, 'facet_rows');
    expect(index.setAside(db)).toBe(true);
    expect([count(db, 'facet_rows_damaged'), count(db, 'facet_rows'), spanIn(db)]).toEqual([rows, 0, null]);
    db.exec('DELETE FROM inspections WHERE rowid <= 5');
    whole(db, index);
    expect(spanIn(db)).toEqual({ from: 6, to: 20 });
    const made = count(db, 'facet_rows');
    expect(made).toBe((rows * 15) / 20);
    db.exec('DELETE FROM inspections WHERE rowid <= 10');
    expect([count(db, 'facet_rows'), count(db, 'facet_rows_damaged')]).toEqual([(made * 10) / 15, rows]);
    // A second time it is something else that is damaged.
    expect([index.setAside(db), new FacetIndex().setAside(db), count(db, 'facet_rows')]).toEqual([false, false, (made * 10) / 15]);
  });

  it('is set aside with all that belongs to it', () => {
    const { db } = openEmpty();
    store(db, 1, 3);
    db.exec("UPDATE inspections SET verdict = 'review' WHERE rowid = 2");
    const index = new Tallies();
    whole(db, index);
    expect([index.setAside(db), count(db, 'tallies'), count(db, 'review_rows')]).toEqual([true, 0, 0]);
    whole(db, index);
    expect([count(db, 'review_rows'), count(db, 'review_rows_damaged')]).toEqual([1, 1]);
    db.exec('DELETE FROM inspections');
    expect([count(db, 'tallies'), count(db, 'review_rows')]).toEqual([0, 0]);
    expect(index.setAside(db)).toBe(false);
  });
});
