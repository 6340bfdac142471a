/**
 * A stream of uncompressed pictures in the portable any-map formats, P6 (rgb8) and P5 (mono8): what both ffmpeg and GStreamer can
 * write, and what tells its size with every picture, so that nobody has to ask the camera first and a camera may change it.
 *
 * The reader says where the next bytes belong (room) and is told how many came (filled): a picture is read by the kernel straight
 * into its slot of the pool.
 */
import type { PixelFormat } from '../../contracts/index.ts';
import { BYTES_PER_PIXEL } from '../../contracts/index.ts';
import { LinesideError } from '../../errors.ts';

export interface PnmHeader {
  readonly width: number;
  readonly height: number;
  readonly format: PixelFormat;
}
export interface PnmSink {
  /** A picture begins: where its pixels go, or undefined to skip them. */
  begin(header: PnmHeader, bytes: number): Uint8Array | undefined;
  /** All of it is there. Not called for what was skipped. */
  complete(): void;
}

/** "P6\n1 1\n255\n" */
const SHORTEST = 11;
const LONGEST = 32;
const ASIDE = 65_536;

export class PnmReader {
  private readonly camera: string;
  private readonly sink: PnmSink;
  private readonly head = Buffer.alloc(LONGEST);
  /** Length of the header before: the next is very likely as long, and is then read in one piece. */
  private usual = SHORTEST;
  private got = 0;
  /** Of the picture that is coming; null while it is skipped. */
  private pixels: Uint8Array | null = null;
  /** Bytes of it that are there, and that there will be; 0 between two pictures. */
  private at = 0;
  private bytes = 0;
  /** What is skipped has to be read too: the pipe must stay in motion. However large the picture says it is. */
  private readonly aside = new Uint8Array(ASIDE);

  constructor(camera: string, sink: PnmSink) {
    this.camera = camera;
    this.sink = sink;
  }

  /** Where the next bytes belong; never empty. */
  room(): Uint8Array {
    if (this.pixels) return this.pixels.subarray(this.at);
    if (this.bytes > 0) return this.aside.subarray(0, Math.min(ASIDE, this.bytes - this.at));
    return this.head.subarray(this.got, Math.max(this.usual, this.got + 1));
  }

  /** `bytes` have been written to the room asked for last. Throws CAMERA_BAD_IMAGE when they are no picture. */
  filled(bytes: number): void {
    if (this.bytes > 0) this.fillPixels(bytes);
    else this.fillHead(bytes);
  }

  private fillPixels(bytes: number): void {
    this.at += bytes;
    if (this.at < this.bytes) return;
    const isKept = this.pixels !== null;
    this.pixels = null;
    this.bytes = 0;
    if (isKept) this.sink.complete();
  }

  private fillHead(bytes: number): void {
    this.got += bytes;
    const text = this.head.toString('latin1', 0, this.got);
    const match = /^P([56])\s(\d+)\s(\d+)\s255\s/.exec(text);
    if (match)
      this.begin({ format: match[1] === '6' ? 'rgb8' : 'mono8', width: Number(match[2]), height: Number(match[3]) }, match[0].length);
    else if (this.got >= LONGEST - 1 || !/^P[56]?$/.test(text.slice(0, 2))) throw this.noPicture();
  }

  private begin(header: PnmHeader, length: number): void {
    const bytes = header.width * header.height * BYTES_PER_PIXEL[header.format];
    // The guess may have been too long: pixels are in the head then, but never a whole picture of them.
    if (bytes < LONGEST) throw this.noPicture();
    this.pixels = this.sink.begin(header, bytes) ?? null;
    this.pixels?.set(this.head.subarray(length, this.got));
    this.bytes = bytes;
    this.at = this.got - length;
    this.usual = length;
    this.got = 0;
  }

  private noPicture(): LinesideError {
    return new LinesideError('CAMERA_BAD_IMAGE', { camera: this.camera, why: 'the decoder sent something that is no picture' });
  }
}
