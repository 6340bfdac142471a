/** What is read out of stored parts for other stages: pictures to learn from, tags over time, parts where a candidate differs. */
import { mkdirSync, readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { differingParts } from '#agent/store/differing.js';
import { keptFrames } from '#agent/store/kept-frames.js';
import { packWindow } from '#agent/store/packing.js';
import { type Cells, storedRecord } from '#agent/store/read.js';
import { storedStretch, tagTrend } from '#agent/store/tag-history.js';
import { folder, openEmpty, put } from './setup.ts';

type Db = ReturnType<typeof openEmpty>['db'];

const part = (db: Db, id: string, at: number, over: Readonly<Record<string, unknown>> = {}) =>
  put(db, 'inspections', {
    id,
    station: 'outlet',
    outcome: 'judged',
    verdict: 'ok',
    recipe: 'standard',
    at,
    reasons: '[]',
    tags: '{}',
    frames: '[]',
    ...over,
  });

/** Files of that folder that this process has open. */
const opened = (path: string): number =>
  readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith(path);
    } catch {
      return false;
    }
  }).length;

describe('kept pictures', () => {
  function line() {
    const { db, path } = openEmpty();
    const home = join(path, 'images/outlet/day');
    mkdirSync(home, { recursive: true });
    const picture = (inspection: string, over: Readonly<Record<string, unknown>> = {}) => {
      const file = `images/outlet/day/${inspection}-${over['camera'] ?? 'top'}-${over['role'] ?? 'frame'}.jpg`;
      writeFileSync(join(path, file), inspection);
      put(db, 'images', { path: file, inspection, camera: 'top', role: 'frame', ...over });
    };
    part(db, 'a', 1);
    part(db, 'b', 2, { verdict: 'nok' });
    part(db, 'failed', 3, { outcome: 'failed' });
    part(db, 'inlet', 4, { station: 'inlet' });
    part(db, 'c', 5);
    for (const id of ['a', 'b', 'failed', 'inlet', 'c']) {
      picture(id);
      picture(id, { camera: 'side' });
      picture(id, { role: 'heatmap' });
    }
    return { db, path };
  }
  const place = { station: 'outlet', camera: 'top' };

  it('are those of judged parts of a station, by its camera, the newest so many first', () => {
    const { path } = line();
    const file = (id: string) => join(path, `images/outlet/day/${id}-top-frame.jpg`);
    expect(keptFrames(path, { ...place, which: { newest: 10 } })).toEqual([
      { inspection: 'c', at: 5, verdict: 'ok', file: file('c') },
      { inspection: 'b', at: 2, verdict: 'nok', file: file('b') },
      { inspection: 'a', at: 1, verdict: 'ok', file: file('a') },
    ]);
    expect(keptFrames(path, { ...place, which: { newest: 2 } }).map(({ inspection }) => inspection)).toEqual(['c', 'b']);
    expect(keptFrames(path, { ...place, camera: 'bottom', which: { newest: 2 } })).toEqual([]);
  });

  it('are those that are named, in that order, as far as they are kept', () => {
    const { db, path } = line();
    const ids = (...inspections: readonly string[]) =>
      keptFrames(path, { ...place, which: { inspections } }).map(({ inspection }) => inspection);
    expect(ids('a', 'c', 'nobody', 'failed', 'inlet', 'b')).toEqual(['a', 'c', 'b']);
    db.prepare("UPDATE images SET path = '../' || path WHERE inspection = 'c'").run();
    expect(ids('a', 'c')).toEqual(['a']);
  });

  it('are told to be missing where there is no journal, and leave none open', () => {
    expect(() => keptFrames(folder(), { ...place, which: { newest: 1 } })).toThrow('STORE_MISSING');
    const { db, path } = line();
    db.close();
    keptFrames(path, { ...place, which: { newest: 1 } });
    expect(opened(path)).toBe(0);
  });
});

const TAGS = ['plc.a', 'plc.b'];

interface Window {
  readonly endsAt: number;
  /** Row by row, as many as there are tags. */
  readonly rows: readonly (readonly number[])[];
  readonly quality?: readonly (readonly number[])[];
  readonly every?: number;
  readonly tags?: readonly string[];
}

function window(db: Db, inspection: string, { endsAt, rows, quality, every = 100, tags = TAGS }: Window): void {
  const values = Float32Array.from(rows.flat());
  const data = packWindow(
    new Uint8Array(values.buffer),
    Uint8Array.from((quality ?? rows.map((row) => row.map(() => 0))).flat()),
    rows.length,
  );
  put(db, 'windows', { inspection, ends_at: endsAt, every_ms: every, steps: rows.length, tags: JSON.stringify(tags), data });
}

describe('tags over time', () => {
  it('are what they were at the trigger of the first part in each of equal times', () => {
    const { db } = openEmpty();
    for (const [i, at] of [1000, 1050, 1999, 2000, 4500].entries()) {
      part(db, `i${i}`, at);
      window(db, `i${i}`, {
        endsAt: at,
        rows: [
          [0, 0],
          [i, i + 0.5],
        ],
      });
    }
    part(db, 'inlet', 3000, { station: 'inlet' });
    window(db, 'inlet', { endsAt: 3000, rows: [[9, 9]] });
    // From 1000 to 5000 in four.
    expect(tagTrend(db, { station: 'outlet', from: 1000, to: 5000, points: 4 })).toEqual({
      times: [1000, 2000, 4500],
      tags: [
        { tag: 'plc.a', values: [0, 3, 4] },
        { tag: 'plc.b', values: [0.5, 3.5, 4.5] },
      ],
    });
    expect(tagTrend(db, { station: 'outlet', from: 5000, to: 6000, points: 3 })).toEqual({ times: [], tags: [] });
  });

  it('are nothing where nothing was known, and those of another config are left out', () => {
    const { db } = openEmpty();
    for (const [id, at] of [
      ['before', -500],
      ['right before', 500],
    ] as const) {
      part(db, id, at);
      window(db, id, { endsAt: at, rows: [[7]], tags: ['plc.c'] });
    }
    part(db, 'now', 1500);
    window(db, 'now', {
      endsAt: 1500,
      rows: [
        [1, 2],
        [3, 4],
      ],
      quality: [
        [0, 0],
        [1, 2],
      ],
    });
    part(db, 'later', 2500);
    window(db, 'later', { endsAt: 2500, rows: [[Number.NaN, 6]], quality: [[0, 3]] });
    expect(tagTrend(db, { station: 'outlet', from: -1000, to: 3000, points: 4 })).toEqual({
      times: [1500, 2500],
      tags: [
        // Uncertain is a value; bad, a gap and what is no number are none.
        { tag: 'plc.a', values: [3, null] },
        { tag: 'plc.b', values: [null, null] },
      ],
    });
  });
});

/** What a disk makes of a window: its values cut short, another text for its tags, a blob of more than was packed, and none at all. */
const DAMAGES: readonly (readonly [string, string])[] = [
  ['a blob that ends too soon', 'data = substr(data, 1, 4)'],
  ['a blob of something else', "data = x'00ff00ff'"],
  ['no blob', "data = x''"],
  ['fewer values than it says', 'steps = 3'],
  ['more values than it says', 'steps = 1'],
  ['no steps', 'steps = 0'],
  ['tags that are no list', "tags = '{'"],
  ['tags that are no texts', "tags = '[1, 2]'"],
];
const TWO_ROWS = [
  [1, 2],
  [3, 4],
] as const;

describe.each(DAMAGES)('a window with %s', (_, damage) => {
  function line() {
    const { db, path } = openEmpty();
    for (const [id, at] of [['a', 1100] as const, ['b', 1300] as const, ['c', 1500] as const]) {
      part(db, id, at);
      window(db, id, { endsAt: at, rows: TWO_ROWS });
    }
    db.exec(`UPDATE windows SET ${damage} WHERE inspection = 'b'`);
    return { db, path };
  }

  it('is none among tags over time', () => {
    const { db } = line();
    expect(tagTrend(db, { station: 'outlet', from: 1000, to: 1600, points: 3 })).toEqual({
      times: [1100, 1500],
      tags: [
        { tag: 'plc.a', values: [3, 3] },
        { tag: 'plc.b', values: [4, 4] },
      ],
    });
    // The newest names the tags; not where nobody can read them.
    db.exec("DELETE FROM windows WHERE inspection = 'c'");
    expect(tagTrend(db, { station: 'outlet', from: 1000, to: 1600, points: 3 }).times).toEqual([1100]);
  });

  it('is none in a stretch', () => {
    const { path } = line();
    const { times, values } = storedStretch(path, { station: 'outlet', from: 1000, to: 3000, tags: TAGS, every: 100 });
    expect(times).toEqual([1000, 1100, 1400, 1500]);
    expect([...values]).toEqual([1, 2, 3, 4, 1, 2, 3, 4]);
  });

  it('is none of its record', () => {
    const { db } = line();
    const record = storedRecord(db);
    const windows = db
      .prepare<[], Cells>('SELECT rowid, * FROM inspections ORDER BY at')
      .all()
      .map((row) => record(row)['window']);
    const whole = { tags: TAGS, every_ms: 100, steps: 2, values: [1, 2, 3, 4], quality: [0, 0, 0, 0] };
    expect(windows).toEqual([{ ...whole, ends_at: 1100 }, null, { ...whole, ends_at: 1500 }]);
  });
});

describe('a stretch of tags', () => {
  const wish = { station: 'outlet', from: 1000, to: 3000, tags: TAGS, every: 100 };

  it('is one grid over windows that overlap, the later word counts, gaps are told', () => {
    const { db, path } = openEmpty();
    part(db, 'first', 1200);
    window(db, 'first', {
      endsAt: 1201,
      rows: [
        [1, 1],
        [2, 2],
        [3, 3],
      ],
      quality: [
        [0, 0],
        [0, 2],
        [1, 3],
      ],
    });
    part(db, 'second', 1400);
    window(db, 'second', {
      endsAt: 1400,
      rows: [
        [30, 31],
        [40, 41],
        [50, 51],
      ],
    });
    part(db, 'late', 3000);
    window(db, 'late', { endsAt: 3000, rows: [[9, 9]] });
    part(db, 'early', 999);
    window(db, 'early', { endsAt: 1100, rows: [[8, 8]] });
    part(db, 'inlet', 1300, { station: 'inlet' });
    window(db, 'inlet', { endsAt: 1300, rows: [[7, 7]] });
    part(db, 'other tags', 1300);
    window(db, 'other tags', { endsAt: 1500, rows: [[6, 6]], tags: ['plc.a', 'plc.c'] });
    part(db, 'other grid', 1300);
    window(db, 'other grid', { endsAt: 1600, rows: [[5, 5]], every: 200 });
    const { times, values } = storedStretch(path, wish);
    expect(times).toEqual([1000, 1100, 1200, 1300, 1400]);
    expect([...values]).toEqual([1, 1, 2, Number.NaN, 30, 31, 40, 41, 50, 51]);
  });

  it('shows nothing of the time before it, and rows in the order of time whatever order parts came in', () => {
    const { db, path } = openEmpty();
    part(db, 'a', 1050);
    window(db, 'a', {
      endsAt: 1000,
      rows: [
        [1, 1],
        [2, 2],
      ],
    });
    // By a PLC whose clock has gone back a little.
    part(db, 'b', 1060);
    window(db, 'b', { endsAt: 1500, rows: [[5, 5]] });
    part(db, 'c', 1070);
    window(db, 'c', { endsAt: 1200, rows: [[4, 4]] });
    const { times, values } = storedStretch(path, wish);
    expect(times).toEqual([1000, 1200, 1500]);
    expect([...values]).toEqual([2, 2, 4, 4, 5, 5]);
  });

  it('is empty where nothing is stored, told where there is no journal, and leaves none open', () => {
    const { db, path } = openEmpty();
    db.close();
    expect(storedStretch(path, wish)).toEqual({ times: [], values: new Float32Array() });
    expect(() => storedStretch(folder(), wish)).toThrow('STORE_MISSING');
    expect(opened(path)).toBe(0);
  });
});

describe('parts of which a candidate says something else', () => {
  const wish = { station: 'outlet', model: 'surface', candidate: 'new', camera: 'top', limit: 10 };
  const shadow = (db: Db, inspection: string, at: number, over: Readonly<Record<string, unknown>> = {}) =>
    put(db, 'shadows', {
      id: `s-${inspection}-${at}`,
      at,
      station: 'outlet',
      inspection,
      part: `P-${inspection}`,
      model: 'surface',
      difference: 'verdict',
      verdict: 'ok',
      candidate_verdict: 'nok',
      score: 0.2,
      threshold: 0.5,
      candidate_package: 'new',
      candidate_score: 0.8,
      candidate_threshold: 0.6,
      ...over,
    });
  const image = (db: Db, inspection: string, camera: string, role: string) =>
    put(db, 'images', { path: `images/${inspection}/${camera}/${role}`, inspection, camera, role });

  it('are told newest first, each with the numbers of its pictures', () => {
    const { db } = openEmpty();
    shadow(db, 'a', 1);
    shadow(db, 'b', 2, { difference: 'label' });
    shadow(db, 'same', 3, { difference: 'none' });
    shadow(db, 'inlet', 4, { station: 'inlet' });
    shadow(db, 'process', 5, { model: 'process' });
    shadow(db, 'older', 6, { candidate_package: 'old' });
    image(db, 'a', 'side', 'frame');
    image(db, 'a', 'side', 'heatmap');
    image(db, 'a', 'top', 'heatmap');
    image(db, 'a', 'top', 'frame');
    const said = { verdict: 'ok', candidate_verdict: 'nok', score: 0.2, threshold: 0.5, candidate_score: 0.8, candidate_threshold: 0.6 };
    expect(differingParts(db, wish)).toEqual([
      { inspection: 'b', at: 2, part: 'P-b', difference: 'label', ...said, picture: null, heat: null },
      { inspection: 'a', at: 1, part: 'P-a', difference: 'verdict', ...said, picture: 3, heat: 2 },
    ]);
    expect(differingParts(db, { ...wish, limit: 1 }).map(({ inspection }) => inspection)).toEqual(['b']);
    expect(differingParts(db, { ...wish, camera: 'side' })[1]).toMatchObject({ picture: 0, heat: 1 });
  });
});
