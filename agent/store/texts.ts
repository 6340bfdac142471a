/** What machines say, in the journal: read by the page and by commands. At most as many rows as the journal keeps of them, 100,000. */
import type Database from 'better-sqlite3';
import type { MachineText, TextsWish } from '../contracts/index.ts';

const MOST = 1000;
const CELLS = 't.id, t.at, t.stamped, t.source, t.origin, t.name, t.station, t.severity, t.condition, t.acked, t.state, t.ended, t.text';

/** Newest first. With `from` also those that began before and were active then. */
export function textsIn(db: Database.Database, { station, origin, from, to, active, limit }: TextsWish): readonly MachineText[] {
  const rows = db
    .prepare<[object], TextRow>(
      `SELECT ${CELLS} FROM texts t WHERE t.at < @to AND (t.at >= @from OR t.state = 'active' OR t.ended >= @from)
         AND (@station IS NULL OR t.station IS NULL OR t.station = @station) AND (@origin IS NULL OR t.origin = @origin)
         AND (@active IS NULL OR ifnull(t.state = 'active', 0) = @active)
       ORDER BY t.at DESC, t.number DESC LIMIT @limit`,
    )
    .all({
      station: station ?? null,
      origin: origin ?? null,
      from: from ?? Number.MIN_SAFE_INTEGER,
      to: to ?? Number.MAX_SAFE_INTEGER,
      active: active === undefined ? null : Number(active),
      limit: Math.min(MOST, limit),
    });
  return rows.map(textOf);
}

type TextRow = Omit<MachineText, 'acked'> & { readonly acked: number | null };
const textOf = (row: TextRow): MachineText => ({ ...row, acked: row.acked === null ? null : row.acked === 1 });
