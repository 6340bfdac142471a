import { describe, expect, it } from 'vitest';
import type { StationConfig } from '#agent/config/schema.js';
import type { TagValue, Trigger } from '#agent/contracts/index.js';
import { Namer, type NamesMemory, type PartNames } from '#agent/stations/names.js';
import { SKEW } from '#agent/stations/pairing.js';
import type { StationSpec } from '#agent/stations/ports.js';
import { Plant, stationConfig } from '../simulators/station.ts';

/** What a tag says, set by the PLC `agoMs` before it arrives; null: without a time of the source. */
interface Said {
  readonly agoMs?: number | null;
}

/** A line whose triggers are asked for their names, one by one. */
function lineWith(
  config: Partial<StationConfig>,
  prepare: (plant: Plant) => void = () => {},
  memory?: NamesMemory,
  nodes = new Map<string, string>(),
) {
  const plant = new Plant();
  prepare(plant);
  const spec = { name: 'outlet', config: { ...stationConfig, ...config }, nodes } as unknown as StationSpec;
  const namer = new Namer(spec, plant.ports([]), memory);
  const { clock } = plant;
  const given: { at: number; names: PartNames }[] = [];
  return {
    plant,
    namer,
    given,
    says: (tag: string, value: TagValue, { agoMs = 1 }: Said = {}) => {
      plant.tags.update(tag, {
        value,
        status: 0,
        source: agoMs === null ? null : clock.now() - agoMs,
        server: null,
        received: clock.now(),
        arrived: clock.elapsed(),
      });
      plant.plcValues.set(tag, value);
    },
    /** A trigger that the PLC has just set; its names have to be known within 160 ms. */
    trigger: (more: Partial<Trigger> = {}, patience = 160) => {
      const now = { at: clock.now(), received: clock.now(), arrived: clock.elapsed() };
      const asked = namer.namesFor({ kind: 'tag', stamped: true, ...now, ...more }, clock.elapsed() + patience);
      void asked.then((names) => given.push({ at: clock.elapsed(), names }));
    },
  };
}

const both = { part: 'plc.serial', counter: 'plc.counter' };
const pair = ({ part, counter }: PartNames) => [part, counter];
/** A life before in which the last part had this name. */
const named = (taken: string, tag = 'plc.serial'): NamesMemory => ({ part: { tag, taken, order: null, arrivals: 1 }, counter: null });
const why = ({ fault }: PartNames) => fault?.details['why'];
const LATE = 'it did not come in time';
const UNCLEAR = 'what the server sent fits more than one part';
const SAME = 'neither its id nor its number has changed since the part before';
const ONE_ONLY = 'of its id and its number only one has changed since the part before';

describe('a line where nobody names parts', () => {
  it.each([{}, { part: { code: 'top', formats: [] } } as Partial<StationConfig>])(
    'gives no names, at once and without a fault',
    async (config) => {
      const { plant, namer, given, trigger } = lineWith(config);
      trigger();
      await plant.clock.advance(0);
      expect(namer.isTold).toBe(false);
      expect(given).toEqual([{ at: 0, names: { part: null, counter: null, fault: null, passed: new Map() } }]);
      expect([plant.reads, plant.clock.pending]).toEqual([[], 0]);
    },
  );
});

describe('the names of a trigger', () => {
  it('are there at once where id and number came with it', async () => {
    const { plant, namer, given, says, trigger } = lineWith(both);
    says('plc.serial', 'S1');
    says('plc.counter', 1);
    trigger();
    await plant.clock.advance(0);
    expect(namer.isTold).toBe(true);
    expect(given).toEqual([{ at: 0, names: { part: 'S1', counter: 1, fault: null, passed: new Map() } }]);
    expect([plant.reads, plant.clock.pending]).toEqual([[], 0]);
  });

  it.each([
    ['an id', { part: 'plc.serial' }, 'S1', ['S1', null]],
    ['a number', { counter: 'plc.serial' }, 900, ['900', 900]],
    ['a number that is a text', { counter: 'plc.serial' }, '17', ['17', 17]],
    ['a number that is none', { counter: 'plc.serial' }, 'A7', ['A7', null]],
    ['a number that has no end', { counter: 'plc.serial' }, Number.POSITIVE_INFINITY, ['Infinity', null]],
    ['one for both', { part: 'plc.serial', counter: 'plc.serial' }, 12, ['12', 12]],
  ] as const)('are what the PLC tells: %s', async (_, config, value, wanted) => {
    const { plant, namer, given, says, trigger } = lineWith(config);
    says('plc.serial', value);
    trigger();
    await plant.clock.advance(0);
    expect(namer.isTold).toBe(true);
    expect(given.map(({ names }) => [pair(names), names.fault])).toEqual([[wanted, null]]);
  });

  it('of one tag are asked for once, and are of no other parts', async () => {
    const { plant, given, says, trigger } = lineWith({ part: 'plc.serial', counter: 'plc.serial' });
    for (const value of [11, 12, 13]) {
      says('plc.serial', value);
      plant.clock.standStill(2);
    }
    trigger();
    await plant.clock.advance(1);
    plant.plcValues.clear();
    trigger();
    await plant.clock.advance(SKEW);
    expect(plant.reads.map(({ at }) => at)).toEqual([7, 7 + SKEW]);
    expect(given.map(({ names }) => names)).toEqual([{ part: '13', counter: 13, fault: null, passed: new Map() }]);
  });

  it('may come a little after it: they are its own when nobody else comes for them', async () => {
    const { plant, given, says, trigger } = lineWith(both);
    says('plc.serial', 'S1');
    says('plc.counter', 1);
    trigger();
    await plant.clock.advance(100);
    trigger();
    await plant.clock.advance(4);
    says('plc.serial', 'S2', { agoMs: 2 });
    says('plc.counter', 2, { agoMs: 2 });
    await plant.clock.advance(SKEW - 1);
    expect(given).toHaveLength(1);
    // Nothing else is heard: it looks again by itself.
    await plant.clock.advance(SKEW);
    expect(given.map(({ names }) => pair(names))).toEqual([
      ['S1', 1],
      ['S2', 2],
    ]);
    expect(given[1]?.at).toBeLessThan(100 + 3 * SKEW);
  });

  it('of a session that has ended are asked for in the next one', async () => {
    const { plant, given, says, trigger } = lineWith(both);
    says('plc.serial', 'S1');
    says('plc.counter', 1);
    trigger();
    await plant.clock.advance(100);
    says('plc.serial', 'S2');
    for (const tag of Object.values(both)) plant.tags.lost(tag, plant.clock.elapsed());
    await plant.clock.advance(1000);
    plant.plcValues.set('plc.serial', 'S9');
    plant.plcValues.set('plc.counter', 9);
    trigger();
    await plant.clock.advance(2 * SKEW);
    expect(given.map(({ names }) => pair(names))).toEqual([
      ['S1', 1],
      ['S9', 9],
    ]);
  });

  const learned = { order: null, arrivals: 0 };
  const done = { part: { tag: 'plc.serial', taken: 'S1', ...learned }, counter: { tag: 'plc.counter', taken: '1', ...learned } };

  it('is none where only the number is another than that of the last part of the life before', async () => {
    const { plant, given, says, trigger } = lineWith(both, () => {}, done);
    says('plc.serial', 'S1', { agoMs: 5000 });
    says('plc.counter', 2);
    trigger();
    await plant.clock.advance(2 * SKEW);
    expect(given.map(({ names }) => [...pair(names), why(names)])).toEqual([[null, 2, ONE_ONLY]]);
  });

  it('is asked for anew where another tag has to give it, or another PLC stands behind the tag', async () => {
    const before = { part: { tag: 'plc.serial', taken: 'S1', order: 'before' as const, arrivals: 10 }, counter: null };
    const other = lineWith({ part: 'plc.code' }, () => {}, before);
    expect(other.namer.memory.part).toEqual({ tag: 'plc.code', node: 'plc.code', taken: null, order: null, arrivals: 0 });
    const { plant, namer } = lineWith({ part: 'plc.serial' }, () => {}, before);
    plant.tags.lost('plc.serial', plant.clock.elapsed());
    expect(namer.memory.part).toEqual({ ...before.part, node: 'plc.serial' });
    plant.tags.forget('plc.serial');
    expect(namer.memory.part).toEqual({ tag: 'plc.serial', node: 'plc.serial', taken: null, order: null, arrivals: 0 });
  });

  it('is of the node, not of the tag, where that was changed while the agent was off', () => {
    const nodes = new Map([['plc.serial', 'opc.tcp://press ns=2;s=Serial']]);
    const saved = lineWith({ part: 'plc.serial' }, () => {}, named('S1'), nodes).namer.memory;
    expect(saved.part).toMatchObject({ node: 'opc.tcp://press ns=2;s=Serial', taken: 'S1', arrivals: 1 });
    const takenBy = (tag: string, node: string) => lineWith({ part: tag }, () => {}, saved, new Map([[tag, node]])).namer.memory.part;
    expect(takenBy('plc.serial', 'opc.tcp://press ns=2;s=Serial')).toEqual(saved.part);
    expect(takenBy('plc.id', 'opc.tcp://press ns=2;s=Serial')).toEqual({ ...saved.part, tag: 'plc.id' });
    expect(takenBy('plc.serial', 'opc.tcp://press2 ns=2;s=Serial')).toMatchObject({ taken: null, order: null, arrivals: 0 });
  });

  it('is remembered for the next life', async () => {
    const { plant, namer, says, trigger } = lineWith(both);
    says('plc.serial', 'S1');
    says('plc.counter', 1);
    trigger();
    await plant.clock.advance(50);
    expect(namer.memory).toEqual({
      part: { tag: 'plc.serial', node: 'plc.serial', taken: 'S1', order: null, arrivals: 0 },
      counter: { tag: 'plc.counter', node: 'plc.counter', taken: '1', order: null, arrivals: 0 },
    });
    expect(lineWith({}).namer.memory).toEqual({ part: null, counter: null });
  });

  it('of the last part of the life before are of no part of this one', async () => {
    const { plant, given, says, trigger } = lineWith(both, () => {}, done);
    says('plc.serial', 'S1', { agoMs: 5000 });
    says('plc.counter', 1, { agoMs: 5000 });
    await plant.clock.advance(100);
    trigger();
    await plant.clock.advance(5);
    says('plc.serial', 'S2');
    says('plc.counter', 2);
    await plant.clock.advance(2 * SKEW);
    expect(given.map(({ names }) => pair(names))).toEqual([['S2', 2]]);
  });

  it('of a session that has ended are asked for in the next one, however long ago they were set', async () => {
    const { plant, given, says, trigger } = lineWith({ part: 'plc.serial' });
    says('plc.serial', 'S1');
    plant.tags.lost('plc.serial', plant.clock.elapsed());
    await plant.clock.advance(1000);
    plant.plcValues.set('plc.serial', 'S1');
    plant.plcStamps.set('plc.serial', plant.clock.now() - 700);
    trigger();
    await plant.clock.advance(2 * SKEW);
    expect(given.map(({ names }) => pair(names))).toEqual([['S1', null]]);
  });

  it('that do not come are none when the time for them is over, and not before', async () => {
    const { plant, given, trigger } = lineWith(both);
    trigger({}, 90);
    await plant.clock.advance(89);
    expect(given).toEqual([]);
    await plant.clock.advance(1);
    expect(given.map(({ at, names }) => [at, pair(names), names.fault?.code, why(names)])).toEqual([
      [90, [null, null], 'PART_UNNAMED', LATE],
    ]);
    expect(given[0]?.names.fault?.details['station']).toBe('outlet');
    await plant.clock.advance(SKEW);
    expect(plant.clock.pending).toBe(0);
  });

  it('are none at once where the time for them was over before it came', async () => {
    const { plant, given, trigger } = lineWith(both);
    await plant.clock.advance(500);
    trigger({}, -100);
    await plant.clock.advance(0);
    expect(given.map(({ at, names }) => [at, why(names)])).toEqual([[500, LATE]]);
  });

  it('are none, at once, where two triggers and one name came together', async () => {
    const { plant, given, says, trigger } = lineWith({ part: 'plc.serial' }, () => {}, named('S0'));
    const unstamped = { stamped: false, received: 0 };
    says('plc.serial', 'S0', { agoMs: null });
    await plant.clock.advance(500);
    for (const text of ['S1', 'S2']) says('plc.serial', text, { agoMs: null });
    trigger({ ...unstamped, batch: { size: 2, index: 0, open: false } });
    trigger({ ...unstamped, batch: { size: 2, index: 1, open: false } });
    await plant.clock.advance(0);
    expect(given.map(({ at, names }) => [at, names.part])).toEqual([
      [500, 'S1'],
      [500, 'S2'],
    ]);
    says('plc.serial', 'S3', { agoMs: null });
    trigger({ ...unstamped, batch: { size: 2, index: 0, open: false } });
    trigger({ ...unstamped, batch: { size: 2, index: 1, open: false } });
    await plant.clock.advance(0);
    expect(given.slice(2).map(({ at, names }) => [at, names.part, why(names)])).toEqual([
      [500, null, UNCLEAR],
      [500, null, UNCLEAR],
    ]);
  });

  it('of an unstamped trigger go by their order, whatever times the tags carry', async () => {
    const { plant, given, says, trigger } = lineWith({ part: 'plc.serial' });
    says('plc.serial', 'S0');
    trigger({ stamped: false });
    await plant.clock.advance(300);
    says('plc.serial', 'S1', { agoMs: -3_600_000 });
    trigger({ stamped: false });
    await plant.clock.advance(2 * SKEW);
    expect(given.map(({ names }) => names.part).at(-1)).toBe('S1');
  });

  it('go by times only where tag and trigger are of one server', async () => {
    // The clock of the other server is an hour ahead.
    for (const [tag, known] of [
      ['mes.serial', 'S1'],
      ['plc.serial', null],
    ] as const) {
      const { plant, given, says, trigger } = lineWith({ part: tag }, () => {}, named('S0', tag));
      says(tag, 'S0', { agoMs: 5000 });
      trigger();
      await plant.clock.advance(300);
      plant.plcValues.clear();
      says(tag, 'S1', { agoMs: -3_600_000 });
      plant.plcValues.clear();
      trigger();
      await plant.clock.advance(200);
      expect(given.at(-1)?.names.part).toBe(known);
    }
  });

  it('are the last ones again where the PLC still shows them a moment after the trigger', async () => {
    const { plant, given, says, trigger } = lineWith(both, (p) => p.tag('plc.serial', 'batch 7', { agoMs: 60_000 }));
    says('plc.counter', 1);
    trigger();
    await plant.clock.advance(SKEW - 1);
    expect(given).toEqual([]);
    await plant.clock.advance(1);
    expect(given.map(({ at, names }) => [at, pair(names), names.fault])).toEqual([[SKEW, ['batch 7', 1], null]]);
  });

  it('are the same again for part after part of one batch', async () => {
    const { plant, given, says, trigger } = lineWith({ part: 'plc.serial' });
    says('plc.serial', 'batch 7');
    for (let i = 0; i < 3; i++) {
      trigger();
      await plant.clock.advance(200);
    }
    expect(given.map(({ names }) => [names.part, names.fault])).toEqual(Array(3).fill(['batch 7', null]));
  });

  it('of a trigger that came in no notification are the last ones that were there', async () => {
    const { plant, given, says, trigger } = lineWith({ part: 'plc.serial' });
    await plant.clock.advance(100);
    for (const text of ['S1', 'S2']) says('plc.serial', text, { agoMs: null });
    await plant.clock.advance(1);
    trigger({ kind: 'timer', stamped: false });
    await plant.clock.advance(0);
    expect(given.map(({ names }) => names.part)).toEqual(['S2']);
  });

  it.each([
    ['id', 'plc.serial', 'S2', ['S2', null]],
    ['number', 'plc.counter', 2, [null, 2]],
  ] as const)('are half known where only the %s has changed: the other one is the part’s before', async (_, tag, value, wanted) => {
    const { plant, given, says, trigger } = lineWith(both);
    says('plc.serial', 'S1');
    says('plc.counter', 1);
    trigger();
    await plant.clock.advance(500);
    says(tag, value);
    trigger();
    await plant.clock.advance(200);
    expect(given.slice(1).map(({ names }) => [pair(names), why(names)])).toEqual([[wanted, ONE_ONLY]]);
  });

  it('are none where both are those of the last part of the life before: the PLC may be late', async () => {
    const { plant, given, says, trigger } = lineWith(both, () => {}, done);
    says('plc.serial', 'S1', { agoMs: 5000 });
    says('plc.counter', 1, { agoMs: 5000 });
    trigger();
    await plant.clock.advance(200);
    expect(given.map(({ names }) => [pair(names), why(names)])).toEqual([[[null, null], SAME]]);
  });

  it('are both the same again where neither has changed', async () => {
    const { plant, given, says, trigger } = lineWith(both);
    says('plc.serial', 'S1');
    says('plc.counter', 1);
    for (let i = 0; i < 2; i++) {
      trigger();
      await plant.clock.advance(200);
    }
    expect(given.map(({ names }) => [pair(names), names.fault])).toEqual([
      [['S1', 1], null],
      [['S1', 1], null],
    ]);
  });

  it.each(['plc.serial', 'plc.counter'])(
    'are none where %s is not known and the other one has not changed: both may be late',
    async (tag) => {
      const { plant, given, says, trigger } = lineWith(both);
      says('plc.serial', 'S1');
      says('plc.counter', 1);
      trigger();
      await plant.clock.advance(500);
      plant.plcValues.delete(tag);
      trigger();
      await plant.clock.advance(200);
      expect(given.slice(1).map(({ names }) => [pair(names), why(names)])).toEqual([[[null, null], LATE]]);
    },
  );

  it('lack the number, and say why, where only that did not come', async () => {
    const { plant, given, says, trigger } = lineWith(both);
    says('plc.serial', 'S1');
    trigger();
    await plant.clock.advance(200);
    expect(given.map(({ names }) => [pair(names), why(names)])).toEqual([[['S1', null], LATE]]);
  });
});

describe('what passed between two triggers', () => {
  const passing = async (parts: readonly (readonly [serial: string | null, counter: number | null])[]) => {
    const { plant, given, says, trigger } = lineWith(both);
    says('plc.serial', 'S1');
    says('plc.counter', 1);
    trigger();
    await plant.clock.advance(100);
    for (const [serial, counter] of parts) {
      if (serial !== null) says('plc.serial', serial);
      if (counter !== null) says('plc.counter', counter);
      await plant.clock.advance(50);
    }
    trigger({ at: plant.clock.now() - 50 });
    await plant.clock.advance(200);
    return given.at(-1)?.names.passed;
  };

  it('is named where as many ids as numbers came, and the numbers follow each other up to the part at hand', async () => {
    const passed = await passing([
      ['S2', 2],
      ['S3', 3],
      ['S4', 4],
    ]);
    expect(passed).toEqual(
      new Map([
        [2, 'S2'],
        [3, 'S3'],
      ]),
    );
  });

  it.each([
    [
      'a number is left out',
      [
        ['S2', 2],
        ['S3', 3],
        ['S5', 5],
      ],
    ],
    [
      'a number among them is left out',
      [
        ['S2', 2],
        ['S3', 4],
        ['S5', 5],
      ],
    ],
    [
      'an id is missing',
      [
        ['S2', 2],
        [null, 3],
        ['S4', 4],
      ],
    ],
    [
      'a number is missing',
      [
        ['S2', 2],
        ['S3', null],
        ['S4', 4],
      ],
    ],
    [
      'numbers are none',
      [
        ['S2', 2],
        ['S3', Number.NaN],
        ['S4', 4],
      ],
    ],
  ] as const)('has no names where %s', async (_, parts) => {
    expect(await passing(parts)).toEqual(new Map());
  });
});

describe('reading a name through the session', () => {
  const known = (plant: Plant) => plant.tag('plc.serial', 'S0', { agoMs: 60_000 });

  it('is done at once, and once more when the name must stand there; not for ever', async () => {
    const { plant, given, trigger } = lineWith({ part: 'plc.serial' });
    await plant.clock.advance(1000);
    trigger();
    await plant.clock.advance(160);
    expect(plant.reads).toEqual([
      { at: 1000, tag: 'plc.serial', timeout: 10 * SKEW },
      { at: 1000 + SKEW, tag: 'plc.serial', timeout: 10 * SKEW },
    ]);
    expect(given).toHaveLength(1);
  });

  it('gives the name that was set beside the trigger, though no notification brings it', async () => {
    const { plant, given, trigger } = lineWith({ part: 'plc.serial' }, known);
    trigger();
    await plant.clock.advance(1000);
    plant.plcValues.set('plc.serial', 'S1');
    plant.plcStamps.set('plc.serial', plant.clock.now() + SKEW);
    trigger();
    await plant.clock.advance(2 * SKEW);
    expect(given.map(({ names }) => names.part)).toEqual(['S0', 'S1']);
  });

  it.each([
    ['set later', 'plc.serial', SKEW + 1],
    ['that carries no time', 'plc.serial', null],
    ['of another server, whose times tell nothing', 'mes.serial', 0],
  ] as const)('gives no name %s: it may be the next part’s', async (_, tag, stamp) => {
    const { plant, given, trigger } = lineWith({ part: tag }, (p) => p.tag(tag, 'S0', { agoMs: 60_000 }));
    await plant.clock.advance(1000);
    plant.plcValues.set(tag, 'S1');
    plant.plcStamps.set(tag, stamp === null ? null : plant.clock.now() + stamp);
    trigger();
    await plant.clock.advance(200);
    expect(given.map(({ names }) => [names.part, why(names)])).toEqual([[null, LATE]]);
  });

  it('is in vain where a notification of a later name overtakes the answer', async () => {
    const { plant, given, says, trigger } = lineWith({ part: 'plc.serial' }, known, named('S0'));
    await plant.clock.advance(1000);
    plant.readMs = 5;
    trigger();
    await plant.clock.advance(2);
    says('plc.serial', 'S1');
    plant.plcValues.set('plc.serial', 'S0');
    plant.plcStamps.set('plc.serial', plant.clock.now() - 60_000);
    await plant.clock.advance(2 * SKEW);
    expect(given.map(({ names }) => names.part)).toEqual(['S1']);
  });

  it('gives no name by time to a trigger without one', async () => {
    const { plant, given, trigger } = lineWith({ part: 'plc.serial' }, known);
    await plant.clock.advance(1000);
    plant.plcValues.set('plc.serial', 'S1');
    plant.plcStamps.set('plc.serial', plant.clock.now() - 1);
    trigger({ stamped: false });
    await plant.clock.advance(200);
    expect(given.map(({ names }) => names.part)).toEqual([null]);
  });

  it('of a part whose id is empty is not that of the part before, whose trigger nobody saw', async () => {
    const { plant, says, given, trigger } = lineWith({ part: 'plc.serial' });
    await plant.clock.advance(1000);
    says('plc.serial', 'S1', { agoMs: 900 });
    await plant.clock.advance(100);
    says('plc.serial', '', { agoMs: 2 });
    trigger();
    await plant.clock.advance(140);
    says('plc.serial', 'S3');
    await plant.clock.advance(100);
    expect(given.map(({ names }) => names.part)).toEqual([null]);
  });

  it.each(['', null, ['S1']])('gives no name in %j', async (value) => {
    const { plant, given, trigger } = lineWith({ part: 'plc.serial' });
    plant.plcValues.set('plc.serial', value);
    plant.plcStamps.set('plc.serial', plant.clock.now());
    trigger();
    await plant.clock.advance(200);
    expect(given.map(({ names }) => names.part)).toEqual([null]);
  });

  it('that fails is logged and costs nothing else', async () => {
    const { plant, given, trigger } = lineWith({ part: 'plc.serial' });
    plant.readFault = new Error('the session is gone');
    trigger();
    await plant.clock.advance(200);
    expect(given.map(({ names }) => why(names))).toEqual([LATE]);
    expect(plant.log.lines.at(-1)).toMatchObject({
      level: 'debug',
      details: { tag: 'plc.serial' },
      text: expect.stringContaining('the session is gone'),
    });
  });

  it('that answers when its trigger has its name is about nobody', async () => {
    const { plant, given, says, trigger } = lineWith({ part: 'plc.serial' });
    plant.readMs = 30;
    plant.plcValues.set('plc.serial', 'S9');
    plant.plcStamps.set('plc.serial', plant.clock.now());
    trigger();
    await plant.clock.advance(10);
    says('plc.serial', 'S1', { agoMs: 11 });
    await plant.clock.advance(40);
    expect(given.map(({ names }) => names.part)).toEqual(['S1']);
    plant.plcValues.clear();
    trigger();
    await plant.clock.advance(200);
    expect(given.map(({ names }) => names.part)).toEqual(['S1', null]);
  });
});

describe('a command', () => {
  it('that names the part is of that part', async () => {
    const { plant, given, says, trigger } = lineWith(both);
    says('plc.serial', 'S1');
    trigger({ kind: 'command', part: 'X' });
    await plant.clock.advance(0);
    expect(given).toEqual([{ at: 0, names: { part: 'X', counter: null, fault: null, passed: new Map() } }]);
    expect(plant.reads).toEqual([]);
  });

  it('that names none is of the part that stands there now, and leaves the line its names', async () => {
    const { plant, given, says, trigger } = lineWith(both);
    await plant.clock.advance(300);
    says('plc.serial', 'S1');
    says('plc.counter', 1);
    trigger({ kind: 'command' }, 75);
    await plant.clock.advance(0);
    trigger();
    await plant.clock.advance(0);
    expect(given.map(({ names }) => pair(names))).toEqual([
      ['S1', null],
      ['S1', 1],
    ]);
    expect(plant.reads).toEqual([{ at: 300, tag: 'plc.serial', timeout: 75 }]);
  });

  it.each([
    ['the PLC does not answer', both],
    ['the PLC names no parts', { counter: 'plc.counter' }],
  ])('that names none has no name where %s', async (_, config) => {
    const { plant, given, trigger } = lineWith(config);
    trigger({ kind: 'command' }, -5);
    await plant.clock.advance(0);
    expect(given.map(({ names }) => pair(names))).toEqual([[null, null]]);
    expect(plant.reads.map(({ timeout }) => timeout)).toEqual('part' in config ? [1] : []);
  });
});

describe('triggers that wait for their names', () => {
  it('are given up with one that came after them: they have waited longer', async () => {
    const { plant, given, says, trigger } = lineWith({ part: 'plc.serial' });
    trigger({}, 500);
    await plant.clock.advance(1);
    trigger({}, 100);
    await plant.clock.advance(1);
    trigger({}, 500);
    await plant.clock.advance(98);
    expect(given).toEqual([]);
    await plant.clock.advance(1);
    expect(given.map(({ at, names }) => [at, why(names)])).toEqual([
      [101, LATE],
      [101, LATE],
    ]);
    // The third one has its own name still to come.
    says('plc.serial', 'S3', { agoMs: 99 });
    await plant.clock.advance(0);
    expect(given.map(({ names }) => names.part)).toEqual([null, null, 'S3']);
  });

  it('end with the station, and nobody listens any more', async () => {
    const { plant, namer, given, says, trigger } = lineWith(both);
    for (let i = 0; i < 3; i++) trigger();
    await plant.clock.advance(5);
    namer.stop();
    await plant.clock.advance(0);
    expect(given.map(({ at, names }) => [at, why(names)])).toEqual([
      [5, LATE],
      [5, LATE],
      [5, LATE],
    ]);
    expect(plant.clock.pending).toBe(0);
    const asked = plant.reads.length;
    says('plc.serial', 'S1');
    await plant.clock.advance(500);
    expect([given.length, plant.reads.length, plant.clock.pending]).toEqual([3, asked, 0]);
  });
});
