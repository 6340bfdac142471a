import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { BYTES_PER_PIXEL, type PixelFormat, type Region } from '#agent/contracts/index.js';
import { type Cut, Kernel } from '#agent/inference/kernel.js';

/**
 * What the agent does to pictures against what training did to them: the graphs in agent/inference/prepare, run by onnxruntime. A grey
 * level of difference would be a difference between the figures in a manifest and those of the line.
 */
const FORMATS: readonly PixelFormat[] = ['mono8', 'mono16', 'rgb8'];
const CHANNELS = { mono8: 1, mono16: 1, rgb8: 3 } as const;

/** A small congruential generator: the same cases in every run. */
function dice(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const noise = (bytes: number, roll: (below: number) => number) => Uint8Array.from({ length: bytes }, () => roll(256));

function cutOf(
  format: PixelFormat,
  [stride, height]: readonly [number, number],
  region: Region,
  size: readonly [number, number],
  channels: 1 | 3,
  seed = 1,
): Cut {
  const pixels = noise(stride * height * BYTES_PER_PIXEL[format], dice(seed));
  return { pixels, stride, format, region, width: size[0], height: size[1], channels };
}

const sessions = new Map<string, Promise<InferenceSession>>();

async function graph({ pixels, stride, format, region: [x, y, across, down], width, height, channels }: Cut): Promise<Uint8Array> {
  const name = `${format}-${channels}`;
  const file = join(import.meta.dirname, '..', '..', 'agent', 'inference', 'prepare', `${name}.onnx`);
  const session = sessions.get(name) ?? InferenceSession.create(file, { intraOpNumThreads: 1 });
  sessions.set(name, session);
  const given = CHANNELS[format];
  const shape = [1, pixels.length / BYTES_PER_PIXEL[format] / stride, stride, given];
  const integers = (...values: readonly number[]) => new Tensor('int64', BigInt64Array.from(values, BigInt), [values.length]);
  const image =
    format === 'mono16' ? new Tensor('uint16', new Uint16Array(pixels.buffer as ArrayBuffer), shape) : new Tensor('uint8', pixels, shape);
  const feeds = { image, starts: integers(y, x), ends: integers(y + down, x + across), sizes: integers(1, height, width, given) };
  const { prepared } = await (await session).run(feeds);
  return prepared?.data as Uint8Array;
}

/** The first place where they differ by more than so much says more than two long lists. */
function firstDifference(seen: Uint8Array, wanted: Uint8Array, tolerated = 0) {
  expect(seen.length).toBe(wanted.length);
  const at = seen.findIndex((byte, i) => Math.abs(byte - (wanted[i] ?? 0)) > tolerated);
  return at < 0 ? null : { at, seen: seen[at], wanted: wanted[at] };
}

const cases = FORMATS.flatMap((format) => ([1, 3] as const).map((channels) => [format, channels] as const));

describe('the kernel makes to the bit what the graphs of training make', () => {
  it.each(cases)('from %s to %d channels, whatever the sizes', async (format, channels) => {
    const kernel = await Kernel.open();
    const roll = dice(format.length * 10 + channels);
    for (let n = 0; n < 60; n++) {
      const stride = 1 + roll(150);
      const rows = 1 + roll(150);
      const x = roll(stride);
      const y = roll(rows);
      const region: Region = [x, y, 1 + roll(stride - x), 1 + roll(rows - y)];
      const height = 1 + roll(120);
      const size = [1 + roll(120), height === region[3] ? height + 1 : height] as const;
      const cut = cutOf(format, [stride, rows], region, size, channels, n);
      expect(firstDifference(kernel.prepare(cut), await graph(cut)), `${stride}x${rows} ${region} -> ${size}`).toBeNull();
    }
  });

  it.each([
    ['a camera for a network', [640, 480], [0, 0, 640, 480], [224, 224]],
    ['a large one', [1280, 960], [0, 0, 1280, 960], [512, 320]],
    ['a region in a corner', [640, 480], [400, 300, 240, 180], [224, 224]],
    ['one pixel', [5, 4], [4, 3, 1, 1], [3, 3]],
    ['a line', [64, 48], [0, 20, 64, 1], [32, 4]],
    ['a column', [64, 48], [63, 0, 1, 48], [4, 16]],
    ['many times larger', [3, 2], [0, 0, 3, 2], [300, 100]],
    ['the size that it has', [224, 160], [0, 0, 224, 160], [224, 160]],
    ['the same width', [64, 48], [0, 0, 64, 48], [64, 31]],
  ] as const)('%s', async (_, picture, region, size) => {
    const kernel = await Kernel.open();
    for (const [format, channels] of cases) {
      const cut = cutOf(format, picture, [...region], size, channels);
      expect(firstDifference(kernel.prepare(cut), await graph(cut)), `${format}-${channels}`).toBeNull();
    }
  });

  // onnxruntime takes [1, H, W, C] for H planes of W x C when the height stays, and calculates in floats there.
  it.each(cases)('from %s to %d channels at the same height, but for one grey level', async (format, channels) => {
    const kernel = await Kernel.open();
    const cut = cutOf(format, [64, 48], [0, 0, 64, 48], [31, 48], channels);
    expect(firstDifference(kernel.prepare(cut), await graph(cut), 1)).toBeNull();
  });
});

describe('a kernel that is kept', () => {
  it('gives every result memory of its own and forgets the picture before', async () => {
    const kernel = await Kernel.open();
    const bright: Cut = { ...cutOf('rgb8', [320, 240], [0, 0, 320, 240], [64, 64], 3), pixels: new Uint8Array(320 * 240 * 3).fill(255) };
    const small = cutOf('mono8', [20, 10], [0, 0, 20, 10], [8, 8], 1);
    const first = kernel.prepare(bright);
    const second = kernel.prepare(small);
    expect(first).toEqual(new Uint8Array(64 * 64 * 3).fill(255));
    expect(second).toEqual(await graph(small));
    expect(kernel.prepare(bright)).toEqual(first);
  });

  it('reads pictures in shared memory, where cameras put them', async () => {
    const kernel = await Kernel.open();
    const cut = cutOf('rgb8', [64, 48], [3, 5, 40, 30], [24, 24], 3);
    const pixels = new Uint8Array(new SharedArrayBuffer(cut.pixels.length));
    pixels.set(cut.pixels);
    expect(kernel.prepare({ ...cut, pixels })).toEqual(kernel.prepare(cut));
  });

  it.each([[[17, 0, 4, 4]], [[0, 13, 4, 4]], [[0, 100, 4, 4]]] as const)(
    'refuses the region %j, which is not inside a picture of 20x16: it would show the one before',
    async (region) => {
      const kernel = await Kernel.open();
      kernel.prepare(cutOf('rgb8', [64, 64], [0, 0, 64, 64], [8, 8], 3));
      expect(() => kernel.prepare(cutOf('mono8', [20, 16], [...region], [8, 8], 1))).toThrow(/the region is not inside the picture/);
    },
  );

  it('says so when the box has no memory for a picture, and serves the next one', async () => {
    const kernel = await Kernel.open();
    const cut = cutOf('mono8', [16, 16], [0, 0, 16, 16], [8, 8], 1);
    expect(() => kernel.prepare({ ...cut, width: 60_000, height: 60_000 })).toThrow(RangeError);
    expect(kernel.prepare(cut)).toEqual(await graph(cut));
  });
});
