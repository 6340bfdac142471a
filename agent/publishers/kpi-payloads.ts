/** Payloads about shifts. Pure. */
import type { ClosedShift, QualityKpi, Ratio, ReportQueryName, ReportRow, ShiftKpi, ShiftReport } from '../contracts/index.ts';
import { instant, text } from './payloads.ts';
import { type KpiPayload, MOST_VALUES, type ReportPayload, type ShiftPayload } from './schemas.ts';

const MOST_RECIPES = 20;

export function kpiPayload(agent: string, at: number, kpi: ShiftKpi): KpiPayload {
  return { schema: 'lineside.kpi.v1', agent, ...instant(at), ...figures(kpi) };
}

export function shiftPayload(agent: string, { id, at, kpi }: ClosedShift): ShiftPayload {
  return { schema: 'lineside.shift.v1', id, agent, ...instant(at), ...figures(kpi) };
}

function figures(kpi: ShiftKpi) {
  const { shift, times_ms: times, throughput_rate: rate } = kpi;
  return {
    station: text(kpi.station),
    shift: { ...shift, id: text(shift.id), name: text(shift.name) },
    until: Math.round(kpi.until),
    over: kpi.over,
    ...quality(kpi),
    times_ms: {
      planned: Math.round(times.planned),
      watched: Math.round(times.watched),
      running: whole(times.running),
      stopped: whole(times.stopped),
      unknown: whole(times.unknown),
    },
    throughput_rate: rate === null ? null : rounded(rate),
    availability: ratio(kpi.availability),
    effectiveness: ratio(kpi.effectiveness),
    oee: ratio(kpi.oee),
    recipes: kpi.recipes.slice(0, MOST_RECIPES).map((one) => ({ recipe: text(one.recipe), ...quality(one) })),
    doubts: [...kpi.doubts],
  };
}

function quality(kpi: QualityKpi) {
  const { unknown, ...quantities } = kpi.quantities;
  return {
    quantities: { ...quantities, unknown: { ...unknown } },
    quality_ratio: ratio(kpi.quality_ratio),
    scrap_ratio: ratio(kpi.scrap_ratio),
    rework_ratio: ratio(kpi.rework_ratio),
    first_pass_yield: ratio(kpi.first_pass_yield),
  };
}

const rounded = (value: number): number => Math.round(value * 1e6) / 1e6;
const whole = (ms: number | null): number | null => (ms === null ? null : Math.round(ms));
const orNull = (value: number | null): number | null => (value === null ? null : rounded(value));
const ratio = ({ value, low, high }: Ratio) => ({ value: orNull(value), low: orNull(low), high: orNull(high) });

export function reportPayload(
  agent: string,
  id: string,
  { shift, zone, at, complete, queries, worse, quotes }: ShiftReport,
): ReportPayload {
  const rows = (name: ReportQueryName) => (queries.find((query) => query.name === name)?.rows ?? []).slice(0, MOST_VALUES).map(told);
  return {
    schema: 'lineside.report.v1',
    id,
    agent,
    ...instant(at),
    shift: { id: text(shift.id), name: text(shift.name), day: shift.day, from: shift.from, to: shift.to },
    zone: text(zone),
    complete,
    made: rows('made'),
    shifts: rows('shifts'),
    worse: worse.slice(0, MOST_VALUES).map((one) => told({ ...one })),
    reasons: rows('reasons'),
    holds: rows('holds'),
    alarms: rows('alarms'),
    // Who said it stays on the box.
    notes: rows('notes').map(({ who: _, ...note }) => note),
    charts: rows('charts'),
    challenges: rows('challenges'),
    quotes: quotes.slice(0, MOST_VALUES).map((one) => told({ ...one })),
    lasting: rows('lasting'),
    standing: rows('standing'),
    waiting: rows('waiting'),
    contained: rows('contained'),
  };
}

const told = (row: ReportRow): Record<string, string | number | null> =>
  Object.fromEntries(Object.entries(row).map(([name, cell]) => [name, typeof cell === 'string' ? text(cell) : cell]));
