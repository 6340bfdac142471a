/** Working time of what is used, outside of shifts; and whose forecast is next. */
import { expect, it } from 'vitest';
import type { LinePlan } from '#agent/contracts/index.js';
import { UsageHistory } from '#agent/decisions/logistics/material/usage.js';
import { OpenTime, WorkingTime } from '#agent/runtime/logistics/open-time.js';
import { planNow } from '#agent/runtime/logistics/plan-now.js';
import { turnsOf } from '#agent/runtime/logistics/turns.js';

const MINUTE = 60_000;

it.each([6000, MINUTE, 5 * MINUTE])('has the rate of a line right that makes a part each %d ms on a day off', (cycle) => {
  let now = 0;
  const openTime = new OpenTime({ now: () => now, open: () => [], hasCalendar: () => true });
  const [time, history] = [new WorkingTime(openTime), new UsageHistory(5 * MINUTE)];
  for (now = 2000; now <= 480 * MINUTE; now += 2000) {
    const used = now % cycle === 0 ? 1 : 0;
    history.add(used, time.in(2000, used, now));
  }
  expect(history.buckets).toBeGreaterThan(94);
  expect(Math.abs((history.rate ?? 0) / ((5 * MINUTE) / cycle) - 1)).toBeLessThan(0.05);
  expect(time.ahead(now)).not.toEqual([]);
  // An hour later nobody works any more.
  expect(time.ahead(now + 60 * MINUTE)).toEqual([]);
});

it('takes the end of a shift for no overtime', () => {
  let now = 0;
  const shift = { from: 0, to: 60 * MINUTE };
  const openTime = new OpenTime({ now: () => now, open: () => [shift].filter(({ to }) => to > now), hasCalendar: () => true });
  const time = new WorkingTime(openTime);
  now = 60 * MINUTE - 2000;
  expect(time.in(2000, 1, now)).toBe(2000);
  now += 4000;
  expect(time.in(2000, 0, now)).toBe(0);
  expect(time.ahead(now)).toEqual([]);
});

it('takes who waits longest, and not who has waited for less than half a minute', () => {
  const all = [5000, Number.NEGATIVE_INFINITY, 0, 1000, 90_000].map((foreseenAt) => ({ foreseenAt }));
  expect(turnsOf(all, 100_000, () => false).map(({ foreseenAt }) => foreseenAt)).toEqual([Number.NEGATIVE_INFINITY, 0]);
  expect(turnsOf([{ foreseenAt: 90_000 }], 100_000, () => false)).toEqual([]);
  expect(turnsOf([{ foreseenAt: 90_000 }], 100_000, () => true)).toHaveLength(1);
});

it('sees the plan by its own time where the clock of the box was set two days ahead', () => {
  const later = 48 * 60 * MINUTE;
  const plan = { sequence: [{ begin: later, end: later + 10, before: { begin: later, end: later + 5 } }] } as unknown as LinePlan;
  const options = { plan: () => plan, now: () => 1000, clock: { now: () => 1000 + later } as never };
  expect(planNow(options)?.sequence).toMatchObject([{ begin: 0, end: 10, before: { begin: 0, end: 5 } }]);
  expect(planNow({ ...options, clock: { now: () => 1000 } as never })).toBe(plan);
  expect(planNow({ ...options, plan: () => ({ ...plan, sequence: [] }) })).toBeNull();
});
