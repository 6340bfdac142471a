import { describe, expect, it } from 'vitest';
import type { TagSample, TagValue } from '#agent/contracts.js';
import { step } from '#agent/stations/edge.js';
import { keepsImage } from '#agent/stations/images.js';
import { recall, save } from '#agent/stations/memory.js';
import { counterStep, MOST_MISSED } from '#agent/stations/parts.js';
import { Statistics } from '#agent/stations/statistics.js';
import { TagHistory, TagTable, textOf } from '#agent/stations/tags.js';
import { bridged, cutWindow, GAP, gapShare, stepsOf, type WindowSpec } from '#agent/stations/window.js';

const BAD = 0x80000000;
const UNCERTAIN = 0x40000000;
const sample = (value: TagValue, status = 0, source: number | null = 0): TagSample => ({
  value,
  status,
  source,
  server: null,
  received: 99,
  arrived: 99,
});

describe('an edge', () => {
  const fires = (edge: 'rising' | 'falling' | 'change', values: readonly (TagValue | undefined)[], status: readonly number[] = []) => {
    let state: TagValue | undefined;
    return values.map((value, i) => {
      const result = step(edge, state, sample(value ?? null, status[i] ?? 0));
      state = result.after;
      return result.fires;
    });
  };

  it.each([
    ['rising', [false, true, true, false, true], [false, true, false, false, true]],
    ['falling', [true, false, false, true, false], [false, true, false, false, true]],
    ['change', [1, 1, 2, 2, 3], [false, false, true, false, true]],
    ['change', ['a', 'b', 'b'], [false, true, false]],
    ['rising', [0, 5, 7, 0, 1], [false, true, false, false, true]],
  ] as const)('%s of %j fires %j', (edge, values, expected) => {
    expect(fires(edge, values)).toEqual(expected);
  });

  it('never fires on the first value, and does not see a bad one', () => {
    expect(fires('rising', [true])).toEqual([false]);
    expect(fires('rising', [false, true, true], [0, BAD, 0])).toEqual([false, false, true]);
    expect(fires('falling', [true, null, true])).toEqual([false, false, false]);
  });

  it('compares arrays by their elements', () => {
    expect(fires('change', [[1, 2], [1, 2], [1, 3], [1]])).toEqual([false, false, true, true]);
  });
});

describe('a tag window', () => {
  const spec = (more: Partial<WindowSpec> = {}): WindowSpec => ({ tags: ['a'], span: 1000, every: 200, fill: 'last', ...more });
  const history = (...points: readonly [time: number, value: number, quality?: number][]) => {
    const h = new TagHistory(8);
    for (const [time, value, quality] of points) h.push(time, value, quality ?? 0);
    return h;
  };
  const cut = (s: WindowSpec, h: TagHistory | undefined, endsAt = 1000) => cutWindow(s, endsAt, () => h);

  it('has its last row at the trigger and one row a step', () => {
    expect(stepsOf(spec())).toBe(5);
    const window = cut(spec(), history([200, 1], [400, 2], [600, 3], [800, 4], [1000, 5], [1200, 6]));
    expect([...window.values]).toEqual([1, 2, 3, 4, 5]);
    expect([...window.quality]).toEqual([0, 0, 0, 0, 0]);
  });

  it('holds the last known value, and draws a line when told to', () => {
    const h = history([0, 0], [400, 10], [800, 20]);
    expect([...cut(spec(), h).values]).toEqual([0, 10, 10, 20, 20]);
    expect([...cut(spec({ fill: 'linear' }), h).values]).toEqual([5, 10, 15, 20, 20]);
  });

  it('marks what came before the first value, what is too old, and what was bad', () => {
    expect([...cut(spec(), history([500, 7])).quality]).toEqual([GAP, GAP, 0, 0, 0]);
    expect([...cut(spec({ gap: 300 }), history([200, 7])).quality]).toEqual([0, 0, GAP, GAP, GAP]);
    expect([...cut(spec(), history([100, 7], [500, 8, 2], [900, 9, 1])).quality]).toEqual([0, 0, 2, 2, 1]);
    expect(gapShare(cut(spec(), history([100, 7], [500, 8, 2], [900, 9, 1])))).toBeCloseTo(0.4);
  });

  it('is all gap for a tag that nobody has heard of', () => {
    expect(gapShare(cut(spec(), undefined))).toBe(1);
    expect([...bridged(cut(spec(), undefined)).values]).toEqual([0, 0, 0, 0, 0]);
  });

  it('reaches a network without a hole, and the record as it was', () => {
    const window = cut(spec(), history([500, 7], [700, Number.NaN], [900, 9]));
    expect([...bridged(window).values]).toEqual([7, 7, 7, 7, 9]);
    expect(Number.isNaN(window.values[0])).toBe(true);
  });

  it('keeps its columns apart', () => {
    const histories = new Map([
      ['a', history([0, 1])],
      ['b', history([900, 2])],
    ]);
    const window = cutWindow(spec({ tags: ['a', 'b'] }), 1000, (tag) => histories.get(tag));
    expect([...bridged(window).values]).toEqual([1, 2, 1, 2, 1, 2, 1, 2, 1, 2]);
    expect([...window.quality]).toEqual([0, GAP, 0, GAP, 0, GAP, 0, GAP, 0, 0]);
  });

  it('forgets the oldest samples when the ring is full', () => {
    const h = history(...Array.from({ length: 20 }, (_, i) => [i * 100, i] as [number, number]));
    expect(h.length).toBe(8);
    expect([...cut(spec(), h, 1900).values]).toEqual([Number.NaN, 13, 15, 17, 19]);
  });
});

describe('the tag table', () => {
  it('gives a tag that never came as bad, with its unit', () => {
    const table = new TagTable();
    table.update('plc.temp', sample(21.5, UNCERTAIN, 7));
    expect(table.read(['plc.temp', 'plc.none'], new Map([['plc.temp', '°C']]))).toEqual({
      'plc.temp': { value: 21.5, status: UNCERTAIN, source: 7, unit: '°C' },
      'plc.none': { value: null, status: 0x80320000, source: null },
    });
  });

  it('remembers only what a window needs, on the time axis asked for', () => {
    const table = new TagTable();
    table.remember('plc.temp', 1000, 100, 'source');
    table.remember('plc.late', 1000, 100, 'arrival');
    for (const tag of ['plc.temp', 'plc.late', 'plc.other']) table.update(tag, sample(1, 0, 5));
    expect(table.history('plc.temp')?.times[0]).toBe(5);
    expect(table.history('plc.late')?.times[0]).toBe(99);
    expect(table.history('plc.other')).toBeUndefined();
  });

  it('reads booleans as 0 and 1 and anything else as a hole', () => {
    const table = new TagTable();
    table.remember('plc.x', 1000, 100, 'source');
    for (const value of [true, false, 'text', null, 4]) table.update('plc.x', sample(value));
    expect([...(table.history('plc.x')?.values ?? [])].slice(0, 5)).toEqual([1, 0, Number.NaN, Number.NaN, 4]);
  });

  it.each([
    [sample('A-1'), 'A-1'],
    [sample(17), '17'],
    [sample(''), null],
    [sample(null), null],
    [sample('A-1', BAD), null],
    [sample([1, 2]), null],
    [undefined, null],
  ])('takes the text of %j as %j', (of, expected) => {
    expect(textOf(of)).toBe(expected);
  });
});

describe('a part counter', () => {
  it.each([
    [7, 8, false, [], 0, false],
    [7, 10, false, [8, 9], 0, false],
    [7, 10, true, [8, 9, 10], 0, false],
    [7, 7, true, [], 0, false],
    [7, 3, false, [], 0, true],
    [null, 10, true, [], 0, false],
    [7, null, true, [], 0, false],
  ])('from %j to %j (through %j) missed %j', (last, now, through, missed, more, restarted) => {
    expect(counterStep(last, now, through)).toEqual({ missed, more, restarted });
  });

  it('lists no more than it can record, and counts the rest', () => {
    const { missed, more } = counterStep(0, 5_000_000, true);
    expect(missed).toHaveLength(MOST_MISSED);
    expect(more).toBe(5_000_000 - MOST_MISSED);
  });
});

describe('statistics', () => {
  it('count for ever, but take yield and latency of the last parts', () => {
    const s = new Statistics();
    for (let i = 0; i < 100; i++) s.count('judged', 'nok', 1000);
    for (let i = 0; i < 100; i++) s.count('judged', i < 90 ? 'ok' : 'review', i);
    s.count('missed', 'review', null);
    s.count('failed', 'review', 500);
    expect(s.counters).toEqual({ ok: 90, nok: 100, review: 11, missed: 1, failed: 1 });
    expect(s.yield).toBeCloseTo(0.89);
    expect(s.latency).toEqual({ p50: 500, p95: 1000, p99: 1000 });
  });

  it('say nothing of nothing', () => {
    expect(new Statistics().yield).toBeNull();
    expect(new Statistics().latency).toBeNull();
  });
});

describe('the memory of a station', () => {
  it('comes back as it was saved', () => {
    const text = save('rules', new Map([['a', 'why']]), { ok: 1, nok: 2, review: 3, missed: 4, failed: 5 }, false);
    const back = recall(text);
    expect([back.rules, [...back.latches], back.enabled, back.statistics.counters.failed]).toEqual(['rules', [['a', 'why']], false, 5]);
  });

  it.each([null, '', 'not json', '{}', '{"rules":1}', '[]'])('is empty for %j', (text) => {
    expect(recall(text)).toMatchObject({ rules: null, enabled: true });
  });
});

describe('which pictures are kept', () => {
  const rules = { nok: 'all', review: 'none', ok: '1 in 50' } as const;
  it.each([
    ['nok', 1, 'judged', true],
    ['review', 1, 'failed', false],
    ['ok', 49, 'judged', false],
    ['ok', 50, 'judged', true],
    ['nok', 1, 'missed', false],
  ] as const)('%s, sequence %d, %s: %j', (verdict, sequence, outcome, kept) => {
    expect(keepsImage(rules, { verdict, sequence, outcome })).toBe(kept);
  });
});
