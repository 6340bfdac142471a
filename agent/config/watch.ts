/**
 * Watches the config and the secret files it names. Editors write a new file and rename it, Kubernetes swaps a symbolic link two
 * folders up, network drives tell nobody anything: the folders' notices only make it quick, a look every two seconds makes it sure.
 */
import { type FSWatcher, watch } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { dirname } from 'node:path';
import { asLinesideError, LinesideError } from '../errors.ts';
import { type Clock, type Milliseconds, Minutes, Seconds, systemClock } from '../time.ts';
import { type Covered, stampsOf } from './covered.ts';
import { ConfigInvalid } from './faults.ts';
import type { LoadedConfig } from './load.ts';

export interface WatchOptions {
  readonly signal: AbortSignal;
  readonly clock?: Clock;
  /** How long the files must have been quiet before they are read. */
  readonly settle?: Milliseconds;
  /** How often they are looked at when no notice came. */
  readonly every?: Milliseconds;
}

/** `fault` is ConfigInvalid or CONFIG_UNREADABLE: whoever runs on the last good config goes on running on it. */
export type ConfigChange = { readonly loaded: LoadedConfig } | { readonly fault: LinesideError };

/**
 * Every change of `first`'s file until the signal aborts. Silent while the file says the same (comments, order, layout); a good
 * config after a fault is told even when it is the one from before, so that the fault can be cleared. Never throws.
 */
export async function* watchConfig(
  first: LoadedConfig,
  read: () => Promise<LoadedConfig>,
  options: WatchOptions,
): AsyncGenerator<ConfigChange, void, void> {
  const { signal, settle = 300, clock = systemClock } = options;
  const tries = new Tries(clock);
  let { covered } = first;
  const said = new Said(first.identity);
  const notices = new Notices(options);
  try {
    while (!signal.aborted) {
      const { files, stamps } = covered;
      notices.watch(await foldersOf(files));
      await notices.next();
      const now = await notices.settled(() => stampsOf(files), settle);
      // A faulty config covers the files that would mend it, missing ones too: the same files say the same, and are read once.
      if (signal.aborted || (now.join() === stamps.join() && !tries.isDue())) continue;
      const change = await load(read);
      if (signal.aborted) return;
      tries.note(change);
      // As they were before they were read: what changed meanwhile is a change at the next look.
      covered = 'loaded' in change ? change.loaded.covered : (coveredBy(change.fault) ?? { files, stamps: now });
      const isNews = said.hear(change);
      if (isNews) yield change;
    }
  } finally {
    notices.close();
  }
}

/**
 * A file that could not be read to its end (the box was too busy, memory was short) may be a good one: it is read again, after longer and
 * longer. One that was read says the same as long as it is the same.
 */
class Tries {
  private readonly clock: Clock;
  private wait = 0;
  private at = Number.POSITIVE_INFINITY;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  isDue(): boolean {
    return this.clock.elapsed() >= this.at;
  }

  note(change: ConfigChange): void {
    const cause = 'fault' in change ? change.fault.cause : undefined;
    const mayPass = cause instanceof LinesideError && cause.code.startsWith('SANDBOX_');
    this.wait = mayPass ? Math.min(LONGEST_WAIT, Math.max(FIRST_WAIT, this.wait * 2)) : 0;
    this.at = mayPass ? this.clock.elapsed() + this.wait : Number.POSITIVE_INFINITY;
  }
}
const FIRST_WAIT: Milliseconds = Seconds(15);
const LONGEST_WAIT: Milliseconds = Minutes(10);

/** What was told last: the same config, or the same faults, are told once. */
class Said {
  private identity: string;
  private rejected = '';

  constructor(identity: string) {
    this.identity = identity;
  }

  /** Whether this is something else than before. A good config after a fault is, so that the fault can be cleared. */
  hear(change: ConfigChange): boolean {
    const { identity, rejected } = this;
    this.rejected = 'fault' in change ? textOf(change.fault) : '';
    if ('fault' in change) return this.rejected !== rejected;
    this.identity = change.loaded.identity;
    return rejected !== '' || change.loaded.identity !== identity;
  }
}

/** None of a file that could not even be read. */
const coveredBy = (fault: LinesideError): Covered | undefined =>
  fault instanceof ConfigInvalid && fault.covered.files.length > 0 ? fault.covered : undefined;

async function load(read: () => Promise<LoadedConfig>): Promise<ConfigChange> {
  try {
    return { loaded: await read() };
  } catch (thrown) {
    return { fault: asLinesideError(thrown) };
  }
}

const textOf = (fault: LinesideError): string => JSON.stringify([fault.message, 'faults' in fault ? fault.faults : []]);

/** Where notices of these files come from: the folder of the name, and that of what it leads to. */
async function foldersOf(files: readonly string[]): Promise<ReadonlySet<string>> {
  const real = await Promise.all(files.map((file) => realpath(file).catch(() => file)));
  return new Set([...files, ...real].map((file) => dirname(file)));
}

/** Wakes up on a folder's notice or after a while, whichever comes first. */
class Notices {
  private readonly signal: AbortSignal;
  private readonly clock: Clock;
  private readonly every: Milliseconds;
  private readonly watchers = new Map<string, FSWatcher>();
  private wake = new AbortController();

  constructor({ signal, clock = systemClock, every = Seconds(2) }: WatchOptions) {
    this.signal = signal;
    this.clock = clock;
    this.every = every;
  }

  watch(folders: ReadonlySet<string>): void {
    for (const [folder, watcher] of this.watchers) if (!folders.has(folder)) this.drop(folder, watcher);
    for (const folder of folders) if (!this.watchers.has(folder)) this.add(folder);
  }

  private add(folder: string): void {
    try {
      const watcher = watch(folder, { persistent: false }, () => this.wake.abort());
      watcher.on('error', () => this.drop(folder, watcher));
      this.watchers.set(folder, watcher);
    } catch {
      // No notices from here (no such folder, out of watches): the look every two seconds does.
    }
  }

  private drop(folder: string, watcher: FSWatcher): void {
    watcher.close();
    this.watchers.delete(folder);
  }

  async next(): Promise<void> {
    await this.sleep(this.every, AbortSignal.any([this.signal, this.wake.signal]));
    this.wake = new AbortController();
  }

  /** What `look` gives once it gives the same twice, `settle` apart. */
  async settled(look: () => Promise<readonly string[]>, settle: Milliseconds): Promise<readonly string[]> {
    let before = await look();
    for (;;) {
      await this.sleep(settle, this.signal);
      const now = await look();
      if (now.join() === before.join() || this.signal.aborted) return now;
      before = now;
    }
  }

  close(): void {
    for (const [folder, watcher] of this.watchers) this.drop(folder, watcher);
  }

  /** To the end or until the signal: both are a reason to look. */
  private async sleep(ms: Milliseconds, signal: AbortSignal): Promise<void> {
    await this.clock.sleep(ms, signal).catch(() => {});
  }
}
