import { describe, expect, it } from 'vitest';
import { agreementOf, figureDifferences, type Pair, remarksOf, rightness, scoreDifference } from '#agent/desk/comparison/agreement.js';
import { mcnemar } from '#agent/desk/comparison/mcnemar.js';
import { type Said, saidOf } from '#agent/desk/comparison/said.js';

const said = (score: number, says = 'good'): Said => saidOf({ label: says, score }, { threshold: 0.6, review: [0.4, 0.6] });
const pair = (a: number, b: number, ...says: string[]): Pair => ({ a: said(a, says[0]), b: said(b, says[1] ?? says[0]) });

describe('what a package says', () => {
  it('is nok from the threshold, review in the band below it, else ok', () => {
    expect([0.39, 0.4, 0.599, 0.6].map((score) => said(score).verdict)).toEqual(['ok', 'review', 'review', 'nok']);
    const unread = { label: null, score: 1, reading: { text: 'L2X', confidence: 0, characters: [] } };
    expect(saidOf(unread, { threshold: 0.6, review: null })).toEqual({ verdict: 'nok', score: 1, says: '-' });
    expect(saidOf({ label: null, score: 0.5 }, { threshold: 0.6, review: null })).toEqual({ verdict: 'ok', score: 0.5, says: '-' });
  });

  it('is a text, entities, or a class with what is boxed above the threshold', () => {
    const limits = { threshold: 0.5, review: null };
    const box = (label: string, score: number) => ({ label, score, region: [0, 0, 1, 1] as const });
    expect(saidOf({ label: 'L-42', score: 1, reading: { text: 'L-42', confidence: 1, characters: [] } }, limits).says).toBe('L-42');
    expect(saidOf({ label: 'none', score: 0, entities: [] }, limits).says).toBe('nothing');
    const entities = [{ label: 'State', score: 0.9, text: 'broken hose', span: [0, 11] as const }];
    expect(saidOf({ label: 'State', score: 0.9, entities }, limits).says).toBe('State broken hose');
    const boxes = [box('pore', 0.9), box('crack', 0.8), box('crack', 0.4)];
    expect(saidOf({ label: 'pore', score: 0.9, boxes }, limits).says).toBe('pore (crack, pore)');
  });
});

describe('agreement', () => {
  const pairs = [pair(0.1, 0.2), pair(0.1, 0.5), pair(0.9, 0.7, 'crack', 'break'), pair(0.9, 0.8, 'crack', 'break')];
  const found = agreementOf(
    pairs.map((one) => [one]),
    ['1', '2', '3', '4'],
  );

  it('counts verdicts, classes, and who said what', () => {
    expect(found.verdict).toMatchObject({ same: 3, share: 0.75 });
    expect(found.says).toMatchObject({ same: 2, share: 0.5 });
    expect(found.verdicts).toEqual({
      ok: { ok: 1, review: 1, nok: 0 },
      review: { ok: 0, review: 0, nok: 0 },
      nok: { ok: 0, review: 0, nok: 2 },
    });
    expect(found.changes).toEqual([{ a: 'crack', b: 'break', count: 2 }]);
  });

  it('takes away what two who guess as often would have in common', () => {
    // A: 2 ok, 2 nok; B: 1 ok, 1 review, 2 nok. By chance (2*1 + 0*1 + 2*2) / 16 = 0.375; seen 0.75.
    expect(found.kappa).toBeCloseTo((0.75 - 0.375) / (1 - 0.375));
  });

  it('draws whole groups: two groups, one of them all alike, give every share from half to all', () => {
    const { verdict } = agreementOf(
      [
        [pair(0.1, 0.1), pair(0.9, 0.9)],
        [pair(0.1, 0.9), pair(0.9, 0.9)],
      ],
      ['a', 'b'],
    );
    expect(verdict).toMatchObject({ same: 3, share: 0.75, low: 0.5, high: 1 });
  });

  it('tells how far scores lie apart', () => {
    const { mean, p50, max } = scoreDifference([pair(0.5, 0.6), pair(0.5, 0.3), pair(0.5, 0.5)]);
    expect([mean, p50, max].map((n) => Number(n.toFixed(6)))).toEqual([-0.033333, 0.1, 0.2]);
  });
});

describe('who is right', () => {
  it('is a matter of a fair coin among those that only one has right', () => {
    expect(mcnemar(0, 0)).toBe(1);
    expect(mcnemar(1, 1)).toBe(1);
    expect(mcnemar(0, 5)).toBeCloseTo(2 / 32);
    // 2 * (1 + 10 + 45) / 2^10
    expect(mcnemar(8, 2)).toBeCloseTo(0.109375);
    expect(mcnemar(2, 8)).toBe(mcnemar(8, 2));
    // Half to the power of 3000 is nothing in floating point.
    expect(mcnemar(1500, 1500)).toBeCloseTo(1);
    expect(mcnemar(1400, 1600)).toBeLessThan(0.001);
  });

  it('is counted sample by sample, and its share has an interval', () => {
    const right = [
      ...Array(6).fill({ a: true, b: true }),
      { a: false, b: true },
      { a: false, b: true },
      { a: true, b: false },
      { a: false, b: false },
    ];
    const found = rightness(
      right,
      right.map((_, i) => `${i}`),
      'as it should',
    );
    expect(found).toMatchObject({ both: 6, onlyA: 1, onlyB: 2, neither: 1, difference: 0.1, p: 1 });
    expect(found.low).toBeLessThan(0.1);
    expect(found.high).toBeGreaterThan(0.1);
    const samples = right.map(() => ({ group: 'one tile' }));
    expect(remarksOf(samples, found)).toEqual([expect.stringContaining('nobody can say'), expect.stringContaining('1 group')]);
    expect(remarksOf([], { ...found, onlyA: 0, onlyB: 0, p: 1 })).toEqual(['both have the same ones right']);
    expect(remarksOf([], { ...found, p: 0.01 })[0]).toMatch(/^B is right more often/);
    expect(remarksOf([], { ...found, onlyA: 9, p: 0.01 })[0]).toMatch(/^A is right more often/);
  });

  it('is a figure of both on the same draws, without those that one of them cannot have', () => {
    const share = { better: 'higher', unit: 'share' } as const;
    const mean = (all: readonly unknown[]) => (all as number[]).reduce((a, b) => a + b, 0) / all.length;
    const protocol = {
      forms: { hits: share, other: share },
      figures: (all: readonly unknown[]) => ({ hits: mean(all), other: Number.NaN }),
    };
    const found = figureDifferences(protocol, { a: [1, 0, 1, 0], b: [1, 0.5, 1, 0.5] }, ['1', '2', '3', '4']);
    expect(Object.keys(found)).toEqual(['hits']);
    expect(found['hits']).toMatchObject({ a: 0.5, b: 0.75, difference: 0.25, low: 0, high: 0.5 });
  });
});
