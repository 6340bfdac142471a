/** Since when it is wrong: on simulated shifts whose first bad part is known. */
import { randomBinomial, randomLcg, randomNormal } from 'd3-random';
import { describe, expect, it } from 'vitest';
import { p } from '#agent/decisions/spc/attributes.js';
import { changeIn, changeInShare } from '#agent/decisions/spc/changepoint.js';
import { cusum } from '#agent/decisions/spc/remembering.js';

const RUNS = 1000;
const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

describe('the first bad part', () => {
  // CUSUM as it is by default, and 200 good parts before each shift; a false alarm before it begins anew.
  // The smallest one is in it less often.
  it.each([
    [0.75, 0.92],
    [1, 0.95],
    [1.5, 0.95],
    [2, 0.95],
    [3, 0.95],
  ])('is in the list after a shift of %f spreads, which is no longer than twice the true one at the median', (shift, share) => {
    const random = randomLcg(0.31);
    const normal = randomNormal.source(random)(0, 1);
    const lists: { holds: boolean; length: number }[] = [];
    while (lists.length < RUNS) {
      const step = cusum.open({ center: 0, sigma: 1, size: 1, samples: 100 });
      const seen: number[] = [];
      const before = 150 + Math.floor(100 * random());
      let isOut = false;
      while (!isOut) {
        const value = normal() + (seen.length < before ? 0 : shift);
        seen.push(value);
        isOut = step([value]).above > 5;
      }
      if (seen.length <= before) continue;
      const change = changeIn(seen, 'above');
      if (!change) throw new Error('none');
      lists.push({ holds: change.from <= before, length: (seen.length - change.from) / (seen.length - before) });
    }
    const held = lists.filter(({ holds }) => holds).length / RUNS;
    expect(held).toBeGreaterThan(share - 3 * Math.sqrt((share * (1 - share)) / RUNS));
    expect(median(lists.map(({ length }) => length))).toBeLessThanOrEqual(2);
  });

  it.each([
    [0.02, 0.06],
    [0.02, 0.1],
    [0.02, 0.2],
    [0.1, 0.25],
  ])('is in the list after a share of %f became %f', (rate, later) => {
    const random = randomLcg(0.77);
    const size = 50;
    const [good, bad] = [randomBinomial.source(random)(size, rate), randomBinomial.source(random)(size, later)];
    const chart = p.open({ rate, size, samples: 100 });
    const lists: { holds: boolean; length: number }[] = [];
    while (lists.length < RUNS) {
      const before = 30 + Math.floor(20 * random());
      const seen: { count: number; size: number }[] = [];
      let isOut = false;
      while (!isOut) {
        seen.push({ count: seen.length < before ? good() : bad(), size });
        const { statistic, upper } = chart(seen.at(-1) ?? { count: 0, size });
        isOut = statistic > upper;
      }
      if (seen.length <= before) continue;
      const change = changeInShare(seen, rate, 'above');
      if (!change) throw new Error('none');
      lists.push({ holds: change.from <= before, length: (seen.length - change.from) / (seen.length - before) });
    }
    expect(lists.filter(({ holds }) => holds).length / RUNS).toBeGreaterThan(0.95 - 3 * Math.sqrt((0.95 * 0.05) / RUNS));
    expect(median(lists.map(({ length }) => length))).toBeLessThanOrEqual(2);
  });

  it('is the one that is far off, where only the newest is', () => {
    expect(changeIn([0.1, -0.3, 0.2, -0.1, -6], 'below')).toEqual({ likely: 4, from: 4 });
    expect(changeIn([], 'above')).toBeNull();
    expect(changeInShare([], 0.1, 'above')).toBeNull();
  });
});
