// Real files, real notices, real symbolic links; the clock only shortens the look that makes it sure.
import { EventEmitter, once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ConfigInvalid } from '#agent/config/faults.js';
import { type LoadedConfig, loadConfig } from '#agent/config/load.js';
import { type ConfigChange, watchConfig } from '#agent/config/watch.js';
import { LinesideError } from '#agent/errors.js';
import { type Clock, systemClock } from '#agent/time.js';
import { changed, ENV, still } from './lines.ts';

const catalogue = { cameras: [still] };
let folder = '';
let over = new AbortController();
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lineside-watch-'));
  over = new AbortController();
});
afterEach(async () => {
  over.abort();
  await rm(folder, { recursive: true });
});

const at = (deadline: string) => changed(['deadline: 200ms', `deadline: ${deadline}`]);

interface Watched {
  readonly first: LoadedConfig;
  next(): Promise<ConfigChange>;
  end(): Promise<unknown>;
  /** How often the file was read and checked. */
  reads(): number;
  /** Resolves when the watch has begun to wait for the next notice so many times. */
  looks(times: number): Promise<void>;
}

interface Setup {
  /** Time that has passed, in ms. */
  readonly elapsed?: () => number;
  /** Between two looks. */
  readonly every?: number;
  /** Before each wait for the files to be quiet. */
  readonly onSettling?: () => Promise<unknown>;
  readonly load?: () => Promise<LoadedConfig>;
}

async function start(
  file: string,
  { every = 50, onSettling, elapsed = () => 0, load = () => loadConfig(file, catalogue, ENV) }: Setup = {},
): Promise<Watched> {
  const first = await loadConfig(file, catalogue, ENV);
  let reads = 0;
  const read = () => {
    reads++;
    return load();
  };
  const waits = new EventEmitter();
  const clock: Clock = {
    ...systemClock,
    elapsed,
    sleep: async (ms, signal) => {
      if (ms === every) waits.emit('wait');
      else await onSettling?.();
      return systemClock.sleep(ms, signal);
    },
  };
  const looks = async (times: number) => {
    for (let i = 0; i < times; i++) await once(waits, 'wait');
  };
  const changes = watchConfig(first, read, { signal: over.signal, clock, settle: 20, every });
  const next = async () => {
    const { value, done } = await changes.next();
    if (done || !value) throw new Error('the watch has ended');
    return value;
  };
  return { first, next, looks, reads: () => reads, end: () => changes.next() };
}

const passwordOf = (change: ConfigChange) => ('loaded' in change ? change.loaded.config.mqtt?.password?.reveal() : change.fault.message);
const deadlineOf = (change: ConfigChange) =>
  'loaded' in change ? change.loaded.config.stations['outlet']?.deadline : change.fault.message;
/** As editors do it. */
const replace = async (file: string, text: string) => {
  await writeFile(`${file}.new`, text);
  await rename(`${file}.new`, file);
};

describe('a watched config', () => {
  it('tells of a write in place, and of a file that is renamed over it', async () => {
    const file = join(folder, 'line.yaml');
    await writeFile(file, at('200ms'));
    const watch = await start(file);
    await writeFile(file, at('300ms'));
    expect(deadlineOf(await watch.next())).toBe(300);
    await replace(file, at('400ms'));
    expect(deadlineOf(await watch.next())).toBe(400);
  });

  it('tells of links that are swapped two folders up, as Kubernetes does', async () => {
    for (const [version, deadline] of [
      ['v1', '200ms'],
      ['v2', '300ms'],
    ] as const) {
      await mkdir(join(folder, version));
      await writeFile(join(folder, version, 'line.yaml'), at(deadline));
    }
    await symlink('v1', join(folder, '..data'));
    await symlink('..data/line.yaml', join(folder, 'line.yaml'));
    const watch = await start(join(folder, 'line.yaml'));
    await symlink('v2', join(folder, '..new'));
    await rename(join(folder, '..new'), join(folder, '..data'));
    expect(deadlineOf(await watch.next())).toBe(300);
  });

  it('is silent while the file says the same', async () => {
    const file = join(folder, 'line.yaml');
    await writeFile(file, at('200ms'));
    const watch = await start(file);
    const change = watch.next();
    for (const comment of ['one', 'another']) {
      await replace(file, `# ${comment}\n${at('0.2s')}`);
      await watch.looks(3);
    }
    await replace(file, at('300ms'));
    expect(deadlineOf(await change)).toBe(300);
  });

  it('tells of faults once, and of the mend even when it is the config from before', async () => {
    const file = join(folder, 'line.yaml');
    await writeFile(file, at('200ms'));
    const watch = await start(file);
    await replace(file, at('soon'));
    expect(await watch.next()).toMatchObject({ fault: { code: 'CONFIG_INVALID', faults: [{ line: 22, column: 15 }] } });
    const mended = watch.next();
    // The same fault in another layout.
    await replace(file, `${at('soon')}# as before\n`);
    await watch.looks(3);
    await replace(file, at('200ms'));
    expect(deadlineOf(await mended)).toBe(200);
  });

  it('reads a file again that could not be read to its end, in a while', async () => {
    const file = join(folder, 'line.yaml');
    await writeFile(file, at('200ms'));
    const slow = new LinesideError('SANDBOX_SLOW', { what: 'reading the config', ms: 20_000 });
    let isBusy = true;
    let now = 5_000;
    const load = async () => {
      if (isBusy) throw new LinesideError('CONFIG_UNREADABLE', { file, why: slow.sentence }, { cause: slow });
      return loadConfig(file, catalogue, ENV);
    };
    const watched = await start(file, { load, elapsed: () => now });
    await writeFile(file, at('300ms'));
    expect(await watched.next()).toMatchObject({ fault: { code: 'CONFIG_UNREADABLE' } });
    isBusy = false;
    const next = watched.next();
    now = 19_999;
    await watched.looks(4);
    expect(watched.reads()).toBe(1);
    now = 20_000;
    expect(await next).toMatchObject({ loaded: { config: { stations: { outlet: { deadline: 300 } } } } });
  });

  it('reads it after longer and longer, up to ten minutes, and no file that could not be read for another reason', async () => {
    const file = join(folder, 'line.yaml');
    await writeFile(file, at('200ms'));
    let cause: Error = new LinesideError('SANDBOX_SLOW', { what: 'reading the config', ms: 20_000 });
    let now = 0;
    const load = () => Promise.reject(new LinesideError('CONFIG_UNREADABLE', { file, why: cause.message }, { cause }));
    const watched = await start(file, { load, elapsed: () => now });
    await writeFile(file, at('300ms'));
    await watched.next();
    const news = watched.next();
    let reads = 1;
    for (const wait of [15, 30, 60, 120, 240, 480, 600, 600]) {
      now += 1000 * wait - 1;
      await watched.looks(3);
      expect(watched.reads()).toBe(reads);
      now += 1;
      reads += 1;
      const wanted = reads;
      await vi.waitFor(() => expect(watched.reads()).toBe(wanted));
    }
    cause = new LinesideError('STORE_FAILED', { why: 'the disk is gone' });
    now += 600_000;
    expect(await news).toMatchObject({ fault: { details: { why: cause.message } } });
    reads = watched.reads();
    const never = watched.next();
    now += 3_600_000;
    await watched.looks(4);
    expect(watched.reads()).toBe(reads);
    over.abort();
    await never.catch(() => {});
  });

  it('looks at the same files where a fault does not say which would mend it', async () => {
    const file = join(folder, 'line.yaml');
    await writeFile(file, at('200ms'));
    let unfit = true;
    const load = () => (unfit ? Promise.reject(new ConfigInvalid(file, [], [])) : loadConfig(file, catalogue, ENV));
    const watch = await start(file, { load });
    await replace(file, at('250ms'));
    expect(await watch.next()).toMatchObject({ fault: { code: 'CONFIG_INVALID' } });
    unfit = false;
    await replace(file, at('300ms'));
    expect(deadlineOf(await watch.next())).toBe(300);
  });

  it('looks at the files that the new config names', async () => {
    const [file, secret] = [join(folder, 'line.yaml'), join(folder, 'mqtt')];
    await Promise.all([writeFile(secret, 'first one'), writeFile(file, at('200ms'))]);
    const watch = await start(file);
    await replace(file, changed(['${env:MQTT_PASSWORD}', '${file:mqtt}']));
    expect(passwordOf(await watch.next())).toBe('first one');
    await replace(secret, 'second one');
    expect(passwordOf(await watch.next())).toBe('second one');
  });

  it('waits until the files are quiet, and reads them once', async () => {
    const file = join(folder, 'line.yaml');
    await writeFile(file, at('200ms'));
    const writes = ['310ms', '320ms', '330ms'];
    const onSettling = async () => {
      const next = writes.shift();
      if (next !== undefined) await writeFile(file, at(next));
    };
    const watch = await start(file, { onSettling });
    expect(deadlineOf(await watch.next())).toBe(330);
    expect(watch.reads()).toBe(1);
  });

  it('tells of another fault, and of a file that is gone', async () => {
    const file = join(folder, 'line.yaml');
    await writeFile(file, at('200ms'));
    const watch = await start(file);
    await replace(file, at('soon'));
    await watch.next();
    await replace(file, at('later'));
    expect(await watch.next()).toMatchObject({ fault: { faults: [{ text: expect.stringContaining('later') }] } });
    await rm(file);
    expect(await watch.next()).toMatchObject({ fault: { code: 'CONFIG_UNREADABLE' } });
    await writeFile(file, at('300ms'));
    expect(deadlineOf(await watch.next())).toBe(300);
  });

  it('tells of a secret file that changed, though the hash stays', async () => {
    const [file, secret] = [join(folder, 'line.yaml'), join(folder, 'mqtt')];
    await writeFile(secret, 'first one\n');
    await writeFile(file, changed(['${env:MQTT_PASSWORD}', '${file:mqtt}']));
    const watch = await start(file);
    await replace(secret, 'second one\n');
    const change = await watch.next();
    expect(change).toMatchObject({ loaded: { hash: watch.first.hash } });
    expect(passwordOf(change)).toBe('second one');
  });

  it('waits for a secret file that comes later', async () => {
    const file = join(folder, 'line.yaml');
    await writeFile(file, at('200ms'));
    const watch = await start(file);
    await replace(file, changed(['${env:MQTT_PASSWORD}', '${file:secrets/mqtt}']));
    expect(await watch.next()).toMatchObject({ fault: { faults: [{ text: expect.stringContaining('there is no file') }] } });
    await mkdir(join(folder, 'secrets'));
    await writeFile(join(folder, 'secrets/mqtt'), 'here it is');
    expect(passwordOf(await watch.next())).toBe('here it is');
  });

  it('reads a rejected file once, however often it looks, and again when what would mend it is there', async () => {
    const file = join(folder, 'line.yaml');
    await writeFile(file, at('200ms'));
    const watch = await start(file);
    await replace(file, changed(['${env:MQTT_PASSWORD}', '${file:secrets/mqtt}']));
    expect(await watch.next()).toHaveProperty('fault');
    const read = watch.reads();
    const mended = watch.next();
    await watch.looks(5);
    expect(watch.reads()).toBe(read);
    await mkdir(join(folder, 'secrets'));
    await writeFile(join(folder, 'secrets/mqtt'), 'here it is');
    expect(passwordOf(await mended)).toBe('here it is');
  });

  it('reads a file that is being written when it is done', async () => {
    const file = join(folder, 'line.yaml');
    await writeFile(file, at('200ms'));
    const watch = await start(file);
    const change = watch.next();
    const text = at('300ms');
    for (let end = 0; end <= text.length; end += 400) await writeFile(file, text.slice(0, end));
    await writeFile(file, text);
    // A box that is slow enough may show a half; what counts is what comes last.
    let last = await change;
    while (deadlineOf(last) !== 300) last = await watch.next();
    expect(deadlineOf(last)).toBe(300);
  });

  it('ends when it is told to while the file is read, and tells nothing more of it', async () => {
    const file = join(folder, 'line.yaml');
    await writeFile(file, at('200ms'));
    const gate = new EventEmitter();
    const load = async () => {
      setImmediate(() => gate.emit('reading'));
      await once(gate, 'read');
      return loadConfig(file, catalogue, ENV);
    };
    const watch = await start(file, { load });
    const end = watch.end();
    await Promise.all([once(gate, 'reading'), writeFile(file, at('300ms'))]);
    over.abort();
    gate.emit('read');
    expect(await end).toEqual({ value: undefined, done: true });
  });

  it('ends when it is told to, whatever it is doing', async () => {
    const file = join(folder, 'line.yaml');
    await writeFile(file, at('200ms'));
    const watch = await start(file);
    const end = watch.end();
    over.abort();
    expect(await end).toEqual({ value: undefined, done: true });
  });
});

/** Folders that this process hears of, by inode, as the kernel says. */
const heard = async (): Promise<ReadonlySet<number>> => {
  const infos = await readdir('/proc/self/fdinfo');
  const texts = await Promise.all(infos.map((fd) => readFile(`/proc/self/fdinfo/${fd}`, 'utf8').catch(() => '')));
  return new Set(
    texts.flatMap((text) => [...text.matchAll(/^inotify wd:\S+ ino:([\da-f]+)/gm)].map(([, ino]) => Number.parseInt(ino ?? '', 16))),
  );
};
/** Watches that keep the process alive. */
const holding = () => process.getActiveResourcesInfo().filter((kind) => kind.startsWith('FSEvent')).length;
const hears = async (path: string) => (await heard()).has((await stat(path)).ino);

describe.skipIf(process.platform !== 'linux')('the folders of a watched config', () => {
  /** By their notices alone: the next look is an hour away. */
  const started = async (file: string) => {
    const watch = await start(file, { every: 3_600_000 });
    const first = watch.next();
    await watch.looks(1);
    return { ...watch, first };
  };

  it('tell of a change at once, those that a link leads to as well', async () => {
    const [file, real] = [join(folder, 'line.yaml'), join(folder, 'real/line.yaml')];
    await mkdir(join(folder, 'real'));
    await writeFile(real, at('200ms'));
    await symlink(real, file);
    const watch = await started(file);
    await writeFile(real, at('300ms'));
    expect(deadlineOf(await watch.first)).toBe(300);
    const second = watch.next();
    await watch.looks(1);
    await writeFile(real, at('400ms'));
    expect(deadlineOf(await second)).toBe(400);
  });

  it('are heard while they matter, keep no process alive, and are left at the end', async () => {
    const [file, secrets] = [join(folder, 'line.yaml'), join(folder, 'secrets')];
    await mkdir(secrets);
    await Promise.all([
      writeFile(join(secrets, 'mqtt'), 'here it is'),
      writeFile(file, changed(['${env:MQTT_PASSWORD}', '${file:secrets/mqtt}'])),
    ]);
    const before = holding();
    const watch = await started(file);
    expect([await hears(folder), await hears(secrets)]).toEqual([true, true]);
    expect(holding()).toBe(before);
    await writeFile(join(secrets, 'mqtt'), 'another');
    expect(passwordOf(await watch.first)).toBe('another');
    const second = watch.next();
    await watch.looks(1);
    await replace(file, at('300ms'));
    expect(deadlineOf(await second)).toBe(300);
    const end = watch.end();
    await watch.looks(1);
    expect([await hears(folder), await hears(secrets)]).toEqual([true, false]);
    over.abort();
    await end;
    expect(await hears(folder)).toBe(false);
  });
});
