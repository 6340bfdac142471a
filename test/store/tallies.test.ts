/** Parts counted afterwards, what people say of them, and which they should look at. */
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { isOfRandomShare, type TotalsWish } from '#agent/contracts/index.js';
import { Figures } from '#agent/store/figures.js';
import { labelFigures } from '#agent/store/label-figures.js';
import { openRecords } from '#agent/store/records.js';
import { reviewPage } from '#agent/store/review.js';
import { keyOf } from '#agent/store/search.js';
import { OTHERS, Tallies, tallied } from '#agent/store/tallies.js';
import { systemClock } from '#agent/time.js';
import { entry, open, openEmpty, put, sql } from './setup.ts';

type Db = ReturnType<typeof openEmpty>['db'];
const HOUR = 3_600_000;
const START = Date.UTC(2026, 0, 5, 6);
const WISH: TotalsWish = { step: 'hour', zone: 0 };
const oneOf = <T>(...values: readonly T[]) => fc.constantFrom(...values);

const REASONS = [
  [],
  [{ text: 'surface defect (surface.score 0.8312 >= surface.threshold 0.62)', rule: 'surface.score >= surface.threshold' }],
  [{ text: 'surface.score 0.9 >= 0.5', rule: 'surface.score >= 0.5' }],
  [{ text: 'camera top had no picture', code: 'FRAME_MISSING' }, { text: 'model surface was running' }],
] as const;

interface Made {
  readonly station: string;
  readonly recipe: string;
  readonly verdict: 'ok' | 'nok' | 'review';
  readonly outcome: 'judged' | 'failed' | 'missed';
  readonly reason: number;
  readonly minutes: number;
}
const made: fc.Arbitrary<Made> = fc.record({
  station: oneOf('inlet', 'outlet'),
  recipe: oneOf('standard', 'wide'),
  verdict: oneOf('ok', 'ok', 'nok', 'review'),
  outcome: oneOf('judged', 'judged', 'judged', 'failed', 'missed'),
  reason: fc.nat({ max: REASONS.length - 1 }),
  minutes: fc.nat({ max: 60 * 60 }),
});

function store(db: Db, all: readonly Made[], first = 0): void {
  all.forEach(({ reason, minutes, ...cells }, i) => {
    const id = `i${first + i}`;
    const missed = cells.outcome === 'missed' ? { missed_from: 1, missed_to: 3 } : {};
    put(db, 'inspections', {
      id,
      sequence: first + i + 1,
      at: START + minutes * 60_000,
      reasons: JSON.stringify(REASONS[reason]),
      tags: '{}',
      frames: '[]',
      ...missed,
      ...cells,
    });
  });
}

function fill(db: Db, index = new Tallies()): void {
  index.refill();
  while (index.step(db));
}

/** Counted by hand. */
function expected(all: readonly Made[], wish: Partial<TotalsWish>) {
  const none = () => ({ ok: 0, nok: 0, review: 0, failed: 0, missed: 0 });
  const fitting = all.filter((one) => {
    const [first] = REASONS[one.reason] as readonly { text: string }[];
    const hour = Math.floor(START / HOUR + one.minutes / 60);
    return (
      (wish.station === undefined || wish.station === one.station) &&
      (wish.recipe === undefined || wish.recipe === one.recipe) &&
      (wish.verdict === undefined || wish.verdict === one.verdict) &&
      (wish.reason === undefined || (first !== undefined && keyOf(first) === wish.reason)) &&
      (wish.from === undefined || hour >= Math.floor(wish.from / HOUR)) &&
      (wish.to === undefined || hour < Math.ceil(wish.to / HOUR))
    );
  });
  const total = none();
  const hours = new Map<number, ReturnType<typeof none>>();
  for (const { outcome, verdict, minutes } of fitting) {
    const at = Math.floor(START / HOUR + minutes / 60) * HOUR;
    const column = outcome === 'judged' ? verdict : outcome;
    for (const of of [total, hours.get(at) ?? hours.set(at, none()).get(at)]) if (of) of[column] += outcome === 'missed' ? 3 : 1;
  }
  return { all: total, steps: [...hours].map(([at, of]) => ({ at, ...of })).sort((a, b) => a.at - b.at) };
}

const wishes = fc.record(
  {
    station: oneOf('inlet', 'outlet', 'nowhere'),
    recipe: oneOf('standard', 'wide'),
    verdict: oneOf('ok' as const, 'nok' as const, 'review' as const),
    reason: oneOf('surface defect', 'surface.score >= 0.5', 'FRAME_MISSING'),
    from: fc.nat({ max: 3600 }).map((n) => START + n * 60_000),
    to: fc.nat({ max: 3600 }).map((n) => START + n * 60_000),
  },
  { requiredKeys: [] },
);

describe('totals', () => {
  it('are what is there, whatever has been counted yet, came since, and was deleted', { timeout: 120_000 }, () => {
    fc.assert(
      fc.property(fc.array(made, { maxLength: 60 }), fc.array(made, { maxLength: 20 }), wishes, fc.nat(), (before, later, wish, cut) => {
        const { db } = openEmpty();
        store(db, before);
        fill(db, new Tallies(7));
        store(db, later, before.length);
        const all = [...before, ...later];
        const of = (wished: Partial<TotalsWish>) => {
          const { all: total, steps, complete, looked_back_to } = new Figures(db).totals({ ...WISH, ...wished });
          expect([complete, looked_back_to]).toEqual([true, null]);
          return { all: total, steps };
        };
        expect(of(wish)).toEqual(expected(all, wish));
        const index = new Tallies(5);
        fill(db, index);
        expect(of(wish)).toEqual(expected(all, wish));
        // Retention takes the oldest.
        const gone = cut % (all.length + 1);
        db.prepare('DELETE FROM inspections WHERE rowid <= ?').run(gone);
        expect(of({})).toEqual(expected(all.slice(gone), {}));
        fill(db, index);
        expect(of({})).toEqual(expected(all.slice(gone), {}));
        if (gone === all.length) expect(db.prepare('SELECT count(*) FROM tallies').pluck().get()).toBe(0);
      }),
      { numRuns: 40 },
    );
  });

  it('says how far it has looked while records from before are still to be counted', () => {
    const { db } = openEmpty();
    const many = Array.from(
      { length: 300 },
      (_, i): Made => ({ station: 'outlet', recipe: 'standard', verdict: 'ok', outcome: 'judged', reason: 0, minutes: i * 30 }),
    );
    store(db, many);
    const index = new Tallies(50);
    expect([index.step(db), index.step(db)]).toEqual([true, false]);
    const figures = new Figures(db, 10);
    const { complete, looked_back_to: back } = figures.totals(WISH);
    expect([complete, back]).toEqual([false, START + 299 * 30 * 60_000]);
    index.refill();
    index.step(db);
    const half = figures.totals(WISH);
    expect([half.all.ok, half.complete, half.looked_back_to]).toEqual([50, false, START + 250 * 30 * 60_000]);
    fill(db, index);
    expect(new Figures(db).totals(WISH)).toMatchObject({ all: { ok: 300 }, complete: true, looked_back_to: null });
    // Days as the line has them: 06:00 UTC is 23:00 of the day before, seven hours to the west.
    expect(new Figures(db).totals({ step: 'day', zone: -420 }).steps[0]).toMatchObject({ at: START - 23 * HOUR, ok: 2 });
  });

  it('begins anew where rows have other numbers, and where the newest have gone', () => {
    const { db } = openEmpty();
    const one: Made = { station: 'outlet', recipe: 'standard', verdict: 'ok', outcome: 'judged', reason: 0, minutes: 0 };
    store(
      db,
      Array.from({ length: 20 }, (_, i) => ({ ...one, minutes: i })),
    );
    fill(db);
    db.prepare('DELETE FROM inspections WHERE rowid < 11').run();
    // As VACUUM in somebody's shell may do.
    db.exec('UPDATE inspections SET rowid = rowid - 10');
    fill(db, new Tallies());
    expect(new Figures(db).totals(WISH).all.ok).toBe(10);
    db.prepare('DELETE FROM inspections WHERE rowid > 5').run();
    fill(db, new Tallies());
    expect(new Figures(db).totals(WISH)).toMatchObject({ all: { ok: 5 }, complete: true });
    expect(tallied(db)).toEqual({ from: 1, to: 5 });
  });

  it('are kept over a restart, also while those from before are still counted, and where no mark tells which record was the last', () => {
    const { db } = openEmpty();
    const one: Made = { station: 'outlet', recipe: 'standard', verdict: 'ok', outcome: 'judged', reason: 0, minutes: 0 };
    store(
      db,
      Array.from({ length: 30 }, (_, i) => ({ ...one, minutes: i })),
    );
    const index = new Tallies(10);
    index.step(db);
    expect([new Tallies().step(db), tallied(db)]).toEqual([false, { from: 31, to: 30 }]);
    for (let i = 0; i < 2; i++) {
      index.refill();
      index.step(db);
    }
    expect([new Tallies().step(db), tallied(db)]).toEqual([false, { from: 11, to: 30 }]);
    db.exec("DELETE FROM counters WHERE name = 'tallies_mark'");
    expect([new Tallies().step(db), tallied(db)]).toEqual([false, { from: 11, to: 30 }]);
  });

  it('go on past records that were taken out of the middle', () => {
    const { db } = openEmpty();
    const one: Made = { station: 'outlet', recipe: 'standard', verdict: 'ok', outcome: 'judged', reason: 0, minutes: 0 };
    const index = new Tallies(10);
    store(db, [one]);
    fill(db, index);
    store(db, Array<Made>(29).fill(one), 1);
    db.exec('DELETE FROM inspections WHERE rowid = 11');
    index.step(db);
    expect(tallied(db)).toEqual({ from: 1, to: 11 });
    fill(db, index);
    expect(new Figures(db).totals(WISH)).toMatchObject({ all: { ok: 29 }, complete: true });
  });

  it('lets nobody fill the table with names', () => {
    const { db } = openEmpty();
    store(
      db,
      Array.from({ length: 3000 }, (_, i) => ({
        station: 'outlet',
        recipe: `r${i}`,
        verdict: 'ok',
        outcome: 'judged',
        reason: 0,
        minutes: 1,
      })),
    );
    fill(db);
    expect(Number(db.prepare('SELECT count(*) FROM tallies').pluck().get())).toBeLessThan(2300);
    const { all, recipes } = new Figures(db).totals(WISH);
    expect([all.ok, recipes[0]?.name, recipes.length]).toEqual([3000, OTHERS, 50]);
    db.prepare('DELETE FROM inspections').run();
    expect(db.prepare('SELECT count(*) FROM tallies').pluck().get()).toBe(0);
  });

  it('are kept while the store takes records, and gone with what a damaged journal has lost', { timeout: 60_000 }, async () => {
    const { store: kept, path } = await open();
    for (let i = 1; i <= 30; i++) await kept.journal.append(entry(i, { outcome: 'judged', verdict: i % 3 === 0 ? 'nok' : 'ok' }));
    await vi.waitFor(() => expect(sql(path, 'SELECT sum(parts) AS parts FROM tallies')).toEqual([{ parts: 30 }]), { timeout: 20_000 });
    const records = openRecords(path, systemClock);
    expect(await records.totals(WISH)).toMatchObject({ all: { ok: 20, nok: 10 }, complete: true });
    await records.close();
  });

  it('are made anew by a store whose records have other numbers than when they were counted, though as many', {
    timeout: 60_000,
  }, async () => {
    const { db, path } = openEmpty();
    const one: Made = { station: 'outlet', recipe: 'standard', verdict: 'ok', outcome: 'judged', reason: 0, minutes: 0 };
    const many = (n: number) => Array.from({ length: n }, (_, i) => ({ ...one, minutes: i }));
    store(db, many(20));
    fill(db);
    db.exec('DELETE FROM inspections WHERE rowid <= 10');
    db.exec('UPDATE inspections SET rowid = rowid - 10');
    store(db, many(15), 20);
    expect(new Tallies().step(db)).toBe(true);
    expect(tallied(db)).toEqual({ from: 26, to: 25 });
    // Counted once more as it was before, and so wrong again.
    db.exec("UPDATE counters SET value = 1 WHERE name = 'tallies_from'; UPDATE counters SET value = 20 WHERE name = 'tallies_to'");
    db.exec("INSERT INTO tallies VALUES (1, 'outlet', 'standard', 'ok', 'judged', '', 7)");
    db.close();
    await open({ path });
    const sums = () =>
      sql(path, "SELECT sum(parts) AS parts, (SELECT value FROM counters WHERE name = 'tallies_from') AS first FROM tallies");
    await expect.poll(sums, { timeout: 20_000 }).toEqual([{ parts: 25, first: 1 }]);
  });

  it('have others under one name in the store too, where somebody would fill the table', { timeout: 60_000 }, async () => {
    const { db, path } = openEmpty();
    db.transaction(() => {
      for (let i = 0; i < 2300; i++)
        store(db, [{ station: 'outlet', recipe: `r${i}`, verdict: 'ok', outcome: 'judged', reason: 0, minutes: 1 }], i);
    })();
    db.close();
    await open({ path });
    const others = () => sql(path, 'SELECT sum(parts) AS parts, sum(iif(recipe = ?, parts, 0)) >= 200 AS others FROM tallies', OTHERS);
    await expect.poll(others, { timeout: 20_000 }).toEqual([{ parts: 2300, others: 1 }]);
  });
});

describe('the queue for review', () => {
  const part = (db: Db, id: string, at: number, over: object = {}, margin = 0.4) => {
    put(db, 'inspections', {
      id,
      station: 'outlet',
      outcome: 'judged',
      verdict: 'ok',
      recipe: 'standard',
      at,
      reasons: '[]',
      tags: '{}',
      frames: '[]',
      ...over,
    });
    put(db, 'findings', { inspection: id, model: 'surface', score: 0.5 + margin, threshold: 0.5, margin });
  };
  const label = (db: Db, id: string, inspection: string, who: string, said: string, kind: string | null = null) =>
    put(db, 'labels', { id, inspection, at: 1, who, label: said, kind, recorded: 1 });

  function queued() {
    const { db } = openEmpty();
    part(db, 'sure-ffff', 1);
    part(db, 'abstained-ffff', 2, { verdict: 'review' });
    part(db, 'near-ffff', 3, {}, -0.03);
    part(db, 'random-028e', 4, { verdict: 'nok' });
    part(db, 'random-review-0000', 5, { verdict: 'review', station: 'inlet' }, 0.01);
    part(db, 'late-ffff', 6, { verdict: 'review', outcome: 'failed' });
    fill(db);
    return db;
  }

  it('has what the agent was unsure of, and a share by chance of which it does not say what the agent said', () => {
    const db = queued();
    const page = reviewPage(db, { limit: 10 });
    expect(page.items.map(({ id, why, verdict, scores }) => [id, why, verdict, scores.length])).toEqual([
      ['random-review-0000', ['random'], null, 0],
      ['random-028e', ['random'], null, 0],
      ['near-ffff', ['near'], 'ok', 1],
      ['abstained-ffff', ['abstained'], 'review', 1],
    ]);
    expect([page.waiting, page.next, page.complete]).toEqual([4, null, true]);
    const one = reviewPage(db, { limit: 1, station: 'outlet' });
    expect(one.items[0]?.id).toBe('random-028e');
    expect(reviewPage(db, { limit: 1, station: 'outlet', cursor: one.next ?? '' }).items[0]?.id).toBe('near-ffff');
  });

  it('leaves out what somebody has labelled, until he takes it back, and what is deleted', () => {
    const db = queued();
    label(db, 'l1', 'near-ffff', 'eve', 'bad', 'scratch');
    const after = reviewPage(db, { limit: 10 });
    expect([after.items.length, after.waiting, after.kinds]).toEqual([3, 3, ['scratch']]);
    db.prepare("UPDATE labels SET undone = 5 WHERE id = 'l1'").run();
    expect(reviewPage(db, { limit: 10 })).toMatchObject({ waiting: 4, kinds: [] });
    db.prepare("DELETE FROM inspections WHERE id = 'near-ffff'").run();
    expect(reviewPage(db, { limit: 10 }).items.map(({ id }) => id)).not.toContain('near-ffff');
    expect(db.prepare('SELECT count(*) FROM review_rows').pluck().get()).toBe(3);
  });

  it('chooses by chance as the page says: one in a hundred ids, the same again', () => {
    let seed = 1;
    const next = () => {
      seed = (seed * 48271) % 2147483647;
      return seed;
    };
    const ids = Array.from({ length: 200_000 }, () => `x-${(next() % 65536).toString(16).padStart(4, '0')}`);
    expect(ids.filter(isOfRandomShare).length / ids.length).toBeCloseTo(0.01, 2);
    const { db } = openEmpty();
    for (const [i, id] of ids.slice(0, 500).entries()) part(db, `${i}${id}`, i);
    fill(db);
    const chosen = db
      .prepare('SELECT id FROM review_rows JOIN inspections i ON i.rowid = inspection WHERE why & 4 ORDER BY id')
      .pluck()
      .all();
    expect(chosen).toEqual(
      ids
        .slice(0, 500)
        .map((id, i) => `${i}${id}`)
        .filter(isOfRandomShare)
        .sort(),
    );
  });

  it('makes figures of labels: the newest word of each person, none where two do not agree, and by chance alone where asked', () => {
    const db = queued();
    const reason = JSON.stringify([{ text: 'surface defect (surface.score 0.9 >= 0.5)', rule: 'r' }]);
    part(db, 'nok-1-ffff', 10, { verdict: 'nok', reasons: reason });
    part(db, 'nok-2-ffff', 11, { verdict: 'nok', reasons: reason });
    label(db, 'a', 'nok-1-ffff', 'eve', 'bad', 'dent');
    label(db, 'b', 'nok-2-ffff', 'eve', 'good');
    label(db, 'c', 'nok-2-ffff', 'adam', 'bad');
    label(db, 'd', 'sure-ffff', 'eve', 'good');
    label(db, 'e', 'sure-ffff', 'eve', 'bad', 'dent');
    label(db, 'f', 'near-ffff', 'eve', 'unsure');
    label(db, 'g', 'random-028e', 'eve', 'good');
    label(db, 'h', 'late-ffff', 'eve', 'bad');
    expect(labelFigures(db, { sample: 'all' })).toEqual({
      good: { ok: 0, nok: 1, review: 0 },
      bad: { ok: 1, nok: 1, review: 0 },
      unsure: 1,
      disputed: 1,
      reasons: [
        { name: '', good: 1, bad: 0 },
        { name: 'surface defect', good: 0, bad: 1 },
      ],
      kinds: [{ name: 'dent', missed: 1, parts: 2 }],
      complete: true,
    });
    expect(labelFigures(db, { sample: 'random' })).toMatchObject({ good: { nok: 1 }, bad: { nok: 0 }, disputed: 0 });
    expect(labelFigures(db, { sample: 'all', from: 10, station: 'outlet', recipe: 'standard' })).toMatchObject({
      bad: { ok: 0, nok: 1 },
      disputed: 1,
    });
    expect(labelFigures(db, { sample: 'all', recipe: 'wide' })).toMatchObject({ bad: { nok: 0 }, disputed: 0 });
  });
});
