/** Which parts a person should look at, and what people say of them: bounds, orders and filters; see tallies.test.ts for what is in it. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { MOST_WAITING, type ReviewWish } from '#agent/contracts/index.js';
import { labelFigures } from '#agent/store/label-figures.js';
import { reviewPage } from '#agent/store/review.js';
import { Tallies } from '#agent/store/tallies.js';
import { systemClock } from '#agent/time.js';
import { openEmpty, put } from './setup.ts';

type Db = ReturnType<typeof openEmpty>['db'];

afterEach(() => {
  vi.restoreAllMocks();
});

interface Part {
  readonly id: string;
  readonly at?: number;
  readonly margin?: number;
  readonly unlike?: 0 | 1;
  readonly over?: Readonly<Record<string, unknown>>;
}
function store(db: Db, parts: readonly Part[]): void {
  db.transaction(() => {
    for (const [i, { id, at = i, margin = 0.4, unlike = 0, over }] of parts.entries()) {
      const usual = { station: 'outlet', outcome: 'judged', verdict: 'ok', recipe: 'standard', reasons: '[]', tags: '{}', frames: '[]' };
      put(db, 'inspections', { id, at, ...usual, ...over });
      put(db, 'findings', { inspection: id, model: 'surface', score: 0.5 + margin, threshold: 0.5, margin, unlike });
    }
  })();
  const index = new Tallies();
  index.refill();
  while (index.step(db));
}
let labels = 0;
const label = (db: Db, inspection: string, said: string, over: Readonly<Record<string, unknown>> = {}) =>
  put(db, 'labels', { id: `l${++labels}`, inspection, at: 1, who: 'eve', label: said, ...over });
const idsOf = (db: Db, wish: Partial<ReviewWish> = {}) => reviewPage(db, { limit: 50, ...wish }).items.map(({ id }) => id);
/** Each look at the clock is so much later than the one before. */
const hurry = (ms: number) => {
  let now = 0;
  vi.spyOn(systemClock, 'elapsed').mockImplementation(() => (now += ms));
};

describe('the queue for review', () => {
  it('says of each part all the reasons why it stands there, and can be asked for one of them', () => {
    const { db } = openEmpty();
    store(db, [
      { id: 'near-ffff', margin: 0.05 },
      { id: 'far-ffff', margin: 0.0501 },
      { id: 'abstained-ffff', over: { verdict: 'review' } },
      { id: 'unlike-ffff', unlike: 1 },
      { id: 'all-ffff', margin: -0.01, unlike: 1, over: { verdict: 'review' } },
      { id: 'random-0000' },
    ]);
    const whyOf = (id: string) => reviewPage(db, { limit: 50 }).items.find((item) => item.id === id)?.why;
    expect(['near-ffff', 'far-ffff', 'abstained-ffff', 'unlike-ffff', 'all-ffff', 'random-0000'].map(whyOf)).toEqual([
      ['near'],
      undefined,
      ['abstained'],
      ['unlike'],
      ['unlike', 'abstained', 'near'],
      ['random'],
    ]);
    expect(idsOf(db, { why: 'near' })).toEqual(['all-ffff', 'near-ffff']);
    expect(idsOf(db, { why: 'abstained' })).toEqual(['all-ffff', 'abstained-ffff']);
    expect(idsOf(db, { why: 'unlike' })).toEqual(['all-ffff', 'unlike-ffff']);
    expect(idsOf(db, { why: 'random' })).toEqual(['random-0000']);
    expect(reviewPage(db, { limit: 50, why: 'near' }).waiting).toBe(2);
  });

  it('shows nothing of a part of the random share that would tell what the agent said', () => {
    const { db } = openEmpty();
    store(db, [{ id: 'x-0000', unlike: 1, over: { verdict: 'review', reasons: '[{"text": "dent"}]', answer: 'written', part: 'P1' } }]);
    expect(reviewPage(db, { limit: 5 }).items).toMatchObject([
      { id: 'x-0000', part: 'P1', verdict: null, reasons: [], scores: [], answer: '', why: ['random'] },
    ]);
  });

  it('goes on page by page, over parts of the same moment and over hundreds that nobody asked for', () => {
    const { db } = openEmpty();
    const parts = Array.from({ length: 400 }, (_, i) => ({
      id: `i${i}-ffff`,
      at: Math.floor(i / 7),
      margin: 0,
      over: { station: i % 100 === 3 ? 'inlet' : 'outlet' },
    }));
    store(db, parts);
    const seen: string[] = [];
    let cursor: string | undefined;
    let pages = 0;
    do {
      const page = reviewPage(db, { limit: 60, cursor });
      expect([page.complete, page.waiting]).toEqual([true, 400]);
      seen.push(...page.items.map(({ id }) => id));
      cursor = page.next ?? undefined;
      pages++;
    } while (cursor !== undefined);
    expect(seen).toEqual(parts.map(({ id }) => id).toReversed());
    expect(pages).toBe(7);
    expect(reviewPage(db, { limit: 50, station: 'inlet' })).toMatchObject({
      items: [303, 203, 103, 3].map((i) => ({ id: `i${i}-ffff` })),
      next: null,
      complete: true,
      waiting: 4,
    });
    expect(idsOf(db, { station: 'inlet', limit: 2 })).toEqual(['i303-ffff', 'i203-ffff']);
    expect(() => reviewPage(db, { limit: 5, cursor: 'x' })).toThrow('WEB_INVALID');
  });

  it('counts no more of those that wait than it says', () => {
    const { db } = openEmpty();
    store(
      db,
      Array.from({ length: MOST_WAITING + 5 }, (_, i) => ({ id: `i${i}-ffff`, margin: 0 })),
    );
    expect(reviewPage(db, { limit: 1 }).waiting).toBe(MOST_WAITING);
  });

  it('ends when its time is over, says so, and goes on from there', () => {
    const { db } = openEmpty();
    store(
      db,
      Array.from({ length: 300 }, (_, i) => ({ id: `i${i}-ffff`, margin: 0, over: { station: i === 0 ? 'inlet' : 'outlet' } })),
    );
    hurry(30);
    const first = reviewPage(db, { limit: 10 });
    expect([first.complete, first.items.length, first.waiting]).toEqual([false, 2, 2]);
    vi.restoreAllMocks();
    hurry(50);
    // None of the first chunks is of that station.
    const none = reviewPage(db, { limit: 10, station: 'inlet' });
    expect([none.items, none.complete, none.next !== null]).toEqual([[], false, true]);
    vi.restoreAllMocks();
    expect(idsOf(db, { limit: 1, cursor: first.next ?? '' })).toEqual(['i297-ffff']);
    expect(idsOf(db, { station: 'inlet', cursor: none.next ?? '' })).toEqual(['i0-ffff']);
  });

  it('leaves out a row whose part is another one by now', () => {
    const { db } = openEmpty();
    store(db, [
      { id: 'a-ffff', margin: 0 },
      { id: 'b-ffff', margin: 0 },
    ]);
    db.exec("UPDATE inspections SET at = 99 WHERE id = 'a-ffff'");
    expect(reviewPage(db, { limit: 5 })).toMatchObject({ items: [{ id: 'b-ffff' }], waiting: 1 });
  });

  it('names the kinds of defect that people named most, nine of them', () => {
    const { db } = openEmpty();
    store(db, [{ id: 'a-ffff' }]);
    const named = (kind: string, times: number, over: Readonly<Record<string, unknown>> = {}) => {
      for (let i = 0; i < times; i++) label(db, 'a-ffff', 'bad', { kind, ...over });
    };
    named('b', 2);
    named('a', 2);
    named('most', 3);
    named('taken back', 9, { undone: 5 });
    for (const kind of ['c', 'd', 'e', 'f', 'g', 'h', 'i']) named(kind, 1);
    label(db, 'a-ffff', 'bad');
    expect(reviewPage(db, { limit: 1 }).kinds).toEqual(['most', 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']);
  });
});

describe('figures of labels', () => {
  const reasons = (text: string) => JSON.stringify([{ text }]);

  it('are in the order of how many there are, then of their names', () => {
    const { db } = openEmpty();
    // The newest label first, and so in another order than they are told.
    const parts = [
      ['d', 'good'],
      ['d', 'good'],
      ['d', 'good'],
      ['a', 'bad', 'y'],
      ['c', 'bad', 'x'],
      ['c', 'bad', 'x'],
      ['a', 'good'],
      ['b', 'bad', 'y'],
    ] as const;
    store(
      db,
      parts.map(([reason], i) => ({ id: `${i}-ffff`, over: { verdict: 'nok', reasons: reasons(reason) } })),
    );
    for (const [i, [, said, kind = null]] of parts.entries()) label(db, `${i}-ffff`, said, { kind });
    const { reasons: told, kinds, good, bad } = labelFigures(db, { sample: 'all' });
    expect(told).toEqual([
      { name: 'd', good: 3, bad: 0 },
      { name: 'a', good: 1, bad: 1 },
      { name: 'c', good: 0, bad: 2 },
      { name: 'b', good: 0, bad: 1 },
    ]);
    expect(kinds).toEqual([
      { name: 'x', missed: 0, parts: 2 },
      { name: 'y', missed: 0, parts: 2 },
    ]);
    expect([good.nok, bad.nok]).toEqual([4, 4]);
  });

  it('count a bad part once, that passed as missed, by the kind that was named last', () => {
    const { db } = openEmpty();
    store(db, [{ id: 'a-ffff' }, { id: 'b-ffff', over: { verdict: 'review' } }, { id: 'c-ffff' }]);
    label(db, 'a-ffff', 'bad', { kind: 'dent' });
    label(db, 'a-ffff', 'bad', { who: 'adam', kind: 'hole' });
    label(db, 'a-ffff', 'bad', { who: 'zoe' });
    label(db, 'b-ffff', 'bad');
    label(db, 'c-ffff', 'good', { undone: 5 });
    expect(labelFigures(db, { sample: 'all' })).toMatchObject({
      good: { ok: 0, nok: 0, review: 0 },
      bad: { ok: 1, nok: 0, review: 1 },
      reasons: [],
      kinds: [
        { name: '', missed: 0, parts: 1 },
        { name: 'hole', missed: 1, parts: 1 },
      ],
      complete: true,
    });
  });

  it('are of the stretch, the station and the recipe that were asked for', () => {
    const { db } = openEmpty();
    store(db, [
      { id: 'a-ffff', at: 10 },
      { id: 'b-ffff', at: 20 },
      { id: 'c-ffff', at: 15, over: { station: 'inlet' } },
      { id: 'd-ffff', at: 15, over: { recipe: 'wide' } },
    ]);
    for (const id of ['a', 'b', 'c', 'd']) label(db, `${id}-ffff`, 'good');
    const good = (wish: object) => labelFigures(db, { sample: 'all', ...wish }).good.ok;
    expect([good({}), good({ from: 10, to: 20 }), good({ from: 11 }), good({ to: 10 })]).toEqual([4, 3, 3, 0]);
    expect([good({ station: 'inlet' }), good({ recipe: 'wide' }), good({ station: 'inlet', recipe: 'wide' })]).toEqual([1, 1, 0]);
  });

  it('say where their time was over before all labels were looked at, the newest first', () => {
    const { db } = openEmpty();
    store(
      db,
      Array.from({ length: 200 }, (_, i) => ({ id: `${i}-ffff` })),
    );
    for (let i = 0; i < 200; i++) label(db, `${i}-ffff`, i < 136 ? 'bad' : 'good');
    hurry(100);
    expect(labelFigures(db, { sample: 'all' })).toMatchObject({ good: { ok: 64 }, bad: { ok: 0 }, complete: false });
    vi.restoreAllMocks();
    expect(labelFigures(db, { sample: 'all' })).toMatchObject({ good: { ok: 64 }, bad: { ok: 136 }, complete: true });
  });
});
