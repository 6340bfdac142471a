/**
 * The config file for the page: read, tried, replaced. Whatever is read of it is read in a process apart, one at a time, since a text of
 * somebody else's may be large and odd, and parts are judged here meanwhile.
 */

import { access, constants, readFile, realpath, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { ConfigInvalid, viewOf } from '../config/faults.ts';
import type { LoadedConfig } from '../config/load.ts';
import { replaceFile } from '../config/replace.ts';
import { redactor } from '../config/secrets.ts';
import { decodeText, LARGEST } from '../config/text.ts';
import { asLinesideError, causeOf, LinesideError, messageOf } from '../errors.ts';
import { packageRoot } from '../platform/package-root.ts';
import { readRegular } from '../platform/plain-file.ts';
import { Turns } from '../platform/turns.ts';
import type { Clock } from '../time.ts';
import type {
  ConfigEffect,
  ConfigNow,
  ConfigPort,
  ConfigRefusal,
  ConfigTrial,
  ConfigVersion,
  ConfigWritten,
  FirstConfigPort,
} from '../web/ports.ts';
import { maskApart, readConfigApart } from './config-apart.ts';
import { type ConfigHistory, type KeptVersion, versionOf } from './config-history.ts';

/** The agent's side. */
export interface ConfigHolder {
  /** What judges; null: nothing does, the file is broken since the start. */
  running(): { readonly loaded: LoadedConfig; readonly since: number } | null;
  /** Why the file on the disk was not taken. */
  refused(): LinesideError | null;
  isApplying(): boolean;
  /** Once what runs now is in it. */
  history(): Promise<ConfigHistory | null>;
  /** Null where nothing runs. */
  effectOf(loaded: LoadedConfig): Promise<ConfigEffect | null>;
  /** Takes the file when the answer has gone out. */
  apply(by: { readonly who: string; readonly version: string }): void;
}

export interface ConfigDeskOptions {
  /** As given on the command line; null: the config is no file. */
  readonly file: string | null;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly first: FirstConfigPort;
}

/** Texts that wait to be tried; each takes a process of its own for a second or two. */
const MOST_WAITING = 4;
const NEW: ConfigEffect = {
  changes: null,
  restarts: [{ part: 'agent', about_ms: null }],
  words: ['Nothing is judged now; with this config the line starts.'],
};

interface OnDisk {
  readonly text: string | null;
  readonly why: string | null;
  /** Of the text, or of bytes that are none; null: it cannot be read. */
  readonly version: string | null;
}

export class ConfigDesk implements ConfigPort {
  private readonly options: ConfigDeskOptions;
  private readonly holder: ConfigHolder;
  private readonly turns = new Turns(MOST_WAITING);
  /** The last text that was masked: everybody who looks asks for the same. */
  private masked: { readonly version: string; readonly text: string | null } | null = null;

  constructor(options: ConfigDeskOptions, holder: ConfigHolder) {
    this.options = options;
    this.holder = holder;
  }

  get first(): FirstConfigPort {
    return this.options.first;
  }

  versionOf(text: string): string {
    return versionOf(text);
  }

  schema(): Promise<string> {
    return readFile(join(packageRoot, 'config', 'schema.json'), 'utf8');
  }

  async read(secrets: boolean): Promise<ConfigNow> {
    const running = this.holder.running();
    const refused = this.holder.refused();
    const disk = await this.onDisk();
    return {
      path: this.options.file === null ? '' : resolve(this.options.file),
      file: await this.shown(disk, secrets),
      whyNotWritable: await this.whyNotWritable(),
      running: {
        version: running && versionOf(running.loaded.text),
        config: running?.loaded.hash ?? null,
        since: running?.since ?? null,
      },
      applying: this.holder.isApplying(),
      refused: refused && refusalOf(refused),
    };
  }

  check(text: string): Promise<ConfigTrial> {
    return this.turns.take(() => this.tried(text));
  }

  async write(text: string, { who, onto }: { readonly who: string; readonly onto: string }): Promise<ConfigWritten> {
    const { file } = this.options;
    const why = await this.whyNotWritable();
    if (file === null || why !== null)
      throw new LinesideError('CONFIG_READ_ONLY', { file: file ?? 'config', why: (why ?? 'it is no file').replace(/\.$/, '') });
    return this.turns.take(async () => {
      // Before the trial, which takes its time, and after it.
      await this.expectOnDisk(onto);
      const trial = await this.load(text);
      if ('fault' in trial) throw trial.fault;
      const { restarts, words } = (await this.holder.effectOf(trial.loaded)) ?? NEW;
      const version = versionOf(text);
      await this.expectOnDisk(onto);
      if (version !== onto) await this.replace(file, text);
      this.holder.apply({ who, version });
      return { version, changed: version !== onto, restarts, words };
    });
  }

  async versions(): Promise<readonly ConfigVersion[]> {
    const kept = (await (await this.holder.history())?.all()) ?? [];
    return kept.map((one) => this.versionView(one));
  }

  async version(id: string): Promise<(ConfigVersion & { readonly text: string }) | null> {
    const kept = await (await this.holder.history())?.of(id);
    return kept ? { ...this.versionView(kept), text: kept.text } : null;
  }

  private versionView({ id, version, at, who, config, bytes }: KeptVersion): ConfigVersion {
    const running = this.holder.running();
    return { id, version, at, who, config, bytes, runs: running !== null && versionOf(running.loaded.text) === version };
  }

  private async tried(text: string): Promise<ConfigTrial> {
    const trial = await this.load(text);
    if ('fault' in trial) {
      const { faults, more } = refusalOf(trial.fault);
      const warnings = trial.fault instanceof ConfigInvalid ? trial.fault.warnings.map(viewOf) : [];
      return { faults, warnings, more, config: null, changes: null, restarts: [], words: [] };
    }
    const { hash, warnings } = trial.loaded;
    const effect = (await this.holder.effectOf(trial.loaded)) ?? NEW;
    return { faults: [], warnings: warnings.map(viewOf), more: 0, config: hash, ...effect };
  }

  /** As the agent would read it where the file is. */
  private async load(text: string): Promise<{ readonly loaded: LoadedConfig } | { readonly fault: LinesideError }> {
    const { file, env, clock } = this.options;
    const name = file ?? 'config';
    try {
      return { loaded: await readConfigApart({ text, name, base: dirname(resolve(name)) }, env, clock) };
    } catch (thrown) {
      return { fault: asLinesideError(thrown) };
    }
  }

  private async onDisk(): Promise<OnDisk> {
    const { file } = this.options;
    if (file === null) return { text: null, why: 'The config of this agent is no file.', version: null };
    try {
      const { size } = await stat(file);
      if (size > LARGEST) return { text: null, why: `The file is larger than ${LARGEST / 1000} kB.`, version: null };
      const bytes = await readRegular(file, { most: LARGEST, refuse: (why) => new LinesideError('CONFIG_UNREADABLE', { file, why }) });
      const decoded = decodeText(bytes);
      if ('text' in decoded) return { text: decoded.text, why: null, version: versionOf(decoded.text) };
      return { text: null, why: `The file is no text: ${decoded.faults[0]?.text}.`, version: versionOf(bytes) };
    } catch (thrown) {
      return { text: null, why: `The file cannot be read: ${causeOf(thrown)}.`, version: null };
    }
  }

  private async expectOnDisk(onto: string): Promise<void> {
    const { version } = await this.onDisk();
    if (version !== onto) throw new LinesideError('CONFIG_CHANGED', { file: this.options.file ?? 'config' });
  }

  private async replace(file: string, text: string): Promise<void> {
    try {
      await replaceFile(file, text);
    } catch (thrown) {
      throw new LinesideError(
        'CONFIG_READ_ONLY',
        { file, why: String(asLinesideError(thrown).details['why'] ?? messageOf(thrown)).replace(/\.$/, '') },
        { cause: thrown },
      );
    }
  }

  private async shown({ text, why, version }: OnDisk, secrets: boolean): Promise<ConfigNow['file']> {
    if (text === null || version === null) return { text, why, masked: false, version };
    if (secrets) return { text, why, masked: false, version };
    const masked = await this.maskedText(version, text);
    const isKnown = masked !== null;
    return { text: masked, why: isKnown ? null : UNTELLABLE, masked: true, version };
  }

  private async maskedText(version: string, text: string): Promise<string | null> {
    if (this.masked?.version !== version) this.masked = { version, text: await this.turns.take(() => maskApart(text, this.options.clock)) };
    const secrets = this.holder.running()?.loaded.secrets ?? [];
    return this.masked.text && redactor(secrets, (secret) => '*'.repeat(secret.length))(this.masked.text);
  }

  private async whyNotWritable(): Promise<string | null> {
    const { file } = this.options;
    if (file === null) return 'The config of this agent is no file.';
    try {
      const target = await realpath(file);
      if (await isMounted(target)) return 'It is mounted into this container by itself, and is changed where it comes from.';
      // A file is replaced whole, by one that is made beside it.
      await access(dirname(target), constants.W_OK);
      await access(target, constants.W_OK);
      return null;
    } catch (thrown) {
      return `The agent may not write there: ${messageOf(thrown)}.`;
    }
  }
}

const UNTELLABLE = 'It is not YAML, and may hold passwords: sign in as technician to see it.';

/** What is mounted cannot be renamed over. */
async function isMounted(file: string): Promise<boolean> {
  const mounts = await readFile('/proc/self/mountinfo', 'utf8').catch(() => '');
  // proc_pid_mountinfo(5): the fifth field, spaces and tabs as octal numbers.
  return mounts
    .split('\n')
    .some(
      (line) => line.split(' ')[4]?.replaceAll(/\\(\d{3})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 8))) === file,
    );
}

export function refusalOf(fault: LinesideError): ConfigRefusal {
  const isList = fault instanceof ConfigInvalid;
  return { title: fault.sentence, next: fault.next, faults: isList ? fault.faults.map(viewOf) : [], more: isList ? fault.more : 0 };
}
