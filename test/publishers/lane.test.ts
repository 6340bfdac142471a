import { describe, expect, it } from 'vitest';
import type { StoredOutboxRow } from '#agent/contracts/index.js';
import { Lane } from '#agent/publishers/lane.js';
import { MemoryOutbox } from './memory-outbox.ts';

const rowsOf = (publisher: string, from: number, count: number) =>
  Array.from({ length: count }, (_, i) => ({ publisher, eventId: `${from + i}`, station: 's', topic: 't', payload: '{}' }));
const turn = () => new Promise((resolve) => setImmediate(resolve));
/** Turns of the event loop until it is so; many more than it takes, so that what never comes is told at once. */
const until = async (so: () => boolean, each = () => {}) => {
  for (let i = 0; i < 5000 && !so(); i++) {
    each();
    await turn();
  }
  expect(so()).toBe(true);
};

/** A lane on an outbox, and what a reader takes out of it. `handed`: what reaches the lane of the rows of a commit. */
function laneOn(outbox: MemoryOutbox, handed = (rows: readonly StoredOutboxRow[]) => rows) {
  const taken: string[] = [];
  const lane = new Lane({
    outbox,
    publisher: 'mqtt',
    after: 0,
    before: 0,
    historical: false,
    onRows: () => {},
    onFault: (thrown) => {
      throw thrown;
    },
  });
  outbox.onCommit((newest, rows) => lane.extend(newest, handed(rows)));
  const take = (most: number) => {
    for (let row = lane.peek(); row && most > 0; row = lane.peek(), most--) {
      taken.push(row.eventId);
      lane.skip();
    }
  };
  return { lane, taken, take };
}

describe('a lane', () => {
  it('takes what is handed over without reading it, and leaves what is for others', () => {
    const outbox = new MemoryOutbox();
    const { lane, taken, take } = laneOn(outbox);
    outbox.commit([...rowsOf('mqtt', 1, 1), ...rowsOf('sparkplug', 100, 1), ...rowsOf('mqtt', 2, 1)]);
    outbox.commit(rowsOf('sparkplug', 101, 2));
    outbox.commit(rowsOf('mqtt', 3, 1));
    take(10);
    expect(taken).toEqual(['1', '2', '3']);
    expect(lane.done).toBe(true);
    expect(outbox.mostRead).toBe(0);
  });

  it('reads what was not handed over, and what came before it', async () => {
    const outbox = new MemoryOutbox();
    const { lane, taken, take } = laneOn(outbox);
    outbox.handsOver = false;
    outbox.commit(rowsOf('mqtt', 1, 1));
    outbox.handsOver = true;
    outbox.commit(rowsOf('mqtt', 2, 1));
    take(10);
    expect(taken).toEqual([]);
    await until(
      () => lane.done,
      () => take(10),
    );
    expect(taken).toEqual(['1', '2']);
  });

  it.each([
    ['in the middle', 2],
    ['at the end', 3],
  ])('reads all of a commit of which a row is missing %s', async (_, missing) => {
    const outbox = new MemoryOutbox();
    const { lane, taken, take } = laneOn(outbox, (rows) => rows.filter(({ id }) => id !== missing));
    outbox.commit(rowsOf('mqtt', 1, 3));
    await until(
      () => lane.done,
      () => take(10),
    );
    expect(taken).toEqual(['1', '2', '3']);
  });

  it('keeps order and bound, however commits, hand-overs and sending mix', async () => {
    const outbox = new MemoryOutbox();
    const { lane, taken, take } = laneOn(outbox);
    let committed = 0;
    let held = 0;
    // Sizes and pauses that make it fall behind, catch up by reading, and take over again, many times.
    for (let step = 1; step <= 400; step++) {
      const count = (step * 37) % 90;
      outbox.handsOver = step % 11 !== 0;
      outbox.commit(rowsOf('mqtt', committed + 1, count));
      committed += count;
      if (step % 3 === 0) await turn();
      take(step % 80 < 40 ? 10 : 150);
      held = Math.max(held, lane.held);
    }
    await until(
      () => lane.done,
      () => take(100),
    );
    expect(taken).toEqual(Array.from({ length: committed }, (_, i) => `${i + 1}`));
    expect(held).toBeLessThanOrEqual(512);
  });

  it.each([
    [256, 0],
    [257, 256],
  ])('holds %i rows that are handed over, as far as a page goes: reads of %i', async (count, read) => {
    const outbox = new MemoryOutbox();
    const { lane, taken, take } = laneOn(outbox);
    // In two commits: what is handed over adds up.
    outbox.commit(rowsOf('mqtt', 1, 100));
    outbox.commit(rowsOf('mqtt', 101, count - 100));
    expect(lane.held).toBe(read === 0 ? count : 100);
    expect(outbox.mostRead).toBe(0);
    await until(
      () => lane.done,
      () => take(300),
    );
    expect(taken).toEqual(Array.from({ length: count }, (_, i) => `${i + 1}`));
    expect(outbox.mostRead).toBe(read);
  });

  it('reads its own stretch, a page ahead of what is sent, and says when there is something', async () => {
    const outbox = new MemoryOutbox();
    outbox.commit([...rowsOf('mqtt', 1, 10), ...rowsOf('sparkplug', 9000, 300), ...rowsOf('mqtt', 11, 790)]);
    const told: number[] = [];
    const lane: Lane = new Lane({
      outbox,
      publisher: 'mqtt',
      after: 5,
      before: 1050,
      historical: true,
      onRows: () => void told.push(lane.held),
      onFault: () => {},
    });
    expect([lane.historical, lane.done, lane.peek()]).toEqual([true, false, undefined]);
    lane.start();
    lane.start();
    expect(lane.done).toBe(false);
    for (let i = 0; i < 5; i++) await turn();
    // One page, and no second one before the first is begun.
    expect(told).toEqual([256]);
    expect(lane.peek()?.eventId).toBe('6');
    for (let i = 0; i < 5; i++) await turn();
    expect(told).toEqual([256, 512]);
    const taken: string[] = [];
    await until(
      () => lane.done,
      () => {
        for (let row = lane.peek(); row && taken.length < 1000; row = lane.peek()) {
          taken.push(row.eventId);
          lane.skip();
        }
      },
    );
    // Row 1050 is the 750th of its publisher: what was committed behind it is not its.
    expect(taken).toEqual(Array.from({ length: 745 }, (_, i) => `${i + 6}`));
    expect(lane.held).toBe(0);
  });

  it('is through where its stretch holds only what is for others', async () => {
    const outbox = new MemoryOutbox();
    const { lane } = laneOn(outbox);
    outbox.handsOver = false;
    outbox.commit(rowsOf('sparkplug', 1, 300));
    expect(lane.done).toBe(false);
    for (let i = 0; i < 3; i++) await turn();
    expect([lane.done, lane.held, lane.peek()]).toEqual([true, 0, undefined]);
    // An end that it has been told of already is nothing new.
    lane.extend(300);
    lane.extend(7);
    expect(lane.done).toBe(true);
  });

  it('does not take what is handed over while it reads: that comes in its place', async () => {
    const outbox = new MemoryOutbox();
    const { lane, taken, take } = laneOn(outbox);
    outbox.handsOver = false;
    outbox.commit(rowsOf('mqtt', 1, 300));
    outbox.handsOver = true;
    for (let n = 301; n <= 320; n++) {
      outbox.commit(rowsOf('mqtt', n, 1));
      if (n % 5 === 0) await turn();
      take(40);
    }
    await until(
      () => lane.done,
      () => take(40),
    );
    expect(taken).toEqual(Array.from({ length: 320 }, (_, i) => `${i + 1}`));
  });
});
