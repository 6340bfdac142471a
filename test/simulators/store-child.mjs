/**
 * A process that stores parts as fast as it can, so that a test can kill it, fill its disk or break its flushes.
 *
 *   node store-child.mjs '{"folder": "...", "depth": 20, "parts": 100000, "pictures": true, "patience": 0}'
 *
 * Prints one JSON line an event: {ready, next}, {ack: sequence}, {fault: code}, {well: true}, {end: true}. `patience`: ms between two
 * tries of an entry that was refused; without it a refused entry is given up.
 */
import { writeSync } from 'node:fs';
import { v7 } from 'uuid';
import { createStore } from '#agent/store/store.js';
import { systemClock } from '#agent/time.js';

const { folder, depth = 20, parts = 1e6, pictures = false, patience = 0, stopAfterFaults = 0 } = JSON.parse(process.argv[2]);
// Synchronous: a line that was printed is with the parent, whatever happens next.
const say = (line) => writeSync(1, `${JSON.stringify(line)}\n`);
const log = { debug() {}, info() {}, warn() {}, error() {}, child: () => log };
const keep = { records: 400 * 86_400_000, images: 20e9, free: 0 };
let faults = 0;
const onFaults = ([fault = null]) => {
  say(fault ? { fault: fault.code, why: fault.message } : { well: true });
  if (fault && ++faults === stopAfterFaults) process.exit(0);
};
const store = createStore({ path: folder, config: { path: folder, keep, images: { nok: 'all', review: 'all', ok: 'all' } }, clock: systemClock, log, onFaults });

const JPEG = Buffer.concat([Buffer.from([0xff, 0xd8]), Buffer.alloc(3000, 7), Buffer.from([0xff, 0xd9])]);
const frame = (camera, sequence) => ({
  ...{ camera, sequence, captured: Date.now(), width: 64, height: 48, format: 'mono8', pixels: new Uint8Array(new SharedArrayBuffer(64 * 48)) },
  ...{ original: { type: 'image/jpeg', bytes: JPEG }, hold() {}, release() {} },
});
const finding = (model) => ({
  ...{ model, package: 'surface-defect', version: '1.0.0', variant: 'int8', provider: 'cpu', sha256: 'ab'.repeat(32), kind: 'classify' },
  ...{ label: 'good', score: 0.25, threshold: 0.5, review: null, margin: -0.25, queueMs: 0.1, runMs: 7 },
});
const entry = (sequence) => {
  const id = v7();
  const at = Date.now();
  const inspection = {
    ...{ id, station: 'outlet', sequence, outcome: 'judged', at, trigger: 'tag', part: `P${sequence}`, counter: sequence, recipe: 'standard' },
    ...{ verdict: 'nok', reasons: [{ text: 'test' }], findings: [finding('surface'), finding('process')], frames: [], tags: {}, configHash: 'c' },
    window: { tags: ['a', 'b'], endsAt: at, everyMs: 200, steps: 60, values: new Float32Array(120).fill(sequence), quality: new Uint8Array(120) },
    answer: { state: 'written', ms: 1 },
    timings: { transport: 0, align: 0, prepare: 0, infer: 0, rules: 0, verdict: 0, answer: 0 },
  };
  const decision = { id: v7(), station: 'outlet', at, inspection: id, action: 'reject', reason: 'nok', rule: 'r', writes: [{ tag: 'plc.reject', value: true, state: 'written' }], latched: false };
  const row = (publisher) => ({ publisher, eventId: id, station: 'outlet', topic: 'quality', payload: JSON.stringify({ id, sequence, pad: 'x'.repeat(300) }) });
  return { inspection, decisions: [decision], outbox: [row('kept'), row('drained')], state: { station: 'outlet', value: JSON.stringify({ sequence }) } };
};

async function put(sequence) {
  const one = entry(sequence);
  for (;;) {
    try {
      const appended = store.journal.append(one);
      if (pictures && sequence % 5 === 0) store.journal.keepImage(one.inspection.id, { frame: frame('top', sequence), role: 'frame' });
      await appended;
      return say({ ack: sequence });
    } catch (thrown) {
      if (patience === 0) return say({ refused: sequence, code: thrown.code });
      await systemClock.sleep(patience);
    }
  }
}

const state = await store.start();
let next = (state.stations.outlet?.lastSequence ?? 0) + 1;
const last = next + parts;
say({ ready: true, next });
let after = 0;
store.outbox.onCommit(async () => {
  const rows = await store.outbox.read('drained', after, Number.MAX_SAFE_INTEGER, 500);
  after = rows.at(-1)?.id ?? after;
  store.outbox.sent('drained', rows.map((row) => row.id));
});
await Promise.all(Array.from({ length: depth }, async () => {
  while (next < last) await put(next++);
}));
await store.stop();
say({ end: true });
