import { describe, expect, it } from 'vitest';
import { type Granted, revisedFault, shortfall } from '#agent/sources/opcua/granted.js';

const granted = (over: Partial<Granted> & { readonly wish?: number } = {}): Granted => {
  const { wish = 100, ...rest } = over;
  return { asked: { sampling: wish, queue: 10 }, sampling: wish, queue: 10, publishing: 50, ...rest };
};

describe('what a server grants', () => {
  it.each([
    ['all as asked', granted()],
    ['twice the interval', granted({ sampling: 200 })],
    ['as many values as the queue keeps', granted({ wish: 10, publishing: 100 })],
    ['changes as they happen', granted({ wish: 0, publishing: 10 })],
    ['changes as they happen, and a queue of one', granted({ wish: 0, queue: 1, publishing: 200 })],
    ['a trigger in time', granted({ wish: 20, queue: 100, publishing: 250 })],
  ])('is no fault: %s', (_, one) => {
    expect(shortfall('plc.a', one)).toBeNull();
    expect(revisedFault('plc', new Map([['a', one]]))).toBeNull();
  });

  it.each([
    [granted({ sampling: 1000 }), 'plc.a every 1000 ms instead of 100 ms'],
    [granted({ wish: 0, sampling: 50 }), 'plc.a every 50 ms instead of 0 ms'],
    [granted({ wish: 10, publishing: 101 }), 'plc.a keeps 10 of the 11 values of a publishing, every 101 ms'],
    [granted({ wish: 10, queue: 1, sampling: 20, publishing: 50 }), 'plc.a keeps 1 of the 3 values of a publishing, every 50 ms'],
    [granted({ wish: 20, queue: 100, publishing: 251 }), 'plc.a is published every 251 ms only'],
    [granted({ wish: 0, queue: 100, publishing: 300 }), 'plc.a is published every 300 ms only'],
  ])('%j is told as: %s', (one, text) => {
    expect(shortfall('plc.a', one)).toBe(text);
  });

  it('is one fault for the server, however many tags', () => {
    const fault = revisedFault('plc', new Map([1, 2, 3, 4, 5, 6].map((n) => [`t${n}`, granted({ sampling: 1000 })])));
    expect(fault?.code).toBe('OPCUA_REVISED');
    expect(fault?.sentence).toMatch(/t1 every 1000 ms instead of 100 ms; .*and \d more/);
  });
});
