import { describe, expect, it } from 'vitest';
import { type Line, startLine } from '../integration/line.ts';

/** The broker is away for so many parts. Longer proves nothing more: what waits, waits on the disk. */
const AWAY = 100;
const PERIOD = 80;
/** `late_after` of the lines here, ms: what is sent later than this after it happened says so. */
const LATE = 2000;

/** Parts before, while the broker is away, and after; then everything that is on record must have come. */
async function playThrough(line: Line, away: () => Promise<void> | void, back: () => Promise<void> | void) {
  await line.ready();
  await line.plc.offer(10, PERIOD);
  await line.answered(10);
  await line.published();
  await away();
  await line.plc.offer(AWAY, PERIOD);
  await line.answered(10 + AWAY);
  await back();
  await line.published();
  await line.plc.offer(10, PERIOD);
  await line.answered(20 + AWAY);
  await line.published();
  return line.expectSound();
}

const historical = (line: Line) =>
  line
    .events()
    .flatMap(({ payload }) => (payload['historical'] === true ? [Number(payload['part'])] : []))
    .sort((a, b) => a - b);

describe('a broker', () => {
  it('that is stopped gets every part when it is back, what is late marked as such', { timeout: 90_000 }, async () => {
    const line = await startLine({ broker: { persistence: true } });
    const rows = await playThrough(line, line.broker.stop, line.broker.start);
    expect(rows.map(({ outcome }) => outcome)).toEqual(Array(20 + AWAY).fill('judged'));
    // The first of those that waited, down to one that waited less than the limit; of the last ten none.
    expect(historical(line)).toEqual(Array.from({ length: historical(line).length }, (_, i) => 11 + i));
    expect(historical(line).length).toBeGreaterThanOrEqual((AWAY * PERIOD - LATE) / PERIOD);
    expect(historical(line).length).toBeLessThanOrEqual(AWAY);
  });

  it('that is killed and forgets its sessions gets what it had not acknowledged', { timeout: 90_000 }, async () => {
    const line = await startLine({ relayed: true });
    await playThrough(line, line.broker.kill, async () => {
      // A killed broker forgets its subscribers: they come before the agent, or it acknowledges what nobody gets.
      line.way?.refuse(true);
      await line.broker.start();
      await line.subscriber.again();
      line.way?.refuse(false);
    });
    expect(historical(line).length).toBeGreaterThan(0);
  });

  it('that is frozen holds up nothing but itself', { timeout: 90_000 }, async () => {
    const line = await startLine();
    const rows = await playThrough(line, line.broker.freeze, line.broker.thaw);
    expect(rows.map(({ outcome }) => outcome)).toEqual(Array(20 + AWAY).fill('judged'));
  });
});

describe('a backlog', () => {
  it('does not hold up what happens now', { timeout: 120_000 }, async () => {
    const line = await startLine({ broker: { persistence: true } });
    await line.ready();
    await line.broker.stop();
    await line.plc.offer(3 * AWAY, PERIOD / 2);
    await line.answered(3 * AWAY);
    await line.broker.start();
    // The agent is back as well: what happens from here on is live, not one more row of the backlog.
    await line.subscriber.until(() => line.events().length > 0, 'the first of the backlog');
    await line.plc.offer(10, PERIOD);
    await line.answered(3 * AWAY + 10);
    await line.published();
    const order = line.events().map(({ payload }) => Number(payload['part']));
    // The newest came before the oldest of the backlog were all through, or together with them: never last of all, in the wrong order.
    expect(order.filter((part) => part > 3 * AWAY)).toEqual(Array.from({ length: 10 }, (_, i) => 3 * AWAY + 1 + i));
    line.expectSound();
  });
});
