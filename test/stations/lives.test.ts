import { describe, expect, it } from 'vitest';
import type { StationConfig } from '#agent/config/schema.js';
import type { AnswerNote, DecisionIntent, ModelSlot } from '#agent/contracts/index.js';
import { LinesideError } from '#agent/errors.js';
import { recall } from '#agent/stations/memory.js';
import { FakeFrame, Plant, stationConfig, surface } from '../simulators/station.ts';

const config = (more: Partial<StationConfig> = {}): StationConfig => ({ ...stationConfig, ...more });
const one = { slots: new Map([['', [surface]]]) };
const named = config({ part: 'plc.serial', counter: 'plc.counter' });
const numbered = config({ counter: 'plc.counter' });
const answerless = (({ answer: _, ...rest }: StationConfig) => rest as StationConfig)(stationConfig);

async function lifeOf(spec: Parameters<Plant['station']>[0], memory?: Parameters<Plant['station']>[1], prepare?: (plant: Plant) => void) {
  const plant = new Plant();
  prepare?.(plant);
  plant.tag('plc.present', false);
  const station = await plant.station(spec, memory);
  plant.written.splice(0);
  /** A part with these names, judged. */
  const part = async (serial: string | null, counter: number | null) => {
    if (serial !== null) plant.tag('plc.serial', serial);
    if (counter !== null) plant.tag('plc.counter', counter);
    await plant.part();
    await plant.clock.advance(250);
  };
  return { plant, station, part, saved: () => plant.records.at(-1)?.saved ?? null };
}
const note = (number: number, part: string | null, counter: number | null): AnswerNote => ({
  station: 'outlet',
  number,
  part,
  counter,
  verdict: 'nok',
  recipe: 'standard',
});
const textsOf = (plant: Plant) => plant.inspections.map(({ reasons }) => reasons.map(({ text }) => text));
const outcomes = (plant: Plant) => plant.inspections.map(({ part, counter, outcome }) => [part, counter, outcome]);

describe('over a restart', () => {
  it('rules go on from the parts before it, and the first part is no changeover', async () => {
    const first = await lifeOf({ config: config(), ...one });
    first.plant.models.set(surface.id, { ms: 5, score: 0.9 });
    for (let i = 0; i < 2; i++) await first.part(null, null);
    expect(first.plant.records.flatMap(({ decisions }) => decisions.filter(({ action }) => action === 'stop'))).toEqual([]);
    const second = await lifeOf({ config: config(), ...one }, { saved: first.saved(), lastSequence: 2 });
    second.plant.models.set(surface.id, { ms: 5, score: 0.9 });
    await second.part(null, null);
    expect(second.plant.records[0]?.decisions.map(({ action }) => action)).toEqual(['reject', 'stop']);
  });

  it('a changeover makes rules begin anew', async () => {
    const { plant, part } = await lifeOf({ config: config({ recipe: { tag: 'plc.product', default: 'standard' } }), ...one });
    plant.models.set(surface.id, { ms: 5, score: 0.9 });
    for (const product of ['a', 'a', 'b', 'b']) {
      plant.tag('plc.product', product);
      await part(null, null);
    }
    expect(plant.records.flatMap(({ decisions }) => decisions.map(({ action }) => action))).toEqual(Array(4).fill('reject'));
  });

  it('a changeover while the agent was away is one: rules begin anew, and so does what is counted of the product', async () => {
    const spec = { config: config({ recipe: { tag: 'plc.product', default: 'standard' } }), ...one };
    const lives = [['a', 'a'], ['a'], ['b']];
    const seen: unknown[] = [];
    let before: Parameters<typeof lifeOf>[1];
    for (const products of lives) {
      const { plant, station, part, saved } = await lifeOf(spec, before);
      plant.judge.changeover = () => seen.push('changeover');
      for (const product of products) {
        plant.tag('plc.product', product);
        await part(null, null);
      }
      seen.push([station.state.changeover?.recipe, station.state.changeover?.counters.ok, station.state.counters.ok]);
      before = { saved: saved(), lastSequence: station.state.counters.ok };
    }
    expect(seen).toEqual([['a', 2, 2], ['a', 3, 3], 'changeover', ['b', 1, 4]]);
  });

  it('a recipe that was forced is forgotten where the config does not have it any more', async () => {
    const first = await lifeOf({ config: config({ recipe: { default: 'standard', values: { 7: 'wide' } } }), ...one });
    first.station.forceRecipe('wide');
    const saved = first.plant.remembered.at(-1) ?? null;
    const again = await lifeOf({ config: config(), ...one }, { saved });
    expect(again.station.state.recipe).toBe('standard');
    expect(() => again.station.forceRecipe('wide')).toThrow('Station outlet has no recipe wide.');
  });

  it('parts that the station counts have the numbers after all that were answered', async () => {
    const first = await lifeOf({ config: config(), ...one });
    await first.part(null, null);
    const notes = [note(2, '2', null), note(3, '3', null), note(4, '4', null)];
    const before = { saved: first.saved(), lastSequence: 1, lastPart: '1', notes };
    const { plant, part } = await lifeOf({ config: config(), ...one }, before);
    // Nothing counts these parts: there is no trigger to wait for.
    expect(outcomes(plant)).toEqual(['2', '3', '4'].map((name) => [name, null, 'unrecorded']));
    await part(null, null);
    expect(plant.inspections.map(({ sequence, part: name }) => [sequence, name]).at(-1)).toEqual([5, '5']);
  });

  it('notes are of another journal where nothing was saved', async () => {
    const { plant } = await lifeOf({ config: named, ...one }, { notes: [note(2, 'S2', 2)] });
    await plant.clock.advance(2500);
    expect(plant.records).toEqual([]);
  });

  it('over a journal that went back, parts that were judged since are neither missed nor without a record, in no life', async () => {
    const first = await lifeOf({ config: named, ...one });
    await first.part('S1', 1);
    first.station.enable(false, 'user anna');
    const shows = (p: Plant) => {
      for (const [tag, value] of Object.entries({ verdict_part: 'S7', verdict: 2, serial: 'S7', counter: 7 }))
        p.plcValues.set(`plc.${tag}`, value);
    };
    const notes = Array.from({ length: 6 }, (_, i) => note(i + 2, `S${i + 2}`, i + 2));
    const before = { saved: first.plant.remembered.at(-1) ?? null, lastSequence: 1001, notes };
    const second = await lifeOf({ config: named, ...one }, { ...before, wentBack: true }, shows);
    await second.plant.clock.advance(2500);
    expect([second.plant.records, second.station.state.enabled]).toEqual([[], false]);
    // It died before its first part.
    const third = await lifeOf({ config: named, ...one }, { ...before, saved: second.plant.remembered.at(-1) ?? null }, shows);
    await third.plant.clock.advance(2500);
    expect([third.plant.records, third.station.state.enabled]).toEqual([[], false]);
    third.station.enable(true, 'user anna');
    await third.part('S8', 8);
    expect(outcomes(third.plant)).toEqual([['S8', 8, 'judged']]);
  });

  it('a record of a part without a name costs no memory', async () => {
    const first = await lifeOf({ config: named, ...one });
    await first.part(null, null);
    expect(first.plant.inspections).toMatchObject([{ part: null }]);
    first.station.enable(false, 'user anna');
    await first.part(null, null);
    const before = { saved: first.saved(), lastSequence: 2, notes: [note(3, null, null)] };
    expect(recall(before.saved).enabled).toBe(false);
    const second = await lifeOf({ config: named, ...one }, before);
    await second.plant.clock.advance(2500);
    expect(second.plant.inspections).toMatchObject([{ outcome: 'unrecorded', part: null }]);
    expect(recall(second.saved())).toMatchObject({ enabled: false, told: { parts: [] } });
  });

  it('a part is not found again in what the PLC still shows: told by this life, or by notes of the one before', async () => {
    const first = await lifeOf({ config: named, ...one });
    await first.part('S1', 1);
    await first.part('S2', 2);
    const shows = (serial: string) => (p: Plant) => {
      p.plcValues.set('plc.verdict_part', serial);
      p.plcValues.set('plc.verdict', 2);
    };
    const before = { saved: first.saved(), lastSequence: 2, lastPart: 'S2', lastCounter: 2 };
    const quiet = await lifeOf({ config: named, ...one }, before, shows('S1'));
    await quiet.plant.clock.advance(2500);
    expect(quiet.plant.inspections).toEqual([]);
    const noted = await lifeOf({ config: named, ...one }, { ...before, notes: [note(3, 'S3', 3)] }, shows('S3'));
    await noted.plant.clock.advance(2500);
    expect(outcomes(noted.plant)).toEqual([['S3', 3, 'unrecorded']]);
    // It shows the verdict that was noted, so it has it; of another one nobody knows whether it arrived.
    expect(noted.plant.inspections.map(({ answer }) => answer.state)).toEqual(['written']);
    const unsure = await lifeOf({ config: named, ...one }, { ...before, notes: [note(3, 'S3', 3)] }, shows('S2'));
    await unsure.plant.clock.advance(2500);
    expect(unsure.plant.inspections.map(({ answer }) => answer.state)).toEqual(['failed']);
  });

  it('the PLC is asked although the last part had no name', async () => {
    const shows = (p: Plant) => {
      p.plcValues.set('plc.verdict_part', '11');
      p.plcValues.set('plc.verdict', 2);
    };
    const { plant } = await lifeOf({ config: numbered, ...one }, { lastCounter: 10, lastSequence: 3 }, shows);
    await plant.clock.advance(2500);
    expect(outcomes(plant)).toEqual([['11', 11, 'unrecorded']]);
  });

  it('each part that was answered moves the memory by its own note, and no other does', async () => {
    const first = await lifeOf({ config: named, ...one });
    await first.part('S10', 10);
    const notes = [note(2, 'S11', 11), note(3, 'S13', 13)];
    const before = { saved: first.saved(), lastSequence: 1, lastPart: 'S10', lastCounter: 10, notes };
    const { plant, station } = await lifeOf({ config: named, ...one }, before);
    await plant.clock.advance(2500);
    const memories = plant.records.map(({ saved }) => recall(saved));
    expect(outcomes(plant).map(([name]) => name)).toEqual(['S11', null, 'S13']);
    expect(memories.map(({ progress }) => progress.taken)).toEqual([2, 2, 3]);
    expect(memories.map(({ told }) => told.parts)).toEqual([
      ['S10', 'S11'],
      ['S10', 'S11'],
      ['S10', 'S11', 'S13'],
    ]);
    expect(plant.records.map(({ decisions }) => decisions)).toEqual([[], [], []]);
    expect(station.state.counters).toMatchObject({ nok: 2, missed: 1 });
  });

  it('a note older than what is on record moves nothing back', async () => {
    const first = await lifeOf({ config: named, ...one });
    await first.part('S10', 10);
    const before = { saved: first.saved(), lastSequence: 3, lastPart: 'S12', lastCounter: 12, notes: [note(2, 'S11', 11)] };
    const { plant } = await lifeOf({ config: named, ...one }, before, (p) => p.plcValues.set('plc.counter', 13));
    await plant.clock.advance(2500);
    expect(outcomes(plant)).toEqual([
      ['S11', 11, 'unrecorded'],
      [null, 13, 'missed'],
    ]);
  });

  it('parts that were missed while the agent was away are of the product of the life before, and begin no other', async () => {
    const spec = { config: { ...numbered, recipe: { tag: 'plc.product', default: 'standard' } }, ...one };
    const first = await lifeOf(spec);
    first.plant.tag('plc.product', 'wide');
    await first.part(null, 1);
    const before = { saved: first.saved(), lastCounter: 1, lastPart: '1', lastSequence: 1 };
    const { plant, station, part } = await lifeOf(spec, before, (p) => p.plcValues.set('plc.counter', 4));
    expect(station.state.recipe).toBe('wide');
    await plant.clock.advance(2500);
    expect(plant.inspections.map(({ outcome, recipe }) => [outcome, recipe])).toEqual(Array(3).fill(['missed', 'wide']));
    plant.tag('plc.product', 'wide');
    await part(null, 5);
    expect(station.state.changeover).toMatchObject({ recipe: 'wide', counters: { ok: 2, missed: 3 } });
  });

  it('the recipe of parts that were missed is that of the config, or of the last part', async () => {
    const recipeOf = async (recipe: StationConfig['recipe']) => {
      const spec = { config: { ...numbered, ...(recipe ? { recipe } : {}) }, ...one };
      const life = await lifeOf(spec, { lastCounter: 10, lastPart: '10', lastSequence: 1 }, (p) => p.plcValues.set('plc.counter', 11));
      await life.plant.clock.advance(2500);
      return life;
    };
    expect((await recipeOf(undefined)).plant.inspections).toMatchObject([{ recipe: 'standard', outcome: 'missed' }]);
    const { plant, station, part } = await recipeOf({ tag: 'plc.product', default: 'wide' });
    expect([plant.inspections[0]?.recipe, station.state.recipe]).toEqual(['wide', 'wide']);
    plant.tag('plc.product', 'narrow');
    await part(null, 12);
    plant.plcValues.set('plc.counter', 13);
    await station.announce();
    await plant.clock.advance(2500);
    expect(plant.inspections.map(({ counter, recipe }) => [counter, recipe])).toEqual([
      [11, 'wide'],
      [12, 'narrow'],
      [13, 'narrow'],
    ]);
  });
});

describe('the count of parts', () => {
  it('begins with the first part, not with a number that was only read', async () => {
    const { plant, part } = await lifeOf({ config: numbered, ...one }, {}, (p) => p.plcValues.set('plc.counter', 5000));
    await plant.clock.advance(2500);
    await part(null, 5003);
    expect(outcomes(plant)).toEqual([['5003', 5003, 'judged']]);
  });

  it('begins anew with a part whose number is lower, and goes on from there', async () => {
    const before = { lastCounter: 90, lastPart: '90', lastSequence: 90 };
    const { plant, part } = await lifeOf({ config: numbered, ...one }, before, (p) => p.plcValues.set('plc.counter', 3));
    await plant.clock.advance(2500);
    await part(null, 6);
    await part(null, 8);
    expect(outcomes(plant)).toEqual([
      ['6', 6, 'judged'],
      ['7', 7, 'missed'],
      ['8', 8, 'judged'],
    ]);
    expect(textsOf(plant)[1]).toEqual(['Part 7 passed station outlet and was not judged: the part counter went past it.']);
  });

  it('has the last parts of an order on record, though the next order begins right after they passed unseen', async () => {
    const before = { lastCounter: 90, lastPart: '90', lastSequence: 90 };
    const { plant, part } = await lifeOf({ config: numbered, ...one }, before, (p) => p.plcValues.set('plc.counter', 92));
    await part(null, 1);
    await part(null, 3);
    await plant.clock.advance(2500);
    expect(outcomes(plant)).toEqual([
      ['91', 91, 'missed'],
      ['92', 92, 'missed'],
      ['1', 1, 'judged'],
      ['2', 2, 'missed'],
      ['3', 3, 'judged'],
    ]);
  });

  it('takes parts without a number off what was missed, over a restart, and says so', async () => {
    const first = await lifeOf({ config: named, ...one });
    await first.part('S1', 1);
    first.plant.plcValues.clear();
    await first.part(null, null);
    expect(recall(first.saved()).progress.unnumbered).toBe(1);
    const before = { saved: first.saved(), lastSequence: 2, lastPart: 'S1', lastCounter: 1 };
    const { plant, part } = await lifeOf({ config: named, ...one }, before);
    await part('S4', 4);
    expect(outcomes(plant)).toEqual([
      [null, 2, 'missed'],
      ['S4', 4, 'judged'],
    ]);
    expect(textsOf(plant)[0]?.[1]).toMatch(/^1 parts were judged without a number here/);
    expect(recall(plant.records.at(-1)?.saved ?? null).progress.unnumbered).toBe(0);
  });

  it('takes a part that was answered without name and number for one of the numbers', async () => {
    const first = await lifeOf({ config: named, ...one });
    await first.part('S1', 1);
    const before = { saved: first.saved(), lastSequence: 1, lastPart: 'S1', lastCounter: 1 };
    const missedAfter = async (left: AnswerNote) => {
      const { plant, part } = await lifeOf({ config: named, ...one }, { ...before, notes: [left] });
      await part('S4', 4);
      return plant.inspections.filter(({ outcome }) => outcome === 'missed').map(({ counter }) => counter);
    };
    expect(await missedAfter(note(2, null, null))).toEqual([2]);
    expect(await missedAfter(note(2, 'S2', null))).toEqual([2, 3]);
    expect(await missedAfter(note(2, null, 2))).toEqual([3]);
  });

  it('is none of a station that has no counter', async () => {
    const { part, saved } = await lifeOf({ config: config(), ...one });
    for (let i = 0; i < 3; i++) await part(null, null);
    expect(recall(saved()).progress.unnumbered).toBe(0);
  });

  it('says of a part that the PLC has named that just this one was missed', async () => {
    const { plant, part } = await lifeOf({ config: named, ...one });
    const says = (i: number) => {
      plant.tag('plc.serial', `S${i}`, { agoMs: 5 });
      plant.tag('plc.counter', i, { agoMs: 5 });
    };
    await part('S1', 1);
    says(2);
    await part(null, null);
    plant.plcValues.clear();
    await part(null, null);
    for (const i of [3, 4, 5]) {
      await plant.clock.advance(50);
      says(i);
    }
    await plant.part();
    await plant.clock.advance(250);
    const missed = plant.inspections.filter(({ outcome }) => outcome === 'missed');
    expect(missed.map(({ part: name, reasons }) => [name, reasons.length])).toEqual([['S3', 1]]);
  });

  it('knows of a command no number, and misses nothing by it', async () => {
    const { plant, station, part } = await lifeOf({ config: named, ...one });
    await part('S1', 1);
    station.command('X');
    await plant.clock.advance(250);
    await part('S4', 4);
    expect(outcomes(plant)).toEqual([
      ['S1', 1, 'judged'],
      ['X', null, 'judged'],
      [null, 2, 'missed'],
      [null, 3, 'missed'],
      ['S4', 4, 'judged'],
    ]);
  });

  it('counts all that a range stands for', async () => {
    const before = { lastCounter: 10, lastPart: '10', lastSequence: 1 };
    const { plant, station } = await lifeOf({ config: numbered, ...one }, before, (p) => p.plcValues.set('plc.counter', 1500));
    await plant.clock.advance(2500);
    expect([plant.inspections.length, station.state.counters.missed]).toEqual([1, 1490]);
  });
});

describe('a stop', () => {
  it('while the counter is read leaves what passed to who comes next', async () => {
    const plant = new Plant();
    plant.tag('plc.present', false);
    const station = await plant.station({ config: numbered, ...one }, { lastCounter: 10, lastPart: '10', lastSequence: 1 });
    await plant.clock.advance(2500);
    plant.readMs = 500;
    plant.plcValues.set('plc.counter', 20);
    const announced = station.announce();
    await plant.clock.advance(100);
    await station.stop();
    await plant.clock.advance(5000);
    await announced;
    expect(plant.records).toEqual([]);
    expect(plant.clock.pending).toBe(0);
    await station.announce();
    expect(plant.reads.filter(({ at }) => at > 5000)).toEqual([]);
  });
});

describe('no room for a record', () => {
  it('leaves its number to the next one, keeps no pictures of it, and goes on', async () => {
    const { plant, part, station } = await lifeOf({ config: config(), ...one, images: { nok: 'all', review: 'all', ok: 'all' } });
    await part(null, null);
    plant.accepts = false;
    await part(null, null);
    plant.accepts = true;
    await part(null, null);
    expect(plant.inspections.map(({ sequence, part: name }) => [sequence, name])).toEqual([
      [1, '1'],
      [2, '3'],
    ]);
    expect(plant.keptImages).toEqual(plant.inspections.map(({ id }) => ({ id, role: 'frame', camera: 'top' })));
    expect([plant.frames.map(({ holders }) => holders), station.state.counters.ok]).toEqual([[0, 0, 0], 3]);
  });

  it('for what was missed leaves its number as well', async () => {
    const { plant, part } = await lifeOf({ config: numbered, ...one });
    await part(null, 1);
    plant.accepts = false;
    await part(null, 3);
    plant.accepts = true;
    await part(null, 4);
    expect(plant.inspections.map(({ sequence, counter }) => [sequence, counter])).toEqual([
      [1, 1],
      [2, 4],
    ]);
  });
});

describe('what a station tells', () => {
  it('of itself: its last part, its figures, and that something has changed', async () => {
    const { plant, station, part } = await lifeOf({ config: config(), ...one });
    expect(station.state).toMatchObject({ recipe: 'standard', last: null, held: null, latencyMs: null });
    await plant.clock.advance(1000);
    const before = plant.states;
    await part(null, null);
    expect(plant.states).toBe(before + 1);
    const [inspection] = plant.inspections;
    // Ten for the model, two for the write.
    expect(station.state).toMatchObject({
      last: { part: '1', verdict: 'ok', at: inspection?.at },
      latencyMs: { p50: 12, p95: 12, p99: 12 },
      counters: { ok: 1 },
      yield: 1,
    });
    expect(inspection?.timings).toMatchObject({ transport: 1, infer: 1, verdict: 10, answer: 2 });
    station.enable(false, 'user anna');
    expect(plant.states).toBe(before + 2);
    expect(recall(plant.remembered.at(-1) ?? null).enabled).toBe(false);
  });

  it('of every hold, and that it is over', async () => {
    const stops = ['first', 'second'].map(
      (rule): DecisionIntent => ({ action: 'hold', reason: `${rule} reason`, rule, writes: [], latched: true }),
    );
    const { plant, station, part } = await lifeOf({ config: config(), ...one }, {}, (p) => {
      p.judge.decide = () => stops;
    });
    await part(null, null);
    await part(null, null);
    expect(station.state.held).toBe('first reason; second reason');
    expect(plant.records.map(({ decisions }) => decisions.map(({ rule }) => rule))).toEqual([['first', 'second'], []]);
    const held = () => plant.alarms.flatMap((alarm, i) => (alarm.startsWith('STATION_HELD') ? [[alarm, plant.alarmDetails[i]]] : []));
    expect(held()).toEqual([
      ['STATION_HELD/outlet/on', { station: 'outlet', why: 'first reason' }],
      ['STATION_HELD/outlet/on', { station: 'outlet', why: 'second reason' }],
    ]);
    expect(station.acknowledge()).toEqual(['first reason', 'second reason']);
    expect(held().at(-1)).toEqual(['STATION_HELD/outlet/off', {}]);
    expect(recall(plant.remembered.at(-1) ?? null).latches.size).toBe(0);
  });

  it('why a part was not judged', async () => {
    const { plant, station, part } = await lifeOf({ config: config({ inflight: 2 }), ...one });
    station.enable(false, 'user anna');
    station.command('X-1');
    await plant.clock.advance(250);
    station.enable(true, null);
    plant.models.set(surface.id, { ms: 100 });
    for (let i = 0; i < 5; i++) await plant.part();
    await plant.clock.advance(250);
    const texts = textsOf(plant).map(([text]) => text);
    expect(texts[0]).toBe('Station outlet is switched off; part X-1 was not judged.');
    expect(texts.slice(3)).toEqual(
      Array(3).fill('Station outlet inspects as many parts at once as can be in time (2); this one was answered without an inspection.'),
    );
    plant.tag('plc.product', 'square');
    await part(null, null);
    const unknown = plant.alarms
      .map((alarm, i) => [alarm, plant.alarmDetails[i]])
      .filter(([alarm]) => alarm === 'RECIPE_UNKNOWN/outlet/off');
    expect(unknown.at(-1)?.[1]).toEqual({});
  });

  it('of a result that came too late to count, or that failed by then', async () => {
    const { plant, part } = await lifeOf({ config: config(), ...one });
    plant.models.set(surface.id, { ms: 350, fault: new LinesideError('MODEL_FAILED', { model: 'surface', why: 'it died' }) });
    await part(null, null);
    await plant.clock.advance(500);
    expect(plant.late).toMatchObject([{ model: 'surface', finding: null, lateMs: 150, fault: expect.stringContaining('it died') }]);
    plant.models.set(surface.id, { ms: 350 });
    await part(null, null);
    await plant.clock.advance(500);
    expect(plant.late[1]).not.toHaveProperty('fault');
  });

  it('rules and record of a part that a command names', async () => {
    const seen: (string | null)[] = [];
    const { plant, station } = await lifeOf({ config: config(), ...one }, {}, (p) => {
      const { judge } = p.judge;
      p.judge.judge = (input) => {
        seen.push(input.part);
        return judge(input);
      };
    });
    station.command('C-1');
    station.command(undefined);
    await plant.clock.advance(250);
    expect([seen, plant.inspections.map(({ part }) => part)]).toEqual([
      ['C-1', null],
      ['C-1', '2'],
    ]);
  });

  it('a command’s part by its count where the PLC names parts and does not answer', async () => {
    const { plant, station } = await lifeOf({ config: named, ...one });
    station.command(undefined);
    await plant.clock.advance(250);
    expect(plant.inspections).toMatchObject([{ part: '1', trigger: 'command' }]);
  });
});

describe('the answer to the PLC', () => {
  const fault = (tag: string) => new LinesideError('OPCUA_WRITE_FAILED', { tag, why: 'BadNotWritable' });
  const noPart = { verdict: 'plc.verdict', values: { ok: 1, nok: 2, review: 3 } };

  it('is none where the station answers nobody, and nothing is noted for the next life', async () => {
    const { plant, part } = await lifeOf({ config: { ...answerless, part: 'plc.serial' }, ...one }, { lastPart: 'S0', lastSequence: 1 });
    await part('S1', null);
    await part(null, null);
    plant.plcValues.clear();
    await part(null, null);
    expect(plant.inspections.map(({ part: name, answer }) => [name, answer])).toEqual([
      ['S1', { state: 'none', ms: 0 }],
      ['S1', { state: 'none', ms: 0 }],
      [null, { state: 'none', ms: 0 }],
    ]);
    expect([plant.written, plant.notes]).toEqual([[], []]);
  });

  it('has its decisions written all the same', async () => {
    const { plant, part } = await lifeOf({ config: answerless, ...one });
    plant.models.set(surface.id, { ms: 5, score: 0.9 });
    await part(null, null);
    expect(plant.written.map(({ writes }) => writes)).toEqual([[{ tag: 'plc.reject', value: true }]]);
    expect(plant.inspections[0]?.answer).toEqual({ state: 'none', ms: 0 });
  });

  it('is the verdict alone where the PLC has no tag for the part, with a name and without', async () => {
    const { plant, part } = await lifeOf({ config: config({ answer: noPart, part: 'plc.serial' }), ...one });
    await part('S1', null);
    plant.plcValues.clear();
    await part(null, null);
    expect(plant.written.map(({ writes }) => writes)).toEqual(Array(2).fill([{ tag: 'plc.verdict', value: 1 }]));
    expect(plant.inspections.map(({ answer }) => answer.state)).toEqual(['written', 'written']);
  });

  it.each([
    ['plc.verdict', 'failed', 'written'],
    ['plc.verdict_part', 'failed', 'written'],
    ['plc.reject', 'written', 'failed'],
  ])('has failed by its own tags, not by those of decisions: %s', async (refused, answer, decision) => {
    const { plant, part } = await lifeOf({ config: config(), ...one });
    plant.models.set(surface.id, { ms: 5, score: 0.9 });
    plant.refuses = ({ tag }) => (tag === refused ? fault(tag) : null);
    await part(null, null);
    expect(plant.inspections[0]?.answer.state).toBe(answer);
    expect(plant.inspections[0]?.answer.fault).toBe(answer === 'failed' ? fault(refused).message : undefined);
    expect(plant.records[0]?.decisions[0]?.writes.map(({ state }) => state)).toEqual([decision]);
  });

  it('of a part without a name comes after its name was cleared, in a number too', async () => {
    const { plant, part } = await lifeOf({ config: named, ...one });
    plant.refuses = ({ tag, value }) => (tag === 'plc.verdict_part' && value === '' ? fault(tag) : null);
    await part(null, null);
    expect(plant.written.map(({ writes }) => writes)).toEqual([
      [{ tag: 'plc.verdict_part', value: '' }],
      [{ tag: 'plc.verdict_part', value: 0 }],
      [{ tag: 'plc.verdict', value: 1 }],
    ]);
    expect(plant.inspections[0]?.answer.state).toBe('written');
  });

  it('of a part without a name is none where its name cannot be cleared: it would stand under another’s', async () => {
    const { plant, part } = await lifeOf({ config: named, ...one });
    plant.models.set(surface.id, { ms: 5, score: 0.9 });
    plant.refuses = ({ tag }) => (tag === 'plc.verdict_part' ? fault(tag) : null);
    await part(null, null);
    expect(plant.written.flatMap(({ writes }) => writes.map(({ tag }) => tag))).toEqual(['plc.verdict_part', 'plc.verdict_part']);
    expect(plant.inspections[0]?.answer).toMatchObject({ state: 'failed', fault: fault('plc.verdict_part').message });
    expect(plant.records[0]?.decisions[0]?.writes).toEqual([
      { tag: 'plc.reject', value: true, state: 'failed', fault: fault('plc.verdict_part').message },
    ]);
  });

  it('of a part without a name clears the tag again where another part was answered before that was confirmed', async () => {
    const { plant } = await lifeOf({ config: named, ...one });
    plant.models.set(surface.id, { ms: 5, score: 0.1 });
    plant.writeMs = 10;
    const first = async () => {
      plant.tag('plc.present', true);
      await plant.clock.advance(0);
      plant.tag('plc.present', false);
    };
    await first();
    await plant.clock.advance(155);
    plant.tag('plc.serial', 'S2');
    plant.tag('plc.counter', 2);
    await plant.part();
    await plant.clock.advance(300);
    const told: unknown[] = [];
    let shown: unknown;
    for (const { tag, value } of plant.written.flatMap(({ writes }) => writes)) {
      if (tag === 'plc.verdict_part') shown = value;
      if (tag === 'plc.verdict') told.push(shown);
    }
    expect(told.sort()).toEqual(['', 'S2']);
    expect(plant.written.filter(({ writes }) => writes[0]?.value === '')).toHaveLength(2);
  });

  it('of a part without a name empties the tag only when the name before is settled: a server may work on two writes at a time', async () => {
    const overtaken: unknown[] = [];
    for (let after = 140; after < 175; after++) {
      const { plant } = await lifeOf({ config: named, ...one });
      plant.models.set(surface.id, { ms: 5, score: 0.1 });
      plant.writeMs = 10;
      plant.tag('plc.present', true);
      await plant.clock.advance(0);
      plant.tag('plc.present', false);
      await plant.clock.advance(after);
      plant.tag('plc.serial', 'S2');
      plant.tag('plc.counter', 2);
      await plant.part();
      await plant.clock.advance(300);
      const naming = plant.written.filter(({ writes }) => writes[0]?.value === 'S2');
      const emptying = plant.written.filter(({ writes }) => writes[0]?.value === '');
      expect(naming).toHaveLength(1);
      const isMeanwhile = (at: number) => naming.some((write) => at >= write.at && at < write.at + plant.writeMs);
      overtaken.push(...emptying.filter(({ at }) => isMeanwhile(at)).map(({ at }) => ({ after, at })));
    }
    expect(overtaken).toEqual([]);
  });

  it('of a part whose name the server refuses stands under none, and not under the name before', async () => {
    const { plant, part } = await lifeOf({ config: named, ...one });
    await part('S1', 1);
    plant.refuses = ({ tag, value }) => (tag === 'plc.verdict_part' && value === 'S2' ? fault(tag) : null);
    await part('S2', 2);
    await part('S3', 3);
    expect(plant.written.map(({ writes }) => writes.map(({ value }) => value))).toEqual([['S1', 1], ['S2', 1], [''], ['S3', 1]]);
    expect(plant.inspections.map(({ answer }) => answer.state)).toEqual(['written', 'failed', 'written']);
  });

  it('of a part whose name the tag cannot take goes out under none, and has failed', async () => {
    const { plant, part } = await lifeOf({ config: named, ...one });
    plant.unfit = ({ value }) => (value === 'A17' ? new LinesideError('OPCUA_TYPE', { tag: 'p', type: 'UInt32', value: 'A17' }) : null);
    await part('12', 1);
    await part('A17', 2);
    expect(plant.written.map(({ writes }) => writes.map(({ value }) => value))).toEqual([['12', 1], [''], [1]]);
    expect(plant.inspections.map(({ part: name, answer }) => [name, answer.state])).toEqual([
      ['12', 'written'],
      ['A17', 'failed'],
    ]);
    expect(plant.inspections[1]?.answer.fault).toContain('OPCUA_TYPE');
  });

  it('goes out at the very deadline to a part without a name, and not a moment later', async () => {
    const { plant } = await lifeOf({ config: named, ...one });
    await plant.clock.advance(1000);
    plant.models.set(surface.id, { ms: 0, hangs: true });
    const trigger = async (agoMs: number) => {
      plant.tag('plc.present', true, { agoMs });
      await plant.clock.advance(0);
      plant.tag('plc.present', false);
      await plant.clock.advance(300);
    };
    await trigger(10);
    await trigger(11);
    expect(plant.inspections.map(({ part, answer }) => [part, answer.state])).toEqual([
      [null, 'written'],
      [null, 'none'],
    ]);
    expect(plant.inspections[1]?.answer.fault).toContain('its name is not known and its deadline is over, so the PLC was not told');
    expect(plant.inspections[1]?.answer.fault).toContain('station outlet');
    expect(plant.notes).toHaveLength(1);
  });

  it('goes out however late to a part with a name', async () => {
    const { plant } = await lifeOf({ config: named, ...one });
    await plant.clock.advance(1000);
    for (const [i, agoMs] of [10, 500].entries()) {
      plant.tag('plc.serial', `S${i}`, { agoMs: agoMs + 1 });
      plant.tag('plc.counter', i, { agoMs: agoMs + 1 });
      plant.tag('plc.present', true, { agoMs });
      await plant.clock.advance(0);
      plant.tag('plc.present', false);
      await plant.clock.advance(600);
    }
    expect(plant.inspections.map(({ part, answer }) => [part, answer.state])).toEqual([
      ['S0', 'written'],
      ['S1', 'written'],
    ]);
    expect(plant.notes.map(({ part }) => part)).toEqual(['S0', 'S1']);
  });
});

describe('pictures of a line where most frames are used', () => {
  const wide: ModelSlot = { ...surface, id: 'outlet/surface@wide' };

  it('are prepared as they arrive, for the models of the recipe', async () => {
    const spec = {
      config: config({ recipe: { default: 'standard', values: { 7: 'wide' } }, trigger: { command: true } }),
      slots: new Map([
        ['standard', [surface]],
        ['wide', [wide]],
      ]),
    };
    const { plant, station } = await lifeOf(spec);
    for (let i = 0; i < 10; i++) station.command(undefined);
    await plant.clock.advance(250);
    plant.prepared.splice(0);
    for (let i = 0; i < 32; i++) plant.emitFrame(new FakeFrame('top', i, 0));
    expect(plant.prepared).toEqual([surface.id]);
    station.forceRecipe('wide');
    plant.emitFrame(new FakeFrame('top', 33, 0));
    expect(plant.prepared).toEqual([surface.id, wide.id]);
    await station.stop();
    plant.emitFrame(new FakeFrame('top', 34, 0));
    expect(plant.prepared).toHaveLength(2);
  });
});
