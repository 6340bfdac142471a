import { describe, expect, it } from 'vitest';
import { account, type Facts, type Recorded } from '#scripts/faults/account.js';

const record = (number: number, more: Partial<Recorded> = {}): Recorded => ({
  id: `event-${number}`,
  station: 'outlet',
  sequence: number,
  outcome: 'judged',
  part: `S000000${number}`,
  counter: number,
  verdict: 'ok',
  missed: null,
  verdictMs: 20,
  ...more,
});

/** Three parts, each judged ok, told and heard. */
const balanced: Facts = {
  raised: [1, 2, 3].map((number) => ({ number, at: number * 100 })),
  told: [1, 2, 3].map((number) => ({ part: `S000000${number}`, verdict: 1, at: number * 100 + 30 })),
  records: [record(1), record(2), record(3)],
  decisions: ['decision-1'],
  heard: new Set(['event-1', 'event-2', 'event-3', 'decision-1']),
  differing: [],
  refused: new Set(),
  dark: [],
  standstills: [],
  givenUp: new Map(),
  deadline: 500,
  margin: 1000,
  namesMayBeLost: false,
};
const of = (change: Partial<Facts>) => account({ ...balanced, ...change }, 'outlet').join('\n');

describe('the account of a pair of faults', () => {
  it('has nothing to say where everything is in order', () => {
    expect(of({})).toBe('');
    expect(
      of({
        records: [record(1), record(2, { outcome: 'missed', part: null, missed: { from: 2, to: 3 } })],
        told: balanced.told.slice(0, 1),
        dark: [{ from: 150, to: 900 }],
        heard: new Set(['event-1', 'event-2', 'decision-1']),
      }),
    ).toBe('');
    // Under inspection when everything stood still.
    expect(of({ records: [record(1), record(2), record(3, { verdictMs: 4000 })], dark: [{ from: 700, to: 4500 }] })).toBe('');
    const late = [...balanced.told.slice(0, 2), { part: 'S0000003', verdict: 1, at: 2000 }];
    // Told after 1700 ms, of which the PLC itself stood still for 700.
    expect(of({ told: late, standstills: [{ from: 600, to: 1300 }] })).toBe('');
    expect(of({ told: late, standstills: [{ from: 0, to: 400 }] })).toBe('1 parts were told late: 3 (after 1600 ms)');
  });

  it.each<[string, Partial<Facts>, RegExp]>([
    [
      'a part without a record',
      {
        records: [record(1), record(2)],
        raised: balanced.raised,
        told: balanced.told.slice(0, 2),
        dark: [{ from: 300, to: 300 }],
        heard: new Set(['event-1', 'event-2', 'decision-1']),
      },
      /1 parts have no record/,
    ],
    [
      'a part with two',
      { records: [...balanced.records, record(4, { part: 'S0000003', counter: 3 })], heard: new Set([...balanced.heard, 'event-4']) },
      /part 3 has 2 records/,
    ],
    ['a foreign name', { records: [record(1), record(2, { part: 'S0000003' }), record(3)] }, /part 2 stands under a foreign name/],
    ['a foreign number', { records: [record(1), record(2, { counter: 1 }), record(3)] }, /part 1 stands under a foreign name/],
    ['a sequence twice', { records: [record(1), record(2), record(3, { sequence: 2 })] }, /sequences twice: 2/],
    ['a gap', { records: [record(1), record(2), record(3, { sequence: 4 })] }, /nobody accounts for: 3/],
    ['a verdict told twice', { told: [...balanced.told, { part: 'S0000003', verdict: 1, at: 400 }] }, /S0000003 was told 2 times/],
    [
      'another verdict than on record',
      { told: [{ part: 'S0000001', verdict: 2, at: 130 }, ...balanced.told.slice(1)] },
      /told nok and is on record as ok/,
    ],
    ['a verdict for nothing', { told: [...balanced.told, { part: 'S0000009', verdict: 1, at: 400 }] }, /S0000009, which is no part/],
    [
      'a verdict without a record',
      { records: [record(1), record(2), record(3, { outcome: 'missed', part: null })] },
      /told, and no record of it: S0000003/,
    ],
    ['a part that was never told', { told: balanced.told.slice(0, 2) }, /1 parts were never told: 3/],
    [
      'a part that was told late',
      { told: [...balanced.told.slice(0, 2), { part: 'S0000003', verdict: 1, at: 2000 }] },
      /1 parts were told late: 3/,
    ],
    ['a verdict that left late', { records: [record(1), record(2), record(3, { verdictMs: 700 })] }, /left after 700 ms/],
    [
      'an event that never came',
      { heard: new Set(['event-1', 'event-2', 'event-3']) },
      /neither delivered nor among the refused: decision-1/,
    ],
    ['an event out of nothing', { heard: new Set([...balanced.heard, 'ghost']) }, /not in the journal: ghost/],
    ['a repeat that differs', { differing: ['event-1'] }, /another content: event-1/],
    [
      'a nameless record without need',
      {
        records: [record(1), record(2), record(3, { part: null, counter: null })],
        told: [...balanced.told.slice(0, 2), { part: '', verdict: 1, at: 330 }],
      },
      /without a name, and no reason/,
    ],
  ])('sees %s', (_, change, said) => {
    expect(of(change)).toMatch(said);
  });

  it('lets an event rest among the refused, a sequence be given up, and a name get lost where it must', () => {
    expect(of({ heard: new Set(['event-1', 'event-2', 'event-3']), refused: new Set(['decision-1']) })).toBe('');
    expect(of({ records: [record(1), record(2), record(3, { sequence: 4 })], givenUp: new Map([['outlet', [3]]]) })).toBe('');
    const nameless = {
      records: [record(1), record(2), record(3, { part: null, counter: null })],
      told: [...balanced.told.slice(0, 2), { part: '', verdict: 1, at: 330 }],
    };
    expect(of({ ...nameless, namesMayBeLost: true })).toBe('');
  });
});
