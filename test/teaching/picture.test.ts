/** The rule of a good part, held to what its numpy reference says of the same maps, and what it is made of. */
import { describe, expect, it } from 'vitest';
import type { Mark } from '#agent/contracts/index.js';
import { openSession, tensorOf } from '#agent/inference/session.js';
import { Graph } from '#agent/onnx/graph.js';
import { lookedAt, type Maps, pooledOf, type Sizes } from '#agent/teaching/picture/features.js';
import { type Judge, judged } from '#agent/teaching/picture/judge.js';
import { sharesMarked } from '#agent/teaching/picture/marked.js';
import { coreset, memoryOf, nearest } from '#agent/teaching/picture/memory.js';
import { networkOf } from '#agent/teaching/picture/network.js';
import { learnPlaces, type Places, placesScore } from '#agent/teaching/picture/places.js';
import { alarmOf, bestOneIn, binomialAtMost, separation, shareOf, studentLimit } from '#agent/teaching/picture/promise.js';
import { logitOf, regress } from '#agent/teaching/picture/regression.js';
import { distancesOf, foldsOf, type Good, learnPictures, REMEMBERED, totalOf } from '#agent/teaching/picture/rule.js';
import { judgeOf, type Seen } from '#agent/teaching/picture/teach.js';
import { cholesky, inverseOf, solved, squared, whitened } from '#agent/teaching/triangles.js';
import { noise } from './machines.ts';

const SIZES: Sizes = { fine: { channels: 4, side: 14 }, coarse: { channels: 3, side: 7 } };

/** Maps of a picture: each channel with a slope of its own over the places, and noise. */
function maps(seed: number): Maps {
  const next = noise(seed);
  const map = (channels: number, places: number, usual: (c: number, p: number) => number) =>
    Float32Array.from({ length: channels * places }, (_, i) => usual(Math.floor(i / places), i % places) + next());
  const s16 = map(4, 196, (c, p) => c + 0.02 * p * (c + 1));
  return { s16, s32: map(3, 49, (c, p) => 2 * c - 0.05 * p) };
}

/** A spot at row 5, column 6 of the fine map. */
function spotted({ s16, s32 }: Maps): Maps {
  const [fine, coarse] = [s16.slice(), s32.slice()];
  for (let c = 0; c < 4; c++) fine[c * 196 + 5 * 14 + 6] = (fine[c * 196 + 5 * 14 + 6] ?? 0) + 3;
  for (let c = 0; c < 3; c++) coarse[c * 49 + 2 * 7 + 3] = (coarse[c * 49 + 2 * 7 + 3] ?? 0) + 2;
  return { s16: fine, s32: coarse };
}

const good = (count: number): readonly Good[] =>
  Array.from({ length: count }, (_, i) => ({
    looked: lookedAt(maps(i + 1), SIZES),
    flips: [0, 1, 2].map((flip) => pooledOf(maps(100 + 3 * (i + 1) + flip), SIZES)),
    part: i,
  }));

/** By picture_rule.py (numpy 2.4) from the same twelve. */
const REFERENCE = {
  good: 0.05370534714919069,
  spotted: 2.7748983694720137,
  lowest: -1.6027119001629102,
  highest: 1.875374852538749,
  hottest: 2.5566294193267822,
};

describe('the rule of a good part', () => {
  it('scores, and shows where, as its reference does', () => {
    const { rule, standard, heldOut } = learnPictures(good(12), SIZES);
    const score = (of: Maps) => totalOf(standard, distancesOf(rule, lookedAt(of, SIZES)).logs);
    expect(score(maps(50))).toBeCloseTo(REFERENCE.good, 4);
    expect(score(spotted(maps(51)))).toBeCloseTo(REFERENCE.spotted, 4);
    expect(Math.min(...heldOut)).toBeCloseTo(REFERENCE.lowest, 4);
    expect(Math.max(...heldOut)).toBeCloseTo(REFERENCE.highest, 4);
    const { map } = distancesOf(rule, lookedAt(spotted(maps(51)), SIZES));
    expect(map[5 * 14 + 6]).toBeCloseTo(REFERENCE.hottest, 4);
    expect(map.indexOf(Math.max(...map))).toBe(5 * 14 + 6);
  });

  it('never judges a part by itself: pictures of one part are of one fold', () => {
    expect(foldsOf([0, 0, 1, 1, 2, 3])).toEqual([0, 0, 1, 1, 2, 3]);
    expect(Math.max(...foldsOf(Array.from({ length: 25 }, (_, i) => i)))).toBe(9);
    const twice = good(8).flatMap((one) => [one, one]);
    const { heldOutMaps } = learnPictures(twice, SIZES);
    // With its own picture in the memory every distance would be the least there is.
    expect(heldOutMaps.every((map) => Math.min(...map) > Math.log(1e-3) / 1.3 + 1)).toBe(true);
  });

  it('remembers so many pictures at each place and no more, and still tells a spot', () => {
    const { rule, standard, heldOut } = learnPictures(good(REMEMBERED + 30), SIZES);
    expect([rule.fineMemory.pictures, rule.coarseMemory.pictures]).toEqual([REMEMBERED, REMEMBERED]);
    expect(totalOf(standard, distancesOf(rule, lookedAt(spotted(maps(511)), SIZES)).logs)).toBeGreaterThan(Math.max(...heldOut));
  }, 120_000);

  it('takes a channel that never moves for what it is', () => {
    const still = good(6).map((one) => ({
      ...one,
      looked: { ...one.looked, fine: one.looked.fine.map((value, i) => (i % 4 === 0 ? 0 : value)) },
    }));
    const { heldOut } = learnPictures(still, SIZES);
    expect(heldOut.every(Number.isFinite)).toBe(true);
  });
});

describe('a verdict', () => {
  const { rule, standard } = learnPictures(good(12), SIZES);
  const plain: Judge = { rule, standard, bad: null, places: null, width: 1, alarm: 2, heat: { low: 0, high: 2 } };
  it('is 1/2 at the alarm, and never 0 or 1', () => {
    const looked = lookedAt(spotted(maps(51)), SIZES);
    const { value, score, heat } = judged(plain, looked);
    expect(judged({ ...plain, alarm: value }, looked).score).toBe(0.5);
    expect(score).toBeCloseTo(0.5 + (0.5 * (value - 2)) / (1 + value - 2), 9);
    expect(heat[5 * 14 + 6]).toBeCloseTo(REFERENCE.hottest / 4, 4);
  });
});

describe('bad ones beside the good ones', () => {
  const seen = (of: Maps, part: string, bad: boolean): Seen => ({
    file: part,
    name: part,
    part,
    kind: bad ? 'chip' : null,
    looked: lookedAt(of, SIZES),
    flips: [],
    look: [],
    digest: part,
  });
  const goods = Array.from({ length: 12 }, (_, i) => seen(maps(i + 1), `good-${i}`, false));
  const fitted = learnPictures(good(12), SIZES);
  const weigh = (...wrong: readonly Seen[]) => judgeOf(fitted, goods, wrong, 20);

  it('are learned from where each can be judged by the others', () => {
    const { judge, totals } = weigh(seen(spotted(maps(60)), 'a', true), seen(spotted(maps(61)), 'b', true));
    expect(judge.bad).not.toBeNull();
    expect(totals.bad).toHaveLength(2);
  });

  it('are only judged where one part is all there is, however many its pictures: nothing could say how well it is told', () => {
    const pictures = [60, 61].map((seed) => seen(spotted(maps(seed)), 'a', true));
    const { judge, totals } = weigh(...pictures);
    expect(judge.bad).toBeNull();
    expect(totals.bad).toEqual(pictures.map(({ looked }) => judged(judge, looked).value));
  });
});

describe('bad ones that are marked', () => {
  const at = (place: number, share = 1) => Float64Array.from({ length: 196 }, (_, p) => (p === place ? share : 0));
  const SPOT = 5 * 14 + 6;
  /** A fault in two channels alone, somewhere; and as much of another kind of odd elsewhere, which is none. */
  const wrong = (seed: number, place: number, channels: readonly [number, number]): Maps => {
    const { s16, s32 } = maps(seed);
    const fine = s16.slice();
    for (const c of channels) fine[c * 196 + place] = (fine[c * 196 + place] ?? 0) + 4;
    return { s16: fine, s32 };
  };
  const seen = (of: Maps, part: string, marked?: Float64Array): Seen => ({
    file: part,
    name: part,
    part,
    kind: null,
    looked: lookedAt(of, SIZES),
    flips: [],
    look: [],
    digest: part,
    ...(marked ? { marked } : {}),
  });
  const goods = Array.from({ length: 12 }, (_, i) => seen(maps(i + 1), `good-${i}`));
  const fitted = learnPictures(good(12), SIZES);
  const faulty = () => [60, 61, 62].map((seed, i) => seen(wrong(seed, 20 + 50 * i, [0, 1]), `bad-${i}`, at(20 + 50 * i)));

  it('teach what is wrong, wherever it is, and not what is odd beside it', () => {
    const { judge, totals } = judgeOf(fitted, goods, faulty(), 20);
    expect(judge.places).not.toBeNull();
    const score = (of: Maps) => placesScore(judge.rule, judge.places?.of as Places, lookedAt(of, SIZES));
    expect(score(wrong(70, 150, [0, 1]))).toBeGreaterThan(score(wrong(70, 150, [2, 3])) + 1);
    // Each of them by the others: all stand out.
    expect(Math.min(...totals.bad)).toBeGreaterThan(Math.max(...totals.good));
  });

  it('are judged by the network as by the rule', async () => {
    const { judge } = judgeOf(fitted, goods, faulty(), 20);
    expect(judge.places).not.toBeNull();
    const eyes = new Graph('eyes_');
    const shapes = { s16: [1, 4, 14, 14], s32: [1, 3, 7, 7] } as const;
    for (const [name, shape] of Object.entries(shapes))
      eyes.output(name, eyes.add('Identity', [eyes.input(`seen_${name}`, 'float32', shape)]), 'float32', shape);
    const session = await openSession(networkOf(eyes.bytes(), judge), { provider: 'cpu', threads: 1, fixed: true });
    for (const of of [maps(80), wrong(81, 30, [0, 1]), wrong(82, 195, [2, 3])]) {
      const outputs = await session.run({
        seen_s16: tensorOf('float32', of.s16.slice(), [...shapes.s16]),
        seen_s32: tensorOf('float32', of.s32.slice(), [...shapes.s32]),
      });
      expect(outputs['score']?.data[0]).toBeCloseTo(judged(judge, lookedAt(of, SIZES)).score, 4);
    }
  });

  it('are left out where what is marked has nothing in common, and the others are told less well with it', () => {
    // Each fault is the other's opposite, and what is marked on one lies where the other is good.
    const opposite = (seed: number, place: number, by: number): Maps => {
      const { s16, s32 } = maps(seed);
      const fine = s16.slice();
      for (const c of [0, 1]) fine[c * 196 + place] = (fine[c * 196 + place] ?? 0) + by;
      return { s16: fine, s32 };
    };
    const wrongs = [60, 61, 62, 63].map((seed, i) => seen(opposite(seed, 40 + i, i % 2 ? 2 : -2), `odd-${i}`, at(40 + i)));
    const told = ({ totals }: ReturnType<typeof judgeOf>) => separation(totals.good, totals.bad).value;
    const plain = wrongs.map(({ marked: _, ...one }) => one);
    const [marked, unmarked] = [judgeOf(fitted, goods, wrongs, 20), judgeOf(fitted, goods, plain, 20)];
    expect(told(marked)).toBeGreaterThanOrEqual(told(unmarked));
    if (marked.judge.places === null) expect(marked.totals).toEqual(unmarked.totals);
  });

  it('are learned from where another marked part is left to judge each by', () => {
    const [one, two, three] = faulty() as [Seen, Seen, Seen];
    const { marked: _, ...plain } = three;
    const places = (...of: readonly Seen[]) => judgeOf(fitted, goods, of, 20).judge.places;
    expect(places(one, { ...two, part: one.part }, plain)).toBeNull();
    expect(places(one, two, plain)).not.toBeNull();
    // What is not marked says nothing of where.
    expect(places(one, two, plain)?.of).toEqual(places(one, two)?.of);
  });

  it('have their least mark heard, and of larger ones what is marked well', () => {
    const { rule } = fitted;
    const looked = lookedAt(wrong(60, SPOT, [0, 1]), SIZES);
    const learned = (marked: Float64Array) =>
      learnPlaces(
        rule,
        [{ looked, marked }],
        goods.map((one) => one.looked),
      );
    expect(learned(at(SPOT, 0.02))).toEqual(learned(at(SPOT)));
    const wide = at(SPOT);
    wide[SPOT + 1] = 0.2;
    expect(learned(wide)).toEqual(learned(at(SPOT)));
    wide[SPOT + 1] = 0.3;
    expect(learned(wide)).not.toEqual(learned(at(SPOT)));
  });
});

describe('what is marked', () => {
  it('is told in shares of the places that lie over what is looked at', () => {
    // Places of 10 x 5 pixels, from 100, 50 on.
    const area = [100, 50, 40, 20] as const;
    const shares = (...marks: readonly Mark[]) => [...(sharesMarked(marks, area, 4) ?? [])];
    const first = (...values: readonly number[]) => Array.from({ length: 16 }, (_, i) => expect.closeTo(values[i] ?? 0, 9));
    expect(shares([100, 50, 10, 5])).toEqual(first(1));
    expect(shares([105, 50, 10, 5])).toEqual(first(0.5, 0.5));
    expect(shares({ width: 4, points: [[110, 52.5]] }).filter((share) => share > 0)).toHaveLength(2);
    expect(sharesMarked([[0, 0, 99, 99]], area, 4)).toBeNull();
    const values = new Uint8Array(200 * 100);
    values[51 * 200 + 101] = 1;
    expect(sharesMarked({ width: 200, height: 100, values }, area, 4)?.[0]).toBeGreaterThan(0);
    expect(sharesMarked({ width: 100, height: 50, values: new Uint8Array(5000).fill(1) }, area, 4)).toBeNull();
  });
});

describe('memory', () => {
  const size = { channels: 2, side: 2 };
  const map = (...values: readonly number[]) => Float32Array.from(values);
  const known = memoryOf([map(0, 0, 1, 1, 2, 2, 3, 3), map(0, 4, 5, 1, 2, 6, 7, 3)], size);
  it('is of each place alone, or of its neighbours', () => {
    const query = map(0, 3, 1, 1, 3, 3, 0, 0);
    expect([...nearest(known, query, 0)].map(Math.exp)).toEqual([1, 1e-3, 2, 18].map((d) => expect.closeTo(d, 9)));
    expect([...nearest(known, query, 1)].map(Math.exp)).toEqual([1, 1e-3, 1e-3, 1e-3].map((d) => expect.closeTo(d, 9)));
  });
  it('keeps what is far from all others', () => {
    const many = [0, 0.1, 0.2, 9, 0.3].map((value) => Float32Array.from({ length: 8 }, () => value));
    expect(coreset(many, size, 2)).toEqual(Array.from({ length: 4 }, () => [0, 3]));
    expect(coreset(many, size, 9)[0]).toEqual([0, 1, 2, 3, 4]);
  });
});

describe('triangles', () => {
  const size = 6;
  const next = noise(3);
  const root = Float64Array.from({ length: size * size }, () => next());
  const at = (m: Float64Array, i: number, j: number) => m[i * size + j] ?? 0;
  const sum = (of: (k: number) => number) => Array.from({ length: size }, (_, k) => of(k)).reduce((a, b) => a + b, 0);
  const matrix = Float64Array.from(
    { length: size * size },
    (_, n) => sum((k) => at(root, Math.floor(n / size), k) * at(root, n % size, k)) + (n % (size + 1) === 0 ? 1 : 0),
  );
  const low = cholesky(matrix, size);
  it('multiply back to the matrix, and their inverse to one', () => {
    const inverse = inverseOf(low, size);
    for (let i = 0; i < size; i++) {
      for (let j = 0; j < size; j++) {
        expect(sum((k) => at(low, i, k) * at(low, j, k))).toBeCloseTo(at(matrix, i, j), 10);
        expect(sum((k) => at(inverse, i, k) * at(low, k, j))).toBeCloseTo(i === j ? 1 : 0, 10);
      }
    }
  });
  it('solve, and whiten', () => {
    const b = Float64Array.from({ length: size }, (_, i) => i - 2);
    const x = solved(low, size, b);
    for (let i = 0; i < size; i++) expect(sum((k) => at(matrix, i, k) * (x[k] ?? 0))).toBeCloseTo(b[i] ?? 0, 10);
    const white = whitened(low, size, Float32Array.from(b), new Float64Array(size));
    for (let i = 0; i < size; i++)
      expect(white[i]).toBeCloseTo(
        sum((k) => at(low, i, k) * (b[k] ?? 0)),
        5,
      );
    expect(squared(low, size, b)).toBeCloseTo(
      white.reduce((total, value) => total + value * value, 0),
      3,
    );
  });
});

describe('the regression', () => {
  const next = noise(8);
  const bad = Array.from({ length: 60 }, (_, i) => i % 3 === 0);
  const rows = bad.map((one) => Float64Array.from({ length: 5 }, (_, c) => next() * (c + 1) + (one && c === 1 ? 6 : 0)));
  const folds = bad.map((_, i) => i % 10);
  it('is where the penalised loss, classes weighted alike, has its least', () => {
    const { regression } = regress(rows, bad, folds);
    const spreads = Array.from({ length: 5 }, (_, c) => {
      const mean = rows.reduce((sum, row) => sum + (row[c] ?? 0), 0) / rows.length;
      return Math.sqrt(rows.reduce((sum, row) => sum + ((row[c] ?? 0) - mean) ** 2, 0) / rows.length);
    });
    const loss = ({ weights, bias }: typeof regression) =>
      rows.reduce(
        (sum, row, i) => sum + (0.5 / (bad[i] ? 20 : 40)) * Math.log1p(Math.exp((bad[i] ? -1 : 1) * logitOf({ weights, bias }, row))),
        0,
      ) +
      (1e-3 / 2) * weights.reduce((sum, weight, c) => sum + (weight * (spreads[c] ?? 1)) ** 2, 0);
    const least = loss(regression);
    for (let c = 0; c < 5; c++) {
      for (const by of [-1e-2, 1e-2]) {
        const moved = {
          ...regression,
          weights: regression.weights.map((weight, i) => (i === c ? weight + by / (spreads[c] ?? 1) : weight)),
        };
        expect(loss(moved)).toBeGreaterThan(least);
      }
    }
    for (const by of [-1e-2, 1e-2]) expect(loss({ ...regression, bias: regression.bias + by })).toBeGreaterThan(least);
  });
  it('judges held-out ones without having seen them', () => {
    const { heldOut } = regress(rows, bad, folds);
    const [ofBad, ofGood] = [heldOut.filter((_, i) => bad[i]), heldOut.filter((_, i) => !bad[i])];
    expect(separation(ofGood, ofBad).value).toBeGreaterThan(0.9);
    // Labels that say nothing: what had been seen would still be told apart.
    const none = regress(
      rows,
      bad.map((_, i) => i % 2 === 0),
      folds,
    ).heldOut;
    expect(
      separation(
        none.filter((_, i) => i % 2 === 1),
        none.filter((_, i) => i % 2 === 0),
      ).value,
    ).toBeLessThan(0.75);
  });
});

describe('the promise about false rejects', () => {
  it('is what so many parts can promise at best', () => {
    expect([10, 30, 150].map((n) => Math.round(bestOneIn(n) * 10) / 10)).toEqual([3.9, 10.5, 50.6]);
    expect([10, 30, 100].map((n) => Math.round(studentLimit(n) * 100) / 100)).toEqual([1.92, 1.73, 1.67]);
    expect(binomialAtMost(1, 3, 0.5)).toBeCloseTo(0.5, 12);
  });

  it('is what was asked for where the parts do, else the best there is, with how many would do', () => {
    const scores = Array.from({ length: 30 }, (_, i) => i / 10);
    expect(alarmOf(scores, 10)).toMatchObject({ at: expect.closeTo(2.901, 6), promise: { one_in: 10, parts_wanted: null, parts: 30 } });
    const { promise } = alarmOf(scores, 20);
    expect(promise).toMatchObject({ one_in: 10.5, best_one_in: 10.5, parts_wanted: 59 });
    expect(promise.text).toBe(
      'at most 1 good part in 10.5 is rejected, with 95 % confidence, of parts like the 30 shown; for 1 in 20 show 59 good parts',
    );
    // With 100 parts two may lie beyond the limit of 1 in 10 without breaking it, and the limit is lower for it.
    const hundred = Array.from({ length: 100 }, (_, i) => i);
    expect(alarmOf(hundred, 10, true).promise.text).toContain('of parts like the 100 shown that are found in their picture');
    expect(alarmOf(hundred, 10).promise.text).not.toContain('found');
    expect(alarmOf(hundred, 10).at).toBeLessThan(99);
    expect(alarmOf(hundred, 10).promise).toMatchObject({ one_in: 10, parts_wanted: null });
  });

  it('is kept nineteen times of twenty', () => {
    const next = noise(77);
    let broken = 0;
    for (let lesson = 0; lesson < 400; lesson++) {
      const shown = Array.from({ length: 30 }, next);
      const { at, promise } = alarmOf(shown, 20);
      const rejected = Array.from({ length: 2000 }, next).filter((score) => score >= at).length / 2000;
      if (rejected > 1 / promise.one_in) broken++;
    }
    expect(broken).toBeLessThan(400 * 0.08);
  });

  it('goes with intervals', () => {
    expect(shareOf(5, 10)).toEqual({ value: 0.5, low: expect.closeTo(0.2366, 3), high: expect.closeTo(0.7634, 3) });
    expect(separation([0, 1], [2, 3])).toMatchObject({ value: 1, high: 1 });
    expect(separation([1, 1], [1, 1]).value).toBe(0.5);
  });
});
