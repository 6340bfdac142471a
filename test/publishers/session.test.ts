/** One session, from CONNACK to its end, at a broker that answers as the test says and on a clock that the test moves. */
import { describe, expect, it } from 'vitest';
import { FLOOD } from '#agent/publishers/commands.js';
import { ManualClock } from '../simulators/clock.ts';
import type { RawBroker } from '../simulators/raw-broker.ts';
import { bench, events, heard, isEvent, isStatus, NO, REFUSED, soon, statuses, type Timed, topics } from './bench.ts';
import { AGENT, publisherFor, ROOT } from './harness.ts';
import { MemoryOutbox } from './memory-outbox.ts';
import { health, state } from './samples.ts';

const { brokerThat, connect, online } = bench();
const HEALTH = `${AGENT}/health`;
const COMMANDS = `${AGENT}/cmd/+`;
const isHealth = ({ topic }: { readonly topic: string }) => topic === HEALTH;
const count = (broker: RawBroker, topic: string) => topics(broker).filter((one) => one === topic).length;
const codes = (life: Timed) => life.standing.map(({ code }) => code);

describe('a session that begins', () => {
  it('says in the log where it listens', async () => {
    const life = await online(await brokerThat());
    expect(life.told).toEqual([{ level: 'debug', text: 'publishing', details: { topics: COMMANDS } }]);
  });

  it('hands over no more events than the config wants', async () => {
    const broker = await brokerThat({ onPublish: (packet) => (isEvent(packet) ? 'hold' : 'take') });
    const life = await online(broker, { config: { inflight: 2 } });
    life.outbox.commit(events(life.publisher, 1, 5));
    await broker.until(() => broker.held === 2, 'two events');
    // What comes behind them has come, so nothing is between.
    life.publisher.retain({ type: 'health', value: health() });
    await broker.until(() => count(broker, HEALTH) === 1, 'health');
    expect([broker.held, life.publisher.counters().unacknowledged]).toEqual([2, 2]);
  });

  it('ends with the fault of a journal that cannot be read', async () => {
    const life = await online(await brokerThat());
    Object.assign(life.outbox, { handsOver: false, fault: new Error('the disk is gone') });
    life.outbox.commit(events(life.publisher, 1, 1));
    expect(await life.ended).toMatchObject({ code: 'MQTT_UNREACHABLE', details: { why: 'the disk is gone' } });
  });
});

// Nobody moves the clock: none of them waits for anything but the broker.
describe('a session that is stopped before it is online', () => {
  it('while the broker says whether commands may come, says that it stops and never that it is online', async () => {
    let life: Timed | undefined;
    const broker = await brokerThat({
      onSubscribe: () => {
        void life?.stop();
        return 'take';
      },
    });
    life = connect(broker);
    await broker.until(() => statuses(broker).includes('stopping'), 'its goodbye');
    expect(await life.stop()).toBeNull();
    expect(statuses(broker)).toEqual(['stopping', 'offline']);
    await expect(life.online).rejects.toThrow();
  });

  it('while it says that it is online, asks the outbox for nothing', async () => {
    let life: Timed | undefined;
    let asked = 0;
    const outbox = new (class extends MemoryOutbox {
      override depth(publisher: string) {
        asked++;
        return super.depth(publisher);
      }
    })();
    const broker = await brokerThat({
      onPublish: (packet) => {
        if (isStatus(packet)) void life?.stop();
        return 'take';
      },
    });
    life = connect(broker, { outbox });
    await broker.until(() => statuses(broker).length === 2, 'its goodbye');
    expect(await life.stop()).toBeNull();
    expect([statuses(broker), asked]).toEqual([['online', 'stopping', 'offline'], 0]);
    await expect(life.online).rejects.toThrow();
  });

  it('while it asks the outbox, publishes nothing and is never online', async () => {
    let answer = () => {};
    const outbox = new (class extends MemoryOutbox {
      override async depth(publisher: string) {
        await new Promise<void>((resolve) => {
          answer = resolve;
        });
        return super.depth(publisher);
      }
    })();
    const broker = await brokerThat();
    const publisher = publisherFor({ url: broker.url });
    publisher.retain({ type: 'health', value: health() });
    const life = connect(broker, { publisher, outbox });
    await broker.until(() => statuses(broker).includes('online'), 'its status');
    await soon(() => life.clock.pending).toBe(1);
    void life.stop();
    answer();
    expect(await life.stop()).toBeNull();
    expect(topics(broker)).not.toContain(HEALTH);
    await expect(life.online).rejects.toThrow();
  });
});

describe('a session that is stopped', () => {
  it.each(['stopping', 'offline'])('and is asked to begin anew while it says "%s" does not say that it is online', async (moment) => {
    const broker: RawBroker = await brokerThat({
      onPublish: (packet) => {
        if (isStatus(packet) && packet.payload.includes(`"${moment}"`)) broker.publish(`${AGENT}/cmd/rebirth`, '{}');
        return 'take';
      },
    });
    const life = await online(broker);
    expect(await life.stop()).toBeNull();
    expect([statuses(broker), life.commands.length]).toEqual([['online', 'stopping', 'offline'], 1]);
  });

  it('waits a second for what is not acknowledged, and says that it is gone', async () => {
    const broker = await brokerThat({ onPublish: (packet) => (isEvent(packet) ? 'hold' : 'take') });
    const life = await online(broker);
    life.outbox.commit(events(life.publisher, 1, 1));
    await broker.until(() => broker.held === 1, 'the event');
    const ended = life.stop();
    await broker.until(() => statuses(broker).includes('stopping'), 'its goodbye');
    await life.clock.advance(999);
    expect(statuses(broker)).toEqual(['online', 'stopping']);
    await life.clock.advance(1);
    await broker.until(() => statuses(broker).includes('offline'), 'its end');
    await life.clock.advance(1000);
    expect([await ended, life.outbox.left]).toEqual([null, 1]);
  });
});

describe('after a connection that ended with several messages under way', () => {
  const twoLost = async (answer: 'take' | 'hold') => {
    const broker = await brokerThat({
      onPublish: (packet, connection) => {
        if (!isEvent(packet)) return 'take';
        return connection === 1 ? 'ignore' : answer;
      },
    });
    const publisher = publisherFor({ url: broker.url });
    const first = await online(broker, { publisher });
    first.outbox.commit(events(publisher, 1, 2));
    await broker.until(() => broker.offended.length === 2, 'two events');
    broker.kill();
    await first.ended;
    return { broker, publisher, outbox: first.outbox };
  };

  it('they go one at a time, and as soon as they are through all goes at once', async () => {
    const { broker, publisher, outbox } = await twoLost('hold');
    const life = await online(broker, { publisher, outbox });
    outbox.commit(events(publisher, 3, 6));
    for (const sequence of [1, 2]) {
      await broker.until(() => broker.held === 1, `event ${sequence}`);
      await life.clock.advance(0);
      expect(broker.held).toBe(1);
      broker.release();
    }
    await broker.until(() => broker.held === 4, 'all others');
    broker.release();
    await outbox.until(0);
    expect(broker.taken.filter(isEvent).map(({ payload }) => payload['sequence'])).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('it is one at a time for half a minute where they do not come again', async () => {
    const { broker, publisher, outbox } = await twoLost('hold');
    outbox.sent('mqtt', [1, 2]);
    const life = await online(broker, { publisher, outbox });
    await life.clock.advance(29_999);
    outbox.commit(events(publisher, 3, 6));
    await broker.until(() => broker.held === 1, 'one event');
    await life.clock.advance(0);
    expect(broker.held).toBe(1);
    await life.clock.advance(1);
    await broker.until(() => broker.held === 4, 'all of them');
  });
});

describe('what is retained', () => {
  it.each([
    [false, 2],
    [true, 1],
  ])('is said once a minute where the broker keeps nothing (it can: %j)', async (retainAvailable, times) => {
    const broker = await brokerThat({ connack: { retainAvailable } });
    const life = await online(broker);
    life.publisher.retain({ type: 'health', value: health() });
    await broker.until(() => count(broker, HEALTH) === 1, 'health');
    await soon(() => life.publisher.counters().retained_waiting).toBe(0);
    await life.clock.advance(59_999);
    expect(count(broker, HEALTH)).toBe(1);
    await life.clock.advance(1);
    await broker.until(() => count(broker, HEALTH) === times, 'health');
    life.publisher.retain({ type: 'state', station: 'outlet', value: state() });
    await broker.until(() => count(broker, `${ROOT}/outlet/state`) === 1, 'a state');
    expect(count(broker, HEALTH)).toBe(times);
  });

  it('and refused is not asked again, until ten minutes are over', async () => {
    let tried = 0;
    let refuses = true;
    const broker = await brokerThat({
      onPublish: (packet) => {
        if (!isHealth(packet)) return 'take';
        tried++;
        return refuses ? REFUSED : 'take';
      },
    });
    const life = await online(broker);
    const say = () => life.publisher.retain({ type: 'health', value: health() });
    const counted = () => [life.publisher.counters().retained_refused, life.publisher.counters().retained_waiting];
    say();
    await soon(counted).toEqual([1, 0]);
    for (let times = 2; times <= 6; times++) {
      await life.clock.advance(1000);
      say();
      await soon(counted).toEqual([times, 0]);
    }
    await life.clock.advance(594_999);
    expect([tried, counted(), codes(life)]).toEqual([1, [6, 0], ['MQTT_VALUE_REFUSED']]);
    refuses = false;
    await life.clock.advance(1);
    await soon(() => codes(life)).toEqual([]);
    expect([tried, count(broker, HEALTH)]).toEqual([2, 1]);
  });

  it('and closed on twice is given up, told in the log, and no event pays for it', async () => {
    const broker = await brokerThat({ onPublish: (packet) => (isHealth(packet) ? 'close' : 'take') });
    const publisher = publisherFor({ url: broker.url });
    publisher.retain({ type: 'health', value: health() });
    const told: unknown[] = [];
    for (let life = 1; life <= 2; life++) {
      const one = await online(broker, { publisher });
      await one.ended;
      told.push(...one.told.filter(({ level }) => level === 'warn'));
    }
    const third = await online(broker, { publisher });
    await soon(() => third.standing).toMatchObject([
      { code: 'MQTT_VALUE_REFUSED', details: { topic: HEALTH, why: 'the connection was closed' } },
    ]);
    expect(told).toEqual([
      {
        level: 'warn',
        text: 'the broker closes the connection on it (the connection was closed)',
        details: { code: 'EVENTS_REFUSED', topic: HEALTH, what: 'value' },
      },
    ]);
    expect([broker.offended.length, publisher.counters().refused]).toEqual([2, 0]);
  });

  it('goes one by one after a connection that ended with a value under way, and four at once when half a minute was well', async () => {
    let answer: 'take' | 'hold' = 'hold';
    const broker = await brokerThat({ onPublish: ({ topic }) => (topic.endsWith('/state') ? answer : 'take') });
    const publisher = publisherFor({ url: broker.url });
    const say = (n: number) => {
      for (let at = 0; at < n; at++) publisher.retain({ type: 'state', station: `s${at}`, value: state() });
    };
    say(1);
    const first = await online(broker, { publisher });
    await broker.until(() => broker.held === 1, 'a state');
    broker.kill();
    await first.ended;
    broker.release();
    const life = await online(broker, { publisher });
    await broker.until(() => broker.held === 1, 'the state again');
    say(6);
    await life.clock.advance(0);
    expect(broker.held).toBe(1);
    answer = 'take';
    broker.release();
    await life.clock.advance(1000);
    await soon(() => publisher.counters().retained_waiting).toBe(0);
    await life.clock.advance(29_000);
    answer = 'hold';
    say(6);
    await broker.until(() => broker.held === 4, 'four at once');
  });

  it('and refused is asked again at a new connection where ten minutes are over, however short connections are', async () => {
    let tried = 0;
    const broker = await brokerThat({
      onPublish: (packet) => {
        if (!isHealth(packet)) return 'take';
        tried++;
        return REFUSED;
      },
    });
    const publisher = publisherFor({ url: broker.url });
    const clock = new ManualClock();
    publisher.retain({ type: 'health', value: health() });
    for (const [wait, times] of [
      [0, 1],
      [599_999, 1],
      [1, 2],
    ] as const) {
      await clock.advance(wait);
      const life = await online(broker, { publisher, clock });
      await soon(() => [tried, publisher.counters().retained_waiting]).toEqual([times, 0]);
      broker.kill();
      await life.ended;
    }
  });
});

describe('the end of a connection is understood', () => {
  const closesOn = (closes: (packet: { readonly topic: string; readonly payload: string | Buffer }) => boolean) =>
    brokerThat({ onPublish: (packet) => (closes(packet) ? 'close' : 'take') });
  const twoLives = async (broker: RawBroker, first: number) => {
    const publisher = publisherFor({ url: broker.url, version: '3.1.1' });
    const outbox = new MemoryOutbox();
    if (first > 1) {
      const life = await online(broker, { publisher, outbox });
      outbox.commit(events(publisher, 1, first - 1));
      await outbox.until(0);
      await life.stop();
    }
    outbox.commit(events(publisher, first, first));
    const understood: number[] = [];
    for (let n = 1; n <= 2; n++) {
      const life = connect(broker, { publisher, outbox });
      await life.ended;
      understood.push(life.understood);
    }
    expect(outbox.letters).toHaveLength(1);
    return understood;
  };

  it('where a topic is given up: the next will not end for it', async () => {
    expect(await twoLives(await closesOn(isEvent), 1)).toEqual([0, 1]);
  });

  it('and not where it is one event on a topic that goes on: nothing says that the next event is better', async () => {
    const isSecond = ({ topic, payload }: { readonly topic: string; readonly payload: string | Buffer }) =>
      isEvent({ topic }) && JSON.parse(payload.toString())['sequence'] === 2;
    expect(await twoLives(await closesOn(isSecond), 2)).toEqual([0, 0]);
  });
});

describe('a topic that was given up because the broker passed it over', () => {
  it('is tried again after ten minutes, by itself', async () => {
    const REPLY = `${AGENT}/cmd/reload/reply`;
    let isFull = true;
    const broker = await brokerThat({ onPublish: (packet) => (isFull && isEvent(packet) ? 'ignore' : 'take') });
    const publisher = publisherFor({ url: broker.url });
    const outbox = new MemoryOutbox();
    const clock = new ManualClock();
    outbox.commit(events(publisher, 1, 2));
    for (let n = 1; n <= 2; n++) {
      const life = await online(broker, { publisher, outbox, clock });
      const ended = life.ended.then(() => true);
      for (let over = false; !over; ) {
        await clock.advance(2000);
        const replies = count(broker, REPLY);
        broker.publish(`${AGENT}/cmd/reload`, '{}');
        over = await Promise.race([ended, broker.until(() => count(broker, REPLY) > replies, 'an answer').then(() => false)]);
      }
    }
    const third = await online(broker, { publisher, outbox, clock });
    await outbox.until(0);
    expect(outbox.letters).toHaveLength(2);
    expect(codes(third)).toEqual(['EVENTS_REFUSED']);
    isFull = false;
    await clock.advance(600_000);
    outbox.commit(events(publisher, 3, 4));
    await outbox.until(0);
    expect([outbox.letters.length, broker.taken.filter(isEvent).map(({ payload }) => payload['sequence'])]).toEqual([2, [3, 4]]);
  });
});

describe('the status', () => {
  it('that the broker closes on is given up, and the rest goes on', async () => {
    const broker = await brokerThat({ onPublish: (packet) => (isStatus(packet) ? 'close' : 'take') });
    const publisher = publisherFor({ url: broker.url });
    const told: unknown[] = [];
    for (let life = 1; life <= 2; life++) {
      const one = connect(broker, { publisher });
      await one.ended;
      told.push(...one.told.filter(({ level }) => level === 'warn').map(({ details }) => details));
    }
    const third = await online(broker, { publisher });
    third.outbox.commit(events(publisher, 1, 2));
    await third.outbox.until(0);
    expect(told).toEqual([{ code: 'EVENTS_REFUSED', topic: `${AGENT}/status`, what: 'status' }]);
    expect([broker.offended.length, codes(third)]).toEqual([2, ['MQTT_VALUE_REFUSED']]);
  });
});

describe('the subscription', () => {
  it('that the broker closes on twice is given up: that stands, and is logged each time', async () => {
    const broker = await brokerThat({ onSubscribe: () => 'close' });
    const publisher = publisherFor({ url: broker.url });
    for (let life = 1; life <= 2; life++) await connect(broker, { publisher }).ended;
    const third = await online(broker, { publisher });
    const why = 'the connection was closed';
    expect(third.standing).toMatchObject([{ code: 'MQTT_NO_COMMANDS', details: { topic: COMMANDS, why } }]);
    expect(third.told).toContainEqual({
      level: 'warn',
      text: 'the broker allows no commands',
      details: { code: 'MQTT_NO_COMMANDS', topic: COMMANDS, why },
    });
    expect([broker.offended, publisher.counters().refused]).toEqual([[COMMANDS, COMMANDS], 0]);
  });

  it('that the broker took in between is not', async () => {
    let asked = 0;
    const broker = await brokerThat({ onSubscribe: () => (++asked % 2 === 1 ? 'close' : 'take') });
    const publisher = publisherFor({ url: broker.url });
    for (let life = 1; life <= 3; life++) {
      const one = connect(broker, { publisher });
      await (life === 2 ? one.online.then(() => broker.kill()) : one.ended);
      await one.ended;
    }
    const fourth = await online(broker, { publisher });
    expect([asked, fourth.standing]).toEqual([4, []]);
  });
});

describe('commands', () => {
  const REPLY = `${AGENT}/cmd/reload/reply`;
  const correlationData = Buffer.from('order 7');

  it.each(['5', '3.1.1'])('are answered (MQTT %s)', async (version) => {
    const broker = await brokerThat();
    const life = await online(broker, { config: { version } });
    broker.publish(`${AGENT}/cmd/reload`, '{"id":"7"}');
    await broker.until(() => count(broker, REPLY) === 1, 'the answer');
    expect(broker.taken.at(-1)).toMatchObject({ payload: { ok: true, id: '7' }, retain: false, correlation: null });
    expect([life.commands, statuses(broker)]).toEqual([[{ verb: 'reload', body: {}, from: null }], ['online']]);
  });

  it('are answered once, with what their answer belongs to', async () => {
    const broker = await brokerThat({ onPublish: ({ topic }) => (topic === 'mes/closed' ? REFUSED : 'take') });
    await online(broker);
    broker.publish(`${AGENT}/cmd/reload`, '{}', { correlationData });
    broker.publish(`${AGENT}/cmd/reload`, '{}', { responseTopic: 'mes/open', correlationData });
    broker.publish(`${AGENT}/cmd/ack`, '{"station":"outlet"}', { responseTopic: 'mes/closed', correlationData });
    broker.publish(`${AGENT}/cmd/ack`, '{"station":"inlet"}', { responseTopic: 'mes/open' });
    await broker.until(() => broker.taken.length >= 5, 'all answers');
    const answers = broker.taken.slice(1).map(({ topic, correlation }) => `${topic} ${correlation}`);
    expect(answers.toSorted()).toEqual(
      [`${REPLY} order 7`, 'mes/open order 7', 'mes/open null', `${AGENT}/cmd/ack/reply order 7`].toSorted(),
    );
  });

  it('that are retained are not executed', async () => {
    const broker = await brokerThat();
    const life = await online(broker);
    broker.publish(`${AGENT}/cmd/reload`, '{}', undefined, true);
    broker.publish(`${AGENT}/cmd/ack`, '{"station":"outlet"}');
    await broker.until(() => broker.taken.length === 2, 'an answer');
    expect([life.commands.map(({ verb }) => verb), life.publisher.counters().commands_dropped]).toEqual([['ack'], 1]);
  });

  it('whose answers the broker refuses are executed, and no other answer is tried', async () => {
    let tried = 0;
    const broker = await brokerThat({
      onPublish: ({ topic }) => {
        if (!topic.endsWith('/reply')) return 'take';
        tried++;
        return REFUSED;
      },
    });
    const life = await online(broker);
    broker.publish(`${AGENT}/cmd/reload`, '{}');
    await soon(() => codes(life)).toEqual(['MQTT_VALUE_REFUSED']);
    broker.publish(`${AGENT}/cmd/ack`, '{"station":"outlet"}');
    await soon(() => life.standing).toMatchObject([{ details: { topic: `${REPLY} and 1 more topic`, why: NO } }]);
    expect([tried, life.commands.length]).toEqual([1, 2]);
  });

  it('whose answers end the connection three times are not answered where the sender wants it', async () => {
    const broker = await brokerThat({ onPublish: ({ topic }) => (topic.startsWith('mes/') ? 'close' : 'take') });
    const publisher = publisherFor({ url: broker.url });
    for (let life = 1; life <= 3; life++) {
      const one = await online(broker, { publisher });
      broker.publish(`${AGENT}/cmd/reload`, '{}', { responseTopic: `mes/${life}` });
      await one.ended;
    }
    await online(broker, { publisher });
    broker.publish(`${AGENT}/cmd/reload`, '{}', { responseTopic: 'mes/4' });
    await broker.until(() => count(broker, REPLY) === 1, 'the answer on our topic');
    expect(broker.offended).toEqual(['mes/1', 'mes/2', 'mes/3']);
  });
});

describe('a flood of commands', () => {
  const flooded = async (onSubscribe: (times: number) => 'take' | 'ignore' | number = () => 'take') => {
    let asked = 0;
    const broker = await brokerThat({ onSubscribe: () => onSubscribe(++asked) });
    const publisher = publisherFor({ url: broker.url });
    const life = await online(broker, { publisher });
    const flood = async () => {
      const before = publisher.counters().commands_dropped;
      for (let n = 0; n < FLOOD; n++) broker.publish(`${AGENT}/cmd/reload`, '{}');
      await soon(() => publisher.counters().commands_dropped - before).toBeGreaterThan(FLOOD / 2);
    };
    await flood();
    await soon(() => codes(life)).toEqual(['COMMAND_FLOOD']);
    // Before the clock goes on every answer is acknowledged: what is sent behind them is.
    await soon(() => count(broker, `${AGENT}/cmd/reload/reply`)).toBe(FLOOD - publisher.counters().commands_dropped);
    life.outbox.commit(events(publisher, 1, 1));
    await life.outbox.until(0);
    return { broker, publisher, life, flood, asked: () => asked };
  };
  const warnings = ({ told }: Timed) =>
    told.filter(({ level, text }) => level === 'warn' && !text.startsWith('a command')).map(({ details }) => details);

  it('is kept away for ten seconds: that is told once, and then commands are asked for again', async () => {
    const { broker, life, flood, asked } = await flooded();
    await broker.until(() => heard(broker, 'unsubscribe') === 1, 'the end of the subscription');
    await life.clock.advance(1000);
    await flood();
    await life.clock.advance(8999);
    expect([codes(life), asked(), heard(broker, 'unsubscribe')]).toEqual([['COMMAND_FLOOD'], 1, 1]);
    await life.clock.advance(1);
    await soon(() => codes(life)).toEqual([]);
    expect([asked(), warnings(life)]).toEqual([2, [{ code: 'COMMAND_FLOOD', topic: COMMANDS }]]);
    await flood();
    await soon(() => codes(life)).toEqual(['COMMAND_FLOOD']);
    expect(warnings(life)).toHaveLength(2);
  });

  it('after which the broker allows none any more: that stands', async () => {
    const { life } = await flooded((times) => (times === 1 ? 'take' : REFUSED));
    await life.clock.advance(10_000);
    await soon(() => codes(life)).toEqual(['MQTT_NO_COMMANDS']);
  });

  it('after which the broker does not say whether commands come: the connection is made anew', async () => {
    const { life, asked } = await flooded((times) => (times === 2 ? 'ignore' : 'take'));
    await life.clock.advance(10_000);
    await soon(asked).toBe(2);
    await life.clock.advance(10_000);
    expect(await life.ended).toMatchObject({ code: 'MQTT_UNREACHABLE', details: { why: 'subscribing took longer than 10 s' } });
  });

  it('is forgotten with the connection, and what it cost stays counted', async () => {
    const { broker, publisher, life } = await flooded();
    const dropped = publisher.counters().commands_dropped;
    broker.kill();
    await life.ended;
    expect(publisher.counters().commands_dropped).toBe(dropped);
    const next = await online(broker, { publisher });
    expect(next.standing).toEqual([]);
  });
});
