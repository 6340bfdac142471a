/**
 * What runs while the file on the disk has been broken since the start: no station, no camera and no server, so that no part is judged; page, journal
 * and broker as the last good config had them, so that somebody can mend it here and the plant hears of it.
 */
import { readFile, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { type LoadedConfig, loadConfig } from '../config/load.ts';
import { LARGEST } from '../config/text.ts';
import { asLinesideError, LinesideError } from '../errors.ts';
import { readRegular } from '../platform/plain-file.ts';
import { LENIENT } from './config-catalogue.ts';
import { ConfigHistory } from './config-history.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** As the schema has it. */
const DEFAULT_STORE = 'lineside-data';
/** Names the address of the page where no config does; a first config gets it, so that the page stays where it is. */
export const LISTEN = 'LINESIDE_LISTEN';
const STORE = /^(?<indent>[ \t]*)["']?store["']?\s*:(?<rest>.*)$/m;
const PATH = /["']?\bpath["']?\s*:\s*["']?(?<path>[^"',}\r\n#]+)/;

/** `store.path` as the text has it, wherever else it is broken: only where to look for what was good. */
export function storePathIn(text: string): string | null {
  const store = STORE.exec(text);
  if (!store) return null;
  const { indent = '', rest = '' } = store.groups ?? {};
  const below = text
    .slice(store.index + store[0].length)
    .split('\n')
    .slice(1);
  const end = below.findIndex((line) => !/^\s*(#|$)/.test(line) && !line.startsWith(`${indent} `) && !line.startsWith(`${indent}\t`));
  const block = [rest, ...(end < 0 ? below : below.slice(0, end))].map((line) => line.replace(/^\s*#.*/, '')).join('\n');
  return PATH.exec(block)?.groups?.['path']?.trim() ?? null;
}

/** A file that is there, and that somebody can mend: one that is not there is a mistake on the command line. */
export async function isMendable(fault: LinesideError, file: string): Promise<boolean> {
  if (fault.code === 'CONFIG_INVALID') return true;
  if (fault.code !== 'CONFIG_UNREADABLE') return false;
  // Not by opening it: a named pipe in its place holds whoever does.
  return stat(file).then(
    () => true,
    (thrown: NodeJS.ErrnoException) => thrown.code !== 'ENOENT',
  );
}

/** A file that nobody has written a config into has no more than this, bytes. */
const LONGEST_NOTHING = 100_000;
/** A comment, nothing, or the mark of a document's beginning or end (YAML 1.2.2, 9.1). */
const NO_CONFIG = /^\uFEFF?[ \t]*(#.*|(---|\.\.\.)[ \t]*(#.*)?)?$/;

/**
 * What stands where a first config would: null where there is no file, the comments of one that says nothing. Undefined: there is a config, or
 * something that nobody can read.
 */
export async function beforeFirst(file: string): Promise<string | null | undefined> {
  try {
    const about = await stat(file);
    if (!about.isFile() || about.size > LONGEST_NOTHING) return undefined;
    const lines = (await readFile(file, 'utf8')).split(/\r?\n/);
    if (!lines.every((line) => NO_CONFIG.test(line))) return undefined;
    const comments = lines.filter((line) => /^\s*(#|$)/.test(line)).join('\n');
    return comments.trim();
  } catch (thrown) {
    return thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT' ? null : undefined;
  }
}

/**
 * `store.path` of a first config, where there has never been one: neither a file that says something nor anything that has run, and a folder for
 * both. Else null: a file that has gone, or a name that was typed wrong, is nothing to be written anew.
 */
export async function storeOfFirst(file: string, env: Env): Promise<string | null> {
  if ((await beforeFirst(file)) === undefined) return null;
  const base = dirname(resolve(file));
  const isFolder = await stat(base).then(
    (found) => found.isDirectory(),
    () => false,
  );
  const store = env['STATE_DIRECTORY']?.split(':')[0] || DEFAULT_STORE;
  return isFolder && (await new ConfigHistory(resolve(base, store)).newest()) === null ? store : null;
}

/** `secrets` and the hash are those of the last good text. Rejects where not even a config without a line can be made. */
export async function safeConfig(file: string, env: Env): Promise<LoadedConfig> {
  const base = dirname(resolve(file));
  const refuse = (why: string) => new LinesideError('CONFIG_UNREADABLE', { file, why });
  const text = await readRegular(file, { most: LARGEST, refuse }).then(
    (bytes) => bytes.toString('utf8'),
    () => '',
  );
  const named = storePathIn(text);
  // systemd.exec(5): the folder that the unit gives the agent for its state.
  const folders = [named ?? [], env['STATE_DIRECTORY']?.split(':')[0] ?? [], DEFAULT_STORE].flat().map((path) => resolve(base, path));
  for (const folder of folders) {
    const good = await lastGood(folder, { file, base, env });
    if (good) return withoutLine(good);
  }
  const [store = DEFAULT_STORE] = folders;
  const listen = env[LISTEN] ? `web: {listen: ${JSON.stringify(env[LISTEN])}}\n` : '';
  const bare = `line: {enterprise: unknown, site: unknown, area: unknown, line: unknown}\nstore: {path: ${JSON.stringify(store)}}\nstations: {}\n${listen}`;
  return withoutLine(await loadConfig({ text: bare, name: file, base }, LENIENT, env));
}

async function lastGood(folder: string, { file, base, env }: { file: string; base: string; env: Env }): Promise<LoadedConfig | null> {
  const kept = await new ConfigHistory(folder).newest();
  if (!kept) return null;
  try {
    return await loadConfig({ text: kept.text, name: file, base }, LENIENT, env);
  } catch (thrown) {
    // By an older version of the agent, with keys that are no more.
    if (asLinesideError(thrown).code.startsWith('CONFIG_')) return null;
    throw thrown;
  }
}

const withoutLine = (loaded: LoadedConfig): LoadedConfig => ({
  ...loaded,
  identity: '',
  warnings: [],
  config: { ...loaded.config, cameras: {}, opcua: {}, stations: {} },
});
