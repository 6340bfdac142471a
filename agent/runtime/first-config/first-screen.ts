/**
 * The page's half of a first config, where the agent was started without one: what the terminal asks, over the API. Open until there is a file, and
 * never again; nothing is judged meanwhile, so that addresses are tried in this process.
 */

import { access, constants } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { createFile, replaceFile } from '../../config/replace.ts';
import type {
  Answers,
  BrokerAnswer,
  BrokerTried,
  CameraAnswer,
  CameraTried,
  PlcAnswer,
  PlcTried,
  Told,
  TypedSecrets,
} from '../../contracts/first-config.ts';
import type { Log } from '../../contracts/index.ts';
import { asLinesideError, LinesideError, messageOf } from '../../errors.ts';
import { Turns } from '../../platform/turns.ts';
import type { Clock } from '../../time.ts';
import type { FirstConfigNow, FirstConfigPort, FirstConfigWritten } from '../../web/ports.ts';
import { versionOf } from '../config-history.ts';
import { beforeFirst, LISTEN } from '../safe-mode.ts';
import { Viewer } from '../viewer.ts';
import type { FirstConfig } from './first-config.ts';

export interface FirstScreenOptions {
  /** As given on the command line. */
  readonly file: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly log: Log;
}

/** The agent's side. */
export interface FirstScreenHolder {
  /** `store.path` as the config will name it: that of the agent which serves the page; null: there is a config. */
  store(): string | null;
  /** Takes the file when the answer has gone out. */
  apply(by: { readonly who: string; readonly version: string }): void;
}

/** Trials that wait for the one before. */
const MOST_WAITING = 4;
/** Pixels. */
const WIDEST = 960;

export class FirstScreen implements FirstConfigPort {
  private readonly options: FirstScreenOptions;
  private readonly holder: FirstScreenHolder;
  private readonly turns = new Turns(MOST_WAITING);

  constructor(options: FirstScreenOptions, holder: FirstScreenHolder) {
    this.options = options;
    this.holder = holder;
  }

  async now(): Promise<FirstConfigNow | null> {
    const store = this.holder.store();
    // Written, by the page or by hand, it is mended where any other file is.
    if (store === null || (await beforeFirst(this.file)) === undefined) return null;
    const packages = await (await this.desk()).packages();
    return { file: this.file, store: resolve(dirname(this.file), store), packages, whyNotWritable: await this.whyNotWritable() };
  }

  tryCamera(camera: CameraAnswer, typed: TypedSecrets): Promise<CameraTried> {
    return this.turns.take(async () => {
      const viewer = new Viewer(this.options.clock, this.options.log);
      try {
        return await (await this.desk(viewer)).tryCamera(camera, typed);
      } finally {
        await viewer.stop();
      }
    });
  }

  tryPlc(plc: PlcAnswer, typed: TypedSecrets): Promise<PlcTried> {
    return this.turns.take(async () => (await this.desk()).tryPlc(plc, typed));
  }

  tryBroker(broker: BrokerAnswer, typed: TypedSecrets): Promise<BrokerTried> {
    return this.turns.take(async () => (await this.desk()).tryBroker(broker, typed));
  }

  trust(fingerprint: string): Promise<{ readonly fingerprint: string; readonly subject: string }> {
    return this.turns.take(async () => (await this.desk()).trust(fingerprint));
  }

  text(answers: Answers): Promise<{ readonly text: string } | { readonly told: Told }> {
    return this.turns.take(async () => {
      const desk = await this.desk();
      const told = await desk.refusal(answers);
      return told ? { told } : { text: below(await this.before(), desk.text(answers)) };
    });
  }

  write(answers: Answers, typed: TypedSecrets, who: string): Promise<FirstConfigWritten> {
    return this.turns.take(async () => {
      const desk = await this.desk();
      const told = await desk.refusal(answers);
      if (told) throw new LinesideError('WEB_INVALID', { why: told.text.replace(/\.$/, '') });
      const before = await this.before();
      // The secrets first: a config whose passwords are missing would be a broken one.
      await desk.keep(answers, typed);
      const text = below(before, desk.text(answers));
      await this.put(text, before);
      this.holder.apply({ who, version: versionOf(text) });
      return { file: this.file, secrets: desk.secretFiles(answers) };
    });
  }

  private get file(): string {
    return resolve(this.options.file);
  }

  /** Loaded when somebody asks: hardly any box needs it. */
  private async desk(viewer?: Viewer): Promise<FirstConfig> {
    const store = this.holder.store();
    if (store === null) throw new LinesideError('WEB_UNKNOWN', { what: 'first config to be asked for: there is one' });
    const { env, clock, log } = this.options;
    const still = viewer ? { still: (frame: Parameters<Viewer['still']>[0]) => viewer.still(frame, WIDEST) } : {};
    const { FirstConfig } = await import('./first-config.ts');
    return new FirstConfig({ base: dirname(this.file), store, listen: env[LISTEN] || undefined, clock, log, env, ...still });
  }

  /** As beforeFirst(); rejects with CONFIG_CHANGED where somebody has written one by now. */
  private async before(): Promise<string | null> {
    const before = await beforeFirst(this.file);
    if (before === undefined) throw new LinesideError('CONFIG_CHANGED', { file: this.file });
    return before;
  }

  private async put(text: string, before: string | null): Promise<void> {
    try {
      await (before === null ? createFile(this.file, text) : replaceFile(this.file, text));
    } catch (thrown) {
      const fault = asLinesideError(thrown);
      throw fault.code === 'CONFIG_EXISTS' ? new LinesideError('CONFIG_CHANGED', { file: this.file }, { cause: fault }) : fault;
    }
  }

  private async whyNotWritable(): Promise<string | null> {
    const folder = dirname(this.file);
    return access(folder, constants.W_OK | constants.X_OK).then(
      () => null,
      (thrown: unknown) => `The agent may not write to ${folder}: ${messageOf(thrown)}.`,
    );
  }
}

/** What somebody has noted in the file stays above. */
const below = (comments: string | null, text: string): string => (comments ? `${comments}\n\n${text}` : text);
