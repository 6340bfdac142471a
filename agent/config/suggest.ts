/** "Did you mean …": what faults say about a word that is nearly right. Pure; rules use it as well. */
import { distance } from 'fastest-levenshtein';

const plain = (word: string) => word.toLowerCase().replace(/[\s-]/g, '_');

/**
 * The candidate that `word` was probably meant to be: one edit for up to three letters, one more for every three after that, and a
 * part of a dotted name that is right but for its prefix. Undefined when nothing is near.
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  const wanted = plain(word);
  let best: string | undefined;
  let least = Math.max(1, Math.floor(wanted.length / 3)) + 1;
  for (const candidate of candidates) {
    const off = candidate.endsWith(`.${wanted}`) ? 0.5 : edits(wanted, plain(candidate));
    if (off < least) [best, least] = [candidate, off];
  }
  return best;
}

/** Two letters changed places are one mistake, not two. */
const edits = (a: string, b: string): number => Math.min(distance(a, b), isSwap(a, b) ? 1 : Number.POSITIVE_INFINITY);

function isSwap(a: string, b: string): boolean {
  const at = [...a].findIndex((letter, index) => letter !== b[index]);
  return at >= 0 && a.slice(0, at) + (a[at + 1] ?? '') + (a[at] ?? '') + a.slice(at + 2) === b;
}

/** "; did you mean `x`?", or else what there is, or nothing where there is nothing. */
export function didYouMean(word: string, candidates: readonly string[], otherwise = 'there are'): string {
  const near = nearest(word, candidates);
  if (near !== undefined) return `; did you mean ${near}?${foreignIn(word)}`;
  return candidates.length === 0 ? '' : `; ${otherwise}: ${shortList(candidates)}`;
}

/** Letters that look like others: the word and what was meant are the same to who reads them. */
function foreignIn(word: string): string {
  const letter = [...word].find((character) => /(?!\p{Script=Latin})\p{L}/u.test(character));
  const code = letter?.codePointAt(0)?.toString(16).padStart(4, '0');
  return letter === undefined ? '' : ` (the ${letter} in it, \\u${code}, is of another alphabet)`;
}

/** "a, b or c". */
export function either(words: readonly string[]): string {
  const last = words.at(-1) ?? '';
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} or ${last}`;
}

const SHOWN = 16;
const shortList = (words: readonly string[]) =>
  words.length <= SHOWN ? words.join(', ') : `${words.slice(0, SHOWN).join(', ')} and ${words.length - SHOWN} more`;
