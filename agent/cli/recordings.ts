/** Recordings of tags that the command line names. */
import { createHash } from 'node:crypto';
import { basename, resolve } from 'node:path';
import { LinesideError } from '../errors.ts';
import { LARGEST, mistakenFor, readRegular } from '../inference/package-file.ts';
import { type Recording, readRecording } from '../teaching/machine/recording.ts';

export interface NamedRecording {
  readonly recording: Recording;
  readonly sha256: string;
}

/** Rejects with DATA_INVALID where the file cannot be read, is too large or holds no numbers. */
export async function recordingIn(path: string): Promise<NamedRecording> {
  const file = basename(path);
  const refuse = (why: string) => new LinesideError('DATA_INVALID', { file: path, why });
  const bytes = await readRegular(resolve(path), { most: LARGEST.tables, refuse });
  const foreign = mistakenFor(bytes);
  if (foreign) throw refuse(`${foreign.why}; ${foreign.mend}`);
  return { recording: readRecording(textOf(bytes), file), sha256: createHash('sha256').update(bytes).digest('hex') };
}

/** Spreadsheets write UTF-8 or, as "Unicode text", UTF-16 with a mark. */
function textOf(bytes: Buffer): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return bytes.subarray(2).toString('utf16le');
  return bytes.toString('utf8').replace(/^\uFEFF/, '');
}
