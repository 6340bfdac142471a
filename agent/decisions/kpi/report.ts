/** What got worse in a shift, and since when: shares of reasons on a p chart of the shifts before. Pure. */
import {
  type Calendar,
  lastShifts,
  type Quote,
  quotesOf,
  type ReportQuery,
  type ReportQueryName,
  type ReportRow,
  type ReportWish,
  type Shift,
  type ShiftReport,
  type WorseReason,
} from '../../contracts/index.ts';
import { p } from '../spc/attributes.ts';
import { changeInShare } from '../spc/changepoint.ts';
import type { Count } from '../spc/charts.ts';

/** Shifts that a yield is held against. */
const BEFORE = 10;
/** Fewer shifts say nothing of what is usual. */
const LEAST_SHIFTS = 2;

/** `now`: of the present shift there is what it has so far. */
export function reportWish(calendar: Calendar, shift: Shift, now: number): ReportWish {
  const before = lastShifts(calendar, shift.from - 1, BEFORE).map(({ id, from, to }) => ({ id, from, to }));
  return { id: shift.id, from: shift.from, to: Math.max(shift.from, Math.min(shift.to, now)), before: before.toReversed(), now };
}

interface Made {
  readonly queries: readonly ReportQuery[];
  readonly complete: boolean;
}

export function shiftReport(zone: string, shift: Shift, { queries, complete }: Made, now: number): ShiftReport {
  return {
    shift: { ...shift, over: shift.to <= now },
    zone,
    at: now,
    complete,
    queries,
    worse: worseIn(queries, shift.id),
    quotes: quotesIn(queries),
  };
}

/** Texts that were said, as the fewest that stand for them. */
export const quotesIn = (queries: readonly ReportQuery[]): readonly Quote[] =>
  quotesOf(
    rowsIn(queries, 'said').map(({ text, times, first, last }) => ({
      text: String(text),
      times: Number(times),
      first: Number(first),
      last: Number(last),
    })),
  );

export const rowsIn = (queries: readonly ReportQuery[], name: ReportQueryName): readonly ReportRow[] =>
  queries.find((query) => query.name === name)?.rows ?? [];

/** `shift`: id of the one that the report is of. Most parts above their limit first. */
export function worseIn(queries: readonly ReportQuery[], shift: string): readonly WorseReason[] {
  const sizes = new Map(rowsIn(queries, 'shifts').map((row) => [`${row['station']} ${row['shift']}`, Number(row['known'])]));
  const reasons = new Map<string, ReportRow>();
  for (const row of rowsIn(queries, 'reason_shifts')) if (row['shift'] === shift) reasons.set(`${row['station']} ${row['reason']}`, row);
  return [...reasons.values()]
    .flatMap((row) => worse(queries, sizes, row, shift) ?? [])
    .sort((a, b) => b.parts - b.upper * b.of - (a.parts - a.upper * a.of));
}

function worse(queries: readonly ReportQuery[], sizes: ReadonlyMap<string, number>, row: ReportRow, shift: string): WorseReason | null {
  const [station, reason] = [String(row['station']), String(row['reason'])];
  const counted = new Map(
    rowsIn(queries, 'reason_shifts').flatMap((one) =>
      one['station'] === station && one['reason'] === reason ? [[String(one['shift']), Number(one['parts'])] as const] : [],
    ),
  );
  const before: Count[] = [...sizes].flatMap(([key, size]) => {
    const [of, id] = [key.slice(0, key.lastIndexOf(' ')), key.slice(key.lastIndexOf(' ') + 1)];
    return of === station && id !== shift && size > 0 ? [{ count: counted.get(id) ?? 0, size }] : [];
  });
  const now: Count = { count: Number(row['parts']), size: sizes.get(`${station} ${shift}`) ?? 0 };
  if (before.length < LEAST_SHIFTS || now.size === 0) return null;
  const learned = p.learn(before);
  const { statistic, center, upper } = p.open(learned)(now);
  if (!(statistic > upper)) return null;
  return {
    station,
    reason,
    parts: now.count,
    of: now.size,
    share: statistic,
    center,
    upper,
    since: sinceOf(queries, station, reason, learned.rate),
  };
}

/** Of a reason that there never was, one part in all is the least that the odds can be changed of. */
function sinceOf(queries: readonly ReportQuery[], station: string, reason: string, rate: number): number | null {
  const hours = new Map<number, { count: number; size: number }>();
  for (const row of rowsIn(queries, 'reason_hours')) {
    if (row['station'] !== station) continue;
    const hour = hours.get(Number(row['hour'])) ?? { count: 0, size: 0 };
    hours.set(Number(row['hour']), hour);
    hour.size += Number(row['parts']);
    if (row['reason'] === reason) hour.count += Number(row['parts']);
  }
  const all = [...hours].sort(([a], [b]) => a - b);
  const made = all.reduce((sum, [, { size }]) => sum + size, 0);
  if (made === 0 || rate >= 1) return null;
  const change = changeInShare(
    all.map(([, count]) => count),
    Math.max(rate, 1 / (made + 1)),
    'above',
  );
  return change === null ? null : (all[change.likely]?.[0] ?? null);
}
