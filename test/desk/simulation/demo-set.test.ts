import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createStudio } from '#agent/desk/simulation/drawing.js';
import { partAt, TRAVEL } from '#agent/desk/simulation/parts.js';
import { faultAt, readingsAt, SENSORS, STEP } from '#agent/desk/simulation/physics.js';

const script = new URL('../../../dist/scripts/demo-set.js', import.meta.url).pathname;
const PERIOD = 210;
const PARTS = 40;
const SEEDS = [4, 5];

describe('the training set of the demo line', () => {
  let folder = '';
  const lines = async (name: string) =>
    (await readFile(join(folder, name), 'utf8'))
      .trimEnd()
      .split('\n')
      .map((text) => text.split(','));
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lineside-set-'));
    execFileSync(process.execPath, [script, '--out', folder, '--seeds', '4-5', '--parts', String(PARTS), '--period', `${PERIOD}ms`]);
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('has the pictures that the camera emits, to the pixel and in one channel', async () => {
    const [header, ...rows] = await lines('images.csv');
    expect(header).toEqual(['file', 'seed', 'part', 'truth', 'visible', 'cause', 'defects']);
    expect(rows.length).toBe(SEEDS.length * PARTS);
    for (const [file = '', seed, number] of [rows[0], rows[7], rows[PARTS]].map((row) => row ?? [])) {
      const picture = sharp(await readFile(join(folder, file)));
      expect(await picture.metadata()).toMatchObject({ width: 320, height: 240, channels: 1, depth: 'uchar' });
      const expected = await createStudio({ seed: Number(seed) }).picture(partAt(Number(seed), Number(number), Number(number) * PERIOD));
      expect(Buffer.compare(await picture.toColourspace('b-w').raw().toBuffer(), Buffer.from(expected))).toBe(0);
    }
  });

  it('tells the truth about each', async () => {
    const [, ...rows] = await lines('images.csv');
    for (const [, seed, number, truth, visible, cause, defects] of rows) {
      const part = partAt(Number(seed), Number(number), Number(number) * PERIOD);
      expect([truth, visible, cause]).toEqual([part.truth, String(part.visible), part.cause ?? '']);
      expect(
        defects
          ?.split(' ')
          .filter(Boolean)
          .map((text) => text.split(':')[0]),
      ).toEqual(part.defects.map(({ kind }) => kind));
    }
  });

  it('has the window of config/demo.yaml for each part: the last known values, of which the newest may not have come yet', async () => {
    const about = JSON.parse(await readFile(join(folder, 'windows.json'), 'utf8')) as {
      steps: number;
      every: number;
      channels: { name: string }[];
    };
    expect(about.channels.map(({ name }) => name)).toEqual(SENSORS.map(({ name }) => name));
    const bytes = await readFile(join(folder, 'windows.f32'));
    expect(bytes.byteLength).toBe(4 * SEEDS.length * PARTS * about.steps * about.channels.length);
    const [header, ...rows] = await lines('windows.csv');
    expect(header).toEqual(['seed', 'part', 'label', 'cause']);
    for (const [index, [seed = 0, number = 0, label]] of [...rows.entries()].map(
      ([i, [s, n, l]]) => [i, [Number(s), Number(n), l]] as const,
    )) {
      expect(label).toBe(faultAt(seed, number * PERIOD - TRAVEL) ?? 'normal');
      for (const [row, late] of [
        [0, false],
        [about.steps - 3, false],
        [about.steps - 1, true],
      ] as const) {
        const time = number * PERIOD - (about.steps - 1 - row) * about.every;
        const cell = 4 * (index * about.steps + row) * about.channels.length;
        const possible = (late ? [0, 1, 2] : [0]).map((back) => Math.fround(readingsAt(seed, Math.floor(time / STEP) - back).die_temp));
        expect(possible).toContain(bytes.readFloatLE(cell));
      }
    }
  });

  it.each([
    ['--seeds', 'all'],
    ['--parts', '0'],
    ['--parts', 'many'],
  ])('refuses %s %s', (option, value) => {
    const { status, stderr } = spawnSync(process.execPath, [script, '--out', folder, option, value]);
    expect(status).toBe(1);
    expect(stderr.toString()).toContain(option);
  });
});
