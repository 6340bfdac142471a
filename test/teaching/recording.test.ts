/** Recordings as people have them: spreadsheets, loggers, exports of any country. */
import { describe, expect, it } from 'vitest';
import { filledRows, gridOf, readRecording } from '#agent/teaching/machine/recording.js';
import { materialOf } from '#agent/teaching/machine/stretches.js';
import { csv, machine, TAGS } from './machines.ts';

const read = (...lines: readonly string[]) => readRecording(lines.join('\n'), 'press.csv');
const rows = ({ values, tags }: ReturnType<typeof read>) =>
  Array.from({ length: values.length / tags.length }, (_, row) => [...values.subarray(row * tags.length, (row + 1) * tags.length)]);

describe('a recording', () => {
  it.each([
    ['commas', ['a,b', '1.5,2', '-3e2,4']],
    ['semicolons with decimal commas', ['a;b', '1,5;2', '-300;4,0']],
    ['semicolons with decimal points', ['a;b', '1.5;2', '-3e2;4']],
    ['tabs', ['a\tb', '1.5\t2', '-300\t4']],
    ['quotes and line ends of Windows', ['"a","b"\r', '"1.5","2"\r', '-300,4\r', '']],
    ['empty lines, and a separator too many', ['a,b', '', '1.5,2,', '-300,4', '', '']],
  ])('is read with %s', (_, lines) => {
    const recording = read(...lines);
    expect(recording.tags).toEqual(['a', 'b']);
    expect(rows(recording)).toEqual([
      [1.5, 2],
      [-300, 4],
    ]);
  });

  it('has names with commas in quotes, and true and false as 1 and 0', () => {
    const recording = read('"Pressure, bar",On', '1,true', '2,FALSE');
    expect(recording.tags).toEqual(['Pressure, bar', 'On']);
    expect(rows(recording)).toEqual([
      [1, 1],
      [2, 0],
    ]);
  });

  it('tells times, counters and text from tags, and says so', () => {
    const recording = read(
      'id,when,state,a,,b',
      '1,2026-03-02T06:00:00Z,run,1,9,',
      '2,2026-03-02T06:00:02Z,run,2,9,',
      '3,2026-03-02T06:00:04Z,stop,4,9,',
    );
    expect(recording.tags).toEqual(['a']);
    expect(recording.others).toEqual([
      { tag: 'id', why: 'it counts the rows' },
      { tag: 'state', why: 'it holds text' },
      { tag: 'b', why: 'it is empty' },
    ]);
    expect(gridOf(recording)).toBe(2000);
    expect(gridOf(read('Zeit;a', '02.03.2026 06:00;1', '02.03.2026 06:01;2'))).toBeNull();
  });

  it('takes a column of numbers for a time only where it runs as one, whatever its name begins with', () => {
    const recording = read('T,t-101,Date code,ts,seconds', '20.5,7,A1,0,5', '20.1,9,B2,0.5,5', '20.7,8,A1,1.5,5', '20.7,9,A1,2,6');
    expect(recording.tags).toEqual(['T', 't-101', 'seconds']);
    expect(recording.others).toEqual([
      { tag: 'Date code', why: 'it holds text' },
      { tag: 'ts', why: 'it is named like a time, and rises from row to row as one' },
    ]);
  });

  it('has a tag that a package was taught, also where it climbs like a time', () => {
    const lines = ['T,n,a', '20,1,3', '21,2,4', '22,3,1'];
    expect(read(...lines).tags).toEqual(['a']);
    expect(readRecording(lines.join('\n'), 'press.csv', ['T', 'n']).tags).toEqual(['T', 'n', 'a']);
  });

  it('fills holes with the last value before, the first with the first that is known', () => {
    const recording = read('a,b', ',NaN', '1,', ',7', 'n/a,8');
    expect([...filledRows(recording, ['b', 'a'])]).toEqual([7, 1, 7, 1, 7, 1, 8, 1]);
    // Where no row may know a later one, the first ones take what is told, or stay unknown.
    expect([...filledRows(recording, ['b', 'a'], [undefined, 5])]).toEqual([Number.NaN, 5, Number.NaN, 1, 7, 1, 8, 1]);
    expect([...filledRows(recording, ['c'])]).toEqual([Number.NaN, Number.NaN, Number.NaN, Number.NaN]);
  });

  it.each([
    ['nothing', [''], /no row below a header/],
    ['a header alone', ['a,b'], /no row below a header/],
    ['words', ['a,b', 'x,y'], /no column of numbers/],
    ['a name twice', ['a,b,a', '1,2,3'], /two columns are named a/],
    ['a short row', ['a,b', '1,2', '1'], /row 2 below the header has 1 cells, the header has 2/],
    ['a long row', ['a,b', '1,2,3'], /row 1 below the header has 3 cells, the header has 2/],
  ])('of %s is refused with its reason', (_, lines, why) => {
    expect(() => read(...lines)).toThrow(why);
  });
});

describe('stretches', () => {
  const whole = (...seeds: readonly number[]) =>
    seeds.map((seed) => readRecording(csv(machine(120, seed), { times: true }), `day-${seed}.csv`));

  it('are the files, of the tags that all of them have', () => {
    const [first, second] = whole(1, 2);
    const less = readRecording(csv(machine(120, 3)).replace('speed', 'pace'), 'other.csv');
    const material = materialOf([first, second, less].flatMap((one) => one ?? []));
    expect(material.stretches.map(({ file, rows: { rows: count } }) => [file, count])).toEqual([
      ['day-1.csv', 120],
      ['day-2.csv', 120],
      ['other.csv', 120],
    ]);
    expect(material.tags).toEqual(TAGS.filter((tag) => tag !== 'speed'));
    expect(material.unusable).toEqual([
      { tag: 'speed', why: 'other.csv does not have it' },
      { tag: 'pace', why: 'day-1.csv does not have it' },
    ]);
    expect(material.every).toBe(1000);
  });

  it('end where the times pause for long, and not at a hiccup', () => {
    const lines = csv(machine(240, 1), { times: true }).split('\n');
    const later = (from: number, by: string) => lines.map((line, i) => (i > from ? line.replace('2026-03-02 06:', by) : line)).join('\n');
    const count = (text: string) =>
      materialOf([readRecording(text, 'a.csv')]).stretches.map(({ from, rows: { rows: length } }) => [from, length]);
    expect(count(later(120, '2026-03-02 07:'))).toEqual([
      [1, 120],
      [121, 120],
    ]);
    expect(count(lines.join('\n').replaceAll('06:03', '06:05'))).toEqual([[1, 240]]);
  });

  it('are refused where one shows what another one shows, under another name or cut another way', () => {
    const day = csv(machine(240, 1), { times: true });
    const lines = day.split('\n');
    const later = [lines[0], ...lines.slice(41)].join('\n');
    const of = (...texts: readonly string[]) => materialOf(texts.map((text, i) => readRecording(text, `day-${i}.csv`)));
    expect(() => of(day, day)).toThrow(/from row 1 on it shows what day-0\.csv shows from row 1 on/);
    expect(() => of(later, day)).toThrow(/day-1\.csv .*from row 41 on it shows what day-0\.csv shows from row 1 on/);
    // A machine that stands still looks the same on any day.
    const still = `load,speed\n${'1,2\n'.repeat(120)}`;
    expect(of(still, still).stretches).toHaveLength(2);
  });

  it('leave out a tag that is missing too often, and are refused where they are too few', () => {
    const [one] = whole(1);
    const holes = readRecording(
      csv(machine(120, 1)).replace(/^([^,]*,){2}[^,]*(?=,\d)/gm, (row, _, at: number) => (at % 3 === 0 ? row.replace(/[^,]*$/, '') : row)),
      'b.csv',
    );
    expect(materialOf([holes]).unusable).toEqual([{ tag: 'oil', why: expect.stringMatching(/^it is missing in \d\d % of the rows$/) }]);
    expect(() => materialOf([readRecording(csv(machine(119, 1)), 'a.csv')])).toThrow(
      /99 rows are left of it behind the first 20 of each stretch, and 100 are the least/,
    );
    expect(one && materialOf([one]).stretches).toHaveLength(1);
  });
});
