/** Tools: what is measured of wear, what follows for the uses that are left, and how often the true end lies in the interval. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ToolBook } from '#agent/decisions/logistics/tools/book.js';
import {
  type Glance,
  glanced,
  LEAST_POINTS,
  lessonsOf,
  MOST_GLANCES,
  MOST_LIVES,
  MOST_SCORES,
  NO_EXPERIENCE,
  usesLeft,
  wearOf,
} from '#agent/decisions/logistics/tools/wear.js';
import { MOST_WEAR_POINTS, WearLog } from '#agent/decisions/logistics/tools/wear-log.js';
import { heldOut, WAYS } from '../../../scripts/logistics/wear.ts';

const straight = (points: number, slope: number, noise: (i: number) => number = () => 0) =>
  Array.from({ length: points }, (_, i) => ({ n: 10 * i, y: 2 + slope * 10 * i + noise(i) }));

describe('the log of wear', () => {
  it('holds a whole life in at most 120 points, whatever its length, in order', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20_000 }), (uses) => {
        const log = new WearLog();
        for (let n = 0; n < uses; n++) log.note(n, n);
        const points = log.all;
        expect(points.length).toBeLessThan(MOST_WEAR_POINTS);
        expect(points.length).toBeGreaterThanOrEqual(Math.min(uses, MOST_WEAR_POINTS / 2) - 1);
        // Each value is its own place: medians of a straight line are its middles, but for the values that are not taken.
        for (const { n, y } of points) expect(Math.abs(y - n)).toBeLessThanOrEqual(log.state.stride / 32 + 1);
        for (const [i, { n }] of points.entries()) expect(n).toBeGreaterThan(points[i - 1]?.n ?? -1);
      }),
      { numRuns: 40 },
    );
  });

  it('goes on after a restart', () => {
    const log = new WearLog();
    for (let n = 0; n < 500; n++) log.note(n, Math.sin(n));
    expect(new WearLog(JSON.parse(JSON.stringify(log.state))).all).toEqual(log.all);
  });
});

describe('wear', () => {
  it('is nothing before there are twelve points', () => {
    expect(wearOf(straight(LEAST_POINTS - 1, 0.01))).toBeNull();
    expect(wearOf(straight(LEAST_POINTS, 0.01))).not.toBeNull();
  });

  it('of a straight line is that line, and its end where it meets the limit', () => {
    const wear = wearOf(straight(41, 0.01));
    // At 400 uses it is at 6; to 10 there are 400 more.
    expect(wear?.slope).toBeCloseTo(0.01, 12);
    expect(wear?.level).toBeCloseTo(6, 9);
    const left = wear && usesLeft(wear, 10, NO_EXPERIENCE);
    expect(left?.middle).toBeCloseTo(400, -1);
    expect(left?.low).toBeLessThan(400);
    expect(left?.high).toBeGreaterThan(400);
  });

  it('is not turned by a quarter of points that are wrong', () => {
    const wear = wearOf(straight(60, 0.01, (i) => (i % 4 === 0 ? 50 : 0)));
    expect(wear?.slope).toBeGreaterThan(0.009);
    expect(wear?.slope).toBeLessThan(0.011);
    expect(wear?.level).toBeCloseTo(2 + 0.01 * 590, 0);
  });

  it('without a trend has no end', () => {
    const wear = wearOf(straight(60, 0, (i) => Math.sin(7 * i)));
    expect(wear && usesLeft(wear, 10, NO_EXPERIENCE)).toBeNull();
    const falling = wearOf(straight(60, -0.01));
    expect(falling && usesLeft(falling, 10, NO_EXPERIENCE)).toBeNull();
  });

  it('beyond its limit has none left', () => {
    const wear = wearOf(straight(41, 0.01));
    expect(wear && usesLeft(wear, 5, NO_EXPERIENCE)).toEqual({ low: 0, middle: 0, high: 0 });
  });

  it('is learned of from tools that are done, within bounds', () => {
    let known = NO_EXPERIENCE;
    for (let i = 0; i < 40; i++) {
      const points = straight(100, 0.01, (k) => 0.1 * Math.sin(13 * k + i));
      let glances: readonly Glance[] = [];
      for (let seen = LEAST_POINTS; seen < 95; seen++) {
        const wear = wearOf(points.slice(0, seen));
        if (wear) glances = glanced(glances, { n: 10 * seen, wear });
      }
      expect(glances.length).toBeLessThanOrEqual(MOST_GLANCES);
      known = lessonsOf(points, glances, known);
    }
    expect(known.slopes).toHaveLength(MOST_LIVES);
    expect(known.slopes.at(-1)).toBeCloseTo(0.01, 3);
    expect(known.scores.length).toBeLessThanOrEqual(MOST_SCORES);
    expect(known.scores.length).toBeGreaterThan(100);
    expect(lessonsOf([], [], known)).toBe(known);
  });

  it.each(WAYS)('%s: nine ends in ten lie in the interval, of tools that were never seen', { timeout: 60_000 }, (way) => {
    const { asked, held, silent } = heldOut(way, { before: 25, tools: 120, seed: 0.42 });
    expect(asked).toBeGreaterThan(600);
    expect(silent).toBeLessThan(0.2 * asked);
    expect(held / asked).toBeGreaterThan(0.85);
    expect(held / asked).toBeLessThan(0.95);
  });
});

describe('the book of tools', () => {
  it('counts uses, keeps what is to be done until it is done, and is the same over a restart', () => {
    const book = new ToolBook();
    book.use('outlet/punch', 3);
    book.call('outlet/punch', { id: 'a', at: 5, by: null });
    book.countTo('outlet', 9);
    const again = new ToolBook(JSON.parse(JSON.stringify(book.snapshot)));
    expect(again.of('outlet/punch')).toMatchObject({ used: 3, call: { id: 'a' } });
    expect(again.countedTo('outlet')).toBe(9);
    const before = { ...again.of('outlet/punch') };
    again.changed('outlet/punch', 77, 2);
    expect(again.of('outlet/punch')).toMatchObject({ used: 2, changed: 77, call: null });
    again.undo('outlet/punch', before);
    expect(again.of('outlet/punch')).toMatchObject({ used: 3, call: { id: 'a' } });
    expect(again.of('constructor')).toMatchObject({ used: 0, call: null });
    again.keepOnly(new Set(), new Set());
    expect(again.snapshot).toEqual({ tools: {}, counted: {} });
  });
});
