import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { JOURNAL_FILE } from '#agent/store/database.js';
import { salvage } from '#agent/store/salvage.js';
import { openDatabase } from '#agent/store/sqlite.js';
import { cleanUp, openEmpty, put } from './setup.ts';

type Database = ReturnType<typeof openDatabase>;
const PAGE = 4096;

/** What a new journal has of the old one. `spoil`: pages to be made unreadable, found in the old file as it lies on the disk. */
function salvaged(fill: (db: Database) => void, spoil: (db: Database, bytes: Buffer) => readonly number[] = () => []): Database {
  const old = openEmpty();
  old.db.transaction(() => fill(old.db)).immediate();
  old.db.pragma('wal_checkpoint(TRUNCATE)');
  const file = join(old.path, JOURNAL_FILE);
  const bytes = readFileSync(file);
  for (const page of spoil(old.db, bytes)) bytes.fill(0xa5, (page - 1) * PAGE, page * PAGE);
  old.db.close();
  writeFileSync(file, bytes);
  const damaged = openDatabase(file, { readonly: true });
  cleanUp(() => damaged.close());
  const { db } = openEmpty();
  salvage(db, damaged);
  return db;
}
const rows = (db: Database, text: string): unknown[] => db.prepare(text).raw().all();
const column = (db: Database, text: string): unknown[] => db.prepare(text).pluck().all();
const rootOf = (db: Database, table: string): number =>
  Number(db.prepare('SELECT rootpage FROM sqlite_schema WHERE name = ?').pluck().get(table));
/** Rows are appended: the last copy of a text is the row's own, the others lie in what its page was before. */
const pageWith = (bytes: Buffer, text: string): number => Math.floor(bytes.lastIndexOf(text) / PAGE) + 1;
const event = (id: number, over: Readonly<Record<string, unknown>> = {}) => ({
  id,
  publisher: 'mqtt',
  event_id: `e${id}`,
  station: 'outlet',
  topic: 'topic',
  payload: `{"n":${id}}`,
  ...over,
});
/** Some rows a page, so that there are many pages. */
const LONG = 'x'.repeat(600);
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

describe('what a new journal takes over', () => {
  it('is what is still owed to somebody, as it was', () => {
    const db = salvaged((old) => {
      for (const id of [3, 8]) put(old, 'outbox', event(id, { stored_at: 1000 + id }));
      put(old, 'dead_letters', { id: 5, publisher: 'mqtt', topic: 'ab', payload: 'cde', why: 'Not authorized', retry: 1 });
      put(old, 'owed_images', { path: 'images/a', inspection: 'i', bytes: 70 });
      put(old, 'images', { path: 'images/b', inspection: 'i', bytes: 50 });
      put(old, 'loads', { at: 1, kind: 'agent', detail: 'd', recorded: 2 });
      put(old, 'audit', { recorded: 3, at: 4, who: 'shift', verb: 'stop' });
      put(old, 'clock_spans', { since: 5, until: 6 });
    });
    expect(rows(db, 'SELECT id, publisher, event_id, station, topic, payload, stored_at FROM outbox ORDER BY id')).toEqual([
      [3, 'mqtt', 'e3', 'outlet', 'topic', '{"n":3}', 1003],
      [8, 'mqtt', 'e8', 'outlet', 'topic', '{"n":8}', 1008],
    ]);
    expect(rows(db, 'SELECT id, topic, payload, why, retry FROM dead_letters')).toEqual([[5, 'ab', 'cde', 'Not authorized', 1]]);
    expect(rows(db, 'SELECT path, bytes FROM owed_images')).toEqual([['images/a', 70]]);
    expect(rows(db, 'SELECT path, bytes FROM images')).toEqual([['images/b', 50]]);
    expect(rows(db, 'SELECT * FROM loads')).toEqual([[1, 'agent', 'd', 2]]);
    expect(rows(db, 'SELECT recorded, at, who, verb FROM audit')).toEqual([[3, 4, 'shift', 'stop']]);
    expect(rows(db, 'SELECT * FROM clock_spans')).toEqual([[5, 6]]);
  });

  it('is each alarm that lasts, and none that is over', () => {
    const db = salvaged((old) => {
      put(old, 'alarms', { key: 'over', cleared: 5 });
      put(old, 'alarms', { key: 'lasts', since: 7, cleared: null });
    });
    expect(rows(db, 'SELECT key, since, cleared FROM alarms')).toEqual([['lasts', 7, null]]);
  });

  it('is no record: those stay in the damaged file', () => {
    const records = ['inspections', 'decisions', 'late_findings', 'shadows', 'quarantine', 'findings', 'windows', 'decision_writes'];
    const db = salvaged((old) => {
      put(old, 'inspections', { id: '' });
      put(old, 'decisions', { id: '' });
      for (const table of records.slice(2)) put(old, table, {});
      // What they were asked by is made of those that come.
      put(old, 'facets', { kind: 'station', value: 'outlet' });
    });
    expect(column(db, 'SELECT count(*) FROM facets')).toEqual([0]);
    expect(records.map((table) => column(db, `SELECT count(*) FROM ${table}`)[0])).toEqual(records.map(() => 0));
  });

  it('counts anew what follows from the rows, and keeps the other counts', () => {
    const db = salvaged((old) => {
      for (const id of [1, 2]) put(old, 'outbox', event(id, { topic: 'ä', payload: '123' }));
      put(old, 'outbox', event(3, { publisher: 'sparkplug', topic: 'ab', payload: 'cd' }));
      put(old, 'dead_letters', { publisher: 'mqtt', topic: 'ab', payload: 'cde', why: 'w' });
      put(old, 'images', { path: 'images/b', bytes: 50 });
      old.exec("INSERT INTO counters VALUES ('unsent/mqtt', 77), ('unsent/gone', 7), ('time/own', 12), ('pictures', 9), ('x/unsent/a', 4)");
      old.exec("INSERT INTO counters VALUES ('image_bytes/top', 3), ('outbox_bytes/mqtt', 5)");
      old.exec("UPDATE counters SET value = 999 WHERE name IN ('outbox_bytes', 'image_bytes')");
      old.exec('UPDATE refusals SET letters = 12');
    });
    expect(Object.fromEntries(rows(db, 'SELECT name, value FROM counters') as [string, number][])).toEqual({
      'unsent/mqtt': 2,
      'unsent/sparkplug': 1,
      // Topics and payloads in bytes: 2 x 5, 4, and the dead letter's 5.
      outbox_bytes: 19,
      image_bytes: 50,
      'time/own': 12,
      pictures: 9,
      'x/unsent/a': 4,
      'image_bytes/top': 3,
      'outbox_bytes/mqtt': 5,
    });
    expect(rows(db, 'SELECT topic, why, letters FROM refusals')).toEqual([['ab', 'w', 1]]);
  });

  it('has the usual where the old journal did not know a cell yet', () => {
    const db = salvaged((old) => {
      old.exec('DROP INDEX dead_letters_retry; ALTER TABLE dead_letters DROP COLUMN retry');
      put(old, 'dead_letters', { id: 5, publisher: 'mqtt', topic: 'ab', payload: 'cde', why: 'w' });
    });
    expect(rows(db, 'SELECT id, why, retry FROM dead_letters')).toEqual([[5, 'w', 0]]);
  });

  it('leaves out a row that does not fit, and tables that the old one does not have', () => {
    const db = salvaged((old) => {
      old.exec('DROP TABLE loads; CREATE TABLE loads (at, kind, detail); DROP TABLE clock_spans');
      old.exec("INSERT INTO loads VALUES ('noon', 'agent', 'not a time'), (5, NULL, 'no kind'), (6, 'agent', 'fits')");
      old.exec('DROP TABLE audit; CREATE TABLE audit (other)');
      old.exec("INSERT INTO audit VALUES ('x')");
      put(old, 'outbox', event(1));
    });
    expect(rows(db, 'SELECT at, kind, detail, recorded FROM loads')).toEqual([[6, 'agent', 'fits', null]]);
    expect(column(db, 'SELECT count(*) FROM audit')).toEqual([0]);
    expect(column(db, 'SELECT event_id FROM outbox')).toEqual(['e1']);
  });

  it('is not half of it: a disk that is full ends it', () => {
    const { db } = openEmpty();
    db.pragma(`max_page_count = ${Number(db.pragma('page_count', { simple: true })) + 3}`);
    const { db: old } = openEmpty();
    for (const id of range(1, 50)) put(old, 'outbox', event(id, { payload: LONG }));
    expect(() => db.transaction(() => salvage(db, old)).immediate()).toThrow(expect.objectContaining({ code: 'SQLITE_FULL' }));
  });
});

describe('where each station goes on', () => {
  const stations = (db: Database) =>
    rows(db, 'SELECT station, last_sequence, last_part, last_counter, memory FROM station_state ORDER BY station');

  it('is what its row says, or what its records and events say where they are further', () => {
    const db = salvaged((old) => {
      const state = { last_sequence: 10, last_part: 'P10', last_counter: 110, memory: '{"a":1}' };
      for (const station of ['a', 'b', 'c']) put(old, 'station_state', { station, ...state });
      for (const [i, sequence] of [12, 15, 13].entries()) put(old, 'inspections', { id: `b${i}`, station: 'b', sequence });
      put(old, 'inspections', { id: 'a', station: 'a', sequence: 9 });
      put(old, 'inspections', { id: 'd', station: 'd', sequence: 4 });
      put(old, 'outbox', event(1, { station: 'c', payload: '{"sequence":20}' }));
      put(old, 'outbox', event(2, { station: 'e', payload: '{"sequence":3}' }));
      put(old, 'outbox', event(3, { station: 'e', payload: '{"sequence":2}' }));
    });
    expect(stations(db)).toEqual([
      ['a', 10, 'P10', 110, '{"a":1}'],
      ['b', 15, 'P10', 110, '{"a":1}'],
      ['c', 20, 'P10', 110, '{"a":1}'],
      ['d', 4, null, null, null],
      ['e', 3, null, null, null],
    ]);
  });

  it.each(['no JSON', 'null', '7', '[]', '{}', '{"sequence":"9"}', '{"sequence":1.5}', '{"sequence":null}', '{"sequence":1e300}'])(
    'is not told by an event of %s',
    (payload) => {
      const db = salvaged((old) => {
        put(old, 'outbox', event(1, { payload }));
        put(old, 'outbox', event(2, { station: 'trim', payload: '{"sequence":5}' }));
      });
      expect(stations(db)).toEqual([['trim', 5, null, null, null]]);
    },
  );

  it('is told by nobody’s event', () => {
    const db = salvaged((old) => {
      old.exec('DROP TABLE outbox; CREATE TABLE outbox (id INTEGER PRIMARY KEY, station, payload)');
      old.exec(`INSERT INTO outbox VALUES (1, NULL, '{"sequence":9}'), (2, 'trim', '{"sequence":5}')`);
    });
    expect(stations(db)).toEqual([['trim', 5, null, null, null]]);
  });

  it('is looked for in the newest five thousand records', () => {
    const db = salvaged((old) => {
      old.exec(
        'DROP VIEW IF EXISTS quality; DROP TABLE inspections; CREATE TABLE inspections (id TEXT UNIQUE, station TEXT, sequence INTEGER)',
      );
      old.exec(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5002)
        INSERT INTO inspections SELECT 'i' || i, CASE i WHEN 1 THEN 'beyond' WHEN 2 THEN 'beyond' WHEN 3 THEN 'last' ELSE 'outlet' END, i FROM n`);
    });
    expect(stations(db).map((state) => (state as unknown[]).slice(0, 2))).toEqual([
      ['last', 3],
      ['outlet', 5002],
    ]);
  });

  it('is found in the newest records, also behind some that cannot be read', () => {
    const db = salvaged(
      (old) => {
        put(old, 'inspections', { id: 'first', station: 'first', sequence: 1, tags: LONG });
        for (const n of range(2, 60))
          put(old, 'inspections', { id: `${n}`, station: n < 40 ? 'older' : 'newer', sequence: n, tags: `-${n}-${LONG}` });
      },
      (_, bytes) => [pageWith(bytes, '-50-x')],
    );
    expect(stations(db).map((state) => (state as unknown[]).slice(0, 2))).toEqual([
      ['first', 1],
      ['newer', 60],
      ['older', 39],
    ]);
  });
});

describe('damage', () => {
  const fillOutbox = (count: number) => (old: Database) => {
    for (const id of range(1, count)) put(old, 'outbox', event(id, { payload: `{"id":"-${id}-","long":"${LONG}"}` }));
  };
  const ids = (db: Database) => column(db, 'SELECT id FROM outbox ORDER BY id') as number[];

  it.each([
    ['in the middle', [60]],
    ['and another one far away', [60, 240]],
    ['and the next ones', [60, 66, 72, 78, 84]],
    ['at the beginning', [1]],
    ['at the end', [300]],
    ['at the beginning and two in the middle', [1, 60, 240]],
  ])('in a page %s costs the rows that are in it and no others', (_, hit) => {
    let lost: number[] = [];
    const db = salvaged(fillOutbox(300), (__, bytes) => {
      const pages = hit.map((id) => pageWith(bytes, `"-${id}-"`));
      lost = range(1, 300).filter((id) => pages.includes(pageWith(bytes, `"-${id}-"`)));
      return pages;
    });
    expect(lost.length).toBeGreaterThanOrEqual(4 * hit.length);
    expect(ids(db)).toEqual(range(1, 300).filter((id) => !lost.includes(id)));
  });

  it('of a whole table leaves the others', () => {
    const db = salvaged(
      (old) => {
        fillOutbox(10)(old);
        put(old, 'station_state', { station: 'outlet', last_sequence: 8 });
        put(old, 'clock_spans', { since: 5, until: 6 });
        put(old, 'images', { path: 'images/b', bytes: 50 });
      },
      (old) => ['outbox', 'counters', 'images'].map((table) => rootOf(old, table)),
    );
    expect(column(db, 'SELECT count(*) FROM outbox')).toEqual([0]);
    expect(rows(db, 'SELECT station, last_sequence FROM station_state')).toEqual([['outlet', 8]]);
    expect(rows(db, 'SELECT since, until FROM clock_spans')).toEqual([[5, 6]]);
    expect(rows(db, 'SELECT name, value FROM counters')).toEqual([
      ['image_bytes', 0],
      ['outbox_bytes', 0],
    ]);
  });
});
