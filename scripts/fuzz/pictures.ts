/** Pictures whose bytes have changed, through the way from a camera's bytes to a slot of the pool. */
import sharp from 'sharp';
import { BYTES_PER_PIXEL } from '../../agent/contracts/index.ts';
import { LinesideError } from '../../agent/errors.ts';
import { createFramePool } from '../../agent/runtime/frames.ts';
import { type DecodeOptions, type Decoder, openDecoder } from '../../agent/sources/cameras/decode.ts';
import { systemClock } from '../../agent/time.ts';
import { codeOf, type Door } from './door.ts';
import { below, mutated, oddNumber, pick, type Random } from './mutate.ts';

const WIDTH = 40;
const HEIGHT = 24;
/** Room for what the seeds need a thousand times over, and not for sizes that a changed header invents. */
const BUDGET = 4e6;

type Wish = Pick<DecodeOptions, 'format' | 'exact'>;

export const pictures: Door = {
  name: 'pictures',
  summary:
    'A JPEG, PNG, BMP or TIFF as a camera or a folder gives it, decoded in the process where it is harmless and in a child where not.',
  inputs: { full: 10_000, quick: 40 },
  meets: [/^taken$/, /^CAMERA_BAD_IMAGE$/],
  async open() {
    const seeds = await goodPictures();
    const wishes: readonly [Wish, Wish] = [
      { format: 'auto', exact: false },
      { format: 'mono8', exact: true },
    ];
    const open = (wish: Wish) => openDecoder('fuzz', { ...wish, types: ['jpeg', 'png', 'bmp', 'tiff'], clock: systemClock });
    const decoders = new Map<Wish, Decoder>();
    // The children too, so that what is timed is the input.
    for (const wish of wishes) decoders.set(wish, await open(wish));
    for (const decoder of decoders.values()) for (const seed of seeds) await decode(decoder, seed);
    return {
      async try(random) {
        const bytes = changed(random, pick(random, seeds));
        const wish = pick(random, wishes);
        try {
          return await decode(decoders.get(wish) ?? (await open(wish)), bytes);
        } catch (thrown) {
          if (!(thrown instanceof LinesideError) || !isBarred(thrown)) throw thrown;
          // After one that brought the child down nothing is decoded for a while: every input gets its turn.
          await decoders.get(wish)?.close();
          decoders.set(wish, await open(wish));
          return await decode(decoders.get(wish) ?? (await open(wish)), bytes);
        }
      },
      close: async () => {
        for (const decoder of decoders.values()) await decoder.close();
      },
    };
  },
};

const isBarred = ({ details }: LinesideError): boolean => String(details['why']).startsWith('the one before was the same');

/** Whatever comes out fits its slot, and no slot is lost. */
async function decode(decoder: Decoder, bytes: Buffer): Promise<string> {
  const pool = createFramePool({ budget: BUDGET });
  const answer = await decoder.decode(bytes, pool).then((image) => {
    if (!image) return 'dropped';
    const { width, height, format, pixels } = image;
    pool.give(pixels);
    if (pixels.byteLength !== width * height * BYTES_PER_PIXEL[format]) throw new RangeError(`${width}x${height} in ${pixels.byteLength}`);
    return 'taken';
  }, asFault);
  if (pool.stats.inUse !== 0) throw new RangeError('a slot is lost');
  if (typeof answer !== 'string') throw answer;
  return answer;
}

const asFault = (thrown: unknown): LinesideError => {
  codeOf(thrown);
  return thrown as LinesideError;
};

/** Mostly bytes anywhere; now and then a field of the head holds a number that people forget. */
function changed(random: Random, good: Buffer): Buffer {
  if (random() < 0.7) return mutated(random, good);
  const bytes = Buffer.from(good);
  const at = below(random, Math.min(bytes.byteLength - 4, 256));
  const value = Math.abs(oddNumber(random)) % 2 ** 32 || 0;
  if (random() < 0.5) bytes.writeUInt16BE(Math.floor(value) % 2 ** 16, at);
  else bytes.writeUInt32LE(Math.floor(value), at);
  return bytes;
}

async function goodPictures(): Promise<[Buffer, ...Buffer[]]> {
  const noise = { type: 'gaussian', mean: 128, sigma: 60 } as const;
  const image = () => sharp({ create: { width: WIDTH, height: HEIGHT, channels: 3, background: '#808080', noise } });
  const others = await Promise.all([
    image().jpeg({ progressive: true }).toBuffer(),
    image().toColourspace('b-w').jpeg().toBuffer(),
    image().withMetadata({ orientation: 6 }).jpeg().toBuffer(),
    image().toColourspace('cmyk').jpeg().toBuffer(),
    image().png().toBuffer(),
    image().png({ palette: true, progressive: true }).toBuffer(),
    image().toColourspace('grey16').png().toBuffer(),
    image().tiff({ compression: 'lzw' }).toBuffer(),
    image().tiff({ compression: 'jpeg', tile: true, tileWidth: 16, tileHeight: 16 }).toBuffer(),
  ]);
  return [await image().jpeg().toBuffer(), ...others, bitmap(8), bitmap(24), bitmap(32)];
}

function bitmap(bits: 8 | 24 | 32): Buffer {
  const palette = bits === 8 ? Buffer.from(Array.from({ length: 256 }, (_, i) => [i, i, i, 0]).flat()) : Buffer.alloc(0);
  const head = Buffer.alloc(54);
  head.write('BM', 'latin1');
  head.writeUInt32LE(54 + palette.byteLength, 10);
  head.writeUInt32LE(40, 14);
  head.writeInt32LE(WIDTH, 18);
  head.writeInt32LE(HEIGHT, 22);
  head.writeUInt16LE(1, 26);
  head.writeUInt16LE(bits, 28);
  return Buffer.concat([head, palette, Buffer.alloc((WIDTH * HEIGHT * bits) / 8, 0x5a)]);
}
