/** What a station said of its newest parts, by their ids. */
import type Database from 'better-sqlite3';
import type { SaidPart, SaidWish } from '../contracts/index.ts';
import { reasonWords } from '../contracts/index.ts';
import { production } from './production.ts';
import { type Cells, jsonOr } from './read.ts';

/** Newest records of all stations that are looked through. */
const LOOKS_BACK = 50_000;

const PARTS = `
SELECT id, part, sequence, recorded, recipe, verdict, reasons FROM inspections
WHERE rowid > (SELECT max(rowid) FROM inspections) - ${LOOKS_BACK} AND station = @station AND part IS NOT NULL AND counted IS NULL
  AND outcome IN ('judged', 'failed', 'unrecorded') AND ${production('inspections')}
ORDER BY rowid DESC LIMIT @limit`;

/** Newest first. */
export function saidParts(db: Database.Database, { station, limit, scores }: SaidWish): readonly SaidPart[] {
  const found = scores ? scoresBy(db, { station, limit }) : new Map<string, Record<string, number>>();
  return db
    .prepare<[object], Cells>(PARTS)
    .all({ station, limit })
    .map((row) => ({
      part: String(row['part']),
      sequence: Number(row['sequence']),
      verdict: row['verdict'] as SaidPart['verdict'],
      reasons: reasonsIn(row['reasons']),
      recipe: String(row['recipe']),
      at: Number(row['recorded'] ?? 0),
      scores: found.get(String(row['id'])) ?? {},
    }));
}

/** By inspection; all in one question: one for each of 50,000 parts takes seconds. */
function scoresBy(db: Database.Database, wish: object): ReadonlyMap<string, Record<string, number>> {
  const by = new Map<string, Record<string, number>>();
  const rows = db
    .prepare<[object], Cells>(`SELECT f.inspection, f.model, f.score FROM (${PARTS}) p CROSS JOIN findings f ON f.inspection = p.id`)
    .iterate(wish);
  for (const { inspection, model, score } of rows) {
    if (typeof score !== 'number') continue;
    const scores = by.get(String(inspection)) ?? {};
    scores[String(model)] = score;
    by.set(String(inspection), scores);
  }
  return by;
}

/** What the disk has damaged is not there. */
function reasonsIn(cell: Cells[string] | undefined): readonly string[] {
  const value = typeof cell === 'string' ? jsonOr(cell) : null;
  return Array.isArray(value) ? value.flatMap((one) => (typeof one?.text === 'string' ? [reasonWords({ text: one.text })] : [])) : [];
}
