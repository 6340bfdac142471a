import { describe, expect, it } from 'vitest';
import { atMost, chance, intervals, moreThanLuck } from '#agent/desk/evaluation/chance.js';
import { accuracy, auroc, macroF1, mean } from '#agent/desk/evaluation/metrics.js';

describe('auroc', () => {
  it.each([
    // Of 2 x 3 pairs the faulty one is above in 5.
    [[0.9, 0.35], [0.1, 0.4, 0.2], 5 / 6],
    [[0.9, 0.8], [0.1], 1],
    [[0.1], [0.8, 0.9], 0],
    // A tie is half a pair: (1 + 0.5 + 0.5 + 0) / 4.
    [[0.5, 0.3], [0.5, 0.2], (0.5 + 1 + 0 + 1) / 4],
    [[0.5, 0.5], [0.5, 0.5, 0.5], 0.5],
  ])('of %j against %j', (bad, good, wanted) => {
    const scores = [...bad, ...good];
    expect(
      auroc(
        scores.map((_, i) => i < bad.length),
        scores,
      ),
    ).toBeCloseTo(wanted, 12);
  });
  it('is none without both kinds', () => {
    expect(auroc([true, true], [1, 0])).toBeNaN();
    expect(auroc([], [])).toBeNaN();
  });
});

describe('accuracy and macro F1', () => {
  const truths = ['a', 'a', 'a', 'b', 'b', 'c'];
  const guesses = ['a', 'a', 'b', 'b', null, 'd'];
  it('are what one works out by hand', () => {
    expect(accuracy(truths, guesses)).toBe(3 / 6);
    // a: 2 hits, 3 wanted, 2 said; b: 1 hit, 2 wanted, 2 said; c: none. d is not asked for and has no F1.
    expect(macroF1(truths, guesses)).toBeCloseTo((4 / 5 + 2 / 4 + 0) / 3, 12);
  });
});

describe('intervals', () => {
  const figures = (evidence: readonly number[]) => ({ mean: mean(evidence) });
  const share = Array.from({ length: 400 }, (_, i) => (i % 4 === 0 ? 1 : 0));
  it('hold for a share what the normal distribution says', () => {
    const { mean: found } = intervals(
      share,
      share.map((_, i) => `${i}`),
      figures,
    );
    const half = 1.96 * Math.sqrt((0.25 * 0.75) / 400);
    expect(found?.low).toBeCloseTo(0.25 - half, 1);
    expect(found?.high).toBeCloseTo(0.25 + half, 1);
    expect((found?.high ?? 0) - (found?.low ?? 0)).toBeGreaterThan(1.6 * half);
  });
  it('are wider where samples come in groups, since groups are drawn', () => {
    const width = (groups: readonly string[]) => {
      const { mean: found } = intervals(share, groups, figures);
      return (found?.high ?? 0) - (found?.low ?? 0);
    };
    // Forty groups of ten equal samples each are forty samples.
    const equal = Array.from({ length: 400 }, (_, i) => (Math.floor(i / 10) % 4 === 0 ? 1 : 0));
    const grouped = intervals(
      equal,
      equal.map((_, i) => `${Math.floor(i / 10)}`),
      figures,
    )['mean'];
    expect((grouped?.high ?? 0) - (grouped?.low ?? 0)).toBeGreaterThan(2.5 * width(share.map((_, i) => `${i}`)));
  });
  it('are the same every time', () => {
    const groups = share.map((_, i) => `${i}`);
    expect(intervals(share, groups, figures)).toEqual(intervals(share, groups, figures));
  });
  it('leave out draws that give no figure', () => {
    const found = intervals([1, Number.NaN], ['a', 'b'], (e) => ({ mean: mean(e) }))['mean'];
    expect(found).toEqual({ low: 1, high: 1 });
  });
});

describe('chance', () => {
  const better = { accuracy: 'higher', wrong: 'lower' } as const;
  const guesses = Array.from({ length: 18 }, (_, i) => (i < 9 ? 'worn' : 'new'));
  const against = (said: readonly string[]) => (truths: readonly string[]) => {
    const right = accuracy(truths, said);
    return { accuracy: right, wrong: 1 - right };
  };
  const singles = guesses.map((_, i) => `${i}`);
  it('is far from a judge that is always right, and near one that says what it likes', () => {
    const right = chance(guesses, singles, against(guesses), better);
    expect(right['accuracy']).toBeLessThan(0.005);
    expect(right['wrong']).toBe(right['accuracy']);
    const luck = Array.from({ length: 18 }, (_, i) => (i % 2 === 0 ? 'worn' : 'new'));
    expect(chance(guesses, singles, against(luck), better)['accuracy']).toBeGreaterThan(0.3);
  });
  it('takes the samples of a group for one: two groups cannot prove anything', () => {
    const two = guesses.map((truth) => truth);
    expect(chance(guesses, two, against(guesses), better)['accuracy']).toBeGreaterThan(0.4);
  });
  it('is the exact permutation probability, within its own noise', () => {
    // 3 of 3 and 3 of 3 right: one arrangement of C(6, 3) = 20 does as well.
    const six = ['a', 'a', 'a', 'b', 'b', 'b'];
    const names = six.map((_, i) => `${i}`);
    expect(chance(six, names, against(six), better, 20_000)['accuracy']).toBeCloseTo(1 / 20, 2);
  });
});

describe('a p value', () => {
  it('has an upper limit of its own, which decides', () => {
    // Wilson's limit for 50 of 1000 and for 5 of 100, from tables.
    expect(atMost(0.05, 1000)).toBeCloseTo(0.0653, 4);
    expect(atMost(0.05, 100)).toBeCloseTo(0.1118, 4);
    expect([0.001, 0.036, 0.04, 0.05, 1].map((p) => moreThanLuck(p, 1000))).toEqual([true, true, false, false, false]);
  });
});
