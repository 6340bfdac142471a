/**
 * What inspections can be asked by beside their time: station, verdict, recipe, reason, and model with score. An index that is made
 * afterwards, in small steps while the writer has nothing else to do: no record waits for it, and a journal that has grown to millions of records
 * before it was known gets it while the line runs, the newest first. The counters `facets_from` and `facets_to` are the rowids of inspections
 * that are in it, both included; whoever asks looks at the others themselves.
 */
import type Database from 'better-sqlite3';
import { type Milliseconds, systemClock } from '../time.ts';

/** Inspections a step: two to three milliseconds, for which a record that comes meanwhile waits. */
const STEP = 100;
/** Of every five seconds, for records from before; those that are new go first and have no bound. */
const REFILL: Milliseconds = 500;
/** What damage has made unreadable. */
const ASIDE = 'facet_rows_damaged';
/** Parts of the score from 0 to 1, as the view `facets_of` has them. */
export const BUCKETS = 32;

export interface Span {
  readonly from: number;
  readonly to: number;
}

const INDEX = `
INSERT INTO facet_rows SELECT f.id, o.at, o.inspection FROM facets_of o JOIN facets f ON f.kind = o.kind AND f.value = o.value
  WHERE o.inspection BETWEEN @from AND @to ON CONFLICT DO NOTHING`;
/** Values of a kind, and one step more. What they are comes from the config but for what a PLC names: nobody's words may fill the table. */
const MOST_VALUES = 1000;
const NAMES = `
INSERT INTO facets (kind, value) SELECT DISTINCT kind, value FROM facets_of o
  WHERE inspection BETWEEN @from AND @to AND (SELECT count(*) FROM facets f WHERE f.kind = o.kind) < ${MOST_VALUES} ON CONFLICT DO NOTHING`;

export class FacetIndex {
  private readonly size: number;
  private looked = false;
  private left: Milliseconds = 0;

  /** `size`: inspections a step. */
  constructor(size = STEP) {
    this.size = size;
  }

  /** Time for records from before; called with every look at the budget. */
  refill(): void {
    this.left = REFILL;
  }

  /** One step; false when there is nothing to do for now. */
  step(db: Database.Database): boolean {
    if (!this.looked) this.look(db);
    this.looked = true;
    const newest = rowid(db, 'max');
    const done = spanIn(db);
    // What comes next may have the same numbers.
    if (newest === null) return done !== null && this.forget(db);
    // Nothing is in it; or the newest rows have gone, and others have their numbers.
    if (done === null || newest < done.to) return this.index(db, { from: newest + 1, to: newest }, null);
    if (done.to < newest) {
      const span = { from: done.to + 1, to: Math.min(newest, done.to + this.size) };
      return this.index(db, { from: done.from, to: span.to }, span);
    }
    const oldest = rowid(db, 'min') ?? 0;
    if (done.from <= oldest || this.left <= 0) return false;
    const span = { from: Math.max(oldest, done.from - this.size), to: done.from - 1 };
    const began = systemClock.elapsed();
    this.index(db, { from: span.from, to: done.to }, span);
    this.left -= systemClock.elapsed() - began;
    return true;
  }

  /**
   * Its rows lie in pages that cannot be read any more, so that no inspection could be deleted: they are left where they are, and made anew.
   * false: that was done before, and it is something else that is damaged.
   */
  setAside(db: Database.Database): boolean {
    const made = db.prepare<[string], string>('SELECT sql FROM sqlite_schema WHERE name = ?').pluck();
    if (made.get(ASIDE) !== undefined) return false;
    const anew = ['facet_rows', 'inspections_removed'].map((name) => made.get(name) ?? '').join(';\n');
    db.transaction(() => {
      // Neither touches a page of the table.
      db.exec(`DROP TRIGGER inspections_removed; ALTER TABLE facet_rows RENAME TO ${ASIDE};`);
      db.exec(anew);
      this.forget(db);
    }).immediate();
    return true;
  }

  private forget(db: Database.Database): boolean {
    db.exec("DELETE FROM counters WHERE name IN ('facets_from', 'facets_to')");
    return true;
  }

  private index(db: Database.Database, done: Span, span: Span | null): boolean {
    // Lost in a power cut it is made again.
    db.pragma('synchronous = NORMAL');
    try {
      db.transaction(() => {
        if (span) {
          db.prepare(NAMES).run(span);
          db.prepare(INDEX).run(span);
        }
        const keep = db.prepare('INSERT INTO counters VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value');
        keep.run('facets_from', done.from);
        keep.run('facets_to', done.to);
      }).immediate();
      return true;
    } finally {
      db.pragma('synchronous = FULL');
    }
  }

  /** VACUUM in somebody's shell gives rows other numbers: then nothing in it is true any more. */
  private look(db: Database.Database): void {
    const span = spanIn(db);
    if (!span) return;
    const at = db.prepare<[number], number>('SELECT at FROM inspections WHERE rowid = ?').pluck();
    const known = db
      .prepare<[number, number], number>(
        "SELECT 1 FROM facet_rows r JOIN facets f ON f.id = r.facet WHERE f.kind = 'verdict' AND r.at = ? AND r.inspection = ?",
      )
      .pluck();
    const isTrue = [span.from, span.to].every((row) => {
      const found = at.get(row);
      return found === undefined || known.get(found, row) !== undefined;
    });
    if (isTrue) return;
    db.exec("DELETE FROM facet_rows; DELETE FROM counters WHERE name IN ('facets_from', 'facets_to');");
  }
}

/** Values of this kind may be missing: a value that is there has all its rows, of one that is not nothing is known. */
export const isFull = (db: Database.Database, kind: string): boolean =>
  Number(db.prepare<[string], number>('SELECT count(*) FROM facets WHERE kind = ?').pluck().get(kind)) >= MOST_VALUES;

/** Null: nothing is in it. */
export function spanIn(db: Database.Database): Span | null {
  const counter = db.prepare<[string], number>('SELECT value FROM counters WHERE name = ?').pluck();
  const [from, to] = [counter.get('facets_from'), counter.get('facets_to')];
  return from === undefined || to === undefined ? null : { from, to };
}

/** SQLite finds either end at once only where it is asked for alone. */
const rowid = (db: Database.Database, which: 'min' | 'max'): number | null =>
  db.prepare<[], number | null>(`SELECT ${which}(rowid) FROM inspections`).pluck().get() ?? null;
