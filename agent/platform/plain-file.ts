/**
 * A file that somebody named, read within bounds. A named pipe holds whoever opens it until somebody writes, one of libuv's four threads
 * included, and a device never ends: both can stand where a file is expected.
 */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

/** Rejects with an error whose message ends a sentence: why it cannot be read. */
export async function readPlain(path: string, most: number): Promise<Buffer> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  try {
    const about = await file.stat();
    if (about.isDirectory()) throw new Error('it is a folder');
    if (!about.isFile()) throw new Error('it is a pipe or a device, not a file');
    if (about.size > most) throw new Error(`it is larger than ${most / 1000} kB`);
    return await file.readFile();
  } finally {
    await file.close();
  }
}
