import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { PictureStream } from '#agent/sources/cameras/picture-stream.js';
import { heldAs, picture, scanBomb } from '../simulators/pictures.ts';

const read = (stream: Buffer, cut: number, most = 1e6) => {
  const found: Buffer[] = [];
  const reader = new PictureStream({ camera: 'top', most, picture: (bytes) => found.push(Buffer.from(bytes)) });
  for (let at = 0; at < stream.byteLength; at += cut) reader.push(stream.subarray(at, at + cut));
  return found;
};

const jpeg = await picture({ width: 64, height: 48, noise: true });
const small = await picture({ width: 16, height: 16 });
const progressive = await scanBomb({ width: 16, height: 16, scans: 5 });
const png = await sharp(jpeg).png().toBuffer();
/** A thumbnail within, which has a start and an end of its own. */
const nested = (() => {
  const segment = Buffer.concat([Buffer.from([0xff, 0xe2, 0, 0]), small]);
  segment.writeUInt16BE(segment.byteLength - 2, 2);
  return Buffer.concat([jpeg.subarray(0, 2), segment, jpeg.subarray(2)]);
})();
const padded = Buffer.concat([jpeg.subarray(0, 2), Buffer.from([0xff, 0xff, 0xff, 0xfe, 0, 4, 65, 66]), jpeg.subarray(2)]);
const PICTURES = [jpeg, small, progressive, png, nested, heldAs(small, 6), padded];
const CUTS = [1, 2, 3, 7, 64, 1000, 1_000_000];

const part = (bytes: Buffer, head: string, end = '\r\n') => Buffer.concat([Buffer.from(head, 'latin1'), bytes, Buffer.from(end)]);

describe('the pictures of a stream', () => {
  it.each(CUTS)('come whole, whatever stands between them, cut every %i', (cut) => {
    const streams = [
      PICTURES,
      PICTURES.map((bytes) => part(bytes, `--frame\r\nContent-Type: image/jpeg\r\nContent-Length: ${bytes.byteLength}\r\n\r\n`)),
      PICTURES.map((bytes) => part(bytes, '--other boundary\n\n', '\n')),
      PICTURES.map((bytes) => part(bytes, `--frame\r\nContent-Length: ${Math.max(1, bytes.byteLength - 100)}\r\n\r\n`)),
      PICTURES.map((bytes) => part(bytes, '--frame\r\nContent-Type: application/json\r\n\r\n{"motion": true}\r\n--frame\r\n\r\n')),
    ];
    for (const stream of streams) {
      const found = read(Buffer.concat(stream), cut);
      expect(found.map((bytes) => PICTURES.findIndex((one) => one.equals(bytes)))).toEqual([0, 1, 2, 3, 4, 5, 6]);
    }
  });

  it.each(CUTS)('that are torn end where the next begins, cut every %i', (cut) => {
    const torn = jpeg.subarray(0, jpeg.byteLength >> 1);
    const found = read(Buffer.concat([torn, Buffer.from('\r\n--frame\r\n\r\n'), jpeg, jpeg]), cut);
    expect(found).toHaveLength(3);
    expect(found.slice(1).every((bytes) => bytes.equals(jpeg))).toBe(true);
  });

  it('are copies that the next chunk does not change', () => {
    const found: Buffer[] = [];
    const reader = new PictureStream({ camera: 'top', most: 1e6, picture: (bytes) => found.push(bytes) });
    const chunk = Buffer.concat([jpeg, small]);
    reader.push(chunk);
    chunk.fill(0);
    reader.push(Buffer.concat([small, jpeg]));
    expect(found.map((bytes) => bytes.toString('latin1'))).toEqual([jpeg, small, small, jpeg].map((bytes) => bytes.toString('latin1')));
  });

  it.each([
    ['a picture', Buffer.concat([jpeg.subarray(0, -2), Buffer.alloc(3000)])],
    ['what is no picture', Buffer.alloc(10_000)],
    ['a picture', Buffer.concat([png.subarray(0, 40), Buffer.alloc(10_000)])],
  ])('are a fault when there is more than is allowed of %s', (what, stream) => {
    expect(() => read(stream, 64, jpeg.byteLength + 1000)).toThrow(new RegExp(`CAMERA_BAD_IMAGE.*Camera top.*of ${what}`));
  });

  it('take no more memory than the largest that is allowed, however long the stream', () => {
    const reader = new PictureStream({ camera: 'top', most: 1e5, picture: () => {} });
    const before = process.memoryUsage().arrayBuffers;
    for (let i = 0; i < 5000; i++) reader.push(jpeg);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(300e6);
  });
});
