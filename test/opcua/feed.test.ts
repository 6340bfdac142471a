/** What a session delivers, and when: the publish loop against answers of a server that come when the test says. */
import type { PublishResponse } from 'node-opcua-client';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { LinesideError } from '#agent/errors.js';
import { Feed } from '#agent/sources/opcua/feed.js';
import { Gaps } from '#agent/sources/opcua/gaps.js';
import { type Library, loadLibrary } from '#agent/sources/opcua/library.js';
import { Observer } from '#agent/sources/opcua/observer.js';
import type { Session } from '#agent/sources/opcua/session.js';
import { StandingFaults } from '#agent/sources/opcua/standing.js';
import { ManualClock } from '../simulators/clock.ts';
import { memoryLog } from '../simulators/log.ts';

const NAMES = ['trigger', 'serial', 'recipe'];
const [TRIGGER, SERIAL, RECIPE] = [0, 1, 2];
const FAST = { id: 1, publishing: 1, keepsAlive: true };
const BATCH = { id: 2, publishing: 50, keepsAlive: true };

describe('a feed', () => {
  let ua: Library;
  let clock: ManualClock;
  let feed: Feed;
  let given: string[];
  let lost: LinesideError[];
  /** Answers one of the requests that wait. */
  let answer: (subscription: number, number: number, handles: readonly number[]) => void;
  beforeAll(async () => {
    ua = await loadLibrary(memoryLog());
  });
  beforeEach(() => {
    clock = new ManualClock();
    given = [];
    lost = [];
    const waiting: ((fault: null, response: PublishResponse) => void)[] = [];
    const client = { publish: (_: unknown, answered: (typeof waiting)[number]) => void waiting.push(answered) };
    const session = { ua, clock, server: 'plc', client } as unknown as Session;
    const observer = new Observer({
      server: 'plc',
      clock,
      names: NAMES,
      standing: new StandingFaults(),
      bySourceTime: () => true,
      leftOut: () => [],
      gaps: new Gaps(),
      onSkew: () => {},
    });
    feed = new Feed(session, {
      subscriptions: [FAST, BATCH],
      names: NAMES,
      silence: 10_000,
      emit: (name, { arrived }) => given.push(`${name} ${arrived}`),
      observer,
      lost: (fault) => lost.push(fault),
    });
    answer = (subscriptionId, sequenceNumber, handles) => {
      const monitoredItems = handles.map((clientHandle) => ({ clientHandle, value: { value: { dataType: ua.DataType.Int32, value: 1 } } }));
      const notificationData = [new ua.DataChangeNotification({ monitoredItems })];
      const notificationMessage = { sequenceNumber, notificationData };
      waiting.shift()?.(null, new ua.PublishResponse({ subscriptionId, notificationMessage }));
    };
    feed.start();
  });
  afterEach(() => feed.stop());

  it('keeps a trigger back until every other tag has told its first value, and has it come with its own time', async () => {
    answer(1, 1, [TRIGGER, SERIAL]);
    await clock.advance(20);
    feed.complete(NAMES.length);
    answer(1, 2, [TRIGGER]);
    expect(given).toEqual([]);
    await clock.advance(30);
    answer(2, 1, [RECIPE]);
    expect(given).toEqual(['trigger 0', 'serial 0', 'trigger 20', 'recipe 50']);
    answer(1, 3, [TRIGGER]);
    expect(given.at(-1)).toBe('trigger 50');
  });

  it('keeps it back no longer than 100 ms after all are monitored', async () => {
    answer(1, 1, [TRIGGER]);
    feed.complete(NAMES.length);
    await clock.advance(99);
    expect(given).toEqual([]);
    await clock.advance(1);
    expect(given).toEqual(['trigger 0']);
  });

  it('delivers at once where all had told by the time that they were monitored, and where there is nothing to wait for', () => {
    answer(1, 1, [TRIGGER, SERIAL, RECIPE]);
    expect(given).toEqual([]);
    feed.complete(NAMES.length);
    expect(given).toHaveLength(3);
  });

  it('keeps no more back than it can hold', () => {
    const many = Array.from({ length: 10_000 }, () => TRIGGER);
    answer(1, 1, many);
    answer(1, 2, many);
    expect(given).toHaveLength(0);
    answer(1, 3, [TRIGGER]);
    expect(given).toHaveLength(20_001);
  });

  it('delivers nothing of what it kept back once it has ended', async () => {
    answer(1, 1, [TRIGGER]);
    feed.complete(NAMES.length);
    feed.stop();
    await clock.advance(200);
    expect(given).toEqual([]);
  });

  it('ends at a notification that was skipped, and delivers nothing of the one that showed it', () => {
    answer(1, 1, [TRIGGER, SERIAL, RECIPE]);
    feed.complete(NAMES.length);
    answer(1, 4, [TRIGGER]);
    expect(lost.map(({ code, details }) => [code, details['count']])).toEqual([['OPCUA_GAPS', 2]]);
    expect(given).toHaveLength(3);
  });
});
