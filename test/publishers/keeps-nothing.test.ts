import mqtt, { type Packet } from 'mqtt';
import { describe, expect, it } from 'vitest';
import { KeepsNothing } from '#agent/publishers/keeps-nothing.js';

const packet = { cmd: 'publish', messageId: 7, topic: 'a', payload: 'b', qos: 1, retain: false, dup: false } as Packet;

describe('what mqtt.js keeps of packets under way', () => {
  it('is nothing: each is forgotten with its acknowledgement, and before it', async () => {
    const store = new KeepsNothing(new mqtt.Store());
    let told = 0;
    const tell = () => {
      told++;
    };
    expect([store.put(packet, tell), store.del(packet, tell), told]).toEqual([store, store, 2]);
    expect([store.put(packet), store.del(packet)]).toEqual([store, store]);
    const got = await new Promise((resolve) => expect(store.get(packet, (error, found) => resolve(error ?? found))).toBe(store));
    expect(String(got)).toContain('missing packet');
    const again: unknown[] = [];
    for await (const sent of store.createStream()) again.push(sent);
    expect(again).toEqual([]);
  });

  it('is let go with the connection', async () => {
    let closed = 0;
    const empty = new mqtt.Store();
    empty.close = (done) => {
      closed++;
      done();
    };
    await new Promise<void>((resolve) => new KeepsNothing(empty).close(() => resolve()));
    expect(closed).toBe(1);
  });
});
