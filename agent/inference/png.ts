/**
 * Reads the golden pictures: 8-bit grey or RGB, not interlaced. sharp reads them too, but loading it takes a worker 130 ms of the
 * second in which the whole agent starts.
 */
import { inflateSync } from 'node:zlib';
import { LinesideError } from '../errors.ts';

export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  readonly pixels: Uint8Array;
}

const SIGNATURE = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');

/** Rejects what is not such a PNG with INTERNAL; the caller knows which file it was. */
export function readPng(file: Buffer): Picture {
  if (!file.subarray(0, 8).equals(SIGNATURE)) throw refuse('not a PNG');
  const header = chunks(file, 'IHDR')[0];
  if (!header || header.length < 13) throw refuse('no header');
  const [width, height, depth, colour, interlaced] = [header.readUInt32BE(0), header.readUInt32BE(4), header[8], header[9], header[12]];
  if (depth !== 8 || (colour !== 0 && colour !== 2) || interlaced !== 0) throw refuse('only 8-bit grey or RGB without interlacing is read');
  const channels = colour === 0 ? 1 : 3;
  const data = inflateSync(Buffer.concat(chunks(file, 'IDAT')));
  if (data.length !== height * (width * channels + 1)) throw refuse('truncated');
  return { width, height, channels, pixels: unfilter(data, width * channels, height, channels) };
}

function chunks(file: Buffer, type: string): Buffer[] {
  const found: Buffer[] = [];
  for (let at = 8; at + 12 <= file.length; ) {
    const length = file.readUInt32BE(at);
    if (file.toString('latin1', at + 4, at + 8) === type) found.push(file.subarray(at + 8, at + 8 + length));
    at += length + 12;
  }
  return found;
}

/** PNG specification 9.2: each row names its filter; left, up and corner are `step` bytes, one row, and both before. */
function unfilter(data: Buffer, row: number, height: number, step: number): Uint8Array {
  const out = new Uint8Array(row * height);
  for (let y = 0; y < height; y++) {
    const filter = data[y * (row + 1)] ?? 0;
    for (let x = 0; x < row; x++) {
      const left = x < step ? 0 : (out[y * row + x - step] ?? 0);
      const up = y === 0 ? 0 : (out[(y - 1) * row + x] ?? 0);
      const corner = x < step || y === 0 ? 0 : (out[(y - 1) * row + x - step] ?? 0);
      out[y * row + x] = (data[y * (row + 1) + 1 + x] ?? 0) + predict(filter, left, up, corner);
    }
  }
  return out;
}

function predict(filter: number, left: number, up: number, corner: number): number {
  if (filter === 0) return 0;
  if (filter === 1) return left;
  if (filter === 2) return up;
  if (filter === 3) return (left + up) >> 1;
  if (filter === 4) return paeth(left, up, corner);
  throw refuse(`filter ${filter}`);
}

function paeth(left: number, up: number, corner: number): number {
  const toLeft = Math.abs(up - corner);
  const toUp = Math.abs(left - corner);
  const toCorner = Math.abs(left + up - 2 * corner);
  if (toLeft <= toUp && toLeft <= toCorner) return left;
  return toUp <= toCorner ? up : corner;
}

const refuse = (why: string): LinesideError => new LinesideError('INTERNAL', { why });
