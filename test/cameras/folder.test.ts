import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Address } from '#agent/contracts/index.js';
import { LinesideError } from '#agent/errors.js';
import { folder } from '#agent/sources/cameras/folder.js';
import { describeCamera } from '../contracts/camera.ts';
import { CameraLife, optionsOf } from '../simulators/camera-life.ts';
import { picture } from '../simulators/pictures.ts';

describeCamera(
  'dir://',
  folder,
  async () => {
    const path = await mkdtemp(join(tmpdir(), 'lineside-dir-'));
    for (let i = 0; i < 4; i++) await writeFile(join(path, `part${i}.jpg`), await picture({ width: 64, height: 48, color: '#2060c0' }));
    return {
      url: `dir://${path}`,
      options: { fps: 100 },
      shows: { width: 64, height: 48, format: 'rgb8' },
      check: ({ pixels }) => {
        expect(Math.abs((pixels[0] ?? 0) - 0x20)).toBeLessThan(6);
        expect(Math.abs((pixels[2] ?? 0) - 0xc0)).toBeLessThan(6);
      },
      nowhere: `dir://${path}/not-there`,
      close: () => rm(path, { recursive: true }),
    };
  },
  ['vanish', 'freeze', 'tear'],
);

describe('dir://', () => {
  let path: string;
  const lives: CameraLife[] = [];
  const start = (options: Record<string, unknown> = {}, url = `dir://${path}`, base = '/') => {
    const life = new CameraLife(
      folder.create(Address.of(url), optionsOf(folder, { fps: 200, loop: false, ...options }) as never, { base }),
    );
    lives.push(life);
    return life;
  };
  const files = async (names: readonly string[]) => {
    for (const name of names) await writeFile(join(path, name), await picture({ width: 16, height: 8 }));
  };
  beforeEach(async () => {
    path = await mkdtemp(join(tmpdir(), 'lineside-dir-'));
  });
  afterEach(async () => {
    for (const life of lives.splice(0)) await life.stop();
    await rm(path, { recursive: true });
  });

  it('plays once to the end, in the order of names with their numbers, and says so', async () => {
    await files(['part10.jpg', 'part2.jpg', 'part1.JPG', 'notes.txt']);
    const life = start();
    expect(await life.ended).toBe('returned');
    expect(life.images.map((image) => image.file)).toEqual(['part1.JPG', 'part2.jpg', 'part10.jpg']);
    expect(life.lines).toContainEqual({
      level: 'info',
      text: expect.stringContaining('to its end'),
      details: { camera: 'top', pictures: 3 },
    });
  });

  it('starts again after the last one', async () => {
    await files(['a.jpg', 'b.jpg']);
    const images = await start({ loop: true }).more(5);
    expect(images.map((image) => image.file)).toEqual(['a.jpg', 'b.jpg', 'a.jpg', 'b.jpg', 'a.jpg']);
  });

  it('knows parts and truth from a CSV, beside the config', async () => {
    await files(['a.jpg', 'b.jpg']);
    await writeFile(join(path, 'truth.csv'), '\uFEFFpart,file,truth\r\n"S-1, left",b.jpg,nok\r\n');
    const life = start({ csv: 'truth.csv' }, 'dir://.', path);
    await life.ended;
    expect(life.images.map(({ file, part, truth }) => ({ file, part, truth }))).toEqual([
      { file: 'a.jpg', part: undefined, truth: undefined },
      { file: 'b.jpg', part: 'S-1, left', truth: 'nok' },
    ]);
  });

  it('plays the lines of the CSV where they are the order', async () => {
    await files(['a.jpg', 'b.jpg', 'c.jpg']);
    await writeFile(join(path, 'order.csv'), 'file\nc.jpg\na.jpg\nc.jpg\n');
    const life = start({ csv: join(path, 'order.csv'), order: 'csv' });
    await life.ended;
    expect(life.images.map((image) => image.file)).toEqual(['c.jpg', 'a.jpg', 'c.jpg']);
  });

  it('keeps the compressed bytes beside the pixels', async () => {
    await files(['a.jpg']);
    await writeFile(
      join(path, 'b.png'),
      await sharp(await picture({ width: 16, height: 8 }))
        .png()
        .toBuffer(),
    );
    await writeFile(
      join(path, 'c.tif'),
      await sharp(await picture({ width: 16, height: 8 }))
        .tiff()
        .toBuffer(),
    );
    const life = start();
    await life.ended;
    expect(life.images.map((image) => image.original?.type)).toEqual(['image/jpeg', 'image/png', undefined]);
    expect(await sharp(life.images[0]?.original?.bytes).metadata()).toMatchObject({ width: 16, height: 8 });
  });

  it('drops what is torn or missing, names it, and goes on', async () => {
    await files(['a.jpg', 'c.jpg']);
    const whole = await picture({ width: 64, height: 64, noise: true });
    await writeFile(join(path, 'b.jpg'), whole.subarray(0, whole.byteLength >> 1));
    await writeFile(join(path, 'd.png'), 'not a picture');
    await writeFile(join(path, 'list.csv'), 'file\na.jpg\nb.jpg\ngone.jpg\nd.png\nc.jpg\n');
    const life = start({ csv: 'list.csv', order: 'csv' }, 'dir://.', path);
    await life.ended;
    expect(life.images.map((image) => image.file)).toEqual(['a.jpg', 'c.jpg']);
    expect(life.drops.map(({ reason, why }) => [reason, why?.split(':')[0]])).toEqual([
      ['decode', 'b.jpg'],
      ['decode', 'gone.jpg'],
      ['decode', 'd.png'],
    ]);
    // Whoever tells of it names the camera, once.
    expect(life.drops.map(({ why }) => why).join()).not.toContain('CAMERA_BAD_IMAGE');
  });

  it('waits for room when it plays once, so that every picture is seen', async () => {
    await files(['a.jpg', 'b.jpg', 'c.jpg']);
    const life = start();
    await life.more(1);
    life.hasSlots = false;
    setImmediate(() => {
      life.hasSlots = true;
    });
    await life.ended;
    expect(life.images.map((image) => image.file)).toEqual(['a.jpg', 'b.jpg', 'c.jpg']);
    expect(life.drops).toEqual([]);
  });

  it('can be stopped while it waits for room', async () => {
    await files(['a.jpg', 'b.jpg']);
    const life = start();
    life.hasSlots = false;
    expect(await life.stop()).toBe('returned');
    expect(life.late).toBe(0);
  });

  it.each([
    ['an empty folder', {}, /no pictures in/],
    ['a CSV that is not there', { csv: '/not/there.csv' }, /ENOENT/],
    ['the order of a CSV that is not named', { order: 'csv' }, /no pictures in/],
  ])('says what is wrong with %s', async (_, options, why) => {
    const life = start(options);
    expect(await life.ended).toBe('threw');
    expect(life.fault).toBeInstanceOf(LinesideError);
    expect(life.fault).toMatchObject({ code: 'CAMERA_UNREACHABLE', message: expect.stringMatching(why) });
  });
});
