/** Regions of pictures cut, resized and made grey or colour by the WebAssembly kernel of prepare/assembly, in memory that is kept. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BYTES_PER_PIXEL, type PixelFormat, type Region } from '../contracts/index.ts';
import { LinesideError } from '../errors.ts';
import { packageRoot } from '../platform/package-root.ts';

/** As much of it as is used here. Node's types leave it to those of a browser. */
declare namespace WebAssembly {
  class Memory {
    constructor(pages: { readonly initial: number });
    readonly buffer: ArrayBuffer;
    grow(pages: number): number;
  }
  function instantiate(code: Uint8Array, imports: object): Promise<{ readonly instance: { readonly exports: object } }>;
}

/** What is wanted of a picture. */
export interface Cut {
  readonly pixels: Uint8Array;
  /** Pixels in a row of the picture; `region` (x, y, width, height) lies inside it. */
  readonly stride: number;
  readonly format: PixelFormat;
  readonly region: Region;
  /** Of the result. */
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
}

/** prepare/assembly/kernel.ts; all numbers are addresses and counts. */
interface Exports {
  axis(table: number, from: number, to: number, step: number): void;
  colours(image: number, columns: number, rows: number, out: number, width: number, height: number): void;
  grey(image: number, columns: number, rows: number, out: number, width: number, height: number): void;
  luma(from: number, to: number, pixels: number): void;
  repeat(from: number, to: number, pixels: number): void;
}

const PAGE = 65536;
const TABLE_ENTRY = 16;
/** The kernel reads and writes a few bytes past an end. */
const SLACK = 16;

export class Kernel {
  private readonly memory: WebAssembly.Memory;
  private readonly calls: Exports;

  private constructor(memory: WebAssembly.Memory, calls: Exports) {
    this.memory = memory;
    this.calls = calls;
  }

  static async open(): Promise<Kernel> {
    const code = await readFile(join(packageRoot, 'dist', 'agent', 'inference', 'prepare', 'kernel.wasm'));
    const memory = new WebAssembly.Memory({ initial: 1 });
    const { instance } = await WebAssembly.instantiate(code, { env: { memory } });
    return new Kernel(memory, instance.exports as Exports);
  }

  /** [height, width, channels], in memory of its own. Throws INTERNAL where the region lies outside, a RangeError when the box has no memory. */
  prepare({ pixels, stride, format, region: [x, y, across, down], width, height, channels }: Cut): Uint8Array<ArrayBuffer> {
    const bytes = BYTES_PER_PIXEL[format];
    if (x + across > stride || (y + down) * stride * bytes > pixels.length) {
      throw new LinesideError('INTERNAL', { why: 'the region is not inside the picture' });
    }
    const row = stride * bytes;
    const places = width * height;
    const columns = 0;
    const rows = columns + width * TABLE_ENTRY;
    const out = rows + height * TABLE_ENTRY;
    // Grey becomes colours, and colours grey, from here to `out`.
    const between = out + places * channels + SLACK;
    const image = between + places * BYTES_PER_PIXEL.rgb8 + SLACK;
    this.grow(image + down * row + SLACK);

    // Rows, not the region alone: one copy out of shared memory, which WebAssembly cannot read.
    new Uint8Array(this.memory.buffer, image, down * row).set(pixels.subarray(y * row, (y + down) * row));
    this.calls.axis(columns, across, width, bytes);
    this.calls.axis(rows, down, height, row);
    const first = image + x * bytes;
    if (format === 'rgb8') {
      this.calls.colours(first, columns, rows, channels === 3 ? out : between, width, height);
      if (channels === 1) this.calls.luma(between, out, places);
    } else {
      // Of 16 bits, little endian, the upper eight.
      this.calls.grey(first + bytes - 1, columns, rows, channels === 1 ? out : between, width, height);
      if (channels === 3) this.calls.repeat(between, out, places);
    }
    return new Uint8Array(this.memory.buffer, out, places * channels).slice();
  }

  private grow(bytes: number): void {
    const missing = bytes - this.memory.buffer.byteLength;
    if (missing > 0) this.memory.grow(Math.ceil(missing / PAGE));
  }
}
