import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { picturePath } from '#agent/contracts/index.js';
import { Pictures } from '#agent/store/pictures.js';
import { systemClock } from '#agent/time.js';
import { memoryLog } from '../simulators/log.ts';
import { picture } from '../simulators/pictures.ts';
import { count, entry, folder, frame, open, sql } from './setup.ts';

interface ImageRow {
  readonly path: string;
  readonly inspection: string;
  readonly bytes: number;
  readonly sha256: string;
}
const images = (path: string) => sql<ImageRow>(path, 'SELECT * FROM images ORDER BY rowid');

/** An inspection with one picture, stored, and the row that names it. */
async function keepOne(over: Parameters<typeof frame>[0], role: 'frame' | 'heatmap' = 'frame') {
  const opened = await open();
  const part = entry(1, { at: Date.UTC(2026, 10, 23, 6) });
  await opened.store.journal.append(part);
  const { frame: kept, counted } = frame(over);
  opened.store.journal.keepImage(part.inspection.id, role === 'frame' ? { frame: kept, role } : { frame: kept, role, model: 'surface' });
  // A stop has a patience, and the disk or the box may be slow.
  await expect.poll(() => opened.store.stats().pictures.kept, { timeout: 20_000 }).toBe(1);
  await opened.store.stop();
  const [row] = images(opened.path);
  if (!row) throw new Error(JSON.stringify(opened.lines));
  return { ...opened, part: part.inspection, kept, counted, row, file: join(opened.path, row.path) };
}

describe('a picture', () => {
  it('is kept as the camera sent it, under station and day, with size and hash in its row', async () => {
    const bytes = await picture({ width: 320, height: 240 });
    const { part, row, file } = await keepOne({ original: { type: 'image/jpeg', bytes } });
    expect(row.path).toBe(`images/outlet/2026-11-23/${part.id}-top.jpg`);
    expect(readFileSync(file).equals(bytes)).toBe(true);
    expect(row).toMatchObject({ inspection: part.id, camera: 'top', role: 'frame', bytes: bytes.length });
    expect(row.sha256).toBe(createHash('sha256').update(bytes).digest('hex'));
  });

  it('keeps the ending of a PNG', async () => {
    const bytes = await sharp({ create: { width: 4, height: 4, channels: 3, background: 'red' } })
      .png()
      .toBuffer();
    expect((await keepOne({ original: { type: 'image/png', bytes } })).row.path).toMatch(/-top\.png$/);
  });

  it.each(['mono8', 'rgb8'] as const)('of raw %s pixels becomes a JPEG that looks like them', async (format) => {
    const { file, kept } = await keepOne({ format, width: 64, height: 48 });
    const grey = format === 'mono8';
    expect(await sharp(file).metadata()).toMatchObject({ format: 'jpeg', width: 64, height: 48, channels: grey ? 1 : 3 });
    const data = await sharp(file)
      .toColourspace(grey ? 'b-w' : 'srgb')
      .raw()
      .toBuffer();
    const off = data.reduce((sum, value, i) => sum + Math.abs(value - (kept.pixels[i] ?? 0)), 0) / data.length;
    expect(off).toBeLessThan(20);
  });

  it('of 16 bits keeps all of them', async () => {
    const { file, kept } = await keepOne({ format: 'mono16', width: 20, height: 10 });
    expect(await sharp(file).metadata()).toMatchObject({ format: 'png', depth: 'ushort', width: 20, height: 10, channels: 1 });
    const data = await sharp(file).toColourspace('grey16').raw({ depth: 'ushort' }).toBuffer();
    expect(Buffer.from(data).equals(Buffer.from(kept.pixels))).toBe(true);
  });

  it('that is a heat map becomes a small PNG with its exact values', async () => {
    const { file, kept, row, part } = await keepOne({ format: 'mono8', width: 28, height: 28 }, 'heatmap');
    expect(row.path).toBe(`${picturePath(part, { role: 'heatmap', frame: kept, model: 'surface' })}.png`);
    expect(row.path).toMatch(/-top-surface-heatmap\.png$/);
    const data = await sharp(file).toColourspace('b-w').raw().toBuffer();
    expect(data.equals(Buffer.from(kept.pixels))).toBe(true);
  });

  it('gives the slot of a raw frame back exactly once, and needs none of a compressed one', async () => {
    expect((await keepOne({ format: 'rgb8' })).counted).toEqual({ holds: 1, releases: 1 });
    const bytes = await picture({ width: 8, height: 8 });
    expect((await keepOne({ original: { type: 'image/jpeg', bytes } })).counted).toEqual({ holds: 0, releases: 0 });
  });

  it('whose bytes are changed by the camera afterwards is kept as it was', async () => {
    const bytes = await picture({ width: 64, height: 64 });
    const before = Buffer.from(bytes);
    const { store, path } = await open();
    store.journal.keepImage(entry(1).inspection.id, { frame: frame({ original: { type: 'image/jpeg', bytes } }).frame, role: 'frame' });
    bytes.fill(0);
    await expect.poll(() => store.stats().pictures.kept, { timeout: 20_000 }).toBe(1);
    await store.stop();
    expect(readFileSync(join(path, images(path)[0]?.path ?? '')).equals(before)).toBe(true);
  });

  it('cannot leave its folder, whatever it is called', async () => {
    const { path, row } = await keepOne({ camera: '../../../etc/pass wd', original: { type: 'image/jpeg', bytes: new Uint8Array(3) } });
    expect(row.path).toMatch(/^images\/outlet\/2026-11-23\/[\w.@-]+\.jpg$/);
    expect(existsSync(join(path, row.path))).toBe(true);
  });

  it('of an inspection nobody knows is kept apart', async () => {
    const { store, path } = await open();
    store.journal.keepImage('unknown', {
      frame: frame({ original: { type: 'image/jpeg', bytes: new Uint8Array(3) } }).frame,
      role: 'frame',
    });
    await expect.poll(() => store.stats().pictures.kept, { timeout: 20_000 }).toBe(1);
    await store.stop();
    expect(images(path)[0]?.path).toBe('images/other/2026-01-05/unknown-top.jpg');
  });
});

describe('many pictures', () => {
  it('beyond the bound are dropped, newest first, counted, and every slot comes back', async () => {
    const { store, path } = await open();
    const frames = Array.from({ length: 200 }, (_, i) => frame({ camera: `c${i}`, format: 'rgb8', width: 40, height: 30 }));
    for (const { frame: kept } of frames) store.journal.keepImage('x', { frame: kept, role: 'frame' });
    expect(store.queues()['pictures']).toEqual({ depth: 64, bound: 64, dropped: 136 });
    // A stop has a patience, and the disk may be slow.
    await expect.poll(() => store.queues()['pictures']?.depth, { timeout: 20_000 }).toBe(0);
    await store.stop();
    expect(
      sql<{ camera: string }>(path, 'SELECT camera FROM images')
        .map((r) => r.camera)
        .toSorted(),
    ).toEqual(Array.from({ length: 64 }, (_, i) => `c${i}`).toSorted());
    for (const { counted } of frames) expect(counted.releases).toBe(counted.holds);
  });

  it('are bounded in bytes', async () => {
    const { store } = await open();
    const big = () => frame({ width: 2000, height: 2000, format: 'rgb8' });
    for (const { frame: kept } of [big(), big(), big()]) store.journal.keepImage('x', { frame: kept, role: 'frame' });
    expect(store.queues()['pictures']?.dropped).toBe(1);
  });

  it('do not hold up a record', async () => {
    const { store, path } = await open();
    for (let i = 0; i < 20; i++)
      store.journal.keepImage('x', { frame: frame({ camera: `c${i}`, width: 800, height: 600 }).frame, role: 'frame' });
    await store.journal.append(entry(1));
    expect(count(path, 'images')).toBeLessThan(20);
    await expect.poll(() => store.stats().pictures.kept, { timeout: 20_000 }).toBe(20);
    await store.stop();
    expect(count(path, 'images')).toBe(20);
  });

  it('that get no row and cannot be deleted either end nothing', async () => {
    const path = folder();
    const log = memoryLog();
    const pictures = new Pictures({
      folder: path,
      clock: systemClock,
      log,
      // As on a disk that is read-only by now: neither the journal nor the folder takes anything.
      addRows: async ([row]) => {
        const file = join(path, String(row?.[1]));
        rmSync(file);
        mkdirSync(join(file, 'in the way'), { recursive: true });
        throw new Error('EROFS');
      },
      orphans: async () => [],
    });
    pictures.keep('x', { frame: frame().frame, role: 'frame' }, () => null);
    await expect
      .poll(() => log.lines.map(({ text }) => text), { timeout: 10_000 })
      .toContain('a picture without a record could not be deleted');
    expect(pictures.failed).toBe(1);
    await pictures.stop(1000);
  });

  it('that a stop does not wait for are counted and told, their records go, and every slot comes back', async () => {
    const log = memoryLog();
    const pictures = new Pictures({ folder: folder(), clock: systemClock, log, addRows: async () => {}, orphans: async () => [] });
    const frames = Array.from({ length: 20 }, (_, i) => frame({ camera: `c${i}`, format: 'rgb8', width: 400, height: 300 }));
    const paid: number[] = [];
    frames.forEach(({ frame: kept }, i) => {
      pictures.keep('x', { frame: kept, role: 'frame' }, () => () => paid.push(i));
    });
    // Its thread is not even up.
    await pictures.stop(0);
    expect([pictures.failed, paid.length, pictures.depth.depth]).toEqual([20, 20, 0]);
    const why = 'the store was stopped before it was written';
    expect(log.lines.filter(({ text }) => text === 'a picture could not be kept').map(({ details }) => details)).toEqual(
      expect.arrayContaining(frames.map((_, i) => ({ inspection: 'x', camera: `c${i}`, why }))),
    );
    await expect.poll(() => frames.map(({ counted }) => counted)).toEqual(frames.map(() => ({ holds: 1, releases: 1 })));
  });

  it('that cannot be written are counted, and the next ones are', async () => {
    const { store, path, lines } = await open();
    mkdirSync(join(path, 'images'));
    writeFileSync(join(path, 'images/outlet'), 'a file where the folder should be');
    const part = entry(1);
    await store.journal.append(part);
    const lost = frame({ format: 'mono8' });
    store.journal.keepImage(part.inspection.id, { frame: lost.frame, role: 'frame' });
    store.journal.keepImage('other', { frame: frame({ width: 0, height: 0 }).frame, role: 'frame' });
    store.journal.keepImage('other', { frame: frame().frame, role: 'frame' });
    await expect.poll(() => store.stats().pictures, { timeout: 20_000 }).toMatchObject({ kept: 1, failed: 2 });
    await store.stop();
    expect(lost.counted).toEqual({ holds: 1, releases: 1 });
    expect(lines.filter((l) => l.level === 'warn')).toHaveLength(2);
  });
});

describe('files without a row, left by a crash', () => {
  const place = (path: string, name: string) => {
    const file = join(path, 'images', name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, 'x');
    return file;
  };

  it('are swept at the start, those with a row stay', async () => {
    const { path, file } = await keepOne({ original: { type: 'image/jpeg', bytes: new Uint8Array(3) } });
    const orphans = Array.from({ length: 450 }, (_, i) => place(path, `outlet/2026-11-${i % 2 ? 23 : 22}/orphan-${i}.jpg`));
    await open({ path });
    await expect.poll(() => orphans.filter((orphan) => existsSync(orphan)), { timeout: 10_000 }).toEqual([]);
    expect(statSync(file).size).toBe(3);
  });

  it('are left alone beside a damaged journal, whose records they may belong to', async () => {
    const path = folder();
    writeFileSync(join(path, 'journal.db'), 'this is no database, '.repeat(1000));
    const orphan = place(path, 'outlet/2026-11-23/a-top.jpg');
    const { store } = await open({ path });
    await store.stop();
    expect(existsSync(orphan)).toBe(true);
    expect(readdirSync(path).filter((name) => name.startsWith('journal.damaged-'))).not.toEqual([]);
  });
});
