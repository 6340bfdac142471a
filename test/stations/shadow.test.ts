import { describe, expect, it } from 'vitest';
import type { Finding, ModelSlot } from '#agent/contracts/index.js';
import { LinesideError } from '#agent/errors.js';
import { differenceOf } from '#agent/stations/shadow.js';
import { stationConfig as config, Plant, surface } from '../simulators/station.ts';

const candidate: ModelSlot = { ...surface, id: 'outlet/surface~shadow', package: 'surface-defect-2', beside: 'outlet/surface' };
async function plantWith(behaviour: Parameters<Plant['models']['set']>[1], over: Partial<typeof config> = {}) {
  const plant = new Plant();
  plant.models.set(candidate.id, behaviour);
  plant.tag('plc.present', false);
  const station = await plant.station({
    config: { ...config, ...over },
    slots: new Map([['', [surface]]]),
    shadows: new Map([[surface.id, candidate]]),
  });
  return { plant, station, counters: () => station.shadowCounters[surface.id] };
}

describe('a candidate beside a model', () => {
  it('looks at a part when its verdict is out and recorded, and says what would have changed', async () => {
    const { plant, counters } = await plantWith({ ms: 50, score: 0.9 });
    await plant.part();
    await plant.clock.advance(30);
    expect(plant.inspections).toMatchObject([{ verdict: 'ok', findings: [{ package: 'surface-defect' }] }]);
    expect(plant.shadows).toEqual([]);
    await plant.clock.advance(60);
    expect(plant.shadows).toMatchObject([
      {
        station: 'outlet',
        inspection: plant.inspections[0]?.id,
        part: '1',
        model: 'surface',
        difference: 'verdict',
        current: { verdict: 'ok', finding: { score: 0.1 } },
        candidate: { verdict: 'nok', reasons: [{ text: 'surface 0.9' }], finding: { package: 'surface-defect-2', score: 0.9 } },
      },
    ]);
    expect(counters()).toEqual({ package: 'surface-defect-2', compared: 1, differing: 1, skipped: 0, failed: 0 });
    expect(plant.inspections).toHaveLength(1);
    expect(plant.frames.map(({ holders }) => holders)).toEqual([0]);
  });

  it('that says the same is counted and told as the same', async () => {
    const { plant, counters } = await plantWith({ ms: 5, score: 0.1 });
    await plant.part();
    await plant.clock.advance(100);
    expect(plant.shadows).toMatchObject([{ difference: 'none' }]);
    expect(counters()).toMatchObject({ compared: 1, differing: 0 });
  });

  it('that falls behind skips parts, and holds none of them', async () => {
    const { plant, counters } = await plantWith({ ms: 1000, score: 0.9 });
    for (let i = 0; i < 5; i++) {
      await plant.part();
      await plant.clock.advance(50);
    }
    expect(plant.inspections.map(({ outcome, verdict }) => [outcome, verdict])).toEqual(Array(5).fill(['judged', 'ok']));
    expect(plant.frames.map(({ holders }) => holders)).toEqual(Array(5).fill(0));
    await plant.clock.advance(1000);
    expect(counters()).toMatchObject({ compared: 1, skipped: 4 });
  });

  it.each([
    ['fails', { ms: 5, fault: new LinesideError('MODEL_CRASHED', { model: 'x', why: 'it died' }) }, { failed: 3, skipped: 0 }],
    ['hangs', { ms: 0, hangs: true }, { failed: 0, skipped: 2 }],
  ])('that %s hurts no part', async (_, behaviour, wanted) => {
    const { plant, counters } = await plantWith(behaviour);
    for (let i = 0; i < 3; i++) {
      await plant.part();
      await plant.clock.advance(50);
    }
    expect(plant.inspections.map(({ outcome, verdict }) => [outcome, verdict])).toEqual(Array(3).fill(['judged', 'ok']));
    expect(plant.alarms.filter((alarm) => alarm.endsWith('/on'))).toEqual([]);
    expect(plant.shadows).toEqual([]);
    expect(counters()).toMatchObject({ compared: 0, ...wanted });
  });

  const why = 'it lies at the end of where it is looked for, or beyond';
  const lost = { ms: 5, fault: new LinesideError('PART_NOT_FOUND', { model: 'surface', why }) };

  it('that does not find a part is told as what the line would do then, and counted as differing', async () => {
    const { plant, counters } = await plantWith(lost);
    await plant.part();
    await plant.clock.advance(100);
    const reasons = [{ code: 'PART_NOT_FOUND', text: expect.stringContaining(why) }];
    expect(plant.shadows).toMatchObject([
      {
        difference: 'verdict',
        current: { verdict: 'ok' },
        candidate: { verdict: 'review', reasons, finding: { package: 'surface-defect-2', score: 1, label: null } },
      },
    ]);
    expect(counters()).toMatchObject({ compared: 1, differing: 1, failed: 0 });
  });

  it('that does not find a part differs where on_failure says what was said as well', async () => {
    const { plant, counters } = await plantWith(lost, { on_failure: 'ok' });
    await plant.part();
    await plant.clock.advance(100);
    expect(plant.shadows).toMatchObject([{ difference: 'finding', candidate: { verdict: 'ok' } }]);
    expect(counters()).toMatchObject({ compared: 1, differing: 1 });
  });

  it('has nothing to compare with where on_failure spoke', async () => {
    const { plant, counters } = await plantWith({ ms: 5, score: 0.9 });
    plant.models.set(surface.id, { ms: 5, fault: new LinesideError('MODEL_FAILED', { model: 'surface', why: 'x' }) });
    await plant.part();
    await plant.clock.advance(100);
    expect(plant.inspections).toMatchObject([{ outcome: 'failed' }]);
    expect(counters()).toMatchObject({ compared: 0, failed: 0 });
  });

  it('tells nobody anything once the station has stopped', async () => {
    const { plant, station } = await plantWith({ ms: 500, score: 0.9 });
    await plant.part();
    await plant.clock.advance(50);
    await station.stop();
    await plant.clock.advance(1000);
    expect(plant.shadows).toEqual([]);
  });
});

describe('the gravest difference', () => {
  const finding = (score: number, label: string | null = 'good') =>
    ({ score, label, threshold: 0.6, review: [0.4, 0.6] }) as unknown as Finding;

  it.each([
    ['ok', finding(0.1), 'nok', finding(0.9), 'verdict'],
    ['ok', finding(0.1), 'ok', finding(0.5), 'finding'],
    ['ok', finding(0.39), 'ok', finding(0.4), 'finding'],
    ['nok', finding(0.6, 'scratch'), 'nok', finding(0.9, 'dent'), 'label'],
    ['nok', finding(0.6, 'scratch'), 'nok', finding(0.9, 'scratch'), 'none'],
  ] as const)('of case %#', (given, current, would, other, wanted) => {
    expect(differenceOf(current, given, other, would)).toBe(wanted);
  });

  it('ends the review band below its upper limit, as the rules do', () => {
    const wide = { threshold: 0.9, label: 'good', review: [0.4, 0.6] as const };
    expect(differenceOf({ ...finding(0.1), ...wide } as Finding, 'ok', { ...finding(0.6), ...wide } as Finding, 'ok')).toBe('none');
  });
});
