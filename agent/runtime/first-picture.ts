/** One picture of a camera, for who asks whether it can be had: at the line the runner keeps cameras going. */
import type { CameraConfig } from '../config/schema.ts';
import type { FirstPicture } from '../contracts/first-config.ts';
import type { Frame, Log } from '../contracts/index.ts';
import { LinesideError } from '../errors.ts';
import type { Clock, Milliseconds } from '../time.ts';
import { cameraKindFor } from './catalogue.ts';
import { CameraFeed, createFramePool } from './frames.ts';

export interface FirstPictureOptions {
  readonly name: string;
  /** Folder that relative paths in the address mean. */
  readonly base: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly within: Milliseconds;
  /** Makes a JPEG of it, for who looks. Holds the frame as long as it needs it. */
  readonly still?: (frame: Frame) => Promise<Uint8Array | null>;
}

/** A 50-megapixel camera in colour. */
const LARGEST_PICTURE = 500e6;

/** Rejects with what is wrong with the camera or with what it sends, or with TIMEOUT. */
export async function firstPicture(camera: CameraConfig, options: FirstPictureOptions): Promise<FirstPicture> {
  const { name, base, clock, log, within, still } = options;
  const over = new AbortController();
  // Larger than the camera's own, so that a picture which does not fit there is seen and told of.
  const pool = createFramePool({ budget: Math.max(camera.memory, LARGEST_PICTURE) });
  const feed = new CameraFeed({ name, clock, log, pool });
  let isFirst = true;
  const first = new Promise<FirstPicture>((found, failed) => {
    feed.onFrame((frame: Frame) => {
      if (!isFirst) return;
      isFirst = false;
      const { width, height, format, pixels } = frame;
      const about = { width, height, format, bytes: pixels.byteLength };
      if (!still) return found({ ...about, jpeg: null });
      still(frame).then((jpeg) => found({ ...about, jpeg }), failed);
    });
  });
  first.catch(() => {});
  // A picture that comes and cannot be taken says more than silence.
  let unusable: (fault: LinesideError) => void = () => {};
  const fault = new Promise<never>((_, reject) => {
    unusable = reject;
  });
  fault.catch(() => {});
  const context = feed.context(over.signal, () => {
    if (feed.cause) unusable(feed.cause);
  });
  const running = cameraKindFor(camera.url).create(camera.url, camera.options, { base }).run(context, over.signal);
  try {
    return await Promise.race([
      first,
      fault,
      running.then(() => (isFirst ? ended(name) : first)),
      tooLong(`camera ${name}`, within, clock, over.signal),
    ]);
  } finally {
    over.abort();
    await running.catch(() => {});
    feed.clear();
  }
}

function ended(camera: string): never {
  throw new LinesideError('CAMERA_ENDED', { camera, why: 'it ended before a picture came' });
}

/** Until `over`, so that a question which has its answer leaves no timer behind. */
async function tooLong(what: string, ms: Milliseconds, clock: Clock, over: AbortSignal): Promise<never> {
  await clock.sleep(ms, over);
  throw new LinesideError('TIMEOUT', { what, ms });
}
