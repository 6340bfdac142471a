/** How much of somebody's texts the English tables know: what may be hoped of them, before anything is measured. Pure but for the tables. */
import { type Share, shareOf } from '../../language/judge.ts';
import type { Reading } from './reading.ts';

export interface KnownWords {
  /** Of all words, each as often as it stands there; numbers and codes are none. */
  readonly known: Share;
  /** The most frequent ones that are not, with how often. */
  readonly unknown: readonly (readonly [word: string, times: number])[];
}

const TOLD = 20;

export function knownWords(texts: readonly string[], { files }: Pick<Reading, 'files'>): KnownWords {
  const known = wordsKnown(files);
  const unknown = new Map<string, number>();
  let [all, found] = [0, 0];
  for (const word of texts.flatMap(lettersOf)) {
    all++;
    if (known.has(word)) found++;
    else unknown.set(word, (unknown.get(word) ?? 0) + 1);
  }
  const most = [...unknown].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1)).slice(0, TOLD);
  return { known: shareOf(found, all), unknown: most };
}

/** Tokens that a plain form was counted of, and words that need none. */
function wordsKnown(files: Reading['files']): ReadonlySet<string> {
  const { tables } = JSON.parse(files['normaliser.json']) as { readonly tables: { readonly raw: Readonly<Record<string, unknown>> } };
  const tokens = Object.keys(tables.raw).flatMap(lettersOf);
  return new Set([...tokens, ...files['english.txt'].split('\n').filter((word) => word !== '')]);
}

/** In small letters, without what stands around them. */
const lettersOf = (text: string): readonly string[] =>
  text
    .toLowerCase()
    .split(/\s+/u)
    .map((word) => word.replaceAll(/^[^\p{L}]+|[^\p{L}]+$/gu, ''))
    .filter((word) => /^\p{L}[\p{L}'/.-]*$/u.test(word) && word.length > 1);
