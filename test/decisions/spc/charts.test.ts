/** Charts against values that others computed, and against what the definition says by hand. */
import { randomLcg } from 'd3-random';
import { describe, expect, it } from 'vitest';
import { c, np, p, u } from '#agent/decisions/spc/attributes.js';
import type { Point } from '#agent/decisions/spc/charts.js';
import { constantsOf } from '#agent/decisions/spc/constants.js';
import { firstLimit, hotelling, laterLimit } from '#agent/decisions/spc/hotelling.js';
import { cusum, ewma } from '#agent/decisions/spc/remembering.js';
import { deviation, individuals, movingRange, range, xbarByDeviation, xbarByRange } from '#agent/decisions/spc/variables.js';
import { hasReferences, references } from '../references.ts';

/** Of ISO 7870-2, table 2: three decimals. */
const table = (n: number) => {
  const { d2, d3, c4 } = constantsOf(n);
  const at = (value: number) => Math.round(value * 1000) / 1000;
  return { d2: at(d2), d3: at(d3), c4: Math.round(c4 * 10_000) / 10_000 };
};

function expectNear(found: readonly number[], wanted: readonly number[], within: number) {
  expect(found).toHaveLength(wanted.length);
  found.forEach((value, n) => {
    expect(Math.abs(value - (wanted[n] ?? Number.NaN)), `${n}: ${value} for ${wanted[n]}`).toBeLessThanOrEqual(within);
  });
}
const statistics = (points: readonly Point[]) => points.map(({ statistic }) => statistic);

describe('constants of control charts', () => {
  it.each([
    [2, 1.128, 0.853, 0.7979],
    [3, 1.693, 0.888, 0.8862],
    [5, 2.326, 0.864, 0.94],
    [10, 3.078, 0.797, 0.9727],
    [25, 3.931, 0.708, 0.9896],
  ])('are those of the standard for %i values', (n, d2, d3, c4) => {
    expect(table(n)).toEqual({ d2, d3, c4 });
  });
});

describe('a chart of values', () => {
  it('has limits that follow from the definition', () => {
    // Three subgroups of two: ranges 2, 4, 3; means 11, 12, 10.5.
    const samples = [
      [10, 12],
      [10, 14],
      [9, 12],
    ];
    const sigma = 3 / constantsOf(2).d2;
    const baseline = xbarByRange.learn(samples);
    expect(baseline).toEqual({ center: 33.5 / 3, sigma, size: 2, samples: 3 });
    const point = xbarByRange.open(baseline)([20, 22]);
    expect(point.upper).toBeCloseTo(33.5 / 3 + (3 * sigma) / Math.SQRT2, 12);
    expect(point).toMatchObject({ statistic: 21, beyond: true });
    expect(range.open(range.learn(samples))([4, 4])).toMatchObject({ statistic: 0, lower: 0, beyond: false });
    expect(movingRange.open(individuals.learn([[1], [3], [2], [4]]))([5])).toMatchObject({ beyond: false });
  });

  it('says that it cannot learn from what is too little, or all alike', () => {
    expect(() => individuals.learn([[1], [1], [1]])).toThrow(/SPC_TOO_LITTLE.*all alike/);
    expect(() => xbarByRange.learn([[1, 2]])).toThrow(/SPC_TOO_LITTLE.*1 samples/);
    expect(() => xbarByRange.learn([[1, 2], [1]])).toThrow(/SPC_TOO_LITTLE.*one size/);
    expect(() => individuals.learn([[1], [Number.NaN], [2]])).toThrow(/SPC_TOO_LITTLE/);
    expect(() =>
      p.learn([
        { count: 1, size: 0 },
        { count: 1, size: 5 },
      ]),
    ).toThrow(/SPC_TOO_LITTLE.*1 of 0/);
    expect(() =>
      p.learn([
        { count: 6, size: 5 },
        { count: 1, size: 5 },
      ]),
    ).toThrow(/SPC_TOO_LITTLE.*6 of 5/);
    expect(() => individuals.learn([[1], [2]])).toThrow(/SPC_TOO_LITTLE.*2 value/);
    const lcg = randomLcg(0.9);
    const three = Array.from({ length: 40 }, () => {
      const [a, b] = [lcg(), lcg()];
      return [a, b, 3 * a];
    });
    expect(() => hotelling.learn(three)).toThrow(/SPC_TOO_LITTLE.*follows from the others/);
    const twins = Array.from({ length: 12 }, (_, n) => [n % 5, 2 * (n % 5)]);
    expect(() => hotelling.learn(twins)).toThrow(/SPC_TOO_LITTLE.*follows from the others/);
  });

  it('knows no less and no more after a thousand samples than its baseline and its sums', () => {
    const baseline = individuals.learn([[1], [2], [3], [2]]);
    const [one, other] = [cusum.open(baseline), cusum.open(JSON.parse(JSON.stringify(baseline)))];
    for (let n = 0; n < 1000; n++) expect(one([n % 3])).toEqual(other([n % 3]));
  });
});

describe.runIf(hasReferences)('charts of textbook data', () => {
  const rings = references?.piston_rings;
  const first = () => rings.rows.slice(0, rings.phase1) as number[][];
  const later = () => rings.rows.slice(rings.phase1) as number[][];

  it.each([
    ['xbar_R', xbarByRange],
    ['xbar_S', xbarByDeviation],
    ['R', range],
    ['S', deviation],
  ] as const)('%s: piston rings', (name, kind) => {
    const wanted = rings[name];
    // The range's own spread was not rounded there.
    const wish = { constants: (n: number) => ({ ...table(n), d3: constantsOf(n).d3 }) };
    const baseline = kind.learn(first(), name.endsWith('S') ? {} : wish);
    const points = [...first(), ...later()].map(kind.open(baseline, name.endsWith('S') ? {} : wish));
    expectNear(
      [baseline.sigma, points[0]?.center ?? 0, points[0]?.lower ?? 0, points[0]?.upper ?? 0],
      [wanted.sigma, wanted.center, wanted.lcl, wanted.ucl],
      1e-6,
    );
    expectNear(statistics(points), [...wanted.statistics, ...wanted.new_statistics], 1e-9);
    // With constants that are not rounded.
    const exact = kind.open(kind.learn(first()))(first()[0] ?? []);
    expectNear([exact.lower, exact.upper], [wanted.lcl, wanted.ucl], 3e-5);
  });

  it('EWMA and CUSUM: piston rings', () => {
    const baseline = { ...xbarByRange.learn(first(), { constants: table }) };
    const smooth = [...first(), ...later()].map(ewma.open(baseline));
    expectNear(statistics(smooth), rings.ewma.x, 1e-9);
    expectNear(
      smooth.map(({ lower }) => lower),
      rings.ewma.limits_lower,
      1e-6,
    );
    expectNear(
      smooth.map(({ upper }) => upper),
      rings.ewma.limits_upper,
      1e-6,
    );
    const sums = [...first(), ...later()].map(cusum.open(baseline));
    expectNear(
      sums.map(({ above }) => above),
      rings.cusum.upper,
      1e-6,
    );
    expectNear(
      sums.map(({ below }) => below),
      rings.cusum.lower,
      1e-6,
    );
  });

  it('individuals: viscosity', () => {
    const { values, phase1, individuals: wanted } = references.viscosity;
    const samples = values.map((value: number) => [value]);
    const baseline = individuals.learn(samples.slice(0, phase1), { constants: table });
    const points = samples.map(individuals.open(baseline));
    expectNear(
      [baseline.center, baseline.sigma, points[0].lower, points[0].upper],
      [wanted.center, wanted.sigma, wanted.lcl, wanted.ucl],
      1e-6,
    );
  });

  it.each([
    ['orange_juice', 'defective', 'p', p],
    ['orange_juice', 'defective', 'np', np],
    ['circuit', 'nonconformities', 'c', c],
    ['dyed_cloth', 'nonconformities', 'u', u],
    ['pc_manufacture', 'nonconformities', 'u', u],
  ] as const)('%s: %s, %s', (set, counted, name, kind) => {
    const data = references[set];
    const wanted = data[name];
    // c charts count whole samples, whatever is in one of them.
    const samples = data[counted].map((count: number, n: number) => ({ count, size: name === 'c' ? 1 : data.size[n] }));
    const phase = data.phase1 ?? samples.length;
    const points: readonly Point[] = samples.map(kind.open(kind.learn(samples.slice(0, phase))));
    const each = (limit: number | readonly number[]) =>
      points.map((_, n) => (typeof limit === 'number' ? limit : (limit[n] ?? Number.NaN)));
    expectNear(
      points.map(({ center }) => center),
      each(wanted.center),
      1e-9,
    );
    expectNear(
      points.map(({ lower }) => lower),
      each(wanted.lcl),
      1e-6,
    );
    expectNear(
      points.map(({ upper }) => upper),
      each(wanted.ucl),
      1e-6,
    );
    expectNear(statistics(points), [...wanted.statistics, ...(Array.isArray(wanted.new_statistics) ? wanted.new_statistics : [])], 1e-9);
  });

  it('T²: boiler', () => {
    const { rows, phase1_T2, ucl_phase1_alpha_0: _, ...limits } = references.boiler;
    const baseline = hotelling.learn(rows);
    expectNear(statistics(rows.map(hotelling.open(baseline))), phase1_T2, 1e-6);
    expectNear([firstLimit(8, 25), laterLimit(8, 25)], [limits['ucl_phase1_alpha_0.0027'], limits['ucl_phase2_alpha_0.0027']], 1e-6);
    expect(hotelling.open(baseline)(rows[0])).toMatchObject({ upper: laterLimit(8, 25), beyond: false });
    const chart = hotelling.open(baseline, { learnedFrom: 1 });
    expect([chart(rows[0]).upper, chart(rows[1]).upper]).toEqual([firstLimit(8, 25), laterLimit(8, 25)]);
  });
});
