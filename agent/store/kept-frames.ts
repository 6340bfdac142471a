/** Stored parts whose pictures are kept, as files: read from the journal while the agent goes on writing. For processes of their own. */
import type { Verdict } from '../contracts/index.ts';
import { pictureFile } from './picture-files.ts';
import { productionIn } from './production.ts';
import { openJournal } from './read.ts';

export interface KeptFrames {
  readonly station: string;
  readonly camera: string;
  /** The newest so many, or these. */
  readonly which: { readonly newest: number } | { readonly inspections: readonly string[] };
}

export interface KeptFrame {
  readonly inspection: string;
  readonly at: number;
  readonly verdict: Verdict;
  readonly file: string;
}

/** Records that are looked through for pictures, at most. */
const LOOKS_BACK = 100_000;

type Row = Omit<KeptFrame, 'file'> & { readonly path: string };
const FRAMES = `SELECT i.id AS inspection, i.at, i.verdict, m.path FROM inspections i JOIN images m ON m.inspection = i.id
  WHERE i.station = @station AND i.outcome = 'judged' AND m.camera = @camera AND m.role = 'frame'`;

/** Newest first. Throws STORE_MISSING or STORE_FAILED. */
export function keptFrames(folder: string, { station, camera, which }: KeptFrames): readonly KeptFrame[] {
  const db = openJournal(folder);
  try {
    const place = { station, camera };
    const rows =
      'newest' in which
        ? db
            .prepare<[object], Row>(
              `${FRAMES} AND ${productionIn(db, 'i')} AND i.rowid > (SELECT max(rowid) FROM inspections) - ${LOOKS_BACK} ORDER BY i.rowid DESC LIMIT @limit`,
            )
            .all({ ...place, limit: which.newest })
        : which.inspections.flatMap((id) => db.prepare<[object], Row>(`${FRAMES} AND i.id = @id LIMIT 1`).all({ ...place, id }));
    return rows.flatMap(({ path, ...row }) => {
      const file = pictureFile(folder, path);
      return file === null ? [] : [{ ...row, file }];
    });
  } finally {
    db.close();
  }
}
