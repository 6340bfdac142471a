import { describe, expect, it } from 'vitest';
import type { OutboxRow, StoredOutboxRow } from '#agent/contracts/index.js';
import { Drain } from '#agent/publishers/drain.js';
import { type Milliseconds, Seconds } from '#agent/time.js';
import { ManualClock } from '../simulators/clock.ts';
import { MemoryOutbox } from './memory-outbox.ts';

const LATE: Milliseconds = Seconds(1);
const rowsOf = (from: number, count: number): OutboxRow[] =>
  Array.from({ length: count }, (_, i) => ({
    publisher: 'mqtt',
    eventId: `${from + i}`,
    station: 'outlet',
    topic: 't',
    payload: `{"n":${from + i}}`,
  }));
const names = (from: number, count: number): string[] => rowsOf(from, count).map(({ eventId }) => eventId);
const turn = () => new Promise((resolve) => setImmediate(resolve));
/** Turns of the event loop until it is so; many more than it takes, so that what never comes is told at once. */
const until = async (so: () => boolean, each = () => {}) => {
  for (let i = 0; i < 5000 && !so(); i++) {
    each();
    await turn();
  }
  expect(so()).toBe(true);
};
const soon = async (promise: Promise<void>) => {
  let settled = false;
  void promise.then(() => {
    settled = true;
  });
  await until(() => settled);
};
const turns = async (n = 5) => {
  for (let i = 0; i < n; i++) await turn();
};

/** A clock whose date somebody sets. */
class SetClock extends ManualClock {
  stepped = 0;

  constructor() {
    super();
    const date = this.now;
    this.now = () => date() + this.stepped;
  }
}

interface Setup {
  readonly outbox?: MemoryOutbox;
  readonly window?: number;
  /** How many rows the receiver has room for. */
  readonly room?: number;
}

/** A drain before a receiver that acknowledges when it is told to. */
function drainTo({ outbox = new MemoryOutbox(), window = 10_000, room = Number.POSITIVE_INFINITY }: Setup = {}) {
  const clock = new SetClock();
  const open = new Map<string, (refused: string | null) => void>();
  const sent: string[] = [];
  const payloads: string[] = [];
  const receiver = { room };
  const refused: [string, string][] = [];
  const faults: unknown[] = [];
  const drain = new Drain({
    publisher: 'mqtt',
    outbox,
    clock,
    window,
    lateAfter: LATE,
    send: ({ eventId }: StoredOutboxRow, payload, done) => {
      if (receiver.room <= 0) return false;
      receiver.room--;
      sent.push(eventId);
      payloads.push(payload);
      open.set(eventId, done);
      return true;
    },
    onRefused: ({ eventId }, why) => void refused.push([eventId, why]),
    onFault: (thrown) => void faults.push(thrown),
  });
  const settle = (eventId: string, why: string | null = null) => {
    open.get(eventId)?.(why);
    open.delete(eventId);
  };
  const settleAll = () => {
    for (const eventId of [...open.keys()]) settle(eventId);
  };
  const historical = () => sent.filter((_, i) => 'historical' in JSON.parse(payloads[i] ?? ''));
  return { drain, outbox, clock, receiver, sent, payloads, refused, faults, settle, settleAll, historical };
}

describe('what is under way', () => {
  it('is marked sent when the receiver has it, never before', async () => {
    const { drain, outbox, sent, settle } = drainTo();
    await drain.start();
    outbox.commit(rowsOf(1, 3));
    await turns();
    expect(sent).toEqual(['1', '2', '3']);
    expect([...outbox.marked.keys()]).toEqual([]);
    expect([drain.unacknowledged, drain.sent]).toEqual([3, 0]);
    settle('2');
    await turns();
    expect([...outbox.marked.keys()]).toEqual([2]);
    expect([drain.unacknowledged, drain.sent]).toEqual([2, 1]);
  });

  it('is never more than the window, and is filled up as it is acknowledged', async () => {
    const { drain, outbox, sent, settle } = drainTo({ window: 4 });
    await drain.start();
    outbox.commit(rowsOf(1, 10));
    await turns();
    expect(sent).toEqual(names(1, 4));
    settle('1');
    settle('2');
    await turns();
    expect(sent).toEqual(names(1, 6));
    expect(drain.unacknowledged).toBe(4);
  });

  it('does not hold what the receiver has no room for: it goes first when there is some', async () => {
    const { drain, outbox, receiver, sent } = drainTo({ room: 2 });
    await drain.start();
    outbox.commit(rowsOf(1, 5));
    await turns();
    expect(sent).toEqual(['1', '2']);
    expect(drain.unacknowledged).toBe(2);
    receiver.room = 1;
    drain.nudge();
    await turns();
    expect(sent).toEqual(['1', '2', '3']);
  });

  it('is handed over in bursts of 64, one a turn of the event loop, however often it is nudged', async () => {
    const { drain, outbox, sent } = drainTo();
    await drain.start();
    outbox.commit(rowsOf(1, 200));
    const after: number[] = [];
    for (let i = 0; i < 5; i++) {
      drain.nudge();
      drain.nudge();
      await turn();
      after.push(sent.length);
    }
    expect(after).toEqual([64, 128, 192, 200, 200]);
    expect(sent).toEqual(names(1, 200));
  });

  it('is marked at once for all that came in a turn', async () => {
    const { drain, outbox, settleAll } = drainTo();
    const marked: number[] = [];
    outbox.sent = (_, ids) => void marked.push(ids.length);
    await drain.start();
    outbox.commit(rowsOf(1, 50));
    await turns();
    settleAll();
    await turns();
    expect(marked).toEqual([50]);
    expect(drain.sent).toBe(50);
  });

  it('is a dead letter with its reason where the receiver will never take it', async () => {
    const { drain, outbox, refused, settle } = drainTo();
    await drain.start();
    outbox.commit(rowsOf(1, 3));
    await turns();
    settle('2', 'Not authorized (0x87)');
    expect(refused).toEqual([['2', 'Not authorized (0x87)']]);
    await turns();
    expect(outbox.letters.map(({ id, why }) => [id, why])).toEqual([[2, 'Not authorized (0x87)']]);
    expect([...outbox.marked.keys()]).toEqual([]);
    expect([drain.unacknowledged, drain.sent, drain.refused]).toEqual([2, 0, 1]);
    settle('1');
    await turns();
    expect(outbox.letters).toHaveLength(1);
    expect(drain.refused).toBe(1);
  });

  it('ends with the fault where the outbox cannot be read', async () => {
    const { drain, outbox, faults } = drainTo();
    outbox.commit(rowsOf(1, 1));
    outbox.fault = new Error('disk I/O error');
    await drain.start();
    await turns();
    expect(faults).toEqual([outbox.fault]);
  });
});

describe('what waited before the start', () => {
  it.each([
    ['is no backlog with 1000 rows of now', 1000, 0, false],
    ['is one with 1001 rows', 1001, 0, true],
    ['is no backlog with a row that is not late yet', 1, LATE, false],
    ['is one with a row that is', 1, LATE + 1, true],
  ])('%s', async (_, count, age, late) => {
    const { drain, outbox, clock, sent, historical } = drainTo();
    outbox.commit(rowsOf(1, count), clock.now() - age);
    await drain.start();
    await turns(50);
    expect(sent[0]).toBe('1');
    // A backlog begins with few under way, and everything of it is historical; what is no backlog takes the whole window.
    expect(historical()).toEqual(late ? sent : []);
    expect(sent.length).toBe(late ? Math.min(4, count) : count);
  });

  it('lets what is new go first, and still gets one in eight', async () => {
    const { drain, outbox, clock, sent, settleAll } = drainTo({ window: 8 });
    outbox.commit(rowsOf(1, 1500), clock.now() - Seconds(3600));
    await drain.start();
    await turns();
    settleAll();
    const before = sent.length;
    outbox.commit(rowsOf(2001, 250));
    await until(() => sent.includes('2200'), settleAll);
    const places = sent.slice(before).flatMap((eventId, i) => (Number(eventId) < 2001 ? [i] : []));
    expect(places.length).toBeGreaterThan(20);
    expect(new Set(places.slice(1).map((place, i) => place - (places[i] ?? 0)))).toEqual(new Set([8]));
    const came = (live: boolean) => sent.map(Number).filter((n) => n > 2000 === live);
    for (const live of [true, false]) expect(came(live)).toEqual(came(live).toSorted((a, b) => a - b));
  });

  it('is sent whole, each row once, while more is committed behind it', async () => {
    const { drain, outbox, clock, sent, settleAll, historical } = drainTo({ window: 50 });
    outbox.commit(rowsOf(1, 1100), clock.now() - Seconds(3600));
    await drain.start();
    for (let i = 0; i < 100; i++) {
      outbox.commit(rowsOf(2001 + i, 1), clock.now());
      await turn();
      settleAll();
    }
    await until(() => outbox.left === 0, settleAll);
    expect(sent.map(Number).filter((n) => n < 2001)).toEqual(names(1, 1100).map(Number));
    expect(sent.map(Number).filter((n) => n > 2000)).toEqual(names(2001, 100).map(Number));
    expect(historical()).toEqual(sent.filter((n) => Number(n) < 2001));
    expect(outbox.twice).toBe(0);
  });

  it.each([
    ['a small one', 1],
    ['a large one', 1001],
  ])('%s: what is committed while it is looked at goes once, as new', async (_, waiting) => {
    const { drain, outbox, clock, sent, settleAll, historical } = drainTo();
    outbox.commit(rowsOf(1, waiting), clock.now());
    const look = outbox.depth.bind(outbox);
    outbox.depth = async (publisher) => {
      const found = await look(publisher);
      outbox.commit(rowsOf(2001, 2), clock.now());
      return found;
    };
    await drain.start();
    await until(() => outbox.left === 0, settleAll);
    expect(sent.map(Number).toSorted((a, b) => a - b)).toEqual([...names(1, waiting), '2001', '2002'].map(Number));
    expect(historical()).not.toContain('2001');
  });
});

describe('what comes late', () => {
  /** Sends the rows so late after their commit. */
  async function sentAfter(ms: Milliseconds, stepped = 0) {
    const drained = drainTo({ room: 0 });
    await drained.drain.start();
    drained.outbox.commit(rowsOf(1, 2), drained.clock.now());
    await turns();
    await drained.clock.advance(ms);
    drained.clock.stepped = stepped;
    drained.receiver.room = 10;
    drained.drain.nudge();
    await turns();
    return drained.payloads;
  }

  it('is historical, by the time that passed here and not by the date', async () => {
    expect(await sentAfter(LATE)).toEqual(['{"n":1}', '{"n":2}']);
    expect(await sentAfter(LATE + 1)).toEqual(['{"n":1,"historical":true}', '{"n":2,"historical":true}']);
    expect(await sentAfter(10, Seconds(1e7))).toEqual(['{"n":1}', '{"n":2}']);
    expect(await sentAfter(LATE + 1, -Seconds(1e7))).toEqual(['{"n":1,"historical":true}', '{"n":2,"historical":true}']);
  });

  it('is told from what was committed 200 ms later', async () => {
    const { drain, outbox, clock, receiver, historical, sent } = drainTo({ room: 0 });
    await drain.start();
    for (const n of [1, 2, 3, 4]) {
      outbox.commit(rowsOf(n, 1), clock.now());
      await clock.advance(100);
    }
    // The first two are 1100 and 1000 ms old and are counted together, the others are 900 and 800.
    await clock.advance(700);
    receiver.room = 10;
    drain.nudge();
    await turns();
    expect(sent).toEqual(['1', '2', '3', '4']);
    expect(historical()).toEqual(['1', '2']);
  });

  it.each([
    ['stored half a second before the start', 500, 500],
    ['stored with a date that is still to come', -Seconds(3600), 1000],
  ])('%s: counts from what the date said at the start', async (_, age, left) => {
    for (const [wait, late] of [
      [left, false],
      [left + 1, true],
    ] as const) {
      const { drain, outbox, clock, receiver, payloads } = drainTo({ room: 0 });
      await clock.advance(5000);
      outbox.commit(rowsOf(1, 1), clock.now() - age);
      await drain.start();
      await turns();
      await clock.advance(wait);
      receiver.room = 1;
      drain.nudge();
      await turns();
      expect(payloads).toEqual([late ? '{"n":1,"historical":true}' : '{"n":1}']);
    }
  });
});

describe('the end', () => {
  it('is drained when everything that is committed is acknowledged and marked', async () => {
    const { drain, outbox, settle } = drainTo();
    await drain.start();
    outbox.commit(rowsOf(1, 2));
    let drained = false;
    void drain.drained().then(() => {
      drained = true;
    });
    await turns();
    settle('1');
    await turns();
    expect(drained).toBe(false);
    settle('2', 'Not authorized');
    expect(drained).toBe(false);
    await turns();
    expect(drained).toBe(true);
    expect([outbox.left, drain.sent, drain.refused]).toEqual([0, 1, 1]);
    // And at once where there is nothing.
    await soon(drain.drained());
  });

  it('is waited for by nobody where nothing was begun, or the outbox turns out to be empty', async () => {
    const never = drainTo();
    never.outbox.commit(rowsOf(1, 2));
    await soon(never.drain.drained());
    expect([never.sent, never.outbox.left]).toEqual([[], 2]);
    const empty = drainTo();
    const started = empty.drain.start();
    const drained = empty.drain.drained();
    await started;
    await soon(drained);
  });

  it('is not before a backlog was read and sent', async () => {
    const { drain, outbox, clock, settleAll } = drainTo();
    outbox.commit(rowsOf(1, 600), clock.now() - Seconds(3600));
    await drain.start();
    let drained = false;
    void drain.drained().then(() => {
      drained = true;
    });
    await until(
      () => outbox.left === 0,
      () => {
        expect(drained).toBe(false);
        settleAll();
      },
    );
    await until(() => drained);
  });

  it('marks what was acknowledged, sends nothing more and waits for nobody', async () => {
    const { drain, outbox, receiver, sent, settle } = drainTo({ room: 3 });
    await drain.start();
    outbox.commit(rowsOf(1, 5));
    await turns();
    const ended = drain.drained();
    settle('1');
    drain.stop();
    expect([...outbox.marked.keys()]).toEqual([1]);
    await soon(ended);
    receiver.room = 10;
    // Its acknowledgement came on a connection that is over: the next one sends it again.
    settle('2');
    outbox.commit(rowsOf(6, 1));
    drain.nudge();
    await turns();
    expect(sent).toEqual(['1', '2', '3']);
    expect([...outbox.marked.keys()]).toEqual([1]);
    await soon(drain.drained());
  });

  it('before it had looked: nothing is read', async () => {
    const { drain, outbox, sent } = drainTo();
    outbox.commit(rowsOf(1, 5));
    const started = drain.start();
    drain.stop();
    await started;
    await turns();
    expect(outbox.mostRead).toBe(0);
    expect(sent).toEqual([]);
  });
});
