import { describe, expect, it } from 'vitest';
import type { StationConfig } from '#agent/config/schema.js';
import type { StationMemory, StationSpec } from '#agent/stations/ports.js';
import { type AnsweredPart, answeredLast, counterNow, isNumbered, missedParts, unrecordedPart } from '#agent/stations/recover.js';
import { Plant, stationConfig, surface } from '../simulators/station.ts';

const specWith = (config: Partial<StationConfig>) =>
  ({ name: 'outlet', config: { ...stationConfig, ...config }, configHash: 'c0ffee' }) as unknown as StationSpec;
const plantThat = (shows: Readonly<Record<string, number | string | null>>) => {
  const plant = new Plant();
  for (const [tag, value] of Object.entries(shows)) plant.plcValues.set(tag, value);
  return plant;
};
/** A station that is started on what was stored of it, and how it looks when all that may come has come. */
async function started(config: Partial<StationConfig>, shows: Parameters<typeof plantThat>[0], before: Partial<StationMemory>) {
  const plant = plantThat(shows);
  const station = await plant.station({ config: { ...stationConfig, ...config }, slots: new Map([['', [surface]]]) }, before);
  await plant.clock.advance(2500);
  return { plant, station };
}
const numbered = { counter: 'plc.counter' };
const named = { part: 'plc.serial', counter: 'plc.counter' };
const NOTHING_KNOWN = {
  station: 'outlet',
  trigger: 'tag',
  findings: [],
  frames: [],
  tags: {},
  window: null,
  timings: { transport: 0, align: 0, prepare: 0, infer: 0, rules: 0, verdict: 0, answer: 0 },
  configHash: 'c0ffee',
};

describe('the part that the PLC shows a verdict for', () => {
  const shown = (config: Partial<StationConfig>, shows: Parameters<typeof plantThat>[0]) =>
    answeredLast(specWith(config), plantThat(shows).ports([]));

  it.each([
    ['by its number, where the number is the name', numbered, 11, { part: '11', counter: 11, verdict: 'nok' }],
    [
      'by its number, where one tag is both',
      { part: 'plc.serial', counter: 'plc.serial' },
      '12',
      { part: '12', counter: 12, verdict: 'nok' },
    ],
    ['without a number, where it has a name of its own', named, 'S11', { part: 'S11', counter: null, verdict: 'nok' }],
    ['without a number, where its name looks like one', named, '11', { part: '11', counter: null, verdict: 'nok' }],
    ['without a number, where the PLC has none', {}, '11', { part: '11', counter: null, verdict: 'nok' }],
    ['without a number, where what it shows is none', numbered, 'A', { part: 'A', counter: null, verdict: 'nok' }],
  ] as const)('is known %s', async (_, config, text, wanted) => {
    expect(await shown(config, { 'plc.verdict_part': text, 'plc.verdict': 2 })).toEqual(wanted);
  });

  it.each([
    ['shows no part', { 'plc.verdict_part': '', 'plc.verdict': 2 }],
    ['shows no verdict of ours', { 'plc.verdict_part': '11', 'plc.verdict': 0 }],
    ['shows nothing for a verdict', { 'plc.verdict_part': '11', 'plc.verdict': null }],
    ['does not answer for the part', { 'plc.verdict': 2 }],
    ['does not answer for the verdict', { 'plc.verdict_part': '11' }],
  ])('is none where the PLC %s', async (_, shows) => {
    expect(await shown(numbered, shows as never)).toBeNull();
  });

  it('is one whose verdict is a text in the PLC, too', async () => {
    const answer = { part: 'plc.verdict_part', verdict: 'plc.verdict', values: { ok: 'GOOD', nok: 'BAD', review: '3' } };
    const shows = (verdict: string | number) => shown({ answer }, { 'plc.verdict_part': '11', 'plc.verdict': verdict });
    expect((await Promise.all([shows('GOOD'), shows('BAD'), shows(3)])).map((part) => part?.verdict)).toEqual(['ok', 'nok', 'review']);
  });

  it.each([
    ['the station answers without a part', { answer: { verdict: 'plc.verdict', values: { ok: 1, nok: 2, review: 3 } } }],
    ['the station does not answer', { answer: undefined as never }],
  ])('is not asked for where %s', async (_, config) => {
    const plant = plantThat({ 'plc.verdict_part': '11', 'plc.verdict': 2 });
    expect(await answeredLast(specWith(config as never), plant.ports([]))).toBeNull();
    expect(plant.reads).toEqual([]);
  });

  it('is waited for two seconds', async () => {
    const plant = plantThat({});
    await answeredLast(specWith(numbered), plant.ports([]));
    expect(plant.reads).toEqual([
      { at: 0, tag: 'plc.verdict_part', timeout: 2000 },
      { at: 0, tag: 'plc.verdict', timeout: 2000 },
    ]);
  });
});

describe('the number that the counter shows', () => {
  it.each([
    [numbered, 17, 17, 1],
    [numbered, '17', 17, 1],
    [numbered, 'A7', null, 1],
    [numbered, null, null, 1],
    [{}, 17, null, 0],
  ] as const)('%j, %j is %j', async (config, shows, wanted, reads) => {
    const plant = plantThat({ 'plc.counter': shows });
    expect(await counterNow(specWith(config), plant.ports([]))).toBe(wanted);
    expect(plant.reads.map(({ tag, timeout }) => [tag, timeout])).toEqual(Array(reads).fill(['plc.counter', 2000]));
  });

  it('is none when the PLC does not answer', async () => {
    expect(await counterNow(specWith(numbered), plantThat({}).ports([]))).toBeNull();
  });

  it.each([
    [numbered, true],
    [{ part: 'plc.counter', counter: 'plc.counter' }, true],
    [{ part: { code: 'top', formats: [] }, counter: 'plc.counter' } as Partial<StationConfig>, true],
    [named, false],
    [{ part: 'plc.serial' }, false],
    [{}, false],
  ])('%j is the name of the part: %j', (config, wanted) => {
    expect(isNumbered(specWith(config))).toBe(wanted);
  });
});

describe('the record of a part that was answered and not recorded', () => {
  const recordOf = (config: Partial<StationConfig>, answered: AnsweredPart) => {
    const plant = new Plant();
    return unrecordedPart(specWith(config), plant.ports([]), answered, 'standard');
  };
  const sentence = (part: string) =>
    `Part ${part} was answered nok by station outlet shortly before the agent stopped, and its record was lost.`;

  it('says what the PLC was told, and nothing that nobody knows', () => {
    const record = recordOf(named, { part: 'S11', counter: 11, verdict: 'nok', recipe: 'wide' });
    expect(record).toEqual({
      ...NOTHING_KNOWN,
      id: 'id-1',
      at: Date.UTC(2026, 0, 5, 6),
      part: 'S11',
      counter: 11,
      recipe: 'wide',
      outcome: 'unrecorded',
      verdict: 'nok',
      reasons: [{ text: sentence('S11'), code: 'PART_UNRECORDED' }],
      answer: { state: 'written', ms: 0 },
    });
  });

  it('does not say that the PLC got what was only noted before it went out', () => {
    const { answer } = recordOf(named, { part: 'S11', counter: 11, verdict: 'nok', unconfirmed: true });
    expect(answer).toEqual({ state: 'failed', ms: 0, fault: 'the agent ended before the PLC had confirmed it' });
  });

  it.each([
    ['that its number is not known', named, { part: 'S11', counter: null }, [sentence('S11'), 'Its number is not known.']],
    ['nothing of a number where the PLC has none', { part: 'plc.serial' }, { part: 'S11', counter: null }, [sentence('S11')]],
    ['that it has no name', named, { part: null, counter: 11 }, [sentence('without a name')]],
    ['that it has no name, which is why it has no number', named, { part: null, counter: null }, [sentence('without a name')]],
  ] as const)('says %s', (_, config, answered, texts) => {
    const record = recordOf(config, { ...answered, verdict: 'nok' });
    expect([record.reasons.map(({ text }) => text), record.recipe]).toEqual([texts, 'standard']);
    expect([record.part, record.counter]).toEqual([answered.part, answered.counter]);
  });
});

describe('the record of parts that passed unseen', () => {
  const recordOf = (
    config: Partial<StationConfig>,
    from: number,
    to: number,
    more: { part?: string; begun?: boolean; unnumbered?: number } = {},
  ) =>
    missedParts(
      specWith(config),
      new Plant().ports([]),
      { numbers: { from, to }, part: null, begun: false, unnumbered: 0, ...more },
      'standard',
    );
  const missed = (what: string) => `${what} passed station outlet and was not judged: the part counter went past it.`;

  it('is of one part, with on_failure as its verdict and no answer', () => {
    expect(recordOf(named, 12, 12)).toEqual({
      ...NOTHING_KNOWN,
      id: 'id-1',
      at: Date.UTC(2026, 0, 5, 6),
      part: null,
      counter: 12,
      recipe: 'standard',
      outcome: 'missed',
      verdict: 'review',
      reasons: [{ text: missed('Part 12'), code: 'PART_MISSED' }],
      answer: { state: 'none', ms: 0 },
    });
  });

  it('has the name that the PLC told, or its number where that is the name', () => {
    const told = recordOf(named, 12, 12, { part: 'S12' });
    expect([told.part, told.counter, told.reasons[0]?.text]).toEqual(['S12', 12, missed('Part S12')]);
    expect(recordOf(numbered, 12, 12).part).toBe('12');
  });

  it('is of many at once, by their first and last number', () => {
    const record = recordOf(numbered, 11, 1500);
    expect([record.part, record.counter, record.missed]).toEqual([null, null, { from: 11, to: 1500 }]);
    expect(record.reasons.map(({ text }) => text)).toEqual([missed('Parts 11 to 1500, 1490 in all,')]);
  });

  it('says that the PLC may have an answer where the part was under inspection when the agent died', () => {
    expect(recordOf(named, 12, 12, { begun: true }).reasons.map(({ text }) => text)).toEqual([
      'Part 12 passed station outlet and was not judged: it was under inspection when the agent died, and the PLC may have been given a verdict that it no longer shows.',
    ]);
  });

  it('says that it may be another number, where parts were judged without one', () => {
    expect(recordOf(named, 12, 12, { unnumbered: 2 }).reasons.map(({ text }) => text)).toEqual([
      missed('Part 12'),
      '2 parts were judged without a number here, so that it may be another number that was missed.',
    ]);
  });
});

describe('a start', () => {
  it('records the part that the PLC shows once, in front of the first part, though nothing counts parts', async () => {
    const shows = { 'plc.verdict_part': 'S11', 'plc.verdict': 2 };
    const { plant } = await started({ part: 'plc.serial' }, shows, { lastPart: 'S10', lastSequence: 3 });
    expect(plant.inspections.map(({ sequence, part, counter, outcome }) => [sequence, part, counter, outcome])).toEqual([
      [4, 'S11', null, 'unrecorded'],
    ]);
  });

  it('takes nothing from the PLC on the very first day', async () => {
    const shows = { 'plc.verdict_part': '11', 'plc.verdict': 2, 'plc.counter': 12 };
    const { plant } = await started(numbered, shows, {});
    expect(plant.inspections).toEqual([]);
    // The counter is read all the same: from here on it tells what passes.
    expect(plant.reads.map(({ tag }) => tag)).toEqual(['plc.counter']);
  });

  it.each([
    ['is the one recorded last', { lastPart: '11', lastCounter: 9 }],
    ['has a number that was passed already', { lastPart: '12', lastCounter: 12 }],
    ['has the number that was recorded last', { lastPart: 'X', lastCounter: 11 }],
  ])('records no part that %s', async (_, before) => {
    const shows = { 'plc.verdict_part': '11', 'plc.verdict': 2, 'plc.counter': before.lastCounter };
    const { plant } = await started(numbered, shows, { lastSequence: 3, ...before });
    expect(plant.inspections).toEqual([]);
  });

  it('records one with a number just ahead of the last', async () => {
    const shows = { 'plc.verdict_part': '12', 'plc.verdict': 2, 'plc.counter': 12 };
    const { plant } = await started(numbered, shows, { lastPart: '11', lastCounter: 11, lastSequence: 3 });
    expect(plant.inspections.map(({ part, outcome, verdict }) => [part, outcome, verdict])).toEqual([['12', 'unrecorded', 'nok']]);
  });
});
