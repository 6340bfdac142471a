/** Pictures and the cameras they come from. */

import type { StaticDecode, TObject } from 'typebox';
import type { LinesideError } from '../errors.ts';
import type { Clock } from '../time.ts';
import type { Log } from './log.ts';
import type { Address } from './secrets.ts';

/** Names of GenICam's Pixel Format Naming Convention, lower case. mono16 is little-endian, its values use the full 16 bits. */
export type PixelFormat = 'mono8' | 'mono16' | 'rgb8';
export const BYTES_PER_PIXEL: Readonly<Record<PixelFormat, number>> = { mono8: 1, mono16: 2, rgb8: 3 };

/** What a camera hands over. `pixels` is a slot of the pool, rows without padding; the feed owns it from here on. */
export interface CapturedImage {
  readonly captured: number;
  readonly width: number;
  readonly height: number;
  readonly format: PixelFormat;
  readonly pixels: Uint8Array<SharedArrayBuffer>;
  /** The compressed picture as it came, so that keeping it costs no encoding. */
  readonly original?: { readonly type: 'image/jpeg' | 'image/png'; readonly bytes: Uint8Array };
  /** Known to recorded and simulated cameras only. */
  readonly part?: string;
  readonly truth?: string;
  readonly file?: string;
}

/**
 * One image. Its pixels live in shared memory, so that every worker reads them without a copy through the main thread, and go back
 * to the pool when the last holder lets go: whoever keeps a frame beyond the callback calls hold(), and release() exactly once.
 */
export interface Frame extends CapturedImage {
  readonly camera: string;
  /** Counts from 1 since the camera's start; a gap is a dropped frame. */
  readonly sequence: number;
  hold(): void;
  release(): void;
}

/** Slots of shared memory of any size, bounded in bytes. */
export interface FramePool {
  /** A slot of exactly `bytes`, or undefined when the pool's budget is in use: the caller drops the frame and counts it. */
  take(bytes: number): Uint8Array<SharedArrayBuffer> | undefined;
  give(slot: Uint8Array<SharedArrayBuffer>): void;
}

export interface CameraContext {
  readonly name: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly pool: FramePool;
  /** Takes over the image and its slot. Never blocks, never throws; the newest wins. */
  emit(image: CapturedImage): void;
  /** A picture that came and could not be used (torn JPEG, no slot): counted, never thrown. */
  drop(reason: 'decode' | 'pool' | 'busy', why?: string): void;
  /**
   * Everything that is wrong with it now, whenever that changes; [] when nothing is. Stated faults stand until they are stated otherwise:
   * the end of a life does not clear them, a next life that is online for a while without a word does.
   */
  faults(list: readonly LinesideError[]): void;
}

/**
 * A source of frames. run() acquires, delivers through ctx.emit until the source is lost (throws) or the signal aborts (returns), and
 * has released everything when it settles. It never retries: agent/runtime/runner.ts does. A stall is the runner's to notice as well.
 */
export interface Camera {
  run(ctx: CameraContext, signal: AbortSignal): Promise<void>;
}

export interface CameraKind<Options extends TObject = TObject> {
  /** URL schemes without the colon: ['http', 'https']. */
  readonly schemes: readonly string[];
  readonly summary: string;
  /** Options beside those that every camera has (config/schema.ts, CameraCommon). */
  readonly options: Options;
  /** `options` are validated, with their defaults, and decoded: a duration is a number here. */
  create(address: Address, options: StaticDecode<Options>, env: KindEnvironment): Camera;
}
export interface KindEnvironment {
  /** Folder that relative paths in the config mean. */
  readonly base: string;
}
export const defineCamera = <Options extends TObject>(kind: CameraKind<Options>): CameraKind<Options> => kind;
