/**
 * Parts counted by five minutes, station, recipe, verdict, outcome, reason, decision and pass: what figures by shift are made of. Made afterwards,
 * see span-index.ts. Shifts begin and end on slots, whatever the zone. The order that `pass` goes by is that of the records, which no clock moves.
 */
import type Database from 'better-sqlite3';
import { type Made, markOf, type Span, SpanIndex, spanOf } from './span-index.ts';
import { OTHERS } from './tallies.ts';

/** Different rows of a slot. Recipes are what a PLC calls them: nobody's words may fill the table, what is beyond is counted under OTHERS. */
const MOST_OF_A_SLOT = 500;
const COUNT = `
WITH full AS (SELECT slot FROM part_tallies WHERE slot IN (SELECT slot FROM part_tallies_of WHERE inspection BETWEEN @from AND @to)
  GROUP BY slot HAVING count(*) >= ${MOST_OF_A_SLOT})
INSERT INTO part_tallies
  SELECT slot, station, iif(slot IN full, '${OTHERS}', recipe) AS named, verdict, outcome, iif(slot IN full, '${OTHERS}', reason) AS why, action,
    pass, sum(parts)
  FROM part_tallies_of WHERE inspection BETWEEN @from AND @to GROUP BY slot, station, named, verdict, outcome, why, action, pass
  ON CONFLICT DO UPDATE SET parts = parts + excluded.parts`;
const MARK = markOf('part_tallies');

const PART_TALLIES: Made = {
  name: 'part_tallies',
  tables: ['part_tallies'],
  trigger: 'part_tallies_removed',
  step: 100,
  refill: 500,
  add: (db, span) => {
    db.prepare(COUNT).run(span);
    MARK.set(db, span);
  },
  clear: (db) => void db.exec('DELETE FROM part_tallies'),
  isTrue: MARK.isTrue,
};

export class PartTallies extends SpanIndex {
  /** `size`: inspections a step. */
  constructor(size?: number) {
    super(PART_TALLIES, size);
  }
}

export const partsTallied = (db: Database.Database): Span | null => spanOf(db, PART_TALLIES.name);
