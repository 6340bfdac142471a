/** Parts of a station as the charts take them, in the order in which they were stored. */
import type Database from 'better-sqlite3';
import type { PassedCount, PassedCountsWish, PassedPart, PassedWish } from '../contracts/index.ts';
import { type Cells, jsonOr } from './read.ts';

/** Newest records of all stations that are looked through. */
const LOOKS_BACK = 50_000;

const PARTS = `
SELECT id, sequence, at, recipe, verdict, reasons, tags, align_ms, prepare_ms, infer_ms, rules_ms, verdict_ms, write_ms
FROM inspections
WHERE rowid > (SELECT max(rowid) FROM inspections) - ${LOOKS_BACK} AND station = @station AND sequence > @after AND outcome IN ('judged', 'failed') AND challenge IS NULL
ORDER BY sequence LIMIT @limit`;

export function passedParts(db: Database.Database, { station, after, limit }: PassedWish): readonly PassedPart[] {
  const findings = db.prepare<[string], Cells>('SELECT model, score, probabilities, boxes, reading FROM findings WHERE inspection = ?');
  return db
    .prepare<[object], Cells>(PARTS)
    .all({ station, after, limit })
    .map((row) => {
      return {
        sequence: Number(row['sequence']),
        at: Number(row['at']),
        recipe: String(row['recipe']),
        verdict: row['verdict'] as PassedPart['verdict'],
        reasons: listIn(row['reasons']) as PassedPart['reasons'],
        tags: objectIn(row['tags']) as PassedPart['tags'],
        findings: findings.all(String(row['id'])).map((found) => {
          return {
            model: String(found['model']),
            score: numberIn(found['score']),
            probabilities: objectIn(found['probabilities']) as Readonly<Record<string, number>>,
            ...(found['boxes'] ? { boxes: listIn(found['boxes']) as NonNullable<PassedPart['findings'][number]['boxes']> } : {}),
            ...(found['reading']
              ? { reading: objectIn(found['reading']) as unknown as NonNullable<PassedPart['findings'][number]['reading']> }
              : {}),
          };
        }),
        timings: {
          align: numberIn(row['align_ms']),
          prepare: numberIn(row['prepare_ms']),
          infer: numberIn(row['infer_ms']),
          rules: numberIn(row['rules_ms']),
          verdict: numberIn(row['verdict_ms']),
          answer: numberIn(row['write_ms']),
        },
      };
    });
}

/** One record stands for all parts that were missed together. */
const COUNTS = `
SELECT recipe, sum(CASE WHEN missed_to IS NULL THEN 1 ELSE missed_to - missed_from + 1 END) AS parts
FROM inspections
WHERE rowid > (SELECT max(rowid) FROM inspections) - ${LOOKS_BACK} AND station = @station AND sequence > @after AND sequence <= @to AND challenge IS NULL
GROUP BY recipe`;

export const passedCounts = (db: Database.Database, wish: PassedCountsWish): readonly PassedCount[] =>
  db.prepare<[PassedCountsWish], PassedCount>(COUNTS).all(wish);

/** What the disk has damaged is not there. */
const opened = (cell: Cells[string] | undefined): unknown => (typeof cell === 'string' ? jsonOr(cell) : null);
const numberIn = (cell: Cells[string] | undefined): number => (typeof cell === 'number' ? cell : Number.NaN);
const listIn = (cell: Cells[string] | undefined): readonly unknown[] => {
  const value = opened(cell);
  return Array.isArray(value) ? value : [];
};
const objectIn = (cell: Cells[string] | undefined): Readonly<Record<string, unknown>> => {
  const value = opened(cell);
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Readonly<Record<string, unknown>>) : {};
};
