/**
 * One config file's agent over its changes: loads, starts, watches, and starts anew when a good change comes. A bad change is told and
 * ignored; the last good one keeps running. `run`, `demo` and the tests all go through here.
 */
import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { ConfigInvalid, formatFault } from '../config/faults.ts';
import { type ConfigSource, type LoadedConfig, loadConfig } from '../config/load.ts';
import { packagesFolder } from '../config/packages-folder.ts';
import { watchConfig } from '../config/watch.ts';
import { asLinesideError, LinesideError, messageOf } from '../errors.ts';
import { type Manifest, readManifest } from '../inference/manifest.ts';
import { PROOFS, Proofs } from '../inference/proofs.ts';
import { sequencesOf } from '../store/store-faults.ts';
import { Seconds } from '../time.ts';
import { Agent, type AgentOptions } from './agent.ts';
import { readConfigApart } from './config-apart.ts';
import { CATALOGUE } from './config-catalogue.ts';
import { Ending } from './ending.ts';
import { Recorder } from './recorder.ts';
import type { ReloadPlan } from './reload-plan.ts';

export type HostOptions = Omit<AgentOptions, 'loaded' | 'base' | 'manifests' | 'onReload' | 'recorder'> & {
  readonly source: ConfigSource;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Told of every config before it is used: its log level, its secrets. */
  readonly onLoaded?: (loaded: LoadedConfig) => void;
};

/** A stop as a whole; the process has some time more until it is killed. */
const STOP_WITHIN = Seconds(9);
/** A change that is under way may load models. */
const CHANGE = Seconds(1);

export class Host {
  private readonly options: HostOptions;
  private readonly stopping = new AbortController();
  private current: Agent | null = null;
  /** One store over all changes of the config: what one agent accepted is stored while the next one runs. */
  private recorder: Recorder | null = null;
  /** Of another folder; each takes its records to the end when its agent has stopped. */
  private readonly retired: Recorder[] = [];
  private loaded: LoadedConfig | null = null;
  /** Changes one after the other, never two at once. */
  private turn: Promise<unknown> = Promise.resolve();
  private watching: Promise<void> = Promise.resolve();
  private ending: Promise<readonly string[]> | null = null;

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
    // Told to stop while the file was read: there is nothing yet, and nothing is to begin.
    if (this.ending) return;
    const first = await this.build(this.loaded);
    // The stop found no agent to stop, so none may start after it.
    if (this.ending) return;
    this.current = first;
    try {
      await this.current.start();
    } catch (thrown) {
      // What has started already, cameras and networks, would keep a process that judges nothing alive.
      await this.stop();
      throw thrown;
    }
    if (typeof this.options.source === 'string') this.watching = this.watch(this.loaded);
  }

  /** Settles within STOP_WITHIN whatever hangs; says what was left behind. */
  stop(): Promise<readonly string[]> {
    this.ending ??= this.end();
    return this.ending;
  }

  private async end(): Promise<readonly string[]> {
    this.stopping.abort();
    const ending = new Ending(this.options.clock, this.options.log, STOP_WITHIN);
    await ending.step('a change of the config', this.turn, CHANGE);
    await this.current?.stop(ending);
    await ending.step('store', this.endStore(ending));
    await ending.step('the watch over the config', this.watching, CHANGE);
    return ending.left;
  }

  private async endRetired(): Promise<void> {
    await Promise.all(this.retired.splice(0).map((recorder) => recorder.stop()));
  }

  private async endStore(ending: Ending): Promise<void> {
    const { lost } = (await this.recorder?.stop(ending.remaining)) ?? { lost: [] };
    if (lost.length > 0) ending.leave(`records that the disk took nowhere: ${sequencesOf(lost)}`);
  }

  /** A fault that nobody handled: recorded, before the stop that must follow. */
  broken(fault: LinesideError): void {
    this.current?.broken(fault);
  }

  /** Loads the file again and takes it if it is good and new. */
  reload(): Promise<Readonly<Record<string, unknown>>> {
    const next = this.turn.then(async () => this.take(await this.loadApart()));
    this.turn = next.catch(() => {});
    return next.catch((thrown: unknown) => {
      throw new LinesideError('COMMAND_REFUSED', { verb: 'reload', why: this.refuse(thrown) }, { cause: thrown });
    });
  }

  private load(): Promise<LoadedConfig> {
    return loadConfig(this.options.source, CATALOGUE, this.options.env ?? process.env);
  }

  /** While parts are judged nothing of a file is read here. */
  private loadApart(): Promise<LoadedConfig> {
    const { source, env = process.env, clock } = this.options;
    return readConfigApart(source, env, clock);
  }

  private tell(loaded: LoadedConfig): void {
    this.options.onLoaded?.(loaded);
    for (const warning of loaded.warnings) this.options.log.warn({ line: warning.line }, formatFault(warning));
  }

  private async build(loaded: LoadedConfig): Promise<Agent> {
    this.tell(loaded);
    const manifests = await manifestsOf(loaded);
    const recorder = this.recorderFor(loaded);
    return new Agent({ ...this.options, base: loaded.base, loaded, manifests, recorder, onReload: () => this.reload() });
  }

  /** The one there is, unless the config names another folder. */
  private recorderFor({ base, config }: LoadedConfig): Recorder {
    const path = resolve(base, config.store.path);
    if (this.recorder?.path !== path) {
      if (this.recorder) this.retired.push(this.recorder);
      const { clock, log } = this.options;
      this.recorder = new Recorder({ path, config: config.store, clock, log: log.child({ part: 'store' }) });
    }
    this.recorder.configure(config.store);
    return this.recorder;
  }

  /** Proves the new models; then starts anew what the change touches, and only that. */
  private async take(loaded: LoadedConfig): Promise<Readonly<Record<string, unknown>>> {
    const before = this.loaded;
    if (!before || loaded.identity === before.identity) return { reloaded: false };
    await this.proveModels(loaded, before);
    const plan = this.agent.plan(loaded, await manifestsOf(loaded));
    if (plan.agent) await this.startAnew(loaded, before);
    else await this.goOver(loaded, before, plan);
    this.loaded = loaded;
    const restarted = [...new Set(plan.differences.flatMap(({ restarts }) => restarts))];
    this.options.log.info({ config: loaded.hash, restarted }, 'the changed config runs');
    return { reloaded: true, config: loaded.hash, restarted };
  }

  private async goOver(loaded: LoadedConfig, before: LoadedConfig, plan: ReloadPlan): Promise<void> {
    this.tell(loaded);
    try {
      await this.agent.change(loaded, plan);
    } catch (thrown) {
      // Half of one config and half of another is none that anybody has checked.
      if (!this.ending) await this.startAnew(before, before);
      throw thrown;
    }
  }

  /** Everything stops and starts under this config, and under the one before if it does not. */
  private async startAnew(loaded: LoadedConfig, before: LoadedConfig): Promise<void> {
    const next = await this.build(loaded);
    await this.current?.stop();
    await this.endRetired();
    this.current = next;
    try {
      await next.start();
    } catch (thrown) {
      await next.stop().catch(() => {});
      if (this.ending) throw thrown;
      this.current = await this.build(before);
      await this.endRetired();
      await this.current.start();
      throw thrown;
    }
  }

  /**
   * Rejects where the change would put a package in the place of one that judges, and it does not prove itself: one that is new to the
   * config, or whose files are others than those that run. One that has been refused already stands in nobody's way.
   */
  private async proveModels(loaded: LoadedConfig, before: LoadedConfig): Promise<void> {
    const { clock } = this.options;
    const { inference, store } = loaded.config;
    const proofs = new Proofs({ clock, file: join(resolve(loaded.base, store.path), PROOFS) });
    const { signal } = this.stopping;
    const stop = () => proofs.stop();
    signal.addEventListener('abort', stop, { once: true });
    const isSameFolder = packagesFolder(loaded) === packagesFolder(before);
    const known = new Set(isSameFolder ? packagesOf(before.config) : []);
    const judging = this.current?.inference.packages ?? new Set();
    try {
      for (const name of packagesOf(loaded.config)) {
        if (known.has(name) && !judging.has(name)) continue;
        const manifest = await readManifest(join(packagesFolder(loaded), name));
        await proofs.proveAnew({ manifest, variant: null, providers: inference.providers, threads: inference.threads });
      }
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  private async watch(first: LoadedConfig): Promise<void> {
    for await (const change of watchConfig(first, () => this.loadApart(), { signal: this.stopping.signal })) {
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
    this.current?.configRejected(whereOf(fault));
    return lines.join('; ');
  }
}

/** For an alarm, which the whole plant may read: the place and not what stands there, which may be half a password. */
function whereOf(fault: LinesideError): string {
  if (!(fault instanceof ConfigInvalid)) return fault.sentence.replace(/\.$/, '');
  const [first] = fault.faults;
  if (!first) return fault.code;
  return `${fault.faults.length} fault(s), the first in ${first.file}, line ${first.line}, column ${first.column}`;
}

/** Manifests of every package that the config uses and that has a readable one: the others are refused by inference, with the reason. */
export async function manifestsOf({ config, base }: Pick<LoadedConfig, 'config' | 'base'>): Promise<ReadonlyMap<string, Manifest>> {
  const folder = packagesFolder({ config, base });
  const present = new Set(await readdir(folder).catch(() => []));
  const names = [...packagesOf(config), ...shadowsOf(config)].filter((name) => present.has(name));
  const read = async (name: string) => [name, await readManifest(resolve(folder, name)).catch(() => null)] as const;
  const manifests = await Promise.all(names.map(read));
  return new Map(manifests.flatMap(([name, manifest]) => (manifest ? [[name, manifest] as const] : [])));
}

const modelsOf = ({ stations }: LoadedConfig['config']) =>
  Object.values(stations).flatMap((s) => [
    ...Object.values(s.models),
    ...Object.values(s.recipes ?? {}).flatMap((r) => Object.values(r.models)),
  ]);
/** Those that judge. A candidate proves itself when it is loaded, and again before it takes the place. */
const packagesOf = (config: LoadedConfig['config']) => [...new Set(modelsOf(config).flatMap(({ model }) => model ?? []))];
const shadowsOf = (config: LoadedConfig['config']) => [...new Set(modelsOf(config).flatMap(({ shadow }) => shadow?.model ?? []))];
