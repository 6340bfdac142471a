/** Shifts on the calendar: at most one at a time, the right length over both changes of the clocks, and on the day on which they begin. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Calendar,
  type DayTimes,
  instantOf,
  isZone,
  lastShifts,
  plannedIn,
  SLOT,
  shiftAt,
  shiftOf,
  shiftsIn,
  WEEKDAYS,
  wallAt,
  weekFaults,
} from '#agent/contracts/calendar.js';

const HOUR = 3_600_000;
const every = (from: string, to: string): DayTimes => ({ from, to, days: WEEKDAYS });
const BERLIN: Calendar = {
  zone: 'Europe/Berlin',
  shifts: { early: every('06:00', '14:00'), late: every('14:00', '22:00'), night: every('22:00', '06:00') },
  breaks: { meal: every('02:00', '02:30'), lunch: every('10:00', '10:15') },
  days_off: [],
};
const ZONES = [
  'Europe/Berlin',
  'America/New_York',
  'Asia/Kolkata',
  'Australia/Lord_Howe',
  'Asia/Kathmandu',
  'UTC',
  'Pacific/Apia',
] as const;
const clock = (slot: number) => `${String(Math.floor(slot / 12)).padStart(2, '0')}:${String((slot % 12) * 5).padStart(2, '0')}`;

/** Cuts of a day, and the shifts between them that are worked. */
const calendars: fc.Arbitrary<Calendar> = fc
  .record({
    zone: fc.constantFrom(...ZONES),
    cuts: fc.uniqueArray(fc.nat({ max: 287 }), { minLength: 1, maxLength: 6 }),
    days: fc.array(fc.subarray([...WEEKDAYS], { minLength: 1 }), { minLength: 6, maxLength: 6 }),
  })
  .map(({ zone, cuts, days }) => {
    const sorted = [...cuts].sort((a, b) => a - b);
    const shifts = sorted.map((cut, i) => [
      `s${i}`,
      { from: clock(cut), to: clock(sorted[(i + 1) % sorted.length] ?? cut), days: days[i] ?? WEEKDAYS },
    ]);
    return { zone, shifts: Object.fromEntries(shifts) as Calendar['shifts'], breaks: BERLIN.breaks, days_off: [] };
  });
/** Of 2026, more of it where clocks change. */
const instants = fc.oneof(
  fc.integer({ min: Date.UTC(2026, 0, 1), max: Date.UTC(2026, 11, 31) }),
  ...[Date.UTC(2026, 2, 29, 1), Date.UTC(2026, 9, 25, 1), Date.UTC(2026, 2, 8, 7), Date.UTC(2026, 9, 3, 15, 30)].map((at) =>
    fc.integer({ min: at - 4 * HOUR, max: at + 4 * HOUR }),
  ),
);

describe('laws of shifts', () => {
  it('every instant is in at most one, which begins before it ends and says so of itself', () => {
    fc.assert(
      fc.property(calendars, instants, (calendar, at) => {
        expect(weekFaults(calendar.shifts).overlaps).toEqual([]);
        const near = shiftsIn(calendar, { from: at, to: at + 1 });
        expect(near.length).toBeLessThanOrEqual(1);
        expect(shiftAt(calendar, at)).toEqual(near[0] ?? null);
        for (const shift of shiftsIn(calendar, { from: at - 48 * HOUR, to: at + 48 * HOUR })) {
          expect(shift.from).toBeLessThan(shift.to);
          expect(shiftOf(calendar, shift.id)).toEqual(shift);
          expect(shiftAt(calendar, shift.from)?.id).toBe(shift.id);
          expect(shiftAt(calendar, shift.to - 1)?.id).toBe(shift.id);
          expect(shift.from % SLOT).toBe(0);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('none overlaps the next, and what is planned lies in it, in order and without its breaks', () => {
    fc.assert(
      fc.property(calendars, instants, (calendar, at) => {
        const all = shiftsIn(calendar, { from: at - 72 * HOUR, to: at + 72 * HOUR });
        all.slice(1).forEach((shift, i) => {
          expect(shift.from).toBeGreaterThanOrEqual(all[i]?.to ?? 0);
        });
        for (const shift of all) {
          let before = shift.from;
          for (const { from, to } of plannedIn(calendar, shift)) {
            expect(from).toBeGreaterThanOrEqual(before);
            expect(to).toBeGreaterThan(from);
            expect(to).toBeLessThanOrEqual(shift.to);
            before = to;
          }
        }
      }),
      { numRuns: 40 },
    );
  });

  it('a local time that there is becomes an instant that says it', () => {
    fc.assert(
      fc.property(fc.constantFrom(...ZONES), instants, (zone, at) => {
        const wall = wallAt(zone, at);
        const found = instantOf(zone, wall);
        expect(wallAt(zone, found)).toBe(wall);
        expect(found).toBeLessThanOrEqual(at);
      }),
      { numRuns: 300 },
    );
  });
});

describe('the nights of the change in Berlin', () => {
  it.each([
    ['spring', '2026-03-28/night', 7],
    ['autumn', '2026-10-24/night', 9],
    ['an ordinary one', '2026-11-02/night', 8],
  ])('%s: the night of %s has %i hours and belongs to the day before', (_, id, hours) => {
    const night = shiftOf(BERLIN, id);
    expect(night && (night.to - night.from) / HOUR).toBe(hours);
    expect(night && new Date(wallAt(BERLIN.zone, night.from)).toISOString()).toBe(`${id.slice(0, 10)}T22:00:00.000Z`);
    expect(night && shiftAt(BERLIN, night.to - 1)?.id).toBe(id);
  });

  it('a break in the hour that is skipped is none, one in the hour that comes twice is taken once', () => {
    const planned = (id: string) =>
      plannedIn(BERLIN, shiftOf(BERLIN, id) ?? { from: 0, to: 0 }).reduce((sum, { from, to }) => sum + to - from, 0);
    expect(planned('2026-03-28/night') / HOUR).toBe(7);
    expect(planned('2026-10-24/night') / HOUR).toBe(8.5);
  });
});

it('tells the last ones, newest first, over days on which none begins', () => {
  const closed = { ...BERLIN, days_off: ['2026-11-30'] };
  const at = Date.UTC(2026, 11, 1, 6);
  expect(lastShifts(closed, at, 3).map(({ id }) => id)).toEqual(['2026-12-01/early', '2026-11-29/night', '2026-11-29/late']);
  expect(shiftAt(closed, Date.UTC(2026, 10, 30, 12))).toBe(null);
});

it('tells when two run at once and when none does', () => {
  const days = ['mon', 'tue', 'wed', 'thu', 'fri'] as const;
  const faults = weekFaults({
    early: { from: '06:00', to: '14:10', days },
    late: { from: '14:00', to: '22:00', days },
    night: { from: '22:00', to: '06:00', days },
  });
  expect(faults.overlaps).toEqual([{ one: 'early', other: 'late', at: 'mon 14:00' }]);
  expect(faults.gaps).toEqual([{ from: 'sat 06:00', to: 'mon 06:00' }]);
});

it('knows zones by their names', () => {
  expect(['Europe/Berlin', 'Europe/Dresden', 'CET+1', ''].map(isZone)).toEqual([true, false, false, false]);
});
