/** Labelled parts as a data set, as the command and the page hand it out. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { Archives } from '#agent/store/data-set/archive.js';
import { splitOf } from '#agent/store/data-set/split.js';
import { systemClock } from '#agent/time.js';
import { lineside, MAIN } from '../cli/setup.ts';
import { unpacked } from '../simulators/zip.ts';
import { cleanUp, folder, openEmpty, put } from './setup.ts';

type Db = ReturnType<typeof openEmpty>['db'];

const AT = Date.UTC(2026, 0, 5, 6);

/** `n` parts at two stations, each with a picture whose bytes are its name. */
function line(parts: number) {
  const { db, path } = openEmpty();
  mkdirSync(join(path, 'images/outlet/2026-01-05'), { recursive: true });
  for (let n = 0; n < parts; n++) {
    for (const station of ['inlet', 'outlet']) {
      const id = `${station}-${n}`;
      put(db, 'inspections', {
        id,
        station,
        part: `P${n}`,
        outcome: 'judged',
        verdict: 'nok',
        recipe: 'standard',
        at: AT + n,
        reasons: '[]',
      });
      put(db, 'findings', { inspection: id, model: 'surface', package: 'taught', score: 0.75, threshold: 0.5 });
      picture(db, path, id, 'top', n % 2);
    }
  }
  return { db, path };
}

function picture(db: Db, path: string, inspection: string, camera: string, original: number | null, again = '') {
  const file = `images/outlet/2026-01-05/${inspection}-${camera}${again}.jpg`;
  writeFileSync(join(path, file), `bytes of ${inspection} ${camera}`);
  put(db, 'images', { path: file, inspection, camera, role: 'frame', width: 64, height: 48, bytes: 9, sha256: 'ab', original });
  put(db, 'images', { path: `${file}.heat.png`, inspection, camera, role: 'heatmap', width: 64, height: 48 });
}

let labels = 0;
const label = (db: Db, inspection: string, said: string, over: object = {}) =>
  put(db, 'labels', { id: `l${++labels}`, inspection, at: AT, who: 'eve', label: said, kind: null, boxes: null, recorded: 1, ...over });

const exported = (path: string, ...more: readonly string[]) => {
  const to = join(folder(), 'set');
  const { status, stdout, stderr } = lineside('export', 'labels', '--store', path, '--to', to, '--json', ...more);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  // Nothing lies beside it, and everybody may read it who may read a folder that is made here.
  expect(readdirSync(join(to, '..'))).toEqual(['set']);
  mkdirSync(join(to, '..', 'another'));
  expect(statSync(to).mode).toBe(statSync(join(to, '..', 'another')).mode);
  const files = readdirSync(to, { recursive: true, encoding: 'utf8' }).map((file) => file.replaceAll('\\', '/'));
  return { to, files, told: JSON.parse(stdout), text: (file: string) => readFileSync(join(to, file), 'utf8') };
};

describe('lineside export labels', () => {
  it('puts pictures as they are kept into a folder a label, and says of each where it comes from', { timeout: 180_000 }, () => {
    const { db, path } = line(30);
    const boxes = JSON.stringify([{ camera: 'top', region: [4, 5, 10, 20] }]);
    for (let n = 0; n < 24; n++) label(db, `outlet-${n}`, 'good');
    for (let n = 0; n < 3; n++) label(db, `inlet-${n}`, 'good', { who: 'adam' });
    label(db, 'outlet-24', 'bad', { kind: 'scratch', boxes });
    label(db, 'outlet-25', 'bad', { kind: 'Scratch' });
    label(db, 'outlet-26', 'bad', { kind: '../etc/=1' });
    label(db, 'outlet-27', 'bad');
    // Nobody agrees, or is sure, or stands by it.
    label(db, 'outlet-28', 'good');
    label(db, 'outlet-28', 'bad', { who: 'adam' });
    label(db, 'outlet-29', 'unsure');
    label(db, 'inlet-29', 'good', { undone: AT + 5 });
    db.prepare("DELETE FROM images WHERE inspection = 'inlet-2'").run();
    const { files, told, text } = exported(path);
    expect(told).toMatchObject({ good: 27, bad: 4, unsure: 1, disputed: 1, pictures: 30, boxes: 1, missing: 0, encoded: 15 });
    expect(Object.keys(told.kinds)).toEqual(['../etc/=1', 'Scratch', 'scratch', 'unnamed']);
    const bad = files.filter((file) => /^bad\/.*\.jpg$/.test(file)).sort();
    expect(bad).toEqual([
      expect.stringMatching(/^bad\/etc-1-[0-9a-f]{4}\/outlet-26-top\.jpg$/),
      expect.stringMatching(/^bad\/scratch-[0-9a-f]{4}\/outlet-25-top\.jpg$/),
      'bad/scratch/outlet-24-top.jpg',
      'bad/unnamed/outlet-27-top.jpg',
    ]);
    expect(text('good/outlet-3-top.jpg')).toBe('bytes of outlet-3 top');
    expect(files.filter((file) => file.includes('heat'))).toEqual([]);
    const rows = text('pictures.csv').split('\r\n').slice(1, -1);
    expect(rows).toHaveLength(30);
    expect(rows.find((row) => row.includes('outlet-24'))).toMatch(
      /^bad\/scratch\/outlet-24-top\.jpg,bad,scratch,\w+,P24,outlet,top,.*encoded by the agent/,
    );
    expect(rows.find((row) => row.includes('outlet-3-'))).toContain('as the camera sent them');
    const said = text('labels.csv').split('\r\n').slice(1, -1);
    expect(said).toHaveLength(35);
    expect(said.find((row) => row.startsWith('inlet-29'))).toContain('2026-01-05T06:00:00.005Z');
    expect(said.find((row) => row.startsWith('outlet-26'))).toContain(`"../etc/=1"`.slice(1, -1));
    expect(said.find((row) => row.startsWith('outlet-24'))).toMatch(/bad,scratch,eve,.*bad,nok,judged,surface=0\.75,surface=0\.5/);
    const split = rows.find((row) => row.includes('outlet-24'))?.split(',')[3];
    const coco = JSON.parse(text(`boxes/coco-${split}.json`));
    expect(coco.annotations).toEqual([
      { id: 1, image_id: expect.any(Number), category_id: 1, bbox: [4, 5, 10, 20], area: 200, iscrowd: 0 },
    ]);
    expect(coco.categories).toEqual([{ id: 1, name: 'scratch', supercategory: 'defect' }]);
    expect(text('boxes/voc/outlet-24-top.xml')).toContain('<xmin>5</xmin><ymin>6</ymin><xmax>14</xmax><ymax>25</ymax>');
  });

  it('has no part on two sides, whatever comes or goes later, and says what it was asked for', { timeout: 180_000 }, () => {
    const { db, path } = line(60);
    const sides = (rows: string) =>
      new Map(
        rows
          .split('\r\n')
          .slice(1, -1)
          .map((row) => [row.split(',')[4], row.split(',')[3]]),
      );
    for (let n = 0; n < 40; n++) for (const station of ['inlet', 'outlet']) label(db, `${station}-${n}`, 'good');
    const first = exported(path);
    const before = sides(first.text('pictures.csv'));
    const rows = first.text('pictures.csv').split('\r\n').slice(1, -1);
    for (const row of rows) expect(before.get(row.split(',')[4])).toBe(row.split(',')[3]);
    expect(first.told.splits.train + first.told.splits.validation + first.told.splits.test).toBe(40);
    expect(first.told.splits.train).toBeGreaterThan(first.told.splits.test);
    for (let n = 40; n < 60; n++) label(db, `outlet-${n}`, 'bad');
    const second = exported(path, '--seed', '1');
    for (const [part, side] of before) expect(sides(second.text('pictures.csv')).get(part)).toBe(side);
    expect([...before.keys()].some((part) => splitOf(part ?? '', '1') !== splitOf(part ?? '', '2'))).toBe(true);
    const some = exported(
      path,
      '--station',
      'inlet',
      '--from',
      new Date(AT + 10).toISOString(),
      '--to-time',
      new Date(AT + 20).toISOString(),
    );
    expect(some.told).toMatchObject({ good: 10, bad: 0, pictures: 10 });
  });

  it('says what to do where there is nothing to export, and leaves nothing behind', { timeout: 180_000 }, () => {
    const { db, path } = line(2);
    const to = join(folder(), 'set');
    const fails = (...more: readonly string[]) => {
      const { status, stderr } = lineside('export', 'labels', '--store', path, '--to', to, ...more);
      expect(status).not.toBe(0);
      expect(readdirSync(join(to, '..'))).toEqual(existsSync(to) ? ['set'] : []);
      return stderr;
    };
    label(db, 'outlet-0', 'unsure');
    expect(fails()).toMatch(/No part has a label that people agree on \(1 unsure, 0 disputed\).*\n.*Review/);
    label(db, 'outlet-1', 'good');
    db.exec('DELETE FROM images');
    expect(fails()).toMatch(/no picture is kept.*\n.*store\.images/);
    mkdirSync(to);
    writeFileSync(join(to, 'mine.txt'), 'x');
    expect(fails()).toContain('is not empty');
    expect(readFileSync(join(to, 'mine.txt'), 'utf8')).toBe('x');
  });

  it('calls each picture otherwise, whatever cameras are called', { timeout: 180_000 }, () => {
    const { db, path } = line(1);
    picture(db, path, 'outlet-0', 'top2', 1);
    picture(db, path, 'outlet-0', 'to', 1);
    picture(db, path, 'outlet-0', 'top', 1, '-later');
    label(db, 'outlet-0', 'good');
    const { files, text } = exported(path);
    const good = files.filter((file) => file.startsWith('good/')).sort();
    expect(good).toEqual(['good/outlet-0-to.jpg', 'good/outlet-0-top-2.jpg', 'good/outlet-0-top.jpg', 'good/outlet-0-top2.jpg']);
    expect(text('labels.csv').split('\r\n')[1]).toContain(good[0]);
  });

  /** One that waits for a picture, with another one written. `go` gives it the picture. */
  async function halfWay() {
    const { db, path } = line(2);
    label(db, 'outlet-0', 'good');
    label(db, 'outlet-1', 'good');
    const pipe = join(path, 'images/outlet/2026-01-05/outlet-1-top.jpg');
    rmSync(pipe);
    expect(spawnSync('mkfifo', [pipe]).status).toBe(0);
    const place = folder();
    const child = spawn(process.execPath, [MAIN, 'export', 'labels', '--store', path, '--to', join(place, 'set')]);
    cleanUp(() => child.kill('SIGKILL'));
    const ended = once(child, 'exit');
    const written = () => readdirSync(place, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('outlet-0-top.jpg'));
    await vi.waitFor(() => expect(written()).toHaveLength(1), { timeout: 60_000, interval: 20 });
    return { child, ended, place, go: () => writeFileSync(pipe, 'bytes') };
  }

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'leaves nothing behind that is told to end by %s',
    { timeout: 180_000 },
    async (signal) => {
      const { child, ended, place } = await halfWay();
      child.kill(signal);
      expect(await ended).toEqual([null, signal]);
      expect(readdirSync(place)).toEqual([]);
    },
  );

  it('leaves alone what somebody has put into its place meanwhile', { timeout: 180_000 }, async () => {
    const { ended, place, go } = await halfWay();
    mkdirSync(join(place, 'set'));
    writeFileSync(join(place, 'set', 'mine.txt'), 'x');
    go();
    expect(await ended).toEqual([2, null]);
    expect(readdirSync(place, { recursive: true })).toEqual(['set', 'set/mine.txt']);
  });

  it('takes an empty folder for its place', { timeout: 180_000 }, async () => {
    const { ended, place, go } = await halfWay();
    mkdirSync(join(place, 'set'));
    go();
    expect(await ended).toEqual([0, null]);
    expect(readdirSync(join(place, 'set', 'good')).sort()).toEqual(['outlet-0-top.jpg', 'outlet-1-top.jpg']);
    expect(readdirSync(place)).toEqual(['set']);
  });
});

describe('the data set as a ZIP file', () => {
  const archiveOf = (path: string) => {
    const archives = new Archives(path, systemClock);
    cleanUp(() => archives.close());
    return archives.open({ seed: '1' });
  };

  it('has its tables however long they are, and pictures byte by byte', { timeout: 180_000 }, async () => {
    const { db, path } = line(100);
    // More than may lie ahead, and a hundredth of it packed.
    for (let n = 0; n < 100; n++) label(db, `outlet-${n}`, 'good', { who: 'eve'.repeat(40_000) });
    const files = await unpacked(Buffer.concat(await (await archiveOf(path)).toArray()));
    expect(files.get('labels.csv')?.length).toBeGreaterThan(12e6);
    expect([...files.keys()].at(-1)).toBe('data-set.json');
    for (let n = 0; n < 100; n++) expect(files.get(`good/outlet-${n}-top.jpg`)?.toString()).toBe(`bytes of outlet-${n} top`);
  });

  it('keeps no picture in memory that has been read', { timeout: 180_000 }, async () => {
    const [pictures, size] = [60, 10e6];
    const { db, path } = line(pictures);
    for (let n = 0; n < pictures; n++) {
      label(db, `outlet-${n}`, 'good');
      truncateSync(join(path, `images/outlet/2026-01-05/outlet-${n}-top.jpg`), size);
    }
    const before = process.memoryUsage.rss();
    let [read, most] = [0, 0];
    for await (const piece of await archiveOf(path)) {
      read += piece.length;
      most = Math.max(most, process.memoryUsage.rss() - before);
    }
    expect(read).toBeGreaterThan(pictures * size);
    expect(most).toBeLessThan((pictures * size) / 2);
  });
});
