/** One slot with its network: the worker that runs it, its calibration, and what it says of a part. */
import type { Worker } from 'node:worker_threads';
import type { InferenceConfig } from '../config/schema.ts';
import { type Finding, type Limits, type Look, MOST_TAGS, type ModelSlot, type PreparedImage, type TagWindow } from '../contracts/index.ts';
import { asLinesideError, LinesideError } from '../errors.ts';
import { type Clock, type Milliseconds, Minutes } from '../time.ts';
import { type Calibration, doubtOf } from './calibration.ts';
import { plausibleOf, recallCalibration, writeCalibration } from './calibration-file.ts';
import { explainFrom } from './explain.ts';
import { failed, invalid } from './faults.ts';
import { Learner } from './learner.ts';
import type { Loaded } from './load.ts';
import { channelNames, fillsOf, highestTaught, type Manifest } from './manifest.ts';
import type { Proof, ProofOrder } from './proofs.ts';
import { type Counters, LANES, Supervised, type SupervisedState } from './supervised.ts';
import { Thread } from './thread.ts';
import { withoutGaps } from './window.ts';
import type { LearnOrder, RunOrder, RunReply, WorkerOrder } from './worker.ts';

export interface SeatOptions {
  readonly slot: ModelSlot;
  /** Rejects when the package has no usable manifest; the worker starts meanwhile. */
  readonly manifest: Promise<Manifest>;
  readonly config: InferenceConfig;
  readonly clock: Clock;
  /** File of the slot's calibration, and where it may lie from before. */
  readonly calibration: readonly [string, string];
  readonly spawn: () => Worker;
  /** Before the thread loads anything; rejects with why the package is refused. */
  readonly prove: (order: ProofOrder) => Promise<Proof | null>;
  readonly onFault: (fault: LinesideError, wait: Milliseconds) => void;
  /** It runs again, or it has learned its calibration. */
  readonly onChange: () => void;
}

type Job =
  | { readonly verb: 'run'; readonly input: Uint8Array | Float32Array | null; readonly order: Omit<RunOrder, 'lane'> }
  | { readonly verb: 'learn'; readonly order: LearnOrder };

/** A first TensorRT build takes minutes (DESIGN 6). */
const LOAD_TIMEOUT = Minutes(20);
const WARM_UP = 3;
const UNLIKE = { unlike: true } as const;

export class Seat {
  private readonly options: SeatOptions;
  private readonly worker: Supervised<Job, unknown>;
  private readonly lanes: SharedArrayBuffer[] = [];
  private place: ModelSlot;
  private ready: { readonly manifest: Manifest; readonly loaded: Loaded } | null = null;
  /** Score that anything had that the package was taught with. */
  private highest = Number.POSITIVE_INFINITY;
  private calibration: Calibration | null = null;
  /** Why the calibration that lay there is not used. */
  private doubt: LinesideError | null = null;
  private learner: Learner | null = null;
  private learning = false;

  constructor(options: SeatOptions) {
    this.options = options;
    this.place = options.slot;
    const { config, clock, slot, onFault, onChange } = options;
    this.worker = new Supervised<Job, unknown>({
      name: slot.id,
      bound: config.queue,
      timeout: config.timeout,
      loadTimeout: LOAD_TIMEOUT,
      clock,
      spawn: () => new Thread(options.spawn(), slot.id),
      load: (thread) => this.load(thread),
      send: (thread, job, lane) => this.send(thread, job, lane),
      onFault,
      onRecovered: onChange,
    });
  }

  get slot(): ModelSlot {
    return this.place;
  }
  get manifest(): Manifest | null {
    return this.ready?.manifest ?? null;
  }
  get loaded(): Loaded | null {
    return this.ready?.loaded ?? null;
  }
  get state(): SupervisedState {
    return this.worker.state;
  }
  get counters(): Counters {
    return this.worker.counters;
  }
  /** Why the thread does not run at the moment. */
  get fault(): LinesideError | null {
    return this.worker.fault;
  }
  /** What is missing while it runs: the calibration, or the provider that was asked for. */
  get shortfall(): LinesideError | null {
    if (this.learner && !this.calibration) return this.doubt ?? this.uncalibrated(this.learner);
    const { asked = '', used = '', why = null } = this.ready?.loaded.provider ?? {};
    return why === null ? null : new LinesideError('PROVIDER_MISSING', { provider: asked, used, why });
  }

  /** Resolves when the network has proved itself and is warm; rejects with why it is refused. */
  start(): Promise<void> {
    return this.worker.start();
  }
  stop(): Promise<void> {
    return this.worker.stop();
  }
  /** Finishes what it has, takes no more. */
  retire(): Promise<void> {
    return this.worker.retire();
  }
  /** Another threshold, region or station setting for the same network. */
  adopt(slot: ModelSlot): void {
    this.place = slot;
  }

  async infer(input: SlotInput): Promise<Finding> {
    const { ready, place, calibration } = this;
    if (!ready) throw failed(place.id, 'it is not loaded');
    const limits = limitsOf(ready.manifest, place);
    const { threshold, review } = limits;
    const about = { model: place.id, threshold, explainFrom: explainFrom(place.explain, threshold, review), ...formatOf(place) };
    const job = this.jobOf(ready.manifest, input, about);
    if (this.learner && !calibration && input.window) throw this.takeNormal(this.learner, input.window, ready.manifest);
    const asked = this.options.clock.elapsed();
    const { core, look, runMs } = (await this.worker.submit(job)) as RunReply;
    const queueMs = Math.max(0, this.options.clock.elapsed() - asked - runMs);
    const tags = input.window ? (place.channels ?? input.window.tags) : [];
    return this.finding(ready, { core, look: lookOf(look, tags) }, limits, { queueMs, runMs });
  }

  unfound(): Finding {
    const { ready, place } = this;
    if (!ready) throw failed(place.id, 'it is not loaded');
    return this.finding(ready, { core: { label: null, score: 1 }, look: null }, limitsOf(ready.manifest, place), { queueMs: 0, runMs: 0 });
  }

  private finding({ manifest, loaded }: NonNullable<Seat['ready']>, { core, look }: Said, limits: Limits, times: Times): Finding {
    return {
      model: this.place.name,
      package: manifest.name,
      version: manifest.version,
      variant: loaded.variant,
      provider: loaded.provider.used,
      sha256: loaded.sha256,
      kind: manifest.kind,
      ...limits,
      margin: core.score - limits.threshold,
      ...(core.score > this.highest ? UNLIKE : {}),
      ...core,
      ...(look ? { look } : {}),
      ...times,
    };
  }

  /** What goes over to the worker; throws what makes the input unusable. */
  private jobOf(
    manifest: Manifest,
    { image, window, text }: SlotInput,
    about: Pick<RunOrder, 'model' | 'threshold' | 'explainFrom' | 'format'>,
  ): Job {
    const { id: model, channels } = this.place;
    const { inputs } = manifest;
    if (inputs.image) {
      const { width, height, channels: colours } = inputs.image;
      if (image?.pixels.length !== width * height * colours) throw failed(model, `it wants a picture of ${width}x${height}x${colours}`);
      const region = image.region ?? [0, 0, width, height];
      return { verb: 'run', input: image.pixels, order: { ...about, region, channels: null } };
    }
    if (inputs.text) {
      if (text === undefined) throw failed(model, 'it wants a text');
      // What is beyond is not read: one character more says that there was something.
      const order = { ...about, region: null, channels: null, text: text.slice(0, inputs.text.characters + 1) };
      return { verb: 'run', input: null, order };
    }
    const [steps, count] = [inputs.window?.steps ?? 0, inputs.window?.channels.length ?? 0];
    if (window?.steps !== steps || window.tags.length !== count || window.values.length !== steps * count) {
      throw failed(
        model,
        `it wants a window of ${steps} steps x ${count} tags, this one is ${window?.steps ?? 0} x ${window?.tags.length ?? 0}`,
      );
    }
    return {
      verb: 'run',
      input: withoutGaps(window, fillsOf(manifest)),
      order: { ...about, region: null, channels: channels ? null : window.tags },
    };
  }

  private async load(thread: Thread): Promise<void> {
    const manifest = await this.options.manifest;
    const { config, slot } = this.options;
    if (slot.channels && slot.channels.length !== manifest.inputs.window?.channels.length) {
      throw invalid(
        manifest.name,
        `it wants ${manifest.inputs.window?.channels.length ?? 0} tags, the station gives ${slot.channels.length}`,
      );
    }
    if (manifest.decode['method'] === 'forecast') await this.recall(manifest);
    if (this.lanes.length === 0) this.lanes.push(...Array.from({ length: LANES }, () => new SharedArrayBuffer(bytesOf(manifest))));
    const asked: ProofOrder = { manifest, variant: slot.variant ?? null, providers: config.providers, threads: config.threads };
    const proof = await this.options.prove(asked);
    const order: WorkerOrder = {
      ...asked,
      ...(proof ? { variant: proof.variant, providers: [proof.provider.used] } : {}),
      warmUp: WARM_UP,
      lanes: this.lanes,
      calibration: this.calibration,
      channels: slot.channels ?? null,
    };
    const loaded = await thread.call<Loaded>('load', order);
    this.highest = highestTaught(manifest);
    this.ready = { manifest, loaded: proof ? asProved(loaded, proof) : loaded };
  }

  private async send(thread: Thread, job: Job, lane: number): Promise<unknown> {
    if (job.verb === 'learn') return thread.call('learn', job.order);
    const shared = this.lanes[lane];
    if (shared && job.input) (job.input instanceof Float32Array ? new Float32Array(shared) : new Uint8Array(shared)).set(job.input);
    return thread.call('run', { ...job.order, lane } satisfies RunOrder);
  }

  private identity(manifest: Manifest) {
    return { package: manifest.name, version: manifest.version, channels: this.place.channels ?? channelNames(manifest) };
  }

  private async recall(manifest: Manifest): Promise<void> {
    try {
      this.calibration ??= await recallCalibration(this.options.calibration, this.identity(manifest), plausibleOf(manifest));
    } catch (thrown) {
      // Learned anew: what cannot be believed must not judge, and its station is not to stand still until somebody comes.
      this.doubt = asLinesideError(thrown, 'CALIBRATION_INVALID', { file: this.options.calibration[0], model: this.place.id });
      this.options.onFault(this.doubt, 0);
    }
    this.learner ??= new Learner(manifest.inputs.window?.steps ?? 0, manifest.calibration.rows);
  }

  /** Learns from the window instead of judging it. */
  private takeNormal(learner: Learner, window: TagWindow, manifest: Manifest): LinesideError {
    learner.add(window);
    if (learner.ready && !this.learning) void this.learn(learner, manifest);
    return this.uncalibrated(learner);
  }

  private uncalibrated({ have, need }: Learner): LinesideError {
    return new LinesideError('MODEL_UNCALIBRATED', { model: this.place.id, have, need });
  }

  private async learn(learner: Learner, manifest: Manifest): Promise<void> {
    this.learning = true;
    try {
      const order = { stretch: learner.stretch, settings: manifest.calibration };
      const learned = (await this.worker.submit({ verb: 'learn', order })) as Calibration;
      const why = doubtOf(learned, plausibleOf(manifest));
      if (why !== null) throw failed(this.place.id, `what it learned of the normal rows cannot be: ${why}`);
      this.calibration = learned;
      const refused = this.doubt ? String(this.doubt.details['file']) : null;
      this.doubt = null;
      await writeCalibration(this.options.calibration[0], this.identity(manifest), learned, refused);
      this.options.onChange();
    } catch (thrown) {
      const fault = asLinesideError(thrown, 'MODEL_FAILED', { model: this.place.id });
      // Rows that the network cannot digest will not get better; after a lost thread they are as good as before.
      if (fault.code === 'MODEL_FAILED') this.learner = new Learner(manifest.inputs.window?.steps ?? 0, manifest.calibration.rows);
      this.options.onFault(fault, 0);
    } finally {
      this.learning = false;
    }
  }
}

/** The thread loads what held; why others did not is what the proof says. */
const asProved = (loaded: Loaded, { provider, passedOver }: Proof): Loaded =>
  loaded.provider.used === provider.used ? { ...loaded, provider, passedOver } : loaded;

/** `tags`: of the window; none of a picture. */
const lookOf = (values: RunReply['look'], tags: readonly string[]): Look | null =>
  values && { of: tags.length > 0 ? 'tags' : 'picture', tags: tags.slice(0, MOST_TAGS), values };

const limitsOf = ({ thresholds }: Manifest, { threshold, review }: ModelSlot): Limits => ({
  threshold: threshold ?? thresholds.score,
  review: review ?? thresholds.review ?? null,
});
const formatOf = ({ format }: ModelSlot): Pick<RunOrder, 'format'> => (format ? { format } : {});

type SlotInput = { readonly image?: PreparedImage; readonly window?: TagWindow; readonly text?: string };
type Times = Pick<Finding, 'queueMs' | 'runMs'>;
type Said = { readonly core: RunReply['core']; readonly look: Look | null };

export function bytesOf({ inputs: { image, window } }: Manifest): number {
  if (image) return image.width * image.height * image.channels;
  return (window?.steps ?? 0) * (window?.channels.length ?? 0) * Float32Array.BYTES_PER_ELEMENT;
}
