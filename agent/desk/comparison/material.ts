/** What two packages are compared on: a data set's split, somebody's pictures or notes, or what stations recorded. */
import { existsSync, statSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Limits } from '../../contracts/index.ts';
import { LinesideError } from '../../errors.ts';
import type { Manifest } from '../../inference/manifest.ts';
import type { Trial } from '../../inference/trial.ts';
import { JOURNAL_FILE } from '../../store/database.ts';
import type { InputName, Protocol, Sample } from '../evaluation/protocol.ts';
import { labelled } from '../evaluation/protocols/labelled.ts';
import { PICTURE } from '../pictures-in.ts';

export interface Material {
  readonly name: string;
  readonly input: InputName;
  /** `truth` is null where nobody knows. */
  readonly samples: readonly Sample[];
  /** What truths and answers are worth; null where no truth is known. */
  readonly protocol: Protocol | null;
  /** The station's own limits, where it has some for this package. */
  readonly limits?: (manifest: Manifest) => Partial<Limits>;
  /** Tells a package what is normal on the machine, before the first sample. */
  readonly calibrate?: (trial: Trial) => Promise<void>;
  readonly remarks: readonly string[];
}

/** What people's own truths are worth. */
export const OWN = labelled as unknown as Protocol;

export const isJournal = (path: string): boolean => existsSync(join(path, JOURNAL_FILE));

/** Of a protocol's set in `folder`. Rejects with DATA_MISSING or DATA_INVALID. */
export async function ofProtocol(protocol: Protocol, folder: string): Promise<Material> {
  if (!existsSync(folder)) throw new LinesideError('DATA_MISSING', { set: protocol.name, folder });
  const samples = await protocol.samples(folder);
  return { name: protocol.name, input: protocol.input, samples: some(samples, folder), protocol, remarks: [] };
}

/** A folder or CSV file of labelled pictures, a folder of pictures without labels, or a text file with a note a line. */
export async function ofPath(path: string): Promise<Material> {
  if (!existsSync(path)) throw new LinesideError('DATA_MISSING', { set: 'any package', folder: path });
  if (path.endsWith('.txt')) return notes(path);
  const loose = statSync(path).isDirectory() ? (await readdir(path)).filter((name) => PICTURE.test(name)) : [];
  if (loose.length === 0) return ofProtocol(OWN, path);
  const samples = loose.sort().map((name) => ({ id: name, group: name, truth: null, input: { file: resolve(path, name) } }));
  return { name: 'pictures', input: 'picture', samples, protocol: null, remarks: [] };
}
async function notes(file: string): Promise<Material> {
  const lines = (await readFile(file, 'utf8')).split(/\r?\n/).filter((line) => line.trim() !== '');
  const samples = lines.map((text, i) => ({ id: `line ${i + 1}`, group: `${i}`, truth: null, input: { text, plain: false } }));
  return { name: 'notes', input: 'note', samples: some(samples, file), protocol: null, remarks: [] };
}

export function some<T>(samples: readonly T[], file: string): readonly T[] {
  if (samples.length === 0) throw new LinesideError('DATA_INVALID', { file, why: 'it holds no sample' });
  return samples;
}
