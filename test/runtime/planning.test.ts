/** What is learned of a line that does what it is known to do, and which orders its parts are counted for. */
import { randomLcg, randomLogNormal } from 'd3-random';
import { describe, expect, it } from 'vitest';
import { LineHistory } from '#agent/decisions/scheduling/line/learn.js';
import type { LineFacts, Order } from '#agent/decisions/scheduling/line/orders.js';
import { OrderBook } from '#agent/runtime/planning/book.js';
import { closedIn } from '#agent/runtime/planning/hours.js';

const sure = (mean: number) => ({ mean, deviation: 0 });
const NOTHING: LineFacts = {
  recipes: { b: { cycle: sure(1), scrap: sure(0) }, rare: { cycle: sure(9000), scrap: sure(0.2) } },
  setup: { default: sure(900_000), from: { rare: { a: sure(123) } }, material: 0 },
  stops: null,
  tool: null,
  closed: [],
  standing: null,
};

describe('what is learned of the parts of a line', () => {
  it('is how it works: cycle times, scrap, set-ups and stops, and how they spread', () => {
    const random = randomLcg(0.21);
    const noise = randomLogNormal.source(random)(0, 0.05);
    const history = new LineHistory();
    let at = 1e12;
    const make = (recipe: string, parts: number, cycle: number, scrap: number) => {
      for (let n = 0; n < parts; n++) {
        at += cycle * noise();
        // Once in 200 parts it stands still for five minutes.
        if (n > 0 && random() < 1 / 200) at += 300_000;
        history.note({ at, recipe, good: random() >= scrap });
      }
    };
    for (let run = 0; run < 12; run++) {
      at += run === 5 ? 3_600_000 : 600_000;
      make('a', 400, 10_000 * (run % 2 ? 1.1 : 0.9), 0.02 + (run % 2) * 0.06);
      at += 1_500_000;
      make('b', 300, 20_000, 0.1);
    }
    const { recipes, setup, stops } = history.facts(NOTHING);
    expect(recipes['a']?.cycle.mean).toBeCloseTo(10_000, -3);
    expect(recipes['a']?.cycle.deviation).toBeCloseTo(1000, -3);
    expect(recipes['a']?.scrap.mean).toBeCloseTo(0.05, 1.5);
    // 2 % and 8 % by turns: 3 % to each side, beyond what chance makes of 400 parts.
    expect(recipes['a']?.scrap.deviation).toBeGreaterThan(0.02);
    expect(recipes['a']?.scrap.deviation).toBeLessThan(0.045);
    expect(recipes['b']?.scrap.deviation).toBeLessThan(0.017);
    expect((recipes['b']?.cycle.mean ?? 0) / 20_000).toBeCloseTo(1, 1);
    expect(setup.from['a']?.['b']?.mean).toBeGreaterThan(1_480_000);
    expect(setup.from['a']?.['b']?.mean).toBeLessThan(1_530_000);
    // One way of an hour, a lunch break, does not count.
    expect(setup.from['b']?.['a']?.mean).toBeLessThan(640_000);
    expect(stops?.lasts.mean).toBeGreaterThan(290_000);
    expect(stops?.lasts.mean).toBeLessThan(340_000);
    expect((stops?.between ?? 0) / (200 * 15_000)).toBeCloseTo(1, 0);
    // What was never seen stays as it was said.
    expect(recipes['rare']).toEqual(NOTHING.recipes['rare']);
    expect(setup.from['rare']).toEqual(NOTHING.setup.from['rare']);
  });

  it('is nothing of two runs, of the night between two shifts, or of the gap over which a clock went back', () => {
    const history = new LineHistory();
    let at = 1e12;
    for (const recipe of ['a', 'c', 'a', 'c']) {
      at += 16 * 3_600_000;
      for (let n = 0; n < 30; n++) {
        at += 1000;
        history.note({ at, recipe, good: true });
      }
    }
    expect(history.learned).toEqual([]);
    at -= 3_600_000;
    for (const recipe of ['a', 'a', 'c']) for (let n = 0; n < 30; n++) history.note({ at: at + n * 1000, recipe, good: true });
    const { recipes, setup } = history.facts(NOTHING);
    expect(recipes['a']?.cycle.mean).toBe(1000);
    expect(setup.from).toEqual(NOTHING.setup.from);
  });

  it('holds no more in memory, however many recipes and parts there are', () => {
    const history = new LineHistory();
    let at = 1e12;
    for (let n = 0; n < 60_000; n++) {
      at += 1000;
      history.note({ at, recipe: `r${Math.floor(n / 25) % 1200}`, good: true });
    }
    expect(JSON.stringify([...Object.values(history)].map((value) => (value instanceof Map ? [...value] : value))).length).toBeLessThan(
      2e6,
    );
  });
});

describe('the orders of a line', () => {
  const order = (id: string, recipe: string, quantity = 3): Order => ({
    id,
    recipe,
    quantity,
    due: null,
    material: null,
    priority: 1,
    released: null,
    made: null,
  });
  const taking = { from: 'command', isAll: false, now: 1000 } as const;
  const part = (recipe: string, good = true) => ({ at: 2000, recipe, good });

  it('are counted part by part, in the agreed order, until they are done', () => {
    const book = new OrderBook();
    book.take([order('1', 'a'), order('2', 'b'), order('3', 'a')], taking);
    book.agree(['3', '2', '1']);
    expect(book.count(part('a'))).toEqual({ order: '3', began: true, done: false });
    expect(book.count(part('a', false))).toEqual({ order: '3', began: false, done: false });
    expect(book.wanted().find(({ id }) => id === '3')).toMatchObject({ made: 1, quantity: 3 });
    // Interrupted: of it the rest is wanted, and what runs now stays first.
    expect(book.count(part('b'))).toEqual({ order: '2', began: true, done: false });
    expect(book.agreed).toEqual(['2', '3', '1']);
    expect(book.wanted().find(({ id }) => id === '3')).toMatchObject({ made: null, quantity: 2 });
    book.count(part('a'));
    expect(book.count(part('a'))).toEqual({ order: '3', began: false, done: true });
    expect(book.count(part('a'))).toEqual({ order: '1', began: true, done: false });
    expect(book.count(part('nobody knows'))).toEqual({ order: null, began: false, done: false });
    expect(book.snapshot.done.map(({ id }) => id)).toEqual(['3']);
  });

  it('change by what is handed over: what runs stays, what is gone goes, what is of another origin is left', () => {
    const book = new OrderBook();
    book.take([order('1', 'a'), order('2', 'b')], taking);
    book.take([order('f', 'c')], { ...taking, from: 'file', isAll: true });
    book.count(part('a'));
    expect(book.take([order('f', 'a')], taking)).toMatch(/order f is there already, from the file/);
    expect(book.take([order('2', 'b', 7), order('4', 'c')], { ...taking, isAll: true })).toBeNull();
    expect(book.orders.map(({ id, quantity, made }) => [id, quantity, made])).toEqual([
      ['1', 3, 1],
      ['2', 7, 0],
      ['f', 3, 0],
      ['4', 3, 0],
    ]);
    book.drop(['1', 'nobody'], 5);
    expect(book.running).toBeNull();
    const many = Array.from({ length: 499 }, (_, n) => order(`m${n}`, 'a'));
    expect(book.take(many, taking)).toMatch(/502 orders, at most 500/);
    expect(book.orders).toHaveLength(3);
  });

  it('are made once: what was made comes back only as what is still wanted of it', () => {
    const book = new OrderBook();
    const list = { from: 'file', isAll: true, now: 1000 } as const;
    book.take([order('1', 'a'), order('2', 'b')], list);
    for (let n = 0; n < 3; n++) book.count(part('a'));
    // The list has it still, after a start too.
    const again = new OrderBook(book.snapshot);
    again.take([order('1', 'a'), order('2', 'b')], list);
    expect(again.orders.map(({ id }) => id)).toEqual(['2']);
    again.take([order('1', 'a', 5), order('2', 'b')], list);
    expect(again.orders.find(({ id }) => id === '1')).toMatchObject({ made: 3, quantity: 5 });
    // Gone for one read, it goes on with its count; of a smaller quantity it is done.
    again.count(part('a'));
    again.take([order('2', 'b')], list);
    expect(again.running).toBe('1');
    again.count(part('b'));
    again.take([order('2', 'b')], list);
    expect(again.orders.map(({ id }) => id)).toEqual(['2']);
    again.take([order('1', 'a', 5), order('2', 'b')], list);
    expect(again.orders.find(({ id }) => id === '1')).toMatchObject({ made: 4, quantity: 5 });
    again.take([order('1', 'a', 5), order('2', 'b', 1)], list);
    expect(again.orders.map(({ id }) => id)).toEqual(['1']);
    expect(again.running).toBeNull();
    expect(again.wanted()).toMatchObject([{ id: '1', quantity: 1, made: null }]);
    expect(again.snapshot.done.map(({ id }) => id)).toEqual(['1', '2']);
  });

  it('that could not be kept are undone, and what was made meanwhile is not', () => {
    const book = new OrderBook();
    book.take([order('1', 'a')], taking);
    const before = book.snapshot;
    book.take([order('1', 'a', 9), order('2', 'b')], taking);
    book.drop(['nobody'], 5);
    book.count({ ...part('a'), sequence: 7 }, 'outlet');
    book.undo(before);
    expect(book.orders).toMatchObject([{ id: '1', quantity: 3, made: 1 }]);
    expect(book.running).toBe('1');
    expect(book.isUncounted({ ...part('a'), sequence: 7 }, 'outlet')).toBe(false);
    expect(book.isUncounted({ ...part('a'), at: 1, sequence: 8 }, 'outlet')).toBe(true);
    // Of another station numbers say nothing.
    expect(book.isUncounted({ ...part('a'), at: 1, sequence: 8 }, 'inlet')).toBe(false);
  });
});

describe('the hours of a line', () => {
  const at = (text: string) => Date.parse(text);
  const days = ['mon', 'tue', 'wed', 'thu', 'fri'] as const;

  it('are those of its shifts without their breaks, an hour less in the night in which the clock goes forward', () => {
    const calendar = {
      zone: 'Europe/Berlin',
      shifts: { night: { from: '22:00', to: '06:00', days: ['sat'] as const }, early: { from: '06:00', to: '14:00', days } },
      breaks: { lunch: { from: '10:00', to: '10:30', days } },
      days_off: ['2026-03-31'],
    };
    const closed = closedIn(calendar, at('2026-03-28T20:00Z'), at('2026-03-31T12:00Z'));
    expect(closed.map(({ from, to }) => [from, to].map((one) => new Date(one).toISOString().slice(5, 16)))).toEqual([
      ['03-28T20:00', '03-28T21:00'],
      // The night ends at six of the summer's clock: after seven hours.
      ['03-29T04:00', '03-30T04:00'],
      ['03-30T08:00', '03-30T08:30'],
      ['03-30T12:00', '03-31T12:00'],
    ]);
    expect(closedIn(undefined, 0, 1e12)).toEqual([]);
  });
});
