/** Pictures made to take for ever, all memory, or to be read another way than they are looked at. */
import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createFramePool } from '#agent/runtime/frames.js';
import { type DecodeOptions, openDecoder } from '#agent/sources/cameras/decode.js';
import { isHarmless, jpegHeader } from '#agent/sources/cameras/jpeg.js';
import { systemClock } from '#agent/time.js';
import { childrenOf } from '#scripts/support/processes.js';
import { heldAs, picture, scanBomb } from '../simulators/pictures.ts';

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});
async function open(options: Partial<DecodeOptions> = {}) {
  const decoder = await openDecoder('top', {
    format: 'auto',
    types: ['jpeg', 'png', 'bmp', 'tiff'],
    clock: systemClock,
    patience: 20_000,
    ...options,
  });
  ends.push(() => decoder.close());
  return decoder;
}
const SVG = Buffer.from(
  '<svg xmlns="http://www.w3.org/2000/svg" width="9999" height="9999"><filter id="f"><feTurbulence numOctaves="999"/></filter><rect filter="url(#f)" width="9999" height="9999"/></svg>',
);

describe('a picture that nobody can vouch for', () => {
  it('is ended when it takes too long, in the child; threads, files and other pictures go on', async () => {
    const bomb = await scanBomb();
    const pool = createFramePool({ budget: 64e6 });
    const decoder = await open({ patience: 1500 });
    const bombs = Array.from({ length: 6 }, () => decoder.decode(bomb, pool).catch((thrown: unknown) => thrown));
    const other = await open();
    const good = await picture({ width: 640, height: 480, noise: true });
    // libuv has four threads: with six bombs on them none of this would come back.
    await readFile(import.meta.filename);
    for (let i = 0; i < 5; i++) {
      const image = await other.decode(good, pool);
      if (image) pool.give(image.pixels);
      expect(image).toMatchObject({ width: 640, height: 480 });
    }
    const [first, second] = await Promise.all(bombs);
    expect(first).toMatchObject({ code: 'CAMERA_BAD_IMAGE', message: expect.stringMatching(/took longer than 1500 ms/) });
    // No core burns for the ones behind it.
    expect(second).toMatchObject({ code: 'CAMERA_BAD_IMAGE', message: expect.stringMatching(/the one before was the same/) });
    expect(pool.stats.inUse).toBe(0);
  });

  it('does not keep anybody waiting who closes the decoder', async () => {
    const pool = createFramePool({ budget: 64e6 });
    const decoder = await open({ patience: 60_000 });
    const before = childrenOf();
    const bomb = decoder.decode(await scanBomb(), pool).catch((thrown: unknown) => thrown);
    await vi.waitFor(() => expect(childrenOf().length).toBeGreaterThan(before.length), 10_000);
    await decoder.close();
    expect(await bomb).toMatchObject({ code: 'CAMERA_BAD_IMAGE' });
    expect(childrenOf()).toEqual(before);
    expect(pool.stats.inUse).toBe(0);
  });

  it('is decoded by the child when it is whole, and the child goes on after one that is not', async () => {
    const pool = createFramePool({ budget: 64e6 });
    const decoder = await open();
    const bomb = await scanBomb({ width: 32, height: 16, scans: 70 });
    const torn = (await sharp(bomb).png().toBuffer()).subarray(0, -30);
    for (let i = 0; i < 3; i++) {
      const image = await decoder.decode(bomb, pool);
      expect(image).toMatchObject({ width: 32, height: 16, format: 'rgb8' });
      expect(image?.pixels.every((value) => Math.abs(value - 128) < 4)).toBe(true);
      if (image) pool.give(image.pixels);
      await expect(decoder.decode(torn, pool)).rejects.toMatchObject({ code: 'CAMERA_BAD_IMAGE' });
    }
    expect(pool.stats.inUse).toBe(0);
  });

  it('that finds no room is not decoded at all, however small its file is', async () => {
    const white = sharp({ create: { width: 12_000, height: 12_000, channels: 3, background: '#ffffff' } });
    const [png, pool] = [await white.png().toBuffer(), createFramePool({ budget: 64e6 })];
    expect(png.byteLength).toBeLessThan(2e6);
    expect(await (await open({ patience: 2000 })).decode(png, pool)).toBeUndefined();
  });

  it.each([
    ['an SVG', SVG, /SVG/],
    ['a web page', Buffer.from('\n<!DOCTYPE html><p>no</p>'), /a web page/],
    ['nothing', Buffer.alloc(0), /empty/],
    ['a GIF', Buffer.from('GIF89a..'), /GIF/],
    ['a TIFF, where cameras send JPEG and PNG', Buffer.from('II*\0........'), /it is TIFF, and only JPEG, PNG is taken/],
  ])('is refused for what it is: %s', async (_, bytes, why) => {
    const decoder = await open({ types: ['jpeg', 'png'] });
    const fault = decoder.decode(bytes, createFramePool({ budget: 1e6 }));
    await expect(fault).rejects.toMatchObject({ code: 'CAMERA_BAD_IMAGE', message: expect.stringMatching(why) });
  });
});

describe('what a JPEG says before its pixels', () => {
  const progressive = (width: number, height: number) =>
    sharp({ create: { width, height, channels: 3, background: '#404040' } })
      .jpeg({ progressive: true })
      .toBuffer();

  it('proves that cameras’ pictures are bounded work, and bombs are not', async () => {
    const header = (bytes: Buffer) => jpegHeader(bytes) ?? expect.unreachable('no header');
    expect(header(await picture({ width: 640, height: 480 }))).toMatchObject({ passes: 1, orientation: 1 });
    expect(isHarmless(header(await picture({ width: 4000, height: 3000 })))).toBe(true);
    const usual = header(await progressive(1280, 960));
    expect(usual.passes).toBeGreaterThan(1);
    expect(isHarmless(usual)).toBe(true);
    expect(isHarmless(header(await progressive(6000, 4000)))).toBe(false);
    expect(isHarmless(header(await scanBomb({ width: 16, height: 16, scans: 65 })))).toBe(false);
  });

  it('is nothing where a decoder would see something else', async () => {
    const jpeg = await picture({ width: 16, height: 16 });
    const behind = (...bytes: number[]) => Buffer.concat([jpeg.subarray(0, 2), Buffer.from(bytes), jpeg.subarray(2)]);
    // A stuffed zero, a byte between two segments, a length that leads back.
    for (const bytes of [behind(0xff, 0x00, 0, 9), behind(0x00), behind(0xff, 0xe0, 0, 1)]) expect(jpegHeader(bytes)).toBeUndefined();
  });

  it('holds which way the camera was held, however EXIF writes it', async () => {
    const jpeg = await picture({ width: 16, height: 8 });
    expect(jpegHeader(heldAs(jpeg, 6))).toMatchObject({ width: 16, height: 8, orientation: 6 });
    for (const nonsense of [0, 9, 65_535]) expect(jpegHeader(heldAs(jpeg, nonsense))).toMatchObject({ orientation: 1 });
    expect(
      jpegHeader(
        await sharp(jpeg)
          .withExif({ IFD0: { Make: 'x' } })
          .withMetadata({ orientation: 8 })
          .jpeg()
          .toBuffer(),
      ),
    ).toMatchObject({
      orientation: 8,
    });
  });
});

describe('a picture held another way', () => {
  // Four corners that differ, so that every turn and mirror shows. Large enough for JPEG not to mix them.
  const corners = () =>
    sharp({ create: { width: 64, height: 32, channels: 3, background: '#000000' } }).composite(
      [
        ['#ff0000', 0, 0],
        ['#00ff00', 32, 0],
        ['#0000ff', 0, 16],
        ['#ffffff', 32, 16],
      ].map(([background, left, top]) => ({
        input: { create: { width: 32, height: 16, channels: 3 as const, background: String(background) } },
        left: Number(left),
        top: Number(top),
      })),
    );

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('is turned upright by every way in, as viewers do: orientation %i', async (orientation) => {
    const jpeg = heldAs(await corners().jpeg({ quality: 95, chromaSubsampling: '4:4:4' }).toBuffer(), orientation);
    const png = await corners().withMetadata({ orientation }).png().toBuffer();
    const tiff = await corners().withMetadata({ orientation }).tiff({ compression: 'none' }).toBuffer();
    const { data, info } = await sharp(jpeg).autoOrient().raw().toBuffer({ resolveWithObject: true });
    const pool = createFramePool({ budget: 1e6 });
    for (const [bytes, exact] of [
      [jpeg, false],
      [jpeg, true],
      [png, false],
      [tiff, false],
    ] as const) {
      const image = await (await open({ exact })).decode(bytes, pool);
      expect(image).toMatchObject({ width: info.width, height: info.height });
      const worst = Math.max(...(image?.pixels ?? []).map((value, i) => Math.abs(value - (data[i] ?? 0))));
      expect(worst, `exact: ${exact}, ${bytes.byteLength} bytes`).toBeLessThan(40);
      if (image) pool.give(image.pixels);
    }
  });
});

describe('grey', () => {
  it('is one luma, BT.601, whatever the picture came as', async () => {
    const [width, height] = [64, 48];
    const pixels = Buffer.from(Array.from({ length: width * height * 3 }, (_, i) => (i * 73 + (i >> 5) * 19) % 256));
    const write = () => sharp(pixels, { raw: { width, height, channels: 3 } });
    const smooth = await sharp(pixels, { raw: { width, height, channels: 3 } })
      .blur(3)
      .jpeg({ quality: 100, chromaSubsampling: '4:4:4' })
      .toBuffer();
    const pool = createFramePool({ budget: 1e6 });
    const cases = [
      [await write().png().toBuffer(), false],
      [await write().tiff({ compression: 'none' }).toBuffer(), false],
      [await write().ensureAlpha(0.3).png().toBuffer(), false],
      [smooth, true],
      [smooth, false],
    ] as const;
    for (const [bytes, exact] of cases) {
      const colour = await (await open({ format: 'rgb8', exact })).decode(bytes, pool);
      const grey = await (await open({ format: 'mono8', exact })).decode(bytes, pool);
      const luma = (i: number) =>
        0.299 * (colour?.pixels[3 * i] ?? 0) + 0.587 * (colour?.pixels[3 * i + 1] ?? 0) + 0.114 * (colour?.pixels[3 * i + 2] ?? 0);
      const worst = Math.max(...(grey?.pixels ?? []).map((value, i) => Math.abs(value - luma(i))));
      // The fast inverse transform of colour and of grey alone differ by themselves.
      expect(worst, `exact: ${exact}, ${bytes.byteLength} bytes`).toBeLessThanOrEqual(bytes === smooth && !exact ? 6 : 1);
      for (const image of [colour, grey]) if (image) pool.give(image.pixels);
    }
  });
});
