/**
 * The press and its PLC, a process of its own: run by start.ts, which it tells of its port and of every part over IPC, and with which
 * it ends. It waits until an agent says that it is ready, lets the sensors be watched for a while, then sends out parts.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readingsAt, SENSORS, STEP } from '../../desk/simulation/physics.ts';
import { firstAfter, partOf, timeOf } from '../../desk/simulation/press.ts';
import { systemClock as clock } from '../../time.ts';
import { Dispatch } from './dispatch.ts';
import { Ledger } from './ledger.ts';
import { nodeName, startPlc, type WritableTag } from './plc.ts';
import type { PressMessage, PressOrderMessage, PressSettings } from './start.ts';

const given = JSON.parse(process.argv[2] ?? '{}') as PressSettings;
const tell = (message: PressMessage): void => void process.send?.(message);

const told = { VerdictPart: '', Reject: false };
/** Only where it makes orders. */
const dispatch = given.masters && new Dispatch(given.masters);
let passed = 0;
const ledger = new Ledger(clock, (part) => {
  dispatch?.judged(part.serial, part.verdict);
  tell({ type: 'part', part });
});
let begin: () => void = () => {};
const ready = new Promise<void>((resolve) => {
  begin = resolve;
});

/** The agent writes part, then whatever follows, then the verdict, in one request: the verdict closes the matter. */
function onWrite(tag: WritableTag, value: unknown): void {
  if (tag === 'Ready' && value === true) begin();
  if (tag === 'VerdictPart') told.VerdictPart = String(value);
  if (tag === 'Reject') told.Reject = value === true;
  if (tag === 'NextOrder') dispatch?.tellNext(String(value));
  if (tag === 'Hold' && value === true) dispatch?.hold();
  if (tag !== 'Verdict') return;
  ledger.answered(told.VerdictPart, value, told.Reject);
  told.Reject = false;
}

const folder = await mkdtemp(join(tmpdir(), 'lineside-press-'));
const plc = await startPlc({ folder, onWrite });
process.once('disconnect', () => {
  void Promise.allSettled([plc.stop(), rm(folder, { recursive: true, force: true })]).then(() => process.exit(0));
});
process.on('message', (message: PressOrderMessage) => {
  if (message.type === 'orders') dispatch?.give(message.orders);
  else dispatch?.release();
});
const settings = { ...given, epoch: given.epoch ?? Math.round(clock.now() + given.headStart) };
tell({ type: 'listening', port: plc.port, epoch: settings.epoch });
void onBeat(Math.ceil((clock.now() - settings.epoch) / STEP), (step) => settings.epoch + step * STEP, readSensors);
await sendParts();

/** Calls `beat(n)` at `timeAt(n)` for n = first, first + 1, ... up to `last`, and never leaves one out; one that is late comes at once. */
async function onBeat(
  first: number,
  timeAt: (n: number) => number,
  beat: (n: number) => void,
  last = Number.POSITIVE_INFINITY,
): Promise<void> {
  for (let n = first; n <= last; n++) {
    const wait = timeAt(n) - clock.now();
    if (wait > 0) await clock.sleep(wait);
    beat(n);
  }
}

function readSensors(step: number): void {
  const readings = readingsAt(settings.seed, step, settings.course);
  for (const { name } of SENSORS) plc.set(nodeName(name), readings[name], settings.epoch + step * STEP);
}

async function sendParts(): Promise<void> {
  await ready;
  const first = firstAfter(settings, clock.now() + settings.lead);
  tell({ type: 'ready', first });
  const last = first + (settings.parts ?? Number.POSITIVE_INFINITY) - 1;
  await onBeat(2 * first, timeOfHalf, movePart, 2 * last + 1);
  while (ledger.open > 0) await clock.sleep(STEP);
  tell({ type: 'done', strays: ledger.strays });
}

/** Half beats: a part comes at the even ones and leaves at the odd ones, in one row, so that no edge can overtake another. */
function timeOfHalf(half: number): number {
  const number = Math.floor(half / 2);
  return half % 2 === 0 ? timeOf(settings, number) : Math.round(timeOf(settings, number) + settings.period / 2);
}

function movePart(half: number): void {
  const at = timeOfHalf(half);
  if (half % 2 === 0) bringPart(half / 2, at);
  else plc.set('PartPresent', false, at);
}

/** Serial and counter stand before the edge that makes somebody read them. */
function bringPart(number: number, at: number): void {
  const made = dispatch ? dispatch.beat(partOf(settings, number), at) : { part: partOf(settings, number), order: null };
  if (dispatch) plc.set('Running', made !== null, at);
  if (!made) return;
  const { part, order } = made;
  passed++;
  ledger.passes(part, at);
  plc.set('Product', part.product, at);
  if (order !== null) plc.set('Order', order, at);
  plc.set('Serial', part.serial, at);
  // Where beats pass without a part, beats count none.
  plc.set('PartCounter', dispatch ? passed : number, at);
  plc.set('PartPresent', true, at);
}
