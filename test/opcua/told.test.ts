/** What a server does otherwise than asked, or cannot do: told with its cause while it lasts, and the other tags go on. */
import { beforeEach, describe, expect, test } from 'vitest';
import { isBad } from '#agent/contracts/index.js';
import type { LinesideError } from '#agent/errors.js';
import { Gaps } from '#agent/sources/opcua/gaps.js';
import { Observer } from '#agent/sources/opcua/observer.js';
import { StandingFaults } from '#agent/sources/opcua/standing.js';
import { tag, tagServerRig } from '../contracts/tag-server-rig.ts';
import { ManualClock } from '../simulators/clock.ts';
import { type OpcuaServerKind, type OpcuaSimulator, startOpcuaServer } from '../simulators/opcua.ts';

const HOUR = 3_600_000;

describe.each<OpcuaServerKind>(['asyncua', 'node-opcua'])('told of %s', (kind) => {
  const rig = tagServerRig(() => startOpcuaServer(kind));
  const standing = (code: string) => rig.recorder.standing.find((fault) => fault.code === code);
  const until = (holds: () => boolean) => rig.recorder.until(holds);
  const tags = { Counter: tag('Counter'), Serial: tag('Serial'), PartPresent: tag('PartPresent', { sampling: 10 }) };

  test.each([
    [2 * HOUR, 'is 2 h ahead of the clock of this box'],
    [-2 * HOUR, 'is 2 h behind the clock of this box'],
    // Since it was switched on, a quarter of an hour ago.
    [-(Math.floor(Date.now() / 60_000) * 60_000 - 900_000), 'was never set or has lost its time: it says 1970-01-01'],
  ])('a clock that is %s ms off, until it is right', { timeout: 60_000 }, async (off, words) => {
    const server = rig.create({ tags });
    await rig.up(server);
    await pulseUntil(
      rig.plc,
      () => Date.now() + off,
      () => standing('OPCUA_CLOCK') !== undefined,
    );
    expect(standing('OPCUA_CLOCK')?.sentence).toContain(words);
    expect(standing('OPCUA_CLOCK')?.next).toContain('frame: {clock: arrival}');
    expect(Math.round((server.clockSkew() ?? 0) / 60_000)).toBe(off / 60_000);
    await pulseUntil(
      rig.plc,
      () => Date.now(),
      () => standing('OPCUA_CLOCK') === undefined,
    );
    expect(Math.abs(server.clockSkew() ?? HOUR)).toBeLessThan(500);
  });

  test('a time of 1601 or 9999 is none, and no clock that is off', async () => {
    await rig.up(rig.create({ tags }));
    const years = [Date.UTC(1601, 0, 1, 0, 0, 1), Date.UTC(9999, 11, 31)];
    for (const [at, source] of years.entries()) {
      await rig.plc.set({ Counter: 70 + at }, { source });
      await rig.recorder.value('Counter', 70 + at);
      expect(rig.recorder.last('Counter')?.source).toBeNull();
    }
  });

  test('a text that is longer than any part id is a bad value with a reason, and the next one is good', { timeout: 30_000 }, async () => {
    await rig.up(rig.create({ tags }));
    await rig.plc.set({ Serial: 'x'.repeat(1_000_000) });
    await until(() => rig.recorder.last('Serial')?.status === 0x80080000);
    expect(rig.recorder.last('Serial')?.value).toBeNull();
    await until(() => standing('OPCUA_TOO_LARGE')?.sentence.includes('Serial') === true);
    await rig.plc.set({ Serial: 'P1' });
    await rig.recorder.value('Serial', 'P1');
    await until(() => standing('OPCUA_TOO_LARGE') === undefined);
  });

  test('a value beyond every message costs its own tag and not the others', { timeout: 90_000 }, async () => {
    const server = rig.create({ tags, silence: 4000 });
    await rig.kept(server);
    await rig.plc.set({ Serial: 'x'.repeat(10 * 2 ** 20), Counter: 1 });
    await until(() => standing('OPCUA_TOO_LARGE')?.sentence.includes('Serial') === true);
    const { onlines } = rig.recorder;
    await rig.plc.set({ Counter: 4711 });
    await rig.recorder.value('Counter', 4711);
    expect(rig.recorder.last('Serial')?.value).toBeNull();
    expect(isBad(rig.recorder.last('Serial')?.status ?? 0)).toBe(true);
    expect(rig.recorder.onlines).toBe(onlines);
  });
});

describe('told of what the server made of the wishes', () => {
  const rig = tagServerRig(() => startOpcuaServer('node-opcua', { sampling: 1000 }));

  test('10 ms that became 1000 ms, with the tag, the wish and what is granted', async () => {
    const server = rig.create({
      tags: { part_present: tag('PartPresent', { sampling: 10 }), counter: tag('Counter', { sampling: 1000 }) },
    });
    await rig.up(server);
    await rig.recorder.until(() => rig.recorder.standing.length > 0);
    expect(rig.recorder.standing.map(({ code }) => code)).toEqual(['OPCUA_REVISED']);
    expect(rig.recorder.standing[0]?.sentence).toContain('part_present every 1000 ms instead of 10 ms');
    expect(rig.recorder.standing[0]?.sentence).not.toContain('counter');
    expect(server.granted().get('part_present')).toMatchObject({ asked: { sampling: 10 }, sampling: 1000 });
  });
});

describe('told of items that the server does not monitor', () => {
  const refused = {
    Serial: 'BadUserAccessDenied',
    Counter: 'BadNotReadable',
    DieTemp: 'BadSecurityModeInsufficient',
    AByte: 'BadNodeIdUnknown',
    AnInt16: 'BadIndexRangeNoData',
  };

  describe('one by one', () => {
    const rig = tagServerRig(() => startOpcuaServer('node-opcua', { refused, noFilters: true }));

    test('each with what can be done about it, and the others go on', async () => {
      const names = [...Object.keys(refused), 'Line', 'PartPresent'];
      const server = rig.create({ tags: Object.fromEntries(names.map((name) => [name, tag(name)])) });
      await rig.up(server);
      expect(Object.fromEntries([...rig.recorder.faulty].map(([name, { code }]) => [name, code]))).toEqual({
        Serial: 'OPCUA_TAG_DENIED',
        Counter: 'OPCUA_TAG_DENIED',
        DieTemp: 'OPCUA_TAG_DENIED',
        AByte: 'OPCUA_NODE_UNKNOWN',
        AnInt16: 'OPCUA_ITEM_REFUSED',
        Line: 'OPCUA_NO_VARIABLE',
      });
      expect(rig.recorder.faulty.get('Serial')?.message).toContain('tag Serial: BadUserAccessDenied');
      expect(rig.recorder.faulty.get('Serial')?.next).toContain('node nsu=urn:press;s=Serial');
      expect(rig.recorder.faulty.get('AnInt16')?.message).toContain('BadIndexRangeNoData');
      await rig.plc.set({ PartPresent: true });
      await rig.recorder.value('PartPresent', true);
    });

    test('that is only written is none', async () => {
      await rig.up(rig.create({ tags: { Counter: tag('Counter', { writable: true }), Serial: tag('Serial', { writable: true }) } }));
      expect([...rig.recorder.faulty.keys()]).toEqual(['Serial']);
    });

    test('with a deadband, which it does not do: they are monitored without, and that stands', async () => {
      const tags = { AFloat: tag('AFloat', { deadband: 5 }), ADuration: tag('ADuration', { deadband: 5 }), AnInt32: tag('AnInt32') };
      await rig.up(rig.create({ tags }));
      await rig.recorder.until(() => rig.recorder.standing.length > 0);
      expect(rig.recorder.standing.map(({ code, details }) => [code, details['tags']])).toEqual([
        ['OPCUA_NO_DEADBAND', 'AFloat; ADuration'],
      ]);
      expect(rig.recorder.faulty.size).toBe(0);
      await rig.plc.set({ AFloat: 2.5 });
      await rig.recorder.value('AFloat', 2.5);
    });
  });

  describe('since it is full', () => {
    const rig = tagServerRig(() => startOpcuaServer('node-opcua', { items: 3 }));

    test('those that have room go on', async () => {
      const names = ['Serial', 'Counter', 'DieTemp', 'AByte', 'AnInt16'];
      await rig.up(rig.create({ tags: Object.fromEntries(names.map((name) => [name, tag(name)])) }));
      expect([...rig.recorder.faulty].map(([name, { code }]) => [name, code])).toEqual([
        ['AByte', 'OPCUA_ITEMS_FULL'],
        ['AnInt16', 'OPCUA_ITEMS_FULL'],
      ]);
      await rig.plc.set({ Counter: 7 });
      await rig.recorder.value('Counter', 7);
    });
  });
});

describe('told of losses', () => {
  describe('by messages and their numbers', () => {
    let clock: ManualClock;
    let faults: readonly LinesideError[];
    let observer: Observer;
    beforeEach(() => {
      clock = new ManualClock();
      faults = [];
      const standing = new StandingFaults();
      standing.stateTo((list) => {
        faults = list;
      });
      observer = new Observer({
        server: 'plc',
        clock,
        names: ['counter'],
        standing,
        gaps: new Gaps(),
        bySourceTime: () => true,
        leftOut: () => [],
        onSkew: () => {},
      });
      observer.start();
    });
    test('changes that a full queue dropped, by the overflow bit of the value after them', async () => {
      const sample = { value: 1, source: null, server: null, received: 0, arrived: 0 };
      for (const status of [0, 0x480, 0]) observer.sample(0, { ...sample, status });
      await clock.advance(1000);
      expect(faults.map(({ code, sentence }) => [code, sentence.includes('counter')])).toEqual([['OPCUA_OVERFLOW', true]]);
      await clock.advance(70_000);
      expect(faults).toEqual([]);
    });

    const messages = (...numbers: readonly (number | 'k')[]) => {
      let last = 0;
      return numbers.map((number) => {
        if (number !== 'k') last = number;
        return observer.message(1, number === 'k' ? last + 1 : number, number !== 'k');
      });
    };

    test('three that never came, for a minute', async () => {
      expect(messages(1, 2, 3, 7, 8)).toEqual([0, 0, 0, 3, 0]);
      await clock.advance(1000);
      expect(faults.map(({ sentence }) => sentence)).toEqual([expect.stringContaining('skipped 3 notifications')]);
      await clock.advance(70_000);
      expect(faults).toEqual([]);
    });

    test('by a server that skips again and again, each time after twice as long, and no sooner', () => {
      const gaps = new Gaps();
      const endedOf = (minutes: readonly number[]) => minutes.filter((minute) => gaps.note(1, minute * 60_000));
      expect(endedOf([0, 0.5, 1, 2.9, 3, 6, 7, 14, 15, 30, 31])).toEqual([0, 1, 3, 7, 15, 31]);
      const days = Array.from({ length: 12 }, (_, i) => (i + 1) * 2 * 1440);
      expect(endedOf(days)).toEqual(days);
      const last = days.at(-1) ?? 0;
      expect(endedOf([last + 1439, last + 1440])).toEqual([last + 1440]);
    });

    test('are counted together for a minute after the last', () => {
      const gaps = new Gaps();
      gaps.note(2, 0);
      gaps.note(3, 60_000);
      expect([gaps.standing(60_000), gaps.standing(120_000), gaps.standing(120_001)]).toEqual([5, 5, 0]);
      gaps.note(1, 200_000);
      expect(gaps.standing(200_000)).toBe(1);
    });

    test('keep-alives are no gap, nor at servers that count them', async () => {
      messages(1, 'k', 'k', 2, 3, 'k', 5, 6, 'k', 8);
      await clock.advance(10_000);
      expect(faults).toEqual([]);
    });
  });
});

/** Changes a tag, with source times of this clock, until `holds`. */
async function pulseUntil(plc: OpcuaSimulator, clock: () => number, holds: () => boolean): Promise<void> {
  for (let k = 1; !holds(); k++) {
    await plc.set({ Counter: k, PartPresent: k % 2 === 0 }, { source: clock() });
    await new Promise((resolve) => setTimeout(resolve, 60));
  }
}
