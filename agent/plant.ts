/** The plant's side of the agent: cameras and OPC UA servers, each under a runner, and what is known from them. */
import { cameraKindFor } from './catalogue.ts';
import type { Config } from './config/schema.ts';
import type { Health, Log, PartStatus, TagSample, TagWrite } from './contracts.ts';
import { LinesideError } from './errors.ts';
import { type BoundedFramePool, CameraFeed, createFramePool } from './frames.ts';
import { type Life, Runner } from './runner.ts';
import { createTagServer, type OpcuaTagServer } from './sources/opcua/server.ts';
import { TagTable } from './stations/tags.ts';
import type { Clock, Milliseconds } from './time.ts';

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
  readonly onTagFault: (tag: string, fault: LinesideError) => void;
}

export class Plant {
  readonly tags = new TagTable();
  readonly feeds = new Map<string, CameraFeed>();
  readonly runners = new Map<string, Runner>();
  private readonly servers = new Map<string, OpcuaTagServer>();
  private readonly pools = new Map<string, BoundedFramePool>();
  private readonly options: PlantOptions;

  constructor(options: PlantOptions) {
    this.options = options;
    for (const name of Object.keys(options.config.cameras)) this.addCamera(name);
    for (const name of Object.keys(options.config.opcua)) this.addServer(name);
  }

  start(): void {
    for (const runner of this.runners.values()) runner.start();
  }
  async stop(): Promise<void> {
    await Promise.all([...this.runners.values()].map((runner) => runner.stop()));
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

  /** One value through the session; undefined when the server does not give it in time. */
  async read(tag: string, timeout: Milliseconds): Promise<TagSample | undefined> {
    const server = this.servers.get(serverOf(tag));
    try {
      return (await server?.read([tagOf(tag)], timeout))?.[0];
    } catch {
      return undefined;
    }
  }

  /** Resolves when each of the cameras has sent a picture, or after `patience`. */
  async firstPictures(cameras: Iterable<string>, patience: Milliseconds): Promise<void> {
    const all = Promise.all([...cameras].map((camera) => this.firstPicture(camera)));
    const enough = new AbortController();
    const late = this.options.clock.sleep(patience, enough.signal).catch(() => {});
    await Promise.race([all, late]).finally(() => enough.abort());
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
    const { config, base, clock, random, log, onStatus } = this.options;
    const camera = config.cameras[name];
    if (!camera) return;
    const own = log.child({ camera: name });
    const pool = createFramePool({ budget: camera.memory });
    this.pools.set(name, pool);
    const feed = new CameraFeed({ name, clock, log: own, pool, keepFor: reachOf(config) });
    this.feeds.set(name, feed);
    const source = cameraKindFor(camera.url).create(camera.url, camera.options, { base });
    const runner = new Runner({
      ...{ name: `camera ${name}`, clock, random, log: own },
      silence: { after: camera.stall, error: (seconds) => new LinesideError('CAMERA_SILENT', { camera: name, seconds }) },
      backoff: { first: 250, most: 30_000 },
      live: (life) => watched(feed, life, () => source.run(feed.context(life.signal), life.signal)),
      onStatus: (status, fault) => onStatus(`camera/${name}`, status, fault),
    });
    this.runners.set(`camera/${name}`, runner);
  }

  private addServer(name: string): void {
    const { config, pki, clock, random, log, onStatus, onOnline, onTagFault } = this.options;
    const settings = config.opcua[name];
    if (!settings) return;
    const own = log.child({ server: name });
    const server = createTagServer(name, settings, { pki, clock });
    // Thousands of samples a second pass here: their names are put together once.
    const fullName = new Map(Object.keys(settings.tags).map((tag) => [tag, `${name}.${tag}`]));
    const runner = new Runner({
      ...{ name: `server ${name}`, clock, random, log: own },
      backoff: { first: 1000, most: 60_000 },
      live: (life) =>
        server.run(
          {
            ...{ clock, log: own },
            emit: (tag, sample) => this.tags.update(fullName.get(tag) ?? tag, sample),
            fault: (tag, fault) => onTagFault(`${name}.${tag}`, fault),
            online: () => {
              life.online();
              onOnline(name);
            },
          },
          life.signal,
        ),
      onStatus: (status, fault) => onStatus(`opcua/${name}`, status, fault),
    });
    this.servers.set(name, server);
    this.runners.set(`opcua/${name}`, runner);
  }
}

/** How far back a trigger may look for its picture: the PLC's and the network's delay, and the way back to a camera before the trigger. */
function reachOf({ stations }: Config): Milliseconds {
  return 500 + Math.max(0, ...Object.values(stations).map(({ frame }) => -frame.offset + frame.tolerance));
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
