import { describe, expect, it } from 'vitest';
import { accuraciesOf } from '#agent/desk/selection/accuracy.js';
import { asGood, type Candidate, combinationsOf, type Place, roomOf, ruleOfThumb } from '#agent/desk/selection/choose.js';
import { readManifest } from '#agent/inference/manifest.js';
import { evaluatedBy, packageLike } from '../evaluation/setup.ts';

const candidate = (name: string, threads: number, p99_ms: number, value: number | null): Candidate => {
  const [of = '', variant = ''] = name.split('@');
  const accuracy = value === null ? null : { value, low: value - 0.05, high: value + 0.05 };
  return { package: of, variant, provider: 'cpu', threads, p50_ms: p99_ms / 2, p99_ms, rss_mb: 90, accuracy };
};
const AUROC = { name: 'auroc', better: 'higher', unit: 'share' } as const;
const place = (candidates: readonly Candidate[], over: Partial<Place> = {}): Place => ({
  models: ['surface'],
  figure: AUROC,
  candidates,
  ...over,
});
const names = (places: readonly Place[], processors = 2) =>
  combinationsOf(places, processors).map(({ threads, chosen }) => `${chosen.map((one) => one.variant).join('+')} ${threads}`);

describe('what is tried first', () => {
  it('is the most accurate, and the fastest of those that are equally so', () => {
    const candidates = [
      candidate('a@int8', 1, 5, 0.88),
      candidate('a@fp32', 1, 12, 0.9),
      candidate('a@fp32', 2, 9, 0.9),
      // No set tells 0.0005 apart.
      candidate('b@int8', 1, 8, 0.8995),
    ];
    expect(names([place(candidates)])).toEqual(['int8 1', 'fp32 2', 'fp32 1', 'int8 1']);
    expect(combinationsOf([place(candidates)], 2)[0]?.chosen[0]?.package).toBe('b');
  });

  it('is the lowest where a figure is better low, counted against the worst', () => {
    const missed = { name: 'missed', better: 'lower', unit: 'count' } as const;
    const found = combinationsOf([place([candidate('a@x', 1, 5, 4), candidate('a@y', 1, 9, 1)], { figure: missed })], 2);
    expect(found.map(({ chosen: [one], loss }) => [one?.variant, loss])).toEqual([
      ['y', 0],
      ['x', 0.75],
    ]);
  });

  it('has one number of threads for all models, and gives up as little as it can over all of them', () => {
    const surface = place([candidate('s@fp32', 1, 20, 0.9), candidate('s@int8', 1, 10, 0.88), candidate('s@int8', 2, 8, 0.88)]);
    const process = place([candidate('p@fp32', 1, 4, 0.8), candidate('p@int8', 1, 2, 0.75)], { models: ['process'] });
    expect(names([surface, process])).toEqual(['fp32+fp32 1', 'int8+fp32 1', 'fp32+int8 1', 'int8+int8 1']);
  });

  it('puts what nobody has measured last, and goes by speed where nothing is measured', () => {
    expect(names([place([candidate('a@x', 1, 1, null), candidate('a@y', 1, 9, 0.5)])])).toEqual(['y 1', 'x 1']);
    const unmeasured = [candidate('a@x', 1, 9, null), candidate('a@y', 1, 1, null)];
    expect(names([place(unmeasured, { figure: null })])).toEqual(['y 1', 'x 1']);
  });

  it('is no sooner than the slowest network, nor than all of them shared out among the processors', () => {
    const four = place([candidate('a@x', 1, 10, 0.9)], { models: ['1', '2', '3', '4'] });
    expect(combinationsOf([four], 2)[0]?.estimate_ms).toBe(20);
    expect(combinationsOf([four], 8)[0]?.estimate_ms).toBe(10);
  });
});

describe('the time', () => {
  it('is what the deadline leaves after pictures and the rest', () => {
    expect(roomOf(50, { prepare_ms: 6.5, rest_ms: 10, from: 'given' })).toBe(33.5);
    expect([ruleOfThumb(200), ruleOfThumb(12)]).toEqual([40, 5]);
  });
});

describe('what the choice leaves open', () => {
  it('is a faster one whose figure lies within the interval of the chosen one', () => {
    const [chosen, near, far] = [candidate('a@fp32', 1, 20, 0.9), candidate('a@int8', 1, 10, 0.86), candidate('a@tiny', 1, 2, 0.8)];
    expect(asGood(place([chosen, near, far]), chosen)).toEqual([near]);
    expect(asGood(place([chosen, near, far]), far)).toEqual([]);
  });
});

describe('how accurate candidates are', () => {
  const figures = (manifest: string) =>
    evaluatedBy('magnetic-tile')(
      manifest.replace('"figures": {}', '"figures": {"macro_f1": 0.6, "auroc": {"value": 0.9, "low": 0.8, "high": 0.95}}'),
    );
  it('stands in the manifests, under the first figure of their protocol unless another is named', async () => {
    const manifest = await readManifest(`${packageLike('classify', figures)}/classify`);
    const found = await accuraciesOf([manifest], { providers: ['cpu'] });
    expect(found.figure).toEqual(AUROC);
    expect([...(found.accuracies.get('classify') ?? [])]).toEqual([['fp32', { value: 0.9, low: 0.8, high: 0.95 }]]);
    const other = await accuraciesOf([manifest], { figure: 'macro_f1', providers: ['cpu'] });
    expect(other.accuracies.get('classify')?.get('fp32')).toEqual({ value: 0.6, low: null, high: null });
    expect((await accuraciesOf([manifest], { figure: 'map50', providers: ['cpu'] })).figure).toBeNull();
  });
});
