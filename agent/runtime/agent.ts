/**
 * The composition root: one config becomes parts, in the order in which they start and, backwards, stop. The only file that knows all.
 */
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { v7 as uuidv7 } from 'uuid';
import type { LoadedConfig } from '../config/load.ts';
import { packageFolder, packagesFolder, taughtIn } from '../config/packages-folder.ts';
import { codeCamera } from '../config/part.ts';
import type { Config } from '../config/schema.ts';
import type {
  AgentEvent,
  Alarm,
  ChartState,
  ChartVerb,
  Command,
  Inspection,
  JournalEntry,
  Label,
  Log,
  PartStatus,
  RecordedRules,
  StationState,
  Study,
} from '../contracts/index.ts';
import { isProduction, shiftAt } from '../contracts/index.ts';
import { recognise } from '../decisions/challenges/compare.ts';
import { asLinesideError, type ErrorCode, LinesideError, messageOf } from '../errors.ts';
import { createInference, type InferenceEngine } from '../inference/engine.ts';
import { kindOf } from '../inference/kinds/index.ts';
import { heldOutOf, type Manifest, promisedOf } from '../inference/manifest.ts';
import { PROOFS } from '../inference/proofs.ts';
import { taughtLookOf } from '../inference/taught-look.ts';
import { maskPeople } from '../language/people.ts';
import { createMqttPublisher, type MqttPublisher } from '../publishers/mqtt.ts';
import { approve, listRejected, listTrusted } from '../sources/opcua/trust.ts';
import { withoutStudy } from '../stations/memory.ts';
import type { StationMemory, StationPorts, StationRecord, StudyRecord } from '../stations/ports.ts';
import { Station } from '../stations/station.ts';
import { AnswerNotes } from '../store/answer-notes.ts';
import { personCode } from '../store/site-key.ts';
import type { Store, StoreState } from '../store/store.ts';
import { type Clock, every, type Milliseconds, Minutes, Seconds } from '../time.ts';
import type { AlarmView, HoursPort, PagePorts } from '../web/ports.ts';
import type { ChangesPort, ConfigPort } from '../web/server.ts';
import { AlarmMarks } from './alarm-marks.ts';
import { AlarmBook } from './alarms.ts';
import { judgeOf, nodesOf, rulesOf, unitsOf } from './bridges.ts';
import { causesOf, isDown } from './causes.ts';
import { challengesOf, packagesOf } from './challenges.ts';
import { ChartDesk, type ChartWish } from './charts/desk.ts';
import { chartView } from './charts/view.ts';
import { handleCommand } from './commands.ts';
import { ContainDesk } from './contain-desk.ts';
import { DriftDesk } from './drift/desk.ts';
import { Ending } from './ending.ts';
import { withFastRoles } from './fast-roles.ts';
import { FIRST_PICTURE, Floor } from './floor.ts';
import { buildHealth, type HealthSources, type PartHealth, type Queue } from './health.ts';
import { FollowingDesk } from './logistics/following.ts';
import { MaterialDesk } from './logistics/material-desk.ts';
import { ROUTES_MEMORY, RoutesDesk } from './logistics/routes-desk.ts';
import type { SuppliesOptions } from './logistics/supplies.ts';
import { ToolsDesk } from './logistics/tools-desk.ts';
import { MODELS_MEMORY, modelEntries, runningOf } from './model-changes.ts';
import { NoteBook, type NoteRules, type NoteWish } from './notes.ts';
import { Outlets } from './outlets.ts';
import { lineView, machinePlace, modelViews, tagViews, taughtPlace } from './page-view.ts';
import { personIn, withoutPeople } from './people-on-record.ts';
import { PlanningDesk } from './planning/desk.ts';
import { closedIn, openIn } from './planning/hours.ts';
import { Plant } from './plant.ts';
import { probeOf } from './probe.ts';
import { PromiseDesk, type Promised } from './promises/desk.ts';
import { HOURS_FILE, HoursBook } from './promises/hours.ts';
import { Rates } from './rates.ts';
import { Recorder } from './recorder.ts';
import { noteOf, planReload, type ReloadPlan, RUNNING_CONFIG } from './reload-plan.ts';
import { orderTagsOf, ShiftDesk } from './shifts/desk.ts';
import { skewHint } from './skew-hint.ts';
import { type StationSlots, slotsOf } from './slots.ts';
import { StartTimes } from './start-times.ts';
import { gaugeNow, masterOf, studiesOf, study } from './studies.ts';
import { StudyDesk } from './study-desk.ts';
import { TeachDesk } from './teach-desk.ts';
import { TextDesk } from './texts/desk.ts';
import { changeThreshold } from './threshold-desk.ts';
import { Unnamed } from './unnamed.ts';
import { Viewer } from './viewer.ts';
import { WebDesk } from './web-desk.ts';

export interface AgentOptions {
  readonly loaded: LoadedConfig;
  /** Folder that relative paths in the config mean. */
  readonly base: string;
  readonly version: string;
  /** By package name, of every package that the config uses. */
  readonly manifests: ReadonlyMap<string, Manifest>;
  readonly clock: Clock;
  /** 0..1 */
  readonly random: () => number;
  readonly log: Log;
  /** The command `reload`; absent where the config cannot change. */
  readonly onReload?: () => Promise<Readonly<Record<string, unknown>>>;
  /** The host's, which keeps it over changes of the config and stops it; without one the agent has its own. */
  readonly recorder?: Recorder;
  /** The config file, for the page; absent where it is none. */
  readonly file?: ConfigPort;
  /** Why no part is judged though everything runs: the file has been broken since the start. */
  readonly standby?: () => string;
  /** Every inspection as it is handed to the journal; for the demo's table and for tests. */
  readonly onInspection?: (inspection: Inspection) => void;
}

/** Health is published this often, and whenever a part changes its status. */
const HEALTH_EVERY = Minutes(1);
/** Retained state follows the verdicts, but no faster than a person can read. */
const STATE_EVERY = 500;
/** What a command of this box says of good hours counts within it. */
const HOURS_EVERY = Seconds(5);
/** Shares of a stop, together less than STOP_WITHIN: the store has what is left. */
const STOP_WITHIN = Seconds(9);
const FLUSH = Seconds(1.5);
const WEB = Seconds(0.5);
const PLANNING = Seconds(0.5);
const MATERIAL = Seconds(0.5);
/** A runner gives a life 3 s. */
const PARTS = Seconds(4);
/** From the moment when every part has started once: a camera's first pictures, a server's first values. */
const SAYS_MORE = Seconds(10);
/** Some part may never start. */
const SETTLED_BY = Minutes(1);
/** Owners of alarms beside the parts themselves; no part has such a name. */
const partsOf = (station: string) => `parts of ${station}`;
const lifeOf = (part: string) => `life of ${part}`;
const scoresOf = (station: string) => `scores of ${station}`;
const challengesAt = (station: string) => `challenges of ${station}`;
const studiesAt = (station: string) => `studies of ${station}`;
const spcOf = (station: string) => `charts of ${station}`;

/** One change of the config, when everything new is there. */
interface Turn {
  readonly loaded: LoadedConfig;
  readonly next: Config;
  readonly slots: ReadonlyMap<string, StationSlots>;
  readonly stations: ReadonlySet<string>;
  readonly sources: readonly string[];
}

export class Agent {
  readonly plant: Plant;
  readonly inference: InferenceEngine;
  readonly store: Store;
  readonly outlets: Outlets<MqttPublisher>;
  private readonly options: AgentOptions;
  private readonly floor: Floor;
  /** Of every package that was ever used here; inference reads it too. */
  private readonly manifests: Map<string, Manifest>;
  private loaded: LoadedConfig;
  /** As it runs: tags that belong to a trigger are as fast as the trigger. */
  private config: Config;
  private slots: ReadonlyMap<string, StationSlots>;
  private notes: AnswerNotes | null = null;
  private readonly rates = new Map<string, Rates>();
  private readonly scores: DriftDesk;
  private readonly charts: ChartDesk;
  private readonly following: FollowingDesk;
  private readonly routes: RoutesDesk;
  /** What is behind each tag; asked with every word of the conveyor. */
  private nodes: ReadonlyMap<string, string> = new Map();
  private readonly promises: PromiseDesk;
  private readonly hours: HoursBook;
  private notesTaken: NoteBook | null = null;
  private codeOf: NoteRules['code'] | null = null;
  private readonly recorder: Recorder;
  private readonly planning: PlanningDesk;
  private readonly material: MaterialDesk;
  private readonly tools: ToolsDesk;
  private readonly shifts: ShiftDesk;
  private readonly studies = this.studyDesk();
  private readonly texts: TextDesk;
  private readonly unnamed = new Unnamed(
    () => this.config,
    () => this.people(),
  );
  private readonly web: WebDesk;
  private readonly viewer: Viewer;
  private readonly teaching: TeachDesk;
  private readonly startedAt: number;
  private readonly startTimes: StartTimes;
  private readonly alarms: AlarmBook;
  private readonly marks: AlarmMarks;
  private ready = false;
  private stopped = false;
  /** The alarms of the life before are about to end. */
  private settling = false;
  private readonly stops: (() => void)[] = [];
  private readonly dirty = new Set<string>();

  constructor(options: AgentOptions) {
    const { loaded, base, clock, random, log } = options;
    this.options = options;
    this.loaded = loaded;
    this.manifests = new Map(options.manifests);
    this.config = withFastRoles(loaded.config);
    const { config, manifests } = this;
    this.startedAt = clock.elapsed();
    this.startTimes = new StartTimes(clock);
    const path = resolve(base, config.store.path);
    this.slots = this.slotsFor(config);
    this.recorder = options.recorder ?? new Recorder({ path, config: config.store, clock, log: log.child({ part: 'store' }) });
    this.store = this.recorder.store;
    this.marks = alarmMarks(path, clock, log);
    this.alarms = new AlarmBook(clock, (alarm) => this.alarmChanged(alarm));
    this.scores = this.driftDesk(path);
    this.charts = this.chartDesk(path);
    this.following = this.followingDesk();
    this.inference = createInference({
      slots: allSlots(this.slots),
      config: config.inference,
      clock,
      shadows: allShadows(this.slots),
      folderOf: (name) => packageFolder({ config, base }, name),
      manifests,
      calibration: join(path, 'calibration'),
      proofs: join(path, PROOFS),
      log: log.child({ part: 'inference' }),
      symbols: readsCodes(config),
      onStatus: (slot, status, fault) => this.partStatus(`model/${slot}`, status, fault),
      onLoad: (report) => this.recorder.record({ load: { kind: 'model', at: clock.now(), detail: JSON.stringify(report) } }),
    });
    this.plant = this.plantOf(config, join(path, 'pki'));
    this.floor = new Floor({ clock, log, plant: this.plant, build: (name, before) => this.buildStation(name, before) });
    this.outlets = new Outlets(this.publishersFor(config), {
      clock,
      random,
      log,
      outbox: this.store.outbox,
      probe: () => this.config.mqtt && probeOf(this.config.mqtt.url.target),
      onCommand: (publisher, command) => this.command(publisher, command),
      onStatus: (publisher, status, fault) => this.partStatus(publisher, status, fault),
      onFaults: (publisher, faults) => this.alarms.state(publisher, faults),
      onGone: (publisher) => this.alarms.state(lifeOf(publisher), []),
    });
    this.routes = this.routesDesk();
    this.viewer = new Viewer(clock, log);
    this.teaching = this.teachDesk();
    this.hours = hoursBook(path, clock, log);
    this.promises = this.promiseDesk();
    this.shifts = this.shiftDesk();
    this.web = this.webDesk();
    this.planning = this.planningDesk(path);
    this.material = this.materialDesk(path);
    this.tools = this.toolsDesk(path);
    this.texts = this.textDesk(path);
  }

  private plantOf(config: Config, pki: string): Plant {
    const { base, clock, random, log } = this.options;
    return new Plant({
      config,
      base,
      pki,
      clock,
      random,
      log,
      onStatus: (part, status, fault) => this.partStatus(part, status, fault),
      onOnline: (server) => this.floor.serverOnline(server),
      onFaults: (part, faults) => this.alarms.state(part, faults),
      onGone: (part) => this.alarms.state(lifeOf(part), []),
    });
  }

  get stations(): ReadonlyMap<string, Station> {
    return this.floor.stations;
  }

  private slotsFor(config: Config, manifests: ReadonlyMap<string, Manifest> = this.manifests): ReadonlyMap<string, StationSlots> {
    const inputOf = (name: string) => {
      const kind = manifests.get(name)?.kind;
      return kind === undefined ? null : kindOf(kind).input;
    };
    return new Map(Object.keys(config.stations).map((name) => [name, slotsOf(name, config, inputOf)]));
  }

  private publishersFor(config: Config): readonly MqttPublisher[] {
    const { mqtt, line, stations } = config;
    const agent = agentName(config);
    return mqtt ? [createMqttPublisher({ config: mqtt, line, agent, version: this.options.version, stations: Object.keys(stations) })] : [];
  }

  /** Resolves when every station takes triggers, or waits only for its OPC UA server. Throws when the store cannot be opened. */
  async start(): Promise<void> {
    const { clock, version } = this.options;
    const { hash } = this.loaded;
    // Threads first: they start on the other cores while this one loads what the plant needs.
    const threads = Promise.all([this.openStore(), this.inference.start()]);
    this.plant.start();
    const [before] = await threads;
    if (this.stopped) throw new LinesideError('STOPPING');
    this.recorder.record({ load: { kind: 'agent', at: clock.now(), detail: JSON.stringify({ version, config: hash }) } });
    this.recordConfig();
    this.floor.recall(before.stations);
    this.recordModels();
    await Promise.all([this.chartStations(this.slots.keys()), this.followParts()]);
    this.floor.build(this.slots.keys());
    for (const alarm of this.alarms.all) this.outlets.retain({ type: 'alarm', alarm });
    this.outlets.start();
    await this.floor.start();
    if (this.stopped) throw new LinesideError('STOPPING');
    this.ready = true;
    this.stops.push(every(clock, HEALTH_EVERY, () => this.publishHealth()));
    this.stops.push(clock.after(SETTLED_BY, () => this.alarms.settle()));
    this.stops.push(every(clock, STATE_EVERY, () => this.publishStates()));
    this.stops.push(every(clock, HOURS_EVERY, () => void this.lookAtHours()));
    this.publishHealth();
    await this.teaching.start();
    await this.web.start(this.config.web);
    this.promises.start();
    this.planning.start();
    this.material.start();
    this.tools.start();
    if (!this.options.standby) this.shifts.start();
    if (!this.options.standby) void this.studies.sweep();
    // It waits for the journal's reader, and nobody waits for it. Without a line nobody is listened to, and what is active stays so.
    if (!this.options.standby) void this.texts.start();
    this.noteConfig();
    this.settleAlarms();
  }

  /** What this config would start anew here. */
  plan(loaded: LoadedConfig, manifests: ReadonlyMap<string, Manifest>): ReloadPlan {
    for (const [name, manifest] of manifests) this.manifests.set(name, manifest);
    return this.compare(loaded, manifests);
  }

  /** The same, of a config that nobody has decided on. */
  compare(loaded: LoadedConfig, manifests: ReadonlyMap<string, Manifest>): ReloadPlan {
    const known = new Map([...this.manifests, ...manifests]);
    const after = { config: loaded.config, slots: this.slotsFor(withFastRoles(loaded.config), known) };
    return planReload({ config: this.loaded.config, slots: this.slots }, after);
  }

  /** How long a part took to start the last time, ms: `camera/top`, `opcua/plc`, `mqtt`. */
  took(part: string): number | null {
    return this.startTimes.of(part);
  }

  /**
   * Goes over to a config that differs as `plan` says; whoever is not in it goes on. What is new starts beside what runs: models prove
   * themselves and cameras send their first picture before any station is exchanged.
   */
  async change(loaded: LoadedConfig, plan: ReloadPlan): Promise<void> {
    const next = withFastRoles(loaded.config);
    const slots = this.slotsFor(next);
    const added = this.plant.add(next);
    const cameras = [...added].flatMap((part) => (part.startsWith('camera/') ? [part.slice('camera/'.length)] : []));
    await this.plant.firstPictures(cameras, FIRST_PICTURE);
    const sources = [...plan.sources].filter((part) => !added.has(part));
    await this.exchangeModels(slots, next, () => this.turnOver({ loaded, next, slots, stations: plan.stations, sources }));
    if (this.stopped) throw new LinesideError('STOPPING');
    this.recorder.configure(next.store);
    await Promise.all([this.chartStations([...plan.stations]), this.followParts()]);
    this.floor.build([...plan.stations].filter((name) => slots.has(name)));
    await this.floor.start(plan.stations);
    this.gaugeStations();
    this.recordModels();
    this.recordConfig();
    if (plan.publisher) await this.outlets.change(this.publishersFor(next));
    if (plan.web) await this.web.start(next.web);
    if (plan.publisher) this.rebirth();
    this.shifts.configure();
    void this.studies.sweep();
    await this.texts.configure(next);
    this.publishHealth();
    this.noteConfig();
  }

  /** Where no model changes, nobody waits for those that are still being loaded. */
  private async exchangeModels(slots: ReadonlyMap<string, StationSlots>, next: Config, turn: () => Promise<void>): Promise<void> {
    const [before, after] = [this.slots, slots].map((of) => [allSlots(of), allShadows(of)]);
    if (isDeepStrictEqual(before, after)) return turn();
    await this.inference.reload(allSlots(slots), { shadows: allShadows(slots), symbols: readsCodes(next), turn });
  }

  /** Parts under inspection have their verdicts and records before anything that they look at is exchanged. */
  private async turnOver({ loaded, next, slots, stations, sources }: Turn): Promise<void> {
    await this.floor.retire([...stations]);
    if (sources.length > 0) await this.floor.quiet();
    for (const part of sources) if (part.startsWith('opcua/')) this.floor.serverAway(part.slice('opcua/'.length));
    await this.plant.change(next, sources);
    this.loaded = loaded;
    this.config = next;
    this.slots = slots;
    for (const name of slots.keys()) this.rememberWindow(name);
    for (const name of stations) {
      if (slots.has(name)) continue;
      this.rates.delete(name);
      this.scores.judge(name, []);
      this.promises.soon();
      for (const owner of [`station/${name}`, partsOf(name), challengesAt(name), studiesAt(name)]) this.alarms.state(owner, []);
    }
  }

  /** Which config runs, and what judges under it: its records can be asked why for as long as they are kept. */
  private recordConfig(): void {
    if (this.options.standby) return;
    const at = this.options.clock.now();
    const { hash } = this.loaded;
    const { stations } = this.config;
    const rules = Object.fromEntries(Object.keys(stations).map((name) => [name, this.rulesUnder(name, hash)]));
    this.recorder.record({ load: { kind: 'config', at, detail: hash } });
    this.recorder.record({ load: { kind: 'rules', at, detail: JSON.stringify({ config: hash, stations: rules }) } });
  }

  /** Null: another config runs. */
  private rulesUnder(name: string, hash: string): RecordedRules | null {
    const station = this.config.stations[name];
    return station && hash === this.loaded.hash ? rulesOf(name, this.config, this.manifests) : null;
  }

  /** Which packages judge, where that has changed since it was last remembered. */
  private recordModels(): void {
    const running = runningOf(allSlots(this.slots), this.inference, this.manifests);
    const telling = { clock: this.options.clock, newId: uuidv7, rows: (event: AgentEvent) => this.outlets.rows(event) };
    const before = { stations: { [MODELS_MEMORY]: this.floor.memoryOf(MODELS_MEMORY) } };
    for (const entry of modelEntries(before, running, this.config.stations, telling)) {
      if (entry.state) this.floor.save(entry.state.station, entry.state.value);
      this.recorder.record(entry);
    }
  }

  /** For `check`, which says what a changed file would start anew. Never in the way: without it `check` says less. */
  private noteConfig(): void {
    if (this.options.standby) return;
    const file = join(resolve(this.options.base, this.config.store.path), RUNNING_CONFIG);
    writeFile(file, JSON.stringify(noteOf(this.loaded.config)), { mode: 0o600 }).catch((thrown: unknown) =>
      this.options.log.debug({ file, why: messageOf(thrown) }, 'the running config could not be noted'),
    );
  }

  private async lookAtHours(): Promise<void> {
    const isOther = await this.hours.refresh();
    if (this.stopped) return;
    if (isOther) this.promises.soon();
    this.alarms.state(
      'good hours',
      this.hours.troubles.map((fault) => ({ fault, subject: 'good hours' })),
    );
  }

  private async openStore(): Promise<StoreState> {
    const [before] = await Promise.all([this.recorder.open(), this.marks.open(), this.scores.open(), this.hours.refresh()]);
    this.notes = new AnswerNotes(resolve(this.options.base, this.config.store.path), this.options.log);
    this.alarms.take(before.alarms);
    this.recorder.listen((faults) =>
      this.alarms.state(
        'store',
        faults.map((fault) => ({ fault, subject: 'store' })),
      ),
    );
    return before;
  }

  /**
   * Backwards: no more triggers, the last verdicts and records out, then everything closed; each within its share of the time, and left
   * behind where it hangs. Idempotent.
   */
  async stop(ending = new Ending(this.options.clock, this.options.log, STOP_WITHIN)): Promise<void> {
    this.ready = false;
    this.stopped = true;
    // Who waits for a model or a picture is told that there is none any more.
    await this.floor.stop(ending, () => {
      this.plant.endWaiting();
      void this.inference.stop();
    });
    this.shifts.stop();
    await ending.step('material', Promise.all([this.material.stop(), this.tools.stop()]), MATERIAL);
    this.routes.stop();
    await ending.wait('records', this.recorder.flush(FLUSH), FLUSH);
    this.publishStates();
    for (const stop of this.stops.splice(0).reverse()) stop();
    this.promises.stop();
    this.following.stop();
    await ending.step('planning', this.planning.stop(), PLANNING);
    await ending.step('web', Promise.all([this.web.stop(), this.viewer.stop(), this.teaching.stop()]), WEB);
    await Promise.all([
      ending.step('plant', this.plant.stop(), PARTS),
      ending.step('texts', this.texts.stop(), PARTS),
      ending.step('models', this.inference.stop(), PARTS),
      ending.step('publishers', this.outlets.stop(), PARTS),
    ]);
    this.recorder.listen(() => {});
    if (!this.options.recorder) await ending.step('store', this.recorder.stop(ending.remaining));
    await Promise.all([this.marks.stop(), this.scores.stop(), this.charts.stop()]);
    this.notes?.close();
  }

  /** A fault that nobody handled. What follows is a stop. */
  broken(fault: LinesideError): void {
    const { clock, version } = this.options;
    const detail = JSON.stringify({ version, fault: fault.code, why: fault.sentence });
    this.recorder.record({ load: { kind: 'agent', at: clock.now(), detail } });
  }

  /** What keeps the agent from judging, in words. */
  notReady(): readonly string[] {
    const { standby } = this.options;
    if (standby) return [standby()];
    const waiting = this.floor.waiting.map((name) => `station ${name} waits for its OPC UA server`);
    return this.ready ? waiting : ['the agent is starting or stopping', ...waiting];
  }

  get states(): Readonly<Record<string, StationState>> {
    return Object.fromEntries(Object.entries(this.floor.states).map(([name, state]) => [name, this.withScores(name, state)]));
  }

  health() {
    return buildHealth(this.healthSources());
  }

  /** A changed config was refused (the first fault in words), or is good again (null). */
  configRejected(why: string | null): void {
    const code = this.options.standby ? 'CONFIG_BROKEN' : 'CONFIG_REJECTED';
    // One of the life before as well: the agent that was broken at its start is another one than that which judges.
    for (const known of ['CONFIG_BROKEN', 'CONFIG_REJECTED'] as const)
      if (why === null || known !== code) this.alarms.end('config', known, 'config');
    if (why !== null) this.alarms.raise('config', { fault: new LinesideError(code, { why }), subject: 'config' });
  }

  private buildStation(name: string, before: StationMemory): Station {
    const { config } = this;
    const hash = () => this.loaded.hash;
    const station = config.stations[name];
    const slots = this.slots.get(name);
    if (!station || !slots) throw new LinesideError('INTERNAL', { why: `no station ${name}` });
    const units = unitsOf(config);
    const windowed = new Set(slots.all.filter((slot) => slot.channels).map((slot) => slot.name));
    this.rememberWindow(name);
    this.rates.set(name, new Rates(name, (code) => skewHint(station, code, this.plant.clockSkews(), this.options.clock.now())));
    this.alarms.state(partsOf(name), []);
    this.scores.judge(name, slots.all);
    this.promises.soon();
    const ports = this.portsFor(name, station, before);
    const built = new Station(
      {
        name,
        config: station,
        slots: slots.byRecipe,
        shadows: slots.shadows,
        windowed,
        units,
        nodes: nodesOf(config),
        images: config.store.images,
        // The config as it is at each part: others change while this station goes on.
        get configHash() {
          return hash();
        },
        writeTimeout: Math.max(...Object.values(config.opcua).map((server) => server.write_timeout), 0),
      },
      ports,
      { ...before, notes: this.notes?.before.filter((note) => note.station === name) ?? [] },
    );
    const packages = packagesOf(runningOf(slots.all, this.inference, this.manifests));
    ports.challenges?.judgedBy(packages);
    ports.studies?.judgedBy(gaugeNow(name, config, packages));
    this.alarms.state(challengesAt(name), ports.challenges?.standings ?? []);
    this.alarms.state(studiesAt(name), ports.studies?.standings ?? []);
    const { held } = built.state;
    if (held !== null) this.stationAlarm(name, 'STATION_HELD', name, new LinesideError('STATION_HELD', { station: name, why: held }));
    return built;
  }

  /** Also of those that are not built anew: a camera of theirs may be another one. */
  private gaugeStations(): void {
    for (const [name, station] of this.stations) {
      const packages = packagesOf(runningOf(this.slots.get(name)?.all ?? [], this.inference, this.manifests));
      station.studies.judgedBy(gaugeNow(name, this.config, packages));
    }
  }

  private rememberWindow(name: string): void {
    const station = this.config.stations[name];
    for (const tag of station?.window?.tags ?? []) {
      const [server = '', short = ''] = tag.split('.');
      const sampling = this.config.opcua[server]?.tags[short]?.sampling ?? 100;
      this.plant.tags.remember(tag, station?.window?.span ?? 0, sampling, station?.frame.clock ?? 'source');
    }
  }

  /** By the agent's own time: a clock that is set back begins no shift a second time; after days off by the box's. */
  private shiftNow(): string | null {
    const { calendar } = this.config;
    return calendar ? (shiftAt(calendar, this.store.shiftTime())?.id ?? null) : null;
  }

  private portsFor(name: string, station: Config['stations'][string], before: StationMemory): StationPorts {
    const { clock, log, onInspection } = this.options;
    const studies = studiesOf(name, this.config, before.saved, { clock, own: () => this.store.ownTime() });
    const challenges = challengesOf(name, station, { clock, own: () => this.store.ownTime(), shift: () => this.shiftNow() });
    const routes = this.routes.portsOf(name);
    return {
      ...(routes ? { routes } : {}),
      ...(challenges ? { challenges } : {}),
      ...(studies ? { studies } : {}),
      masterOf: (part) => masterOf(this.config, part),
      clock,
      log: log.child({ station: name }),
      newId: () => uuidv7(),
      inference: this.inference,
      symbols: this.inference,
      cameras: this.plant.feeds,
      tags: this.plant.tags,
      judge: judgeOf(name, this.config, this.manifests, {
        says: (input) => this.charts.says(name, input),
        past: (part) => this.following.past(part),
        told: (tags) => this.unnamed.tags(tags),
      }),
      write: (writes, timeout) => this.plant.write(writes, timeout),
      unfit: (write) => this.plant.unfit(write),
      read: (tag, timeout) => this.plant.read(tag, timeout),
      readable: (tag, text) => this.unnamed.text(tag, text),
      record: (taken) => {
        const record = { ...taken, inspection: this.unnamed.inspection(taken.inspection) };
        const accepted = this.recorder.record(this.entryOf(name, record));
        if (accepted) this.floor.remember(record.inspection, record.saved);
        // It was said, whether there was room for its record or not.
        this.following.note(record.inspection);
        this.routes.note(record.inspection);
        if (accepted && isProduction(record.inspection)) this.charts.note(record.inspection);
        this.noteRate(record.inspection);
        if (isProduction(record.inspection)) {
          this.scores.note(record.inspection);
          this.planning.note(record.inspection);
          this.material.note(record.inspection);
          this.tools.note(record.inspection);
        }
        onInspection?.(record.inspection);
        return accepted;
      },
      noteAnswer: (note) => this.notes?.write(note),
      remember: (saved) => {
        this.floor.save(name, saved);
        this.recorder.record({ state: { station: name, value: saved } });
      },
      decided: ({ decisions, containments = [], saved }) => {
        this.floor.save(name, saved);
        const outbox = decisions.flatMap((decision) => this.outlets.rows({ type: 'decision', decision }));
        this.recorder.record({ decisions, containments, outbox, state: { station: name, value: saved } });
      },
      studied: (record) => this.studied(name, record),
      onStudies: () => this.alarms.state(studiesAt(name), studies?.standings ?? []),
      onChallenges: () => this.alarms.state(challengesAt(name), challenges?.standings ?? []),
      recordLate: (_, late) => this.recorder.record({ late: [late] }),
      recordShadow: (judged) => {
        this.recorder.record({ shadows: [judged], outbox: this.outlets.rows({ type: 'shadow', comparison: judged }) });
      },
      keepImage: (inspection, image) => this.store.journal.keepImage(inspection, image),
      judged: (inspection, frames) => {
        this.viewer.judged(inspection, frames);
        if (isProduction(inspection)) this.teaching.judged(inspection, frames);
      },
      alarm: (code, subject, fault) => this.stationAlarm(name, code, subject, fault),
      onState: (changed) => this.dirty.add(changed),
    };
  }

  /** What every part meets is an alarm; a station that is built anew begins anew. */
  private noteRate(inspection: Inspection): void {
    const { station } = inspection;
    const stated = this.rates.get(station)?.note(inspection);
    if (stated) this.alarms.state(partsOf(station), stated);
  }

  /** `fault`: null when it is over. */
  private stationAlarm(station: string, code: ErrorCode, subject: string, fault: LinesideError | null): void {
    const owner = `station/${station}`;
    if (fault) this.alarms.raise(owner, { fault, subject });
    else this.alarms.end(owner, code, subject);
  }

  private entryOf(station: string, record: StationRecord): JournalEntry {
    const { inspection, decisions, containments = [], routed = [], studies = [], showings = [], saved } = record;
    const events: AgentEvent[] = [
      { type: 'quality', inspection },
      ...decisions.map((decision) => ({ type: 'decision', decision }) as const),
      ...studies.filter(({ state }) => state !== 'open').map((study) => this.toldOf(study)),
    ];
    const outbox = events.flatMap((event) => this.outlets.rows(event));
    return { inspection, decisions, containments, routed, studies, showings, outbox, state: { station, value: saved } };
  }

  private toldOf(study: Study): Extract<AgentEvent, { readonly type: 'study' }> {
    return { type: 'study', id: uuidv7(), at: this.options.clock.now(), study };
  }

  /** That no station knows of. One that is gone may come back, and forgets it in the same transaction. */
  private studyIsOver(study: Study): void {
    const { station, id } = study;
    const { saved } = this.floor.memoryOf(station);
    const outbox = this.outlets.rows(this.toldOf(study));
    if (saved === null || this.stations.has(station)) return void this.recorder.record({ studies: [study], outbox });
    const value = withoutStudy(saved, id);
    if (this.recorder.record({ studies: [study], outbox, state: { station, value } })) this.floor.save(station, value);
  }

  /** Without a part. */
  private studied(station: string, { study, tells, unshown = [], saved }: StudyRecord): boolean {
    const outbox = tells ? this.outlets.rows(this.toldOf(study)) : [];
    const accepted = this.recorder.record({ studies: [study], unshown, outbox, state: { station, value: saved } });
    if (accepted) this.floor.save(station, saved);
    return accepted;
  }

  /** What came in by a publisher and changed something, or was refused, is on record. A trigger that was taken has its inspection. */
  private async command(via: string, command: Command): Promise<Readonly<Record<string, unknown>>> {
    try {
      const result = await handleCommand(this.commandable(), command);
      // Which limits held when is on record for as long as that is kept.
      const about = command.verb === 'chart' ? { ...command, body: { ...command.body, ...result } } : onRecordOf(command);
      if (command.verb !== 'trigger') this.audit(via, about, 'done');
      return result;
    } catch (thrown) {
      this.audit(via, onRecordOf(command), asLinesideError(thrown).message);
      throw thrown;
    }
  }

  private audit(via: string, { verb, body, from }: Command, outcome: string): void {
    // Names of people are in the text that was sent, and in no record.
    const { text: _, ...about } = body;
    this.record(via, from ?? '', verb, verb === 'note' ? about : body, outcome);
  }

  private record(source: string, who: string, verb: string, about: Readonly<Record<string, unknown>>, outcome: string): void {
    this.recorder.record({ audit: [this.auditOf({ source, who, verb, about: { ...about, outcome } })] });
  }

  /** Who did what; what was written about it holds no names, and who did it none where the config says so. */
  private auditOf({ source, who, verb, about }: { source: string; who: string; verb: string; about: Readonly<Record<string, unknown>> }) {
    const detail = JSON.stringify(withoutPeople(about, this.people(), this.config.language.audit));
    return { at: this.options.clock.now(), who: personIn(who, this.people(), this.config.language.audit), source, verb, detail };
  }

  private commandable() {
    return {
      stations: this.stations,
      planning: this.planning,
      routes: this.routes,
      material: this.material,
      tools: this.tools,
      changeChart: (verb: ChartVerb, wish: ChartWish, who: string) => this.changeChart(verb, wish, who),
      study,
      rebirth: () => this.rebirth(),
      reload: this.options.onReload ?? (async () => ({ reloaded: false })),
      note: (wish: NoteWish, from: string | null) => this.written.take(wish, 'mqtt', from),
    };
  }

  private rebirth(): void {
    for (const name of this.stations.keys()) this.dirty.add(name);
    this.charts.again();
    this.routes.again();
    this.material.again();
    this.tools.again();
    this.publishStates();
    this.publishHealth();
    for (const alarm of this.alarms.all) this.outlets.retain({ type: 'alarm', alarm });
  }

  /** What ended the last life of a part is wrong with it until a life is online. A part that is stopped keeps what it had: the next start decides. */
  private partStatus(part: string, status: PartStatus, fault: LinesideError | null): void {
    this.startTimes.note(part, status);
    if (fault) this.alarms.state(lifeOf(part), [{ fault, subject: part }]);
    else if (status === 'running') this.alarms.state(lifeOf(part), []);
    if (!this.ready) return;
    this.publishHealth();
    this.settleAlarms();
  }

  /** Once, when every part has started or said why not, and had the time to say more. */
  private settleAlarms(): void {
    const parts = Object.values(this.partHealth());
    if (this.settling || parts.some(({ status }) => status === 'starting')) return;
    this.settling = true;
    this.stops.push(this.options.clock.after(SAYS_MORE, () => this.alarms.settle()));
  }

  private alarmChanged(alarm: Alarm): void {
    this.marks.changed(alarm);
    const { code, subject, active, text, next } = alarm;
    this.options.log[active ? 'warn' : 'info']({ code, subject, active, ...(active ? { next } : {}) }, text);
    this.recorder.record({ alarms: [alarm] });
    this.outlets.retain({ type: 'alarm', alarm });
  }

  private alarmViews(): readonly AlarmView[] {
    const { all } = this.alarms;
    const causes = causesOf(this.config, all);
    return all.map((alarm) => ({ ...this.marks.view(alarm), cause: causes.get(alarm.key) ?? null, down: isDown(alarm) }));
  }

  /** The page's server is made before the desk, whose facts it reads. */
  private planningView(): PagePorts['planning'] {
    const desk = () => this.planning;
    return {
      get isOn() {
        return desk().isOn;
      },
      get now() {
        return desk().now;
      },
    };
  }

  private routesView(): PagePorts['routes'] {
    const desk = () => this.routes;
    const own = () => this.store.ownTime();
    return {
      get isOn() {
        return desk().isOn;
      },
      get state() {
        return desk().state;
      },
      get parts() {
        return desk().parts;
      },
      get now() {
        return own();
      },
    };
  }

  private materialView(): PagePorts['material'] {
    const desk = () => this.material;
    return {
      get isOn() {
        return desk().isOn;
      },
      get all() {
        return desk().views;
      },
    };
  }

  private toolsView(): PagePorts['tools'] {
    const desk = () => this.tools;
    return {
      get isOn() {
        return desk().isOn;
      },
      get all() {
        return desk().states;
      },
    };
  }

  private planningDesk(folder: string): PlanningDesk {
    const { clock, random, log, base } = this.options;
    return new PlanningDesk({
      clock,
      random,
      log: log.child({ part: 'planning' }),
      folder,
      base,
      config: () => this.config,
      records: this.web.records,
      state: (station) => this.stations.get(station)?.state,
      closed: (from, to) => closedIn(this.config.calendar, from, to),
      newId: uuidv7,
      tell: (value) => this.outlets.retain({ type: 'plan', value }),
      decided: (decision) => this.recorder.record({ decisions: [decision], outbox: this.outlets.rows({ type: 'decision', decision }) }),
      write: (writes) => this.plant.write(writes, Math.max(...Object.values(this.config.opcua).map((server) => server.write_timeout), 0)),
      onFaults: (faults) => this.alarms.state('planning', faults),
    });
  }

  private materialDesk(folder: string): MaterialDesk {
    return new MaterialDesk({
      ...this.supplies('material', folder),
      tell: (station, name, value) => this.outlets.retain({ type: 'material', station, name, value }),
    });
  }

  private toolsDesk(folder: string): ToolsDesk {
    return new ToolsDesk({
      ...this.supplies('tools', folder),
      tell: (station, name, value) => this.outlets.retain({ type: 'tool', station, name, value }),
    });
  }

  private supplies(part: string, folder: string): SuppliesOptions {
    const { clock, log } = this.options;
    return {
      clock,
      log: log.child({ part }),
      folder,
      config: () => this.config,
      own: () => this.store.ownTime(),
      now: () => this.store.shiftTime(),
      open: (from, to) => openIn(this.config.calendar, from, to),
      hasCalendar: () => this.config.calendar !== undefined,
      plan: () => this.planning.now,
      tags: this.plant.tags,
      records: this.web.records,
      last: (station) => this.floor.memoryOf(station).lastSequence,
      settled: (patience) => this.settled(patience),
      before: (memory) => this.floor.memoryOf(memory).saved,
      newId: uuidv7,
      rows: (event) => this.outlets.rows(event),
      append: (entry) => this.recorder.append(entry),
      record: (entry) => this.recorder.record(entry),
      onFaults: (faults) => this.alarms.state(part, faults),
    };
  }

  private async settled(patience: Milliseconds): Promise<boolean> {
    await this.recorder.flush(patience);
    return this.store.queues()['journal']?.depth === 0;
  }

  private textDesk(path: string): TextDesk {
    const { clock, random, log } = this.options;
    return new TextDesk(this.config, {
      clock,
      random,
      log,
      pki: join(path, 'pki'),
      tags: this.plant.tags,
      people: () => this.people(),
      records: this.web.records,
      record: (entry) => this.recorder.record(entry),
      onStatus: (part, status, fault) => this.partStatus(part, status, fault),
      onFaults: (owner, faults) => this.alarms.state(owner, faults),
    });
  }

  private driftDesk(path: string): DriftDesk {
    const { clock, log } = this.options;
    return new DriftDesk({
      clock,
      log,
      file: join(path, 'scores.json'),
      taught: {
        scores: (name) => heldOutOf(this.manifests.get(name)),
        look: (name) => taughtLookOf(this.manifests.get(name)),
      },
      onChange: (station, standings) => this.alarms.state(scoresOf(station), standings),
    });
  }

  private chartDesk(path: string): ChartDesk {
    const { clock, log } = this.options;
    return new ChartDesk({
      clock,
      log,
      folder: join(path, 'charts'),
      onChange: (station, standings) => this.alarms.state(spcOf(station), standings),
      onClosed: (state) => this.record('config', '', 'chart', { ...aboutChart(state), do: 'close' }, 'done'),
      passed: (wish) => this.web.records.passed(wish),
      isProduction: (name, part) => {
        const station = this.config.stations[name];
        return !station || (recognise(station.challenges ?? {}, part) === null && (part === null || masterOf(this.config, part) === null));
      },
    });
  }

  private followingDesk(): FollowingDesk {
    const { clock, log } = this.options;
    return new FollowingDesk({
      clock,
      log,
      own: () => this.store.ownTime(),
      said: (wish) => this.web.records.said(wish),
      flushed: () => this.recorder.flush(FLUSH),
      onFaults: (faults) => this.alarms.state('parts before', faults),
    });
  }

  private routesDesk(): RoutesDesk {
    const { clock, log } = this.options;
    const { tags } = this.plant;
    return new RoutesDesk({
      clock,
      log: log.child({ part: 'routes' }),
      newId: uuidv7,
      own: () => this.store.ownTime(),
      tags,
      nodeOf: (tag) => this.nodes.get(tag) ?? tag,
      routed: (wish) => this.web.records.routed(wish),
      record: (entry) => {
        const accepted = this.recorder.record(entry);
        if (accepted && entry.state) this.floor.save(entry.state.station, entry.state.value);
        return accepted;
      },
      flushed: () => this.recorder.flush(FLUSH),
      isMaster: (part) =>
        masterOf(this.config, part) !== null ||
        Object.values(this.config.stations).some((station) => recognise(station.challenges ?? {}, part) !== null),
      onFaults: (faults) => this.alarms.state('routes', faults),
    });
  }

  /** Under the config as it is now, while stations that are new take no parts yet. */
  private async followParts(): Promise<void> {
    this.nodes = nodesOf(this.config);
    await this.following.follow(this.config);
    await this.routes.configure(this.config, this.floor.memoryOf(ROUTES_MEMORY).saved);
  }

  /** While these stations take no parts. */
  private async chartStations(names: Iterable<string>): Promise<void> {
    await Promise.all([...names].map((name) => this.charts.chart(name, this.config, this.floor.memoryOf(name).lastSequence)));
  }

  private async changeChart(verb: ChartVerb, wish: ChartWish, who: string): Promise<Readonly<Record<string, unknown>>> {
    const { phase, limits, ...state } = await this.charts.change(verb, wish, who);
    return { chart: state.name, recipe: state.recipe, phase, limits };
  }

  /** Rejects with WEB_UNKNOWN. */
  private async relearn(key: string): Promise<void> {
    const alarm = this.alarms.all.find((one) => one.key === key);
    if (!alarm || !(await this.scores.relearn(alarm))) throw new LinesideError('WEB_UNKNOWN', { what: `drift ${key} now` });
  }

  private promiseDesk(): PromiseDesk {
    return new PromiseDesk({
      clock: this.options.clock,
      promised: () => this.promised(),
      refusals: (wishes) => this.web.records.refusals(wishes),
      hours: (station) => this.hours.of(station),
      onChange: (standings) => this.alarms.state('promises', standings),
    });
  }

  /** Taught packages that judge, with what they promised. */
  private promised(): readonly Promised[] {
    return [...this.slots].flatMap(([station, { all }]) => {
      // The same package under several recipes is one promise.
      const once = new Map(all.map((slot) => [`${slot.name}\n${slot.package}`, slot]));
      return [...once.values()].flatMap((slot) => {
        const manifest = this.manifests.get(slot.package);
        const promised = promisedOf(manifest);
        const sha256 = this.inference.loaded(slot.id)?.sha256;
        if (!manifest || !promised || sha256 === undefined) return [];
        const judged = this.scores.watch.judgedBy(station, slot.name, sha256);
        // Where somebody has set the threshold higher since, fewer are refused, and that is what counts.
        const at = Math.max(promised.at, slot.threshold ?? promised.at);
        const of = manifest.kind === 'sequence' ? 'machine' : 'parts';
        return [{ station, slot, version: manifest.version, sha256, one_in: promised.one_in, of, window: windowOf(manifest), at, judged }];
      });
    });
  }

  private withScores(station: string, state: StationState): StationState {
    const drift = this.scores.views(station);
    return drift.length > 0 ? { ...state, drift } : state;
  }

  private publishStates(): void {
    for (const name of this.dirty) {
      const station = this.stations.get(name);
      if (station) this.outlets.retain({ type: 'state', station: name, value: this.withScores(name, station.state) });
    }
    this.dirty.clear();
    const route = this.routes.takeNews();
    if (route) this.outlets.retain({ type: 'route', value: route });
    for (const news of this.charts.takeNews()) this.outlets.retain({ type: 'chart', at: this.options.clock.now(), ...news });
  }

  private publishHealth(): void {
    this.health().then((value) => {
      this.outlets.retain({ type: 'health', value });
    });
  }

  private healthSources(): HealthSources {
    const { clock, version } = this.options;
    return {
      clock,
      version,
      startedAt: this.startedAt,
      storePath: resolve(this.options.base, this.config.store.path),
      parts: () => this.partHealth(),
      queues: () => this.queues(),
      certificates: () => ({ ...this.plant.certificateDaysLeft(), ...this.web.certificateDaysLeft() }),
      publishers: () => Object.fromEntries(this.outlets.publishers.map((publisher) => [publisher.name, publisher.counters()])),
      clockSkews: () => this.plant.clockSkews(),
      shadows: () => Object.assign({}, ...[...this.stations.values()].map((station) => station.shadowCounters)),
    };
  }

  private partHealth(): Record<string, PartHealth> {
    const runners = [...this.plant.runners, ...this.texts.runners, ...this.outlets.runners];
    const parts = runners.map(([name, { status, fault, restarts }]) => [name, { status, fault, restarts }] as const);
    return { ...Object.fromEntries(parts), ...this.inference.health() };
  }

  private queues(): Record<string, Queue> {
    const stations = [...this.stations].map(([name, station]) => [`station/${name}`, station.depth] as const);
    return {
      ...Object.fromEntries(stations),
      ...this.plant.queues(),
      ...this.texts.queues(),
      ...this.inference.queues(),
      ...this.store.queues(),
    };
  }

  private pageChanges(): ChangesPort {
    const pki = join(resolve(this.options.base, this.config.store.path), 'pki');
    const entry = (verb: string, { who, id }: Pick<Label, 'who' | 'id'>, about: object) => ({
      audit: [this.auditOf({ source: 'web', who, verb, about: { id, ...about, outcome: 'done' } })],
    });
    return {
      command: (user, verb, body) => this.command('web', { verb, body, from: user }),
      acknowledgeAlarm: (key, who) => this.marks.acknowledge(key, who, this.alarms.all),
      shelveAlarm: (key, shelf) => {
        const reason = maskPeople(shelf.reason, this.people());
        return this.marks.shelve(key, { ...shelf, reason }, this.alarms.all);
      },
      unshelveAlarm: (key) => this.marks.unshelve(key),
      relearn: (key) => this.relearn(key),
      certificates: async () => ({ rejected: await listRejected(pki), trusted: await listTrusted(pki) }),
      trust: (fingerprint, server) => approve(pki, fingerprint, server),
      threshold: (who, verb, wish) => changeThreshold(this.options.file ?? null, this.config, who, { ...wish, verb }),
      label: (label) => {
        const { inspection, label: said, kind } = label;
        const done = this.store.journal.append({ labels: [label], ...entry('label', label, { inspection, label: said, kind }) });
        return done.then(() => this.promises.soon());
      },
      note: (wish, who) => this.written.take(wish, 'page', who),
      undo: (label) => {
        return this.store.journal.append({ undone: [label], ...entry('undo_label', label, {}) }).then(() => this.promises.soon());
      },
    };
  }

  private get written(): NoteBook {
    this.notesTaken ??= new NoteBook({
      clock: this.options.clock,
      journal: this.store.journal,
      rules: () => this.people(),
      isStation: (name) => this.config.stations[name] !== undefined,
    });
    return this.notesTaken;
  }

  /** Whose names are taken out of what people write. */
  private people(): NoteRules {
    this.codeOf ??= personCode(resolve(this.options.base, this.config.store.path));
    return { names: this.config.language.names, code: this.codeOf };
  }

  private goodHours(): HoursPort {
    const changed = () => this.promises.soon();
    return {
      all: () => this.hours.all,
      confirm: (hours) => {
        if (!this.config.stations[hours.station]) throw new LinesideError('WEB_UNKNOWN', { what: `station ${hours.station}` });
        return this.hours.confirm(hours).then(changed);
      },
      takeBack: (id) => this.hours.takeBack(id).then(changed),
    };
  }

  private shiftDesk(): ShiftDesk {
    const { clock, log } = this.options;
    return new ShiftDesk({
      clock,
      log,
      newId: uuidv7,
      time: () => this.store.shiftTime(),
      calendar: () => this.config.calendar ?? null,
      orderTags: () => orderTagsOf(this.config),
      machines: () => Object.fromEntries(Object.entries(this.config.stations).map(([name, { machine }]) => [name, machine])),
      tags: this.plant.tags,
      // Asked when the desk of the page is there, whose thread it is.
      records: {
        shiftCounts: (wishes) => this.web.records.shiftCounts(wishes),
        orderCounts: (wish) => this.web.records.orderCounts(wish),
        shiftsKept: () => this.web.records.shiftsKept(),
        shiftReport: (wish) => this.web.records.shiftReport(wish),
      },
      settled: (patience) => this.settled(patience),
      append: (entry) => this.store.journal.append(entry),
      record: (entry) => this.recorder.record(entry),
      rows: (event) => this.outlets.rows(event),
      retain: (event) => this.outlets.retain(event),
      longest: () => Math.max(0, ...Object.values(this.config.stations).map(({ deadline }) => deadline)),
    });
  }

  private teachDesk(): TeachDesk {
    const { clock, log, base, onReload } = this.options;
    return new TeachDesk({
      clock,
      log,
      folder: join(resolve(base, this.config.store.path), 'teach'),
      store: resolve(base, this.config.store.path),
      backbone: join(packagesFolder({ config: {}, base: '' }), 'backbone'),
      packages: taughtIn(resolve(base, this.config.store.path)),
      isTaken: (name) => existsSync(packageFolder({ config: this.config, base }, name)),
      file: () => (onReload && existsSync(this.loaded.file) ? this.loaded.file : null),
      place: (station, model) => taughtPlace(this.config, this.slots.get(station)?.all ?? [], { station, model }, this.manifests),
      machine: (station, model) => machinePlace(this.config, this.slots.get(station)?.all ?? [], { station, model }),
      shadow: (station, model) => this.stations.get(station)?.shadowCounters[`${station}/${model}`] ?? null,
      encode: (frame, widest) => this.viewer.still(frame, widest),
      reload: async () => onReload?.(),
    });
  }

  private containDesk(): ContainDesk {
    return new ContainDesk({
      clock: this.options.clock,
      newId: uuidv7,
      records: () => this.web.records,
      config: () => this.config,
      alarmSince: (key) => this.alarms.all.find((alarm) => alarm.key === key)?.raised ?? null,
      people: () => this.people(),
      keep: ({ decisions = [], ...kept }) => {
        const outbox = decisions.flatMap((decision) => this.outlets.rows({ type: 'decision', decision }));
        return this.store.journal.append({ ...kept, decisions, outbox });
      },
    });
  }

  private studyDesk(): StudyDesk {
    return new StudyDesk({
      records: () => this.web.records,
      config: () => this.config,
      open: (station) => this.stations.get(station)?.state.study ?? null,
      isBuilt: (station) => this.stations.has(station),
      keep: (study) => this.studyIsOver(study),
      now: () => this.options.clock.now(),
    });
  }

  private webDesk(): WebDesk {
    const { clock, log, base } = this.options;
    const unsent = (publisher: string) => this.store.outbox.depth(publisher);
    return new WebDesk({
      clock,
      log,
      folder: resolve(base, this.config.store.path),
      source: {
        health: () => this.health(),
        notReady: () => this.notReady(),
        stations: () => this.states,
        routes: () => this.routes.state,
        remembered: () => this.following.sizes,
        alarms: () => this.alarms.all,
        materials: () => this.material.states,
        tools: () => this.tools.states,
        outboxDepth: async () =>
          (await Promise.all(this.outlets.publishers.map(({ name }) => unsent(name)))).reduce((sum, d) => sum + d.unsent, 0),
      },
      live: {
        line: () => {
          const safeMode = this.options.standby !== undefined;
          return lineView(this.config, { agent: agentName(this.config), version: this.options.version, hash: this.loaded.hash, safeMode });
        },
        states: () => this.states,
        alarms: () => this.alarmViews(),
        returned: () => this.marks.returned,
        models: () =>
          modelViews(this.config, { slots: this.slots, manifests: this.manifests, loaded: (slot) => this.inference.loaded(slot) }),
        tags: () => tagViews(this.config, this.plant).map((view) => ({ ...view, value: this.unnamed.value(view.tag, view.value) })),
        picture: (station, widest) => this.viewer.picture(station, widest),
      },
      changes: this.pageChanges(),
      config: this.options.file ?? null,
      teaching: this.teaching,
      promises: () => this.promises.views(),
      hours: this.goodHours(),
      shifts: this.shifts,
      containment: this.containDesk(),
      studies: this.studies,
      planning: this.planningView(),
      routes: this.routesView(),
      material: this.materialView(),
      tools: this.toolsView(),
      charts: { states: () => this.charts.states(), detail: (wish) => chartView(this.charts.detail(wish)) },
      rules: (station, config) => this.rulesUnder(station, config),
      judging: () => ({
        config: this.config,
        hash: this.loaded.hash,
        slots: this.slots,
        manifests: this.manifests,
        inference: this.inference,
        whyNot: (slot) => this.inference.health()[`model/${slot}`]?.fault?.sentence ?? null,
      }),
      audit: ({ who, verb, detail, outcome }) => this.record('web', who, verb, detail, outcome),
      onFault: (fault) => this.alarms.state('web', fault ? [{ fault, subject: 'web' }] : []),
    });
  }
}

/** What is kept of a command in the audit log: of a list of orders how many there are. */
function onRecordOf(command: Command): Command {
  const { orders, ...rest } = command.body;
  return Array.isArray(orders) ? { ...command, body: { ...rest, orders: orders.length } } : command;
}

const aboutChart = ({ station, name, recipe, limits }: ChartState) => ({ station, chart: name, recipe, limits });
/** Where a package does not say how far its rows are apart, a tenth of a second. ms */
const windowOf = ({ inputs: { window } }: Manifest): number => (window?.steps ?? 0) * (window?.every ?? 100);
const agentName = ({ line }: Config): string => line.agent ?? hostname();
const allSlots = (slots: ReadonlyMap<string, StationSlots>) => [...slots.values()].flatMap(({ all }) => all);
const allShadows = (slots: ReadonlyMap<string, StationSlots>) => [...slots.values()].flatMap(({ shadows }) => [...shadows.values()]);
const readsCodes = ({ stations }: Config) => Object.values(stations).some(({ part }) => codeCamera(part) !== null);
const alarmMarks = (store: string, clock: Clock, log: Log) =>
  new AlarmMarks({
    file: join(store, 'alarm-marks.json'),
    clock,
    onFault: (why) => log.warn({ why }, 'what was done about alarms is not kept'),
  });
const hoursBook = (store: string, clock: Clock, log: Log) =>
  new HoursBook({
    file: join(store, HOURS_FILE),
    clock,
    tell: (trouble) => log.warn({ code: trouble.code, why: trouble.sentence, next: trouble.next }, 'good hours are not what was said'),
  });
