/** dir:// - a recorded folder, played at a rate. Never loses a picture: one that takes longer than its turn delays the next. */
import { resolve } from 'node:path';
import { type StaticDecode, Type } from 'typebox';
import { type CameraContext, type CapturedImage, defineCamera } from '../../contracts/index.ts';
import { causeOf, LinesideError } from '../../errors.ts';
import { readRegular } from '../../platform/plain-file.ts';
import { type Decoder, openDecoder } from './decode.ts';
import { typeOf } from './formats.ts';
import { listRecording, pathOf, type Recorded } from './recording.ts';
import { Turn } from './turn.ts';

const Options = Type.Object({
  fps: Type.Number({ default: 10, exclusiveMinimum: 0, maximum: 1000, description: 'Pictures a second.' }),
  order: Type.Union([Type.Literal('name'), Type.Literal('csv')], {
    default: 'name',
    description: 'By file name (numbers in it count as numbers), or as the lines of `csv` stand.',
  }),
  csv: Type.Optional(Type.String({ description: 'CSV with a column `file` and, where known, `part` and `truth`.' })),
  loop: Type.Boolean({ default: true, description: 'Start again after the last picture; else the camera ends there.' }),
  format: Type.Union([Type.Literal('auto'), Type.Literal('rgb8'), Type.Literal('mono8')], {
    default: 'auto',
    description: 'Pixel format; auto keeps grey and 16-bit grey as they are.',
  }),
  exact: Type.Boolean({
    default: false,
    description: 'Decode JPEG bit for bit as OpenCV and Pillow do, in three times the time; else colours may differ by 4 of 255.',
  }),
});

export const folder = defineCamera({
  schemes: ['dir'],
  summary: 'A recorded folder of JPEG, PNG, TIFF or BMP files, for trying out, replaying and testing.',
  options: Options,
  create({ target }, options, { base }) {
    const path = resolve(base, target.slice('dir://'.length));
    return { run: (ctx, signal) => play({ path, base, options }, ctx, signal) };
  },
});

interface Playback {
  readonly path: string;
  readonly base: string;
  readonly options: StaticDecode<typeof Options>;
}

async function play({ path, base, options }: Playback, ctx: CameraContext, signal: AbortSignal): Promise<void> {
  const csv = options.csv === undefined ? undefined : resolve(base, options.csv);
  const unreachable = (why: string) => new LinesideError('CAMERA_UNREACHABLE', { camera: ctx.name, why });
  const list = await listRecording(path, csv, options.order).catch((thrown: unknown) => {
    throw unreachable(causeOf(thrown));
  });
  if (list.length === 0) throw unreachable(`no pictures in ${path}`);
  const decoder = await openDecoder(ctx.name, { ...options, clock: ctx.clock, types: ['jpeg', 'png', 'bmp', 'tiff'] });
  const close = () => void decoder.close();
  signal.addEventListener('abort', close, { once: true });
  const files = new FileCache();
  const turn = new Turn(ctx.clock, 1000 / options.fps);
  try {
    do {
      for (const recorded of list) await show(recorded, path, { ctx, decoder, files, wait: !options.loop, turn, signal });
    } while (options.loop);
    ctx.log.info({ camera: ctx.name, pictures: list.length }, 'the recording has been played to its end');
  } catch (thrown) {
    if (!signal.aborted) throw thrown;
  } finally {
    signal.removeEventListener('abort', close);
    await decoder.close();
  }
}

/** One picture, when its turn has come. */
async function show(recorded: Recorded, path: string, opening: Opening): Promise<void> {
  const { ctx, turn, signal } = opening;
  await turn.next(signal);
  const image = await open(recorded, pathOf(path, recorded), opening);
  // An abort during the decoding: the slot is ours to give back.
  if (image && signal.aborted) ctx.pool.give(image.pixels);
  else if (image) ctx.emit(image);
}

interface Opening {
  readonly ctx: CameraContext;
  readonly decoder: Decoder;
  readonly files: FileCache;
  /** Wait for a slot instead of dropping the picture. */
  readonly wait: boolean;
  readonly turn: Turn;
  readonly signal: AbortSignal;
}

/** The picture of one file; undefined when it was dropped, which has been counted then. */
async function open(recorded: Recorded, path: string, opening: Opening): Promise<CapturedImage | undefined> {
  const { ctx, decoder, files, wait, turn, signal } = opening;
  const captured = ctx.clock.now();
  try {
    const bytes = await files.read(path);
    let decoded = await decoder.decode(bytes, ctx.pool);
    while (!decoded && wait) {
      await turn.next(signal);
      decoded = await decoder.decode(bytes, ctx.pool);
    }
    if (decoded) return { captured, ...decoded, ...recorded, ...originalOf(bytes) };
    ctx.drop('pool', recorded.file);
  } catch (thrown) {
    if (signal.aborted) throw thrown;
    ctx.drop('decode', `${recorded.file}: ${causeOf(thrown)}`);
  }
  return undefined;
}

function originalOf(bytes: Uint8Array): Pick<CapturedImage, 'original'> {
  const type = typeOf(bytes);
  return type === 'jpeg' || type === 'png' ? { original: { type: `image/${type}`, bytes } } : {};
}

/** Of a picture without compression. */
const LARGEST = 512e6;

/** Compressed files of a small folder stay in memory, as long as together they are below the limit. */
class FileCache {
  private static readonly LIMIT = 32e6;
  private readonly files = new Map<string, Buffer>();
  private bytes = 0;

  async read(path: string): Promise<Buffer> {
    const known = this.files.get(path);
    if (known) return known;
    const file = await readRegular(path, { most: LARGEST, refuse: (why) => new LinesideError('DATA_INVALID', { file: path, why }) });
    if (this.bytes + file.byteLength <= FileCache.LIMIT) {
      this.files.set(path, file);
      this.bytes += file.byteLength;
    }
    return file;
  }
}
