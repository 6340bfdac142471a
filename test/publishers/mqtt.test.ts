import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Broker, startBroker } from '../simulators/broker.ts';
import { type Subscriber, startSubscriber } from '../simulators/subscriber.ts';
import { AGENT, type Life, type LifeOptions, live, publisherFor, ROOT } from './harness.ts';
import { MemoryOutbox } from './memory-outbox.ts';
import { alarm, decision, health, inspection, state } from './samples.ts';

let broker: Broker;
let scada: Subscriber;
const lives: Life[] = [];

beforeAll(async () => {
  broker = await startBroker();
  scada = await startSubscriber(broker.url);
});
afterEach(async () => {
  await Promise.all(lives.splice(0).map((life) => life.stop()));
  expect(scada.faults).toEqual([]);
});
afterAll(async () => {
  await scada.close();
  await broker.close();
});

const begin = async (over: Readonly<Record<string, unknown>> = {}, more: Partial<LifeOptions> = {}): Promise<Life> => {
  const life = live({ publisher: publisherFor({ url: broker.url, ...over }), ...more });
  lives.push(life);
  await life.online;
  return life;
};
const qualities = (life: Life, count: number, from = 1) =>
  Array.from({ length: count }, (_, i) => life.publisher.rows({ type: 'quality', inspection: inspection(from + i) })).flat();

describe.each(['5', '3.1.1'])('MQTT %s', (version) => {
  it('publishes an inspection and a decision where the subscriber looks for them', async () => {
    const life = await begin({ version });
    const judged = inspection(7);
    const quality = scada.next(`${ROOT}/outlet/quality`);
    life.outbox.commit(life.publisher.rows({ type: 'quality', inspection: judged }));
    expect((await quality).payload).toMatchObject({ id: judged.id, sequence: 7, part: 'P7', verdict: 'ok', agent: 'gw1' });
    expect((await quality).retain).toBe(false);
    const taken = decision();
    const message = scada.next(`${ROOT}/outlet/decision`);
    life.outbox.commit(life.publisher.rows({ type: 'decision', decision: taken }));
    expect((await message).payload).toMatchObject({ id: taken.id, action: 'reject', inspection: taken.inspection });
  });

  it('marks a row sent once the broker has it, and each row once', async () => {
    const life = await begin({ version, inflight: 7 });
    life.outbox.commit(qualities(life, 500));
    await life.outbox.until(0);
    expect(life.outbox.marked.size).toBe(500);
    expect(life.outbox.twice).toBe(0);
    expect(life.publisher.counters()).toMatchObject({ sent: 500, refused: 0, unacknowledged: 0 });
  });

  it('keeps the order of commit', async () => {
    const life = await begin({ version });
    const rows = qualities(life, 400);
    for (const row of rows) life.outbox.commit([row]);
    const ids = new Set(rows.map((row) => row.eventId));
    await scada.until(() => rows.every((row) => scada.events.has(row.eventId)), '400 events');
    const came = scada.received.map(({ payload }) => String(payload['id'])).filter((id) => ids.has(id));
    expect(came).toEqual(rows.map((row) => row.eventId));
  });

  it('says that it is online, then stopping, then offline', async () => {
    const online = scada.next(`${AGENT}/status`, (p) => p['status'] === 'online');
    const life = await begin({ version });
    await online;
    const stopping = scada.next(`${AGENT}/status`, (p) => p['status'] === 'stopping');
    const offline = scada.next(`${AGENT}/status`, (p) => p['status'] === 'offline');
    expect(await life.stop()).toBeNull();
    await stopping;
    await offline;
  });

  it('has the broker say that it is offline when it cannot say so itself', async () => {
    const life = await begin({ version, client_id: 'taken-over' });
    const offline = scada.next(`${AGENT}/status`, (p) => p['status'] === 'offline');
    const other = await startSubscriber(broker.url, { clientId: 'taken-over', filter: 'nothing', protocolVersion: 5 });
    await offline;
    expect(await life.ended).toMatchObject({ code: expect.stringMatching(/^MQTT_/) });
    await other.close();
  });
});

describe('what is retained', () => {
  it('is the newest value, for whoever comes later', async () => {
    const life = await begin();
    const last = scada.next(`${ROOT}/outlet/state`, (p) => (p['counters'] as { ok: number }).ok === 500);
    for (let ok = 1; ok <= 500; ok++) {
      life.publisher.retain({ type: 'state', station: 'outlet', value: state({ counters: { ...state().counters, ok } }) });
    }
    await last;
    const sent = scada.received.filter(({ topic }) => topic === `${ROOT}/outlet/state`).length;
    expect(sent).toBeLessThan(20);
    const late = await startSubscriber(broker.url, { filter: `${ROOT}/outlet/state` });
    await late.until(() => late.received.length > 0, 'the retained state');
    expect(late.received[0]).toMatchObject({ retain: true, payload: { counters: { ok: 500 } } });
    await late.close();
  });

  it('puts alarms under their station, else under the agent, and publishes their end', async () => {
    const life = await begin();
    const own = scada.next(`${AGENT}/alarm/CAMERA_SILENT/top`);
    const station = scada.next(`${ROOT}/outlet/alarm/STATION_HELD`);
    const agents = scada.next(`${AGENT}/alarm/STORE_FULL`);
    life.publisher.retain({ type: 'alarm', alarm: alarm() });
    life.publisher.retain({ type: 'alarm', alarm: alarm({ code: 'STATION_HELD', subject: 'outlet', key: 'STATION_HELD/outlet' }) });
    life.publisher.retain({ type: 'alarm', alarm: alarm({ code: 'STORE_FULL', subject: '', key: 'STORE_FULL' }) });
    expect((await own).payload).toMatchObject({ active: true, key: 'CAMERA_SILENT/top' });
    await station;
    await agents;
    const over = scada.next(`${AGENT}/alarm/CAMERA_SILENT/top`, (p) => p['active'] === false);
    life.publisher.retain({ type: 'alarm', alarm: alarm({ active: false }) });
    await over;
  });

  it('is published before a connection is asked for and after each new one', async () => {
    const publisher = publisherFor({ url: broker.url });
    publisher.retain({ type: 'health', value: health() });
    for (let life = 0; life < 2; life++) {
      const message = scada.next(`${AGENT}/health`);
      await (await begin({}, { publisher })).stop();
      expect((await message).payload).toMatchObject({ rss_mb: 181.2, disk_free_mb: null, uptime_s: 61 });
    }
  });
});

describe('what is late', () => {
  it('is marked historical when it waited longer than late_after, in order, and not marked when it did not', async () => {
    const publisher = publisherFor({ url: broker.url, late_after: '5s' });
    const outbox = new MemoryOutbox();
    const rows = Array.from({ length: 40 }, (_, i) => publisher.rows({ type: 'quality', inspection: inspection(i + 1) })).flat();
    outbox.commit(rows.slice(0, 20), Date.now() - 60_000);
    outbox.commit(rows.slice(20, 30), Date.now());
    await begin({}, { publisher, outbox });
    outbox.commit(rows.slice(30));
    await scada.until(() => rows.every((row) => scada.events.has(row.eventId)), 'all events');
    const historical = rows.map((row) => scada.events.get(row.eventId)?.[0]?.payload['historical'] ?? false);
    // What waited is late as a whole: newer events may have overtaken it.
    expect(historical).toEqual(rows.map((_, i) => i < 30));
  });

  it('is nothing when the connection was away for a moment only', async () => {
    const publisher = publisherFor({ url: broker.url });
    const outbox = new MemoryOutbox();
    const rows = publisher.rows({ type: 'quality', inspection: inspection(1) });
    outbox.commit(rows);
    await begin({}, { publisher, outbox });
    await scada.until(() => scada.events.has(rows[0]?.eventId ?? ''), 'the event');
    expect(scada.events.get(rows[0]?.eventId ?? '')?.[0]?.payload).not.toHaveProperty('historical');
  });

  it('does not hold up what is new: live events overtake a backlog of 20000, and both stay in order', async () => {
    const publisher = publisherFor({ url: broker.url });
    const outbox = new MemoryOutbox();
    const template = inspection(1, { findings: [], frames: [], tags: {} });
    const [row] = publisher.rows({ type: 'quality', inspection: template });
    if (!row) throw new Error('no row');
    const numbered = (sequence: number) => {
      const eventId: string = randomUUID();
      return { ...row, eventId, payload: row.payload.replace(template.id, eventId).replace('"sequence":1,', `"sequence":${sequence},`) };
    };
    const backlog = Array.from({ length: 20_000 }, (_, i) => numbered(i + 1));
    outbox.commit(backlog, Date.now() - 3_600_000);
    await begin({}, { publisher, outbox });
    const overtaken: number[] = [];
    for (let part = 0; part < 20; part++) {
      const fresh = numbered(100_000 + part);
      const left = outbox.left;
      outbox.commit([fresh]);
      await scada.until(() => scada.events.has(fresh.eventId), 'a live event');
      if (left > 1000) overtaken.push(outbox.left);
    }
    expect(Math.max(...overtaken)).toBeGreaterThan(1000);
    await outbox.until(0);
    const last = backlog.at(-1);
    await scada.until(() => scada.events.has(last?.eventId ?? ''), 'the last of the backlog');
    const ids = new Set(backlog.map(({ eventId }) => eventId));
    const came = scada.received.filter(({ payload }) => ids.has(String(payload['id']))).map(({ payload }) => payload['sequence']);
    expect(came).toEqual(backlog.map((_, i) => i + 1));
  }, 120_000);
});

describe('stopping', () => {
  it('sends what is committed first', async () => {
    const life = await begin();
    const rows = qualities(life, 1000);
    life.outbox.commit(rows);
    await life.stop();
    expect(life.outbox.left).toBe(0);
  });

  it('returns at once when it was told before it began', async () => {
    const life = live({ publisher: publisherFor({ url: broker.url }) });
    expect(await life.stop()).toBeNull();
  });
});
