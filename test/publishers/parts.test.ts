import { describe, expect, it } from 'vitest';
import { asHistorical } from '#agent/contracts/index.js';
import { brokerFault, isMessageFault, isTopicFault, refusalOf } from '#agent/publishers/broker-fault.js';
import { packetGuard } from '#agent/publishers/inbound.js';
import { Pace } from '#agent/publishers/pace.js';
import { type RetainedValue, RetainedValues } from '#agent/publishers/retained.js';
import { type Clock, systemClock } from '#agent/time.js';
import { ManualClock } from '../simulators/clock.ts';

describe('the guard against long packets', () => {
  /** A packet of `length` bytes behind its header. */
  const packet = (length: number): Buffer => {
    const header = [0x30];
    let rest = length;
    do {
      header.push((rest % 128) + (rest >= 128 ? 128 : 0));
      rest = Math.floor(rest / 128);
    } while (rest > 0);
    return Buffer.concat([Buffer.from(header), Buffer.alloc(length, 0xff)]);
  };
  const refused = (most: number, chunks: readonly Uint8Array[]): number[] => {
    const told: number[] = [];
    const guard = packetGuard({ most, tooLong: (bytes) => told.push(bytes) });
    for (const chunk of chunks) guard(chunk);
    return told;
  };

  it('lets pass what is short enough, however it is cut', () => {
    const stream = Buffer.concat([0, 1, 2, 127, 128, 129, 1000, 16_383, 16_384, 20_000, 0, 5].map(packet));
    expect(refused(20_000, [stream])).toEqual([]);
    for (const size of [1, 2, 3, 7, 1000]) {
      const chunks = Array.from({ length: Math.ceil(stream.length / size) }, (_, i) => stream.subarray(i * size, (i + 1) * size));
      expect(refused(20_000, chunks)).toEqual([]);
    }
  });

  it('speaks as soon as a length is announced, before the body comes', () => {
    expect(refused(20_000, [packet(10), packet(20_001).subarray(0, 4)])).toHaveLength(1);
    expect(refused(20_000, [Buffer.from([0x30, 0xff, 0xff, 0xff, 0x7f])])).toHaveLength(1);
    expect(refused(20_000, [packet(20_001)])).toEqual([20_001]);
    expect(refused(20_000, [packet(20_000)])).toEqual([]);
  });
});

const ABOUT = { url: 'mqtt://b', version: '5', client: 'lineside-x' };

describe('what a broker says', () => {
  const coded = (message: string, code: string | number) => Object.assign(new Error(message), { code });
  it.each([
    [coded('Connection refused: Not authorized', 5), 'MQTT_REFUSED'],
    [coded('Connection refused: Bad User Name or Password', 134), 'MQTT_REFUSED'],
    [coded('Session taken over', 142), 'MQTT_TAKEN_OVER'],
    [coded('Connection refused: Unsupported Protocol Version', 132), 'MQTT_VERSION'],
    [coded('Connection refused: Unacceptable protocol version', 1), 'MQTT_VERSION'],
    [coded('Connection refused: Identifier rejected', 2), 'MQTT_CLIENT_ID'],
    [coded('Server unavailable', 3), 'MQTT_UNREACHABLE'],
    [coded('Quota exceeded', 151), 'MQTT_UNREACHABLE'],
    [coded('connect ECONNREFUSED 127.0.0.1:1', 'ECONNREFUSED'), 'MQTT_UNREACHABLE'],
    [coded('getaddrinfo ENOTFOUND broker', 'ENOTFOUND'), 'MQTT_UNREACHABLE'],
    [coded('self-signed certificate', 'DEPTH_ZERO_SELF_SIGNED_CERT'), 'MQTT_UNTRUSTED'],
    [coded('certificate has expired', 'CERT_HAS_EXPIRED'), 'MQTT_UNTRUSTED'],
    [coded('unable to verify the first certificate', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'), 'MQTT_UNTRUSTED'],
    [coded("Hostname/IP does not match certificate's altnames", 'ERR_TLS_CERT_ALTNAME_INVALID'), 'MQTT_UNTRUSTED'],
    [coded('wrong version number', 'ERR_SSL_WRONG_VERSION_NUMBER'), 'MQTT_NO_TLS'],
    [
      coded('write EPROTO 140:error:0A00010B:SSL routines:ssl3_get_record:wrong version number:../ssl_record.c:354:', 'EPROTO'),
      'MQTT_NO_TLS',
    ],
    [
      coded('error:0A000412:SSL routines:ssl3_read_bytes:sslv3 alert bad certificate', 'ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE'),
      'MQTT_CERTIFICATE',
    ],
    [coded('certificate required', 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED'), 'MQTT_CERTIFICATE'],
    [coded('key values mismatch', 'ERR_OSSL_X509_KEY_VALUES_MISMATCH'), 'MQTT_FILE'],
    [coded('error:0480006C:PEM routines::no start line', 'ERR_OSSL_PEM_NO_START_LINE'), 'MQTT_FILE'],
    [new Error('Keepalive timeout'), 'MQTT_UNREACHABLE'],
    ['nonsense', 'MQTT_UNREACHABLE'],
  ])('%s is %s', (thrown, code) => {
    expect(brokerFault(thrown, ABOUT)).toMatchObject({ code, details: { url: 'mqtt://b' } });
  });

  it('always gives a reason, also where two addresses were refused at once', () => {
    const both = Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' });
    expect(brokerFault(both, ABOUT).details['why']).toContain('ECONNREFUSED');
  });

  it.each([
    [coded('Connection refused: Bad User Name or Password', 134), 'Connection refused: Bad User Name or Password (reason code 134)'],
    [coded('', 134), 'unknown (reason code 134)'],
    [coded('the broker ended the session', 0), 'the broker ended the session'],
    [coded('connect', 'ECONNREFUSED'), 'nothing listens there (ECONNREFUSED)'],
    [coded('getaddrinfo', 'ENOTFOUND'), 'the host name is not known (ENOTFOUND)'],
    [coded('getaddrinfo', 'EAI_AGAIN'), 'the host name could not be looked up (EAI_AGAIN)'],
    [coded('connect', 'ETIMEDOUT'), 'no answer (ETIMEDOUT)'],
    [coded('connect', 'EHOSTUNREACH'), 'there is no way to this address (EHOSTUNREACH)'],
    [coded('connect', 'ENETUNREACH'), 'there is no way to this network (ENETUNREACH)'],
    [coded('read', 'ECONNRESET'), 'the connection was reset (ECONNRESET)'],
    [coded('write', 'EPIPE'), 'the connection was closed (EPIPE)'],
    [coded('something else', 'EWHATEVER'), 'something else'],
    [coded('', 'EWHATEVER'), 'EWHATEVER'],
    [new Error(''), 'unknown'],
    [
      coded('self-signed certificate', 'DEPTH_ZERO_SELF_SIGNED_CERT'),
      'it was signed by nobody that this box knows (self-signed) (DEPTH_ZERO_SELF_SIGNED_CERT)',
    ],
    [coded('unable to get issuer certificate', ''), 'the authority that signed it is not known here'],
    [coded('certificate has expired', ''), 'it has expired'],
    [coded('', 'CERT_NOT_YET_VALID'), 'it is not yet valid; is the clock of this box right? (CERT_NOT_YET_VALID)'],
    [coded('altnames', ''), 'it was issued for another host name than the one in `mqtt.url`'],
    [coded('key values mismatch', ''), '`mqtt.key` is not the key of the certificate in `mqtt.cert`'],
    [coded('bad decrypt', ''), 'one of `mqtt.ca`, `mqtt.cert` and `mqtt.key` is no PEM file, or its key is locked by a password'],
    [coded('wrong version number', 'EPROTO'), 'it answers, but not in TLS'],
    [coded('unsupported', 'ERR_SSL_UNSUPPORTED_PROTOCOL'), 'it speaks only TLS versions that are too old (ERR_SSL_UNSUPPORTED_PROTOCOL)'],
    [coded('TLS not authorized', ''), 'it ended the TLS handshake'],
    [coded('whatever', 'ERR_TLS_WHATEVER'), 'the TLS handshake failed (ERR_TLS_WHATEVER)'],
  ])('gives the cause in words: %s', (thrown, why) => {
    expect(brokerFault(thrown, ABOUT)).toMatchObject({ details: { ...ABOUT, why }, cause: thrown });
  });

  it.each([
    [[1, 132], 'MQTT_VERSION'],
    [[2, 133], 'MQTT_CLIENT_ID'],
    [[4, 5, 134, 135, 138, 140, 143, 154, 155, 156, 157], 'MQTT_REFUSED'],
    [[142], 'MQTT_TAKEN_OVER'],
    [[0, 3, 128, 136, 151], 'MQTT_UNREACHABLE'],
  ])('%j is %s', (codes, kind) => {
    expect(codes.map((code) => brokerFault(coded('no', code), ABOUT).code)).toEqual(codes.map(() => kind));
  });

  it('is left as it is where it is a fault already', () => {
    const fault = brokerFault(coded('no', 5), ABOUT);
    expect(brokerFault(fault, { ...ABOUT, url: 'other' })).toBe(fault);
  });

  it('is about the topic where the next message on it has the same answer', () => {
    expect([0x87, 0x90, 0x80, 0x97, '135'].map((code) => isTopicFault(coded('', code)))).toEqual([true, true, false, false, true]);
    expect([undefined, 'text'].map(isTopicFault)).toEqual([false, false]);
  });

  it('tells the fault of one message from that of the connection', () => {
    expect([128, 131, 135, 144, 149, 151, 153].map((code) => isMessageFault(coded('', code)))).toEqual(Array(7).fill(true));
    expect([0, 16, 145, '151', 'ECONNRESET'].map((code) => isMessageFault(coded('', code)))).toEqual(Array(5).fill(false));
  });
});

describe('why one message is refused', () => {
  it('is what the broker says, in words and in its own number', () => {
    const not = Object.assign(new Error('Publish error: Not authorized'), { code: 0x87 });
    expect(refusalOf(not)).toBe('Not authorized (0x87)');
    expect(refusalOf(Object.assign(new Error('Publish error: Unspecified error'), { code: 0x80 }), 0x95)).toBe('Packet too large (0x95)');
    expect(refusalOf(not, 0xee)).toBe('a reason that MQTT does not know (0xee)');
    expect(refusalOf(new Error('gone'))).toBe('gone');
    const subscribe = (text: string, granted: unknown) =>
      refusalOf(Object.assign(new Error(`Subscribe error: ${text}`), { packet: { granted } }));
    expect(subscribe('Not authorized', [0x01, 0x87])).toBe('Not authorized (0x87)');
    expect([subscribe('undefined', [0xee]), subscribe('undefined', [0x96]), subscribe('Not authorized', 'x')]).toEqual([
      'a reason that MQTT does not know (0xee)',
      'Message rate too high (0x96)',
      'Not authorized',
    ]);
  });

  it.each([1, 2, 3, 4, 5, 100])(
    'where it is a reason that the parser cannot read: taken out of the stream, in pieces of %i bytes',
    (size) => {
      const found: [number, number][] = [];
      const guard = packetGuard({ most: 1000, tooLong: () => {}, oddReason: (packet, reason) => found.push([packet, reason]) });
      const stream = Buffer.from([
        ...[0x40, 3, 1, 2, 0x95], // PUBACK 258: packet too large, which a PUBACK cannot have
        ...[0x40, 2, 0, 7], // without a reason
        ...[0x40, 3, 0, 8, 0x87], // one that it can have
        ...[0x40, 6, 0, 9, 0x96, 2, 0x95, 0x95], // with properties: only the reason is looked at
        ...[0x30, 5, 0, 1, 0x61, 0x95, 0x95], // not a PUBACK
        ...[0xd0, 0],
      ]);
      for (let at = 0; at < stream.length; at += size) guard(stream.subarray(at, at + size));
      expect(found).toEqual([
        [258, 0x95],
        [9, 0x96],
      ]);
      expect([...stream]).toEqual([
        ...[0x40, 3, 1, 2, 0x80],
        ...[0x40, 2, 0, 7],
        ...[0x40, 3, 0, 8, 0x87],
        ...[0x40, 6, 0, 9, 0x80, 2, 0x95, 0x95],
        ...[0x30, 5, 0, 1, 0x61, 0x95, 0x95],
        ...[0xd0, 0],
      ]);
    },
  );
});

describe('historical', () => {
  it('is one more field of the same object', () => {
    expect(JSON.parse(asHistorical('{"a":"}"}'))).toEqual({ a: '}', historical: true });
  });

  it('is there once, however often it is said', () => {
    expect(asHistorical(asHistorical('{"a":1}'))).toBe('{"a":1,"historical":true}');
  });
});

describe('the pace of a backlog', () => {
  let now = 0;
  const clock: Clock = { ...systemClock, elapsed: () => now };
  const round = (pace: Pace, id: number, took: number): number => {
    let begun = 0;
    while (pace.allows) pace.begin(id * 100_000 + begun++);
    now += took;
    for (let i = 0; i < begun; i++) pace.end(id * 100_000 + i);
    return begun;
  };

  it('grows to the whole window on a fast network, and never beyond', () => {
    const pace = new Pace(clock, 100);
    expect([1, 2, 3, 4, 5].map((id) => round(pace, id, 2))).toEqual([4, 8, 16, 32, 64]);
  });

  it('shrinks to what is not in the way of others, to one at a time, and grows again', () => {
    const pace = new Pace(clock, 64);
    for (const id of [1, 2, 3, 4]) round(pace, id, 20);
    expect([5, 6, 7, 8].map((id) => round(pace, id, 3000))).toEqual([64, 5, 1, 1]);
    round(pace, 9, 30);
    expect(round(pace, 10, 30)).toBe(2);
  });

  it.each([100, 20, 5, 2])('keeps the queue before a live event short at %d messages a second', (rate) => {
    const pace = new Pace(clock, 100);
    const underWay: number[] = [];
    const waits: number[] = [];
    for (let id = 0, sent = 0; sent < 400; sent++) {
      while (pace.allows) {
        pace.begin(++id);
        underWay.push(id);
      }
      waits.push((underWay.length * 1000) / rate);
      now += 1000 / rate;
      pace.end(underWay.shift() ?? 0);
    }
    // One message is always under way, however slow the network, and now and then two to see whether it still is.
    expect(Math.max(...waits.slice(100))).toBeLessThanOrEqual(Math.max(600, 2000 / rate));
  });

  it('does not take a far network for a slow one', () => {
    const pace = new Pace(clock, 64);
    expect([1, 2, 3, 4].map((id) => round(pace, id, 900))).toEqual([4, 8, 16, 32]);
  });
});

describe('retained values', () => {
  const value = (topic: string, payload = '1'): RetainedValue => ({ topic, kind: 'state', payload });
  /** Acknowledges in the next turn, as a broker does; resolves when `count` values were sent. */
  const wayOf = (sent: string[], count: number) => {
    let all = () => {};
    const done = new Promise<void>((resolve) => {
      all = resolve;
    });
    const send = ({ topic }: RetainedValue, acknowledged: () => void) => {
      if (sent.push(topic) === count) all();
      setImmediate(acknowledged);
      return true;
    };
    return { way: { clock: systemClock, send }, done };
  };

  it('are bounded; a topic beyond the bound is counted', async () => {
    const values = new RetainedValues();
    for (let i = 0; i < 5000; i++) values.set(value(`t/${i}`));
    expect(values.depth).toEqual({ depth: 2000, bound: 2000, dropped: 3000 });
    const sent: string[] = [];
    const { way, done } = wayOf(sent, 2000);
    values.attach(way);
    await done;
    expect(new Set(sent).size).toBe(2000);
    values.detach();
  });

  it('go again to every new connection', async () => {
    const values = new RetainedValues();
    const sent: string[] = [];
    values.set(value('a'));
    values.set(value('b'));
    for (const count of [2, 4]) {
      const { way, done } = wayOf(sent, count);
      values.attach(way);
      await done;
      values.detach();
    }
    expect(sent).toEqual(['a', 'b', 'a', 'b']);
  });

  it('have fewer under way, and some of them go first, where that is wanted', async () => {
    const values = new RetainedValues();
    const sent: string[] = [];
    const open: (() => void)[] = [];
    for (const topic of ['a', 'b', 'c']) values.set(value(topic));
    const send = ({ topic }: RetainedValue, done: () => void) => sent.push(topic) > 0 && open.push(done) > 0;
    values.attach({ clock: systemClock, send, most: () => 1, isFirst: (topic) => topic === 'c' });
    for (let n = 1; n <= 3; n++) {
      expect(sent).toHaveLength(n);
      open.shift()?.();
    }
    expect(sent).toEqual(['c', 'a', 'b']);
    values.detach();
  });

  it('have at most four under way, and forget those of a connection that is gone', async () => {
    const values = new RetainedValues();
    const open: (() => void)[] = [];
    for (let i = 0; i < 10; i++) values.set(value(`t/${i}`));
    values.attach({ clock: systemClock, send: (_, done) => open.push(done) > 0 });
    expect(open).toHaveLength(4);
    const sent: string[] = [];
    const { way, done } = wayOf(sent, 10);
    values.attach(way);
    for (const acknowledged of open) acknowledged();
    await done;
    expect(new Set(sent).size).toBe(10);
    values.detach();
  });

  /** A connection on which every message is acknowledged by hand; `room` is what it takes. */
  const byHand = (room = Number.POSITIVE_INFINITY) => {
    const clock = new ManualClock();
    const values = new RetainedValues();
    const sent: string[] = [];
    const open: (() => void)[] = [];
    const way = {
      clock,
      room,
      send: ({ topic, payload }: RetainedValue, done: () => void) => {
        if (open.length >= way.room) return false;
        sent.push(`${topic}=${payload}`);
        open.push(done);
        return true;
      },
    };
    const acknowledge = () => {
      for (const done of open.splice(0)) done();
    };
    return { clock, values, sent, way, acknowledge };
  };

  it('that change often go a few times a second, the newest of them, however fast they are acknowledged', async () => {
    const { clock, values, sent, way, acknowledge } = byHand();
    values.attach(way);
    for (let n = 0; n < 5; n++) {
      values.set(value('a', `${n}`));
      acknowledge();
    }
    values.set(value('b', 'x'));
    acknowledge();
    expect(sent).toEqual(['a=0', 'b=x']);
    await clock.advance(199);
    expect(sent).toHaveLength(2);
    await clock.advance(1);
    expect(sent).toEqual(['a=0', 'b=x', 'a=4']);
    acknowledge();
    expect([values.depth.depth, clock.pending]).toEqual([0, 0]);
    await clock.advance(200);
    values.set(value('a', '5'));
    expect(sent.at(-1)).toBe('a=5');
  });

  it('wait for the first of several that may go again', async () => {
    const { clock, values, sent, way, acknowledge } = byHand();
    values.attach(way);
    values.set(value('a'));
    await clock.advance(50);
    values.set(value('b', '1'));
    acknowledge();
    values.set(value('b', '2'));
    values.set(value('a', '2'));
    await clock.advance(150);
    expect(sent).toEqual(['a=1', 'b=1', 'a=2']);
    acknowledge();
    await clock.advance(50);
    expect(sent.at(-1)).toBe('b=2');
  });

  it('are tried again where the connection has no room', async () => {
    const { clock, values, sent, way, acknowledge } = byHand(1);
    values.attach(way);
    values.set(value('a'));
    values.set(value('b', '1'));
    expect([sent, values.depth.depth]).toEqual([['a=1'], 1]);
    way.room = 9;
    acknowledge();
    await clock.advance(200);
    expect(sent).toEqual(['a=1', 'b=1']);
    // What was refused the connection is not under way: four others have room.
    acknowledge();
    for (const topic of ['c', 'd', 'e', 'f', 'g']) values.set(value(topic, '1'));
    expect(sent).toHaveLength(6);
  });

  it('are silent without a connection, and leave no wait behind', async () => {
    const { clock, values, sent, way, acknowledge } = byHand();
    values.set(value('a'));
    values.attach(way);
    acknowledge();
    values.set(value('a', '2'));
    expect(clock.pending).toBe(1);
    values.detach();
    expect(clock.pending).toBe(0);
    await clock.advance(1000);
    values.again();
    expect([sent, values.depth.depth]).toEqual([['a=1'], 1]);
  });

  it('all go at once where somebody asks for everything again', () => {
    const { values, sent, way, acknowledge } = byHand();
    values.set(value('a'));
    values.set(value('b', '1'));
    values.attach(way);
    acknowledge();
    values.again();
    expect(sent).toEqual(['a=1', 'b=1', 'a=1', 'b=1']);
  });

  it('beyond the bound do not hide those within: a known topic still changes', () => {
    const values = new RetainedValues();
    for (let i = 0; i < 2001; i++) values.set(value(`t/${i}`));
    values.set(value('t/7', 'new'));
    values.set(value('t/2000', '{}'));
    expect([values.depth.dropped, values.dropped]).toEqual([2, 2]);
    const { way, sent } = byHand();
    values.attach(way);
    expect(sent).toHaveLength(4);
  });
});
