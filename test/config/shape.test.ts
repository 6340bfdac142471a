import { Value } from 'typebox/value';
import { describe, expect, it } from 'vitest';
import { choiceOf, readsContributions } from '#agent/config/model.js';
import { codeCamera, partTag } from '#agent/config/part.js';
import { allowed, isWithin, limitsOf, markOf, type Shape, unitFault } from '#agent/config/shape.js';
import { Bytes, Duration, durationMs, inUnits, sizeBytes } from '#agent/config/units.js';

const DURATION: Shape = { type: 'string', pattern: '^\\d+(\\.\\d+)?\\s?(ms|s|m|h|d)$', 'x-unit': 'duration' };
const SIZE: Shape = { type: 'string', pattern: '^\\d+(\\.\\d+)?\\s?(B|kB|MB|GB|TB)$', 'x-unit': 'bytes' };
const text: Shape = { type: 'string' };
const block = (...keys: string[]): Shape => ({
  type: 'object',
  required: keys,
  properties: Object.fromEntries(keys.map((key) => [key, text])),
});

describe('what may stand somewhere, in words', () => {
  it.each<[Shape, string]>([
    [text, 'a text'],
    [{ type: 'boolean' }, 'true or false'],
    [{ type: 'number' }, 'a number'],
    [{ type: 'number', minimum: 0 }, 'a number of at least 0'],
    [{ type: 'number', maximum: 9 }, 'a number of at most 9'],
    [{ type: 'integer', minimum: 1, maximum: 9 }, 'a whole number from 1 to 9'],
    [{ type: 'number', exclusiveMinimum: 0 }, 'a number above 0'],
    [{ type: 'number', exclusiveMinimum: 0, maximum: 9 }, 'a number above 0 and up to 9'],
    [{ ...text, 'x-form': 'a tag' }, 'a tag'],
    [{ const: 7 }, '7'],
    [DURATION, 'a duration such as 500ms (ms, s, m, h or d)'],
    [{ ...SIZE, default: '64MB' }, 'a size such as 64MB (B, kB, MB, GB or TB)'],
    [SIZE, 'a size such as 20GB (B, kB, MB, GB or TB)'],
    [{ type: 'array', items: [text, text] }, 'a list of 2 values like [0, 100]'],
    [{ type: 'array', items: [{ type: 'number', maximum: 1 }, text] }, 'a list of 2 values like [0.4, 0.6]'],
    [{ type: 'array', items: [text, text, text, text] }, 'a list of 4 values like [0, 0, 640, 480]'],
    [{ type: 'array', items: { const: 'cpu' } }, 'a list of cpu'],
    [{ type: 'array' }, 'a list of values'],
    [block('only'), 'a block with the key only'],
    [block(...'abcdefgh'), 'a block with the keys a, b, c, d, e, f, g, h'],
    [block(...'abcdefghi'), 'a block with the keys a, b, c, d, e, f, g, h, …'],
    [{ type: 'object' }, 'a block of named entries'],
    [{}, 'a block of named entries'],
    [{ anyOf: [{ const: 'a' }, { anyOf: [{ const: 'b' }, { const: 'c' }] }, { const: 'a' }] }, 'a, b or c'],
    [{ anyOf: [block('tag'), block('every')] }, 'a block with one of the keys tag or every'],
    [{ anyOf: [text, block('code')] }, 'a text or a block with the key code'],
  ])('%j', (shape, words) => {
    expect(allowed(shape)).toBe(words);
  });

  it('names the key of a block that it cannot do without', () => {
    expect(markOf({ ...block('edge', 'tag'), properties: { edge: { ...text, default: 'rising' }, tag: text } })).toBe('tag');
    expect(markOf({ type: 'object', properties: {} })).toBe('');
  });
});

describe('the bounds of a quantity', () => {
  it.each<[Shape, string]>([
    [{}, ''],
    [{ 'x-least': '1s' }, '1s or more'],
    [{ 'x-most': '1d' }, 'up to 1d'],
    [{ 'x-least': '1s', 'x-most': '1d' }, 'from 1s to 1d'],
  ])('%j are told as %s', (shape, words) => expect(limitsOf(shape)).toBe(words));

  it('are in', () => {
    const within = (shape: Shape, ...numbers: number[]) => numbers.map((number) => isWithin(shape, number));
    expect(within({ ...DURATION, 'x-least': '1s', 'x-most': '1m' }, 999, 1000, 60_000, 60_001)).toEqual([false, true, true, false]);
    expect(within({ ...SIZE, 'x-least': '1kB', 'x-most': '1MB' }, 999, 1000, 1e6, 1e6 + 1)).toEqual([false, true, true, false]);
    expect(within({ ...DURATION, 'x-least': '1s' }, 0, 1e12)).toEqual([false, true]);
    expect(within({ ...DURATION, 'x-most': '1s' }, 0, 1e12)).toEqual([true, false]);
    expect(within(DURATION, -1, 1e12)).toEqual([true, true]);
  });
});

describe('what a quantity lacks', () => {
  it.each([
    ...['msec', 'msecs', 'millisecond', 'milliseconds', 'millis', 'Msec', 'MS'].map((word) => [word, 'ms'] as const),
    ...['sec', 'secs', 'second', 'seconds', 'S'].map((word) => [word, 's'] as const),
    ...['min', 'mins', 'minute', 'minutes', 'M'].map((word) => [word, 'm'] as const),
    ...['hr', 'hrs', 'hour', 'hours', 'H'].map((word) => [word, 'h'] as const),
    ...['day', 'days', 'Days'].map((word) => [word, 'd'] as const),
  ])('of time, spelled %s, is %s', (word, unit) => {
    expect(unitFault(DURATION, `1.5 ${word}`)).toBe(`is 1.5 ${word}; write 1.5${unit}`);
  });

  it.each([
    ...['k', 'kb', 'KB', 'KiB'].map((word) => [word, 'kB'] as const),
    ...['mb', 'MiB'].map((word) => [word, 'MB'] as const),
    ...['g', 'gb', 'GiB'].map((word) => [word, 'GB'] as const),
    ...['t', 'tb', 'TiB'].map((word) => [word, 'TB'] as const),
    ...['b', 'byte', 'bytes'].map((word) => [word, 'B'] as const),
  ])('of a size, spelled %s, is %s', (word, unit) => {
    expect(unitFault(SIZE, `20${word}`)).toBe(`is 20${word}; write 20${unit}`);
  });

  it.each<[Shape, string, string | undefined]>([
    [DURATION, '200', 'is 200 without a unit; write 200ms, 200s or another of m, h, d'],
    [SIZE, '20', 'is 20 without a unit; write 20B, 20kB or another of MB, GB, TB'],
    [DURATION, '1 Hz', 'is 1 Hz, and Hz is no unit here; the units are ms, s, m, h, d'],
    [DURATION, '5µs', 'is 5µs, and µs is no unit here; the units are ms, s, m, h, d'],
    // A unit of the other kind is none.
    [DURATION, '5GiB', undefined],
    [DURATION, '-200ms', 'is -200ms; it cannot be negative'],
    [DURATION, '+200ms', undefined],
    [DURATION, 'soon', undefined],
    [DURATION, 'a 200', undefined],
    [DURATION, '200 s s', undefined],
    [{ ...DURATION, 'x-most': '1d' }, '2d', 'is 2d; it may be up to 1d'],
    [{ ...text, maxLength: 3 }, 'abcd', 'is 4 characters long, and may be 3'],
    [{ ...text, maxLength: 3 }, 'abc', undefined],
    [text, '200', undefined],
    [{ ...text, pattern: '^a$' }, 'a', undefined],
  ])('%#: %j %s', (shape, value, fault) => expect(unitFault(shape, value)).toBe(fault));
});

describe('quantities', () => {
  it.each([
    ['1.5 s', 1500],
    ['200ms', 200],
    ['5m', 300_000],
    ['8h', 28_800_000],
    ['400d', 34_560_000_000],
    ['-40ms', -40],
    ['+2s', 2000],
  ])('of time: %s', (written, ms) => {
    expect(durationMs(written)).toBe(ms);
    expect(Value.Decode(Duration({ signed: true }), written)).toBe(ms);
  });
  it.each([
    ['7B', 7],
    ['64kB', 64_000],
    ['1.5 MB', 1_500_000],
    ['20GB', 20e9],
    ['2TB', 2e12],
  ])('of space: %s', (written, bytes) => {
    expect(sizeBytes(written)).toBe(bytes);
    expect(Value.Decode(Bytes({ description: '' }), written)).toBe(bytes);
  });
  it('are written as they can be read', () => {
    expect(Value.Encode(Duration({}), 1500)).toBe('1500ms');
    expect(Value.Encode(Bytes({ description: '' }), 7)).toBe('7B');
    expect([0, 1, 999, 1000, 1500, 12_000].map(inUnits)).toEqual(['0ms', '1ms', '999ms', '1s', '1500ms', '12s']);
  });
  it.each(['soon', '5', '5 parsec', '5kB', '5  s', 'a5s', '5s!', '.5s'])('that are none are a fault of ours: %s', (written) => {
    expect(() => durationMs(written)).toThrow(`not a quantity: ${written}`);
  });
  it('of one sign only are not taken with another', () => {
    expect(Value.Check(Duration({}), '-5ms')).toBe(false);
    expect(Value.Check(Duration({}), '5ms')).toBe(true);
    expect(Value.Check(Duration({ signed: true }), '-5ms')).toBe(true);
  });
});

describe('a model of a station', () => {
  it('is a choice of a package with what belongs to it, and nothing of the place', () => {
    const model = { model: 'a', camera: 'top', region: [0, 0, 1, 1] };
    expect(choiceOf(model)).toEqual({ model: 'a' });
    expect(choiceOf({ ...model, variant: 'fp32', threshold: 0, review: [0, 1] })).toEqual({
      model: 'a',
      variant: 'fp32',
      threshold: 0,
      review: [0, 1],
    });
    expect(Object.keys(choiceOf(model))).toEqual(['model']);
  });

  it.each([
    [['surface.contributions["plc.x"] > 0.5'], true],
    [['true', 'surface . contributions'], true],
    [['surface.score > 0.5', 'my_surface.contributions', 'surface.contributions2', 'press.contributions'], false],
    [[undefined], false],
    [[], false],
  ])('is explained for good parts too where an expression reads that: %j', (when, reads) => {
    expect(
      readsContributions(
        when.map((one) => ({ when: one })),
        'surface',
      ),
    ).toBe(reads);
  });
});

describe('where the id of a part comes from', () => {
  it('is a tag, a camera, a model or nothing', () => {
    const code = { code: 'top', formats: [] };
    const model = { model: 'reader', confidence: 0.9 };
    expect([partTag('plc.serial'), partTag(code), partTag(model), partTag(undefined)]).toEqual([
      'plc.serial',
      undefined,
      undefined,
      undefined,
    ]);
    expect([codeCamera('plc.serial'), codeCamera(code), codeCamera(model), codeCamera(undefined)]).toEqual([null, 'top', null, null]);
  });
});
