/** What other programs of this box do with the journal: dead letters listed, tried again and dropped, and who did what on record. */
import { userInfo } from 'node:os';
import { afterEach, describe, expect, it } from 'vitest';
import { recordAct } from '#agent/store/audit-desk.js';
import { dropLetters, lettersOf, retryLetters, usingJournal } from '#agent/store/letters-desk.js';
import { MIGRATIONS } from '#agent/store/migrations.js';
import { folder, openEmpty, put } from './setup.ts';

const letter = (id: number, over: Readonly<Record<string, unknown>> = {}) => ({
  id,
  publisher: 'mqtt',
  event_id: `e${id}`,
  topic: id % 2 === 0 ? 'even' : 'odd',
  payload: 'ä'.repeat(id),
  stored_at: id,
  refused_at: Date.UTC(2026, 0, 5, 6, 7, 8, 9),
  why: 'Not authorized (0x87)',
  retry: 0,
  ...over,
});
function journal(count = 5) {
  const { path, db } = openEmpty();
  for (let id = 1; id <= count; id++) put(db, 'dead_letters', letter(id));
  const rows = (text: string) => db.prepare(text).raw().all();
  return { path, db, rows };
}

describe('dead letters', () => {
  it('are listed with all that is known of them, and what waits and was dropped beside them', () => {
    const { path, db } = journal(2);
    db.exec("UPDATE dead_letters SET retry = 1 WHERE id = 2; INSERT INTO counters VALUES ('unsent/mqtt', 7), ('unsent/other', 1)");
    db.exec("INSERT INTO counters VALUES ('dropped/mqtt', 3), ('dropped/other', 2)");
    db.exec("UPDATE counters SET value = 99 WHERE name = 'outbox_bytes'");
    const one = { publisher: 'mqtt', refused: '2026-01-05T06:07:08.009Z', why: 'Not authorized (0x87)' };
    expect(lettersOf(path, {}, 9)).toEqual({
      letters: [
        { ...one, id: 1, topic: 'odd', event: 'e1', bytes: 2, retry: false },
        { ...one, id: 2, topic: 'even', event: 'e2', bytes: 4, retry: true },
      ],
      total: 2,
      waiting: { mqtt: 7, other: 1 },
      dropped: 5,
      bytes: 99,
    });
  });

  it.each([
    [{}, [1, 2, 3, 4, 5]],
    [{ topic: 'odd' }, [1, 3, 5]],
    [{ ids: [2, 3, 99] }, [2, 3]],
    [{ ids: [2, 3], topic: 'odd' }, [3]],
    [{ ids: [] }, []],
  ])('are those that somebody wishes: %j', (wish, wanted) => {
    const { path, rows } = journal();
    const { letters, total } = lettersOf(path, wish, 2);
    expect([letters.map(({ id }) => id), total]).toEqual([wanted.slice(0, 2), wanted.length]);
    expect(retryLetters(path, wish)).toBe(wanted.length);
    expect(rows('SELECT id FROM dead_letters WHERE retry = 1 ORDER BY id').flat()).toEqual(wanted);
    expect(dropLetters(path, wish)).toBe(wanted.length);
    expect(rows('SELECT id FROM dead_letters ORDER BY id').flat()).toEqual([1, 2, 3, 4, 5].filter((id) => !wanted.includes(id)));
  });
});

describe('a journal that is not there', () => {
  it('is told as such, one of a newer version, an older one, and one that is none too', () => {
    const nowhere = folder();
    expect(() => lettersOf(nowhere, {}, 1)).toThrow(expect.objectContaining({ code: 'STORE_MISSING', details: { folder: nowhere } }));
    const { path, db } = journal();
    db.pragma(`user_version = ${MIGRATIONS.length + 1}`);
    expect(() => retryLetters(path, {})).toThrow(
      expect.objectContaining({
        code: 'STORE_SCHEMA',
        details: { file: `${path}/journal.db`, found: MIGRATIONS.length + 1, known: MIGRATIONS.length },
      }),
    );
    db.pragma(`user_version = ${MIGRATIONS.length}`);
    expect(retryLetters(path, {})).toBe(5);
    db.exec('DROP TABLE dead_letters');
    expect(() => dropLetters(path, {})).toThrow(
      expect.objectContaining({
        code: 'STORE_FAILED',
        details: { why: `${path}/journal.db is of an older version: start the agent once` },
      }),
    );
  });

  it('is told with what SQLite says', () => {
    const { path } = journal();
    expect(() => usingJournal(path, (db) => db.exec('nonsense'))).toThrow(
      expect.objectContaining({ code: 'STORE_FAILED', details: { why: expect.stringMatching(new RegExp(`^${path}: .*syntax error`)) } }),
    );
  });

  it('is closed again, whatever came of it', () => {
    const { path } = journal();
    let used: { open: boolean } | undefined;
    usingJournal(path, (db) => {
      used = db;
    });
    expect(used?.open).toBe(false);
  });
});

describe('what somebody did by a command of this box', () => {
  const before = process.env['SUDO_USER'];
  afterEach(() => {
    if (before === undefined) delete process.env['SUDO_USER'];
    else process.env['SUDO_USER'] = before;
  });
  const acts = (rows: (text: string) => unknown[]) => rows('SELECT who, source, verb, detail FROM audit ORDER BY rowid');

  it('is on record with who sits at the terminal', () => {
    const { path, rows } = journal();
    delete process.env['SUDO_USER'];
    recordAct(path, { verb: 'trust', detail: { server: 'plc' } });
    process.env['SUDO_USER'] = 'anna';
    recordAct(path, { verb: 'promote', detail: {} });
    expect(acts(rows)).toEqual([
      [userInfo().username, 'cli', 'trust', '{"server":"plc","outcome":"done"}'],
      ['anna', 'cli', 'promote', '{"outcome":"done"}'],
    ]);
  });

  it('has the agent’s own time of the newest record, of whatever kind, and its own where there is none', () => {
    const { path, db, rows } = journal();
    const times = () => rows('SELECT recorded, at FROM audit ORDER BY rowid DESC').at(0) as [number, number];
    recordAct(path, { verb: 'first', detail: {} });
    expect(times()[0]).toBe(times()[1]);
    expect(Math.abs(times()[0] - Date.now())).toBeLessThan(3_600_000);
    db.exec('DELETE FROM audit');
    put(db, 'inspections', { id: 'old', recorded: 90 });
    put(db, 'inspections', { id: 'new', recorded: 50 });
    put(db, 'loads', { recorded: 70 });
    recordAct(path, { verb: 'second', detail: {} });
    expect(times()[0]).toBe(70);
    put(db, 'audit', { recorded: 80 });
    recordAct(path, { verb: 'third', detail: {} });
    expect(times()[0]).toBe(80);
  });
});
