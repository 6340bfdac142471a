/** The worker thread that turns pictures into network inputs, by the graphs in prepare/. Entry point of the thread. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PixelFormat, Region } from '../contracts.ts';
import { packageRoot } from '../package-root.ts';
import { failed } from './faults.ts';
import { openSession, plain, type Session, tensorOf } from './session.ts';
import { type Served, serve } from './thread.ts';

/** A picture in shared memory and what is wanted of it. */
export interface PixelsOrder {
  /** For faults. */
  readonly model: string;
  readonly pixels: Uint8Array<SharedArrayBuffer>;
  /** Width of the picture; `region` lies inside it. */
  readonly stride: number;
  readonly format: PixelFormat;
  readonly region: Region;
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
}

const GIVEN: Readonly<Record<PixelFormat, number>> = { mono8: 1, mono16: 1, rgb8: 3 };
const BYTES: Readonly<Record<PixelFormat, number>> = { mono8: 1, mono16: 2, rgb8: 3 };

const sessions = new Map<string, Promise<Session>>();
let room = new ArrayBuffer(0);

serve({ load, prepare });

/** Opens the graphs that will be wanted, so that the first part does not wait for them: names like `rgb8-3`. */
async function load(graphs: readonly string[]): Promise<Served> {
  await Promise.all(graphs.map(graph));
  return { value: null };
}

async function prepare(order: PixelsOrder): Promise<Served> {
  const { region, format, width, height, channels, model } = order;
  const session = await graph(`${format}-${channels}`);
  const given = GIVEN[format];
  const prepared = new Uint8Array(width * height * channels);
  const feeds = {
    image: band(order),
    starts: tensorOf('int64', BigInt64Array.of(0n, BigInt(region[0])), [2]),
    ends: tensorOf('int64', BigInt64Array.of(BigInt(region[3]), BigInt(region[0] + region[2])), [2]),
    sizes: tensorOf('int64', BigInt64Array.of(1n, BigInt(height), BigInt(width), BigInt(given)), [4]),
  };
  try {
    await session.runInto(feeds, 'prepared', prepared, [1, height, width, channels]);
  } catch (thrown) {
    throw failed(model, `the picture could not be prepared (${plain(thrown)})`);
  }
  return { value: prepared, transfer: [prepared.buffer] };
}

/** The rows of the region, copied once out of shared memory (onnxruntime takes none) into a buffer that is kept. */
function band({ pixels, stride, format, region: [, y, , height] }: PixelsOrder) {
  const row = stride * BYTES[format];
  const bytes = row * height;
  if (room.byteLength < bytes) room = new ArrayBuffer(bytes);
  const rows = new Uint8Array(room, 0, bytes);
  rows.set(pixels.subarray(y * row, y * row + bytes));
  const shape = [1, height, stride, GIVEN[format]];
  return format === 'mono16' ? tensorOf('uint16', new Uint16Array(room, 0, bytes / 2), shape) : tensorOf('uint8', rows, shape);
}

function graph(name: string): Promise<Session> {
  const known = sessions.get(name);
  if (known) return known;
  const opened = open(name);
  sessions.set(name, opened);
  return opened;
}

async function open(name: string): Promise<Session> {
  const file = await readFile(join(packageRoot, 'agent', 'inference', 'prepare', `${name}.onnx`));
  // Frames and regions come in any size, so onnxruntime cannot plan ahead.
  return openSession(file, { provider: 'cpu', threads: 1, fixed: false });
}
