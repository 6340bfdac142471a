import { describe, expect, it } from 'vitest';
import type { StationConfig } from '#agent/config/schema.js';
import type { ModelSlot, Reason } from '#agent/contracts/index.js';
import { LinesideError } from '#agent/errors.js';
import { settle } from '../simulators/clock.ts';
import { Plant, stationConfig, surface } from '../simulators/station.ts';

const process: ModelSlot = { id: 'outlet/process', name: 'process', package: 'process-attention', channels: ['plc.temp'] };

const config = (more: Partial<StationConfig> = {}): StationConfig => ({ ...stationConfig, ...more });
const both = { slots: new Map([['', [surface, process]]]), windowed: new Set(['process']) };
const one = { slots: new Map([['', [surface]]]) };

async function plantWith(
  spec: Parameters<Plant['station']>[0],
  memory?: Parameters<Plant['station']>[1],
  prepare?: (plant: Plant) => void,
) {
  const plant = new Plant();
  prepare?.(plant);
  plant.tag('plc.present', false);
  const station = await plant.station(spec, memory);
  plant.written.splice(0);
  return { plant, station };
}

describe('a model that reads a text', () => {
  const note: ModelSlot = { id: 'outlet/note', name: 'note', package: 'maintenance-text', text: 'plc.note' };
  const reads = { config: config(), slots: new Map([['', [note]]]) };

  it.each(['C/O leaking hose', ''])('is given what the tag holds at the trigger: "%s"', async (text) => {
    const { plant } = await plantWith(reads);
    plant.tag('plc.note', text);
    await plant.part();
    await plant.clock.advance(100);
    expect(plant.texts).toEqual([text]);
    expect(plant.inspections).toMatchObject([{ outcome: 'judged', findings: [{ model: 'note' }] }]);
  });

  it('is given it beside a model that looks at pictures too, which starts first', async () => {
    const { plant } = await plantWith({ ...reads, slots: new Map([['', [note, surface]]]) });
    plant.tag('plc.note', 'of this part');
    plant.tag('plc.present', true);
    // Behind the trigger, in the same turn of the event loop.
    setImmediate(() => plant.tag('plc.note', 'of the next'));
    await plant.clock.advance(100);
    expect(plant.texts).toEqual(['of this part']);
    expect(plant.inspections).toMatchObject([{ outcome: 'judged' }]);
  });

  it.each([
    ['has not come', (_: Plant) => {}, 'it has not come yet'],
    ['is bad', (plant: Plant) => plant.tag('plc.note', 'leak', { status: 0x80000000 }), 'its status is not good'],
    ['is a number', (plant: Plant) => plant.tag('plc.note', 7), 'its value is no text'],
    ['is a list', (plant: Plant) => plant.tag('plc.note', ['leak']), 'its value is no text'],
  ])('that %s gives on_failure with the reason', async (_, prepare, why) => {
    const { plant } = await plantWith(reads);
    prepare(plant);
    await plant.part();
    await plant.clock.advance(100);
    const text = `Tag plc.note gives no text to read: ${why}.`;
    expect(plant.inspections).toMatchObject([{ outcome: 'failed', verdict: 'review', reasons: [{ code: 'TEXT_MISSING', text }] }]);
    expect(plant.texts).toEqual([]);
  });
});

describe('one trigger, one inspection, one verdict, in time', () => {
  it('judges a part with all its models and tells the PLC, part first and verdict last', async () => {
    const { plant } = await plantWith({ config: config({ part: 'plc.serial' }), ...both });
    plant.tag('plc.serial', 'A-17');
    await plant.part();
    await plant.clock.advance(100);
    expect(plant.inspections).toHaveLength(1);
    expect(plant.inspections[0]).toMatchObject({
      part: 'A-17',
      verdict: 'ok',
      outcome: 'judged',
      sequence: 1,
      trigger: 'tag',
      recipe: 'standard',
    });
    expect(plant.inspections[0]?.findings.map((f) => f.model)).toEqual(['surface', 'process']);
    expect(plant.written.map((w) => w.writes)).toEqual([
      [
        { tag: 'plc.verdict_part', value: 'A-17' },
        { tag: 'plc.verdict', value: 1 },
      ],
    ]);
    expect(plant.inspections[0]?.answer).toMatchObject({ state: 'written', ms: 2 });
  });

  it('runs the models of one part in parallel', async () => {
    const { plant } = await plantWith({ config: config(), ...both });
    plant.models.set(surface.id, { ms: 60 });
    plant.models.set(process.id, { ms: 80 });
    await plant.part();
    await plant.clock.advance(150);
    expect(plant.inspections[0]?.timings.verdict).toBe(80);
  });

  it('answers with on_failure at the deadline when a model hangs, and says which', async () => {
    const { plant } = await plantWith({ config: config({ on_failure: 'nok' }), ...both });
    plant.models.set(process.id, { ms: 0, hangs: true });
    await plant.part();
    await plant.clock.advance(199);
    expect(plant.written).toHaveLength(0);
    await plant.clock.advance(5);
    expect(plant.written[0]?.at).toBe(210);
    expect(plant.inspections[0]).toMatchObject({ verdict: 'nok', outcome: 'failed' });
    expect(plant.inspections[0]?.reasons).toEqual([
      { text: 'Station outlet had no result at its deadline of 200 ms.', code: 'DEADLINE_MISSED' },
      { text: 'model process was running' },
    ]);
    expect(plant.inspections[0]?.findings.map((f) => f.model)).toEqual(['surface']);
  });

  it('keeps a late result as late and never sends it as the verdict', async () => {
    const { plant } = await plantWith({ config: config(), ...one });
    plant.models.set(surface.id, { ms: 350, score: 0.9 });
    await plant.part();
    await plant.clock.advance(1000);
    expect(plant.inspections).toHaveLength(1);
    expect(plant.written).toHaveLength(1);
    expect(plant.inspections[0]?.findings).toEqual([]);
    expect(plant.late).toEqual([expect.objectContaining({ inspection: plant.inspections[0]?.id, model: 'surface', lateMs: 150 })]);
    expect(plant.late[0]?.finding?.score).toBe(0.9);
  });

  it('answers at the deadline when the camera is dead, and lets every frame go', async () => {
    const { plant } = await plantWith({ config: config(), ...both });
    plant.camera = 'dead';
    await plant.part();
    await plant.clock.advance(205);
    expect(plant.inspections[0]?.reasons[1]?.text).toBe('model surface was waiting for its picture');
    expect(plant.inspections[0]?.outcome).toBe('failed');
    expect(plant.frames.every((f) => f.holders === 0)).toBe(true);
  });

  it('does not wait for the deadline when a model has failed', async () => {
    const { plant } = await plantWith({ config: config(), ...both });
    plant.models.set(surface.id, { ms: 5, fault: new LinesideError('MODEL_CRASHED', { model: 'surface', why: 'exit 1' }) });
    await plant.part();
    await plant.clock.advance(20);
    expect(plant.inspections[0]).toMatchObject({ outcome: 'failed', verdict: 'review' });
    expect(plant.inspections[0]?.reasons[0]?.code).toBe('MODEL_CRASHED');
    expect(plant.inspections[0]?.findings.map((f) => f.model)).toEqual(['process']);
  });

  it.each([
    ['judged', 0],
    ['failed', 300],
  ] as const)(
    'has on record of a part that was %s the tags that the station names, whether a rule reads them or not',
    async (outcome, ms) => {
      const { plant } = await plantWith({ config: config({ record: ['plc.humidity', 'plc.temp', 'plc.silent'] }), ...one });
      plant.models.set(surface.id, { ms });
      plant.tag('plc.humidity', 61);
      await plant.part();
      await plant.clock.advance(250);
      expect(plant.inspections).toMatchObject([{ outcome }]);
      const { tags = {} } = plant.inspections[0] ?? {};
      expect(Object.keys(tags)).toEqual(['plc.temp', 'plc.humidity', 'plc.silent']);
      expect(tags['plc.humidity']).toMatchObject({ value: 61, status: 0 });
      expect(tags['plc.silent']).toMatchObject({ value: null });
    },
  );

  it('gives a rule that cannot be evaluated as the reason', async () => {
    const { plant } = await plantWith({ config: config(), ...one }, {}, (p) => {
      p.judge = {
        ...p.judge,
        judge: () => {
          throw new LinesideError('RULE_FAILED', { rule: 'tags.temp > 3', why: 'plc.temp is bad' });
        },
      };
    });
    await plant.part();
    await plant.clock.advance(50);
    expect(plant.inspections[0]).toMatchObject({ outcome: 'failed', verdict: 'review', reasons: [{ code: 'RULE_FAILED' }] });
  });

  it('answers every part of a burst, those beyond its bound at once and with the reason', async () => {
    const { plant, station } = await plantWith({ config: config({ inflight: 3 }), ...one });
    plant.models.set(surface.id, { ms: 100 });
    for (let i = 0; i < 5; i++) await plant.part();
    expect(station.depth).toEqual({ depth: 5, bound: 3, dropped: 2 });
    await plant.clock.advance(300);
    expect(plant.inspections.map((i) => [i.sequence, i.outcome])).toEqual([
      [1, 'judged'],
      [2, 'judged'],
      [3, 'judged'],
      [4, 'failed'],
      [5, 'failed'],
    ]);
    expect(plant.inspections[4]?.reasons[0]?.code).toBe('STATION_OVERLOADED');
    expect(station.depth.depth).toBe(0);
  });

  it('records in the order of the triggers, whatever order the results come in', async () => {
    const { plant } = await plantWith({ config: config({ deadline: 500 }), ...one });
    plant.models.set(surface.id, { ms: 90 });
    await plant.part();
    plant.models.set(surface.id, { ms: 5 });
    await plant.part();
    await plant.clock.advance(50);
    expect(plant.written).toHaveLength(1);
    expect(plant.records).toHaveLength(0);
    await plant.clock.advance(100);
    expect(plant.inspections.map((i) => [i.sequence, i.part, i.timings.verdict])).toEqual([
      [1, '1', 90],
      [2, '2', 5],
    ]);
  });

  it('records a write that the PLC refused', async () => {
    const { plant } = await plantWith({ config: config(), ...one });
    plant.writeFault = new LinesideError('OPCUA_WRITE_FAILED', { tag: 'plc.verdict', why: 'BadNotWritable' });
    await plant.part();
    await plant.clock.advance(50);
    expect(plant.inspections[0]?.answer).toEqual({
      state: 'failed',
      ms: 2,
      fault: '[OPCUA_WRITE_FAILED] Tag plc.verdict could not be written: BadNotWritable.',
    });
  });

  it('settles stop() only when the parts under inspection have been recorded', async () => {
    const { plant, station } = await plantWith({ config: config(), ...one });
    plant.models.set(surface.id, { ms: 100 });
    await plant.part();
    const stopped = station.stop().then(() => plant.records.length);
    await plant.part();
    await plant.clock.advance(150);
    expect(await stopped).toBe(1);
  });
});

describe('triggers', () => {
  it('takes the state at its start as known: a part already there does not trigger, the next does', async () => {
    const plant = new Plant();
    plant.tag('plc.present', true);
    await plant.station({ config: config(), ...one });
    plant.tag('plc.present', true);
    await plant.clock.advance(50);
    expect(plant.records).toHaveLength(0);
    plant.tag('plc.present', false);
    await plant.part();
    await plant.clock.advance(50);
    expect(plant.records).toHaveLength(1);
  });

  it('triggers on every frame and holds it until its record is handed over', async () => {
    const { plant } = await plantWith({ config: config({ trigger: { camera: 'top' } }), ...one });
    const { FakeFrame } = await import('../simulators/station.ts');
    const frame = new FakeFrame('top', 7, plant.clock.now());
    plant.emitFrame(frame);
    expect(frame.holders).toBeGreaterThan(0);
    await plant.clock.advance(50);
    expect(plant.inspections[0]?.frames[0]?.sequence).toBe(7);
    expect(frame.holders).toBe(0);
  });

  it('triggers by timer in a steady rhythm', async () => {
    const { plant, station } = await plantWith({ config: config({ trigger: { every: 1000 } }), ...one });
    await plant.clock.advance(5500);
    expect(plant.inspections.map((i) => i.at - (plant.inspections[0]?.at ?? 0))).toEqual([0, 1000, 2000, 3000, 4000]);
    await station.stop();
    expect(plant.clock.pending).toBe(0);
  });

  it('triggers by command with the part it names', async () => {
    const { plant, station } = await plantWith({ config: config({ trigger: { command: true } }), ...one });
    station.command('X-1');
    await plant.clock.advance(50);
    expect(plant.inspections[0]).toMatchObject({ trigger: 'command', part: 'X-1' });
  });

  it('answers for a part while it is switched off, and remembers that over a restart', async () => {
    const { plant, station } = await plantWith({ config: config(), ...one });
    const disabled = { since: plant.clock.now(), by: 'user anna' };
    station.enable(false, 'user anna');
    await plant.part();
    await plant.clock.advance(50);
    // The second to switch it off changes nothing.
    station.enable(false, 'user bert');
    expect(plant.inspections[0]).toMatchObject({ outcome: 'failed', reasons: [{ code: 'STATION_DISABLED' }] });
    const again = await plantWith({ config: config(), ...one }, { saved: plant.records[0]?.saved ?? null, lastSequence: 1 });
    expect(again.station.state).toMatchObject({ enabled: false, disabled });
    again.station.enable(true, 'user bert');
    expect(again.station.state).toMatchObject({ enabled: true, disabled: null });
  });
});

describe('the part id', () => {
  it('is read through the session when the subscription has not brought it since the part before', async () => {
    const { plant } = await plantWith({ config: config({ part: 'plc.serial' }), ...one });
    plant.tag('plc.serial', 'A-1');
    await plant.part();
    await plant.clock.advance(50);
    plant.plcValues.set('plc.serial', 'A-2');
    await plant.part();
    await plant.clock.advance(50);
    expect(plant.inspections.map((i) => i.part)).toEqual(['A-1', 'A-2']);
  });

  it('falls back to the counter tag, then to the count of the station', async () => {
    const { plant } = await plantWith({ config: config({ counter: 'plc.counter' }), ...one }, { lastSequence: 41 });
    plant.tag('plc.counter', 900);
    await plant.part();
    await plant.clock.advance(50);
    const other = await plantWith({ config: config(), ...one }, { lastSequence: 41 });
    await other.plant.part();
    await other.plant.clock.advance(50);
    expect([plant.inspections[0]?.part, other.plant.inspections[0]?.part]).toEqual(['900', '42']);
  });
});

describe('missed parts', () => {
  it('are found from a step of the counter and recorded before the part that showed it', async () => {
    const { plant } = await plantWith({ config: config({ counter: 'plc.counter' }), ...one }, { lastCounter: 7, lastSequence: 7 });
    plant.plcValues.set('plc.counter', 7);
    plant.tag('plc.counter', 10);
    await plant.part();
    await plant.clock.advance(50);
    expect(plant.inspections.map((i) => [i.sequence, i.part, i.outcome])).toEqual([
      [8, '8', 'missed'],
      [9, '9', 'missed'],
      [10, '10', 'judged'],
    ]);
    expect(plant.written.map((w) => w.writes.length)).toEqual([2]);
  });

  it('are found at the start, from the counter and the answer that the PLC has', async () => {
    const answered = (p: Plant) => {
      p.plcValues.set('plc.counter', 12);
      p.plcValues.set('plc.verdict_part', '11');
      p.plcValues.set('plc.verdict', 2);
    };
    const { plant, station } = await plantWith(
      { config: config({ counter: 'plc.counter' }), ...one },
      { lastCounter: 10, lastPart: '10', lastSequence: 3 },
      answered,
    );
    // Triggers could still be on their way.
    expect(plant.inspections).toEqual([]);
    await plant.clock.advance(2000);
    expect(plant.inspections.map((i) => [i.sequence, i.part, i.outcome, i.verdict])).toEqual([
      [4, '11', 'unrecorded', 'nok'],
      [5, '12', 'missed', 'review'],
    ]);
    expect(plant.inspections[0]?.reasons[0]?.code).toBe('PART_UNRECORDED');
    expect(station.state.counters.missed).toBe(1);
  });

  it('are told from the part that the PLC was told of last, however many were under inspection', async () => {
    const counted = config({ counter: 'plc.serial', part: 'plc.serial' });
    const { plant } = await plantWith({ config: counted, ...one }, { lastCounter: 10, lastPart: '10', lastSequence: 3 }, (p) => {
      p.plcValues.set('plc.serial', 14);
      p.plcValues.set('plc.verdict_part', '12');
      p.plcValues.set('plc.verdict', 2);
    });
    await plant.clock.advance(2000);
    expect(plant.inspections.map((i) => [i.part, i.outcome, i.verdict])).toEqual([
      ['11', 'missed', 'review'],
      ['12', 'unrecorded', 'nok'],
      ['13', 'missed', 'review'],
      ['14', 'missed', 'review'],
    ]);
    expect(plant.inspections.map((i) => /may have been given a verdict/.test(i.reasons[0]?.text ?? ''))).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });

  it('are not judged and missed both, when a trigger is on its way while the counter is read', async () => {
    const counted = config({ counter: 'plc.serial', part: 'plc.serial' });
    const memory = { lastCounter: 10, lastPart: '10', lastSequence: 3 };
    const { plant } = await plantWith({ config: counted, ...one }, memory, (p) => p.plcValues.set('plc.serial', 11));
    plant.tag('plc.serial', 11);
    await plant.part();
    await plant.clock.advance(2500);
    expect(plant.inspections.map((i) => [i.part, i.outcome])).toEqual([['11', 'judged']]);
  });

  it('are not found again in the verdict that the PLC still shows', async () => {
    const counted = config({ counter: 'plc.serial', part: 'plc.serial' });
    const first = await plantWith({ config: counted, ...one }, { lastCounter: 10, lastPart: '10', lastSequence: 3 });
    first.plant.tag('plc.serial', 11);
    await first.plant.part();
    await first.plant.clock.advance(50);
    const saved = first.plant.records.at(-1)?.saved ?? null;
    // The record of 12, which passed unseen, was the last on the disk when the agent died again.
    const { plant } = await plantWith({ config: counted, ...one }, { lastCounter: 12, lastPart: '12', lastSequence: 5, saved }, (p) => {
      p.plcValues.set('plc.serial', 12);
      p.plcValues.set('plc.verdict_part', '11');
      p.plcValues.set('plc.verdict', 1);
    });
    await plant.clock.advance(2500);
    expect(plant.inspections).toEqual([]);
  });

  it('are none on the very first start, and none when the counter goes back', async () => {
    const first = await plantWith({ config: config({ counter: 'plc.counter' }), ...one }, {}, (p) => p.plcValues.set('plc.counter', 5000));
    expect(first.plant.records).toHaveLength(0);
    const back = await plantWith(
      { config: config({ counter: 'plc.counter' }), ...one },
      { lastCounter: 90, lastPart: '90', lastSequence: 90 },
      (p) => p.plcValues.set('plc.counter', 3),
    );
    expect(back.plant.records).toHaveLength(0);
    back.plant.tag('plc.counter', 4);
    await back.plant.part();
    await back.plant.clock.advance(50);
    expect(back.plant.inspections.map((i) => i.part)).toEqual(['4']);
  });

  it('are those of the order before where the next one begins before they would have been recorded, and none of the next', async () => {
    const counted = { config: config({ counter: 'plc.counter' }), ...one };
    const { plant, station } = await plantWith(counted, { lastCounter: 490, lastPart: '490', lastSequence: 9 }, (p) =>
      p.plcValues.set('plc.counter', 490),
    );
    await plant.clock.advance(2500);
    plant.plcValues.set('plc.counter', 492);
    await station.announce();
    // Within the two seconds that triggers of the last parts may take the next order begins.
    plant.tag('plc.counter', 1);
    await plant.part();
    await plant.clock.advance(2500);
    expect(plant.inspections.map((i) => [i.counter, i.outcome])).toEqual([
      [491, 'missed'],
      [492, 'missed'],
      [1, 'judged'],
    ]);
  });

  it('are recorded once where several sessions begin within a moment, by the last that tells the number', async () => {
    const counted = { config: config({ counter: 'plc.counter' }), ...one };
    const { plant, station } = await plantWith(counted, { lastCounter: 10, lastPart: '10', lastSequence: 9 }, (p) =>
      p.plcValues.set('plc.counter', 11),
    );
    plant.plcValues.set('plc.counter', 13);
    await station.announce();
    plant.plcValues.delete('plc.counter');
    await station.announce();
    await plant.clock.advance(2500);
    expect(plant.inspections.map((i) => [i.counter, i.outcome])).toEqual([
      [11, 'missed'],
      [12, 'missed'],
      [13, 'missed'],
    ]);
    expect(plant.clock.pending).toBeLessThan(10);
  });

  it('are looked for in vain, and without harm, when the PLC does not answer', async () => {
    const { plant } = await plantWith(
      { config: config({ counter: 'plc.counter' }), ...one },
      { lastCounter: 10, lastPart: '10', lastSequence: 3 },
    );
    expect(plant.records).toHaveLength(0);
    await plant.part();
    // Nobody can tell its number, so it has none; the verdict waits for it no longer than four fifths of the deadline.
    await plant.clock.advance(165);
    expect(plant.inspections).toMatchObject([{ part: null, counter: null, verdict: 'ok', outcome: 'judged' }]);
    expect(plant.inspections[0]?.reasons.at(-1)).toMatchObject({ code: 'PART_UNNAMED' });
    expect(plant.written.map(({ writes }) => writes)).toEqual([
      [{ tag: 'plc.verdict_part', value: '' }],
      [{ tag: 'plc.verdict', value: 1 }],
    ]);
  });
});

describe('a recipe', () => {
  const wide: ModelSlot = { ...surface, id: 'outlet/surface@wide', threshold: 0.95 };
  const spec = {
    config: config({ recipe: { tag: 'plc.product', default: 'standard', values: { 7: 'wide' } }, deadline: 500 }),
    slots: new Map([
      ['standard', [surface]],
      ['wide', [wide]],
    ]),
  };

  it('switches between two parts without dropping one: each is judged by the recipe of its trigger', async () => {
    const { plant } = await plantWith(spec);
    plant.models.set(surface.id, { ms: 80, score: 0.1 });
    plant.models.set(wide.id, { ms: 10, score: 0.2 });
    await plant.part();
    plant.tag('plc.product', 7);
    await plant.part();
    plant.tag('plc.product', 'standard');
    await plant.part();
    await plant.clock.advance(300);
    expect(plant.inspections.map((i) => [i.recipe, i.findings[0]?.score])).toEqual([
      ['standard', 0.1],
      ['wide', 0.2],
      ['standard', 0.1],
    ]);
  });

  it('that nobody knows gives on_failure and an alarm until a known one comes', async () => {
    const { plant } = await plantWith(spec);
    plant.tag('plc.product', 'square');
    await plant.part();
    await plant.clock.advance(50);
    expect(plant.inspections[0]).toMatchObject({ outcome: 'failed', recipe: 'square', reasons: [{ code: 'RECIPE_UNKNOWN' }] });
    plant.tag('plc.product', 'standard');
    await plant.part();
    await plant.clock.advance(50);
    expect(plant.alarms.filter((a) => a.startsWith('RECIPE'))).toEqual(['RECIPE_UNKNOWN/outlet/on', 'RECIPE_UNKNOWN/outlet/off']);
  });

  it('that was named before the session ended is that of the parts until it is named again, and each of them says so', async () => {
    const { plant } = await plantWith(spec);
    plant.tag('plc.product', 7);
    plant.tags.lost('plc.product', plant.clock.elapsed());
    await plant.part();
    await plant.clock.advance(50);
    plant.tag('plc.product', 7);
    await plant.part();
    await plant.clock.advance(50);
    const stale = {
      code: 'RECIPE_UNSURE',
      text: 'Station outlet goes on with recipe wide, and there may have been a changeover: it is what tag plc.product named last, before the session with its server ended.',
    };
    expect(plant.inspections.map((i) => [i.recipe, i.reasons.filter(({ code }) => code === 'RECIPE_UNSURE')])).toEqual([
      ['wide', [stale]],
      ['wide', []],
    ]);
  });

  it('that nobody can be sure of is an alarm from the first part on, until its tag or a person says it, with or without another part', async () => {
    const { plant, station } = await plantWith(spec);
    const told = () => plant.alarms.filter((alarm) => alarm.startsWith('RECIPE_UNSURE')).at(-1);
    const partAway = async () => {
      plant.tags.lost('plc.product', plant.clock.elapsed());
      await plant.part();
      await plant.clock.advance(50);
    };
    plant.tag('plc.product', 7);
    await partAway();
    expect(told()).toBe('RECIPE_UNSURE/outlet/on');
    plant.tag('plc.product', 7);
    expect(told()).toBe('RECIPE_UNSURE/outlet/off');
    await partAway();
    expect(told()).toBe('RECIPE_UNSURE/outlet/on');
    station.forceRecipe('wide');
    expect(told()).toBe('RECIPE_UNSURE/outlet/off');
  });

  it('that is named while no part comes is remembered at once: the power may go before the next', async () => {
    const { plant } = await plantWith(spec);
    plant.tag('plc.product', 'standard');
    await plant.part();
    await plant.clock.advance(50);
    plant.tag('plc.product', 7);
    expect(plant.remembered.at(-1)).toContain('"said":"7"');
  });

  it('that was named last is that of the next life, though nobody can be asked, and each part says so; of another node it is not', async () => {
    const first = await plantWith(spec);
    first.plant.tag('plc.product', 7);
    await first.plant.part();
    await first.plant.clock.advance(50);
    const saved = first.plant.records.at(-1)?.saved ?? null;
    const lived = async (nodes: ReadonlyMap<string, string>) => {
      const { plant } = await plantWith({ ...spec, nodes }, { saved });
      await plant.part();
      await plant.clock.advance(50);
      const unsure = (reasons: readonly Reason[]) => reasons.filter(({ code }) => code === 'RECIPE_UNSURE');
      return plant.inspections.map(({ recipe, reasons }) => [recipe, unsure(reasons).map(({ code, text }) => [code, text])]);
    };
    const says = (recipe: string, why: string) => [
      'RECIPE_UNSURE',
      `Station outlet goes on with recipe ${recipe}, and there may have been a changeover: ${why}.`,
    ];
    const last = 'it is what tag plc.product named last, before the agent started, and has not been heard of since';
    expect(await lived(new Map())).toEqual([['wide', [says('wide', last)]]]);
    const none = 'it is the default: tag plc.product has named none, and nothing has been heard of it yet';
    expect(await lived(new Map([['plc.product', 'opc.tcp://other n']]))).toEqual([['standard', [says('standard', none)]]]);
  });

  it('is remembered once for each name, not when the station stops, and nothing is where none was', async () => {
    const { plant, station } = await plantWith(spec);
    plant.tag('plc.product', 'standard');
    await plant.part();
    await plant.clock.advance(50);
    plant.tag('plc.product', 7);
    await station.stop();
    expect(plant.remembered).toHaveLength(2);
    const again = await plantWith(spec, { saved: plant.remembered.at(-1) ?? null });
    await again.station.stop();
    expect(again.plant.remembered).toEqual([]);
  });

  it('can be forced by command, but not to one that does not exist', async () => {
    const { plant, station } = await plantWith(spec);
    station.forceRecipe('wide');
    await plant.part();
    await plant.clock.advance(50);
    expect(plant.inspections[0]?.recipe).toBe('wide');
    expect(() => station.forceRecipe('square')).toThrow(/RECIPE_UNKNOWN/);
  });
});

describe('decisions', () => {
  it('go out with the verdict in one request and are recorded with their outcome', async () => {
    const { plant } = await plantWith({ config: config(), ...one });
    plant.models.set(surface.id, { ms: 5, score: 0.9 });
    await plant.part();
    await plant.clock.advance(50);
    expect(plant.written[0]?.writes.map((w) => w.tag)).toEqual(['plc.verdict_part', 'plc.reject', 'plc.verdict']);
    expect(plant.records[0]?.decisions).toEqual([
      expect.objectContaining({
        action: 'reject',
        inspection: plant.inspections[0]?.id,
        writes: [{ tag: 'plc.reject', value: true, state: 'written' }],
      }),
    ]);
  });

  it('latch once, hold over a restart, and open when acknowledged', async () => {
    const { plant, station } = await plantWith({ config: config(), ...one });
    plant.models.set(surface.id, { ms: 5, score: 0.9 });
    for (let i = 0; i < 5; i++) {
      await plant.part();
      await plant.clock.advance(50);
    }
    expect(plant.records.flatMap((r) => r.decisions.filter((d) => d.action === 'stop'))).toHaveLength(1);
    expect(station.state.held).toBe('three in a row');
    const again = await plantWith({ config: config(), ...one }, { saved: plant.records.at(-1)?.saved ?? null, lastSequence: 5 });
    expect(again.station.state.held).toBe('three in a row');
    expect(again.station.acknowledge()).toEqual(['three in a row']);
    expect(again.station.state.held).toBeNull();
  });
});

describe('pictures', () => {
  it('are kept by verdict and sequence, and every hold is let go', async () => {
    const { plant } = await plantWith({ config: config(), ...one, images: { nok: 'all', review: 'none', ok: '1 in 3' } });
    for (const score of [0.1, 0.1, 0.1, 0.9]) {
      plant.models.set(surface.id, { ms: 5, score });
      await plant.part();
      await plant.clock.advance(50);
    }
    expect(plant.kept).toEqual(plant.inspections.filter((i) => i.sequence === 3 || i.verdict === 'nok').map((i) => i.id));
    expect(plant.frames.map((f) => f.holders)).toEqual([0, 0, 0, 0]);
  });
});

describe('ready', () => {
  it('is written when the station starts and again when asked', async () => {
    const plant = new Plant();
    const station = await plant.station({
      config: config({
        answer: { verdict: 'plc.verdict', values: { ok: 1, nok: 2, review: 3 }, ready: { tag: 'plc.ready', value: true } },
      }),
      ...one,
    });
    const again = station.announce();
    await plant.clock.advance(10);
    await again;
    expect(plant.written.map((w) => w.writes)).toEqual([[{ tag: 'plc.ready', value: true }], [{ tag: 'plc.ready', value: true }]]);
    await settle();
  });

  it('is not written, and no trigger is taken, when the station was stopped while it waited to be started', async () => {
    const plant = new Plant();
    const station = await plant.station({
      config: config({
        answer: { verdict: 'plc.verdict', values: { ok: 1, nok: 2, review: 3 }, ready: { tag: 'plc.ready', value: true } },
      }),
      ...one,
    });
    await plant.clock.advance(10);
    await station.stop();
    const told = plant.written.length;
    const started = station.start();
    await plant.clock.advance(10);
    await started;
    await plant.part();
    await plant.clock.advance(500);
    expect(plant.written.length).toBe(told);
    expect(plant.inspections).toEqual([]);
  });
});

describe('a part whose id stands on it', () => {
  const code = { code: 'top', formats: ['data_matrix' as const] };
  const codesOf = (plant: Plant, part = 0) => plant.inspections[part]?.reasons.filter((reason) => reason.code !== undefined);

  it('is known by the code in the picture, to the PLC, the rules and the record', async () => {
    const { plant } = await plantWith({ config: config({ part: code }), ...one });
    const seen: (string | null)[] = [];
    const { judge } = plant.judge;
    plant.judge.judge = (input) => {
      seen.push(input.part);
      return judge(input);
    };
    plant.codes = { texts: ['P-17'], ms: 30 };
    await plant.part();
    await plant.clock.advance(60);
    expect(plant.inspections[0]).toMatchObject({ part: 'P-17', verdict: 'ok', outcome: 'judged' });
    expect(codesOf(plant)).toEqual([]);
    expect(plant.inspections[0]?.frames.map(({ camera }) => camera)).toEqual(['top']);
    expect(plant.written[0]?.writes[0]).toEqual({ tag: 'plc.verdict_part', value: 'P-17' });
    expect(seen).toEqual(['P-17']);
    expect(plant.frames.every((frame) => frame.holders === 0)).toBe(true);
  });

  it.each([
    ['no code', { texts: [], ms: 5 }, 'there is no readable code in the picture of camera top'],
    ['several codes', { texts: ['A', 'B'], ms: 5 }, 'camera top shows several codes, A and B'],
    ['a code that takes too long', { texts: ['A'], ms: 5000 }, 'the code was not read within 160 ms'],
  ] as const)('goes by its number, with the reason, where there is %s', async (_, codes, why) => {
    const { plant } = await plantWith({ config: config({ part: code, counter: 'plc.count' }), ...one });
    plant.codes = codes;
    plant.tag('plc.count', 41);
    await plant.part();
    await plant.clock.advance(300);
    expect(plant.inspections[0]).toMatchObject({ part: '41', counter: 41, verdict: 'ok', outcome: 'judged' });
    expect(codesOf(plant)).toEqual([{ text: `No part id was read, so the part goes by its number: ${why}.`, code: 'CODE_UNREAD' }]);
  });

  it('gets its verdict in time although no picture of the code comes', async () => {
    const { plant } = await plantWith({ config: config({ part: code }), slots: new Map([['', []]]) });
    plant.camera = 'dead';
    await plant.part();
    await plant.clock.advance(250);
    expect(plant.inspections[0]).toMatchObject({ part: '1', verdict: 'ok', outcome: 'judged' });
    expect(codesOf(plant)).toMatchObject([{ code: 'CODE_UNREAD' }]);
  });

  it('keeps the id that a command gives', async () => {
    const { plant, station } = await plantWith({ config: config({ part: code }), ...one });
    plant.codes = { texts: ['P-17'], ms: 5 };
    station.command('C-9');
    await plant.clock.advance(100);
    expect(plant.inspections[0]).toMatchObject({ part: 'C-9' });
    expect(codesOf(plant)).toEqual([]);
  });

  it('is known by what a model reads, if the model is sure of it', async () => {
    const { plant } = await plantWith({ config: config({ part: { model: 'surface', confidence: 0.9 } }), ...one });
    plant.reading = { text: 'L24-7', confidence: 0.95, characters: [1, 1, 1, 0.95, 1] };
    await plant.part();
    await plant.clock.advance(100);
    plant.reading = { text: 'L24-8', confidence: 0.5, characters: [1, 1, 1, 0.5, 1] };
    await plant.part();
    await plant.clock.advance(100);
    expect(plant.inspections.map(({ part }) => part)).toEqual(['L24-7', '2']);
    expect(codesOf(plant, 1)?.[0]?.text).toBe(
      'No part id was read, so the part goes by its number: model surface read L24-8 with confidence 0.500, 0.9 is wanted.',
    );
  });
});

describe('names', () => {
  const named = config({ part: 'plc.serial', counter: 'plc.counter', inflight: 64 });

  it('of a long burst stay with their parts, more than any number that is kept', async () => {
    const { plant } = await plantWith({ config: named, ...one });
    for (let i = 1; i <= 90; i++) {
      plant.tag('plc.serial', `S${i}`);
      plant.tag('plc.counter', i);
      await plant.part();
      await plant.clock.advance(i < 40 ? 0 : 30);
    }
    await plant.clock.advance(400);
    expect(plant.inspections.map(({ part, counter }) => [part, counter])).toEqual(
      Array.from({ length: 90 }, (_, i) => [`S${i + 1}`, i + 1]),
    );
    const told = plant.written.map(({ writes }) => writes[0]?.value);
    expect([...told].sort()).toEqual(plant.inspections.map(({ part }) => part).sort());
  });

  it('that did not come are none, and the number they leave open is not missed as well', async () => {
    const { plant } = await plantWith({ config: named, ...one });
    const part = async (serial: string | null, counter: number | null) => {
      if (serial !== null) plant.tag('plc.serial', serial, { agoMs: 5 });
      if (counter !== null) plant.tag('plc.counter', counter, { agoMs: 5 });
      await plant.part();
      await plant.clock.advance(250);
    };
    await part('S1', 1);
    await part('S2', 2);
    plant.plcValues.clear();
    await part(null, null);
    await part('S4', 4);
    await part('S7', 7);
    expect(plant.inspections.map(({ part: name, counter, outcome }) => [name, counter, outcome])).toEqual([
      ['S1', 1, 'judged'],
      ['S2', 2, 'judged'],
      [null, null, 'judged'],
      ['S4', 4, 'judged'],
      [null, 5, 'missed'],
      [null, 6, 'missed'],
      ['S7', 7, 'judged'],
    ]);
  });

  it('of parts that passed unseen are told where id and number came together', async () => {
    const { plant } = await plantWith({ config: named, ...one });
    for (const i of [1, 2, 3, 4]) {
      plant.tag('plc.serial', `S${i}`);
      plant.tag('plc.counter', i);
      if (i === 1 || i === 4) await plant.part();
      await plant.clock.advance(100);
    }
    expect(plant.inspections.map(({ part, counter, outcome }) => [part, counter, outcome])).toEqual([
      ['S1', 1, 'judged'],
      ['S2', 2, 'missed'],
      ['S3', 3, 'missed'],
      ['S4', 4, 'judged'],
    ]);
  });

  it.each([20, 50, 90])('do not keep a verdict waiting beyond a deadline of %d ms', async (deadline) => {
    const { plant } = await plantWith({ config: { ...named, deadline }, ...one });
    plant.models.set(surface.id, { ms: 5 });
    await plant.part();
    await plant.clock.advance(deadline);
    expect(plant.written[0]?.at).toBeLessThanOrEqual(10 + deadline);
    await plant.clock.advance(10);
    expect(plant.inspections).toMatchObject([{ part: null, counter: null, answer: { state: 'written' } }]);
  });

  it('that are unknown are not told at all when the trigger was old, and nothing is done to the part that is there now', async () => {
    const { plant } = await plantWith({ config: named, ...one });
    plant.models.set(surface.id, { ms: 5, score: 0.9 });
    plant.tag('plc.serial', 'S1');
    await plant.part();
    await plant.clock.advance(300);
    plant.plcValues.clear();
    plant.tag('plc.present', true, { agoMs: 280 });
    await plant.clock.advance(300);
    expect(plant.written).toHaveLength(1);
    expect(plant.inspections[1]).toMatchObject({ part: null, verdict: 'nok', answer: { state: 'none' } });
    expect(plant.inspections[1]?.answer.fault).toMatch(/PART_UNNAMED/);
    expect(plant.records[1]?.decisions[0]?.writes[0]).toMatchObject({ tag: 'plc.reject', state: 'failed' });
  });
});

describe('after a kill', () => {
  const named = config({ part: 'plc.serial', counter: 'plc.counter' });
  const saved = async () => {
    const { plant } = await plantWith({ config: named, ...one });
    plant.tag('plc.serial', 'S10');
    plant.tag('plc.counter', 10);
    await plant.part();
    await plant.clock.advance(100);
    return { saved: plant.records[0]?.saved ?? null, notes: plant.notes };
  };

  it('every part that was being told is on record with its own name and number', async () => {
    const { saved: memory, notes } = await saved();
    expect(notes).toMatchObject([{ number: 1, part: 'S10', counter: 10, verdict: 'ok' }]);
    const note = (number: number, part: string, counter: number | null) =>
      ({ station: 'outlet', number, part, counter, verdict: 'nok', recipe: 'wide' }) as const;
    const before = { lastCounter: 10, lastPart: 'S10', lastSequence: 1, saved: memory };
    const left = [...notes, note(2, 'S11', 11), note(3, 'S13', 13)];
    const { plant } = await plantWith({ config: named, ...one }, { ...before, notes: left }, (p) => p.plcValues.set('plc.counter', 14));
    await plant.clock.advance(2500);
    expect(plant.inspections.map(({ part, counter, outcome, verdict }) => [part, counter, outcome, verdict])).toEqual([
      ['S11', 11, 'unrecorded', 'nok'],
      [null, 12, 'missed', 'review'],
      ['S13', 13, 'unrecorded', 'nok'],
      [null, 14, 'missed', 'review'],
    ]);
    expect(plant.inspections[1]?.reasons[0]?.text).toMatch(/may have been given a verdict/);
    expect(plant.inspections[0]?.recipe).toBe('wide');
    // Killed again, with the same notes: nothing of it comes twice, and the number does not go back.
    const memory2 = { lastCounter: 14, lastPart: 'S13', lastSequence: 5, saved: plant.records.at(-1)?.saved ?? null, notes: left };
    const again = await plantWith({ config: named, ...one }, memory2, (p) => p.plcValues.set('plc.counter', 15));
    await again.plant.clock.advance(2500);
    expect(again.plant.inspections.map(({ counter, outcome }) => [counter, outcome])).toEqual([[15, 'missed']]);
  });

  it('the part that the PLC shows is on record without a number, since the counter shows another part by now', async () => {
    const { saved: memory } = await saved();
    const before = { lastCounter: 10, lastPart: 'S10', lastSequence: 1, saved: memory };
    const { plant } = await plantWith({ config: named, ...one }, before, (p) => {
      p.plcValues.set('plc.counter', 12);
      p.plcValues.set('plc.verdict_part', 'S12');
      p.plcValues.set('plc.verdict', 1);
    });
    await plant.clock.advance(2500);
    expect(plant.inspections.map(({ part, counter, outcome }) => [part, counter, outcome])).toEqual([
      ['S12', null, 'unrecorded'],
      [null, 11, 'missed'],
      [null, 12, 'missed'],
    ]);
    expect(plant.inspections[0]?.reasons[1]?.text).toBe('Its number is not known.');
  });

  it('parts that passed while the counter was full and began anew are missed one by one', async () => {
    const before = { lastCounter: 32_766, lastPart: 'S10', lastSequence: 1 };
    const { plant } = await plantWith({ config: named, ...one }, before, (p) => p.plcValues.set('plc.counter', -32_767));
    await plant.clock.advance(2500);
    expect(plant.inspections.map(({ counter, outcome }) => [counter, outcome])).toEqual([
      [32_767, 'missed'],
      [-32_768, 'missed'],
      [-32_767, 'missed'],
    ]);
  });

  it('a new order right after the first start of all makes nobody of the order before a missed part', async () => {
    const { plant } = await plantWith({ config: named, ...one }, {}, (p) => p.plcValues.set('plc.counter', 5000));
    plant.tag('plc.serial', 'S1');
    plant.tag('plc.counter', 1);
    await plant.part();
    await plant.clock.advance(2500);
    expect(plant.inspections.map(({ counter, outcome }) => [counter, outcome])).toEqual([[1, 'judged']]);
  });

  it('a long absence is one record, and the counter goes on from its end', async () => {
    const before = { lastCounter: 10, lastPart: 'S10', lastSequence: 1 };
    const { plant } = await plantWith({ config: named, ...one }, before, (p) => p.plcValues.set('plc.counter', 1500));
    await plant.clock.advance(2500);
    expect(plant.inspections).toMatchObject([{ part: null, counter: null, outcome: 'missed', missed: { from: 11, to: 1500 } }]);
    plant.tag('plc.serial', 'S1501');
    plant.tag('plc.counter', 1501);
    await plant.part();
    await plant.clock.advance(100);
    expect(plant.inspections.at(-1)).toMatchObject({ part: 'S1501', counter: 1501, sequence: 3 });
  });
});

describe('a command', () => {
  it('that names the part of a station with a code does no harm when its camera has no picture', async () => {
    const { plant, station } = await plantWith({
      config: config({ part: { code: 'top', formats: ['data_matrix'] } }),
      slots: new Map([['', []]]),
    });
    plant.camera = 'dead';
    station.command('C-1');
    await plant.clock.advance(300);
    expect(plant.inspections).toMatchObject([{ part: 'C-1', verdict: 'ok' }]);
  });

  it('that forces a recipe is remembered at once, over a restart, and refused where nobody knows the recipe', async () => {
    const wide: ModelSlot = { ...surface, id: 'outlet/surface@wide' };
    const spec = {
      config: config({ recipe: { default: 'standard' }, recipes: { wide: { models: {} } } }),
      slots: new Map([
        ['', [surface]],
        ['wide', [wide]],
      ]),
    };
    const { plant, station } = await plantWith(spec);
    station.forceRecipe('wide');
    const again = await plantWith(spec, { saved: plant.remembered.at(-1) ?? null });
    expect(again.station.state.recipe).toBe('wide');
    again.station.forceRecipe(null);
    expect((await plantWith(spec, { saved: again.plant.remembered.at(-1) ?? null })).station.state.recipe).toBe('standard');
    const plain = await plantWith({ config: config(), ...one });
    expect(() => plain.station.forceRecipe('wide')).toThrow(/RECIPE_UNKNOWN/);
  });
});
