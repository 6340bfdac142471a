import { describe, expect, it } from 'vitest';
import type { LinesideError } from '#agent/errors.js';
import { JournalQueue } from '#agent/store/journal.js';
import type { Append, Left, ToWriter } from '#agent/store/protocol.js';
import { rowsOf } from '#agent/store/rows.js';
import { ManualClock, settle } from '../simulators/clock.ts';
import { entry } from './setup.ts';

const FULL = { code: 'STORE_FULL', why: 'no space' } as const;
const BEGINNING = { newestOutboxId: 0, accepted: 0, left: null, behind: [], damaged: null } as const;
const ZERO = { own: 0, wall: 0, doubt: 'none', lived: 0, spans: [] } as const;

/** The queue with a writer that answers as the test says; what it has taken is `stored`, in order. */
function rig() {
  const clock = new ManualClock();
  const posted: Append[] = [];
  /** What was handed over for the spill file. */
  const spilled: Left[] = [];
  const stored: number[] = [];
  const faults: (string | null)[] = [];
  const queue = new JournalQueue({
    clock,
    writer: {
      post: (message: ToWriter) => {
        if (message.type === 'append') posted.push(message);
        if (message.type === 'spill') spilled.push(message.left);
      },
    },
    takeSent: () => [],
    time: () => ({ now: () => clock.now(), mark: ZERO }),
    onFault: (fault: LinesideError | null) => void faults.push(fault?.code ?? null),
  });
  const open = (accepted = 0, left: Parameters<typeof queue.start>[0]['left'] = null) => queue.start({ ...BEGINNING, accepted, left });
  const sequences = ({ entries }: Append) =>
    entries.flatMap((rows) => rows.flatMap((row) => (row[0] === 'inspections' ? [Number(row[3])] : [])));
  /** The writer's answer to the oldest message: so many of its entries are stored. */
  const answer = (committed?: number) => {
    const message = posted.shift();
    if (!message) throw new Error('nothing was posted');
    const n = committed ?? message.entries.length;
    stored.push(...sequences(message).slice(0, n));
    const refused = message.entries.length - n;
    return queue.settled({ committed: n, refused, fault: refused > 0 ? FULL : null, unfit: false, newest: n });
  };
  return { clock, spilled, posted, stored, faults, queue, open, answer, sequences };
}
const upTo = (n: number, from = 1) => Array.from({ length: n - from + 1 }, (_, i) => from + i);

describe('what is accepted', () => {
  it('is what was left, each once, wherever a kill comes between while a journal that went back is told so as well', async () => {
    const behind = [{ station: 'outlet', from: 4, to: 10, next: 1002 }];
    const entries = upTo(13, 11).map((n) => rowsOf(entry(n), { now: 1, recorded: 1, outboxId: () => n }));
    const left = { first: 11, entries, lost: [{ station: 'outlet', from: 14, to: 15 }] };
    const lives = upTo(14, 10).map(async (accepted) => {
      const before = rig();
      before.queue.start({ ...BEGINNING, accepted: 3, left, behind });
      await settle();
      const numbered = before.posted.flatMap((message) => message.entries.map((rows, i) => ({ rows, number: (message.first ?? 0) + i })));
      const kept = numbered.filter(({ number }) => number <= accepted).map(({ rows }) => rows);
      const after = rig();
      after.open(accepted, left);
      await settle();
      return [...kept, ...after.posted.flatMap((message) => message.entries)].flat();
    });
    for (const rows of await Promise.all(lives)) {
      expect(rows.flatMap((row) => (row[0] === 'inspections' ? [row[3]] : []))).toEqual([11, 12, 13]);
      expect(rows.filter((row) => row[0] === 'audit' && String(row[6]).includes('"from":14'))).toHaveLength(1);
    }
  });

  it('keeps its order when one is refused while others are on their way', async () => {
    const { queue, open, posted, answer, stored, faults, clock } = rig();
    open();
    for (const n of upTo(6)) {
      queue.accept(entry(n));
      await settle();
    }
    expect(posted.map(({ first }) => first)).toEqual(upTo(6));
    answer(0);
    // What was on its way behind it is refused as well, and what comes meanwhile waits.
    for (let i = 0; i < 5; i++) answer(0);
    queue.accept(entry(7));
    await settle();
    expect([stored, posted.length, faults]).toEqual([[], 0, ['STORE_FULL']]);
    await clock.advance(1000);
    // One message tries; it has all of them.
    expect(posted).toHaveLength(1);
    answer();
    await settle();
    expect(stored).toEqual(upTo(7));
    expect(faults).toEqual(['STORE_FULL', null]);
    expect(queue.depth.depth).toBe(0);
  });

  it('keeps the front where a part of a message was stored', async () => {
    const { queue, open, answer, stored, posted, clock } = rig();
    open();
    for (const n of upTo(5)) queue.accept(entry(n));
    await settle();
    answer(2);
    await clock.advance(1000);
    expect(posted[0]).toMatchObject({ first: 3, epoch: 2 });
    answer();
    expect(stored).toEqual(upTo(5));
  });

  it('waits for the pictures that belong to it, and so does what comes after it', async () => {
    const { queue, open, posted, sequences } = rig();
    open();
    queue.accept(entry(1));
    const pay = queue.owe();
    queue.accept(entry(2));
    await settle();
    expect(posted).toEqual([]);
    pay?.([['loads', 0, 'agent', 'a picture', 0]]);
    expect(posted.map(sequences)).toEqual([[1, 2]]);
    expect(posted[0]?.entries[0]?.at(-1)?.[0]).toBe('loads');
    expect(queue.owe()).toBeNull();
  });

  it('is stored once when the writer died after it and before it could say so', async () => {
    const { queue, open, posted, sequences, faults } = rig();
    open();
    const settled: number[] = [];
    for (const n of upTo(4)) queue.accept(entry(n), () => settled.push(n));
    await settle();
    queue.lost({ code: 'STORE_FAILED' } as LinesideError);
    posted.length = 0;
    open(3);
    expect(settled).toEqual([1, 2, 3]);
    expect([posted.map(sequences), posted[0]?.first]).toEqual([[[4]], 4]);
    expect(faults).toEqual(['STORE_FAILED']);
  });

  it('of the life before goes first, without what was stored of it after all', async () => {
    const { queue, open, posted, sequences } = rig();
    queue.accept(entry(8));
    const rowsOf = (n: number) =>
      [
        ['inspections', `id${n}`, 'outlet', n],
        ['outbox', n, 'mqtt', 'e', 's', 't', '{}', 0],
      ] as const;
    open(6, { first: 5, entries: [5, 6, 7].map(rowsOf), lost: [] });
    await settle();
    expect([posted.flatMap(sequences), posted[0]?.first]).toEqual([[7, 8], 7]);
    // Ids of events go on behind those that were given out; none of them is on the disk yet.
    const [ids, committed] = [
      posted.flatMap(({ entries }) => entries.flatMap((rows) => rows.flatMap((row) => (row[0] === 'outbox' ? [row[1]] : [])))),
      queue.committedOutboxId,
    ];
    expect([ids, committed]).toEqual([[7, 8], 0]);
  });

  it('is left with its numbers when the end comes before the disk takes it', async () => {
    const { queue, open, answer, clock, posted } = rig();
    open();
    const faults: (string | undefined)[] = [];
    for (const n of upTo(3)) queue.accept(entry(n), (fault) => faults.push(fault?.code));
    await settle();
    answer(1);
    const closed = queue.close(2000);
    // Tried once more at once, not after the pause.
    expect(posted).toHaveLength(1);
    answer(0);
    await clock.advance(2000);
    await closed;
    expect(queue.accept(entry(4))).toBe(false);
    const left = queue.leave();
    expect([left.first, left.entries.map((rows) => rows[0]?.[3]), left.lost]).toEqual([2, [2, 3], []]);
    expect(faults).toEqual([undefined, 'STOPPING', 'STOPPING']);
  });

  it('is flushed at once while the disk refuses: nobody is made to wait for it', async () => {
    const { queue, open, answer } = rig();
    open();
    queue.accept(entry(1));
    await settle();
    answer(0);
    await queue.flush(1e9);
    expect(queue.depth.depth).toBe(1);
  });
});

describe('what waits while the disk refuses', () => {
  const numbers = (lefts: readonly Left[]) =>
    lefts.map(({ first, entries, lost }) => [first, entries.map((rows) => Number(rows[0]?.[3])), lost]);

  it('is handed over for the spill file once, and what comes later behind it', async () => {
    const { queue, open, answer, spilled, clock } = rig();
    open();
    for (const n of upTo(3)) queue.accept(entry(n));
    await settle();
    expect(spilled).toEqual([]);
    answer(1);
    expect(numbers(spilled)).toEqual([[2, [2, 3], []]]);
    queue.accept(entry(4));
    await settle();
    expect(numbers(spilled)).toEqual([
      [2, [2, 3], []],
      [4, [4], []],
    ]);
    // Refused again: all of it is there already.
    await clock.advance(1000);
    answer(0);
    await settle();
    expect(spilled).toHaveLength(2);
    await clock.advance(1000);
    answer();
    queue.accept(entry(5));
    await settle();
    expect(spilled).toHaveLength(2);
  });

  it('is not handed over before its pictures are there, nor what stands behind it', async () => {
    const { queue, open, answer, spilled } = rig();
    open();
    queue.accept(entry(1));
    await settle();
    answer(0);
    queue.accept(entry(2));
    const pay = queue.owe();
    queue.accept(entry(3));
    await settle();
    expect(numbers(spilled)).toEqual([[1, [1], []]]);
    pay?.([]);
    await settle();
    expect(numbers(spilled).at(-1)).toEqual([2, [2, 3], []]);
  });

  it('is not handed over where the writer is gone', async () => {
    const { queue, open, spilled } = rig();
    open();
    queue.lost({ code: 'STORE_FAILED' } as LinesideError);
    queue.accept(entry(1));
    await settle();
    expect(spilled).toEqual([]);
  });
});

describe('whoever appends', () => {
  it('hears when it is on the disk, also where it was before the journal was open', async () => {
    const { queue, open, answer } = rig();
    const done: number[] = [];
    const early = queue.append(entry(1)).then(() => done.push(1));
    open();
    const later = queue.append(entry(2)).then(() => done.push(2));
    await settle();
    expect(done).toEqual([]);
    answer();
    answer();
    await Promise.all([early, later]);
    expect(done).toEqual([1, 2]);
  });

  it('hears that there is no room, with how much waits, and that the store ends', async () => {
    const { queue, open } = rig();
    open();
    for (let n = 1; n <= 10_000; n++) queue.accept({ load: { kind: 'agent', at: 0, detail: '' } });
    await expect(queue.append(entry(1))).rejects.toMatchObject({ code: 'STORE_OVERLOADED', details: { depth: 10_000, refused: 1 } });
    void queue.close(0);
    await expect(queue.append(entry(1))).rejects.toMatchObject({ code: 'STOPPING' });
    expect([queue.isClosed, queue.overloaded]).toEqual([true, 1]);
  });

  it('of rows is told to stop before the journal is open, and has a copy of them stored after', async () => {
    const { queue, open, posted, answer } = rig();
    await expect(queue.appendRows([['paid', 'a']])).rejects.toMatchObject({ code: 'STOPPING' });
    open();
    const rows: ['paid', string][] = [['paid', 'a']];
    const stored = queue.appendRows(rows);
    rows.push(['paid', 'b']);
    await settle();
    expect(posted[0]?.entries).toEqual([[['paid', 'a']]]);
    answer();
    await stored;
  });
});

describe('what the writer says', () => {
  it('gives the events that are on the disk, and counts entries and commits', async () => {
    const { queue, open, answer } = rig();
    open();
    for (const n of upTo(2)) queue.accept(entry(n));
    await settle();
    const stored = answer(1);
    expect(stored).toMatchObject([{ id: 1, publisher: 'mqtt', topic: expect.any(String) }]);
    expect([queue.entries, queue.commits, queue.committedOutboxId]).toEqual([1, 1, 1]);
  });

  it('gives none where an entry did not fit: they have to be read', async () => {
    const { queue, open } = rig();
    open();
    queue.accept(entry(1));
    await settle();
    expect(queue.settled({ committed: 1, refused: 0, fault: null, unfit: true, newest: 5 })).toEqual([]);
    queue.settled({ committed: 0, refused: 0, fault: null, unfit: false, newest: 3 });
    expect(queue.committedOutboxId).toBe(5);
  });

  it('of a fault that refused nothing is no refusal', async () => {
    const { queue, open, faults } = rig();
    open();
    queue.accept(entry(1));
    await settle();
    queue.settled({ committed: 1, refused: 0, fault: FULL, unfit: false, newest: 1 });
    expect([faults, queue.depth.depth]).toEqual([[], 0]);
  });
});

describe('ids of events', () => {
  const idsIn = ({ entries }: Append) => entries.flatMap((rows) => rows.flatMap((row) => (row[0] === 'outbox' ? [row[1]] : [])));

  it('go on behind the newest of the journal, and never back, whatever a journal that was begun anew has', async () => {
    const { queue, posted, answer } = rig();
    queue.start({ ...BEGINNING, newestOutboxId: 7 });
    expect(queue.committedOutboxId).toBe(7);
    queue.accept(entry(1));
    await settle();
    expect(posted.map(idsIn)).toEqual([[8]]);
    answer();
    queue.lost({ code: 'STORE_FAILED' } as LinesideError);
    queue.start({ ...BEGINNING, newestOutboxId: 3, accepted: 1 });
    expect(queue.committedOutboxId).toBe(7);
    queue.accept(entry(2));
    await settle();
    expect(posted.map(idsIn)).toEqual([[9]]);
  });
});

describe('the wait for the disk', () => {
  const isOver = async (wait: Promise<void>) => {
    let over = false;
    void wait.then(() => {
      over = true;
    });
    await settle();
    return () => over;
  };

  it('is none where nothing waits', async () => {
    const { queue, open } = rig();
    expect((await isOver(queue.flush(1e9)))()).toBe(true);
    open();
    expect((await isOver(queue.flush(1e9)))()).toBe(true);
    expect((await isOver(queue.close(1e9)))()).toBe(true);
  });

  it.each(['flush', 'close'] as const)('ends with the last entry, or with patience: %s', async (how) => {
    const { queue, open, answer, clock } = rig();
    open();
    for (const n of upTo(2)) queue.accept(entry(n));
    await settle();
    const over = await isOver(queue[how](2000));
    expect(over()).toBe(false);
    answer(2);
    await settle();
    expect(over()).toBe(true);
    const other = rig();
    other.open();
    other.queue.accept(entry(1));
    await settle();
    const late = await isOver(other.queue[how](2000));
    await other.clock.advance(1999);
    expect(late()).toBe(false);
    await other.clock.advance(1);
    expect(late()).toBe(true);
    expect(clock.pending).toBe(0);
  });

  it('is none before the journal is open: what came early is told to stop', async () => {
    const { queue } = rig();
    const faults: (string | undefined)[] = [];
    queue.accept(entry(1), (fault) => faults.push(fault?.code));
    queue.accept(entry(2));
    expect((await isOver(queue.close(1e9)))()).toBe(true);
    expect(queue.leave()).toEqual({ first: 1, entries: [], lost: [] });
    expect(faults).toEqual(['STOPPING']);
  });
});

describe('records that a life before lost', () => {
  it('are told in an entry of their own, behind what it left', async () => {
    const { open, posted } = rig();
    open(0, { first: 1, entries: [[['loads', 1, 'agent', 'd', 1]]], lost: [{ station: 'outlet', from: 3, to: 5 }] });
    await settle();
    const rows = posted.flatMap(({ entries }) => entries.map((one) => one.map(([table]) => table)));
    expect(rows).toEqual([['loads'], ['audit', 'station_state']]);
  });
});

describe('many records', () => {
  it('go in batches, not one by one, and not all at once', async () => {
    const { queue, open, posted, answer, clock, stored } = rig();
    open();
    queue.accept(entry(1));
    await settle();
    answer(0);
    for (const n of upTo(5000, 2)) queue.accept(entry(n));
    await clock.advance(1000);
    expect(posted).toHaveLength(1);
    answer();
    await settle();
    const bytes = posted.reduce((sum, message) => sum + message.bytes, 0);
    expect(posted.length).toBeGreaterThan(2);
    expect(bytes).toBeLessThan(5e6);
    let messages = 1;
    for (; posted.length > 0; messages++) {
      answer();
      await settle();
    }
    expect(stored).toEqual(upTo(5000));
    expect(messages).toBeLessThan(200);
  });

  it('have room again when they are stored', async () => {
    const { queue, open, posted, answer } = rig();
    open();
    const large = { load: { kind: 'agent', at: 0, detail: 'x'.repeat(1e6) } } as const;
    for (let round = 0; round < 3; round++) {
      expect(upTo(70).filter(() => queue.accept(large))).toHaveLength(64);
      for (await settle(); posted.length > 0; await settle()) answer();
    }
    expect(queue.depth.depth).toBe(0);
  });

  it('are bounded in entries and in bytes; what is beyond is not accepted, and counted', () => {
    const entries = rig();
    entries.open();
    const taken = upTo(10_005).map((n) => entries.queue.accept(entry(n)));
    expect([taken.filter(Boolean).length, taken.at(-1), entries.queue.overloaded]).toEqual([10_000, false, 5]);
    const bytes = rig();
    bytes.open();
    const large = { load: { kind: 'agent', at: 0, detail: 'x'.repeat(1e6) } } as const;
    const accepted = upTo(80).filter(() => bytes.queue.accept(large));
    expect(accepted).toHaveLength(64);
  });
});
