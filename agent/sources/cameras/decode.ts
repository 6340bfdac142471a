/**
 * From a compressed picture to pixels in a slot of the pool. A JPEG whose markers prove that decoding it is bounded work is decoded on
 * libuv's threads, straight into the slot, since it is what cameras send thirty times a second. Everything else is decoded where it
 * can be ended (untrusted.ts): libuv has four threads, shared by every camera, file and name lookup of the process, and no decoder
 * that runs there can be stopped.
 */
import type { FramePool } from '../../contracts/index.ts';
import { BYTES_PER_PIXEL } from '../../contracts/index.ts';
import { asLinesideError, LinesideError } from '../../errors.ts';
import type { Clock, Milliseconds } from '../../time.ts';
import { type PictureType, typeOf, whyNotTaken } from './formats.ts';
import { isHarmless, type JpegHeader, jpegHeader } from './jpeg.ts';
import { upright } from './orientation.ts';
import { type Decoded, openPicture, type WantedFormat } from './picture.ts';
import { UntrustedPictures } from './untrusted.ts';

export interface Decoder {
  /** Settles when nothing writes to the slot any more. undefined: the pool has no slot. Rejects with CAMERA_BAD_IMAGE. */
  decode(bytes: Uint8Array, pool: FramePool): Promise<Decoded | undefined>;
  /** Ends what may never end by itself; what is being decoded there is rejected. Settles within a second. */
  close(): Promise<void>;
}

export interface DecodeOptions {
  readonly clock: Clock;
  readonly format: WantedFormat;
  /** What is taken, by its first bytes. */
  readonly types: readonly PictureType[];
  /** Without the fast inverse transform, which is all that the fast library offers. */
  readonly exact?: boolean;
  /** Longest that one picture may take. */
  readonly patience?: Milliseconds;
}

/** Libraries load when a camera starts, not when its kind is looked up; libvips only when something comes that is no plain JPEG. */
export async function openDecoder(camera: string, options: DecodeOptions): Promise<Decoder> {
  const { format: want, exact = false, types, clock, patience } = options;
  const { default: jpeg } = await import('@julusian/jpeg-turbo');
  const untrusted = new UntrustedPictures({ camera, clock, format: want, ...(patience === undefined ? {} : { patience }) });

  const turbo = async (bytes: Uint8Array, header: JpegHeader, pool: FramePool) => {
    const { width, height, components } = header;
    const format = want === 'auto' ? (components === 1 ? 'mono8' : 'rgb8') : want;
    const pixels = pool.take(width * height * BYTES_PER_PIXEL[format]);
    if (!pixels) return undefined;
    try {
      await jpeg.decompress(bufferOver(bytes), bufferOver(pixels), { format: format === 'mono8' ? jpeg.FORMAT_GRAY : jpeg.FORMAT_RGB });
    } catch {
      // turbo also refuses what is merely untidy (bytes before the end marker, as many USB cameras send); libvips can tell.
      pool.give(pixels);
      return general(bytes, pool);
    }
    return header.orientation === 1 ? { width, height, format, pixels } : turned({ width, height, format, pixels }, header, pool);
  };

  const turned = async (image: Decoded, { orientation }: JpegHeader, pool: FramePool) => {
    const { width, height, format, pixels } = image;
    try {
      const { default: sharp } = await import('sharp');
      pixels.set(await upright(sharp, bufferOver(pixels), image, orientation));
    } catch (thrown) {
      pool.give(pixels);
      throw asLinesideError(thrown, 'CAMERA_BAD_IMAGE', { camera });
    }
    return { ...(orientation >= 5 ? { width: height, height: width } : { width, height }), format, pixels };
  };

  const general = async (bytes: Uint8Array, pool: FramePool) => {
    let slot: Uint8Array<SharedArrayBuffer> | undefined;
    try {
      const { width, height, format, read } = await openPicture(camera, bytes, want);
      slot = pool.take(width * height * BYTES_PER_PIXEL[format]);
      if (!slot) return undefined;
      slot.set(await read());
      return { width, height, format, pixels: slot };
    } catch (thrown) {
      if (slot) pool.give(slot);
      throw asLinesideError(thrown, 'CAMERA_BAD_IMAGE', { camera });
    }
  };

  return {
    decode: async (bytes, pool) => {
      const type = typeOf(bytes);
      if (type === undefined || !types.includes(type)) {
        throw new LinesideError('CAMERA_BAD_IMAGE', { camera, why: whyNotTaken(bytes, types) });
      }
      const header = type === 'jpeg' ? jpegHeader(bytes) : undefined;
      if (!header || !isHarmless(header)) return untrusted.decode(bytes, pool);
      return exact || header.components > 3 ? general(bytes, pool) : turbo(bytes, header, pool);
    },
    close: () => untrusted.close(),
  };
}

const bufferOver = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
