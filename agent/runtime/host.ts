/**
 * One config file's agent over its changes: loads, starts, watches, and starts anew when a good change comes. A bad change is told and
 * ignored; the last good one keeps running. `run`, `demo` and the tests all go through here.
 */
import { join, resolve } from 'node:path';
import { covering, NOTHING } from '../config/covered.ts';
import { ConfigInvalid, formatFault } from '../config/faults.ts';
import { type ConfigSource, type LoadedConfig, loadConfig } from '../config/load.ts';
import { packageFolder, packageNames } from '../config/packages-folder.ts';
import { watchConfig } from '../config/watch.ts';
import { asLinesideError, LinesideError, messageOf } from '../errors.ts';
import { type Manifest, readManifest } from '../inference/manifest.ts';
import { PROOFS, Proofs } from '../inference/proofs.ts';
import { sequencesOf } from '../store/store-faults.ts';
import { Seconds } from '../time.ts';
import type { ConfigEffect } from '../web/ports.ts';
import { Agent, type AgentOptions } from './agent.ts';
import { readConfigApart } from './config-apart.ts';
import { CATALOGUE } from './config-catalogue.ts';
import { ConfigDesk, type ConfigHolder } from './config-desk.ts';
import { effectOf } from './config-effect.ts';
import { ConfigHistory, versionOf } from './config-history.ts';
import { Ending } from './ending.ts';
import { FirstScreen } from './first-config/first-screen.ts';
import { Recorder } from './recorder.ts';
import { noteOf, type ReloadPlan } from './reload-plan.ts';
import { isMendable, safeConfig, storeOfFirst } from './safe-mode.ts';

export type HostOptions = Omit<AgentOptions, 'loaded' | 'base' | 'manifests' | 'onReload' | 'recorder' | 'file' | 'standby'> & {
  readonly source: ConfigSource;
  /** A file that is broken at the start ends nothing: the page stays up to mend it, and no part is judged until then. */
  readonly safeMode?: boolean;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Told of every config before it is used: its log level, its secrets. */
  readonly onLoaded?: (loaded: LoadedConfig) => void;
};

/** A stop as a whole; the process has some time more until it is killed. */
const STOP_WITHIN = Seconds(9);
/** A change that is under way may load models. */
const CHANGE = Seconds(1);
/** From the answer to whoever saved the file to the change, which may end the connection that the answer goes over. */
const ANSWERED_WITHIN = 300;

/** Who saved a text on the page. */
interface Author {
  readonly who: string;
  readonly version: string;
}

export class Host {
  private readonly options: HostOptions;
  private readonly stopping = new AbortController();
  private current: Agent | null = null;
  /** One store over all changes of the config: what one agent accepted is stored while the next one runs. */
  private recorder: Recorder | null = null;
  /** Of another folder; each takes its records to the end when its agent has stopped. */
  private readonly retired: Recorder[] = [];
  private loaded: LoadedConfig | null = null;
  /** What stands in while the file is broken since the start. */
  private safe: LoadedConfig | null = null;
  /** `store.path` of the first config, while the page asks for it; null: there is a config. */
  private storeOfFirst: string | null = null;
  /** Why the file on the disk does not run. */
  private fault: LinesideError | null = null;
  /** Wall time. */
  private since = 0;
  private author: Author | null = null;
  private applying = 0;
  /** Of a whole start, ms. */
  private startTook: number | null = null;
  private readonly file: ConfigDesk;
  /** Changes one after the other, never two at once. */
  private turn: Promise<unknown> = Promise.resolve();
  /** Of the version that runs, for going back. Never rejects. */
  private keeping: Promise<void> = Promise.resolve();
  private watching: Promise<void> = Promise.resolve();
  private ending: Promise<readonly string[]> | null = null;

  constructor(options: HostOptions) {
    this.options = options;
    const { source, env = process.env, clock, log } = options;
    const file = typeof source === 'string' ? source : null;
    const first = new FirstScreen(
      { file: file ?? 'config', env, clock, log: log.child({ part: 'first config' }) },
      { store: () => this.storeOfFirst, apply: (author) => this.apply(author) },
    );
    this.file = new ConfigDesk({ file, env, clock, first }, this.holder());
  }

  /** Why no part is judged, with every fault of the file; null: parts are judged. */
  get broken(): LinesideError | null {
    return this.safe && this.fault;
  }

  /** The agent that runs now; another one after a reload. */
  get agent(): Agent {
    if (!this.current) throw new LinesideError('INTERNAL', { why: 'the agent has not been started' });
    return this.current;
  }

  /** Rejects with ConfigInvalid, CONFIG_UNREADABLE or the store's faults; nothing runs then. In safe mode the first two are `broken` instead. */
  async start(): Promise<void> {
    const { clock } = this.options;
    const began = clock.elapsed();
    this.loaded = await this.first();
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
    this.startTook = clock.elapsed() - began;
    if (this.broken) this.current.configRejected(whereOf(this.broken));
    else this.runs(this.loaded);
    if (typeof this.options.source === 'string') this.watching = this.watch(this.loaded);
  }

  /** What the file says, or what stands in where it is broken. */
  private async first(): Promise<LoadedConfig> {
    const { source, safeMode = false, env = process.env, log } = this.options;
    try {
      return await this.load();
    } catch (thrown) {
      const fault = asLinesideError(thrown);
      if (!safeMode || typeof source !== 'string') throw thrown;
      this.storeOfFirst = await storeOfFirst(source, env);
      if (this.storeOfFirst === null && !(await isMendable(fault, source))) throw thrown;
      this.fault = fault;
      const covered = fault instanceof ConfigInvalid ? fault.covered : await covering(NOTHING, [resolve(source)]);
      this.safe = { ...(await safeConfig(source, env)), covered };
      const faults = fault instanceof ConfigInvalid ? fault.faults.map(formatFault) : [fault.sentence];
      if (this.storeOfFirst !== null) log.info({ file: source }, 'there is no config yet: the page asks its way to a first one');
      log.error({ code: 'CONFIG_BROKEN', faults }, new LinesideError('CONFIG_BROKEN', { why: whereOf(fault) }).message);
      return this.safe;
    }
  }

  /** From now on; kept for going back. */
  private runs(loaded: LoadedConfig): void {
    const { clock, log } = this.options;
    this.loaded = loaded;
    this.since = clock.now();
    const who = this.author?.version === versionOf(loaded.text) ? this.author.who : null;
    const version = { at: this.since, who, config: loaded.hash, text: loaded.text };
    const history = this.history();
    // One after the other: each looks at the newest.
    this.keeping = this.keeping
      .then(() => history?.keep(version))
      .catch((thrown: unknown) => log.warn({ why: messageOf(thrown) }, 'this version of the config is not kept for going back'));
  }

  /** A config that is not a file's has no history. */
  private history(): ConfigHistory | null {
    const { loaded } = this;
    return loaded && typeof this.options.source === 'string' ? new ConfigHistory(resolve(loaded.base, loaded.config.store.path)) : null;
  }

  private holder(): ConfigHolder {
    return {
      running: () => (this.loaded && !this.safe ? { loaded: this.loaded, since: this.since } : null),
      refused: () => this.fault,
      isApplying: () => this.applying > 0,
      // Whoever asks because another config runs must find that one in it.
      history: () => this.keeping.then(() => this.history()),
      effectOf: (loaded) => this.effectOf(loaded),
      apply: (author) => this.apply(author),
    };
  }

  private async effectOf(loaded: LoadedConfig): Promise<ConfigEffect | null> {
    const { current, loaded: running } = this;
    if (!current || !running || this.safe) return null;
    const plan = current.compare(loaded, await manifestsOf(loaded));
    const sides = { before: noteOf(running.config), after: noteOf(loaded.config) };
    return effectOf(plan, sides, (part) => (part === 'agent' ? this.startTook : current.took(part)));
  }

  private apply(author: Author): void {
    this.author = author;
    this.applying++;
    this.options.clock.after(ANSWERED_WITHIN, () => {
      const done = this.ending ? Promise.resolve() : this.reload().then(() => {});
      // Refused, it stands in `fault` and is an alarm.
      done
        .catch(() => {})
        .finally(() => {
          this.applying--;
        });
    });
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
    await ending.step('the text of the config, for going back', this.keeping, CHANGE);
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
  unhandled(fault: LinesideError): void {
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
  private async loadApart(): Promise<LoadedConfig> {
    const { source, env = process.env, clock } = this.options;
    const loaded = await readConfigApart(source, env, clock, this.stopping.signal);
    // Another text that says the same: comments, order, layout.
    if (this.loaded && loaded.identity === this.loaded.identity && loaded.text !== this.loaded.text)
      this.runs({ ...this.loaded, text: loaded.text });
    return loaded;
  }

  private tell(loaded: LoadedConfig): void {
    this.options.onLoaded?.(loaded);
    for (const warning of loaded.warnings) this.options.log.warn({ line: warning.line }, formatFault(warning));
  }

  private async build(loaded: LoadedConfig): Promise<Agent> {
    this.tell(loaded);
    const manifests = await manifestsOf(loaded);
    const recorder = this.recorderFor(loaded);
    const standby = loaded === this.safe ? { standby: () => this.brokenText() } : {};
    const onReload = () => this.reload();
    return new Agent({ ...this.options, ...standby, base: loaded.base, loaded, manifests, recorder, onReload, file: this.file });
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
    if (!before) return { reloaded: false };
    if (loaded.identity === before.identity) {
      this.good();
      return { reloaded: false };
    }
    const restarted = this.safe ? await this.leaveSafeMode(loaded, before) : await this.changeOver(loaded, before);
    this.runs(loaded);
    this.good();
    this.options.log.info({ config: loaded.hash, restarted }, 'the changed config runs');
    return { reloaded: true, config: loaded.hash, restarted };
  }

  private async changeOver(loaded: LoadedConfig, before: LoadedConfig): Promise<readonly string[]> {
    await this.proveModels(loaded, before);
    const plan = this.agent.plan(loaded, await manifestsOf(loaded));
    if (plan.agent) await this.startAnew(loaded, before);
    else await this.goOver(loaded, before, plan);
    return [...new Set(plan.differences.flatMap(({ restarts }) => restarts))];
  }

  /** As a start: there is no package that judges yet, which one that does not prove itself could take the place of. */
  private async leaveSafeMode(loaded: LoadedConfig, before: LoadedConfig): Promise<readonly string[]> {
    await this.startAnew(loaded, before);
    this.safe = null;
    this.storeOfFirst = null;
    return ['agent'];
  }

  /** The file on the disk is the one that runs. */
  private good(): void {
    this.fault = null;
    this.current?.configRejected(null);
  }

  private brokenText(): string {
    return new LinesideError('CONFIG_BROKEN', { why: this.fault ? whereOf(this.fault) : '' }).sentence;
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
    const { clock } = this.options;
    const began = clock.elapsed();
    const next = await this.build(loaded);
    await this.current?.stop();
    await this.endRetired();
    this.current = next;
    try {
      await next.start();
      this.startTook = clock.elapsed() - began;
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
    const known = new Set(packagesOf(before.config).filter((name) => packageFolder(loaded, name) === packageFolder(before, name)));
    const judging = this.current?.inference.packages ?? new Set();
    try {
      for (const name of packagesOf(loaded.config)) {
        if (known.has(name) && !judging.has(name)) continue;
        const manifest = await readManifest(packageFolder(loaded, name));
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
        this.turn = this.turn.then(() => this.take(change.loaded)).catch((thrown: unknown) => this.refuse(thrown));
        await this.turn;
      }
    }
  }

  /** Says why a change was not taken; returns it in one line. */
  private refuse(thrown: unknown): string {
    const fault = asLinesideError(thrown, 'CONFIG_REJECTED');
    // Nothing is wrong with the file.
    if (fault.code === 'STOPPING') return fault.message;
    this.fault = fault;
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
  const present = new Set(await packageNames({ config, base }));
  const names = [...packagesOf(config), ...shadowsOf(config)].filter((name) => present.has(name));
  const read = async (name: string) => [name, await readManifest(packageFolder({ config, base }, name)).catch(() => null)] as const;
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
