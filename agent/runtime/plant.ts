/** The plant's side of the agent: cameras and OPC UA servers, each under a runner, and what is known from them. */

import type { Config } from '../config/schema.ts';
import {
  type Health,
  isGood,
  type Log,
  type PartStatus,
  type Standing,
  type TagSample,
  type TagServerContext,
  type TagWrite,
} from '../contracts/index.ts';
import { LinesideError } from '../errors.ts';
import { isRefusal } from '../sources/cameras/authorize.ts';
import { createTagServer, type OpcuaTagServer } from '../sources/opcua/server.ts';
import { TagTable } from '../stations/tags.ts';
import { type Clock, endsWithin, type Milliseconds, Seconds } from '../time.ts';
import { cameraKindFor } from './catalogue.ts';
import { Conditions } from './conditions.ts';
import { type BoundedFramePool, CameraFeed, createFramePool } from './frames.ts';
import { probeOf } from './probe.ts';
import { type Life, Runner } from './runner.ts';

export interface PlantOptions {
  readonly config: Config;
  /** Folder that relative paths in the config mean. */
  readonly base: string;
  /** Folder for certificates. */
  readonly pki: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  readonly onStatus: (part: string, status: PartStatus, fault: LinesideError | null) => void;
  /** A server has a new session with every tag subscribed. */
  readonly onOnline: (server: string) => void;
  /** Everything that the lives of a part say is wrong with it now, whenever it changes. */
  readonly onFaults: (part: string, faults: readonly Standing[]) => void;
  /** A part is no longer in the config. */
  readonly onGone: (part: string) => void;
}

export class Plant {
  readonly tags = new TagTable();
  readonly feeds = new Map<string, CameraFeed>();
  readonly runners = new Map<string, Runner>();
  private readonly servers = new Map<string, OpcuaTagServer>();
  private readonly pools = new Map<string, BoundedFramePool>();
  private readonly conditions = new Map<string, Conditions>();
  private readonly options: PlantOptions;
  private config: Config;
  /** Settles when no more pictures are waited for. */
  private end = () => {};
  private readonly ended = new Promise<void>((resolve) => {
    this.end = resolve;
  });
  /** How far back a trigger may look for its picture. */
  private reach: Milliseconds;

  constructor(options: PlantOptions) {
    this.options = options;
    this.config = options.config;
    this.reach = reachOf(options.config);
    for (const name of Object.keys(options.config.cameras)) this.addCamera(name);
    for (const name of Object.keys(options.config.opcua)) this.addServer(name);
  }

  start(): void {
    for (const runner of this.runners.values()) runner.start();
  }
  async stop(): Promise<void> {
    this.end();
    await Promise.all([...this.runners.values()].map((runner) => runner.stop()));
    for (const feed of this.feeds.values()) feed.clear();
  }

  /** Sources that this config has and the one before had not, beside what runs, so that their first pictures are there in time; their names. */
  add(config: Config): ReadonlySet<string> {
    const before = new Set(this.runners.keys());
    this.config = {
      ...this.config,
      cameras: { ...config.cameras, ...this.config.cameras },
      opcua: { ...config.opcua, ...this.config.opcua },
    };
    for (const name of Object.keys(config.cameras)) if (!before.has(`camera/${name}`)) this.addCamera(name);
    for (const name of Object.keys(config.opcua)) if (!before.has(`opcua/${name}`)) this.addServer(name);
    this.start();
    return new Set([...this.runners.keys()].filter((part) => !before.has(part)));
  }

  /** Goes over to this config: `parts` start anew under it or are gone; everybody else goes on. */
  async change(config: Config, parts: readonly string[]): Promise<void> {
    const before = this.config;
    this.config = config;
    this.reach = reachOf(config);
    const concerned = parts.filter((part) => this.runners.has(part));
    await Promise.all(concerned.map((part) => this.runners.get(part)?.stop()));
    for (const part of concerned) {
      this.runners.delete(part);
      const [kind, name = ''] = part.split('/');
      if (kind === 'camera') this.changeCamera(name);
      else this.changeServer(name, before);
    }
    this.start();
  }

  private changeCamera(name: string): void {
    const camera = this.config.cameras[name];
    if (camera) {
      // The feed stays, over all lives of the camera: who looks at it goes on looking.
      this.pools.get(name)?.resize(camera.memory);
      return this.runCamera(name);
    }
    this.feeds.get(name)?.clear();
    this.feeds.delete(name);
    this.pools.delete(name);
    this.forget(`camera/${name}`);
  }

  private changeServer(name: string, before: Config): void {
    const [old, now] = [before.opcua[name], this.config.opcua[name]];
    const isOther = old?.endpoint !== now?.endpoint;
    for (const [tag, { node }] of Object.entries(old?.tags ?? {})) {
      if (isOther || node !== now?.tags[tag]?.node) this.tags.forget(`${name}.${tag}`);
    }
    this.servers.delete(name);
    if (this.config.opcua[name]) return this.addServer(name);
    this.forget(`opcua/${name}`);
  }

  /** Nothing is wrong with what is not there. */
  private forget(part: string): void {
    this.conditions.get(part)?.forget();
    this.conditions.delete(part);
    this.options.onGone(part);
  }

  /** Who waits for a picture gets none. */
  endWaiting(): void {
    this.end();
    for (const feed of this.feeds.values()) feed.clear();
  }

  /** Writes of several servers, one request each, side by side. Settles within the timeout. */
  async write(writes: readonly TagWrite[], timeout: Milliseconds): Promise<readonly (LinesideError | null)[]> {
    const faults: (LinesideError | null)[] = writes.map(() => null);
    const byServer = groupIndexes(writes);
    await Promise.all(
      [...byServer].map(async ([name, indexes]) => {
        const results = await this.servers.get(name)?.write(
          indexes.map((i) => ({ tag: tagOf(writes[i]?.tag ?? ''), value: writes[i]?.value ?? null })),
          timeout,
        );
        indexes.forEach((index, k) => {
          faults[index] = results ? (results[k] ?? null) : unknownTag(writes[index]?.tag ?? '');
        });
      }),
    );
    return faults;
  }

  /** Why the node behind the tag cannot take the value, by its type; null where it can, or nobody knows. */
  unfit({ tag, value }: TagWrite): LinesideError | null {
    return this.servers.get(serverOf(tag))?.unfit(tagOf(tag), value) ?? null;
  }

  /** One value through the session; undefined when the server does not give it in time. */
  async read(tag: string, timeout: Milliseconds): Promise<TagSample | undefined> {
    const server = this.servers.get(serverOf(tag));
    try {
      return (await server?.read([tagOf(tag)], timeout))?.[0];
    } catch {
      return undefined;
    }
  }

  /** As it is known now. */
  latest(tag: string): TagSample | undefined {
    return this.tags.latest(tag);
  }
  /** How often the server looks at a tag, ms; undefined before it has said. */
  sampling(server: string, tag: string): Milliseconds | undefined {
    return this.servers.get(server)?.granted().get(tag)?.sampling;
  }

  /** Resolves when each of the cameras has sent a picture, or after `patience`. */
  async firstPictures(cameras: Iterable<string>, patience: Milliseconds): Promise<void> {
    const all = Promise.all([...cameras].map((camera) => this.firstPicture(camera)));
    await endsWithin(this.options.clock, Promise.race([all, this.ended]), patience);
  }

  private firstPicture(camera: string): Promise<void> {
    const feed = this.feeds.get(camera);
    if (!feed || feed.counters.received > 0) return Promise.resolve();
    return new Promise((resolve) => {
      const stop = feed.onFrame(() => {
        stop();
        resolve();
      });
    });
  }

  /** Days until certificates end, by `server/whose`. */
  certificateDaysLeft(): Readonly<Record<string, number>> {
    const all = [...this.servers].flatMap(([name, server]) =>
      Object.entries(server.certificateDaysLeft()).map(([whose, days]) => [`${name}/${whose}`, days] as const),
    );
    return Object.fromEntries(all);
  }

  /** ms that the clock behind a server's source times is ahead of this box's, by server; those that have been measured. */
  clockSkews(): Readonly<Record<string, number>> {
    const measured = [...this.servers].flatMap(([name, server]) => {
      const skew = server.clockSkew();
      return skew === null ? [] : [[name, skew] as const];
    });
    return Object.fromEntries(measured);
  }

  /** Memory of pictures in flight, in bytes, and pictures dropped, by camera. */
  queues(): Health['queues'] {
    const all = [...this.feeds].map(([name, { counters }]) => {
      const stats = this.pools.get(name)?.stats;
      const dropped = Object.values(counters.dropped).reduce((sum, n) => sum + n, 0);
      return [`camera/${name}`, { depth: stats?.inUse ?? 0, bound: stats?.budget ?? 0, dropped }] as const;
    });
    return Object.fromEntries(all);
  }

  private addCamera(name: string): void {
    const { clock, log } = this.options;
    const camera = this.config.cameras[name];
    if (!camera) return;
    const pool = createFramePool({ budget: camera.memory });
    this.pools.set(name, pool);
    this.feeds.set(name, new CameraFeed({ name, clock, log: log.child({ camera: name }), pool, keepFor: () => this.reach }));
    this.runCamera(name);
  }

  private runCamera(name: string): void {
    const { base, clock, random, log, onStatus } = this.options;
    const [camera, feed] = [this.config.cameras[name], this.feeds.get(name)];
    if (!camera || !feed) return;
    const own = log.child({ camera: name });
    const source = cameraKindFor(camera.url).create(camera.url, camera.options, { base });
    const part = `camera/${name}`;
    const conditions = this.conditionsOf(part, () => part);
    const runner = new Runner({
      name: `camera ${name}`,
      clock,
      random,
      log: own,
      silence: {
        after: Math.max(camera.stall, slowestOf(camera.options)),
        error: (seconds) => feed.cause ?? new LinesideError('CAMERA_SILENT', { camera: name, seconds }),
      },
      atLeast: waitAfter,
      backoff: { first: 250, most: 30_000 },
      probe: probeOf(camera.url.target),
      live: (life) => {
        conditions.begin();
        const context = feed.context(life.signal, (list) => conditions.faults(list));
        return watched(feed, life, () => source.run(context, life.signal));
      },
      onStatus: (status, fault) => {
        if (status === 'running') conditions.online();
        onStatus(part, status, fault);
      },
    });
    this.runners.set(part, runner);
  }

  private conditionsOf(part: string, subjectOf: (fault: LinesideError) => string): Conditions {
    const { clock, onFaults } = this.options;
    const found = this.conditions.get(part) ?? new Conditions(clock, subjectOf, (faults) => onFaults(part, faults));
    this.conditions.set(part, found);
    return found;
  }

  private addServer(name: string): void {
    const { pki, clock, random, log, onStatus, onOnline } = this.options;
    const settings = this.config.opcua[name];
    if (!settings) return;
    const own = log.child({ server: name });
    const server = createTagServer(name, settings, { pki, clock, bySourceTime: () => goesBySource(this.config, name) });
    // Thousands of samples a second pass here: their names are put together once.
    const fullName = new Map(Object.keys(settings.tags).map((tag) => [tag, `${name}.${tag}`]));
    const part = `opcua/${name}`;
    const conditions = this.conditionsOf(part, ({ details: { tag } }) => {
      if (typeof tag !== 'string') return part;
      return tag.startsWith(`${name}.`) ? tag : `${name}.${tag}`;
    });
    const runner = new Runner({
      name: `server ${name}`,
      clock,
      random,
      log: own,
      backoff: { first: 1000, most: 60_000 },
      probe: probeOf(settings.endpoint),
      live: (life) => {
        conditions.begin();
        const context: TagServerContext = {
          clock,
          log: own,
          emit: (tag, sample) => {
            const full = fullName.get(tag) ?? tag;
            if (isGood(sample.status)) conditions.well(full);
            this.tags.update(full, sample);
          },
          fault: (tag, fault) => conditions.one(fullName.get(tag) ?? tag, fault),
          faults: (list) => conditions.faults(list),
          online: () => {
            conditions.online();
            life.online();
            onOnline(name);
          },
          offline: () => {
            for (const tag of fullName.values()) this.tags.lost(tag, clock.elapsed());
          },
        };
        return server.run(context, life.signal);
      },
      onStatus: (status, fault) => onStatus(part, status, fault),
    });
    this.servers.set(name, server);
    this.runners.set(part, runner);
  }
}

/** A camera that is asked every ten seconds is not silent after five. */
const slowestOf = ({ fps }: Readonly<Record<string, unknown>>): Milliseconds => (typeof fps === 'number' && fps > 0 ? 3000 / fps : 0);

/** Cameras lock an account after five to seven wrong passwords, mostly for some minutes. */
export const waitAfter = ({ details }: LinesideError): Milliseconds => (isRefusal(details) ? REFUSED_LOGIN : 0);
const REFUSED_LOGIN = Seconds(30);

/** How far back a trigger may look for its picture: the PLC's and the network's delay, and the way back to a camera before the trigger. */
function reachOf({ stations }: Config): Milliseconds {
  return 500 + Math.max(0, ...Object.values(stations).map(({ frame }) => -frame.offset + frame.tolerance));
}

/** Whether a station compares times that this server gives with the box's own. */
export function goesBySource({ stations }: Config, server: string): boolean {
  return Object.values(stations).some(
    ({ trigger, frame }) => 'tag' in trigger && serverOf(trigger.tag) === server && frame.clock === 'source',
  );
}

/** Every picture is a sign of life. */
async function watched(feed: CameraFeed, life: Life, run: () => Promise<void>): Promise<void> {
  const stop = feed.onFrame(() => {
    life.beat();
    life.online();
  });
  await run().finally(stop);
}

export const serverOf = (tag: string): string => tag.slice(0, tag.indexOf('.'));
const tagOf = (tag: string): string => tag.slice(tag.indexOf('.') + 1);
const unknownTag = (tag: string) => new LinesideError('OPCUA_WRITE_FAILED', { tag, why: 'no such server' });

function groupIndexes(writes: readonly TagWrite[]): Map<string, number[]> {
  const groups = new Map<string, number[]>();
  writes.forEach(({ tag }, i) => {
    groups.set(serverOf(tag), [...(groups.get(serverOf(tag)) ?? []), i]);
  });
  return groups;
}
