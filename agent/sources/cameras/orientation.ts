/** Turning pictures the way EXIF says they were held, as viewers and OpenCV do. */
import type { default as Library, Sharp } from 'sharp';
import type { PixelFormat } from '../../contracts/index.ts';
import type { Orientation } from './jpeg.ts';

/** Width and height change places. */
export const isSideways = (orientation: Orientation): boolean => orientation >= 5;

/** Clockwise, then mirrored left to right. */
const TURNS: Readonly<Record<Orientation, { readonly angle: number; readonly mirrored: boolean }>> = {
  1: { angle: 0, mirrored: false },
  2: { angle: 0, mirrored: true },
  3: { angle: 180, mirrored: false },
  4: { angle: 180, mirrored: true },
  5: { angle: 90, mirrored: true },
  6: { angle: 90, mirrored: false },
  7: { angle: 270, mirrored: true },
  8: { angle: 270, mirrored: false },
};

const LAYOUTS = {
  rgb8: { channels: 3, space: 'srgb', depth: 'uchar' },
  mono8: { channels: 1, space: 'b-w', depth: 'uchar' },
  mono16: { channels: 1, space: 'grey16', depth: 'ushort' },
} as const;

/** The pixels of a picture that lies as `shape` says, upright. The same buffer where there is nothing to turn. */
export async function upright(
  library: typeof Library,
  pixels: Buffer,
  shape: { readonly width: number; readonly height: number; readonly format: PixelFormat },
  orientation: Orientation,
): Promise<Buffer> {
  const { angle, mirrored } = TURNS[orientation];
  const { channels, space, depth } = LAYOUTS[shape.format];
  const raw = async (image: Sharp) => image.toColourspace(space).raw({ depth }).toBuffer();
  const open = (data: Buffer, width: number, height: number) => {
    const wide = depth === 'ushort' ? new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2) : data;
    return library(wide, { raw: { width, height, channels } });
  };
  const [width, height] = isSideways(orientation) ? [shape.height, shape.width] : [shape.width, shape.height];
  // One after the other: within one pipeline libvips' order is its own.
  const turned = angle === 0 ? pixels : await raw(open(pixels, shape.width, shape.height).rotate(angle));
  return mirrored ? raw(open(turned, width, height).flop()) : turned;
}
