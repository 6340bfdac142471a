import { describe, expect, it } from 'vitest';
import type { Note } from '#agent/contracts/index.js';
import { calibrate } from '#agent/inference/calibration.js';
import { decode, KINDS } from '#agent/inference/kinds/index.js';
import type { DecodeContext } from '#agent/inference/kinds/kind.js';
import { topMean } from '#agent/inference/kinds/segment.js';
import { describeModelKind, tensor } from '../contracts/model-kind.ts';

const context: DecodeContext = {
  model: 'm',
  labels: ['good', 'scratch', 'dent'],
  good: 'good',
  threshold: 0.5,
  region: [100, 50, 40, 20],
  channels: [],
  calibration: null,
};
const map = (value: number) => tensor([1, 4, 4], Array(16).fill(value));
const classes = (...p: number[]) => tensor([1, p.length], p);
const two = { ...context, labels: ['good', 'odd'] };
const tags = { ...context, region: null, channels: ['plc.a', 'plc.b', 'plc.c'] };
const window = { ...tags, labels: ['good', 'odd'] };

// Residuals spread by 1, 2 and (context only) 0: a distance of `limit` is where 0.5 begins.
const settings = { rows: 100, autocorrelation: 0.9, floor: 1e-6, ridge: 1e-3, quantile: 0.99, factor: 2 };
const residuals = Array.from({ length: 200 }, (_, i) => Float32Array.of(Math.sin(i), 2 * Math.cos(i * 1.7), 0));
const normal = { mean: [0, 0, 0], spread: [1, 1, 1], scored: [1, 1, 0] };
const calibration = calibrate(normal, residuals, 200, settings);

// A reader of A, B and C: each column is sure of its character (- for none) by `certainty`, and the others share the rest.
const reader = { ...context, labels: ['A', 'B', 'C'], good: null };
const columns = (text: string, certainty: number) => {
  const row = (c: string) => [...'-ABC'].map((each) => (each === c ? certainty : (1 - certainty) / 3));
  return { probabilities: tensor([1, text.length, 4], [...text].flatMap(row)) };
};

describeModelKind({
  name: 'classify',
  kind: 'classify',
  options: {},
  context,
  sized: ['probabilities', 'heatmap'],
  good: () => ({ probabilities: classes(0.9, 0.06, 0.04), heatmap: map(0) }),
  faulty: () => ({ probabilities: classes(0.1, 0.2, 0.7), heatmap: map(0.8) }),
});
describeModelKind({
  name: 'segment by the top of the mask',
  kind: 'segment',
  options: { score: 'top', top: 0.25 },
  context: two,
  sized: ['mask'],
  good: () => ({ mask: map(0.1) }),
  faulty: () => ({ mask: tensor([1, 4, 4], [...Array(12).fill(0), ...Array(4).fill(0.9)]) }),
});
describeModelKind({
  name: 'segment by classes',
  kind: 'segment',
  options: { score: 'probabilities', top: 0.01 },
  context,
  sized: ['mask', 'probabilities'],
  good: () => ({ mask: map(0.1), probabilities: classes(0.8, 0.1, 0.1) }),
  faulty: () => ({ mask: map(0.9), probabilities: classes(0.2, 0.7, 0.1) }),
});
describeModelKind({
  name: 'segment with labels in the mask',
  kind: 'segment',
  options: { score: 'top', top: 0.25 },
  context,
  sized: [],
  good: () => ({ mask: tensor([1, 2, 2, 3], Array(4).fill([0.9, 0.05, 0.05]).flat()) }),
  faulty: () => ({ mask: tensor([1, 2, 2, 3], [0.1, 0.2, 0.7, ...Array(3).fill([0.8, 0.1, 0.1]).flat()]) }),
});
describeModelKind({
  name: 'detect',
  kind: 'detect',
  options: { iou: 0.5, min_score: 0.25, max: 100 },
  context,
  sized: ['scores'],
  good: () => ({ boxes: tensor([1, 2, 4], [0, 0, 1, 1, 0, 0, 0.5, 0.5]), scores: tensor([1, 2, 3], [0.1, 0.2, 0.1, 0, 0, 0]) }),
  faulty: () => ({ boxes: tensor([1, 2, 4], [0, 0, 1, 1, -0.5, 0.2, 0.5, 3]), scores: tensor([1, 2, 3], [0.1, 0.9, 0.1, 0, 0, 0.6]) }),
});
describeModelKind({
  name: 'detect with classes of the picture',
  kind: 'detect',
  options: { iou: 0.5, min_score: 0.25, max: 100 },
  context,
  sized: ['scores', 'probabilities'],
  good: () => ({
    boxes: tensor([1, 1, 4], [0, 0, 1, 1]),
    scores: tensor([1, 1, 3], [0.1, 0.2, 0.1]),
    probabilities: classes(0.8, 0.1, 0.1),
  }),
  faulty: () => ({
    boxes: tensor([1, 1, 4], [0, 0, 1, 1]),
    scores: tensor([1, 1, 3], [0, 0.1, 0.9]),
    probabilities: classes(0.1, 0.1, 0.8),
  }),
});
describeModelKind({
  name: 'anomaly',
  kind: 'anomaly',
  options: {},
  context: two,
  sized: ['score', 'heatmap'],
  good: () => ({ score: tensor([1], [0.1]), heatmap: map(0.1) }),
  faulty: () => ({ score: tensor([1], [0.9]), heatmap: map(0.9) }),
});
// The network takes 280x280; the reference lies 28 pixels from its corner.
const registered = { reference: [28, 28, 224, 224], field: [280, 280], least: 0.7 };
const foundAt = (across: number, down: number, likeness: number) => tensor([3], [across / 224, down / 224, likeness]);
describeModelKind({
  name: 'anomaly of a part that moves',
  kind: 'anomaly',
  options: { registered },
  context: two,
  sized: ['score', 'heatmap', 'found'],
  good: () => ({ score: tensor([1], [0.1]), heatmap: map(0.1), found: foundAt(0, 0, 0.9) }),
  faulty: () => ({ score: tensor([1], [0.9]), heatmap: map(0.9), found: foundAt(7, -14, 0.75) }),
});
// Two words: `oil leak`. Spans of one and of two words from each; the last would end beyond the text.
const oilLeak: Note = {
  text: 'oil lkg',
  truncated: false,
  words: [
    { plain: 'oil', from: 0, to: 3 },
    { plain: 'leak', from: 4, to: 7 },
  ],
};
const note: DecodeContext = { ...context, region: null, labels: ['none', 'Part', 'State', 'Process'], good: 'none', note: oilLeak };
const named = { faults: ['State', 'Process'], longest: 2 };
const spans = (...rows: number[][]) => ({ spans: tensor([1, rows.length / 2, 2, 4], rows.flat()) });
const nothing = [1, 0, 0, 0];
describeModelKind({
  name: 'text',
  kind: 'text',
  options: named,
  context: note,
  sized: ['spans'],
  good: () => spans([0.1, 0.9, 0, 0], nothing, [0.8, 0.1, 0.1, 0], nothing),
  faulty: () => spans([0.1, 0.9, 0, 0], [0.2, 0, 0.5, 0.3], [0.1, 0, 0.2, 0.7], [0, 0, 0, 1]),
});
describeModelKind({
  name: 'text-class',
  kind: 'text-class',
  options: { certain: 0.6 },
  context: { ...context, note: oilLeak },
  sized: ['probabilities'],
  good: () => ({ probabilities: classes(0.9, 0.06, 0.04) }),
  faulty: () => ({ probabilities: classes(0.1, 0.2, 0.7) }),
});
describeModelKind({
  name: 'sequence with classes',
  kind: 'sequence',
  options: {},
  context: tags,
  sized: ['probabilities'],
  good: () => ({ probabilities: classes(0.9, 0.05, 0.05), contribution: classes(0, 0, 0) }),
  faulty: () => ({ probabilities: classes(0.1, 0.05, 0.85), contribution: classes(3, 1, -2) }),
});
describeModelKind({
  name: 'sequence with a score',
  kind: 'sequence',
  options: {},
  context: window,
  sized: ['score'],
  good: () => ({ score: tensor([1], [0.2]) }),
  faulty: () => ({ score: tensor([1], [0.7]) }),
});
describeModelKind({
  name: 'sequence with a forecast',
  kind: 'sequence',
  options: { method: 'forecast' },
  context: { ...window, calibration },
  sized: ['residual'],
  good: () => ({ residual: classes(0.3, -0.2, 0) }),
  faulty: () => ({ residual: classes(9, 0.5, 0) }),
});

describeModelKind({
  name: 'read',
  kind: 'read',
  options: { output: 'probabilities', blank: 'first', beam: 4 },
  context: reader,
  sized: ['probabilities'],
  good: () => columns('-A-B-', 0.999),
  faulty: () => columns('-A-C-', 0.5),
});
describeModelKind({
  name: 'read from logits, blank last',
  kind: 'read',
  options: { output: 'logits', blank: 'last', beam: 4 },
  context: reader,
  sized: ['logits'],
  good: () => ({ logits: tensor([1, 3, 4], [9, 0, 0, 0, 0, 0, 0, 9, 0, 9, 0, 0]) }),
  faulty: () => ({ logits: tensor([1, 3, 4], [1, 0, 1, 0, 0, 0, 0, 1, 0, 0, 1, 1]) }),
});

describe('the list of kinds', () => {
  it('holds each kind once, with a schema that an editor can show', () => {
    expect(new Set(KINDS.map((kind) => kind.name)).size).toBe(KINDS.length);
    for (const kind of KINDS) {
      expect(kind.summary).toMatch(/\.$/);
      for (const property of Object.values(kind.options.properties)) expect(property['description']).toBeTypeOf('string');
    }
  });
});

describe('classify', () => {
  it('takes the best label, and 1 - p(good) as the score', () => {
    const core = decode('classify', { probabilities: classes(0.4, 0.25, 0.35) }, {}, context);
    expect(core.label).toBe('good');
    expect(core.score).toBeCloseTo(0.6, 6);
    expect(core.probabilities?.['dent']).toBeCloseTo(0.35, 6);
    expect(core.heatmap).toBeUndefined();
  });

  it('rounds a heat map to bytes and cuts what lies outside 0..1', () => {
    const { heatmap } = decode(
      'classify',
      { probabilities: classes(1, 0, 0), heatmap: tensor([1, 1, 5], [-1, 0, 0.5, 1, 7]) },
      {},
      context,
    );
    expect([...(heatmap?.values ?? [])]).toEqual([0, 0, 128, 255, 255]);
  });

  it('stays within 0..1 where a softmax leaves it by an epsilon', () => {
    expect(decode('classify', { probabilities: classes(1.0000001, 0, 0) }, {}, context).score).toBe(0);
  });
});

describe('segment', () => {
  it('means the highest share of the mask, one pixel at least', () => {
    expect(topMean(Float32Array.of(0.1, 0.9, 0.5, 0.7), 0.5)).toBeCloseTo(0.8, 6);
    expect(topMean(Float32Array.of(0.1, 0.9, 0.5, 0.7), 0.001)).toBeCloseTo(0.9, 6);
  });

  it('names the faulty label that covers most', () => {
    const mask = tensor([1, 1, 4, 3], [0.0, 0.9, 0.1, 0.1, 0.2, 0.7, 0.1, 0.1, 0.8, 0.1, 0.1, 0.8]);
    expect(decode('segment', { mask }, { score: 'top', top: 1 }, context).label).toBe('dent');
  });
});

describe('anomaly of a part that moves', () => {
  const judged = (found: ReturnType<typeof tensor>, over: Partial<DecodeContext> = {}, options: object = registered) =>
    decode(
      'anomaly',
      { score: tensor([1], [0.1]), heatmap: map(0.1), found },
      { registered: options },
      { ...two, region: [100, 50, 560, 280], ...over },
    );

  it('tells where it was found in pixels of the frame, and lays the heat map there', () => {
    const core = judged(foundAt(7, -14, 0.8));
    expect(core.found).toEqual({ region: [170, 64, 448, 224], moved: [14, -14], likeness: expect.closeTo(0.8, 6) });
    expect(core.heatmap?.region).toEqual([170, 64, 448, 224]);
    // Of a picture that no frame is known of: in the network's own.
    expect(judged(foundAt(7, -14, 0.8), { region: null }).found?.region).toEqual([35, 14, 224, 224]);
  });

  it.each([
    [
      'less like the reference than it must be',
      foundAt(0, 0, 0.69),
      'what is most like the reference there has a likeness of 0.69, and 0.70 is the least',
    ],
    ['at the left end', foundAt(-28, 0, 0.9), 'it lies at the end of where it is looked for, or beyond'],
    ['at the lower end', foundAt(0, 28, 0.9), 'it lies at the end of where it is looked for, or beyond'],
  ])('is not judged where what was found is %s', (_, found, why) => {
    expect(() => judged(found)).toThrow(expect.objectContaining({ code: 'PART_NOT_FOUND', details: { model: 'm', why } }));
  });

  it.each([
    ['far to the left', foundAt(-1e30, 0, 0.9), 'found lies beyond the picture of 280x280'],
    ['a pixel below', foundAt(0, 29, 0.9), 'found lies beyond the picture of 280x280'],
    ['more like it than anything is', foundAt(0, 0, 5), 'found has a likeness of 5, which is not -1 to 1'],
    ['less like it than anything is', foundAt(0, 0, -5), 'found has a likeness of -5, which is not -1 to 1'],
    ['of two values', tensor([2], [0, 0]), 'found has 2 values where 3 are wanted'],
  ])('is a fault of the network where what was found is %s', (_, found, why) => {
    expect(() => judged(found)).toThrow(expect.objectContaining({ code: 'MODEL_FAILED', details: { model: 'm', why } }));
  });

  it('lies within what was cut of the frame, however its pixels are rounded, and is no more like the reference than 1', () => {
    // 140 pixels of the field are 14 of the frame: 15 and 125 of them are 1.5 and 12.5.
    const edge = { reference: [15, 15, 125, 125], field: [140, 140], least: 0.7 };
    const core = judged(foundAt(0, 0, 1.0005), { region: [7, 9, 14, 14] }, edge);
    expect(core.found).toEqual({ region: [8, 10, 13, 13], moved: [0, 0], likeness: 1 });
  });

  it('is judged at an end where the reference lies there itself: the picture goes no further', () => {
    const corner = { reference: [0, 28, 224, 224], field: [252, 280], least: 0.7 };
    expect(judged(foundAt(0, 3, 0.9), {}, corner).found).toBeDefined();
    expect(() => judged(foundAt(28, 3, 0.9), {}, corner)).toThrow(expect.objectContaining({ code: 'PART_NOT_FOUND' }));
  });
});

describe('detect', () => {
  const options = { iou: 0.5, min_score: 0.25, max: 100 };
  const boxes = tensor([1, 4, 4], [0.1, 0.1, 0.5, 0.5, 0.12, 0.1, 0.5, 0.5, 0.1, 0.1, 0.5, 0.5, 0.6, 0.6, 0.9, 0.9]);
  const scores = tensor([1, 4, 3], [0, 0.9, 0, 0, 0.8, 0, 0, 0, 0.7, 0, 0, 0.3]);

  it('keeps the surest of the boxes that overlap, label by label, best first, in pixels of the frame', () => {
    const core = decode('detect', { boxes, scores }, options, context);
    expect(core.boxes?.map(({ label, region }) => [label, region])).toEqual([
      ['scratch', [104, 52, 16, 8]],
      ['dent', [104, 52, 16, 8]],
      ['dent', [124, 62, 12, 6]],
    ]);
    expect(core.score).toBeCloseTo(0.9, 6);
    expect(core.label).toBe('scratch');
  });

  it('drops boxes below the least score and beyond the most', () => {
    expect(decode('detect', { boxes, scores }, { ...options, min_score: 0.75 }, context).boxes).toHaveLength(1);
    expect(decode('detect', { boxes, scores }, { ...options, max: 2 }, context).boxes).toHaveLength(2);
  });

  it('does not count a box of the good label as a fault', () => {
    const core = decode('detect', { boxes: tensor([1, 1, 4], [0, 0, 1, 1]), scores: tensor([1, 1, 3], [0.9, 0, 0]) }, options, context);
    expect(core).toMatchObject({ label: 'good', score: 0 });
    expect(core.boxes).toHaveLength(1);
  });

  it('calls the picture by its own class where the network gives one, and every box by its own', () => {
    const core = decode('detect', { boxes, scores, probabilities: classes(0.1, 0.2, 0.7) }, options, context);
    expect(core.label).toBe('dent');
    expect(core.boxes?.[0]?.label).toBe('scratch');
    expect(core.score).toBeCloseTo(0.9, 6);
    expect(core.probabilities?.['dent']).toBeCloseTo(0.7, 6);
  });

  it('classifies pictures of a set that knows no good one', () => {
    const named = { ...context, labels: ['pit', 'scratch', 'dent'], good: null };
    const core = decode('detect', { boxes, scores, probabilities: classes(0.1, 0.2, 0.7) }, options, named);
    expect(core).toMatchObject({ label: 'dent' });
    expect(Object.keys(core.probabilities ?? {})).toEqual(named.labels);
  });

  it('takes boxes turned inside out without harm', () => {
    const core = decode(
      'detect',
      { boxes: tensor([1, 1, 4], [0.9, 0.9, 0.1, 0.1]), scores: tensor([1, 1, 3], [0, 0.9, 0]) },
      options,
      context,
    );
    expect(core.score).toBeCloseTo(0.9, 6);
  });

  it('stays quick when a network shouts everywhere', () => {
    const count = 20_000;
    const many = tensor(
      [1, count, 4],
      Array.from({ length: count * 4 }, (_, i) => ((i * 7919) % 1000) / 1000),
    );
    const loud = tensor([1, count, 3], Array(count * 3).fill(0.9));
    expect(decode('detect', { boxes: many, scores: loud }, options, context).boxes?.length).toBeLessThanOrEqual(100);
  });
});

describe('embed', () => {
  const level = (channels: number, side: number) => tensor([1, channels, side, side], Array(channels * side * side).fill(0.5));
  const levels = { s8: level(2, 4), s16: level(3, 2), s32: level(4, 1) };
  const plain = { ...context, labels: [], good: null };

  it('gives features and finds nothing', () => {
    expect(decode('embed', levels, {}, plain)).toEqual({ label: null, score: 0 });
  });

  it('refuses a level that is missing, is no map, or holds NaN', () => {
    const { s16: _, ...rest } = levels;
    expect(() => decode('embed', rest, {}, plain)).toThrow(/no output named s16/);
    expect(() => decode('embed', { ...levels, s32: classes(1, 2) }, {}, plain)).toThrow(/s32 is not/);
    expect(() => decode('embed', { ...levels, s32: tensor([1, 1, 1, 1], [Number.NaN]) }, {}, plain)).toThrow(/NaN/);
  });
});

describe('sequence', () => {
  it('shares out contributions among the tags, and counts none below zero', () => {
    const core = decode('sequence', { score: tensor([1], [0.9]), contribution: classes(3, 1, -2) }, {}, window);
    expect(core.contributions).toEqual({ 'plc.a': 0.75, 'plc.b': 0.25, 'plc.c': 0 });
  });

  it('shares out contributions among the rows', () => {
    const rows = tensor([1, 4], [0, 3, 1, 0]);
    expect(decode('sequence', { score: tensor([1], [0.9]), row_contribution: rows }, {}, window).rowContributions).toEqual([
      0, 0.75, 0.25, 0,
    ]);
  });

  it('puts a residual at the limit at 0.5, and blames the tag that strayed', () => {
    const { center, limit, precision } = calibration;
    const off = limit / Math.sqrt(precision[0] ?? 1);
    const residual = Float32Array.of((center[0] ?? 0) + off, center[1] ?? 0, 5);
    const core = decode('sequence', { residual: { shape: [1, 3], data: residual } }, { method: 'forecast' }, { ...window, calibration });
    expect(core.score).toBeCloseTo(0.5, 5);
    expect(core.contributions?.['plc.a']).toBeCloseTo(1, 3);
    expect(core.contributions?.['plc.c']).toBe(0);
  });

  it('has no word for a forecast without a calibration', () => {
    expect(() => decode('sequence', { residual: classes(0, 0, 0) }, { method: 'forecast' }, window)).toThrow(/calibration/);
  });
});

describe('read', () => {
  const options = { output: 'probabilities', blank: 'first', beam: 8 };
  const read = (outputs: Parameters<typeof decode>[1], over = {}) => decode('read', outputs, { ...options, ...over }, reader);

  it('takes repeats as one character, unless there is a gap between them', () => {
    expect(read(columns('AA-BB-BC', 0.99)).reading?.text).toBe('ABBC');
  });

  it('adds up all the ways in which a text can lie in the columns', () => {
    // Two columns, A or nothing with one half each: A, A-, -A make A in three of four ways; a best path alone would say one of four.
    const halves = { probabilities: tensor([1, 2, 4], [0.5, 0.5, 0, 0, 0.5, 0.5, 0, 0]) };
    expect(read(halves).reading).toMatchObject({ text: 'A', confidence: 0.75 });
    expect(read(halves).score).toBeCloseTo(0.25, 6);
  });

  it('finds with a beam the text that the best class of each column misses', () => {
    // Nothing is the best class of both columns (0.36 in all), and A has more ways to be there (0.64).
    const quiet = { probabilities: tensor([1, 2, 4], [0.6, 0.4, 0, 0, 0.6, 0.4, 0, 0]) };
    expect(read(quiet).reading?.text).toBe('A');
    expect(read(quiet).reading?.confidence).toBeCloseTo(0.64, 5);
  });

  it('says of each character how sure it is', () => {
    const unsure = { probabilities: tensor([1, 3, 4], [0, 0.98, 0.02, 0, 1, 0, 0, 0, 0.3, 0, 0.1, 0.6]) };
    const { reading } = read(unsure);
    expect(reading?.text).toBe('AC');
    expect(reading?.characters[0]).toBeCloseTo(0.98, 5);
    expect(reading?.characters[1]).toBeCloseTo(0.6, 5);
  });

  it('is surely faulty where nothing was read', () => {
    expect(read(columns('----', 0.99))).toMatchObject({ label: null, score: 1, reading: { text: '', confidence: 0, characters: [] } });
  });

  it('never follows more texts than it was told to, however the network hesitates', () => {
    const even = { probabilities: tensor([1, 64, 4], Array(256).fill(0.25)) };
    expect(read(even, { beam: 100 }).score).toBeGreaterThan(0.9);
  });
});

describe('read by a format', () => {
  const options = { output: 'probabilities', blank: 'first', beam: 8 };
  const codes = { ...reader, labels: ['0', '1', 'I', 'O', '-'] };
  /** Each column by its characters and their probabilities; what is missing to 1 is blank. */
  const strip = (...steps: readonly Readonly<Record<string, number>>[]) => {
    const row = (step: Readonly<Record<string, number>>) => {
      const of = codes.labels.map((label) => step[label] ?? 0);
      return [1 - of.reduce((a, b) => a + b, 0), ...of];
    };
    return { probabilities: tensor([1, steps.length, 6], steps.flatMap(row)) };
  };
  const read = (format: string, outputs: Parameters<typeof decode>[1]) => decode('read', outputs, options, { ...codes, format });
  /** Looks like IO-I0 to the network, which is nearly as ready to take each for its look-alike. */
  const doubtful = strip({ I: 0.6, 1: 0.4 }, {}, { O: 0.55, 0: 0.45 }, { '-': 0.99 }, { I: 0.7, 1: 0.3 }, {}, { 0: 0.9, O: 0.1 });

  it('takes the letter for a letter and the digit for a digit where nothing but the format can tell', () => {
    expect(read('dd-dd', doubtful).reading?.text).toBe('10-10');
    expect(read('aa-dd', doubtful).reading?.text).toBe('IO-10');
    expect(read('ad-xd', doubtful).reading?.text).toBe('I0-I0');
    expect(read('[1O]O-[I][0O]', doubtful).reading?.text).toBe('1O-I0');
    expect(decode('read', doubtful, options, codes).reading?.text).toBe('IO-I0');
  });

  it('takes the likeliest of several formats', () => {
    expect(read('aaaaa | dd-dd | dd', doubtful).reading?.text).toBe('10-10');
    expect(read('dd-dd|aa-dd', doubtful).reading?.text).toBe('IO-10');
  });

  it('is as sure as the text is among those of the format', () => {
    expect(read('dd-dd', doubtful)).toMatchObject({ label: '10-10', score: 0, reading: { confidence: 1 } });
    // xO-10: the first place alone is open, 0.6 to 0.4.
    const { score, reading } = read('xO-10', doubtful);
    expect(reading).toMatchObject({ text: 'IO-10', confidence: expect.closeTo(0.6, 5) });
    expect(score).toBeCloseTo(0.4, 5);
  });

  it('says what stands there, without confidence, where that is nothing of the format', () => {
    const sure = strip({ I: 0.9999 }, {}, { O: 0.9999 });
    const refused = { label: null, score: 1, reading: { text: 'IO', confidence: 0, characters: [] } };
    expect(read('dd', sure)).toMatchObject(refused);
    expect(read('aaa', sure)).toMatchObject(refused);
    expect(read('a', sure)).toMatchObject(refused);
    expect(read('a|aa', sure)).toMatchObject({ label: 'IO', reading: { confidence: expect.closeTo(1, 3) } });
  });

  it('takes none for what the network sees far less likely than something else', () => {
    const misprint = (eight: number) => strip({ I: 0.99 }, {}, { 1: 0.99 - eight, 0: eight });
    expect(read('aI|a0', misprint(0.01))).toMatchObject({ label: null, score: 1, reading: { text: 'I1', confidence: 0 } });
    expect(read('aI|a0', misprint(0.1))).toMatchObject({ label: 'I0' });
  });

  it('reads a long code of which no place is sure, since nothing is likelier', () => {
    const faint = Array.from({ length: 20 }, (_, i) => [{ 1: 0.65, I: 0.3 }, i < 19 ? {} : { '-': 0.01 }]).flat();
    const { label, reading } = read('dddddddddddddddddddd', strip(...faint));
    expect(label).toBe('1'.repeat(20));
    expect(reading?.confidence).toBeGreaterThan(0.99);
  });

  it('searches each of several formats by itself', () => {
    const crowded = strip(...Array.from({ length: 4 }, () => [{ I: 0.4, O: 0.3, 1: 0.3 }, {}]).flat(), { '-': 0.99 }, {}, { 1: 0.99 });
    expect(read('dddd-d', crowded).reading?.text).toBe('1111-1');
    expect(read('aaaa-O|dddd-d', crowded).reading?.text).toBe('1111-1');
  });

  it.each(['dd', 'd|dd', 'xx|dd|ad', 'x-x|d-d', '[0-1]I|[O-]1', 'xxx'])(
    'is the share of the text in all texts of %s, to the last way',
    (format) => {
      // Every way through five columns, told apart by the text that it spells.
      const steps = [
        { 1: 0.5, I: 0.3 },
        { 1: 0.4, '-': 0.2 },
        { 0: 0.3, O: 0.3, '-': 0.1 },
        { 1: 0.2, 0: 0.2, I: 0.2 },
        { 1: 0.3, O: 0.1 },
      ];
      const likely = new Map<string, number>();
      const walk = (step: number, last: string, text: string, p: number): void => {
        const of: Readonly<Record<string, number>> | undefined = steps[step];
        if (!of) return void likely.set(text, (likely.get(text) ?? 0) + p);
        walk(step + 1, '', text, p * (1 - Object.values(of).reduce((a, b) => a + b, 0)));
        for (const [c, q] of Object.entries(of)) walk(step + 1, c, c === last ? text : text + c, p * q);
      };
      walk(0, '', '', 1);
      const shape = new RegExp(`^(${format.replaceAll('d', '[01]').replaceAll('a', '[IO]').replaceAll('x', '[01IO]')})$`);
      const fits = [...likely].filter(([text]) => shape.test(text)).sort((a, b) => b[1] - a[1]);
      const all = fits.reduce((sum, [, p]) => sum + p, 0);
      const wide = decode('read', strip(...steps), { ...options, beam: 100 }, { ...codes, format });
      expect(wide.label).toBe(fits[0]?.[0]);
      expect(wide.reading?.confidence).toBeCloseTo((fits[0]?.[1] ?? 0) / all, 5);
      // However few texts the search follows, of the one that it finds it says the same.
      const narrow = decode('read', strip(...steps), { ...options, beam: 6 }, { ...codes, format });
      expect(narrow.label).not.toBeNull();
      expect(narrow.reading?.confidence).toBeCloseTo((likely.get(narrow.label ?? '') ?? 0) / all, 5);
    },
  );

  it('reads nothing where nothing stands', () => {
    expect(read('dd', strip({}, {}))).toMatchObject({ label: null, score: 1, reading: { text: '', confidence: 0 } });
  });

  it('follows the text that it may read, however much likelier others are', () => {
    // Eight texts of letters would fill the beam by the last column.
    const crowded = strip({ I: 0.4, O: 0.4, 1: 0.2 }, {}, { I: 0.4, O: 0.4, 0: 0.2 }, {}, { I: 0.4, O: 0.4, 1: 0.2 });
    expect(read('ddd', crowded).reading?.text).toBe('101');
  });

  it('needs no place for what it reads: repeats are two only with a gap, as without a format', () => {
    expect(read('ddd', strip({ 1: 0.99 }, { 1: 0.99 }, {}, { 1: 0.99 }))).toMatchObject({ label: null });
    expect(read('dd', strip({ 1: 0.99 }, { 1: 0.99 }, {}, { 1: 0.99 }))).toMatchObject({ label: '11' });
  });
});

describe('text-class', () => {
  const run = (...p: number[]) => decode('text-class', { probabilities: classes(...p) }, { certain: 0.6 }, { ...context, note: oilLeak });

  it('gives no label that it is not certain of, and says by the score how surely it is one of the kinds', () => {
    expect(run(0.1, 0.35, 0.55)).toMatchObject({ label: null, score: expect.closeTo(0.9, 6), note: oilLeak });
    expect(run(0.1, 0.25, 0.65)).toMatchObject({ label: 'dent' });
    expect(run(0.7, 0.2, 0.1)).toMatchObject({ label: 'good', score: expect.closeTo(0.3, 6) });
  });
});

describe('text', () => {
  const run = (...rows: number[][]) => decode('text', spans(...rows), named, note);

  it('lists what is named where it stands, nested or not, and nothing beyond the end of the text', () => {
    const core = run([0.1, 0.9, 0, 0], [0.2, 0, 0.5, 0.3], [0.1, 0, 0.2, 0.7], [0, 0, 0, 1]);
    expect(core.entities).toEqual([
      { label: 'Part', score: expect.closeTo(0.9, 6), text: 'oil', span: [0, 3] },
      { label: 'State', score: expect.closeTo(0.5, 6), text: 'oil leak', span: [0, 7] },
      { label: 'Process', score: expect.closeTo(0.7, 6), text: 'leak', span: [4, 7] },
    ]);
  });

  it('adds up what speaks for a fault in the surest span, and calls it by its likeliest sort', () => {
    const core = run(nothing, [0.4, 0, 0.35, 0.25], [0.45, 0, 0, 0.55], nothing);
    expect(core).toMatchObject({ label: 'State', score: expect.closeTo(0.6, 6) });
    expect(core.probabilities).toEqual({
      none: expect.closeTo(0.4, 6),
      Part: 0,
      State: expect.closeTo(0.35, 6),
      Process: expect.closeTo(0.55, 6),
    });
  });

  it('finds nothing in an empty text', () => {
    const empty = { ...note, note: { text: '', words: [], truncated: false } };
    const core = decode('text', spans(nothing, nothing), named, empty);
    expect(core).toMatchObject({ label: 'none', score: 0, entities: [] });
  });

  it('refuses a text that is longer than the network', () => {
    const words = Array.from({ length: 3 }, () => ({ plain: 'oil', from: 0, to: 3 }));
    const long = { ...note, note: { ...oilLeak, words } };
    expect(() => decode('text', spans(nothing, nothing, nothing, nothing), named, long)).toThrow(/3 words for a network of 2/);
  });
});
