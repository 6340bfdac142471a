/** http:// and https:// - cameras that send a stream of JPEGs (MJPEG), or one JPEG each time they are asked. */
import type { IncomingMessage } from 'node:http';
import { type StaticDecode, Type } from 'typebox';
import { type CameraContext, defineCamera } from '../../contracts.ts';
import { LinesideError, messageOf } from '../../errors.ts';
import { Connection } from './connection.ts';
import { type Decode, openDecoder } from './decode.ts';
import { boundaryOf, MultipartReader } from './multipart.ts';
import { NewestWins } from './newest.ts';
import { Turn } from './turn.ts';

const Options = Type.Object({
  mode: Type.Union([Type.Literal('auto'), Type.Literal('stream'), Type.Literal('snapshot')], {
    default: 'auto',
    description: 'An MJPEG stream, or single pictures asked for again and again; auto: what the camera answers.',
  }),
  fps: Type.Number({ default: 5, exclusiveMinimum: 0, maximum: 100, description: 'How often a single picture is asked for.' }),
  format: Type.Union([Type.Literal('auto'), Type.Literal('rgb8'), Type.Literal('mono8')], {
    default: 'auto',
    description: 'Pixel format; auto keeps grey as it is.',
  }),
  insecure: Type.Boolean({ default: false, description: 'https: accept any certificate.' }),
});

/** No JPEG of a line camera comes near it. */
const MOST_BYTES = 32e6;

export const http = defineCamera({
  schemes: ['http', 'https'],
  summary: 'A camera with a web address: an MJPEG stream or a snapshot. User and password in the address; Basic and Digest.',
  options: Options,
  create: (url, options) => ({ run: (ctx, signal) => watch(url, options, ctx, signal) }),
});

async function watch(url: string, options: StaticDecode<typeof Options>, ctx: CameraContext, signal: AbortSignal): Promise<void> {
  const decode = await openDecoder(ctx.name, options);
  const connection = new Connection(ctx.name, url, options.insecure);
  const pictures = new NewestWins<Picture>(
    (picture) => show(picture, decode, ctx, signal),
    () => ctx.drop('busy'),
  );
  const life: Life = { ctx, signal, offer: (picture) => pictures.offer(picture) };
  try {
    const answer = await connection.get(signal);
    const type = answer.headers['content-type'] ?? '';
    const boundary = options.mode === 'snapshot' ? undefined : boundaryOf(type);
    const single = options.mode !== 'stream' && /^(image\/|application\/octet-stream)/i.test(type);
    if (boundary === undefined && !single) throw notPictures(ctx.name, type);
    await (boundary === undefined
      ? poll(connection, answer, new Turn(ctx.clock, 1000 / options.fps), life)
      : readStream(answer, boundary, life)
    ).catch((thrown: unknown) => {
      throw ended(ctx.name, thrown);
    });
    throw ended(ctx.name, 'the camera closed the stream');
  } catch (thrown) {
    if (!signal.aborted) throw thrown;
  } finally {
    connection.close();
    await pictures.idle();
  }
}

interface Life {
  readonly ctx: CameraContext;
  readonly signal: AbortSignal;
  readonly offer: (picture: Picture) => void;
}
interface Picture {
  readonly captured: number;
  readonly bytes: Buffer;
}

/** Decodes and hands on; a slot that is not handed on goes back. */
async function show({ captured, bytes }: Picture, decode: Decode, ctx: CameraContext, signal: AbortSignal): Promise<void> {
  try {
    const decoded = await decode(bytes, ctx.pool);
    if (!decoded) ctx.drop('pool');
    else if (signal.aborted) ctx.pool.give(decoded.pixels);
    else ctx.emit({ captured, ...decoded, original: { type: 'image/jpeg', bytes } });
  } catch (thrown) {
    ctx.drop('decode', messageOf(thrown));
  }
}

/** Until the camera ends the stream. Throws what is wrong with it. */
async function readStream(response: IncomingMessage, boundary: string, { ctx, offer }: Life): Promise<void> {
  const part = (bytes: Buffer) => offer({ captured: ctx.clock.now(), bytes });
  const reader = new MultipartReader({ camera: ctx.name, boundary, most: MOST_BYTES, part });
  for await (const chunk of response) reader.push(chunk);
}

/** Until the camera does not answer any more, which is thrown. `answer` is its first. */
async function poll(connection: Connection, answer: IncomingMessage, turn: Turn, life: Life): Promise<void> {
  const { ctx, signal, offer } = life;
  await turn.next(signal);
  for (let response = answer; ; response = await connection.get(signal)) {
    const captured = ctx.clock.now();
    offer({ captured, bytes: await bodyOf(response, ctx.name) });
    await turn.next(signal);
  }
}

async function bodyOf(response: IncomingMessage, camera: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    bytes += chunk.byteLength;
    if (bytes > MOST_BYTES) throw new LinesideError('CAMERA_BAD_IMAGE', { camera, why: `more than ${MOST_BYTES} bytes` });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, bytes);
}

const ended = (camera: string, thrown: unknown): LinesideError =>
  thrown instanceof LinesideError && thrown.code === 'CAMERA_BAD_IMAGE'
    ? thrown
    : new LinesideError('CAMERA_ENDED', { camera, why: thrown instanceof LinesideError ? thrown.details['why'] : messageOf(thrown) });

const notPictures = (camera: string, type: string): LinesideError =>
  new LinesideError('CAMERA_UNREACHABLE', { camera, why: `it sends ${type || 'something without a type'} instead of pictures` });
