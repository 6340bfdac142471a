/** What a full and a slow disk need of the box. */
import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';

/** Whether this box can fill a disk of its own: root may mount, a container often may not. */
export function canMount(path: string): boolean {
  const has = (command: string, ...args: string[]) => spawnSync(command, args, { stdio: 'ignore' }).status === 0;
  return has('mount', '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', path) && has('umount', path);
}

export function compileSlowDisk(folder: string, source: string): string {
  const library = join(folder, 'slowdisk.so');
  execFileSync('cc', ['-shared', '-fPIC', '-O1', '-o', library, source, '-ldl']);
  return library;
}
