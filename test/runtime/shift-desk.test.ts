/** Figures of shifts beside a disk that takes nothing, and a journal of which no report can be made. */
import { expect, it } from 'vitest';
import type { AgentEvent, Calendar, JournalEntry } from '#agent/contracts/index.js';
import { LinesideError } from '#agent/errors.js';
import { ShiftDesk } from '#agent/runtime/shifts/desk.js';
import { ManualClock } from '../simulators/clock.ts';
import { memoryLog } from '../simulators/log.ts';

const SIX = Date.UTC(2026, 0, 5, 6);
const EVERY = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
const CALENDAR = {
  zone: 'UTC',
  shifts: { early: { from: '06:00', to: '14:00', days: [...EVERY] } },
  breaks: {},
  days_off: [],
  report: true,
} as unknown as Calendar & { readonly report: boolean };

function deskAt(start: number, append: (entry: JournalEntry) => Promise<void>) {
  const clock = new ManualClock(start);
  const recorded: JournalEntry[] = [];
  const told: AgentEvent[] = [];
  const desk = new ShiftDesk({
    clock,
    log: memoryLog(),
    newId: () => 'id',
    time: clock.now,
    calendar: () => CALENDAR,
    machines: () => ({ outlet: undefined }),
    orderTags: () => ({}),
    tags: { latest: () => undefined, onSample: () => () => {}, onLost: () => () => {} },
    records: {
      shiftCounts: async (wishes) => wishes.map(() => ({ parts: [], times: [], complete: true })),
      orderCounts: async () => ({ parts: [], complete: true }),
      shiftsKept: async () => ({ closedTo: null, watchedSince: start }),
      shiftReport: () => Promise.reject(new LinesideError('STORE_FAILED', { why: 'a page of it is damaged' })),
    },
    settled: async () => true,
    append,
    record: (entry) => {
      recorded.push(entry);
      return true;
    },
    rows: (event) => {
      told.push(event);
      return [];
    },
    retain: () => {},
    longest: () => 0,
  });
  return { clock, desk, recorded, told };
}

it('puts one entry before a disk that takes nothing, however many look, and lets none of them wait', async () => {
  let entries = 0;
  const { clock, desk } = deskAt(SIX, () => {
    entries++;
    return new Promise(() => {});
  });
  desk.start();
  for (let looks = 0; looks < 20; looks++) {
    await clock.advance(3000);
    expect((await desk.view(1)).present).toBe('2026-01-05/early');
  }
  expect(entries).toBe(1);
});

it('tells the figures of a shift without its report where none can be made, after a while and once', async () => {
  const { clock, desk, recorded, told } = deskAt(SIX + 8 * 3_600_000 - 1000, async () => {});
  desk.start();
  await clock.advance(9 * 60_000);
  expect(told).toEqual([]);
  await clock.advance(3 * 60_000);
  expect(told.map(({ type }) => type)).toEqual(['shift']);
  expect(recorded.flatMap(({ shifts = [] }) => shifts.map(({ kpi }) => kpi.shift.id))).toEqual(['2026-01-05/early']);
});
