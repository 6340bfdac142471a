/**
 * One config file's agent over its changes: loads, starts, watches, and starts anew when a good change comes. A bad change is told and
 * ignored; the last good one keeps running. `run`, `demo` and the tests all go through here.
 */
import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Agent, type AgentOptions } from './agent.ts';
import { packageSummary } from './bridges.ts';
import { CAMERA_KINDS } from './catalogue.ts';
import { ConfigInvalid, formatFault } from './config/faults.ts';
import { type Catalogue, type ConfigSource, type LoadedConfig, loadConfig } from './config/load.ts';
import { packagesFolder } from './config/packages-folder.ts';
import { watchConfig } from './config/watch.ts';
import { asLinesideError, LinesideError, messageOf } from './errors.ts';
import { type Manifest, readManifest } from './inference/manifest.ts';
import { verifyPackage } from './inference/verify.ts';
import { checkExpressions } from './rules/judge.ts';

export const CATALOGUE: Catalogue = { cameras: CAMERA_KINDS, readPackage: packageSummary, checkExpressions };

export type HostOptions = Omit<AgentOptions, 'loaded' | 'base' | 'manifests' | 'onReload'> & {
  readonly source: ConfigSource;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Told of every config before it is used: its log level, its secrets. */
  readonly onLoaded?: (loaded: LoadedConfig) => void;
};

export class Host {
  private readonly options: HostOptions;
  private readonly stopping = new AbortController();
  private current: Agent | null = null;
  private loaded: LoadedConfig | null = null;
  /** Changes one after the other, never two at once. */
  private turn: Promise<unknown> = Promise.resolve();
  private watching: Promise<void> = Promise.resolve();

  constructor(options: HostOptions) {
    this.options = options;
  }

  /** The agent that runs now; another one after a reload. */
  get agent(): Agent {
    if (!this.current) throw new LinesideError('INTERNAL', { why: 'the agent has not been started' });
    return this.current;
  }

  /** Rejects with ConfigInvalid, CONFIG_UNREADABLE or the store's faults; nothing runs then. */
  async start(): Promise<void> {
    this.loaded = await this.load();
    this.current = await this.build(this.loaded);
    try {
      await this.current.start();
    } catch (thrown) {
      // What has started already, cameras and networks, would keep a process that judges nothing alive.
      await this.current.stop().catch(() => {});
      throw thrown;
    }
    if (typeof this.options.source === 'string') this.watching = this.watch(this.loaded);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.turn.catch(() => {});
    await this.current?.stop();
    await this.watching;
  }

  /** Loads the file again and takes it if it is good and new. */
  reload(): Promise<Readonly<Record<string, unknown>>> {
    const next = this.turn.then(async () => this.take(await this.load()));
    this.turn = next.catch(() => {});
    return next.catch((thrown: unknown) => {
      throw new LinesideError('COMMAND_REFUSED', { verb: 'reload', why: this.refuse(thrown) }, { cause: thrown });
    });
  }

  private load(): Promise<LoadedConfig> {
    return loadConfig(this.options.source, CATALOGUE, this.options.env ?? process.env);
  }

  private async build(loaded: LoadedConfig): Promise<Agent> {
    this.options.onLoaded?.(loaded);
    for (const warning of loaded.warnings) this.options.log.warn({ line: warning.line }, formatFault(warning));
    const manifests = await manifestsOf(loaded);
    return new Agent({ ...this.options, base: loaded.base, loaded, manifests, onReload: () => this.reload() });
  }

  /** Proves the new models before the old ones stop; then changes over, and back again if the new agent does not start. */
  private async take(loaded: LoadedConfig): Promise<Readonly<Record<string, unknown>>> {
    const before = this.loaded;
    if (!before || loaded.identity === before.identity) return { reloaded: false };
    await proveModels(loaded, before);
    const next = await this.build(loaded);
    await this.current?.stop();
    try {
      await next.start();
      this.current = next;
      this.loaded = loaded;
    } catch (thrown) {
      await next.stop().catch(() => {});
      this.current = await this.build(before);
      await this.current.start();
      throw thrown;
    }
    this.options.log.info({ config: loaded.hash }, 'the changed config runs');
    return { reloaded: true, config: loaded.hash };
  }

  private async watch(first: LoadedConfig): Promise<void> {
    for await (const change of watchConfig(first, CATALOGUE, { signal: this.stopping.signal, env: this.options.env ?? process.env })) {
      if ('fault' in change) this.refuse(change.fault);
      else {
        this.turn = this.turn
          .then(() => this.take(change.loaded))
          .then(
            () => this.current?.configRejected(null),
            (thrown: unknown) => this.refuse(thrown),
          );
        await this.turn;
      }
    }
  }

  /** Says why a change was not taken; returns it in one line. */
  private refuse(thrown: unknown): string {
    const fault = asLinesideError(thrown, 'CONFIG_REJECTED');
    const lines = thrown instanceof ConfigInvalid ? thrown.faults.map(formatFault) : [messageOf(thrown)];
    this.options.log.error({ code: 'CONFIG_REJECTED', faults: lines }, `the changed config was not taken: ${lines[0] ?? fault.message}`);
    this.current?.configRejected(lines[0] ?? fault.message);
    return lines.join('; ');
  }
}

/** Manifests of every package that the config uses. */
export async function manifestsOf({ config, base }: Pick<LoadedConfig, 'config' | 'base'>): Promise<ReadonlyMap<string, Manifest>> {
  const folder = packagesFolder({ config, base });
  const present = new Set(await readdir(folder).catch(() => []));
  const names = [...packagesOf(config), ...shadowsOf(config)].filter((name) => present.has(name));
  return new Map(await Promise.all(names.map(async (name) => [name, await readManifest(resolve(folder, name))] as const)));
}

const modelsOf = ({ stations }: LoadedConfig['config']) =>
  Object.values(stations).flatMap((s) => [
    ...Object.values(s.models),
    ...Object.values(s.recipes ?? {}).flatMap((r) => Object.values(r.models)),
  ]);
/** Those that judge. A candidate proves itself when it is loaded, and again before it takes the place. */
const packagesOf = (config: LoadedConfig['config']) => [...new Set(modelsOf(config).flatMap(({ model }) => model ?? []))];
const shadowsOf = (config: LoadedConfig['config']) => [...new Set(modelsOf(config).flatMap(({ shadow }) => shadow?.model ?? []))];

async function proveModels(loaded: LoadedConfig, before: LoadedConfig): Promise<void> {
  const { inference } = loaded.config;
  const known = new Set(inference.models === before.config.inference.models ? packagesOf(before.config) : []);
  for (const name of packagesOf(loaded.config)) {
    if (known.has(name)) continue;
    const { variants } = await verifyPackage(join(packagesFolder(loaded), name), {
      providers: inference.providers,
      threads: inference.threads,
    });
    const good = variants.some((variant) => variant.ok);
    if (!good) throw new LinesideError('MODEL_INVALID', { model: name, why: variants[0]?.fault ?? 'no variant works here' });
  }
}
