/**
 * Reads a file that somebody else put there, within bounds: a regular file, no larger than it may be, and, where it belongs to a package,
 * inside its folder. A device, a FIFO or a link to one would never end, and whoever opened it would wait for ever.
 */
import { constants, type Stats } from 'node:fs';
import { type FileHandle, open, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { type LinesideError, messageOf } from '../errors.ts';

const MB = 2 ** 20;

/** Largest size in bytes that is read, by what the file is. Ten times what any package had that we met, and little enough for a gateway. */
export const LARGEST = {
  manifest: MB / 4,
  network: 1024 * MB,
  goldens: 64 * MB,
  picture: 64 * MB,
  tables: 64 * MB,
} as const;

export interface Reading {
  /** Bytes, at most. */
  readonly most: number;
  /** Folder that the file, with every link followed, must lie in. */
  readonly inside?: string;
  /** The fault for what is wrong with the file. */
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

/** A file of a package by its name there. */
export const readOfPackage = (folder: string, name: string, reading: Omit<Reading, 'inside'>): Promise<Buffer<ArrayBuffer>> =>
  readRegular(join(folder, name), { ...reading, inside: folder });

function objection(about: Stats, most: number): string | null {
  if (about.isDirectory()) return 'it is a folder';
  if (about.isFIFO()) return 'it is a pipe, not a file';
  if (!about.isFile()) return 'it is a device, not a file';
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

/** What people put in a network's place, by how it begins, and what to do about it. */
export function mistakenFor(bytes: Uint8Array): Pick<Foreign, 'why' | 'mend'> | null {
  const head = Buffer.from(bytes.subarray(0, 64)).toString('latin1').trimStart().toLowerCase();
  return FOREIGN.find(({ begins, at = 0 }) => begins.some((magic) => head.startsWith(magic, at))) ?? null;
}

interface Foreign {
  /** In small letters, from `at`. */
  readonly begins: readonly string[];
  readonly at?: number;
  readonly why: string;
  readonly mend: string;
}

const FOREIGN: readonly Foreign[] = [
  {
    begins: ['version https://git-lfs.github.com/'],
    why: 'it is a Git LFS pointer and not the file itself',
    mend: 'run git lfs pull where it comes from, and copy the file again',
  },
  {
    begins: ['<!doctype', '<html', '<?xml'],
    why: 'it is a web page and not the file itself',
    mend: 'download the file, not the page about it (`raw` or `resolve` in its address)',
  },
  {
    begins: ['pk\x03\x04'],
    why: 'it is a ZIP archive: a checkpoint of PyTorch or Keras, or packed files',
    mend: 'unpack it, or export the network as ONNX',
  },
  { begins: ['\x89hdf\r\n'], why: 'it is a checkpoint of Keras (HDF5)', mend: 'export the network as ONNX (tf2onnx)' },
  { begins: ['tfl3'], at: 4, why: 'it is a network for TensorFlow Lite', mend: 'export the network as ONNX (tf2onnx --tflite)' },
  { begins: ['\x1f\x8b'], why: 'it is packed with gzip', mend: 'unpack it' },
];
