/** Inference: a seat for each slot, one thread for pixels, and what both say of themselves. The front door of this folder. */
import { isDeepStrictEqual } from 'node:util';
import type { Worker } from 'node:worker_threads';
import type { InferenceConfig } from '../config/schema.ts';
import type { Finding, Frame, Inference, Log, ModelSlot, PartStatus, PreparedImage, SymbolReader, SymbolWish } from '../contracts/index.ts';
import { asLinesideError, LinesideError } from '../errors.ts';
import { type Clock, type Milliseconds, Seconds } from '../time.ts';
import { calibrationFiles } from './calibration-file.ts';
import { failed } from './faults.ts';
import type { Loaded } from './load.ts';
import { type Manifest, readManifest } from './manifest.ts';
import type { PixelsOrder } from './pixels.ts';
import { Preparer } from './prepare.ts';
import { type Bounds, Proofs } from './proofs.ts';
import { Seat } from './seat.ts';
import { type Counters, Supervised } from './supervised.ts';
import { SYMBOLS, SymbolThread } from './symbol-reader.ts';
import { startWorker, Thread, type Urgency, type WorkerEntry } from './thread.ts';

export interface InferenceOptions {
  readonly slots: readonly ModelSlot[];
  /** Candidates: loaded when all others are there, on threads that let all others go first. */
  readonly shadows?: readonly ModelSlot[];
  readonly config: InferenceConfig;
  /** Absolute folder of a package. */
  readonly folderOf: (name: string) => string;
  /** By package name, where they have been read already; the others are read from their folders. */
  readonly manifests?: ReadonlyMap<string, Manifest>;
  /** Absolute folder of the calibrations, one file a slot; belongs to this box, not to the packages. */
  readonly calibration: string;
  /** File that remembers which packages have proved themselves on this box; without it each start proves them all. */
  readonly proofs?: string;
  /** Of time and memory for a proof; tests make them small. */
  readonly bounds?: Partial<Bounds>;
  readonly clock: Clock;
  readonly log: Log;
  /** Some station reads DataMatrix, QR or bar codes. Default: none does, and there is no thread for it. */
  readonly symbols?: boolean;
  /** A slot, or PIXELS, has changed its condition. */
  readonly onStatus: (slot: string, status: PartStatus, fault: LinesideError | null) => void;
  /** A start or a reload has settled for a slot. */
  readonly onLoad: (report: LoadReport) => void;
  /** Starts a worker thread; tests keep what it gives, to end it. */
  readonly spawn?: (entry: WorkerEntry, urgency: Urgency) => Worker;
}

/** live: this package runs. refused: nothing runs here. kept: this package was refused, and `loaded` is the one before, which runs on. */
export interface LoadReport {
  readonly slot: string;
  readonly package: string;
  readonly version: string | null;
  readonly state: 'live' | 'refused' | 'kept';
  /** What runs. */
  readonly loaded: Loaded | null;
  /** Why the package was refused. */
  readonly fault: LinesideError | null;
  readonly ms: Milliseconds;
}

/** What comes with other slots. */
export interface ModelsChange {
  /** Candidates from now on; default: those there are. */
  readonly shadows?: readonly ModelSlot[];
  /** Some station reads codes from now on. */
  readonly symbols?: boolean;
  /** Everything is loaded beside what runs: settles when whoever uses what runs has finished. Only then are they exchanged. */
  readonly turn?: () => Promise<void>;
}

/**
 * degraded: it runs, but not as it should: the thread is being replaced, the package asked for was refused and the one before runs,
 * the calibration is still being learned, or another provider than the one asked for runs. failed: nothing runs.
 */
export interface Condition {
  readonly status: PartStatus;
  readonly fault: LinesideError | null;
  readonly restarts: number;
}

export interface InferenceEngine extends Inference, SymbolReader {
  /**
   * Loads all slots at once. Never rejects: a package that is refused says so in its report, and the others run. One that is not
   * proved after some seconds is reported as MODEL_UNPROVED, and again when it is settled: the others do not wait for it.
   */
  start(): Promise<readonly LoadReport[]>;
  /** Goes over to these slots; a slot whose new package is refused keeps the one before. Loads beside what runs, so no part is lost. */
  reload(slots: readonly ModelSlot[], change?: ModelsChange): Promise<readonly LoadReport[]>;
  /** By `model/<slot>`, the pixels thread by `model/pixels`. */
  health(): Readonly<Record<string, Condition>>;
  queues(): Readonly<Record<string, Counters>>;
  /** Names of those that judge at present. */
  readonly packages: ReadonlySet<string>;
  /** What runs in a slot; null where nothing does. */
  loaded(slot: string): Loaded | null;
  /** Rejects what is under way with STOPPING, ends all threads. Settles within 2 s, whether or not a thread is stuck. */
  stop(): Promise<void>;
  /**
   * Threads that are alive. Above 0 after stop(), some are stuck in native code, and process.exit() would wait for them and then
   * abort (see Thread.end): leave by SIGKILL instead.
   */
  readonly threads: number;
}

/** The name of the pixels thread in events and status. */
export const PIXELS = 'pixels';
const PIXELS_LATER = 'pixels~shadow';
type Pixels = Supervised<PixelsOrder, Uint8Array<ArrayBuffer>>;
/** Loading six small graphs takes a fifth of a second. */
const PIXELS_TIMEOUT = Seconds(30);
/** A start waits so long for packages that this box has never seen. With an accelerator it waits as long as they take: it builds. */
const PATIENCE = Seconds(10);

export function createInference(options: InferenceOptions): InferenceEngine {
  return new Engine(options);
}

class Engine implements InferenceEngine {
  private readonly options: InferenceOptions;
  private readonly seats = new Map<string, Seat>();
  private readonly refused = new Map<string, LinesideError>();
  private readonly pixels: Pixels;
  /** For candidates that want a picture which the models beside them did not. */
  private readonly pixelsLater: Pixels;
  private readonly preparer: Preparer;
  private symbols: SymbolThread | null;
  private shadows: readonly ModelSlot[];
  private readonly proofs: Proofs;
  private readonly pixelsStarted = new Set<Pixels>();
  private stopped = false;
  private alive = 0;
  /** Loads one after the other: a reload that comes during a start waits for it. */
  private loading: Promise<unknown> = Promise.resolve();
  /** Seats that are not in `seats`: starting, or finishing what they have. */
  private readonly passing = new Set<Seat>();

  constructor(options: InferenceOptions) {
    this.options = options;
    this.pixels = this.pixelsThread(PIXELS, 'now');
    this.pixelsLater = this.pixelsThread(PIXELS_LATER, 'later');
    this.symbols = options.symbols ? this.symbolThread() : null;
    this.shadows = options.shadows ?? [];
    this.preparer = new Preparer((order) => this.pixels.submit(order));
    const { clock, proofs: file, bounds } = options;
    this.proofs = new Proofs({ clock, file, ...(bounds ? { bounds } : {}) });
  }

  async start(): Promise<readonly LoadReport[]> {
    const { slots, config } = this.options;
    const settled = Promise.all([this.reload(slots), this.open(SYMBOLS, this.symbols)]).then(([reports]) => reports);
    const isQuick = config.providers.every((provider) => provider === 'cpu');
    const reports = isQuick ? await this.soon(settled, slots) : await settled;
    this.startShadows();
    return reports;
  }

  /** When all are settled, or after PATIENCE with what can be said of each by then. */
  private async soon(settled: Promise<readonly LoadReport[]>, slots: readonly ModelSlot[]): Promise<readonly LoadReport[]> {
    let cancel = () => {};
    const late = new Promise<readonly LoadReport[]>((resolve) => {
      cancel = this.options.clock.after(PATIENCE, () => resolve(slots.map((slot) => this.soFar(slot))));
    });
    try {
      return await Promise.race([settled, late]);
    } finally {
      cancel();
    }
  }

  private soFar({ id, package: name }: ModelSlot): LoadReport {
    const fault = this.refused.get(id) ?? null;
    if (fault?.code === 'MODEL_UNPROVED') this.changed(id);
    return {
      slot: id,
      package: name,
      version: this.seats.get(id)?.manifest?.version ?? null,
      state: fault ? 'refused' : 'live',
      loaded: this.loaded(id),
      fault,
      ms: PATIENCE,
    };
  }

  reload(slots: readonly ModelSlot[], change: ModelsChange = {}): Promise<readonly LoadReport[]> {
    const reports = this.loading.then(() => this.goOver(slots, change));
    this.loading = reports.catch(() => {});
    return reports;
  }

  private startShadows(): void {
    for (const shadow of this.shadows) void this.place(shadow);
    void this.startPixels(this.shadows, PIXELS_LATER, this.pixelsLater);
  }

  async prepare(slot: string, frame: Frame): Promise<PreparedImage> {
    const seat = this.seat(slot);
    const image = seat.manifest?.inputs.image;
    if (!image) throw failed(slot, 'it takes no picture');
    if (seat.slot.beside === undefined) return this.preparer.prepare(seat.slot, image, frame);
    return this.preparer.prepare(seat.slot, image, frame, (order) => this.pixelsLater.submit(order));
  }

  async readSymbols(frame: Frame, wish: SymbolWish): Promise<readonly string[]> {
    if (!this.symbols) throw failed(SYMBOLS, 'no station was to read codes');
    return this.symbols.readSymbols(frame, wish);
  }

  async infer(slot: string, input: Parameters<Inference['infer']>[1]): Promise<Finding> {
    return this.seat(slot).infer(input);
  }

  unfound(slot: string): Finding {
    return this.seat(slot).unfound();
  }

  health(): Readonly<Record<string, Condition>> {
    const ids = new Set([...this.seats.keys(), ...this.refused.keys(), ...this.helpers().keys()]);
    return Object.fromEntries([...ids].map((id) => [`model/${id}`, this.condition(id)]));
  }

  queues(): Readonly<Record<string, Counters>> {
    const seats = [...this.seats].map(([id, seat]) => [`model/${id}`, seat.counters] as const);
    const helpers = [...this.helpers()].map(([id, { counters }]) => [`model/${id}`, counters] as const);
    return Object.fromEntries([...seats, ...helpers]);
  }

  loaded(slot: string): Loaded | null {
    return this.seats.get(slot)?.loaded ?? null;
  }

  async stop(): Promise<void> {
    const running = this.stopped ? [] : Object.keys(this.queues());
    this.stopped = true;
    this.proofs.stop();
    for (const id of running) this.options.onStatus(id.slice('model/'.length), 'stopped', null);
    const seats = [...this.seats.values(), ...this.passing];
    await Promise.all([this.pixels.stop(), this.pixelsLater.stop(), this.symbols?.stop(), ...seats.map((seat) => seat.stop())]);
  }

  private seat(slot: string): Seat {
    const seat = this.seats.get(slot);
    if (seat) return seat;
    throw this.refused.get(slot) ?? (this.stopped ? new LinesideError('STOPPING') : failed(slot, 'no such slot is loaded'));
  }

  /** Loads beside what runs; then, in one turn, exchanges what changed and dismisses what is not wanted any more. */
  private async goOver(slots: readonly ModelSlot[], { shadows, symbols, turn }: ModelsChange): Promise<readonly LoadReport[]> {
    if (symbols && !this.symbols) {
      this.symbols = this.symbolThread();
      await this.open(SYMBOLS, this.symbols);
    }
    this.shadows = shadows ?? this.shadows;
    const wanted = new Set([...slots, ...this.shadows].map((slot) => slot.id));
    const dismiss = () => {
      for (const [id, seat] of this.seats) if (!wanted.has(id)) this.dismiss(id, seat);
      for (const id of this.refused.keys()) if (!wanted.has(id)) this.refused.delete(id);
    };
    // Without a turn nobody is at work here: each goes live by itself, and none waits for a package that takes long to prove.
    if (!turn) dismiss();
    const exchange = turn ? new Exchange(slots.length, () => turn().then(dismiss)) : undefined;
    const places = Promise.all(slots.map((slot) => this.place(slot, exchange)));
    const [reports] = await Promise.all([places, exchange?.done, this.startPixels(slots, PIXELS, this.pixels)]);
    if (shadows) this.startShadows();
    return reports;
  }

  /** Loads one slot beside what runs there now. */
  private async place(slot: ModelSlot, exchange?: Exchange): Promise<LoadReport> {
    const began = this.options.clock.elapsed();
    const before = this.seats.get(slot.id);
    if (!before) this.refused.set(slot.id, new LinesideError('MODEL_UNPROVED', { model: slot.package }));
    const known = this.options.manifests?.get(slot.package);
    const manifest = known ? Promise.resolve(known) : readManifest(this.options.folderOf(slot.package));
    const same = await unchanged(before, slot, manifest);
    const fault = before && same ? await this.keep(before, slot, exchange) : await this.replace(slot, manifest, before, exchange);
    const now = this.seats.get(slot.id);
    const report: LoadReport = {
      slot: slot.id,
      package: slot.package,
      version: (await manifest.catch(() => null))?.version ?? null,
      state: !fault ? 'live' : now ? 'kept' : 'refused',
      loaded: now?.loaded ?? null,
      fault: fault ?? null,
      ms: this.options.clock.elapsed() - began,
    };
    if (!this.stopped && !(before && same)) this.tell(report);
    return report;
  }

  private async keep(seat: Seat, slot: ModelSlot, exchange?: Exchange): Promise<undefined> {
    await exchange?.ready();
    seat.adopt(slot);
    this.refused.delete(slot.id);
  }

  /** The fault for which the new package is refused, or nothing. */
  private async replace(
    slot: ModelSlot,
    manifest: Promise<Manifest>,
    before: Seat | undefined,
    exchange?: Exchange,
  ): Promise<LinesideError | undefined> {
    if (this.stopped) {
      this.refused.delete(slot.id);
      await exchange?.ready();
      return new LinesideError('STOPPING');
    }
    const seat = this.newSeat(slot, manifest);
    this.passing.add(seat);
    try {
      await seat.start();
      await exchange?.ready();
    } catch (thrown) {
      const fault = asLinesideError(thrown, 'MODEL_FAILED', { model: slot.id });
      await exchange?.ready();
      this.refused.set(slot.id, fault);
      return fault;
    } finally {
      this.passing.delete(seat);
    }
    this.seats.set(slot.id, seat);
    this.refused.delete(slot.id);
    if (before) this.retire(before);
    return undefined;
  }

  private newSeat(slot: ModelSlot, manifest: Promise<Manifest>): Seat {
    const { config, clock, calibration } = this.options;
    return new Seat({
      slot,
      manifest,
      config,
      clock,
      calibration: calibrationFiles(slot, calibration),
      prove: (order) => this.proofs.prove(order),
      spawn: () => this.spawn('worker', slot.beside === undefined ? 'now' : 'later'),
      onFault: (fault, waitMs) => this.fault(slot.id, fault, waitMs),
      onChange: () => this.changed(slot.id),
    });
  }

  private dismiss(id: string, seat: Seat): void {
    this.seats.delete(id);
    this.retire(seat);
  }

  private retire(seat: Seat): void {
    this.passing.add(seat);
    void seat.retire().finally(() => this.passing.delete(seat));
  }

  private pixelsThread(name: string, urgency: Urgency): Pixels {
    const { config, clock } = this.options;
    return new Supervised({
      name,
      // Every slot may have its queue full of pictures that are not prepared yet.
      bound: config.queue * Math.max(1, this.options.slots.length),
      timeout: config.timeout,
      loadTimeout: PIXELS_TIMEOUT,
      clock,
      spawn: () => new Thread(this.spawn('pixels', urgency), name),
      load: (thread) => thread.call('load', null),
      send: (thread, order) => thread.call('prepare', order),
      onFault: (fault, waitMs) => this.fault(name, fault, waitMs),
      onRecovered: () => this.changed(name),
    });
  }

  /** Only where a camera is looked at. A failure is told; slots without a picture go on. */
  private async startPixels(slots: readonly ModelSlot[], name: string, pixels: Pixels): Promise<void> {
    if (this.stopped || this.pixelsStarted.has(pixels) || !slots.some((slot) => slot.camera !== undefined)) return;
    this.pixelsStarted.add(pixels);
    await this.open(name, pixels);
  }

  /** A thread beside the models' own. */
  private async open(id: string, thread: { start(): Promise<void> } | null): Promise<void> {
    try {
      await thread?.start();
      if (thread) this.changed(id);
    } catch (thrown) {
      this.refused.set(id, asLinesideError(thrown));
      this.fault(id, asLinesideError(thrown), 0);
    }
  }

  private symbolThread(): SymbolThread {
    const { config, clock } = this.options;
    return new SymbolThread({
      config,
      clock,
      spawn: () => this.spawn('symbols', 'now'),
      onFault: (fault, waitMs) => this.fault(SYMBOLS, fault, waitMs),
      onRecovered: () => this.changed(SYMBOLS),
    });
  }

  /** Threads that serve every slot, as far as they are wanted here. */
  private helpers(): ReadonlyMap<string, Helper> {
    const found = new Map<string, Helper>();
    if (this.pixelsStarted.has(this.pixels)) found.set(PIXELS, this.pixels);
    if (this.pixelsStarted.has(this.pixelsLater)) found.set(PIXELS_LATER, this.pixelsLater);
    if (this.symbols) found.set(SYMBOLS, this.symbols);
    return found;
  }

  get packages(): ReadonlySet<string> {
    return new Set([...this.seats.values()].map(({ slot }) => slot.package));
  }

  get threads(): number {
    return this.alive;
  }

  private spawn(entry: WorkerEntry, urgency: Urgency): Worker {
    const worker = (this.options.spawn ?? startWorker)(entry, urgency);
    this.alive++;
    worker.once('exit', () => this.alive--);
    return worker;
  }

  private fault(slot: string, fault: LinesideError, waitMs: Milliseconds): void {
    this.options.log.warn({ code: fault.code, slot, waitMs }, fault.message);
    this.changed(slot);
  }

  private tell(report: LoadReport): void {
    const { fault, loaded, ...rest } = report;
    const details = { ...rest, variant: loaded?.variant, provider: loaded?.provider, runMs: loaded?.runMs };
    if (fault) this.options.log.warn({ ...details, code: fault.code }, fault.message);
    else this.options.log.info(details, 'model is live');
    this.options.onLoad(report);
    this.changed(report.slot);
  }

  private changed(id: string): void {
    const { status, fault } = this.condition(id);
    if (!this.stopped) this.options.onStatus(id, status, fault);
  }

  private condition(id: string): Condition {
    const part = this.helpers().get(id) ?? this.seats.get(id);
    const refused = this.refused.get(id) ?? null;
    if (!part || part.state === 'stopped') return { status: refused ? 'failed' : 'stopped', fault: refused, restarts: 0 };
    const fault = part.fault ?? refused ?? (part instanceof Seat ? part.shortfall : null);
    return { status: fault ? 'degraded' : 'running', fault, restarts: part.counters.restarts };
  }
}

/** What is to be known of a thread beside the models' own. */
type Helper = Pick<Supervised<never, never>, 'counters' | 'state' | 'fault'>;

/** The same package, by its manifest with the hashes in it, used in the same way: the network that runs may stay. */
/** Where the slots of one reload meet: each is ready once, loaded or refused, and all go on together when the turn is over. */
class Exchange {
  readonly done: Promise<void>;
  private left: number;
  private begin: () => void = () => {};

  constructor(slots: number, turn: () => Promise<void>) {
    this.left = slots;
    const all = new Promise<void>((resolve) => {
      this.begin = resolve;
    });
    this.done = all.then(turn);
    if (slots === 0) this.begin();
  }

  ready(): Promise<void> {
    if (--this.left === 0) this.begin();
    return this.done;
  }
}

async function unchanged(seat: Seat | undefined, slot: ModelSlot, manifest: Promise<Manifest>): Promise<boolean> {
  if (!seat || seat.state === 'stopped' || seat.slot.variant !== slot.variant) return false;
  if (!isDeepStrictEqual(seat.slot.channels, slot.channels)) return false;
  return isDeepStrictEqual(seat.manifest, await manifest.catch(() => null));
}
