import { describe, expect, it } from 'vitest';
import type { OutboxFate, StoredOutboxRow } from '#agent/contracts/index.js';
import { retryLetters } from '#agent/store/letters-desk.js';
import { rangesOf } from '#agent/store/outbox.js';
import { ManualClock } from '../simulators/clock.ts';
import { count, entry, open, row, sql } from './setup.ts';

const rows = (n: number, publisher = 'mqtt') => Array.from({ length: n }, (_, i) => row(`${publisher}-${i + 1}`, { publisher }));
const ALL = Number.MAX_SAFE_INTEGER;

describe('the outbox', () => {
  it('gives back what was committed, in order, page by page', async () => {
    const { store, clock } = await open({ clock: new ManualClock() });
    await store.journal.append({ outbox: rows(25) });
    const first = await store.outbox.read('mqtt', 0, ALL, 10);
    expect(first).toHaveLength(10);
    expect(first[0]).toEqual({ ...row('mqtt-1'), id: first[0]?.id, storedAt: clock.now() });
    const rest = await store.outbox.read('mqtt', first[9]?.id ?? 0, ALL, 100);
    expect([...first, ...rest].map((r) => r.eventId)).toEqual(rows(25).map((r) => r.eventId));
    expect(await store.outbox.read('mqtt', first[2]?.id ?? 0, first[5]?.id ?? 0, 100)).toEqual(first.slice(3, 6));
    expect(await store.outbox.read('nobody', 0, ALL, 100)).toEqual([]);
  });

  it('tells of every commit with its newest id, until the listener has gone', async () => {
    const { store } = await open();
    const heard: number[] = [];
    const end = store.outbox.onCommit((newest) => heard.push(newest));
    await store.journal.append({ outbox: rows(3) });
    await store.journal.append({ load: { kind: 'agent', at: 1, detail: '' } });
    await store.journal.append({ outbox: rows(2) });
    end();
    await store.journal.append({ outbox: rows(2) });
    const ids = (await store.outbox.read('mqtt', 0, ALL, 100)).map((r) => r.id);
    expect(heard).toEqual([ids[2], ids[4]]);
    expect((await store.outbox.depth('mqtt')).newest).toBe(ids.at(-1));
  });

  it('hands over with a commit what was committed, as it would be read', async () => {
    const { store } = await open();
    const handed: StoredOutboxRow[] = [];
    store.outbox.onCommit((_, committed) => handed.push(...committed));
    await Promise.all([1, 2, 3].map((n) => store.journal.append({ ...entry(n), outbox: rows(n) })));
    await store.journal.append({ outbox: rows(2, 'sparkplug') });
    const read = await Promise.all(['mqtt', 'sparkplug'].map((publisher) => store.outbox.read(publisher, 0, ALL, 100)));
    expect(handed).toEqual(read.flat());
    expect(handed).toHaveLength(8);
  });

  it('hands over nothing of a commit in which an entry failed: what there is has to be read', async () => {
    const { store } = await open();
    const heard: { newest: number; rows: number }[] = [];
    store.outbox.onCommit((newest, committed) => heard.push({ newest, rows: committed.length }));
    await Promise.all([
      store.journal.append({ outbox: rows(1) }),
      store.journal.append({ load: { kind: 'agent', at: 'noon' as unknown as number, detail: '' }, outbox: rows(1) }),
    ]);
    const ids = (await store.outbox.read('mqtt', 0, ALL, 100)).map((r) => r.id);
    expect(heard.at(-1)?.newest).toBe(ids.at(-1));
    expect(heard.every((one) => one.rows === 0)).toBe(true);
  });

  it('forgets what was sent with the next commit, for that publisher only', async () => {
    const { store, path } = await open();
    await store.journal.append({ outbox: [...rows(4, 'mqtt'), ...rows(4, 'sparkplug')] });
    const ids = (await store.outbox.read('mqtt', 0, ALL, 100)).map((r) => r.id);
    store.outbox.sent('mqtt', ids.toReversed().slice(1));
    await store.journal.append(entry(1));
    expect(sql(path, 'SELECT publisher, count(*) AS n FROM outbox GROUP BY publisher')).toEqual([
      { publisher: 'mqtt', n: 2 },
      { publisher: 'sparkplug', n: 4 },
    ]);
    expect(sql(path, "SELECT name, value FROM counters WHERE name LIKE 'unsent/%'")).toEqual([
      { name: 'unsent/mqtt', value: 2 },
      { name: 'unsent/sparkplug', value: 4 },
    ]);
  });

  it('forgets what was sent by itself after a quarter of a second', async () => {
    const clock = new ManualClock();
    const { store, path } = await open({ clock });
    await store.journal.append({ outbox: rows(4) });
    const ids = (await store.outbox.read('mqtt', 0, ALL, 100)).map((r) => r.id);
    store.outbox.sent('mqtt', ids);
    expect(count(path, 'outbox')).toBe(4);
    await clock.advance(250);
    await expect.poll(() => count(path, 'outbox')).toBe(0);
  });

  it('waits with marks once, until they are many: then it waits no longer', async () => {
    const clock = new ManualClock();
    const { store, path } = await open({ clock });
    await store.journal.append({ outbox: rows(2001) });
    const ids = (await store.outbox.read('mqtt', 0, ALL, 3000)).map((r) => r.id);
    const idle = clock.pending;
    store.outbox.sent('mqtt', ids.slice(0, 1));
    store.outbox.sent('mqtt', ids.slice(1, 1999));
    expect(clock.pending).toBe(idle + 1);
    store.outbox.sent('mqtt', ids.slice(1999, 2000));
    expect(clock.pending).toBe(idle);
    await expect.poll(() => count(path, 'outbox')).toBe(1);
    // None is left to be sent again.
    expect(await store.outbox.depth('mqtt')).toMatchObject({ unsent: 1 });
    store.outbox.sent('mqtt', ids.slice(2000));
    expect(clock.pending).toBe(idle + 1);
    await clock.advance(250);
    await expect.poll(() => count(path, 'outbox')).toBe(0);
  });

  it('makes dead letters of what is refused, after what was sent before, and says so to who watches that publisher', async () => {
    const { store, path } = await open({ clock: new ManualClock() });
    await store.journal.append({ outbox: [...rows(5), ...rows(2, 'sparkplug')] });
    const ids = (await store.outbox.read('mqtt', 0, ALL, 100)).map((r) => r.id);
    const told: OutboxFate[] = [];
    const others: OutboxFate[] = [];
    const end = store.outbox.watch('mqtt', (fate) => told.push(fate));
    store.outbox.watch('sparkplug', (fate) => others.push(fate));
    const none = { letters: 0, refusals: [], bytes: 0, dropped: 0, bound: 4e9, revived: 0 };
    expect([told, others]).toEqual([[none], [none]]);
    store.outbox.sent('mqtt', ids.slice(0, 2));
    store.outbox.refuse('mqtt', [
      { id: ids[1] ?? 0, why: 'no' },
      { id: ids[2] ?? 0, why: 'no' },
    ]);
    await expect.poll(() => told.at(-1)?.letters).toBe(1);
    expect(told.at(-1)).toMatchObject({ refusals: [{ why: 'no', letters: 1 }], bound: 4e9, revived: 0 });
    expect(told.at(-1)?.bytes).toBeGreaterThan(10);
    expect(others.at(-1)).toMatchObject({ letters: 0, refusals: [] });
    expect([await store.outbox.depth('mqtt'), count(path, 'dead_letters')]).toMatchObject([{ unsent: 2 }, 1]);
    end();
    const heard = told.length;
    store.outbox.refuse('mqtt', [{ id: ids[3] ?? 0, why: 'no' }]);
    await store.outbox.depth('mqtt');
    expect(told).toHaveLength(heard);
  });

  it('takes dead letters back that somebody wants sent again, counts each try, and tells of it before they come', async () => {
    const clock = new ManualClock();
    const { store, path } = await open({ clock });
    await store.journal.append({ outbox: rows(2) });
    const ids = (await store.outbox.read('mqtt', 0, ALL, 100)).map((r) => r.id);
    store.outbox.refuse('mqtt', [{ id: ids[0] ?? 0, why: 'no' }]);
    const heard: string[] = [];
    store.outbox.watch('mqtt', ({ letters, revived }) => heard.push(`${letters} letters, ${revived} tried again`));
    store.outbox.onCommit((_, fresh) => heard.push(...fresh.map(({ eventId }) => eventId)));
    await expect.poll(() => heard.at(-1)).toBe('1 letters, 0 tried again');
    for (const times of [1, 2]) {
      expect(retryLetters(path, {})).toBe(1);
      // The writer looks now and then whether somebody has wanted something.
      await expect.poll(() => clock.advance(5000).then(() => heard.at(-1))).toBe(`0 letters, ${times} tried again`);
      expect(heard).toContain(`1 letters, ${times} tried again`);
      const again = (await store.outbox.read('mqtt', 0, ALL, 100)).at(-1);
      expect([again?.eventId, (again?.id ?? 0) > (ids[1] ?? 0)]).toEqual(['mqtt-1', true]);
      store.outbox.refuse('mqtt', [{ id: again?.id ?? 0, why: 'no' }]);
      await expect.poll(() => heard.at(-1)).toBe(`1 letters, ${times} tried again`);
    }
    const first = heard.indexOf('1 letters, 1 tried again');
    expect(heard.indexOf('mqtt-1')).toBeGreaterThan(first);
    expect(heard.filter((one) => one === 'mqtt-1')).toHaveLength(2);
  });

  it('never reads again what was marked a moment ago, and counts it out', async () => {
    const clock = new ManualClock();
    const { store } = await open({ clock });
    await store.journal.append({ outbox: rows(4) });
    await clock.advance(1000);
    await store.journal.append({ outbox: rows(2) });
    const all = await store.outbox.read('mqtt', 0, ALL, 100);
    expect(await store.outbox.depth('mqtt')).toMatchObject({ unsent: 6, oldestAt: all[0]?.storedAt });
    store.outbox.sent(
      'mqtt',
      all.slice(0, 4).map((r) => r.id),
    );
    expect(await store.outbox.read('mqtt', 0, ALL, 100)).toEqual(all.slice(4));
    expect(await store.outbox.depth('mqtt')).toEqual({ unsent: 2, oldestAt: clock.now(), newest: all[5]?.id });
  });

  it('takes a mark twice, and marks of rows that are not there', async () => {
    const { store } = await open();
    await store.journal.append({ outbox: rows(3) });
    const ids = (await store.outbox.read('mqtt', 0, ALL, 100)).map((r) => r.id);
    store.outbox.sent('mqtt', [...ids, ...ids, 99_999]);
    store.outbox.sent('mqtt', ids);
    expect(await store.outbox.depth('mqtt')).toMatchObject({ unsent: 0, oldestAt: null });
  });

  it('keeps unsent rows and their order over a restart, and does not use their ids again', async () => {
    const first = await open();
    await first.store.journal.append({ outbox: rows(5) });
    const before = await first.store.outbox.read('mqtt', 0, ALL, 100);
    first.store.outbox.sent(
      'mqtt',
      before.slice(0, 2).map((r) => r.id),
    );
    await first.store.stop();
    const { store, state } = await open({ path: first.path });
    expect(state.unsent).toEqual({ mqtt: 3 });
    expect((await store.outbox.depth('mqtt')).newest).toBe(before[4]?.id);
    await store.journal.append({ outbox: rows(1) });
    const after = await store.outbox.read('mqtt', 0, ALL, 100);
    expect(after.slice(0, 3)).toEqual(before.slice(2));
    expect(after[3]?.id).toBeGreaterThan(before[4]?.id ?? 0);
  });

  it('drains a backlog of two publishers while parts go on being stored', async () => {
    const { store, path } = await open();
    await Promise.all(Array.from({ length: 200 }, () => store.journal.append({ outbox: [...rows(10, 'mqtt'), ...rows(10, 'sparkplug')] })));
    const drain = async (publisher: string) => {
      let seen = 0;
      for (let after = 0; ; ) {
        const page = await store.outbox.read(publisher, after, ALL, 300);
        if (page.length === 0) return seen;
        seen += page.length;
        after = page.at(-1)?.id ?? after;
        store.outbox.sent(
          publisher,
          page.map((r) => r.id),
        );
        await store.journal.append({ load: { kind: 'recipe', at: 1, detail: '' } });
      }
    };
    expect(await Promise.all([drain('mqtt'), drain('sparkplug')])).toEqual([2000, 2000]);
    await store.stop();
    expect(count(path, 'outbox')).toBe(0);
  });

  it('rejects a question after the end', async () => {
    const { store } = await open();
    await store.stop();
    await expect(store.outbox.read('mqtt', 0, ALL, 1)).rejects.toMatchObject({ code: 'STOPPING' });
  });
});

it.each([
  [[], []],
  [[5], [5, 5]],
  [
    [4, 2, 3, 9],
    [2, 4, 9, 9],
  ],
  [
    [2, 2, 3],
    [2, 3],
  ],
  [
    [10, 9, 1],
    [1, 1, 9, 10],
  ],
])('ids %j are the ranges %j', (ids, ranges) => {
  expect(rangesOf(ids)).toEqual(ranges);
});
