/** Dead letters and the outbox's byte budget in the real journal, with the agent at work and without. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { OutboxFate, OutboxRow, StoredOutboxRow } from '#agent/contracts/index.js';
import { dropLetters, lettersOf, retryLetters } from '#agent/store/letters-desk.js';
import type { Store } from '#agent/store/store.js';
import { createStore } from '#agent/store/store.js';
import { systemClock } from '#agent/time.js';
import { memoryLog } from '../simulators/log.ts';
import { KEEP } from './setup.ts';

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

const folder = () => {
  const path = mkdtempSync(join(tmpdir(), 'lineside-letters-'));
  undo.push(() => rmSync(path, { recursive: true, force: true }));
  return path;
};
async function opened(path: string, outbox: number = KEEP.outbox): Promise<Store> {
  const config = { path, keep: { ...KEEP, outbox }, images: { nok: 'none', review: 'none', ok: 'none' } } as const;
  const store = createStore({ path, config, clock: systemClock, log: memoryLog(), onFaults: () => {} });
  await store.start();
  undo.push(() => store.stop());
  return store;
}
const row = (n: number, topic = 't', bytes = 100): OutboxRow => ({
  publisher: 'mqtt',
  eventId: `e${String(n).padStart(4, '0')}`,
  station: 's',
  topic,
  payload: JSON.stringify({ n, text: 'x'.repeat(bytes) }),
});
const rows = (from: number, to: number, topic?: string, bytes?: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => row(from + i, topic, bytes));
const all = (store: Store) => store.outbox.read('mqtt', 0, Number.MAX_SAFE_INTEGER, 10_000);
const ids = (list: readonly { readonly eventId: string }[]) => list.map(({ eventId }) => eventId);
/** What a watcher was told, and when it was told something that fits. */
function watched(store: Store, publisher = 'mqtt') {
  const told: OutboxFate[] = [];
  const waiting = new Set<() => void>();
  undo.push(
    store.outbox.watch(publisher, (fate) => {
      told.push(fate);
      for (const look of waiting) look();
    }),
  );
  return {
    now: () => told.at(-1),
    until: (fits: (fate: OutboxFate) => boolean) =>
      new Promise<OutboxFate>((resolve) => {
        const look = () => {
          const last = told.at(-1);
          if (last && fits(last)) resolve(last);
        };
        waiting.add(look);
        look();
      }),
  };
}
/** Rows as they are committed from here on. */
function committed(store: Store) {
  const seen: StoredOutboxRow[] = [];
  const waiting = new Set<() => void>();
  undo.push(
    store.outbox.onCommit((_, fresh) => {
      seen.push(...fresh);
      for (const look of waiting) look();
    }),
  );
  return {
    seen,
    until: (count: number) =>
      new Promise<void>((resolve) => {
        const look = () => seen.length >= count && resolve();
        waiting.add(look);
        look();
      }),
  };
}

describe('dead letters', () => {
  it('leave the outbox, are counted by topic with its reason, and outlive a restart', async () => {
    const path = folder();
    const store = await opened(path);
    const watch = watched(store);
    await store.journal.append({ outbox: [...rows(1, 5, 'good'), ...rows(6, 8, 'bad'), row(9, 'worse')] });
    store.outbox.refuse('mqtt', [
      { id: 6, why: 'no' },
      { id: 7, why: 'no' },
      { id: 9, why: 'never' },
    ]);
    const fate = await watch.until(({ letters }) => letters === 3);
    expect(fate.refusals).toEqual([
      { topic: 'bad', why: 'no', letters: 2 },
      { topic: 'worse', why: 'never', letters: 1 },
    ]);
    expect(ids(await all(store))).toEqual(['e0001', 'e0002', 'e0003', 'e0004', 'e0005', 'e0008']);
    expect(await store.outbox.depth('mqtt')).toMatchObject({ unsent: 6 });
    await store.stop();
    const again = await opened(path);
    expect(await watched(again).until(({ letters }) => letters === 3)).toMatchObject({ letters: 3, dropped: 0 });
    expect(ids(await all(again))).toHaveLength(6);
  });

  it('are told once for each topic with its most frequent reason, however many sizes its reasons hold', async () => {
    const store = await opened(folder());
    const watch = watched(store);
    await store.journal.append({ outbox: [...rows(1, 60, 'large'), ...rows(61, 63, 'denied')] });
    const whyOf = (id: number) => (id > 60 ? 'no' : id > 50 ? 'bytes' : `${id} bytes`);
    store.outbox.refuse(
      'mqtt',
      Array.from({ length: 63 }, (_, i) => ({ id: i + 1, why: whyOf(i + 1) })),
    );
    expect((await watch.until(({ letters }) => letters === 63)).refusals).toEqual([
      { topic: 'large', why: 'bytes', letters: 60 },
      { topic: 'denied', why: 'no', letters: 3 },
    ]);
  });

  it('are not made of what was sent, nor of what belongs to another publisher', async () => {
    const store = await opened(folder());
    const watch = watched(store);
    await store.journal.append({ outbox: [...rows(1, 2), { ...row(3), publisher: 'other' }] });
    store.outbox.sent('mqtt', [1]);
    store.outbox.refuse('mqtt', [
      { id: 1, why: 'no' },
      { id: 2, why: 'no' },
      { id: 3, why: 'no' },
    ]);
    expect((await watch.until(({ letters }) => letters > 0)).letters).toBe(1);
    expect(await store.outbox.depth('mqtt')).toMatchObject({ unsent: 0 });
    expect(await store.outbox.depth('other')).toMatchObject({ unsent: 1 });
  });

  it('are listed, tried again and dropped by another process while the agent runs; tried again they stand at the end, as historical', async () => {
    const path = folder();
    const store = await opened(path);
    const watch = watched(store);
    const commits = committed(store);
    await store.journal.append({ outbox: [...rows(1, 4, 'bad'), ...rows(5, 6, 'good')] });
    // Refused in another order than they were stored.
    store.outbox.refuse('mqtt', [
      { id: 3, why: 'no' },
      { id: 1, why: 'no' },
      { id: 2, why: 'no' },
      { id: 4, why: 'no' },
    ]);
    await watch.until(({ letters }) => letters === 4);
    const listed = lettersOf(path, {}, 3);
    expect(listed).toMatchObject({ total: 4, waiting: { mqtt: 2 }, dropped: 0 });
    expect(listed.letters).toMatchObject([
      { event: 'e0003', topic: 'bad', why: 'no', retry: false },
      { event: 'e0001' },
      { event: 'e0002' },
    ]);
    const [third] = listed.letters;
    expect(dropLetters(path, { ids: [third?.id ?? 0] })).toBe(1);
    expect(dropLetters(path, { topic: 'good' })).toBe(0);
    expect(retryLetters(path, { topic: 'bad' })).toBe(3);
    await commits.until(9);
    expect(ids(commits.seen.slice(6))).toEqual(['e0001', 'e0002', 'e0004']);
    expect(ids(await all(store))).toEqual(['e0005', 'e0006', 'e0001', 'e0002', 'e0004']);
    for (const { payload } of commits.seen.slice(6)) expect(JSON.parse(payload)).toMatchObject({ historical: true });
    expect(await watch.until(({ letters }) => letters === 0)).toMatchObject({ revived: 3, refusals: [] });
    expect(lettersOf(path, {}, 10).letters).toEqual([]);
  }, 60_000);

  it('that were marked while no agent ran are sent by the next one', async () => {
    const path = folder();
    const store = await opened(path);
    const watch = watched(store);
    await store.journal.append({ outbox: rows(1, 600, 'bad') });
    store.outbox.refuse(
      'mqtt',
      Array.from({ length: 600 }, (_, i) => ({ id: i + 1, why: 'no' })),
    );
    await watch.until(({ letters }) => letters === 600);
    await store.stop();
    expect(retryLetters(path, {})).toBe(600);
    const again = await opened(path);
    await watched(again).until(({ letters, revived }) => letters === 0 && revived === 600);
    expect(ids(await all(again))).toEqual(ids(rows(1, 600)));
  }, 60_000);
});

describe('the byte budget', () => {
  it('costs the oldest dead letters first, then the oldest events; the newest stay, and each that went is counted', async () => {
    const path = folder();
    const store = await opened(path, 100_000);
    const watch = watched(store);
    await store.journal.append({ outbox: rows(1, 30, 'bad', 1000) });
    store.outbox.refuse(
      'mqtt',
      Array.from({ length: 30 }, (_, i) => ({ id: i + 1, why: 'no' })),
    );
    await watch.until(({ letters }) => letters === 30);
    await store.journal.append({ outbox: rows(31, 110, 'good', 1000) });
    const first = await watch.until(({ dropped }) => dropped > 0);
    expect(first.bytes).toBeLessThanOrEqual(100_000);
    expect(ids(await all(store))).toEqual(ids(rows(31, 110)));
    // The oldest letters went.
    expect(lettersOf(path, {}, 100).letters.map(({ event }) => event)).toEqual(ids(rows(1 + first.dropped, 30)));
    await store.journal.append({ outbox: rows(111, 180, 'good', 1000) });
    const second = await watch.until(({ letters }) => letters === 0);
    const left = await all(store);
    expect(ids(left)).toEqual(ids(rows(181 - left.length, 180)));
    expect(second.dropped + left.length).toBe(180);
    expect(await store.outbox.depth('mqtt')).toMatchObject({ unsent: left.length });
    const bytes = left.reduce((sum, { topic, payload }) => sum + Buffer.byteLength(topic) + Buffer.byteLength(payload), 0);
    expect(second.bytes).toBe(bytes);
    expect(bytes).toBeGreaterThan(95_000);
  });

  it('is right to the byte after sending, refusing, trying again and dropping, umlauts included', async () => {
    const path = folder();
    const store = await opened(path);
    const watch = watched(store);
    const wide = rows(1, 40).map((one) => ({ ...one, topic: 'straße', payload: JSON.stringify({ text: 'öäü€😀'.repeat(20) }) }));
    await store.journal.append({ outbox: wide });
    store.outbox.sent('mqtt', [1, 2, 3, 7]);
    store.outbox.refuse('mqtt', [
      { id: 4, why: 'no' },
      { id: 5, why: 'no' },
    ]);
    await watch.until(({ letters }) => letters === 2);
    dropLetters(path, { ids: [1] });
    const [one] = wide;
    const each = Buffer.byteLength(one?.topic ?? '') + Buffer.byteLength(one?.payload ?? '');
    expect(lettersOf(path, {}, 10).bytes).toBe(each * 35);
    store.outbox.sent('mqtt', [6, ...Array.from({ length: 33 }, (_, i) => i + 8)]);
    expect(await store.outbox.depth('mqtt')).toMatchObject({ unsent: 0 });
    expect(lettersOf(path, {}, 10)).toMatchObject({ bytes: each, total: 1, waiting: { mqtt: 0 } });
  });
});

describe('the desk', () => {
  it('says that there is no journal', () => {
    expect(() => lettersOf('/no/such/folder', {}, 1)).toThrow(expect.objectContaining({ code: 'STORE_MISSING' }));
  });
});
