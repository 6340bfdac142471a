/** Scores that are no longer as they were: what is told, how often wrongly, how late, and that it ends. */
import { join } from 'node:path';
import { randomLcg } from 'd3-random';
import { describe, expect, it } from 'vitest';
import type { Inspection } from '#agent/contracts/index.js';
import { DriftDesk } from '#agent/runtime/drift/desk.js';
import { autocorrelation, chanceOf, Distance, distanceOf } from '#agent/runtime/drift/distance.js';
import { DriftShelf } from '#agent/runtime/drift/shelf.js';
import { DriftWatch } from '#agent/runtime/drift/watch.js';
import { changesOf, partOf, scoresOf, taughtWith } from '#scripts/scores/lines.js';
import { scratch } from '../desk/evaluation/setup.ts';
import { ManualClock } from '../simulators/clock.ts';
import { memoryLog } from '../simulators/log.ts';

describe('the statistic', () => {
  it('is the largest difference of the two distributions, ties included', () => {
    const naive = (a: readonly number[], b: readonly number[]) => {
      const share = (of: readonly number[], x: number) => of.filter((one) => one <= x).length / of.length;
      return Math.max(...[...a, ...b].map((x) => Math.abs(share(a, x) - share(b, x))));
    };
    const random = randomLcg(0.4);
    for (let round = 0; round < 200; round++) {
      const coarse = () => Math.floor(random() * (round % 2 ? 8 : 1e6));
      const reference = Array.from({ length: 1 + Math.floor(random() * 20) }, coarse);
      const scores = Array.from({ length: 30 }, coarse);
      const distance = new Distance(reference, 20);
      for (const score of scores) distance.add(score);
      expect(distance.value).toBeCloseTo(naive(reference, scores.slice(-20)), 12);
    }
  });

  it('has the chances of the tables (Smirnov 1948), both ways, and knows what is alike', () => {
    // 1.358 and 1.628 over the root: 5 % and 1 % of many.
    expect(chanceOf(1.358 / 100, 10_000)).toBeCloseTo(0.05, 3);
    expect(chanceOf(1.628 / 100, 10_000)).toBeCloseTo(0.01, 3);
    expect(chanceOf(distanceOf(1e-5, 80), 80)).toBeCloseTo(1e-5, 7);
    expect(chanceOf(0, 50)).toBe(1);
    const alike = scoresOf(5, { alike: 0.8 });
    expect(autocorrelation(Array.from({ length: 5000 }, () => alike()))).toBeCloseTo(0.8, 1);
    expect(autocorrelation([1, 1, 1])).toBe(0);
  });
});

describe('lines that do not change', () => {
  // One line in a hundred may be called changed in 100,000 parts; these are 20 lines of 8000 parts each. Alike parts that count whole fail it.
  it.each([
    ['taught with 30 parts', 30, 0],
    ['taught with 300 parts', 300, 0],
    ['taught with 300 parts, each like the one before', 300, 0.7],
    ['against their first parts', 0, 0],
    ['against their first parts, each like the one before', 0, 0.7],
  ])('%s are left alone', (_, taught, alike) => {
    let wrong = 0;
    for (let seed = 1; seed <= 20; seed++) {
      const next = scoresOf(1000 + seed, { alike });
      wrong += changesOf(new DriftWatch(() => taughtWith(seed, taught)), () => next(), 8000).length > 0 ? 1 : 0;
    }
    expect(wrong).toBe(0);
  });
});

describe('lines that change', () => {
  it.each([
    ['by two spreads, taught with 30', 2, 30, 0, 450],
    ['by one spread, taught with 300', 1, 300, 0, 350],
    ['by three quarters of a spread, taught with 300', 0.75, 300, 0, 550],
    ['by two spreads, each part like the one before, taught with 300', 2, 300, 0.7, 350],
  ])('%s: it is told within the parts that are said', (_, shift, taught, alike, most) => {
    const delays: number[] = [];
    for (let seed = 1; seed <= 15; seed++) {
      const next = scoresOf(2000 + seed, { alike });
      // How alike parts are is told once for 500 of them, here of those to the 2500th: changes come at any time before.
      const after = 2000 + 25 * seed;
      const [first] = changesOf(new DriftWatch(() => taughtWith(seed, taught)), (n) => next(n > after ? shift : 0), 6000);
      expect(first?.at).toBeGreaterThan(after);
      delays.push((first?.at ?? Number.POSITIVE_INFINITY) - after);
    }
    delays.sort((a, b) => a - b);
    expect(delays[7]).toBeLessThanOrEqual(most);
  });

  it('is told though the line began with one part again and again', () => {
    const [again, next] = [scoresOf(21, { alike: 0.95 }), scoresOf(22)];
    const watch = new DriftWatch(() => taughtWith(3, 300));
    const changes = changesOf(watch, (n) => (n <= 500 ? again() : next(n > 2000 ? 1 : 0)), 2400);
    expect(changes.map(({ on }) => on)).toEqual([true]);
    expect(changes[0]?.at).toBeGreaterThan(2000);
  });

  it('is over when it is over, with what it was in words', () => {
    const next = scoresOf(77);
    const changes = changesOf(new DriftWatch(() => taughtWith(3, 200)), (n) => next(n > 1000 && n <= 2000 ? 1.5 : 0), 4000);
    expect(changes.map(({ on }) => on)).toEqual([true, false]);
    expect(changes[0]?.sentence).toMatch(
      /^The scores of the last 500 parts by surface at station outlet \(recipe standard\) are no longer like those of the 200 good parts it was taught with: \d+ % of them lie above 0\.\d+, where 50 % did\.$/,
    );
    expect(changes[1]?.at).toBeGreaterThan(2000);
    expect(changes[1]?.at).toBeLessThan(2600);
  });

  it('begins once, and ends once, where scores move slowly to where it is no matter, and back', () => {
    for (let seed = 1; seed <= 6; seed++) {
      const next = scoresOf(400 + seed);
      const moved = (n: number) => 0.6 * Math.max(0, Math.min(1, (n - 500) / 8000, (26_000 - n) / 8000));
      const changes = changesOf(new DriftWatch(() => taughtWith(seed, 1000)), (n) => next(moved(n)), 32_000);
      expect(changes.map(({ on }) => on)).toEqual([true, false]);
    }
  });

  it('begins anew with another package, each recipe by itself, and bounded whatever recipes there are', () => {
    const next = scoresOf(9);
    const watch = new DriftWatch(() => taughtWith(3, 200));
    changesOf(watch, () => next(2), 600);
    expect(watch.standings('outlet')).toHaveLength(1);
    const other = watch.note(partOf(next(), { sha256: 'cd'.repeat(32), version: '2.0.0' }));
    expect(other).toEqual([]);
    expect(watch.views('outlet')).toMatchObject([{ version: '2.0.0', drifted: null, distance: null }]);
    for (let n = 0; n < 500; n++) watch.note({ ...partOf(next()), recipe: `R${n}` });
    expect(watch.save()).toHaveLength(64);
    expect(watch.note(partOf(Number.NaN))).toBeNull();
    expect(watch.note({ ...partOf(0.9), outcome: 'failed' })).toBeNull();
  });

  it.each([
    ['one of them', [0]],
    ['both of them', [0, 4]],
  ])('holds each of two recipes of a package that was taught with %s against its own first parts', (_, taught) => {
    const next = scoresOf(31);
    const scores = Array.from({ length: 300 }, (_, i) => next(taught[i % taught.length]));
    const noted = (watch: DriftWatch, recipe: string, shift: number, parts: number) => {
      for (let n = 0; n < parts; n++) watch.note({ ...partOf(next(shift)), recipe });
    };
    let watch = new DriftWatch(() => scores);
    noted(watch, 'black', 4, 90);
    // A slip of the PLC is no recipe that is run.
    noted(watch, 'test', 0, 20);
    expect(watch.views('outlet').map(({ reference }) => reference.of)).toEqual(['taught', 'taught']);
    for (let n = 0; n < 15; n++) for (const [i, recipe] of ['white', 'black'].entries()) noted(watch, recipe, 4 * i, 100);
    const of = (recipe: string) => watch.views('outlet').find((one) => one.recipe === recipe);
    expect([of('white')?.reference, of('black')?.reference]).toEqual([
      { of: 'line', parts: 500 },
      { of: 'line', parts: 500 },
    ]);
    expect(watch.standings('outlet')).toEqual([]);
    const saved = JSON.parse(JSON.stringify(watch.save()));
    watch = new DriftWatch(() => scores);
    watch.restore(saved);
    noted(watch, 'white', 2, 500);
    expect(watch.standings('outlet').map(({ subject }) => subject)).toEqual(['outlet/surface@white']);
  });

  it('is told of no recipe that has not been run for a week, over a restart too, and again as soon as it is', () => {
    const next = scoresOf(41);
    let watch = new DriftWatch(() => taughtWith(3, 200));
    /** `day`: that the agent has run; `at`: what the box's clock says. */
    const run = (recipe: string, shift: number, parts: number, day: number, at = Date.UTC(2026, 2, 2)) => {
      let last: readonly string[] | null = null;
      for (let n = 0; n < parts; n++) {
        const part = { ...partOf(next(shift), { sha256: recipe.repeat(64) }), recipe, at };
        last = watch.note(part, 86_400_000 * day)?.map(({ subject }) => subject) ?? last;
      }
      return last;
    };
    expect(run('a', 2, 600, 0)).toEqual(['outlet/surface@a']);
    expect(run('b', 0, 10, 6)).toEqual(['outlet/surface@a']);
    const saved = JSON.parse(JSON.stringify(watch.save()));
    watch = new DriftWatch(() => taughtWith(3, 200));
    watch.restore(saved);
    expect(watch.standings('outlet')).toHaveLength(1);
    // A clock that is years ahead for a part, or back, ends nothing, and keeps nothing from ending.
    expect(run('b', 0, 1, 0, Date.UTC(2028, 0, 1))).toEqual(['outlet/surface@a']);
    expect(watch.standings('outlet')).toHaveLength(1);
    expect([run('b', 0, 1, 2), run('b', 0, 1, 2, 0)]).toEqual([[], null]);
    expect(watch.standings('outlet')).toEqual([]);
    expect(run('a', 2, 1, 3)).toEqual(['outlet/surface@a']);
  });

  it('is over where somebody takes the next parts as usual, and told of what changes from there', () => {
    const next = scoresOf(43);
    const watch = new DriftWatch(() => taughtWith(3, 200));
    changesOf(watch, () => next(2), 600);
    expect(watch.relearn('PICTURE_DRIFTED', 'outlet/surface@standard')).toBeNull();
    expect(watch.relearn('SCORES_DRIFTED', 'outlet/surface@other')).toBeNull();
    expect(watch.relearn('SCORES_DRIFTED', 'outlet/surface@standard')).toBe('outlet');
    expect(watch.relearn('SCORES_DRIFTED', 'outlet/surface@standard')).toBeNull();
    expect(watch.views('outlet')).toMatchObject([{ drifted: null, distance: null, reference: { of: 'line' } }]);
    expect(changesOf(watch, () => next(2), 1500)).toEqual([]);
    expect(changesOf(watch, () => next(0), 600).map(({ on }) => on)).toEqual([true]);
    expect(watch.standings('outlet')[0]?.fault.sentence).toMatch(/like those of its first 500 parts here/);
  });

  it('is told anew every hour, in the words of the newest parts, and is over where it goes for want of room', () => {
    const next = scoresOf(42);
    const watch = new DriftWatch(() => taughtWith(3, 200));
    const told: string[] = [];
    for (let n = 0; n < 1800; n++) {
      const standings = watch.note(partOf(next(n < 600 ? 0 : n < 1000 ? 1.5 : 4)), 6000 * n);
      told.push(...(standings ?? []).map(({ fault }) => fault.sentence.replace(/.*: /, '')));
    }
    const shares = told.map((text) => Number(/^\d+/.exec(text)?.[0]));
    expect(told).toHaveLength(2);
    expect(shares[1]).toBeGreaterThan((shares[0] ?? 0) + 10);
    for (let n = 0; n < 64; n++) watch.note({ ...partOf(next()), station: 'inlet', recipe: `R${n}` }, 6000 * 1800);
    expect([watch.ended(), watch.ended(), watch.standings('outlet')]).toEqual([['outlet'], [], []]);
  });

  it('knows after a restart what it knew', () => {
    const next = scoresOf(11);
    const before = new DriftWatch(() => []);
    changesOf(before, (n) => next(n > 900 ? 2 : 0), 1300);
    const after = new DriftWatch(() => []);
    after.restore(JSON.parse(JSON.stringify(before.save())));
    expect(after.standings('outlet').map(({ subject }) => subject)).toEqual(['outlet/surface@standard']);
    expect(after.views('outlet')).toEqual(before.views('outlet'));
  });

  it('knows after a restart how alike the parts are, and finds it out where it was not kept', () => {
    const [next, taught] = [scoresOf(12, { alike: 0.7 }), taughtWith(3, 300)];
    const before = new DriftWatch(() => taught);
    changesOf(before, () => next(), 1325);
    const saved: ReturnType<DriftWatch['save']> = JSON.parse(JSON.stringify(before.save()));
    const [after, older] = [new DriftWatch(() => taught), new DriftWatch(() => taught)];
    after.restore(saved);
    expect(after.views('outlet')).toEqual(before.views('outlet'));
    older.restore(saved.map(({ worth: _, ...rest }) => rest));
    const limitOf = (watch: DriftWatch) => watch.views('outlet')[0]?.limit ?? 0;
    // Of independent parts it would be 0.19.
    expect(limitOf(older)).toBeGreaterThan(0.25);
    expect(limitOf(older)).not.toBe(limitOf(before));
  });

  it('goes on with first parts that are not complete', () => {
    const next = scoresOf(11);
    const [half, after] = [new DriftWatch(() => []), new DriftWatch(() => [])];
    changesOf(half, () => next(), 300);
    after.restore(half.save());
    expect(after.views('outlet')).toMatchObject([{ reference: { of: 'line', parts: 300 }, distance: null }]);
  });
});

describe('the memory on the disk', () => {
  it('is written series by series, each taken when its turn comes, and read again', async () => {
    const shelf = new DriftShelf(join(scratch(), 'store', 'scores.json'));
    const watch = new DriftWatch(() => []);
    for (let n = 0; n < 20; n++) watch.note({ ...partOf(0.4), recipe: `R${n}` });
    let turn = 0;
    const taken: number[] = [];
    const saving = function* () {
      for (const one of watch.saving()) {
        taken.push(turn);
        yield one;
      }
    };
    const written = shelf.write(saving());
    while (taken.length < 20) {
      turn++;
      await new Promise(setImmediate);
    }
    await written;
    expect(new Set(taken).size).toBe(20);
    expect(await shelf.read()).toEqual(JSON.parse(JSON.stringify(watch.save())));
    await shelf.write([]);
    expect(await shelf.read()).toEqual([]);
  });

  it('costs no part anything where it fails, and says so once', () => {
    const log = memoryLog();
    const desk = new DriftDesk({
      clock: new ManualClock(),
      log,
      file: join(scratch(), 'scores.json'),
      taught: { scores: () => [], look: () => [] },
      onChange: () => {
        throw new Error('no');
      },
    });
    for (let n = 0; n < 3; n++) desk.note({ ...partOf(0.4), recipe: `R${n}` } as Inspection);
    expect(log.lines.map(({ text }) => text)).toEqual(['scores could not be watched']);
  });
});
