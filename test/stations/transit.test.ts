import { describe, expect, it } from 'vitest';
import type { Trigger } from '#agent/contracts/index.js';
import { Transit } from '#agent/stations/transit.js';
import { ManualClock } from '../simulators/clock.ts';

function lineWith(plcAhead = 0) {
  const clock = new ManualClock();
  const transit = new Transit(clock);
  /** The age of a trigger that the PLC stamped `ms` ago. */
  const stamped = (ms: number, ahead = plcAhead) => transit.ageOf(tag({ at: clock.now() - ms + ahead }));
  const unstamped = () => transit.ageOf(tag({ at: clock.now(), stamped: false }));
  const tag = (more: Partial<Trigger>): Trigger => ({
    kind: 'tag',
    at: clock.now(),
    stamped: true,
    received: clock.now(),
    arrived: clock.elapsed(),
    ...more,
  });
  return { clock, transit, stamped, unstamped, tag };
}

describe('the age of a trigger with a time of its source', () => {
  it.each([0, 3_600_000, -7_200_000])(
    'is what it took longer than the shortest way, whatever the PLC’s clock says (%d ms ahead)',
    (ahead) => {
      const { stamped } = lineWith(ahead);
      expect([12, 40, 12, 5, 25].map((ms) => stamped(ms))).toEqual([0, 28, 0, 0, 20]);
    },
  );

  it('goes by the ways of the last minute or two: a step of the PLC’s clock is forgotten', async () => {
    const { clock, stamped } = lineWith();
    const hourBehind = (ms: number) => stamped(ms, -3_600_000);
    expect(stamped(10)).toBe(0);
    await clock.advance(30_000);
    expect(hourBehind(10)).toBe(3_600_000);
    await clock.advance(31_000);
    expect(hourBehind(10)).toBe(3_600_000);
    await clock.advance(60_000);
    expect(hourBehind(10)).toBe(3_600_000);
    await clock.advance(1000);
    expect([hourBehind(10), hourBehind(15)]).toEqual([0, 5]);
  });

  it('is none for what no tag started', () => {
    const { stamped, transit, tag } = lineWith();
    stamped(10);
    for (const kind of ['command', 'timer', 'frame'] as const) expect(transit.ageOf(tag({ kind, at: 0 }))).toBe(0);
  });
});

describe('the age of a trigger without one', () => {
  it('is none while the process lives', async () => {
    const { clock, unstamped } = lineWith();
    for (const ms of [0, 49, 51, 1000]) {
      await clock.advance(ms);
      expect(unstamped()).toBe(0);
    }
  });

  it('is how long it stood still, until what waited has come', async () => {
    const { clock, unstamped } = lineWith();
    await clock.advance(1000);
    clock.standStill(450);
    // The beat was due 50 ms after the last one.
    expect(unstamped()).toBe(400);
    await clock.advance(0);
    expect(unstamped()).toBe(400);
    await clock.advance(499);
    expect(unstamped()).toBe(899);
    await clock.advance(1);
    expect(unstamped()).toBe(0);
  });

  it.each([
    [100, 0],
    [101, 51],
  ])('does not count what every busy moment takes: %d ms', async (ms, age) => {
    const { clock, unstamped } = lineWith();
    await clock.advance(1000);
    clock.standStill(ms);
    expect(unstamped()).toBe(age);
    await clock.advance(0);
    expect(unstamped()).toBe(age);
  });

  it('is none for one with a time, which says it itself', async () => {
    const { clock, stamped } = lineWith();
    stamped(10);
    await clock.advance(1000);
    clock.standStill(450);
    expect(stamped(10)).toBe(0);
  });

  it('is measured no more when the station has stopped', () => {
    const { clock, transit } = lineWith();
    transit.stop();
    expect(clock.pending).toBe(0);
  });
});
