/**
 * The fate of every event, where a broker does not take all of them: delivered in order or a dead letter with its reason, and the others
 * go on. Accounts are drawn up at the broker and the outbox.
 */
import { afterEach, describe, expect, it } from 'vitest';
import type { OutboxRow } from '#agent/contracts/index.js';
import type { LinesideError } from '#agent/errors.js';
import type { MqttPublisher } from '#agent/publishers/mqtt.js';
import { type BrokerOptions, startBroker } from '../simulators/broker.ts';
import { type RawBroker, type RawBrokerOptions, startRawBroker } from '../simulators/raw-broker.ts';
import { startSubscriber } from '../simulators/subscriber.ts';
import { startProxy } from '../simulators/tcp-proxy.ts';
import { AGENT, live, liveOn, publisherFor, ROOT } from './harness.ts';
import { MemoryOutbox } from './memory-outbox.ts';
import { alarm, decision, health, inspection, state } from './samples.ts';

const undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

const rawBroker = async (options: RawBrokerOptions): Promise<RawBroker> => {
  const broker = await startRawBroker(options);
  undo.push(() => broker.close());
  return broker;
};
const mosquitto = async (options: BrokerOptions) => {
  const broker = await startBroker(options);
  undo.push(() => broker.close());
  return broker;
};
/** Connections one after the other, as the agent makes them; what stands now. */
const running = (publisher: MqttPublisher, outbox: MemoryOutbox) => {
  let standing: readonly LinesideError[] = [];
  const runner = liveOn(publisher, outbox, (list) => {
    standing = list;
  });
  undo.push(() => runner.stop());
  return { runner, standing: () => standing.map(({ code }) => code), faults: () => standing };
};
/** An inspection and its decision, in the order in which the agent commits them. */
const part = (publisher: MqttPublisher, sequence: number): readonly OutboxRow[] => [
  ...publisher.rows({ type: 'quality', inspection: inspection(sequence) }),
  ...publisher.rows({ type: 'decision', decision: decision() }),
];
const parts = (publisher: MqttPublisher, from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => part(publisher, from + i)).flat();
const isDecision = ({ topic }: { readonly topic: string }) => topic.endsWith('/decision');
const idsOf = (rows: readonly OutboxRow[]) => rows.map(({ eventId }) => eventId);
/** Dead letters in the order in which they were stored. */
const lettersIn = (outbox: MemoryOutbox) => idsOf([...outbox.letters].sort((a, b) => a.id - b.id));
/** Events that a raw broker took, once each, in the order of their first coming. */
const takenBy = (broker: RawBroker) => [
  ...new Set(broker.taken.filter(({ topic }) => /\/(quality|decision)$/.test(topic)).map((t) => String(t.payload['id']))),
];

describe('a broker that says why it does not take an event', () => {
  it.each([
    ['80', 'Unspecified error (0x80)'],
    ['83', 'Implementation specific error (0x83)'],
    ['87', 'Not authorized (0x87)'],
    ['90', 'Topic Name invalid (0x90)'],
    ['95', 'Packet too large (0x95)'],
    ['97', 'Quota exceeded (0x97)'],
    ['99', 'Payload format invalid (0x99)'],
    ['ee', 'a reason that MQTT does not know (0xee)'],
  ])('with 0x%s: a dead letter, the others go on over the same connection', async (reason, why) => {
    const broker = await rawBroker({ onPublish: ({ topic }) => (isDecision({ topic }) ? Number.parseInt(reason, 16) : 'take') });
    const publisher = publisherFor({ url: broker.url });
    const life = live({ publisher });
    await life.online;
    const rows = parts(publisher, 1, 20);
    life.outbox.commit(rows);
    await life.outbox.until(0);
    expect(takenBy(broker)).toEqual(idsOf(rows.filter((row) => !isDecision(row))));
    expect(lettersIn(life.outbox)).toEqual(idsOf(rows.filter(isDecision)));
    expect(new Set(life.outbox.letters.map((letter) => letter.why))).toEqual(new Set([why]));
    expect(life.standing).toMatchObject([{ code: 'EVENTS_REFUSED', details: { topic: `${ROOT}/outlet/decision`, why } }]);
    expect(publisher.counters()).toMatchObject({ sent: 20, refused: 20, dead_letters: 20 });
    expect(await life.stop()).toBeNull();
    expect(broker.connections).toBe(1);
  });

  // mosquitto 2.0 counts what it denies as never acknowledged: after a window of denials it closes the connection on top of saying no.
  it.each([[[]], [['max_inflight_messages 20']]])(
    'mosquitto, whose access list forbids decisions: quality goes, and the alarm names topic and reason %j',
    async (settings) => {
      const acl = [`topic write ${ROOT}/outlet/quality`, `topic write ${AGENT}/#`, `topic read ${AGENT}/+/cmd/#`, 'topic read #'];
      const broker = await mosquitto({ acl, settings });
      const scada = await startSubscriber(broker.url);
      undo.push(() => scada.close());
      const publisher = publisherFor({ url: broker.url });
      const outbox = new MemoryOutbox();
      const { faults } = running(publisher, outbox);
      publisher.retain({ type: 'state', station: 'outlet', value: state() });
      const rows = parts(publisher, 1, 40);
      outbox.commit(rows);
      await outbox.until(0);
      await scada.until(() => scada.events.size === 40, '40 events');
      expect([...scada.events.keys()]).toEqual(idsOf(rows.filter((row) => !isDecision(row))));
      expect(lettersIn(outbox)).toEqual(idsOf(rows.filter(isDecision)));
      expect(faults()).toMatchObject([
        { code: 'MQTT_VALUE_REFUSED', details: { topic: `${ROOT}/outlet/state`, why: 'Not authorized (0x87)' } },
        { code: 'EVENTS_REFUSED', details: { topic: expect.stringContaining('/outlet/decision') } },
      ]);
      expect(publisher.counters()['retained_refused']).toBeGreaterThan(0);
    },
  );

  it('mosquitto with max_packet_size 700: events and health too large for it are told with both sizes, small ones go', async () => {
    const broker = await mosquitto({ settings: ['max_packet_size 700'] });
    const publisher = publisherFor({ url: broker.url });
    const life = live({ publisher });
    await life.online;
    publisher.retain({
      type: 'health',
      value: health({
        parts: Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`camera/${i}`, { status: 'running', restarts: 0 }])),
      }),
    });
    const rows = parts(publisher, 1, 40);
    life.outbox.commit(rows);
    await life.outbox.until(0);
    expect(lettersIn(life.outbox)).toEqual(idsOf(rows.filter((row) => !isDecision(row))));
    expect(life.outbox.marked.size).toBe(40);
    expect(life.standing).toMatchObject([
      {
        code: 'MQTT_VALUE_REFUSED',
        details: { topic: `${AGENT}/health`, why: expect.stringMatching(/^about \d+0 bytes are more than the 700/) },
      },
      { code: 'EVENTS_REFUSED', details: { why: expect.stringMatching(/^about \d+0 bytes are more than the 700/) } },
    ]);
    expect(await life.stop()).toBeNull();
  });
});

describe.each(['5', '3.1.1'])('mosquitto that lacks something (MQTT %s)', (version) => {
  it.each([
    ['retain_available false', 'MQTT_NO_RETAIN'],
    ['max_qos 0', 'MQTT_NO_QOS1'],
  ])('%s: every event arrives, %s stands, and ends with a broker that can', async (setting, code) => {
    const [lacking, able] = [await mosquitto({ settings: [setting] }), await mosquitto({})];
    const proxy = await startProxy({ target: lacking.port });
    undo.push(() => proxy.close());
    const [before, after] = [await startSubscriber(lacking.url), await startSubscriber(able.url)];
    undo.push(() => before.close());
    undo.push(() => after.close());
    const publisher = publisherFor({ url: `mqtt://127.0.0.1:${proxy.port}`, version });
    const outbox = new MemoryOutbox();
    const { standing } = running(publisher, outbox);
    const early = parts(publisher, 1, 20);
    outbox.commit(early);
    await outbox.until(0);
    await before.until(() => before.events.size >= early.length, 'all events');
    expect([...before.events.keys()]).toEqual(idsOf(early));
    expect(standing()).toEqual([code]);

    proxy.retarget(able.port);
    proxy.cut();
    const late = parts(publisher, 21, 30);
    outbox.commit(late);
    await outbox.until(0);
    await after.until(() => after.events.size >= late.length, 'all events');
    expect([...after.events.keys()]).toEqual(idsOf(late));
    expect(standing()).toEqual([]);
    const newcomer = await startSubscriber(able.url);
    undo.push(() => newcomer.close());
    await newcomer.until(
      () => newcomer.received.some(({ topic, retain }) => retain && topic === `${AGENT}/status`),
      'the status, retained',
    );
    expect(outbox.letters).toEqual([]);
  });
});

describe.each(['5', '3.1.1'])('a broker that closes the connection (MQTT %s)', (version) => {
  it('on a denied topic: its events become dead letters, all others arrive in order, also those that come later', async () => {
    const broker = await rawBroker({ onPublish: ({ topic }) => (isDecision({ topic }) ? 'close' : 'take') });
    const publisher = publisherFor({ url: broker.url, version });
    const outbox = new MemoryOutbox();
    const { faults } = running(publisher, outbox);
    const rows = parts(publisher, 1, 60);
    outbox.commit(rows.slice(0, 60));
    await outbox.until(0);
    outbox.commit(rows.slice(60));
    await outbox.until(0);
    expect(takenBy(broker)).toEqual(idsOf(rows.filter((row) => !isDecision(row))));
    expect(lettersIn(outbox)).toEqual(idsOf(rows.filter(isDecision)));
    expect(outbox.letters[0]?.why).toMatch(/closes the connection/);
    expect(faults()).toMatchObject([{ code: 'EVENTS_REFUSED' }]);
    // One loss with many under way, then two with the guilty one alone; the topic is not tried again.
    expect(broker.offended.length).toBeLessThanOrEqual(4);
    expect(publisher.counters()).toMatchObject({ refused: 60, sent: expect.any(Number) });
  });

  it('on one event that is too large for it: only that one', async () => {
    const broker = await rawBroker({ onPublish: ({ payload }) => (payload.length > 5000 ? 'close' : 'take') });
    const publisher = publisherFor({ url: broker.url, version });
    const outbox = new MemoryOutbox();
    running(publisher, outbox);
    const many = Array.from({ length: 20 }, () => ({ text: 'x'.repeat(500) }));
    const quality = (sequence: number) =>
      publisher.rows({ type: 'quality', inspection: inspection(sequence, sequence % 20 === 7 ? { reasons: many } : {}) });
    const rows = Array.from({ length: 50 }, (_, i) => quality(i + 1)).flat();
    outbox.commit(rows.slice(0, 4));
    await outbox.until(0);
    outbox.commit(rows.slice(4));
    await outbox.until(0);
    const large = rows.filter(({ payload }) => payload.length > 5000);
    expect(large).toHaveLength(3);
    expect(lettersIn(outbox)).toEqual(idsOf(large));
    expect(takenBy(broker)).toEqual(idsOf(rows.filter((row) => !large.includes(row))));
  });

  it('on a denied subscription: it goes on without commands, and says so', async () => {
    const broker = await rawBroker({ onSubscribe: () => 'close' });
    const publisher = publisherFor({ url: broker.url, version });
    const outbox = new MemoryOutbox();
    const { faults } = running(publisher, outbox);
    outbox.commit(parts(publisher, 1, 5));
    await outbox.until(0);
    expect(faults()).toMatchObject([{ code: 'MQTT_NO_COMMANDS', details: { topic: `${AGENT}/cmd/+` } }]);
    expect(outbox.letters).toEqual([]);
    expect(broker.offended).toHaveLength(2);
  });

  it('on retained messages and on the status: events go on, and no event is blamed', async () => {
    const broker = await rawBroker({ onPublish: ({ retain }) => (retain ? 'close' : 'take') });
    const publisher = publisherFor({ url: broker.url, version });
    publisher.retain({ type: 'alarm', alarm: alarm() });
    const outbox = new MemoryOutbox();
    const { standing } = running(publisher, outbox);
    const rows = parts(publisher, 1, 30);
    outbox.commit(rows);
    await outbox.until(0);
    expect(outbox.letters).toEqual([]);
    expect(takenBy(broker)).toEqual(idsOf(rows));
    await broker.until(() => broker.offended.filter((topic) => /alarm/.test(topic)).length >= 2, 'the alarm tried twice');
    expect(standing()).toContain('MQTT_VALUE_REFUSED');
  });

  it('on states and alarms: the events are through with the second connection, health as well, and it is not asked for each of them', async () => {
    const broker = await rawBroker({ onPublish: ({ topic }) => (/\/(state|alarm\/.*)$/.test(topic) ? 'close' : 'take') });
    const publisher = publisherFor({ url: broker.url, version });
    for (const station of ['outlet', 'inlet', 'trim', 'press']) publisher.retain({ type: 'state', station, value: state() });
    for (const subject of ['outlet/top', 'outlet/side', 'plc', 'disk', 'inlet/top'])
      publisher.retain({ type: 'alarm', alarm: { ...alarm(), subject } });
    publisher.retain({ type: 'health', value: health() });
    const outbox = new MemoryOutbox();
    const { faults } = running(publisher, outbox);
    const rows = parts(publisher, 1, 120);
    outbox.commit(rows);
    await outbox.until(0);
    expect([takenBy(broker), outbox.letters]).toEqual([idsOf(rows), []]);
    expect(broker.connections).toBeLessThanOrEqual(2);
    const isHealth = ({ topic }: { readonly topic: string }) => topic === `${AGENT}/health`;
    await broker.until(() => broker.taken.some(isHealth), 'health');
    // One loss with many under way, then two for each of two topics of a kind.
    expect(broker.offended).toHaveLength(9);
    expect(faults()).toMatchObject([{ code: 'MQTT_VALUE_REFUSED', details: { topic: expect.stringMatching(/ and 8 more topics$/) } }]);
    const later = parts(publisher, 121, 125);
    outbox.commit(later);
    await outbox.until(0);
    expect([broker.offended.length, takenBy(broker)]).toEqual([9, idsOf([...rows, ...later])]);
  });

  it('on an answer to a topic of the sender’s choice: not followed for long, and the answer goes to our own topic', async () => {
    if (version !== '5') return;
    const broker = await rawBroker({ onPublish: ({ topic }) => (topic.startsWith('other/') ? 'close' : 'take') });
    const publisher = publisherFor({ url: broker.url, version });
    running(publisher, new MemoryOutbox());
    const answered = () => broker.taken.some(({ topic }) => topic.endsWith('/cmd/reload/reply'));
    const online = (times: number) =>
      broker.until(() => broker.taken.filter(({ payload }) => payload['status'] === 'online').length >= times, `${times} connections`);
    for (let round = 1; round <= 3; round++) {
      await online(round);
      broker.publish(`${AGENT}/cmd/reload`, '{}', { responseTopic: `other/${round}` });
      await broker.until(() => broker.offended.length >= round, 'the answer');
    }
    await online(4);
    broker.publish(`${AGENT}/cmd/reload`, '{}', { responseTopic: 'other/4' });
    await broker.until(answered, 'the answer on our own topic');
    expect(broker.offended).toHaveLength(3);
  });
});

describe('a broker that never answers one event', () => {
  it('is not held up by it for ever', async () => {
    const broker = await rawBroker({ onPublish: ({ topic }) => (isDecision({ topic }) ? 'ignore' : 'take') });
    const publisher = publisherFor({ url: broker.url, keepalive: '1s' });
    const outbox = new MemoryOutbox();
    running(publisher, outbox);
    const rows = parts(publisher, 1, 4);
    outbox.commit(rows);
    await outbox.until(0);
    expect(lettersIn(outbox)).toEqual(idsOf(rows.filter(isDecision)));
    expect(outbox.letters[0]?.why).toMatch(/never answers it/);
  });
});

describe('a broker that passes over', () => {
  const SILENCE = { keepalive: '2s', version: '3.1.1' };

  it('every event on one topic: they are dead letters after two connections, however many of them fill the window', async () => {
    const broker = await rawBroker({ onPublish: ({ topic }) => (isDecision({ topic }) ? 'ignore' : 'take') });
    const publisher = publisherFor({ url: broker.url, ...SILENCE });
    const outbox = new MemoryOutbox();
    const { faults } = running(publisher, outbox);
    const rows = parts(publisher, 1, 240);
    outbox.commit(rows);
    await outbox.until(0);
    expect(lettersIn(outbox)).toEqual(idsOf(rows.filter(isDecision)));
    expect(takenBy(broker)).toEqual(idsOf(rows.filter((row) => !isDecision(row))));
    expect(broker.connections).toBe(3);
    expect(faults()).toMatchObject([{ code: 'EVENTS_REFUSED' }]);
  });

  it('one topic while others go on: is found out though it never was silent', async () => {
    const broker = await rawBroker({ onPublish: ({ topic }) => (isDecision({ topic }) ? 'ignore' : 'take') });
    const publisher = publisherFor({ url: broker.url, ...SILENCE });
    const outbox = new MemoryOutbox();
    running(publisher, outbox);
    const rows = parts(publisher, 1, 120);
    for (let at = 0; at < rows.length; at += 2) {
      outbox.commit(rows.slice(at, at + 2));
      await new Promise((resolve) => setTimeout(resolve, 60));
    }
    await outbox.until(0);
    expect(lettersIn(outbox)).toEqual(idsOf(rows.filter(isDecision)));
    expect(takenBy(broker)).toEqual(idsOf(rows.filter((row) => !isDecision(row))));
    expect(broker.connections).toBe(3);
  });

  /** Quality goes on until it is the broker's third connection; what was committed. */
  const goingOn = async (publisher: MqttPublisher, outbox: MemoryOutbox, broker: RawBroker) => {
    const rows = [...part(publisher, 1)];
    outbox.commit(rows);
    await outbox.until(0);
    for (let n = 2; broker.connections < 3; n++) {
      const more = n === 2 ? parts(publisher, 2, 4) : publisher.rows({ type: 'quality', inspection: inspection(n + 10) });
      outbox.commit(more);
      rows.push(...more);
      await new Promise((resolve) => setTimeout(resolve, 60));
    }
    await outbox.until(0);
    return rows;
  };

  it('a topic that has taken events, on two connections: they wait, that is told, and none is a dead letter', async () => {
    let isFull = false;
    const broker: RawBroker = await rawBroker({
      onPublish: ({ topic }, connection) => {
        const full = isFull && connection < 3;
        if (isDecision({ topic })) isFull = true;
        return full && isDecision({ topic }) ? 'ignore' : 'take';
      },
    });
    const publisher = publisherFor({ url: broker.url, ...SILENCE });
    const outbox = new MemoryOutbox();
    const told: string[][] = [];
    const runner = liveOn(publisher, outbox, (list) => told.push(list.map(({ code }) => code)));
    undo.push(() => runner.stop());
    const rows = await goingOn(publisher, outbox, broker);
    expect(outbox.letters).toEqual([]);
    expect(new Set(takenBy(broker))).toEqual(new Set(idsOf(rows)));
    expect(told).toContainEqual(['MQTT_UNANSWERED']);
    expect(told.at(-1)).toEqual([]);
  });

  it('a topic that never took anything, for one late stretch: nothing of it is lost', async () => {
    const broker = await rawBroker({
      onPublish: ({ topic }, connection) => (isDecision({ topic }) && connection === 1 ? 'ignore' : 'take'),
    });
    const publisher = publisherFor({ url: broker.url, ...SILENCE });
    const outbox = new MemoryOutbox();
    const { faults } = running(publisher, outbox);
    const rows = parts(publisher, 1, 20);
    outbox.commit(rows);
    await outbox.until(0);
    expect([outbox.letters, faults()]).toEqual([[], []]);
    expect(new Set(takenBy(broker))).toEqual(new Set(idsOf(rows)));
    expect(broker.connections).toBe(2);
  });

  it('one event once: it comes again with the next connection, and nobody is blamed', async () => {
    let ignored = 0;
    const broker = await rawBroker({
      onPublish: ({ topic, payload }) => {
        const isThird = topic.endsWith('/quality') && JSON.parse(payload.toString())['sequence'] === 3;
        return isThird && ignored++ === 0 ? 'ignore' : 'take';
      },
    });
    const publisher = publisherFor({ url: broker.url, ...SILENCE });
    const outbox = new MemoryOutbox();
    const { faults } = running(publisher, outbox);
    const rows = parts(publisher, 1, 10);
    outbox.commit(rows);
    await outbox.until(0);
    expect([outbox.letters, faults()]).toEqual([[], []]);
    expect(new Set(takenBy(broker))).toEqual(new Set(idsOf(rows)));
    expect(broker.connections).toBe(2);
  });
});

describe('two things at once', () => {
  it('a denied topic and a broker that is killed again and again: every event delivered in order or a dead letter, none of the wrong topic', async () => {
    const broker = await rawBroker({ onPublish: ({ topic }) => (isDecision({ topic }) ? 'close' : 'take') });
    const publisher = publisherFor({ url: broker.url });
    const outbox = new MemoryOutbox();
    running(publisher, outbox);
    const rows = parts(publisher, 1, 200);
    for (let round = 0; round < 10; round++) {
      outbox.commit(rows.slice(round * 40, (round + 1) * 40));
      await broker.until(() => takenBy(broker).length >= round * 20 + 3, 'some of them');
      broker.kill();
    }
    await outbox.until(0);
    expect(lettersIn(outbox)).toEqual(idsOf(rows.filter(isDecision)));
    expect(takenBy(broker)).toEqual(idsOf(rows.filter((row) => !isDecision(row))));
  });

  it('killed while each event is alone under way, once each: nobody is blamed', async () => {
    const killed = new Set<string>();
    const broker: RawBroker = await rawBroker({
      onPublish: ({ topic, payload }) => {
        const id = String(JSON.parse(payload.toString())['id']);
        if (!topic.endsWith('/quality') || killed.has(id)) return 'take';
        killed.add(id);
        return 'close';
      },
    });
    const publisher = publisherFor({ url: broker.url, inflight: 1 });
    const outbox = new MemoryOutbox();
    running(publisher, outbox);
    const rows = Array.from({ length: 8 }, (_, i) => publisher.rows({ type: 'quality', inspection: inspection(i + 1) })).flat();
    outbox.commit(rows);
    await outbox.until(0);
    expect(outbox.letters).toEqual([]);
    expect(takenBy(broker)).toEqual(idsOf(rows));
  });

  it('a denied topic, the cause mended, and the letters tried again: all of it arrives, and the topic is good again', async () => {
    let denied = true;
    const broker = await rawBroker({ onPublish: ({ topic }) => (denied && isDecision({ topic }) ? 'close' : 'take') });
    const publisher = publisherFor({ url: broker.url });
    const outbox = new MemoryOutbox();
    const { standing } = running(publisher, outbox);
    const rows = parts(publisher, 1, 10);
    outbox.commit(rows);
    await outbox.until(0);
    expect(outbox.letters).toHaveLength(10);
    denied = false;
    outbox.retry();
    const later = part(publisher, 11);
    outbox.commit(later);
    await outbox.until(0);
    expect(outbox.letters).toEqual([]);
    expect(takenBy(broker)).toEqual([...idsOf(rows.filter((row) => !isDecision(row))), ...idsOf(rows.filter(isDecision)), ...idsOf(later)]);
    expect(broker.taken.filter((t) => t.payload['historical'] === true && isDecision(t))).toHaveLength(10);
    expect(standing()).toEqual([]);
  });
});
