/** A camera's pictures as RTP packets: motion JPEG (RFC 2435) and H.264 (RFC 6184), and what SDP says of each. */
import { spawnSync } from 'node:child_process';
import sharp from 'sharp';

export interface Stream {
  /** Lines of SDP for its one medium. */
  readonly sdp: readonly string[];
  /** The packets of each picture. */
  readonly pictures: readonly (readonly Buffer[])[];
}

/** Pixels; both are multiples of 16, as motion JPEG has them. */
const SIZE = { width: 64, height: 48 };
const RATE = 90_000;
export const FPS = 50;
/** Bytes of a packet's payload: what fits an Ethernet frame. */
const LARGEST = 1400;

/** RFC 3550, 5.1. `at`: number of the packet, and of the picture. */
function packet(type: number, isLast: boolean, at: readonly [packet: number, picture: number], payload: Buffer): Buffer {
  const head = Buffer.alloc(12);
  head.writeUInt8(0x80, 0);
  head.writeUInt8((isLast ? 0x80 : 0) | type, 1);
  head.writeUInt16BE(at[0] & 0xffff, 2);
  head.writeUInt32BE((at[1] * RATE) / FPS, 4);
  head.writeUInt32BE(0x1157_0001, 8);
  return Buffer.concat([head, payload]);
}

/** As RTP over the connection of the dialogue, RFC 2326, 10.12. */
export function interleaved(bytes: Buffer, channel = 0): Buffer {
  const head = Buffer.from([0x24, channel, 0, 0]);
  head.writeUInt16BE(bytes.length, 2);
  return Buffer.concat([head, bytes]);
}

const pieces = (bytes: Buffer, most: number): readonly Buffer[] =>
  Array.from({ length: Math.ceil(bytes.length / most) }, (_, i) => bytes.subarray(i * most, (i + 1) * most));

/** `count` pictures, all the same. */
export async function motionJpeg(count: number): Promise<Stream> {
  const { width, height } = SIZE;
  const noise = { type: 'gaussian', mean: 128, sigma: 60 } as const;
  const file = await sharp({ create: { width, height, channels: 3, background: '#808080', noise } })
    .jpeg()
    .toBuffer();
  const { tables, scan } = dissected(file);
  let number = 0;
  const pictures = Array.from({ length: count }, (_, picture) => {
    const all = pieces(scan, LARGEST);
    return all.map((piece, i) => {
      // Type 1 is 4:2:0; a Q of 255 says that the tables come with the first piece.
      const head = Buffer.from([0, 0, 0, 0, 1, 255, width / 8, height / 8]);
      head.writeUIntBE(i * LARGEST, 1, 3);
      const payload = Buffer.concat([head, ...(i === 0 ? [Buffer.from([0, 0, 0, tables.length]), tables] : []), piece]);
      return packet(26, i === all.length - 1, [number++, picture], payload);
    });
  });
  return { sdp: ['m=video 0 RTP/AVP 26', `a=framerate:${FPS}`, 'a=control:track1'], pictures };
}

/** The quantization tables of a baseline JPEG and its entropy-coded data; its Huffman tables are the standard's. */
function dissected(file: Buffer): { tables: Buffer; scan: Buffer } {
  const tables: Buffer[] = [];
  for (let at = 2; ; ) {
    const [marker, length] = [file[at + 1], file.readUInt16BE(at + 2)];
    const content = file.subarray(at + 4, at + 2 + length);
    if (marker === 0xdb) for (let i = 1; i < content.length; i += 65) tables.push(content.subarray(i, i + 64));
    at += 2 + length;
    if (marker === 0xda) return { tables: Buffer.concat(tables), scan: file.subarray(at, -2) };
  }
}

/** `count` pictures of which one in five stands alone; null where this ffmpeg writes no H.264. */
export function h264(ffmpeg: string, count: number): Stream | null {
  const source = ['-f', 'lavfi', '-i', `testsrc=size=${SIZE.width}x${SIZE.height}:rate=${FPS}`, '-frames:v', `${count}`];
  const codec = ['-c:v', 'libx264', '-profile:v', 'baseline', '-pix_fmt', 'yuv420p', '-g', '5', '-f', 'h264', 'pipe:1'];
  const { status, stdout } = spawnSync(ffmpeg, ['-loglevel', 'error', ...source, ...codec], { maxBuffer: 64e6 });
  if (status !== 0) return null;
  const units = unitsOf(stdout);
  const [sps, pps] = [7, 8].map((type) => units.find((unit) => typeOf(unit) === type)?.toString('base64'));
  const pictures: Buffer[][] = [];
  let number = 0;
  let waiting: Buffer[] = [];
  for (const unit of units) {
    waiting.push(unit);
    // A picture is what comes before it, and the slice itself: 1, or 5 where it stands alone.
    if (typeOf(unit) !== 1 && typeOf(unit) !== 5) continue;
    const all = waiting.flatMap(fragments);
    pictures.push(all.map((payload, i) => packet(96, i === all.length - 1, [number++, pictures.length], payload)));
    waiting = [];
  }
  const parameters = `a=fmtp:96 packetization-mode=1;sprop-parameter-sets=${sps},${pps}`;
  return { sdp: ['m=video 0 RTP/AVP 96', 'a=rtpmap:96 H264/90000', parameters, 'a=control:track1'], pictures };
}

const typeOf = (unit: Buffer): number => (unit[0] ?? 0) & 0x1f;

/** Annex B of H.264: units between start codes. */
function unitsOf(bytes: Buffer): readonly Buffer[] {
  const units: Buffer[] = [];
  for (let at = bytes.indexOf('000001', 0, 'hex'); at >= 0; ) {
    const next = bytes.indexOf('000001', at + 3, 'hex');
    const end = next < 0 ? bytes.length : bytes[next - 1] === 0 ? next - 1 : next;
    units.push(bytes.subarray(at + 3, end));
    at = next;
  }
  return units;
}

/** A unit as it is, or in fragments of type 28 (RFC 6184, 5.8). */
function fragments(unit: Buffer): readonly Buffer[] {
  if (unit.length <= LARGEST) return [unit];
  const first = unit[0] ?? 0;
  const all = pieces(unit.subarray(1), LARGEST - 2);
  return all.map((piece, i) => {
    const edges = (i === 0 ? 0x80 : 0) | (i === all.length - 1 ? 0x40 : 0);
    return Buffer.concat([Buffer.from([(first & 0x60) | 28, edges | (first & 0x1f)]), piece]);
  });
}
