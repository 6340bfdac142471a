// A journal as it is opened, without the thread that does it: whose it is, what its file is set to, and where a damaged one goes.
import { copyFileSync, existsSync, readdirSync, readFileSync, readlinkSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { JOURNAL_FILE, lockFolder, openJournal, replaceDamaged } from '#agent/store/database.js';
import { MIGRATIONS } from '#agent/store/migrations.js';
import { openDatabase } from '#agent/store/sqlite.js';
import { cleanUp, folder, openEmpty, put } from './setup.ts';

type Database = ReturnType<typeof openDatabase>;
const PAGE = 4096;
const STAMP = '2027-01-01T00-00-00Z';

const closing = (db: Database): Database => {
  cleanUp(() => db.close());
  return db;
};
function opened(path: string, stamp = STAMP) {
  const { db, damaged } = openJournal(path, stamp);
  return { db: closing(db), damaged };
}
const names = (path: string) => readdirSync(path).sort();
const bytesOf = (path: string, name: string) => readFileSync(join(path, name));
const openHere = (part: string): string[] =>
  readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/self/fd/${fd}`)].filter((file) => file.includes(part));
    } catch {
      return [];
    }
  });
const event = { id: 7, publisher: 'mqtt', event_id: 'e7', station: 'outlet', topic: 't', payload: '{"sequence":3}' };

/** A journal with one event in it, written back whole. `spoil`: roots of tables that cannot be read any more. */
function journal(...spoil: readonly string[]): string {
  const { path, db } = openEmpty();
  put(db, 'outbox', event);
  const roots = spoil.map((table) => Number(db.prepare('SELECT rootpage FROM sqlite_schema WHERE name = ?').pluck().get(table)));
  db.pragma('wal_checkpoint(TRUNCATE)');
  db.close();
  const bytes = bytesOf(path, JOURNAL_FILE);
  for (const page of roots) bytes.fill(0xa5, (page - 1) * PAGE, page * PAGE);
  writeFileSync(join(path, JOURNAL_FILE), bytes);
  return path;
}
const events = (db: Database) => db.prepare('SELECT id FROM outbox').pluck().all();

describe('the lock on a folder', () => {
  it('is one, with the folder made for it, and is gone with its connection', () => {
    const path = join(folder(), 'deep/er');
    const lock = lockFolder(path);
    expect([statSync(path).mode & 0o777, names(path)[0]]).toEqual([0o700, 'agent.lock']);
    for (let i = 0; i < 3; i++)
      expect(() => lockFolder(path)).toThrow(expect.objectContaining({ code: 'STORE_LOCKED', details: { folder: path } }));
    lock.close();
    expect(openHere(path)).toEqual([]);
    closing(lockFolder(path));
  });

  it('is refused with what the disk says where there can be none', () => {
    const file = join(folder(), 'file');
    writeFileSync(file, '');
    const why = expect.stringMatching(/^\S+file\/below: .*(ENOTDIR|EEXIST)/);
    expect(() => lockFolder(join(file, 'below'))).toThrow(
      expect.objectContaining({ code: 'STORE_FAILED', details: { why }, cause: expect.any(Error) }),
    );
    const third = folder();
    writeFileSync(join(third, 'agent.lock'), 'no lock of an agent '.repeat(100));
    expect(() => lockFolder(third)).toThrow(
      expect.objectContaining({ code: 'STORE_FAILED', details: { why: `${third}: file is not a database` } }),
    );
    expect(openHere(third)).toEqual([]);
  });
});

describe('a journal', () => {
  const LATEST = MIGRATIONS.length;

  it('is on the disk when a commit returns, in a file of its owner’s, and gives pages back', () => {
    const path = folder();
    const { db, damaged } = opened(path);
    const is = (name: string) => db.pragma(name, { simple: true });
    expect(damaged).toBeNull();
    expect({
      mode: is('journal_mode'),
      synchronous: is('synchronous'),
      keys: is('foreign_keys'),
      checkpoint: is('wal_autocheckpoint'),
      log: is('journal_size_limit'),
      cache: is('cache_size'),
      vacuum: is('auto_vacuum'),
      version: is('user_version'),
    }).toEqual({
      mode: 'wal',
      synchronous: 2,
      keys: 1,
      checkpoint: 0,
      log: 67_108_864,
      cache: -4096,
      vacuum: 2,
      version: LATEST,
    });
    expect(statSync(join(path, JOURNAL_FILE)).mode & 0o777).toBe(0o600);
  });

  it('of an older version goes through the steps that it lacks', () => {
    const path = folder();
    const old = openDatabase(join(path, JOURNAL_FILE));
    for (const step of MIGRATIONS.slice(0, 3)) old.exec(step);
    old.pragma('user_version = 3');
    old.close();
    const { db, damaged } = opened(path);
    expect([db.pragma('user_version', { simple: true }), damaged]).toEqual([LATEST, null]);
    put(db, 'labels', {});
  });

  it('is left as it was where a step fails', () => {
    const path = folder();
    const old = openDatabase(join(path, JOURNAL_FILE));
    const adds = /ALTER TABLE \w+ ADD COLUMN \w+ \w+/;
    const at = MIGRATIONS.findLastIndex((step) => adds.test(step));
    for (const step of MIGRATIONS.slice(0, at)) old.exec(step);
    const [column = ''] = adds.exec(MIGRATIONS[at] ?? '') ?? [];
    // Somebody has put the column there already.
    old.exec(column);
    old.pragma(`user_version = ${at}`);
    old.close();
    for (let i = 0; i < 2; i++) expect(() => openJournal(path, STAMP)).toThrow(`duplicate column name: ${column.split(' ').at(-2)}`);
    const kept = closing(openDatabase(join(path, JOURNAL_FILE)));
    expect([kept.pragma('user_version', { simple: true }), names(path).filter((name) => /damaged/.test(name))]).toEqual([at, []]);
    expect(openHere(path).filter((file) => file.endsWith(JOURNAL_FILE))).toHaveLength(1);
  });

  it('of a newer version is left to the agent that made it', () => {
    const path = journal();
    const newer = openDatabase(join(path, JOURNAL_FILE));
    newer.pragma(`user_version = ${LATEST + 1}`);
    newer.close();
    const details = { file: join(path, JOURNAL_FILE), found: LATEST + 1, known: LATEST };
    expect(() => openJournal(path, STAMP)).toThrow(expect.objectContaining({ code: 'STORE_SCHEMA', details }));
    expect(names(path).filter((name) => /damaged|whole|building/.test(name))).toEqual([]);
  });
});

describe('a damaged journal', () => {
  const aside = `journal.damaged-${STAMP}.db`;

  it('that is no database is put aside as it is, twice in a second under another name', () => {
    const path = folder();
    for (const name of [aside, `journal.damaged-${STAMP}-2.db`, `journal.damaged-${STAMP}-3.db`]) {
      writeFileSync(join(path, JOURNAL_FILE), `rubbish ${name}`.repeat(100));
      const { db, damaged } = openJournal(path, STAMP);
      expect(damaged).toEqual({ file: join(path, name), why: 'file is not a database' });
      expect([bytesOf(path, name).toString().slice(0, 40), events(db)]).toEqual([`rubbish ${name}`.repeat(2).slice(0, 40), []]);
      db.close();
      expect(openHere(path)).toEqual([]);
    }
    expect(names(path).filter((name) => /whole|building/.test(name))).toEqual([]);
  });

  it.each(['inspections', 'decisions', 'images', 'owed_images', 'loads', 'station_state'])(
    'is found where the next records go: %s; and what is owed goes on in a new one',
    (table) => {
      const path = journal(table);
      const before = bytesOf(path, JOURNAL_FILE);
      const { db, damaged } = opened(path);
      expect(damaged).toEqual({ file: join(path, aside), why: expect.stringContaining('malformed') });
      expect(bytesOf(path, aside).equals(before)).toBe(true);
      expect([events(db), db.pragma('auto_vacuum', { simple: true }), db.pragma('journal_mode', { simple: true })]).toEqual([
        [7],
        2,
        'wal',
      ]);
      put(db, table, {});
      expect(statSync(join(path, JOURNAL_FILE)).mode & 0o777).toBe(0o600);
    },
  );

  it('of the outbox as well, though nothing of it is left', () => {
    const { db, damaged } = opened(journal('outbox'));
    expect([damaged?.why, events(db)]).toEqual([expect.stringContaining('malformed'), []]);
  });

  it('keeps its log beside it, which is not written into it', () => {
    const { path: source, db } = openEmpty();
    put(db, 'outbox', event);
    db.pragma('wal_checkpoint(TRUNCATE)');
    put(db, 'outbox', { ...event, id: 8, event_id: 'e8' });
    const root = Number(db.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'inspections'").pluck().get());
    // As a power cut leaves them: file and log of a writer that goes on.
    const path = folder();
    for (const suffix of ['', '-wal']) copyFileSync(join(source, JOURNAL_FILE + suffix), join(path, JOURNAL_FILE + suffix));
    const bytes = bytesOf(path, JOURNAL_FILE);
    bytes.fill(0xa5, (root - 1) * PAGE, root * PAGE);
    writeFileSync(join(path, JOURNAL_FILE), bytes);
    const log = bytesOf(path, `${JOURNAL_FILE}-wal`);
    const { db: fresh } = opened(path);
    expect(events(fresh)).toEqual([7, 8]);
    expect([bytesOf(path, aside).equals(bytes), bytesOf(path, `${aside}-wal`).equals(log)]).toEqual([true, true]);
    expect(openHere(aside)).toEqual([]);
  });

  it('goes on under its connection until the new one has its place, and is closed then', () => {
    const path = journal();
    const { db: open } = openJournal(path, 'before');
    const { db, damaged } = replaceDamaged(path, STAMP, 'a page of it', open);
    closing(db);
    expect([damaged, open.open, events(db)]).toEqual([{ file: join(path, aside), why: 'a page of it' }, false, [7]]);
    expect(openHere(aside)).toEqual([]);
  });
});

describe('a replacement that was cut off', () => {
  const whole = `journal.whole-${STAMP}.db`;
  const aside = `journal.damaged-${STAMP}.db`;

  it('before it was whole is made away with', () => {
    const path = journal();
    for (const suffix of ['', '-journal', '-wal', '-shm']) writeFileSync(join(path, `journal.building.db${suffix}`), 'half');
    const { db, damaged } = opened(path);
    expect([damaged, events(db), names(path).filter((name) => /building/.test(name))]).toEqual([null, [7], []]);
  });

  it('after that takes the place, and what had been put aside by then is not written over', () => {
    const path = journal();
    copyFileSync(join(path, JOURNAL_FILE), join(path, whole));
    for (const name of [aside, `${aside}.2`, JOURNAL_FILE, `${JOURNAL_FILE}-wal`, `${JOURNAL_FILE}-shm`])
      writeFileSync(join(path, name), name);
    const { db, damaged } = opened(path);
    expect([damaged, events(db)]).toEqual([{ file: join(path, aside), why: 'it was being replaced when the agent ended' }, [7]]);
    const kept = [aside, `${aside}.2`, `${aside}.3`, `${aside}-wal`].map((name) => bytesOf(path, name).toString());
    expect(kept).toEqual([aside, `${aside}.2`, JOURNAL_FILE, `${JOURNAL_FILE}-wal`]);
    expect(existsSync(join(path, whole))).toBe(false);
  });

  it('is known by its name alone', () => {
    const path = journal();
    for (const name of [`x${whole}`, `${whole}-wal`, 'journal.whole.db']) writeFileSync(join(path, name), 'no journal');
    const { db, damaged } = opened(path);
    expect([damaged, events(db)]).toEqual([null, [7]]);
  });
});
