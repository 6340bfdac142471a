/** Whose the files of the store are: its owner's alone. And which processes hold them. */
import { chmodSync, closeSync, fsyncSync, mkdirSync, openSync, readFileSync, statSync } from 'node:fs';
import { LinesideError } from '../errors.ts';
import { insteadOfFile } from '../platform/plain-file.ts';

const FOLDER = 0o700;
const FILE = 0o600;

/** Makes the folder where it is not there. One that belongs to somebody else keeps its rights: that is his decision. */
export function ownFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: FOLDER });
  restrict(folder, FOLDER);
}

/** Before SQLite opens it: its log gets the rights of the file. */
export function ownFile(file: string): void {
  closeSync(openSync(file, 'a', FILE));
  restrict(file, FILE);
}

/** Throws STORE_NOT_A_FILE: SQLite says of a folder that it cannot be opened, and whoever opens a pipe waits for ever. */
export function requireFile(path: string): void {
  const about = statSync(path, { throwIfNoEntry: false });
  const what = about && insteadOfFile(about);
  if (what) throw new LinesideError('STORE_NOT_A_FILE', { path, what });
}

function restrict(path: string, mode: number): void {
  try {
    if ((statSync(path).mode & 0o077) !== 0) chmodSync(path, mode);
  } catch {
    // A file system without rights, or another owner's folder.
  }
}

/** Renames and new names in it survive a power cut from here on. */
export function flushFolder(folder: string): void {
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

export interface Holder {
  readonly pid: number;
  readonly name: string;
  readonly uid: number;
}

/** Processes beside this one that hold a lock on the file, as far as the kernel says. */
export function holdersOf(file: string): readonly Holder[] {
  try {
    const { dev, ino } = statSync(file);
    const inode = `${hex(dev >> 8)}:${hex(dev & 0xff)}:${ino}`;
    const pids = readFileSync('/proc/locks', 'utf8')
      .split('\n')
      .map((line) => line.split(/\s+/))
      .flatMap((words) => (words.includes(inode) ? [Number(words[words.indexOf(inode) - 1])] : []));
    return [...new Set(pids)].filter((pid) => pid > 0 && pid !== process.pid).map(holder);
  } catch {
    return [];
  }
}

/** `python (process 123), sqlite3 (process 456)` */
export const namesOf = (holders: readonly Holder[]): string => holders.map(({ name, pid }) => `${name} (process ${pid})`).join(', ');

/** Somebody holds a lock on it, and nobody who does may: the folder's owner, this user, root. */
export function heldByOthers(file: string, folder: string): boolean {
  const holders = holdersOf(file);
  const may = new Set([statSync(folder).uid, process.getuid?.() ?? 0, 0]);
  return holders.length > 0 && holders.every(({ uid }) => uid >= 0 && !may.has(uid));
}

const hex = (n: number): string => n.toString(16).padStart(2, '0');

function holder(pid: number): Holder {
  try {
    const [command = ''] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    return { pid, name: command.split('/').at(-1) || readFileSync(`/proc/${pid}/comm`, 'utf8').trim(), uid: statSync(`/proc/${pid}`).uid };
  } catch {
    return { pid, name: 'a process', uid: -1 };
  }
}
