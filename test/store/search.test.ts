import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import type { InspectionPageWish, InspectionSummary } from '#agent/contracts/index.js';
import { FacetIndex, spanIn } from '#agent/store/facets.js';
import { openRecords } from '#agent/store/records.js';
import { Search } from '#agent/store/search.js';
import { systemClock } from '#agent/time.js';
import { count, entry, open, openEmpty, put, sql } from './setup.ts';

type Db = ReturnType<typeof openEmpty>['db'];

interface Made {
  readonly station: string;
  readonly verdict: 'ok' | 'nok' | 'review';
  readonly recipe: string;
  readonly part: string | null;
  readonly reason: { readonly text: string; readonly code?: string; readonly rule?: string } | null;
  readonly score: number | null;
  readonly model: string;
  /** How far its time is from those before and after; the PLC's clock is data. */
  readonly jitter: number;
}

const START = Date.UTC(2026, 0, 5, 6);
const oneOf = <T>(...values: readonly T[]) => fc.constantFrom(...values);
const made: fc.Arbitrary<Made> = fc.record({
  station: oneOf('inlet', 'outlet'),
  verdict: oneOf('ok', 'ok', 'ok', 'nok', 'review'),
  recipe: oneOf('standard', 'wide'),
  part: oneOf(null, 'a', 'b', 'a'),
  reason: oneOf(
    null,
    { text: 'surface defect' },
    { text: 'surface defect (surface.score 0.8312 >= surface.threshold 0.62)', rule: 'surface.score >= surface.threshold' },
    { text: 'surface.score 0.9 >= 0.5', rule: 'surface.score >= 0.5' },
    { text: 'no rule matched (surface.score 0.1, threshold 0.5)' },
    { text: 'camera top had no picture', code: 'FRAME_MISSING' },
    { text: 'part 7 passed', code: 'PART_MISSED' },
    { text: 'it has no name', code: 'PART_UNNAMED' },
    { text: 'it’s "odd"' },
  ),
  score: fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
  model: oneOf('surface', 'process'),
  jitter: oneOf(0, 0, 0, -2500, 1500),
});
const wishes: fc.Arbitrary<Omit<InspectionPageWish, 'limit'>> = fc.record(
  {
    from: fc.integer({ min: 0, max: 70 }).map((i) => START + i * 1000),
    to: fc.integer({ min: 0, max: 70 }).map((i) => START + i * 1000),
    station: oneOf('inlet', 'outlet', 'nowhere'),
    part: oneOf('a', 'b'),
    verdict: oneOf('ok' as const, 'nok' as const, 'review' as const),
    outcome: oneOf('judged' as const, 'failed' as const, 'missed' as const, 'unrecorded' as const),
    reason: oneOf('surface defect', 'FRAME_MISSING', 'it’s "odd"', 'surface.score >= 0.5', 'no rule matched'),
    recipe: oneOf('standard', 'wide'),
    model: oneOf('surface', 'process', 'surface-defect'),
    score_from: fc.double({ min: 0, max: 1, noNaN: true }),
    score_to: fc.double({ min: 0, max: 1, noNaN: true }),
  },
  { requiredKeys: [] },
);

/** What was not judged says so with its code. */
function outcomeOf(reason: Made['reason']): 'judged' | 'failed' | 'missed' {
  if (reason?.code === 'PART_MISSED') return 'missed';
  return reason?.code === 'FRAME_MISSING' ? 'failed' : 'judged';
}

function store(db: Db, all: readonly Made[]): void {
  all.forEach(({ reason, score, model, jitter, ...cells }, i) => {
    const id = `i${i}`;
    const reasons = JSON.stringify(reason ? [reason] : []);
    put(db, 'inspections', {
      id,
      sequence: i + 1,
      outcome: outcomeOf(reason),
      at: START + i * 1000 + jitter,
      reasons,
      tags: '{}',
      frames: '[]',
      ...cells,
    });
    put(db, 'findings', { inspection: id, model, package: `${model}-defect`, score });
  });
}

/** What fits, newest first, worked out without the index. */
/** As a person would say it. */
function nameOf(reason: Made['reason']): string | undefined {
  if (reason?.text.startsWith('surface defect')) return 'surface defect';
  if (reason?.text.startsWith('no rule matched')) return 'no rule matched';
  return reason?.code ?? reason?.rule ?? reason?.text;
}

function expected(all: readonly Made[], wish: Omit<InspectionPageWish, 'limit'>): string[] {
  const within = (score: number | null) =>
    (wish.score_from === undefined && wish.score_to === undefined) ||
    (score !== null && score >= (wish.score_from ?? 0) && score <= (wish.score_to ?? 1));
  const asks = wish.model !== undefined || wish.score_from !== undefined || wish.score_to !== undefined;
  return all
    .map((one, i) => ({ ...one, id: `i${i}`, i, at: START + i * 1000 + one.jitter }))
    .filter(({ at }) => at >= (wish.from ?? 0) && at < (wish.to ?? Number.MAX_SAFE_INTEGER))
    .filter((one) => (['station', 'verdict', 'recipe', 'part'] as const).every((key) => wish[key] === undefined || one[key] === wish[key]))
    .filter(({ reason }) => wish.outcome === undefined || wish.outcome === outcomeOf(reason))
    .filter(({ reason }) => wish.reason === undefined || nameOf(reason) === wish.reason)
    .filter(
      ({ model, score }) =>
        !asks || ((wish.model === undefined || wish.model === model || wish.model === `${model}-defect`) && within(score)),
    )
    .sort((a, b) => b.at - a.at || b.i - a.i)
    .map(({ id }) => id);
}

function found(db: Db, wish: Omit<InspectionPageWish, 'limit'>, limit: number): string[] {
  const search = new Search(db);
  const ids: string[] = [];
  let cursor: string | undefined;
  for (let pages = 0; pages < 200; pages++) {
    const page = search.page({ ...wish, limit, cursor });
    expect(page.items.length).toBeLessThanOrEqual(limit);
    ids.push(...page.items.map(({ id }: InspectionSummary) => id));
    if (page.next === null) return ids;
    cursor = page.next;
  }
  throw new Error('it never ends');
}

function fill(db: Db): void {
  const index = new FacetIndex();
  index.refill();
  while (index.step(db));
}

describe('the search', () => {
  it('has one value for a reason, whatever its figures are', () => {
    const { db } = openEmpty();
    for (let i = 0; i < 50; i++)
      put(db, 'inspections', {
        id: `i${i}`,
        verdict: 'nok',
        at: START + i,
        reasons: JSON.stringify([{ text: `surface defect (surface.score 0.${i} >= 0.5)`, rule: 'surface.score >= 0.5' }]),
      });
    fill(db);
    expect(db.prepare("SELECT value FROM facets WHERE kind = 'reason'").pluck().all()).toEqual(['surface defect']);
    expect(found(db, { reason: 'surface defect' }, 20)).toHaveLength(50);
  });

  it('finds all of a lot that thousands of parts have', () => {
    const { db } = openEmpty();
    db.transaction(() => {
      for (let i = 0; i < 2100; i++) put(db, 'inspections', { id: `i${i}`, part: 'LOT-7', reasons: '[]', at: START + i });
    })();
    fill(db);
    expect(found(db, { part: 'LOT-7', to: START + 5 }, 3)).toEqual(['i4', 'i3', 'i2', 'i1', 'i0']);
    expect(found(db, { part: 'LOT-7' }, 500)).toHaveLength(2100);
  });

  it('finds records of a PLC that is hours ahead while the index is made', () => {
    const { db } = openEmpty();
    for (let i = 0; i < 60; i++) {
      const ahead = i % 2 ? 5 * 3_600_000 : 0;
      put(db, 'inspections', { id: `i${i}`, station: ahead ? 'ahead' : 'here', reasons: '[]', at: START + i * 1000 + ahead });
    }
    const index = new FacetIndex(10);
    index.refill();
    for (let i = 0; i < 3; i++) index.step(db);
    expect(spanIn(db)).toEqual({ from: 41, to: 60 });
    for (const station of ['ahead', 'here']) expect(found(db, { station }, 7)).toHaveLength(30);
  });

  it('finds records that have the numbers of others, which were all deleted', () => {
    const { db } = openEmpty();
    for (let i = 0; i < 5; i++) put(db, 'inspections', { id: `old${i}`, verdict: 'ok', reasons: '[]', at: START + i });
    fill(db);
    db.exec('DELETE FROM inspections');
    fill(db);
    for (let i = 0; i < 5; i++) put(db, 'inspections', { id: `new${i}`, verdict: 'nok', reasons: '[]', at: START + i });
    fill(db);
    expect(found(db, { verdict: 'nok' }, 9)).toHaveLength(5);
  });

  it('finds what the index is far behind with', () => {
    const { db } = openEmpty();
    put(db, 'inspections', { id: 'first', verdict: 'nok', reasons: '[]', at: START });
    fill(db);
    db.transaction(() => {
      for (let i = 0; i < 20_001; i++)
        put(db, 'inspections', { id: `i${i}`, verdict: i % 100 ? 'ok' : 'nok', reasons: '[]', at: START + 1 + i });
    })();
    const page = new Search(db).page({ verdict: 'nok', limit: 5 });
    expect(page.items.map(({ id }) => id)).toEqual(['i20000', 'i19900', 'i19800', 'i19700', 'i19600']);
  });

  it('keeps no more than some thousand values of a kind, and finds those that are left out all the same', () => {
    const { db } = openEmpty();
    const recipes = Array.from({ length: 2500 }, (_, i) => `R${i}`);
    db.transaction(() => {
      for (const [i, recipe] of recipes.entries())
        put(db, 'inspections', { id: `i${i}`, recipe, verdict: 'ok', reasons: '[]', at: START + i });
    })();
    fill(db);
    expect(db.prepare("SELECT count(*) FROM facets WHERE kind = 'recipe'").pluck().get()).toBeLessThan(1300);
    for (const i of [0, 700, 1700, 2499]) expect(found(db, { recipe: `R${i}` }, 5)).toEqual([`i${i}`]);
  });

  it.each(['', 'no json', '{', '"a text"', '["a text", null, 7]', '{"code":"A"}'])(
    'finds a record whose reasons the disk has turned into %j, and it can be deleted',
    (reasons) => {
      const { db } = openEmpty();
      put(db, 'inspections', { id: 'sick', station: 'outlet', verdict: 'nok', reasons, at: START });
      const index = new FacetIndex();
      index.refill();
      for (let i = 0; i < 3; i++) index.step(db);
      expect(spanIn(db)).toEqual({ from: 1, to: 1 });
      expect(new Search(db).page({ verdict: 'nok', limit: 5 }).items).toMatchObject([{ id: 'sick', reasons: [] }]);
      db.exec('DELETE FROM inspections');
      expect(db.prepare('SELECT count(*) FROM facet_rows').pluck().get()).toBe(0);
    },
  );

  it('finds exactly what fits, in pages, however much of it is in the index', () => {
    fc.assert(
      fc.property(
        fc.array(made, { maxLength: 60 }),
        fc.array(made, { maxLength: 10 }),
        fc.array(wishes, { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 0, max: 10 }),
        (before, after, asked, limit, steps) => {
          const { db } = openEmpty();
          store(db, before);
          const index = new FacetIndex(7);
          for (let i = 0; i < steps; i++) {
            index.refill();
            index.step(db);
          }
          for (const [i, one] of after.entries()) store0(db, one, before.length + i);
          const all = [...before, ...after];
          for (const wish of asked) expect([wish, found(db, wish, limit)]).toEqual([wish, expected(all, wish)]);
          db.close();
        },
      ),
      { numRuns: 60 },
    );
  });

  it('says how far it has looked when its time is over, and goes on from there', () => {
    const { db } = openEmpty();
    db.exec(`
      WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 60000)
      INSERT INTO inspections (id, station, sequence, outcome, at, trigger, recipe, verdict, reasons, answer, tags, frames, config_hash)
      SELECT 'i' || i, 'outlet', i + 1, 'judged', ${START} + i, 'tag', iif(i = 0, 'rare', 'standard'), 'ok', '[]', 'none', '{}', '[]', '' FROM n`);
    const search = new Search(db);
    // Nothing is indexed.
    const wish = { recipe: 'nobody has it', limit: 50 } as const;
    let page = search.page(wish);
    let questions = 1;
    let looked = page.looked_back_to ?? Number.NEGATIVE_INFINITY;
    while (page.next !== null) {
      expect(page.complete).toBe(false);
      page = search.page({ ...wish, cursor: page.next });
      expect(page.looked_back_to ?? Number.NEGATIVE_INFINITY).toBeLessThan(looked);
      looked = page.looked_back_to ?? Number.NEGATIVE_INFINITY;
      questions++;
    }
    expect([page.items, page.complete]).toEqual([[], true]);
    const index = new FacetIndex();
    for (let i = 0; i < 1000; i++) {
      index.refill();
      if (!index.step(db)) break;
    }
    expect(search.page({ recipe: 'rare', limit: 50 })).toMatchObject({ items: [{ id: 'i0' }], next: null, complete: true });
    expect(questions).toBeGreaterThan(1);
  });

  it('refuses a cursor that it never gave', () => {
    const { db } = openEmpty();
    for (const cursor of ['', 'x', '1', '1_x', 'NaN_1', '1_1.5', '_'])
      expect(() => new Search(db).page({ limit: 5, cursor })).toThrow('WEB_INVALID');
  });
});

const count0 = (db: Db): number => Number(db.prepare('SELECT count(*) FROM facet_rows').pluck().get());
function store0(db: Db, { reason, score, model, jitter, ...cells }: Made, i: number): void {
  const reasons = JSON.stringify(reason ? [reason] : []);
  put(db, 'inspections', {
    id: `i${i}`,
    sequence: i + 1,
    outcome: outcomeOf(reason),
    at: START + i * 1000 + jitter,
    reasons,
    tags: '{}',
    frames: '[]',
    ...cells,
  });
  put(db, 'findings', { inspection: `i${i}`, model, package: `${model}-defect`, score });
}

describe('the index', () => {
  const one: Made = {
    station: 'outlet',
    verdict: 'nok',
    recipe: 'standard',
    part: null,
    reason: { text: 'x' },
    score: 0.5,
    model: 'surface',
    jitter: 0,
  };
  const many = (n: number) => Array.from({ length: n }, () => one);
  const whole = (db: Db, index: FacetIndex) => {
    for (let i = 0; i < 1000; i++) {
      index.refill();
      if (!index.step(db)) return;
    }
  };

  it('takes what is new first, and what is old as its time allows', () => {
    const { db } = openEmpty();
    store(db, many(1000));
    const index = new FacetIndex(250);
    index.step(db);
    // Time for old ones is given with the look at the budget alone.
    expect([index.step(db), spanIn(db)]).toEqual([false, { from: 1001, to: 1000 }]);
    for (let i = 1000; i < 1300; i++) store0(db, one, i);
    index.step(db);
    index.step(db);
    expect(spanIn(db)?.to).toBe(1300);
    expect(spanIn(db)?.from).toBe(1001);
    expect(index.step(db)).toBe(false);
    whole(db, index);
    expect(spanIn(db)).toEqual({ from: 1, to: 1300 });
    // Station, verdict, recipe, reason, finding.
    expect(count0(db)).toBe(1300 * 5);
  });

  it('goes with its records', () => {
    const { db } = openEmpty();
    store(db, many(600));
    const index = new FacetIndex();
    whole(db, index);
    db.exec('DELETE FROM inspections WHERE rowid <= 500');
    expect(count0(db)).toBe(100 * 5);
    db.exec('DELETE FROM inspections');
    expect(count0(db)).toBe(0);
    // Numbers begin again, and so does the index.
    store(db, many(3));
    whole(db, index);
    expect(count0(db)).toBe(3 * 5);
  });

  it('is made anew where somebody’s VACUUM gave the records other numbers', () => {
    const { db } = openEmpty();
    store(db, many(600));
    whole(db, new FacetIndex());
    db.exec('DELETE FROM inspections WHERE rowid % 7 <> 0');
    db.exec('VACUUM');
    const index = new FacetIndex();
    whole(db, index);
    const left = Number(db.prepare('SELECT count(*) FROM inspections').pluck().get());
    expect(new Search(db).page({ verdict: 'nok', limit: 200 }).items.length).toBe(left);
  });
});

describe('the store', () => {
  it('indexes what it stores, beside its work, and answers on a thread of its own', { timeout: 60_000 }, async () => {
    const { store: running, path } = await open();
    for (let i = 1; i <= 20; i++) await running.journal.append(entry(i, { verdict: i % 5 === 0 ? 'nok' : 'ok' }));
    const records = openRecords(path, systemClock);
    const wish = { verdict: 'nok', limit: 3 } as const;
    const first = await records.inspections(wish);
    expect(first.items.map(({ sequence }) => sequence)).toEqual([20, 15, 10]);
    const second = await records.inspections({ ...wish, cursor: first.next ?? '' });
    expect(second.items.map(({ sequence }) => sequence)).toEqual([5]);
    await vi.waitFor(() => expect(count(path, 'facet_rows')).toBeGreaterThan(20), { timeout: 20_000, interval: 200 });
    expect((await records.inspections(wish)).items.map(({ sequence }) => sequence)).toEqual([20, 15, 10]);
    const [newest] = first.items;
    const whole = await records.inspection(newest?.id ?? '');
    expect(whole).toMatchObject({ sequence: 20, verdict: 'nok' });
    expect(await records.inspection('none')).toBeNull();
    const since = await records.since(first.items[1]?.id ?? '', 3);
    expect([since.items.map(({ sequence }) => sequence), since.skipped, since.lost]).toEqual([[18, 19, 20], 2, false]);
    expect((await records.since('gone', 3)).lost).toBe(true);
    expect(sql(path, 'SELECT 1 FROM facets LIMIT 1')).toHaveLength(1);
    await records.close();
  });

  it('a picture is read by its record alone, and only from the folder of pictures', async () => {
    const { store: running, path } = await open();
    await running.journal.append(entry(1));
    const [row] = sql<{ id: string }>(path, 'SELECT id FROM inspections');
    await running.stop();
    const { db } = await import('#agent/store/database.js').then(({ openJournal }) => openJournal(path, 'now'));
    for (const file of ['../access.db', 'journal.db', '/etc/passwd', 'images/../journal.db', 'images/a/b/.c', 'images/a/b/none.jpg'])
      put(db, 'images', { path: file, inspection: row?.id, camera: 'top', role: 'frame' });
    db.close();
    const records = openRecords(path, systemClock);
    for (let n = 0; n < 7; n++) expect(await records.picture(row?.id ?? '', n)).toBeNull();
    await records.close();
  });
});
