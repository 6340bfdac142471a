/**
 * A package on trial, outside of any station: one variant in a worker thread of its own, and the pixels thread before it. The same
 * threads, graphs, session options and decoding as in the agent, so that what is measured here is what a station will get. As there, it
 * is proved first in a process that can be ended.
 */
import type { Frame, Region } from '../contracts/index.ts';
import { LinesideError } from '../errors.ts';
import type { Calibration, Stretch } from './calibration.ts';
import { EVERY } from './explain.ts';
import { failed } from './faults.ts';
import type { Loaded } from './load.ts';
import type { Manifest } from './manifest.ts';
import type { PixelsOrder } from './pixels.ts';
import { Preparer } from './prepare.ts';
import { type Bounds, proveAtDesk } from './proofs.ts';
import { bytesOf } from './seat.ts';
import { LANES } from './supervised.ts';
import type { TextSource } from './text/text-side.ts';
import { startWorker, Thread } from './thread.ts';
import type { LearnOrder, RunOrder, RunReply, WorkerOrder } from './worker.ts';

export interface TrialOptions {
  readonly variant: string;
  readonly providers: readonly string[];
  readonly threads: number;
  /** Runs on a golden input before the first that counts. Default: 0. */
  readonly warmUp?: number;
  /** Of its proof; default: those of a start. */
  readonly bounds?: Partial<Bounds>;
}

export class Trial {
  readonly manifest: Manifest;
  readonly loaded: Loaded;
  private readonly thread: Thread;
  private readonly lanes: readonly SharedArrayBuffer[];
  private readonly idle: number[];
  private readonly waiting: ((lane: number) => void)[] = [];

  private constructor(manifest: Manifest, loaded: Loaded, thread: Thread, lanes: readonly SharedArrayBuffer[]) {
    this.manifest = manifest;
    this.loaded = loaded;
    this.thread = thread;
    this.lanes = lanes;
    this.idle = lanes.map((_, lane) => lane);
  }

  /** Rejects with why the variant is refused. */
  static async open(manifest: Manifest, { variant, providers, threads, warmUp = 0, bounds }: TrialOptions): Promise<Trial> {
    await proveAtDesk({ manifest, variant, providers, threads }, bounds);
    const thread = new Thread(startWorker('worker'), manifest.name);
    const lanes = Array.from({ length: LANES }, () => new SharedArrayBuffer(bytesOf(manifest)));
    const order: WorkerOrder = { manifest, variant, providers, threads, warmUp, lanes, calibration: null, channels: null };
    try {
      return new Trial(manifest, await thread.call<Loaded>('load', order), thread, lanes);
    } catch (thrown) {
      await thread.end(new LinesideError('STOPPING'));
      throw thrown;
    }
  }

  /**
   * One inference; may be called before the one before has settled. `region`: where on the frame the picture was cut; `format`: of the code
   * that stands there.
   */
  async judge(input: Uint8Array | Float32Array, region: Region | null = null, format?: string): Promise<RunReply> {
    const lane = await this.lane();
    try {
      const shared = this.lanes[lane];
      if (!shared || shared.byteLength !== input.byteLength) throw failed(this.manifest.name, `an input of ${input.byteLength} bytes`);
      (input instanceof Float32Array ? new Float32Array(shared) : new Uint8Array(shared)).set(input);
      const order: RunOrder = {
        lane,
        model: this.manifest.name,
        threshold: this.manifest.thresholds.score,
        explainFrom: EVERY,
        region,
        channels: null,
        ...(format ? { format } : {}),
      };
      return await this.thread.call<RunReply>('run', order);
    } finally {
      this.give(lane);
    }
  }

  /** One text, or words that are plain already. */
  async read(text: TextSource): Promise<RunReply> {
    const { name, thresholds } = this.manifest;
    const order: RunOrder = { lane: 0, model: name, threshold: thresholds.score, explainFrom: EVERY, region: null, channels: null, text };
    return this.thread.call<RunReply>('run', order);
  }

  /** Calibrates on these rows; what is judged from now on is judged with it. */
  learn(stretch: Stretch): Promise<Calibration> {
    return this.thread.call<Calibration>('learn', { stretch, settings: this.manifest.calibration } satisfies LearnOrder);
  }

  /** What was learned elsewhere, from now on. */
  async adopt(calibration: Calibration): Promise<void> {
    await this.thread.call('adopt', calibration);
  }

  close(): Promise<void> {
    return this.thread.end(new LinesideError('STOPPING'));
  }

  private lane(): Promise<number> {
    const lane = this.idle.pop();
    return lane === undefined ? new Promise((resolve) => this.waiting.push(resolve)) : Promise.resolve(lane);
  }

  private give(lane: number): void {
    const next = this.waiting.shift();
    if (next) next(lane);
    else this.idle.push(lane);
  }
}

/** The pixels thread on trial. */
export class TrialPixels {
  private readonly thread = new Thread(startWorker('pixels'), 'pixels');
  private readonly preparer = new Preparer((order: PixelsOrder) => this.thread.call('prepare', order));

  /** The picture, or a region of it, as this package takes it; rejects as a station's would. */
  async prepare({ name, inputs: { image } }: Manifest, frame: Frame, region?: Region): Promise<Uint8Array> {
    if (!image) throw failed(name, 'it takes no picture');
    const slot = { id: name, name, package: name, ...(region ? { region } : {}) };
    return (await this.preparer.prepare(slot, image, frame)).pixels;
  }

  close(): Promise<void> {
    return this.thread.end(new LinesideError('STOPPING'));
  }
}
