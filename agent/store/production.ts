/** What counts, in SQL: a challenge part is no production. See isProduction() in contracts/challenges.ts. */
import type Database from 'better-sqlite3';

/** For a journal that this version has opened: of the table or alias `of`. */
export const production = (of: string): string => `${of}.challenge IS NULL`;

/** The same for a journal that may be of an older version, which knew no challenges. */
export const productionIn = (db: Database.Database, of: string): string => (knows(db) ? production(of) : '1');

const knows = (db: Database.Database): boolean =>
  db.prepare("SELECT 1 FROM pragma_table_info('inspections') WHERE name = 'challenge'").get() !== undefined;
