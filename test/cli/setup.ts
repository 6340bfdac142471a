/** The command line as somebody types it: the bundle, in a process of its own. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

export const MAIN = join(import.meta.dirname, '..', '..', 'dist', 'bundle', 'main.js');

export const lineside = (...args: readonly string[]) => linesideIn({}, ...args);

interface Surroundings {
  readonly cwd?: string;
  /** More of the environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Another user, as root can be. */
  readonly uid?: number;
  readonly gid?: number;
}

export function linesideIn({ cwd, env: more, ...user }: Surroundings, ...args: readonly string[]) {
  const { LINESIDE_DATA: _, ...own } = process.env;
  const env = { ...own, NO_COLOR: '1', ...more };
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8', cwd, env, ...user });
  return { status, stdout, stderr };
}
