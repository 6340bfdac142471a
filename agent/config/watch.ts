/**
 * Watches the config and the secret files it names. Editors write a new file and rename it, Kubernetes swaps a symbolic link two
 * folders up, network drives tell nobody anything: the folders' notices only make it quick, a look every two seconds makes it sure.
 */
import { type FSWatcher, watch } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { asLinesideError, type LinesideError } from '../errors.ts';
import { type Clock, type Milliseconds, Seconds, systemClock } from '../time.ts';
import { type Catalogue, type LoadedConfig, loadConfig } from './load.ts';

export interface WatchOptions {
  readonly signal: AbortSignal;
  readonly env?: Readonly<Record<string, string | undefined>>;
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
  catalogue: Catalogue,
  options: WatchOptions,
): AsyncGenerator<ConfigChange, void, void> {
  const { signal, env = process.env, settle = 300 } = options;
  let { identity, files } = first;
  let rejected = '';
  // Unknown, so that the first look reads the file: it may have changed between the load and the first call.
  let seen = '';
  const notices = new Notices(options);
  try {
    while (!signal.aborted) {
      notices.watch(await foldersOf(files));
      await notices.next();
      const now = await notices.settled(() => fingerprint(files), settle);
      // What a faulty config lacks may be a secret file that no fingerprint covers: it is tried again at every look.
      if (signal.aborted || (now === seen && rejected === '')) continue;
      seen = now;
      const change = await load(first.file, catalogue, env);
      const text = 'fault' in change ? textOf(change.fault) : '';
      const told = 'fault' in change ? text === rejected : rejected === '' && change.loaded.identity === identity;
      rejected = text;
      if ('loaded' in change) ({ identity, files } = change.loaded);
      if (!told) yield change;
    }
  } finally {
    notices.close();
  }
}

async function load(file: string, catalogue: Catalogue, env: Readonly<Record<string, string | undefined>>): Promise<ConfigChange> {
  try {
    return { loaded: await loadConfig(file, catalogue, env) };
  } catch (thrown) {
    return { fault: asLinesideError(thrown) };
  }
}

const textOf = (fault: LinesideError): string => JSON.stringify([fault.message, 'faults' in fault ? fault.faults : []]);

/** Changes when any of the files is replaced, written or gone. */
async function fingerprint(files: readonly string[]): Promise<string> {
  const one = (file: string) =>
    stat(file).then(
      ({ dev, ino, size, mtimeMs, ctimeMs }) => [dev, ino, size, mtimeMs, ctimeMs].join(':'),
      () => 'gone',
    );
  return (await Promise.all(files.map(one))).join(' ');
}

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
  async settled(look: () => Promise<string>, settle: Milliseconds): Promise<string> {
    let before = await look();
    for (;;) {
      await this.sleep(settle, this.signal);
      const now = await look();
      if (now === before || this.signal.aborted) return now;
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
