import { expect, it } from 'vitest';
import { type CsvCell, csvOf } from '#agent/store/csv.js';

it.each<readonly [CsvCell, string]>([
  ['plain', 'plain'],
  ['', ''],
  [null, ''],
  [0, '0'],
  [-1.5, '-1.5'],
  ['a,b', '"a,b"'],
  ['a\nb', '"a\nb"'],
  ['a\rb', '"a\rb"'],
  ['"a" and "b"', '"""a"" and ""b"""'],
  // What a table program would take for a formula, and what only looks like one further in.
  ['=1+1', "'=1+1"],
  ['-1.5', "'-1.5"],
  ['+a', "'+a"],
  ['@a', "'@a"],
  ['\tx', "'\tx"],
  ['\rx', '"\'\rx"'],
  ['=a,"b"', '"\'=a,""b"""'],
  ['1=1', '1=1'],
])('a cell of %j is written as %j', (value, written) => {
  expect(csvOf([value])).toBe(`${written}\r\n`);
});

it('a line has its cells in order, and its end', () => {
  expect(csvOf(['a', null, 3, 'b,c'])).toBe('a,,3,"b,c"\r\n');
  expect(csvOf([])).toBe('\r\n');
});
