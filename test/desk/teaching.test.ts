/** The bench of teaching, on pictures and recordings that are made here in the shape of the open sets. */
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { benchMachine, benchPictures, refusedParts } from '#agent/desk/teaching/bench.js';
import { screws, tiles } from '#agent/desk/teaching/sets.js';
import { packageRoot } from '#agent/platform/package-root.js';
import { linesideIn } from '../cli/setup.ts';
import { machine, noise } from '../teaching/machines.ts';
import { scratch, write } from './evaluation/setup.ts';

/** A grey plate with grain; one of them has a bright corner. */
async function plate(file: string, seed: number, bad: boolean): Promise<void> {
  const next = noise(seed);
  const pixels = Buffer.from(Uint8Array.from({ length: 64 * 64 }, (_, i) => (bad && i % 64 < 20 && i < 64 * 20 ? 230 : 100 + 4 * next())));
  write(
    file,
    await sharp(pixels, { raw: { width: 64, height: 64, channels: 1 } })
      .png()
      .toBuffer(),
  );
}

/** A notched disc with eight holes; a bad one has one hole less. */
async function disc(file: string, seed: number, bad: boolean): Promise<void> {
  const next = noise(seed);
  const side = 200;
  const light = 4 * next();
  const pixels = Buffer.alloc(side * side);
  const holes = Array.from(
    { length: bad ? 7 : 8 },
    (_, i) => [100 + 32 * Math.cos((i * Math.PI) / 4), 100 + 32 * Math.sin((i * Math.PI) / 4)] as const,
  );
  for (let i = 0; i < pixels.length; i++) {
    const [x, y] = [i % side, Math.floor(i / side)];
    const isDisc = Math.hypot(x - 100, y - 100) < 48 && !(x > 100 && Math.abs(y - 100) < 5);
    const isHole = holes.some(([hx, hy]) => Math.hypot(x - hx, y - hy) < 6);
    pixels[i] = (isDisc && !isHole ? 180 : 90) + light + 3 * next();
  }
  write(
    file,
    await sharp(pixels, { raw: { width: side, height: side, channels: 1 } })
      .png()
      .toBuffer(),
  );
}

async function plates(): Promise<string> {
  const data = scratch();
  const lines = ['file,present,split'];
  for (let i = 0; i < 16; i++) {
    const bad = i % 4 === 3;
    await plate(join(data, 'screws', `${i}.png`), i + 1, bad);
    lines.push(`${i}.png,${bad ? '1011' : '1111'},${i < 8 ? 'train' : 'test'}`);
  }
  write(join(data, 'screws', 'split.csv'), `${lines.join('\n')}\n`);
  return data;
}

describe('the sets', () => {
  it('keep what is judged from what is shown: tiles by fold and group, plates by the split', async () => {
    const data = scratch();
    write(
      join(data, 'magnetic-tile', 'folds.csv'),
      'file,mask,class,group,fold\na.jpg,a.png,Free,1,0\nb.jpg,b.png,Crack,2,3\nc.jpg,c.png,Free,2,3\n',
    );
    const { shown, judged } = await tiles(data);
    expect(judged).toEqual([expect.objectContaining({ file: join(data, 'magnetic-tile', 'a.jpg'), part: '1', bad: false })]);
    expect(shown.map(({ part, bad }) => [part, bad])).toEqual([
      ['2', true],
      ['2', false],
    ]);
    const of = await screws(await plates());
    expect([of.shown.length, of.judged.length, of.shown.filter(({ bad }) => bad).length]).toEqual([8, 8, 2]);
  });
});

describe('the bench of teaching', () => {
  it('teaches so many, judges the others, and says mean and spread, time and memory', async () => {
    const rows = await benchPictures({
      data: await plates(),
      backbone: join(packageRoot, 'models', 'backbone'),
      draws: 2,
      promises: 0,
      lessons: [{ set: 'screws', good: 5, bad: 0 }],
    });
    expect(rows).toEqual([
      {
        set: 'screws',
        good: 5,
        bad: 0,
        auroc: { mean: 1, sd: 0 },
        rejected: { mean: expect.any(Number), sd: expect.any(Number) },
        teach_s: expect.any(Number),
        rss_mb: expect.any(Number),
      },
    ]);
  }, 300_000);

  it('has parts moved, and found where that is asked for: then more of the bad ones are told from the good', async () => {
    const data = scratch();
    const lines = ['file,present,split'];
    for (let i = 0; i < 44; i++) {
      const bad = i % 3 === 2;
      await disc(join(data, 'screws', `${i}.png`), i + 1, bad);
      lines.push(`${i}.png,${bad ? '1011' : '1111'},${i < 16 ? 'train' : 'test'}`);
    }
    write(join(data, 'screws', 'split.csv'), `${lines.join('\n')}\n`);
    const options = { data, backbone: join(packageRoot, 'models', 'backbone'), draws: 1, promises: 0, moved: 0.1 };
    const lessons = [{ set: 'screws', good: 10, bad: 0 }] as const;
    const [still, found] = [await benchPictures({ ...options, lessons }), await benchPictures({ ...options, lessons, registered: true })];
    const aurocOf = ([row]: typeof still) => (row && 'auroc' in row ? row.auroc.mean : Number.NaN);
    expect(aurocOf(found)).toBeGreaterThan(0.95);
    expect(aurocOf(found)).toBeGreaterThan(aurocOf(still));
  }, 300_000);

  it('teaches each recording on its first rows alone', async () => {
    const data = scratch();
    const header =
      'datetime;Accelerometer1RMS;Accelerometer2RMS;Current;Pressure;Temperature;Thermocouple;Voltage;Volume Flow RateRMS;anomaly;changepoint';
    const rows = machine(500, 4).map((row, i) =>
      [...row.slice(0, 3), ...row.slice(0, 5)].map((value, tag) => value + (i >= 450 && tag === 2 ? 60 : 0)),
    );
    const text = rows.map((row, i) => `2026-03-02 06:00:00;${row.join(';')};${i >= 450 ? '1.0' : '0.0'};0.0`);
    for (const folder of ['other', 'valve1', 'valve2'])
      write(join(data, 'skab', 'data', folder, '1.csv'), `${[header, ...text].join('\n')}\n`);
    const row = await benchMachine(data);
    expect(row).toMatchObject({ set: 'skab', good: 400, bad: 0, auroc: { mean: expect.any(Number), sd: expect.any(Number) } });
    // Fifty rows of each stray by six spreads.
    expect(row.mar).toBeLessThan(0.1);
    expect(row.far).toBeLessThan(0.5);
  });

  it('counts refused parts, not pictures, and only the sets that are asked for', async () => {
    const data = await plates();
    const { status, stdout, stderr } = linesideIn(
      {},
      'teach',
      'bench',
      '--data',
      data,
      '--draws',
      '1',
      '--sets',
      'screws:10',
      'nothing',
      '--json',
    );
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/nothing is no set: tiles, screws, skab, tiles:10, .*tiles:300\+100, screws:10/);
    expect(
      refusedParts(
        [
          { part: 'a', value: 3 },
          { part: 'a', value: 4 },
          { part: 'b', value: 0 },
          { part: 'b', value: 3 },
          { part: 'c', value: 1 },
          { part: 'd', value: 1 },
        ],
        3,
      ),
    ).toBe(0.5);
  });

  it('says where the data are to be had from, where there are none', () => {
    expect(linesideIn({}, 'teach', 'bench', '--data', '/nowhere', '--json')).toMatchObject({
      status: 6,
      stdout: '',
      stderr: expect.stringContaining('/nowhere'),
    });
  });
});
