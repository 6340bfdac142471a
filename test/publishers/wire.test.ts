/** One wire, packet by packet, at a broker that answers as the test says and on a clock that the test moves. */
import { describe, expect, it } from 'vitest';
import { LinesideError } from '#agent/errors.js';
import { brokerOptions, LONGEST_PACKET } from '#agent/publishers/broker-options.js';
import type { Refused, Sending } from '#agent/publishers/suspects.js';
import { type Abilities, ALL_ABILITIES, type SendOptions, Wire } from '#agent/publishers/wire.js';
import { ManualClock } from '../simulators/clock.ts';
import type { RawBroker } from '../simulators/raw-broker.ts';
import { bench, heard, NO, REFUSED, soon, topics } from './bench.ts';
import { mqttConfig } from './harness.ts';

const { undo, brokerThat } = bench();
const ABOUT = { url: 'mqtt://broker.plant', version: '5', client: 'lineside-gw1' };
const NO_RETAIN = { retain: false, qos1: true };
const NO_QOS = { retain: true, qos1: false };
const CLOSED = 'the connection was closed';
const SILENT = 'nothing acknowledged for 10 s';
const event = (row: number): Sending => ({ what: 'event', topic: `t/${row}`, row });

interface Asked {
  readonly version?: string;
  readonly keepalive?: string;
  readonly abilities?: Abilities;
  readonly clock?: ManualClock;
  readonly patience?: number;
  readonly late?: number;
  readonly signal?: AbortSignal;
}

async function open(broker: { readonly url: string }, asked: Asked = {}): Promise<Wire> {
  const { abilities = ALL_ABILITIES, clock = new ManualClock(), patience, signal = new AbortController().signal } = asked;
  const { version = '5', keepalive = '30s', late } = asked;
  const mqtt = await brokerOptions(mqttConfig({ url: broker.url, version, keepalive }), 'gw1', { topic: 'will', payload: '{}', abilities });
  const more = { about: ABOUT, mqtt, clock, silence: 10_000, longest: LONGEST_PACKET, abilities };
  return Wire.open(
    { target: broker.url, ...more, ...(patience !== undefined && { patience }), ...(late !== undefined && { late }) },
    signal,
  );
}

/** A wire, and what became of it. */
async function wireTo(broker: RawBroker, asked: Asked = {}) {
  const clock = asked.clock ?? new ManualClock();
  const wire = await open(broker, { ...asked, clock });
  undo.push(() => wire.close(false));
  const answers: (Refused | null)[] = [];
  const losses: unknown[] = [];
  wire.lost.catch((thrown: unknown) => losses.push(thrown));
  const send = (sending: Sending, options?: SendOptions) => wire.send(sending, '{}', (answer) => answers.push(answer), options);
  /** Everything that was sent has come to the broker. */
  const arrived = () => wire.subscribe('arrived');
  return { wire, clock, answers, losses, send, arrived };
}
const whyOf = (fault: unknown) => (fault instanceof LinesideError ? [fault.code, fault.details['why']] : fault);

describe.each(['5', '3.1.1'])('what is sent (MQTT %s)', (version) => {
  it('is acknowledged, and retained where that is asked for', async () => {
    const broker = await brokerThat();
    const { wire, answers, send } = await wireTo(broker, { version });
    expect([send(event(1)), send({ what: 'value', topic: 'v' }, { retain: true }), send(event(2), { retain: false })]).toEqual([
      true,
      true,
      true,
    ]);
    await soon(() => answers).toEqual([null, null, null]);
    expect(broker.taken.map(({ topic, qos, retain }) => [topic, qos, retain])).toEqual([
      ['t/1', 1, false],
      ['v', 1, true],
      ['t/2', 1, false],
    ]);
    expect([wire.capacity, wire.abilities]).toEqual([65_535, ALL_ABILITIES]);
  });
});

describe('what is sent', () => {
  it('carries what the answer belongs to', async () => {
    const broker = await brokerThat();
    const { answers, send } = await wireTo(broker);
    send({ what: 'answer', topic: 'a' }, { correlation: Buffer.from('order 7') });
    send({ what: 'answer', topic: 'b' }, {});
    await soon(() => answers).toEqual([null, null]);
    expect(broker.taken.map(({ correlation }) => correlation)).toEqual(['order 7', null]);
  });

  it.each<[Abilities, object, Abilities]>([
    [ALL_ABILITIES, { retainAvailable: true, maximumQoS: 1 }, ALL_ABILITIES],
    [ALL_ABILITIES, { retainAvailable: false }, NO_RETAIN],
    [NO_RETAIN, {}, NO_RETAIN],
    [NO_RETAIN, { retainAvailable: true }, NO_RETAIN],
    [ALL_ABILITIES, { maximumQoS: 0 }, NO_QOS],
    [NO_QOS, {}, NO_QOS],
  ])('is what the broker can, known %j and said %j', async (abilities, connack, found) => {
    const broker = await brokerThat({ connack });
    const { wire, answers, send } = await wireTo(broker, { abilities });
    send({ what: 'value', topic: 'v' }, { retain: true, correlation: Buffer.from('c') });
    await soon(() => answers).toEqual([null]);
    expect(wire.abilities).toEqual(found);
    expect(broker.taken).toMatchObject([{ retain: found.retain, qos: found.qos1 ? 1 : 0, correlation: 'c' }]);
    expect(heard(broker, 'pingreq')).toBe(found.qos1 ? 0 : 1);
  });

  it('without acknowledgements is known to be read by nothing but the answer to a ping', async () => {
    let answers = false;
    const broker = await brokerThat({ connack: { maximumQoS: 0 }, onPing: () => (answers ? 'take' : 'ignore') });
    const { wire, answers: got, send } = await wireTo(broker);
    const messages: string[] = [];
    wire.onMessage((topic) => messages.push(topic));
    send(event(1));
    await broker.until(() => heard(broker, 'pingreq') === 1, 'a ping');
    broker.publish('cmd', '{}');
    await soon(() => messages).toEqual(['cmd']);
    expect([got, topics(broker)]).toEqual([[], ['t/1']]);
    answers = true;
    broker.raw(Buffer.from([0xd0, 0]));
    await soon(() => got).toEqual([null]);
  });

  it('is as much at once as the broker takes; what waits goes in order', async () => {
    const broker = await brokerThat({ connack: { receiveMaximum: 2 }, onPublish: () => 'hold' });
    const { wire, answers, send, arrived } = await wireTo(broker);
    expect(wire.capacity).toBe(2);
    for (let row = 1; row <= 5; row++) expect(send(event(row))).toBe(true);
    await arrived();
    expect(broker.held).toBe(2);
    wire.oneAtATime(false);
    await arrived();
    expect(broker.held).toBe(2);
    for (let left = 5; left > 0; left--) {
      await broker.until(() => broker.held >= Math.min(left, 2), 'the next');
      broker.release(1);
    }
    await soon(() => answers).toHaveLength(5);
    expect(topics(broker)).toEqual(['t/1', 't/2', 't/3', 't/4', 't/5']);
  });

  it('is one at a time where that is wished, until it is not any more', async () => {
    const broker = await brokerThat({ onPublish: () => 'hold' });
    const { wire, send, arrived } = await wireTo(broker);
    wire.oneAtATime(true);
    for (let row = 1; row <= 3; row++) send(event(row));
    await arrived();
    expect(broker.held).toBe(1);
    wire.oneAtATime(false);
    await broker.until(() => broker.held === 3, 'all of it');
  });

  it('goes on behind a subscription that had the only place', async () => {
    const broker = await brokerThat({ connack: { receiveMaximum: 1 } });
    const { wire, answers, send } = await wireTo(broker);
    const subscribed = wire.subscribe('commands');
    for (let row = 1; row <= 3; row++) send(event(row));
    expect(await subscribed).toBeNull();
    await soon(() => answers).toEqual([null, null, null]);
    expect(topics(broker)).toEqual(['t/1', 't/2', 't/3']);
  });

  it('waits in a thousand places and in no more', async () => {
    const broker = await brokerThat({ connack: { receiveMaximum: 1 }, onPublish: () => 'hold' });
    const { send } = await wireTo(broker);
    const taken = Array.from({ length: 1002 }, (_, row) => send(event(row)));
    expect([taken.indexOf(false), taken.filter(Boolean).length]).toEqual([1001, 1001]);
  });

  it('is nothing larger than the broker takes: that is said later, as any other answer', async () => {
    const broker = await brokerThat({ connack: { maximumPacketSize: 200 } });
    const { wire, answers, send } = await wireTo(broker);
    const large = (bytes: number) =>
      wire.send({ what: 'event', topic: 'large' }, `"${'x'.repeat(bytes - 7)}"`, (answer) => answers.push(answer));
    expect([large(169), answers]).toEqual([true, []]);
    const why = 'about 210 bytes are more than the 200 that the broker takes (its maximum packet size)';
    await soon(() => answers).toEqual([{ why, topic: false, unsent: true }]);
    large(168);
    send(event(1));
    await soon(() => answers.slice(1)).toEqual([null, null]);
    expect(topics(broker)).toEqual(['large', 't/1']);
  });

  it.each([
    ['5', 0x87, { why: NO, topic: true, unsent: false }],
    ['5', 0x97, { why: 'Quota exceeded (0x97)', topic: false, unsent: false }],
    ['5', 0x95, { why: 'Packet too large (0x95)', topic: false, unsent: false }],
  ])('and refused (MQTT %s, %d) has its reason, and the others go on', async (version, reason, refused) => {
    const answerTo: Readonly<Record<string, number>> = { 't/1': reason, 't/2': 0x80 };
    const broker = await brokerThat({ onPublish: ({ topic }) => answerTo[topic] ?? 'take' });
    const { answers, losses, send } = await wireTo(broker, { version });
    for (let row = 1; row <= 3; row++) send(event(row));
    await soon(() => answers).toEqual([refused, { why: 'Unspecified error (0x80)', topic: false, unsent: false }, null]);
    expect(losses).toEqual([]);
  });

  it('with a number that the broker has in use ends the connection: nothing is refused', async () => {
    const broker = await brokerThat({ onPublish: () => 0x91 });
    const { wire, answers, losses, send } = await wireTo(broker);
    send(event(1));
    await soon(() => losses.map(whyOf)).toEqual([['MQTT_UNREACHABLE', expect.stringMatching(/in use \(reason code 145\)$/)]]);
    await soon(() => broker.open).toBe(0);
    expect([answers, wire.ending(losses[0]), send(event(2))]).toEqual([[], null, false]);
  });
});

describe('a subscription', () => {
  const subscription = { what: 'subscription', topic: 'cmd/+' };

  it('is for acknowledged messages, hands them over, and can be taken back', async () => {
    const asked: unknown[] = [];
    const broker = await brokerThat({
      onSubscribe: (...how) => {
        asked.push(how);
        return 'take';
      },
    });
    const { wire, clock } = await wireTo(broker);
    const messages: unknown[] = [];
    wire.onMessage((topic, body, { retain }) => messages.push([topic, body.toString(), retain]));
    expect(await wire.subscribe('cmd/+')).toBeNull();
    expect([asked, clock.pending]).toEqual([[['cmd/+', 1]], 0]);
    broker.publish('cmd/a', 'one');
    await soon(() => messages).toEqual([['cmd/a', 'one', false]]);
    wire.unsubscribe('cmd/+');
    await broker.until(() => heard(broker, 'unsubscribe') === 1, 'the end of the subscription');
    broker.kill();
    await expect(wire.lost).rejects.toBeDefined();
    expect(wire.ending(null)?.underWay).toEqual([]);
  });

  it('that the broker does not allow has its reason', async () => {
    const broker = await brokerThat({ onSubscribe: () => REFUSED });
    const { wire, losses } = await wireTo(broker);
    expect([await wire.subscribe('cmd/+'), losses]).toEqual([expect.stringContaining('Not authorized'), []]);
  });

  it('that is never answered is given up after 10 s, and is what was under way', async () => {
    const broker = await brokerThat({ onSubscribe: () => 'ignore' });
    const { wire, clock } = await wireTo(broker);
    const fault = wire.subscribe('cmd/+').catch((thrown: unknown) => thrown);
    await clock.advance(10_000);
    const why = 'subscribing took longer than 10 s';
    expect(await fault).toMatchObject({ code: 'MQTT_UNREACHABLE', details: { ...ABOUT, why } });
    expect(wire.ending(await fault)).toEqual({ underWay: [subscription], overtaken: [], proven: false, silent: true, why });
  });

  it('that the broker closes the connection on is what was under way', async () => {
    const broker = await brokerThat({ onSubscribe: () => 'close' });
    const { wire } = await wireTo(broker);
    const fault = await wire.subscribe('cmd/+').catch((thrown: unknown) => thrown);
    expect(whyOf(fault)).toEqual(['MQTT_UNREACHABLE', CLOSED]);
    expect(wire.ending(fault)).toEqual({ underWay: [subscription], overtaken: [], proven: false, silent: false, why: CLOSED });
  });
});

describe('a wire is lost', () => {
  it('by a reset: what was under way stays so, and nothing more is taken', async () => {
    const broker = await brokerThat({ onPublish: ({ topic }) => (topic === 't/1' ? 'take' : 'hold') });
    const { wire, answers, losses, send } = await wireTo(broker);
    send(event(1));
    send(event(2));
    await soon(() => answers).toEqual([null]);
    await broker.until(() => broker.held === 1, 'the second');
    broker.kill();
    const why = 'the connection was reset (ECONNRESET)';
    await soon(() => losses.map(whyOf)).toEqual([['MQTT_UNREACHABLE', why]]);
    expect(wire.ending(losses[0])).toEqual({ underWay: [event(2)], overtaken: [], proven: true, silent: false, why });
    expect([answers, send(event(3))]).toEqual([[null], false]);
  });

  it('by a close, and that is said of whatever was under way', async () => {
    const broker = await brokerThat({ onPublish: () => 'close' });
    const { wire, losses, send } = await wireTo(broker);
    send(event(1));
    await soon(() => losses.map(whyOf)).toEqual([['MQTT_UNREACHABLE', CLOSED]]);
    expect(losses[0]).toMatchObject({ details: ABOUT });
    expect(wire.ending(losses[0])).toEqual({ underWay: [event(1)], overtaken: [], proven: false, silent: false, why: CLOSED });
    expect(wire.ending(new Error('unforeseen'))).toMatchObject({ why: 'Error: unforeseen' });
    const without = new LinesideError('MQTT_INSECURE', { url: 'mqtt://b' });
    expect(wire.ending(without)).toMatchObject({ why: without.sentence });
  });

  it.each([
    [0x8b, 'the broker ended the session (reason code 139)'],
    [0, 'the broker ended the session'],
  ])('with what the broker says of it: %d', async (goodbye, why) => {
    const broker = await brokerThat({ onPublish: () => 'close', goodbye });
    const { losses, send } = await wireTo(broker);
    send(event(1));
    await soon(() => losses.map(whyOf)).toEqual([['MQTT_UNREACHABLE', why]]);
  });

  it('by a packet longer than any command, as soon as it begins', async () => {
    const broker = await brokerThat();
    const { losses } = await wireTo(broker);
    broker.raw(Buffer.from([0x30, 0xff, 0xff, 0x7f]));
    await soon(() => losses.map(whyOf)).toEqual([['MQTT_UNREACHABLE', 'somebody sent a command of 2097151 bytes here']]);
    expect(losses[0]).toMatchObject({ details: ABOUT });
  });

  it('by us: then nobody is looked for', async () => {
    const broker = await brokerThat({ onPublish: () => 'hold' });
    const { wire, clock, answers, losses, send } = await wireTo(broker);
    send(event(1));
    await broker.until(() => broker.held === 1, 'the event');
    wire.end(new Error('the journal is gone'));
    await soon(() => losses.map(whyOf)).toEqual([['MQTT_UNREACHABLE', 'the journal is gone']]);
    expect(losses[0]).toMatchObject({ details: ABOUT });
    await soon(() => broker.open).toBe(0);
    await clock.advance(0);
    expect([wire.ending(losses[0]), send(event(2)), answers]).toEqual([null, false, []]);
  });

  it('by a broker that answers no ping', async () => {
    const broker = await brokerThat({ onPing: () => 'ignore' });
    const { wire, losses } = await wireTo(broker, { keepalive: '1s' });
    await soon(() => losses.map(whyOf)).toEqual([['MQTT_UNREACHABLE', 'Keepalive timeout']]);
    expect(wire.ending(losses[0])).toEqual({ underWay: [], overtaken: [], proven: false, silent: true, why: 'Keepalive timeout' });
  });
});

describe('silence', () => {
  const held = async (more: Asked = {}) => {
    const broker = await brokerThat({ onPublish: () => 'hold' });
    return { broker, ...(await wireTo(broker, more)) };
  };

  it('of a broker that has something to acknowledge is its end, and not a moment earlier', async () => {
    const { wire, clock, losses, send } = await held();
    await clock.advance(5000);
    send(event(1));
    await clock.advance(9999);
    expect(losses).toEqual([]);
    await clock.advance(1);
    expect(losses).toMatchObject([{ code: 'MQTT_UNREACHABLE', details: { ...ABOUT, why: SILENT } }]);
    expect(wire.ending(losses[0])).toEqual({ underWay: [event(1)], overtaken: [], proven: false, silent: true, why: SILENT });
    expect(send(event(2))).toBe(false);
  });

  it('is not broken by what we say', async () => {
    const { clock, losses, send } = await held();
    send(event(1));
    await clock.advance(6000);
    send(event(2));
    await clock.advance(4000);
    expect(losses.map(whyOf)).toEqual([['MQTT_UNREACHABLE', SILENT]]);
  });

  it('is broken by any acknowledgement', async () => {
    const { broker, clock, answers, losses, send } = await held();
    send(event(1));
    send(event(2));
    await broker.until(() => broker.held === 2, 'both');
    await clock.advance(6000);
    broker.release(1);
    await soon(() => answers).toEqual([null]);
    await clock.advance(9999);
    expect(losses).toEqual([]);
    await clock.advance(1);
    expect(losses.map(whyOf)).toEqual([['MQTT_UNREACHABLE', SILENT]]);
  });

  it('about one message while later ones are answered is its end, when that was so for as long', async () => {
    const skip = { ...event(1), topic: 'skipped' };
    const broker = await brokerThat({ onPublish: ({ topic }) => (topic === skip.topic ? 'ignore' : 'take') });
    const { wire, clock, answers, losses, send } = await wireTo(broker);
    send(event(9));
    await soon(() => answers).toHaveLength(1);
    send(skip);
    for (let at = 2; at <= 11; at++) {
      send(event(at));
      await soon(() => answers).toHaveLength(at);
      await clock.advance(2000);
      if (at === 10) expect(losses).toEqual([]);
    }
    const why = 'it acknowledges what was sent later';
    await soon(() => losses.map(whyOf)).toEqual([['MQTT_UNREACHABLE', why]]);
    expect(wire.ending(losses[0])).toEqual({ underWay: [skip], overtaken: [skip], proven: true, silent: true, why });
  });

  it('about everything, a moment after an answer out of order, passed nothing over', async () => {
    const broker = await brokerThat({ onPublish: ({ topic }) => (topic === 't/2' ? 'take' : 'ignore') });
    const { wire, clock, answers, losses, send } = await wireTo(broker);
    for (let row = 1; row <= 3; row++) send(event(row));
    await soon(() => answers).toEqual([null]);
    await clock.advance(10_000);
    await soon(() => losses.map(whyOf)).toEqual([['MQTT_UNREACHABLE', SILENT]]);
    expect(wire.ending(losses[0])).toMatchObject({ underWay: [event(1), event(3)], overtaken: [] });
  });

  it('is asked about at half of it, once for each pause, and an answer ends it: what has none was passed over', async () => {
    const broker = await brokerThat({ onPublish: ({ topic }) => (topic === 't/1' ? 'ignore' : 'take') });
    const { wire, clock, answers, losses, send } = await wireTo(broker, { late: 15_000 });
    const asked: unknown[] = [];
    wire.onPause((overtaken) => {
      asked.push([clock.elapsed(), overtaken]);
      send(event(10 + asked.length));
    });
    send(event(1));
    await clock.advance(4999);
    expect(asked).toEqual([]);
    for (let n = 1; n <= 3; n++) {
      await clock.advance(n === 1 ? 1 : 5000);
      await soon(() => answers).toHaveLength(n);
    }
    expect([asked, losses]).toEqual([
      [
        [5000, []],
        [10_000, [event(1)]],
        [15_000, [event(1)]],
      ],
      [],
    ]);
    await clock.advance(5000);
    await soon(() => losses.map(whyOf)).toEqual([['MQTT_UNREACHABLE', 'it acknowledges what was sent later']]);
    expect(wire.ending(losses[0])).toMatchObject({ overtaken: [event(1)] });
  });

  it('begins with the first that waits, however long there was nothing to say', async () => {
    const { broker, clock, answers, losses, send } = await held();
    send(event(1));
    await broker.until(() => broker.held === 1, 'the first');
    broker.release();
    await soon(() => answers).toEqual([null]);
    await clock.advance(6000);
    send(event(2));
    await clock.advance(9999);
    expect([losses, clock.pending]).toEqual([[], 1]);
    await clock.advance(1);
    expect(losses.map(whyOf)).toEqual([['MQTT_UNREACHABLE', SILENT]]);
  });

  it('of a broker that has nothing to acknowledge is none, and no timer waits for it', async () => {
    const broker = await brokerThat();
    const { clock, answers, losses, send } = await wireTo(broker);
    for (let row = 1; row <= 3; row++) {
      send(event(row));
      await soon(() => answers).toHaveLength(row);
      expect(clock.pending).toBe(1);
    }
    await clock.advance(60_000);
    expect([losses, clock.pending]).toEqual([[], 0]);
    send(event(4));
    await soon(() => answers).toHaveLength(4);
  });

  it('is heard beside a subscription that waits as well', async () => {
    const broker = await brokerThat({ onSubscribe: () => 'ignore', onPublish: () => 'hold' });
    const { wire, clock, losses, send } = await wireTo(broker);
    const fault = wire.subscribe('cmd/+').catch((thrown: unknown) => thrown);
    await clock.advance(1000);
    send(event(1));
    await clock.advance(9000);
    expect(whyOf(await fault)).toEqual(['MQTT_UNREACHABLE', 'subscribing took longer than 10 s']);
    expect(losses).toEqual([]);
    await clock.advance(1000);
    expect(losses.map(whyOf)).toEqual([['MQTT_UNREACHABLE', SILENT]]);
  });

  it('after the connection has ended is nothing new', async () => {
    const { broker, wire, clock, losses, send } = await held();
    send(event(1));
    await broker.until(() => broker.held === 1, 'the event');
    broker.kill();
    await soon(() => losses.length).toBe(1);
    await clock.advance(20_000);
    expect([wire.ending(losses[0]), clock.pending]).toEqual([expect.objectContaining({ silent: false }), 0]);
  });
});

describe('a bound of time', () => {
  it('is over with the work, and leaves no timer', async () => {
    const { wire, clock } = await wireTo(await brokerThat());
    expect([await wire.within(500, 'counting', Promise.resolve(7)), clock.pending]).toEqual([7, 0]);
  });

  it('is over when it is over, and then the broker was silent', async () => {
    const { wire, clock } = await wireTo(await brokerThat());
    const fault = wire.within(500, 'counting', new Promise(() => {})).catch((thrown: unknown) => thrown);
    await clock.advance(500);
    expect(whyOf(await fault)).toEqual(['MQTT_UNREACHABLE', 'counting took longer than 0.5 s']);
    expect(wire.ending(await fault)).toMatchObject({ silent: true });
  });

  it('is over with the wire', async () => {
    const broker = await brokerThat();
    const { wire, clock } = await wireTo(broker);
    const fault = wire.within(500, 'counting', new Promise(() => {})).catch((thrown: unknown) => thrown);
    broker.kill();
    expect(whyOf(await fault)).toEqual(['MQTT_UNREACHABLE', 'the connection was reset (ECONNRESET)']);
    expect(clock.pending).toBe(0);
  });

  it('that is over while we close says nothing of the broker', async () => {
    const broker = await brokerThat({ onPublish: () => 'hold' });
    const { wire, clock, send } = await wireTo(broker);
    send(event(1));
    await broker.until(() => broker.held === 1, 'the event');
    const fault = wire.within(100, 'counting', new Promise(() => {})).catch((thrown: unknown) => thrown);
    const closing = wire.close(true);
    await clock.advance(100);
    expect(whyOf(await fault)).toEqual(['MQTT_UNREACHABLE', 'counting took longer than 0.1 s']);
    await clock.advance(200);
    await closing;
    expect(wire.ending(await fault)).toBeNull();
  });
});

describe('closing', () => {
  it.each([
    [true, 1],
    [false, 0],
  ])('says goodbye where that is wished (%j), and lets go', async (politely, goodbyes) => {
    const broker = await brokerThat();
    const { wire, clock, answers, losses, send } = await wireTo(broker);
    send(event(1));
    await soon(() => answers).toEqual([null]);
    await wire.close(politely);
    await broker.until(() => broker.open === 0, 'the end');
    await clock.advance(0);
    expect([heard(broker, 'disconnect'), clock.pending]).toEqual([goodbyes, 0]);
    expect([wire.ending(losses[0]), send(event(2))]).toEqual([null, false]);
  });

  it('does not wait for a broker that answers nothing any more', async () => {
    const broker = await brokerThat({ onPublish: () => 'hold' });
    const { wire, clock, send } = await wireTo(broker);
    send(event(1));
    await broker.until(() => broker.held === 1, 'the event');
    let closed = false;
    const closing = wire.close(true).then(() => {
      closed = true;
    });
    await clock.advance(299);
    expect([closed, broker.open]).toEqual([false, 1]);
    await clock.advance(1);
    await closing;
    await broker.until(() => broker.open === 0, 'the end');
    expect(heard(broker, 'disconnect')).toBe(0);
  });

  it('tells nobody what is acknowledged from then on', async () => {
    const broker = await brokerThat({ onPublish: () => 'hold' });
    const { wire, answers, send } = await wireTo(broker);
    send(event(1));
    await broker.until(() => broker.held === 1, 'the event');
    const closing = wire.close(true);
    broker.release();
    await closing;
    expect([heard(broker, 'disconnect'), answers]).toEqual([1, []]);
  });

  it('has nothing to wait for where the connection is gone', async () => {
    const broker = await brokerThat();
    const { wire, losses } = await wireTo(broker);
    broker.kill();
    await soon(() => losses.length).toBe(1);
    await wire.close(true);
    expect(wire.ending(losses[0])).toMatchObject({ silent: false });
  });
});

describe('a connection that does not come about', () => {
  const faultOf = async (broker: { readonly url: string }, asked: Asked = {}) =>
    open(broker, asked).then(
      () => null,
      (thrown: unknown) => thrown,
    );

  it.each([
    ['with its reason', () => REFUSED, 'MQTT_REFUSED', /\(reason code 135\)$/],
    ['closed without a word', () => 'close' as const, 'MQTT_CLOSED', /^without a word$/],
    ['reset', () => 'reset' as const, 'MQTT_CLOSED', /^the connection was reset$/],
  ])('is %s', async (_, onConnect, code, why) => {
    const broker = await brokerThat({ onConnect });
    const clock = new ManualClock();
    expect(await faultOf(broker, { clock })).toMatchObject({ code, details: { ...ABOUT, why: expect.stringMatching(why) } });
    await soon(() => broker.open).toBe(0);
    expect(clock.pending).toBe(0);
  });

  it('is one where nothing listens', async () => {
    const broker = await brokerThat();
    await broker.close();
    expect(whyOf(await faultOf(broker))).toEqual(['MQTT_UNREACHABLE', 'nothing listens there (ECONNREFUSED)']);
  });

  it.each([
    [undefined, 10_000, '10 s'],
    [500, 500, '0.5 s'],
  ])('is waited for no longer than wished: %s', async (patience, ms, words) => {
    const broker = await brokerThat({ onConnect: () => 'ignore' });
    const clock = new ManualClock();
    const fault = faultOf(broker, { clock, ...(patience !== undefined && { patience }) });
    await broker.until(() => heard(broker, 'connect') === 1, 'a connection');
    await clock.advance(ms);
    expect(await fault).toMatchObject({ code: 'MQTT_UNREACHABLE', details: { ...ABOUT, why: `no answer within ${words}` } });
    await broker.until(() => broker.open === 0, 'its end');
  });

  it('is left as soon as somebody says so', async () => {
    const stop = new AbortController();
    const broker = await brokerThat({ onConnect: () => 'ignore' });
    const clock = new ManualClock();
    const fault = faultOf(broker, { signal: stop.signal, clock });
    await broker.until(() => heard(broker, 'connect') === 1, 'a connection');
    stop.abort(new Error('stop'));
    expect(await fault).toEqual(new Error('stop'));
    await broker.until(() => broker.open === 0, 'its end');
    expect(clock.pending).toBe(0);
  });

  it('is not even begun where that was said before', async () => {
    const broker = await brokerThat();
    expect(await faultOf(broker, { signal: AbortSignal.abort(new Error('stop')) })).toEqual(new Error('stop'));
    await new Promise((resolve) => setImmediate(resolve));
    expect([broker.open, broker.heard]).toEqual([0, []]);
  });

  it('leaves no timer where it does', async () => {
    const { clock } = await wireTo(await brokerThat());
    expect(clock.pending).toBe(0);
  });
});
