/** What a data set has in it, file by file; see data-set.test.ts for the ways on which it is handed out. */
import { createHash } from 'node:crypto';
import { mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DataSetWish } from '#agent/contracts/index.js';
import { cocoOf, vocOf } from '#agent/store/data-set/boxes.js';
import { writeDataSet } from '#agent/store/data-set/data-set.js';
import { splitOf } from '#agent/store/data-set/split.js';
import { openEmpty, put } from './setup.ts';

const AT = Date.UTC(2026, 0, 5, 6);
const SEED = '1';

function line() {
  const { db, path } = openEmpty();
  mkdirSync(join(path, 'images/outlet/day'), { recursive: true });
  let labels = 0;
  return {
    path,
    part: (id: string, over: Readonly<Record<string, unknown>> = {}) => {
      put(db, 'inspections', {
        id,
        station: 'outlet',
        outcome: 'judged',
        verdict: 'nok',
        recipe: 'standard',
        at: AT,
        part: `P-${id}`,
        reasons: '[]',
        ...over,
      });
    },
    finding: (inspection: string, model: string, score: number | null, threshold: number | null) =>
      put(db, 'findings', { inspection, model, package: `${model}-package`, score, threshold }),
    picture: (inspection: string, camera: string, over: Readonly<Record<string, unknown>> = {}) => {
      const file = `images/outlet/day/${inspection}-${camera}-${over['role'] ?? 'frame'}${over['again'] ?? ''}.png`;
      writeFileSync(join(path, file), `${inspection} ${camera}`);
      const usual = { role: 'frame', width: 64, height: 48, bytes: 9, sha256: 'ab', original: 1 };
      put(db, 'images', { path: file, inspection, camera, ...usual, ...over });
      return join(path, file);
    },
    label: (inspection: string, said: string, over: Readonly<Record<string, unknown>> = {}) =>
      put(db, 'labels', { id: `l${++labels}`, inspection, at: AT + labels, who: 'eve', label: said, ...over }),
    written: async (wish: Partial<DataSetWish> = {}) => {
      const files = new Map<string, string>();
      const summary = await writeDataSet(
        db,
        path,
        { seed: SEED, ...wish },
        {
          add: async (file, content) =>
            void files.set(file, typeof content === 'string' ? content : Buffer.from(content).toString('utf8', 0, 100)),
        },
      );
      const rows = (name: string) => {
        const [head = '', ...lines] = (files.get(name) ?? '').split('\r\n').slice(0, -1);
        const columns = head.split(',');
        return lines.map((cells) => Object.fromEntries(cells.split(',').map((cell, i) => [columns[i] ?? '', cell])));
      };
      return { summary, files, rows };
    },
  };
}
const hashOf = (kind: string) => createHash('sha256').update(kind).digest('hex').slice(0, 4);

describe('a data set', () => {
  it('has each picture in the folder of its label, all pictures before the tables', async () => {
    const { part, picture, label, written } = line();
    part('a');
    picture('a', 'top');
    picture('a', 'side', { original: 0 });
    picture('a', 'top', { role: 'heatmap' });
    label('a', 'good');
    part('b', { part: null, station: 'inlet' });
    picture('b', 'top', { original: null });
    label('b', 'bad');
    const { files, rows, summary } = await written();
    expect([...files.keys()]).toEqual([
      'good/a-top.png',
      'good/a-side.png',
      'bad/unnamed/b-top.png',
      'pictures.csv',
      'labels.csv',
      'data-set.json',
    ]);
    expect(files.get('good/a-side.png')).toBe('a side');
    expect(summary).toMatchObject({ good: 1, bad: 1, unsure: 0, disputed: 0, pictures: 3, encoded: 1, unknown: 1, missing: 0, boxes: 0 });
    const shared = { width: '64', height: '48', sha256: 'ab', utc: '2026-01-05T06:00:00.000Z' };
    const ofA = { label: 'good', kind: '', split: splitOf('P-a', SEED), part: 'P-a', station: 'outlet', inspection: 'a', ...shared };
    expect(rows('pictures.csv')).toEqual([
      { file: 'good/a-top.png', camera: 'top', bytes: 'as the camera sent them', ...ofA },
      { file: 'good/a-side.png', camera: 'side', bytes: 'encoded by the agent', ...ofA },
      {
        file: 'bad/unnamed/b-top.png',
        camera: 'top',
        bytes: 'not known',
        ...{ label: 'bad', kind: 'unnamed', split: splitOf('b', SEED), part: 'b', station: 'inlet', inspection: 'b', ...shared },
      },
    ]);
  });

  it('has nothing of master parts: what was trained on them would prove itself', async () => {
    const { part, picture, label, written } = line();
    part('a', { challenge: '{"study":{"name":"masters"}}' });
    picture('a', 'top');
    label('a', 'bad');
    part('b');
    picture('b', 'top');
    label('b', 'good');
    expect((await written()).summary).toMatchObject({ good: 1, bad: 0 });
  });

  it('has every label beside what the agent said, those that were taken back too, and its files where people agree', async () => {
    const { part, picture, finding, label, written } = line();
    part('a', { recipe: 'wide' });
    finding('a', 'surface', 0.75, 0.5);
    finding('a', 'process', null, null);
    picture('a', 'top');
    picture('a', 'side');
    label('a', 'good', { undone: AT + 500 });
    label('a', 'bad', { who: 'adam', kind: 'dent', at: AT + 1000 });
    part('b', { outcome: 'failed' });
    picture('b', 'top');
    label('b', 'good');
    label('b', 'bad', { who: 'adam' });
    part('c');
    picture('c', 'top');
    label('c', 'good', { undone: AT + 500 });
    const { rows, summary } = await written();
    const ofA = {
      inspection: 'a',
      part: 'P-a',
      station: 'outlet',
      recipe: 'wide',
      utc: '2026-01-05T06:00:00.000Z',
      agreed: 'bad',
      verdict: 'nok',
      outcome: 'judged',
      scores: 'process=;surface=0.75',
      thresholds: 'process=;surface=0.5',
      split: splitOf('P-a', SEED),
      files: 'bad/dent/a-top.png;bad/dent/a-side.png',
      boxes: '',
    };
    const [taken, said, ...disputed] = rows('labels.csv');
    expect(taken).toEqual({
      ...ofA,
      label: 'good',
      kind: '',
      who: 'eve',
      when: '2026-01-05T06:00:00.001Z',
      undone: '2026-01-05T06:00:00.500Z',
    });
    expect(said).toEqual({ ...ofA, label: 'bad', kind: 'dent', who: 'adam', when: '2026-01-05T06:00:01.000Z', undone: '' });
    expect(disputed.map(({ agreed, outcome, split, files }) => [agreed, outcome, split, files])).toEqual([
      ['disputed', 'failed', '', ''],
      ['disputed', 'failed', '', ''],
      ['unsure', 'judged', '', ''],
    ]);
    // What nobody stands by any more counts nowhere.
    expect(summary).toMatchObject({ good: 0, bad: 1, unsure: 0, disputed: 1, pictures: 2, kinds: { dent: 1 } });
  });

  it('counts parts by side and by kind, however many pictures they have, and says by which seed', async () => {
    const { part, picture, label, written } = line();
    for (let i = 0; i < 12; i++) {
      // Two inspections of one part.
      for (const station of ['inlet', 'outlet']) {
        part(`${station}${i}`, { station, part: `P${i}` });
        picture(`${station}${i}`, 'top');
        picture(`${station}${i}`, 'side');
        label(`${station}${i}`, 'bad', { kind: i < 3 ? 'b' : 'a' });
      }
    }
    const { summary, files } = await written({ seed: 'x' });
    const sides = Array.from({ length: 12 }, (_, i) => splitOf(`P${i}`, 'x'));
    const of = (side: string) => sides.filter((one) => one === side).length;
    expect(summary.splits).toEqual({ train: of('train'), validation: of('validation'), test: of('test') });
    expect([Object.entries(summary.kinds), summary.bad, summary.pictures, summary.seed]).toEqual([
      [
        ['a', 18],
        ['b', 6],
      ],
      24,
      48,
      'x',
    ]);
    expect(summary.software).toMatch(/^lineside \d/);
    const told = JSON.parse(files.get('data-set.json') ?? '');
    expect(told).toMatchObject(summary);
    expect(Object.keys(told.about)).toEqual(['good/, bad/<kind>/', 'pictures.csv', 'labels.csv', 'boxes/', 'boxes/masks/<kind>/']);
  });

  it('counts no part as learned from of which no picture is kept, and no kind of a good one', async () => {
    const { part, picture, label, written } = line();
    part('kept');
    picture('kept', 'top');
    label('kept', 'good');
    part('gone');
    label('gone', 'bad', { kind: 'dent' });
    const { summary, rows } = await written();
    expect([summary.kinds, summary.bad, Object.values(summary.splits).reduce((sum, n) => sum + n)]).toEqual([{}, 1, 1]);
    expect(rows('labels.csv').map(({ inspection, files }) => [inspection, files])).toEqual([
      ['kept', 'good/kept-top.png'],
      ['gone', ''],
    ]);
  });

  it('tells kinds in the order of their names, whichever came first', async () => {
    const { part, picture, label, written } = line();
    for (const kind of ['a', 'd', 'c', 'b', 'e']) {
      part(kind);
      picture(kind, 'top');
      label(kind, 'bad', { kind });
    }
    expect(Object.keys((await written()).summary.kinds)).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('calls a second picture of a camera otherwise', async () => {
    const { part, picture, label, written } = line();
    part('a');
    label('a', 'good');
    picture('a', 'top');
    picture('a', 'side');
    for (const again of ['-b', '-c']) picture('a', 'top', { again });
    const { rows } = await written();
    expect(rows('pictures.csv').map(({ file }) => file)).toEqual(['top', 'side', 'top-2', 'top-3'].map((name) => `good/a-${name}.png`));
  });

  it('has the stretch, the station and the recipe that were asked for, the oldest part first', async () => {
    const { part, picture, label, written } = line();
    for (const [id, over] of [
      ['late', { at: AT + 2000 }],
      ['first', { at: AT }],
      ['inlet', { at: AT + 1000, station: 'inlet' }],
      ['wide', { at: AT + 1000, recipe: 'wide' }],
    ] as const) {
      part(id, over);
      picture(id, 'top');
      label(id, 'good');
    }
    const of = async (wish: Partial<DataSetWish>) => (await written(wish)).rows('pictures.csv').map(({ inspection }) => inspection);
    expect(await of({})).toEqual(['first', 'inlet', 'wide', 'late']);
    expect(await of({ from: AT + 1000, to: AT + 2000 })).toEqual(['inlet', 'wide']);
    expect(await of({ station: 'inlet' })).toEqual(['inlet']);
    expect(await of({ recipe: 'wide' })).toEqual(['wide']);
  });

  it('leaves out pictures that are gone, too large for one, or elsewhere, and counts them', async () => {
    const { part, picture, label, written, path } = line();
    part('a');
    label('a', 'good');
    rmSync(picture('a', 'gone'));
    truncateSync(picture('a', 'large'), 64e6 + 1);
    truncateSync(picture('a', 'fits'), 64e6);
    picture('a', 'outside', { path: 'images/../journal.db' });
    const linked = picture('a', 'linked', { path: 'images/elsewhere/day/x.png' });
    symlinkSync('/', join(path, 'images/elsewhere'));
    expect(linked).not.toBe('');
    // Of one camera two, the first of which is gone: the other is the first.
    rmSync(picture('a', 'top'));
    picture('a', 'top', { again: '-later' });
    const { rows, summary } = await written();
    expect([summary.pictures, summary.missing]).toEqual([2, 5]);
    expect(rows('pictures.csv').map(({ file }) => file)).toEqual(['good/a-fits.png', 'good/a-top.png']);
  });

  it('is none where nobody agrees, or no picture is kept', async () => {
    const { part, picture, label, written } = line();
    part('a');
    picture('a', 'top');
    label('a', 'unsure');
    part('b');
    picture('b', 'top');
    label('b', 'good');
    label('b', 'bad', { who: 'adam' });
    await expect(written()).rejects.toMatchObject({ code: 'LABELS_NONE', details: { unsure: 1, disputed: 1 } });
    part('c');
    label('c', 'good');
    part('d');
    label('d', 'bad');
    await expect(written()).rejects.toMatchObject({ code: 'LABELS_WITHOUT_PICTURES', details: { parts: 2 } });
  });

  it('goes on where a part has been deleted meanwhile', async () => {
    const { db, path } = openEmpty();
    mkdirSync(join(path, 'images/s/day'), { recursive: true });
    for (const id of ['a', 'b', 'c']) {
      put(db, 'inspections', { id, station: 's', at: AT, reasons: '[]' });
      put(db, 'labels', { id: `l${id}`, inspection: id, at: AT, who: 'eve', label: 'good' });
      writeFileSync(join(path, `images/s/day/${id}.png`), id);
      put(db, 'images', { path: `images/s/day/${id}.png`, inspection: id, camera: 'top', role: 'frame' });
    }
    const files: string[] = [];
    const add = async (file: string) => {
      files.push(file);
      db.exec("DELETE FROM inspections WHERE id = 'b'");
    };
    expect(await writeDataSet(db, path, { seed: SEED }, { add })).toMatchObject({ good: 2, pictures: 2 });
    expect(files.slice(0, 3)).toEqual(['good/a-top.png', 'good/c-top.png', 'pictures.csv']);
  });

  it('tells of a sink that takes nothing', async () => {
    const { db, path } = openEmpty();
    put(db, 'inspections', { id: 'x', station: 's', at: AT, reasons: '[]' });
    put(db, 'labels', { id: 'l', inspection: 'x', at: AT, who: 'eve', label: 'good' });
    mkdirSync(join(path, 'images/s/day'), { recursive: true });
    writeFileSync(join(path, 'images/s/day/x.png'), 'x');
    put(db, 'images', { path: 'images/s/day/x.png', inspection: 'x', camera: 'top', role: 'frame' });
    const sink = { add: async () => Promise.reject(new Error('the disk is full')) };
    await expect(writeDataSet(db, path, { seed: SEED }, sink)).rejects.toThrow('the disk is full');
  });

  it.each([
    ['scratch', 'scratch'],
    ['Kratzer_2-ü', `kratzer_2-ü-${hashOf('Kratzer_2-ü')}`],
    ['a b', `a-b-${hashOf('a b')}`],
    ['a  b', `a-b-${hashOf('a  b')}`],
    ['--a--', `a-${hashOf('--a--')}`],
    ['../..', `kind-${hashOf('../..')}`],
    ['u\u0308', `ü-${hashOf('u\u0308')}`],
  ])('calls the folder of the kind %j %s', async (kind, name) => {
    const { part, picture, label, written } = line();
    part('a');
    picture('a', 'top');
    label('a', 'bad', { kind });
    const { files, rows } = await written();
    expect([...files.keys()][0]).toBe(`bad/${name}/a-top.png`);
    expect(rows('pictures.csv')[0]?.['kind']).toContain(kind);
  });
});

describe('boxes', () => {
  const box = (camera: string, x: number, kind?: string) => ({ camera, region: [x, 2, 3, 4], ...(kind === undefined ? {} : { kind }) });

  it('are of the newest label that has some, each with its own kind or that of its part, on the picture of its camera', async () => {
    const { part, picture, label, written } = line();
    part('a');
    picture('a', 'top');
    picture('a', 'side');
    label('a', 'bad', { kind: 'dent', boxes: JSON.stringify([box('top', 90)]) });
    label('a', 'bad', { kind: 'dent', boxes: JSON.stringify([box('top', 1), box('top', 2, 'hole'), box('side', 3), box('else', 4)]) });
    label('a', 'bad', { kind: 'dent', who: 'adam', boxes: JSON.stringify([box('top', 80)]), undone: AT + 5 });
    label('a', 'bad', { who: 'zoe' });
    const { files, summary, rows } = await written();
    const side = splitOf('P-a', SEED);
    const coco = JSON.parse(files.get(`boxes/coco-${side}.json`) ?? '');
    expect(coco.categories.map(({ id, name }: { id: number; name: string }) => [id, name])).toEqual([
      [1, 'dent'],
      [2, 'hole'],
    ]);
    expect(coco.images).toEqual([
      { id: 1, file_name: 'bad/dent/a-top.png', width: 64, height: 48 },
      { id: 2, file_name: 'bad/dent/a-side.png', width: 64, height: 48 },
    ]);
    expect(coco.annotations).toEqual([
      { id: 1, image_id: 1, category_id: 1, bbox: [1, 2, 3, 4], area: 12, iscrowd: 0 },
      { id: 2, image_id: 1, category_id: 2, bbox: [2, 2, 3, 4], area: 12, iscrowd: 0 },
      { id: 3, image_id: 2, category_id: 1, bbox: [3, 2, 3, 4], area: 12, iscrowd: 0 },
    ]);
    expect(summary.boxes).toBe(3);
    expect(rows('labels.csv').map(({ boxes }) => boxes !== '')).toEqual([true, true, true, false]);
    // A file for each split, and one for each picture that has boxes.
    expect([...files.keys()].filter((file) => file.startsWith('boxes/')).sort()).toEqual([
      'boxes/coco-test.json',
      'boxes/coco-train.json',
      'boxes/coco-validation.json',
      'boxes/masks/dent/a-side_mask.png',
      'boxes/masks/dent/a-top_mask.png',
      'boxes/voc/a-side.xml',
      'boxes/voc/a-top.xml',
    ]);
    expect(files.get('boxes/voc/a-top.xml')).toBe(`<annotation>
  <filename>bad/dent/a-top.png</filename>
  <size><width>64</width><height>48</height></size>
  <object>
    <name>dent</name>
    <bndbox><xmin>2</xmin><ymin>3</ymin><xmax>4</xmax><ymax>6</ymax></bndbox>
  </object>
  <object>
    <name>hole</name>
    <bndbox><xmin>3</xmin><ymin>3</ymin><xmax>5</xmax><ymax>6</ymax></bndbox>
  </object>
</annotation>
`);
  });

  it('have what was painted as run lengths with the box around it, and a mask beside the picture', async () => {
    const { part, picture, label, written } = line();
    part('a');
    picture('a', 'top');
    const painted = {
      camera: 'top',
      region: [8, 8, 12, 4],
      stroke: {
        width: 4,
        points: [
          [10, 10],
          [18, 10],
        ],
      },
    };
    label('a', 'bad', { kind: 'dent', boxes: JSON.stringify([box('top', 40), painted]) });
    const { files, summary } = await written();
    const { annotations } = JSON.parse(files.get(`boxes/coco-${splitOf('P-a', SEED)}.json`) ?? '');
    expect(annotations).toEqual([
      { id: 1, image_id: 1, category_id: 1, bbox: [40, 2, 3, 4], area: 12, iscrowd: 0 },
      {
        id: 2,
        image_id: 1,
        category_id: 1,
        bbox: [8, 8, 12, 4],
        area: 44,
        segmentation: { size: [48, 64], counts: expect.arrayContaining([8 * 48 + 9]) },
        iscrowd: 0,
      },
    ]);
    expect(summary.boxes).toBe(2);
    expect(files.get('boxes/masks/dent/a-top_mask.png')).toContain('PNG');
    expect(files.get('boxes/voc/a-top.xml')).toContain('<xmin>9</xmin><ymin>9</ymin><xmax>20</xmax><ymax>12</ymax>');
  });

  it('have good pictures beside them as pictures on which there is nothing, and no bad one on which nobody drew', async () => {
    const { part, picture, label, written } = line();
    for (const [id, said, boxes] of [
      ['drawn', 'bad', [box('top', 1)]],
      ['plain', 'bad', []],
      ['good', 'good', [box('top', 5)]],
    ] as const) {
      // One side for all of them.
      part(id, { part: 'P' });
      picture(id, 'top');
      label(id, said, { boxes: JSON.stringify(boxes) });
    }
    const { files, summary } = await written();
    const { images, annotations } = JSON.parse(files.get(`boxes/coco-${splitOf('P', SEED)}.json`) ?? '');
    expect(images.map(({ file_name: file }: { file_name: string }) => file)).toEqual(['bad/unnamed/drawn-top.png', 'good/good-top.png']);
    expect([annotations.length, summary.boxes]).toEqual([1, 1]);
    expect([...files.keys()].filter((file) => file.endsWith('.xml'))).toEqual(['boxes/voc/drawn-top.xml']);
  });

  it('are of kinds in the order of their names', async () => {
    const { part, picture, label, written } = line();
    part('a');
    picture('a', 'top');
    label('a', 'bad', { boxes: JSON.stringify([box('top', 1, 'hole'), box('top', 2, 'crack'), box('top', 3, 'hole')]) });
    const { files } = await written();
    const { categories, annotations } = JSON.parse(files.get(`boxes/coco-${splitOf('P-a', SEED)}.json`) ?? '');
    expect(categories.map(({ name }: { name: string }) => name)).toEqual(['crack', 'hole']);
    expect(annotations.map((one: Record<string, unknown>) => one['category_id'])).toEqual([2, 1, 2]);
  });

  it('that the disk has damaged are none', async () => {
    const { part, picture, label, written } = line();
    part('a');
    picture('a', 'top');
    label('a', 'bad', { boxes: '{"camera"' });
    label('a', 'bad', { who: 'adam', boxes: '{"a": 1}' });
    const { files, summary } = await written();
    expect([summary.boxes, [...files.keys()].some((file) => file.startsWith('boxes/'))]).toEqual([0, false]);
  });

  it('are numbered over all pictures', () => {
    const of = (file: string, kinds: readonly string[]) => ({
      file,
      width: 9,
      height: 8,
      boxes: kinds.map((kind) => ({ region: [0, 0, 1, 2] as const, kind })),
    });
    const { images, annotations, categories } = JSON.parse(cocoOf([of('a', ['x', 'y']), of('b', []), of('c', ['x'])], ['y', 'x']));
    expect(images).toEqual(['a', 'b', 'c'].map((name, i) => ({ id: i + 1, file_name: name, width: 9, height: 8 })));
    expect(annotations.map((one: Record<string, unknown>) => [one['id'], one['image_id'], one['category_id'], one['area']])).toEqual([
      [1, 1, 2, 2],
      [2, 1, 1, 2],
      [3, 3, 2, 2],
    ]);
    expect(categories).toEqual([
      { id: 1, name: 'y', supercategory: 'defect' },
      { id: 2, name: 'x', supercategory: 'defect' },
    ]);
  });
});

it('splits seven, one and a half, and one and a half of ten parts', () => {
  const counts = { train: 0, validation: 0, test: 0 };
  for (let n = 0; n < 20_000; n++) counts[splitOf(`part ${n}`, '1')]++;
  expect(counts.train / 20_000).toBeCloseTo(0.7, 1.8);
  expect(counts.validation / 20_000).toBeCloseTo(0.15, 1.8);
});

it('keeps a part on the side where an agent of any version has put it', () => {
  const sides = ['P0', 'P1', 'P10', 'P12', 'P5', 'P8'].map((part) => splitOf(part, '1'));
  expect(sides).toEqual(['train', 'train', 'validation', 'validation', 'test', 'test']);
});

it('writes XML that stays XML, whatever somebody calls a defect', () => {
  const nameOf = (kind: string) => {
    const text = vocOf({ file: 'a.jpg', width: 9, height: 9, boxes: [{ region: [0, 0, 1, 1], kind }] });
    return /<name>(.*)<\/name>/s.exec(text)?.[1] ?? '';
  };
  expect(nameOf('<a & "b">')).toBe('&lt;a &amp; &quot;b&quot;&gt;');
  expect(nameOf('a\u0000\u0008\u000b\u001f\ufffe\uffff\ud800b\tc\nd \u{1f600}\u0085ß')).toBe('ab\tc\nd \u{1f600}\u0085ß');
  // XML 1.0, production 2.
  const isChar = (code: number) =>
    [0x9, 0xa, 0xd].includes(code) || (code >= 0x20 && code < 0xd800) || (code > 0xdfff && code !== 0xfffe && code !== 0xffff);
  const kinds = fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.array(fc.nat({ max: 0xffff })).map((codes) => String.fromCharCode(...codes)),
  );
  fc.assert(
    fc.property(kinds, (kind) => {
      const name = nameOf(kind);
      expect(name).not.toMatch(/[<>"]|&(?!amp;|lt;|gt;|quot;)/);
      expect([...name].filter((sign) => !isChar(sign.codePointAt(0) ?? 0))).toEqual([]);
    }),
  );
});
