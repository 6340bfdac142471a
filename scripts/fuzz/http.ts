/** What a camera answers over HTTP, changed on the way: the reader of answers and the search for pictures, and whole lives of a camera. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import sharp from 'sharp';
import { Address, type CameraContext } from '../../agent/contracts/index.ts';
import { LinesideError } from '../../agent/errors.ts';
import { createFramePool } from '../../agent/runtime/frames.ts';
import { http as kind } from '../../agent/sources/cameras/http.ts';
import { PictureStream } from '../../agent/sources/cameras/picture-stream.ts';
import { ResponseReader } from '../../agent/sources/cameras/response.ts';
import { systemClock } from '../../agent/time.ts';
import { type Door, silent } from './door.ts';
import { below, mutated, pick, type Random } from './mutate.ts';

/** One in so many inputs is a life over a socket; the others are read in memory. */
const A_LIFE = 10;
/** The camera closes every connection, so a life ends by itself; a busy box takes its time. */
const LIFE_MS = 20_000;

/** An answer in pieces: what is about pictures, and pictures. */
type Answer = readonly [Buffer, ...Buffer[]];

export const http: Door = {
  name: 'http',
  summary: 'Answers of a camera over HTTP, snapshots and streams, with heads, lengths, chunks and boundaries as no standard has them.',
  inputs: { full: 150_000, quick: 200 },
  meets: [/^taken$/, /^CAMERA_/],
  async open() {
    const picture = await sharp({ create: { width: 16, height: 16, channels: 3, background: '#2060c0' } })
      .jpeg()
      .toBuffer();
    const answers = goodAnswers(picture);
    const camera = await startCamera();
    // The library once, so that what is timed is the input; the fault is that of a camera that says no more.
    await life(
      () => 0.999_999,
      camera,
      () => Buffer.concat(answers[0]),
    ).catch(() => {});
    return {
      async try(random, number) {
        if (number % A_LIFE !== 0) return inMemory(random, mutated(random, Buffer.concat(pick(random, answers))));
        // Changed pictures are another door's, and each costs a process.
        return life(random, camera, () =>
          Buffer.concat(pick(random, answers).map((piece) => (isPicture(piece) ? piece : maybe(random, piece)))),
        );
      },
      close: () => camera.close(),
    };
  },
};

const isPicture = (piece: Buffer): boolean => piece[0] === 0xff && piece[1] === 0xd8;
const maybe = (random: Random, piece: Buffer): Buffer => (random() < 0.5 ? piece : mutated(random, piece));

function goodAnswers(picture: Buffer): [Answer, ...Answer[]] {
  const text = (...lines: readonly string[]) => Buffer.from(`${lines.join('\r\n')}\r\n`, 'latin1');
  const size = `Content-Length: ${picture.byteLength}`;
  const part = [text('--cut', 'Content-Type: image/jpeg', size, ''), picture, text('')];
  const chunk = [text(picture.byteLength.toString(16)), picture, text('')];
  const stream = 'Content-Type: multipart/x-mixed-replace; boundary="cut"';
  const digest = 'WWW-Authenticate: Digest realm="cam", qop="auth", nonce="abc", algorithm=SHA-256, stale=FALSE';
  return [
    [text('HTTP/1.1 200 OK', 'Content-Type: image/jpeg', size, ''), picture],
    [text('HTTP/1.0 200 OK', ''), picture],
    [text('ICY 200 OK', 'Content-Type: image/jpeg', 'Connection: keep-alive', size, ''), picture],
    [
      text('HTTP/1.1 100 Continue', '', 'HTTP/1.1 200 OK', 'Transfer-Encoding: chunked', ''),
      ...chunk,
      ...chunk,
      text('0', 'Trailer: 1', ''),
    ],
    [text('HTTP/1.0 200 OK', stream, ''), ...part, ...part, ...part],
    [text('HTTP/1.1 200 OK', stream, 'Transfer-Encoding: chunked', ''), ...chunk, ...chunk, ...chunk],
    [text('HTTP/1.1 401 Unauthorized', digest, 'WWW-Authenticate: Basic realm="cam"', 'Content-Length: 2', '', '')],
    [text('HTTP/1.1 302 Found', 'Location: /other?a=1#b', 'Content-Length: 0', '')],
    [text('HTTP/1.1 200 OK', 'Content-Type: text/html', 'Content-Length: 21', '', '<html>Hello</html>')],
  ];
}

/** Read in one piece and cut into pieces: the same pictures and the same fault come out, and no more bytes than went in. */
function inMemory(random: Random, bytes: Buffer): string {
  const whole = outcome([bytes]);
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.byteLength; ) {
    const next = at + 1 + below(random, 200);
    pieces.push(bytes.subarray(at, next));
    at = next;
  }
  const cut = outcome(pieces);
  if (whole.told !== cut.told) throw new RangeError(`in one piece ${whole.told}, in ${pieces.length} pieces ${cut.told}`);
  if (whole.given > bytes.byteLength) throw new RangeError(`${whole.given} bytes of pictures in ${bytes.byteLength}`);
  if (whole.fault) throw whole.fault;
  return whole.given > 0 ? 'taken' : 'nothing';
}

function outcome(pieces: readonly Buffer[]): { told: string; given: number; fault: LinesideError | null } {
  const sizes: number[] = [];
  let fault: LinesideError | null = null;
  const stream = new PictureStream({ camera: 'fuzz', most: 1e6, picture: (bytes) => sizes.push(bytes.byteLength) });
  const reader = new ResponseReader('fuzz', { head: () => {}, body: (bytes) => stream.push(bytes), end: () => {} });
  try {
    for (const piece of pieces) reader.push(piece);
    reader.close();
  } catch (thrown) {
    if (!(thrown instanceof LinesideError)) throw thrown;
    fault = thrown;
  }
  return { told: `${sizes.join()} ${fault?.code ?? ''}`, given: sizes.reduce((sum, size) => sum + size, 0), fault };
}

interface HostileCamera {
  readonly url: string;
  /** What the next requests are answered with; undefined: nothing more. */
  answer: () => Buffer | undefined;
  close(): Promise<void>;
}

/** Answers a request with what it is told to, and closes the connection behind it. */
async function startCamera(): Promise<HostileCamera> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    socket.once('data', () => {
      const said = camera.answer();
      if (said) socket.end(said);
      else socket.destroy();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const camera: HostileCamera = {
    url: `http://user:word@127.0.0.1:${(server.address() as AddressInfo).port}/snap`,
    answer: () => undefined,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
  return camera;
}

/** From its start to its end, which comes when the camera has nothing more to say. */
async function life(random: Random, camera: HostileCamera, say: () => Buffer): Promise<never> {
  let left = 1 + below(random, 4);
  camera.answer = () => (left-- > 0 ? say() : undefined);
  const pool = createFramePool({ budget: 1e6 });
  const ctx: CameraContext = {
    name: 'fuzz',
    clock: systemClock,
    log: silent,
    pool,
    emit: ({ pixels }) => pool.give(pixels),
    drop: () => {},
    faults: () => {},
  };
  const over = new AbortController();
  const late = systemClock.after(LIFE_MS, () => over.abort(new LinesideError('STOPPING')));
  const options = {
    mode: pick(random, ['auto', 'stream', 'snapshot'] as const),
    fps: 100,
    format: 'auto',
    insecure: false,
    basic: false,
  } as const;
  const run = kind.create(Address.of(camera.url), options, { base: '/' }).run(ctx, over.signal);
  const fault = await run.catch((thrown: unknown) => thrown);
  late();
  if (over.signal.aborted) throw new RangeError('a life did not end');
  if (pool.stats.inUse !== 0) throw new RangeError('a slot is lost');
  throw fault;
}
