/** A PNG of numbers with a palette, as VOC has its masks: sharp writes none whose numbers are one's own. */
import { deflateSync } from 'node:zlib';

/** Of PNG, annex D. */
function crcOf(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return ~crc >>> 0;
}

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const crc = Buffer.alloc(4);
  crc.writeUInt32BE(crcOf(body));
  return Buffer.concat([length, body, crc]);
}

/** VOC's own: the bits of a number, dealt out to three colours from the highest down. */
export const vocColour = (number: number): readonly [number, number, number] => {
  const channel = (c: number) =>
    Array.from({ length: 8 }, (_, i) => ((number >> (3 * i + c)) & 1) << (7 - i)).reduce((sum, bit) => sum | bit, 0);
  return [channel(0), channel(1), channel(2)];
};

export function indexPng(side: number, at: (x: number, y: number) => number, colour: (number: number) => readonly number[] = vocColour) {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header.set([8, 3, 0, 0, 0], 8);
  const rows = Buffer.concat(Array.from({ length: side }, (_, y) => Buffer.from([0, ...Array.from({ length: side }, (_, x) => at(x, y))])));
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('PLTE', Buffer.from(Array.from({ length: 256 }, (_, number) => colour(number)).flat())),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}
