/** What the journal counts of stretches of time, for figures by shift. */
import type Database from 'better-sqlite3';
import {
  type ClosedShift,
  type PartCount,
  type ShiftCounts,
  type ShiftCountsWish,
  type ShiftsKept,
  SLOT,
  type WatchedTime,
} from '../contracts/index.ts';
import { partsTallied } from './part-tallies.ts';
import { jsonOr } from './read.ts';

/** Records that are not counted yet and are looked at by themselves. */
const MOST_BEHIND = 5000;

/** Of parts: of whole slots. */
export const PART_COUNTS = `
SELECT station, recipe, verdict, outcome, action, pass, sum(parts) AS parts FROM part_counts
WHERE slot >= :from / 300000 AND slot < :to / 300000 GROUP BY station, recipe, verdict, outcome, action, pass`;
const TALLIED = PART_COUNTS.replace('part_counts', 'part_tallies');
const WATCHED = `
SELECT station, sum(watched) AS watched, sum(running) AS running, sum(stopped) AS stopped FROM watched_slots
WHERE slot >= :from / 300000 AND slot < :to / 300000 GROUP BY station`;

/** In the order of the wishes, of one moment. */
export function shiftCounts(db: Database.Database, wishes: readonly ShiftCountsWish[], mostBehind = MOST_BEHIND): readonly ShiftCounts[] {
  return db.transaction(() => wishes.map((wish) => countsOf(db, wish, mostBehind)))();
}

function countsOf(db: Database.Database, wish: ShiftCountsWish, mostBehind: number): ShiftCounts {
  const isNear = uncounted(db) <= mostBehind;
  const parts = db.prepare<[object], PartCount>(isNear ? PART_COUNTS : TALLIED).all(slotsOf(wish));
  return { parts, times: timesOf(db, wish), complete: isNear || isCounted(db, wish.from) };
}

/** A stretch that ends within a slot, as the present shift does, has that slot too. */
const slotsOf = ({ from, to }: { readonly from: number; readonly to: number }) => ({
  from: Math.floor(from / SLOT) * SLOT,
  to: Math.ceil(to / SLOT) * SLOT,
});

function timesOf(db: Database.Database, { planned }: ShiftCountsWish): readonly WatchedTime[] {
  const sums = new Map<string, { station: string; watched: number; running: number; stopped: number }>();
  for (const stretch of planned) {
    for (const { station, watched, running, stopped } of db.prepare<[object], WatchedTime>(WATCHED).all(slotsOf(stretch))) {
      const sum = sums.get(station) ?? { station, watched: 0, running: 0, stopped: 0 };
      sums.set(station, { station, watched: sum.watched + watched, running: sum.running + running, stopped: sum.stopped + stopped });
    }
  }
  return [...sums.values()];
}

/** Rows beside what is counted: the newest, and the oldest while a journal is counted for the first time. */
export function uncounted(db: Database.Database): number {
  const end = (which: 'min' | 'max') => db.prepare<[], number | null>(`SELECT ${which}(rowid) FROM inspections`).pluck().get() ?? null;
  const [oldest, newest] = [end('min'), end('max')];
  if (oldest === null || newest === null) return 0;
  const span = partsTallied(db);
  return span === null ? newest - oldest + 1 : Math.max(0, newest - span.to) + Math.max(0, span.from - oldest);
}

/** Everything that was recorded since then is counted: what is missing is older. */
function isCounted(db: Database.Database, from: number): boolean {
  const span = partsTallied(db);
  const newest = db.prepare<[], number | null>('SELECT max(rowid) FROM inspections').pluck().get() ?? 0;
  if (span === null || span.to < newest) return false;
  const recorded = db.prepare<[number], number | null>('SELECT recorded FROM inspections WHERE rowid >= ? ORDER BY rowid LIMIT 1').pluck();
  return (recorded.get(span.from) ?? Number.POSITIVE_INFINITY) < from;
}

export function shiftsKept(db: Database.Database): ShiftsKept {
  const closedTo = db.prepare<[], number | null>('SELECT max(ended) FROM shifts').pluck().get() ?? null;
  const slot = db.prepare<[], number | null>('SELECT min(slot) FROM watched_slots').pluck().get() ?? null;
  return { closedTo, watchedSince: slot === null ? null : slot * SLOT };
}

/** As it was published; null where it was not closed. */
export function closedShift(db: Database.Database, shift: string, station: string): ClosedShift['kpi'] | null {
  const figures = db
    .prepare<[string, string], string>('SELECT figures FROM shifts WHERE shift = ? AND station = ?')
    .pluck()
    .get(shift, station);
  return figures === undefined ? null : (jsonOr(figures) as ClosedShift['kpi']);
}
