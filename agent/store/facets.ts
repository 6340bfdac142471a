/**
 * What inspections can be asked by beside their time: station, verdict, recipe, reason, and model with score. An index that is made afterwards; see
 * span-index.ts.
 */
import type Database from 'better-sqlite3';
import { type Made, type Span, SpanIndex, spanOf } from './span-index.ts';

/** Parts of the score from 0 to 1, as the view `facets_of` has them. */
export const BUCKETS = 32;

const INDEX = `
INSERT INTO facet_rows SELECT f.id, o.at, o.inspection FROM facets_of o JOIN facets f ON f.kind = o.kind AND f.value = o.value
  WHERE o.inspection BETWEEN @from AND @to ON CONFLICT DO NOTHING`;
/** Values of a kind, and one step more. What they are comes from the config but for what a PLC names: nobody's words may fill the table. */
const MOST_VALUES = 1000;
const NAMES = `
INSERT INTO facets (kind, value) SELECT DISTINCT kind, value FROM facets_of o
  WHERE inspection BETWEEN @from AND @to AND (SELECT count(*) FROM facets f WHERE f.kind = o.kind) < ${MOST_VALUES} ON CONFLICT DO NOTHING`;

const FACETS: Made = {
  name: 'facets',
  tables: ['facet_rows'],
  trigger: 'inspections_removed',
  step: 100,
  refill: 500,
  add: (db, span) => {
    db.prepare(NAMES).run(span);
    db.prepare(INDEX).run(span);
  },
  clear: (db) => void db.exec('DELETE FROM facet_rows'),
  isTrue: (db, span) => {
    const at = db.prepare<[number], number>('SELECT at FROM inspections WHERE rowid = ?').pluck();
    const known = db
      .prepare<[number, number], number>(
        "SELECT 1 FROM facet_rows r JOIN facets f ON f.id = r.facet WHERE f.kind = 'verdict' AND r.at = ? AND r.inspection = ?",
      )
      .pluck();
    return [span.from, span.to].every((row) => {
      const found = at.get(row);
      return found === undefined || known.get(found, row) !== undefined;
    });
  },
};

export class FacetIndex extends SpanIndex {
  /** `size`: inspections a step. */
  constructor(size?: number) {
    super(FACETS, size);
  }
}

/** Values of this kind may be missing: a value that is there has all its rows, of one that is not nothing is known. */
export const isFull = (db: Database.Database, kind: string): boolean =>
  Number(db.prepare<[string], number>('SELECT count(*) FROM facets WHERE kind = ?').pluck().get(kind)) >= MOST_VALUES;

export const spanIn = (db: Database.Database): Span | null => spanOf(db, FACETS.name);
