/** `lineside outbox`, as somebody types it, over a journal with dead letters. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { createStore } from '#agent/store/store.js';
import { systemClock } from '#agent/time.js';
import { memoryLog } from '../simulators/log.ts';
import { KEEP } from '../store/setup.ts';
import { lineside } from './setup.ts';

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

/** A journal in which one event waits and two are dead letters. */
async function journal(): Promise<string> {
  const path = mkdtempSync(join(tmpdir(), 'lineside-cli-outbox-'));
  undo.push(() => rmSync(path, { recursive: true, force: true }));
  const config = { path, keep: KEEP, images: { nok: 'none', review: 'none', ok: 'none' } } as const;
  const store = createStore({ path, config, clock: systemClock, log: memoryLog(), onFaults: () => {} });
  await store.start();
  undo.push(() => store.stop());
  const row = (n: number, topic: string) => ({ publisher: 'mqtt', eventId: `e${n}`, station: 's', topic, payload: `{"n":${n}}` });
  await store.journal.append({ outbox: [row(1, 'good'), row(2, 'bad'), row(3, 'worse')] });
  store.outbox.refuse('mqtt', [
    { id: 2, why: 'Not authorized (0x87)' },
    { id: 3, why: 'too large' },
  ]);
  await new Promise<void>((resolve) => {
    undo.push(store.outbox.watch('mqtt', ({ letters }) => letters === 2 && resolve()));
  });
  await store.stop();
  return path;
}

it('lists dead letters as JSON, by topic where one is named, and marks and drops them', async () => {
  const path = await journal();
  const ask = (...args: readonly string[]) => {
    const { status, stdout, stderr } = lineside('outbox', ...args, '--store', path, '--json');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    return JSON.parse(stdout);
  };
  const listed = ask('list');
  const refused = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  const letter = { publisher: 'mqtt', refused, bytes: 7, retry: false };
  expect(listed).toEqual({
    letters: [
      { ...letter, id: 1, topic: 'bad', event: 'e2', why: 'Not authorized (0x87)' },
      { ...letter, id: 2, topic: 'worse', event: 'e3', why: 'too large' },
    ],
    total: 2,
    waiting: { mqtt: 1 },
    dropped: 0,
    bytes: expect.any(Number),
  });
  expect(ask('list', '--topic', 'worse')).toMatchObject({ letters: [{ id: 2 }], total: 1 });
  expect(ask('list', '--limit', '1')).toMatchObject({ letters: [{ id: 1 }], total: 2 });
  expect(ask('retry', '2')).toEqual({ retried: 1 });
  expect(ask('list')).toMatchObject({
    letters: [
      { id: 1, retry: false },
      { id: 2, retry: true },
    ],
  });
  expect(ask('drop', '1')).toEqual({ dropped: 1 });
  expect(ask('list')).toMatchObject({ letters: [{ id: 2 }], total: 1 });
});
