/** Plain words as ids and letters. scripts/train/house/data/spans.py is the same. */
import type { Note } from '../../contracts/index.ts';

/** Of a word, as bytes. */
export const LETTERS = 16;
const UNKNOWN = 1;
const HIGHEST = 127;

/** Line n of the vocabulary has id n + 2: 0 is no word, 1 one that is not in it. */
export const vocabularyOf = (text: string): ReadonlyMap<string, number> =>
  new Map(
    text
      .split('\n')
      .filter((word) => word !== '')
      .map((word, i) => [word, i + UNKNOWN + 1]),
  );

/** Writes over what was there. */
export function spell(note: Note, vocabulary: ReadonlyMap<string, number>, ids: Int32Array, letters: Uint8Array): void {
  ids.fill(0);
  letters.fill(0);
  for (const [i, { plain }] of note.words.entries()) {
    const low = plain.toLowerCase();
    ids[i] = vocabulary.get(low) ?? UNKNOWN;
    for (let k = 0; k < Math.min(low.length, LETTERS); k++) letters[i * LETTERS + k] = Math.min(low.charCodeAt(k), HIGHEST);
  }
}
