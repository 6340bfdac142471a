/** Where parts went, in the journal. */
import type Database from 'better-sqlite3';
import type { RoutedPart, RoutedWish } from '../contracts/index.ts';

const CELLS = `id, part, station, inspection, destination AS "to", instead_of, why, sent, place, arrived, fault, ended, ending AS "end"`;

/** Those that have not ended, the oldest first; or, of one part, its newest ways, the newest first. */
export function routedParts(db: Database.Database, { part, limit }: RoutedWish): readonly RoutedPart[] {
  if (part !== undefined)
    return db
      .prepare<[string, number], RoutedPart>(`SELECT ${CELLS} FROM routed_parts WHERE part = ? ORDER BY number DESC LIMIT ?`)
      .all(part, limit);
  const open = `SELECT * FROM routed_parts WHERE ended IS NULL ORDER BY number DESC LIMIT ?`;
  return db.prepare<[number], RoutedPart>(`SELECT ${CELLS} FROM (${open}) ORDER BY number`).all(limit);
}
