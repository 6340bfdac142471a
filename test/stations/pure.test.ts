import { describe, expect, it } from 'vitest';
import type { Inspection, TagSample, TagValue } from '#agent/contracts/index.js';
import { step } from '#agent/stations/edge.js';
import { keepsImage } from '#agent/stations/images.js';
import { LatelyTold, recall, save } from '#agent/stations/memory.js';
import { counterStep, MOST_SINGLE } from '#agent/stations/parts.js';
import { Statistics } from '#agent/stations/statistics.js';
import { TagHistory, TagTable, textOf } from '#agent/stations/tags.js';
import { cutWindow, GAP, stepsOf, type WindowSpec, worstGaps } from '#agent/stations/window.js';

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
    expect(fires('change', [[1, 2], [1, 2], [1, 3], [1], [1, 2]])).toEqual([false, false, true, true, true]);
    expect(fires('change', ['ab', ['a', 'b'], 'ab'])).toEqual([false, true, true]);
  });
});

describe('a tag window', () => {
  const spec = (more: Partial<WindowSpec> = {}): WindowSpec => ({ tags: ['a'], span: 1000, every: 200, fill: 'last', ...more });
  const history = (...points: readonly [time: number, value: number, quality?: number][]) => {
    const h = new TagHistory(8);
    for (const [time, value, quality] of points) h.push(time, value, quality ?? 0, time);
    return h;
  };
  const cut = (s: WindowSpec, h: TagHistory | undefined, endsAt = 1000) => cutWindow(s, { endsAt, arrived: endsAt }, () => h);

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
    expect(worstGaps(cut(spec(), history([100, 7], [500, 8, 2], [900, 9, 1])))).toEqual({ tag: 'a', share: 0.4 });
  });

  it('takes a value for known that is just as old as it may be', () => {
    expect([...cut(spec({ gap: 200 }), history([200, 7])).quality]).toEqual([0, 0, GAP, GAP, GAP]);
  });

  it('is all gap for a tag that nobody has heard of', () => {
    expect(worstGaps(cut(spec(), undefined))).toEqual({ tag: 'a', share: 1 });
  });

  it('is as good as the tag of which least is known', () => {
    const histories = new Map([
      ['a', history([0, 1])],
      ['b', history([0, 1], [700, Number.NaN])],
      ['c', history([0, 1], [500, 1, 2])],
    ]);
    const window = cutWindow(spec({ tags: ['a', 'b', 'c'] }), { endsAt: 1000, arrived: 1000 }, (tag) => histories.get(tag));
    expect(worstGaps(window)).toEqual({ tag: 'c', share: 0.6 });
    // Whatever their order, and the first of those that are known as little.
    const worst = (...tags: string[]) =>
      worstGaps(cutWindow(spec({ tags }), { endsAt: 1000, arrived: 1000 }, (tag) => histories.get(tag[0] ?? '')));
    expect([worst('c', 'b', 'a'), worst('a', 'c', 'c2'), worst('b', 'a')]).toEqual([
      { tag: 'c', share: 0.6 },
      { tag: 'c', share: 0.6 },
      { tag: 'b', share: 0.4 },
    ]);
    expect(worst('a', 'a2')).toEqual({ tag: 'a', share: 0 });
  });

  describe('after the clock was set back', () => {
    const HOUR = 3_600_000;
    /** Values stamped by a clock that is `ahead`, then by the right one; they arrive 2 ms after they were taken. */
    const stepped = (ahead: readonly number[], right: readonly number[]) => {
      const h = new TagHistory(16);
      for (const time of ahead) h.push(time + HOUR, time / 100, 0, time + 2);
      for (const time of right) h.push(time, time / 100, 0, time + 2);
      return h;
    };
    const at = (h: TagHistory, endsAt: number) => cutWindow(spec(), { endsAt, arrived: endsAt + 2 }, () => h);

    it('goes by the arrival of the values, old ones included', () => {
      const window = at(stepped([200, 400], [600, 800, 1000]), 1000);
      expect([...window.values]).toEqual([2, 4, 6, 8, 10]);
      expect([...window.quality]).toEqual([0, 0, 0, 0, 0]);
    });

    it('does so for a tag that has not changed since', () => {
      expect([...at(stepped([0, 500], []), 1000).values]).toEqual([0, 0, 5, 5, 5]);
    });

    it('does so for the only value, which came with the trigger', () => {
      const h = new TagHistory(8);
      h.push(1000 + HOUR, 5, 0, 1002);
      expect([...at(h, 1000).values]).toEqual([Number.NaN, Number.NaN, Number.NaN, Number.NaN, 5]);
    });

    it.each([
      [1000, Number.NaN],
      [1001, 5],
    ])('does so where it was ahead by more than a second: %d ms', (ahead, last) => {
      const h = new TagHistory(8);
      h.push(1000 + ahead, 5, 0, 900);
      expect(at(h, 1000).values.at(-1)).toBe(last);
    });

    it('goes by the clock where it was set ahead only after the trigger', () => {
      const h = new TagHistory(8);
      // Some came late: by their arrival the window would be another.
      for (const [time, arrived] of [
        [200, 202],
        [400, 900],
        [600, 902],
        [800, 904],
        [1000, 1002],
        [1100 + HOUR, 1102],
      ] as const)
        h.push(time, time / 100, 0, arrived);
      expect([...at(h, 1000).values]).toEqual([2, 4, 6, 8, 10]);
    });

    it('knows nothing of a time before all that is kept', () => {
      const h = stepped(
        [],
        Array.from({ length: 16 }, (_, i) => 5000 + 200 * i),
      );
      expect([...at(h, 1000).quality]).toEqual([GAP, GAP, GAP, GAP, GAP]);
    });

    it('goes by the clock again as soon as nothing is left of what it said before', () => {
      const h = stepped(
        [0],
        Array.from({ length: 16 }, (_, i) => 200 * (i + 1)),
      );
      expect(h.stepped).toBe(false);
      expect([...cutWindow(spec(), { endsAt: 3200, arrived: 99_999 }, () => h).values]).toEqual([24, 26, 28, 30, 32]);
    });
  });

  describe('after the clock was set ahead', () => {
    const HOUR = 3_600_000;
    /** Values every 200 ms from `from` on, the last one at 1000, each after its way here. */
    const values = (ways: readonly number[], ahead: (time: number) => number) => {
      const h = new TagHistory(64);
      const from = 1000 - 200 * (ways.length - 1);
      ways.forEach((way, i) => {
        const time = from + 200 * i;
        h.push(time + ahead(time), time / 100, 0, time + way);
      });
      return h;
    };
    const at = (h: TagHistory, endsAt: number) => [...cutWindow(spec(), { endsAt, arrived: 1002 }, () => h).values];
    const prompt = Array.from({ length: 16 }, () => 2);

    it('goes by the arrival of the values: those of before are not an hour old', () => {
      expect(
        at(
          values(prompt, (time) => (time < 500 ? 0 : HOUR)),
          1000 + HOUR,
        ),
      ).toEqual([2, 4, 6, 8, 10]);
    });

    it('does so for tags that have not changed since', () => {
      const h = values(prompt, () => 0);
      expect(at(h, 1000 + HOUR)).toEqual([2, 4, 6, 8, 10]);
      expect(h.stepped).toBe(false);
      // A trigger that was itself held up says nothing of the clock.
      expect([...cutWindow(spec(), { endsAt: 1000, arrived: 90_000 }, () => h).values]).toEqual([2, 4, 6, 8, 10]);
    });

    it.each([1000, 1001])('does so where it was set ahead by more than a second: %d ms', (ahead) => {
      expect(values(prompt, (time) => (time < 500 ? 0 : ahead)).stepped).toBe(ahead > 1000);
    });

    it.each([
      ['one that was held up', prompt.map((way, i) => (i === 8 ? 30_000 : way))],
      ['a first one that is old', prompt.map((way, i) => (i === 0 ? 90_000_000 : way))],
      ['ways that differ by seconds', [0, 4000, 2500, 4800, 3000, 4500, 2600, 4900, 3300, 4100, 2700, 1200, 3900, 40, 2800, 1500]],
      ['too few to know how long they take', [5000, 5000, 5000, 5000, 5000, 2, 2, 2]],
    ])('is not misled by %s', (_, ways) => {
      expect(values(ways, () => 0).stepped).toBe(false);
    });

    it('notices the next step as well, either way', () => {
      const h = new TagHistory(64);
      const live = (from: number, ahead: number) => {
        for (let i = 0; i < 70; i++) h.push(from + 10 * i + ahead, 0, 0, from + 10 * i + 2);
        return h.stepped;
      };
      expect(live(0, 0)).toBe(false);
      for (let i = 0; i < 10; i++) h.push(700 + 10 * i + HOUR, 0, 0, 702 + 10 * i);
      expect(h.stepped).toBe(true);
      expect(live(800, HOUR)).toBe(false);
      h.push(1500 + 2 * HOUR, 0, 0, 1502);
      expect(h.stepped).toBe(true);
      expect(live(1510, 2 * HOUR)).toBe(false);
      h.push(2210 + HOUR, 0, 0, 2212);
      expect(h.stepped).toBe(true);
    });
  });

  it('keeps its columns apart', () => {
    const histories = new Map([
      ['a', history([0, 1])],
      ['b', history([900, 2])],
    ]);
    const window = cutWindow(spec({ tags: ['a', 'b'] }), { endsAt: 1000, arrived: 1000 }, (tag) => histories.get(tag));
    expect([...window.values]).toEqual([1, Number.NaN, 1, Number.NaN, 1, Number.NaN, 1, Number.NaN, 1, 2]);
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
    expect(table.read(['plc.temp', 'plc.none'], new Map([['plc.temp', '°C']]))).toStrictEqual({
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

  it.each([
    [1000, 100, 64],
    [10_000, 100, 216],
    [10_000, 7, 2874],
    [1000, 1, 416],
    [86_400_000, 1, 65_536],
  ])('keeps for a span of %d ms, a value each %d ms, twice as many as fit: %d', (span, each, room) => {
    const table = new TagTable();
    table.remember('plc.temp', span, each, 'source');
    expect(table.history('plc.temp')?.times.length).toBe(room);
  });

  it('forgets nothing when another station wants more of it, and nothing when one wants less', () => {
    const table = new TagTable();
    table.remember('plc.temp', 1000, 100, 'source');
    for (const [i, status] of [0, UNCERTAIN, BAD].entries()) table.update('plc.temp', sample(i + 1, status, 10 * i));
    table.remember('plc.temp', 10_000, 100, 'source');
    const history = table.history('plc.temp');
    expect(history?.times.length).toBe(216);
    for (const span of [1000, 10_000]) table.remember('plc.temp', span, 100, 'source');
    expect(table.history('plc.temp')).toBe(history);
    const kept = (values: ArrayLike<number> | undefined) => Array.from(values ?? []).slice(0, 3);
    expect(history?.length).toBe(3);
    expect([kept(history?.times), kept(history?.values), kept(history?.quality), kept(history?.arrived)]).toEqual([
      [0, 10, 20],
      [1, 2, 3],
      [0, 1, 2],
      [99, 99, 99],
    ]);
  });

  it('knows nothing any more of a tag that is read from elsewhere', () => {
    const table = new TagTable();
    table.remember('plc.temp', 10_000, 100, 'source');
    for (const tag of ['plc.temp', 'plc.other']) table.update(tag, sample(1));
    for (const tag of ['plc.temp', 'plc.other']) table.forget(tag);
    expect([table.latest('plc.temp'), table.latest('plc.other'), table.history('plc.other')]).toEqual([undefined, undefined, undefined]);
    expect([table.history('plc.temp')?.length, table.history('plc.temp')?.times.length]).toEqual([0, 216]);
  });

  describe('when the session that told of a tag has ended', () => {
    const at = (value: TagValue, source: number | null, arrived: number, status = 0): TagSample => ({
      ...sample(value, status, source),
      received: arrived + 5000,
      arrived,
    });
    const NO_COMMUNICATION = 0x80310000;
    const lost = (clock: 'source' | 'arrival' = 'source', source: number | null = 100) => {
      const table = new TagTable();
      table.remember('plc.temp', 1000, 100, clock);
      table.update('plc.temp', at(7, source, 1000));
      table.lost('plc.temp', 1400);
      return table;
    };
    const column = (table: TagTable) => {
      const history = table.history('plc.temp');
      const kept = (values: ArrayLike<number> | undefined) => Array.from(values ?? []).slice(0, history?.length);
      return [kept(history?.times), kept(history?.values), kept(history?.quality)];
    };

    it('says of its value that nobody knows whether it still is, for as long as nothing is heard', () => {
      const table = lost();
      expect(table.read(['plc.temp'], new Map())).toStrictEqual({ 'plc.temp': { value: 7, status: NO_COMMUNICATION, source: 100 } });
      expect([table.isAway('plc.temp'), table.isAway('plc.other')]).toEqual([true, false]);
      expect([table.lastTold('plc.temp')?.status, table.lastTold('plc.other')]).toEqual([0, undefined]);
      table.update('plc.temp', at(8, 900, 1800));
      expect(table.read(['plc.temp'], new Map())).toStrictEqual({ 'plc.temp': { value: 8, status: 0, source: 900 } });
      expect(table.isAway('plc.temp')).toBe(false);
      table.lost('plc.temp', 1900);
      table.forget('plc.temp');
      expect(table.isAway('plc.temp')).toBe(false);
    });

    it.each([
      ['source', 100, [100, 500]],
      ['arrival', 100, [6000, 6400]],
      ['source', null, [6000, 6400]],
    ] as const)('has a window bad from there on, by the clock of its %s, stamped %s', (clock, source, times) => {
      expect(column(lost(clock, source))).toEqual([times, [7, 7], [0, 2]]);
    });

    it('keeps the hole where the next session tells of another change, and has none where it tells of the same', () => {
      const other = lost();
      other.update('plc.temp', at(7, 900, 1800));
      expect(column(other)).toEqual([
        [100, 500, 900],
        [7, 7, 7],
        [0, 2, 0],
      ]);
      const same = lost();
      same.update('plc.temp', at(7, 100, 1800));
      expect(column(same)).toEqual([
        [100, 100],
        [7, 7],
        [0, 0],
      ]);
      // The clock of the PLC was set back while it was away: what it says of the time before is of no use.
      const back = lost();
      back.update('plc.temp', at(7, 50, 1800));
      expect(column(back)).toEqual([
        [100, 500, 50],
        [7, 7, 7],
        [0, 2, 0],
      ]);
      // The loss is noticed late: this one was on its way.
      const before = lost();
      before.update('plc.temp', at(8, 499, 1800));
      expect(column(before)).toEqual([
        [100, 499],
        [7, 8],
        [0, 0],
      ]);
      expect([same, before].map((table) => table.history('plc.temp')?.stepped)).toEqual([false, false]);
      // A bad value that the server itself tells is none that was lost.
      const told = new TagTable();
      told.remember('plc.temp', 1000, 100, 'source');
      told.update('plc.temp', at(7, 500, 1000, NO_COMMUNICATION));
      told.update('plc.temp', at(8, 400, 1001));
      expect(told.history('plc.temp')?.length).toBe(2);
      const unstamped = lost('source', null);
      unstamped.update('plc.temp', at(7, null, 1800));
      expect(column(unstamped)).toEqual([
        [6000, 6400, 6800],
        [7, 7, 7],
        [0, 2, 0],
      ]);
    });

    it('begins when it was told, though the value had changed long before', () => {
      const table = new TagTable();
      table.remember('plc.set', 1000, 100, 'source');
      table.update('plc.set', { ...at(7, 100, 1000), server: 60_000 });
      table.lost('plc.set', 1400);
      const history = table.history('plc.set');
      expect([history?.timeOf(1), history?.timeOf(0), history?.timeOf(2)]).toEqual([100, 60_400, Number.NEGATIVE_INFINITY]);
    });

    it('says nothing new of one that was bad before, or never came', () => {
      const table = new TagTable();
      table.remember('plc.temp', 1000, 100, 'source');
      table.lost('plc.temp', 1400);
      expect([table.latest('plc.temp'), table.history('plc.temp')?.length]).toEqual([undefined, 0]);
      table.update('plc.temp', at(7, 100, 1000, BAD));
      table.lost('plc.temp', 1400);
      expect([table.latest('plc.temp')?.status, table.history('plc.temp')?.length]).toEqual([BAD, 1]);
    });

    it('tells whoever listens for it, until they end it, and as well where the tag is read from elsewhere', () => {
      const table = new TagTable();
      const heard: string[] = [];
      const stops = ['a', 'b'].map((who) => table.onLost('plc.temp', (loss) => heard.push(`${who} ${loss}`)));
      table.lost('plc.temp', 1);
      table.lost('plc.other', 1);
      stops[0]?.();
      table.forget('plc.temp');
      stops[1]?.();
      table.lost('plc.temp', 2);
      expect(heard).toEqual(['a session', 'b session', 'b tag']);
    });
  });

  it('calls whoever listens to a tag, until they end it', () => {
    const table = new TagTable();
    const heard: string[] = [];
    const stops = ['a', 'b'].map((who) => table.onSample('plc.temp', ({ value }) => heard.push(`${who}${String(value)}`)));
    table.update('plc.temp', sample(1));
    table.update('plc.other', sample(2));
    stops[0]?.();
    table.update('plc.temp', sample(3));
    stops[0]?.();
    stops[1]?.();
    table.update('plc.temp', sample(4));
    expect(heard).toEqual(['a1', 'b1', 'b3']);
  });

  it('takes the newest value of a history back, also where the ring has begun anew', () => {
    const h = new TagHistory(2);
    h.retract();
    expect(h.length).toBe(0);
    for (const time of [1, 2, 3]) h.push(time, time, 0, time);
    h.retract();
    expect([h.length, h.times[h.at(0)]]).toEqual([1, 2]);
    h.push(4, 4, 0, 4);
    expect([h.length, h.times[h.at(0)], h.times[h.at(1)]]).toEqual([2, 2, 4]);
  });

  it('notices that a clock was set back only where it was', () => {
    const h = new TagHistory(4);
    expect(h.stepped).toBe(false);
    for (const [i, time] of [100, 100, 200].entries()) h.push(time, 0, 0, i);
    expect(h.stepped).toBe(false);
    h.push(199, 0, 0, 3);
    expect(h.stepped).toBe(true);
    for (let i = 0; i < 3; i++) h.push(300 + i, 0, 0, 4 + i);
    // The last value of before is gone with the next one.
    expect([h.stepped, h.length]).toEqual([false, 4]);
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
  const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => ({ from: from + i, to: from + i }));
  it.each([
    [7, 8, {}, [], 0, false],
    [7, 10, {}, numbers(8, 9), 0, false],
    [7, 10, { through: true }, numbers(8, 10), 0, false],
    [7, 7, { through: true }, [], 0, false],
    [7, 3, { unnumbered: 2 }, [], 0, true],
    [null, 10, { through: true, unnumbered: 2 }, [], 0, false],
    [7, null, { through: true, unnumbered: 2 }, [], 2, false],
    [7, 12, { unnumbered: 2 }, numbers(8, 9), 0, false],
    [7, 9, { unnumbered: 3 }, [], 2, false],
    [7, 10, { through: true, unnumbered: 1 }, numbers(8, 9), 0, false],
    [7.5, 10.5, {}, numbers(8, 9), 0, false],
    [32_765, -32_766, {}, [...numbers(32_766, 32_767), ...numbers(-32_768, -32_767)], 0, false],
    [32_767, -32_768, {}, [], 0, false],
    [32_766, -32_768, { through: true }, [...numbers(32_767, 32_767), ...numbers(-32_768, -32_768)], 0, false],
    [65_535, 0, {}, [], 0, false],
    [65_533, 2, {}, [...numbers(65_534, 65_535), ...numbers(0, 1)], 0, false],
    [65_533, 2, { unnumbered: 3 }, numbers(65_534, 65_534), 0, false],
    [65_533, 2, { unnumbered: 5 }, [], 1, false],
    [2 ** 31 - 2, -(2 ** 31) + 1, {}, [...numbers(2 ** 31 - 1, 2 ** 31 - 1), ...numbers(-(2 ** 31), -(2 ** 31))], 0, false],
    [2 ** 32 - 2, 1, {}, [...numbers(2 ** 32 - 1, 2 ** 32 - 1), ...numbers(0, 0)], 0, false],
    [65_536 - MOST_SINGLE, 2, {}, [], 0, true],
    [40_000, 1, {}, [], 0, true],
    [65_535, -1, {}, [], 0, true],
  ])('from %j to %j (%j) missed %j', (last, now, options, missed, unnumbered, restarted) => {
    expect(counterStep(last, now, options)).toEqual({ missed, unnumbered, restarted });
  });

  it('is one range where the parts are more than have a record each', () => {
    expect(counterStep(0, MOST_SINGLE + 1).missed).toHaveLength(MOST_SINGLE);
    expect(counterStep(65_535 - MOST_SINGLE, 0).missed).toHaveLength(MOST_SINGLE);
    expect(counterStep(0, MOST_SINGLE + 2).missed).toEqual([{ from: 1, to: MOST_SINGLE + 1 }]);
    expect(counterStep(4, 5_000_000, { through: true, unnumbered: 7 }).missed).toEqual([{ from: 5, to: 4_999_993 }]);
  });
});

describe('statistics', () => {
  const part = (outcome: Inspection['outcome'], verdict: Inspection['verdict'], recipe = 'standard', at = 1) => ({
    outcome,
    verdict,
    recipe,
    at,
  });

  it('count anew with the first part of another product, and go on over a restart', () => {
    const s = new Statistics();
    expect(s.changeover).toBeNull();
    s.count(part('judged', 'ok', 'a', 10), 1);
    s.count(part('judged', 'nok', 'a', 20), 1);
    s.count(part('failed', 'review', 'b', 30), 1);
    s.count(part('missed', 'nok', 'b', 40), null, 7);
    const counters = { ok: 0, nok: 0, review: 1, missed: 7, failed: 1 };
    expect(s.changeover).toEqual({ recipe: 'b', since: 30, counters });
    expect(s.counters).toEqual({ ok: 1, nok: 1, review: 1, missed: 7, failed: 1 });
    const next = new Statistics(s.counters, s.changeover);
    next.count(part('judged', 'ok', 'b', 50), 1);
    expect(next.changeover).toEqual({ recipe: 'b', since: 30, counters: { ...counters, ok: 1 } });
    next.count(part('judged', 'ok', 'a', 60), 1);
    expect(next.changeover).toEqual({ recipe: 'a', since: 60, counters: { ok: 1, nok: 0, review: 0, missed: 0, failed: 0 } });
    // What one life counted is its own.
    expect(s.changeover?.counters).toEqual(counters);
  });

  it('count for ever, but take yield and latency of the last parts', () => {
    const s = new Statistics();
    for (let i = 0; i < 100; i++) s.count(part('judged', 'nok'), 1000);
    for (let i = 0; i < 100; i++) s.count(part('judged', i < 90 ? 'ok' : 'review'), i);
    s.count(part('missed', 'review'), null);
    s.count(part('failed', 'review'), 500);
    expect(s.counters).toEqual({ ok: 90, nok: 100, review: 11, missed: 1, failed: 1 });
    expect(s.yield).toBeCloseTo(0.89);
    expect(s.latency).toEqual({ p50: 500, p95: 1000, p99: 1000 });
  });

  it('take the latency of the last thousand parts', () => {
    const s = new Statistics();
    for (let i = 1; i <= 1000; i++) s.count(part('judged', 'ok'), i);
    expect(s.latency).toEqual({ p50: 501, p95: 951, p99: 991 });
    s.count(part('unrecorded', 'ok'), null);
    expect(s.latency?.p50).toBe(501);
    for (let i = 0; i < 1000; i++) s.count(part('judged', 'ok'), 2.34567);
    expect(s.latency).toEqual({ p50: 2.35, p95: 2.35, p99: 2.35 });
    const few = new Statistics();
    for (const ms of [30, 10, 20]) few.count(part('judged', 'ok'), ms);
    expect(few.latency).toEqual({ p50: 20, p95: 30, p99: 30 });
  });

  it('leave the counters that they were made with alone, and count a range as so many', () => {
    const before = { ok: 1, nok: 2, review: 3, missed: 4, failed: 5 };
    const s = new Statistics(before);
    s.count(part('missed', 'nok'), null, 1490);
    s.count(part('judged', 'nok'), 1);
    expect([before.missed, s.counters]).toEqual([4, { ok: 1, nok: 3, review: 3, missed: 1494, failed: 5 }]);
    expect([s.yield, s.latency?.p50]).toEqual([0, 1]);
  });

  it('take the yield of the last hundred parts, and no latency of a part that was not answered', () => {
    const s = new Statistics();
    for (const verdict of ['ok', ...Array(99).fill('nok')] as const) s.count(part('judged', verdict), 10);
    expect(s.yield).toBe(0.01);
    s.count(part('judged', 'nok'), 10);
    expect(s.yield).toBe(0);
    for (let i = 0; i < 200; i++) s.count(part('judged', 'nok'), null);
    expect(s.latency?.p50).toBe(10);
  });

  it('say nothing of nothing', () => {
    expect(new Statistics().yield).toBeNull();
    expect(new Statistics().latency).toBeNull();
  });
});

describe('the memory of a station', () => {
  it('comes back as it was saved', () => {
    const remembered = {
      latches: new Map([['a', 'why']]),
      statistics: new Statistics({ ok: 1, nok: 2, review: 3, missed: 4, failed: 5 }),
      told: new LatelyTold(['S1']),
    };
    remembered.statistics.count({ outcome: 'judged', verdict: 'ok', recipe: 'wide', at: 5 }, 1);
    const names = { part: { tag: 'plc.serial', taken: 'S1', order: 'after', arrivals: -3, placeholder: '0' }, counter: null } as const;
    const progress = {
      recipe: 'wide',
      taken: 17,
      unnumbered: 3,
      names,
      product: { node: 'n', said: '7' },
      challenges: 'shown',
      studies: 'open',
    };
    const back = recall(save('rules', remembered, { enabled: false, disabled: { since: 7, by: 'user anna' } }, progress));
    expect([back.rules, [...back.latches], back.enabled, back.statistics.counters.failed]).toEqual(['rules', [['a', 'why']], false, 5]);
    expect(back.disabled).toEqual({ since: 7, by: 'user anna' });
    expect(back.statistics.changeover).toMatchObject({ recipe: 'wide', since: 5, counters: { ok: 1 } });
    expect([back.told.has('S1'), back.told.has('S2'), back.progress]).toEqual([true, false, progress]);
  });

  it('of an older version lacks what that did not know', () => {
    const counters = { ok: 1, nok: 2, review: 3, missed: 4, failed: 5 };
    const back = recall(JSON.stringify({ rules: 'r', latches: {}, counters, enabled: false }));
    expect([back.rules, back.told.parts, back.progress]).toEqual([
      'r',
      [],
      { recipe: null, taken: 0, unnumbered: 0, names: null, product: null, challenges: null, studies: null },
    ]);
    expect([back.enabled, back.disabled]).toEqual([false, null]);
  });

  it('holds the last 32 parts that were told', () => {
    const told = new LatelyTold();
    for (let i = 1; i <= 33; i++) told.add(`S${i}`);
    expect([told.parts.length, told.has('S1'), told.has('S2'), told.has('S33')]).toEqual([32, false, true, true]);
    const given = ['S1'];
    new LatelyTold(given).add('S2');
    expect(given).toEqual(['S1']);
  });

  it.each([null, '', 'not json', '{}', '{"rules":1}', '[]', '{"rules":"r","latches":{},"counters":{},"enabled":true}'])(
    'is empty for %j',
    (text) => {
      const { rules, latches, enabled, disabled, told, progress, statistics } = recall(text);
      expect([rules, latches.size, enabled, disabled, told.parts, progress]).toEqual([
        null,
        0,
        true,
        null,
        [],
        { recipe: null, taken: 0, unnumbered: 0, names: null, product: null, challenges: null, studies: null },
      ]);
      expect(statistics.counters).toEqual({ ok: 0, nok: 0, review: 0, missed: 0, failed: 0 });
    },
  );
});

describe('which pictures are kept', () => {
  const rules = { nok: 'all', review: 'none', ok: '1 in 50' } as const;
  it.each([
    ['nok', 1, 'judged', true],
    ['review', 1, 'failed', false],
    ['ok', 49, 'judged', false],
    ['ok', 50, 'judged', true],
    ['ok', 51, 'judged', false],
    ['nok', 1, 'missed', false],
    ['nok', 1, 'unrecorded', false],
    ['nok', 1, 'failed', true],
  ] as const)('%s, sequence %d, %s: %j', (verdict, sequence, outcome, kept) => {
    expect(keepsImage(rules, { id: '019e0000-0000-7000-8000-0000000028f0', verdict, sequence, outcome })).toBe(kept);
  });

  it('keeps all of master parts that were judged, whatever was said of them', () => {
    const one = { id: '019e0000-0000-7000-8000-0000000028f0', sequence: 49, isMaster: true } as const;
    expect(keepsImage(rules, { ...one, verdict: 'ok', outcome: 'judged' })).toBe(true);
    expect(keepsImage(rules, { ...one, verdict: 'ok', outcome: 'missed' })).toBe(false);
  });

  it('keeps of a share also the parts that people measure by, and of none none', () => {
    const one = { id: '019e0000-0000-7000-8000-00000000028e', sequence: 51, outcome: 'judged' } as const;
    expect([keepsImage(rules, { ...one, verdict: 'ok' }), keepsImage(rules, { ...one, verdict: 'review' })]).toEqual([true, false]);
  });
});
