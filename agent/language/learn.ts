/** Learns a head from texts that were read, and judges it by texts that it had not seen. Pure. */
import { FOLDS, foldsOf, type Held, rightOf, type Share, shareOf } from './judge.ts';
import { fitLogistic, type Logistic, oddsOf, type Row } from './logistic.ts';
import type { Standard } from './network.ts';
import { placesOf, type Vocabulary, vocabularyOf } from './vocabulary.ts';

/** One text: its words in small letters, and what an encoder makes of it; `vector` empty where there is none. */
export interface ReadText {
  readonly words: readonly string[];
  readonly vector: Float64Array;
}

export interface Learned {
  readonly vocabulary: Vocabulary;
  readonly model: Logistic;
  readonly standard: Standard;
}

/** `lines`: words that the encoder has in its list, which keep their ids. */
export function learn(texts: readonly ReadText[], classes: Int32Array, count: number, lines: readonly string[]): Learned {
  const vocabulary = vocabularyOf(
    texts.map(({ words }) => words),
    lines,
  );
  const standard = standardOf(texts);
  const rows = texts.map((text) => rowOf(text, vocabulary, standard));
  const size = { classes: count, words: vocabulary.rarity.length, dense: standard.mean.length };
  return { vocabulary, standard, model: fitLogistic(rows, classes, size) };
}

/** Probabilities by class. A text none of whose words was learned is none of these. */
export function answerOf({ vocabulary, standard, model }: Learned, text: ReadText, none: number): Float64Array {
  const row = rowOf(text, vocabulary, standard);
  if (row.ids.length > 0) return oddsOf(model, row);
  const nothing = new Float64Array(model.classes);
  nothing[none] = 1;
  return nothing;
}

export const bestOf = (odds: Float64Array): number => odds.reduce((top, value, c) => (value > (odds[top] ?? 0) ? c : top), 0);

function rowOf({ words, vector }: ReadText, vocabulary: Vocabulary, { mean, scale }: Standard): Row {
  const dense = Float64Array.from(vector, (value, k) => (value - (mean[k] ?? 0)) * (scale[k] ?? 0));
  return { ...placesOf(words, vocabulary), dense };
}

/** Of length 1 on average, as the words are: neither drowns the other. */
function standardOf(texts: readonly ReadText[]): Standard {
  const width = texts[0]?.vector.length ?? 0;
  const [mean, spread] = [new Float64Array(width), new Float64Array(width)];
  for (const { vector } of texts) for (let k = 0; k < width; k++) mean[k] = (mean[k] ?? 0) + (vector[k] ?? 0) / texts.length;
  for (const { vector } of texts)
    for (let k = 0; k < width; k++) spread[k] = (spread[k] ?? 0) + ((vector[k] ?? 0) - (mean[k] ?? 0)) ** 2 / texts.length;
  return { mean, scale: spread.map((square) => 1 / (Math.sqrt(square + NARROW) * Math.sqrt(width))) };
}

const NARROW = 1e-9;

/** Every text answered by a head that had not seen it, nor one that reads alike. */
export function crossFitted(
  texts: readonly ReadText[],
  classes: Int32Array,
  { count, none, lines }: { readonly count: number; readonly none: number; readonly lines: readonly string[] },
): readonly Held[] {
  const folds = foldsOf(
    texts.map(({ words }) => words.join(' ')),
    classes,
  );
  return Array.from({ length: FOLDS }, (_, fold) => {
    const [seen, held] = [rowsWhere(folds, (at) => at !== fold), rowsWhere(folds, (at) => at === fold)];
    if (seen.length === 0 || held.length === 0) return [];
    const learned = learn(
      pick(texts, seen),
      Int32Array.from(seen, (i) => classes[i] ?? 0),
      count,
      lines,
    );
    return held.map((i) => heldOf(answerOf(learned, texts[i] ?? NO_TEXT, none), classes[i] ?? 0, fold));
  }).flat();
}

const NO_TEXT: ReadText = { words: [], vector: new Float64Array(0) };
const rowsWhere = (folds: Int32Array, holds: (fold: number) => boolean): number[] =>
  [...folds.entries()].flatMap(([i, fold]) => (holds(fold) ? [i] : []));
const pick = <T>(items: readonly T[], at: readonly number[]): readonly T[] => at.flatMap((i) => items[i] ?? []);

export function heldOf(odds: Float64Array, truth: number, fold: number): Held {
  const said = bestOf(odds);
  return { truth, said, certain: odds[said] ?? 0, given: odds[truth] ?? 0, fold };
}

/** What is right without learning: the most frequent kind of the other texts, and the kind of the one that has most words in common. */
export function baselines(
  texts: readonly ReadText[],
  classes: Int32Array,
  count: number,
): { readonly majority: Share; readonly nearest: Share } {
  const folds = foldsOf(
    texts.map(({ words }) => words.join(' ')),
    classes,
  );
  const said = Array.from({ length: FOLDS }, (_, fold) => {
    const [seen, held] = [rowsWhere(folds, (at) => at !== fold), rowsWhere(folds, (at) => at === fold)];
    return baselinesOn(
      pick(texts, seen),
      Int32Array.from(seen, (i) => classes[i] ?? 0),
      pick(texts, held),
      count,
    ).map((one, n) => ({
      ...one,
      truth: classes[held[n] ?? 0] ?? 0,
    }));
  }).flat();
  return {
    majority: shareOf(said.filter(({ truth, majority }) => truth === majority).length, said.length),
    nearest: rightOf(said.map(({ truth, nearest }) => ({ truth, said: nearest }))),
  };
}

/** Of each of `asked`, what either says. */
export function baselinesOn(seen: readonly ReadText[], classes: Int32Array, asked: readonly ReadText[], count: number) {
  const vocabulary = vocabularyOf(seen.map(({ words }) => words));
  const often = new Int32Array(count);
  for (const one of classes) often[one] = (often[one] ?? 0) + 1;
  const majority = often.reduce((top, n, c) => (n > (often[top] ?? 0) ? c : top), 0);
  const places = postingsOf(seen, vocabulary);
  return asked.map(({ words }) => ({ majority, nearest: nearestOf(places, placesOf(words, vocabulary), classes) ?? majority }));
}

type Postings = ReadonlyMap<number, { readonly row: number; readonly weight: number }[]>;

function postingsOf(texts: readonly ReadText[], vocabulary: Vocabulary): Postings {
  const postings = new Map<number, { row: number; weight: number }[]>();
  for (const [row, { words }] of texts.entries()) {
    const { ids, weights } = placesOf(words, vocabulary);
    for (const [i, id] of ids.entries()) {
      const list = postings.get(id) ?? [];
      postings.set(id, list);
      list.push({ row, weight: weights[i] ?? 0 });
    }
  }
  return postings;
}

/** Cosine; of equals the first. */
function nearestOf(postings: Postings, { ids, weights }: ReturnType<typeof placesOf>, classes: Int32Array): number | null {
  const near = new Map<number, number>();
  for (const [i, id] of ids.entries())
    for (const { row, weight } of postings.get(id) ?? []) near.set(row, (near.get(row) ?? 0) + weight * (weights[i] ?? 0));
  let [best, most] = [null as number | null, 0];
  for (const [row, value] of near) if (value > most || (value === most && row < (best ?? row))) [best, most] = [row, value];
  return best === null ? null : (classes[best] ?? 0);
}
