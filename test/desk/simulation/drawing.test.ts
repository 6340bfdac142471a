import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { createStudio } from '#agent/desk/simulation/drawing.js';
import { type Defect, type Part, partAt, SIZES } from '#agent/desk/simulation/parts.js';
import { elsewhere } from './elsewhere.ts';

const studio = createStudio({ seed: 1 });
const { width } = studio;
const part = (more: Partial<Part> = {}): Part => ({ ...partAt(1, 1, 1000), defects: [], shift: [0, 0], pose: 0, light: 1, ...more });
const defect = (kind: Defect['kind'], size: number, more: Partial<Defect> = {}): Defect => ({
  kind,
  size,
  x: 43,
  y: 5,
  angle: 30,
  ...more,
});
const hash = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const mean = (bytes: Uint8Array) => bytes.reduce((sum, value) => sum + value, 0) / bytes.length;

/** Pixels that differ by more than `by`: how many, and the middle of the box around them. */
function difference(a: Uint8Array, b: Uint8Array, by = 24) {
  const changed = [...a.keys()].filter((i) => Math.abs((a[i] ?? 0) - (b[i] ?? 0)) > by);
  const xs = changed.map((i) => i % width);
  const ys = changed.map((i) => Math.floor(i / width));
  const middle = (values: number[]) => (Math.min(...values) + Math.max(...values)) / 2;
  return { count: changed.length, x: middle(xs), y: middle(ys) };
}

describe('the studio', () => {
  beforeAll(() => studio.prepare());

  it('takes mono8 pictures of the size asked for', async () => {
    expect((await studio.picture(part())).byteLength).toBe(320 * 240);
    const small = createStudio({ seed: 1, width: 64 });
    expect([small.width, small.height]).toEqual([64, 48]);
    expect((await small.picture(part({ defects: [defect('flash', 4, { y: -42, angle: 0 })] }))).byteLength).toBe(64 * 48);
  });

  it('takes the same picture of the same part in every process, prepared or not', async () => {
    const numbers = [1, 2, 50, 51, 52];
    const here = [];
    for (const n of numbers) here.push(hash(await studio.picture(partAt(1, n, n * 100))));
    const there = `(async () => {
      const { createHash } = await import('node:crypto');
      const studio = createStudio({ seed: 1 });
      const pictures = await Promise.all([${[...numbers].reverse()}].map((n) => studio.picture(partAt(1, n, n * 100))));
      return pictures.map((bytes) => createHash('sha256').update(bytes).digest('hex'));
    })()`;
    expect(elsewhere({ createStudio: 'drawing', partAt: 'parts' }, there)).toEqual(here.reverse());
  });

  it('never takes the same picture of two parts, poses, or days', async () => {
    const other = createStudio({ seed: 2 });
    const pictures = [part(), part({ number: 2 }), part({ pose: 1 }), part({ shift: [1, 0] }), part({ light: 0.95 })].map((p) =>
      studio.picture(p),
    );
    const hashes = (await Promise.all([...pictures, other.picture(part())])).map(hash);
    expect(new Set(hashes).size).toBe(hashes.length);
  });

  it('shows a bright casting with a dark bore on a dark belt', async () => {
    const picture = await studio.picture(part());
    const patch = (x: number, y: number) =>
      mean(Uint8Array.from({ length: 81 }, (_, i) => picture[(y - 4 + Math.floor(i / 9)) * width + x - 4 + (i % 9)] ?? 0));
    expect(patch(10, 10)).toBeLessThan(80);
    expect(patch(160, 120)).toBeLessThan(70);
    expect(patch(160, 50)).toBeGreaterThan(140);
    expect(patch(75, 120)).toBeGreaterThan(120);
  });

  it('turns the lamp up and down', async () => {
    const [dim, bright] = await Promise.all([0.92, 1.06].map((light) => studio.picture(part({ light }))));
    expect(mean(bright ?? new Uint8Array(1)) / mean(dim ?? new Uint8Array(1))).toBeCloseTo(1.06 / 0.92, 1);
  });

  it('has grain like a sensor: a few grey levels', async () => {
    const [a, b] = await Promise.all([studio.picture(part({ number: 10 })), studio.picture(part({ number: 11 }))]);
    const errors = [...(a ?? []).keys()].map((i) => (a?.[i] ?? 0) - (b?.[i] ?? 0));
    expect(Math.max(...errors.map(Math.abs))).toBeLessThanOrEqual(7);
    expect(errors.filter((e) => e !== 0).length).toBeGreaterThan(0.8 * errors.length);
  });

  it.each(['pore', 'scratch', 'cold_shut'] as const)('puts a %s where the part says, and nowhere else', async (kind) => {
    const clean = await studio.picture(part());
    for (const [x, y] of [
      [43, 5],
      [-43, -15],
    ] as const) {
      const { count, ...at } = difference(clean, await studio.picture(part({ defects: [defect(kind, SIZES[kind].defect[0], { x, y })] })));
      expect(count).toBeGreaterThan(10);
      // 2 pixels a mm; the pose may turn by 2.5 degrees, 2 mm out here.
      expect(Math.abs(at.x - (160 + 2 * x))).toBeLessThan(8);
      expect(Math.abs(at.y - (120 + 2 * y))).toBeLessThan(8);
    }
  });

  it.each([
    [-42, 0, 'above'],
    [42, 180, 'below'],
  ] as const)('lets flash stand out at the edge at %d mm, %s the part', async (y, angle, _where) => {
    const clean = await studio.picture(part());
    const found = difference(clean, await studio.picture(part({ defects: [defect('flash', 3, { x: 0, y, angle })] })));
    expect(found.count).toBeGreaterThan(30);
    expect(Math.sign(found.y - 120 - 2 * y)).toBe(Math.sign(y));
  });

  it('lets a defect move with its part', async () => {
    const at = async (shift: readonly [number, number]) => {
      const [clean, marked] = await Promise.all(
        [part({ shift }), part({ shift, defects: [defect('pore', 4)] })].map((p) => studio.picture(p)),
      );
      return difference(clean ?? new Uint8Array(), marked ?? new Uint8Array());
    };
    const [here, there] = [await at([0, 0]), await at([2.5, -2])];
    expect(Math.abs(there.x - here.x - 5)).toBeLessThanOrEqual(1);
    expect(Math.abs(there.y - here.y + 4)).toBeLessThanOrEqual(1);
  });

  it('shows a defect many times as plainly as a blemish', async () => {
    const clean = await studio.picture(part());
    for (const kind of ['pore', 'scratch'] as const) {
      const [small, large] = [SIZES[kind].blemish?.[1] ?? 0, SIZES[kind].defect[0]];
      const count = async (size: number) => difference(clean, await studio.picture(part({ defects: [defect(kind, size)] }))).count;
      expect(await count(large)).toBeGreaterThan(2.5 * (await count(small)));
    }
  });
});
