/** rtsp:// and rtsps:// - network cameras, decoded by GStreamer or ffmpeg in a process of its own. */
import { type StaticDecode, Type } from 'typebox';
import { Duration } from '../../config/units.ts';
import { type Address, type CameraContext, defineCamera } from '../../contracts/index.ts';
import { LinesideError } from '../../errors.ts';
import { redact } from './address.ts';
import { findProgram, runChild } from './child.ts';
import { announcedIn, canShow, ffmpeg, gstreamer, isChatter, type StreamWish } from './decoders.ts';
import { Pace } from './pace.ts';
import { type PnmHeader, PnmReader, type PnmSink } from './pnm.ts';

const Options = Type.Object({
  decoder: Type.Union([Type.Literal('auto'), Type.Literal('gstreamer'), Type.Literal('ffmpeg')], {
    default: 'auto',
    description:
      'auto: ffmpeg where it is installed, else GStreamer, which also checks the certificates of rtsps. A camera with a password always gets ffmpeg: GStreamer would show the password in the process list to every user of the box. ffmpeg cannot be kept from following a camera that points to another host, and answers there with the same password where it is asked for one.',
  }),
  format: Type.Union([Type.Literal('rgb8'), Type.Literal('mono8')], { default: 'rgb8', description: 'Pixel format.' }),
  transport: Type.Union([Type.Literal('tcp'), Type.Literal('udp')], { default: 'tcp', description: 'How the pictures travel.' }),
  latency: Duration({ default: '0ms', most: '1m', description: 'Jitter buffer: pictures come so much later and more evenly.' }),
  fps: Type.Optional(Type.Number({ minimum: 1, maximum: 1000, description: 'Most pictures a second. Default: all the camera sends.' })),
  width: Type.Optional(Type.Integer({ minimum: 1, maximum: 16384, description: 'Scale to this width. Default: as the camera sends it.' })),
  height: Type.Optional(Type.Integer({ minimum: 1, maximum: 16384, description: 'Scale to this height.' })),
  insecure: Type.Boolean({ default: false, description: 'rtsps: accept any certificate.' }),
});

export const rtsp = defineCamera({
  schemes: ['rtsp', 'rtsps'],
  summary: 'A network camera over RTSP (H.264, H.265, MJPEG: whatever GStreamer or ffmpeg of the box can decode).',
  options: Options,
  create: (address, options) => ({ run: (ctx, signal) => pull(address, options, ctx, signal) }),
});

async function pull(address: Address, options: Options, ctx: CameraContext, signal: AbortSignal): Promise<void> {
  const { latency, ...rest } = options;
  const decoder = chooseDecoder(address, options, ctx.name);
  const command = decoder.build(decoder.program, { ...rest, address, latencyMs: latency });
  const stamps = decoder.name === 'ffmpeg' ? new Stamps() : undefined;
  const frames = new FrameSink(ctx, stamps);
  const heard = (line: string) => stamps?.hear(line) ?? false;
  try {
    const complaint = redact(await runChild({ ...command, heard }, new PnmReader(ctx.name, frames), signal, ctx.clock), address);
    if (!signal.aborted) throw lost(ctx.name, frames.emitted, complaint);
  } catch (thrown) {
    if (!signal.aborted) throw thrown;
  } finally {
    frames.close();
  }
}

type Options = StaticDecode<typeof Options>;

/** With `status` where the camera refused user or password: what is refused for good is not asked for again soon. */
function lost(camera: string, emitted: number, complaint: string): LinesideError {
  if (emitted > 0) return new LinesideError('CAMERA_ENDED', { camera, why: complaint || 'the stream ended' });
  if (isRefusedLogin(complaint)) {
    return new LinesideError('CAMERA_UNREACHABLE', {
      camera,
      why: 'it answers 401 Unauthorized: user or password is wrong, or missing in `url`',
      status: 401,
    });
  }
  return new LinesideError('CAMERA_UNREACHABLE', { camera, why: complaint || 'the stream ended' });
}

/** ffmpeg: `method DESCRIBE failed: 401 Unauthorized`; GStreamer: `Unauthorized`. */
const isRefusedLogin = (complaint: string): boolean => /\b401 Unauthorized\b|^Unauthorized\b/.test(complaint);

interface Decoder {
  readonly name: 'gstreamer' | 'ffmpeg';
  readonly program: string;
  readonly build: (program: string, wish: StreamWish) => ReturnType<typeof ffmpeg>;
}

function chooseDecoder(address: Address, { decoder, insecure }: Options, camera: string): Decoder {
  const isSecret = !canShow(address);
  const ff = decoder === 'gstreamer' && !isSecret ? undefined : findProgram('ffmpeg');
  const gst = decoder === 'ffmpeg' ? undefined : findProgram('gst-launch-1.0');
  // Only GStreamer checks certificates; only ffmpeg keeps a password out of the process list and takes less of the processor.
  const wantsCheck = address.scheme === 'rtsps' && !insecure;
  if (gst && isSecret && (!ff || wantsCheck)) {
    throw new LinesideError('CAMERA_PASSWORD_VISIBLE', {
      camera,
      why: ff ? 'does not check the certificates of rtsps' : 'is not installed',
    });
  }
  if (gst && (!ff || wantsCheck)) return { name: 'gstreamer', program: gst, build: gstreamer };
  if (!ff) throw new LinesideError('CAMERA_NO_DECODER', { camera });
  if (wantsCheck) {
    throw new LinesideError('CAMERA_UNREACHABLE', { camera, why: 'ffmpeg does not check certificates; use GStreamer, or set `insecure`' });
  }
  return { name: 'ffmpeg', program: ff, build: ffmpeg };
}

/** Turns what the decoder writes into images, in slots taken when a picture begins. */
class FrameSink implements PnmSink {
  emitted = 0;
  private readonly ctx: CameraContext;
  private readonly stamps: Stamps | undefined;
  private readonly pace = new Pace();
  private current: (PnmHeader & { captured: number; pixels: Uint8Array<SharedArrayBuffer> }) | undefined;

  constructor(ctx: CameraContext, stamps: Stamps | undefined) {
    this.ctx = ctx;
    this.stamps = stamps;
  }

  begin(header: PnmHeader, bytes: number): Uint8Array | undefined {
    const { ctx } = this;
    const skip = (...why: Parameters<CameraContext['drop']>) => {
      ctx.drop(...why);
      return undefined;
    };
    this.stamps?.begin();
    const pixels = ctx.pool.take(bytes);
    if (!pixels) return skip('pool');
    this.current = { ...header, pixels, captured: ctx.clock.now() };
    return pixels;
  }
  complete(): void {
    const { current } = this;
    if (!current) return;
    // Where it throws, close() gives the slot back.
    const isOld = this.isOld();
    this.current = undefined;
    if (isOld) {
      this.ctx.pool.give(current.pixels);
      this.ctx.drop('busy', 'older than the connection');
      return;
    }
    this.emitted++;
    this.ctx.emit(current);
  }

  /** Throws CAMERA_ENDED where only a new connection gives pictures as they should be. */
  private isOld(): boolean {
    const { ctx, stamps } = this;
    if (stamps?.resized) throw new LinesideError('CAMERA_ENDED', { camera: ctx.name, why: `its pictures are ${stamps.resized} now` });
    const stamp = stamps?.stamp();
    if (stamp === undefined) return false;
    const pacing = this.pace.judge(ctx.clock.elapsed(), stamp);
    if (pacing !== 'behind') return pacing === 'old';
    throw new LinesideError('CAMERA_ENDED', {
      camera: ctx.name,
      why: 'its pictures came later and later; the box or the network is too slow for them',
    });
  }

  /** The picture that was on its way goes back. */
  close(): void {
    if (this.current) this.ctx.pool.give(this.current.pixels);
    this.current = undefined;
  }
}

/** What the decoder says of the times of its pictures, each in a line before the picture itself. */
class Stamps {
  /** Of pictures that have not begun, and the one that has. */
  private readonly coming: number[] = [];
  private now: number | undefined;
  /** Pictures that have begun and whose line has not been taken. */
  private begun = 0;
  private size: string | undefined;
  /** The size to which the camera has changed: ffmpeg would squash its pictures into the first one. */
  resized: string | undefined;

  /** Whether the line is of no interest as a complaint. */
  hear(line: string): boolean {
    const announced = announcedIn(line);
    if (announced === undefined) return isChatter(line);
    if (this.coming.length < MOST_COMING) this.coming.push(announced.stamp);
    this.size ??= announced.size;
    if (announced.size !== this.size) this.resized = announced.size;
    return true;
  }
  begin(): void {
    this.now = undefined;
    this.begun++;
  }
  /** Of the picture that has begun; its line came before it, through another pipe. */
  stamp(): number | undefined {
    for (; this.begun > 0 && this.coming.length > 0; this.begun--) this.now = this.coming.shift();
    return this.begun === 0 ? this.now : undefined;
  }
}
/** Pictures whose line came before them; more is a decoder that writes lines and no pictures. */
const MOST_COMING = 10_000;
