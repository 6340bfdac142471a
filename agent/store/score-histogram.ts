/** Where a part's scores lie among those of the parts before it. Bounded in time and rows. */
import type Database from 'better-sqlite3';
import { HISTOGRAM_PARTS, type ScoreHistogram } from '../contracts/index.ts';
import { type Milliseconds, systemClock } from '../time.ts';
import { production } from './production.ts';

export const BINS = 40;
const PATIENCE: Milliseconds = 80;
/** Records of all stations that are looked through. */
const LOOKS_BACK = 20_000;
const LOOK_EVERY = 64;

interface Own {
  readonly row: number;
  readonly station: string;
  readonly model: string;
  readonly package: string;
  readonly sha256: string;
  readonly score: number;
  readonly threshold: number | null;
}

export function scoreHistograms(db: Database.Database, inspection: string): readonly ScoreHistogram[] | null {
  if (db.prepare('SELECT 1 FROM inspections WHERE id = ?').get(inspection) === undefined) return null;
  const ends = systemClock.elapsed() + PATIENCE;
  return db
    .prepare<[string], Own>(
      `SELECT i.rowid AS row, i.station, f.model, f.package, f.sha256, f.score, f.threshold FROM inspections i
       JOIN findings f ON f.inspection = i.id WHERE i.id = ? AND f.score IS NOT NULL ORDER BY f.model`,
    )
    .all(inspection)
    .map((own) => histogramOf(db, own, ends));
}

function histogramOf(db: Database.Database, own: Own, ends: Milliseconds): ScoreHistogram {
  const bins = Array.from({ length: BINS }, () => 0);
  let [parts, lower] = [0, 0];
  for (const score of scoresUpTo(db, own)) {
    const bin = Math.min(BINS - 1, Math.max(0, Math.floor(score * BINS)));
    bins[bin] = (bins[bin] ?? 0) + 1;
    parts++;
    if (score < own.score) lower++;
    if (parts % LOOK_EVERY === 0 && systemClock.elapsed() > ends) break;
  }
  const { model, package: name, score, threshold } = own;
  return { model, package: name, score, threshold, bins, parts, lower };
}

/** Of the same network at the same station, the newest first. */
const scoresUpTo = (db: Database.Database, { row, station, model, sha256 }: Own): IterableIterator<number> =>
  db
    .prepare<[object], number>(
      `SELECT f.score FROM inspections b JOIN findings f ON f.inspection = b.id AND f.model = @model
       WHERE b.rowid BETWEEN @row - ${LOOKS_BACK} AND @row AND b.station = @station AND ${production('b')} AND f.sha256 = @sha256 AND f.score IS NOT NULL
       ORDER BY b.rowid DESC LIMIT ${HISTOGRAM_PARTS}`,
    )
    .pluck()
    .iterate({ row, station, model, sha256 });
