/** Arrays as numpy writes them: .npz is a ZIP of .npy files. https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html Pure. */
import { inflateRawSync } from 'node:zlib';
import { LinesideError } from '../errors.ts';

export interface NumpyArray {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

const refuse = (why: string): LinesideError => new LinesideError('INTERNAL', { why });

/** Arrays by name. Throws INTERNAL with what is wrong; the caller knows the file. */
export function readNpz(file: Buffer): Readonly<Record<string, NumpyArray>> {
  return Object.fromEntries(entries(file).map(([name, bytes]) => [name.replace(/\.npy$/, ''), readNpy(bytes)]));
}

/** By the directory at the end: what stands before each entry may leave its size open. */
function entries(file: Buffer): readonly (readonly [string, Buffer])[] {
  const end = file.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
  if (end < 0) throw refuse('not an .npz file');
  const found: [string, Buffer][] = [];
  let at = file.readUInt32LE(end + 16);
  for (let i = 0; i < file.readUInt16LE(end + 10); i++) {
    const [method, size] = [file.readUInt16LE(at + 10), file.readUInt32LE(at + 20)];
    const [named, extra, comment] = [file.readUInt16LE(at + 28), file.readUInt16LE(at + 30), file.readUInt16LE(at + 32)];
    const local = file.readUInt32LE(at + 42);
    const from = local + 30 + file.readUInt16LE(local + 26) + file.readUInt16LE(local + 28);
    const packed = file.subarray(from, from + size);
    found.push([file.toString('utf8', at + 46, at + 46 + named), method === 8 ? inflateRawSync(packed) : packed]);
    at += 46 + named + extra + comment;
  }
  return found;
}

const READ: Readonly<Record<string, { readonly bytes: number; readonly at: (data: Buffer, at: number) => number }>> = {
  '|u1': { bytes: 1, at: (data, at) => data.readUInt8(at) },
  '<i4': { bytes: 4, at: (data, at) => data.readInt32LE(at) },
  '<i8': { bytes: 8, at: (data, at) => Number(data.readBigInt64LE(at)) },
  '<f4': { bytes: 4, at: (data, at) => data.readFloatLE(at) },
  '<f8': { bytes: 8, at: (data, at) => data.readDoubleLE(at) },
};

function readNpy(file: Buffer): NumpyArray {
  if (file.toString('latin1', 0, 6) !== '\x93NUMPY') throw refuse('not a numpy array');
  const long = (file[6] ?? 1) > 1;
  const from = long ? 12 + file.readUInt32LE(8) : 10 + file.readUInt16LE(8);
  const header = file.toString('latin1', long ? 12 : 10, from);
  const type = /'descr':\s*'([^']+)'/.exec(header)?.[1] ?? '';
  const read = READ[type];
  if (!read) throw refuse(`an array of ${type || 'several types'}; uint8, int32, int64, float32 and float64 are read`);
  if (/'fortran_order':\s*True/.test(header)) throw refuse('an array in Fortran order; save numpy.ascontiguousarray() of it');
  const shape = (/'shape':\s*\(([^)]*)\)/.exec(header)?.[1] ?? '').split(',').flatMap((part) => (part.trim() ? [Number(part)] : []));
  const length = shape.reduce((a, b) => a * b, 1);
  return { shape, data: Array.from({ length }, (_, i) => read.at(file, from + i * read.bytes)) };
}
