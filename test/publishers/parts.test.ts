import { describe, expect, it } from 'vitest';
import { brokerFault, isMessageFault, packetGuard } from '#agent/publishers/broker-fault.js';
import { asHistorical } from '#agent/publishers/drain.js';
import { Pace } from '#agent/publishers/pace.js';
import { RetainedValues } from '#agent/publishers/retained.js';
import { type Clock, systemClock } from '#agent/time.js';

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
    const guard = packetGuard(most, (bytes) => told.push(bytes));
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
  });
});

describe('what a broker says', () => {
  const coded = (message: string, code: string | number) => Object.assign(new Error(message), { code });
  it.each([
    [coded('Connection refused: Not authorized', 5), 'MQTT_REFUSED'],
    [coded('Connection refused: Bad User Name or Password', 134), 'MQTT_REFUSED'],
    [coded('Session taken over', 142), 'MQTT_REFUSED'],
    [coded('Server unavailable', 3), 'MQTT_UNREACHABLE'],
    [coded('Quota exceeded', 151), 'MQTT_UNREACHABLE'],
    [coded('connect ECONNREFUSED 127.0.0.1:1', 'ECONNREFUSED'), 'MQTT_UNREACHABLE'],
    [coded('getaddrinfo ENOTFOUND broker', 'ENOTFOUND'), 'MQTT_UNREACHABLE'],
    [coded('self-signed certificate', 'DEPTH_ZERO_SELF_SIGNED_CERT'), 'MQTT_REFUSED'],
    [coded('certificate has expired', 'CERT_HAS_EXPIRED'), 'MQTT_REFUSED'],
    [coded('unable to verify the first certificate', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'), 'MQTT_REFUSED'],
    [coded("Hostname/IP does not match certificate's altnames", 'ERR_TLS_CERT_ALTNAME_INVALID'), 'MQTT_REFUSED'],
    [coded('wrong version number', 'ERR_SSL_WRONG_VERSION_NUMBER'), 'MQTT_REFUSED'],
    [new Error('Keepalive timeout'), 'MQTT_UNREACHABLE'],
    ['nonsense', 'MQTT_UNREACHABLE'],
  ])('%s is %s', (thrown, code) => {
    expect(brokerFault(thrown, 'mqtt://b')).toMatchObject({ code, details: { url: 'mqtt://b' } });
  });

  it('always gives a reason, also where two addresses were refused at once', () => {
    const both = Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' });
    expect(brokerFault(both, 'mqtt://b').details['why']).toBe('ECONNREFUSED');
  });

  it('tells the fault of one message from that of the connection', () => {
    expect([144, 149, 153].map((code) => isMessageFault(coded('', code)))).toEqual([true, true, true]);
    expect([135, 151, 'ECONNRESET'].map((code) => isMessageFault(coded('', code)))).toEqual([false, false, false]);
  });
});

describe('historical', () => {
  it('is one more field of the same object', () => {
    expect(JSON.parse(asHistorical('{"a":"}"}'))).toEqual({ a: '}', historical: true });
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
    expect([1, 2, 3, 4, 5].map((id) => round(pace, id, 2))).toEqual([16, 32, 64, 100, 100]);
  });

  it('shrinks while it delays others by more than half a second, to one at a time, and grows again', () => {
    const pace = new Pace(clock, 64);
    round(pace, 1, 20);
    expect([2, 3, 4, 5, 6, 7, 8].map((id) => round(pace, id, 3000))).toEqual([32, 16, 8, 4, 2, 1, 1]);
    round(pace, 9, 30);
    expect(round(pace, 10, 30)).toBe(2);
  });

  it('does not take a far network for a slow one', () => {
    const pace = new Pace(clock, 64);
    expect([1, 2, 3, 4].map((id) => round(pace, id, 900))).toEqual([16, 32, 64, 64]);
  });
});

describe('retained values', () => {
  /** Acknowledges in the next turn, as a broker does; resolves when `count` values were sent. */
  const wayOf = (sent: string[], count: number) => {
    let all = () => {};
    const done = new Promise<void>((resolve) => {
      all = resolve;
    });
    const send = (topic: string, _: string, acknowledged: () => void) => {
      if (sent.push(topic) === count) all();
      setImmediate(acknowledged);
    };
    return { way: { clock: systemClock, send }, done };
  };

  it('are bounded; a topic beyond the bound is counted', async () => {
    const values = new RetainedValues();
    for (let i = 0; i < 5000; i++) values.set(`t/${i}`, '{}');
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
    values.set('a', '1');
    values.set('b', '2');
    for (const count of [2, 4]) {
      const { way, done } = wayOf(sent, count);
      values.attach(way);
      await done;
      values.detach();
    }
    expect(sent).toEqual(['a', 'b', 'a', 'b']);
  });

  it('have at most four under way, and forget those of a connection that is gone', async () => {
    const values = new RetainedValues();
    const open: (() => void)[] = [];
    for (let i = 0; i < 10; i++) values.set(`t/${i}`, '{}');
    values.attach({ clock: systemClock, send: (_, __, done) => void open.push(done) });
    expect(open).toHaveLength(4);
    const sent: string[] = [];
    const { way, done } = wayOf(sent, 10);
    values.attach(way);
    for (const acknowledged of open) acknowledged();
    await done;
    expect(new Set(sent).size).toBe(10);
    values.detach();
  });
});
