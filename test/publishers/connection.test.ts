/**
 * One connection from CONNECT to its end, packet by packet, at a broker that answers as the test says. What real brokers do is in
 * mqtt.test.ts and fates.test.ts.
 */
import { afterEach, describe, expect, it } from 'vitest';
import type { OutboxRow } from '#agent/contracts/index.js';
import type { MqttPublisher } from '#agent/publishers/mqtt.js';
import { type RawBroker, type RawBrokerOptions, startRawBroker } from '../simulators/raw-broker.ts';
import { AGENT, type Life, type LifeOptions, live, publisherFor, ROOT } from './harness.ts';
import { alarm, decision, health, inspection, state } from './samples.ts';

const undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

async function brokerThat(options: RawBrokerOptions = {}): Promise<RawBroker> {
  const broker = await startRawBroker(options);
  undo.push(() => broker.close());
  return broker;
}
const connect = (broker: RawBroker, over: Readonly<Record<string, unknown>> = {}, more: Partial<LifeOptions> = {}): Life => {
  const life = live({ publisher: publisherFor({ url: broker.url, ...over }), ...more });
  undo.push(() => life.stop());
  return life;
};
async function online(broker: RawBroker, over: Readonly<Record<string, unknown>> = {}, more: Partial<LifeOptions> = {}): Promise<Life> {
  const life = connect(broker, over, more);
  await life.online;
  return life;
}
const events = (publisher: MqttPublisher, from: number, to: number): readonly OutboxRow[] =>
  Array.from({ length: to - from + 1 }, (_, i) => publisher.rows({ type: 'quality', inspection: inspection(from + i) })).flat();
const topics = ({ taken }: RawBroker) => taken.map(({ topic }) => topic);
const statuses = ({ taken }: RawBroker) => taken.filter(({ topic }) => topic === `${AGENT}/status`).map(({ payload }) => payload['status']);
const isEvent = (topic: string) => topic.endsWith('/quality');
const REFUSED = 0x87;
const NO = 'Not authorized (0x87)';

describe.each(['5', '3.1.1'])('a connection (MQTT %s)', (version) => {
  it('takes commands first, says that it is there, and then publishes what is retained and what waits', async () => {
    const filters: string[] = [];
    const broker = await brokerThat({
      onSubscribe: (filter) => {
        expect(broker.taken).toEqual([]);
        filters.push(filter);
        return 'take';
      },
    });
    const publisher = publisherFor({ url: broker.url, version });
    publisher.retain({ type: 'state', station: 'outlet', value: state() });
    publisher.retain({ type: 'alarm', alarm: alarm() });
    publisher.retain({ type: 'health', value: health() });
    expect(publisher.counters()['retained_waiting']).toBe(3);
    const life = await online(broker, {}, { publisher });
    life.outbox.commit(events(publisher, 1, 2));
    await life.outbox.until(0);
    const retained = [`${ROOT}/outlet/state`, `${AGENT}/alarm/CAMERA_SILENT/top`, `${AGENT}/health`];
    await broker.until(() => broker.taken.length >= 6, 'all of it');
    expect(filters).toEqual([`${AGENT}/cmd/+`]);
    expect(topics(broker)[0]).toBe(`${AGENT}/status`);
    expect(topics(broker).slice(1).toSorted()).toEqual([...retained, ...Array(2).fill(`${ROOT}/outlet/quality`)].toSorted());
    for (const { topic, retain, qos } of broker.taken) expect([topic, retain, qos]).toEqual([topic, !isEvent(topic), 1]);
    expect(publisher.counters()).toMatchObject({ sent: 2, refused: 0, unacknowledged: 0, retained_waiting: 0 });
    expect([life.standing, broker.connections]).toEqual([[], 1]);
  });

  it('says where it goes when it is stopped, and sends what is committed in between', async () => {
    const broker = await brokerThat();
    const life = await online(broker, { version });
    life.outbox.commit(events(life.publisher, 1, 20));
    expect(await life.stop()).toBeNull();
    expect(statuses(broker)).toEqual(['online', 'stopping', 'offline']);
    expect([life.outbox.left, topics(broker).at(-1)]).toEqual([0, `${AGENT}/status`]);
    expect(broker.taken.filter(({ topic }) => isEvent(topic))).toHaveLength(20);
  });

  it('counts over all of its lives', async () => {
    const broker = await brokerThat({ onPublish: ({ topic }) => (topic.endsWith('/decision') ? REFUSED : 'take') });
    const publisher = publisherFor({ url: broker.url, version });
    for (let life = 1; life <= 2; life++) {
      const one = await online(broker, {}, { publisher });
      one.outbox.commit(events(publisher, 1, 3));
      await one.outbox.until(0);
      expect(publisher.counters()).toMatchObject({ sent: 3 * life });
      await one.stop();
      expect(publisher.counters()).toMatchObject({ sent: 3 * life, unacknowledged: 0 });
    }
  });

  it('that is lost ends the life with the reason, and the next one has everything that is retained again', async () => {
    const broker = await brokerThat();
    const publisher = publisherFor({ url: broker.url, version });
    publisher.retain({ type: 'health', value: health() });
    const first = await online(broker, {}, { publisher });
    await broker.until(() => topics(broker).includes(`${AGENT}/health`), 'health');
    broker.kill();
    expect(await first.ended).toMatchObject({ code: 'MQTT_UNREACHABLE', details: { why: expect.stringMatching(/closed|reset/) } });
    await online(broker, {}, { publisher });
    await broker.until(() => topics(broker).filter((topic) => topic === `${AGENT}/health`).length === 2, 'health again');
    expect(broker.taken.at(-1)?.connection).toBe(2);
  });

  it('without commands subscribes to nothing', async () => {
    let subscribed = 0;
    const broker = await brokerThat({
      onSubscribe: () => {
        subscribed++;
        return 'take';
      },
    });
    const life = await online(broker, { version, commands: false });
    expect([subscribed, life.standing]).toEqual([0, []]);
  });
});

describe('a broker that does not take the connection', () => {
  it.each([
    ['with a reason', { onConnect: () => 135 }, 'MQTT_REFUSED'],
    ['and names another client', { onConnect: () => 133 }, 'MQTT_CLIENT_ID'],
    ['without a word', { onConnect: () => 'close' as const }, 'MQTT_CLOSED'],
  ])('%s: the life ends with the fault', async (_, options, code) => {
    const broker = await brokerThat(options);
    const life = connect(broker);
    expect(await life.ended).toMatchObject({ code, details: { url: broker.url, version: '5', client: 'lineside-gw1' } });
    expect(life.publisher.counters()).toMatchObject({ sent: 0 });
  });

  it('and answers nothing is left at once when the agent stops', async () => {
    const broker = await brokerThat({ onConnect: () => 'ignore' });
    const life = connect(broker);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await life.stop()).toBeNull();
  });

  it('over the network in clear is not even asked', async () => {
    const life = live({ publisher: publisherFor({ url: 'mqtt://192.0.2.1' }) });
    expect(await life.ended).toMatchObject({ code: 'MQTT_INSECURE' });
  });
});

describe('what a broker allows', () => {
  it('is so many messages at once: events leave four places to states, alarms and answers', async () => {
    const broker = await brokerThat({ connack: { receiveMaximum: 7 }, onPublish: ({ topic }) => (isEvent(topic) ? 'ignore' : 'take') });
    const life = await online(broker);
    life.outbox.commit(events(life.publisher, 1, 20));
    await broker.until(() => broker.offended.length >= 3, 'three events');
    life.publisher.retain({ type: 'health', value: health() });
    await broker.until(() => topics(broker).includes(`${AGENT}/health`), 'health');
    expect([broker.offended.length, life.publisher.counters()['unacknowledged']]).toEqual([3, 3]);
  });

  it('is one at least, and what waits for its place goes in order', async () => {
    let most = 0;
    let open = 0;
    const broker = await brokerThat({
      connack: { receiveMaximum: 1 },
      onPublish: () => {
        most = Math.max(most, ++open);
        open--;
        return 'take';
      },
    });
    const life = await online(broker);
    const rows = events(life.publisher, 1, 30);
    life.outbox.commit(rows);
    life.publisher.retain({ type: 'health', value: health() });
    await life.outbox.until(0);
    const ids = broker.taken.filter(({ topic }) => isEvent(topic)).map(({ payload }) => payload['id']);
    expect([most, ids]).toEqual([1, rows.map(({ eventId }) => eventId)]);
  });

  it('is packets up to a size: what is larger is refused here, with both sizes, and the others go', async () => {
    const broker = await brokerThat({ connack: { maximumPacketSize: 2000 } });
    const life = await online(broker);
    const [small] = events(life.publisher, 1, 1);
    const room = 2000 - 32 - Buffer.byteLength(small?.topic ?? '') - Buffer.byteLength(small?.payload ?? '');
    const padded = (eventId: string, bytes: number, letter = 'x') => ({
      ...(small as OutboxRow),
      eventId,
      payload: `${small?.payload.slice(0, -1)},"p":"${letter.repeat(bytes - 7)}"}`,
    });
    life.outbox.commit([padded('fits', room), padded('large', room + 1), padded('wide', (room >> 1) + 10, 'ä'), small as OutboxRow]);
    await life.outbox.until(0);
    expect(life.outbox.letters.map(({ eventId, why }) => [eventId, why])).toEqual([
      ['large', 'about 2100 bytes are more than the 2000 that the broker takes (its maximum packet size)'],
      ['wide', expect.stringMatching(/^about \d+00 bytes are more than the 2000/)],
    ]);
    expect(life.publisher.counters()).toMatchObject({ sent: 2, refused: 2, dead_letters: 2 });
    expect(life.standing).toMatchObject([{ code: 'EVENTS_REFUSED' }]);
  });

  it('may be nothing retained: that stands, and nothing is sent so', async () => {
    const broker = await brokerThat({ connack: { retainAvailable: false } });
    const life = await online(broker);
    life.publisher.retain({ type: 'health', value: health() });
    await broker.until(() => topics(broker).includes(`${AGENT}/health`), 'health');
    expect(broker.taken.map(({ retain }) => retain)).toEqual([false, false]);
    expect(life.standing).toMatchObject([{ code: 'MQTT_NO_RETAIN', details: { seconds: 60 } }]);
  });

  it('may be no acknowledgement: a ping that follows stands for it, and that stands', async () => {
    const broker = await brokerThat({ connack: { maximumQoS: 0 } });
    const life = await online(broker);
    life.outbox.commit(events(life.publisher, 1, 5));
    await life.outbox.until(0);
    expect([...new Set(broker.taken.map(({ qos }) => qos))]).toEqual([0]);
    expect(broker.taken.filter(({ topic }) => isEvent(topic))).toHaveLength(5);
    expect(life.standing).toMatchObject([{ code: 'MQTT_NO_QOS1' }]);
    expect(life.publisher.counters()).toMatchObject({ sent: 5 });
  });

  it('may be no commands: that stands with the reason, is logged, and events go', async () => {
    const broker = await brokerThat({ onSubscribe: () => REFUSED });
    const life = await online(broker);
    life.outbox.commit(events(life.publisher, 1, 2));
    await life.outbox.until(0);
    expect(life.standing).toMatchObject([{ code: 'MQTT_NO_COMMANDS', details: { topic: `${AGENT}/cmd/+` } }]);
    expect(life.told.filter(({ level }) => level === 'warn')).toMatchObject([
      { text: 'the broker allows no commands', details: { code: 'MQTT_NO_COMMANDS', topic: `${AGENT}/cmd/+` } },
    ]);
  });
});

describe('a broker that refuses', () => {
  it('events of a topic: dead letters, counted and standing, and the topic is not tried again on this connection', async () => {
    let tried = 0;
    const broker = await brokerThat({
      onPublish: ({ topic }) => {
        if (!topic.endsWith('/decision')) return 'take';
        tried++;
        return REFUSED;
      },
    });
    const life = await online(broker);
    const decisions = (count: number) =>
      Array.from({ length: count }, () => life.publisher.rows({ type: 'decision', decision: decision() })).flat();
    life.outbox.commit(decisions(2));
    await life.outbox.until(0);
    life.outbox.commit([...decisions(5), ...events(life.publisher, 1, 2)]);
    await life.outbox.until(0);
    expect([tried, life.outbox.letters.length]).toEqual([2, 7]);
    expect(new Set(life.outbox.letters.map(({ why }) => why))).toEqual(new Set([NO]));
    expect(life.publisher.counters()).toMatchObject({ sent: 2, refused: 7, dead_letters: 7 });
    expect(life.told.filter(({ level }) => level === 'debug').map(({ details }) => details)).toContainEqual(
      expect.objectContaining({ code: 'EVENTS_REFUSED', topic: `${ROOT}/outlet/decision`, why: NO }),
    );
  });

  it('a retained value: that stands and is counted, until it is taken, which a rebirth asks for', async () => {
    let refuses = true;
    const broker = await brokerThat({ onPublish: ({ topic }) => (refuses && topic.endsWith('/health') ? REFUSED : 'take') });
    const life = await online(broker);
    life.publisher.retain({ type: 'health', value: health() });
    await expect.poll(() => life.standing).toMatchObject([{ code: 'MQTT_VALUE_REFUSED', details: { topic: `${AGENT}/health`, why: NO } }]);
    expect(life.publisher.counters()['retained_refused']).toBe(1);
    refuses = false;
    broker.publish(`${AGENT}/cmd/rebirth`, '{}');
    await broker.until(() => topics(broker).includes(`${AGENT}/health`), 'health');
    await expect.poll(() => life.standing).toEqual([]);
    expect(statuses(broker)).toEqual(['online', 'online']);
    expect(life.commands).toEqual([{ verb: 'rebirth', body: {}, from: null }]);
  });

  it('the status: it goes on without', async () => {
    const broker = await brokerThat({ onPublish: ({ topic }) => (topic.endsWith('/status') ? REFUSED : 'take') });
    const life = await online(broker);
    life.outbox.commit(events(life.publisher, 1, 1));
    await life.outbox.until(0);
    expect(life.standing).toMatchObject([{ code: 'MQTT_VALUE_REFUSED', details: { topic: `${AGENT}/status` } }]);
    expect(await life.stop()).toBeNull();
  });
});

describe('a broker that ends the connection', () => {
  it('and says that another client has its name', async () => {
    const broker = await brokerThat({ goodbye: 0x8e, onPublish: ({ topic }) => (isEvent(topic) ? 'close' : 'take') });
    const life = await online(broker);
    life.outbox.commit(events(life.publisher, 1, 1));
    expect(await life.ended).toMatchObject({ code: 'MQTT_TAKEN_OVER', details: { client: 'lineside-gw1' } });
    expect(life.standing).toMatchObject([{ code: 'MQTT_TAKEN_OVER', details: { why: 'the broker says so' } }]);
    // Whatever was under way has nothing to do with it.
    expect(life.outbox.letters).toEqual([]);
  });

  it('twice on the same event alone: a dead letter with what happened, logged, and its topic is given up', async () => {
    const broker = await brokerThat({ onPublish: ({ topic }) => (isEvent(topic) ? 'close' : 'take') });
    const publisher = publisherFor({ url: broker.url });
    const first = await online(broker, {}, { publisher });
    const rows = events(publisher, 1, 2);
    first.outbox.commit(rows.slice(0, 1));
    await first.ended;
    const second = await online(broker, {}, { publisher, outbox: first.outbox }).catch(() => null);
    await (second ?? first).ended;
    await expect.poll(() => first.outbox.letters.length).toBe(1);
    expect(first.outbox.letters[0]?.why).toMatch(/^the broker closes the connection on it \(/);
    const third = await online(broker, {}, { publisher, outbox: first.outbox });
    third.outbox.commit(rows.slice(1));
    await third.outbox.until(0);
    expect([broker.offended.length, third.outbox.letters.length]).toEqual([2, 2]);
    expect(publisher.counters()).toMatchObject({ sent: 0, refused: 2 });
    // Somebody mended it and wants them sent again.
    third.outbox.retry();
    await broker.until(() => broker.offended.length === 3, 'tried again');
  });

  it('by silence: nothing acknowledged for as long as the keep-alive is', async () => {
    const broker = await brokerThat({ onPublish: ({ topic }) => (isEvent(topic) ? 'ignore' : 'take') });
    const life = await online(broker, { keepalive: '1s' });
    life.outbox.commit(events(life.publisher, 1, 1));
    expect(await life.ended).toMatchObject({ code: 'MQTT_UNREACHABLE', details: { why: 'nothing acknowledged for 1 s' } });
  });

  it('by a packet longer than any command', async () => {
    const broker = await brokerThat();
    const life = await online(broker, { version: '3.1.1' });
    broker.raw(Buffer.from([0x30, 0xff, 0xff, 0x7f]));
    expect(await life.ended).toMatchObject({
      code: 'MQTT_UNREACHABLE',
      details: { why: `somebody sent a command of ${0x7f + 0x7f * 128 + 0x7f * 16_384} bytes here` },
    });
  });
});

describe('commands', () => {
  const answered = async (broker: RawBroker, topic: string) => {
    await broker.until(() => topics(broker).includes(topic), `an answer on ${topic}`);
    return broker.taken.find((one) => one.topic === topic);
  };

  it('are handed over with who sent them, and answered on our topic', async () => {
    const broker = await brokerThat();
    const life = await online(broker, {}, { onCommand: async () => ({ inspection: 'abc' }) });
    broker.publish(`${AGENT}/cmd/trigger`, '{"station":"outlet","id":"7"}', { userProperties: { user: 'anna' } });
    const answer = await answered(broker, `${AGENT}/cmd/trigger/reply`);
    expect(answer?.payload).toMatchObject({ agent: 'gw1', verb: 'trigger', ok: true, id: '7', result: { inspection: 'abc' } });
    expect([answer?.retain, answer?.qos]).toEqual([false, 1]);
    expect(life.commands).toEqual([{ verb: 'trigger', body: { station: 'outlet' }, from: 'user anna' }]);
  });

  it('are answered where the sender wants it, if that is nothing of ours', async () => {
    const broker = await brokerThat();
    await online(broker);
    broker.publish(`${AGENT}/cmd/reload`, '{}', { responseTopic: 'mes/answers' });
    expect((await answered(broker, 'mes/answers'))?.payload).toMatchObject({ verb: 'reload', ok: true });
    broker.publish(`${AGENT}/cmd/ack`, '{"station":"outlet"}', { responseTopic: `${ROOT}/outlet/quality` });
    await answered(broker, `${AGENT}/cmd/ack/reply`);
    broker.publish(`${AGENT}/cmd/rebirth`, '', { responseTopic: 'a/+' });
    await answered(broker, `${AGENT}/cmd/rebirth/reply`);
    expect(topics(broker).filter((topic) => topic.endsWith('/quality'))).toEqual([]);
  });

  it('are answered on our topic where the broker refuses the other, and there at once after ten refusals', async () => {
    let refused = 0;
    const broker = await brokerThat({
      onPublish: ({ topic }) => {
        if (!topic.startsWith('mes/')) return 'take';
        refused++;
        return REFUSED;
      },
    });
    await online(broker);
    const replies = () => topics(broker).filter((topic) => topic === `${AGENT}/cmd/reload/reply`).length;
    for (let n = 1; n <= 12; n++) {
      broker.publish(`${AGENT}/cmd/reload`, '{}', { responseTopic: `mes/${n}` });
      await broker.until(() => replies() >= n, `answer ${n}`);
    }
    expect(refused).toBe(10);
  });

  it('that come as a flood shut the gate: that stands, and nothing is taken meanwhile', async () => {
    const broker = await brokerThat();
    const life = await online(broker);
    for (let n = 0; n < 1100; n++) broker.publish(`${AGENT}/cmd/reload`, '{}');
    await expect.poll(() => life.standing).toMatchObject([{ code: 'COMMAND_FLOOD', details: { rate: 1000, topic: `${AGENT}/cmd/+` } }]);
    expect(life.told.filter(({ text }) => text === 'too many commands; none are taken for a while')).toHaveLength(1);
    expect(life.publisher.counters()['commands_dropped']).toBeGreaterThan(700);
    await life.stop();
    expect(life.publisher.counters()['commands_dropped']).toBeGreaterThan(700);
  });
});
