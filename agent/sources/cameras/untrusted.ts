/**
 * Pictures that nobody can vouch for, decoded in a child process of this camera's: with a budget of time, of pixels (the pool's) and of
 * memory. The child tells the size first; only what finds a slot is decoded, and its pixels come through a pipe straight into the slot.
 */
import type { Socket } from 'node:net';
import type { FramePool, PixelFormat } from '../../contracts/index.ts';
import { BYTES_PER_PIXEL } from '../../contracts/index.ts';
import { LinesideError, messageOf } from '../../errors.ts';
import { entryUrl } from '../../platform/entries.ts';
import { Sandbox } from '../../platform/sandbox.ts';
import { type Clock, type Milliseconds, Seconds } from '../../time.ts';
import type { Decoded, WantedFormat } from './picture.ts';
import { openPipe, readPipe } from './pipe.ts';

export interface UntrustedOptions {
  readonly camera: string;
  readonly clock: Clock;
  readonly format: WantedFormat;
  /** Longest that one picture may take in the child. Default 3 s: the cause is known before the camera counts as silent. */
  readonly patience?: Milliseconds;
}

/** What the child is asked: first to open a picture, then, if there is room for it, to write its pixels. */
export type PictureQuestion =
  | { readonly do: 'open'; readonly camera: string; readonly bytes: Uint8Array; readonly format: WantedFormat }
  | { readonly do: 'read' };
export interface PictureShape {
  readonly width: number;
  readonly height: number;
  readonly format: PixelFormat;
}

/** Node with libvips takes 90 MB, the compressed picture 32 MB at most. */
const BASE_MEMORY = 256e6;
/** A progressive picture is decoded from coefficients of two bytes; TIFF is held whole; turning and grey need a copy. */
const COPIES = 6;
const PATIENCE = Seconds(3);
/** After a picture that brought the child down, none goes to it for this long, each time twice as long: no core burns for a bomb. */
const FIRST_PENALTY = Seconds(1);
const MOST_PENALTY = Seconds(60);

export class UntrustedPictures {
  private readonly options: UntrustedOptions;
  private readonly sandbox: Sandbox;
  private pixels: PixelPipe | null = null;
  private last: Promise<unknown> = Promise.resolve();
  private penalty: Milliseconds = 0;
  private barredUntil = Number.NEGATIVE_INFINITY;
  private barredFor = '';

  constructor(options: UntrustedOptions) {
    this.options = options;
    this.sandbox = new Sandbox({
      what: `decoding a picture of ${options.camera}`,
      entry: entryUrl('sources/cameras/decoding'),
      clock: options.clock,
      memory: BASE_MEMORY,
      // libvips puts large pictures into files of /tmp; here memory is bounded already.
      env: { VIPS_DISC_THRESHOLD: '1t', VIPS_CONCURRENCY: '1', UV_THREADPOOL_SIZE: '2', MALLOC_ARENA_MAX: '2' },
      output: () => this.openPixels(),
    });
  }

  /** One picture after the other. undefined: the pool has no slot. Rejects with CAMERA_BAD_IMAGE. */
  decode(bytes: Uint8Array, pool: FramePool): Promise<Decoded | undefined> {
    const decoded = this.last.then(() => this.one(bytes, pool));
    this.last = decoded.catch(() => {});
    return decoded;
  }

  async close(): Promise<void> {
    this.dropPixels();
    await this.sandbox.stop();
  }

  private async one(bytes: Uint8Array, pool: FramePool): Promise<Decoded | undefined> {
    const { camera, clock, format: want, patience: timeout = PATIENCE } = this.options;
    if (clock.elapsed() < this.barredUntil) throw this.bad(`the one before was the same: ${this.barredFor}`);
    const question: PictureQuestion = { do: 'open', camera, bytes, format: want };
    const shape = await this.ask<PictureShape>(question, timeout, BASE_MEMORY);
    const size = shape.width * shape.height * BYTES_PER_PIXEL[shape.format];
    const slot = pool.take(size);
    if (!slot) return undefined;
    try {
      const { pixels } = this;
      const filled = pixels?.fill(slot);
      await this.ask({ do: 'read' } satisfies PictureQuestion, timeout, BASE_MEMORY + COPIES * size);
      await filled;
    } catch (thrown) {
      // Nobody writes to the slot any more: the pipe is closed with the child, and by a child that lives nothing was written.
      this.pixels?.forget();
      pool.give(slot);
      throw thrown;
    }
    this.penalty = 0;
    return { ...shape, pixels: slot };
  }

  private async ask<Answer>(question: PictureQuestion, timeout: Milliseconds, memory: number): Promise<Answer> {
    try {
      return await this.sandbox.ask<Answer>(question, { timeout, memory });
    } catch (thrown) {
      const fault = thrown instanceof LinesideError ? thrown : this.bad(messageOf(thrown));
      if (!fault.code.startsWith('SANDBOX_')) throw fault.code === 'CAMERA_BAD_IMAGE' ? fault : this.bad(String(fault.details['why']));
      this.dropPixels();
      this.bar(fault);
      throw this.bad(fault.sentence.replace(/\.$/, ''));
    }
  }

  private bar({ sentence }: LinesideError): void {
    this.penalty = Math.min(MOST_PENALTY, Math.max(FIRST_PENALTY, this.penalty * 2));
    this.barredUntil = this.options.clock.elapsed() + this.penalty;
    this.barredFor = sentence.replace(/\.$/, '');
  }

  private bad(why: string): LinesideError {
    return new LinesideError('CAMERA_BAD_IMAGE', { camera: this.options.camera, why });
  }

  /** Of a new child. */
  private async openPixels(): Promise<number> {
    this.dropPixels();
    const { read, write } = await openPipe();
    this.pixels = new PixelPipe(read);
    return write;
  }
  private dropPixels(): void {
    this.pixels?.close();
    this.pixels = null;
  }
}

/** A byte before the pixels of each picture: where the next bytes belong is asked when those before them have come. */
export const PREAMBLE = 1;

class PixelPipe {
  private readonly socket: Socket;
  private readonly aside = new Uint8Array(PREAMBLE);
  private slot: Uint8Array | null = null;
  private at = 0;
  private done: () => void = () => {};

  constructor(fd: number) {
    this.socket = readPipe(fd, { room: () => this.room(), filled: (bytes) => this.filled(bytes) });
    // The child's end is told by its exit.
    this.socket.on('error', () => {}).unref();
  }

  /** Resolves when the slot is full. Stays open when the pipe is closed before: why is known to who closed it. */
  fill(slot: Uint8Array): Promise<void> {
    this.slot = slot;
    this.at = -PREAMBLE;
    // The process lives for what is on its way, and not for a pipe.
    this.socket.ref();
    return new Promise((resolve) => {
      this.done = resolve;
    });
  }
  forget(): void {
    this.slot = null;
    this.socket.unref();
  }
  close(): void {
    this.slot = null;
    this.socket.destroy();
  }

  private room(): Uint8Array {
    return this.slot && this.at >= 0 ? this.slot.subarray(this.at) : this.aside;
  }
  private filled(bytes: number): void {
    if (!this.slot) throw new LinesideError('INTERNAL', { why: 'pixels came that nobody had asked for' });
    this.at += bytes;
    if (this.at < this.slot.byteLength) return;
    this.forget();
    this.done();
  }
}
