import jpegTurbo from '@julusian/jpeg-turbo';
import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { createFramePool } from '#agent/runtime/frames.js';
import { type DecodeOptions, type Decoder, openDecoder } from '#agent/sources/cameras/decode.js';
import { jpegHeader } from '#agent/sources/cameras/jpeg.js';
import { systemClock } from '#agent/time.js';
import { picture } from '../simulators/pictures.ts';

const ALL = { clock: systemClock, types: ['jpeg', 'png', 'bmp', 'tiff'], patience: 20_000 } as const;
type Wish = Partial<Omit<DecodeOptions, 'format'>> & Pick<DecodeOptions, 'format'>;

/** One for each wish: those that need a child have one for the whole file. */
const decoders = new Map<string, Promise<Decoder>>();
const decoderFor = (wish: Wish): Promise<Decoder> => {
  const key = JSON.stringify(wish);
  const decoder = decoders.get(key) ?? openDecoder('top', { ...ALL, ...wish });
  decoders.set(key, decoder);
  return decoder;
};
afterAll(async () => {
  for (const decoder of decoders.values()) await (await decoder).close();
});

async function decode(bytes: Buffer, wish: Wish = { format: 'auto' }, budget = 1e6) {
  const pool = createFramePool({ budget });
  const decoder = await decoderFor(wish);
  try {
    const image = await decoder.decode(bytes, pool);
    if (!image) return undefined;
    pool.give(image.pixels);
    return image;
  } finally {
    expect(pool.stats.inUse).toBe(0);
  }
}

/** [0, 10, 20 ...], wide enough that no picture looks like another turned round. */
const ramp = (count: number) => Array.from({ length: count }, (_, i) => (i * 10) % 256);
/** Three by two, so that rows need padding in a bitmap; red, green and blue differ. */
const RGB = Buffer.from(ramp(18));
const GREY = Buffer.from(ramp(6));
const rgb = () => sharp(RGB, { raw: { width: 3, height: 2, channels: 3 } });
const grey = () => sharp(GREY, { raw: { width: 3, height: 2, channels: 1 } }).toColourspace('b-w');
const deep = () =>
  sharp(new Uint16Array([0, 1, 256, 4095, 40000, 65535]), { raw: { width: 3, height: 2, channels: 1 } }).toColourspace('grey16');

/** A Windows bitmap of these pixels, written by hand as old vision systems do. */
function bmp({ bits, pixels, topDown = false }: { bits: 8 | 24 | 32; pixels: Buffer; topDown?: boolean }): Buffer {
  const [width, height, depth] = [3, 2, bits / 8];
  const stride = Math.ceil((width * depth) / 4) * 4;
  const offset = 54 + (bits === 8 ? 1024 : 0);
  const file = Buffer.alloc(offset + stride * height);
  file.write('BM');
  file.writeUInt32LE(offset, 10);
  file.writeUInt32LE(40, 14);
  file.writeInt32LE(width, 18);
  file.writeInt32LE(topDown ? -height : height, 22);
  file.writeUInt16LE(1, 26);
  file.writeUInt16LE(bits, 28);
  if (bits === 8) for (let i = 0; i < 256; i++) file.fill(i, 54 + i * 4, 54 + i * 4 + 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = offset + (topDown ? y : height - 1 - y) * stride + x * depth;
      if (bits === 8) file[at] = pixels[y * width + x] ?? 0;
      else for (let c = 0; c < 3; c++) file[at + c] = pixels[(y * width + x) * 3 + 2 - c] ?? 0;
    }
  }
  return file;
}

describe('decoding', () => {
  it('gives colour JPEGs as rgb8, grey ones as mono8', async () => {
    expect(await decode(await picture({ width: 33, height: 17 }))).toMatchObject({ width: 33, height: 17, format: 'rgb8' });
    expect(await decode(await picture({ width: 33, height: 17, grey: true }))).toMatchObject({ width: 33, height: 17, format: 'mono8' });
  });

  it('gives the format that is asked for, whatever comes', async () => {
    const [color, plain] = [await picture({ width: 16, height: 8 }), await picture({ width: 16, height: 8, grey: true })];
    expect((await decode(color, { format: 'mono8' }))?.pixels.byteLength).toBe(16 * 8);
    expect((await decode(plain, { format: 'rgb8' }))?.pixels.byteLength).toBe(16 * 8 * 3);
    expect((await decode(await deep().png().toBuffer(), { format: 'mono8' }))?.format).toBe('mono8');
    expect([...((await decode(await grey().png().toBuffer(), { format: 'rgb8' }))?.pixels ?? [])]).toEqual(
      [...GREY].flatMap((v) => [v, v, v]),
    );
  });

  it('is close to libjpeg by itself, and equal to it where that is asked for', async () => {
    const jpeg = await picture({ width: 64, height: 64, noise: true });
    const reference = await sharp(jpeg).raw().toBuffer();
    const fast = (await decode(jpeg))?.pixels ?? new Uint8Array();
    expect(Math.max(...fast.map((value, i) => Math.abs(value - (reference[i] ?? 0))))).toBeLessThan(16);
    expect(Buffer.compare((await decode(jpeg, { format: 'auto', exact: true }))?.pixels ?? new Uint8Array(), reference)).toBe(0);
  });

  it.each([
    ['PNG', () => rgb().png()],
    ['TIFF', () => rgb().tiff({ compression: 'none' })],
    ['PNG with transparency', () => rgb().ensureAlpha(0.5).png()],
  ])('reads %s to the bit', async (_, write) => {
    const image = await decode(await write().toBuffer());
    expect(image).toMatchObject({ width: 3, height: 2, format: 'rgb8' });
    expect([...(image?.pixels ?? [])]).toEqual([...RGB]);
  });

  it.each([
    ['PNG', () => deep().png()],
    ['TIFF', () => deep().tiff({ compression: 'none' })],
  ])('keeps all sixteen bits of a grey %s', async (_, write) => {
    const image = await decode(await write().toBuffer());
    expect(image).toMatchObject({ width: 3, height: 2, format: 'mono16' });
    expect([...new Uint16Array(image?.pixels.buffer ?? new ArrayBuffer(0))]).toEqual([0, 1, 256, 4095, 40000, 65535]);
  });

  it.each([24, 32] as const)('reads a bitmap of %i bits, upside down or not', async (bits) => {
    for (const topDown of [false, true]) {
      const image = await decode(bmp({ bits, pixels: RGB, topDown }));
      expect(image).toMatchObject({ width: 3, height: 2, format: 'rgb8' });
      expect([...(image?.pixels ?? [])]).toEqual([...RGB]);
    }
  });

  it('reads a grey bitmap as mono8, and refuses one with coloured palette', async () => {
    const file = bmp({ bits: 8, pixels: GREY });
    expect([...((await decode(file))?.pixels ?? [])]).toEqual([...GREY]);
    file[54 + 40] = 99;
    await expect(decode(file)).rejects.toMatchObject({ code: 'CAMERA_BAD_IMAGE' });
  });

  it('takes untidy JPEGs that are whole: bytes before the end marker, fill bytes, a JFIF comment', async () => {
    const jpeg = await picture({ width: 32, height: 32, noise: true });
    const untidy = Buffer.concat([jpeg.subarray(0, -2), Buffer.from([0, 1, 2]), jpeg.subarray(-2)]);
    expect(await decode(untidy)).toMatchObject({ width: 32, height: 32 });
    const filled = Buffer.concat([jpeg.subarray(0, 2), Buffer.from([0xff, 0xff, 0xff, 0xfe, 0, 4, 65, 66]), jpeg.subarray(2)]);
    expect(jpegHeader(filled)).toEqual({ width: 32, height: 32, components: 3, orientation: 1, passes: 1 });
  });

  it('refuses what is torn, empty, foreign or cut anywhere, and gives the slot back', async () => {
    const jpeg = await picture({ width: 64, height: 64, noise: true });
    const torn = [0, 1, 2, 10, 100, 300, jpeg.byteLength >> 1, jpeg.byteLength - 20].map((length) => jpeg.subarray(0, length));
    const bitmap = bmp({ bits: 24, pixels: RGB });
    const png = await rgb().png().toBuffer();
    for (const bytes of [...torn, Buffer.from('<html>no</html>'), bitmap.subarray(0, 30), bitmap.subarray(0, -1), png.subarray(0, 50)]) {
      await expect(decode(bytes), `${bytes.byteLength} bytes`).rejects.toMatchObject({ code: 'CAMERA_BAD_IMAGE' });
    }
  });

  it('survives a hundred pictures with one random byte changed', async () => {
    const jpeg = await picture({ width: 32, height: 32, noise: true });
    for (let i = 0; i < 100; i++) {
      const bytes = Buffer.from(jpeg);
      bytes[(i * 7919) % bytes.byteLength] = (i * 31) % 256;
      await decode(bytes, { format: 'auto' }, 20e6).catch((thrown) => expect(thrown).toMatchObject({ code: 'CAMERA_BAD_IMAGE' }));
    }
  });

  it('asks for no more than the pool has, however large the header says it is', async () => {
    const jpeg = await picture({ width: 64, height: 64 });
    expect(await decode(jpeg, { format: 'auto' }, 100)).toBeUndefined();
    const frame = jpeg.indexOf(Buffer.from([0xff, 0xc0]));
    jpeg.writeUInt16BE(65500, frame + 5);
    jpeg.writeUInt16BE(65500, frame + 7);
    expect(await decode(jpeg)).toBeUndefined();
  });

  it('decodes into shared memory in place, which the fast library is not documented to do', async () => {
    const target = Buffer.from(new SharedArrayBuffer(16 * 8 * 3));
    const { data } = await jpegTurbo.decompress(await picture({ width: 16, height: 8, color: '#ffffff' }), target, {
      format: jpegTurbo.FORMAT_RGB,
    });
    expect(data.buffer).toBe(target.buffer);
    expect(target.every((value) => value > 250)).toBe(true);
  });
});
