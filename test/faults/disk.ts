/** A disk of its own for a test, and what it takes to fill it. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

const has = (command: string, ...args: string[]) => spawnSync(command, args, { stdio: 'ignore' }).status === 0;

/** Root in a container may not mount: then what needs it shows as skipped. */
export function canMount(): boolean {
  const path = mkdtempSync(join(tmpdir(), 'lineside-disk-'));
  try {
    return has('mount', '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', path) && has('umount', path);
  } finally {
    rmSync(path, { recursive: true });
  }
}
export const canTrace = (): boolean => has('strace', '-o', '/dev/null', 'true');

export function disk(size: string): string {
  const path = mkdtempSync(join(tmpdir(), 'lineside-disk-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', path]);
  onTestFinished(() => {
    execFileSync('umount', ['-l', path]);
    rmSync(path, { recursive: true });
  });
  return path;
}

/** Takes whatever room is left; the returned function gives it back. */
export function fill(path: string): () => void {
  const file = join(path, 'somebody-else');
  spawnSync('dd', ['if=/dev/zero', `of=${file}`, 'bs=4k'], { stdio: 'ignore' });
  return () => rmSync(file);
}
