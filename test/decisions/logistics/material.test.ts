/** Material: what is used, when it is called, and whether it comes in time. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countedBetween } from '#agent/decisions/logistics/counter.js';
import { MaterialBook } from '#agent/decisions/logistics/material/book.js';
import { lastsFor, leadDraws, quantileOf, reorderPoint, useIn } from '#agent/decisions/logistics/material/demand.js';
import { ExpectedUse } from '#agent/decisions/logistics/material/expected.js';
import { delivered, followLevel, type Level } from '#agent/decisions/logistics/material/level.js';
import { bucketFor, LEAST_BUCKETS, MOST_BUCKETS, UsageHistory } from '#agent/decisions/logistics/material/usage.js';
import { fixed, forecast, SCENES, worldOf } from '../../../scripts/logistics/material.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

describe('a counter', () => {
  it.each([
    [100, 130, null, 30],
    [130, 130, null, 0],
    // 16 bits: 65,530 to 4 are ten more.
    [65_530, 4, 65_536, 10],
    // Begun again at 0 by the PLC, and 7 since.
    [5000, 7, null, 7],
    [5000, 7, 65_536, 7],
    // Somebody has set it right by a few.
    [5000, 4990, null, 0],
    [5000, 4990, 65_536, 0],
  ])('from %d to %d (round %s) has counted %d', (before, now, wraps, counted) => {
    expect(countedBetween(before, now, wraps)).toBe(counted);
  });

  it('loses nothing over its end, whatever the steps', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 60 }), fc.integer({ min: 0, max: 999 }), (steps, from) => {
        let [value, sum] = [from, 0];
        for (const step of steps) {
          const next = (value + step) % 1000;
          sum += countedBetween(value, next, 1000);
          value = next;
        }
        expect(sum).toBe(steps.reduce((all, step) => all + step, 0));
      }),
    );
  });
});

describe('a level', () => {
  const following = (values: readonly number[]) => {
    let level: Level | null = null;
    let sum = 0;
    for (const value of values) {
      const next = followLevel(level, { value, now: 0, container: 100, pause: 1000 });
      level = next.level;
      sum += next.used;
    }
    return { sum, level };
  };

  it('says what is used, and what is filled up, and nothing of its noise', () => {
    expect(following([80, 79, 80, 78, 79, 77])).toEqual({ sum: 3, level: { low: 77, filled: 0 } });
    // Filled up in two steps, 40 used before and 10 after.
    expect(following([60, 20, 70, 120, 110])).toEqual({ sum: 50, level: { low: 110, filled: 100, at: 0 } });
  });

  it('owes what was said to have come until it is filled in, and no longer than fillings pause', () => {
    const of = (value: number, now: number) => ({ value, now, container: 100, pause: 1000 });
    const owes = delivered({ low: 20, filled: 0 }, 100, 0);
    const half = followLevel(owes, of(70, 900)).level;
    expect(followLevel(half, of(120, 1800)).level.filled).toBe(0);
    // Nothing came for longer than that: what comes then is another one.
    expect(followLevel(owes, of(120, 1001)).level.filled).toBe(100);
    // What was too much of one counts for the next, what was too little no more than once.
    expect(delivered({ low: 20, filled: 130 }, 100, 0).filled).toBe(30);
    expect(delivered({ low: 20, filled: -80 }, 100, 0).filled).toBe(-100);
  });
});

describe('what is expected', () => {
  const open = [
    { from: 0, to: 2 * HOUR },
    { from: 3 * HOUR, to: 6 * HOUR },
  ];

  it('is the rate in working time, and nothing in a break', () => {
    const expected = new ExpectedUse({ now: 0, open, planned: [], rate: 10 / MINUTE });
    expect(expected.in(30 * MINUTE)).toEqual({ work: 30 * MINUTE, used: 300 });
    expect(expected.in(2.5 * HOUR).used).toBeCloseTo(1200);
    expect(expected.in(4 * HOUR).used).toBeCloseTo(1800);
    expect(expected.in(6 * HOUR)).toEqual({ work: 5 * HOUR, used: 3000 });
    // Behind what is known as before: a lead time of weeks does not end with the calendar that was asked.
    expect(expected.in(60 * HOUR)).toEqual({ work: 50 * HOUR, used: 30_000 });
  });

  it('is what the plan says as far as it goes: over the break in its working time', () => {
    const planned = [
      { from: -HOUR, to: HOUR, amount: 1200 },
      { from: HOUR, to: 4 * HOUR, amount: 400 },
    ];
    const expected = new ExpectedUse({ now: 0, open, planned, rate: 10 / MINUTE });
    // Half of the first is over. The second works an hour before the break and one behind it.
    expect(expected.in(HOUR).used).toBeCloseTo(600);
    expect(expected.in(2 * HOUR).used).toBeCloseTo(800);
    expect(expected.in(3 * HOUR).used).toBeCloseTo(800);
    expect(expected.in(4 * HOUR).used).toBeCloseTo(1000);
    expect(expected.in(5 * HOUR).used).toBeCloseTo(1600);
  });

  it('never falls, and is all of the plan at its end', () => {
    const stretch = fc.tuple(fc.integer({ min: 0, max: 100 }), fc.integer({ min: 1, max: 50 }), fc.integer({ min: 0, max: 900 }));
    fc.assert(
      fc.property(fc.array(stretch, { maxLength: 8 }), fc.array(stretch, { maxLength: 8 }), (opens, plans) => {
        let at = 0;
        const open = opens.map(([gap, length]) => {
          const from = at + gap + 1;
          at = from + length;
          return { from, to: at };
        });
        const planned = plans.map(([from, length, amount]) => ({ from: from + 1, to: from + 1 + length, amount }));
        const expected = new ExpectedUse({ now: 0, open, planned, rate: 1 });
        const end = planned.reduce((last, { to }) => Math.max(last, to), 0);
        if (planned.length > 0)
          expect(expected.in(end).used).toBeCloseTo(
            planned.reduce((sum, { amount }) => sum + amount, 0),
            6,
          );
        for (let time = 1; time <= 400; time++) expect(expected.in(time).used).toBeGreaterThanOrEqual(expected.in(time - 1).used - 1e-9);
      }),
      { numRuns: 60 },
    );
  });
});

describe('the use that was seen', () => {
  it('says nothing before enough of it, is bounded, and is the same over a restart', () => {
    const history = new UsageHistory(MINUTE);
    for (let i = 0; i < LEAST_BUCKETS - 1; i++) history.add(10, MINUTE);
    expect(history.rate).toBeNull();
    expect(history.ratio(3, 0.9)).toBe(1);
    for (let i = 0; i < 2000; i++) history.add(10 + (i % 5), MINUTE);
    expect(history.buckets).toBe(MOST_BUCKETS);
    const again = new UsageHistory(MINUTE, [...history.state.counts]);
    expect(again.rate).toBe(history.rate);
    expect(again.ratio(6, 0.3)).toBe(history.ratio(6, 0.3));
  });

  it('has the rate and the errors of a steady line right: none', () => {
    const history = new UsageHistory(
      MINUTE,
      Array.from({ length: 600 }, () => 40),
    );
    expect(history.rate).toBeCloseTo(40, 9);
    for (const chance of [0, 0.2, 0.999]) expect(history.ratio(6, chance)).toBeCloseTo(1, 9);
  });

  it('loses nothing at the ends of buckets', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 50 }), fc.integer({ min: 0, max: 200 })), { maxLength: 80 }), (adds) => {
        const history = new UsageHistory(100);
        for (const [used, open] of adds) history.add(used, open);
        const open = adds.reduce((sum, [, one]) => sum + one, 0);
        expect(history.buckets).toBe(Math.floor(open / 100));
        const kept = history.state.counts.reduce((sum, count) => sum + count, 0);
        expect(kept).toBeLessThanOrEqual(adds.reduce((sum, [used]) => sum + used, 0) + 1e-6);
      }),
    );
  });

  it('has buckets of a sixth of the lead time, within reason', () => {
    expect([bucketFor(30 * MINUTE), bucketFor(1000), bucketFor(240 * HOUR)]).toEqual([5 * MINUTE, 5000, 15 * MINUTE]);
  });
});

describe('when it is called', () => {
  const steady = new UsageHistory(
    MINUTE,
    Array.from({ length: 600 }, () => 40),
  );
  const expected = new ExpectedUse({ now: 0, open: [{ from: 0, to: 9 * HOUR }], planned: [], rate: 40 / MINUTE });

  it('is at demand over the lead time where nothing differs: 30 minutes of 40', () => {
    expect(reorderPoint({ leads: leadDraws({ mean: 30 * MINUTE, spread: 0 }, []), expected, history: steady }, 0.98)).toBeCloseTo(1200, 3);
  });

  it('is at the quantile of the lead time where only that differs', () => {
    // Log-normal of mean 30 and deviation 10 minutes: s² = ln(1 + 1/9), m = ln 30 - s²/2; its 95 % quantile is exp(m + 1.6449 s) = 48.43 minutes.
    const leads = leadDraws({ mean: 30 * MINUTE, spread: 10 * MINUTE }, []);
    const point = reorderPoint({ leads, expected, history: steady }, 0.95);
    expect(point / 40).toBeGreaterThan(48.43 - 0.3);
    expect(point / 40).toBeLessThan(48.43 + 0.3);
  });

  it('goes by the lead times that were seen, once there are twenty', () => {
    const seen = Array.from({ length: 20 }, (_, i) => (i + 1) * MINUTE);
    expect(quantileOf(leadDraws({ mean: HOUR, spread: 0 }, seen), 0.5) / MINUTE).toBeCloseTo(10.5, 1);
    expect(quantileOf(leadDraws({ mean: HOUR, spread: 0 }, seen.slice(1)), 0.5) / MINUTE).toBeCloseTo(60, 1);
  });

  it('grows with the service that is wanted', () => {
    const history = new UsageHistory(
      MINUTE,
      Array.from({ length: 600 }, (_, i) => (i * 7919) % 80),
    );
    const leads = leadDraws({ mean: 30 * MINUTE, spread: 10 * MINUTE }, []);
    const points = [0.5, 0.9, 0.95, 0.99].map((service) => reorderPoint({ leads, expected, history }, service));
    expect([...points].sort((a, b) => a - b)).toEqual(points);
    expect(new Set(points).size).toBe(4);
  });

  it('says how long the stock lasts: 1200 of 40 a minute half an hour', () => {
    const lasts = lastsFor({ expected, history: steady }, 1200);
    for (const end of [lasts.low, lasts.middle, lasts.high]) expect(Math.abs((end ?? 0) - 30 * MINUTE)).toBeLessThan(5000);
    expect(lastsFor({ expected, history: steady }, 1e6)).toEqual({ low: null, middle: null, high: null });
    expect(useIn({ expected, history: steady }, 10 * MINUTE).middle).toBeCloseTo(400, 6);
  });
});

describe('the book', () => {
  const call = (id: string, at: number) => ({ id, at, quantity: 500, expected: 30 * MINUTE, overdue: HOUR });

  it('counts what is used, has never less than nothing, and knows nothing before somebody has said', () => {
    const book = new MaterialBook();
    book.use('bolts', 4);
    expect(book.of('bolts').stock).toBeNull();
    book.say('bolts', 10);
    book.use('bolts', 4);
    expect(book.of('bolts').stock).toBe(6);
    book.use('bolts', 40);
    expect(book.of('bolts').stock).toBe(0);
    expect(book.of('constructor').calls).toEqual([]);
  });

  it('takes what is used beyond the stock off what was called, so that a delivery that is booked late makes no stock', () => {
    const book = new MaterialBook();
    book.say('bolts', 50);
    book.call('bolts', call('a', 0));
    book.use('bolts', 200);
    book.deliver('bolts', { container: 500, now: HOUR });
    expect(book.of('bolts').stock).toBe(350);
    // No further than what may have come.
    book.call('bolts', call('b', 0));
    book.use('bolts', 5000);
    expect(book.of('bolts').stock).toBe(-500);
    book.cancel('bolts', 'b');
    expect(book.of('bolts').stock).toBe(0);
  });

  it('learns no lead time that cannot be', () => {
    const book = new MaterialBook();
    for (const now of [10, MINUTE, 20 * HOUR]) {
      book.call('bolts', call('a', 0));
      book.deliver('bolts', { container: 1, now, likely: { least: 1000, most: 10 * HOUR } });
    }
    expect(book.of('bolts').leads).toEqual([MINUTE]);
  });

  it('knows nothing of a tag by the values of another, and nothing in another unit', () => {
    const book = new MaterialBook();
    const of = { station: 'outlet', counter: 'plc.a', level: '', unit: 'kg' };
    book.fit('bolts', of, 500);
    book.say('bolts', 800);
    book.heardCounter('bolts', 1_200_000);
    book.call('bolts', call('a', 0));
    expect(book.fit('bolts', of, 500)).toBe(false);
    expect(book.of('bolts').counter).toBe(1_200_000);
    book.fit('bolts', { ...of, counter: 'plc.b' }, 500);
    expect(book.of('bolts')).toMatchObject({ counter: null, stock: 800 });
    expect(book.fit('bolts', { ...of, unit: 'g' }, 500_000)).toBe(true);
    expect(book.of('bolts')).toMatchObject({ stock: null, calls: [{ id: 'a', quantity: 500_000 }] });
  });

  it('ends a call once, the oldest or the one that is named, and learns how long it took', () => {
    const book = new MaterialBook();
    book.say('bolts', 100);
    book.call('bolts', call('a', 1000));
    book.call('bolts', call('b', 2000));
    expect(book.deliver('bolts', { call: 'b', container: 1, now: 5000 })?.came?.id).toBe('b');
    expect(book.deliver('bolts', { call: 'b', container: 1, now: 5000 })).toBeNull();
    expect(book.of('bolts')).toMatchObject({ stock: 600, leads: [3000] });
    expect(book.deliver('bolts', { quantity: 30, container: 1, now: 9000 })?.came?.id).toBe('a');
    expect(book.deliver('bolts', { container: 200, now: 9000 })?.came).toBeNull();
    expect(book.of('bolts')).toMatchObject({ stock: 830, calls: [], leads: [3000, 8000] });
    expect(book.cancel('bolts', undefined)).toBeNull();
  });

  it('is the same over a restart, and as it was where it could not be kept', () => {
    const book = new MaterialBook();
    book.say('bolts', 100);
    book.countTo('outlet', 7);
    const before = structuredClone(book.snapshot);
    book.call('bolts', call('a', 1000));
    book.countTo('outlet', 5);
    const again = new MaterialBook(JSON.parse(JSON.stringify(book.snapshot)));
    expect(again.of('bolts').calls.map(({ id }) => id)).toEqual(['a']);
    expect(again.countedTo('outlet')).toBe(7);
    again.undo('bolts', before);
    expect(again.of('bolts').calls).toEqual([]);
    again.keepOnly(new Set(), new Set());
    expect(again.snapshot).toEqual({ materials: {}, counted: {} });
  });
});

describe('a line over six weeks', () => {
  it('has 98 % of its calls in time, within a point, for less stock than the best fixed reorder point', { timeout: 120_000 }, () => {
    const [scene] = SCENES;
    if (!scene) throw new Error('no scene');
    const worlds = [0.11, 0.37].map((seed) => worldOf(scene, 42, seed));
    const served = worlds.map((world) => forecast(world, 0.98));
    const calls = served.reduce((sum, one) => sum + one.calls, 0);
    expect(calls).toBeGreaterThan(700);
    expect(Math.abs(served.reduce((sum, one) => sum + one.inTime, 0) / calls - 0.98)).toBeLessThan(0.01);
    const [world, ours] = [worlds[0], served[0]];
    if (!world || !ours) throw new Error('nothing was served');
    expect(ours.stock).toBeLessThan(fixed(world, ours.inTime / ours.calls).stock);
  });
});
