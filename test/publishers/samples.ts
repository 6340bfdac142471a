/** Records as stations make them, with every field filled. */
import { v7 as uuid } from 'uuid';
import type { Alarm, Decision, Finding, Health, Inspection, StationState } from '#agent/contracts/index.js';

export const finding = (over: Partial<Finding> = {}): Finding => ({
  model: 'surface',
  package: 'surface-defect',
  version: '1.0.0',
  variant: 'int8-u8s8',
  provider: 'cpu',
  sha256: 'ab'.repeat(32),
  kind: 'classify',
  label: 'crack',
  score: 0.123456789,
  threshold: 0.62,
  review: [0.45, 0.62],
  margin: -0.496543211,
  probabilities: { crack: 0.123456789, good: 0.876543211 },
  queueMs: 0.1234567,
  runMs: 11.2345678,
  ...over,
});

export const inspection = (sequence: number, over: Partial<Inspection> = {}): Inspection => ({
  id: uuid(),
  station: 'outlet',
  sequence,
  outcome: 'judged',
  at: 1_770_000_000_000.25 + sequence,
  trigger: 'tag',
  part: `P${sequence}`,
  counter: sequence,
  recipe: 'standard',
  verdict: 'ok',
  reasons: [{ text: 'surface defect', rule: 'surface.score >= surface.threshold' }],
  findings: [finding()],
  frames: [
    { camera: 'top', sequence, captured: 1_770_000_000_000.1, width: 640, height: 480, format: 'mono8', offsetMs: -3.25, file: 'a.jpg' },
  ],
  tags: {
    'plc.die_temp': { value: 312.4, status: 0, source: 1_770_000_000_000, unit: '°C' },
    'plc.serial': { value: `P${sequence}`, status: 0, source: null },
  },
  window: null,
  answer: { state: 'written', ms: 2.1 },
  timings: { transport: -0.4, align: 1, prepare: 2.2, infer: 11.3, rules: 0.1, verdict: 15, answer: 2.1 },
  configHash: 'cafe'.repeat(4),
  ...over,
});

export const decision = (over: Partial<Decision> = {}): Decision => ({
  id: uuid(),
  station: 'outlet',
  at: 1_770_000_000_000,
  inspection: uuid(),
  action: 'reject',
  reason: 'nok',
  rule: "verdict == 'nok'",
  writes: [
    { tag: 'plc.reject', value: true, state: 'written' },
    { tag: 'plc.lane', value: 2, state: 'failed', fault: 'BadNotWritable' },
  ],
  latched: false,
  ...over,
});

export const state = (over: Partial<StationState> = {}): StationState => ({
  at: 1_770_000_000_000,
  enabled: true,
  disabled: null,
  held: null,
  recipe: 'standard',
  last: { part: 'P1', verdict: 'ok', at: 1_770_000_000_000 },
  counters: { ok: 1, nok: 0, review: 0, missed: 0, failed: 0 },
  changeover: null,
  yield: 1,
  latencyMs: { p50: 15, p95: 20, p99: 22 },
  ...over,
});

export const alarm = (over: Partial<Alarm> = {}): Alarm => ({
  key: 'CAMERA_SILENT/top',
  code: 'CAMERA_SILENT',
  subject: 'top',
  active: true,
  since: 1_770_000_000_000,
  raised: 1_770_000_000_000,
  times: 1,
  text: 'Camera top has sent no picture for 5 s.',
  next: 'Check the camera.',
  ...over,
});

export const health = (over: Partial<Health> = {}): Health => ({
  at: 1_770_000_000_000,
  uptimeS: 61.2,
  version: '0.1.0',
  parts: { 'camera top': { status: 'degraded', code: 'CAMERA_SILENT', restarts: 2 }, mqtt: { status: 'running', restarts: 0 } },
  queues: { journal: { depth: 0, bound: 5000, dropped: 0 } },
  rssMb: 181.234,
  diskFreeMb: null,
  certificateDaysLeft: { opcua: 3649.5 },
  ...over,
});
