/**
 * Arrays as numpy writes them: .npz is a ZIP of .npy files. https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 * The archive is yauzl's business (which node-opcua brings along anyhow); checksums of the contents it leaves to its callers.
 */
import { buffer } from 'node:stream/consumers';
import { crc32 } from 'node:zlib';
import { type Entry, fromBufferPromise, type ZipFile } from 'yauzl';
import { LinesideError, messageOf } from '../../errors.ts';
import { reasonOf } from '../../inference/golden.ts';

export interface NumpyArray {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

/** Entries, and bytes of all of them unpacked: an archive of a few kilobytes may hold gigabytes. */
const MOST = { entries: 100, bytes: 128 * 2 ** 20 };

/** Arrays by name. Rejects with DATA_INVALID and what is wrong; `name` is the file's. */
export async function readNpz(file: Buffer, name: string): Promise<Readonly<Record<string, NumpyArray>>> {
  const refuse = (why: string) => new LinesideError('DATA_INVALID', { file: name, why });
  try {
    const found = await entriesOf(file, refuse);
    return Object.fromEntries(found.map(([entry, bytes]) => [entry.replace(/\.npy$/, ''), readNpy(bytes, refuse)]));
  } catch (thrown) {
    throw refuse(reasonOf(thrown));
  }
}

type Refuse = (why: string) => LinesideError;

async function entriesOf(file: Buffer, refuse: Refuse): Promise<readonly (readonly [string, Buffer])[]> {
  const archive = await fromBufferPromise(file, { lazyEntries: true }).catch((thrown: unknown) => {
    throw refuse(`not an .npz file (${messageOf(thrown)})`);
  });
  if (archive.entryCount > MOST.entries) throw refuse(`${archive.entryCount} arrays, ${MOST.entries} are read at most`);
  const found: (readonly [string, Buffer])[] = [];
  let left = MOST.bytes;
  for await (const entry of archive.eachEntry()) {
    left -= entry.uncompressedSize;
    if (left < 0) throw refuse(`its arrays are larger than ${MOST.bytes / 2 ** 20} MB together`);
    found.push([entry.fileName, await contentOf(archive, entry, refuse)]);
  }
  return found;
}

/** yauzl ends the stream with an error where it gives more or less than the entry says. */
async function contentOf(archive: ZipFile, entry: Entry, refuse: Refuse): Promise<Buffer> {
  const content = await buffer(await archive.openReadStreamPromise(entry));
  if (crc32(content) !== entry.crc32) throw refuse(`damaged: the checksum of ${entry.fileName} is another`);
  return content;
}

const READ: Readonly<Record<string, { readonly bytes: number; readonly at: (data: Buffer, at: number) => number }>> = {
  '|u1': { bytes: 1, at: (data, at) => data.readUInt8(at) },
  '<i4': { bytes: 4, at: (data, at) => data.readInt32LE(at) },
  '<i8': { bytes: 8, at: (data, at) => Number(data.readBigInt64LE(at)) },
  '<f4': { bytes: 4, at: (data, at) => data.readFloatLE(at) },
  '<f8': { bytes: 8, at: (data, at) => data.readDoubleLE(at) },
};

function readNpy(file: Buffer, refuse: Refuse): NumpyArray {
  if (file.length < 12 || file.toString('latin1', 0, 6) !== '\x93NUMPY') throw refuse('not a numpy array');
  const long = (file[6] ?? 1) > 1;
  const from = long ? 12 + file.readUInt32LE(8) : 10 + file.readUInt16LE(8);
  const header = file.toString('latin1', long ? 12 : 10, from);
  const type = /'descr':\s*'([^']+)'/.exec(header)?.[1] ?? '';
  const read = READ[type];
  if (!read) throw refuse(`an array of ${type || 'several types'}; uint8, int32, int64, float32 and float64 are read`);
  if (/'fortran_order':\s*True/.test(header)) throw refuse('an array in Fortran order; save numpy.ascontiguousarray() of it');
  const shape = (/'shape':\s*\(([^)]*)\)/.exec(header)?.[1] ?? '').split(',').flatMap((part) => (part.trim() ? [Number(part)] : []));
  const length = shape.reduce((a, b) => a * b, 1);
  if (!shape.every((size) => Number.isInteger(size) && size >= 0) || from + length * read.bytes !== file.length)
    throw refuse(`an array of shape (${shape.join(', ')}) in ${Math.max(0, file.length - from)} bytes`);
  return { shape, data: Array.from({ length }, (_, i) => read.at(file, from + i * read.bytes)) };
}
