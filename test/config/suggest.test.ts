import { describe, expect, it } from 'vitest';
import { didYouMean, either, nearest } from '#agent/config/suggest.js';

const KEYS = ['deadline', 'on_failure', 'part', 'tag', 'window', 'plc.die_temp'];

describe('nearest', () => {
  it.each([
    ['dedline', 'deadline'],
    ['deadlines', 'deadline'],
    ['Deadline', 'deadline'],
    ['on-failure', 'on_failure'],
    ['on failure', 'on_failure'],
    ['tga', 'tag'],
    ['windwo', 'window'],
    ['die_temp', 'plc.die_temp'],
    ['plc.dietemp', 'plc.die_temp'],
  ])('%s is %s', (word, meant) => expect(nearest(word, KEYS)).toBe(meant));

  it.each(['x', 'colour', 'trap', '', 'windowsill_of_the_house'])('%s is nothing near', (word) =>
    expect(nearest(word, KEYS)).toBeUndefined(),
  );

  it('prefers the nearer one', () => expect(nearest('score', ['scores', 'score', 'scare'])).toBe('score'));
});

describe('didYouMean', () => {
  it('names the near one, else what there is', () => {
    expect(didYouMean('prat', KEYS)).toBe('; did you mean part?');
    expect(didYouMean('colour', ['a', 'b'], 'known here')).toBe('; known here: a, b');
    expect(didYouMean('colour', [])).toBe('');
  });
  it('does not list a plant', () => {
    const tags = Array.from({ length: 400 }, (_, i) => `plc.t${i}`);
    expect(didYouMean('colour', tags)).toMatch(/^; there are: plc\.t0, .* and 384 more$/);
  });
});

describe('either', () => {
  it.each([
    [[], ''],
    [['a'], 'a'],
    [['a', 'b'], 'a or b'],
    [['a', 'b', 'c'], 'a, b or c'],
  ])('%j', (words, text) => expect(either(words)).toBe(text));
});
