/**
 * The thread that makes pictures for who looks: it has the least urgency there is, so that where the cores are taken the picture is late and
 * no verdict. Pixels come in shared memory and are made smaller on their way out of it.
 */
import { parentPort } from 'node:worker_threads';
import jpeg from '@julusian/jpeg-turbo';
import type { PixelFormat } from '../contracts/index.ts';
import { messageOf } from '../errors.ts';
import { LAST, yieldToVerdicts } from '../platform/yielding.ts';

export interface EncodeJob {
  readonly number: number;
  readonly pixels: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly format: PixelFormat;
  /** The result is no wider. */
  readonly widest: number;
  /** Of JPEG, 1 to 100; above 90 with colours as fine as light. */
  readonly quality?: number;
}
export interface Encoded {
  readonly number: number;
  /** Null: see `why`. */
  readonly jpeg: Uint8Array<ArrayBuffer> | null;
  readonly why: string;
}

const QUALITY = 80;

/** Each pixel of the result is the mean of a square of `by` x `by`; mono16 keeps its upper byte. */
export function smaller(job: EncodeJob, by: number): { width: number; height: number; bytes: Buffer } {
  const channels = job.format === 'rgb8' ? 3 : 1;
  const [width, height] = [Math.max(1, Math.floor(job.width / by)), Math.max(1, Math.floor(job.height / by))];
  const bytes = Buffer.allocUnsafe(width * height * channels);
  let out = 0;
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let c = 0; c < channels; c++) bytes[out++] = meanAt(job, { x: x * by, y: y * by, c, channels, by });
  return { width, height, bytes };
}

interface Square {
  readonly x: number;
  readonly y: number;
  readonly c: number;
  readonly channels: number;
  readonly by: number;
}

function meanAt({ pixels, width, format }: EncodeJob, { x, y, c, channels, by }: Square): number {
  const [step, at] = format === 'mono16' ? [2, 1] : [1, 0];
  let sum = 0;
  for (let dy = 0; dy < by; dy++) {
    const start = (((y + dy) * width + x) * channels + c) * step + at;
    for (let dx = 0; dx < by; dx++) sum += pixels[start + dx * channels * step] ?? 0;
  }
  return sum / (by * by);
}

function encode(job: EncodeJob): Uint8Array<ArrayBuffer> {
  const { width, height, bytes } = smaller(job, Math.max(1, Math.ceil(job.width / job.widest)));
  const format = job.format === 'rgb8' ? jpeg.FORMAT_RGB : jpeg.FORMAT_GRAY;
  const { quality = QUALITY } = job;
  const subsampling = job.format !== 'rgb8' ? jpeg.SAMP_GRAY : quality > 90 ? jpeg.SAMP_444 : jpeg.SAMP_420;
  // A copy that is nobody else's can be handed over whole.
  return Uint8Array.from(jpeg.compressSync(bytes, { format, width, height, quality, subsampling }));
}

if (parentPort) {
  const port = parentPort;
  yieldToVerdicts(LAST);
  port.on('message', (job: EncodeJob) => {
    try {
      const made = encode(job);
      port.postMessage({ number: job.number, jpeg: made, why: '' } satisfies Encoded, [made.buffer]);
    } catch (thrown) {
      port.postMessage({ number: job.number, jpeg: null, why: messageOf(thrown) } satisfies Encoded);
    }
  });
}
