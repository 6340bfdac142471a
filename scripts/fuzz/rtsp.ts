/** What a camera says over RTSP, changed on the way to the decoder that is run for it: each input is a life of a camera with a process. */
import { Address, BYTES_PER_PIXEL, type CameraContext, type CapturedImage } from '../../agent/contracts/index.ts';
import { LinesideError } from '../../agent/errors.ts';
import { residentBytes } from '../../agent/platform/resident.ts';
import { createFramePool } from '../../agent/runtime/frames.ts';
import { findProgram } from '../../agent/sources/cameras/child.ts';
import { rtsp as kind } from '../../agent/sources/cameras/rtsp.ts';
import { every, systemClock } from '../../agent/time.ts';
import { childrenOf } from '../support/processes.ts';
import { codeOf, type Door, silent } from './door.ts';
import { type HostileRtsp, type Part, partOf, startHostileRtsp } from './hostile-rtsp.ts';
import { pick, type Random } from './mutate.ts';
import { h264, motionJpeg, type Stream } from './rtp.ts';

/** Pictures of a life, most of a second: the first are not taken for current ones. */
const PICTURES = 40;
/** The server hangs up on whoever waits, so a life ends by itself; a busy box takes its time. */
const LIFE_MS = 120_000;
/** Of a decoder, bytes: where it is ended (child.ts), and what it can take between two looks of a busy box. */
const MOST_MEMORY = 768e6 + 500e6;
const PASSWORD = 'Zebra/42#Kilo';

export const rtsp: Door = {
  name: 'rtsp',
  summary: 'The dialogue and the pictures of a camera over RTSP, spoilt: a fault of the camera, and nothing left of the decoder.',
  inputs: { full: 1000, quick: 8 },
  meets: [/^pictures, CAMERA_/, /^no picture, CAMERA_/],
  async open() {
    const ffmpeg = findProgram('ffmpeg');
    if (ffmpeg === undefined) throw new LinesideError('CAMERA_NO_DECODER', { camera: 'fuzz' });
    const streams: [Stream, ...Stream[]] = [await motionJpeg(PICTURES)];
    const other = h264(ffmpeg, PICTURES);
    if (other) streams.push(other);
    const server = await startHostileRtsp({ random: () => 0, stream: streams[0], spoilt: null });
    return {
      try: (random) => life(random, server, partOf(random, streams)),
      close: () => server.close(),
    };
  },
};

async function life(random: Random, server: HostileRtsp, part: Part): Promise<string> {
  server.part = part;
  const before = new Set(childrenOf());
  const pool = createFramePool({ budget: 8e6 });
  let pictures = 0;
  const emit = ({ width, height, format, pixels }: CapturedImage) => {
    pictures++;
    pool.give(pixels);
    if (pixels.byteLength !== width * height * BYTES_PER_PIXEL[format]) throw new RangeError(`${width}x${height} in ${pixels.byteLength}`);
  };
  const ctx: CameraContext = { name: 'fuzz', clock: systemClock, log: silent, pool, emit, drop: () => {}, faults: () => {} };
  const over = new AbortController();
  const late = systemClock.after(LIFE_MS, () => over.abort(new LinesideError('STOPPING')));
  const watch = watchMemory(before);
  // GStreamer is given no camera with a password.
  const decoder = pick(random, ['ffmpeg', 'ffmpeg', 'auto', 'gstreamer'] as const);
  const address = `rtsp://${decoder === 'gstreamer' ? '' : `user:${encodeURIComponent(PASSWORD)}@`}${server.host}/stream`;
  const options = { decoder, format: 'rgb8', transport: 'tcp', latency: 0, insecure: false } as const;
  const thrown: unknown = await kind
    .create(Address.of(address), options, { base: '/' })
    .run(ctx, over.signal)
    .then(
      () => new RangeError('ended without a fault'),
      (fault: unknown) => fault,
    );
  late();
  watch.end();
  // GStreamer may wait for ever, without a word, for a server that has hung up: the camera's `stall` ends it, as `over` does here.
  const isSilent = over.signal.aborted && decoder === 'gstreamer';
  if (over.signal.aborted && !isSilent) throw new RangeError('a life did not end');
  if (pool.stats.inUse !== 0) throw new RangeError('a slot is lost');
  const left = childrenOf().filter((pid) => !before.has(pid));
  if (left.length > 0) throw new RangeError(`${left.length} processes are left`);
  if (watch.most > MOST_MEMORY) throw new RangeError(`a decoder took ${Math.round(watch.most / 1e6)} MB`);
  if (isSilent) return `${pictures > 0 ? 'pictures' : 'no picture'}, then silence`;
  const code = codeOf(thrown);
  const { message, next } = thrown as LinesideError;
  if (!code.startsWith('CAMERA_')) throw new RangeError(`told as ${code}`);
  if (/Zebra|Kilo|[^\P{Cc}\t\n]/u.test(message + next))
    throw new RangeError(`a fault that is not fit to be shown: ${JSON.stringify(message)}`);
  return `${pictures > 0 ? 'pictures' : 'no picture'}, ${code}`;
}

/** The most memory that any process has which this one has begun since. */
function watchMemory(before: ReadonlySet<number>): { readonly most: number; end(): void } {
  const watch = { most: 0, end: () => {} };
  watch.end = every(systemClock, 100, () => {
    for (const pid of childrenOf()) if (!before.has(pid)) watch.most = Math.max(watch.most, residentBytes(pid) ?? 0);
  });
  return watch;
}
