import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Broker, startBroker } from '../simulators/broker.ts';
import { type Subscriber, startSubscriber } from '../simulators/subscriber.ts';
import { AGENT, type Life, type LifeOptions, live, publisherFor, ROOT } from './harness.ts';
import { health } from './samples.ts';

describe.each(['5', '3.1.1'])('through a broker, MQTT %s', (version) => {
  let broker: Broker;
  let scada: Subscriber;
  let life: Life | null = null;

  beforeAll(async () => {
    broker = await startBroker();
    scada = await startSubscriber(broker.url);
  });
  afterEach(async () => {
    await life?.stop();
    expect(scada.faults).toEqual([]);
  });
  afterAll(async () => {
    await scada.close();
    await broker.close();
  });
  const begin = async (more: Partial<LifeOptions> = {}) => {
    life = live({ publisher: publisherFor({ url: broker.url, version }), ...more });
    await life.online;
    return life;
  };
  const send = (verb: string, body: string | Buffer, options = {}) =>
    scada.client.publishAsync(`${AGENT}/cmd/${verb}`, body, { qos: 1, ...options });

  it('a command reaches the agent, and its answer the topic beside it', async () => {
    const { commands } = await begin({ onCommand: async () => ({ inspection: 'abc' }) });
    const reply = scada.next(`${AGENT}/cmd/trigger/reply`);
    await send('trigger', '{"station":"outlet","part":"P9","id":"n1"}');
    expect((await reply).payload).toMatchObject({ verb: 'trigger', ok: true, id: 'n1', result: { inspection: 'abc' } });
    expect(commands).toEqual([{ verb: 'trigger', body: { station: 'outlet', part: 'P9' }, from: null }]);
  });

  it('one that is not understood is answered with the reason, and the agent never sees it', async () => {
    const { commands } = await begin();
    const reply = scada.next(`${AGENT}/cmd/trigger/reply`);
    await send('trigger', '{"staton":"outlet"}');
    expect((await reply).payload).toMatchObject({ ok: false, code: 'COMMAND_INVALID' });
    const unknown = scada.next(`${AGENT}/cmd/self_destruct/reply`);
    await send('self_destruct', '');
    expect((await unknown).payload).toMatchObject({ ok: false, code: 'COMMAND_INVALID' });
    expect(commands).toEqual([]);
  });

  it('a retained one does not fire, now or after a reconnect', async () => {
    await send('trigger', '{"station":"outlet"}', { retain: true });
    const { commands } = await begin();
    const reply = scada.next(`${AGENT}/cmd/reload/reply`);
    await send('reload', '{}');
    await reply;
    expect(commands.map(({ verb }) => verb)).toEqual(['reload']);
    await send('trigger', '', { retain: true });
  });

  it('rebirth publishes what is retained again', async () => {
    const { publisher, commands } = await begin();
    const first = scada.next(`${AGENT}/health`);
    publisher.retain({ type: 'health', value: health() });
    await first;
    const again = scada.next(`${AGENT}/health`);
    const online = scada.next(`${AGENT}/status`, (p) => p['status'] === 'online');
    const reply = scada.next(`${AGENT}/cmd/rebirth/reply`);
    await send('rebirth', '');
    await again;
    await online;
    expect((await reply).payload).toMatchObject({ ok: true });
    // The agent hears of it as well, so that it can bring its values up to date.
    expect(commands).toEqual([{ verb: 'rebirth', body: {}, from: null }]);
  });

  it('ten megabytes end the connection at most', async () => {
    const { commands, ended } = await begin();
    const huge = Buffer.alloc(10_000_000, '{');
    if (version === '5') {
      // Announced in CONNECT: the broker keeps it to itself.
      await send('trigger', huge);
      const reply = scada.next(`${AGENT}/cmd/reload/reply`);
      await send('reload', '');
      expect((await reply).payload).toMatchObject({ ok: true });
    } else {
      await send('trigger', huge);
      expect(await ended).toMatchObject({ code: 'MQTT_UNREACHABLE', details: { why: expect.stringContaining('bytes') } });
    }
    expect(commands.filter(({ verb }) => verb === 'trigger')).toEqual([]);
  });

  it('a flood is answered in part, counted, and stops nothing', async () => {
    const { publisher } = await begin();
    await Promise.all(Array.from({ length: 3000 }, () => send('reload', '')));
    await scada.until(() => publisher.counters().commands_dropped > 100, 'dropped commands');
    expect(scada.received.filter(({ topic }) => topic.endsWith('/reload/reply')).length).toBeLessThan(2900);
  });
});

describe('answers of MQTT 5', () => {
  let broker: Broker;
  let scada: Subscriber;
  let life: Life;

  beforeAll(async () => {
    broker = await startBroker();
    scada = await startSubscriber(broker.url);
    life = live({ publisher: publisherFor({ url: broker.url }) });
    await life.online;
  });
  afterAll(async () => {
    await life.stop();
    await scada.close();
    await broker.close();
  });
  const ask = (responseTopic: string, correlation: string) =>
    scada.client.publishAsync(`${AGENT}/cmd/reload`, '', {
      qos: 1,
      properties: { responseTopic, correlationData: Buffer.from(correlation) },
    });

  it('go to the response topic, with the correlation data', async () => {
    const packets: (string | undefined)[] = [];
    scada.client.on('message', (topic, _, packet) => {
      if (topic === 'mes/answers') packets.push(packet.properties?.correlationData?.toString());
    });
    const reply = scada.next('mes/answers');
    await ask('mes/answers', 'order 7');
    expect((await reply).payload).toMatchObject({ verb: 'reload', ok: true });
    expect(packets).toEqual(['order 7']);
  });

  it.each([`${ROOT}/outlet/quality`, 'lineside/v1/acme/other/agent', '$SYS/broker'])(
    'do not go to %s: whoever commands must not write in the name of an agent',
    async (topic) => {
      const reply = scada.next(`${AGENT}/cmd/reload/reply`);
      await ask(topic, topic);
      expect((await reply).payload).toMatchObject({ ok: true });
      expect(scada.received.filter((entry) => entry.topic === topic)).toEqual([]);
    },
  );
});
