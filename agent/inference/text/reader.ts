/** From a text as it was typed to what the network takes: plain words, each knowing where in the text it comes from. */
import type { Note } from '../../contracts/index.ts';
import type { ReaderFiles } from './files.ts';
import { normalised, type Weights } from './ranking.ts';
import { type StoredTables, type Tables, tablesOf } from './tables.ts';

/** Bounds of what is read; what is longer is cut and said to be. */
export interface TextInput {
  readonly characters: number;
  readonly words: number;
}

export interface Reader {
  read(text: string): Note;
  /** Words that are plain already: what an evaluation of the network alone reads. */
  readPlain(words: readonly string[]): Note;
}

/** Throws a plain TypeError where the files hold something else: the caller says whose they are. */
export function readerOf(files: ReaderFiles, { characters, words: most }: TextInput): Reader {
  const {
    tables: stored,
    weights: given,
    typed = false,
  } = JSON.parse(files['normaliser.json']) as {
    tables: StoredTables;
    weights: Readonly<Record<string, number>>;
    /** Nothing is made plain: a word is what it is without the marks around it. */
    typed?: boolean;
  };
  const tables: Tables = tablesOf(stored, lines(files['english.txt']));
  const weights: Weights = new Map(Object.entries(given));
  return {
    read(whole) {
      const text = whole.slice(0, characters);
      const spots = tokensOf(text);
      const tokens = spots.map(({ token }) => token);
      const plain = typed ? tokens.map(bare) : normalised(tables, weights, tokens);
      const words = spots.flatMap(({ from, to }, i) =>
        (plain[i] ?? '').split(' ').flatMap((word) => (word === '' ? [] : { plain: word, from, to })),
      );
      return { text, words: words.slice(0, most), truncated: words.length > most || whole.length > characters };
    },
    readPlain(words) {
      let at = 0;
      const placed = words.map((plain) => {
        const from = at;
        at += plain.length + 1;
        return { plain, from, to: from + plain.length };
      });
      return { text: words.join(' '), words: placed.slice(0, most), truncated: words.length > most };
    },
  };
}

/** A token that is marks alone says nothing. */
const bare = (token: string): string => token.replaceAll(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, '');

const lines = (text: string): readonly string[] => text.split('\n').filter((line) => line !== '');

/** What white space separates. Control characters separate as well: a PLC pads its strings with NUL. */
function tokensOf(text: string): readonly { readonly token: string; readonly from: number; readonly to: number }[] {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  return [...text.matchAll(/[^\s\u0000-\u001f\u007f]+/g)].map(({ 0: token, index }) => ({ token, from: index, to: index + token.length }));
}
