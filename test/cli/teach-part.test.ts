/** A technician teaches a part from pictures on the command line, and has pictures judged. */
import { spawn } from 'node:child_process';
import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { readManifest } from '#agent/inference/manifest.js';
import { scratch, write } from '../desk/evaluation/setup.ts';
import { indexPng } from '../teaching/index-png.ts';
import { noise } from '../teaching/machines.ts';
import { linesideIn } from './setup.ts';

const MAIN = join(import.meta.dirname, '..', '..', 'dist', 'bundle', 'main.js');
const SIDE = 160;
/** Every teaching is a hundred runs of a network on a box that does other things too. */
const PATIENCE = 600_000;

/** A turned ring on a brushed plate; `spot`: where something dark lies on it. */
async function part(file: string, seed: number, spot?: readonly [number, number]): Promise<void> {
  const next = noise(seed);
  const pixels = Buffer.alloc(SIDE * SIDE * 3);
  const [light, turn] = [4 * next(), 0.1 * next()];
  for (let y = 0; y < SIDE; y++) {
    const stripe = 6 * next();
    for (let x = 0; x < SIDE; x++) {
      const away = Math.hypot(x - SIDE / 2, y - SIDE / 2);
      const ring = away > 40 && away < 60 ? 50 + 10 * Math.sin(8 * Math.atan2(y - SIDE / 2, x - SIDE / 2) + turn) : 0;
      const dark = spot && Math.hypot(x - spot[0], y - spot[1]) < 9 ? -70 : 0;
      const value = Math.max(0, Math.min(255, 120 + light + stripe + ring + dark + 3 * next()));
      pixels.fill(value, (y * SIDE + x) * 3, (y * SIDE + x) * 3 + 3);
    }
  }
  write(
    file,
    await sharp(pixels, { raw: { width: SIDE, height: SIDE, channels: 3 } })
      .png()
      .toBuffer(),
  );
}

const SPOTS = [
  [110, 80],
  [40, 30],
  [80, 130],
] as const;

async function workshop(count: number) {
  const folder = scratch();
  for (let i = 0; i < count; i++) await part(join(folder, 'good', `ring-${i}.png`), i + 1);
  for (const [i, spot] of SPOTS.entries()) await part(join(folder, 'bad', i === 2 ? 'dirt' : 'chip', `ring-${i}.png`), 50 + i, spot);
  const lineside = (...args: readonly string[]) => linesideIn({ cwd: folder }, ...args);
  return { folder, lineside };
}

describe('teach part', () => {
  it(
    'makes a package of good pictures that verifies, tells bad from good and shows where',
    async () => {
      const { folder, lineside } = await workshop(10);
      copyFileSync(join(folder, 'good', 'ring-0.png'), join(folder, 'good', 'ring-0-again.png'));
      const { status, stdout, stderr } = lineside('teach', 'part', '--good', 'good', '--to', './ring', '--json');
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      const told = JSON.parse(stdout);
      expect(told).toMatchObject({
        package: 'ring',
        version: '0.1.0',
        kind: 'anomaly',
        good: 10,
        bad: 0,
        with_bad: null,
        odd: [],
        remarks: [],
      });
      expect(told.repeated).toEqual([expect.stringMatching(/ring-0.*\.png$/)]);
      expect(told.promise).toMatchObject({ one_in: 3.8, parts: 10, parts_wanted: 59, confidence: 0.95 });
      expect(told.rss_mb).toBeLessThan(1000);
      expect(lineside('models', 'verify', './ring').status).toBe(0);
      for (let i = 0; i < 3; i++) await part(join(folder, 'new', `good-${i}.png`), 200 + i);
      for (const [i, spot] of SPOTS.entries()) await part(join(folder, 'new', `spot-${i}.png`), 300 + i, spot);
      const { scores } = JSON.parse(lineside('models', 'score', './ring', '--on', 'new', '--json').stdout);
      expect(scores.map(({ file }: { file: string }) => file)).toEqual([
        'good-0.png',
        'good-1.png',
        'good-2.png',
        'spot-0.png',
        'spot-1.png',
        'spot-2.png',
      ]);
      expect(scores.every(({ threshold }: { threshold: number }) => threshold === 0.5)).toBe(true);
      const of = (name: string) => scores.filter(({ file }: { file: string }) => file.startsWith(name));
      expect(Math.min(...of('spot').map(({ score }: { score: number }) => score))).toBeGreaterThan(
        Math.max(...of('good').map(({ score }: { score: number }) => score)),
      );
      for (const [i, { alarm, label, at }] of of('spot').entries()) {
        expect({ alarm, label }).toEqual({ alarm: true, label: 'not-as-taught' });
        // A place is 11 pixels wide, and what the network sees of a spot is wider than it.
        expect(Math.hypot(at[0] - (SPOTS[i]?.[0] ?? 0), at[1] - (SPOTS[i]?.[1] ?? 0))).toBeLessThan(30);
      }
      const text = readFileSync(join(folder, 'ring', 'manifest.yaml'), 'utf8');
      expect(text).not.toContain(folder);
      expect((await readManifest(join(folder, 'ring'))).provenance).toMatchObject({
        pretrained: { name: 'backbone' },
        taught: { good: 10, pictures: expect.objectContaining({ 'good/ring-3.png': expect.stringMatching(/^[0-9a-f]{64}$/) }) },
      });
    },
    PATIENCE,
  );

  it(
    'takes bad ones beside the good ones, says how well each kind is found, and that they are too few to tell',
    async () => {
      const { folder, lineside } = await workshop(8);
      const { status, stdout } = lineside('teach', 'part', '--good', 'good', '--bad', 'bad', '--to', './ring', '--json');
      expect(status).toBe(0);
      const told = JSON.parse(stdout);
      expect(told).toMatchObject({
        good: 8,
        bad: 3,
        with_bad: { kinds: { chip: { high: expect.any(Number) }, dirt: { low: expect.any(Number) } } },
      });
      expect(told.with_bad.auroc.value).toBeGreaterThan(0.9);
      expect(told.remarks).toEqual([
        expect.stringContaining('8 good parts are few'),
        expect.stringContaining('3 bad parts are too few to tell how well they are found: show 7 more'),
      ]);
      expect(await readManifest(join(folder, 'ring'))).toMatchObject({
        variants: expect.objectContaining({}),
        provenance: { taught: { bad: 3 } },
      });
      expect(lineside('models', 'verify', './ring').status).toBe(0);
    },
    PATIENCE,
  );

  it(
    'learns what is wrong where masks say so, and the package says the same as what learned it',
    async () => {
      const { folder, lineside } = await workshop(8);
      for (const [i, [x, y]] of SPOTS.entries()) {
        const spot = `<svg width="${SIDE}" height="${SIDE}"><circle cx="${x}" cy="${y}" r="9" fill="white"/></svg>`;
        const mask = sharp({ create: { width: SIDE, height: SIDE, channels: 3, background: 'black' } }).composite([
          { input: Buffer.from(spot) },
        ]);
        const kind = i === 2 ? 'dirt' : 'chip';
        write(join(folder, 'masks', kind, `ring-${i}_mask.png`), await mask.png().toBuffer());
      }
      // As VOC has them: numbers of kinds, the eighth of which is dark.
      const [x, y] = SPOTS[1];
      write(
        join(folder, 'masks', 'chip', 'ring-1_mask.png'),
        indexPng(SIDE, (i, j) => (Math.hypot(i - x, j - y) < 9 ? 8 : 0)),
      );
      write(
        join(folder, 'bad', 'chip', 'gone_mask.png'),
        indexPng(SIDE, () => 0),
      );
      const teach = (...more: readonly string[]) => {
        const { status, stdout, stderr } = lineside('teach', 'part', '--good', 'good', '--bad', 'bad', '--json', ...more);
        return { status, stderr, told: status === 0 ? JSON.parse(stdout) : null };
      };
      write(
        join(folder, 'masks', 'other', 'ring-9.png'),
        indexPng(SIDE, () => 0),
      );
      const { told } = teach('--masks', 'masks', '--to', './ring');
      const untaught = { left_out: ['bad/chip/gone_mask.png'], unused_masks: { count: 1, first: 'other/ring-9.png' } };
      expect(told).toMatchObject({ good: 8, bad: 3, marked: 3, ...untaught });
      expect(told.with_bad.auroc.value).toBeGreaterThan(0.9);
      expect(told.remarks).toContainEqual('what is wrong at the marked places of 3 bad parts was learned too');
      expect(await readManifest(join(folder, 'ring'))).toMatchObject({
        provenance: { taught: { marked: 3, rule: expect.stringContaining('at marked places') } },
      });
      const text = lineside('teach', 'part', '--good', 'good', '--bad', 'bad', '--masks', 'masks', '--look', '--to', './seen').stdout;
      expect(text).toContain('not used: the mask other/ring-9.png has the name of no picture in --bad');
      // The network against the rule, on goldens.
      expect(lineside('models', 'verify', './ring').status).toBe(0);
      expect(lineside('teach', 'part', '--good', 'good', '--masks', 'masks', '--to', './other').stderr).toContain('name those too');
    },
    PATIENCE,
  );

  it(
    'looks closer where small faults count, beside what it makes of the same pictures as they are',
    async () => {
      const { folder, lineside } = await workshop(8);
      const { status, stdout, stderr } = lineside(
        'teach',
        'part',
        '--good',
        'good',
        '--bad',
        'bad',
        '--small-faults',
        '--to',
        './ring',
        '--json',
      );
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      const { closer, with_bad: figures } = JSON.parse(stdout);
      // What was taken is the closer look.
      expect(closer.closer).toMatchObject({ auroc: figures.auroc, found: figures.found });
      expect(closer.plain).toMatchObject({ auroc: { value: expect.any(Number) }, found: { value: expect.any(Number) } });
      expect(closer.closer.look_ms).toBeGreaterThan(closer.plain.look_ms);
      expect(closer.closer.bytes).toBeGreaterThan(closer.plain.bytes);
      expect(figures.auroc.value).toBeGreaterThan(0.9);
      // Its goldens are what the rule itself says of the larger pictures, heat map and all.
      expect((await readManifest(join(folder, 'ring'))).inputs.image).toMatchObject({ width: 448, height: 448 });
      expect(lineside('models', 'verify', './ring').status).toBe(0);
      await part(join(folder, 'new', 'spot.png'), 300, SPOTS[0]);
      const { scores } = JSON.parse(lineside('models', 'score', './ring', '--on', 'new', '--json').stdout);
      expect(Math.hypot(scores[0].at[0] - SPOTS[0][0], scores[0].at[1] - SPOTS[0][1])).toBeLessThan(20);
    },
    PATIENCE,
  );

  it(
    'shows the one that does not fit before it learns, and writes nothing then',
    async () => {
      const { folder, lineside } = await workshop(10);
      await part(join(folder, 'good', 'stranger.png'), 99, [80, 40]);
      const { status, stdout, stderr } = lineside('teach', 'part', '--good', 'good', '--small-faults', '--to', './ring', '--look');
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      expect(stdout).toMatch(
        /as they are +- +- +1 in 4\.\d[\s\S]*closer \(taken\) +- +- +1 in 4\.\d[\s\S]*without bad ones nobody can tell/,
      );
      expect(stdout).toMatch(
        /^is this one good\? .*stranger\.png does not fit the others \(\d+(\.\d)? spreads away\)\nring would be taught from 11 good and 0 bad pictures; nothing is written\n/,
      );
      expect(existsSync(join(folder, 'ring'))).toBe(false);
    },
    PATIENCE,
  );

  it(
    'leaves nothing half when it is killed, and nobody goes on for long without it',
    async () => {
      const { folder } = await workshop(4);
      const child = spawn(process.execPath, [MAIN, 'teach', 'part', '--good', 'good', '--to', './ring'], { cwd: folder });
      const beside = () => readdirSync(folder).filter((name) => name.startsWith('.'));
      while (beside().length === 0 && child.exitCode === null) await sleep(1);
      const [stage = ''] = beside();
      // It was killed while it wrote, and had not failed before.
      expect({ stage, code: child.exitCode }).toEqual({ stage: expect.stringMatching(/^\.lineside-teaching-\d+$/), code: null });
      child.kill('SIGKILL');
      await new Promise((resolve) => child.once('close', resolve));
      const pid = Number(stage.split('-').at(-1));
      while (existsSync(`/proc/${pid}`)) await sleep(10);
      // Half a second is enough to end whole.
      expect(existsSync(join(folder, 'ring'))).toBe(existsSync(join(folder, 'ring', 'manifest.yaml')));
    },
    PATIENCE,
  );

  it.each([
    ['a folder that is not there', ['--good', 'no'], 6, /no cannot be used/],
    ['a folder without pictures', ['--good', 'empty'], 6, /it holds no picture/],
    ['too few parts', ['--good', 'three'], 6, /3 different good parts are shown, and 4 are the least/],
    ['what is no picture', ['--good', 'broken'], 6, /broken\/\d\.png cannot be used: it is of no known kind, and only JPEG/],
    ['a promise that is none', ['--good', 'good', '--reject', '1'], 2, /a number above 1/],
  ])(
    'refuses %s, and writes nothing',
    async (_, args, code, why) => {
      const { folder, lineside } = await workshop(3);
      write(join(folder, 'empty', 'notes.txt'), 'none');
      for (let i = 0; i < 3; i++) copyFileSync(join(folder, 'good', `ring-${i}.png`), join(made(folder, 'three'), `ring-${i}.png`));
      for (let i = 0; i < 4; i++) writeFileSync(join(made(folder, 'broken'), `${i}.png`), 'this is no picture');
      const { status, stdout, stderr } = lineside('teach', 'part', ...args, '--to', './ring');
      expect({ status, stdout }).toEqual({ status: code, stdout: '' });
      expect(stderr).toMatch(why);
      expect(existsSync(join(folder, 'ring'))).toBe(false);
    },
    PATIENCE,
  );
});

function made(folder: string, name: string): string {
  write(join(folder, name, '.keep'), '');
  return join(folder, name);
}
