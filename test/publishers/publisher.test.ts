/** What a publisher makes of events, and what it keeps from one connection to the next. */
import type { IConnectPacket } from 'mqtt-packet';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../simulators/clock.ts';
import { bench, events, isEvent, isStatus, NO, REFUSED, soon } from './bench.ts';
import { AGENT, publisherFor, ROOT } from './harness.ts';
import { MemoryOutbox } from './memory-outbox.ts';
import { decision, finding, inspection } from './samples.ts';

const { brokerThat, connect, online } = bench();
const RESET = 'the connection was reset (ECONNRESET)';
const NOTHING = {
  sent: 0,
  refused: 0,
  unacknowledged: 0,
  retained_waiting: 0,
  retained_dropped: 0,
  retained_refused: 0,
  commands_dropped: 0,
  dead_letters: 0,
  outbox_dropped: 0,
  outbox_bytes: 0,
};

describe('a row of the outbox', () => {
  const at = 1_770_000_000_000;
  const comparison = {
    id: 'c1',
    at,
    station: 'outlet',
    inspection: 'i1',
    part: null,
    recipe: 'standard',
    model: 'surface',
    difference: 'verdict' as const,
    current: { verdict: 'ok' as const, finding: finding() },
    candidate: { verdict: 'nok' as const, reasons: [], finding: finding() },
  };
  const to = { package: 'new', version: '2.0.0', variant: 'fp32', sha256: 'ab'.repeat(32) };
  const from = { package: 'old', version: '1.0.0' };
  const change = { id: 'm1', at, station: 'inlet', model: 'surface', recipe: null, change: 'promoted' as const, from, to };
  const judged = inspection(1);
  const taken = decision();
  const late = { inspection: judged.id, finding: finding(), model: 'depth', lateMs: 12 };

  it.each([
    [{ type: 'quality', inspection: judged } as const, judged.id, 'outlet', 'quality', { sequence: 1 }],
    [{ type: 'quality', inspection: judged, late } as const, judged.id, 'outlet', 'quality', { late: { model: 'depth' } }],
    [{ type: 'decision', decision: taken } as const, taken.id, 'outlet', 'decision', { action: 'reject' }],
    [{ type: 'shadow', comparison } as const, 'c1', 'outlet', 'shadow', { difference: 'verdict' }],
    [{ type: 'model', change } as const, 'm1', 'inlet', 'model', { change: 'promoted' }],
  ])('is what an event says, and where: %j', (event, eventId, station, leaf, content) => {
    const rows = publisherFor({}).rows(event);
    expect(rows).toEqual([{ publisher: 'mqtt', eventId, station, topic: `${ROOT}/${station}/${leaf}`, payload: expect.any(String) }]);
    expect(JSON.parse(rows[0]?.payload ?? '')).toMatchObject({ agent: 'gw1', schema: `lineside.${leaf}.v1`, ...content });
  });

  it('is none where a candidate changes nothing', () => {
    expect(publisherFor({}).rows({ type: 'shadow', comparison: { ...comparison, difference: 'none' } })).toEqual([]);
  });
});

describe('what is counted', () => {
  it('is nothing before there was a connection', () => {
    expect(publisherFor({}).counters()).toEqual(NOTHING);
  });

  it('is what the outbox tells of itself', async () => {
    const outbox = new MemoryOutbox();
    Object.assign(outbox.budget, { bytes: 900_000_000, dropped: 3 });
    const life = await online(await brokerThat(), { outbox });
    expect(life.publisher.counters()).toEqual({ ...NOTHING, outbox_bytes: 900_000_000, outbox_dropped: 3 });
    expect(life.standing).toMatchObject([{ code: 'OUTBOX_FULL' }]);
  });

  it('is counted once, however a connection ends', async () => {
    const broker = await brokerThat({
      onPublish: (packet) => {
        if (packet.topic.endsWith('/decision')) return REFUSED;
        return isEvent(packet) && packet.payload.includes('"sequence":9,') ? 'hold' : 'take';
      },
    });
    const publisher = publisherFor({ url: broker.url });
    for (let life = 1; life <= 3; life++) {
      const one = await online(broker, { publisher });
      one.outbox.commit([...events(publisher, 1, 2), ...publisher.rows({ type: 'decision', decision: decision() })]);
      broker.publish(`${AGENT}/cmd/reload`, '{}', undefined, true);
      await one.outbox.until(0);
      await soon(() => publisher.counters().commands_dropped).toBe(life);
      if (life === 2) await one.stop();
      else {
        one.outbox.commit(events(publisher, 9, 9));
        await soon(() => publisher.counters().unacknowledged).toBe(1);
        broker.kill();
      }
      await one.ended;
      const counted = { ...NOTHING, sent: 2 * life, refused: life, commands_dropped: life, dead_letters: 1 };
      expect(publisher.counters()).toEqual(counted);
    }
  });
});

describe('a life', () => {
  it('that is stopped before it begins asks nobody for anything', async () => {
    const broker = await brokerThat();
    const stopping = new AbortController();
    stopping.abort(new Error('stop'));
    const life = connect(broker, { stopping });
    expect([await life.ended, broker.heard, life.outbox.watchers]).toEqual([null, [], 0]);
  });

  it('is watched over by the outbox as long as it lasts', async () => {
    const broker = await brokerThat();
    const life = await online(broker);
    expect(life.outbox.watchers).toBe(1);
    broker.kill();
    expect(await life.ended).toMatchObject({ code: 'MQTT_UNREACHABLE', details: { why: RESET, client: 'lineside-gw1' } });
    expect(life.outbox.watchers).toBe(0);
  });

  it('leaves its last will with the broker', async () => {
    const asked: IConnectPacket[] = [];
    const broker = await brokerThat({
      onConnect: (packet) => {
        asked.push(packet);
        return 'take';
      },
    });
    const life = await online(broker);
    const will = asked[0]?.will;
    expect(will).toMatchObject({ topic: `${AGENT}/status`, qos: 1, retain: true });
    expect(JSON.parse(String(will?.payload))).toMatchObject({ agent: 'gw1', version: '0.1.0', status: 'offline', at: life.clock.now() });
  });

  it('at a broker that closes on a last will to be retained asks for none the next time', async () => {
    const broker = await brokerThat({ onConnect: ({ will }) => (will?.retain ? 'close' : 'take') });
    const publisher = publisherFor({ url: broker.url, version: '3.1.1' });
    expect(await connect(broker, { publisher }).ended).toMatchObject({ code: 'MQTT_CLOSED', details: { why: 'without a word' } });
    const life = await online(broker, { publisher });
    expect(life.standing).toMatchObject([{ code: 'MQTT_NO_RETAIN' }]);
    expect(broker.taken.map(({ retain }) => retain)).toEqual([false]);
  });
});

describe('another client with the same name', () => {
  const CAUSE = 'the broker closed 3 connections in a row, each soon after it had taken it';
  const taken = { code: 'MQTT_TAKEN_OVER', details: { client: 'lineside-gw1', why: CAUSE } };

  it('is concluded from three connections that end soon, and not any more from one that lasts', async () => {
    const broker = await brokerThat();
    const publisher = publisherFor({ url: broker.url });
    const clock = new ManualClock();
    await clock.advance(100_000);
    for (let life = 1; life <= 3; life++) {
      const one = await online(broker, { publisher, clock });
      broker.kill();
      expect(await one.ended).toMatchObject(life < 3 ? { code: 'MQTT_UNREACHABLE' } : taken);
      expect(one.standing).toMatchObject(life < 3 ? [] : [taken]);
    }
    const last = await online(broker, { publisher, clock });
    await clock.advance(59_999);
    expect(last.standing).toMatchObject([taken]);
    await clock.advance(1);
    expect(last.standing).toEqual([]);
    broker.kill();
    expect(await last.ended).toMatchObject({ code: 'MQTT_UNREACHABLE' });
  });

  it('is not concluded from connections that last', async () => {
    const broker = await brokerThat();
    const publisher = publisherFor({ url: broker.url });
    for (let life = 1; life <= 4; life++) {
      const one = await online(broker, { publisher });
      await one.clock.advance(60_000);
      broker.kill();
      expect(await one.ended).toMatchObject({ code: 'MQTT_UNREACHABLE' });
    }
  });

  it('is not concluded from connections that end on something that was sent', async () => {
    const broker = await brokerThat({ onPublish: (packet) => (isEvent(packet) ? 'close' : 'take') });
    const publisher = publisherFor({ url: broker.url });
    for (let life = 1; life <= 3; life++) {
      const one = await online(broker, { publisher });
      if (life < 3) one.outbox.commit(events(publisher, life, life));
      else broker.kill();
      expect(await one.ended).toMatchObject({ code: 'MQTT_UNREACHABLE' });
    }
  });

  it('is concluded whether or not the broker was silent in between', async () => {
    const broker = await brokerThat({ onPublish: (packet, connection) => (isStatus(packet) && connection === 3 ? 'ignore' : 'take') });
    const publisher = publisherFor({ url: broker.url });
    for (let life = 1; life <= 4; life++) {
      const one = connect(broker, { publisher });
      if (life === 3) {
        await broker.until(() => broker.offended.length === 1, 'the status');
        await one.clock.advance(10_000);
        expect(await one.ended).toMatchObject({
          code: 'MQTT_UNREACHABLE',
          details: { why: 'publishing the status took longer than 10 s' },
        });
      } else {
        await one.online;
        broker.kill();
        expect(await one.ended).toMatchObject(life === 4 ? taken : { code: 'MQTT_UNREACHABLE' });
      }
    }
  });
});

describe('an event that a broker never answers', () => {
  it('becomes a dead letter at the fourth time, with what happened, in the log as well', async () => {
    const broker = await brokerThat({ onPublish: (packet) => (isEvent(packet) ? 'ignore' : 'take') });
    const publisher = publisherFor({ url: broker.url });
    const outbox = new MemoryOutbox();
    outbox.commit(events(publisher, 1, 1));
    const told: unknown[] = [];
    for (let life = 1; life <= 4; life++) {
      expect(outbox.letters).toEqual([]);
      const one = await online(broker, { publisher, outbox });
      await broker.until(() => broker.offended.length === life, 'the event');
      await one.clock.advance(10_000);
      expect(await one.ended).toMatchObject({ code: 'MQTT_UNREACHABLE', details: { why: 'nothing acknowledged for 10 s' } });
      told.push(...one.told.filter(({ level }) => level === 'warn'));
    }
    const why = 'the broker never answers it (nothing acknowledged for 10 s)';
    const topic = `${ROOT}/outlet/quality`;
    expect(outbox.letters).toMatchObject([{ why, topic }]);
    expect(told).toEqual([{ level: 'warn', text: why, details: { code: 'EVENTS_REFUSED', topic, what: 'event' } }]);
    expect(publisher.counters()).toEqual({ ...NOTHING, refused: 1, dead_letters: 1 });
  });

  it('is not blamed where the broker says that another client has the name', async () => {
    const broker = await brokerThat({ goodbye: 0x8e, onPublish: (packet) => (isEvent(packet) ? 'close' : 'take') });
    const publisher = publisherFor({ url: broker.url });
    const outbox = new MemoryOutbox();
    outbox.commit(events(publisher, 1, 1));
    for (let life = 1; life <= 3; life++) {
      const one = await online(broker, { publisher, outbox });
      expect(await one.ended).toMatchObject({ code: 'MQTT_TAKEN_OVER', details: { why: 'the broker says so' } });
    }
    expect([outbox.letters, outbox.left]).toEqual([[], 1]);
  });
});

describe('a topic that was given up', () => {
  it('stays so, also where letters were sent again before', async () => {
    const broker = await brokerThat({
      onPublish: (packet) => {
        if (packet.topic.endsWith('/decision')) return REFUSED;
        return isEvent(packet) ? 'close' : 'take';
      },
    });
    const publisher = publisherFor({ url: broker.url });
    const outbox = new MemoryOutbox();
    const first = await online(broker, { publisher, outbox });
    outbox.commit(publisher.rows({ type: 'decision', decision: decision() }));
    await outbox.until(0);
    outbox.retry();
    await outbox.until(0);
    outbox.commit(events(publisher, 1, 1));
    await first.ended;
    // On the first connection the broker said no to something, so nobody was accused there.
    for (let life = 2; life <= 3; life++) await connect(broker, { publisher, outbox }).ended;
    await online(broker, { publisher, outbox });
    outbox.commit([...publisher.rows({ type: 'decision', decision: decision() }), ...events(publisher, 2, 3)]);
    await outbox.until(0);
    expect([broker.offended.length, outbox.letters.length]).toEqual([3, 5]);
  });

  it('stays so while other letters come, and is tried again when letters are', async () => {
    let closes = true;
    const broker = await brokerThat({
      onPublish: (packet) => {
        if (packet.topic.endsWith('/decision')) return REFUSED;
        return closes && isEvent(packet) ? 'close' : 'take';
      },
    });
    const publisher = publisherFor({ url: broker.url });
    const outbox = new MemoryOutbox();
    outbox.commit(events(publisher, 1, 1));
    for (let life = 1; life <= 2; life++) await connect(broker, { publisher, outbox }).ended;
    const third = await online(broker, { publisher, outbox });
    outbox.commit(publisher.rows({ type: 'decision', decision: decision() }));
    await outbox.until(0);
    outbox.commit(events(publisher, 2, 2));
    await outbox.until(0);
    expect(outbox.letters.map(({ why }) => why)).toEqual([expect.stringMatching(/^the broker closes/), NO, 'the connection was closed']);
    expect(broker.offended).toHaveLength(2);
    closes = false;
    outbox.retry();
    await soon(() => broker.taken.filter(isEvent).length).toBe(2);
    expect(third.told.filter(({ level }) => level === 'debug').map(({ text }) => text)).toContain('the broker does not take this event');
  });
});
