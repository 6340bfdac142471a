/**
 * The stations that judge: built, started when their server is there, exchanged one by one when their config changes, stopped. What a
 * station has to remember over an exchange is what its records said last, the same that the journal would give after a restart.
 */
import { codeCamera } from '../config/part.ts';
import type { Inspection, Log, StationState } from '../contracts/index.ts';
import type { StationMemory } from '../stations/ports.ts';
import type { Station } from '../stations/station.ts';
import { type Clock, Seconds } from '../time.ts';
import type { Ending } from './ending.ts';
import type { Plant } from './plant.ts';

export interface FloorOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly plant: Plant;
  /** With the config as it is now. */
  readonly build: (name: string, before: StationMemory) => Station;
}

/** The PLC is told `ready` when every camera has sent a picture, or after this long: a dead camera does not keep a station silent. */
export const FIRST_PICTURE = Seconds(5);
/** Shares of a stop. */
const LAST_PARTS = Seconds(1.5);
const LAST_ANSWERS = Seconds(1);
/** How long a source that is to start anew waits for the parts that look at it. */
const QUIET = Seconds(0.5);
const LOOK = 2;

const NOTHING: StationMemory = { lastSequence: 0, lastPart: null, lastCounter: null, saved: null };

export class Floor {
  readonly stations = new Map<string, Station>();
  private readonly options: FloorOptions;
  private readonly memories = new Map<string, StationMemory>();
  private readonly online = new Set<string>();
  private readonly started = new Set<string>();

  constructor(options: FloorOptions) {
    this.options = options;
  }

  /** What was stored before this start. */
  recall(memories: Readonly<Record<string, StationMemory>>): void {
    for (const [name, memory] of Object.entries(memories)) this.memories.set(name, memory);
  }

  /** What a record says of its station, for the station that goes on from here. */
  remember({ station, sequence, part, counter, missed }: Inspection, saved: string): void {
    const before = this.memories.get(station) ?? NOTHING;
    this.memories.set(station, {
      lastSequence: Math.max(before.lastSequence, sequence),
      lastPart: part ?? before.lastPart,
      lastCounter: counter ?? missed?.to ?? before.lastCounter,
      saved,
    });
  }
  /** A memory that changed without a record. */
  save(station: string, saved: string): void {
    this.memories.set(station, { ...(this.memories.get(station) ?? NOTHING), saved });
  }
  memoryOf(name: string): StationMemory {
    return this.memories.get(name) ?? NOTHING;
  }

  build(names: Iterable<string>): void {
    for (const name of names) this.stations.set(name, this.options.build(name, this.memoryOf(name)));
  }

  /** Each of them takes triggers when this settles, or waits only for its server. */
  async start(names: Iterable<string> = this.stations.keys()): Promise<void> {
    await Promise.all([...names].map((name) => this.startStation(name)));
  }

  /** They take no more triggers, and are gone when the parts under inspection have their verdicts and records. */
  async retire(names: readonly string[]): Promise<void> {
    await Promise.all(names.map((name) => this.stations.get(name)?.stop()));
    for (const name of names) {
      const station = this.stations.get(name);
      // A command may have changed it since its last record.
      if (station) this.save(name, station.saved());
      this.stations.delete(name);
      this.started.delete(name);
    }
  }

  /** Settles when no part is under inspection, or soon. */
  async quiet(): Promise<void> {
    const { clock } = this.options;
    const until = clock.elapsed() + QUIET;
    const isBusy = () => [...this.stations.values()].some(({ depth }) => depth.depth > 0);
    while (isBusy() && clock.elapsed() < until) await clock.sleep(LOOK);
  }

  /** A server has a new session: stations that hear from it start, or tell the PLC again that they judge. */
  serverOnline(server: string): void {
    this.online.add(server);
    for (const [name, station] of this.stations) {
      const done = this.started.has(name) ? station.announce() : this.startStation(name);
      done.catch((thrown: unknown) => this.options.log.error({ station: name, thrown: String(thrown) }, 'a station could not be started'));
    }
  }

  /** A server that is gone, or starts anew: whoever is built meanwhile waits for it. */
  serverAway(server: string): void {
    this.online.delete(server);
  }

  /** Stations that take no triggers yet. */
  get waiting(): readonly string[] {
    return [...this.stations.keys()].filter((name) => !this.started.has(name));
  }

  get states(): Readonly<Record<string, StationState>> {
    return Object.fromEntries([...this.stations].map(([name, station]) => [name, station.state]));
  }

  /** Parts under inspection have their verdict at their deadline; where that is far away, `on_failure` at once, once `hurry` was called. */
  async stop(ending: Ending, hurry: () => void): Promise<void> {
    const stops = [...this.stations].map(([name, station]) => ({ name: `station ${name}`, done: station.stop() }));
    const all = Promise.all(stops.map(({ done }) => done));
    if (await ending.wait('stations', all, LAST_PARTS)) return;
    hurry();
    await Promise.all(stops.map(({ name, done }) => ending.step(name, done, LAST_ANSWERS)));
  }

  /** A station that hears from a server starts when the server is there; the others at once. */
  private async startStation(name: string): Promise<void> {
    const station = this.stations.get(name);
    if (!station) return;
    const { trigger } = station.spec.config;
    const server = 'tag' in trigger ? trigger.tag.slice(0, trigger.tag.indexOf('.')) : null;
    if (this.started.has(name) || (server !== null && !this.online.has(server))) return;
    this.started.add(name);
    await this.firstPictures(station);
    await station.start();
  }

  private async firstPictures({ spec }: Station): Promise<void> {
    const seen = [...spec.slots.values()].flat().flatMap(({ camera }) => camera ?? []);
    const cameras = new Set([...seen, ...[codeCamera(spec.config.part) ?? []].flat()]);
    await this.options.plant.firstPictures(cameras, FIRST_PICTURE);
  }
}
