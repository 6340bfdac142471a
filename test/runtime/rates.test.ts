import { describe, expect, it } from 'vitest';
import type { Inspection } from '#agent/contracts/index.js';
import { Rates } from '#agent/runtime/rates.js';
import { skewHint } from '#agent/runtime/skew-hint.js';

const part = (over: Partial<Inspection> = {}) =>
  ({ outcome: 'judged', reasons: [], answer: { state: 'written', ms: 1 }, ...over }) as unknown as Inspection;
const late = part({
  outcome: 'failed',
  reasons: [{ code: 'DEADLINE_MISSED', text: 'Station outlet had no result at its deadline of 20 ms.' }],
});
const unwritten = part({
  answer: { state: 'failed', ms: 1, fault: '[OPCUA_WRITE_FAILED] Tag plc.verdict could not be written: BadTypeMismatch.' },
});

/** What was stated after each part that changed it. */
function statedBy(rates: Rates, parts: readonly Inspection[]) {
  return parts.flatMap((one, n) => {
    const stated = rates.note(one);
    return stated ? [{ n: n + 1, codes: stated.map(({ fault }) => fault.code), count: stated[0]?.fault.details['count'] }] : [];
  });
}
const times = (n: number, one: Inspection) => Array.from({ length: n }, () => one);

describe('faults that the parts of a station meet', () => {
  it('are an alarm with its rate and its last cause from the third part that meets them', () => {
    const rates = new Rates('outlet');
    expect(statedBy(rates, times(2, late))).toEqual([]);
    const [standing] = rates.note(late) ?? [];
    expect(standing?.subject).toBe('outlet');
    expect(standing?.fault.code).toBe('DEADLINE_MISSED');
    expect(standing?.fault.sentence).toBe(
      '3 of the last 3 parts of station outlet: Station outlet had no result at its deadline of 20 ms.',
    );
    expect(standing?.fault.next).toMatch(/raise the deadline/);
  });

  it('on a running line are one from a fifth of the last twenty', () => {
    const rates = new Rates('outlet');
    statedBy(rates, times(20, part()));
    expect(statedBy(rates, times(4, late))).toEqual([{ n: 4, codes: ['DEADLINE_MISSED'], count: 4 }]);
    const seldom = new Rates('outlet');
    const every = Array.from({ length: 200 }, (_, n) => (n % 10 === 9 ? late : part()));
    expect(statedBy(seldom, every)).toEqual([]);
  });

  it('are none any more when no more than one in twenty meets them, and do not flap between', () => {
    const rates = new Rates('outlet');
    const steps = statedBy(rates, [...times(20, late), ...times(40, part())]);
    expect(steps.at(-1)).toEqual({ n: 39, codes: [], count: undefined });
    expect(steps.filter(({ codes }) => codes.length === 0)).toHaveLength(1);
  });

  it('are told apart by code: a verdict that cannot be written is one, though every part was judged', () => {
    const rates = new Rates('outlet');
    expect(statedBy(rates, times(3, unwritten))).toEqual([{ n: 3, codes: ['OPCUA_WRITE_FAILED'], count: 3 }]);
    const both = part({ ...late, answer: unwritten.answer });
    const stated = statedBy(new Rates('outlet'), times(3, both));
    expect(stated.at(-1)?.codes).toEqual(['DEADLINE_MISSED', 'OPCUA_WRITE_FAILED']);
  });

  it('are counted as many as a record stands for, and not at all where the station itself is off', () => {
    const range = part({ outcome: 'missed', missed: { from: 10, to: 14 }, reasons: [{ code: 'PART_MISSED', text: 'five passed.' }] });
    expect(statedBy(new Rates('outlet'), [range])).toEqual([{ n: 1, codes: ['PART_MISSED'], count: 5 }]);
    const off = part({ outcome: 'failed', reasons: [{ code: 'STATION_DISABLED', text: 'off' }] });
    expect(statedBy(new Rates('outlet'), times(20, off))).toEqual([]);
  });

  it('are without what the station tells and takes back itself, and with what else such a part met', () => {
    const unsure = { code: 'RECIPE_UNSURE', text: 'there may have been a changeover.' } as const;
    expect(statedBy(new Rates('outlet'), times(20, part({ reasons: [unsure] })))).toEqual([]);
    const both = part({ ...late, reasons: [unsure, ...late.reasons] });
    expect(statedBy(new Rates('outlet'), times(3, both))).toEqual([{ n: 3, codes: ['DEADLINE_MISSED'], count: 3 }]);
  });
});

describe('parts without a picture', () => {
  const station = {
    trigger: { tag: 'plc.part', edge: 'rising' },
    frame: { select: 'nearest', offset: 0, tolerance: 100, clock: 'source' },
  } as unknown as Parameters<typeof skewHint>[0];
  const NOW = Date.UTC(2026, 10, 30);
  const off = (ms: number) => ({ plc: ms, other: 0 });

  it('have the skew of the PLC’s clock for a next step where it explains them, else that of the fault', () => {
    let skews = off(-7_204_000);
    const rates = new Rates('outlet', (code) => skewHint(station, code, skews, NOW));
    const missing = part({ outcome: 'failed', reasons: [{ code: 'FRAME_MISSING', text: 'Camera c had no picture for this part.' }] });
    const [standing] = times(3, missing).flatMap((one) => rates.note(one) ?? []);
    expect(standing?.fault.code).toBe('FRAME_MISSING');
    expect(standing?.fault.next).toBe(
      'The clock of OPC UA server plc is 2 h behind the clock of this box; pictures are chosen by it: set both by the same time server, or say `frame: {clock: arrival}` at the station.',
    );
    skews = off(0);
    const later = times(4, missing).flatMap((one) => rates.note(one) ?? []);
    expect(later.at(-1)?.fault.next).toMatch(/^Compare the camera rate/);
  });

  it.each([
    ['a clock ahead', 'DEADLINE_MISSED', off(150), /0\.1 s ahead of|0\.2 s ahead of/],
    ['as much as the station tolerates', 'DEADLINE_MISSED', off(100), null],
    ['a skew that nobody has measured', 'FRAME_MISSING', {}, null],
    ['the clock of another server', 'FRAME_MISSING', { plc: 0, other: 1e6 }, null],
    ['another fault', 'WINDOW_GAPS', off(1e6), null],
  ] as const)('%s: %s', (_, code, skews, hint) => {
    const found = skewHint(station, code, skews, NOW);
    if (hint) expect(found).toMatch(hint);
    else expect(found).toBeNull();
  });

  it('of a station that goes by arrival, or by a camera, have nothing to do with a clock', () => {
    const byArrival = { ...station, frame: { ...station.frame, clock: 'arrival' } } as typeof station;
    const byCamera = { ...station, trigger: { camera: 'top' } } as unknown as typeof station;
    for (const one of [byArrival, byCamera]) expect(skewHint(one, 'FRAME_MISSING', off(1e6), NOW)).toBeNull();
  });
});
