/** What was written before that is most like a text: BM25 over its plain words, by SQLite's FTS5. */
import type Database from 'better-sqlite3';
import { matchOf } from '../../contracts/similar.ts';
import { openDatabase } from '../../store/sqlite.ts';

export interface Similar {
  /** Of the list that was given, from 0. */
  readonly row: number;
  /** Higher is more alike. */
  readonly score: number;
}

/** In memory; for the texts of a file. */
export class Cases {
  private readonly db: Database.Database;

  /** In plain words. */
  constructor(texts: readonly string[]) {
    this.db = openDatabase(':memory:');
    this.db.exec("CREATE VIRTUAL TABLE cases USING fts5(plain, tokenize = 'porter unicode61', content = '')");
    const insert = this.db.prepare('INSERT INTO cases (rowid, plain) VALUES (?, ?)');
    this.db.transaction(() => {
      for (const [i, text] of texts.entries()) insert.run(i + 1, text);
    })();
  }

  /** The most alike first; of equals the newer row. */
  like(plain: string, count: number): readonly Similar[] {
    const match = matchOf(plain);
    if (match === null) return [];
    return this.db
      .prepare<[string, number], { row: number; score: number }>(
        'SELECT rowid - 1 AS row, -bm25(cases) AS score FROM cases WHERE cases MATCH ? ORDER BY bm25(cases), rowid DESC LIMIT ?',
      )
      .all(match, count);
  }

  close(): void {
    this.db.close();
  }
}
