/** Schedules of job shops: each can be run, none is shorter than what is said to be the least, small ones are the best there are. */
import { randomLcg } from 'd3-random';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { boundOf } from '#agent/decisions/scheduling/bound.js';
import { Numbered, Plan } from '#agent/decisions/scheduling/plan.js';
import { dispatch, type Found, search } from '#agent/decisions/scheduling/search.js';
import { makespanOf, objectionTo, type Shop } from '#agent/decisions/scheduling/shop.js';
import { solveShop } from '#agent/decisions/scheduling/solve.js';
import { shopIn } from '#agent/desk/scheduling/jsplib.js';
import { LinesideError } from '#agent/errors.js';
import { systemClock } from '#agent/time.js';

/** Fisher and Thompson (1963), six jobs at six machines: 55. */
const FT06 = `6 6
2 1 0 3 1 6 3 7 5 3 4 6
1 8 2 5 4 10 5 10 0 10 3 4
2 5 3 4 5 8 0 9 1 1 4 7
1 5 0 5 2 5 3 3 4 8 5 9
2 9 1 3 4 5 5 4 0 3 3 1
1 3 3 3 5 9 0 10 4 4 2 1`;
const refuse = (why: string) => new LinesideError('DATA_INVALID', { file: 'ft06', why });
const ft06 = shopIn(FT06, refuse);

const shops = (jobs: number, machines: number, most = 9): fc.Arbitrary<Shop> =>
  fc.array(
    fc
      .shuffledSubarray(
        Array.from({ length: machines }, (_, machine) => machine),
        { minLength: 1 },
      )
      .chain((order) => fc.tuple(...order.map((machine) => fc.nat(most).map((duration) => ({ machine, duration }))))),
    { minLength: 1, maxLength: jobs },
  );

function found(shop: Shop, iterations: number, seed = 0.3): Found {
  let best: Found | undefined;
  let asked = 0;
  search(shop, {
    random: randomLcg(seed),
    bound: boundOf(shop),
    patience: 300,
    keep: 4,
    ended: () => {
      asked += 1;
      return asked > iterations;
    },
    better: (one) => {
      if (best && one.makespan >= best.makespan) throw new Error('what is told is no better');
      best = one;
    },
  });
  if (!best) throw new Error('nothing was found');
  return best;
}

/** Of every order of every machine, by trying all of them. */
function shortest(shop: Shop): number {
  let best = Number.POSITIVE_INFINITY;
  const next = shop.map(() => 0);
  const go = (jobReady: readonly number[], machineReady: ReadonlyMap<number, number>, end: number): void => {
    if (end >= best) return;
    let isDone = true;
    for (const [job, operations] of shop.entries()) {
      const operation = operations[next[job] ?? 0];
      if (!operation) continue;
      isDone = false;
      const to = Math.max(jobReady[job] ?? 0, machineReady.get(operation.machine) ?? 0) + operation.duration;
      next[job] = (next[job] ?? 0) + 1;
      go(jobReady.with(job, to), new Map(machineReady).set(operation.machine, to), Math.max(end, to));
      next[job] = (next[job] ?? 0) - 1;
    }
    if (isDone) best = end;
  };
  go(
    shop.map(() => 0),
    new Map(),
    0,
  );
  return best;
}

describe('a schedule', () => {
  const shop: Shop = [
    [
      { machine: 0, duration: 2 },
      { machine: 1, duration: 1 },
    ],
    [{ machine: 1, duration: 3 }],
  ];
  it.each([
    ['can be run', [[0, 3], [0]], null],
    ['begins too soon in its job', [[0, 1], [4]], 'operation 2 of job 1 begins before the one before it has ended'],
    ['has two at one machine', [[0, 2], [0]], 'machine 2 does operation 1 of job 2 and operation 2 of job 1 at once'],
    ['begins before time', [[-1, 3], [0]], 'operation 1 of job 1 begins before the one before it has ended'],
    ['lacks a start', [[0], [0]], 'job 1 has 1 starts, and 2 operations'],
    ['lacks a job', [[0, 3]], 'there are starts of 1 jobs, and 2 jobs'],
    ['begins at no whole time', [[0, 3.5], [0]], 'operation 2 of job 1 has no start'],
  ])('%s', (_, starts, why) => {
    expect(objectionTo(shop, starts)).toBe(why);
  });

  it('ends with its last operation', () => {
    expect(makespanOf(shop, [[0, 3], [0]])).toBe(4);
    expect(makespanOf(shop, [[0, 7], [10]])).toBe(13);
  });
});

describe('dispatching rules', () => {
  it('give a plan that can be run, whichever is asked for', () => {
    fc.assert(
      fc.property(shops(5, 4), fc.integer({ min: 0, max: 3 }), fc.nat(1000), (shop, rule, seed) => {
        const plan = new Plan(new Numbered(shop));
        dispatch(plan, randomLcg(seed / 1001), rule);
        expect(objectionTo(shop, plan.starts())).toBeNull();
        expect(makespanOf(shop, plan.starts())).toBe(plan.makespan);
      }),
      { numRuns: 300 },
    );
  });
});

describe('a plan', () => {
  it('says of an order that waits for itself that it does', () => {
    const shop: Shop = [
      [
        { machine: 0, duration: 1 },
        { machine: 1, duration: 1 },
      ],
      [
        { machine: 1, duration: 1 },
        { machine: 0, duration: 1 },
      ],
    ];
    const plan = new Plan(new Numbered(shop));
    dispatch(plan, randomLcg(0.5), 0);
    // The second operation of each job first.
    plan.order[0]?.set([3, 0]);
    plan.order[1]?.set([1, 2]);
    plan.place.set([1, 0, 1, 0]);
    expect(plan.time()).toBe(false);
  });
});

describe('the search', () => {
  it('finds the best of small shops, which can be run', { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(shops(3, 3, 6), fc.nat(1000), (shop, seed) => {
        const best = found(shop, 200, seed / 1001);
        expect(objectionTo(shop, best.starts)).toBeNull();
        expect(makespanOf(shop, best.starts)).toBe(best.makespan);
        expect(best.makespan).toBe(shortest(shop));
        expect(boundOf(shop)).toBeLessThanOrEqual(best.makespan);
      }),
      { numRuns: 150 },
    );
  });

  it('plans what takes no time, and jobs that come back to a machine, so that it can be run', { timeout: 60_000 }, () => {
    const odd = fc.array(fc.array(fc.record({ machine: fc.nat(2), duration: fc.nat(3) }), { minLength: 1, maxLength: 4 }), {
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(odd, fc.nat(1000), (shop, seed) => {
        const best = found(shop, 20, seed / 1001);
        expect(objectionTo(shop, best.starts)).toBeNull();
        expect(best.makespan).toBeGreaterThanOrEqual(boundOf(shop));
      }),
      { numRuns: 300 },
    );
  });

  it('finds 55 for the six jobs of Fisher and Thompson', () => {
    expect(boundOf(ft06)).toBe(52);
    expect(found(ft06, 2000).makespan).toBe(55);
  });

  it('plans nothing where there is nothing', () => {
    expect(found([], 10)).toEqual({ makespan: 0, starts: [] });
    expect(found([[]], 10)).toEqual({ makespan: 0, starts: [[]] });
  });
});

describe('a search in processes of its own', () => {
  const budget = { clock: systemClock, time: 2000, searches: 2, memory: 512 * 2 ** 20, niceness: 0, seed: 0.42 };

  it('gives the best that was told, checked, with what none can be shorter than', { timeout: 60_000 }, async () => {
    const solved = await solveShop(ft06, budget);
    expect(solved).toMatchObject({ makespan: 55, bound: 52, proven: false });
    expect(objectionTo(ft06, solved.starts)).toBeNull();
  });

  it('ends as soon as nothing can be shorter', { timeout: 60_000 }, async () => {
    const began = systemClock.elapsed();
    const line: Shop = Array.from({ length: 5 }, (_, job) => [{ machine: 0, duration: job + 1 }]);
    expect(await solveShop(line, { ...budget, time: 30_000 })).toMatchObject({ makespan: 15, bound: 15, proven: true });
    expect(systemClock.elapsed() - began).toBeLessThan(25_000);
  });

  it('refuses times whose sum no plan could hold', async () => {
    await expect(solveShop([[{ machine: 0, duration: 2 ** 31 }]], budget)).rejects.toMatchObject({ code: 'SCHEDULE_UNFOUND' });
  });

  it('says so where every search is killed before it finds one', { timeout: 60_000 }, async () => {
    await expect(solveShop(ft06, { ...budget, memory: 2 ** 20 })).rejects.toMatchObject({ code: 'SCHEDULE_UNFOUND' });
  });
});

describe('a job shop of the literature', () => {
  it.each([
    ['3 2\n0 1 1 1', /it has 1 jobs and says that there are 3/],
    ['1 2\n0 1 1', /job 1 does not have 2 operations/],
    ['1 1\n4 1', /job 1 needs machine 4, there are 1/],
    ['1 1\n0 -1', /job 1 does not have 1 operations/],
    ['', /says that there are 0/],
  ])('is refused with what is wrong: %j', (text, why) => {
    expect(() => shopIn(text, refuse)).toThrow(why);
  });
});
