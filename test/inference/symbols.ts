/** DataMatrix, QR and bar codes to look at, drawn by the writer of zxing-wasm. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { prepareZXingModule, type WriterOptions, writeBarcode } from 'zxing-wasm/writer';

export interface Drawn {
  readonly width: number;
  readonly height: number;
  /** 0 or 255. */
  at(x: number, y: number): number;
}

export async function symbol(text: string, format: NonNullable<WriterOptions['format']>, scale = 4): Promise<Drawn> {
  const wasm = await readFile(fileURLToPath(import.meta.resolve('zxing-wasm/writer/zxing_writer.wasm')));
  await prepareZXingModule({ overrides: { wasmBinary: wasm.buffer as ArrayBuffer }, fireImmediately: true });
  const { symbol: drawn, error } = await writeBarcode(text, { format, addQuietZones: true });
  if (error !== '') throw new Error(error);
  const { data, width, height } = drawn;
  // A bar code is one row of modules.
  const tall = height === 1 ? 12 : height;
  const module = (x: number, y: number) => data[(height === 1 ? 0 : Math.floor(y / scale)) * width + Math.floor(x / scale)] ?? 255;
  return { width: width * scale, height: tall * scale, at: module };
}

/** The symbols on white, each with its upper left corner at its place. */
export const laid = (...parts: readonly (readonly [symbol: Drawn, left: number, top: number])[]) => {
  return (x: number, y: number): number => {
    for (const [drawn, left, top] of parts) {
      if (x >= left && y >= top && x < left + drawn.width && y < top + drawn.height) return drawn.at(x - left, y - top);
    }
    return 255;
  };
};
