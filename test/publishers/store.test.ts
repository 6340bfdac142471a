import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Value } from 'typebox/value';
import { afterEach, describe, expect, it } from 'vitest';
import { StoreSchema } from '#agent/config/schema.js';
import { createStore, type Store } from '#agent/store/store.js';
import { systemClock } from '#agent/time.js';
import { startBroker } from '../simulators/broker.ts';
import { memoryLog } from '../simulators/log.ts';
import { startSubscriber } from '../simulators/subscriber.ts';
import { publisherFor } from './harness.ts';
import { inspection } from './samples.ts';

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

describe('with the real journal', () => {
  it('what was committed while the broker was away, and before the agent was started again, arrives once', async () => {
    const path = mkdtempSync(join(tmpdir(), 'lineside-publish-'));
    undo.push(() => rmSync(path, { recursive: true, force: true }));
    const broker = await startBroker({ persistence: true });
    undo.push(broker.close);
    const scada = await startSubscriber(broker.url);
    undo.push(scada.close);
    const sequence = counter();
    const ids: string[] = [];

    for (const away of [false, true, false]) {
      const store = await open(path);
      const publisher = publisherFor({ url: broker.url });
      if (away) await broker.stop();
      const stopping = new AbortController();
      const ctx = {
        clock: systemClock,
        log: memoryLog(),
        outbox: store.outbox,
        onCommand: async () => ({}),
        online: () => {},
        understood: () => {},
        faults: () => {},
      };
      const ended = publisher.run(ctx, stopping.signal).catch((thrown: unknown) => thrown);
      const judged = Array.from({ length: 200 }, () => inspection(sequence()));
      await Promise.all(
        judged.map((one) => store.journal.append({ inspection: one, outbox: publisher.rows({ type: 'quality', inspection: one }) })),
      );
      ids.push(...judged.map(({ id }) => id));
      if (away) {
        expect(await ended).toMatchObject({ code: 'MQTT_UNREACHABLE' });
        expect((await store.outbox.depth('mqtt')).unsent).toBe(200);
        await broker.start();
      } else await scada.until(() => scada.events.size >= ids.length, `${ids.length} events`);
      stopping.abort();
      await ended;
      await store.stop();
    }

    expect(scada.received.filter(({ topic }) => topic.endsWith('/quality')).map(({ payload }) => payload['id'])).toEqual(ids);
    expect(scada.faults).toEqual([]);
    const store = await open(path);
    expect(await store.outbox.depth('mqtt')).toMatchObject({ unsent: 0 });
    await store.stop();
  });
});

async function open(path: string): Promise<Store> {
  const config = Value.Decode(StoreSchema, Value.Default(StoreSchema, {})) as Parameters<typeof createStore>[0]['config'];
  const store = createStore({ path, config, clock: systemClock, log: memoryLog(), onFaults: () => {} });
  await store.start();
  return store;
}

function counter(): () => number {
  let last = 0;
  return () => ++last;
}
