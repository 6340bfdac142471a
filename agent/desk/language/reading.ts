/** How a text is read before a head looks at it: in plain English words by the tables of a text package, or as it was typed. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Note } from '../../contracts/index.ts';
import { LinesideError, messageOf } from '../../errors.ts';
import { fileOf, loadMade } from '../../inference/load.ts';
import { type Manifest, readManifest } from '../../inference/manifest.ts';
import { READER_FILES, type ReaderFiles } from '../../inference/text/files.ts';
import { type Reader, readerOf } from '../../inference/text/reader.ts';
import { spell, vocabularyOf } from '../../inference/text/spelling.ts';
import { STORED } from '../../inference/text/tables.ts';
import { type Encoder, pooledOf } from '../../language/network.ts';
import { Graph } from '../../onnx/graph.ts';

/** Of a text, at most; what is longer is cut. */
export const BOUNDS = { characters: 512, words: 48 } as const;

export interface Reading {
  readonly name: 'plain' | 'typed';
  readonly files: Pick<ReaderFiles, 'normaliser.json' | 'english.txt'>;
  readonly reader: Reader;
}

/** Tables that hold nothing: every word stays as it was typed, without the marks around it. */
export function typedReading(): Reading {
  const tables = Object.fromEntries(STORED.map((name) => [name, {}]));
  const files = { 'normaliser.json': JSON.stringify({ tables, weights: {}, typed: true }), 'english.txt': '', 'vocabulary.txt': '' };
  return { name: 'typed', files, reader: readerOf(files, BOUNDS) };
}

/** The tables of a package of kind `text`. Rejects with MODEL_INVALID. */
export async function plainReading(
  folder: string,
): Promise<Reading & { readonly manifest: Manifest; readonly vocabulary: readonly string[] }> {
  const manifest = await readManifest(folder);
  if (manifest.kind !== 'text') throw new LinesideError('MODEL_INVALID', { model: manifest.name, why: 'it is of another kind than text' });
  try {
    const read = READER_FILES.map(async (file) => [file, await readFile(join(folder, file), 'utf8')] as const);
    const files = Object.fromEntries(await Promise.all(read)) as unknown as ReaderFiles;
    const vocabulary = files['vocabulary.txt'].split('\n').filter((word) => word !== '');
    return { name: 'plain', files, reader: readerOf(files, BOUNDS), manifest, vocabulary };
  } catch (thrown) {
    throw new LinesideError('MODEL_INVALID', { model: manifest.name, why: messageOf(thrown) });
  }
}

export const wordsOf = (note: Note): readonly string[] => note.words.map(({ plain }) => plain.toLowerCase());

/** What a text package's network makes of a note: the largest values of its words' vectors, then their means. */
export interface Vectors {
  readonly encoder: Encoder;
  of(note: Note): Promise<Float64Array>;
  close(): Promise<void>;
}

/** Null where the package does not say which of its values are vectors. */
export async function openVectors({ manifest, vocabulary }: Awaited<ReturnType<typeof plainReading>>): Promise<Vectors | null> {
  const { vectors } = manifest.decode;
  const { words } = manifest.inputs.text ?? BOUNDS;
  if (typeof vectors !== 'string' || !manifest.variants['fp32'] || words !== BOUNDS.words) return null;
  const file = await fileOf(manifest, 'fp32');
  const graph = new Graph('pooled');
  const pooled = pooledOf(graph, vectors, { ids: 'words', words });
  graph.output('probabilities', pooled, 'float32', [1, 2 * SIZE]);
  // A network that gives numbers of a text: the kind whose outputs are looked for by that name.
  const { run, memory, session } = await loadMade({ ...manifest, kind: 'text-class' as Manifest['kind'] }, graph.after(file), 1);
  const ids = vocabularyOf(vocabulary.join('\n'));
  return {
    encoder: { file, vectors, size: SIZE, lines: vocabulary.length },
    async of(note) {
      const { words: into, letters } = memory;
      if (into instanceof Int32Array && letters instanceof Uint8Array) spell(note, ids, into, letters);
      return Float64Array.from((await run())['probabilities']?.data ?? []);
    },
    close: () => session.release(),
  };
}

/** Of a vector of maintenance-text. */
const SIZE = 128;
