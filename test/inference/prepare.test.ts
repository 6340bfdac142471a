import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ModelSlot, PixelFormat, Region } from '#agent/contracts/index.js';
import { bench, type CountedFrame, faultOf, frame, imageSlot, MODELS } from './setup.ts';

interface Expectation {
  readonly format: PixelFormat;
  readonly channels: 1 | 3;
  readonly region: Region;
  readonly sha256: string;
  readonly first: readonly number[];
}
/** Written by scripts/make-fixtures.py through Python's onnxruntime. */
const EXPECTED: readonly Expectation[] = JSON.parse(readFileSync(join(MODELS, '..', 'prepare.json'), 'utf8'));

/** The same numbers as pattern() in scripts/make-fixtures.py. */
const pattern = (format: PixelFormat): CountedFrame =>
  frame(96, 64, format, (x, y, c) => {
    const value = x * 7 + y * 13 + c * 29 + ((x * y) % 31) + Math.floor(x / 9) * Math.floor(y / 7) * 5;
    return format === 'mono16' ? (value * 257) % 65536 : value % 256;
  });

/** Packages that take 16x16, grey and in colour. */
const packageOf = { 1: 'classify', 3: 'detect' } as const;
const slotOf = ({ channels, region }: Pick<Expectation, 'channels' | 'region'>): ModelSlot => imageSlot(packageOf[channels], { region });

async function started(...slots: readonly ModelSlot[]) {
  const made = await bench(slots);
  await made.engine.start();
  return made;
}

describe('a prepared picture', () => {
  it.each(['mono8', 'mono16', 'rgb8'] as const)('from %s is to the bit what Python makes of it', async (format) => {
    const cases = EXPECTED.filter((one) => one.format === format);
    expect(cases.length).toBeGreaterThan(0);
    const slots = cases.map((one, i) => ({ ...slotOf(one), id: `outlet/${i}` }));
    const { engine } = await started(...slots);
    const seen = pattern(format);
    for (const [i, { sha256, first, region }] of cases.entries()) {
      const prepared = await engine.prepare(`outlet/${i}`, seen);
      expect([...prepared.pixels.subarray(0, first.length)], region.join()).toEqual(first);
      expect(createHash('sha256').update(prepared.pixels).digest('hex'), region.join()).toBe(sha256);
      expect(prepared.region).toEqual(region);
      expect(prepared.slot).toBe(`outlet/${i}`);
    }
    expect(seen.held).toBe(0);
  });

  it('is the whole picture where the slot names no region', async () => {
    const { engine } = await started(imageSlot('classify'));
    const whole = EXPECTED.find(({ format, channels, region }) => format === 'mono8' && channels === 1 && region[2] === 96);
    const { pixels, region } = await engine.prepare('outlet/classify', pattern('mono8'));
    expect(region).toEqual([0, 0, 96, 64]);
    expect(createHash('sha256').update(pixels).digest('hex')).toBe(whole?.sha256);
  });

  it('follows pictures of changing sizes', async () => {
    const { engine } = await started(imageSlot('classify'));
    for (const [width, height] of [
      [640, 480],
      [16, 16],
      [17, 3],
      [1280, 720],
      [320, 240],
    ] as const) {
      const { pixels, region } = await engine.prepare(
        'outlet/classify',
        frame(width, height, 'mono8', () => 77),
      );
      expect(region).toEqual([0, 0, width, height]);
      expect(pixels).toEqual(new Uint8Array(256).fill(77));
    }
  });

  it('is made once per frame, however many slots and calls want the same', async () => {
    const { engine } = await started(imageSlot('classify'), imageSlot('classify-other'), imageSlot('anomaly', { region: [0, 0, 20, 20] }));
    const seen = frame(64, 48, 'rgb8', (x) => x);
    const ahead = engine.prepare('outlet/classify', seen);
    const [one, two, three] = await Promise.all([
      ahead,
      engine.prepare('outlet/classify', seen),
      engine.prepare('outlet/classify-other', seen),
    ]);
    expect(two.pixels).toBe(one.pixels);
    expect(three.pixels).toBe(one.pixels);
    expect([one.slot, three.slot]).toEqual(['outlet/classify', 'outlet/classify-other']);
    expect(seen.holds).toBe(1);
    await engine.prepare('outlet/anomaly', seen);
    expect(seen.holds).toBe(2);
    expect(engine.queues()['model/pixels']).toMatchObject({ done: 2 });
  });

  it('is made anew for the next frame', async () => {
    const { engine } = await started(imageSlot('classify'));
    const first = await engine.prepare(
      'outlet/classify',
      frame(32, 32, 'mono8', () => 1),
    );
    const second = await engine.prepare(
      'outlet/classify',
      frame(32, 32, 'mono8', () => 2),
    );
    expect([first.pixels[0], second.pixels[0]]).toEqual([1, 2]);
  });

  it('of the right size already takes no detour through the pixels thread', async () => {
    const { engine } = await started(imageSlot('classify', { region: [3, 2, 16, 16] }));
    const seen = pattern('mono8');
    const expected = EXPECTED.find(({ format, region }) => format === 'mono8' && region[2] === 16);
    const { pixels } = await engine.prepare('outlet/classify', seen);
    expect(pixels[0]).toBe(seen.pixels[2 * 96 + 3]);
    expect(pixels).toHaveLength(256);
    expect(expected).toBeDefined();
    expect(engine.queues()['model/pixels']).toMatchObject({ done: 0 });
  });

  it('does not change when the camera writes the next picture into the same memory', async () => {
    const { engine } = await started(imageSlot('classify'));
    for (const size of [16, 40]) {
      const seen = frame(size, size, 'mono8', () => 9);
      const { pixels } = await engine.prepare('outlet/classify', seen);
      seen.pixels.fill(200);
      expect(pixels[0]).toBe(9);
    }
  });

  it('of a region beyond the picture is refused with the numbers that matter', async () => {
    const { engine } = await started(imageSlot('classify', { region: [600, 0, 100, 100] }));
    const seen = frame(640, 480, 'mono8', () => 0);
    const fault = await faultOf(engine.prepare('outlet/classify', seen));
    expect(fault.code).toBe('REGION_OUTSIDE');
    expect(fault.message).toMatch(/Region \[600, 0, 100, 100\] of model outlet\/classify .* camera top, which is 640x480/);
    expect(seen.held).toBe(0);
  });

  it('of a frame whose bytes are too few is refused', async () => {
    const { engine } = await started(imageSlot('classify'));
    const torn = { ...frame(64, 48, 'rgb8', () => 0), pixels: new Uint8Array(new SharedArrayBuffer(100)) };
    expect((await faultOf(engine.prepare('outlet/classify', torn))).message).toMatch(
      /MODEL_FAILED.*64x48 rgb8 picture has 9216 bytes, this one 100/,
    );
  });

  it('that was refused for want of room may be asked for again', async () => {
    const made = await bench([imageSlot('classify')], { config: { queue: 1 } });
    await made.engine.start();
    const frames = Array.from({ length: 6 }, () => frame(1280, 720, 'rgb8', () => 50));
    const results = await Promise.allSettled(frames.map((seen) => made.engine.prepare('outlet/classify', seen)));
    const refused = results.flatMap((r, i) => (r.status === 'rejected' ? [[frames[i], r.reason.code] as const] : []));
    expect(refused.map(([, code]) => code)).toEqual(Array(3).fill('MODEL_OVERLOADED'));
    expect(made.engine.queues()['model/pixels']).toMatchObject({ bound: 1, dropped: 3 });
    for (const [seen] of refused) if (seen) expect((await made.engine.prepare('outlet/classify', seen)).pixels[0]).toBe(50);
    expect(frames.map(({ held }) => held)).toEqual(Array(6).fill(0));
  });

  it('leaves every frame released, a thousand parts long', async () => {
    const { engine } = await started(imageSlot('classify'), imageSlot('classify-other'));
    const frames = Array.from({ length: 8 }, () => frame(64, 48, 'mono8', () => 3));
    for (let part = 0; part < 500; part++) {
      const seen = frames[part % frames.length] as CountedFrame;
      const fresh: CountedFrame = { ...seen, held: 0, holds: 0 };
      await Promise.all(
        ['outlet/classify', 'outlet/classify-other'].map(async (slot) => engine.infer(slot, { image: await engine.prepare(slot, fresh) })),
      );
      expect([fresh.held, fresh.holds]).toEqual([0, 1]);
    }
    expect(engine.queues()['model/outlet/classify']).toMatchObject({ done: 500, failed: 0, depth: 0 });
  });
});
