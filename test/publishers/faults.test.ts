import { randomUUID } from 'node:crypto';
import { type AddressInfo, createServer } from 'node:net';
import { Aedes } from 'aedes';
import { afterEach, describe, expect, it } from 'vitest';
import type { OutboxRow } from '#agent/contracts/index.js';
import { FLOOD } from '#agent/publishers/commands.js';
import type { MqttPublisher } from '#agent/publishers/mqtt.js';
import { pingBroker } from '#agent/publishers/ping.js';
import { type Broker, type BrokerOptions, startBroker } from '../simulators/broker.ts';
import { type Subscriber, startSubscriber } from '../simulators/subscriber.ts';
import { startProxy } from '../simulators/tcp-proxy.ts';
import { startBridge } from '../simulators/websocket-bridge.ts';
import { AGENT, live, liveOn, mqttConfig, publisherFor } from './harness.ts';
import { MemoryOutbox } from './memory-outbox.ts';
import { inspection } from './samples.ts';

// Everything is counted at the subscriber, by event id.
const undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

const brokerWith = async (options?: BrokerOptions): Promise<Broker> => {
  const broker = await startBroker(options);
  undo.push(() => broker.close());
  return broker;
};
const subscriberTo = async (url: string): Promise<Subscriber> => {
  const scada = await startSubscriber(url);
  undo.push(() => scada.close());
  return scada;
};
const running = (publisher: MqttPublisher, outbox: MemoryOutbox) => {
  const runner = liveOn(publisher, outbox);
  undo.push(() => runner.stop());
  return runner;
};
const events = (publisher: MqttPublisher, from: number, to: number): readonly OutboxRow[] =>
  Array.from({ length: to - from + 1 }, (_, i) => publisher.rows({ type: 'quality', inspection: inspection(from + i) })).flat();
const all = (scada: Subscriber, rows: readonly OutboxRow[]) => scada.until(() => scada.events.size >= rows.length, `${rows.length} events`);
/** Each event once or more, none unknown, none changed; of those that came once, in order. */
const expectWhole = (scada: Subscriber, rows: readonly OutboxRow[]) => {
  expect(new Set(scada.events.keys())).toEqual(new Set(rows.map((row) => row.eventId)));
  expect(scada.faults).toEqual([]);
};

describe('the broker', () => {
  it('is stopped for a while: nothing is lost, what waited is marked historical, states are back', async () => {
    const broker = await brokerWith({ persistence: true });
    const scada = await subscriberTo(broker.url);
    const publisher = publisherFor({ url: broker.url, late_after: '0ms' });
    const outbox = new MemoryOutbox();
    running(publisher, outbox);
    const rows = events(publisher, 1, 900);
    outbox.commit(rows.slice(0, 300));
    await outbox.until(0);
    await broker.stop();
    outbox.commit(rows.slice(300, 600));
    const online = scada.next(`${AGENT}/status`, (p) => p['status'] === 'online');
    await broker.start();
    await online;
    outbox.commit(rows.slice(600));
    await all(scada, rows);
    await outbox.until(0);
    expectWhole(scada, rows);
    expect(outbox.twice).toBe(0);
    expect(scada.events.get(rows[450]?.eventId ?? '')?.[0]?.payload['historical']).toBe(true);
  });

  it('is killed under load: what it had not acknowledged comes again with the same id', async () => {
    const broker = await brokerWith();
    const scada = await subscriberTo(broker.url);
    const proxy = await startProxy({ target: broker.port });
    undo.push(() => proxy.close());
    const publisher = publisherFor({ url: `mqtt://127.0.0.1:${proxy.port}` });
    const outbox = new MemoryOutbox();
    running(publisher, outbox);
    const rows = events(publisher, 1, 3000);
    const acknowledged = new Set<string>();
    for (let round = 0; round < 3; round++) {
      outbox.commit(rows.slice(round * 1000, (round + 1) * 1000));
      await outbox.until(700);
      await broker.kill();
      // A killed broker forgets its subscribers: they come first, or it acknowledges what nobody gets.
      proxy.refuse(true);
      await broker.start();
      await scada.again();
      // Only now: acknowledgements of the killed broker were still on their way through the proxy when it ended.
      for (const id of outbox.marked.keys()) acknowledged.add(rows[id - 1]?.eventId ?? '');
      proxy.refuse(false);
      await outbox.until(0);
    }
    // What the broker had acknowledged and not delivered when it was killed is the broker's loss; everything else must be here.
    const missing = () => rows.filter((row) => !scada.events.has(row.eventId) && !acknowledged.has(row.eventId));
    await scada.until(() => scada.events.size > 2000 && missing().length === 0, 'every event not acknowledged before a kill');
    expect(outbox.twice).toBe(0);
    expect(scada.faults).toEqual([]);
  });

  it('is frozen under load: noticed by missing acknowledgements, and nothing is lost', async () => {
    const broker = await brokerWith();
    const scada = await subscriberTo(broker.url);
    const publisher = publisherFor({ url: broker.url, keepalive: '1s' });
    const outbox = new MemoryOutbox();
    const life = live({ publisher, outbox });
    await life.online;
    broker.freeze();
    const rows = events(publisher, 1, 500);
    outbox.commit(rows);
    expect(await life.ended).toMatchObject({ code: 'MQTT_UNREACHABLE' });
    expect(outbox.left).toBe(500);
    broker.thaw();
    running(publisher, outbox);
    await outbox.until(0);
    await all(scada, rows);
    expectWhole(scada, rows);
    expect(outbox.twice).toBe(0);
  });

  it('is frozen while there is nothing to say: noticed by keep-alive', async () => {
    const broker = await brokerWith();
    const life = live({ publisher: publisherFor({ url: broker.url, keepalive: '1s' }) });
    await life.online;
    broker.freeze();
    expect(await life.ended).toMatchObject({ code: 'MQTT_UNREACHABLE' });
  });

  // Keep-alive would notice after 45 s only, beyond the time of a test.
  it('is frozen while the agent stops: stopping does not wait for it', async () => {
    const broker = await brokerWith();
    const publisher = publisherFor({ url: broker.url });
    const life = live({ publisher });
    await life.online;
    broker.freeze();
    life.outbox.commit(events(publisher, 1, 50));
    expect(await life.stop()).toBeNull();
    expect(life.outbox.left).toBe(50);
  });

  it('is frozen while the agent connects: stopping does not wait for it', async () => {
    const broker = await brokerWith();
    broker.freeze();
    const life = live({ publisher: publisherFor({ url: broker.url }) });
    expect(await life.stop()).toBeNull();
  });

  it('is not there: MQTT_UNREACHABLE', async () => {
    const broker = await brokerWith();
    await broker.kill();
    expect(await live({ publisher: publisherFor({ url: broker.url }) }).ended).toMatchObject({ code: 'MQTT_UNREACHABLE' });
  });

  it('allows one message at a time: all go through all the same', async () => {
    const broker = await brokerWith({ settings: ['max_inflight_messages 1'] });
    const scada = await subscriberTo(broker.url);
    const publisher = publisherFor({ url: broker.url });
    const outbox = new MemoryOutbox();
    running(publisher, outbox);
    const rows = events(publisher, 1, 200);
    outbox.commit(rows);
    await all(scada, rows);
    expectWhole(scada, rows);
  });
});

describe('the network', () => {
  it('is cut again and again under load: every event arrives, and repeats carry their id', async () => {
    const broker = await brokerWith();
    const scada = await subscriberTo(broker.url);
    const proxy = await startProxy({ target: broker.port });
    undo.push(() => proxy.close());
    const publisher = publisherFor({ url: `mqtt://127.0.0.1:${proxy.port}` });
    const outbox = new MemoryOutbox();
    running(publisher, outbox);
    const rows = events(publisher, 1, 2000);
    for (let cut = 0; cut < 10; cut++) {
      outbox.commit(rows.slice(cut * 200, (cut + 1) * 200));
      await outbox.until(150);
      proxy.cut();
    }
    await outbox.until(0);
    await all(scada, rows);
    expectWhole(scada, rows);
    expect(outbox.twice).toBe(0);
  });

  it('swallows everything: noticed, and made good when it is back', async () => {
    const broker = await brokerWith();
    const scada = await subscriberTo(broker.url);
    const proxy = await startProxy({ target: broker.port });
    undo.push(() => proxy.close());
    const publisher = publisherFor({ url: `mqtt://127.0.0.1:${proxy.port}`, keepalive: '1s' });
    const outbox = new MemoryOutbox();
    const life = live({ publisher, outbox });
    await life.online;
    proxy.blackhole(true);
    const rows = events(publisher, 1, 100);
    outbox.commit(rows);
    expect(await life.ended).toMatchObject({ code: 'MQTT_UNREACHABLE' });
    proxy.blackhole(false);
    proxy.cut();
    running(publisher, outbox);
    await all(scada, rows);
    expectWhole(scada, rows);
  });

  it('is slow: a live event does not wait behind the backlog', async () => {
    const broker = await brokerWith();
    const scada = await subscriberTo(broker.url);
    const proxy = await startProxy({ target: broker.port });
    undo.push(() => proxy.close());
    const publisher = publisherFor({ url: `mqtt://127.0.0.1:${proxy.port}` });
    const outbox = new MemoryOutbox();
    const backlog = events(publisher, 1, 2000);
    outbox.commit(backlog, 1_770_000_000_000);
    running(publisher, outbox);
    await outbox.until(1990);
    proxy.delay(50);
    const fresh = events(publisher, 5000, 5000);
    outbox.commit(fresh);
    await scada.until(() => scada.events.has(fresh[0]?.eventId ?? ''), 'the live event');
    expect(outbox.left).toBeGreaterThan(500);
    proxy.delay(0);
    await outbox.until(0);
  });
});

describe('who may come in', () => {
  it('a broker with the authority of the config, over TLS and over WebSockets', async () => {
    const broker = await brokerWith({ tls: true });
    const plain = await brokerWith();
    const secure = await startBridge(plain.port, broker.identity);
    const bare = await startBridge(plain.port);
    undo.push(
      () => secure.close(),
      () => bare.close(),
    );
    for (const url of [broker.url, secure.url, bare.url]) {
      const life = live({ publisher: publisherFor({ url, ca: broker.ca }) });
      await life.online;
      life.outbox.commit(events(life.publisher, 1, 10));
      await life.outbox.until(0);
      expect(await life.stop()).toBeNull();
    }
    expect(await live({ publisher: publisherFor({ url: secure.url, ca: broker.wrongCa }) }).ended).toMatchObject({
      code: 'MQTT_UNTRUSTED',
    });
  });

  it('not a broker with another certificate: MQTT_UNTRUSTED', async () => {
    const broker = await brokerWith({ tls: true });
    for (const ca of [{ ca: broker.wrongCa }, {}]) {
      expect(await live({ publisher: publisherFor({ url: broker.url, ...ca }) }).ended).toMatchObject({ code: 'MQTT_UNTRUSTED' });
    }
  });

  it('not without the file of the authority: MQTT_FILE names it', async () => {
    const life = live({ publisher: publisherFor({ url: 'mqtts://127.0.0.1:1', ca: '/nowhere/ca.pem' }) });
    expect(await life.ended).toMatchObject({ code: 'MQTT_FILE', details: { why: expect.stringMatching(/mqtt\.ca.*\/nowhere\/ca\.pem/) } });
  });

  it.each(['5', '3.1.1'])('not with a wrong password (MQTT %s), and no fault ever shows one', async (version) => {
    const broker = await brokerWith({ users: { lineside: 'right' } });
    const good = live({ publisher: publisherFor({ url: broker.url, version, username: 'lineside', password: 'right' }) });
    await good.online;
    await good.stop();
    const pasted = live({ publisher: publisherFor({ url: broker.url.replace('//', '//lineside:right@'), version }) });
    await pasted.online;
    await pasted.stop();
    const url = broker.url.replace('//', '//lineside:hunter2@');
    for (const bad of [{ username: 'lineside', password: 'hunter2' }, { url }, {}]) {
      const fault = await live({ publisher: publisherFor({ url: broker.url, version, ...bad }) }).ended;
      expect(fault).toMatchObject({ code: 'MQTT_REFUSED' });
      expect(JSON.stringify(fault) + String(fault)).not.toContain('hunter2');
    }
  });

  it('not unencrypted on another box unless somebody asked for it', async () => {
    const fault = await live({ publisher: publisherFor({ url: 'mqtt://192.0.2.1:1883' }) }).ended;
    expect(fault).toMatchObject({ code: 'MQTT_INSECURE', details: { url: 'mqtt://192.0.2.1:1883' } });
    const asked = live({ publisher: publisherFor({ url: 'mqtt://192.0.2.1:1883', insecure: true }) });
    expect(await asked.stop()).toBeNull();
  });
});

describe('asking a broker', () => {
  it('tells how it is, and does not throw out an agent that runs', async () => {
    const broker = await brokerWith({ users: { lineside: 'x' } });
    const config = { url: broker.url, username: 'lineside', password: 'x' };
    const life = live({ publisher: publisherFor(config) });
    await life.online;
    expect(await pingBroker(mqttConfig(config), 5000)).toContain('MQTT 5');
    await expect(pingBroker(mqttConfig({ ...config, password: 'y' }), 5000)).rejects.toMatchObject({ code: 'MQTT_REFUSED' });
    expect(await life.stop()).toBeNull();
    broker.freeze();
    await expect(pingBroker(mqttConfig(config), 200)).rejects.toMatchObject({ code: 'MQTT_UNREACHABLE' });
  });
});

describe('the journal', () => {
  it('cannot be read: the life ends with its fault', async () => {
    const broker = await brokerWith();
    const publisher = publisherFor({ url: broker.url });
    const life = live({ publisher });
    await life.online;
    life.outbox.handsOver = false;
    life.outbox.fault = new Error(`disk ${randomUUID()}`);
    life.outbox.commit(events(publisher, 1, 1));
    expect(await life.ended).toMatchObject({ details: { why: life.outbox.fault.message } });
  });
});

describe('a broker with limits of its own', () => {
  it('an event larger than it takes is passed over, said and kept; the others go', async () => {
    const broker = await brokerWith({ settings: ['max_packet_size 20000'] });
    const scada = await subscriberTo(broker.url);
    const publisher = publisherFor({ url: broker.url });
    const life = live({ publisher });
    await life.online;
    const large = { text: 'x'.repeat(500) };
    const rows = [inspection(1), inspection(2, { reasons: Array.from({ length: 100 }, () => large) }), inspection(3)].flatMap((one) =>
      publisher.rows({ type: 'quality', inspection: one }),
    );
    life.outbox.commit(rows);
    await life.outbox.until(0);
    await scada.until(() => scada.events.size === 2, 'the other two');
    expect([...life.outbox.marked.keys()]).toEqual([1, 3]);
    expect(publisher.counters().refused).toBe(1);
    expect(life.outbox.letters).toMatchObject([{ eventId: rows[1]?.eventId, why: expect.stringMatching(/more than the 20000/) }]);
    expect(life.standing).toMatchObject([{ code: 'EVENTS_REFUSED' }]);
    expect(await life.stop()).toBeNull();
  });

  it('that lets the agent speak and not listen: events go, and the log says that no command will come', async () => {
    const aedes = await Aedes.createBroker({
      authorizeSubscribe: (_, asked, done) => done(null, asked.topic.includes('/cmd/') ? null : asked),
    });
    const server = createServer(aedes.handle);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    undo.push(async () => {
      await new Promise<void>((resolve) => aedes.close(() => resolve()));
      server.close();
    });
    const publisher = publisherFor({ url: `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`, version: '3.1.1' });
    const life = live({ publisher });
    await life.online;
    life.outbox.commit(events(publisher, 1, 20));
    await life.outbox.until(0);
    expect(life.told).toContainEqual(
      expect.objectContaining({ level: 'warn', details: expect.objectContaining({ code: 'MQTT_NO_COMMANDS' }) }),
    );
    expect(life.standing).toMatchObject([{ code: 'MQTT_NO_COMMANDS' }]);
    expect(await life.stop()).toBeNull();
  });
});

describe('whoever else is at the broker', () => {
  it.each(['5', '3.1.1'])(
    'two publishers with one id at mosquitto (MQTT %s): both are told by its name',
    { timeout: 60_000 },
    async (version) => {
      const broker = await startBroker();
      undo.push(() => broker.close());
      const standing: string[][] = [[], []];
      for (const index of [0, 1]) {
        const publisher = publisherFor({ url: broker.url, version, client_id: 'twin' });
        const runner = liveOn(publisher, new MemoryOutbox(), (list) => {
          standing[index] = list.map((fault) => `${fault.code} ${String(fault.details['client'] ?? '')}`);
        });
        undo.push(() => runner.stop());
      }
      await expect.poll(() => standing.map((list) => list.includes('MQTT_TAKEN_OVER twin')), { timeout: 45_000 }).toEqual([true, true]);
    },
  );

  it('floods the agent with commands: the gate is shut for a while, stands as an alarm with its topic meanwhile, and opens again', {
    timeout: 60_000,
  }, async () => {
    const broker = await startBroker();
    undo.push(() => broker.close());
    const sender = await startSubscriber(broker.url, { filter: 'nothing/at/all' });
    undo.push(() => sender.close());
    const life = live({ publisher: publisherFor({ url: broker.url }) });
    undo.push(() => life.stop());
    await life.online;
    const topic = `${AGENT}/cmd/rebirth`;
    const codes = () => life.standing.map(({ code }) => code);
    const flood = async () => {
      while (!codes().includes('COMMAND_FLOOD'))
        await Promise.all(Array.from({ length: 500 }, () => sender.client.publishAsync(topic, '{}')));
    };
    await flood();
    expect(life.standing).toMatchObject([{ code: 'COMMAND_FLOOD', details: { rate: FLOOD, topic: `${AGENT}/cmd/+` } }]);
    await expect.poll(codes, { timeout: 30_000 }).toEqual([]);
    const before = life.commands.length;
    await sender.client.publishAsync(topic, '{"id":"after"}', { qos: 1 });
    await expect.poll(() => life.commands.length).toBeGreaterThan(before);
  });
});
