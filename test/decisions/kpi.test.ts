/** Key performance indicators by the formulas of ISO 22400-2, with what is unknown told. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PartCount, ShiftCounts, StationFacts, WatchedTime } from '#agent/contracts/index.js';
import { stationKpi } from '#agent/decisions/kpi/indicators.js';

const HOUR = 3_600_000;
const PLAIN: StationFacts = { station: 'outlet', idealCycle: null, hasMachine: false };
const MACHINE: StationFacts = { station: 'outlet', idealCycle: 2000, hasMachine: true };
const part = (parts: number, more: Partial<PartCount> = {}): PartCount => ({
  station: 'outlet',
  recipe: 'standard',
  verdict: 'ok',
  outcome: 'judged',
  action: '',
  pass: 'first',
  parts,
  ...more,
});
const time = (watched: number, running = 0, stopped = 0): WatchedTime => ({ station: 'outlet', watched, running, stopped });
const counts = (parts: readonly PartCount[], ...times: WatchedTime[]): ShiftCounts => ({ parts, times, complete: true });

describe('a shift worked out by hand', () => {
  // 8 h with a break of half an hour; the machine ran 6 h, stood 1.5 h; 9000 parts at 2 s planned: 8550 good, 270 scrap, 180 to be reworked.
  const kpi = stationKpi(
    MACHINE,
    counts(
      [
        part(8400),
        part(150, { pass: 'again', recipe: 'wide' }),
        part(270, { verdict: 'nok', action: 'reject' }),
        part(180, { verdict: 'nok', action: 'rework' }),
        part(999, { station: 'inlet' }),
      ],
      time(7.5 * HOUR, 6 * HOUR, 1.5 * HOUR),
    ),
    7.5 * HOUR,
  );

  it('has its quantities and the ratios of them', () => {
    expect(kpi.quantities).toMatchObject({ produced: 9000, good: 8550, scrap: 270, rework: 180 });
    expect(kpi.quality_ratio).toEqual({ value: 0.95, low: 0.95, high: 0.95, count: 8550, of: 9000 });
    expect(kpi.scrap_ratio.value).toBe(0.03);
    expect(kpi.rework_ratio.value).toBe(0.02);
    expect(kpi.first_pass_yield).toMatchObject({ value: 8400 / 8850, count: 8400, of: 8850 });
    expect(kpi.throughput_rate).toBe(1200);
    expect(kpi.recipes.map(({ recipe, quantities }) => [recipe, quantities.produced])).toEqual([
      ['standard', 8850],
      ['wide', 150],
    ]);
  });

  it('has availability, effectiveness, and the OEE index that is their product', () => {
    expect(kpi.availability.value).toBe(0.8);
    expect(kpi.effectiveness.value).toBeCloseTo((2000 * 9000) / (6 * HOUR), 12);
    expect(kpi.oee.value).toBeCloseTo(0.8 * (5 / 6) * 0.95, 12);
    expect(kpi.doubts).toEqual([]);
  });
});

describe('what is unknown', () => {
  it('is told beside the value of what is known, never counted as good or bad', () => {
    const unknown = [
      part(10, { verdict: 'review' }),
      part(5, { outcome: 'failed', verdict: 'nok' }),
      part(20, { outcome: 'missed', verdict: 'review', pass: 'unnamed' }),
      part(1, { outcome: 'unrecorded', pass: 'unnamed' }),
    ];
    const kpi = stationKpi(PLAIN, counts([part(90), part(10, { verdict: 'nok' }), ...unknown], time(HOUR)), HOUR);
    expect(kpi.quantities).toEqual({
      produced: 136,
      good: 90,
      scrap: 10,
      rework: 0,
      unknown: { review: 10, failed: 5, missed: 20, unrecorded: 1 },
    });
    expect(kpi.quality_ratio).toEqual({ value: 0.9, low: 90 / 136, high: 126 / 136, count: 90, of: 100 });
    expect(kpi.first_pass_yield).toMatchObject({ value: 0.9, low: 90 / 115, high: 105 / 115 });
    expect(kpi.doubts).toEqual(['parts_unknown', 'parts_without_id']);
    expect([kpi.availability, kpi.effectiveness, kpi.oee].map(({ value }) => value)).toEqual([null, null, null]);
    expect(kpi.times_ms.running).toBe(null);
  });

  it('is no zero: of nothing there is no ratio', () => {
    const kpi = stationKpi(PLAIN, counts([]), 0);
    expect([kpi.quality_ratio.value, kpi.quality_ratio.low, kpi.throughput_rate]).toEqual([null, null, null]);
    expect(stationKpi(PLAIN, counts([part(3, { outcome: 'missed' })]), HOUR).quality_ratio).toMatchObject({ value: null, low: 0, high: 1 });
  });

  it('is the time in which the agent was off, or the tag bad', () => {
    const off = stationKpi(MACHINE, counts([part(900)], time(4 * HOUR, 3 * HOUR, HOUR)), 8 * HOUR);
    expect(off.doubts).toEqual(['agent_off', 'machine_unknown']);
    expect(off.availability).toEqual({ value: 0.75, low: 3 / 8, high: 7 / 8, count: 3 * HOUR, of: 4 * HOUR });
    expect(off.effectiveness).toMatchObject({ value: null, low: (900 * 2000) / (7 * HOUR), high: (900 * 2000) / (3 * HOUR) });
    expect(off.oee.value).toBe(null);
    expect(off.oee.low).toBeCloseTo((2000 * 900) / (8 * HOUR), 12);
    const bad = stationKpi(MACHINE, counts([part(900)], time(8 * HOUR, 3 * HOUR, HOUR)), 8 * HOUR);
    expect(bad.doubts).toEqual(['machine_unknown']);
    expect(stationKpi(PLAIN, { ...counts([]), complete: false }, 0).doubts).toEqual(['not_counted']);
  });
});

describe('laws', () => {
  const parts = fc.array(
    fc.record({
      station: fc.constant('outlet'),
      recipe: fc.constantFrom('a', 'b'),
      verdict: fc.constantFrom('ok', 'nok', 'review'),
      outcome: fc.constantFrom('judged', 'judged', 'failed', 'missed', 'unrecorded'),
      action: fc.constantFrom('', 'reject', 'rework'),
      pass: fc.constantFrom('first', 'again', 'unnamed'),
      parts: fc.integer({ min: 1, max: 1000 }),
    }),
    { maxLength: 12 },
  );
  const times = fc
    .tuple(fc.integer({ min: 1, max: 8 * HOUR }), fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }))
    .map(([planned, known, run]) => ({ planned, running: planned * known * run, stopped: planned * known * (1 - run) }));

  it('each value lies between its bounds, shares of what is known are one together, and so are quantities and recipes', () => {
    fc.assert(
      fc.property(parts, times, (all, { planned, running, stopped }) => {
        const kpi = stationKpi(MACHINE, counts(all, time(planned, running, stopped)), planned);
        const { good, scrap, rework, produced, unknown } = kpi.quantities;
        expect(good + scrap + rework + unknown.review + unknown.failed + unknown.missed + unknown.unrecorded).toBe(produced);
        expect(kpi.recipes.reduce((sum, one) => sum + one.quantities.produced, 0)).toBe(produced);
        for (const { value, low, high } of [kpi.quality_ratio, kpi.scrap_ratio, kpi.rework_ratio, kpi.first_pass_yield, kpi.availability]) {
          if (value === null || low === null || high === null) continue;
          expect(low).toBeLessThanOrEqual(value + 1e-12);
          expect(value).toBeLessThanOrEqual(high + 1e-12);
          expect(high).toBeLessThanOrEqual(1 + 1e-12);
        }
        if (good + scrap + rework > 0)
          expect((kpi.quality_ratio.value ?? 0) + (kpi.scrap_ratio.value ?? 0) + (kpi.rework_ratio.value ?? 0)).toBeCloseTo(1, 12);
      }),
    );
  });

  it('where all is known, OEE is the planned time of the good parts over the planned busy time', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5000 }),
        fc.integer({ min: 0, max: 500 }),
        fc.double({ min: 0.05, max: 1, noNaN: true }),
        (good, bad, run) => {
          const planned = 8 * HOUR;
          const all = [part(good), ...(bad > 0 ? [part(bad, { verdict: 'nok' })] : [])];
          const kpi = stationKpi(MACHINE, counts(all, time(planned, planned * run, planned * (1 - run))), planned);
          expect(kpi.oee.value).toBeCloseTo((2000 * good) / planned, 9);
          expect(kpi.oee.low).toBeCloseTo(kpi.oee.value ?? 0, 9);
        },
      ),
    );
  });
});
