import { describe, expect, it, vi } from 'vitest';
import { HISTOGRAM_PARTS, isOfRandomShare, type RefusalWish, type Scores } from '#agent/contracts/index.js';
import { refusalsOf } from '#agent/store/refusals.js';
import { BINS, scoreHistograms } from '#agent/store/score-histogram.js';
import { scoresOf } from '#agent/store/scores.js';
import { systemClock } from '#agent/time.js';
import { openEmpty, put } from './setup.ts';

type Db = ReturnType<typeof openEmpty>['db'];

const WISH = { station: 'outlet', model: 'surface', step: 1000 } as const;

interface Part {
  readonly at: number;
  readonly score: number | null;
  readonly station?: string;
  readonly package?: string;
  readonly outcome?: string;
}

function store(db: Db, parts: readonly Part[]): void {
  parts.forEach(({ at, score, station = 'outlet', package: name = 'taught', outcome = 'judged' }, i) => {
    put(db, 'inspections', { id: `i${i}`, station, sequence: i + 1, outcome, at, reasons: '[]', tags: '{}', frames: '[]' });
    put(db, 'findings', { inspection: `i${i}`, model: 'surface', package: name, score, threshold: 0.5 });
  });
}

let labels = 0;
const say = (db: Db, inspection: string, who: string, label: string, undone: number | null = null) =>
  put(db, 'labels', { id: `l${labels++}`, inspection, at: 1, who, label, undone });

describe('the scores of a model', () => {
  it('are those of the package that scored last, of this station, by stretch and by thousandth', () => {
    const { db } = openEmpty();
    store(db, [
      { at: 500, score: 0.9, package: 'before' },
      ...[0.1, 0.2, 0.3, 0.4, 0.5].map((score, i) => ({ at: 1000 + i, score })),
      { at: 1500, score: 0.7, station: 'inlet' },
      { at: 2500, score: 0.29 },
      { at: 2600, score: null },
      { at: 2700, score: 0.8, outcome: 'failed' },
      { at: 2900, score: 1 },
    ]);
    expect(scoresOf(db, WISH)).toEqual({
      package: 'taught',
      steps: [
        { at: 1000, parts: 5, refused: 1, low: 0.1, middle: 0.3, high: 0.5 },
        { at: 2000, parts: 2, refused: 1, low: 0.29, middle: 1, high: 1 },
      ],
      bins: [0.1, 0.2, 0.29, 0.3, 0.4, 0.5, 0.999].map((at) => ({ at, parts: 1 })),
      labelled: [],
      complete: true,
      looked_back_to: null,
    });
    expect(scoresOf(db, { ...WISH, from: 1001, to: 2900 }).steps.map(({ parts }) => parts)).toEqual([4, 1]);
    const nothing = { package: null, steps: [], bins: [], labelled: [], complete: true, looked_back_to: null };
    expect(scoresOf(db, { ...WISH, model: 'process' })).toEqual(nothing);
    // Without a limit nothing is refused.
    db.exec('UPDATE findings SET threshold = NULL');
    expect(scoresOf(db, WISH).steps.map(({ refused }) => refused)).toEqual([0, 0]);
  });

  it('stand beside the parts of which people say the same', () => {
    const { db } = openEmpty();
    store(
      db,
      [0.6, 0.7, 0.8, 0.9, 0.95].map((score, i) => ({ at: i, score })),
    );
    say(db, 'i0', 'eve', 'good');
    say(db, 'i1', 'eve', 'good');
    say(db, 'i1', 'adam', 'bad');
    // Her newest word.
    say(db, 'i2', 'eve', 'good');
    say(db, 'i2', 'eve', 'bad');
    say(db, 'i3', 'eve', 'bad', 5);
    say(db, 'i4', 'eve', 'unsure');
    say(db, 'i4', 'adam', 'good');
    const { labelled } = scoresOf(db, WISH);
    expect(labelled.map(({ inspection, label }) => [inspection, label]).sort()).toEqual([
      ['i0', 'good'],
      ['i2', 'bad'],
      ['i4', 'good'],
    ]);
    expect(scoresOf(db, { ...WISH, from: 1 }).labelled).toHaveLength(2);
  });

  it('have each label once, however many questions it takes to look at them', () => {
    const { db } = openEmpty();
    store(
      db,
      Array.from({ length: 1000 }, (_, i) => ({ at: i, score: 0.7 })),
    );
    for (const i of [0, 300, 301, 999]) say(db, `i${i}`, 'eve', 'good');
    // Time is over whenever somebody looks.
    let now = 0;
    const elapsed = vi.spyOn(systemClock, 'elapsed').mockImplementation(() => (now += 1000));
    const pieces: Scores[] = [];
    let to: number | undefined;
    do {
      pieces.push(scoresOf(db, { ...WISH, to }));
      to = pieces.at(-1)?.looked_back_to ?? undefined;
    } while (to !== undefined);
    elapsed.mockRestore();
    expect(pieces.length).toBeGreaterThan(2);
    const labelled = pieces.map((piece) => piece.labelled.map(({ inspection }) => inspection).toSorted());
    expect(labelled.flat()).toEqual(['i999', 'i300', 'i301', 'i0']);
    // With the parts that they are of.
    for (const [n, piece] of pieces.entries())
      expect(piece.labelled.every(({ at }) => at >= (piece.looked_back_to ?? 0) && at < (pieces[n - 1]?.looked_back_to ?? 1000))).toBe(
        true,
      );
  });

  it('are looked at in pieces that together are all of them, each once, also where many parts came at once', { timeout: 60_000 }, () => {
    const { db } = openEmpty();
    db.exec(`
      WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 119999)
      INSERT INTO inspections (id, station, sequence, outcome, at, trigger, recipe, verdict, reasons, answer, tags, frames, config_hash)
      SELECT 'i' || i, 'outlet', i + 1, 'judged', i / 700, 'tag', 'standard', 'ok', '[]', 'none', '{}', '[]', '' FROM n;
      INSERT INTO findings (inspection, model, package, version, variant, provider, sha256, kind, score, threshold)
      SELECT id, 'surface', 'taught', '', '', '', '', 'anomaly', 0.25, 0.5 FROM inspections;`);
    const pieces: Scores[] = [];
    let to: number | undefined;
    do {
      pieces.push(scoresOf(db, { ...WISH, to }));
      to = pieces.at(-1)?.looked_back_to ?? undefined;
    } while (to !== undefined);
    expect(pieces.length).toBeGreaterThan(1);
    const sum = pieces.flatMap(({ bins }) => bins).reduce((all, { parts }) => all + parts, 0);
    expect(sum).toBe(120_000);
    expect(pieces.map(({ complete }) => complete)).toEqual([...pieces.slice(1).map(() => false), true]);
  });
});

describe('where the scores of a part lie', () => {
  const finding = (db: Db, inspection: string, score: number | null, over: Readonly<Record<string, unknown>> = {}) =>
    put(db, 'findings', { inspection, model: 'surface', package: 'taught', sha256: 'ab', score, threshold: 0.5, ...over });
  const part = (db: Db, id: string, score: number | null, over: Readonly<Record<string, unknown>> = {}) => {
    put(db, 'inspections', { id, station: 'outlet', outcome: 'judged', at: 1, reasons: '[]', tags: '{}', frames: '[]', ...over });
    finding(db, id, score);
  };
  /** What is in the bins, by their number. */
  const filled = (bins: readonly number[] = []) => Object.fromEntries([...bins.entries()].filter(([, parts]) => parts > 0));

  it('is told among those of the same network at the same station, up to the part itself', () => {
    const { db } = openEmpty();
    part(db, 'a', 0.1);
    part(db, 'b', 0.11);
    part(db, 'inlet', 0.2, { station: 'inlet' });
    part(db, 'unscored', null);
    put(db, 'inspections', { id: 'other', station: 'outlet', at: 1, reasons: '[]', tags: '{}', frames: '[]' });
    finding(db, 'other', 0.3, { sha256: 'cd' });
    finding(db, 'other', 0.9, { model: 'process', package: 'attention', threshold: null });
    part(db, 'c', 0.4);
    part(db, 'same', 0.4);
    part(db, 'after', 0.05);
    const [found, ...more] = scoreHistograms(db, 'same') ?? [];
    expect(more).toEqual([]);
    expect(found).toMatchObject({ model: 'surface', package: 'taught', score: 0.4, threshold: 0.5, parts: 4, lower: 2 });
    expect([found?.bins.length, filled(found?.bins), found?.bins.every(Number.isInteger)]).toEqual([BINS, { 4: 2, 16: 2 }, true]);
    // Each of its models, by name.
    expect(scoreHistograms(db, 'other')?.map(({ model, parts, lower, threshold }) => [model, parts, lower, threshold])).toEqual([
      ['process', 1, 0, null],
      ['surface', 1, 0, 0.5],
    ]);
    expect([scoreHistograms(db, 'unscored'), scoreHistograms(db, 'nobody')]).toEqual([[], null]);
  });

  it('has a place for every score, those beyond the ends in the outermost', () => {
    const { db } = openEmpty();
    for (const [i, score] of [-0.5, 0, 0.9999, 1, 1.5].entries()) part(db, `i${i}`, score);
    expect(filled(scoreHistograms(db, 'i4')?.[0]?.bins)).toEqual({ 0: 2, [BINS - 1]: 3 });
  });

  it('looks at no more parts than it says, the newest, and stops when its time is over', () => {
    const { db } = openEmpty();
    db.transaction(() => {
      for (let i = 0; i < HISTOGRAM_PARTS + 200; i++) part(db, `i${i}`, i < 200 ? 0.9 : 0.1);
    })();
    const [found] = scoreHistograms(db, `i${HISTOGRAM_PARTS + 199}`) ?? [];
    expect([found?.parts, filled(found?.bins)]).toEqual([HISTOGRAM_PARTS, { 4: HISTOGRAM_PARTS }]);
    let now = 0;
    const elapsed = vi.spyOn(systemClock, 'elapsed').mockImplementation(() => (now += 1000));
    const [hurried] = scoreHistograms(db, `i${HISTOGRAM_PARTS + 199}`) ?? [];
    elapsed.mockRestore();
    expect(hurried?.parts).toBe(64);
  });
});

describe('good parts that a package refused', () => {
  const WISH: RefusalWish = { station: 'outlet', model: 'surface', sha256: 'ab', since: 100, at: 0.5, apart: 0, hours: [] };
  const NO_HOURS = { hours: { good: 0, refused: 0, worth: 1 } };
  const part = (db: Db, id: string, score: number | null, over: Readonly<Record<string, unknown>> = {}) => {
    put(db, 'inspections', { id, station: 'outlet', outcome: 'judged', at: 100, reasons: '[]', tags: '{}', frames: '[]', ...over });
    put(db, 'findings', { inspection: id, model: 'surface', package: 'taught', sha256: 'ab', score, threshold: 0.5 });
  };

  it('are those that people call good and that score from its limit on, counted for the random share by itself', () => {
    const { db } = openEmpty();
    expect([isOfRandomShare('x-0000'), isOfRandomShare('x-ffff')]).toEqual([true, false]);
    for (const [id, score] of [
      ['below-ffff', 0.4999],
      ['at-ffff', 0.5],
      ['above-0000', 0.9],
      ['chance-0001', 0.1],
    ] as const) {
      part(db, id, score);
      say(db, id, 'eve', 'good');
    }
    expect(refusalsOf(db, WISH)).toEqual({ good: 4, refused: 2, sample: { good: 2, refused: 1 }, ...NO_HOURS });
  });

  it('are none of which nobody says that they are good, or not all', () => {
    const { db } = openEmpty();
    part(db, 'bad-ffff', 0.9);
    say(db, 'bad-ffff', 'eve', 'bad');
    part(db, 'disputed-ffff', 0.9);
    say(db, 'disputed-ffff', 'eve', 'good');
    say(db, 'disputed-ffff', 'adam', 'bad');
    part(db, 'unsure-ffff', 0.9);
    say(db, 'unsure-ffff', 'eve', 'unsure');
    part(db, 'taken back-ffff', 0.9);
    say(db, 'taken back-ffff', 'eve', 'good', 5);
    part(db, 'changed-ffff', 0.9);
    say(db, 'changed-ffff', 'eve', 'bad');
    say(db, 'changed-ffff', 'eve', 'good');
    expect(refusalsOf(db, WISH)).toEqual({ good: 1, refused: 1, sample: { good: 0, refused: 0 }, ...NO_HOURS });
  });

  it('are of that network, station and time alone', () => {
    const { db } = openEmpty();
    part(db, 'before-ffff', 0.9, { at: 99 });
    part(db, 'inlet-ffff', 0.9, { station: 'inlet' });
    part(db, 'failed-ffff', 0.9, { outcome: 'failed' });
    part(db, 'unscored-ffff', null);
    for (const id of ['before-ffff', 'inlet-ffff', 'failed-ffff', 'unscored-ffff']) say(db, id, 'eve', 'good');
    const none = { good: 0, refused: 0, sample: { good: 0, refused: 0 }, ...NO_HOURS };
    expect(refusalsOf(db, WISH)).toEqual(none);
    part(db, 'mine-ffff', 0.9);
    say(db, 'mine-ffff', 'eve', 'good');
    expect(refusalsOf(db, WISH)).toMatchObject({ good: 1, refused: 1 });
    expect([refusalsOf(db, { ...WISH, sha256: 'cd' }), refusalsOf(db, { ...WISH, model: 'process' })]).toEqual([none, none]);
  });
});
