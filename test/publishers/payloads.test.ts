import { describe, expect, it } from 'vitest';
import type { Inspection, TagReading } from '#agent/contracts/index.js';
import { peakOf } from '#agent/publishers/heatmap.js';
import { modelPayload, shadowPayload } from '#agent/publishers/model-payloads.js';
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
    const off = sent(
      'x/state',
      statePayload('gw1', 'outlet', state({ enabled: false, disabled: { since: 1_770_000_000_000, by: 'user anna' } })),
    );
    expect(off).toMatchObject({ enabled: false, disabled: { since: 1_770_000_000_000, by: 'user anna' } });
    expect(sent('x/state', statePayload('gw1', 'outlet', state({ enabled: false })))).not.toHaveProperty('disabled');
    const drift = {
      ...{ recipe: 'standard', model: 'surface', package: 'my-ring', version: '0.1.0', parts: 500, distance: 0.31, limit: 0.14 },
      ...{ reference: { of: 'taught', parts: 30 } as const, drifted: 1_770_000_000_000.5 },
    };
    expect(sent('x/state', statePayload('gw1', 'outlet', state({ drift: [drift] })))).toMatchObject({ drift: [{ distance: 0.31 }] });
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

describe('every field', () => {
  const instant = { at: 1_770_000_000_000, time: '2026-02-02T02:40:00.000Z' };

  it('of a quality event is what the record says', () => {
    const judged = inspection(3, {
      missed: { from: 3, to: 9 },
      answer: { state: 'failed', ms: 2.123_456, fault: 'BadTimeout' },
      reasons: [{ text: 'a' }, { text: 'b', rule: 'c', code: 'RULE_FAILED' }],
      counter: Number.NaN,
      timings: { transport: -0.4, align: 1, prepare: 2.2, infer: 11.333_333_3, rules: 0.1, verdict: 15, answer: 2.1 },
    });
    const payload = sent('x/quality', qualityPayload('gw1', judged));
    expect(payload).toEqual({
      schema: 'lineside.quality.v1',
      id: judged.id,
      agent: 'gw1',
      station: 'outlet',
      sequence: 3,
      at: 1_770_000_000_003,
      time: '2026-02-02T02:40:00.003Z',
      part: 'P3',
      verdict: 'ok',
      outcome: 'judged',
      reasons: [{ text: 'a' }, { text: 'b', rule: 'c', code: 'RULE_FAILED' }],
      recipe: 'standard',
      trigger: 'tag',
      counter: 0,
      missed: { from: 3, to: 9 },
      findings: [
        {
          model: 'surface',
          package: 'surface-defect',
          version: '1.0.0',
          variant: 'int8-u8s8',
          sha256: 'ab'.repeat(32),
          provider: 'cpu',
          kind: 'classify',
          label: 'crack',
          score: 0.123457,
          threshold: 0.62,
          margin: -0.496543,
          review: [0.45, 0.62],
          probabilities: { crack: 0.123457, good: 0.876543 },
          queue_ms: 0.123,
          run_ms: 11.235,
        },
      ],
      tags: {
        'plc.die_temp': { value: 312.4, status: 0, source: 1_770_000_000_000, unit: '°C' },
        'plc.serial': { value: 'P3', status: 0, source: null },
      },
      window: null,
      frames: [
        {
          camera: 'top',
          sequence: 3,
          captured: 1_770_000_000_000,
          offset_ms: -3.25,
          width: 640,
          height: 480,
          format: 'mono8',
          file: 'a.jpg',
        },
      ],
      answer: { state: 'failed', ms: 2.123, fault: 'BadTimeout' },
      latency_ms: { transport: -0.4, align: 1, prepare: 2.2, infer: 11.333, rules: 0.1, verdict: 15, answer: 2.1 },
      config_hash: 'cafe'.repeat(4),
    });
  });

  it('of a finding is there only where the model says something of it', () => {
    const [plain] = quality({ findings: [finding({ label: null, review: undefined, probabilities: undefined } as never)] })['findings'] as [
      object,
    ];
    expect(plain).toMatchObject({ label: null, review: null });
    const more = ['probabilities', 'boxes', 'box_count', 'heatmap', 'contributions', 'row_contributions', 'reading', 'note', 'entities'];
    expect(Object.keys(plain).filter((key) => more.includes(key))).toEqual([]);
    const empty = { width: 0, height: 0, values: new Uint8Array(0), region: null };
    const rows = Array.from({ length: 70 }, (_, i) => i / 1e3);
    const boxes = [
      { label: 'pore', score: 0.123_456_7, region: [1.26, 2, 3, 4.04] as const },
      { label: 'crack', score: 0.9, region: [0, 0, 1, 1] as const },
    ];
    const [full] = quality({
      findings: [finding({ heatmap: empty, contributions: { 'plc.x': 0.123_456_78 }, rowContributions: rows, boxes } as never)],
    })['findings'] as [Record<string, unknown>];
    expect(full).not.toHaveProperty('heatmap');
    expect(full['contributions']).toEqual({ 'plc.x': 0.123457 });
    // The newest rows.
    expect(full['row_contributions']).toEqual(rows.slice(6));
    expect(full['boxes']).toEqual([
      { label: 'crack', score: 0.9, region: [0, 0, 1, 1] },
      { label: 'pore', score: 0.123457, region: [1.3, 2, 3, 4] },
    ]);
    expect([boxes.length, full['box_count']]).toEqual([2, 2]);
  });

  it('of what is read is bounded', () => {
    const reading = { text: 'x'.repeat(600), confidence: 1, characters: Array<number>(70).fill(0.123_456_78) };
    const [found] = quality({ findings: [finding({ kind: 'read', reading })] })['findings'] as [{ reading: typeof reading }];
    expect(found.reading.text).toHaveLength(LONGEST_TEXT);
    expect(found.reading.characters).toEqual(Array(MOST_VALUES).fill(0.123457));
  });

  it('of what came late, of a frame with its truth and of an empty window', () => {
    const window = { tags: ['a', 'b'], endsAt: 0.4, everyMs: 5, steps: 0, values: new Float32Array(0), quality: new Uint8Array(0) };
    const frames = [{ ...(inspection(1).frames[0] as object), truth: 'nok', offsetMs: 0.123_456 }];
    const payload = quality({ window, frames } as never, {
      inspection: 'x',
      model: 'm',
      lateMs: 1.23456,
      finding: null,
      fault: 'MODEL_HUNG',
    });
    expect(payload['window']).toEqual({ tags: ['a', 'b'], ends_at: 0, every_ms: 5, steps: 0, gaps: 0 });
    expect(payload['frames']).toMatchObject([{ truth: 'nok', offset_ms: 0.123 }]);
    expect(payload['late']).toEqual({ model: 'm', late_ms: 1.235, finding: null, fault: 'MODEL_HUNG' });
    const thirds = { ...window, steps: 3, quality: Uint8Array.of(2, 1, 1) };
    expect(quality({ window: thirds } as never)['window']).toMatchObject({ gaps: 0.3333 });
  });

  it('of a decision, with at most so many values of an array', () => {
    const writes = [
      { tag: 'plc.a', value: Array.from({ length: 100 }, (_, i) => i), state: 'written' as const },
      { tag: 'plc.b', value: Number.NaN, state: 'failed' as const, fault: 'BadNotWritable' },
    ];
    const taken = decision({ writes });
    expect(sent('x/decision', decisionPayload('gw1', taken))).toEqual({
      schema: 'lineside.decision.v1',
      id: taken.id,
      agent: 'gw1',
      station: 'outlet',
      ...instant,
      inspection: taken.inspection,
      action: 'reject',
      reason: 'nok',
      rule: "verdict == 'nok'",
      writes: [
        { tag: 'plc.a', value: Array.from({ length: MOST_VALUES }, (_, i) => i), state: 'written' },
        { tag: 'plc.b', value: null, state: 'failed', fault: 'BadNotWritable' },
      ],
      latched: false,
    });
  });

  it('of a state', () => {
    const full = state({ held: 'three in a row', yield: 0.123_456_789, latencyMs: { p50: 15.123_456, p95: 20, p99: 22 } });
    const payload = {
      schema: 'lineside.state.v1',
      agent: 'gw1',
      station: 'outlet',
      ...instant,
      enabled: true,
      held: 'three in a row',
      recipe: 'standard',
      last: { part: 'P1', verdict: 'ok', at: 1_770_000_000_000 },
      counters: { ok: 1, nok: 0, review: 0, missed: 0, failed: 0 },
      yield: 0.123457,
      latency_ms: { p50: 15.123, p95: 20, p99: 22 },
    };
    expect(sent('x/state', statePayload('gw1', 'outlet', full))).toEqual(payload);
    const fresh = state({ last: null, yield: null, latencyMs: null });
    expect(sent('x/state', statePayload('gw1', 'outlet', fresh))).toEqual({
      ...payload,
      held: null,
      last: null,
      yield: null,
      latency_ms: null,
    });
  });

  it('of an alarm', () => {
    expect(sent('x/alarm/CAMERA_SILENT', alarmPayload('gw1', alarm({ raised: 1_769_999_999_999.6, times: 3 })))).toEqual({
      schema: 'lineside.alarm.v1',
      agent: 'gw1',
      key: 'CAMERA_SILENT/top',
      code: 'CAMERA_SILENT',
      subject: 'top',
      active: true,
      ...instant,
      raised: 1_770_000_000_000,
      times: 3,
      text: 'Camera top has sent no picture for 5 s.',
      next: 'Check the camera.',
    });
  });

  it('of a health report', () => {
    const payload = {
      schema: 'lineside.health.v1',
      agent: 'gw1',
      ...instant,
      version: '0.1.0',
      uptime_s: 61,
      parts: { 'camera top': { status: 'degraded', code: 'CAMERA_SILENT', restarts: 2 }, mqtt: { status: 'running', restarts: 0 } },
      queues: { journal: { depth: 0, bound: 5000, dropped: 0 } },
      rss_mb: 181.2,
      disk_free_mb: null,
      certificate_days_left: { opcua: 3649.5 },
    };
    expect(sent('x/health', healthPayload('gw1', health()))).toEqual(payload);
    const shadow = { package: 'p', compared: 3, differing: 1, skipped: 0, failed: 0 };
    const more = { publishers: { mqtt: { sent: 1.6 } }, clockSkewMs: { plc: -12.6 }, shadows: { 'outlet/surface': shadow } };
    expect(sent('x/health', healthPayload('gw1', health({ ...more, uptimeS: Number.NaN })))).toEqual({
      ...payload,
      uptime_s: 0,
      publishers: { mqtt: { sent: 2 } },
      clock_skew_ms: { plc: -13 },
      shadows: { 'outlet/surface': shadow },
    });
  });

  it('of a status and of a reply', () => {
    expect(sent('x/status', statusPayload('gw1', '0.1.0', 'online', instant.at))).toEqual({
      schema: 'lineside.status.v1',
      agent: 'gw1',
      version: '0.1.0',
      status: 'online',
      ...instant,
    });
    expect(sent('x/cmd/trigger/reply', replyPayload('gw1', { verb: 'trigger', ok: true }, instant.at))).toEqual({
      schema: 'lineside.reply.v1',
      agent: 'gw1',
      ...instant,
      verb: 'trigger',
      ok: true,
    });
  });

  it('of what a candidate would have said, and nothing where it changes nothing', () => {
    const id = '01900000-0000-7000-8000-000000000001';
    const comparison = {
      id,
      at: instant.at,
      station: 'outlet',
      inspection: id,
      part: null,
      recipe: 'standard',
      model: 'surface',
      difference: 'verdict' as const,
      current: { verdict: 'ok' as const, finding: finding() },
      candidate: { verdict: 'nok' as const, reasons: [{ text: 'why', rule: 'r' }], finding: finding({ package: 'new', score: 0.9 }) },
    };
    const payload = sent('x/shadow', shadowPayload('gw1', comparison) ?? {});
    expect(payload).toEqual({
      schema: 'lineside.shadow.v1',
      id,
      agent: 'gw1',
      station: 'outlet',
      ...instant,
      inspection: id,
      part: null,
      recipe: 'standard',
      model: 'surface',
      difference: 'verdict',
      current: { verdict: 'ok', finding: expect.objectContaining({ package: 'surface-defect', score: 0.123457 }) },
      candidate: {
        verdict: 'nok',
        reasons: [{ text: 'why', rule: 'r' }],
        finding: expect.objectContaining({ package: 'new', score: 0.9 }),
      },
    });
    expect(shadowPayload('gw1', { ...comparison, difference: 'none' })).toBeNull();
  });

  it('of another package in a place', () => {
    const id = '01900000-0000-7000-8000-000000000001';
    const from = { package: 'old', version: '1.0.0' };
    const to = { package: 'new', version: '2.0.0', variant: 'fp32', sha256: 'ab'.repeat(32) };
    const change = { id, at: instant.at, station: 'outlet', model: 'surface', recipe: null, change: 'promoted' as const, from, to };
    expect(sent('x/model', modelPayload('gw1', change))).toEqual({
      schema: 'lineside.model.v1',
      id,
      agent: 'gw1',
      ...instant,
      station: 'outlet',
      model: 'surface',
      recipe: null,
      change: 'promoted',
      from,
      to,
    });
  });
});

describe('the bounds of what is sent', () => {
  const part = (text: string) => quality({ part: text })['part'] as string;

  it('leave a text that just fits as it is, and end one that does not in an ellipsis', () => {
    expect(part('x'.repeat(LONGEST_TEXT))).toBe('x'.repeat(LONGEST_TEXT));
    expect(part('x'.repeat(LONGEST_TEXT + 1))).toBe(`${'x'.repeat(LONGEST_TEXT - 1)}…`);
    expect(part(`${'x'.repeat(LONGEST_TEXT - 2)}🏭🏭`)).toBe(`${'x'.repeat(LONGEST_TEXT - 2)}…`);
  });

  it.each([
    [Number.NEGATIVE_INFINITY, 0, '1970-01-01T00:00:00.000Z'],
    [-1e30, -62_135_596_800_000, '0001-01-01T00:00:00.000Z'],
    [1e30, 253_402_300_799_999, '9999-12-31T23:59:59.999Z'],
    [Number.NaN, 0, '1970-01-01T00:00:00.000Z'],
  ])('are years of four digits: %d', (at, whole, time) => {
    expect(quality({ at })).toMatchObject({ at: whole, time });
  });

  it('are true and false, texts and numbers of a PLC as they are', () => {
    const tags = Object.fromEntries(
      [true, 'x', -1.5, [true, 'x', null]].map((value, i) => [`t${i}`, { value: value as never, status: 0, source: null }]),
    );
    const values = Object.values(quality({ tags })['tags'] as Record<string, { value: unknown }>).map(({ value }) => value);
    expect(values).toEqual([true, 'x', -1.5, [true, 'x', null]]);
  });
});
