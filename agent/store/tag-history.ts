/** Tags as the windows of stored inspections have them: laid end to end on one grid to learn from, and a few of them to look at. */
import type Database from 'better-sqlite3';
import type { TagTrend, TagTrendWish } from '../contracts/index.ts';
import { openedWindow, type StoredWindow } from './packing.ts';
import { openJournal } from './read.ts';

type Row = StoredWindow & Readonly<Record<'at' | 'ends_at' | 'every_ms', number>>;

const WINDOWS = `SELECT i.at, w.ends_at, w.every_ms, w.steps, w.tags, w.data FROM inspections i JOIN windows w ON w.inspection = i.id
  WHERE i.station = @station AND i.at >= @from AND i.at < @to ORDER BY i.at`;
/** Parts of all stations that are looked at for one point, at most: however long the time, and whatever is asked for, it has an end. */
const LOOKS_AT = 200;
const FIRST = `SELECT i.at, w.ends_at, w.every_ms, w.steps, w.tags, w.data
  FROM (SELECT id, at, station FROM inspections WHERE at >= @from AND at < @to ORDER BY at LIMIT ${LOOKS_AT}) i
  JOIN windows w ON w.inspection = i.id WHERE i.station = @station ORDER BY i.at LIMIT 1`;
/** Qualities from this on are no values: bad, or a gap. */
const UNKNOWN = 2;

/** The values at the trigger of one part in each of so many equal times, the first there is; of a damaged one nothing. */
export function tagTrend(db: Database.Database, { station, from, to, points }: TagTrendWish): TagTrend {
  const first = db.prepare<[object], Row>(FIRST);
  const step = (to - from) / points;
  const found: Point[] = [];
  for (let i = 0; i < points; i++) {
    const row = first.get({ station, from: from + i * step, to: from + (i + 1) * step });
    const window = row && openedWindow(row);
    if (window) found.push({ at: row.at, names: row.tags, tags: window.tags, values: lastOf(window) });
  }
  const newest = found.at(-1);
  // Parts of another config had other tags.
  const alike = found.filter(({ names }) => names === newest?.names);
  const trend = (tag: string, column: number) => ({ tag, values: alike.map(({ values }) => values[column] ?? null) });
  return { times: alike.map(({ at }) => at), tags: (newest?.tags ?? []).map(trend) };
}

interface Point {
  readonly at: number;
  /** As they are stored. */
  readonly names: string;
  readonly tags: readonly string[];
  readonly values: readonly (number | null)[];
}

type Opened = NonNullable<ReturnType<typeof openedWindow>>;

function lastOf({ tags, values, quality }: Opened): readonly (number | null)[] {
  const from = values.length - tags.length;
  return [...values.subarray(from)].map((value, i) => ((quality[from + i] ?? UNKNOWN) < UNKNOWN && Number.isFinite(value) ? value : null));
}

export interface StretchWish {
  readonly station: string;
  readonly from: number;
  readonly to: number;
  /** Windows of other tags, or of another grid, are left out. */
  readonly tags: readonly string[];
  readonly every: number;
}

export interface StoredStretch {
  /** Of each row, ms since 1970, ascending. */
  readonly times: readonly number[];
  /** [rows x tags]; NaN where nothing was known. */
  readonly values: Float32Array<ArrayBuffer>;
}

/** Rows of one stretch, at most: three days of five a second. */
const MOST_ROWS = 1_500_000;

/** For processes of their own. Throws STORE_MISSING or STORE_FAILED. */
export function storedStretch(folder: string, { station, from, to, tags, every }: StretchWish): StoredStretch {
  const db = openJournal(folder);
  try {
    const names = JSON.stringify(tags);
    const rows = new Map<number, Float32Array>();
    // What a window shows of the time before its own trigger may be of another part than the stretch begins with.
    for (const row of db.prepare<[object], Row>(WINDOWS).iterate({ station, from, to })) {
      if (row.tags !== names || row.every_ms !== every) continue;
      const window = openedWindow(row);
      if (window) layOut(row, window, { from, every }, rows);
      if (rows.size > MOST_ROWS) break;
    }
    const order = [...rows.keys()].sort((a, b) => a - b);
    const values = new Float32Array(order.length * tags.length);
    for (const [i, at] of order.entries()) values.set(rows.get(at) ?? [], i * tags.length);
    return { times: order.map((at) => at * every), values };
  } finally {
    db.close();
  }
}

/** Windows overlap, and each says the same of what they share; the later one knows what came late. */
function layOut(
  { ends_at, steps }: Row,
  { tags: { length: width }, values, quality }: Opened,
  { from, every }: { readonly from: number; readonly every: number },
  rows: Map<number, Float32Array>,
): void {
  const last = Math.round(ends_at / every);
  for (let step = 0; step < steps; step++) {
    const place = last - (steps - 1 - step);
    if (place * every < from) continue;
    const row = values.slice(step * width, (step + 1) * width);
    for (let c = 0; c < width; c++) if ((quality[step * width + c] ?? UNKNOWN) >= UNKNOWN) row[c] = Number.NaN;
    rows.set(place, row);
  }
}
