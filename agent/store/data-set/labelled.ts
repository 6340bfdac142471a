/** Parts that people labelled, with what the agent said of them and their pictures, the oldest first. */
import type Database from 'better-sqlite3';
import type { DataSetWish, LabelBox, StoredLabel } from '../../contracts/index.ts';
import { boxesIn, Said } from '../said.ts';

export interface LabelledPart {
  readonly inspection: string;
  readonly station: string;
  readonly at: number;
  readonly part: string | null;
  readonly recipe: string;
  readonly verdict: string;
  readonly outcome: string;
  /** What people agree on. */
  readonly said: StoredLabel['label'] | 'disputed';
  readonly kind: string | null;
  /** Every label, those that were taken back too, the oldest first. */
  readonly labels: readonly StoredLabel[];
  readonly boxes: readonly LabelBox[];
  readonly scores: readonly {
    readonly model: string;
    readonly package: string;
    readonly score: number | null;
    readonly threshold: number | null;
  }[];
  readonly pictures: readonly KeptPicture[];
}

/** A row of `images`. */
export interface KeptPicture {
  readonly path: string;
  readonly camera: string;
  readonly width: number;
  readonly height: number;
  readonly sha256: string;
  /** 1: the camera's own bytes, 0: encoded by the agent, null: not known. */
  readonly original: number | null;
}

/** Of production: what is trained on master parts proves nothing when these are shown. No read stays open between two parts: the list is made first, and is numbers. */
export function* labelledParts(db: Database.Database, { from, to, station, recipe }: DataSetWish): Generator<LabelledPart> {
  const rows = db
    .prepare<[object], number>(
      `SELECT i.rowid FROM (SELECT DISTINCT inspection FROM labels) l JOIN inspections i ON i.id = l.inspection
       WHERE i.challenge IS NULL AND (@station IS NULL OR i.station = @station) AND (@recipe IS NULL OR i.recipe = @recipe)
         AND (@from IS NULL OR i.at >= @from) AND (@to IS NULL OR i.at < @to) ORDER BY i.at, i.rowid`,
    )
    .pluck()
    .all({ station: station ?? null, recipe: recipe ?? null, from: from ?? null, to: to ?? null });
  const reader = readerOf(db);
  for (const row of rows) {
    const part = reader(row);
    if (part) yield part;
  }
}

type InspectionRow = Pick<LabelledPart, 'inspection' | 'station' | 'at' | 'part' | 'recipe' | 'verdict' | 'outcome'>;
type LabelRow = Omit<StoredLabel, 'boxes'> & { readonly boxes: string | null };

function readerOf(db: Database.Database): (row: number) => LabelledPart | null {
  const inspection = db.prepare<[number], InspectionRow>(
    'SELECT id AS inspection, station, at, part, recipe, verdict, outcome FROM inspections WHERE rowid = ?',
  );
  const labels = db.prepare<[string], LabelRow>(
    'SELECT id, inspection, at, who, label, kind, boxes, undone FROM labels WHERE inspection = ? ORDER BY rowid',
  );
  const scores = db.prepare<[string], LabelledPart['scores'][number]>(
    'SELECT model, package, score, threshold FROM findings WHERE inspection = ? ORDER BY model',
  );
  const pictures = db.prepare<[string], KeptPicture>(
    "SELECT path, camera, width, height, sha256, original FROM images WHERE inspection = ? AND role = 'frame' ORDER BY rowid",
  );
  return (row) => {
    const found = inspection.get(row);
    if (!found) return null;
    const all = labels.all(found.inspection).map((label): StoredLabel => ({ ...label, boxes: boxesIn(label.boxes) }));
    const said = new Said();
    for (const label of all.toReversed()) if (label.undone === null) said.add(label);
    return {
      ...found,
      said: said.label,
      kind: said.kind,
      labels: all,
      boxes: all.findLast(({ undone, boxes }) => undone === null && boxes.length > 0)?.boxes ?? [],
      scores: scores.all(found.inspection),
      pictures: pictures.all(found.inspection),
    };
  };
}
