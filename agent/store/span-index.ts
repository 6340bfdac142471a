/**
 * Something that is made of inspections afterwards, in small steps while the writer has nothing else to do: no record waits for it, and a journal
 * that has grown to millions of records before it was known gets it while the line runs, the newest first. The counters `<name>_from` and
 * `<name>_to` are the rowids of inspections that are in it, both included; whoever asks looks at the others themselves.
 */
import type Database from 'better-sqlite3';
import { type Milliseconds, systemClock } from '../time.ts';

export interface Span {
  readonly from: number;
  readonly to: number;
}

export interface Made {
  readonly name: string;
  /** Where it lies, and the trigger that takes out of it what is deleted. */
  readonly tables: readonly string[];
  readonly trigger: string;
  /** Inspections a step: two to three milliseconds, for which a record that comes meanwhile waits. */
  readonly step: number;
  /** Of every five seconds, for records from before; those that are new go first and have no bound. */
  readonly refill: Milliseconds;
  /** Of this span, none of which is in it. */
  add(db: Database.Database, span: Span): void;
  /** Nothing is in it any more. */
  clear(db: Database.Database): void;
  /** What is in it is what the inspections of this span are. */
  isTrue(db: Database.Database, span: Span): boolean;
}

/** To tell rows that have other numbers, as in another journal: when the newest that is in it was. */
export function markOf(name: string) {
  const mark = `${name}_mark`;
  return {
    /** With this span, which is in it now. */
    set: (db: Database.Database, { to }: Span): void => {
      const newest = momentOf(db, Math.max(to, spanOf(db, name)?.to ?? to));
      const keep = 'INSERT INTO counters VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value';
      if (newest !== null) db.prepare<[string, number]>(keep).run(mark, newest);
    },
    isTrue: (db: Database.Database, { to }: Span): boolean => {
      const value = db.prepare<[string], number>('SELECT value FROM counters WHERE name = ?').pluck().get(mark);
      return value === undefined || momentOf(db, to) === value;
    },
  };
}

function momentOf(db: Database.Database, row: number): number | null {
  const at = db.prepare<[number], number>('SELECT at FROM inspections WHERE rowid = ?').pluck().get(row);
  return at === undefined ? null : Math.floor(at);
}

/** What damage has made unreadable keeps its name, and this. */
const ASIDE = '_damaged';

export class SpanIndex {
  private readonly made: Made;
  private readonly size: number;
  private looked = false;
  private left: Milliseconds = 0;

  /** `size`: inspections a step. */
  constructor(made: Made, size = made.step) {
    this.made = made;
    this.size = size;
  }

  /** Time for records from before; called with every look at the budget. */
  refill(): void {
    this.left = this.made.refill;
  }

  /** One step; false when there is nothing to do for now. */
  step(db: Database.Database): boolean {
    if (!this.looked) this.look(db);
    this.looked = true;
    const newest = rowid(db, 'max');
    const done = spanOf(db, this.made.name);
    // What comes next may have the same numbers.
    if (newest === null) return done !== null && this.forget(db);
    if (done === null) return this.keep(db, { from: newest + 1, to: newest }, null);
    // The newest rows have gone, and others have their numbers.
    if (newest < done.to) return this.forget(db);
    if (done.to < newest) {
      const span = { from: done.to + 1, to: Math.min(newest, done.to + this.size) };
      return this.keep(db, { from: done.from, to: span.to }, span);
    }
    const oldest = rowid(db, 'min') ?? 0;
    if (done.from <= oldest || this.left <= 0) return false;
    const span = { from: Math.max(oldest, done.from - this.size), to: done.from - 1 };
    const began = systemClock.elapsed();
    this.keep(db, { from: span.from, to: done.to }, span);
    this.left -= systemClock.elapsed() - began;
    return true;
  }

  /**
   * Its rows lie in pages that cannot be read any more, so that no inspection could be deleted: they are left where they are, and made anew.
   * false: that was done before, and it is something else that is damaged.
   */
  setAside(db: Database.Database): boolean {
    const { tables, trigger } = this.made;
    const made = db.prepare<[string], string>('SELECT sql FROM sqlite_schema WHERE name = ?').pluck();
    if (tables.some((table) => made.get(table + ASIDE) !== undefined)) return false;
    const anew = [...tables, trigger].map((name) => made.get(name) ?? '').join(';\n');
    // Views go on meaning the name, not the table that is put aside under another one.
    db.pragma('legacy_alter_table = ON');
    try {
      db.transaction(() => {
        // Neither touches a page of the tables.
        db.exec(`DROP TRIGGER ${trigger};`);
        for (const table of tables) db.exec(`ALTER TABLE ${table} RENAME TO ${table + ASIDE};`);
        db.exec(anew);
        this.forget(db);
      }).immediate();
    } finally {
      db.pragma('legacy_alter_table = OFF');
    }
    return true;
  }

  private forget(db: Database.Database): boolean {
    const { name } = this.made;
    db.transaction(() => {
      this.made.clear(db);
      db.prepare('DELETE FROM counters WHERE name IN (?, ?)').run(`${name}_from`, `${name}_to`);
    }).immediate();
    return true;
  }

  private keep(db: Database.Database, done: Span, span: Span | null): boolean {
    const { name } = this.made;
    // Lost in a power cut it is made again.
    db.pragma('synchronous = NORMAL');
    try {
      db.transaction(() => {
        if (span) this.made.add(db, span);
        const keep = db.prepare('INSERT INTO counters VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value');
        keep.run(`${name}_from`, done.from);
        keep.run(`${name}_to`, done.to);
      }).immediate();
      return true;
    } finally {
      db.pragma('synchronous = FULL');
    }
  }

  /** VACUUM in somebody's shell gives rows other numbers: then nothing in it is true any more. */
  private look(db: Database.Database): void {
    const span = spanOf(db, this.made.name);
    if (span && !this.made.isTrue(db, span)) this.forget(db);
  }
}

/** Null: nothing is in it. */
export function spanOf(db: Database.Database, name: string): Span | null {
  const counter = db.prepare<[string], number>('SELECT value FROM counters WHERE name = ?').pluck();
  const [from, to] = [counter.get(`${name}_from`), counter.get(`${name}_to`)];
  return from === undefined || to === undefined ? null : { from, to };
}

/** SQLite finds either end at once only where it is asked for alone. */
const rowid = (db: Database.Database, which: 'min' | 'max'): number | null =>
  db.prepare<[], number | null>(`SELECT ${which}(rowid) FROM inspections`).pluck().get() ?? null;
