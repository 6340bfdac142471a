/** http:// and https:// - cameras that send a stream of JPEGs (MJPEG), or one picture each time they are asked. */
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';
import { type StaticDecode, Type } from 'typebox';
import { type Address, type CameraContext, defineCamera } from '../../contracts/index.ts';
import { causeOf, LinesideError, messageOf } from '../../errors.ts';
import type { Milliseconds } from '../../time.ts';
import { isRefusal } from './authorize.ts';
import { type Answer, HttpConnection } from './connection.ts';
import { type Decoder, openDecoder } from './decode.ts';
import { textIn, typeOf, whyNotTaken } from './formats.ts';
import { NewestWins } from './newest.ts';
import { PictureStream } from './picture-stream.ts';
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
  basic: Type.Boolean({
    default: false,
    description:
      'http: send user and password in clear to a camera that asks for Basic. Anybody on the way can read them; with Digest and over https they are safe without it.',
  }),
});
type Options = StaticDecode<typeof Options>;

/** No picture of a line camera comes near it, compressed. */
const MOST_BYTES = 32e6;
const TAKEN = ['jpeg', 'png'] as const;

export const http = defineCamera({
  schemes: ['http', 'https'],
  summary: 'A camera with a web address: an MJPEG stream or snapshots (JPEG, PNG). User and password in the address; Digest and Basic.',
  options: Options,
  create: (address, options) => ({ run: (ctx, signal) => watch(address, options, ctx, signal) }),
});

interface Picture {
  readonly captured: number;
  readonly bytes: Buffer;
}

interface Watch {
  readonly ctx: CameraContext;
  readonly options: Options;
  readonly connection: HttpConnection;
  readonly signal: AbortSignal;
  readonly offer: (picture: Picture) => void;
}

async function watch(address: Address, options: Options, ctx: CameraContext, signal: AbortSignal): Promise<void> {
  const decoder = await openDecoder(ctx.name, { format: options.format, types: TAKEN, clock: ctx.clock });
  // A picture that never ends decoding is ended with the life.
  const close = () => void decoder.close();
  signal.addEventListener('abort', close, { once: true });
  const connection = new HttpConnection({ clock: ctx.clock, camera: ctx.name, address, insecure: options.insecure, basic: options.basic });
  const pictures = new NewestWins<Picture>(
    (picture) => show(picture, decoder, ctx, signal),
    () => ctx.drop('busy'),
  );
  try {
    await receive({ ctx, options, connection, signal, offer: (picture) => pictures.offer(picture) });
  } catch (thrown) {
    if (!signal.aborted) throw thrown;
  } finally {
    signal.removeEventListener('abort', close);
    connection.close();
    await decoder.close();
    await pictures.idle();
  }
}

/** Until the camera is lost, which is thrown. What it sends is known by the pictures in it; what it says of them is often wrong. */
async function receive(watch: Watch): Promise<never> {
  const { connection, signal, options, ctx } = watch;
  const answer = await connection.get(signal);
  try {
    const isStream = options.mode === 'stream' || (options.mode === 'auto' && looksLikeStream(answer));
    if (isStream && (await readStream(answer, watch)) === 'stream')
      throw new LinesideError('CAMERA_ENDED', { camera: ctx.name, why: ENDED });
    return await poll(isStream ? null : answer, watch);
  } catch (thrown) {
    throw ended(ctx.name, thrown);
  }
}
const ENDED = 'the camera closed the stream';

/** A picture alone comes with a length. Without one it may be a snapshot all the same: what ends after one picture was. */
const looksLikeStream = ({ headers, endless }: Answer): boolean =>
  !isPacked(headers) && (/^(multipart\/|video\/)/i.test(typeIn(headers)) || endless || !headers.has('content-length'));
const typeIn = (headers: Answer['headers']): string => headers.get('content-type')?.[0] ?? '';

/** Until the camera ends it. A "stream" of one picture, or of the type of one, was a snapshot where `mode` is auto. */
async function readStream(answer: Answer, { ctx, offer, options }: Watch): Promise<'stream' | 'snapshot'> {
  let count = 0;
  const stream = new PictureStream({
    camera: ctx.name,
    most: MOST_BYTES,
    picture: (bytes) => {
      count++;
      offer({ captured: ctx.clock.now(), bytes });
    },
  });
  const start = new Start();
  await answer.read((bytes) => {
    start.add(bytes);
    stream.push(bytes);
  });
  // One picture without an end marker is none to the stream, and may be enough for the decoder.
  if (count === 0 && (options.mode === 'stream' || typeOf(start.bytes) === undefined)) throw notPictures(ctx.name, answer, start.bytes);
  const wasOne = count < 2 || /^image\//i.test(typeIn(answer.headers));
  return options.mode === 'auto' && wasOne ? 'snapshot' : 'stream';
}

/** The first bytes of a body, to say what it is. */
class Start {
  bytes = Buffer.alloc(0);
  add(bytes: Buffer): void {
    if (this.bytes.byteLength < 256) this.bytes = Buffer.concat([this.bytes, bytes.subarray(0, 256)]);
  }
}

/**
 * Until the camera does not answer any more, which is thrown. `first` is its first answer, where it has not been used up. One that goes
 * on with text has got another password meanwhile, and is not sent the old one with every picture; a single text may be its being busy.
 */
async function poll(first: Answer | null, watch: Watch): Promise<never> {
  const { connection, signal, options, ctx, offer } = watch;
  const turn = new Turn(ctx.clock, 1000 / options.fps);
  await turn.next(signal);
  if (first === null) await turn.next(signal);
  let mayDrop = false;
  for (let answer = first ?? (await connection.get(signal)); ; answer = await connection.get(signal)) {
    const captured = ctx.clock.now();
    const bytes = await snapshot(answer, ctx);
    if (!mayDrop && !isTaken(bytes)) throw notPictures(ctx.name, answer, bytes);
    mayDrop = !answer.carried || textIn(bytes) === undefined;
    offer({ captured, bytes });
    await turn.next(signal);
  }
}

/** How long nothing may come of an answer before it counts as it is: many that tell too long a length end here. */
const REST_PATIENCE: Milliseconds = 300;

/** The body, or the first picture in it where the body never ends, or ends before its length. */
async function snapshot(answer: Answer, { name: camera, clock }: CameraContext): Promise<Buffer> {
  const mayBeStream = answer.endless || /^multipart\//i.test(typeIn(answer.headers));
  const chunks: Buffer[] = [];
  let found: Buffer | undefined;
  const picture = (bytes: Buffer) => {
    found ??= bytes;
  };
  const coming = new PictureStream({ camera, most: MOST_BYTES, picture });
  // What has a length is looked through only where it stops before, or begins with something else: the usual picture is not read twice.
  const look = () => new PictureStream({ camera, most: MOST_BYTES, picture }).push(Buffer.concat(chunks));
  const leave = () => {
    look();
    if (found) answer.leave();
  };
  let length = 0;
  let cancel = () => {};
  await answer
    .read((bytes) => {
      cancel();
      length += bytes.byteLength;
      if (length > MOST_BYTES) throw new LinesideError('CAMERA_BAD_IMAGE', { camera, why: `more than ${MOST_BYTES} bytes` });
      chunks.push(bytes);
      if (mayBeStream) coming.push(bytes);
      else cancel = clock.after(REST_PATIENCE, leave);
      if (found) throw ENOUGH;
    })
    .catch((thrown: unknown) => {
      if (!mayBeStream) look();
      if (!found) throw thrown;
    })
    .finally(() => cancel());
  if (found) return found;
  const body = Buffer.concat(chunks);
  if (typeOf(body) !== undefined) return body;
  // A script that writes a line of its own before the picture.
  if (!mayBeStream) look();
  return found ?? (await unpacked(body, answer.headers));
}

const isTaken = (bytes: Uint8Array): boolean => TAKEN.some((type) => type === typeOf(bytes));
const ENOUGH = new LinesideError('INTERNAL', { why: 'a picture was found' });

const UNPACK: Readonly<Record<string, (bytes: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>>> = {
  gzip: promisify(gunzip),
  'x-gzip': promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
};
const packingIn = (headers: Answer['headers']): string => (headers.get('content-encoding')?.[0] ?? '').trim().toLowerCase();
const isPacked = (headers: Answer['headers']): boolean => Object.hasOwn(UNPACK, packingIn(headers));

/** Cameras behind a server that packs everything. What cannot be unpacked within bounds is told as what it is. */
async function unpacked(body: Buffer, headers: Answer['headers']): Promise<Buffer> {
  if (typeOf(body) !== undefined || !isPacked(headers)) return body;
  const unpack = UNPACK[packingIn(headers)];
  return unpack ? unpack(body, { maxOutputLength: MOST_BYTES }).catch(() => body) : body;
}

/** Decodes and hands on; a slot that is not handed on goes back. */
async function show({ captured, bytes }: Picture, decoder: Decoder, ctx: CameraContext, signal: AbortSignal): Promise<void> {
  try {
    const decoded = await decoder.decode(bytes, ctx.pool);
    if (!decoded) ctx.drop('pool');
    else if (signal.aborted) ctx.pool.give(decoded.pixels);
    else ctx.emit({ captured, ...decoded, original: { type: typeOf(bytes) === 'png' ? 'image/png' : 'image/jpeg', bytes } });
  } catch (thrown) {
    ctx.drop('decode', thrown instanceof LinesideError ? String(thrown.details['why']) : messageOf(thrown));
  }
}

/** A camera that answered once has ended; what says more (no pictures, a wrong password) is told as it is. */
function ended(camera: string, thrown: unknown): LinesideError {
  if (!(thrown instanceof LinesideError)) return new LinesideError('CAMERA_ENDED', { camera, why: messageOf(thrown) });
  if (thrown.code !== 'CAMERA_UNREACHABLE' || isRefusal(thrown.details) || thrown.details['type'] !== undefined) return thrown;
  return new LinesideError('CAMERA_ENDED', { camera, why: causeOf(thrown) });
}

function notPictures(camera: string, { headers, carried }: Answer, bytes: Buffer): LinesideError {
  const type = typeIn(headers) || 'no type';
  const text = carried ? textIn(bytes) : undefined;
  if (text !== undefined) {
    const why = `it answers the login with ${text} (${type}): user, password or path is probably wrong`;
    return new LinesideError('CAMERA_UNREACHABLE', { camera, why, type, refused: true });
  }
  return new LinesideError('CAMERA_UNREACHABLE', {
    camera,
    why: `what it sends (${type}) is no picture: ${whyNotTaken(bytes, TAKEN)}`,
    type,
  });
}
