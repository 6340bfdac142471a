/**
 * Good parts that a package has refused, as people say: of single parts, and of whole hours. Labels are few beside records: they are looked through,
 * the newest first; of hours the newest parts count.
 */
import type Database from 'better-sqlite3';
import { isOfRandomShare, type Refusals, type RefusalWish, worthOfRun } from '../contracts/index.ts';
import { production } from './production.ts';
import { Said, type Word } from './said.ts';

/** Labels. */
const MOST = 50_000;
/** Parts of hours. */
const MOST_PARTS = 50_000;

interface Row extends Word {
  readonly inspection: string;
  readonly at: number;
  readonly score: number;
}

interface Part {
  readonly inspection: string;
  readonly at: number;
  readonly score: number;
}

export function refusalsOf(db: Database.Database, { at, hours, apart, ...wish }: RefusalWish): Refusals {
  const labelled = new Map<string, { readonly said: Said; readonly part: Part }>();
  for (const row of labelsOf(db, wish)) {
    const known = labelled.get(row.inspection) ?? { said: new Said(), part: row };
    labelled.set(row.inspection, known);
    known.said.add(row);
  }
  const isGood = ({ inspection }: Part) => (labelled.get(inspection)?.said.label ?? 'good') === 'good';
  const good = [...labelled.values()].flatMap(({ part }) => (isGood(part) ? [part] : []));
  // Of a part that somebody has looked at, what he said of it counts.
  const inHours = hours.length === 0 ? [] : partsOf(db, wish, hours).filter(isGood);
  const isRefused = ({ score }: Part) => score >= at;
  const count = (of: readonly Part[]) => ({ good: of.length, refused: apartOf(of.filter(isRefused), apart) });
  const all = [...new Map([...good, ...inHours].map((part) => [part.inspection, part])).values()];
  return {
    ...count(all),
    sample: count(good.filter(({ inspection }) => isOfRandomShare(inspection))),
    hours: {
      good: inHours.length,
      refused: inHours.filter(isRefused).length,
      worth: worthOfRun(inHours.map((part) => (isRefused(part) ? 1 : 0))),
    },
  };
}

/** Those that came so soon after another are one with it. */
function apartOf(parts: readonly Part[], apart: number): number {
  const times = parts.map(({ at }) => at).sort((a, b) => a - b);
  return times.filter((time, i) => i === 0 || time - (times[i - 1] ?? time) >= apart).length;
}

type Wish = Omit<RefusalWish, 'at' | 'hours' | 'apart'>;

const labelsOf = (db: Database.Database, wish: Wish): readonly Row[] =>
  db
    .prepare<[object], Row>(
      `SELECT l.inspection, l.who, l.label, l.kind, i.at, f.score FROM (SELECT rowid, * FROM labels WHERE undone IS NULL ORDER BY rowid DESC LIMIT ${MOST}) l
       JOIN inspections i ON i.id = l.inspection JOIN findings f ON f.inspection = i.id AND f.model = @model
       WHERE i.outcome = 'judged' AND ${production('i')} AND i.station = @station AND i.at >= @since AND f.sha256 = @sha256 AND f.score IS NOT NULL ORDER BY l.rowid DESC`,
    )
    .all(wish);

/** The oldest first. */
function partsOf(db: Database.Database, wish: Wish, hours: RefusalWish['hours']): readonly Part[] {
  const find = db.prepare<[object], Part>(
    `SELECT i.id AS inspection, i.at, f.score FROM inspections i JOIN findings f ON f.inspection = i.id AND f.model = @model
     WHERE i.at >= max(@from, @since) AND i.at < @to AND i.outcome = 'judged' AND ${production('i')} AND i.station = @station AND f.sha256 = @sha256 AND f.score IS NOT NULL
     ORDER BY i.at DESC LIMIT @limit`,
  );
  const found: Part[] = [];
  for (const { from, to } of [...hours].sort((a, b) => b.from - a.from)) {
    if (found.length >= MOST_PARTS) break;
    for (const part of find.iterate({ ...wish, from, to, limit: MOST_PARTS - found.length })) found.push(part);
  }
  return found.reverse();
}
