import { randomLcg, randomNormal } from 'd3-random';
import { describe, expect, it } from 'vitest';
import type { Sampled, SampledPart } from '#agent/contracts/index.js';
import { narrow } from '#agent/decisions/containment/narrow.js';

const sample = (sequence: number, score: number, isNok = false): SampledPart => ({
  inspection: `i${sequence}`,
  sequence,
  at: sequence,
  part: null,
  isNok,
  scores: { surface: score },
});

/** 200 parts as usual, and a stretch of which the parts from `first` on are another process; null: none are. */
function shifted(
  seed: number,
  { first, size, of = 150 }: { readonly first: number | null; readonly size: number; readonly of?: number },
): Sampled {
  const normal = randomNormal.source(randomLcg(seed))(0.2, 0.03);
  const reference = Array.from({ length: 200 }, (_, i) => sample(i, normal()));
  const stretch = Array.from({ length: of }, (_, i) => sample(200 + i, normal() + (first !== null && i >= first ? size * 0.03 : 0)));
  return { reference, stretch };
}

describe('narrowing', () => {
  it('has the first part of a shift of two standard deviations in it in 95 % of cases, and not much before it', () => {
    const runs = Array.from({ length: 400 }, (_, i) => {
      const first = 20 + (i % 100);
      const found = narrow(shifted((i + 1) / 401, { first, size: 2 }));
      return { first, from: (found?.from.sequence ?? Number.NaN) - 200 };
    });
    // A shift that has just begun cannot be heard; 30 parts of it always are.
    expect(runs.filter(({ from }) => Number.isNaN(from))).toEqual([]);
    const holds = runs.filter(({ first, from }) => from <= first).length / runs.length;
    expect(holds).toBeGreaterThan(0.93);
    const excess = runs.map(({ first, from }) => (150 - from) / (150 - first)).sort((a, b) => a - b);
    expect(excess[200]).toBeLessThan(1.3);
  });

  it('says nothing of a process that did not change, nor where there is too little to tell by', () => {
    const heard = Array.from({ length: 200 }, (_, i) => narrow(shifted((i + 1) / 201, { first: null, size: 0 }))).filter(
      (one) => one !== null,
    );
    // 150 points of a chart that gives a false alarm in 9,500 of both sides, of a reference that is only so long.
    expect(heard.length).toBeLessThan(14);
    const { reference, stretch } = shifted(0.5, { first: 10, size: 4 });
    expect(narrow({ reference: reference.slice(0, 19), stretch })).toBeNull();
    expect(narrow({ reference, stretch: null })).toBeNull();
    expect(narrow({ reference, stretch: [] })).toBeNull();
    expect(narrow({ reference: reference.map(({ sequence }) => sample(sequence, 0.2)), stretch })).toBeNull();
  });

  it('finds scores that fell, and parts thrown out that were not before', () => {
    const fell = narrow(shifted(0.3, { first: 40, size: -3 }));
    expect(fell).toMatchObject({ by: 'surface.score' });
    expect(Math.abs((fell?.likely.sequence ?? 0) - 240)).toBeLessThan(5);
    const random = randomLcg(0.2);
    const reference = Array.from({ length: 200 }, (_, i) => ({ ...sample(i, 0.2), isNok: random() < 0.02 }));
    const stretch = Array.from({ length: 120 }, (_, i) => ({ ...sample(200 + i, 0.2), isNok: random() < (i < 60 ? 0.02 : 0.4) }));
    const found = narrow({ reference, stretch });
    expect(found).toMatchObject({ by: 'nok' });
    expect(found?.from.sequence).toBeLessThanOrEqual(260);
    expect(found?.from.sequence).toBeGreaterThan(240);
  });
});
