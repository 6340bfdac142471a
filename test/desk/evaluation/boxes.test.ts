import { describe, expect, it } from 'vitest';
import { match, meanAveragePrecision, overlap } from '#agent/desk/evaluation/boxes.js';

const box = (label: string, x: number, y: number, width: number, height: number) => ({ label, region: [x, y, width, height] as const });
const found = (score: number, ...of: Parameters<typeof box>) => ({ ...box(...of), score });

describe('overlap', () => {
  it('is intersection over union', () => {
    expect(overlap([0, 0, 10, 10], [5, 0, 10, 10])).toBeCloseTo(50 / 150, 12);
    expect(overlap([0, 0, 10, 10], [0, 0, 10, 10])).toBe(1);
    expect(overlap([0, 0, 10, 10], [10, 10, 5, 5])).toBe(0);
    expect(overlap([3, 3, 0, 0], [3, 3, 0, 0])).toBe(0);
  });
});

describe('matching', () => {
  const rightOf = (truth: Parameters<typeof match>[0], said: Parameters<typeof match>[1]) =>
    match(truth, said, 0.5).found.map(({ score, right }) => [score, right]);
  it('gives a true box to the surest, and calls the second a double', () => {
    expect(rightOf([box('a', 0, 0, 10, 10)], [found(0.6, 'a', 0, 0, 10, 10), found(0.9, 'a', 1, 0, 10, 10)])).toEqual([
      [0.9, true],
      [0.6, false],
    ]);
  });
  it('wants the label right and the overlap large', () => {
    expect(rightOf([box('a', 0, 0, 10, 10)], [found(0.9, 'b', 0, 0, 10, 10)])).toEqual([[0.9, false]]);
    // 50 / 100 is enough, 49 / 100 is not.
    expect(rightOf([box('a', 0, 0, 10, 10)], [found(0.9, 'a', 0, 0, 5, 10)])).toEqual([[0.9, true]]);
    expect(rightOf([box('a', 0, 0, 100, 1)], [found(0.9, 'a', 0, 0, 49, 1)])).toEqual([[0.9, false]]);
  });
  it('as VOC has it, a box that fits best on one that is taken gets no other', () => {
    const truth = [box('a', 0, 0, 10, 10), box('a', 3, 0, 10, 10)];
    expect(rightOf(truth, [found(0.9, 'a', 0, 0, 10, 10), found(0.8, 'a', 1, 0, 10, 10)])).toEqual([
      [0.9, true],
      [0.8, false],
    ]);
  });
});

describe('mean average precision', () => {
  // The worked example of Padilla, Netto and da Silva's survey: 24 boxes, 15 true ones, 7 found; 24.56 % by all points.
  const SURVEY = '95+ 95- 91+ 88- 84- 80- 78- 74- 71- 70+ 67- 62+ 54+ 48+ 45- 45- 44- 44- 43- 38- 35- 23- 18+ 14-';
  const survey = SURVEY.split(' ').map((text, i) => ({
    label: 'person',
    score: Number.parseInt(text, 10) / 100 - i / 1e6,
    right: text.endsWith('+'),
  }));
  it('is that of the survey’s example, in one picture or in many', () => {
    const whole = { wanted: new Map([['person', 15]]), found: survey };
    expect(meanAveragePrecision([whole])).toBeCloseTo(0.2457, 4);
    const split = survey.map((one, i) => ({ wanted: new Map([['person', i < 15 ? 1 : 0]]), found: [one] }));
    expect(meanAveragePrecision(split)).toBeCloseTo(0.2457, 4);
  });
  it('is the mean over the labels that are there; those that nobody asks for do not count', () => {
    const one = match(
      [box('a', 0, 0, 10, 10), box('b', 20, 20, 10, 10)],
      [found(0.9, 'a', 0, 0, 10, 10), found(0.9, 'c', 0, 0, 10, 10)],
      0.5,
    );
    expect(meanAveragePrecision([one])).toBe(0.5);
    expect(meanAveragePrecision([])).toBeNaN();
  });
  it('puts the wrong one first at a tie, so that a constant score earns nothing by luck', () => {
    const tied = { wanted: new Map([['a', 1]]), found: [true, false].map((right) => ({ label: 'a', score: 0.5, right })) };
    expect(meanAveragePrecision([tied])).toBe(0.5);
  });
});
