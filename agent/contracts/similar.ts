/** A text as a question to SQLite's FTS5: which texts have its words, the rare ones first (BM25). Pure. */

/** A question has so many words, at most: the first ones. */
const MOST_WORDS = 24;
const SHORTEST = 2;

/** Null where the text has no word. Every word stands in quotes, so that nothing in it is FTS5's grammar. */
export function matchOf(plain: string): string | null {
  const words = plain
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word.length >= SHORTEST);
  const asked = [...new Set(words)].slice(0, MOST_WORDS);
  return asked.length === 0 ? null : asked.map((word) => `"${word}"`).join(' OR ');
}
