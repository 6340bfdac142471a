/** The part of a text package that is no network: read from its files, hashes checked, inside the worker. */
import { createHash } from 'node:crypto';
import type { Note } from '../../contracts/index.ts';
import { LinesideError, messageOf } from '../../errors.ts';
import { invalid } from '../faults.ts';
import type { Manifest } from '../manifest.ts';
import { LARGEST, readOfPackage } from '../package-file.ts';
import { READER_FILES, type ReaderFiles } from './files.ts';
import { readerOf } from './reader.ts';
import { spell, vocabularyOf } from './spelling.ts';

/** A text, or words that are plain already. */
export type TextSource = string | readonly string[];
export type Inputs = Readonly<Record<string, ArrayBufferView>>;

export interface TextSide {
  /** Reads the text and writes what the network takes of it. */
  read(source: TextSource, memory: Inputs): Note;
}

/** Rejects with MODEL_INVALID or MODEL_HASH. */
export async function openTextSide(manifest: Manifest, text: NonNullable<Manifest['inputs']['text']>): Promise<TextSide> {
  const files = Object.fromEntries(await Promise.all(READER_FILES.map(async (file) => [file, await verified(manifest, file)])));
  try {
    const reader = readerOf(files as ReaderFiles, text);
    const vocabulary = vocabularyOf(files['vocabulary.txt'] ?? '');
    return {
      read(source, { words, letters }) {
        const note = typeof source === 'string' ? reader.read(source) : reader.readPlain(source);
        if (words instanceof Int32Array && letters instanceof Uint8Array) spell(note, vocabulary, words, letters);
        return note;
      },
    };
  } catch (thrown) {
    throw invalid(manifest.name, `its tables cannot be used (${messageOf(thrown)})`);
  }
}

async function verified({ name, folder, files }: Manifest, file: string): Promise<string> {
  const refuse = (why: string) => invalid(name, `${file} cannot be read (${why})`);
  const bytes = await readOfPackage(folder, file, { most: LARGEST.tables, refuse });
  if (createHash('sha256').update(bytes).digest('hex') !== files[file]) throw new LinesideError('MODEL_HASH', { model: name, file });
  return bytes.toString('utf8');
}
