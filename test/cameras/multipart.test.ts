import { describe, expect, it } from 'vitest';
import { boundaryOf, MultipartReader } from '#agent/sources/cameras/multipart.js';

const read = (stream: Buffer, cut: number, { boundary = 'frame', most = 1000 } = {}) => {
  const parts: string[] = [];
  const reader = new MultipartReader({ camera: 'top', boundary, most, part: (body) => parts.push(body.toString('latin1')) });
  for (let at = 0; at < stream.byteLength; at += cut) reader.push(stream.subarray(at, at + cut));
  return parts;
};
const sized = (body: string) => `--frame\r\nContent-Type: image/jpeg\r\nContent-Length: ${body.length}\r\n\r\n${body}\r\n`;
const unsized = (body: string) => `--frame\r\nContent-Type: image/jpeg\r\n\r\n${body}\r\n`;
/** Bytes that look like a boundary, a blank line and a head, and are none. */
const NASTY = ['\r\n\r\n', '\r\n--fram', 'Content-Length: 3\r\n\r\n', '\n\n', '-'.repeat(80)];
const CUTS = [1, 2, 3, 7, 16, 64, 10_000];

describe('the parts of a stream', () => {
  it.each(CUTS)('come whole when the network cuts the bytes every %i', (cut) => {
    const stream = Buffer.from(NASTY.map(sized).join(''), 'latin1');
    expect(read(stream, cut)).toEqual(NASTY);
  });

  it.each(CUTS)('come whole without lengths, cut every %i, up to the boundary of the next', (cut) => {
    const stream = Buffer.from([...NASTY, 'last'].map(unsized).join(''), 'latin1');
    expect(read(stream, cut)).toEqual(NASTY);
  });

  it.each(CUTS)('may come with and without lengths in one stream, cut every %i', (cut) => {
    const stream = Buffer.from(sized('one') + unsized('two') + sized('three') + unsized('four') + sized('five'), 'latin1');
    expect(read(stream, cut)).toEqual(['one', 'two', 'three', 'four', 'five']);
  });

  it.each(CUTS)('survive further line ends before a head, cut every %i', (cut) => {
    expect(read(Buffer.from(`\r\n\r\n${sized('one')}\r\n\r\n${sized('two')}`, 'latin1'), cut)).toEqual(['one', 'two']);
  });

  it('are found when the boundary is named with its dashes, and lengths in any case', () => {
    const stream = Buffer.from('--b\r\ncontent-LENGTH:   3\r\n\r\none\r\n--b\r\n\r\ntwo\r\n--b\r\n', 'latin1');
    expect(read(stream, 5, { boundary: '--b' })).toEqual(['one', 'two']);
  });

  it('are copies that the next chunk does not change', () => {
    const parts: Buffer[] = [];
    const reader = new MultipartReader({ camera: 'top', boundary: 'frame', most: 1000, part: (body) => parts.push(body) });
    const chunk = Buffer.from(unsized('one') + sized('two'), 'latin1');
    reader.push(chunk);
    chunk.fill(0);
    reader.push(Buffer.from(unsized('three') + unsized('four'), 'latin1'));
    expect(parts.map(String)).toEqual(['one', 'two', 'three']);
  });

  it.each([
    ['says it is', '--frame\r\nContent-Length: 1001\r\n\r\n'],
    ['turns out to be', `--frame\r\n\r\n${'x'.repeat(1001)}`],
    ['has a head that is', `--frame\r\n${'x'.repeat(5000)}`],
  ])('are a fault when one %s too large', (_, stream) => {
    expect(() => read(Buffer.from(stream, 'latin1'), 64)).toThrow(/CAMERA_BAD_IMAGE.*Camera top/);
  });
});

describe('the boundary', () => {
  it.each([
    ['multipart/x-mixed-replace;boundary=abc', 'abc'],
    ['multipart/x-mixed-replace; boundary="a b"; charset=x', 'a b'],
    ['Multipart/X-Mixed-Replace; Boundary=--abc; x=y', '--abc'],
    ['multipart/x-mixed-replace', undefined],
    ['image/jpeg; boundary=abc', undefined],
    ['', undefined],
  ])('of %j is %j', (type, boundary) => {
    expect(boundaryOf(type)).toBe(boundary);
  });
});
