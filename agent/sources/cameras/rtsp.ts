/** rtsp:// and rtsps:// - network cameras, decoded by GStreamer or ffmpeg in a process of its own. */
import { type StaticDecode, Type } from 'typebox';
import { Duration } from '../../config/units.ts';
import { type CameraContext, defineCamera } from '../../contracts.ts';
import { LinesideError } from '../../errors.ts';
import type { Clock, Milliseconds } from '../../time.ts';
import { redact } from './address.ts';
import { findProgram, runChild } from './child.ts';
import { ffmpeg, gstreamer, type StreamWish } from './decoders.ts';
import { type PnmHeader, PnmReader, type PnmSink } from './pnm.ts';

const Options = Type.Object({
  decoder: Type.Union([Type.Literal('auto'), Type.Literal('gstreamer'), Type.Literal('ffmpeg')], {
    default: 'auto',
    description: 'auto: GStreamer where it is installed, else ffmpeg. Only ffmpeg keeps a password out of the process list.',
  }),
  format: Type.Union([Type.Literal('rgb8'), Type.Literal('mono8')], { default: 'rgb8', description: 'Pixel format.' }),
  transport: Type.Union([Type.Literal('tcp'), Type.Literal('udp')], { default: 'tcp', description: 'How the pictures travel.' }),
  latency: Duration({ default: '0ms', description: 'Jitter buffer: pictures come so much later and more evenly.' }),
  fps: Type.Optional(Type.Number({ minimum: 1, maximum: 1000, description: 'Most pictures a second. Default: all the camera sends.' })),
  width: Type.Optional(Type.Integer({ minimum: 1, maximum: 16384, description: 'Scale to this width. Default: as the camera sends it.' })),
  height: Type.Optional(Type.Integer({ minimum: 1, maximum: 16384, description: 'Scale to this height.' })),
  insecure: Type.Boolean({ default: false, description: 'rtsps: accept any certificate.' }),
});

export const rtsp = defineCamera({
  schemes: ['rtsp', 'rtsps'],
  summary: 'A network camera over RTSP (H.264, H.265, MJPEG: whatever GStreamer or ffmpeg of the box can decode).',
  options: Options,
  create: (url, options) => ({ run: (ctx, signal) => pull(url, options, ctx, signal) }),
});

async function pull(url: string, options: Options, ctx: CameraContext, signal: AbortSignal): Promise<void> {
  const { latency, ...rest } = options;
  const decoder = chooseDecoder(url, options, ctx.name);
  const command = decoder.build(decoder.program, { ...rest, url, latencyMs: latency });
  const frames = new FrameSink(ctx, decoder.name === 'ffmpeg' ? new Backlog(ctx.clock, 1000 / (options.fps ?? 25)) : undefined);
  try {
    const complaint = redact(await runChild(command, new PnmReader(ctx.name, frames), signal), url);
    if (!signal.aborted) throw lost(ctx.name, frames.emitted, complaint);
  } catch (thrown) {
    if (!signal.aborted) throw thrown;
  } finally {
    frames.close();
  }
}

type Options = StaticDecode<typeof Options>;

const lost = (camera: string, emitted: number, complaint: string): LinesideError =>
  new LinesideError(emitted === 0 ? 'CAMERA_UNREACHABLE' : 'CAMERA_ENDED', { camera, why: complaint || 'the stream ended' });

interface Decoder {
  readonly name: 'gstreamer' | 'ffmpeg';
  readonly program: string;
  readonly build: (program: string, wish: StreamWish) => ReturnType<typeof ffmpeg>;
}

function chooseDecoder(url: string, { decoder, insecure }: Options, camera: string): Decoder {
  const gst = decoder === 'ffmpeg' ? undefined : findProgram('gst-launch-1.0');
  if (gst) return { name: 'gstreamer', program: gst, build: gstreamer };
  const ff = decoder === 'gstreamer' ? undefined : findProgram('ffmpeg');
  if (!ff) throw new LinesideError('CAMERA_NO_DECODER', { camera });
  if (url.startsWith('rtsps:') && !insecure) {
    throw new LinesideError('CAMERA_UNREACHABLE', { camera, why: 'ffmpeg does not check certificates; use GStreamer, or set `insecure`' });
  }
  return { name: 'ffmpeg', program: ff, build: ffmpeg };
}

/** Turns what the decoder writes into images, in slots taken when a picture begins. */
class FrameSink implements PnmSink {
  emitted = 0;
  private readonly ctx: CameraContext;
  private readonly backlog: Backlog | undefined;
  private current: (PnmHeader & { captured: number; pixels: Uint8Array<SharedArrayBuffer> }) | undefined;

  constructor(ctx: CameraContext, backlog: Backlog | undefined) {
    this.ctx = ctx;
    this.backlog = backlog;
  }

  begin(header: PnmHeader, bytes: number): Uint8Array | undefined {
    const { ctx } = this;
    const skip = (...why: Parameters<CameraContext['drop']>) => {
      ctx.drop(...why);
      return undefined;
    };
    if (this.backlog?.isOld()) return skip('busy', 'older than the connection');
    const pixels = ctx.pool.take(bytes);
    if (!pixels) return skip('pool');
    this.current = { ...header, pixels, captured: ctx.clock.now() };
    return pixels;
  }
  complete(): void {
    const { current } = this;
    if (!current) return;
    this.current = undefined;
    this.emitted++;
    this.ctx.emit(current);
  }
  /** The picture that was on its way goes back. */
  close(): void {
    if (this.current) this.ctx.pool.give(this.current.pixels);
    this.current = undefined;
  }
}

/** Pictures in a row that had to be waited for: one alone may be the box being busy. */
const STEADY = 3;
const MOST_BACKLOG: Milliseconds = 2000;

/**
 * ffmpeg collects about a second of pictures while it looks at the stream, then sends them as fast as it can decode: they would carry
 * a capture time that is wrong by that second. The backlog is over once pictures come at their own pace, or after two seconds.
 */
class Backlog {
  private readonly clock: Clock;
  private readonly pause: Milliseconds;
  private first: number | undefined;
  private last = 0;
  private steady = 0;

  constructor(clock: Clock, period: Milliseconds) {
    this.clock = clock;
    this.pause = period / 2;
  }

  isOld(): boolean {
    if (this.steady >= STEADY) return false;
    const now = this.clock.elapsed();
    this.first ??= now;
    this.steady = now - this.first > MOST_BACKLOG ? STEADY : now - this.last >= this.pause && this.last > 0 ? this.steady + 1 : 0;
    this.last = now;
    return this.steady < STEADY;
  }
}
