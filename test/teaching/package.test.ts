/** A package on its way to its place: whatever happens, the place holds the old one or the new one. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Lesson } from '#agent/teaching/lesson.js';
import { type PackageWish, replace, writePackage } from '#agent/teaching/package.js';
import { scratch } from '../desk/evaluation/setup.ts';

const LESSON: Lesson = {
  kind: 'anomaly',
  summary: 'for a test',
  inputs: { image: { width: 8, height: 8, channels: 3 } },
  labels: ['good', 'not-as-taught'],
  good: 'good',
  threshold: 0.5,
  variant: 'fp32',
  quantization: null,
  network: new Uint8Array([1, 2, 3]),
  tolerance: 0.01,
  cases: [],
  figures: {},
  taught: {},
};

function place() {
  const folder = scratch();
  const wish = (version: string, prove: PackageWish['prove'] = async () => {}): PackageWish => ({
    folder: join(folder, 'ring'),
    version,
    force: true,
    now: 0,
    prove,
  });
  const version = () => /^version: (.*)$/m.exec(readFileSync(join(folder, 'ring', 'manifest.yaml'), 'utf8'))?.[1];
  return { folder, wish, version, beside: () => readdirSync(folder).filter((name) => name.startsWith('.')) };
}

describe('a taught package', () => {
  it('takes the place of the one before it, and leaves nothing beside', async () => {
    const { wish, version, beside } = place();
    await writePackage(LESSON, wish('0.1.0'));
    await writePackage(LESSON, wish('0.2.0'));
    expect(version()).toBe('0.2.0');
    expect(beside()).toEqual([]);
  });

  it('leaves the one before it in its place where it cannot go there itself', async () => {
    const { folder, wish, version } = place();
    await writePackage(LESSON, wish('0.1.0'));
    await expect(replace(join(folder, 'not-there'), join(folder, 'ring'), join(folder, '.before'))).rejects.toThrow(/ENOENT/);
    expect(version()).toBe('0.1.0');
    expect(existsSync(join(folder, 'ring', 'model.fp32.onnx'))).toBe(true);
  });

  it('puts back what one of the same number left between two renames', async () => {
    const { folder, wish, version, beside } = place();
    const stage = join(folder, `.lineside-teaching-${process.pid}`);
    mkdirSync(join(stage, 'before', 'other'), { recursive: true });
    writeFileSync(join(stage, 'before', 'other', 'manifest.yaml'), 'name: other\n');
    await writePackage(LESSON, wish('0.1.0'));
    expect(version()).toBe('0.1.0');
    expect(readFileSync(join(folder, 'other', 'manifest.yaml'), 'utf8')).toBe('name: other\n');
    expect(beside()).toEqual([]);
  });
});
