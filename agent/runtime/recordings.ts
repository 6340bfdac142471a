/** Recordings of tags that somebody names, read from the disk. */
import { createHash } from 'node:crypto';
import { basename, resolve, sep } from 'node:path';
import { LinesideError } from '../errors.ts';
import { LARGEST, mistakenFor } from '../inference/package-file.ts';
import { readRegular } from '../platform/plain-file.ts';
import { type Recording, readRecording } from '../teaching/machine/recording.ts';
import { type Table, tableIn } from '../teaching/machine/table.ts';

export interface NamedRecording {
  readonly recording: Recording;
  readonly sha256: string;
}

/** Rejects with DATA_INVALID where the file cannot be read, is too large or holds no numbers. `tags`: those that a package was taught. */
export async function recordingIn(path: string, tags: readonly string[] = [], file = basename(path)): Promise<NamedRecording> {
  const bytes = await bytesOf(path);
  return { recording: readRecording(textOf(bytes), file, tags), sha256: createHash('sha256').update(bytes).digest('hex') };
}

/** Any columns, as they stand in the file. Rejects as recordingIn does. */
export const tableOf = async (path: string): Promise<Table> => tableIn(textOf(await bytesOf(path)), basename(path));

async function bytesOf(path: string): Promise<Buffer> {
  const refuse = (why: string) => new LinesideError('DATA_INVALID', { file: path, why });
  const bytes = await readRegular(resolve(path), { most: LARGEST.tables, refuse });
  const foreign = mistakenFor(bytes);
  if (foreign) throw refuse(`${foreign.why}; ${foreign.mend}`);
  return bytes;
}

/** Spreadsheets write UTF-8 or, as "Unicode text", UTF-16 with a mark. */
function textOf(bytes: Buffer): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return bytes.subarray(2).toString('utf16le');
  return bytes.toString('utf8').replace(/^\uFEFF/, '');
}

/** What to call each of them: its file's name, with as many of the folders above it as it takes to be no other's. */
export function namesOf(paths: readonly string[]): readonly string[] {
  const parts = paths.map((path) => resolve(path).split(sep));
  return parts.map((own, i) => {
    let count = 1;
    while (count < own.length && parts.some((other, j) => j !== i && tail(other, count) === tail(own, count))) count++;
    return tail(own, count);
  });
}

const tail = (parts: readonly string[], count: number): string => parts.slice(-count).join('/');
