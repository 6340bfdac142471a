/**
 * What counts, in SQL: a challenge part is no production, and neither is one of a gauge study, whose record says so in the same column ({study, id, showing}
 * instead of {name, expect, reason, passed}). See isProduction() in contracts/challenges.ts.
 */
import type Database from 'better-sqlite3';

/** For a journal that this version has opened: of the table or alias `of`. */
export const production = (of: string): string => `${of}.challenge IS NULL`;

/** The same for a journal that may be of an older version, which knew no challenges. */
export const productionIn = (db: Database.Database, of: string): string => (knows(db) ? production(of) : '1');

const knows = (db: Database.Database): boolean =>
  db.prepare("SELECT 1 FROM pragma_table_info('inspections') WHERE name = 'challenge'").get() !== undefined;
