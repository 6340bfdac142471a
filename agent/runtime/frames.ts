/**
 * Frames in flight: the pool of shared memory that pixels live in, and the feed of one camera, which turns captured images into frames,
 * keeps the last of them for triggers that come later, and knows when the choice for a trigger is settled.
 *
 * Hot path: runs for every frame of every camera (tens to hundreds a second). One small object a frame, no copies, no sorting.
 */
import type { CameraContext, CapturedImage, Frame, FramePool, Log, PixelFormat } from '../contracts/index.ts';
import { LinesideError, messageOf } from '../errors.ts';
import type { FrameWish } from '../stations/ports.ts';
import type { Clock, Milliseconds } from '../time.ts';

export interface FramePoolStats {
  /** Most bytes the pool may hold. */
  readonly budget: number;
  /** Bytes it holds now, in use or ready for use. */
  readonly held: number;
  readonly inUse: number;
  /** How often take() had nothing to give. */
  readonly exhausted: number;
}
export interface BoundedFramePool extends FramePool {
  readonly stats: FramePoolStats;
  /** Another budget from now on; what is lent stays lent. */
  resize(budget: number): void;
}

/**
 * Slots of shared memory, bounded by `budget` bytes in all. A slot that is given back waits for the next take of its size; slots of
 * sizes that nobody asks for any more make room when the budget is reached.
 */
export function createFramePool(options: { readonly budget: number }): BoundedFramePool {
  let { budget } = options;
  const idle = new Map<number, Uint8Array<SharedArrayBuffer>[]>();
  const lent = new WeakSet<Uint8Array>();
  let held = 0;
  let inUse = 0;
  let exhausted = 0;

  /** Forgets idle slots (of other sizes: those of this size were looked for first) until `bytes` more fit. */
  const makeRoom = (bytes: number): boolean => {
    for (const [size, slots] of idle) {
      while (held + bytes > budget && slots.pop()) held -= size;
      if (slots.length === 0) idle.delete(size);
    }
    return held + bytes <= budget;
  };
  const allocate = (bytes: number): Uint8Array<SharedArrayBuffer> | undefined => {
    if (!makeRoom(bytes)) return undefined;
    held += bytes;
    return new Uint8Array(new SharedArrayBuffer(bytes));
  };

  return {
    take(bytes) {
      const slot = idle.get(bytes)?.pop() ?? allocate(bytes);
      if (!slot) {
        exhausted++;
        return undefined;
      }
      inUse += bytes;
      lent.add(slot);
      return slot;
    },
    give(slot) {
      if (!lent.delete(slot)) throw new LinesideError('INTERNAL', { why: 'a slot was given back that the pool had not lent' });
      const size = slot.byteLength;
      inUse -= size;
      const slots = idle.get(size);
      if (slots) slots.push(slot);
      else idle.set(size, [slot]);
    },
    resize(next) {
      budget = next;
      makeRoom(0);
    },
    get stats() {
      return { budget, held, inUse, exhausted };
    },
  };
}

/** A frame whose slot goes back to the pool when the last holder lets go. One release too many is a fault of the caller and thrown. */
class PooledFrame implements Frame {
  readonly camera: string;
  readonly sequence: number;
  readonly captured: number;
  readonly width: number;
  readonly height: number;
  readonly format: PixelFormat;
  readonly pixels: Uint8Array<SharedArrayBuffer>;
  readonly original?: NonNullable<CapturedImage['original']>;
  readonly part?: string;
  readonly truth?: string;
  readonly file?: string;
  /** The feed's ring holds it first. */
  private holds = 1;
  private readonly pool: FramePool;

  constructor(camera: string, sequence: number, image: CapturedImage, pool: FramePool) {
    this.camera = camera;
    this.sequence = sequence;
    this.captured = image.captured;
    this.width = image.width;
    this.height = image.height;
    this.format = image.format;
    this.pixels = image.pixels;
    if (image.original !== undefined) this.original = image.original;
    if (image.part !== undefined) this.part = image.part;
    if (image.truth !== undefined) this.truth = image.truth;
    if (image.file !== undefined) this.file = image.file;
    this.pool = pool;
  }

  hold(): void {
    if (this.holds === 0) throw this.misuse('held after its release');
    this.holds++;
  }
  release(): void {
    if (this.holds === 0) throw this.misuse('released once too often');
    if (--this.holds === 0) this.pool.give(this.pixels);
  }

  private misuse(how: string): LinesideError {
    return new LinesideError('INTERNAL', { why: `frame ${this.sequence} of camera ${this.camera} was ${how}`, camera: this.camera });
  }
}

export type DropReason = Parameters<CameraContext['drop']>[0];
export interface FeedCounters {
  readonly received: number;
  readonly dropped: Readonly<Record<DropReason, number>>;
  /** Bytes of pixels received. */
  readonly bytes: number;
  /** Estimate over about the last ten frames; 0 while unknown. */
  readonly fps: number;
  /** Waits that were refused because too many were pending. */
  readonly refusedWaits: number;
}

export interface CameraFeedOptions {
  readonly name: string;
  readonly clock: Clock;
  readonly log: Log;
  /** A pool of this camera's own, so that one camera cannot starve another. */
  readonly pool: BoundedFramePool;
  /** How far back triggers may reach, ms, as it is now. Default 500. */
  readonly keepFor?: () => Milliseconds;
}

interface Waiter {
  readonly wish: FrameWish;
  settle(frame: Frame | undefined): void;
}

/** Half of the pool stays free for capture and for the frames that inspections hold. */
const RING_SHARE = 0.5;
/** The age at which frames go; PLC and network rarely take longer to tell of a part. */
const KEEP_FOR: Milliseconds = 500;
/** Kept of a slow camera, however old. */
const KEEP_LEAST = 4;
/** Kept of a fast camera, however young. */
const KEEP_MOST = 64;
/** Longest wait, for triggers whose clock runs far ahead; their deadline speaks first. */
const MOST_PATIENCE: Milliseconds = 60_000;
/** More triggers than any station has under inspection at once; beyond it somebody waits for frames in a loop. */
const MOST_WAITERS = 1024;
/** Weight of the newest interval in the estimate of the frame period. */
const EASE = 0.1;
/** Intervals before the estimate is believed. */
const SURE = 5;

/** The frames of one camera, over all of its lives. */
export class CameraFeed {
  private readonly options: CameraFeedOptions;
  private readonly ring: PooledFrame[] = [];
  private ringBytes = 0;
  /** Capture time of the newest frame that has left the ring: before it, a better frame may have been. */
  private horizon = Number.NEGATIVE_INFINITY;
  private readonly listeners = new Set<(frame: Frame) => void>();
  private readonly waiters = new Set<Waiter>();
  private sequence = 0;
  private received = 0;
  private bytes = 0;
  private refusedWaits = 0;
  private readonly dropped: Record<DropReason, number> = { decode: 0, pool: 0, busy: 0 };
  private period = 0;
  /** Of this life of the camera no picture has come yet. */
  private isFirst = true;
  private intervals = 0;
  /** From capture to arrival here: the slowest of late, slowly forgotten. */
  private lag = 0;
  private readonly troubles: Troubles;

  constructor(options: CameraFeedOptions) {
    this.options = options;
    this.troubles = new Troubles(options.name);
  }

  get name(): string {
    return this.options.name;
  }
  get counters(): FeedCounters {
    const { received, bytes, refusedWaits, period } = this;
    return { received, bytes, refusedWaits, dropped: { ...this.dropped }, fps: period > 0 ? 1000 / period : 0 };
  }

  /** Why no picture is handed on, where pictures come all the same; null where none comes or all is well. */
  get cause(): LinesideError | null {
    return this.troubles.cause;
  }

  /** What one life of the camera is given. Once `signal` is aborted, what still comes goes straight back to the pool. */
  context(signal: AbortSignal, faults: CameraContext['faults'] = () => {}): CameraContext {
    const { name, clock, log, pool } = this.options;
    this.period = 0;
    this.intervals = 0;
    this.isFirst = true;
    this.troubles.begin((list) => {
      if (!signal.aborted) faults(list);
    });
    return {
      name,
      clock,
      log,
      pool: { take: (bytes) => this.take(bytes), give: (slot) => pool.give(slot) },
      emit: (image) => (signal.aborted ? pool.give(image.pixels) : this.receive(image)),
      drop: (reason, why) => {
        if (!signal.aborted) this.drop(reason, why);
      },
      faults: (list) => {
        if (!signal.aborted) this.troubles.said(list);
      },
    };
  }

  /** Calls back with every frame, lent for the call: hold() it to keep it. The returned function ends it. */
  onFrame(listener: (frame: Frame) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** The best frame there is now, held for the caller; undefined when none is near enough. */
  select(wish: FrameWish): Frame | undefined {
    const frame = this.best(wish);
    frame?.hold();
    return frame;
  }

  /**
   * The frame of the wish, held for the caller, as soon as the choice is settled: no frame to come can be a better one. undefined when
   * none is near enough or can come any more, or when the signal aborts. Never rejects.
   */
  waitFor(wish: FrameWish, signal: AbortSignal): Promise<Frame | undefined> {
    if (signal.aborted) return Promise.resolve(undefined);
    if (this.isSettled(wish)) return Promise.resolve(this.select(wish));
    if (this.waiters.size >= MOST_WAITERS) {
      this.refusedWaits++;
      return Promise.resolve(this.select(wish));
    }
    return new Promise((resolve) => {
      const giveUp = () => waiter.settle(undefined);
      const waiter: Waiter = {
        wish,
        settle: (frame) => {
          this.waiters.delete(waiter);
          signal.removeEventListener('abort', giveUp);
          cancel();
          resolve(frame);
        },
      };
      signal.addEventListener('abort', giveUp, { once: true });
      const cancel = this.options.clock.after(this.patience(wish), () => waiter.settle(this.select(wish)));
      this.waiters.add(waiter);
    });
  }

  /** Lets go of the kept frames and of everybody who waits. The feed may go on afterwards. */
  clear(): void {
    for (const waiter of this.waiters) waiter.settle(undefined);
    this.forget();
  }

  private receive(image: CapturedImage): void {
    const { name, pool } = this.options;
    const frame = new PooledFrame(name, ++this.sequence, image, pool);
    // The clock was set back: what was kept cannot be compared with what comes.
    if (image.captured < (this.ring.at(-1)?.captured ?? 0)) this.forget();
    this.received++;
    this.bytes += image.pixels.byteLength;
    this.troubles.came(image);
    this.measure(frame);
    this.ring.push(frame);
    this.ringBytes += image.pixels.byteLength;
    this.trim();
    for (const waiter of this.waiters) if (this.isSettled(waiter.wish)) waiter.settle(this.select(waiter.wish));
    for (const listener of this.listeners) this.tell(listener, frame);
  }

  private drop(reason: DropReason, why?: string): void {
    this.sequence++;
    this.dropped[reason]++;
    if (reason === 'decode') this.troubles.undecodable(why ?? '');
    this.options.log.debug({ camera: this.name, reason, why }, 'a picture was dropped');
  }

  private tell(listener: (frame: Frame) => void, frame: Frame): void {
    try {
      listener(frame);
    } catch (thrown) {
      this.options.log.error({ camera: this.name, why: messageOf(thrown) }, 'a listener of the camera failed');
    }
  }

  private measure(frame: Frame): void {
    // How long the camera was away is no interval between its pictures.
    const before = this.isFirst ? undefined : this.ring.at(-1);
    this.isFirst = false;
    this.lag = Math.max(this.lag * (1 - EASE), this.options.clock.now() - frame.captured);
    const interval = before ? frame.captured - before.captured : 0;
    if (interval <= 0) return;
    this.period += (interval - this.period) * (this.intervals === 0 ? 1 : EASE);
    this.intervals++;
  }

  // ---- the ring

  /** A slot for the camera; the oldest kept frames make room, so that capture never starves for the sake of the past. */
  private take(bytes: number): Uint8Array<SharedArrayBuffer> | undefined {
    const { pool } = this.options;
    const { budget } = pool.stats;
    if (bytes > budget) this.troubles.tooLarge(bytes, budget);
    else while (this.ring.length > 0 && pool.stats.inUse + bytes > budget) this.evict();
    return pool.take(bytes);
  }
  private trim(): void {
    const { pool, keepFor } = this.options;
    const most = pool.stats.budget * RING_SHARE;
    const since = (this.ring.at(-1)?.captured ?? 0) - (keepFor?.() ?? KEEP_FOR);
    const isOld = () => this.ring.length > KEEP_LEAST && (this.ring[0]?.captured ?? since) < since;
    while (isOld() || this.ring.length > KEEP_MOST || (this.ring.length > 1 && this.ringBytes > most)) this.evict();
  }
  private forget(): void {
    while (this.ring.length > 0) this.evict();
    this.horizon = Number.NEGATIVE_INFINITY;
  }
  private evict(): void {
    const frame = this.ring.shift();
    if (!frame) return;
    this.ringBytes -= frame.pixels.byteLength;
    this.horizon = Math.max(this.horizon, frame.captured);
    frame.release();
  }

  // ---- the choice

  private best(wish: FrameWish): PooledFrame | undefined {
    const { wanted, mode, toleranceMs } = wish;
    const frame = mode === 'newest' ? this.ring.at(-1) : mode === 'nearest' ? this.nearest(wanted) : this.firstAfter(wanted);
    return frame && Math.abs(frame.captured - wanted) <= toleranceMs ? frame : undefined;
  }
  /** undefined when a frame that is gone was nearer: no picture beats the picture of another part. */
  private nearest(wanted: number): PooledFrame | undefined {
    let best: PooledFrame | undefined;
    let distance = Math.abs(this.horizon - wanted);
    for (const frame of this.ring) {
      const d = Math.abs(frame.captured - wanted);
      if (d >= distance) continue;
      best = frame;
      distance = d;
    }
    return best;
  }
  private firstAfter(wanted: number): PooledFrame | undefined {
    return this.horizon >= wanted ? undefined : this.ring.find((frame) => frame.captured >= wanted);
  }

  /** Whether no frame to come can change the choice. Capture times only rise, so one at or after the moment settles it. */
  private isSettled({ wanted, mode, toleranceMs }: FrameWish): boolean {
    if (mode === 'newest') return true;
    const newest = this.ring.at(-1);
    if (!newest) return false;
    if (newest.captured >= wanted) return true;
    if (mode === 'first_after' || this.intervals < SURE) return false;
    const away = wanted - newest.captured;
    return away <= toleranceMs && newest.captured + this.period - wanted > away;
  }
  /** Time until nothing near enough can come any more. */
  private patience({ wanted, toleranceMs }: FrameWish): Milliseconds {
    return Math.min(MOST_PATIENCE, Math.max(0, wanted + toleranceMs + this.lag - this.options.clock.now()));
  }
}

/** Undecodable pictures in a row that are no accident. */
const NO_ACCIDENT = 3;

/** What is wrong with the pictures of a camera as long as it lasts, beside what the camera says itself. */
class Troubles {
  private readonly camera: string;
  private tell: (list: readonly LinesideError[]) => void = () => {};
  /** By the camera itself. */
  private list: readonly LinesideError[] = [];
  private large: LinesideError | null = null;
  private broken: LinesideError | null = null;
  private resized: LinesideError | null = null;
  private brokenInARow = 0;
  /** Of the first picture, over all lives: regions were made for it. */
  private width = 0;
  private height = 0;
  /** Of the last one. */
  private lastWidth = 0;
  private lastHeight = 0;

  constructor(camera: string) {
    this.camera = camera;
  }

  get cause(): LinesideError | null {
    return this.large ?? this.broken;
  }

  /** A life begins; what was wrong is still wrong until a picture shows otherwise. */
  begin(tell: (list: readonly LinesideError[]) => void): void {
    this.tell = tell;
    this.list = [];
    this.brokenInARow = 0;
    if (this.cause || this.resized) this.publish();
  }

  said(list: readonly LinesideError[]): void {
    this.list = list;
    this.publish();
  }

  tooLarge(bytes: number, budget: number): void {
    const needs = megabytes(bytes);
    if (this.large?.details['needs'] === needs) return;
    this.large = new LinesideError('CAMERA_TOO_LARGE', { camera: this.camera, needs, memory: megabytes(budget) });
    this.publish();
  }

  undecodable(why: string): void {
    this.brokenInARow++;
    if (this.broken || this.brokenInARow < NO_ACCIDENT) return;
    this.broken = new LinesideError('CAMERA_BAD_IMAGE', { camera: this.camera, why });
    this.publish();
  }

  /** Hot: every picture. A folder's pictures are as large as they like. */
  came({ width, height, file }: CapturedImage): void {
    this.brokenInARow = 0;
    const isSame = width === this.lastWidth && height === this.lastHeight;
    if (isSame && !this.large && !this.broken) return;
    this.large = null;
    this.broken = null;
    this.lastWidth = width;
    this.lastHeight = height;
    if (this.width === 0 || file !== undefined) {
      this.width = width;
      this.height = height;
    }
    const isFirstSize = width === this.width && height === this.height;
    const sizes = { before: `${this.width}x${this.height}`, now: `${width}x${height}` };
    this.resized = isFirstSize ? null : new LinesideError('CAMERA_RESIZED', { camera: this.camera, ...sizes });
    this.publish();
  }

  private publish(): void {
    this.tell([...this.list, ...[this.large, this.broken, this.resized].filter((fault) => fault !== null)]);
  }
}

/** With one decimal: a picture of 0.4 MB is not 0. */
const megabytes = (bytes: number): number => Math.round(bytes / 1e5) / 10;
