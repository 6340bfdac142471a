/**
 * Many short texts as a few quotations: those that have most words in common stand together, and the one that has most in common with the others
 * is quoted, as it was written, with how many there are. No word is made up. Pure; bounded by MOST_QUOTED texts.
 */

/** A text that was said as often; how it reads decides, not who said it. */
export interface Spoken {
  readonly text: string;
  readonly times: number;
  readonly first: number;
  readonly last: number;
}

export interface Quote {
  /** As it was said. */
  readonly text: string;
  /** Of all that stand together. */
  readonly times: number;
  /** That read differently. */
  readonly texts: number;
  readonly first: number;
  readonly last: number;
}

/** Different texts of one summary; the rarest are left out, and told as `more`. */
export const MOST_QUOTED = 200;
/** Cosine of the words' weights from which two texts stand together. */
const ALIKE = 0.4;
/** Endings differ, in German above all: the beginning of a word tells it. */
const BEGINNING = 6;
const SHORTEST = 2;

type Words = ReadonlyMap<string, number>;
interface One {
  readonly of: Spoken;
  readonly words: Words;
}

/** The most frequent first. The same texts in any order give the same quotes. */
export function quotesOf(spoken: readonly Spoken[]): readonly Quote[] {
  const all = weighed([...spoken].sort(byTimes).slice(0, MOST_QUOTED));
  const groups: One[][] = [];
  for (const one of all) {
    const near = nearest(groups, one);
    if (near) near.push(one);
    else groups.push([one]);
  }
  return groups.map(quoteOf).sort((a, b) => b.times - a.times || b.last - a.last || (a.text < b.text ? -1 : 1));
}

const byTimes = (a: Spoken, b: Spoken): number => b.times - a.times || (a.text < b.text ? -1 : 1);

/** By the text that began the group, the most frequent in it. */
function nearest(groups: readonly One[][], one: One): One[] | null {
  let best: One[] | null = null;
  let most = ALIKE;
  for (const group of groups) {
    const alike = group[0] ? cosine(group[0], one) : 0;
    if (alike > most || (alike === most && best === null)) {
      best = group;
      most = alike;
    }
  }
  return best;
}

function quoteOf(group: readonly One[]): Quote {
  const central = group
    .map((one) => ({ one, alike: group.reduce((sum, other) => sum + cosine(one, other) * other.of.times, 0) }))
    .sort((a, b) => b.alike - a.alike || byTimes(a.one.of, b.one.of))[0]?.one;
  return {
    text: central?.of.text ?? '',
    times: group.reduce((sum, { of }) => sum + of.times, 0),
    texts: group.length,
    first: Math.min(...group.map(({ of }) => of.first)),
    last: Math.max(...group.map(({ of }) => of.last)),
  };
}

/** Each word by how rare it is among these texts (tf-idf), to length one. */
function weighed(spoken: readonly Spoken[]): readonly One[] {
  const words = spoken.map(({ text }) => wordsOf(text));
  const holders = new Map<string, number>();
  for (const own of words) for (const word of new Set(own)) holders.set(word, (holders.get(word) ?? 0) + 1);
  return spoken.map((of, n) => ({ of, words: unit(words[n] ?? [], (word) => Math.log(1 + spoken.length / (holders.get(word) ?? 1))) }));
}

function unit(words: readonly string[], weight: (word: string) => number): Words {
  const counted = new Map<string, number>();
  for (const word of words) counted.set(word, (counted.get(word) ?? 0) + weight(word));
  const length = Math.hypot(...counted.values());
  return new Map([...counted].map(([word, of]) => [word, of / length]));
}

/** Numbers differ from one alarm to the next, and names stand as `<name>`: neither says what it is about. A text of nothing else is its own. */
function wordsOf(text: string): readonly string[] {
  const plain = text.toLowerCase().replaceAll(/<[a-z]+(?: [0-9a-f]+)?>/g, ' ');
  const words = plain.split(/[^\p{L}]+/u).filter((word) => word.length >= SHORTEST);
  return words.length > 0 ? words.map((word) => word.slice(0, BEGINNING)) : [text];
}

/** Texts that read alike are alike, whatever rounding makes of it. */
function cosine(a: One, b: One): number {
  if (a === b) return 1;
  const [few, many] = a.words.size <= b.words.size ? [a.words, b.words] : [b.words, a.words];
  let sum = 0;
  for (const [word, weight] of few) sum += weight * (many.get(word) ?? 0);
  return Math.round(sum * 1e9) / 1e9;
}
