/**
 * Windows bitmaps, which libvips does not read and old vision systems love: uncompressed, 8 bit grey, 24 and 32 bit. Only the header
 * is looked at here; rows are cut and turned by libvips, off the main thread.
 */
import type { Sharp } from 'sharp';

export const isBmp = (bytes: Uint8Array): boolean => bytes[0] === 0x42 && bytes[1] === 0x4d;

export interface Bitmap {
  readonly width: number;
  readonly height: number;
  /** 1 grey, 3 colour. */
  readonly channels: 1 | 3;
  /** Raw pixels, rows from the top, without padding, RGB. */
  pixels(sharp: (input: Uint8Array, options: { raw: { width: number; height: number; channels: 1 | 3 | 4 } }) => Sharp): Promise<Buffer>;
}

/** undefined when it is a kind of bitmap that is not read here. */
export function openBmp(bytes: Uint8Array): Bitmap | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.byteLength < 54) return undefined;
  const [offset, info, width, tall, bits, compression] = [
    view.getUint32(10, true),
    view.getUint32(14, true),
    view.getInt32(18, true),
    view.getInt32(22, true),
    view.getUint16(28, true),
    view.getUint32(30, true),
  ];
  const height = Math.abs(tall);
  const depth = bits / 8;
  const stride = Math.ceil((width * depth) / 4) * 4;
  // BI_RGB (0), or BI_BITFIELDS (3) with the usual masks at 32 bit.
  const readable = (compression === 0 || (compression === 3 && bits === 32)) && (bits === 8 || bits === 24 || bits === 32);
  if (!readable || width <= 0 || height === 0 || offset + stride * height > bytes.byteLength) return undefined;
  if (bits === 8 && !isGreyPalette(bytes.subarray(14 + info, offset))) return undefined;
  const rows = bytes.subarray(offset, offset + stride * height);
  const channels = bits === 8 ? 1 : 3;
  return {
    width,
    height,
    channels,
    pixels: async (sharp) => {
      const cut = sharp(rows, { raw: { width: stride, height, channels: 1 } }).extract({ left: 0, top: 0, width: width * depth, height });
      const upright = await (tall > 0 ? cut.flip() : cut).toColourspace('b-w').raw().toBuffer();
      if (bits === 8) return upright;
      const bgr = sharp(upright, { raw: { width, height, channels: bits === 24 ? 3 : 4 } });
      return (bits === 32 ? bgr.removeAlpha() : bgr).recomb(SWAP_RED_AND_BLUE).raw().toBuffer();
    },
  };
}

const SWAP_RED_AND_BLUE: [[number, number, number], [number, number, number], [number, number, number]] = [
  [0, 0, 1],
  [0, 1, 0],
  [1, 0, 0],
];

/** Entries of four bytes, blue, green, red, 0: grey when entry i is i. */
function isGreyPalette(palette: Uint8Array): boolean {
  return palette.every((value, at) => at % 4 === 3 || value === Math.floor(at / 4));
}
