/** How parts look, against how they were taught: what is measured, what is told in words, how often wrongly, how late, and that it ends. */
import { join } from 'node:path';
import { randomLcg } from 'd3-random';
import { describe, expect, it } from 'vitest';
import { type Look, PICTURE_LOOK, pictureLook, windowLook, worthOfRun } from '#agent/contracts/index.js';
import { taughtLookOf } from '#agent/inference/taught-look.js';
import { Looks, movedWords } from '#agent/runtime/drift/looks.js';
import { DriftShelf } from '#agent/runtime/drift/shelf.js';
import { Wander } from '#agent/runtime/drift/wander.js';
import { DriftWatch } from '#agent/runtime/drift/watch.js';
import { teachMachine } from '#agent/teaching/machine/teach.js';
import { picturesLook } from '#agent/teaching/picture/look.js';
import { partOf, scoresOf } from '#scripts/scores/lines.js';
import { lookOf, looksChange, pictureLooks, tagLooks } from '#scripts/scores/looks.js';
import { scratch } from '../desk/evaluation/setup.ts';
import { machine } from '../teaching/machines.ts';

const SIDE = 96;
/** A ring on a plain ground, in colour. */
function picture({ gain = 1, offset = 0, blur = 0, right = 0, down = 0, red = 0 } = {}): Uint8Array {
  const out = new Uint8Array(SIDE * SIDE * 3);
  for (let y = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++) {
      const away = Math.abs(Math.hypot(x - 48 - right, y - 48 - down) - 24);
      const texture = blur > 0 ? 0 : 12 * ((x + y) % 2);
      const light = 80 + 90 / (1 + Math.exp((away - 6) / (0.5 + blur))) + texture;
      for (let c = 0; c < 3; c++) out[(y * SIDE + x) * 3 + c] = Math.min(255, gain * light + offset + (c === 0 ? red : 0));
    }
  }
  return out;
}
const looked = (of: Parameters<typeof picture>[0]) => {
  const values = pictureLook(picture(of), SIDE, SIDE, 3);
  return Object.fromEntries(PICTURE_LOOK.map((name, i) => [name, values[i] ?? 0])) as Record<(typeof PICTURE_LOOK)[number], number>;
};

describe('a picture', () => {
  const usual = looked({});

  it.each([
    ['less light', { gain: 0.7 }, { brightness: -20 }],
    ['a lens out of focus', { blur: 4 }, { sharpness: -5 }],
    ['a red lamp', { red: 20 }, { warmth: 10 }],
    ['a part further right', { right: 10 }, { across: 2 }],
    ['a part further up', { down: -10 }, { down: -2 }],
    ['haze', { gain: 0.6, offset: 60 }, { contrast: -8 }],
  ])('shows %s in the feature that says so', (_, change, moves) => {
    const now = looked(change);
    for (const [name, by] of Object.entries(moves)) {
      const moved = now[name as keyof typeof now] - usual[name as keyof typeof usual];
      expect(Math.sign(by) * moved).toBeGreaterThan(Math.abs(by));
    }
  });

  it('of less light alone is darker, and else as it was', () => {
    const now = looked({ gain: 0.8 });
    expect(now.across).toBeCloseTo(usual.across, 0);
    expect(now.down).toBeCloseTo(usual.down, 0);
    expect(now.warmth).toBeCloseTo(usual.warmth, 0);
    expect(Math.abs(now.contrast / usual.contrast - 1)).toBeLessThan(0.05);
    expect(Math.abs(now.sharpness / usual.sharpness - 1)).toBeLessThan(0.05);
  });

  describe('of another texture, as light and as rich in contrast as before,', () => {
    /** Grains of `across` times `down` pixels, one of two greys each. */
    const surface = (across: number, down: number, gain = 1) => {
      const [random, columns] = [randomLcg(0.4), Math.ceil(SIDE / across)];
      const grains = Array.from({ length: columns * Math.ceil(SIDE / down) }, () => (random() < 0.5 ? 60 : 140));
      const out = new Uint8Array(SIDE * SIDE);
      for (let y = 0; y < SIDE; y++)
        for (let x = 0; x < SIDE; x++) out[y * SIDE + x] = gain * (grains[Math.floor(y / down) * columns + Math.floor(x / across)] ?? 0);
      const values = pictureLook(out, SIDE, SIDE, 1);
      return Object.fromEntries(PICTURE_LOOK.map((name, i) => [name, values[i] ?? 0])) as ReturnType<typeof looked>;
    };
    const fine = surface(1, 1);

    it('shows that it is coarser, and which way its marks run', () => {
      expect(fine.grain).toBeCloseTo(50, -1);
      expect(Math.abs(fine.lay)).toBeLessThan(10);
      const coarse = surface(3, 3);
      expect(coarse.grain).toBeLessThan(fine.grain - 15);
      expect(Math.abs(coarse.lay)).toBeLessThan(15);
      expect(surface(1, 12).lay).toBeGreaterThan(50);
      expect(surface(12, 1).lay).toBeLessThan(-50);
      for (const other of [coarse, surface(1, 12), surface(12, 1)]) {
        expect(Math.abs(other.brightness - fine.brightness)).toBeLessThan(8);
        expect(Math.abs(other.contrast - fine.contrast)).toBeLessThan(5);
      }
    });

    it('shows none of it under less light alone', () => {
      for (const [usual, dark] of [
        [fine, surface(1, 1, 0.6)],
        [surface(3, 3), surface(3, 3, 0.6)],
        [surface(1, 12), surface(1, 12, 0.6)],
      ] as const) {
        expect(Math.abs(dark.grain - usual.grain)).toBeLessThan(1);
        expect(Math.abs(dark.lay - usual.lay)).toBeLessThan(1);
      }
    });
  });

  it('may be of one pixel, one row, or one colour', () => {
    for (const [width, height] of [
      [1, 1],
      [300, 1],
      [1, 7],
    ] as const)
      for (const channels of [1, 3]) {
        const values = pictureLook(new Uint8Array(width * height * channels).fill(9), width, height, channels);
        expect(values.every(Number.isFinite)).toBe(true);
        expect(values[0]).toBeCloseTo(9, 9);
      }
  });
});

it('a window shows the level and the movement of each tag, of the first ones', () => {
  expect(windowLook([1, 10, 3, 10], 2, 2)).toEqual([2, 10, 1, 0]);
  expect(windowLook(new Float32Array(2 * 40), 2, 40)).toHaveLength(64);
});

it('knows how much parts tell that came one after the other, with a wander under noise, and beside a step', () => {
  const worthOf = (parts: number, options: object, step = 0) => {
    const [next, wander] = [lookOf(4, { features: 1, ...options }), new Wander()];
    const values = Array.from({ length: parts }, (_, i) => next(i < parts / 2 ? 0 : step)[0] ?? 0);
    for (const value of values) wander.add(value);
    return wander.worth(values.slice(-500));
  };
  expect(worthOf(5000, {})).toBeGreaterThan(0.5);
  expect(worthOf(5000, {}, 3)).toBeGreaterThan(0.3);
  // In the middle of a block, and of many spreads.
  expect(worthOf(4990, {}, 30)).toBeGreaterThan(0.3);
  // A 19th, a 50th and a 300th, were it known.
  expect(worthOf(5000, { alike: 0.9 })).toBeLessThan(1 / 19);
  expect(worthOf(5000, { wander: 50 })).toBeLessThan(1 / 30);
  expect(worthOf(5000, { wander: 300 })).toBeLessThan(1 / 100);
  // Few blocks have not seen all of it.
  expect(worthOf(500, { wander: 50 })).toBeLessThan(1 / 10);
  expect(worthOfRun([5, 5, 5])).toBe(1);
});

describe('lines that do not change', () => {
  // Wanders that count as independent parts fail it, and so do windows at one point of a cycle that are held against all of it.
  it.each([
    ['pictures, taught with 30', 'picture', 30, {}],
    ['pictures, taught with 300, each like the one before', 'picture', 300, { alike: 0.9 }],
    ['pictures, taught with 300, a wander under noise', 'picture', 300, { wander: 50 }],
    ['pictures against the first parts, a wander under noise', 'picture', 0, { wander: 50 }],
    ['tags within 40 windows', 'tags', 40, { alike: 0.7 }],
    ['tags against the first parts', 'tags', 0, { alike: 0.7 }],
  ])('%s are left alone', (_, of, taught, options) => {
    let wrong = 0;
    for (let seed = 1; seed <= 12; seed++) {
      const line = of === 'picture' ? pictureLooks(seed, taught) : tagLooks(seed, 3, taught);
      const next = lookOf(1000 + seed, { features: of === 'picture' ? PICTURE_LOOK.length : 6, ...options });
      wrong += looksChange(line, () => next(), 6000).length > 0 ? 1 : 0;
    }
    expect(wrong).toBe(0);
  });

  it('is told of no change where a part comes at one point of the machine’s cycle', () => {
    const cycle = (at: number) => 50 + 20 * Math.sin(at);
    const range: [number, number] = [30, 70];
    const looks = new Looks({ of: 'tags', tags: ['plc.force'] }, [{ range, parts: 40 }, null]);
    const next = lookOf(5, { features: 1 });
    for (let part = 0; part < 3000; part++) looks.add([cycle(1.4) + (next()[0] ?? 0) / 4, 1], part);
    expect(looks.drifted).toBe(false);
  });

  it('is told of no change where a tag goes from here to there within what was taught, and of one beyond it', () => {
    const range: [number, number] = [20, 90];
    const looks = new Looks({ of: 'tags', tags: ['plc.level'] }, [
      { range, parts: 40 },
      { range: [0, 2], parts: 40 },
    ]);
    const next = lookOf(5, { features: 1 });
    const run = (level: number, parts: number) => {
      for (let part = 0; part < parts; part++) looks.add([level + (next()[0] ?? 0) / 2, 1], part);
      return looks.drifted;
    };
    expect([run(40, 700), run(60, 1500), run(85, 1500), run(22, 1500), run(140, 700)]).toEqual([false, false, false, false, true]);
    expect(movedWords(looks.view)).toMatchObject({ moved: 'plc.level is higher (140, was 90)', like: 'like those it was taught with' });
  });

  it.each([
    ['the first parts', []],
    [
      'what was taught',
      [
        { range: [50, 50] as const, parts: 40 },
        { range: [0, 0] as const, parts: 40 },
      ],
    ],
  ])('is told of no change where the last digit of a tag that held still flickers, against %s', (_, taught) => {
    const looks = new Looks({ of: 'tags', tags: ['plc.set'] }, taught);
    for (let part = 0; part < 700; part++) looks.add([50, 0], part);
    for (let part = 0; part < 1500; part++) looks.add([50.01, 0.012], part);
    expect(looks.drifted).toBe(false);
    for (let part = 0; part < 700; part++) looks.add([50.2, 0.2], part);
    expect(looks.view.features.map(({ drifted }) => drifted !== null)).toEqual([true, true]);
  });
});

it('is told of no change where a tag counts on from the first parts', () => {
  const looks = new Looks({ of: 'tags', tags: ['plc.parts'] }, []);
  for (let part = 0; part < 12_000; part++) looks.add([1000 + part, 0.5], part);
  expect(looks.drifted).toBe(false);
});

describe('lines that change slowly', () => {
  // With one limit for both, they begin and end from 30 to 80 times; that of the end may not wander either.
  it.each([1, 2, 3, 4])('to little more than is no matter begin an alarm once, and end it once: %d', (seed) => {
    const { looks, look } = pictureLooks(seed, 0);
    const next = lookOf(3000 + seed, { features: PICTURE_LOOK.length });
    const moved = (n: number) => Math.max(0, Math.min(1, (n - 1500) / 4000, (28_000 - n) / 4000));
    const changes = looksChange({ looks, look }, (n) => next(moved(n)), 34_000);
    expect(changes.map(({ on }) => on)).toEqual([true, false]);
  });
});

describe('lines that change', () => {
  it.each([
    ['two spreads, pictures taught with 30', 'picture', 30, {}, 2, 500],
    ['two spreads, pictures taught with 300', 'picture', 300, {}, 2, 400],
    ['two spreads, pictures against the first parts', 'picture', 0, {}, 2, 450],
    ['four spreads, tags beyond 40 windows', 'tags', 40, {}, 4, 400],
    ['eight spreads of a wander under noise, pictures taught with 300', 'picture', 300, { wander: 100 }, 8, 400],
    ['eight spreads of a wander under noise, pictures against the first parts', 'picture', 0, { wander: 100 }, 8, 400],
  ])('%s: it is told, and it is over when it is over', (_, of, taught, options, shift, most) => {
    const delays: number[] = [];
    for (let seed = 1; seed <= 9; seed++) {
      const line = of === 'picture' ? pictureLooks(seed, taught) : tagLooks(seed, 3, taught);
      const next = lookOf(2000 + seed, { features: of === 'picture' ? PICTURE_LOOK.length : 6, ...options });
      const after = 1500 + 25 * seed;
      const changes = looksChange(line, (n) => next(n > after && n <= after + 1500 ? shift : 0), after + 4000);
      expect(changes.map(({ on }) => on)).toEqual([true, false]);
      expect(changes[0]?.at).toBeGreaterThan(after);
      delays.push((changes[0]?.at ?? 0) - after);
    }
    delays.sort((a, b) => a - b);
    expect(delays[4]).toBeLessThanOrEqual(most);
  });

  it('says which, from what and to what, the farthest first', () => {
    const { looks, look } = pictureLooks(1, 100);
    const next = lookOf(3, { features: PICTURE_LOOK.length });
    for (let n = 1; n <= 1600; n++) {
      const values = [...look(next()).values];
      if (n > 900) values[0] = (values[0] ?? 0) - 90;
      if (n > 900) values[4] = (values[4] ?? 0) + 50;
      looks.add(values, n);
    }
    const told = movedWords(looks.view);
    expect(told?.moved).toMatch(
      /^(darker \(\S+ of 255, was \S+\); further right \(\S+ % of the width, was \S+\)|further right .*; darker .*)$/,
    );
    expect(told).toMatchObject({ parts: 500, like: 'like those it was taught with' });
    // Features of the picture, and no tag.
    expect(looks.view.features.filter(({ drifted }) => drifted !== null).map(({ feature, tag }) => [feature, tag])).toEqual([
      ['brightness', null],
      ['across', null],
    ]);
  });
});

describe('beside the scores', () => {
  const [next, scores] = [lookOf(6, { features: PICTURE_LOOK.length }), scoresOf(6)];
  const noted = (watch: DriftWatch, parts: number, shift = 0) => {
    const told: (readonly string[])[] = [];
    for (let n = 0; n < parts; n++) {
      const look: Look = { of: 'picture', tags: [], values: next(shift).map((value) => 100 + 20 * value) };
      const standings = watch.note(partOf(scores(), { look }));
      if (standings) told.push(standings.map(({ fault }) => fault.sentence));
    }
    return told;
  };
  const judging = (region?: readonly [number, number, number, number]) => [
    { id: 'outlet/surface', name: 'surface', package: 'castings', camera: 'top', ...(region ? { region } : {}) },
  ];

  it('is an alarm though no score moves, kept over a restart, and over with another region', () => {
    const watch = new DriftWatch(() => []);
    watch.keep('outlet', judging());
    noted(watch, 1000);
    expect(watch.standings('outlet')).toEqual([]);
    expect(noted(watch, 500, -3).flat()).toEqual([
      expect.stringMatching(
        /^The pictures of the last \d+ parts that surface judged at station outlet \(recipe standard\) no longer look like those of its first parts here: darker \(\S+ of 255, was \S+\)\.$/,
      ),
    ]);
    expect(watch.standings('outlet').map(({ fault, subject }) => [fault.code, subject])).toEqual([
      ['PICTURE_DRIFTED', 'outlet/surface@standard'],
    ]);
    const after = new DriftWatch(() => []);
    after.restore(JSON.parse(JSON.stringify(watch.save())));
    expect(after.standings('outlet').map(({ fault }) => fault.sentence)).toEqual(
      watch.standings('outlet').map(({ fault }) => fault.sentence),
    );
    // As an agent wrote it that knew fewer features: what it knew goes on, the others begin anew.
    const fewer = watch.save().map((one) => ({ ...one, looks: one.looks && { ...one.looks, features: one.looks.features.slice(0, 6) } }));
    const older = new DriftWatch(() => []);
    older.restore(JSON.parse(JSON.stringify(fewer)));
    expect(older.standings('outlet').map(({ fault }) => fault.sentence)).toEqual(
      watch.standings('outlet').map(({ fault }) => fault.sentence),
    );
    expect(older.views('outlet')[0]?.look?.features.map(({ reference }) => reference.parts)).toEqual([500, 500, 500, 500, 500, 500, 0, 0]);
    // Until the newest say otherwise: half of them are of before.
    noted(after, 250);
    expect(after.standings('outlet')).toHaveLength(1);
    noted(after, 300);
    expect(after.standings('outlet')).toEqual([]);
    const other = new DriftWatch(() => []);
    other.restore(JSON.parse(JSON.stringify(watch.save())));
    other.keep('outlet', judging());
    expect(other.standings('outlet')).toHaveLength(1);
    other.keep('outlet', judging([0, 0, 10, 10]));
    expect(other.standings('outlet')).toEqual([]);
    expect(other.views('outlet')[0]?.look).toBeUndefined();
  });

  it('is told, and is over, though the box is switched off after every four hundred parts', async () => {
    const shelf = new DriftShelf(join(scratch(), 'scores.json'));
    let watch = new DriftWatch(() => []);
    const day = async (shift = 0) => {
      watch.restore(await shelf.read());
      noted(watch, 400, shift);
      await shelf.write(watch.saving());
      const { length } = watch.standings('outlet');
      watch = new DriftWatch(() => []);
      return length;
    };
    const days: number[] = [];
    for (const shift of [0, 0, 0, 0, -3, -3, 0, 0]) days.push(await day(shift));
    expect(days).toEqual([0, 0, 0, 0, 1, 1, 0, 0]);
  });

  it('holds each of two recipes against its own first parts, over a restart too', () => {
    const values = Array.from({ length: 50 }, (_, i) => 100 + 60 * (i < 25 ? 0 : 1) + 2 * i);
    const taught = PICTURE_LOOK.map(() => ({ values, parts: 300 }));
    let watch = new DriftWatch(
      () => [],
      () => taught,
    );
    const run = (recipe: string, shift: number, parts: number) => {
      for (let n = 0; n < parts; n++)
        watch.note({ ...partOf(scores(), { look: { of: 'picture', tags: [], values: next(shift).map((v) => 120 + 10 * v) } }), recipe });
    };
    for (let n = 0; n < 15; n++) for (const [i, recipe] of ['white', 'black'].entries()) run(recipe, 10 * i, 100);
    expect(watch.standings('outlet')).toEqual([]);
    const saved = JSON.parse(JSON.stringify(watch.save()));
    watch = new DriftWatch(
      () => [],
      () => taught,
    );
    watch.restore(saved);
    run('black', 10, 700);
    expect(watch.standings('outlet')).toEqual([]);
    run('black', 6, 600);
    expect(watch.standings('outlet').map(({ fault }) => fault.sentence)).toEqual([
      expect.stringMatching(/\(recipe black\) no longer look like those of its first parts here: darker/),
    ]);
  });

  it('begins anew where a package judges again that looked at another region before', () => {
    const watch = new DriftWatch(() => []);
    watch.keep('outlet', judging());
    noted(watch, 1000);
    const other = { package: 'others', sha256: 'cd'.repeat(32) };
    watch.keep('outlet', [{ id: 'outlet/surface', name: 'surface', package: 'others', camera: 'top' }]);
    watch.note(partOf(scores(), other));
    watch.keep('outlet', judging([0, 0, 10, 10]));
    expect(noted(watch, 1200, -3).flat()).toEqual([]);
    expect(watch.standings('outlet')).toEqual([]);
  });

  it('begins anew with other tags, and passes over what is no number', () => {
    const watch = new DriftWatch(() => []);
    const look = (tags: readonly string[], level: number): Look => ({ of: 'tags', tags, values: [level, Number.NaN] });
    for (let n = 0; n < 900; n++) watch.note(partOf(scores(), { look: look(['plc.a'], n > 650 ? 9 : 5) }));
    expect(watch.standings('outlet').map(({ fault }) => fault.message)).toEqual([expect.stringMatching(/plc\.a is higher \(9, was 5\)/)]);
    watch.note(partOf(scores(), { look: look(['plc.b'], 9) }));
    expect(watch.standings('outlet')).toEqual([]);
  });
});

describe('what a package was taught with', () => {
  it('is told of tags that hold still where they are, not of those that wander', () => {
    const tags = ['load', 'speed', 'oil', 'inlet', 'outlet', 'mode'];
    const recordings = [1, 2, 3, 4].map((seed) => ({
      file: `hour ${seed}`,
      tags,
      values: Float32Array.from(machine(600, seed, seed / 10).flat()),
      rows: 600,
      times: null,
      others: [],
    }));
    const { lesson } = teachMachine({ recordings, oneIn: 100, window: { tags: [...tags, 'other'], steps: 20 } });
    const inputs = lesson.inputs as never;
    const features = taughtLookOf({ inputs, provenance: { taught: lesson.taught } } as never);
    expect(features).toHaveLength(14);
    expect(features[2]).toMatchObject({ range: [expect.any(Number), expect.any(Number)], parts: expect.any(Number) });
    expect(features[2]?.parts).toBeGreaterThan(50);
    expect(features[2]?.range?.[0]).toBeGreaterThan(85);
    expect(features[2]?.range?.[1]).toBeLessThan(115);
    expect([features[3], features[4], features[6], features[13]].map((one) => one?.wanders)).toEqual([true, true, true, true]);
    expect(features[5]).toMatchObject({ range: [7, 7] });
    expect(features[9]).toMatchObject({ range: [expect.any(Number), expect.any(Number)] });
  });

  it.each([
    [{ picture: { parts: 'many', brightness: [1] } }],
    [{ picture: { parts: 20, brightness: 'dark', contrast: [Number.NaN], sharpness: [], warmth: Array.from({ length: 2000 }, () => 1) } }],
  ])('is nothing where it is not what is written: %#', (look) => {
    const inputs = { image: { width: 4, height: 4, channels: 3 } };
    expect(taughtLookOf({ inputs, provenance: { taught: { look } } } as never)).toEqual(PICTURE_LOOK.map(() => null));
  });

  it('is told of pictures as they were, sorted, and for as many as there are parts', () => {
    const pictures = Array.from({ length: 120 }, (_, i) => ({
      part: String(i % 60),
      look: PICTURE_LOOK.map((_, feature) => feature * 100 - i / 10),
    }));
    const inputs = { image: { width: 4, height: 4, channels: 3 } };
    const features = taughtLookOf({ inputs, provenance: { taught: { look: picturesLook(pictures) } } } as never);
    expect(features.map((feature) => [feature?.parts, feature?.values?.length])).toEqual(PICTURE_LOOK.map(() => [60, 50]));
    expect(features[1]?.values?.[0]).toBeCloseTo(88.2, 1);
    expect(features[1]?.values?.at(-1)).toBeCloseTo(99.9, 1);
  });

  it('is nothing of an older package', () => {
    expect(taughtLookOf(undefined)).toEqual([]);
    expect(taughtLookOf({ inputs: {}, provenance: { taught: {} } } as never)).toEqual([]);
  });
});
