/** What one line with set-ups runs next: every plan can be run, none is worse than first-in-first-out, few orders are planned as well as can be. */
import { randomLcg } from 'd3-random';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chancesOf } from '#agent/decisions/scheduling/line/chance.js';
import { objectionToPlan } from '#agent/decisions/scheduling/line/check.js';
import { exact } from '#agent/decisions/scheduling/line/exact.js';
import { Line, type Sequence } from '#agent/decisions/scheduling/line/line.js';
import type { LineFacts, Order } from '#agent/decisions/scheduling/line/orders.js';
import { planLine } from '#agent/decisions/scheduling/line/plan-line.js';
import { byRules, bySearch, lineOf, type PlanWish, propose } from '#agent/decisions/scheduling/line/propose.js';
import { timetable } from '#agent/decisions/scheduling/line/timetable.js';
import { WorkingTime } from '#agent/decisions/scheduling/line/working-time.js';
import { systemClock } from '#agent/time.js';

const HOUR = 3_600_000;
const NOW = Date.UTC(2026, 5, 1, 6);
const sure = (mean: number) => ({ mean, deviation: 0 });

const FACTS: LineFacts = {
  recipes: {
    a: { cycle: sure(10_000), scrap: sure(0) },
    b: { cycle: sure(20_000), scrap: sure(0.1) },
    c: { cycle: sure(5_000), scrap: sure(0.02) },
  },
  setup: { default: sure(1_200_000), from: { a: { b: sure(300_000) } }, material: 600_000 },
  stops: null,
  tool: null,
  closed: [],
  standing: { recipe: 'a', material: null },
};
const order = (id: string, rest: Partial<Order> = {}): Order => ({
  id,
  quantity: 100,
  due: NOW + 8 * HOUR,
  recipe: 'a',
  material: null,
  priority: 1,
  released: null,
  made: null,
  ...rest,
});
const wish = (orders: readonly Order[], facts: LineFacts = FACTS, rest: Partial<PlanWish> = {}): PlanWish => ({
  orders,
  facts,
  now: NOW,
  present: null,
  leastGain: 60_000,
  lost: 1,
  samples: 20,
  ...rest,
});

const spreads = (least: number, most: number) =>
  fc.record({ mean: fc.integer({ min: least, max: most }), deviation: fc.integer({ min: 0, max: most }) });
const anyFacts: fc.Arbitrary<LineFacts> = fc.record({
  recipes: fc.record({
    a: fc.record({ cycle: spreads(1, 30_000), scrap: fc.constant(sure(0)) }),
    b: fc.record({ cycle: spreads(1, 30_000), scrap: fc.constant({ mean: 0.1, deviation: 0.05 }) }),
    c: fc.record({ cycle: spreads(1, 30_000), scrap: fc.constant({ mean: 0.5, deviation: 0.4 }) }),
  }),
  setup: fc.record({
    default: spreads(0, 3_000_000),
    from: fc.record({ a: fc.record({ b: spreads(0, 300_000), a: spreads(0, 60_000) }), c: fc.record({ a: spreads(0, 9_000_000) }) }),
    material: fc.nat(600_000),
  }),
  stops: fc.option(fc.record({ between: fc.integer({ min: 60_000, max: 9_000_000 }), lasts: spreads(1, 600_000) })),
  tool: fc.option(fc.record({ life: fc.integer({ min: 1, max: 300 }), left: fc.nat(300), change: fc.nat(600_000) })),
  closed: fc.array(
    fc.record({ from: fc.integer({ min: -5, max: 40 }), long: fc.integer({ min: 0, max: 12 }) }).map(({ from, long }) => ({
      from: NOW + from * HOUR,
      to: NOW + (from + long) * HOUR,
      why: 'no shift',
    })),
    { maxLength: 4 },
  ),
  standing: fc.option(fc.record({ recipe: fc.constantFrom('a', 'b', 'c'), material: fc.option(fc.constantFrom('x', 'y')) })),
});
const ordersUpTo = (most: number) =>
  fc
    .array(
      fc.record({
        quantity: fc.integer({ min: 1, max: 600 }),
        due: fc.option(fc.integer({ min: -3, max: 60 }).map((hours) => NOW + hours * HOUR)),
        recipe: fc.constantFrom('a', 'b', 'c'),
        material: fc.option(fc.constantFrom('x', 'y')),
        priority: fc.constantFrom(0.5, 1, 3),
        released: fc.option(fc.integer({ min: -3, max: 30 }).map((hours) => NOW + hours * HOUR)),
      }),
      { minLength: 1, maxLength: most },
    )
    .chain((all) =>
      fc
        .boolean()
        .map((isBegun) => all.map((one, n): Order => ({ ...one, id: `o${n}`, made: isBegun && n === all.length - 1 ? 0 : null }))),
    );

const searched = (of: PlanWish, seed: number) => {
  const line = lineOf(of);
  const random = randomLcg(seed);
  const sequence = bySearch(line, of, { random, ended: () => false, better: () => {}, patience: 20 });
  return { line, sequence, proposal: propose(line, of, sequence, 'search', random) };
};

/** Of all orders of what has not begun. */
function cheapestOfAll(line: Line): number {
  let least = Number.POSITIVE_INFINITY;
  const go = (done: Sequence): void => {
    if (done.length === line.count) least = Math.min(least, line.cost(done));
    for (let n = line.begun; n < line.count; n++) if (!done.includes(n)) go([...done, n]);
  };
  go(line.firstInFirstOut.slice(0, line.begun));
  return least;
}

describe('a plan of one line', () => {
  it('can be run and is never worse than first-in-first-out, with and without a plan before it, by search and by rules', () => {
    fc.assert(
      fc.property(ordersUpTo(12), anyFacts, fc.nat(1000), fc.boolean(), (orders, facts, seed, isPlanned) => {
        const present = isPlanned ? orders.toReversed().map(({ id }) => id) : null;
        const of = wish(orders, facts, { present });
        const { line, proposal } = searched(of, seed / 1001);
        for (const one of [proposal, propose(line, of, byRules(line, of), 'rules', randomLcg(0.5))]) {
          expect(objectionToPlan(orders, facts, NOW, one.plan.slots)).toBeNull();
          expect(objectionToPlan(orders, facts, NOW, one.fifo.slots)).toBeNull();
          expect(one.plan.cost).toBeLessThanOrEqual(one.fifo.cost + 1e-3);
          for (const { late } of one.plan.slots) expect(late ?? 0).toBeGreaterThanOrEqual(0);
        }
      }),
      { numRuns: 80 },
    );
  });

  it('is the best there is of few orders', () => {
    fc.assert(
      fc.property(ordersUpTo(6), anyFacts, fc.nat(1000), (orders, facts, seed) => {
        const { line, sequence } = searched(wish(orders, facts), seed / 1001);
        const least = cheapestOfAll(line);
        expect(line.cost(sequence)).toBeCloseTo(least, 2);
      }),
      { numRuns: 60 },
    );
  });

  it('of a dozen orders the search finds what dynamic programming proves', () => {
    const random = randomLcg(0.3);
    const orders = Array.from({ length: 12 }, (_, n) =>
      order(`o${n}`, {
        recipe: ['a', 'b', 'c'][Math.floor(random() * 3)] as string,
        quantity: 50 + Math.floor(random() * 300),
        due: NOW + Math.floor(random() * 10) * HOUR,
        released: random() < 0.3 ? NOW + 2 * HOUR : null,
      }),
    );
    const { line, sequence } = searched({ ...wish(orders), samples: 0 }, 0.7);
    expect(line.cost(sequence)).toBeCloseTo(line.cost(exact(line) as Sequence), 2);
  });

  it.each([
    ['lacks an order', (slots: readonly Slot[]) => slots.slice(1), /is not in it/],
    ['has one twice', ([a, , c]: readonly Slot[]) => [a, a, c], /twice/],
    ['begins too soon', ([a, b, c]: readonly Slot[]) => [a, { ...b, setup: NOW }, c], /before the one before it has ended/],
    ['has no time for its set-up', ([a, b, c]: readonly Slot[]) => [a, { ...b, begin: (b as Slot).setup }, c], /its set-up/],
    ['has no time for its parts', ([a, b, c]: readonly Slot[]) => [a, { ...b, end: (b as Slot).begin + 1 }, c], /its parts/],
    ['forgets the scrap', ([a, b, c]: readonly Slot[]) => [a, { ...b, parts: 100 }, c], /fewer good parts/],
    ['moves what has begun', ([a, b, c]: readonly Slot[]) => [b, a, c], /has begun/],
    ['works while the line does not', ([a, b, c]: readonly Slot[]) => [a, b, { ...c, end: (c as Slot).end - 2 * HOUR }], /its parts/],
  ])('that %s is found out', (_, change, why) => {
    const facts = { ...FACTS, closed: [{ from: NOW + HOUR, to: NOW + 3 * HOUR, why: 'no shift' }] };
    const orders = [order('begun', { made: 50 }), order('second', { recipe: 'b' }), order('third', { recipe: 'c', quantity: 1500 })];
    const { slots } = timetable(new Line(orders, facts, NOW), [0, 1, 2]);
    expect(objectionToPlan(orders, facts, NOW, slots)).toBeNull();
    expect(objectionToPlan(orders, facts, NOW, change(slots) as Slot[])).toMatch(why);
  });

  it('says when what is done, by hand: scrap, set-up, material, tool, closed hours and what was made already', () => {
    const facts: LineFacts = {
      ...FACTS,
      closed: [{ from: NOW + HOUR, to: NOW + 2 * HOUR, why: 'no shift' }],
      tool: { life: 100, left: 60, change: 120_000 },
    };
    const orders = [
      order('begun', { made: 40, material: 'x' }),
      order('next', { recipe: 'b', quantity: 90, material: 'y', due: NOW + 3 * HOUR, released: NOW + 600_000 }),
    ];
    const { slots } = timetable(new Line(orders, facts, NOW), [0, 1]);
    const minutes = slots.map(({ setup, begin, end, parts, lateness }) => [
      ...[setup, begin, end].map((at) => (at - NOW) / 60_000),
      parts,
      (lateness ?? 0) / 60_000,
    ]);
    expect(minutes).toEqual([
      // 60 parts of 10 s; the tool makes them and no more.
      [0, 0, 10, 60, 10 - 480],
      // Set-up 5 min from a to b and 10 for the material; 100 parts of 20 s for 90 good ones and a new tool of 2 min: 20 s of it are left when the break begins.
      [10, 25, expect.closeTo(120 + 1 / 3, 5), 100, expect.closeTo(120 + 1 / 3 - 180, 5)],
    ]);
  });

  it('keeps the plan of before where a change gains nothing, and names the gain of each move where one does', () => {
    // b before c or after it is the same; due far away.
    const orders = [
      order('1', { due: NOW + 90 * HOUR }),
      order('2', { recipe: 'c', due: NOW + 90 * HOUR }),
      order('3', { due: NOW + 90 * HOUR }),
    ];
    const kept = searched(wish(orders, FACTS, { present: ['3', '1', '2'] }), 0.1).proposal;
    expect(kept.plan.slots.map((slot) => slot.order.id)).toEqual(['3', '1', '2']);
    expect(kept.moves).toEqual([]);
    // A new one that is urgent goes in front, and nothing else moves.
    const urgent = order('4', { recipe: 'c', due: NOW + 0.7 * HOUR, priority: 5 });
    const changed = searched(wish([...orders, urgent], FACTS, { present: ['3', '1', '2'] }), 0.1).proposal;
    expect(changed.moves.map(({ id }) => id)).toContain('4');
    for (const { gain } of changed.moves) expect(gain).toBeGreaterThan(60_000);
    expect(changed.plan.cost).toBeLessThan((changed.before?.cost ?? 0) - 60_000);
  });

  it('makes no move without gain, whatever the orders are', () => {
    fc.assert(
      fc.property(ordersUpTo(10), anyFacts, fc.nat(1000), (orders, facts, seed) => {
        const present = orders.toReversed().map(({ id }) => id);
        const { proposal } = searched(wish(orders, facts, { present }), seed / 1001);
        const isBound = proposal.plan.cost + 60_000 > proposal.fifo.cost;
        for (const { gain } of proposal.moves) if (!isBound) expect(gain).toBeGreaterThan(60_000);
        // What is like the plan of before is the plan of before.
        if (proposal.moves.length === 0) expect(proposal.plan.slots).toEqual(proposal.before?.slots);
      }),
      { numRuns: 60 },
    );
  });
});
type Slot = ReturnType<typeof timetable>['slots'][number];

describe('working time', () => {
  it('gives each instant back, and passes over what is closed', () => {
    const closed = [
      { from: NOW + 2 * HOUR, to: NOW + 3 * HOUR, why: '' },
      { from: NOW - HOUR, to: NOW + HOUR, why: '' },
      { from: NOW + 2.5 * HOUR, to: NOW + 4 * HOUR, why: '' },
    ];
    const time = new WorkingTime(NOW, closed);
    expect([0, 1, 1.5].map((hours) => (time.endOf(hours * HOUR) - NOW) / HOUR)).toEqual([0, 2, 4.5]);
    expect([0, 1, 1.5].map((hours) => (time.beginOf(hours * HOUR) - NOW) / HOUR)).toEqual([1, 4, 4.5]);
    expect([0, 1, 1.5].map((hours) => new WorkingTime(NOW, []).endOf(hours * HOUR) - NOW)).toEqual([0, HOUR, 1.5 * HOUR]);
    expect([-1, 0.5, 1.5, 2, 3.5, 4, 6].map((hours) => time.until(NOW + hours * HOUR) / HOUR)).toEqual([0, 0, 0.5, 1, 1, 1, 3]);
  });
});

describe('the probability of being late', () => {
  const probability = (facts: LineFacts, of: Order) =>
    chancesOf(new Line([of], facts, NOW), [[0]], { samples: 4000, random: randomLcg(0.4) })[0]?.[0];
  const spread = (deviation: number): LineFacts => ({ ...FACTS, recipes: { a: { cycle: { mean: 10_000, deviation }, scrap: sure(0) } } });

  it('is 0 or 1 where nothing spreads, and none where nothing is due', () => {
    expect(probability(FACTS, order('1', { due: NOW + 1_000_001 }))).toBe(0);
    expect(probability(FACTS, order('1', { due: NOW + 999_999 }))).toBe(1);
    expect(probability(FACTS, order('1', { due: null }))).toBeNull();
  });

  it('is what the lognormal distribution of the cycle time says', () => {
    // ln(1.1 / 1) + sigma² / 2 over sigma, with sigma² = ln(1 + 0.2²): z = 0.5803, and 1 - Phi(z) = 0.2809.
    expect(probability(spread(2000), order('1', { due: NOW + 1_100_000 }))).toBeCloseTo(0.2809, 1);
  });

  it('knows that stops come by chance: no stop with probability 1/e where one is to be expected', () => {
    const facts: LineFacts = { ...FACTS, stops: { between: 1_000_000, lasts: sure(60_000) } };
    expect(probability(facts, order('1', { due: NOW + 1_000_001 }))).toBeCloseTo(1 - Math.exp(-1), 1);
  });

  it('counts scrap by chance: of 100 parts at 10 %, as many as are expected are too few about half the time', () => {
    const facts: LineFacts = { ...FACTS, recipes: { a: { cycle: sure(10_000), scrap: sure(0.1) } } };
    const due = NOW + Math.ceil(100 / 0.9) * 10_000;
    const late = probability(facts, order('1', { due })) ?? 0;
    expect(late).toBeGreaterThan(0.3);
    expect(late).toBeLessThan(0.6);
  });
});

describe('planning in a child', { timeout: 60_000 }, () => {
  const orders = Array.from({ length: 30 }, (_, n) =>
    order(`o${n}`, { recipe: ['a', 'b', 'c'][n % 3] as string, due: NOW + (30 - n) * HOUR, quantity: 50 + 13 * n }),
  );
  const budget = { clock: systemClock, time: 1000, memory: 400e6, niceness: 5, seed: 0.4, spare: 0 };

  it('searches, and says so', async () => {
    const planned = await planLine(wish(orders), budget);
    expect(planned).toMatchObject({ by: 'search', because: null });
    expect(planned.plan.cost).toBeLessThan(planned.fifo.cost);
    expect(objectionToPlan(orders, FACTS, NOW, planned.plan.slots)).toBeNull();
  });

  it.each([
    ['memory is short', { spare: 2 ** 50 }, /memory is short/],
    ['the child takes more than it may', { memory: 1e6 }, /memory|ended before/],
    // Chance that is drawn for years, and a tenth of a second for it.
    ['the child hangs', { time: -29_900, samples: 1e12 }, /took longer|ended before/],
  ])('goes by rules where %s, and says why', async (_, { samples = 20, ...change }: Partial<typeof budget> & { samples?: number }, why) => {
    const planned = await planLine(wish(orders, FACTS, { samples }), { ...budget, ...change });
    expect(planned.by).toBe('rules');
    expect(planned.because).toMatch(why);
    expect(objectionToPlan(orders, FACTS, NOW, planned.plan.slots)).toBeNull();
    expect(planned.plan.cost).toBeLessThan(planned.fifo.cost);
  });
});
