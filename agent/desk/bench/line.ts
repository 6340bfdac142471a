/**
 * The agent as it ships on a small line of the bench: one camera, one model, a store on disk, a broker. A child of the bench. The camera
 * plays recorded JPEG: what a camera sends, where drawing parts would cost more than judging them.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import type { Inspection, Log } from '../../contracts/index.ts';
import { collectLate } from '../../platform/heap.ts';
import { packageRoot, version } from '../../platform/package-root.ts';
import { compileEarly } from '../../platform/tiering.ts';
import { Host } from '../../runtime/host.ts';
import { systemClock as clock } from '../../time.ts';
import { createStudio } from '../simulation/drawing.ts';
import { partOf } from '../simulation/press.ts';
import { answerOrders } from './children.ts';
import { quiet } from './quiet.ts';

export type LineOrder =
  | {
      readonly do: 'start';
      readonly package: string;
      readonly broker: string;
      readonly threads: number;
      readonly opcua?: string;
      /** Serves its page. */
      readonly page?: boolean;
      /** Parts have ids by the PLC. */
      readonly named?: boolean;
      /** All that follows from many verdicts is switched on, too. */
      readonly decisions?: boolean;
    }
  | { readonly do: 'flood'; readonly parts: number; readonly inflight: number }
  | { readonly do: 'collect'; readonly parts: number };

export interface LineStarted {
  /** Pictures that its camera plays. */
  readonly frames: string;
  /** Of its page; null: it serves none. */
  readonly address: string | null;
}

/** Trigger arrival to write request, and the model's own time, of each part, ms. */
export interface LineAnswer {
  readonly perSecond: number;
  readonly verdictMs: readonly number[];
}

const PRESS = { seed: 1, period: 40, epoch: 0 };
const PICTURES = 32;

let host: Host | null = null;
let listener: (inspection: Inspection) => void = () => {};

/** Charts of every kind of one number and of others, master parts, containment, a machine. */
const WATCHED = `
    recipe: {default: standard}
    charts:
      capable: {of: surface.score, lower: -1, upper: 2, learn: 50, close: when_learned}
      single: {of: surface.score, learn: 50, close: when_learned, rules: [nelson, western_electric]}
      mean: {of: surface.score, chart: xbar_s, learn: 25, close: when_learned, rules: [nelson]}
      range: {of: surface.score, chart: xbar_r, learn: 25, close: when_learned}
      sum: {of: surface.score, chart: cusum, learn: 50, close: when_learned}
      average: {of: surface.score, chart: ewma, learn: 50, close: when_learned}
      both: {of: [surface.score, latency.infer], learn: 50, close: when_learned}
      latency: {of: latency.verdict, learn: 50, close: when_learned}
      bad: {of: nok, sample: 50, learn: 25, close: when_learned}
    challenges: {master: {part: MASTER-*, expect: ok, every: [shift, changeover, package]}}
    containment: {order: plc.serial}
    machine: {running: plc.trigger, ideal_cycle: 50ms}
    decisions: [{when: "spc.single.out && spc.sum.out && cpk('capable', 200) < 0.1", do: notify}]`;
const decided = (folder: string): string => `
calendar: {zone: UTC, shifts: {all: {from: "00:00", to: "00:00"}}, report: true}
planning: {station: line, facts: {recipes: {standard: {cycle: 50ms}}}, orders: {file: "${join(folder, 'orders.csv')}"}, every: 10s, search: {time: 1s}}
language: {names: [Meier]}`;
const ORDERS = ['id,quantity,recipe', ...Array.from({ length: 20 }, (_, n) => `${n + 1},100000,standard`), ''].join('\n');

type Start = Extract<LineOrder, { do: 'start' }>;

const configOf = ({ broker, threads, opcua, package: model, page = false, named = false, decisions = false }: Start, folder: string) => `
line: {enterprise: lineside, site: bench, area: bench, line: line1, agent: bench}
mqtt: {url: "${broker}"}
${
  opcua === undefined
    ? ''
    : `opcua:
  plc:
    endpoint: ${opcua}
    security: {mode: None, policy: None}
    tags:
      trigger: {node: "nsu=urn:lineside:bench;s=Trigger", sampling: 0ms, queue: 100}
      serial: {node: "nsu=urn:lineside:bench;s=Serial", sampling: 0ms, queue: 100}
      verdict: {node: "nsu=urn:lineside:bench;s=Verdict", writable: true}`
}
cameras:
  top: {url: "dir://${join(folder, 'frames')}", fps: 25}
stations:
  line:
    trigger: ${opcua === undefined ? '{command: true}' : '{tag: plc.trigger}'}
    deadline: 5s
    frame: {select: newest, tolerance: 5s}
    ${opcua === undefined ? '' : 'answer: {verdict: plc.verdict, ready: {tag: plc.verdict, value: 0}}'}
    models: {surface: {model: ${model}}}
    inflight: 64
    ${named ? 'part: plc.serial' : ''}${decisions ? WATCHED : ''}
inference: {models: "${join(packageRoot, 'models')}", threads: ${threads}, queue: 64}
store: {path: "${join(folder, 'store')}", images: {nok: none, review: none, ok: none}}
web: {listen: "${page ? '127.0.0.1:0' : 'off'}"}${decisions ? decided(folder) : ''}
`;

async function begin(order: Start): Promise<LineStarted> {
  collectLate();
  const folder = await mkdtemp(join(tmpdir(), 'lineside-bench-'));
  process.on('exit', () => void rm(folder, { recursive: true, force: true }));
  const frames = join(folder, 'frames');
  await record(frames);
  if (order.decisions) await writeFile(join(folder, 'orders.csv'), ORDERS);
  const [log, served] = listened();
  const source = { text: configOf(order, folder), name: 'bench' };
  host = new Host({ source, version, clock, random: Math.random, log, onInspection: (inspection) => listener(inspection) });
  await host.start();
  compileEarly();
  return { frames, address: order.page ? await served : null };
}

/** A log that says nothing, and where the page is, as soon as it is said. */
function listened(): readonly [Log, Promise<string>] {
  let say = (_address: string) => {};
  const served = new Promise<string>((resolve) => {
    say = resolve;
  });
  const log: Log = {
    ...quiet,
    info: (details) => {
      if ('address' in details) say(String(details.address));
    },
    child: () => log,
  };
  return [log, served];
}

async function record(frames: string): Promise<void> {
  await mkdir(frames);
  const studio = createStudio({ seed: PRESS.seed, width: 320 });
  for (let number = 0; number < PICTURES; number++) {
    const pixels = await studio.picture(partOf(PRESS, number));
    const { width, height } = studio;
    await sharp(pixels, { raw: { width, height, channels: 1 } })
      .jpeg({ quality: 90 })
      .toFile(join(frames, `${number}.jpg`));
  }
}

/** Judges `parts`, never more than `inflight` at once. */
function flood(parts: number, inflight: number): Promise<LineAnswer> {
  const station = host?.agent.stations.get('line');
  let sent = 0;
  const next = () => {
    if (sent++ < parts) station?.command(undefined);
  };
  const done = collect(parts, next);
  for (let i = 0; i < inflight; i++) next();
  return done;
}

function collect(parts: number, onEach: () => void = () => {}): Promise<LineAnswer> {
  const verdictMs: number[] = [];
  const began = clock.elapsed();
  return new Promise((resolve) => {
    listener = ({ timings }) => {
      verdictMs.push(timings.verdict);
      onEach();
      if (verdictMs.length === parts) resolve({ perSecond: (parts * 1000) / (clock.elapsed() - began), verdictMs });
    };
  });
}

answerOrders<LineOrder>(async (order) => {
  if (order.do === 'start') return begin(order);
  return order.do === 'flood' ? flood(order.parts, order.inflight) : collect(order.parts);
});
