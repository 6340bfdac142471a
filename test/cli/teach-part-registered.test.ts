/** A technician teaches a part that lies a few millimetres elsewhere every time, and has pictures judged. */
import { copyFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { readManifest } from '#agent/inference/manifest.js';
import { scratch, write } from '../desk/evaluation/setup.ts';
import { noise } from '../teaching/machines.ts';
import { linesideIn } from './setup.ts';

const SIDE = 200;
const PATIENCE = 600_000;

interface Part {
  readonly seed: number;
  /** Its middle, from that of the picture; null: there is none. */
  readonly at: readonly [number, number] | null;
  /** Something dark on it, from its middle. */
  readonly spot?: readonly [number, number];
}

/** A turned ring with eight marks, on a bench. */
async function part(file: string, { seed, at, spot }: Part): Promise<void> {
  const next = noise(seed);
  const pixels = Buffer.alloc(SIDE * SIDE * 3);
  const light = 4 * next();
  for (let y = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++) {
      const [dx, dy] = [x - SIDE / 2 - (at?.[0] ?? 0), y - SIDE / 2 - (at?.[1] ?? 0)];
      const away = Math.hypot(dx, dy);
      const ring = at && away > 38 && away < 60 ? 50 + 25 * Math.sign(Math.sin(4 * Math.atan2(dy, dx) + 0.4)) : 0;
      const dark = at && spot && Math.hypot(dx - spot[0], dy - spot[1]) < 8 ? -80 : 0;
      pixels.fill(Math.max(0, Math.min(255, 110 + light + ring + dark + 3 * next())), (y * SIDE + x) * 3, (y * SIDE + x) * 3 + 3);
    }
  }
  write(
    file,
    await sharp(pixels, { raw: { width: SIDE, height: SIDE, channels: 3 } })
      .png()
      .toBuffer(),
  );
}

/** Up to 14 pixels away each way: a tenth of what is looked at. */
function places(count: number, seed: number): readonly (readonly [number, number])[] {
  const next = noise(seed);
  const at = () => Math.round(Math.max(-14, Math.min(14, 9 * next())));
  return Array.from({ length: count }, () => [at(), at()] as const);
}

async function workshop(count: number) {
  const folder = scratch();
  for (const [i, at] of places(count, 3).entries()) await part(join(folder, 'good', `ring-${i}.png`), { seed: i + 1, at });
  const lineside = (...args: readonly string[]) => linesideIn({ cwd: folder }, ...args);
  return { folder, lineside };
}

interface Score {
  readonly file: string;
  readonly score: number | null;
  readonly alarm: boolean;
  readonly at?: readonly [number, number];
  readonly found?: { readonly region: readonly number[]; readonly moved: readonly [number, number]; readonly likeness: number };
  readonly fault?: string;
}

const SPOT = [48, 0] as const;

describe('teach part, where the part moves', () => {
  it(
    'finds each part, judges it where it lies and shows where; a picture without it is not judged, and says so',
    async () => {
      const { folder, lineside } = await workshop(10);
      const teach = (to: string, ...more: readonly string[]) => lineside('teach', 'part', '--good', 'good', '--to', to, '--json', ...more);
      const { status, stdout, stderr } = teach('./moving', '--registered');
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      const told = JSON.parse(stdout);
      expect(told).toMatchObject({
        good: 10,
        region: null,
        registered: { reference: expect.stringMatching(/ring-\d+\.png$/), range: 0.1667, unfound: [] },
      });
      expect(told.registered.moved).toBeGreaterThan(0.03);
      expect(told.registered.least).toBeLessThan(told.registered.likeness.least);
      const { inputs, decode, provenance } = await readManifest(join(folder, 'moving'));
      expect(inputs.image).toMatchObject({ width: 298, height: 298 });
      expect(decode).toEqual({ registered: { reference: [37, 37, 224, 224], field: [298, 298], least: told.registered.least } });
      expect(provenance).toMatchObject({ taught: { good: 10, registered: { range: expect.closeTo(1 / 6, 9) } } });
      expect(lineside('models', 'verify', './moving').status).toBe(0);

      const fresh = places(4, 11);
      for (const [i, at] of fresh.entries()) await part(join(folder, 'new', `good-${i}.png`), { seed: 100 + i, at });
      for (const [i, at] of places(2, 12).entries()) await part(join(folder, 'new', `spot-${i}.png`), { seed: 200 + i, at, spot: SPOT });
      await part(join(folder, 'new', 'none.png'), { seed: 300, at: null });
      await part(join(folder, 'new', 'out.png'), { seed: 301, at: [-75, 10] });
      write(
        join(folder, 'new', 'grey.png'),
        await sharp({ create: { width: SIDE, height: SIDE, channels: 3, background: '#808080' } })
          .png()
          .toBuffer(),
      );
      const scores = (name: string): readonly Score[] =>
        JSON.parse(lineside('models', 'score', name, '--on', 'new', '--json').stdout).scores;
      const of = (list: readonly Score[], name: string) => list.filter(({ file }) => file.startsWith(name));
      const refused = (list: readonly Score[]) => list.filter(({ alarm }) => alarm).length;
      const moving = scores('./moving');

      const reference = of(moving, 'good').map(({ found }, i) => [
        (fresh[i]?.[0] ?? 0) - (found?.moved[0] ?? 99),
        (fresh[i]?.[1] ?? 0) - (found?.moved[1] ?? 99),
      ]);
      // Wherever the reference lay, all are told apart from it: to a pixel of the network's, which are 5 of 7 here.
      for (const [x = 0, y = 0] of reference) {
        expect(Math.abs(x - (reference[0]?.[0] ?? 0))).toBeLessThan(2);
        expect(Math.abs(y - (reference[0]?.[1] ?? 0))).toBeLessThan(2);
      }
      expect(refused(of(moving, 'good'))).toBe(0);
      expect(refused(of(moving, 'spot'))).toBe(2);
      for (const [i, { at, found }] of of(moving, 'spot').entries()) {
        const [x, y] = places(2, 12)[i] ?? [0, 0];
        const [spotX, spotY] = [SIDE / 2 + x + SPOT[0], SIDE / 2 + y + SPOT[1]];
        expect(Math.hypot((at?.[0] ?? 0) - spotX, (at?.[1] ?? 0) - spotY)).toBeLessThan(25);
        expect(found?.region.slice(2)).toEqual([150, 150]);
      }
      for (const name of ['none', 'out', 'grey'])
        expect(of(moving, name)).toEqual([
          {
            file: `${name}.png`,
            score: null,
            threshold: 0.5,
            alarm: true,
            label: null,
            fault: expect.stringMatching(/^Model moving did not find the part in its picture: /),
          },
        ]);
      expect(lineside('models', 'score', './moving', '--on', 'new').stdout).toMatch(
        /^9 pictures, 2 of them above the threshold, in 3 no part was found\n/,
      );
    },
    PATIENCE,
  );

  it(
    'takes a region, looks around it, and says the region that the config has to name',
    async () => {
      const { folder, lineside } = await workshop(10);
      const { status, stdout, stderr } = lineside(
        'teach',
        'part',
        '--good',
        'good',
        '--to',
        './ring',
        '--registered',
        '--region',
        '36,36,128,128',
      );
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      expect(stdout).toMatch(/region: \[15, 15, 170, 170\]: the config has to say it of the model/);
      expect(stdout).toMatch(/the part moves: all are held against .*ring-\d\.png; they lie up to \d+\.\d % of the region away/);
      await part(join(folder, 'new', 'good.png'), { seed: 77, at: [9, -7] });
      const found = [expect.objectContaining({ alarm: false, found: expect.objectContaining({ likeness: expect.closeTo(0.95, 1) }) })];
      const scored = (...more: readonly string[]) =>
        JSON.parse(lineside('models', 'score', './ring', '--on', 'new', ...more, '--json').stdout).scores;
      expect(scored('--region', '15,15,170,170')).toEqual(found);
      // It knows the region that it was taught on; on whole pictures the part is larger, or smaller, than it was.
      expect(scored()).toEqual(found);
      expect((await readManifest(join(folder, 'ring'))).provenance).toMatchObject({ taught: { region: [15, 15, 170, 170] } });
    },
    PATIENCE,
  );

  it(
    'counts a bad part that is not found as told from the good ones, and names its picture',
    async () => {
      const { folder, lineside } = await workshop(8);
      for (const [i, at] of places(2, 12).entries())
        await part(join(folder, 'bad', 'spot', `spot-${i}.png`), { seed: 200 + i, at, spot: SPOT });
      await part(join(folder, 'bad', 'gone', 'gone.png'), { seed: 300, at: null });
      const { status, stdout, stderr } = lineside(
        'teach',
        'part',
        '--good',
        'good',
        '--bad',
        'bad',
        '--registered',
        '--to',
        './ring',
        '--json',
      );
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      const told = JSON.parse(stdout);
      const gone = expect.stringMatching(/gone\.png$/);
      expect(told.registered.unfound).toEqual([gone]);
      expect(told).toMatchObject({ bad: 3, with_bad: { kinds: { gone: { value: 1 } } } });
      expect(told.held_out).toContainEqual({ file: gone, part: gone, bad: true, score: 1 });
      expect(told.promise.text).toContain('that are found in their picture');
      expect(told.remarks).toContainEqual(expect.stringMatching(/^one bad part is so unlike .* it counts as found bad$/));
    },
    PATIENCE,
  );

  it.each([
    ['pictures without detail', 'flat', [], /there is no detail in it by which a part that moves could be found/],
    [
      'a region without room around it',
      'good',
      ['--region', '0,0,200,200'],
      /the region leaves no room around it in which a part could move/,
    ],
    ['a good picture that shows no part', 'mixed', [], /none\.png cannot be used: the part is not found in the picture/],
  ])(
    'refuses %s, and writes nothing',
    async (_, good, more, why) => {
      const { folder, lineside } = await workshop(5);
      for (let i = 0; i < 4; i++) {
        const grey = { create: { width: SIDE, height: SIDE, channels: 3 as const, background: { r: 100 + i, g: 100 + i, b: 100 + i } } };
        write(join(folder, 'flat', `${i}.png`), await sharp(grey).png().toBuffer());
      }
      await part(join(folder, 'mixed', 'none.png'), { seed: 9, at: null });
      for (let i = 0; i < 5; i++) copyFileSync(join(folder, 'good', `ring-${i}.png`), join(folder, 'mixed', `ring-${i}.png`));
      const { status, stdout, stderr } = lineside('teach', 'part', '--good', good, '--registered', ...more, '--to', './ring');
      expect({ status, stdout }).toEqual({ status: 6, stdout: '' });
      expect(stderr).toMatch(why);
      expect(existsSync(join(folder, 'ring'))).toBe(false);
    },
    PATIENCE,
  );
});
