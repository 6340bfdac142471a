/**
 * Parts counted by hour, station, recipe, verdict, outcome and first reason, and which of them a person should look at; made afterwards, see
 * span-index.ts. A record that is deleted is taken out again by a trigger, so that what is counted is what is there.
 */
import type Database from 'better-sqlite3';
import { type Made, markOf, type Span, SpanIndex, spanOf } from './span-index.ts';

/** Different rows of an hour. Recipes are what a PLC calls them: nobody's words may fill the table, what is beyond is counted under OTHERS. */
const MOST_OF_AN_HOUR = 2000;
export const OTHERS = '…';

/** The hours' rows are counted once a step, so that the bound is one step late. */
const COUNT = `
WITH full AS (SELECT hour FROM tallies WHERE hour IN (SELECT hour FROM tallies_of WHERE inspection BETWEEN @from AND @to)
  GROUP BY hour HAVING count(*) >= ${MOST_OF_AN_HOUR})
INSERT INTO tallies
  SELECT hour, station, iif(hour IN full, '${OTHERS}', recipe) AS named, verdict, outcome, iif(hour IN full, '${OTHERS}', reason) AS why, sum(parts)
  FROM tallies_of WHERE inspection BETWEEN @from AND @to GROUP BY hour, station, named, verdict, outcome, why
  ON CONFLICT DO UPDATE SET parts = parts + excluded.parts`;
const REVIEW =
  'INSERT INTO review_rows SELECT at, inspection, why FROM review_of WHERE inspection BETWEEN @from AND @to ON CONFLICT DO NOTHING';
const MARK = markOf('tallies');

const TALLIES: Made = {
  name: 'tallies',
  tables: ['tallies', 'review_rows'],
  trigger: 'tallies_removed',
  step: 100,
  refill: 500,
  add: (db, span) => {
    db.prepare(COUNT).run(span);
    db.prepare(REVIEW).run(span);
    MARK.set(db, span);
  },
  clear: (db) => void db.exec('DELETE FROM tallies; DELETE FROM review_rows;'),
  isTrue: MARK.isTrue,
};

export class Tallies extends SpanIndex {
  /** `size`: inspections a step. */
  constructor(size?: number) {
    super(TALLIES, size);
  }
}

export const tallied = (db: Database.Database): Span | null => spanOf(db, TALLIES.name);
