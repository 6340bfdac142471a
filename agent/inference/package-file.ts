/** Files of model packages: how large they may be, that they lie in their package, and what people put in their place. */
import { join } from 'node:path';
import { type Reading, readRegular } from '../platform/plain-file.ts';

const MB = 2 ** 20;

/** Largest size in bytes that is read, by what the file is. Ten times what any package had that we met, and little enough for a gateway. */
export const LARGEST = {
  manifest: MB / 4,
  network: 1024 * MB,
  goldens: 64 * MB,
  picture: 64 * MB,
  tables: 64 * MB,
} as const;

/** A file of a package by its name there, with every link followed inside its folder. Rejects with what `refuse` makes of the reason. */
export const readOfPackage = (folder: string, name: string, { most, refuse }: Omit<Reading, 'inside'>): Promise<Buffer<ArrayBuffer>> =>
  readRegular(join(folder, name), { most, refuse, inside: folder });

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
