/** What a publisher concludes of a broker that says little: acknowledgement by ping, another client with its name. */
import { describe, expect, it } from 'vitest';
import { PingBarrier } from '#agent/publishers/ping-barrier.js';
import { STEADY, Takeover } from '#agent/publishers/takeover.js';

describe('the barrier of pings, where a broker acknowledges nothing', () => {
  /** Pings go out as the connection sends them: the barrier hears of its own as of those that keep it alive. */
  const setUp = () => {
    const read: string[] = [];
    let pings = 0;
    const barrier: PingBarrier = new PingBarrier(() => {
      pings++;
      barrier.pinged();
    });
    const send = (...names: readonly string[]) => {
      for (const name of names) barrier.sent(() => read.push(name));
    };
    return { barrier, read, send, pings: () => pings };
  };
  const soon = () => new Promise((resolve) => setImmediate(resolve));

  it('takes nothing for read before a ping that followed it has its answer, and asks once for all of a burst', async () => {
    const { barrier, read, send, pings } = setUp();
    send('a', 'b', 'c');
    await soon();
    expect({ pings: pings(), read: [...read] }).toEqual({ pings: 1, read: [] });
    barrier.answered();
    expect(read).toEqual(['a', 'b', 'c']);
    await soon();
    expect(pings()).toBe(1);
  });

  it('lets what is sent while a ping is under way ride with the next', async () => {
    const { barrier, read, send, pings } = setUp();
    send('a');
    await soon();
    send('b', 'c');
    await soon();
    expect(pings()).toBe(1);
    barrier.answered();
    expect({ pings: pings(), read: [...read] }).toEqual({ pings: 2, read: ['a'] });
    barrier.answered();
    expect(read).toEqual(['a', 'b', 'c']);
  });

  it('counts a ping of the keep-alive for what was sent before it, and its answer for nothing more', async () => {
    const { barrier, read, send, pings } = setUp();
    barrier.pinged();
    send('a');
    await soon();
    expect(pings()).toBe(0);
    barrier.answered();
    expect({ pings: pings(), read: [...read] }).toEqual({ pings: 1, read: [] });
    barrier.answered();
    expect(read).toEqual(['a']);
    barrier.answered();
    expect(read).toEqual(['a']);
  });
});

describe('another client with the same id', () => {
  const soonAfter = { lasted: 200, said: false, idle: true };

  it('is concluded from three idle connections in a row that are closed soon after they were taken', () => {
    const takeover = new Takeover();
    takeover.ended(soonAfter);
    takeover.ended(soonAfter);
    expect(takeover.why).toBeNull();
    takeover.ended(soonAfter);
    expect(takeover.why).toMatch(/closed 3 connections in a row/);
    takeover.ended(soonAfter);
    expect(takeover.why).toMatch(/closed 4 connections in a row/);
  });

  it('is believed at once where the broker says so', () => {
    const takeover = new Takeover();
    takeover.ended({ ...soonAfter, said: true, idle: false });
    expect(takeover.why).toBe('the broker says so');
  });

  it('is not concluded from connections that end in the middle of something, nor from those that lasted', () => {
    const takeover = new Takeover();
    takeover.ended(soonAfter);
    takeover.ended(soonAfter);
    takeover.ended({ ...soonAfter, idle: false });
    takeover.ended(soonAfter);
    takeover.ended(soonAfter);
    expect(takeover.why).toBeNull();
    takeover.ended({ ...soonAfter, lasted: STEADY });
    takeover.ended(soonAfter);
    expect(takeover.why).toBeNull();
    takeover.ended(soonAfter);
    expect(takeover.why).not.toBeNull();
    takeover.steady();
    expect(takeover.why).toBeNull();
  });
});
