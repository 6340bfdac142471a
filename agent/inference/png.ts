/**
 * Reads the golden pictures: 8-bit grey or RGB, not interlaced. By hand, since every model's thread reads them at every start of the agent
 * and libraries cost it more than the whole rest of the load: sharp takes 130 ms to be loaded, fast-png 60 ms and then ten times as long a
 * picture (62 ms against 6 for 448x448, cold), without a bound for what a small file unpacks to. Length, checksum and size are checked here.
 */
import { crc32, inflateSync } from 'node:zlib';
import { LinesideError, messageOf } from '../errors.ts';

export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  readonly pixels: Uint8Array;
}

const SIGNATURE = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');

/** Rejects what is not such a PNG, or not of the size `wanted`, with INTERNAL; the caller knows which file it was. */
export function readPng(file: Buffer, wanted?: Pick<Picture, 'width' | 'height' | 'channels'>): Picture {
  if (!file.subarray(0, 8).equals(SIGNATURE)) throw refuse('not a PNG');
  const [header] = chunks(file, 'IHDR');
  if (!header || header.length < 13) throw refuse('no header');
  const { width, height, channels } = sizeOf(header);
  if (wanted && (width !== wanted.width || height !== wanted.height || channels !== wanted.channels))
    throw refuse(`a picture of ${width}x${height}x${channels}, the input is ${wanted.width}x${wanted.height}x${wanted.channels}`);
  const length = height * (width * channels + 1);
  const data = inflated(Buffer.concat(chunks(file, 'IDAT')), length);
  if (data.length !== length) throw refuse('truncated');
  return { width, height, channels, pixels: unfilter(data, width * channels, height, channels) };
}

function sizeOf(header: Buffer): Pick<Picture, 'width' | 'height' | 'channels'> {
  const [width, height, depth, colour, interlaced] = [header.readUInt32BE(0), header.readUInt32BE(4), header[8], header[9], header[12]];
  if (depth !== 8 || (colour !== 0 && colour !== 2) || interlaced !== 0) throw refuse('only 8-bit grey or RGB without interlacing is read');
  return { width, height, channels: colour === 0 ? 1 : 3 };
}

/** Bounded: ten bytes may unpack to gigabytes. */
function inflated(packed: Buffer, most: number): Buffer {
  try {
    return inflateSync(packed, { maxOutputLength: Math.max(1, most) });
  } catch (thrown) {
    throw refuse(messageOf(thrown));
  }
}

function chunks(file: Buffer, type: string): Buffer[] {
  const found: Buffer[] = [];
  for (let at = 8; at + 12 <= file.length; ) {
    const length = file.readUInt32BE(at);
    const end = at + 8 + length;
    if (file.toString('latin1', at + 4, at + 8) === type) {
      if (end + 4 > file.length) throw refuse('truncated');
      if (crc32(file.subarray(at + 4, end)) !== file.readUInt32BE(end)) throw refuse(`damaged: the checksum of ${type} is another`);
      found.push(file.subarray(at + 8, end));
    }
    at = end + 4;
  }
  return found;
}

/** What a filter adds to each byte: from the bytes to the left, above, and to the left of that one. */
type Predict = (left: number, up: number, corner: number) => number;

/** PNG specification 9.2, by the number that a row begins with. */
const FILTERS: readonly Predict[] = [() => 0, (left) => left, (_, up) => up, (left, up) => (left + up) >> 1, paeth];

/** Left is `step` bytes away, up one row; outside of the picture all is 0. */
function unfilter(data: Buffer, row: number, height: number, step: number): Uint8Array {
  const out = new Uint8Array(row * height);
  let above = new Uint8Array(row);
  for (let y = 0; y < height; y++) {
    const from = y * (row + 1);
    const predict = FILTERS[data[from] ?? 0];
    if (!predict) throw refuse(`filter ${data[from]}`);
    const line = out.subarray(y * row, (y + 1) * row);
    unfilterRow(data.subarray(from + 1, from + 1 + row), above, line, step, predict);
    above = line;
  }
  return out;
}

function unfilterRow(stored: Uint8Array, above: Uint8Array, line: Uint8Array, step: number, predict: Predict): void {
  for (let x = 0; x < line.length; x++) {
    const left = x < step ? 0 : (line[x - step] ?? 0);
    const corner = x < step ? 0 : (above[x - step] ?? 0);
    line[x] = (stored[x] ?? 0) + predict(left, above[x] ?? 0, corner);
  }
}

function paeth(left: number, up: number, corner: number): number {
  const toLeft = Math.abs(up - corner);
  const toUp = Math.abs(left - corner);
  const toCorner = Math.abs(left + up - 2 * corner);
  if (toLeft <= toUp && toLeft <= toCorner) return left;
  return toUp <= toCorner ? up : corner;
}

const refuse = (why: string): LinesideError => new LinesideError('INTERNAL', { why });
