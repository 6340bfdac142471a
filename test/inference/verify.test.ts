import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { TagWindow } from '#agent/contracts/index.js';
import { differenceOf } from '#agent/inference/golden.js';
import { variantOrder } from '#agent/inference/load.js';
import { readPng } from '#agent/inference/png.js';
import { verifyPackage } from '#agent/inference/verify.js';
import { withoutGaps } from '#agent/inference/window.js';
import { faultOf, MODELS, tagWindow } from './setup.ts';

const options = { providers: ['cpu'], threads: 1, rounds: 3 };

describe('lineside models verify', () => {
  it('checks every variant: hash, load, goldens, time', async () => {
    const check = await verifyPackage(join(MODELS, 'classify'), options);
    expect(check).toMatchObject({ package: 'classify', version: '1.0.0', kind: 'classify' });
    expect(check.variants.map(({ variant, ok, fault }) => [variant, ok, fault])).toEqual([
      ['fp32', true, null],
      ['int8-u8s8', true, null],
    ]);
    for (const { golden, runMs, provider } of check.variants) {
      expect(golden).toMatchObject({ cases: 1, tolerance: 1e-4 });
      expect(golden?.difference).toBeLessThan(1e-4);
      expect(runMs).toBeGreaterThan(0);
      expect(provider).toEqual({ asked: 'cpu', used: 'cpu', why: null });
    }
  });

  it('tells the variant that fails from the one that holds', async () => {
    const { variants } = await verifyPackage(join(MODELS, 'half-golden'), options);
    expect(variants.map(({ variant, ok }) => [variant, ok])).toEqual([
      ['fp32', true],
      ['int8-u8s8', false],
    ]);
    expect(variants[1]?.fault).toMatch(/^\[MODEL_GOLDEN\].*off by 0\.25/);
  });

  it.each([
    ['bad-hash', /MODEL_HASH/],
    ['garbage', /MODEL_INVALID/],
    ['bad-labels', /2 labels/],
  ])('says what is wrong with %s', async (name, fault) => {
    const { variants } = await verifyPackage(join(MODELS, name), options);
    expect(variants).toMatchObject([{ ok: false, golden: null, runMs: null }]);
    expect(variants[0]?.fault).toMatch(fault);
  });

  it('rejects what has no manifest', async () => {
    expect((await faultOf(verifyPackage(join(MODELS, 'nowhere'), options))).code).toBe('MODEL_INVALID');
  });

  it('says which provider ran it', async () => {
    const { variants } = await verifyPackage(join(MODELS, 'anomaly'), { ...options, providers: ['cuda'] });
    expect(variants[0]?.provider).toMatchObject({ asked: 'cuda', used: 'cpu' });
  });
});

describe('the order of variants', () => {
  const all = ['fp32', 'int8-s8s8', 'int8-u8s8', 'own'];
  it.each([
    ['cpu', 'x64', ['int8-u8s8', 'fp32', 'int8-s8s8', 'own']],
    ['cpu', 'arm64', ['int8-s8s8', 'int8-u8s8', 'fp32', 'own']],
    ['tensorrt', 'arm64', ['int8-s8s8', 'fp32', 'int8-u8s8', 'own']],
    ['cuda', 'x64', ['fp32', 'int8-s8s8', 'int8-u8s8', 'own']],
    ['another', 'x64', all],
  ])('on %s of an %s box', (provider, processor, order) => {
    expect(variantOrder(all, provider, processor)).toEqual(order);
  });
});

describe('golden outputs', () => {
  const found = { score: { shape: [1, 2], data: Float32Array.of(0.5, 0.25) } };
  const golden = (values: readonly number[], shape = [1, 2]) => ({ score: { shape, values } });
  it('are compared by their largest difference', () => {
    expect(differenceOf(found, golden([0.5, 0.25]))).toBe(0);
    expect(differenceOf(found, golden([0.25, 0.125]))).toBe(0.25);
  });
  it('are infinitely far where an output is missing, has another shape, or is no number', () => {
    const infinite = Number.POSITIVE_INFINITY;
    expect(differenceOf({}, golden([0.5, 0.25]))).toBe(infinite);
    expect(differenceOf(found, golden([0.5, 0.25], [2, 1]))).toBe(infinite);
    expect(differenceOf(found, golden([0.5]))).toBe(infinite);
    expect(differenceOf({ score: { shape: [1, 2], data: Float32Array.of(Number.NaN, 0.25) } }, golden([0.5, 0.25]))).toBe(infinite);
  });
});

describe('golden pictures', () => {
  const file = readFileSync(join(MODELS, 'classify', 'golden', 'case.png'));
  it('are read, whichever filters their rows use', () => {
    for (const name of readdirSync(MODELS)) {
      const path = join(MODELS, name, 'golden', 'case.png');
      if (!readdirSync(join(MODELS, name, 'golden')).includes('case.png')) continue;
      const { width, height, channels, pixels } = readPng(readFileSync(path));
      expect(pixels.length).toBe(width * height * channels);
      // What make-fixtures.py draws, but for the strip with a code, whose print is brighter.
      if (name !== 'read') for (const pixel of pixels) expect(pixel).toBeLessThan(98);
    }
  });
  it.each([
    ['a JPEG', () => Buffer.from([0xff, 0xd8, 0xff, 0xe0]), /not a PNG/],
    ['nothing', () => Buffer.alloc(0), /not a PNG/],
    ['half a file', () => file.subarray(0, 40), /truncated|unexpected end/],
    ['16 bits a channel', () => patched(24, 16), /8-bit/],
    ['a palette', () => patched(25, 3), /8-bit/],
    ['interlaced rows', () => patched(28, 1), /interlacing/],
    ['an unknown filter', () => withData(Buffer.alloc(16 * 17, 9)), /filter 9/],
    ['too few rows', () => withData(Buffer.alloc(17)), /truncated/],
  ])('that are %s are refused', (_, build, why) => {
    expect(() => readPng(build())).toThrow(why);
  });

  it('with a flipped bit are refused', () => {
    const copy = Buffer.from(file);
    const at = copy.indexOf('IDAT') + 10;
    copy[at] = (copy[at] ?? 0) ^ 1;
    expect(() => readPng(copy)).toThrow(/the checksum of IDAT is another/);
  });

  it('of another size than the input are refused before they are unpacked', () => {
    expect(() => readPng(file, { width: 32, height: 16, channels: 1 })).toThrow(/a picture of 16x16x1, the input is 32x16x1/);
  });

  function patched(at: number, value: number): Buffer {
    const copy = Buffer.from(file);
    copy[at] = value;
    copy.writeUInt32BE(crc32(copy.subarray(12, 29)), 29);
    return copy;
  }
  function withData(rows: Buffer): Buffer {
    const body = deflateSync(rows);
    const chunk = Buffer.concat([Buffer.alloc(4), Buffer.from('IDAT', 'latin1'), body, Buffer.alloc(4)]);
    chunk.writeUInt32BE(body.length);
    chunk.writeUInt32BE(crc32(chunk.subarray(4, -4)), chunk.length - 4);
    return Buffer.concat([file.subarray(0, 33), chunk]);
  }
});

describe('a window with holes', () => {
  const filled = (rows: readonly (readonly number[])[], over: Partial<TagWindow> = {}) => [...withoutGaps(tagWindow(rows, over))];
  const gap = Number.NaN;
  it('takes the last value before a hole, and at the beginning the first one after', () => {
    expect(
      filled(
        [
          [gap, 1],
          [2, gap],
          [gap, gap],
          [5, 4],
        ],
        { tags: ['a', 'b'] },
      ),
    ).toEqual([2, 1, 2, 1, 2, 1, 5, 4]);
  });
  it('does not use a value that is bad or too old, and refuses a tag that has no other', () => {
    const window = tagWindow(
      [
        [9, 1],
        [2, 1],
        [9, 1],
      ],
      { tags: ['a', 'b'], quality: new Uint8Array([2, 0, 0, 1, 3, 0]) },
    );
    expect([...withoutGaps(window)]).toEqual([2, 1, 2, 1, 2, 1]);
    const dead = { ...window, quality: new Uint8Array([2, 0, 2, 0, 2, 0]) };
    expect(() => withoutGaps(dead)).toThrow(/WINDOW_GAPS.*Tag a has 100 %/);
  });
  it('begins with what the package wants there, in the rows before anything was known', () => {
    const window = tagWindow(
      [
        [gap, gap],
        [gap, gap],
        [gap, 1],
        [2, 3],
      ],
      { tags: ['a', 'b'] },
    );
    expect([...withoutGaps(window, [8, 9])]).toEqual([8, 9, 8, 9, 2, 1, 2, 3]);
    expect([...withoutGaps(window, [8, undefined])]).toEqual([2, 1, 2, 1, 2, 1, 2, 3]);
    expect(() => withoutGaps(tagWindow([[gap, 1]], { tags: ['a', 'b'] }), [8, 9])).toThrow(/WINDOW_GAPS/);
  });
  it('is left as it is where there is none', () => {
    const whole = tagWindow([[1, 2, 3]]);
    expect(withoutGaps(whole)).toEqual(whole.values);
    expect(withoutGaps(whole)).not.toBe(whole.values);
  });
  it('counts infinity as a hole', () => {
    expect(filled([[1], [Number.POSITIVE_INFINITY]], { tags: ['a'] })).toEqual([1, 1]);
  });
});
