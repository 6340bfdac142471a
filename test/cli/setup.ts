/** The command line as somebody types it: the bundle, in a process of its own. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const MAIN = join(import.meta.dirname, '..', '..', 'dist', 'bundle', 'main.js');

export function lineside(...args: readonly string[]) {
  const { LINESIDE_DATA: _, ...env } = process.env;
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8', env: { ...env, NO_COLOR: '1' } });
  return { status, stdout, stderr };
}
