import { describe, expect, test } from 'vitest';
import type { TagValue } from '#agent/contracts/index.js';
import { LinesideError } from '#agent/errors.js';
import { isNumeric, nameOfType, variantOf } from '#agent/sources/opcua/convert.js';
import { TYPE } from '#agent/sources/opcua/values.js';

type TypeName = keyof typeof TYPE;
const convert = (type: TypeName, value: TagValue) => variantOf('t', TYPE[type], value).value;
const refused = (type: TypeName, value: TagValue) => {
  try {
    return convert(type, value);
  } catch (thrown) {
    return thrown instanceof LinesideError ? thrown.code : thrown;
  }
};

describe('integers', () => {
  const ranges: [TypeName, number, number][] = [
    ['SByte', -128, 127],
    ['Byte', 0, 255],
    ['Int16', -32768, 32767],
    ['UInt16', 0, 65535],
    ['Int32', -2147483648, 2147483647],
    ['UInt32', 0, 4294967295],
  ];
  test.each(ranges)('%s takes %d to %d and nothing beyond', (type, least, most) => {
    expect([convert(type, least), convert(type, most), convert(type, String(most))]).toEqual([least, most, most]);
    for (const value of [least - 1, most + 1, String(most + 1), 0.5, Number.NaN, Number.POSITIVE_INFINITY, 'seven', '', '1e3', null]) {
      expect(refused(type, value)).toBe(value === null ? 'OPCUA_WRITE_FAILED' : 'OPCUA_TYPE');
    }
  });

  test('of 64 bits go as two words, exactly, from text or from a safe number', () => {
    expect(convert('Int64', -1)).toEqual([0xffffffff, 0xffffffff]);
    expect(convert('Int64', '-9223372036854775808')).toEqual([0x80000000, 0]);
    expect(convert('UInt64', '18446744073709551615')).toEqual([0xffffffff, 0xffffffff]);
    expect(convert('UInt64', 2 ** 32 + 5)).toEqual([1, 5]);
    for (const value of ['18446744073709551616', -1, 2 ** 53]) expect(refused('UInt64', value)).toBe('OPCUA_TYPE');
    expect(refused('Int64', '9223372036854775808')).toBe('OPCUA_TYPE');
  });

  test('take a boolean as 1 or 0, as PLCs do', () => {
    expect([convert('Int32', true), convert('Byte', false)]).toEqual([1, 0]);
  });
});

test('floats take numbers and their text; a float does not silently become infinite', () => {
  expect([convert('Double', '2.5'), convert('Float', 1.5), convert('Double', Number.NaN)]).toEqual([2.5, 1.5, Number.NaN]);
  expect(convert('Float', Number.NEGATIVE_INFINITY)).toBe(Number.NEGATIVE_INFINITY);
  expect(convert('Double', 1e300)).toBe(1e300);
  for (const value of [1e39, 'warm', '']) expect(refused('Float', value)).toBe('OPCUA_TYPE');
});

test('booleans take true, false, 1 and 0', () => {
  expect([true, 1, '1', 'true', false, 0, '0', 'false'].map((value) => convert('Boolean', value))).toEqual([
    true,
    true,
    true,
    true,
    false,
    false,
    false,
    false,
  ]);
  for (const value of [2, 'yes', '', Number.NaN]) expect(refused('Boolean', value)).toBe('OPCUA_TYPE');
});

test('text, dates, bytes and localized text', () => {
  expect([convert('String', 17), convert('String', true), convert('LocalizedText', 'x')]).toEqual(['17', 'true', { text: 'x' }]);
  expect(convert('DateTime', '2026-01-05T06:00:00.125Z')).toEqual(new Date(Date.UTC(2026, 0, 5, 6, 0, 0, 125)));
  expect(convert('ByteString', 'yv4=')).toEqual(Buffer.from([0xca, 0xfe]));
  expect(refused('DateTime', 'tomorrow')).toBe('OPCUA_TYPE');
  expect(refused('ByteString', 5)).toBe('OPCUA_TYPE');
});

test('arrays are arrays of the type, all of it or nothing', () => {
  expect(variantOf('t', TYPE.Int16, [1, '2', true])).toEqual({ dataType: TYPE.Int16, arrayType: 1, value: [1, 2, 1] });
  expect(refused('Int16', [1, 70000])).toBe('OPCUA_TYPE');
});

test('a type that cannot be written is named', () => {
  expect(() => variantOf('t', 22, 1)).toThrow('is of type 22');
  expect(() => variantOf('t', TYPE.NodeId, 'i=85')).toThrow('is of type NodeId');
});

test('deadbands are for numbers only', () => {
  const numeric = Object.values(TYPE).filter(isNumeric).map(nameOfType);
  expect(numeric).toEqual(['SByte', 'Byte', 'Int16', 'UInt16', 'Int32', 'UInt32', 'Int64', 'UInt64', 'Float', 'Double']);
});
