/** Dead letters and the outbox's budget as the writer's thread keeps them; see letters.test.ts for the whole way. */
import { describe, expect, it } from 'vitest';
import { HighWater } from '#agent/store/high-water.js';
import { Letters } from '#agent/store/letters.js';
import { Reader } from '#agent/store/reader.js';
import { folder, openEmpty, put } from './setup.ts';

const SIZE = 10;
function journal(bound = 1e9) {
  const { db } = openEmpty();
  const letters = new Letters(db, bound);
  const events = (from: number, to: number, over: Readonly<Record<string, unknown>> = {}) => {
    for (let id = from; id <= to; id++) {
      const event = {
        id,
        publisher: 'mqtt',
        event_id: `e${id}`,
        station: 's',
        topic: 'tt',
        payload: '12345678',
        stored_at: 100 + id,
        ...over,
      };
      put(db, 'outbox', event);
      count(`unsent/${event.publisher}`, 1);
      count('outbox_bytes', SIZE);
    }
  };
  const count = (name: string, n: number) =>
    db.prepare('INSERT INTO counters VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = value + excluded.value').run(name, n);
  const rows = (text: string) => db.prepare(text).raw().all();
  const counters = () => Object.fromEntries(rows("SELECT name, value FROM counters WHERE name NOT LIKE 'time/%'") as [string, number][]);
  const ids = (table: string) => rows(`SELECT event_id FROM ${table} ORDER BY id`).flat();
  return { db, letters, events, rows, counters, ids };
}
const refusals = (from: number, to: number, why = 'no') => Array.from({ length: to - from + 1 }, (_, i) => ({ id: from + i, why }));

describe('an event that its receiver does not take', () => {
  it('becomes a dead letter as it was, with the reason and when, and is counted out of what waits', () => {
    const { letters, events, rows, counters, ids } = journal();
    events(1, 3);
    letters.refuse('mqtt', [{ id: 2, why: 'x'.repeat(400) }], 7000);
    expect(rows('SELECT publisher, event_id, station, topic, payload, stored_at, refused_at, why, retry FROM dead_letters')).toEqual([
      ['mqtt', 'e2', 's', 'tt', '12345678', 102, 7000, 'x'.repeat(300), 0],
    ]);
    expect(ids('outbox')).toEqual(['e1', 'e3']);
    // All of it is still on the disk.
    expect(counters()).toMatchObject({ 'unsent/mqtt': 2, outbox_bytes: 3 * SIZE });
  });

  it('is nothing where it was sent meanwhile, or is another publisher’s', () => {
    const { letters, events, counters, ids } = journal();
    events(1, 1, { publisher: 'other' });
    letters.refuse('mqtt', refusals(1, 2), 7000);
    expect([ids('outbox'), ids('dead_letters')]).toEqual([['e1'], []]);
    expect(counters()).toMatchObject({ 'unsent/other': 1, outbox_bytes: SIZE });
  });

  it('is told by topic, with its most frequent reason and all its letters, the largest first', () => {
    const { letters, events } = journal();
    events(1, 3, { topic: 'a1' });
    events(4, 8, { topic: 'b1' });
    letters.refuse('mqtt', [...refusals(1, 1, 'rare'), ...refusals(2, 3, 'often'), ...refusals(4, 8, 'size')], 1);
    expect(letters.fates()).toEqual({
      mqtt: {
        letters: 8,
        refusals: [
          { topic: 'b1', why: 'size', letters: 5 },
          { topic: 'a1', why: 'often', letters: 3 },
        ],
        bytes: 8 * SIZE,
        dropped: 0,
        retrying: false,
      },
    });
  });

  it('is told of twenty topics at most', () => {
    const { letters, events } = journal();
    for (let n = 1; n <= 21; n++) events(n, n, { topic: `${n}`.padStart(2, '0') });
    letters.refuse('mqtt', refusals(1, 21), 1);
    const { letters: all, refusals: told } = letters.fates()['mqtt'] ?? { refusals: [] };
    expect([all, told.length, told[0]?.topic]).toEqual([21, 20, '01']);
  });

  it('is tried again in the order in which it was stored, 256 at once, where somebody wants it', () => {
    const { db, letters, events } = journal();
    events(1, 300);
    letters.refuse('mqtt', [...refusals(151, 300), ...refusals(1, 150)], 1);
    expect([letters.wanted(), letters.fates()['mqtt']?.retrying]).toEqual([[], false]);
    db.exec("UPDATE dead_letters SET retry = 1 WHERE event_id <> 'e2'");
    expect(letters.fates()['mqtt']?.retrying).toBe(true);
    const wanted = letters.wanted();
    expect([wanted.length, wanted[0]?.eventId, wanted[1]?.eventId, wanted.at(-1)?.eventId]).toEqual([256, 'e1', 'e3', 'e257']);
    expect(wanted[0]).toEqual({
      id: 151,
      publisher: 'mqtt',
      eventId: 'e1',
      station: 's',
      topic: 'tt',
      payload: '12345678',
      storedAt: 101,
    });
  });
});

describe('the budget of the outbox', () => {
  it('costs nothing up to its last byte', () => {
    const { letters, events, ids } = journal(3 * SIZE);
    events(1, 3);
    expect([letters.enforce(), ids('outbox').length]).toEqual([0, 3]);
  });

  it('costs the oldest events of all publishers, as few as are needed, and counts them by publisher', () => {
    const { letters, events, counters, ids } = journal(2 * SIZE);
    events(1, 1);
    events(2, 2, { publisher: 'other' });
    events(3, 4);
    expect(letters.enforce()).toBe(2);
    expect(ids('outbox')).toEqual(['e3', 'e4']);
    expect(counters()).toMatchObject({
      'unsent/mqtt': 2,
      'unsent/other': 0,
      outbox_bytes: 2 * SIZE,
      'dropped/mqtt': 1,
      'dropped/other': 1,
    });
    expect(letters.fates()).toMatchObject({ mqtt: { dropped: 1, bytes: 2 * SIZE }, other: { dropped: 1, letters: 0, refusals: [] } });
  });

  it('costs dead letters before events', () => {
    const { letters, events, counters, ids } = journal(3 * SIZE - 1);
    events(1, 5);
    letters.refuse('mqtt', refusals(4, 5), 1);
    expect(letters.enforce()).toBe(3);
    expect([ids('dead_letters'), ids('outbox')]).toEqual([[], ['e2', 'e3']]);
    expect(counters()).toMatchObject({ outbox_bytes: 2 * SIZE, 'dropped/mqtt': 3, 'unsent/mqtt': 2 });
  });

  it('is kept however much is beyond it, and given up where there is nothing left to drop', () => {
    const { db, letters, events, ids } = journal(SIZE);
    events(1, 600);
    expect(letters.enforce()).toBe(599);
    expect(ids('outbox')).toEqual(['e600']);
    db.exec("UPDATE counters SET value = 999 WHERE name = 'outbox_bytes'");
    expect(letters.enforce()).toBe(1);
    expect(letters.enforce()).toBe(0);
  });

  it('tells of publishers that have nothing left but what was dropped or refused', () => {
    const { db, letters } = journal();
    db.exec("INSERT INTO counters VALUES ('dropped/a', 3)");
    put(db, 'dead_letters', { publisher: 'b', topic: 't', payload: 'p', why: 'w' });
    const fates = letters.fates();
    expect(Object.keys(fates).sort()).toEqual(['a', 'b']);
    expect(fates).toMatchObject({ a: { dropped: 3, letters: 0 }, b: { dropped: 0, letters: 1 } });
  });
});

describe('what others ask the journal', () => {
  it('is answered in pages, by publisher and between two ids', () => {
    const { db, letters, events } = journal();
    events(1, 5);
    events(6, 6, { publisher: 'other' });
    const reader = new Reader(db, letters);
    const read = (after: number, before: number, limit: number) =>
      reader.answer({ type: 'read', publisher: 'mqtt', after, before, limit, ask: 1 }) as unknown[];
    expect(read(1, 4, 9)).toEqual([2, 3, 4].flatMap((id) => [id, `e${id}`, 's', 'tt', '12345678', 100 + id]));
    expect(read(0, 9, 2)).toHaveLength(12);
    expect(reader.answer({ type: 'depth', publisher: 'mqtt', ask: 1 })).toEqual({ unsent: 5, oldestAt: 101 });
    expect(reader.answer({ type: 'depth', publisher: 'nobody', ask: 1 })).toEqual({ unsent: 0, oldestAt: null });
    expect(reader.answer({ type: 'wanted', ask: 1 })).toEqual([]);
    put(db, 'images', { path: 'images/a' });
    put(db, 'owed_images', { path: 'images/b' });
    expect(reader.answer({ type: 'orphans', paths: ['images/a', 'images/b', 'images/c'], ask: 1 })).toEqual(['images/c']);
  });

  it('is at the start where each station goes on, what waits, and which alarms last', () => {
    const { db, letters, events } = journal();
    events(1, 5);
    events(6, 6, { publisher: 'other' });
    put(db, 'station_state', { station: 'outlet', last_sequence: 7, last_part: 'P7', last_counter: 9, memory: 'm' });
    put(db, 'alarms', { key: 'k2', code: 'C', subject: 's', since: 20, text: 't', next: 'n', cleared: null });
    put(db, 'alarms', { key: 'k1', code: 'C', subject: 's', since: 10, text: 't', next: 'n', cleared: null });
    put(db, 'alarms', { key: 'over', since: 5, cleared: 6 });
    put(db, 'images', { path: 'images/a', bytes: 50 });
    db.exec("INSERT INTO counters VALUES ('accepted', 12)");
    const alarm = (key: string, since: number) => ({
      key,
      code: 'C',
      subject: 's',
      since,
      text: 't',
      next: 'n',
      active: true,
      raised: since,
      times: 1,
    });
    expect(new Reader(db, letters).opened({ damaged: null, left: null, highWater: new HighWater(folder()) })).toEqual({
      behind: [],
      stations: { outlet: { lastSequence: 7, lastPart: 'P7', lastCounter: 9, saved: 'm' } },
      alarms: [alarm('k1', 10), alarm('k2', 20)],
      unsent: { mqtt: 5, other: 1 },
      newestOutboxId: 6,
      imageBytes: 50,
      accepted: 12,
      time: null,
      left: null,
      damaged: null,
    });
  });
});
