/** Parts by the order that their records name, for figures by order: counted from the records themselves, the newest of them. */
import type Database from 'better-sqlite3';
import { type OrderCount, type OrderCounts, type OrderCountsWish, SLOT } from '../contracts/index.ts';

/** Records that are walked through for one answer, of all stations. */
export const MOST_WALKED = 50_000;

export function orderCounts(db: Database.Database, wish: OrderCountsWish, most = MOST_WALKED): OrderCounts {
  return db.transaction(() => {
    const newest = db.prepare<[], number | null>('SELECT max(rowid) FROM inspections').pluck().get() ?? 0;
    const low = Math.max(0, newest - most);
    const parts = Object.entries(wish.tags).flatMap(([station, tag]) => countsOf(db, { ...wish, station, tag, low }));
    return { parts, complete: low === 0 || isBefore(db, low, wish.from) };
  })();
}

interface Walk {
  readonly station: string;
  readonly tag: string;
  readonly from: number;
  readonly to: number;
  readonly low: number;
}

function countsOf(db: Database.Database, { station, tag, from, to, low }: Walk): readonly OrderCount[] {
  // Names of tags have letters, digits, dots and underscores alone; see config/pieces.ts.
  if (!/^[a-z0-9_.]+$/.test(tag)) return [];
  const select = `
    SELECT t.station, CAST(i.tags ->> '$."${tag}".value' AS TEXT) AS "order", t.recipe, t.verdict, t.outcome, t.action, t.pass,
      sum(t.parts) AS parts, min(m.moment) AS first, max(m.moment) AS last
    FROM part_tallies_of t JOIN inspections i ON i.rowid = t.inspection JOIN moments_of m ON m.inspection = t.inspection
    WHERE t.inspection > @low AND t.station = @station AND t.slot >= @from AND t.slot < @to AND json_valid(i.tags)
    GROUP BY t.station, "order", t.recipe, t.verdict, t.outcome, t.action, t.pass`;
  const slots = { from: Math.floor(from / SLOT), to: Math.ceil(to / SLOT) };
  return db
    .prepare<[object], Omit<OrderCount, 'order'> & { readonly order: string | null }>(select)
    .all({ station, low, ...slots })
    .flatMap((row) => (row.order === null || row.order === '' ? [] : [{ ...row, order: row.order }]));
}

/** What was left out is older than the stretch. */
function isBefore(db: Database.Database, low: number, from: number): boolean {
  const recorded = db.prepare<[number], number | null>('SELECT recorded FROM inspections WHERE rowid > ? ORDER BY rowid LIMIT 1').pluck();
  return (recorded.get(low) ?? Number.POSITIVE_INFINITY) < from;
}
