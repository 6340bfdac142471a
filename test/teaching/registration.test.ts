/** Finding a part that moved: by the rule, and by the network that does the same. */
import { describe, expect, it } from 'vitest';
import { openSession, tensorOf } from '#agent/inference/session.js';
import { Graph } from '#agent/onnx/graph.js';
import { isFound, register, registrationRemarks, searchesOf } from '#agent/teaching/picture/register.js';
import {
  atTheEnd,
  type Field,
  fieldAround,
  fieldWithin,
  find,
  pieceAt,
  referenceAt,
  searchable,
} from '#agent/teaching/picture/registration.js';
import { FIELD, searching } from '#agent/teaching/picture/registration-network.js';
import { noise } from './machines.ts';

const SIDE = 112;
const FIELD_OF = fieldWithin(SIDE);

interface Scene {
  /** Of the part, from where the reference lies. */
  readonly at?: readonly [number, number];
  readonly seed?: number;
  /** Times, and added to, all grey values. */
  readonly light?: readonly [number, number];
  readonly grain?: number;
}

/** A notched disc with a bar on a plain bench, and grain. */
function picture(
  { at: [across, down] = [0, 0], seed = 1, light: [gain, more] = [1, 0], grain = 2 }: Scene = {},
  field: Field = FIELD_OF,
): Uint8Array {
  const next = noise(seed);
  const out = new Uint8Array(field.width * field.height * 3);
  const [middleX, middleY] = [field.x + field.side / 2 + across, field.y + field.side / 2 + down];
  for (let y = 0; y < field.height; y++) {
    for (let x = 0; x < field.width; x++) {
      const [dx, dy] = [x - middleX, y - middleY];
      const isDisc = Math.hypot(dx, dy) < 0.35 * field.side && !(dx > 0 && Math.abs(dy) < 0.08 * field.side);
      const isBar = Math.abs(dx + 0.1 * field.side) < 3 && Math.abs(dy) < 0.25 * field.side;
      const value = (isBar ? 60 : isDisc ? 170 : 100) * gain + more + grain * next();
      out.fill(Math.max(0, Math.min(255, value)), (y * field.width + x) * 3, (y * field.width + x) * 3 + 3);
    }
  }
  return out;
}

const flat = (value: number, field = FIELD_OF) => new Uint8Array(field.width * field.height * 3).fill(value);
const reference = referenceAt(searchable(picture(), FIELD_OF), FIELD_OF, FIELD_OF.x, FIELD_OF.y);
const movedOf = (pixels: Uint8Array) => {
  const { x, y, likeness } = find(reference, searchable(pixels, FIELD_OF));
  return { moved: [x - FIELD_OF.x, y - FIELD_OF.y], likeness };
};

describe('the field', () => {
  it('of whole pictures leaves a sixth of the reference around it', () => {
    expect(fieldWithin(224)).toEqual({ width: 298, height: 298, side: 224, x: 37, y: 37 });
  });

  it.each([
    ['in the middle', [120, 80, 640, 480], [1280, 720], [13, 0, 854, 640], { width: 298, height: 298, x: 37, y: 37 }],
    ['near the right edge', [580, 80, 640, 480], [1280, 720], [473, 0, 807, 640], { width: 282, height: 298, x: 37, y: 37 }],
    // 40 and 20 pixels of 107: as much to either side, so that a part beyond is seen on both.
    ['with little room across', [40, 100, 640, 480], [700, 720], [20, 20, 680, 640], { width: 238, height: 298, x: 7, y: 37 }],
  ] as const)('of a region %s ends with the picture', (_, region, size, area, field) => {
    expect(fieldAround(region, size, 224)).toEqual({ area, field: { ...field, side: 224 } });
  });

  it.each([
    [[0, 80, 640, 480], 'left', 54],
    [[10, 80, 640, 480], 'left', 54],
    [[640, 80, 640, 480], 'right', 54],
    [[200, 0, 640, 480], 'top', 40],
    [[200, 239, 640, 480], 'bottom', 40],
  ] as const)('is none where the picture ends at one side of %j, and not at the other', (region, at, wanted) => {
    expect(fieldAround(region, [1280, 720], 224)).toEqual({ at, wanted });
  });

  it('is none where the region leaves no room', () => {
    expect(fieldAround([0, 0, 640, 480], [640, 480], 224)).toBeNull();
    expect(fieldAround([10, 10, 620, 460], [640, 480], 224)).toBeNull();
    // To one side there is: a part on a belt.
    expect(fieldAround([200, 0, 300, 480], [1000, 480], 224)).toMatchObject({ field: { width: 298, height: 224 } });
    // Hardly any room below is none: its upper edge would not be seen as an end.
    expect(fieldAround([200, 0, 300, 480], [1000, 500], 224)).toMatchObject({ field: { width: 298, height: 224, y: 0 } });
  });
});

describe('finding', () => {
  it.each([
    [0, 0],
    [1, 0],
    [0, -1],
    [7, 5],
    [-9, 11],
    [13, -13],
    [-13, -12],
  ])('tells to the pixel how far the part was moved: %d, %d', (across, down) => {
    const { moved, likeness } = movedOf(picture({ at: [across, down], seed: 2 }));
    expect(moved).toEqual([across, down]);
    expect(likeness).toBeGreaterThan(0.95);
  });

  it('sees past light and contrast', () => {
    expect(movedOf(picture({ at: [6, -4], seed: 3, light: [0.5, 40] }))).toMatchObject({ moved: [6, -4], likeness: expect.closeTo(1, 1) });
  });

  it('finds nothing like it on a bench without a part, in the dark or the flat, noise or not', () => {
    for (const value of [0, 128, 255]) expect(movedOf(flat(value)).likeness).toBeCloseTo(0, 6);
    const bare = flat(100);
    const next = noise(5);
    for (let i = 0; i < bare.length; i++) bare[i] = 100 + 3 * next();
    expect(Math.abs(movedOf(bare).likeness)).toBeLessThan(0.2);
  });

  it('tells an end of the field, where the part may lie beyond; not where the field ends with the picture', () => {
    const far = find(reference, searchable(picture({ at: [24, 0] }), FIELD_OF));
    expect(atTheEnd(FIELD_OF, far)).toBe(true);
    expect(atTheEnd(FIELD_OF, { x: FIELD_OF.x, y: FIELD_OF.y })).toBe(false);
    const corner: Field = { width: 126, height: 126, side: SIDE, x: 0, y: 0 };
    expect([atTheEnd(corner, { x: 0, y: 0 }), atTheEnd(corner, { x: 14, y: 0 })]).toEqual([false, true]);
  });

  it('cuts what it has found', () => {
    const still = pieceAt(picture({ grain: 0 }), FIELD_OF, FIELD_OF);
    const moved = picture({ at: [8, -6], grain: 0 });
    expect(pieceAt(moved, FIELD_OF, find(reference, searchable(moved, FIELD_OF)))).toEqual(still);
  });
});

const files = (pictures: Readonly<Record<string, Uint8Array>>) => ({ read: async (file: string) => pictures[file] ?? flat(0) });
const lot = (count: number, most = 9): Record<string, Uint8Array> => {
  const next = noise(77);
  const at = () => Math.round(Math.max(-most, Math.min(most, (most / 2) * next())));
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [`${i}.png`, picture({ at: [at(), at()], seed: 10 + i })]));
};

describe('registering', () => {
  it('holds all against the most typical one, and says how like it a part must be', async () => {
    const pictures = { ...lot(8), 'far.png': picture({ at: [10, 10], seed: 40 }), 'middle.png': picture({ seed: 41 }) };
    const names = Object.keys(pictures);
    const taught = await register(names, FIELD_OF, files(pictures));
    expect(taught.file).not.toBe('far.png');
    expect(taught.found).toHaveLength(names.length);
    expect(taught.found.every((one) => isFound(taught, one))).toBe(true);
    expect(taught.least).toBeGreaterThan(0.5);
    const judged = (pixels: Uint8Array) => isFound(taught, find(taught.reference, searchable(pixels, FIELD_OF)));
    expect(judged(picture({ at: [-5, 3], seed: 60 }))).toBe(true);
    expect(judged(flat(128))).toBe(false);
    expect(judged(flat(0))).toBe(false);
  });

  it.each([
    ['half of it across', { width: SIDE + 20, height: SIDE, side: SIDE, x: 10, y: 0 }],
    ['a quarter of it each way', { width: SIDE + 10, height: SIDE + 10, side: SIDE, x: 5, y: 5 }],
    ['a quarter of it along the stripes, and all of it across them', { width: SIDE + 10, height: SIDE + 38, side: SIDE, x: 5, y: 19 }],
  ] as const)(
    'refuses stripes that look the same when they are moved along where there is less room than a part may move: %s',
    async (_, field) => {
      const pictures = Object.fromEntries(['a', 'b', 'c', 'd'].map((name, i) => [name, striped(i + 1, field)]));
      const refused = register(Object.keys(pictures), field, files(pictures));
      await expect(refused).rejects.toMatchObject({ details: { why: expect.stringMatching(/looks the same when it is moved/) } });
    },
  );

  it('takes a part that can be told where there is as little room, and asks for a likeness that a bench has not', async () => {
    const field: Field = { width: SIDE + 10, height: SIDE + 10, side: SIDE, x: 5, y: 5 };
    const pictures = Object.fromEntries([-3, -1, 0, 2, 3].map((at, i) => [`${i}.png`, picture({ at: [at, -at], seed: 70 + i }, field)]));
    const { least } = await register(Object.keys(pictures), field, files(pictures));
    expect(least).toBeGreaterThan(0.6);
  });

  it('tells how far it is, from the first picture on', async () => {
    const pictures = lot(18, 4);
    const done: number[] = [];
    await register(Object.keys(pictures), FIELD_OF, files(pictures), (so) => void done.push(so));
    expect(done).toEqual(Array.from({ length: searchesOf(18) }, (_, i) => i));
    expect(searchesOf(18)).toBe(34);
  });

  const remarksOf = async (pictures: Readonly<Record<string, Uint8Array>>, field: Field = FIELD_OF) =>
    registrationRemarks(await register(Object.keys(pictures), field, files(pictures)));

  it('has nothing to remark where parts lie well within, and warns where one lies nearly too far away', async () => {
    expect(await remarksOf(lot(6, 4))).toEqual([]);
    const field: Field = { width: SIDE + 20, height: SIDE + 38, side: SIDE, x: 10, y: 19 };
    const told = await remarksOf(
      Object.fromEntries([-1, 0, 0, 1, 17].map((at, i) => [`${i}.png`, picture({ at: [0, at], seed: 80 + i })])),
    );
    expect(told).toEqual([
      expect.stringMatching(/^a good part lies \d\d % of the way to where none is found any more: .* on_failure decides/),
    ]);
    // Eight pixels are most of what the picture leaves there.
    const cramped = Object.fromEntries([-1, 0, 0, 1, 9].map((at, i) => [`${i}.png`, picture({ at: [at, 0], seed: 70 + i }, field)]));
    expect(await remarksOf(cramped, field)).toEqual([expect.stringMatching(/^a good part lies \d\d % of the way/)]);
  });

  it('warns where good parts are no more like each other than the part is to itself when it is moved', async () => {
    const pictures = Object.fromEntries([0.1, 0.1, 0.1, 0.1, 0.6].map((own, i) => [`${i}.png`, striped(i + 1, FIELD_OF, own)]));
    expect(await remarksOf(pictures)).toEqual([
      expect.stringMatching(/looks nearly the same \(likeness 0\.\d\d\), and a good one is no more like/),
    ]);
  });

  it('says how much room the picture leaves where a part lies at its end', async () => {
    const field: Field = { width: SIDE + 20, height: SIDE + 20, side: SIDE, x: 10, y: 10 };
    const pictures = Object.fromEntries([-1, 0, 0, 1, 11].map((at, i) => [`${i}.png`, picture({ at: [at, 0], seed: 70 + i }, field)]));
    await expect(register(Object.keys(pictures), field, files(pictures))).rejects.toMatchObject({
      details: {
        why: expect.stringMatching(/beyond the 8\.93 % of the region that there are between it and the end of the picture/),
        unfit: '4',
      },
    });
  });

  it.each([
    [
      'grey without any detail',
      Object.fromEntries(['a', 'b', 'c', 'd'].map((name) => [name, flat(128)])),
      /no detail .* differ by 0\.0 levels, and 3 are the least/,
    ],
    [
      'stripes that look the same when they are moved along',
      Object.fromEntries(['a', 'b', 'c', 'd'].map((name, i) => [name, striped(i + 1)])),
      /looks the same when it is moved by 8\.33 %/,
    ],
    [
      'one picture without the part',
      { ...lot(6), 'bare.png': flat(100) },
      /^.*part is not found in the picture \(its likeness to the others is 0\.00\)/,
    ],
    [
      'one part further away than a part may move',
      { ...lot(6, 3), 'far.png': picture({ at: [40, 0], seed: 50 }) },
      /part is not found in the picture/,
    ],
  ])('refuses %s, with why', async (_, pictures, why) => {
    const refused = await register(Object.keys(pictures), FIELD_OF, files(pictures)).catch((thrown: unknown) => thrown);
    expect(refused).toMatchObject({ code: 'DATA_INVALID' });
    expect((refused as { details: { why: string } }).details.why).toMatch(why);
  });
});

/** `own`: share of a pattern that is the picture's alone. */
function striped(seed: number, field = FIELD_OF, own = 0): Uint8Array {
  const next = noise(seed);
  const mark = noise(1);
  const cells = Array.from({ length: 400 }, () => [mark(), next()] as const);
  const out = flat(0, field);
  for (let y = 0; y < field.height; y++) {
    for (let x = 0; x < field.width; x++) {
      const at = (y * field.width + x) * 3;
      const [shared = 0, alone = 0] = cells[20 * (Math.floor(y / 8) % 20) + (Math.floor(x / 8) % 20)] ?? [];
      const marks = own > 0 ? 12 * shared + 40 * own * alone : 0;
      out.fill(120 + 60 * Math.sin(y / 5) + marks + next(), at, at + 3);
    }
  }
  return out;
}

describe('the network that finds', () => {
  it.each([
    ['as large as whole pictures', FIELD_OF],
    ['that ends with the picture on two sides', { width: SIDE + 14, height: SIDE + 14, side: SIDE, x: 0, y: 14 }],
    ['with room across alone', { width: SIDE + 28, height: SIDE, side: SIDE, x: 14, y: 0 }],
    ['of a side that is no multiple of its cells', { width: 155, height: 152, side: 125, x: 15, y: 12 }],
  ] as const)('does the same as the rule, in a field %s', async (_, field) => {
    const of = referenceAt(searchable(picture({}, field), field), field, field.x, field.y);
    const passes = new Graph();
    passes.output('s16', passes.input('image', 'uint8', [1, field.side, field.side, 3]), 'uint8', [1, field.side, field.side, 3]);
    const front = searching(passes.bytes(), 'image', of);
    const behind = new Graph('behind_');
    behind.output('piece', behind.add('Cast', ['s16'], { to: 1 }), 'float32', [1, field.side, field.side, 3]);
    behind.output('found', front.found, 'float32', [3]);
    const session = await openSession(behind.after(front.network), { provider: 'cpu', threads: 1, fixed: true });
    expect(session.inputs.map(({ name }) => name)).toEqual([FIELD]);
    const scenes: Scene[] = [
      {},
      { at: [7, 0], seed: 4 },
      { at: [-6, 0], seed: 5, light: [0.7, 20] },
      { at: [3, 4], seed: 6 },
      { at: [30, 30], seed: 7 },
    ];
    for (const pixels of [...scenes.map((scene) => picture(scene, field)), flat(128, field), flat(3, field)]) {
      const outputs = await session.run({ [FIELD]: tensorOf('uint8', pixels.slice(), [1, field.height, field.width, 3]) });
      const found = find(of, searchable(pixels, field));
      const [across = 0, down = 0, likeness = 0] = outputs['found']?.data ?? [];
      expect([Math.round(field.x + across * field.side), Math.round(field.y + down * field.side)].map((at) => at + 0)).toEqual([
        found.x,
        found.y,
      ]);
      expect(likeness).toBeCloseTo(found.likeness, 3);
      expect(Uint8Array.from(outputs['piece']?.data ?? [])).toEqual(pieceAt(pixels, field, found));
    }
    await session.release();
  });
});
