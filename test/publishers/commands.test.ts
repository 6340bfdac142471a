import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { LinesideError } from '#agent/errors.js';
import { CommandDesk, type IncomingCommand, parseCommand, type Reply } from '#agent/publishers/commands.js';
import { systemClock } from '#agent/time.js';
import { type Broker, startBroker } from '../simulators/broker.ts';
import { type LogLine, memoryLog } from '../simulators/log.ts';
import { type Subscriber, startSubscriber } from '../simulators/subscriber.ts';
import { AGENT, type Life, type LifeOptions, live, publisherFor, ROOT } from './harness.ts';
import { health } from './samples.ts';

const bytes = (text: string) => Buffer.from(text);

describe('what is understood', () => {
  it.each([
    ['trigger', '{"station":"outlet"}', { station: 'outlet' }],
    ['trigger', '{"station":"outlet","part":"P1"}', { station: 'outlet', part: 'P1' }],
    ['enable', '{"station":"outlet","enabled":false}', { station: 'outlet', enabled: false }],
    ['recipe', '{"station":"outlet","recipe":"large"}', { station: 'outlet', recipe: 'large' }],
    ['reload', '', {}],
    ['rebirth', '{}', {}],
    ['ack', '{"station":"outlet"}', { station: 'outlet' }],
    ['recipe', '{"station":"outlet"}', { station: 'outlet' }],
  ])('%s %s', (verb, body, expected) => {
    expect(parseCommand(verb, bytes(body))).toEqual({ command: { verb, body: expected }, id: undefined });
  });

  it('keeps the id of the sender out of the body', () => {
    expect(parseCommand('reload', bytes('{"id":"42"}'))).toEqual({ command: { verb: 'reload', body: {} }, id: '42' });
  });
});

describe('what is not understood', () => {
  it.each([
    ['explode', '{}', 'there is no such command'],
    ['__proto__', '{}', 'there is no such command'],
    ['', '{}', 'there is no such command'],
    ['trigger', '', 'station'],
    ['trigger', '[]', ''],
    ['trigger', 'null', ''],
    ['trigger', '{"station":7}', '/station'],
    ['trigger', '{"station":""}', '/station'],
    ['trigger', '{"station":"outlet","parts":"P1"}', 'parts'],
    ['trigger', '{"station":"outlet","__proto__":{"part":"P1"}}', ''],
    ['enable', '{"station":"outlet","enabled":"no"}', '/enabled'],
    ['ack', '{}', ''],
    ['ack', '{"alarm":"CAMERA_SILENT/camera/top"}', 'station'],
    ['recipe', '{"station":"outlet","recipe":""}', '/recipe'],
    ['reload', '{', 'not JSON'],
    ['reload', '\xff\xfe', 'JSON'],
    ['reload', `{"id":"${'x'.repeat(70_000)}"}`, 'bytes'],
    ['trigger', `{"station":"${'x'.repeat(60_000)}"}`, '/station'],
    ['trigger', '['.repeat(60_000), 'not JSON'],
  ])('%s %.40s', (verb, body, why) => {
    let fault: unknown;
    try {
      parseCommand(verb, Buffer.from(body, body.includes('\xff') ? 'latin1' : 'utf8'));
    } catch (thrown) {
      fault = thrown;
    }
    expect(fault).toBeInstanceOf(LinesideError);
    expect(fault).toMatchObject({ code: 'COMMAND_INVALID' });
    expect(String((fault as LinesideError).details['why'])).toContain(why);
    expect((fault as LinesideError).message.length).toBeLessThan(400);
  });
});

describe('the desk', () => {
  const command = (over: Partial<IncomingCommand> = {}): IncomingCommand => ({
    verb: 'trigger',
    body: bytes('{"station":"outlet"}'),
    retain: false,
    dup: false,
    packet: undefined,
    correlation: undefined,
    respondTo: undefined,
    ...over,
  });
  const deskWith = (handle: (verb: string) => Promise<Record<string, unknown>>, clock = systemClock) => {
    const replies: Reply[] = [];
    const told: LogLine[] = [];
    const arrived = new Set<() => void>();
    const desk = new CommandDesk({
      clock,
      log: memoryLog(told),
      handle: ({ verb }) => handle(verb),
      reply: (_, reply) => {
        replies.push(reply);
        for (const look of arrived) look();
      },
    });
    const until = (count: number) =>
      new Promise<void>((resolve) => {
        const look = () => replies.length >= count && resolve();
        arrived.add(look);
        look();
      });
    return { desk, replies, told, until };
  };

  it.each([
    ['the same correlation data', { correlation: bytes('a') }, { correlation: bytes('a') }],
    ['the same id', { body: bytes('{"station":"outlet","id":"1"}') }, { body: bytes('{"station":"outlet","id":"1"}') }],
    ["the broker's redelivery", { packet: 7 }, { packet: 7, dup: true }],
  ])('executes once and answers twice: %s', async (_, first, second) => {
    let executed = 0;
    const { desk, replies, until } = deskWith(async () => ({ executed: ++executed }));
    desk.take(command(first));
    desk.take(command(second));
    await until(2);
    expect(replies[0]).toEqual(replies[1]);
    expect(replies[0]).toMatchObject({ ok: true, result: { executed: 1 } });
    desk.take(command(second));
    await until(3);
    expect(executed).toBe(1);
  });

  it.each([
    ['different correlation data', { correlation: bytes('a') }, { correlation: bytes('b') }],
    ['the same packet number without the broker saying so', { packet: 7 }, { packet: 7 }],
    ['nothing to tell them by', {}, {}],
  ])('executes both: %s', async (_, first, second) => {
    let executed = 0;
    const { desk, until } = deskWith(async () => ({ executed: ++executed }));
    desk.take(command(first));
    desk.take(command(second));
    await until(2);
    expect(executed).toBe(2);
  });

  it('answers with the code and the sentence of a fault, and with INTERNAL for what nobody foresaw', async () => {
    const faults = [new LinesideError('RECIPE_UNKNOWN', { station: 'outlet', recipe: 'x' }), new TypeError('undefined is no function')];
    const { desk, replies, until } = deskWith(async () => {
      throw faults.shift();
    });
    desk.take(command({ body: bytes('{"station":"outlet","id":"a"}') }));
    await until(1);
    desk.take(command());
    await until(2);
    expect(replies[0]).toMatchObject({ ok: false, id: 'a', code: 'RECIPE_UNKNOWN', text: 'Station outlet has no recipe x.' });
    expect(replies[1]).toMatchObject({ ok: false, code: 'INTERNAL' });
  });

  it('answers TIMEOUT when nothing comes of it', async () => {
    let fire = () => {};
    const clock = {
      ...systemClock,
      after: (_: number, fn: () => void) => {
        fire = fn;
        return () => {};
      },
    };
    const { desk, replies, until } = deskWith(() => new Promise(() => {}), clock);
    desk.take(command());
    fire();
    await until(1);
    expect(replies[0]).toMatchObject({ ok: false, code: 'TIMEOUT' });
  });

  it('drops what is retained, what comes too fast, and what is too much at once; counts all, logs it once', async () => {
    const { desk, told } = deskWith(() => new Promise(() => {}));
    desk.take(command({ retain: true }));
    expect(desk.dropped).toBe(1);
    for (let i = 0; i < 10_000; i++) desk.take(command());
    expect(desk.dropped).toBeGreaterThanOrEqual(10_001 - 64);
    expect(told.filter(({ level }) => level === 'warn')).toHaveLength(1);
  });

  it('takes a line that is triggered by commands, and lets go of what it remembers', async () => {
    let now = 0;
    const { desk, replies, until } = deskWith(async () => ({}), { ...systemClock, elapsed: () => now });
    for (let part = 1; part <= 2000; part++) {
      now += 50;
      desk.take(command({ correlation: bytes(`part ${part}`) }));
      await until(part);
    }
    expect(desk.dropped).toBe(0);
    expect(replies.every(({ ok }) => ok)).toBe(true);
  });
});

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
    expect(commands).toEqual([{ verb: 'trigger', body: { station: 'outlet', part: 'P9' } }]);
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
    expect(commands).toEqual([{ verb: 'rebirth', body: {} }]);
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
    await scada.until(() => publisher.counters().commandsDropped > 100, 'dropped commands');
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
