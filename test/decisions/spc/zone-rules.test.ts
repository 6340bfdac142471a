/** Rules of Nelson and of Western Electric: by hand, by data that others judged, and by how long they keep quiet. */
import { randomLcg, randomNormal } from 'd3-random';
import { describe, expect, it } from 'vitest';
import { cusum, ewma } from '#agent/decisions/spc/remembering.js';
import { ZONE_RULES, type ZoneRule, ZoneWatch } from '#agent/decisions/spc/zone-rules.js';
import { hasReferences, references } from '../references.ts';

const held = (rule: ZoneRule, z: readonly number[]) => {
  const watch = new ZoneWatch([rule]);
  return z.flatMap((value, n) => (watch.step(value).length > 0 ? [n] : []));
};

describe('a zone rule', () => {
  it.each<[ZoneRule, readonly number[], readonly number[]]>([
    ['nelson_1', [3, 3.01, -3, -3.01], [1, 3]],
    ['nelson_2', [...Array(9).fill(0.1), 0.1, 0, ...Array(8).fill(-1)], [8, 9]],
    ['western_electric_4', [...Array(8).fill(-0.1), 0.1], [7]],
    ['nelson_3', [1, 2, 3, 4, 5, 6, 6, 5, 4, 3, 2, 1], [5, 11]],
    ['nelson_4', Array.from({ length: 15 }, (_, n) => (n % 2 === 0 ? 0.5 : -0.5)), [13, 14]],
    ['nelson_5', [2.1, 0, 2.1, 0, 0, -2.1, 2.1, -2.1, 2, 2.1], [2, 7]],
    ['nelson_6', [1.1, 1.1, 0, 1.1, 1.1, 0.9, 1.1, 1.1, -1.1], [4, 7]],
    ['nelson_7', [...Array(14).fill(0.9), 1, -1, 1.1], [14, 15]],
    ['nelson_8', [1.1, -1.1, 1.1, -1.1, 1.1, -1.1, 1.1, -1.1, 1], [7]],
  ])('%s', (rule, z, at) => {
    expect(held(rule, z)).toEqual(at);
  });

  it('takes what rounding leaves of a value on the center for no side of it', () => {
    expect(held('nelson_2', Array(12).fill(1e-14))).toEqual([]);
  });

  it('names all that hold, in the order in which they were asked for', () => {
    const watch = new ZoneWatch(['nelson_5', 'nelson_1']);
    watch.step(2.5);
    expect(watch.step(3.5)).toEqual(['nelson_5', 'nelson_1']);
    expect(Object.keys(ZONE_RULES)).toHaveLength(12);
  });

  it.runIf(hasReferences)('holds where somebody else found it, and nowhere else', () => {
    const { z, signals } = references.rules;
    const named: Record<string, ZoneRule> = {
      beyond3: 'nelson_1',
      same9: 'nelson_2',
      trend6: 'nelson_3',
      alternate14: 'nelson_4',
      two_of_three_2: 'nelson_5',
      four_of_five_1: 'nelson_6',
      within15_1: 'nelson_7',
      outside8_1: 'nelson_8',
      same8: 'western_electric_4',
    };
    for (const [name, rule] of Object.entries(named)) expect(held(rule, z), name).toEqual(signals[name]);
  });
});

/** Samples until the first signal, on the average. */
function runLength(open: () => (z: number) => boolean, shift: number, runs: number): number {
  const normal = randomNormal.source(randomLcg(0.4711))(shift, 1);
  let samples = 0;
  for (let run = 0; run < runs; run++) {
    const step = open();
    do samples += 1;
    while (!step(normal()));
  }
  return samples / runs;
}
/** With so many runs the error of the mean is 1 % where a run's length spreads as its mean does. */
const RUNS = 10_000;

describe('how long a chart keeps quiet', () => {
  const rules = (...numbers: readonly string[]) => {
    const those = numbers.map((number) => `western_electric_${number}` as ZoneRule);
    return () => {
      const watch = new ZoneWatch(those);
      return (z: number) => watch.step(z).length > 0;
    };
  };
  // Champ and Woodall, Technometrics 29 (1987), table 1.
  it.each([
    ['1', 0, 370.4],
    ['12', 0, 225.44],
    ['13', 0, 166.05],
    ['14', 0, 152.73],
    ['123', 0, 132.89],
    ['1234', 0, 91.75],
  ])('Western Electric %s, shift %f: %f', { timeout: 60_000 }, (numbers, shift, published) => {
    expect(Math.abs(runLength(rules(...numbers), shift, RUNS) / published - 1)).toBeLessThan(0.05);
  });

  const standard = { center: 0, sigma: 1, size: 1, samples: 100 };
  // By integral equations: Montgomery, table 9.3 (CUSUM), Lucas and Saccucci, Technometrics 32 (1990) (EWMA).
  it.each([
    [5, 0, 465.44],
    [5, 0.5, 37.996],
    [5, 1, 10.376],
    [4, 0, 167.68],
    [4, 1, 8.3831],
  ])('CUSUM of h %f, shift %f: %f', { timeout: 60_000 }, (h, shift, published) => {
    const open = () => {
      const step = cusum.open(standard, { h });
      return (z: number) => step([z]).beyond;
    };
    expect(Math.abs(runLength(open, shift, RUNS) / published - 1)).toBeLessThan(0.05);
  });
  it.each([
    [0.2, 2.962, 0, 499.74],
    [0.2, 2.962, 1, 10.542],
    [0.05, 2.615, 0.5, 28.764],
    [0.4, 3.054, 1, 14.263],
  ])('EWMA of lambda %f and width %f, shift %f: %f', { timeout: 60_000 }, (lambda, width, shift, published) => {
    const open = () => {
      const step = ewma.open(standard, { lambda, width, settled: true });
      return (z: number) => step([z]).beyond;
    };
    expect(Math.abs(runLength(open, shift, RUNS) / published - 1)).toBeLessThan(0.05);
  });
});
