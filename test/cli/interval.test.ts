/** Hours as people type them. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { intervals } from '#agent/cli/interval.js';

const zone = process.env['TZ'];
beforeAll(() => {
  process.env['TZ'] = 'Europe/Berlin';
});
afterAll(() => {
  if (zone === undefined) delete process.env['TZ'];
  else process.env['TZ'] = zone;
});

const read = (text: string) => intervals(text).map(({ from, to }) => [new Date(from).toISOString(), new Date(to).toISOString()])[0];

describe('a stretch', () => {
  it.each([
    ['in the time of this box', '2026-03-02T06:00/2026-03-02T07:30', '2026-03-02T05:00', '2026-03-02T06:30'],
    ['with a space, and seconds', '2026-03-02 06:00:30/2026-03-02 07:30:10', '2026-03-02T05:00:30', '2026-03-02T06:30:10'],
    ['in summer', '2026-07-02T06:00/07:30', '2026-07-02T04:00', '2026-07-02T05:30'],
    ['that ends on the next day', '2026-03-31T22:00/06:00', '2026-03-31T20:00', '2026-04-01T04:00'],
    ['over the change of the clocks', '2026-03-28T22:00/06:00', '2026-03-28T21:00', '2026-03-29T04:00'],
    ['by its length', '2026-03-02T22:00/PT7H30M', '2026-03-02T21:00', '2026-03-03T04:30'],
    ['of minutes', '2026-03-02T22:00/PT90M', '2026-03-02T21:00', '2026-03-02T22:30'],
    ['in UTC', '2026-03-02T06:00Z/07:30', '2026-03-02T06:00', '2026-03-02T07:30'],
    ['in another zone', '2026-03-02T06:00-0500/2026-03-02T12:30+01:00', '2026-03-02T11:00', '2026-03-02T11:30'],
    ['in the zone of its beginning', '2026-03-02T22:00Z/2026-03-03T04:00', '2026-03-02T22:00', '2026-03-03T04:00'],
    ['in another zone, on the next day', '2026-12-31T22:00-05:00/06:00', '2027-01-01T03:00', '2027-01-01T11:00'],
  ])('%s', (_, text, from, to) => {
    expect(read(text)).toEqual([from, to].map((at) => new Date(`${at}Z`).toISOString()));
  });

  it('may be one of several', () => {
    const one = intervals('2026-03-02T06:00/07:30');
    expect(intervals('2026-03-03T06:00/07:30', one)).toHaveLength(2);
  });

  it.each([
    '',
    'yesterday',
    '2026-03-02',
    '2026-03-02/2026-03-03',
    '2026-03-02T06:00',
    '2026-03-02T06:00/',
    '2026-03-02T06:00/PT',
    '2026-13-02T06:00/07:00',
    '2026-02-30T06:00/07:00',
    '2026-02-28T06:00/2026-02-29T07:00',
    '2026-03-02T06:00/25:00',
    '2026-03-02T06:00/07:00/08:00',
    '/07:00',
  ])('is not %j', (text) => {
    expect(() => intervals(text)).toThrow('begin/end such as 2026-03-02T06:00/07:30');
  });
});
