/** What masks say, of every kind that data sets come with: real files, decoded as teaching does. */
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { badPlaces, maskFileOf } from '#agent/teaching/picture/mask-file.js';
import { indexPng } from './index-png.ts';

const SIDE = 16;
/** An object with the border that VOC draws around it. */
const object =
  (kind: number, border = 255) =>
  (x: number, y: number) => {
    const away = Math.max(Math.abs(x - 8), Math.abs(y - 8));
    return away < 3 ? kind : away === 3 ? border : 0;
  };
const INSIDE = 25;
const WITH_BORDER = 49;

async function badIn(file: Uint8Array): Promise<number> {
  const { data } = await sharp(file).removeAlpha().toColourspace('srgb').raw().toBuffer({ resolveWithObject: true });
  return badPlaces(data, maskFileOf(file)).reduce((sum, one) => sum + one, 0);
}
const grey = (at: (x: number, y: number) => number) =>
  sharp(
    Uint8Array.from({ length: SIDE * SIDE }, (_, i) => at(i % SIDE, Math.floor(i / SIDE))),
    { raw: { width: SIDE, height: SIDE, channels: 1 } },
  )
    .toColourspace('b-w')
    .png()
    .toBuffer();
const same = (number: number) => [number, number, number];

describe('a mask', () => {
  it.each([1, 8, 21, 254])('of VOC says where kind %i is, and nothing by its border', async (kind) => {
    expect(await badIn(indexPng(SIDE, object(kind)))).toBe(INSIDE);
    expect(await badIn(indexPng(SIDE, object(kind), same))).toBe(INSIDE);
  });

  it('of numbers, the only one of which is 255, is black and white', async () => {
    expect(await badIn(indexPng(SIDE, object(255), same))).toBe(WITH_BORDER);
    expect(await badIn(indexPng(SIDE, object(0, 0)))).toBe(0);
  });

  it.each([1, 5, 200, 255])('of grey numbers says where %i is', async (kind) => {
    expect(await badIn(await grey(object(kind, 0)))).toBe(INSIDE);
  });

  it('that a painter made soft counts from half white on', async () => {
    const soft = (x: number, y: number) => Math.max(0, Math.min(255, Math.round(255 - 30 * Math.hypot(x - 8, y - 8))));
    const half = Array.from({ length: SIDE * SIDE }, (_, i) => soft(i % SIDE, Math.floor(i / SIDE))).filter((value) => value >= 128);
    expect(await badIn(await grey(soft))).toBe(half.length);
    // What a JPEG has made of black is not black.
    const white = await sharp(await grey(object(255, 255)))
      .jpeg({ quality: 60 })
      .toBuffer();
    expect(Math.abs((await badIn(await sharp(white).png().toBuffer())) - WITH_BORDER)).toBeLessThan(8);
  });

  it('that is cut off or no PNG has no palette', () => {
    const whole = indexPng(SIDE, object(1));
    expect(maskFileOf(whole).palette?.[1]).toEqual([128, 0, 0]);
    for (const end of [0, 5, 20, 33, 40, 60]) expect(maskFileOf(whole.subarray(0, end)).depth).toBe(8);
    expect(maskFileOf(Buffer.from('BM and so on, which is no PNG at all, but long enough'))).toEqual({ palette: null, depth: 8 });
  });
});
