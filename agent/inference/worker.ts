/** The worker thread of one slot: one session, one inference at a time. Entry point of the thread; sees no file but the package. */
import type { Region } from '../contracts/index.ts';
import { pictureLook, windowLook } from '../contracts/look.ts';
import { LinesideError } from '../errors.ts';
import { type Calibration, type CalibrationSettings, calibrate, normalOf, runs, type Stretch } from './calibration.ts';
import { askFor } from './explain.ts';
import { failed } from './faults.ts';
import { decode } from './kinds/index.ts';
import type { Core, DecodeContext } from './kinds/kind.ts';
import { contextOf, type Loaded, type LoadOrder, loadNetwork, type Network } from './load.ts';
import type { Manifest } from './manifest.ts';
import type { TextSource } from './text/text-side.ts';
import { type Served, serve } from './thread.ts';

/** Shared memory that inputs come through, one piece a lane; each holds one input. */
export interface WorkerOrder extends LoadOrder {
  readonly lanes: readonly SharedArrayBuffer[];
  readonly calibration: Calibration | null;
  /** The station's names of the window's channels; the manifest's own where null. */
  readonly channels: readonly string[] | null;
}

/** One inference; its input lies in the lane. */
export interface RunOrder {
  readonly lane: number;
  /** For faults. */
  readonly model: string;
  readonly threshold: number;
  /** Lowest score that is explained. */
  readonly explainFrom: number;
  readonly region: Region | null;
  /** Names of this window's channels, where they are others than those told at the load. */
  readonly channels: readonly string[] | null;
  readonly format?: string;
  /** Comes with the order and not through the lane: it is short, and no two are of one length. */
  readonly text?: TextSource;
}
export interface RunReply {
  readonly core: Core;
  /** Of the input (contracts/look.ts); null of a text. */
  readonly look: readonly number[] | null;
  readonly runMs: number;
}

export interface LearnOrder {
  readonly stretch: Stretch;
  readonly settings: CalibrationSettings;
}

interface Live {
  readonly network: Network;
  readonly manifest: Manifest;
  readonly context: DecodeContext;
  readonly lanes: readonly SharedArrayBuffer[];
  calibration: Calibration | null;
}
let live: Live | null = null;

serve({ load, run, learn, adopt });

async function load(order: WorkerOrder): Promise<Served> {
  await live?.network.session.release();
  live = null;
  const network = await loadNetwork(order);
  const { manifest, lanes, channels } = order;
  const context = contextOf(manifest);
  live = { network, manifest, context: channels ? { ...context, channels } : context, lanes, calibration: null };
  use(live, order.calibration);
  return { value: network.loaded satisfies Loaded };
}

async function run(order: RunOrder): Promise<Served> {
  const { network, manifest, context, lanes, calibration } = loaded();
  const began = performance.now();
  const note = order.text === undefined ? undefined : network.text?.read(order.text, network.memory);
  if (!note) write(network, manifest.inputs.image ? 'image' : 'window', lanes[order.lane]);
  const { model, threshold, region, explainFrom } = order;
  askFor(network.memory, explainFrom);
  const outputs = await network.run();
  const core = decode(manifest.kind, outputs, manifest.decode, {
    ...context,
    model,
    threshold,
    region,
    explainFrom,
    channels: order.channels ?? context.channels,
    calibration,
    ...(note ? { note } : {}),
    ...(order.format ? { format: order.format } : {}),
  });
  const transfer = core.heatmap ? [core.heatmap.values.buffer as ArrayBuffer] : [];
  return { value: { core, look: lookOf(network, manifest), runMs: performance.now() - began } satisfies RunReply, transfer };
}

function lookOf({ memory }: Network, { inputs: { image, window } }: Manifest): readonly number[] | null {
  const pixels = memory['image'];
  if (image && pixels instanceof Uint8Array) return pictureLook(pixels, image.width, image.height, image.channels);
  const values = memory['window'];
  return window && values ? windowLook(values as Float32Array, window.steps, window.channels.length) : null;
}

/** Residuals of every unbroken window of the stretch, and the calibration that follows from them. */
async function learn({ stretch, settings }: LearnOrder): Promise<Served> {
  const here = loaded();
  const normal = normalOf(stretch, settings);
  setNormal(here.network, normal);
  const steps = here.manifest.inputs.window?.steps ?? 0;
  const residuals: Float32Array[] = [];
  const rows = stretch.values.length / stretch.channels;
  for (const [from, to] of runs(stretch.starts, rows)) {
    for (let row = from; row + steps <= to; row++) {
      here.network.memory['window']?.set(stretch.values.subarray(row * stretch.channels, (row + steps) * stretch.channels));
      const residual = (await here.network.run())['residual']?.data.slice();
      if (!residual?.every(Number.isFinite)) throw failed(here.manifest.name, 'the residual of a normal window holds NaN or infinity');
      residuals.push(residual);
    }
  }
  const calibration = calibrate(normal, residuals, rows, settings);
  use(here, calibration);
  return { value: calibration };
}

async function adopt(calibration: Calibration): Promise<Served> {
  use(loaded(), calibration);
  return { value: null };
}

function loaded(): Live {
  if (!live) throw new LinesideError('INTERNAL', { why: 'a job came before the model' });
  return live;
}

function use(here: Live, calibration: Calibration | null): void {
  here.calibration = calibration;
  if (calibration) setNormal(here.network, calibration);
}

function setNormal({ memory }: Network, { mean, spread, scored }: Pick<Calibration, 'mean' | 'spread' | 'scored'>): void {
  memory['mean']?.set(mean);
  memory['spread']?.set(spread);
  memory['scored']?.set(scored);
}

/** onnxruntime takes no tensor over shared memory: one copy into its own. */
function write({ memory }: Network, name: string, lane: SharedArrayBuffer | undefined): void {
  const target = memory[name];
  if (!target || !lane) return;
  target.set(target instanceof Float32Array ? new Float32Array(lane, 0, target.length) : new Uint8Array(lane, 0, target.length));
}
