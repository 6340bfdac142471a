/** The rule of a normal machine, held to what its numpy reference says of the same rows (test/teaching/machines.ts draws them). */
import { describe, expect, it } from 'vitest';
import { projectionOf } from '#agent/teaching/machine/projection.js';
import { learn, scoresOf, WARM } from '#agent/teaching/machine/rule.js';
import { normalQuantile, normalShare } from '#agent/teaching/quantile.js';
import { faulty, machine, stretch } from './machines.ts';

const FOUR = [1, 2, 3, 4].map((seed) => stretch(machine(120, seed, seed / 10)));
const ONE = [stretch(machine(240, 1))];

/** By tags_rule.py (numpy 2.4, float64), row and score, of `faulty()`. */
const OF_ONE = {
  0: -1.6280415219172926,
  1: -1.5397308834661076,
  19: -1.1716773467204566,
  50: 0.7570468455159176,
  79: -2.483194586744757,
  80: 4.515971456510373,
  85: 10.257729181132184,
  119: 13.556942486462892,
};
const OF_FOUR = {
  0: -1.2387076973409725,
  1: -1.177413551096406,
  19: -0.7321655094574988,
  50: 1.1095888998505175,
  79: -1.6052580422485727,
  80: 4.114740295016069,
  85: 7.275487069325595,
  119: 8.791277830648847,
};

describe('the rule of a normal machine', () => {
  it.each([
    ['one stretch, folds within it', ONE, OF_ONE],
    ['four stretches, each a fold', FOUR, OF_FOUR],
  ])('scores as its reference does, from %s', (_, stretches, wanted) => {
    const scores = scoresOf(learn(stretches).rule, stretch(faulty()));
    for (const [row, score] of Object.entries(wanted))
      expect(Math.abs((scores[Number(row)] ?? Number.NaN) - score), row).toBeLessThan(1e-6);
  });

  it('is causal: rows to come change nothing', () => {
    const { rule } = learn(FOUR);
    const whole = scoresOf(rule, stretch(faulty()));
    expect(scoresOf(rule, stretch(faulty().slice(0, 50)))).toEqual(whole.slice(0, 50));
  });

  it('uses what lives, combines what wanders together, and leaves out what stands still', () => {
    const { uses, channels } = projectionOf(FOUR);
    expect(uses).toEqual(['used', 'used', 'used', 'combined', 'combined', 'still']);
    expect(channels.columns).toBe(4);
    // outlet goes half as far as inlet: what is left of both together is inlet - 2 outlet, whatever its sign and size.
    const [{ spread }, combination] = [projectionOf(FOUR), channels.getColumn(3)];
    const raw = combination.map((weight, tag) => weight / (spread[tag] ?? 1));
    expect((raw[4] ?? 0) / (raw[3] ?? 1)).toBeCloseTo(-2, 1);
    expect(raw.slice(0, 3)).toEqual([0, 0, 0]);
  });

  it('does not use a tag that wanders alone', () => {
    const alone = FOUR.map((rows) => rows.subMatrixColumn([0, 1, 2, 3]));
    expect(projectionOf(alone).uses).toEqual(['used', 'used', 'used', 'drifts']);
  });

  it('standardises on rows that it had not seen: held-out scores have mean 0 and spread 1, by stretch, without those that warm up', () => {
    const { heldOut } = learn(FOUR);
    expect(heldOut.map(({ length }) => length)).toEqual([1, 2, 3, 4].map(() => 120 - WARM));
    const all = heldOut.flat();
    const mean = all.reduce((a, b) => a + b, 0) / all.length;
    expect(mean).toBeCloseTo(0, 9);
    expect(all.reduce((sum, one) => sum + (one - mean) ** 2, 0) / all.length).toBeCloseTo(1, 9);
  });

  it('judges one stretch by the others only where they have rows enough to learn from, else blocks of rows by the others', () => {
    // Four rows a channel are the least that must be left without the longest.
    const short = [1, 2, 3].map((seed) => stretch(machine(WARM + 1, seed)));
    const { byStretch, fewest, heldOut } = learn([...short, stretch(machine(400, 4))]);
    expect({ byStretch, fewest }).toEqual({ byStretch: false, fewest: 3 });
    expect(heldOut.map(({ length }) => length)).toEqual([1, 1, 1, 380]);
    // By three rows the 380 would look far away, and the spread of all scores would be theirs: nothing would stand out.
    expect(Math.max(...(heldOut[3] ?? []))).toBeGreaterThan(2);
    expect(learn(FOUR)).toMatchObject({ byStretch: true, fewest: 300 });
  });

  it('copes with tags that say the same, and with a row beyond all measure', () => {
    const twice = (rows: readonly (readonly number[])[]) => stretch(rows.map((row) => [...row, row[0] ?? 0]));
    const { rule } = learn([1, 2, 3, 4].map((seed) => twice(machine(120, seed))));
    const wild = machine(60, 7).map((row, i) => (i === 59 ? row.map(() => 3e38) : row));
    const scores = scoresOf(rule, twice(wild));
    expect(scores.every(Number.isFinite)).toBe(true);
    expect(scores[59]).toBeGreaterThan(100);
  });
});

describe('quantiles', () => {
  it.each([
    [0.99, 2.3263478740408408],
    [0.999, 3.090232306167813],
    [0.95, 1.6448536269514722],
    [1e-9, -5.997807015007686],
    [0.5, 0],
  ])('of the normal distribution at %s', (share, z) => {
    expect(normalQuantile(share)).toBeCloseTo(z, 10);
    expect(normalShare(z)).toBeCloseTo(share, 12);
  });
});
