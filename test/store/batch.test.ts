/** What the writer's thread makes of entries: one transaction, the front of what was handed over, and nothing twice. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Batcher, type BatchHelp, type Entry, type Work } from '#agent/store/batch.js';
import { JOURNAL_FILE } from '#agent/store/database.js';
import { packWindow, unpackWindow } from '#agent/store/packing.js';
import { openDatabase } from '#agent/store/sqlite.js';
import type { Row } from '#agent/store/tables.js';
import { cleanUp, openEmpty, put } from './setup.ts';

type Database = ReturnType<typeof openDatabase>;
const NOW = 7000;
const load = (at: number, detail: string | null = 'd'): Row => ['loads', at, 'agent', detail, at];
const event = (id: number, publisher = 'mqtt', payload = '{"a":"ä"}'): Row =>
  ['outbox', id, publisher, `e${id}`, 's', 'tt', payload, NOW] as const;
/** Topic and payload of an event, bytes. */
const BYTES = 12;
const work = (first: number, entries: readonly Entry[], over: Partial<Work> = {}): Work => ({
  first,
  entries,
  sent: [],
  time: null,
  ...over,
});
const one = (n: number, ...more: Row[]): Entry => [load(n), ...more];

function batcherOn(db: Database, over: Partial<BatchHelp> = {}) {
  const told: string[] = [];
  const help: BatchHelp = {
    makeRoom: () => false,
    replace: () => {
      throw new Error('nobody asked for a new one');
    },
    quarantined: (why) => void told.push(why),
    ...over,
  };
  return { told, batcher: new Batcher(db, help) };
}
function journal(over: Partial<BatchHelp> = {}) {
  const { path, db } = openEmpty();
  const rows = (text: string) => db.prepare(text).raw().all();
  const loads = () => rows('SELECT at FROM loads ORDER BY rowid').flat();
  const counter = (name: string) => db.prepare('SELECT value FROM counters WHERE name = ?').pluck().get(name);
  return { path, db, rows, loads, counter, ...batcherOn(db, over) };
}
const stored = (committed: number, newest = 0) => ({ committed, refused: 0, fault: null, unfit: false, newest });

describe('entries that are handed over', () => {
  it('are on the disk when it is said, with the newest event and the number of the last entry', () => {
    const { batcher, loads, rows, counter } = journal();
    expect(batcher.newestEntry).toBe(0);
    expect(batcher.commit([work(1, [one(1, event(1)), one(2)]), work(3, [one(3, event(2), event(5)), one(4)])], NOW)).toEqual(stored(4, 5));
    expect([loads(), batcher.newestEntry, counter('accepted')]).toEqual([[1, 2, 3, 4], 4, 4]);
    expect(rows('SELECT id, publisher, event_id, station, topic, payload, stored_at FROM outbox')[0]).toEqual(event(1).slice(1));
    expect([counter('unsent/mqtt'), counter('outbox_bytes')]).toEqual([3, 3 * BYTES]);
  });

  it('may be none: what was sent is forgotten all the same, by its own publisher, and counted out', () => {
    const { batcher, rows, counter } = journal();
    batcher.commit([work(1, [[1, 2, 3, 4, 6].map((id) => event(id)), [event(5, 'other')]])], NOW);
    const sent = [{ publisher: 'mqtt', ranges: [1, 2, 4, 5] }];
    expect(batcher.commit([work(3, [], { sent })], NOW)).toEqual(stored(0));
    expect(rows('SELECT id FROM outbox ORDER BY id').flat()).toEqual([3, 5, 6]);
    expect([counter('unsent/mqtt'), counter('unsent/other'), counter('outbox_bytes'), counter('accepted')]).toEqual([2, 1, 3 * BYTES, 2]);
  });

  it('are stored once, however often they are handed over', () => {
    const { db, batcher, loads } = journal();
    batcher.commit([work(1, [one(1), one(2), one(3)])], NOW);
    expect(batcher.commit([work(2, [one(2), one(3), one(4)])], NOW)).toEqual(stored(3));
    expect(batcher.commit([work(1, [one(1)])], NOW)).toEqual(stored(1));
    expect([loads(), batcher.newestEntry]).toEqual([[1, 2, 3, 4], 4]);
    // The next life knows as well.
    const next = batcherOn(db).batcher;
    expect(next.newestEntry).toBe(4);
    next.commit([work(4, [one(4), one(5)])], NOW);
    expect(loads()).toEqual([1, 2, 3, 4, 5]);
  });

  it('that are of an inspection which is there already are left out whole', () => {
    const { db, batcher, loads } = journal();
    put(db, 'inspections', { id: 'known' });
    const columns = db.prepare('SELECT * FROM inspections').raw().get() as never[];
    const names = (db.pragma('table_info(inspections)') as { name: string }[]).map(({ name }) => name);
    const of = (id: string) => ['inspections', ...columns.map((cell, i) => (names[i] === 'id' ? id : cell))] as unknown as Row;
    expect(
      batcher.commit(
        [
          work(1, [
            [of('known'), load(1)],
            [of('fresh'), load(2)],
          ]),
        ],
        NOW,
      ),
    ).toEqual(stored(2));
    expect(loads()).toEqual([2]);
  });

  it('write a station’s state once, and leave what they do not say as it was', () => {
    const { db, batcher, rows } = journal();
    put(db, 'station_state', { station: 'outlet', last_sequence: 9, last_part: 'P9', last_counter: 90, memory: 'm9' });
    const state = (...cells: (string | number | null)[]) => ['station_state', ...cells] as unknown as Row;
    const states = () => rows('SELECT * FROM station_state ORDER BY station');
    batcher.commit(
      [work(1, [[state('outlet', 8, null, 80, null)], [state('outlet', null, 'P8', null, 'm8')], [state('trim', null, null, null, 'm')]])],
      NOW,
    );
    expect(states()).toEqual([
      ['outlet', 9, 'P8', 80, 'm8'],
      ['trim', 0, null, null, 'm'],
    ]);
    batcher.commit([work(4, [[state('outlet', 10, 'P10', null, null)], [state('outlet', 11, null, 110, null)]])], NOW);
    expect(states()[0]).toEqual(['outlet', 11, 'P10', 110, 'm8']);
  });

  it('raise an alarm once, with its latest words, and end it', () => {
    const { batcher, rows } = journal();
    const on = (text: string) => ['alarm_on', 'CODE', 'top', 'CODE/top', 5, text, 'next', 6] as unknown as Row;
    batcher.commit([work(1, [[on('first')], [on('second')]])], NOW);
    const alarms = () => rows('SELECT code, subject, key, since, text, next, cleared, recorded FROM alarms');
    expect(alarms()).toEqual([['CODE', 'top', 'CODE/top', 5, 'second', 'next', null, 6]]);
    batcher.commit([work(3, [[['alarm_off', 'CODE/top', 8, 9]], [on('again')]])], NOW);
    expect(alarms()).toEqual([
      ['CODE', 'top', 'CODE/top', 5, 'second', 'next', 8, 9],
      ['CODE', 'top', 'CODE/top', 5, 'again', 'next', null, 6],
    ]);
  });

  it('take a paid picture and a revived letter off their lists, and pack a window', () => {
    const { db, batcher, rows } = journal();
    for (const path of ['images/a', 'images/b']) put(db, 'owed_images', { path });
    for (const id of [7, 8]) put(db, 'dead_letters', { id, publisher: 'mqtt', topic: 't', payload: 'p', why: 'w' });
    put(db, 'inspections', { id: 'i' });
    const values = new Uint8Array(Float32Array.of(1.5, -2, 3, 4).buffer);
    batcher.commit(
      [work(1, [[['paid', 'images/a']], [['revived', 7]], [['windows', 'i', 9, 200, 2, '["a","b"]', values, Uint8Array.of(0, 1, 2, 3)]]])],
      NOW,
    );
    expect([rows('SELECT path FROM owed_images'), rows('SELECT id FROM dead_letters')]).toEqual([[['images/b']], [[8]]]);
    const [window] = rows('SELECT inspection, ends_at, every_ms, steps, tags, data FROM windows') as [unknown[]];
    expect(window.slice(0, 5)).toEqual(['i', 9, 200, 2, '["a","b"]']);
    const { values: back, quality } = unpackWindow(window[5] as Uint8Array, 2);
    expect([[...back], [...quality]]).toEqual([
      [1.5, -2, 3, 4],
      [0, 1, 2, 3],
    ]);
  });

  it('bring the agent’s own time with them, the latest of it, and every span nobody lived through', () => {
    const { batcher, rows, counter } = journal();
    const mark = (own: number, spans: readonly { from: number; to: number }[] = []) =>
      ({ own, wall: own + 1.7, doubt: 'stepped', lived: 3.9, spans }) as const;
    const spans = [{ from: 1, to: 2 }];
    batcher.commit([work(1, [one(1)], { time: mark(10.2) }), work(2, [one(2)], { time: mark(20.2, spans) }), work(3, [one(3)])], NOW);
    expect(['own', 'wall', 'doubt', 'lived'].map((name) => counter(`time/${name}`))).toEqual([21, 21, 1, 3]);
    batcher.commit([work(4, [one(4)], { time: mark(30, spans) })], NOW);
    expect(rows('SELECT since, until FROM clock_spans')).toEqual([[1, 2]]);
  });
});

describe('an entry that does not fit', () => {
  const unfit = (n: number): Entry => [load(n, null), event(n), ['station_state', 'outlet', n, null, null, null]];

  it('lies in quarantine with the reason, its event is published, and the others are stored', () => {
    const { batcher, told, loads, rows } = journal();
    const bytes = [load(2, null), ['windows', 'i', 1, 2, 3, 't', Uint8Array.of(1, 2), Uint8Array.of(3)], event(2)] as unknown as Entry;
    expect(batcher.commit([work(1, [one(1), bytes, one(3, event(3)), unfit(4)])], NOW)).toEqual({ ...stored(4, 4), unfit: true });
    expect([loads(), rows('SELECT event_id FROM outbox ORDER BY id').flat()]).toEqual([
      [1, 3],
      ['e2', 'e3', 'e4'],
    ]);
    expect(rows('SELECT station, last_sequence FROM station_state')).toEqual([['outlet', 4]]);
    const quarantine = rows('SELECT at, why, entry FROM quarantine') as [number, string, string][];
    expect(quarantine.map(([at, why]) => [at, why])).toEqual(Array(2).fill([NOW, expect.stringContaining('NOT NULL')]));
    expect(JSON.parse(quarantine[0]?.[2] ?? '')[1]).toEqual(['windows', 'i', 1, 2, 3, 't', 'AQI=', 'Aw==']);
    expect(told).toHaveLength(2);
    expect([batcher.newestEntry, batcher.commit([work(5, [one(5)])], NOW)]).toEqual([4, stored(1)]);
  });

  it('keeps what was sent for the next time', () => {
    const { batcher, rows } = journal();
    batcher.commit([work(1, [one(1, event(1))])], NOW);
    batcher.commit([work(2, [unfit(2)], { sent: [{ publisher: 'mqtt', ranges: [1, 1] }] })], NOW);
    expect(rows('SELECT id FROM outbox').flat()).toEqual([1, 2]);
    batcher.commit([work(3, [one(3)])], NOW);
    expect(rows('SELECT id FROM outbox').flat()).toEqual([2]);
  });

  it('that was stored up to a full disk is the front, and all behind it is refused', () => {
    const { db, batcher, loads } = journal();
    const pages = Number(db.pragma('page_count', { simple: true }));
    db.pragma(`max_page_count = ${pages + 4}`);
    const large = one(3, event(3, 'mqtt', 'x'.repeat(100_000)));
    const result = batcher.commit([work(1, [one(1, event(1)), unfit(2), large, one(4)])], NOW);
    expect(result).toEqual({
      committed: 2,
      refused: 2,
      fault: { code: 'STORE_FULL', why: expect.stringContaining('SQLITE_FULL') },
      unfit: true,
      newest: 2,
    });
    expect([loads(), batcher.newestEntry]).toEqual([[1], 2]);
  });
});

describe('a disk that is full', () => {
  const large = (n: number): Entry => one(n, event(n, 'mqtt', 'x'.repeat(100_000)));
  /** The journal may grow by four pages, until somebody makes room. */
  const tight = (makeRoom: (db: Database) => boolean) => {
    let asked = 0;
    const { path, db } = openEmpty();
    db.pragma(`max_page_count = ${Number(db.pragma('page_count', { simple: true })) + 4}`);
    const room = () => {
      asked++;
      return makeRoom(db);
    };
    const { batcher } = batcherOn(db, { makeRoom: room });
    const loads = () => db.prepare('SELECT at FROM loads').pluck().all();
    return { path, db, batcher, loads, asked: () => asked };
  };
  const grow = (db: Database) => {
    db.pragma('max_page_count = 100000');
    return true;
  };

  it('gets room made, and takes everything then', () => {
    const { batcher, loads, asked } = tight(grow);
    expect(batcher.commit([work(1, [one(1), large(2)])], NOW)).toEqual(stored(2, 2));
    expect([loads(), asked()]).toEqual([[1, 2], 1]);
  });

  it.each([
    ['has nothing left to free', () => false, 1],
    [
      'lets nothing go',
      () => {
        throw new Error('busy');
      },
      1,
    ],
    ['is full again each time', () => true, 5],
  ])('that %s refuses all of it, none half stored, and takes it later with what was sent', (_, makeRoom, times) => {
    const { db, batcher, loads, asked } = tight(makeRoom);
    batcher.commit([work(1, [[event(1)]])], NOW);
    const handed = [work(2, [one(2), large(3)], { sent: [{ publisher: 'mqtt', ranges: [1, 1] }] })];
    expect(batcher.commit(handed, NOW)).toEqual({
      committed: 0,
      refused: 2,
      fault: { code: 'STORE_FULL', why: expect.stringContaining('full') },
      unfit: false,
      newest: 0,
    });
    expect([asked(), loads(), batcher.newestEntry, db.inTransaction]).toEqual([times, [], 1, false]);
    const outbox = () => db.prepare('SELECT id FROM outbox').pluck().all();
    expect([outbox(), db.prepare("SELECT value FROM counters WHERE name = 'unsent/mqtt'").pluck().get()]).toEqual([[1], 1]);
    grow(db);
    // The mark rides along, and is not asked for again after that.
    expect(batcher.commit([work(2, [one(2), large(3)])], NOW)).toEqual(stored(2, 3));
    expect([loads(), outbox()]).toEqual([[2, 3], [3]]);
    db.exec("INSERT INTO outbox (id, publisher, event_id, station, topic, payload, stored_at) VALUES (1, 'mqtt', 'x', 's', 't', 'p', 1)");
    batcher.commit([work(4, [one(4)])], NOW);
    expect(outbox()).toEqual([1, 3]);
  });
});

describe('a journal that is damaged', () => {
  /** One whose table of loads cannot be read. */
  function damaged() {
    const { path, db } = openEmpty();
    const root = Number(db.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'loads'").pluck().get());
    db.pragma('wal_checkpoint(TRUNCATE)');
    db.close();
    const file = join(path, JOURNAL_FILE);
    const bytes = readFileSync(file);
    bytes.fill(0xa5, (root - 1) * 4096, root * 4096);
    writeFileSync(file, bytes);
    const spoiled = openDatabase(file);
    cleanUp(() => spoiled.close());
    return spoiled;
  }

  it('is replaced once, and takes the entries then', () => {
    const fresh = openEmpty().db;
    const why: string[] = [];
    const { batcher } = batcherOn(damaged(), {
      replace: (cause) => {
        why.push(cause);
        return fresh;
      },
    });
    expect(batcher.commit([work(1, [one(1, event(1))])], NOW)).toEqual(stored(1, 1));
    expect(why).toEqual([expect.stringContaining('malformed')]);
    expect(fresh.prepare('SELECT at FROM loads').pluck().all()).toEqual([1]);
  });

  it('is not replaced again and again where the new one is no better', () => {
    let replaced = 0;
    const { batcher } = batcherOn(damaged(), {
      replace: () => {
        replaced++;
        return damaged();
      },
    });
    expect(batcher.commit([work(1, [one(1)])], NOW)).toMatchObject({ committed: 0, refused: 1, fault: { code: 'STORE_FAILED' } });
    expect(replaced).toBe(1);
  });

  it('whose replacement failed half way is replaced at the next try, before anything else', () => {
    const closed = openEmpty().db;
    const fresh = openEmpty().db;
    const attempts: string[] = [];
    const { batcher } = batcherOn(closed, {
      replace: (cause) => {
        attempts.push(cause);
        if (attempts.length === 1) throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
        return fresh;
      },
    });
    closed.close();
    expect(batcher.commit([work(1, [one(1)])], NOW)).toEqual({
      committed: 0,
      refused: 1,
      fault: { code: 'STORE_FULL', why: 'no space (ENOSPC)' },
      unfit: false,
      newest: 0,
    });
    expect(batcher.commit([work(1, [one(1)])], NOW)).toEqual(stored(1));
    expect(attempts).toEqual(['', '']);
    expect(fresh.prepare('SELECT at FROM loads').pluck().all()).toEqual([1]);
  });
});

describe('a window', () => {
  it.each([
    [1, 1],
    [4, 3],
    [60, 8],
  ])('of %d steps and %d channels comes back as it was packed', (steps, channels) => {
    const values = Float32Array.from({ length: steps * channels }, (_, i) => (i % 7 === 3 ? Number.NaN : 20 + Math.sin(i) / 3));
    const quality = Uint8Array.from({ length: steps * channels }, (_, i) => i % 4);
    const packed = packWindow(new Uint8Array(values.buffer), quality, steps);
    const back = unpackWindow(packed, steps);
    expect([back.values, back.quality]).toEqual([values, quality]);
  });

  it('that a sensor barely changes is small: alike bytes lie side by side, channel by channel', () => {
    const [steps, channels] = [600, 8];
    const values = Float32Array.from({ length: steps * channels }, (_, i) => 1000 * (i % channels) + 0.25);
    const packed = packWindow(new Uint8Array(values.buffer), new Uint8Array(steps * channels), steps);
    expect(packed.length).toBeLessThan(200);
  });

  it('of nothing is nothing', () => {
    const back = unpackWindow(packWindow(new Uint8Array(0), new Uint8Array(0), 0), 0);
    expect([back.values.length, back.quality.length]).toEqual([0, 0]);
  });
});
