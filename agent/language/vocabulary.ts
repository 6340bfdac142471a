/** Words as ids with how rare they are: what a text is to a head that knows words alone. Pure. */

/** Ids begin with 2: 0 is no word, 1 one that is not known. */
export const FIRST = 2;
/** Words that a head learns, at most: the most frequent. */
const MOST_WORDS = 20_000;
/** A word that came in one text alone says nothing of the next one; most names fall out with it. */
const LEAST_TEXTS = 2;

export interface Vocabulary {
  /** Line n of vocabulary.txt has id n + 2. */
  readonly lines: readonly string[];
  readonly ids: ReadonlyMap<string, number>;
  /** By id, log((1 + texts) / (1 + texts with it)) + 1; 0 of words that no text had: they are in the list for another network. */
  readonly rarity: Float64Array;
}

/** `texts`: words in small letters; `before`: lines that another network has, which keep their ids. */
export function vocabularyOf(texts: readonly (readonly string[])[], before: readonly string[] = []): Vocabulary {
  const counts = new Map<string, number>();
  for (const words of texts) for (const word of new Set(words)) counts.set(word, (counts.get(word) ?? 0) + 1);
  const learned = [...counts]
    .filter(([, n]) => n >= LEAST_TEXTS)
    .sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))
    .slice(0, MOST_WORDS)
    .map(([word]) => word);
  const had = new Set(before);
  const lines = [...before, ...learned.filter((word) => !had.has(word))];
  const ids = new Map(lines.map((word, i) => [word, i + FIRST]));
  const rarity = new Float64Array(lines.length + FIRST);
  for (const word of learned) rarity[ids.get(word) ?? 0] = Math.log((1 + texts.length) / (1 + (counts.get(word) ?? 0))) + 1;
  return { lines, ids, rarity };
}

/** Places of a text whose words were learned, and what each weighs: rarity over the root of the sum of all squares, as the network has it. */
export function placesOf(
  words: readonly string[],
  { ids, rarity }: Vocabulary,
): { readonly ids: Int32Array; readonly weights: Float64Array } {
  const known = words.map((word) => ids.get(word) ?? 0).filter((id) => (rarity[id] ?? 0) > 0);
  let squares = 0;
  for (const id of known) squares += (rarity[id] ?? 0) ** 2;
  const norm = Math.sqrt(squares) || 1;
  return { ids: Int32Array.from(known), weights: Float64Array.from(known, (id) => (rarity[id] ?? 0) / norm) };
}
