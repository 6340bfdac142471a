/** Parts that a person should look at and nobody has labelled, newest first; see tallies.ts for how they are found. */
import type Database from 'better-sqlite3';
import { isOfRandomShare, MOST_WAITING, type ReviewItem, type ReviewPage, type ReviewWhy, type ReviewWish } from '../contracts/index.ts';
import { type Milliseconds, systemClock } from '../time.ts';
import { placeIn, Search } from './search.ts';

const PATIENCE: Milliseconds = 80;
const MOST_KINDS = 9;
/** Labels whose kinds are counted. */
const KINDS_OF = 5000;
/** As the view `review_of` adds them up. */
const BITS: Readonly<Record<ReviewWhy, number>> = { abstained: 1, near: 2, random: 4, unlike: 8 };
/** Looked at between two looks at the clock. */
const CHUNK = 128;

interface Place {
  readonly at: number;
  readonly row: number;
}
interface Row extends Place {
  readonly why: number;
  /** Of that station, and nobody has labelled it. */
  readonly waits: 0 | 1;
}

export function reviewPage(db: Database.Database, wish: ReviewWish): ReviewPage {
  const ends = systemClock.elapsed() + PATIENCE;
  const first = { at: Number.MAX_SAFE_INTEGER, row: 0 };
  const start = wish.cursor === undefined ? first : placeIn(wish.cursor);
  const search = new Search(db);
  const items: ReviewItem[] = [];
  const end = walk(db, wish, start, (row) => {
    const summary = search.summary(row.row);
    if (summary) items.push(itemOf(summary, row.why));
    return items.length < wish.limit && systemClock.elapsed() <= ends;
  });
  let waiting = 0;
  walk(db, wish, first, () => ++waiting < MOST_WAITING && systemClock.elapsed() <= ends);
  return {
    items,
    next: end && `${end.at}_${end.row}`,
    complete: end === null || items.length >= wish.limit,
    waiting: Math.max(waiting, items.length),
    kinds: kindsIn(db),
  };
}

/** Along those that wait, newest first, until `each` has enough or the time is over; null: that were all. */
function walk(db: Database.Database, { station, why }: ReviewWish, start: Place, each: (row: Row) => boolean): Place | null {
  const chunk = db.prepare<[object], Row>(`
    SELECT r.at, r.inspection AS row, r.why, (@station IS NULL OR i.station = @station) AND i.at = r.at
      AND NOT EXISTS (SELECT 1 FROM labels l WHERE l.inspection = i.id AND l.undone IS NULL) AS waits
    FROM (SELECT * FROM review_rows WHERE (at, inspection) < (@at, @row) ORDER BY at DESC, inspection DESC LIMIT ${CHUNK}) r
    LEFT JOIN inspections i ON i.rowid = r.inspection ORDER BY r.at DESC, r.inspection DESC`);
  const ends = systemClock.elapsed() + PATIENCE;
  const bits = why === undefined ? ~0 : BITS[why];
  for (let place = start; ; ) {
    const rows = chunk.all({ ...place, station: station ?? null });
    for (const row of rows) if (row.waits && row.why & bits && !each(row)) return row;
    const last = rows.at(-1);
    if (!last || rows.length < CHUNK) return null;
    if (systemClock.elapsed() > ends) return last;
    place = { at: last.at, row: last.row };
  }
}

/** Why else it stands here would tell what the agent said of it. */
function itemOf(summary: NonNullable<ReturnType<Search['summary']>>, why: number): ReviewItem {
  if (isOfRandomShare(summary.id)) return { ...summary, verdict: null, reasons: [], scores: [], answer: '', why: ['random'] };
  const all = (['unlike', 'abstained', 'near'] as const).filter((one) => why & BITS[one]);
  return { ...summary, why: all };
}

const kindsIn = (db: Database.Database): readonly string[] =>
  db
    .prepare<[], string>(
      `SELECT kind FROM (SELECT kind FROM labels WHERE kind IS NOT NULL AND undone IS NULL ORDER BY rowid DESC LIMIT ${KINDS_OF})
       GROUP BY kind ORDER BY count(*) DESC, kind LIMIT ${MOST_KINDS}`,
    )
    .pluck()
    .all();
