/**
 * Reads a file that somebody else put there, within bounds: a regular file, no larger than it may be, and, where that matters, inside a
 * folder. A device, a FIFO or a link to one would never end, and whoever opened it would wait for ever, with one of libuv's four threads.
 */
import { constants, type Stats } from 'node:fs';
import { type FileHandle, open, realpath } from 'node:fs/promises';
import { sep } from 'node:path';
import { type LinesideError, messageOf } from '../errors.ts';

const MB = 2 ** 20;

export interface Reading {
  /** Bytes, at most. */
  readonly most: number;
  /** Folder that the file, with every link followed, must lie in. */
  readonly inside?: string;
  /** The fault for what is wrong with the file; `why` ends a sentence. */
  readonly refuse: (why: string) => LinesideError;
}

/** Rejects with what `refuse` makes of the reason. */
export async function readRegular(path: string, reading: Reading): Promise<Buffer<ArrayBuffer>> {
  // Without O_NONBLOCK the open() of a FIFO waits until somebody writes into it.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY).catch((thrown: unknown) => {
    throw reading.refuse(messageOf(thrown));
  });
  try {
    const about = await file.stat();
    const why = objection(about, reading.most) ?? (await outside(path, reading.inside));
    if (why !== null) throw reading.refuse(why);
    return await bytesOf(file, about.size);
  } finally {
    await file.close();
  }
}

/** What stands in place of a file; null where it is one. */
export function insteadOfFile(about: Stats): string | null {
  if (about.isDirectory()) return 'a folder';
  if (about.isFIFO()) return 'a pipe, not a file';
  return about.isFile() ? null : 'a device, not a file';
}

function objection(about: Stats, most: number): string | null {
  const instead = insteadOfFile(about);
  if (instead !== null) return `it is ${instead}`;
  return about.size > most ? `it has ${megabytes(about.size)} MB, at most ${megabytes(most)} MB are read` : null;
}

const megabytes = (bytes: number): string => (bytes / MB).toFixed(bytes < 10 * MB ? 2 : 0);

async function outside(path: string, folder: string | undefined): Promise<string | null> {
  if (folder === undefined) return null;
  const [file, home] = await Promise.all([realpath(path), realpath(folder)]);
  return file.startsWith(home + sep) ? null : 'it is a link that leads out of the package folder';
}

/** No more than `size`: a file that grows meanwhile is read as it was. */
async function bytesOf(file: FileHandle, size: number): Promise<Buffer<ArrayBuffer>> {
  const bytes = Buffer.alloc(size);
  let at = 0;
  while (at < size) {
    const { bytesRead } = await file.read(bytes, at, size - at, at);
    if (bytesRead === 0) break;
    at += bytesRead;
  }
  return bytes.subarray(0, at);
}
