import { describe, expect, it } from 'vitest';
import type { Inspection, TagReading } from '#agent/contracts.js';
import { peakOf } from '#agent/publishers/heatmap.js';
import {
  alarmPayload,
  decisionPayload,
  healthPayload,
  qualityPayload,
  replyPayload,
  statePayload,
  statusPayload,
} from '#agent/publishers/payloads.js';
import { LONGEST_TEXT, MOST_VALUES } from '#agent/publishers/schemas.js';
import { faultOf } from '../simulators/subscriber.ts';
import { alarm, decision, finding, health, inspection, state } from './samples.ts';

/** As it arrives: through JSON, and checked against the schema. */
const sent = (topic: string, payload: object): Record<string, unknown> => {
  const arrived = JSON.parse(JSON.stringify(payload)) as Record<string, unknown>;
  expect(faultOf(topic, arrived)).toBeNull();
  return arrived;
};
const quality = (over: Partial<Inspection> = {}, late?: Parameters<typeof qualityPayload>[2]) =>
  sent('x/quality', qualityPayload('gw1', inspection(1, over), late));

describe('a quality event', () => {
  it('says what was judged, by what, and why', () => {
    const judged = inspection(42, { verdict: 'nok' });
    expect(sent('x/quality', qualityPayload('gw1', judged))).toMatchObject({
      schema: 'lineside.quality.v1',
      id: judged.id,
      agent: 'gw1',
      station: 'outlet',
      sequence: 42,
      at: 1_770_000_000_042,
      time: '2026-02-02T02:40:00.042Z',
      part: 'P42',
      recipe: 'standard',
      verdict: 'nok',
      outcome: 'judged',
      reasons: [{ text: 'surface defect', rule: 'surface.score >= surface.threshold' }],
      tags: { 'plc.die_temp': { value: 312.4, status: 0, source: 1_770_000_000_000, unit: '°C' } },
      answer: { state: 'written', ms: 2.1 },
      config_hash: 'cafe'.repeat(4),
    });
  });

  it('writes numbers no longer than they are known', () => {
    expect(quality()['findings']).toMatchObject([
      { score: 0.123457, margin: -0.496543, probabilities: { crack: 0.123457, good: 0.876543 }, queue_ms: 0.123, run_ms: 11.235 },
    ]);
  });

  it.each(['judged', 'failed', 'missed', 'unrecorded'] as const)('is valid when %s', (outcome) => {
    expect(quality({ outcome, part: null, counter: null, findings: [], frames: [], tags: {} })['outcome']).toBe(outcome);
  });

  it('names the fault that spoke', () => {
    const reasons = [{ text: 'Station outlet had no result at its deadline of 200 ms.', code: 'DEADLINE_MISSED' as const }];
    expect(quality({ reasons })['reasons']).toEqual(reasons);
  });

  it('carries what came late, and that it was not the verdict', () => {
    const late = { inspection: 'x', model: 'surface', lateMs: 31.25, finding: finding({ score: 0.99 }) };
    expect(quality({}, late)['late']).toMatchObject({ model: 'surface', late_ms: 31.25, finding: { score: 0.99 } });
    expect(quality({}, { ...late, finding: null, fault: 'MODEL_HUNG' })['late']).toMatchObject({ finding: null, fault: 'MODEL_HUNG' });
  });

  it('sums a window up', () => {
    const window = {
      tags: ['plc.die_temp'],
      endsAt: 1_770_000_000_000.4,
      everyMs: 200,
      steps: 4,
      values: new Float32Array(4),
      quality: Uint8Array.of(0, 1, 2, 3),
    };
    expect(quality({ window })['window']).toEqual({
      tags: ['plc.die_temp'],
      ends_at: 1_770_000_000_000,
      every_ms: 200,
      steps: 4,
      gaps: 0.5,
    });
  });

  it('says how a text was read and what it names, and counts all', () => {
    const entities = Array.from({ length: 100 }, (_, i) => ({
      label: 'State',
      score: 0.87654321,
      text: 'leak',
      span: [i, i + 4] as const,
    }));
    const words = [
      { plain: 'oil', from: 0, to: 3 },
      { plain: 'leak', from: 4, to: 7 },
    ];
    const read = finding({ kind: 'text', note: { text: 'oil lkg', words, truncated: false }, entities });
    const [found] = quality({ findings: [read] })['findings'] as { entities: object[] }[];
    expect(found).toMatchObject({ note: { text: 'oil lkg', plain: 'oil leak', truncated: false }, entity_count: 100 });
    expect(found?.entities).toHaveLength(MOST_VALUES);
    expect(found?.entities[1]).toEqual({ label: 'State', score: 0.876543, text: 'leak', from: 1, to: 5 });
  });

  it('lists the most certain boxes and counts all', () => {
    const boxes = Array.from({ length: 200 }, (_, i) => ({ label: 'pore', score: i / 200, region: [i, 0, 10.123, 10] as const }));
    const [found] = quality({ findings: [finding({ kind: 'detect', boxes })] })['findings'] as {
      boxes: { score: number }[];
      box_count: number;
    }[];
    expect(found?.boxes).toHaveLength(MOST_VALUES);
    expect(found?.boxes[0]?.score).toBe(0.995);
    expect(found?.box_count).toBe(200);
  });

  it('says where a heat map peaks, in pixels of the frame', () => {
    const values = new Uint8Array(8 * 4);
    values[2 * 8 + 5] = 255;
    const heatmap = { width: 8, height: 4, values, region: [100, 50, 80, 40] as const };
    const [found] = quality({ findings: [finding({ kind: 'anomaly', heatmap })] })['findings'] as { heatmap: object }[];
    const grid = { columns: 8, rows: 4, values: Array.from(values, (value) => value / 255) };
    expect(found?.heatmap).toEqual({ x: 155, y: 75, unit: 'pixel', value: 1, region: [100, 50, 80, 40], grid });
    expect(peakOf({ ...heatmap, region: null })).toEqual({ x: 0.6875, y: 0.625, unit: 'fraction', value: 1 });
  });

  it('lays a coarse map over it, in which a small spot does not fade, and names the picture', () => {
    const values = new Uint8Array(40 * 30);
    values[29 * 40 + 39] = 204;
    values[0] = 102;
    const heatmap = { width: 40, height: 30, values, region: null, picture: 'images/outlet/2026-11-23/a-top-surface-heatmap.png' };
    const [found] = quality({ findings: [finding({ kind: 'anomaly', heatmap })] })['findings'] as {
      heatmap: { grid: { columns: number; rows: number; values: number[] }; picture: string };
    }[];
    const { grid, picture } = found?.heatmap ?? { grid: null, picture: null };
    expect(grid).toMatchObject({ columns: 8, rows: 8 });
    expect([grid?.values.length, grid?.values[0], grid?.values.at(-1), grid?.values.filter((value) => value > 0).length]).toEqual([
      64, 0.4, 0.8, 2,
    ]);
    expect(picture).toBe(heatmap.picture);
  });

  it('says what was read, and how sure of it and of each character', () => {
    const reading = { text: 'L24', confidence: 0.912_345_678, characters: [1, 0.95, 0.96] };
    const [found] = quality({ findings: [finding({ kind: 'read', label: 'L24', reading })] })['findings'] as { reading: object }[];
    expect(found?.reading).toEqual({ text: 'L24', confidence: 0.912346, characters: [1, 0.95, 0.96] });
  });
});

describe('bad input', () => {
  const tag = (value: TagReading['value'], source: number | null = null) =>
    (quality({ tags: { t: { value, status: 0x80350000, source } } })['tags'] as Record<string, { value: unknown; source: unknown }>)['t'];

  it('sends what is not a number as null, with its status', () => {
    expect(tag(Number.NaN)).toMatchObject({ value: null, status: 0x80350000 });
    expect(tag(Number.POSITIVE_INFINITY)?.value).toBeNull();
    expect(tag([1, Number.NaN, 3])?.value).toEqual([1, null, 3]);
    expect(tag(null)?.value).toBeNull();
  });

  it('shortens texts and arrays of a PLC', () => {
    const text = tag('🏭'.repeat(1_000_000))?.value as string;
    expect(text.length).toBeLessThanOrEqual(LONGEST_TEXT);
    expect(Buffer.from(text).toString()).toBe(text);
    expect(tag(Array.from({ length: 10_000 }, (_, i) => i))?.value).toHaveLength(MOST_VALUES);
    expect((quality({ part: 'x'.repeat(1e6) })['part'] as string).length).toBe(LONGEST_TEXT);
  });

  it.each([Number.NaN, -1e30, 1e30, Number.POSITIVE_INFINITY, -11_644_473_600_000])('survives a clock that says %d', (at) => {
    quality({ at });
    expect(Number.isInteger(tag(1, at)?.source)).toBe(true);
  });

  it('sends a score that is none as null', () => {
    const [found] = quality({ findings: [finding({ score: Number.NaN, margin: Number.NaN })] })['findings'] as { score: unknown }[];
    expect(found?.score).toBeNull();
  });
});

describe('everything else', () => {
  it('a decision', () => {
    const taken = decision({ latched: true });
    expect(sent('x/decision', decisionPayload('gw1', taken))).toMatchObject({ id: taken.id, latched: true, writes: taken.writes });
    sent('x/decision', decisionPayload('gw1', decision({ inspection: null, writes: [] })));
  });
  it('a state, fresh and full', () => {
    expect(sent('x/state', statePayload('gw1', 'outlet', state()))).toMatchObject({ latency_ms: { p50: 15 }, yield: 1 });
    sent('x/state', statePayload('gw1', 'outlet', state({ last: null, yield: null, latencyMs: null, held: 'three in a row' })));
  });
  it('an alarm and its end', () => {
    expect(sent('x/alarm/CAMERA_SILENT', alarmPayload('gw1', alarm()))).toMatchObject({ active: true, next: 'Check the camera.' });
    sent('x/alarm/CAMERA_SILENT', alarmPayload('gw1', alarm({ active: false })));
  });
  it('a health report', () => {
    expect(sent('x/health', healthPayload('gw1', health({ diskFreeMb: 12_345.6 })))).toMatchObject({ disk_free_mb: 12_346 });
  });
  it.each(['online', 'stopping', 'offline'] as const)('status %s', (status) => {
    expect(sent('x/status', statusPayload('gw1', '0.1.0', status, 1_770_000_000_000.7))).toMatchObject({ status, at: 1_770_000_000_001 });
  });
  it('a reply', () => {
    sent('x/cmd/trigger/reply', replyPayload('gw1', { verb: 'trigger', ok: true, result: { a: [1] } }, 0));
    sent('x/cmd/trigger/reply', replyPayload('gw1', { verb: 'trigger', ok: false, code: 'TIMEOUT', text: 'late', id: '1' }, 0));
  });
});
