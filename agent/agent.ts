/**
 * The composition root: one config becomes parts, in the order in which they start and, backwards, stop. The only file that knows all.
 */
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { v7 as uuidv7 } from 'uuid';
import { AlarmBook } from './alarms.ts';
import { judgeOf, unitsOf } from './bridges.ts';
import { handleCommand } from './commands.ts';
import type { LoadedConfig } from './config/load.ts';
import { packagesFolder } from './config/packages-folder.ts';
import { codeCamera } from './config/part.ts';
import type { Config } from './config/schema.ts';
import type { AgentEvent, Alarm, Inspection, JournalEntry, Log, OutboxRow, PartStatus, Publisher, StationState } from './contracts.ts';
import { asLinesideError, LinesideError } from './errors.ts';
import { withFastRoles } from './fast-roles.ts';
import { buildHealth, type HealthSources, type PartHealth, type Queue } from './health.ts';
import { createInference, type InferenceEngine } from './inference/engine.ts';
import { kindOf } from './inference/kinds/index.ts';
import type { Manifest } from './inference/manifest.ts';
import { modelEntries, runningOf } from './model-changes.ts';
import { Plant } from './plant.ts';
import { createMqttPublisher } from './publishers/mqtt.ts';
import { Recorder } from './recorder.ts';
import { Runner } from './runner.ts';
import { type StationSlots, slotsOf } from './slots.ts';
import type { StationPorts, StationRecord } from './stations/ports.ts';
import { Station } from './stations/station.ts';
import { createStore, type Store, type StoreState } from './store/store.ts';
import { type Clock, every, Minutes, Seconds } from './time.ts';

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
  /** Every inspection as it is handed to the journal; for the demo's table and for tests. */
  readonly onInspection?: (inspection: Inspection) => void;
}

/** Health is published this often, and whenever a part changes its status. */
const HEALTH_EVERY = Minutes(1);
/** Retained state follows the verdicts, but no faster than a person can read. */
const STATE_EVERY = 500;
/** The PLC is told `ready` when every camera has sent a picture, or after this long: a dead camera does not keep a station silent. */
const FIRST_PICTURE = Seconds(5);
const FLUSH = Seconds(5);

export class Agent {
  readonly stations = new Map<string, Station>();
  readonly plant: Plant;
  readonly inference: InferenceEngine;
  readonly store: Store;
  readonly publishers: readonly Publisher[];
  private readonly options: AgentOptions;
  private readonly config: Config;
  private readonly slots: ReadonlyMap<string, StationSlots>;
  private readonly recorder: Recorder;
  private readonly publisherRunners = new Map<string, Runner>();
  private readonly online = new Set<string>();
  private readonly started = new Set<string>();
  private readonly startedAt: number;
  private readonly alarms: AlarmBook;
  private ready = false;
  private stops: (() => Promise<void> | void)[] = [];
  private readonly dirty = new Set<string>();

  constructor(options: AgentOptions) {
    const { loaded, base, clock, random, log, version, manifests } = options;
    this.options = options;
    this.config = withFastRoles(loaded.config);
    const { config } = this;
    this.startedAt = clock.elapsed();
    const path = resolve(base, config.store.path);
    const inputOf = (name: string) => kindOf(manifests.get(name)?.kind ?? 'classify').input;
    this.slots = new Map(Object.keys(config.stations).map((name) => [name, slotsOf(name, config, inputOf)]));
    this.store = createStore({
      path,
      config: config.store,
      clock,
      log: log.child({ part: 'store' }),
      onFault: (fault) => this.storeFault(fault),
    });
    this.alarms = new AlarmBook(clock, (alarm) => this.alarmChanged(alarm));
    this.recorder = new Recorder({ journal: this.store.journal, clock, log, onFault: (fault) => this.storeFault(fault) });
    this.inference = createInference({
      ...{ slots: [...this.slots.values()].flatMap((s) => s.all), config: config.inference, clock },
      shadows: [...this.slots.values()].flatMap((s) => [...s.shadows.values()]),
      ...{ models: packagesFolder({ config, base }), manifests, calibration: join(path, 'calibration') },
      log: log.child({ part: 'inference' }),
      symbols: Object.values(config.stations).some(({ part }) => codeCamera(part) !== null),
      onStatus: (slot, status, fault) => this.partStatus(`model/${slot}`, status, fault),
      onLoad: (report) => this.recorder.record({ load: { kind: 'model', at: clock.now(), detail: JSON.stringify(report) } }),
    });
    this.plant = new Plant({
      ...{ config, base, pki: join(path, 'pki'), clock, random, log },
      onStatus: (part, status, fault) => this.partStatus(part, status, fault),
      onOnline: (server) => this.serverOnline(server),
      onTagFault: (tag, fault) => this.alarms.set(fault.code, tag, true, fault.details),
    });
    const agent = config.line.agent ?? hostname();
    this.publishers = config.mqtt
      ? [createMqttPublisher({ config: config.mqtt, line: config.line, agent, version, stations: Object.keys(config.stations) })]
      : [];
  }

  /** Resolves when every station takes triggers, or waits only for its OPC UA server. Throws when the store cannot be opened. */
  async start(): Promise<void> {
    const { clock, loaded, version } = this.options;
    // Threads first: they start on the other cores while this one loads what the plant needs.
    const threads = Promise.all([this.openStore(), this.inference.start()]);
    this.plant.start();
    const [before] = await threads;
    this.recorder.record({ load: { kind: 'agent', at: clock.now(), detail: JSON.stringify({ version, config: loaded.hash }) } });
    this.recorder.record({ load: { kind: 'config', at: clock.now(), detail: loaded.hash } });
    const running = runningOf(
      [...this.slots.values()].flatMap(({ all }) => all),
      this.inference,
      this.options.manifests,
    );
    const telling = { clock, newId: uuidv7, rows: (event: AgentEvent) => this.rows(event) };
    for (const entry of modelEntries(before, running, this.config.stations, telling)) this.recorder.record(entry);
    for (const name of this.slots.keys()) this.stations.set(name, this.buildStation(name, before));
    for (const publisher of this.publishers) this.startPublisher(publisher);
    await Promise.all([...this.stations.values()].map((station) => this.startStation(station)));
    this.ready = true;
    this.stops.push(every(clock, HEALTH_EVERY, () => this.publishHealth()));
    this.stops.push(every(clock, STATE_EVERY, () => this.publishStates()));
    this.publishHealth();
    await this.startWeb();
  }

  private async openStore(): Promise<StoreState> {
    const before = await this.store.start();
    this.alarms.take(before.alarms);
    this.recorder.open();
    return before;
  }

  /** Backwards: no more triggers, the last verdicts and records out, then everything closed. Idempotent. */
  async stop(): Promise<void> {
    this.ready = false;
    await Promise.all([...this.stations.values()].map((station) => station.stop()));
    await this.recorder.flush(FLUSH);
    this.publishStates();
    for (const stop of this.stops.splice(0).reverse()) await stop();
    await Promise.all([this.plant.stop(), this.inference.stop(), ...[...this.publisherRunners.values()].map((runner) => runner.stop())]);
    await this.store.stop();
  }

  /** What keeps the agent from judging, in words. */
  notReady(): readonly string[] {
    const waiting = [...this.stations.keys()]
      .filter((name) => !this.started.has(name))
      .map((name) => `station ${name} waits for its OPC UA server`);
    return this.ready ? waiting : ['the agent is starting or stopping', ...waiting];
  }

  get states(): Readonly<Record<string, StationState>> {
    return Object.fromEntries([...this.stations].map(([name, station]) => [name, station.state]));
  }

  health() {
    return buildHealth(this.healthSources());
  }

  /** A changed config was refused (the first fault in words), or is good again (null). */
  configRejected(why: string | null): void {
    this.alarms.set('CONFIG_REJECTED', 'config', why !== null);
    if (why !== null) this.options.log.debug({ why }, 'the last good config keeps running');
  }

  private buildStation(name: string, before: StoreState): Station {
    const { config, options } = this;
    const station = config.stations[name];
    const slots = this.slots.get(name);
    if (!station || !slots) throw new LinesideError('INTERNAL', { why: `no station ${name}` });
    const units = unitsOf(config);
    const windowed = new Set(slots.all.filter((slot) => slot.channels).map((slot) => slot.name));
    this.rememberWindow(name);
    return new Station(
      {
        ...{
          name,
          config: station,
          slots: slots.byRecipe,
          shadows: slots.shadows,
          windowed,
          units,
          images: config.store.images,
          configHash: options.loaded.hash,
        },
        writeTimeout: Math.max(...Object.values(config.opcua).map((server) => server.write_timeout), 0),
      },
      this.portsFor(name, station),
      before.stations[name] ?? { lastSequence: 0, lastPart: null, lastCounter: null, saved: null },
    );
  }

  private rememberWindow(name: string): void {
    const station = this.config.stations[name];
    for (const tag of station?.window?.tags ?? []) {
      const [server = '', short = ''] = tag.split('.');
      const sampling = this.config.opcua[server]?.tags[short]?.sampling ?? 100;
      this.plant.tags.remember(tag, station?.window?.span ?? 0, sampling, station?.frame.clock ?? 'source');
    }
  }

  private portsFor(name: string, station: Config['stations'][string]): StationPorts {
    const { clock, log, onInspection } = this.options;
    return {
      ...{ clock, log: log.child({ station: name }), newId: () => uuidv7(), inference: this.inference, symbols: this.inference },
      ...{ cameras: this.plant.feeds, tags: this.plant.tags },
      judge: judgeOf(station, this.config, this.options.manifests),
      write: (writes, timeout) => this.plant.write(writes, timeout),
      read: (tag, timeout) => this.plant.read(tag, timeout),
      record: (record) => {
        this.recorder.record(this.entryOf(name, record));
        onInspection?.(record.inspection);
      },
      recordLate: (_, late) => this.recorder.record({ late: [late] }),
      recordShadow: (comparison) => this.recorder.record({ shadows: [comparison], outbox: this.rows({ type: 'shadow', comparison }) }),
      keepImage: (inspection, image) => this.store.journal.keepImage(inspection, image),
      alarm: (code, subject, active, details) => this.alarms.set(code, subject, active, details),
      onState: (changed) => this.dirty.add(changed),
    };
  }

  private entryOf(station: string, { inspection, decisions, saved }: StationRecord): JournalEntry {
    const events: AgentEvent[] = [
      { type: 'quality', inspection },
      ...decisions.map((decision) => ({ type: 'decision', decision }) as const),
    ];
    return { inspection, decisions, outbox: events.flatMap((event) => this.rows(event)), state: { station, value: saved } };
  }

  private rows(event: AgentEvent): readonly OutboxRow[] {
    return this.publishers.flatMap((publisher) => publisher.rows(event));
  }

  /** A station that hears from a server starts when the server is there; the others at once. */
  private async startStation(station: Station): Promise<void> {
    const { name } = station.spec;
    const { trigger } = station.spec.config;
    const server = 'tag' in trigger ? trigger.tag.slice(0, trigger.tag.indexOf('.')) : null;
    if (this.started.has(name) || (server !== null && !this.online.has(server))) return;
    this.started.add(name);
    await this.firstPictures(station);
    await station.start();
  }

  private async firstPictures(station: Station): Promise<void> {
    const seen = [...station.spec.slots.values()].flat().flatMap(({ camera }) => camera ?? []);
    const cameras = new Set([...seen, ...[codeCamera(station.spec.config.part) ?? []].flat()]);
    await this.plant.firstPictures(cameras, FIRST_PICTURE);
  }

  private serverOnline(server: string): void {
    this.online.add(server);
    for (const station of this.stations.values()) {
      const started = this.started.has(station.spec.name);
      const done = started ? station.announce() : this.startStation(station);
      done.catch((thrown: unknown) =>
        this.options.log.error({ station: station.spec.name, thrown: String(thrown) }, 'a station could not be started'),
      );
    }
  }

  private startPublisher(publisher: Publisher): void {
    const { clock, random, log } = this.options;
    const own = log.child({ publisher: publisher.name });
    const runner = new Runner({
      ...{ name: publisher.name, clock, random, log: own },
      backoff: { first: 500, most: Seconds(30) },
      live: (life) =>
        publisher.run(
          {
            clock,
            log: own,
            outbox: this.store.outbox,
            onCommand: (command) => handleCommand(this.commandable(), command),
            online: () => life.online(),
          },
          life.signal,
        ),
      onStatus: (status, fault) => this.partStatus(publisher.name, status, fault),
    });
    this.publisherRunners.set(publisher.name, runner);
    for (const alarm of this.alarms.all) publisher.retain({ type: 'alarm', alarm });
    runner.start();
  }

  private commandable() {
    return {
      stations: this.stations,
      rebirth: () => this.rebirth(),
      reload: this.options.onReload ?? (async () => ({ reloaded: false })),
    };
  }

  private rebirth(): void {
    for (const name of this.stations.keys()) this.dirty.add(name);
    this.publishStates();
    this.publishHealth();
    for (const alarm of this.alarms.all) this.alarmChanged(alarm);
  }

  private partStatus(part: string, status: PartStatus, fault: LinesideError | null): void {
    if (status === 'running') this.alarms.clear(part);
    if (fault) {
      this.alarms.clear(part, fault.code);
      this.alarms.set(fault.code, part, true, fault.details);
    }
    if (this.ready) this.publishHealth();
  }

  private storeFault(fault: LinesideError | null): void {
    if (!fault) return this.alarms.clear('store');
    this.options.log.error({ code: fault.code }, fault.message);
    this.alarms.set(fault.code, 'store', true, fault.details);
  }

  private alarmChanged(alarm: Alarm): void {
    this.options.log[alarm.active ? 'warn' : 'info']({ code: alarm.code, subject: alarm.subject, active: alarm.active }, alarm.text);
    this.recorder.record({ alarms: [alarm] });
    for (const publisher of this.publishers) publisher.retain({ type: 'alarm', alarm });
  }

  private publishStates(): void {
    for (const name of this.dirty) {
      const station = this.stations.get(name);
      if (station) for (const publisher of this.publishers) publisher.retain({ type: 'state', station: name, value: station.state });
    }
    this.dirty.clear();
  }

  private publishHealth(): void {
    this.health().then((value) => {
      for (const publisher of this.publishers) publisher.retain({ type: 'health', value });
    });
  }

  private healthSources(): HealthSources {
    const { clock, version } = this.options;
    return {
      ...{ clock, version, startedAt: this.startedAt, storePath: resolve(this.options.base, this.config.store.path) },
      parts: () => this.partHealth(),
      queues: () => this.queues(),
      certificates: () => this.plant.certificateDaysLeft(),
      shadows: () => Object.assign({}, ...[...this.stations.values()].map((station) => station.shadowCounters)),
    };
  }

  private partHealth(): Record<string, PartHealth> {
    const runners = [...this.plant.runners, ...this.publisherRunners];
    const parts = runners.map(([name, { status, fault, restarts }]) => [name, { status, fault, restarts }] as const);
    return { ...Object.fromEntries(parts), ...this.inference.health() };
  }

  private queues(): Record<string, Queue> {
    const stations = [...this.stations].map(([name, station]) => [`station/${name}`, { ...station.depth, dropped: 0 }] as const);
    return {
      ...Object.fromEntries(stations),
      recorder: this.recorder.depth,
      ...this.plant.queues(),
      ...this.inference.queues(),
      ...this.store.queues(),
    };
  }

  private async startWeb(): Promise<void> {
    if (this.config.web.listen === 'off') return;
    // Loaded when the line already runs: nobody waits for a web server to judge a part.
    const { startWeb } = await import('./web/server.ts');
    const source = {
      health: () => this.health(),
      notReady: () => this.notReady(),
      stations: () => this.states,
      outboxDepth: async () =>
        (await Promise.all(this.publishers.map((p) => this.store.outbox.depth(p.name)))).reduce((sum, d) => sum + d.unsent, 0),
    };
    try {
      const web = await startWeb(this.config.web.listen, source, this.options.log);
      this.stops.push(() => web.stop());
    } catch (thrown) {
      const fault = asLinesideError(thrown);
      this.alarms.set(fault.code, 'web', true, fault.details);
    }
  }
}
