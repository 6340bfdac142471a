import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Worker } from 'node:worker_threads';
import { onTestFinished } from 'vitest';
import type { Frame, ModelSlot, PartStatus, PixelFormat, TagWindow } from '#agent/contracts/index.js';
import { BYTES_PER_PIXEL } from '#agent/contracts/index.js';
import type { LinesideError } from '#agent/errors.js';
import { createInference, type InferenceEngine, type InferenceOptions, type LoadReport } from '#agent/inference/engine.js';
import type { WorkerEntry } from '#agent/inference/thread.js';
import { entryUrl } from '#agent/platform/entries.js';
import { systemClock } from '#agent/time.js';
import { memoryLog } from '../simulators/log.ts';

export const MODELS = resolve(import.meta.dirname, '../fixtures/models');

export const imageSlot = (name: string, more: Partial<ModelSlot> = {}): ModelSlot => ({
  id: `outlet/${name}`,
  name,
  package: name,
  camera: 'top',
  ...more,
});
export const windowSlot = (name: string, more: Partial<ModelSlot> = {}): ModelSlot => ({
  id: `outlet/${name}`,
  name,
  package: name,
  channels: ['plc.a', 'plc.b', 'plc.c'],
  ...more,
});

export const textSlot = (name: string, more: Partial<ModelSlot> = {}): ModelSlot => ({
  id: `outlet/${name}`,
  name,
  package: name,
  text: 'plc.note',
  ...more,
});

export interface Status {
  readonly slot: string;
  readonly status: PartStatus;
  readonly fault: LinesideError | null;
}

/** An engine on the fixtures, with everything it said, and a hand on its threads. */
export interface Bench {
  readonly engine: InferenceEngine;
  readonly loads: LoadReport[];
  readonly statuses: Status[];
  /** Every thread it ever started, in order. */
  readonly threads: MortalThread[];
  readonly folder: string;
  /** The next status that `wanted` holds for, from now on. */
  next(wanted: (status: Status) => boolean): Promise<Status>;
}

/** `die`: ends by itself, before what is asked of it after this. `throw`: by an exception that nobody catches. */
export interface MortalThread {
  readonly entry: WorkerEntry;
  readonly worker: Worker;
  readonly exit: Promise<void>;
  kill(how?: 'die' | 'throw'): void;
}

// The thread's own code, and beside it an ear for the test's wish. worker.terminate() would abort the process while onnxruntime runs.
const MORTAL = `
const { parentPort, workerData } = require('node:worker_threads');
import(workerData).then(() => parentPort.on('message', (wish) => {
  if (wish === 'die') process.exit(7);
  if (wish === 'throw') throw new Error('thrown by the test');
}));`;

function mortal(entry: WorkerEntry): MortalThread {
  const worker = new Worker(MORTAL, { eval: true, workerData: entryUrl(`inference/${entry}`).href });
  const exit = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  return { entry, worker, exit, kill: (how = 'die') => worker.postMessage(how) };
}

type Over = Partial<Omit<InferenceOptions, 'config'>> & {
  readonly config?: Partial<InferenceOptions['config']>;
  /** Folder of the packages. */
  readonly models?: string;
};

/** Not started; stopped, and its folder removed, when the test is done. */
export async function bench(slots: readonly ModelSlot[], { config, models = MODELS, ...over }: Over = {}): Promise<Bench> {
  const folder = await mkdtemp(join(tmpdir(), 'inference-'));
  const loads: LoadReport[] = [];
  const statuses: Status[] = [];
  const threads: Bench['threads'] = [];
  const listeners = new Set<(status: Status) => void>();
  const engine = createInference({
    slots,
    folderOf: (name) => join(models, name),
    calibration: join(folder, 'calibration'),
    clock: systemClock,
    log: memoryLog(),
    config: { models: 'models', providers: ['cpu'], threads: 1, queue: 16, timeout: 20_000, ...config },
    onLoad: (report) => void loads.push(report),
    onStatus: (slot, status, fault) => {
      statuses.push({ slot, status, fault });
      for (const listener of listeners) listener({ slot, status, fault });
    },
    spawn: (entry) => {
      const thread = mortal(entry);
      threads.push(thread);
      return thread.worker;
    },
    ...over,
  });
  onTestFinished(async () => {
    await engine.stop();
    // One that hangs leaves when its network is done, and must have left before the process does.
    await Promise.all(threads.map(({ exit }) => exit));
    await rm(folder, { recursive: true });
  });
  const next = (wanted: (status: Status) => boolean) =>
    new Promise<Status>((found) => {
      const listener = (status: Status) => {
        if (!wanted(status)) return;
        listeners.delete(listener);
        found(status);
      };
      listeners.add(listener);
    });
  return { engine, loads, statuses, threads, folder, next };
}

export interface CountedFrame extends Frame {
  /** Holders at this moment. */
  held: number;
  /** How often it was held in all. */
  holds: number;
}

/** A picture whose pixel (x, y), channel c, is `value(x, y, c)`. */
export function frame(
  width: number,
  height: number,
  format: PixelFormat,
  value: (x: number, y: number, c: number) => number,
): CountedFrame {
  const pixels = new Uint8Array(new SharedArrayBuffer(width * height * BYTES_PER_PIXEL[format]));
  const values = format === 'mono16' ? new Uint16Array(pixels.buffer) : pixels;
  const channels = format === 'rgb8' ? 3 : 1;
  for (let i = 0; i < values.length; i++) {
    const at = Math.floor(i / channels);
    values[i] = value(at % width, Math.floor(at / width), i % channels);
  }
  return {
    camera: 'top',
    sequence: 1,
    captured: 0,
    width,
    height,
    format,
    pixels,
    held: 0,
    holds: 0,
    hold() {
      this.held++;
      this.holds++;
    },
    release() {
      this.held--;
    },
  };
}

/** What the fixtures call good, scratch and dent: dark, bright on the left, bright on the right. */
export const goodFrame = () => frame(16, 16, 'mono8', () => 10);
export const scratchFrame = () => frame(16, 16, 'mono8', (x) => (x < 8 ? 250 : 5));
/** For the packages `slow` and `fragile`, which look at the first pixels. */
export const firstPixels = (first: number, second: number) =>
  frame(16, 16, 'mono8', (x, y) => (y === 0 && x < 2 ? ([first, second][x] ?? 0) : 50));

export function tagWindow(rows: readonly (readonly number[])[], over: Partial<TagWindow> = {}): TagWindow {
  const values = Float32Array.from(rows.flat());
  return {
    tags: ['plc.a', 'plc.b', 'plc.c'],
    endsAt: 0,
    everyMs: 100,
    steps: rows.length,
    values,
    quality: new Uint8Array(values.length),
    ...over,
  };
}

/** The promise's fault; fails the test when there is none. */
export const faultOf = (promise: Promise<unknown>): Promise<LinesideError> =>
  promise.then(
    () => {
      throw new Error('it was taken');
    },
    (fault: LinesideError) => fault,
  );
