/** Publishing: a backlog drained from the outbox against bare mqtt.js, QoS 1, the same broker, payloads and messages in flight. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectAsync } from 'mqtt';
import { v7 as uuidv7 } from 'uuid';
import { Address, type OutboxRow } from '../../contracts/index.ts';
import { createMqttPublisher } from '../../publishers/mqtt.ts';
import { createStore } from '../../store/store.ts';
import { systemClock as clock } from '../../time.ts';
import { quiet } from './quiet.ts';

/** Measured in turns, so that a host that slows down for a second slows both down. */
const TURNS = 4;
const EVENTS = 5000;
/** Published first in each turn and not counted, by both: a connection begins slowly. */
const FIRST = 1000;
const INFLIGHT = 100;
const TOPIC = 'lineside/v1/a/b/c/d/line/quality';

const LINE = { enterprise: 'lineside', site: 'bench', area: 'bench', line: 'line1' };
const STORE = {
  path: '',
  keep: { records: 1e12, images: 1e12, outbox: 1e12, free: 0 },
  images: { nok: 'none', review: 'none', ok: 'none' },
} as const;

/** One round: events a second through the outbox, divided by those of bare mqtt.js. */
export async function publishRound(url: string): Promise<number> {
  const path = await mkdtemp(join(tmpdir(), 'lineside-bench-'));
  const store = createStore({ path, config: STORE, clock, log: quiet, onFaults: () => {} });
  await store.start();
  let ours = 0;
  let theirs = 0;
  // The first turn is the compiler's: an agent has been running for weeks.
  for (let turn = 0; turn <= TURNS; turn++) {
    const rows = Array.from({ length: FIRST + EVENTS }, () => rowOf());
    const bare = await throughMqtt(url, rows);
    const outbox = await throughOutbox(url, store, rows);
    if (turn === 0) continue;
    ours += outbox;
    theirs += bare;
  }
  await store.stop();
  await rm(path, { recursive: true, force: true });
  return theirs / ours;
}

/** An event of about 500 bytes. */
function rowOf(): OutboxRow {
  const eventId = uuidv7();
  const payload = JSON.stringify({ schema: 'lineside.quality.v1', id: eventId, filler: 'x'.repeat(420) });
  return { publisher: 'mqtt', eventId, station: 'line', topic: TOPIC, payload };
}

/** Seconds. */
async function throughMqtt(url: string, rows: readonly OutboxRow[]): Promise<number> {
  const client = await connectAsync(url, { protocolVersion: 5 });
  let acknowledged = 0;
  let began = 0;
  let next = 0;
  const lane = async () => {
    for (let row = rows[next++]; row; row = rows[next++]) {
      await client.publishAsync(row.topic, row.payload, { qos: 1 });
      if (++acknowledged === FIRST) began = clock.elapsed();
    }
  };
  await Promise.all(Array.from({ length: INFLIGHT }, lane));
  const seconds = (clock.elapsed() - began) / 1000;
  await client.endAsync();
  return seconds;
}

/** Seconds. */
async function throughOutbox(url: string, store: ReturnType<typeof createStore>, rows: readonly OutboxRow[]): Promise<number> {
  await Promise.all(
    Array.from({ length: rows.length / 100 }, (_, i) => store.journal.append({ outbox: rows.slice(i * 100, (i + 1) * 100) })),
  );
  const publisher = createMqttPublisher({
    config: {
      url: Address.of(url),
      version: '5',
      prefix: 'lineside/v1',
      formats: ['json'],
      insecure: true,
      commands: true,
      inflight: INFLIGHT,
      keepalive: 30_000,
      late_after: 1e9,
    },
    line: LINE,
    agent: 'bench',
    version: '0',
    stations: ['line'],
  });
  const over = new AbortController();
  let seconds = Number.NaN;
  const context = {
    clock,
    log: quiet,
    outbox: store.outbox,
    onCommand: async () => ({}),
    understood: () => {},
    faults: () => {},
    online: () =>
      void drained(publisher)
        .then((s) => (seconds = s))
        .then(() => over.abort()),
  };
  await publisher.run(context, over.signal);
  return seconds;
}

/** Seconds that the events after the first stretch took, acknowledged by the broker. */
async function drained(publisher: ReturnType<typeof createMqttPublisher>): Promise<number> {
  const sent = async (count: number) => {
    while (publisher.counters().sent < count) await clock.sleep(2);
    return { at: clock.elapsed(), count: publisher.counters().sent };
  };
  const from = await sent(FIRST);
  const to = await sent(FIRST + EVENTS);
  // The looks are 2 ms apart: what was counted between them is what the time stands for.
  return ((to.at - from.at) / 1000) * (EVENTS / (to.count - from.count));
}
