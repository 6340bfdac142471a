/** Good parts that a package has refused, as people say. Labels are few beside records: they are looked through, the newest first. */
import type Database from 'better-sqlite3';
import { isOfRandomShare, type Refusals, type RefusalWish } from '../contracts/index.ts';
import { Said, type Word } from './said.ts';

/** Labels. */
const MOST = 50_000;

interface Row extends Word {
  readonly inspection: string;
  readonly score: number;
}

export function refusalsOf(db: Database.Database, { at, ...wish }: RefusalWish): Refusals {
  const parts = new Map<string, { readonly said: Said; readonly refused: boolean }>();
  for (const row of labelsOf(db, wish)) {
    const known = parts.get(row.inspection) ?? { said: new Said(), refused: row.score >= at };
    parts.set(row.inspection, known);
    known.said.add(row);
  }
  const good = [...parts].filter(([, { said }]) => said.label === 'good').map(([inspection, { refused }]) => ({ inspection, refused }));
  const count = (of: typeof good) => ({ good: of.length, refused: of.filter(({ refused }) => refused).length });
  return { ...count(good), sample: count(good.filter(({ inspection }) => isOfRandomShare(inspection))) };
}

const labelsOf = (db: Database.Database, wish: Omit<RefusalWish, 'at'>): readonly Row[] =>
  db
    .prepare<[object], Row>(
      `SELECT l.inspection, l.who, l.label, l.kind, f.score FROM (SELECT rowid, * FROM labels WHERE undone IS NULL ORDER BY rowid DESC LIMIT ${MOST}) l
       JOIN inspections i ON i.id = l.inspection JOIN findings f ON f.inspection = i.id AND f.model = @model
       WHERE i.outcome = 'judged' AND i.station = @station AND i.at >= @since AND f.sha256 = @sha256 AND f.score IS NOT NULL ORDER BY l.rowid DESC`,
    )
    .all(wish);
