import { describe, expect, it } from 'vitest';
import type { StoredOutboxRow } from '#agent/contracts.js';
import { Lane } from '#agent/publishers/lane.js';
import { MemoryOutbox } from './memory-outbox.ts';

const rowsOf = (publisher: string, from: number, count: number) =>
  Array.from({ length: count }, (_, i) => ({ publisher, eventId: `${from + i}`, station: 's', topic: 't', payload: '{}' }));
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** A lane on an outbox, and what a reader takes out of it. `handed`: what reaches the lane of the rows of a commit. */
function laneOn(outbox: MemoryOutbox, handed = (rows: readonly StoredOutboxRow[]) => rows) {
  const taken: string[] = [];
  const lane = new Lane({
    ...{ outbox, publisher: 'mqtt', after: 0, before: 0, historical: false },
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
    while (!lane.done) {
      await turn();
      take(10);
    }
    expect(taken).toEqual(['1', '2']);
  });

  it.each([
    ['in the middle', 2],
    ['at the end', 3],
  ])('reads all of a commit of which a row is missing %s', async (_, missing) => {
    const outbox = new MemoryOutbox();
    const { lane, taken, take } = laneOn(outbox, (rows) => rows.filter(({ id }) => id !== missing));
    outbox.commit(rowsOf('mqtt', 1, 3));
    while (!lane.done) {
      await turn();
      take(10);
    }
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
    while (!lane.done) {
      await turn();
      take(100);
    }
    expect(taken).toEqual(Array.from({ length: committed }, (_, i) => `${i + 1}`));
    expect(held).toBeLessThanOrEqual(512);
  });
});
