/**
 * The worker thread that reads DataMatrix, QR and bar codes. Entry point of the thread. zxing-wasm is ZXing-C++ with no native part, so
 * the same file runs on every processor; its WebAssembly comes from the package on the disk, never from a network.
 */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { prepareZXingModule, type ReaderOptions, readBarcodes } from 'zxing-wasm/reader';
import { BYTES_PER_PIXEL, type PixelFormat, type Region } from '../contracts/index.ts';
import { LinesideError, messageOf } from '../errors.ts';
import { type Served, serve } from './thread.ts';

/** A picture in shared memory, and what is looked for in which part of it. */
export interface SymbolsOrder {
  readonly pixels: Uint8Array<SharedArrayBuffer>;
  /** Width of the picture; `region` lies inside it. */
  readonly stride: number;
  readonly format: PixelFormat;
  readonly region: Region;
  readonly formats: readonly string[];
}

/** Two different codes are one too many: no more are looked for. */
const ENOUGH = 2;
/** Runs until V8 has compiled the hot parts of the WebAssembly; the first takes twenty times as long as a later one. */
const WARM_UP = 5;

serve({ load, read });

async function load(): Promise<Served> {
  try {
    const wasmBinary = await readFile(fileURLToPath(import.meta.resolve('zxing-wasm/reader/zxing_reader.wasm')));
    await prepareZXingModule({ overrides: { wasmBinary: wasmBinary.buffer as ArrayBuffer }, fireImmediately: true });
  } catch (thrown) {
    throw new LinesideError('INTERNAL', { why: `zxing-wasm cannot be loaded (${messageOf(thrown)})` });
  }
  const side = 240;
  const pixels = new Uint8Array(new SharedArrayBuffer(side * side));
  for (let i = 0; i < pixels.length; i++) pixels[i] = (i * 7919) % 251;
  for (let i = 0; i < WARM_UP; i++) await read({ pixels, stride: side, format: 'mono8', region: [0, 0, side, side], formats: [] });
  return { value: null };
}

async function read(order: SymbolsOrder): Promise<Served> {
  const options: ReaderOptions = {
    formats: order.formats as NonNullable<ReaderOptions['formats']>,
    maxNumberOfSymbols: ENOUGH,
    // GS1 data as people write them, (01)0409...(21)17, instead of with control characters.
    textMode: 'HRI',
  };
  const found = await readBarcodes(portable(order), options);
  return { value: [...new Set(found.filter(({ isValid }) => isValid).map(({ text }) => text.trim()))].filter((text) => text !== '') };
}

/** The region as a portable grey or colour map (PGM, PPM): a header of a few bytes and rows as they are. 16 bits keep the upper eight. */
function portable({ pixels, stride, format, region: [x, y, width, height] }: SymbolsOrder): Uint8Array {
  const given = BYTES_PER_PIXEL[format];
  const kept = format === 'rgb8' ? 3 : 1;
  const header = new TextEncoder().encode(`${kept === 3 ? 'P6' : 'P5'}\n${width} ${height}\n255\n`);
  const out = new Uint8Array(header.length + width * height * kept);
  out.set(header);
  for (let row = 0; row < height; row++) {
    const from = ((y + row) * stride + x) * given;
    const line = pixels.subarray(from, from + width * given);
    out.set(given === kept ? line : line.filter((_, i) => i % 2 === 1), header.length + row * width * kept);
  }
  return out;
}
