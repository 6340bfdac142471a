/**
 * The press and its PLC, a process of its own: run by start.ts, which it tells of its port and of every part over IPC, and with which
 * it ends. It waits until an agent says that it is ready, lets the sensors be watched for a while, then sends out parts.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readingsAt, SENSORS, STEP } from '../../simulation/physics.ts';
import { firstAfter, partOf, timeOf } from '../../simulation/press.ts';
import { systemClock as clock } from '../../time.ts';
import { Ledger } from './ledger.ts';
import { nodeName, type Plc, startPlc, type WritableTag } from './plc.ts';
import type { PressMessage, PressSettings } from './start.ts';

const settings = JSON.parse(process.argv[2] ?? '{}') as PressSettings;
const tell = (message: PressMessage): void => void process.send?.(message);

const told = { VerdictPart: '', Reject: false };
const ledger = new Ledger(clock, (part) => tell({ type: 'part', part }));
let begin: () => void = () => {};
const ready = new Promise<void>((resolve) => {
  begin = resolve;
});

/** The agent writes part, then whatever follows, then the verdict, in one request: the verdict closes the matter. */
function onWrite(tag: WritableTag, value: unknown): void {
  if (tag === 'Ready' && value === true) begin();
  if (tag === 'VerdictPart') told.VerdictPart = String(value);
  if (tag === 'Reject') told.Reject = value === true;
  if (tag !== 'Verdict') return;
  ledger.answered(told.VerdictPart, value, told.Reject);
  told.Reject = false;
}

/** Calls `beat(n)` at `timeAt(n)` for n = first, first + 1, ... and never leaves one out; one that is late comes at once. */
async function onBeat(first: number, timeAt: (n: number) => number, beat: (n: number) => boolean): Promise<void> {
  for (let n = first; ; n++) {
    const wait = timeAt(n) - clock.now();
    if (wait > 0) await clock.sleep(wait);
    if (!beat(n)) return;
  }
}

function readSensors(plc: Plc, step: number): boolean {
  const readings = readingsAt(settings.seed, step);
  for (const { name } of SENSORS) plc.set(nodeName(name), readings[name], settings.epoch + step * STEP);
  return true;
}

/** Half beats: a part comes at the even ones and leaves at the odd ones, in one row, so that no edge can overtake another. */
const timeOfHalf = (half: number): number =>
  half % 2 === 0 ? timeOf(settings, half / 2) : Math.round(timeOf(settings, (half - 1) / 2) + settings.period / 2);

function movePart(plc: Plc, half: number): void {
  const at = timeOfHalf(half);
  if (half % 2 === 0) bringPart(plc, half / 2, at);
  else plc.set('PartPresent', false, at);
}

/** Serial and counter stand before the edge that makes somebody read them. */
function bringPart(plc: Plc, number: number, at: number): void {
  const part = partOf(settings, number);
  ledger.passes(part, at);
  plc.set('Product', part.product, at);
  plc.set('Serial', part.serial, at);
  plc.set('PartCounter', number, at);
  plc.set('PartPresent', true, at);
}

async function sendParts(plc: Plc): Promise<void> {
  await ready;
  const first = firstAfter(settings, clock.now() + settings.lead);
  tell({ type: 'ready', first });
  const last = first + (settings.parts ?? Number.POSITIVE_INFINITY) - 1;
  await onBeat(2 * first, timeOfHalf, (half) => {
    movePart(plc, half);
    return half < 2 * last + 1;
  });
  while (ledger.open > 0) await clock.sleep(STEP);
  tell({ type: 'done', strays: ledger.strays });
}

const folder = await mkdtemp(join(tmpdir(), 'lineside-press-'));
const plc = await startPlc({ folder, onWrite });
process.once('disconnect', () => {
  void Promise.allSettled([plc.stop(), rm(folder, { recursive: true, force: true })]).then(() => process.exit(0));
});
tell({ type: 'listening', port: plc.port });
void onBeat(
  Math.ceil((clock.now() - settings.epoch) / STEP),
  (step) => settings.epoch + step * STEP,
  (step) => readSensors(plc, step),
);
await sendParts(plc);
