import { describe, expect, it } from 'vitest';
import { type PnmHeader, PnmReader } from '#agent/sources/cameras/pnm.js';

/** Feeds the stream in pieces of at most `cut` bytes, as a pipe would; slots are taken while `slots` lasts. */
function read(stream: Buffer, cut: number, slots = Number.POSITIVE_INFINITY) {
  const seen: (PnmHeader & { pixels: string })[] = [];
  let begun = 0;
  let current: { header: PnmHeader; pixels: Buffer } | undefined;
  const reader = new PnmReader('top', {
    begin: (header, bytes) => {
      if (begun++ >= slots) return undefined;
      current = { header, pixels: Buffer.alloc(bytes) };
      return current.pixels;
    },
    complete: () => {
      if (current) seen.push({ ...current.header, pixels: current.pixels.toString('latin1') });
    },
  });
  for (let at = 0; at < stream.byteLength; ) {
    const room = reader.room();
    expect(room.byteLength).toBeGreaterThan(0);
    const piece = stream.subarray(at, at + Math.min(cut, room.byteLength));
    room.set(piece);
    reader.filled(piece.byteLength);
    at += piece.byteLength;
  }
  return { seen, begun };
}

const [RGB, GREY] = ['abcdef'.repeat(10), '0123456789'.repeat(100)];
const color = Buffer.from(`P6\n4 5\n255\n${RGB}`);
const grey = Buffer.from(`P5\n100 10\n255\n${GREY}`);

describe('a stream of any-maps', () => {
  it.each([1, 2, 5, 11, 64])('gives every picture with its size and format, in pieces of %i', (cut) => {
    const { seen } = read(Buffer.concat([color, grey, grey, color]), cut);
    expect(seen).toEqual([
      { format: 'rgb8', width: 4, height: 5, pixels: RGB },
      { format: 'mono8', width: 100, height: 10, pixels: GREY },
      { format: 'mono8', width: 100, height: 10, pixels: GREY },
      { format: 'rgb8', width: 4, height: 5, pixels: RGB },
    ]);
  });

  it('reads on over pictures that nobody has room for', () => {
    const { seen, begun } = read(Buffer.concat([color, color, color]), 7, 1);
    expect(seen).toHaveLength(1);
    expect(begun).toBe(3);
  });

  it.each([
    'hello world, this is no picture at all',
    'P6\n1 1\n255\nabcabcabcabcabcabcabcabcabcabc',
    'P6\n2 1\n65535\nabcdefabcdefabcdefabcdef',
    `P5\n${'9'.repeat(40)}`,
  ])('is a fault of the camera when it is none: %j', (text) => {
    expect(() => read(Buffer.from(text), 64)).toThrow(/CAMERA_BAD_IMAGE.*Camera top/);
  });
});
