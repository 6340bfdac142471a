/** How the scores of one model of a station lie over time: the newest parts first, as far as the question's time reaches. */
import type Database from 'better-sqlite3';
import type { LabelledScore, Scores, ScoresWish } from '../contracts/index.ts';
import { type Milliseconds, systemClock } from '../time.ts';
import { production } from './production.ts';
import { Said, type Word } from './said.ts';

/** For one question; what is left is asked for by another. */
const PATIENCE: Milliseconds = 100;
const LOOK_EVERY = 256;
/** Of the newest labels. */
const MOST_LABELS = 20_000;
const MOST_LABELLED = 2000;
/** Scores are told apart to so many parts of one. */
export const BINS = 1000;

interface Row {
  readonly at: number;
  readonly score: number | null;
  readonly threshold: number | null;
}

export function scoresOf(db: Database.Database, wish: ScoresWish): Scores {
  const packageName = newestPackage(db, wish);
  if (packageName === null) return { package: null, steps: [], bins: [], labelled: [], complete: true, looked_back_to: null };
  const bound = { ...wish, from: wish.from ?? Number.MIN_SAFE_INTEGER, to: wish.to ?? Number.MAX_SAFE_INTEGER, package: packageName };
  const sums = new Sums(wish.step);
  const left = eachScore(db, bound, (row) => sums.add(row));
  // Of the parts that were looked at alone: the question that goes on before them has the labels of the others.
  const labelled = labelledOf(db, { ...bound, from: left ?? bound.from });
  return { package: packageName, ...sums.answer(), labelled, complete: left === null, looked_back_to: left };
}

type Bound = Required<ScoresWish> & { readonly package: string };

/** What another package scored cannot be compared. */
function newestPackage(db: Database.Database, { station, model }: ScoresWish): string | null {
  const find = `SELECT f.package FROM (SELECT id, station FROM inspections ORDER BY rowid DESC LIMIT ${MOST_LABELS}) i
    JOIN findings f ON f.inspection = i.id AND f.model = @model WHERE i.station = @station LIMIT 1`;
  return db.prepare<[object], string>(find).pluck().get({ station, model }) ?? null;
}

/** The moment from which there is more; null: there is none. Every row is handed out, also of other stations, so that the time is looked at. */
function eachScore(db: Database.Database, wish: Bound, each: (row: Row & { readonly score: number }) => void): number | null {
  const ends = systemClock.elapsed() + PATIENCE;
  const rows = db
    .prepare<[object], Row>(
      `SELECT i.at, f.score, f.threshold FROM inspections i LEFT JOIN findings f
         ON f.inspection = i.id AND f.model = @model AND f.package = @package AND i.station = @station AND i.outcome = 'judged' AND ${production('i')}
       WHERE i.at >= @from AND i.at < @to ORDER BY i.at DESC`,
    )
    .iterate(wish);
  let [looked, last] = [0, Number.NaN];
  let isOver = false;
  for (const row of rows) {
    // Of one moment all or none: the next question begins before it.
    if (isOver && row.at !== last) return last;
    if (row.score !== null) each({ ...row, score: row.score });
    last = row.at;
    isOver ||= ++looked % LOOK_EVERY === 0 && systemClock.elapsed() > ends;
  }
  return null;
}

/** Where people do not agree it is no label. */
function labelledOf(db: Database.Database, wish: Bound): readonly LabelledScore[] {
  const rows = db
    .prepare<[object], Word & Omit<LabelledScore, 'label'>>(
      `SELECT l.inspection, l.who, l.label, l.kind, i.at, f.score
       FROM (SELECT * FROM labels WHERE undone IS NULL ORDER BY rowid DESC LIMIT ${MOST_LABELS}) l
       JOIN inspections i ON i.id = l.inspection JOIN findings f ON f.inspection = i.id AND f.model = @model
       WHERE i.station = @station AND ${production('i')} AND f.package = @package AND f.score IS NOT NULL AND i.at >= @from AND i.at < @to LIMIT ${MOST_LABELLED}`,
    )
    .all(wish);
  const parts = new Map<string, { readonly of: Omit<LabelledScore, 'label'>; readonly said: Said }>();
  for (const row of rows) {
    const { inspection, at, score } = row;
    const part = parts.get(inspection) ?? { of: { inspection, at, score }, said: new Said() };
    parts.set(inspection, part);
    part.said.add(row);
  }
  return [...parts.values()].flatMap(({ of, said: { label } }): LabelledScore[] =>
    label === 'good' || label === 'bad' ? [{ ...of, label }] : [],
  );
}

class Sums {
  private readonly step: Milliseconds;
  private readonly steps = new Map<number, { refused: number; readonly scores: number[] }>();
  private readonly bins = new Map<number, number>();

  constructor(step: Milliseconds) {
    this.step = step;
  }

  add({ at, score, threshold }: Row & { readonly score: number }): void {
    const begin = Math.floor(at / this.step) * this.step;
    const step = this.steps.get(begin) ?? { refused: 0, scores: [] };
    this.steps.set(begin, step);
    step.scores.push(score);
    if (threshold !== null && score >= threshold) step.refused++;
    // As it is written: 0.29 x 1000 is a little less than 290.
    const bin = Math.min(BINS - 1, Math.max(0, Math.floor(score * BINS + 1e-9)));
    this.bins.set(bin, (this.bins.get(bin) ?? 0) + 1);
  }

  answer(): Pick<Scores, 'steps' | 'bins'> {
    const steps = [...this.steps].map(([at, { refused, scores }]) => {
      scores.sort((a, b) => a - b);
      const quantile = (q: number) => scores[Math.min(scores.length - 1, Math.floor(q * scores.length))] ?? 0;
      return { at, parts: scores.length, refused, low: quantile(0.1), middle: quantile(0.5), high: quantile(0.9) };
    });
    return {
      steps: steps.sort((a, b) => a.at - b.at),
      bins: [...this.bins].map(([bin, parts]) => ({ at: bin / BINS, parts })).sort((a, b) => a.at - b.at),
    };
  }
}
