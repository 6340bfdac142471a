/** The agent as a gauge: studies of textbook data, and what cannot be judged. */
import { describe, expect, it } from 'vitest';
import { agreement, cohen, fleiss, type Judgement } from '#agent/decisions/gauge/agreement.js';
import { repeatability } from '#agent/decisions/gauge/repeatability.js';
import { typeOne } from '#agent/decisions/gauge/type-one.js';
import { hasReferences, references } from '../references.ts';

describe.runIf(hasReferences)('studies of textbook data', () => {
  it('type 1', () => {
    const { values, reference, tolerance, ...wanted } = references.type1;
    const found = typeOne(values, reference, tolerance);
    expect(found?.cg).toBeCloseTo(wanted.Cg_20pct_6s, 9);
    expect(found?.cgk).toBeCloseTo(wanted.Cgk_10pct_3s, 9);
    expect(found?.bias).toBeCloseTo(wanted.bias, 12);
    expect(found?.t).toBeCloseTo(wanted.t, 9);
    expect(found).toMatchObject({ n: 50, biased: true, capable: false });
  });

  it('repeatability and reproducibility', () => {
    const { y, ...wanted } = references.gauge_anova;
    // Trial after trial of each appraiser, ten parts each.
    const measurements = y.map((value: number, n: number) => ({ value, part: `${n % 10}`, appraiser: `${Math.floor(n / 30)}` }));
    const found = repeatability(measurements);
    const { part, appraiser, interaction, residual } = found.table;
    [part, appraiser, interaction, residual].forEach((source, n) => {
      expect(source.sumOfSquares).toBeCloseTo(wanted.sum_sq[n], 9);
      expect(source.freedom).toBe(wanted.df[n]);
    });
    expect(found.pooled).toBe(wanted.pooled);
    expect(found.variance.repeatability).toBeCloseTo(wanted.var_repeatability, 9);
    expect(found.variance.appraiser).toBeCloseTo(wanted.var_appraiser, 9);
    expect(found.variance.part).toBeCloseTo(wanted.var_part, 9);
    expect(found.percent.gauge).toBeCloseTo(wanted.grr_percent_of_total_sd, 9);
    expect(found.categories).toBe(wanted.ndc);
    expect(found.judged).toBe('conditional');
  });

  it('kappa', () => {
    for (const { table, kappa } of references.kappa.cohen) expect(cohen(table)).toBeCloseTo(kappa, 12);
    for (const { counts, kappa } of references.kappa.fleiss) expect(fleiss(counts)).toBeCloseTo(kappa, 12);
  });
});

const TRUTH = new Map<string, 'good' | 'bad'>([
  ['a', 'good'],
  ['b', 'good'],
  ['c', 'bad'],
  ['d', 'bad'],
]);
/** One word of each part and trial: g or b. */
const says = (appraiser: string, words: Readonly<Record<string, string>>): readonly Judgement[] =>
  Object.entries(words).flatMap(([part, said]) =>
    [...said].map((word) => ({ part, appraiser, said: word === 'g' ? ('good' as const) : ('bad' as const) })),
  );

describe('agreement with the truth', () => {
  it('counts what is missed, what is refused falsely, and what is said differently of one part', () => {
    const [agent, eve] = [
      says('agent', { a: 'ggg', b: 'ggb', c: 'bbb', d: 'ggg' }),
      says('eve', { a: 'ggg', b: 'ggg', c: 'bbb', d: 'bbb' }),
    ];
    const found = agreement([...agent, ...eve, ...says('agent', { stranger: 'ggg' })], TRUTH);
    expect(found).toMatchObject({ parts: 4, good: 2, bad: 2 });
    const [first, second] = found.appraisers;
    expect(first?.effectiveness).toMatchObject({ count: 2, of: 4 });
    expect(first?.misses).toMatchObject({ count: 3, of: 6 });
    expect(first?.falseAlarms).toMatchObject({ count: 1, of: 6 });
    expect(first?.repeats).toMatchObject({ count: 3, of: 4 });
    // Of four parts nobody is judged.
    expect(first?.judged).toBeNull();
    expect(second).toMatchObject({ judged: null, kappa: 1 });
    // Twelve trials: 8 alike; good 8 and 6, bad 4 and 6 of 12.
    expect(found.pairs).toHaveLength(1);
    expect(found.pairs[0]?.kappa).toBeCloseTo((8 / 12 - 0.5) / 0.5, 12);
    expect(found.together).toBeGreaterThan(0);
  });

  it('judges by the bounds of AIAG, where there are ten parts and both kinds', () => {
    const truth = new Map(Array.from({ length: 20 }, (_, n) => [`p${n}`, n < 10 ? 'good' : 'bad'] as const));
    const said = (wrong: number, of: 'good' | 'bad') =>
      says(
        'agent',
        Object.fromEntries([...truth].map(([part, is], n) => [part, (is === 'good') === (is === of && n % 10 < wrong) ? 'b' : 'g'])),
      );
    const judged = (judgements: readonly Judgement[], of: ReadonlyMap<string, 'good' | 'bad'> = truth) =>
      agreement(judgements, of).appraisers[0]?.judged;
    expect(judged(said(0, 'good'))).toBe('good');
    // One of ten good ones refused: ten percent.
    expect(judged(said(1, 'good'))).toBe('conditional');
    // One of ten bad ones missed is more than five percent.
    expect(judged(said(1, 'bad'))).toBe('unfit');
    expect(judged(said(0, 'good'), new Map([...truth].filter(([, is]) => is === 'good')))).toBeNull();
  });

  it('says by an interval how little few parts show', () => {
    const [{ effectiveness } = { effectiveness: { low: 1, high: 0 } }] = agreement(
      says('agent', { a: 'g', b: 'g', c: 'b', d: 'b' }),
      TRUTH,
    ).appraisers;
    expect(effectiveness.low).toBeLessThan(0.55);
    expect(effectiveness.high).toBe(1);
  });

  it('has no kappa where only one word was ever said, and none of one trial', () => {
    expect(
      cohen([
        [10, 0],
        [0, 0],
      ]),
    ).toBeNull();
    expect(
      fleiss([
        [1, 0],
        [0, 1],
      ]),
    ).toBeNull();
    expect(
      fleiss([
        [3, 0],
        [2, 0],
      ]),
    ).toBeNull();
  });
});

describe('a gauge that is fine', () => {
  const parts = [1, 2, 3, 4, 5, 6];
  const measured = parts.flatMap((part) =>
    ['x', 'y'].flatMap((appraiser) => [0, 1].map((trial) => ({ part: `${part}`, appraiser, value: part + 0.01 * ((part + trial) % 2) }))),
  );

  it('is called so, of the spread of the parts and of the tolerance', () => {
    const found = repeatability(measured, 10);
    expect(found).toMatchObject({ parts: 6, appraisers: 2, trials: 2, judged: 'good' });
    expect(found?.percent.gauge).toBeLessThan(2);
    expect(found?.ofTolerance).toBeCloseTo(
      (600 * Math.sqrt((found?.variance.repeatability ?? 0) + (found?.variance.appraiser ?? 0))) / 10,
      9,
    );
    expect(found?.categories).toBeGreaterThan(100);
  });

  it('is not judged where parts were not measured alike', () => {
    expect(() => repeatability(measured.slice(1))).toThrow(/GAUGE_UNJUDGED.*equally often/);
    expect(() => repeatability(measured.filter(({ appraiser }) => appraiser === 'x'))).toThrow(/two appraisers/);
    expect(() => repeatability(measured.map((one) => ({ ...one, value: Number.NaN })))).toThrow(/x measured of part 1 is no number/);
  });

  it('is not called so where it shows no spread at all: it does not measure finely enough', () => {
    expect(() => typeOne(Array(50).fill(0.1), 5.1, 1)).toThrow(/GAUGE_UNJUDGED.*finely/);
    expect(() => repeatability(measured.map((one) => ({ ...one, value: Number(one.part) })))).toThrow(/GAUGE_UNJUDGED.*finely/);
    expect(() => repeatability(measured.map((one) => ({ ...one, value: 3 })))).toThrow(/GAUGE_UNJUDGED/);
  });

  it('is fine and true, by one master', () => {
    const values = Array.from({ length: 25 }, (_, n) => 10 + 0.001 * ((n % 3) - 1));
    expect(typeOne(values, 10, 0.5)).toMatchObject({ biased: false, capable: true });
    expect(() => typeOne(values.slice(0, 9), 10, 0.5)).toThrow(/GAUGE_UNJUDGED.*9 measurements/);
    // Some plants take four standard deviations and fifteen percent.
    expect(typeOne(values, 10, 0.5, { spread: 4, percent: 15 })?.cg).toBeCloseTo(
      ((typeOne(values, 10, 0.5)?.cg ?? 0) * 15 * 6) / (20 * 4),
      9,
    );
  });
});
