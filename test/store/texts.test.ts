import { expect, it } from 'vitest';
import type { MachineText } from '#agent/contracts/index.js';
import { replaceDamaged } from '#agent/store/database.js';
import { MIGRATIONS } from '#agent/store/migrations.js';
import { similarIn } from '#agent/store/notes.js';
import { Retention } from '#agent/store/retention.js';
import { openDatabase } from '#agent/store/sqlite.js';
import { textsIn } from '#agent/store/texts.js';
import { Days } from '#agent/time.js';
import { count, KEEP, open, openEmpty, put, sql } from './setup.ts';

const NOW = Date.UTC(2026, 2, 2);
const text = (id: string, over: Partial<MachineText> = {}): MachineText => ({
  id,
  at: NOW,
  stamped: null,
  source: 'alarm',
  origin: 'plc',
  name: 'Pump',
  station: 'outlet',
  severity: 500,
  condition: 'ns=1;s=Pump',
  acked: false,
  state: 'active',
  ended: null,
  text: 'Hydraulikpumpe Druck niedrig',
  ...over,
});

it('keeps what a machine said once, with what has become of it, and what has ended is not active again', async () => {
  const { store, path } = await open();
  await store.journal.append({ texts: [text('t1'), text('t2', { station: null, source: 'event', condition: null, state: null })] });
  await store.journal.append({ texts: [text('t1', { text: 'again' })] });
  await store.journal.append({
    textChanges: [
      { id: 't1', severity: 700, acked: true, state: 'ended', ended: NOW + 5 },
      { id: 't1', severity: 700, acked: true, state: 'active', ended: null },
    ],
  });
  await store.journal.append({ texts: [text('t3', { origin: 'gone' }), text('t4', { origin: 'kept' })] });
  await store.journal.append({ heardFrom: { origins: ['kept'], at: NOW + 9 } });
  expect(sql(path, "SELECT id, state, ended - at AS after FROM texts WHERE id >= 't3' ORDER BY id")).toEqual([
    { id: 't3', state: 'unknown', after: 9 },
    { id: 't4', state: 'active', after: null },
  ]);
  expect(
    sql(path, "SELECT utc, station, origin, source, severity, state, ended, acked, text FROM text_log WHERE id < 't3' ORDER BY id"),
  ).toEqual([
    {
      utc: '2026-03-02T00:00:00.000Z',
      station: 'outlet',
      origin: 'plc',
      source: 'alarm',
      severity: 700,
      state: 'ended',
      ended: '2026-03-02T00:00:00.005Z',
      acked: 1,
      text: 'Hydraulikpumpe Druck niedrig',
    },
    expect.objectContaining({ station: null, state: null, ended: null }),
  ]);
});

it('has as active what is told again after it was taken for over, and an event once', async () => {
  const { store, path } = await open();
  await store.journal.append({ texts: [text('t1')] });
  await store.journal.append({ textChanges: [{ id: 't1', severity: 500, acked: false, state: 'ended', ended: NOW + 5 }] });
  await store.journal.append({ texts: [text('t1', { acked: true, text: 'again' })] });
  expect(sql(path, 'SELECT state, ended, acked, text FROM texts')).toEqual([
    { state: 'active', ended: null, acked: 1, text: 'Hydraulikpumpe Druck niedrig' },
  ]);
});

it('finds those of a station and of a time, with what was active then', () => {
  const { db } = openEmpty();
  const rows = [
    text('long', { at: 100, state: 'ended', ended: 900 }),
    text('still', { at: 200 }),
    text('event', { at: 500, state: null, source: 'event', station: null }),
    text('other', { at: 550, station: 'inlet' }),
    text('late', { at: 2000 }),
  ];
  rows.forEach((row, n) => {
    put(db, 'texts', { ...row, acked: null, number: n + 1, recorded: n });
  });
  const ids = (wish: object) => textsIn(db, { limit: 10, ...wish }).map(({ id }) => id);
  expect(ids({ from: 450, to: 600, station: 'outlet' })).toEqual(['event', 'still', 'long']);
  expect(ids({ from: 950, to: 1000 })).toEqual(['other', 'still']);
  expect(ids({ active: true })).toEqual(['late', 'other', 'still']);
  expect(ids({ active: false })).toEqual(['event', 'long']);
  expect(ids({ origin: 'plc.message' })).toEqual([]);
  expect(textsIn(db, { limit: 1 })[0]).toMatchObject({ acked: null, state: 'active' });
});

it('grows no further, leaves what still stands, costs no note its place, goes with the age of records, and shares the index of words with notes', () => {
  const { db, path } = openEmpty();
  const note = { id: 'n1', at: 1, who: null, source: 'page', station: null, part: null, alarm: null, text: 'Pumpe tropft', recorded: NOW };
  put(db, 'notes', { ...note, number: 1 });
  put(db, 'texts', { ...text('old', { state: 'ended', ended: NOW }), acked: 0, number: 1, recorded: NOW });
  put(db, 'texts', { ...text('event', { state: null }), acked: 0, number: 2, recorded: NOW });
  put(db, 'texts', { ...text('standing', { text: 'Druck niedrig' }), acked: 0, number: 3, recorded: NOW });
  put(db, 'texts', { ...text('new', { text: 'Pumpe heiß' }), acked: 0, number: 100_003, recorded: NOW });
  expect(textsIn(db, { limit: 5 }).map(({ id }) => id)).toEqual(['new', 'standing']);
  const found = db.prepare("SELECT rowid FROM notes_words WHERE notes_words MATCH 'pumpe' ORDER BY rowid").pluck().all();
  expect(found).toEqual([-100_003, 1]);
  expect(similarIn(db, 'Pumpe', 5).map(({ id }) => id)).toEqual(['n1']);
  const retention = new Retention(path, { ...KEEP, images: 0 });
  for (let i = 0; i < 3; i++) retention.step(db, NOW + Days(402));
  expect(count(path, 'texts')).toBe(0);
  expect(db.prepare("SELECT count(*) FROM notes_words WHERE notes_words MATCH 'pumpe'").pluck().get()).toBe(0);
  db.exec("INSERT INTO notes_words (notes_words) VALUES ('integrity-check')");
});

it('takes the words of notes along from a journal of the version before, and texts from a damaged one', () => {
  const at = MIGRATIONS.findIndex((step) => step.includes('CREATE TABLE texts'));
  const before = openDatabase(':memory:');
  for (const step of MIGRATIONS.slice(0, at)) before.exec(step);
  before.exec("INSERT INTO notes VALUES (7, 'n1', 1, NULL, 'page', NULL, NULL, NULL, 'pump leaks', 1)");
  before.exec(MIGRATIONS[at] ?? '');
  expect(similarIn(before, 'leaking pump', 3).map(({ id }) => id)).toEqual(['n1']);
  before.close();

  const { db, path } = openEmpty();
  put(db, 'texts', { ...text('t1'), acked: 1, number: 5, recorded: 0 });
  const { db: fresh } = replaceDamaged(path, 'now', 'for the test', db);
  expect(textsIn(fresh, { limit: 5 })).toEqual([{ ...text('t1'), acked: true }]);
  fresh.close();
});
