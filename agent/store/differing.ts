/** Parts of which a candidate says something else than what judged them. */
import type Database from 'better-sqlite3';
import type { DifferingPart, DifferingWish } from '../contracts/index.ts';

/** Comparisons that are looked through, at most. */
const LOOKS_BACK = 20_000;

type Row = Omit<DifferingPart, 'picture' | 'heat'>;

/** Newest first. */
export function differingParts(db: Database.Database, { camera, ...wish }: DifferingWish): readonly DifferingPart[] {
  const images = db.prepare<[string], { camera: string; role: string }>(
    'SELECT camera, role FROM images WHERE inspection = ? ORDER BY rowid',
  );
  const rows = db
    .prepare<[object], Row>(
      `SELECT inspection, at, part, difference, verdict, candidate_verdict, score, threshold, candidate_score, candidate_threshold FROM shadows
       WHERE rowid > (SELECT max(rowid) FROM shadows) - ${LOOKS_BACK} AND difference <> 'none'
         AND station = @station AND model = @model AND candidate_package = @candidate
       ORDER BY rowid DESC LIMIT @limit`,
    )
    .all(wish);
  return rows.map((row) => {
    const kept = images.all(row.inspection);
    const numberOf = (role: string) => {
      const n = kept.findIndex((image) => image.camera === camera && image.role === role);
      return n < 0 ? null : n;
    };
    return { ...row, picture: numberOf('frame'), heat: numberOf('heatmap') };
  });
}
