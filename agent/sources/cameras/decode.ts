/**
 * From a compressed picture to pixels in a slot of the pool. The work happens on libuv's threads; JPEG goes straight into the slot,
 * since it is what cameras send thirty times a second, everything else through libvips and one copy.
 */
import type { Sharp } from 'sharp';
import type { FramePool, PixelFormat } from '../../contracts.ts';
import { BYTES_PER_PIXEL } from '../../contracts.ts';
import { asLinesideError, LinesideError } from '../../errors.ts';
import { isBmp, openBmp } from './bmp.ts';
import { isJpeg, jpegHeader } from './jpeg.ts';

/** auto: grey stays mono8, 16-bit grey mono16, all else rgb8. */
export type WantedFormat = 'auto' | 'mono8' | 'rgb8';

export interface Decoded {
  readonly width: number;
  readonly height: number;
  readonly format: PixelFormat;
  readonly pixels: Uint8Array<SharedArrayBuffer>;
}

/** Settles when nothing writes to the slot any more. undefined: the pool has no slot. Rejects with CAMERA_BAD_IMAGE. */
export type Decode = (bytes: Uint8Array, pool: FramePool) => Promise<Decoded | undefined>;

export interface DecodeOptions {
  readonly format: WantedFormat;
  /** Without the fast inverse transform, which is all that the fast library offers. */
  readonly exact?: boolean;
}

/** Libraries load when a camera starts, not when its kind is looked up; libvips only when something comes that is no plain JPEG. */
export async function openDecoder(camera: string, { format: want, exact = false }: DecodeOptions): Promise<Decode> {
  const { default: jpeg } = await import('@julusian/jpeg-turbo');

  const turbo: Decode = async (bytes, pool) => {
    const header = jpegHeader(bytes);
    if (!header || header.components > 3) return general(bytes, pool);
    const { width, height } = header;
    const format = want === 'auto' ? (header.components === 1 ? 'mono8' : 'rgb8') : want;
    const pixels = pool.take(width * height * BYTES_PER_PIXEL[format]);
    if (!pixels) return undefined;
    try {
      await jpeg.decompress(bufferOver(bytes), bufferOver(pixels), { format: format === 'mono8' ? jpeg.FORMAT_GRAY : jpeg.FORMAT_RGB });
      return { width, height, format, pixels };
    } catch {
      // turbo also refuses what is merely untidy (bytes before the end marker, as many USB cameras send); libvips can tell.
      pool.give(pixels);
      return general(bytes, pool);
    }
  };

  const general: Decode = async (bytes, pool) => {
    let slot: Uint8Array<SharedArrayBuffer> | undefined;
    try {
      const { width, height, format, read } = await (isBmp(bytes) ? bitmap(bytes) : anything(bytes));
      slot = pool.take(width * height * BYTES_PER_PIXEL[format]);
      if (!slot) return undefined;
      slot.set(await read());
      return { width, height, format, pixels: slot };
    } catch (thrown) {
      if (slot) pool.give(slot);
      throw asLinesideError(thrown, 'CAMERA_BAD_IMAGE', { camera });
    }
  };

  const bitmap = async (bytes: Uint8Array) => {
    const { default: sharp } = await import('sharp');
    const bmp = openBmp(bytes);
    if (!bmp)
      throw new LinesideError('CAMERA_BAD_IMAGE', { camera, why: 'a bitmap that is neither 8 bit grey nor 24 or 32 bit colour, or torn' });
    const { width, height } = bmp;
    const format: PixelFormat = want === 'auto' ? (bmp.channels === 1 ? 'mono8' : 'rgb8') : want;
    const read = async () => inFormat(sharp(await bmp.pixels(sharp), { raw: bmp }), format);
    return { width, height, format, read };
  };

  const anything = async (bytes: Uint8Array) => {
    const { default: sharp } = await import('sharp');
    const image = sharp(bytes, { failOn: 'error' });
    const { width, height, channels, depth } = await image.metadata();
    const grey: PixelFormat = depth === 'ushort' ? 'mono16' : 'mono8';
    const format: PixelFormat = want === 'auto' ? (channels <= 2 ? grey : 'rgb8') : want;
    return { width, height, format, read: () => inFormat(image, format) };
  };

  const inFormat = async (image: Sharp, format: PixelFormat): Promise<Uint8Array> => {
    const space = { mono8: 'b-w', mono16: 'grey16', rgb8: 'srgb' } as const;
    return image
      .removeAlpha()
      .toColourspace(space[format])
      .raw({ depth: format === 'mono16' ? 'ushort' : 'uchar' })
      .toBuffer();
  };

  return (bytes, pool) => (isJpeg(bytes) && !exact ? turbo(bytes, pool) : general(bytes, pool));
}

const bufferOver = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
