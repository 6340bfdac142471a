/** Totals over long times: in chunks, within bounds, and by name; see tallies.test.ts for what is counted. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Totals, TotalsWish } from '#agent/contracts/index.js';
import { Figures } from '#agent/store/figures.js';
import { openJournal } from '#agent/store/read.js';
import { Tallies, tallied } from '#agent/store/tallies.js';
import { systemClock } from '#agent/time.js';
import { cleanUp, openEmpty, put } from './setup.ts';

type Db = ReturnType<typeof openEmpty>['db'];
const HOUR = 3_600_000;
const START = Date.UTC(2026, 0, 5);
const FIRST = START / HOUR;
const WISH: TotalsWish = { step: 'hour', zone: 0 };
/** Hours that are counted at once. */
const CHUNK = 168;

afterEach(() => {
  vi.restoreAllMocks();
});

/** One part in each of these hours after START. */
function store(db: Db, hours: readonly number[], over: Readonly<Record<string, unknown>> = {}): void {
  const usual = { station: 'outlet', outcome: 'judged', verdict: 'ok', recipe: 'standard', reasons: '[]', tags: '{}', frames: '[]' };
  const from = Number(db.prepare('SELECT count(*) FROM inspections').pluck().get());
  db.transaction(() => {
    for (const [i, hour] of hours.entries())
      put(db, 'inspections', { id: `i${from + i}`, sequence: from + i + 1, at: START + hour * HOUR, ...usual, ...over });
  })();
}
function fill(db: Db, index = new Tallies()): void {
  index.refill();
  while (index.step(db)) index.refill();
}
const upTo = (n: number, from = 0) => Array.from({ length: n - from }, (_, i) => from + i);
/** Each look at the clock is so much later than the one before. */
const hurry = (ms: number) => {
  let now = 0;
  vi.spyOn(systemClock, 'elapsed').mockImplementation(() => (now += ms));
};
const totals = (db: Db, wish: Partial<TotalsWish> = {}, behind?: number) => new Figures(db, behind).totals({ ...WISH, ...wish });
const hoursOf = ({ steps }: Totals) => steps.map(({ at }) => at / HOUR - FIRST);

describe('totals over a long time', () => {
  it('are counted in chunks of a week, each hour once, and gaps of any length are leapt over', () => {
    const { db } = openEmpty();
    const hours = [...upTo(200), ...upTo(3010, 3000), ...upTo(3010 + CHUNK + 20, 3010 + CHUNK)];
    store(db, hours);
    fill(db);
    hurry(0);
    const all = totals(db);
    expect([hoursOf(all), all.all.ok, all.complete, all.looked_back_to]).toEqual([hours, hours.length, true, null]);
    expect(new Set(all.steps.map(({ ok }) => ok))).toEqual(new Set([1]));
  });

  it('end with a thousand steps, and say from where to go on', () => {
    const { db } = openEmpty();
    // The six newest weeks have exactly a thousand.
    const hours = upTo(1200).filter((hour) => hour < 1190 || hour > 1197);
    store(db, hours);
    fill(db);
    hurry(0);
    const first = totals(db);
    const reached = 1200 - 6 * CHUNK;
    expect([first.steps.length, first.complete, first.looked_back_to]).toEqual([1000, false, START + reached * HOUR]);
    expect(hoursOf(first)).toEqual(hours.filter((hour) => hour >= reached));
    const rest = totals(db, { to: first.looked_back_to ?? 0 });
    expect([hoursOf(rest), rest.complete, rest.looked_back_to]).toEqual([hours.filter((hour) => hour < reached), true, null]);
    // One hour more was asked for, and none.
    const [one, none] = [reached - 1, reached].map((hour) => totals(db, { from: START + hour * HOUR }));
    expect([one?.complete, one?.looked_back_to]).toEqual([false, START + reached * HOUR]);
    expect([none?.complete, none?.looked_back_to]).toEqual([true, null]);
  });

  it('end when their time is over, and go on from there, each part in one answer, whether it was counted yet or not', () => {
    const { db } = openEmpty();
    store(db, upTo(800, 100));
    const index = new Tallies();
    fill(db, index);
    // What comes now is of a PLC whose clock lags far behind.
    store(db, [0, 1, 300, 301, 799]);
    hurry(30);
    const pages: Totals[] = [];
    for (let to: number | null | undefined; to !== null && pages.length < 20; to = pages.at(-1)?.looked_back_to)
      pages.push(totals(db, { to: to ?? undefined }));
    // Until the third look at the clock.
    expect(pages.map(({ looked_back_to: back }) => back && back / HOUR - FIRST)).toEqual([800 - 3 * CHUNK, null]);
    expect(pages.map(({ complete }) => complete)).toEqual([false, true]);
    expect(pages.map(({ all }) => all.ok)).toEqual([3 * CHUNK + 3, 700 - 3 * CHUNK + 2]);
  });

  it('are of one moment, whatever the writer counts meanwhile', () => {
    const { db, path } = openEmpty();
    store(db, upTo(400));
    const index = new Tallies(50);
    fill(db, index);
    store(db, upTo(440, 400));
    const reader = openJournal(path);
    cleanUp(() => reader.close());
    let steps = 0;
    vi.spyOn(systemClock, 'elapsed').mockImplementation(() => {
      // As the question has begun, and between two of its chunks.
      if (steps++ === 1) index.step(db);
      return 0;
    });
    const before = tallied(db);
    expect(totals(reader)).toMatchObject({ all: { ok: 440 }, complete: true });
    expect([steps > 2, before?.to, tallied(db)?.to]).toEqual([true, 400, 440]);
    expect(totals(reader)).toMatchObject({ all: { ok: 440 }, complete: true });
  });
});

describe('parts that are not counted yet', () => {
  it('are looked at by themselves where nothing was counted so far', () => {
    const { db } = openEmpty();
    store(db, upTo(5));
    expect(tallied(db)).toBeNull();
    expect(totals(db)).toMatchObject({ all: { ok: 5 }, complete: true, looked_back_to: null });
  });

  it('are left out where they are too many, the newer as well as the older, and it is said', () => {
    const { db } = openEmpty();
    store(db, upTo(31));
    const index = new Tallies(10);
    index.step(db);
    index.refill();
    index.step(db);
    expect(tallied(db)).toEqual({ from: 22, to: 31 });
    const older = (behind: number) => {
      const { all, complete, looked_back_to: back } = totals(db, {}, behind);
      return [all.ok, complete, back];
    };
    expect([older(20), older(21), older(22)]).toEqual([
      [10, false, START + 21 * HOUR],
      [31, true, null],
      [31, true, null],
    ]);
    fill(db, index);
    store(db, upTo(42, 31));
    expect([older(10), older(11)]).toEqual([
      [31, false, null],
      [42, true, null],
    ]);
  });

  it('stand in the hours and days of the others', () => {
    const { db } = openEmpty();
    store(db, [1, 20, 47]);
    fill(db);
    store(db, [1, 19, 47]);
    // Half past five in the east; hours are those of UTC.
    expect(totals(db, { zone: 330 }).steps.map(({ at, ok }) => [at / HOUR - FIRST, ok])).toEqual([
      [1, 2],
      [19, 1],
      [20, 1],
      [47, 2],
    ]);
    expect(totals(db, { step: 'day', zone: 330 }).steps.map(({ at, ok }) => [at - START, ok])).toEqual([
      [-5.5 * HOUR, 2],
      [18.5 * HOUR, 2],
      [42.5 * HOUR, 2],
    ]);
    expect(totals(db, { step: 'day' }).steps.map(({ at, ok }) => [at - START, ok])).toEqual([
      [0, 4],
      [24 * HOUR, 2],
    ]);
  });
});

describe('names', () => {
  const because = (text: string) => ({ reasons: JSON.stringify([{ text }]) });

  it('of stations and recipes come with their counts, those with most parts first, whatever became of them', () => {
    const { db } = openEmpty();
    store(db, [0], { station: 'a', recipe: 'r1' });
    store(db, [0, 1], { station: 'b', recipe: 'r2', verdict: 'nok' });
    store(db, [0], { station: 'c', recipe: 'r1', outcome: 'missed', missed_from: 1, missed_to: 9 });
    store(db, [0, 1, 2], { station: 'd', recipe: 'r3', outcome: 'failed' });
    fill(db);
    const { stations, recipes, all } = totals(db);
    const none = { ok: 0, nok: 0, review: 0, failed: 0, missed: 0 };
    expect(stations).toEqual([
      { name: 'c', ...none, missed: 9 },
      { name: 'd', ...none, failed: 3 },
      { name: 'b', ...none, nok: 2 },
      { name: 'a', ...none, ok: 1 },
    ]);
    expect(recipes).toEqual([
      { name: 'r1', ...none, ok: 1, missed: 9 },
      { name: 'r3', ...none, failed: 3 },
      { name: 'r2', ...none, nok: 2 },
    ]);
    expect(all).toEqual({ ok: 1, nok: 2, review: 0, failed: 3, missed: 9 });
  });

  it('of reasons are those of parts that were not ok, the most frequent first', () => {
    const { db } = openEmpty();
    store(db, upTo(3), { verdict: 'nok', ...because('dent') });
    store(db, upTo(2), { verdict: 'review', ...because('dent') });
    store(db, upTo(4), { verdict: 'ok', ...because('dent') });
    store(db, upTo(6), { outcome: 'failed', ...because('no picture') });
    store(db, upTo(9), { verdict: 'ok', ...because('all well') });
    store(db, [0], { outcome: 'missed', missed_from: 1, missed_to: 40, ...because('passed') });
    store(db, upTo(8), { verdict: 'nok' });
    fill(db);
    expect(totals(db).reasons).toEqual([
      { name: 'no picture', parts: 6 },
      { name: 'dent', parts: 5 },
    ]);
  });

  it('are no more than fifty of a kind', () => {
    const { db } = openEmpty();
    for (const i of upTo(52)) store(db, upTo(i < 2 ? 1 : 2), { station: `s${i}`, verdict: 'nok', ...because(`r${i}`) });
    fill(db);
    const { stations, reasons, all } = totals(db);
    const most = upTo(52, 2).map(String).sort();
    expect(stations.map(({ name }) => name.slice(1)).sort()).toEqual(most);
    expect(reasons.map(({ name }) => name.slice(1)).sort()).toEqual(most);
    expect(all.nok).toBe(102);
  });
});
