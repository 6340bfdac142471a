/** Capability: figures of textbook data, and what is refused with a sentence. */
import { randomLcg, randomLogNormal, randomNormal } from 'd3-random';
import { describe, expect, it } from 'vitest';
import { capabilityOf, judgeCapability } from '#agent/decisions/spc/capability.js';
import { andersonDarling, powerFor } from '#agent/decisions/spc/normality.js';
import { deviationOf, meanOf } from '#agent/decisions/statistics.js';
import { hasReferences, references } from '../references.ts';

const drawn = (count: number, of: () => number) => Array.from({ length: count }, of);
const normal = randomNormal.source(randomLcg(0.25))(10, 0.1);
const skewed = randomLogNormal.source(randomLcg(0.25))(0, 0.5);
const tolerance = { lower: 9.4, upper: 10.6, target: 10 };

describe.runIf(hasReferences)('capability of the piston rings', () => {
  it('is what others computed, with their intervals', () => {
    const { rows, phase1, capability } = references.piston_rings;
    const values = rows.slice(0, phase1).flat();
    const spread = { mean: meanOf(values), within: capability.sigma_within, overall: deviationOf(values), n: values.length };
    expect(spread.overall).toBeCloseTo(capability.sigma_overall, 12);
    const found = capabilityOf(spread, { lower: capability.lsl, upper: capability.usl, target: capability.target });
    const names = { Cp: 'cp', Cp_l: 'cpl', Cp_u: 'cpu', Cp_k: 'cpk', Cpm: 'cpm', Pp: 'pp', Pp_l: 'ppl', Pp_u: 'ppu', Pp_k: 'ppk' } as const;
    for (const [theirs, ours] of Object.entries(names)) {
      const index = found[ours];
      [index?.value, index?.low, index?.high].forEach((value, n) => {
        expect(Math.abs((value ?? Number.NaN) - capability.indices[theirs][n]), `${theirs} ${n}`).toBeLessThan(1e-6);
      });
    }
  });

  it('Anderson-Darling of the viscosity', () => {
    const { values, phase1, anderson_darling } = references.viscosity;
    const found = andersonDarling(values.slice(0, phase1));
    expect(found?.statistic).toBeCloseTo(anderson_darling.A, 9);
    expect(found?.p).toBeCloseTo(anderson_darling.p, 9);
  });
});

describe('capability', () => {
  const study = { values: drawn(200, normal), within: 0.1, signals: 0, chance: 0.5, tolerance };

  it('is told with intervals that hold the true value, where the process is stable and normal', () => {
    const judged = judgeCapability(study);
    if (!judged.ok) throw new Error(judged.refused);
    for (const index of [judged.capability.cp, judged.capability.cpk, judged.capability.ppk]) {
      expect(index?.low).toBeLessThan(2);
      expect(index?.high).toBeGreaterThan(2);
    }
  });

  it('has intervals that hold the true value about as often as they say', () => {
    const random = randomNormal.source(randomLcg(0.5))(10, 0.1);
    const held = drawn(1000, () => {
      const values = drawn(50, random);
      const { cpk } = capabilityOf(
        { mean: meanOf(values), within: deviationOf(values), overall: deviationOf(values), n: 50 },
        { lower: 9.7 },
      );
      return Number(cpk.low <= 1 && 1 <= cpk.high);
    });
    expect(meanOf(held)).toBeGreaterThan(0.93);
    expect(meanOf(held)).toBeLessThan(0.97);
  });

  it('is told in spite of a signal that chance gives', () => {
    expect(judgeCapability({ ...study, signals: 2 }).ok).toBe(true);
  });

  it('is of one limit where only one is asked for', () => {
    const judged = judgeCapability({ ...study, tolerance: { upper: 10.3 } });
    if (!judged.ok) throw new Error(judged.refused);
    expect(judged.capability).toMatchObject({ cp: null, cpl: null, cpm: null, pp: null });
    expect(judged.capability.cpk.value).toBeCloseTo(judged.capability.cpu?.value ?? 0, 12);
  });

  it.each([
    ['no limits', { ...study, tolerance: {} }, /No limit is asked/],
    ['few values', { ...study, values: study.values.slice(0, 24) }, /24 values are too few/],
    ['more signals than chance gives', { ...study, signals: 5 }, /not stable: 5 of the points/],
    ['values that are all alike', { ...study, values: Array(50).fill(1) }, /all alike/],
    ['values that are not normal', { ...study, values: drawn(200, skewed) }, /not normal \(Anderson-Darling, p = /],
  ])('is refused with a sentence and a next step: %s', (_, of, sentence) => {
    const judged = judgeCapability(of);
    if (judged.ok) throw new Error('was told');
    expect(judged.refused).toMatch(sentence);
    expect(judged.next).not.toBe('');
  });

  it('offers the figures of bent values, where these are normal: as many parts beyond the limits', () => {
    // Two of a thousand of a log-normal lie above exp(0.5 * 2.88).
    const values = drawn(2000, randomLogNormal.source(randomLcg(0.1))(0, 0.5));
    const judged = judgeCapability({
      values,
      within: deviationOf(values),
      signals: 0,
      chance: 0.5,
      tolerance: { upper: Math.exp(0.5 * 3) },
    });
    if (judged.ok || !judged.offered) throw new Error('nothing is offered');
    expect(judged.offered.capability.ppk.value).toBeGreaterThan(0.9);
    expect(judged.offered.capability.ppk.value).toBeLessThan(1.1);
    // Of the values as they are it would be far off.
    expect((Math.exp(1.5) - meanOf(values)) / (3 * deviationOf(values))).toBeGreaterThan(1.4);
  });

  it('offers nothing where no power helps', () => {
    const two = [...drawn(100, randomNormal.source(randomLcg(0.3))(0, 1)), ...drawn(100, randomNormal.source(randomLcg(0.6))(12, 1))];
    expect(judgeCapability({ values: two, within: 1, signals: 0, chance: 0.5, tolerance: { upper: 20 } })).toMatchObject({
      ok: false,
      offered: null,
    });
  });

  it('finds the power that a distribution needs', () => {
    expect(powerFor(drawn(2000, normal))?.lambda).toBeCloseTo(1, 0);
    expect(powerFor(Array(20).fill(3))).toBeNull();
  });
});
