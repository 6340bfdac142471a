/** Parts counted by the slots of the calendar, and shifts that have ended. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type ClosedShift, SLOT } from '#agent/contracts/index.js';
import { stationKpi } from '#agent/decisions/kpi/indicators.js';
import { PartTallies } from '#agent/store/part-tallies.js';
import { shiftCounts, shiftsKept, uncounted } from '#agent/store/shift-counts.js';
import { count, open, openEmpty, put, sql } from './setup.ts';

const START = Date.UTC(2026, 0, 5, 6);
const SPAN = { from: START, to: START + 8 * 3_600_000 };
const WISH = { ...SPAN, planned: [SPAN] };

interface Made {
  readonly minutes: number;
  readonly part: string | null;
  readonly verdict: 'ok' | 'nok';
  readonly outcome: 'judged' | 'missed';
  readonly rework: boolean;
  /** It was to go to rework, and the conveyor could not be told. */
  readonly untold?: boolean;
  /** The clock of the PLC was never set. */
  readonly unset: boolean;
}
const made: fc.Arbitrary<Made> = fc.record({
  minutes: fc.integer({ min: -30, max: 510 }),
  part: fc.constantFrom(null, 'A', 'B', 'C', 'D'),
  verdict: fc.constantFrom('ok', 'ok', 'nok'),
  outcome: fc.constantFrom('judged', 'judged', 'missed'),
  rework: fc.boolean(),
  untold: fc.boolean(),
  unset: fc.boolean(),
});

function store(db: ReturnType<typeof openEmpty>['db'], all: readonly Made[], first = 0): void {
  all.forEach(({ minutes, rework, untold, unset, ...cells }, i) => {
    const id = `i${first + i}`;
    const recorded = START + minutes * 60_000;
    const missed = cells.outcome === 'missed' ? { missed_from: 1, missed_to: 3 } : {};
    put(db, 'inspections', {
      id,
      sequence: first + i + 1,
      at: unset ? 1000 : recorded,
      recorded,
      station: 'outlet',
      reasons: '[]',
      tags: '{}',
      frames: '[]',
      ...missed,
      ...cells,
    });
    if (rework)
      put(db, 'decisions', {
        id: `d${first + i}`,
        station: 'outlet',
        at: recorded,
        inspection: id,
        action: 'rework',
        reason: '',
        rule: '',
        latched: 0,
        ...(untold === undefined ? {} : { route: '{"to":"rework"}' }),
      });
    if (rework && untold)
      put(db, 'decision_writes', {
        decision: `d${first + i}`,
        position: 0,
        tag: 'plc.route',
        value: '2',
        state: 'failed',
        fault: 'BadTimeout',
      });
  });
}

/** By hand: of each kind how many parts. */
function expected(all: readonly Made[]): Record<string, number> {
  const sums: Record<string, number> = {};
  const seen = new Set<string>();
  for (const { minutes, part, verdict, outcome, rework, untold } of all) {
    const pass = part === null ? 'unnamed' : seen.has(part) ? 'again' : 'first';
    if (part !== null && outcome === 'judged') seen.add(part);
    if (minutes < 0 || minutes >= 480) continue;
    const key = [verdict, outcome, rework && !untold ? 'rework' : '', pass].join();
    sums[key] = (sums[key] ?? 0) + (outcome === 'missed' ? 3 : 1);
  }
  return sums;
}

const found = (db: ReturnType<typeof openEmpty>['db'], most?: number) => {
  const [counts] = shiftCounts(db, [WISH], most);
  const sums: Record<string, number> = {};
  for (const one of counts?.parts ?? []) sums[[one.verdict, one.outcome, one.action, one.pass].join()] = one.parts;
  return { sums, complete: counts?.complete };
};

it('counts the same whether rows are counted already or not, and says what is missing', () => {
  fc.assert(
    fc.property(
      fc.array(made, { maxLength: 30 }),
      fc.array(made, { minLength: 1, maxLength: 10 }),
      fc.integer({ min: 1, max: 7 }),
      (before, after, size) => {
        const { db } = openEmpty();
        store(db, before);
        expect(found(db).sums).toEqual(expected(before));
        const index = new PartTallies(size);
        index.refill();
        while (index.step(db));
        expect(uncounted(db)).toBe(0);
        expect(found(db, 0)).toEqual({ sums: expected(before), complete: true });
        store(db, after, before.length);
        expect(found(db)).toEqual({ sums: expected([...before, ...after]), complete: true });
        expect(found(db, 0)).toEqual({ sums: expected(before), complete: false });
        db.close();
      },
    ),
    { numRuns: 25 },
  );
});

it('counts each part once where what was counted is damaged and put aside', () => {
  const { db } = openEmpty();
  const one = { verdict: 'ok', outcome: 'judged', rework: false, unset: false } as const;
  const all = [1, 2, 3].map((n): Made => ({ ...one, minutes: 10 * n, part: `P${n}` }));
  store(db, all);
  const index = new PartTallies(100);
  index.refill();
  while (index.step(db));
  expect(index.setAside(db)).toBe(true);
  expect(found(db).sums).toEqual({ 'ok,judged,,first': 3 });
  index.refill();
  while (index.step(db));
  expect(found(db, 0)).toEqual({ sums: { 'ok,judged,,first': 3 }, complete: true });
});

it('shows the other shifts where the figures of one are damaged', () => {
  const { db } = openEmpty();
  const cells = { station: 'outlet', began: 1, ended: 2, recorded: 3 };
  put(db, 'shifts', { ...cells, shift: '2026-01-05/early', id: 'a', figures: '{"quantities":{"produced":7}}' });
  put(db, 'shifts', { ...cells, shift: '2026-01-05/late', id: 'b', figures: '{"quan' });
  expect(db.prepare('SELECT shift, produced FROM shift_log ORDER BY shift').raw().all()).toEqual([
    ['2026-01-05/early', 7],
    ['2026-01-05/late', null],
  ]);
});

it('puts the parts after a weekend off into their own shift, while the agent’s time is still that of Friday', () => {
  const { db } = openEmpty();
  store(db, [{ minutes: 60, part: 'A', verdict: 'ok', outcome: 'judged', rework: false, unset: false }]);
  db.prepare('UPDATE inspections SET recorded = at - ?').run(60 * 3_600_000);
  expect(found(db).sums).toEqual({ 'ok,judged,,first': 1 });
  // A PLC that is hours ahead is a clock that is wrong.
  db.prepare('UPDATE inspections SET recorded = at - ?').run(5 * 3_600_000);
  expect(found(db).sums).toEqual({});
});

it('reads rows that are not counted yet by their place alone', () => {
  const { db } = openEmpty();
  const plan = db.prepare('EXPLAIN QUERY PLAN SELECT sum(parts) FROM part_counts WHERE slot >= 1 AND slot < 9').all() as {
    detail: string;
  }[];
  const scans = plan.map(({ detail }) => detail).filter((detail) => /SCAN (inspections|t|i)\b/.test(detail));
  expect(scans).toEqual([]);
});

it('keeps figures a day longer than the records that are deleted', () => {
  const { db } = openEmpty();
  const plain: Made = { minutes: 0, part: null, verdict: 'ok', outcome: 'judged', rework: false, unset: false };
  store(db, [plain, { ...plain, minutes: 60 }, { ...plain, minutes: 60 * 50 }]);
  const index = new PartTallies();
  index.refill();
  while (index.step(db));
  db.exec("DELETE FROM inspections WHERE id = 'i0'");
  expect(found(db).sums).toEqual({ 'ok,judged,,unnamed': 2 });
  db.exec("DELETE FROM inspections WHERE id = 'i2'");
  expect(found(db).sums).toEqual({});
});

const shift = (id: string): ClosedShift => ({
  id,
  at: SPAN.to,
  kpi: {
    ...stationKpi({ station: 'outlet', idealCycle: null, hasMachine: false }, { parts: [], times: [], complete: true }, 0),
    shift: { id: '2026-01-05/early', name: 'early', day: '2026-01-05', ...SPAN },
    until: SPAN.to,
    over: true,
  },
});

it('takes what is told of a shift once, and adds what was watched', async () => {
  const { store: journal, path } = await open();
  const event = (id: string) => ({ publisher: 'mqtt', eventId: id, station: 'outlet', topic: 't', payload: '{}' });
  const slot = START / SLOT;
  const watched = [{ slot, station: 'outlet', watched: 1000, running: 400, stopped: 100 }];
  await journal.journal.append({ shifts: [shift('one')], outbox: [event('one')], watched });
  await journal.journal.append({ shifts: [shift('two')], outbox: [event('two')] });
  await journal.journal.append({ watched });
  await journal.stop();
  expect(sql(path, 'SELECT id FROM shifts')).toEqual([{ id: 'one' }]);
  expect(sql(path, 'SELECT event_id FROM outbox')).toEqual([{ event_id: 'one' }]);
  expect(sql(path, 'SELECT watched, running, stopped FROM watched_slots')).toEqual([{ watched: 2000, running: 800, stopped: 200 }]);
  expect(count(path, 'shift_log')).toBe(1);
  const { db } = openEmpty();
  put(db, 'watched_slots', { slot, station: 'outlet', watched: 1, running: 0, stopped: 0 });
  expect(shiftsKept(db)).toEqual({ closedTo: null, watchedSince: START });
});
