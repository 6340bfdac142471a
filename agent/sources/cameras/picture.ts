/** A picture through libvips: in the agent's process only what is proved harmless, everything else in the child (decoding.ts). */
import type { Sharp } from 'sharp';
import type { PixelFormat } from '../../contracts/index.ts';
import { LinesideError } from '../../errors.ts';
import { openBmp } from './bmp.ts';
import { isJpeg, jpegHeader, type Orientation, withoutMetadata } from './jpeg.ts';
import { isSideways, upright } from './orientation.ts';

/** auto: grey stays mono8, 16-bit grey mono16, all else rgb8. */
export type WantedFormat = 'auto' | 'mono8' | 'rgb8';

export interface Decoded {
  readonly width: number;
  readonly height: number;
  readonly format: PixelFormat;
  readonly pixels: Uint8Array<SharedArrayBuffer>;
}

export interface OpenedPicture {
  /** As it is looked at, turned by EXIF. */
  readonly width: number;
  readonly height: number;
  readonly format: PixelFormat;
  /** Rows without padding. */
  read(): Promise<Buffer>;
}

/** Reads the header. Rejects with CAMERA_BAD_IMAGE or libvips' own error. */
export function openPicture(camera: string, bytes: Uint8Array, want: WantedFormat): Promise<OpenedPicture> {
  return bytes[0] === 0x42 && bytes[1] === 0x4d ? bitmap(camera, bytes, want) : anything(bytes, want);
}

async function bitmap(camera: string, bytes: Uint8Array, want: WantedFormat): Promise<OpenedPicture> {
  const { default: sharp } = await import('sharp');
  const bmp = openBmp(bytes);
  if (!bmp) {
    throw new LinesideError('CAMERA_BAD_IMAGE', { camera, why: 'a bitmap that is neither 8 bit grey nor 24 or 32 bit colour, or torn' });
  }
  const { width, height, channels } = bmp;
  const isGrey = channels === 1;
  const format: PixelFormat = want === 'auto' ? (isGrey ? 'mono8' : 'rgb8') : want;
  return { width, height, format, read: async () => inFormat(sharp(await bmp.pixels(sharp), { raw: bmp }), format, isGrey) };
}

async function anything(bytes: Uint8Array, want: WantedFormat): Promise<OpenedPicture> {
  const { default: sharp } = await import('sharp');
  const header = isJpeg(bytes) ? jpegHeader(bytes) : undefined;
  // How many pixels are too many is the pool's to say, before read().
  const image = sharp(header ? withoutMetadata(bytes) : bytes, { failOn: 'error', ignoreIcc: true, limitInputPixels: false });
  const { width, height, channels, depth, orientation } = await image.metadata();
  const isGrey = channels <= 2;
  const grey: PixelFormat = depth === 'ushort' ? 'mono16' : 'mono8';
  const format: PixelFormat = want === 'auto' ? (isGrey ? grey : 'rgb8') : want;
  const turn = header?.orientation ?? ((orientation ?? 1) as Orientation);
  const read = async () => upright(sharp, await inFormat(image, format, isGrey), { width, height, format }, turn);
  return { ...(isSideways(turn) ? { width: height, height: width } : { width, height }), format, read };
}

async function inFormat(image: Sharp, format: PixelFormat, isGrey: boolean): Promise<Buffer> {
  if (format === 'mono8' && !isGrey) return luma(image);
  const space = { mono8: 'b-w', mono16: 'grey16', rgb8: 'srgb' } as const;
  return image
    .removeAlpha()
    .toColourspace(space[format])
    .raw({ depth: format === 'mono16' ? 'ushort' : 'uchar' })
    .toBuffer();
}

/**
 * Grey as JPEG, video, OpenCV and Pillow mean it, ITU-R BT.601; libvips' own grey is by linear light, up to 66 of 255 darker. libvips cuts
 * fractions off: half a step comes in through the fourth channel, which is 255 everywhere.
 */
const BT601: [number, number, number, number] = [0.299, 0.587, 0.114, 0.5 / 255];

async function luma(image: Sharp): Promise<Buffer> {
  const { default: sharp } = await import('sharp');
  const { data, info } = await image
    .removeAlpha()
    .toColourspace('srgb')
    .ensureAlpha()
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  return sharp(data, { raw: { width: info.width, height: info.height, channels: 4 } })
    .recomb([BT601, BT601, BT601, BT601])
    .extractChannel(0)
    .toColourspace('b-w')
    .raw()
    .toBuffer();
}
