/** Where the search looks, and where it ends: by the index alone where that says enough; see search.test.ts for what it finds. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { InspectionPageWish } from '#agent/contracts/index.js';
import { FacetIndex } from '#agent/store/facets.js';
import { keyOf, placeIn, Search } from '#agent/store/search.js';
import { systemClock } from '#agent/time.js';
import { openEmpty, put } from './setup.ts';

type Db = ReturnType<typeof openEmpty>['db'];
type Over = Readonly<Record<string, unknown>>;
const START = Date.UTC(2026, 0, 5, 6);

afterEach(() => {
  vi.restoreAllMocks();
});

function store(db: Db, count: number, over: (i: number) => Over = () => ({}), finding: (i: number) => Over = () => ({})): void {
  const from = Number(db.prepare('SELECT ifnull(max(rowid), 0) FROM inspections').pluck().get());
  const usual = { station: 'outlet', outcome: 'judged', verdict: 'ok', recipe: 'standard', reasons: '[]', tags: '{}', frames: '[]' };
  db.transaction(() => {
    for (let i = from; i < from + count; i++) {
      put(db, 'inspections', { id: `i${i}`, sequence: i + 1, at: START + i, ...usual, ...over(i) });
      put(db, 'findings', { inspection: `i${i}`, model: 'surface', package: 'surface-defect', score: 0.1, ...finding(i) });
    }
  })();
}
function fill(db: Db, index = new FacetIndex()): void {
  do {
    index.refill();
  } while (index.step(db));
}
/** Each look at the clock, one in 64 places, is so much later than the one before. */
const hurry = (ms: number) => {
  let now = 0;
  vi.spyOn(systemClock, 'elapsed').mockImplementation(() => (now += ms));
};
/** With no time for more than a hundred places. */
function inHaste(db: Db, wish: Omit<InspectionPageWish, 'limit'>) {
  hurry(150);
  const { items, complete } = new Search(db).page({ ...wish, limit: 50 });
  vi.restoreAllMocks();
  return [items.map(({ id }) => id), complete] as const;
}
const because = (text: string, code?: string) => ({ reasons: JSON.stringify([{ text, ...(code === undefined ? {} : { code }) }]) });

describe('a search in haste', () => {
  /** Three hundred parts, the oldest of which is another one. */
  function line(over: Over = {}, finding: Over = {}, others: Over = {}) {
    const { db } = openEmpty();
    store(
      db,
      300,
      (i) => (i === 0 ? over : others),
      (i) => (i === 0 ? finding : {}),
    );
    fill(db);
    return db;
  }

  it('is over after its time where the index says nothing, and goes on from there', () => {
    const db = line();
    hurry(150);
    const wish = { from: START, limit: 150 };
    const first = new Search(db).page({ ...wish, to: START + 290, verdict: 'nok' });
    // Nothing is known of that.
    expect([first.items, first.complete, first.next]).toEqual([[], true, null]);
    const search = new Search(db);
    const page = search.page(wish);
    expect([page.items.length, page.complete, page.looked_back_to, page.next]).toEqual([128, false, START + 172, `${START + 172}_173`]);
    const next = search.page({ ...wish, cursor: page.next ?? '' });
    expect([next.items[0]?.id, next.items.length, next.complete]).toEqual(['i171', 128, false]);
    const last = search.page({ ...wish, cursor: next.next ?? '' });
    expect([last.items.at(-1)?.id, last.next, last.complete, last.looked_back_to]).toEqual(['i0', null, true, null]);
  });

  it.each([
    ['station', { station: 'inlet' }, { station: 'inlet' }],
    ['verdict', { verdict: 'nok' }, { verdict: 'nok' as const }],
    ['recipe', { recipe: 'wide' }, { recipe: 'wide' }],
    ['reason', because('dent (0.9 >= 0.5)'), { reason: 'dent' }],
    ['part', { part: 'P1' }, { part: 'P1' }],
    ['failed', { outcome: 'failed', ...because('no picture', 'FRAME_MISSING') }, { outcome: 'failed' as const }],
    ['missed', { outcome: 'missed', ...because('passed', 'PART_MISSED') }, { outcome: 'missed' as const }],
    ['unrecorded', { outcome: 'unrecorded', ...because('answered', 'PART_UNRECORDED') }, { outcome: 'unrecorded' as const }],
  ])('finds a rare %s by the index, with one that all have beside it', (_, over, wish) => {
    const db = line(over);
    expect(inHaste(db, wish)).toEqual([['i0'], true]);
    expect(
      inHaste(db, {
        station: 'outlet',
        recipe: 'standard',
        verdict: 'ok',
        model: 'surface',
        ...over,
        reasons: undefined,
        ...wish,
      } as never),
    ).toEqual([['i0'], true]);
    // It is none of those that are asked for by time.
    expect(inHaste(db, { ...wish, from: START + 1 })).toEqual([[], true]);
  });

  it('takes no reason that parts of any outcome have for one that was not judged', () => {
    const db = line({ outcome: 'failed', ...because('no picture', 'FRAME_MISSING') }, {}, because('it has no name', 'PART_UNNAMED'));
    expect(inHaste(db, { outcome: 'failed' })).toEqual([['i0'], true]);
    for (const words of ['Dent', 'dent of A']) {
      const said = line({ outcome: 'failed', ...because('no picture', 'FRAME_MISSING') }, {}, because(words));
      expect(inHaste(said, { outcome: 'failed' })).toEqual([['i0'], true]);
    }
  });

  it('finds a model and a score by the index', () => {
    const rare = line({}, { model: 'process', package: 'press', score: 0.95 });
    for (const wish of [
      { model: 'process' },
      { model: 'press' },
      { score_from: 0.9 },
      { score_from: 0.9, score_to: 0.99 },
      { model: 'process', score_to: 1 },
    ])
      expect(inHaste(rare, wish)).toEqual([['i0'], true]);
    const low = line({}, { score: 0.01 });
    expect(inHaste(low, { score_to: 0.02 })).toEqual([['i0'], true]);
    expect(inHaste(low, { model: 'surface', score_to: 0.02 })).toEqual([['i0'], true]);
    expect(inHaste(low, { model: 'nobody’s' })).toEqual([[], true]);
  });

  it('finds scores beyond those that the index tells apart', () => {
    const high = line({}, { score: 1.5 });
    expect(inHaste(high, { score_from: 1.2, score_to: 2 })).toEqual([['i0'], true]);
    const negative = line({}, { score: -0.5 });
    expect(inHaste(negative, { score_from: -1, score_to: -0.2 })).toEqual([['i0'], true]);
  });

  it('counts all that an outcome has before it takes it for the rarer one', () => {
    const { db } = openEmpty();
    // Many codes, each of a few parts; the recipe is of fewer than all of them, and of more than any.
    store(db, 300, (i) => ({
      outcome: 'failed',
      recipe: i < 20 ? 'wide' : 'standard',
      ...because('x', `CODE_${'ABCDEFGHIJKLMNOPQRSTUVWXYZ'.charAt(i % 26)}`),
    }));
    fill(db);
    expect(inHaste(db, { outcome: 'failed', recipe: 'wide' })[1]).toBe(true);
  });
});

describe('what the index does not know', () => {
  it('is found where a kind has no room for more values: reasons of what failed, and findings', () => {
    const { db } = openEmpty();
    const index = new FacetIndex();
    store(
      db,
      1100,
      (i) => because(`r${i}`),
      (i) => ({ model: `m${i}` }),
    );
    fill(db, index);
    store(
      db,
      1,
      () => ({ outcome: 'failed', ...because('no picture', 'FRAME_MISSING') }),
      () => ({ model: 'late' }),
    );
    fill(db, index);
    const found = (wish: Omit<InspectionPageWish, 'limit'>) => {
      vi.spyOn(systemClock, 'elapsed').mockReturnValue(0);
      return new Search(db).page({ ...wish, limit: 5 }).items.map(({ id }) => id);
    };
    expect(db.prepare("SELECT count(*) FROM facets WHERE value LIKE '%FRAME_MISSING%' OR value LIKE '%late%'").pluck().get()).toBe(0);
    expect([found({ outcome: 'failed' }), found({ reason: 'FRAME_MISSING' }), found({ model: 'late' })]).toEqual([
      ['i1100'],
      ['i1100'],
      ['i1100'],
    ]);
    // Of a value that is there it has all rows.
    expect(inHaste(db, { reason: 'r1099' })).toEqual([['i1099'], true]);
  });

  it('is no part: rows of it that have gone, or have become another one', () => {
    const { db } = openEmpty();
    store(db, 3, () => ({ verdict: 'nok' }));
    fill(db);
    const [verdict] = db.prepare("SELECT id FROM facets WHERE kind = 'verdict'").pluck().all();
    db.prepare('INSERT INTO facet_rows VALUES (?, ?, ?)').run(verdict, START + 9, 9);
    db.exec("UPDATE inspections SET at = at + 50 WHERE id = 'i1'");
    expect(new Search(db).page({ verdict: 'nok', limit: 5 }).items.map(({ id }) => id)).toEqual(['i2', 'i0']);
    expect(new Search(db).summary(9)).toBeNull();
  });
});

describe('a summary', () => {
  it('has of a part what a list shows of it', () => {
    const { db } = openEmpty();
    store(
      db,
      1,
      () => ({ part: 'P1', counter: 7, answer: 'written', verdict_ms: 12.5, ...because('dent') }),
      () => ({ label: 'crack', threshold: 0.5 }),
    );
    for (const role of ['frame', 'heatmap']) put(db, 'images', { path: role, inspection: 'i0', camera: 'top', role });
    expect(new Search(db).summary(1)).toEqual({
      id: 'i0',
      station: 'outlet',
      sequence: 1,
      outcome: 'judged',
      at: START,
      part: 'P1',
      counter: 7,
      recipe: 'standard',
      verdict: 'ok',
      reasons: [{ text: 'dent' }],
      answer: 'written',
      verdict_ms: 12.5,
      scores: [{ model: 'surface', package: 'surface-defect', label: 'crack', score: 0.1, threshold: 0.5 }],
      pictures: 2,
    });
  });
});

describe('what reasons have in common', () => {
  it.each([
    [{ text: 'dent (0.9 >= 0.5)' }, 'dent'],
    [{ text: 'dent (0.9\n>= 0.5)' }, 'dent'],
    [{ text: 'dent (a) and (b)' }, 'dent'],
    [{ text: 'dent (old) found' }, 'dent (old) found'],
    [{ text: 'f(x) is 3' }, 'f(x) is 3'],
    [{ text: '(0.9)' }, '(0.9)'],
    [{ text: 'dent (0.9)', rule: 'a > 1' }, 'dent'],
    [{ text: 'a is 2', rule: 'a > 1' }, 'a > 1'],
    [{ text: 'no picture (top)', code: 'FRAME_MISSING' as const, rule: 'a' }, 'FRAME_MISSING'],
  ])('%j is %s, in the index too', (reason, key) => {
    expect(keyOf(reason)).toBe(key);
    const { db } = openEmpty();
    store(db, 1, () => ({ reasons: JSON.stringify([reason]) }));
    fill(db);
    expect(db.prepare("SELECT value FROM facets WHERE kind = 'reason'").pluck().all()).toEqual([key]);
    expect(new Search(db).page({ reason: key, limit: 5 }).items).toHaveLength(1);
  });
});

describe('a cursor', () => {
  it.each([
    ['0_0', 0, 0],
    ['-12_34', -12, 34],
    ['1.25_3', 1.25, 3],
    ['1e21_7', 1e21, 7],
    ['1.5e+22_10', 1.5e22, 10],
    ['12e-10_5', 12e-10, 5],
  ])('%s is a place', (cursor, at, row) => {
    expect(placeIn(cursor)).toEqual({ at, row });
  });

  it.each([
    'x1_2',
    '1_2x',
    '1._2',
    '1e_2',
    '1.x_2',
    '1ex_2',
    '1e+x_2',
    '--1_2',
    '1_',
    '_1',
    '1_2_3',
    'x_1',
    '1_ 2',
    '1e999_1',
    '1_99999999999999999',
  ])('%s is none', (cursor) => {
    expect(() => placeIn(cursor)).toThrow('WEB_INVALID');
  });

  it('goes no further than the time that is asked for with it', () => {
    const { db } = openEmpty();
    store(db, 10);
    const ids = (wish: Omit<InspectionPageWish, 'limit'>) => new Search(db).page({ ...wish, limit: 2 }).items.map(({ id }) => id);
    expect(ids({ cursor: `${START + 8}_9`, to: START + 5 })).toEqual(['i4', 'i3']);
    expect(ids({ cursor: `${START + 3}_4`, to: START + 5 })).toEqual(['i2', 'i1']);
    expect(ids({ cursor: `${START + 3}_5`, to: START + 5 })).toEqual(['i3', 'i2']);
  });
});
