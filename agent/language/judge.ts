/**
 * What a head is worth, by rows that it had not seen: five parts, each judged by a head that learned from the other four. Texts that read
 * alike are never apart, so that no answer is remembered. Pure.
 */
import { wilson } from '../contracts/share.ts';

export interface Share {
  readonly share: number;
  /** 95 %, Wilson. */
  readonly low: number;
  readonly high: number;
  readonly of: number;
}

export function shareOf(right: number, of: number): Share {
  if (of === 0) return { share: Number.NaN, low: 0, high: 1, of };
  return { share: right / of, ...wilson(right / of, of, Z), of };
}

/** 95 %, two-sided. */
const Z = 1.959964;
export const FOLDS = 5;

/** The fold of each row, from 0. Kinds are dealt out one after the other, so that each fold has some of the rarest. */
export function foldsOf(texts: readonly string[], classes: Int32Array): Int32Array {
  const first = new Map<string, number>();
  for (const [i, text] of texts.entries()) if (!first.has(text)) first.set(text, i);
  const groups = [...first].sort(([a, i], [b, j]) => (classes[i] ?? 0) - (classes[j] ?? 0) || mixed(a) - mixed(b) || (a < b ? -1 : 1));
  const fold = new Map(groups.map(([text], n) => [text, n % FOLDS]));
  return Int32Array.from(texts, (text) => fold.get(text) ?? 0);
}

/** FNV-1a: an order that has nothing to do with that of the rows. */
function mixed(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/** One answer to a row that was held out. */
export interface Held {
  readonly truth: number;
  readonly said: number;
  /** Of what was said, 0..1. */
  readonly certain: number;
  /** Probability of the truth. */
  readonly given: number;
  readonly fold: number;
}

/**
 * From which certainty on answers are right often enough: the least for which the lower end of the interval keeps `wanted` of all that are at
 * least as certain. Null where none does. `proven` false: the share alone keeps it, the interval does not.
 */
export function certaintyFor(held: readonly Held[], wanted: number): { readonly from: number; readonly proven: boolean } | null {
  const sorted = held.filter(({ certain }) => certain >= LIKELIER).sort((a, b) => b.certain - a.certain);
  let [right, proven, plain] = [0, null as number | null, null as number | null];
  for (const [i, { truth, said, certain }] of sorted.entries()) {
    if (truth === said) right++;
    // Answers that are equally certain stand or fall together.
    if (sorted[i + 1]?.certain === certain) continue;
    const { share, low } = shareOf(right, i + 1);
    if (low >= wanted) proven = certain;
    if (share >= wanted && i + 1 >= LEAST_ANSWERS) plain = certain;
  }
  if (proven !== null) return { from: proven, proven: true };
  return plain === null ? null : { from: plain, proven: false };
}

const LEAST_ANSWERS = 10;
/** Than all the others together. Less is no answer, however often it was right on texts of the same words: on new words it is not. */
const LIKELIER = 0.5;

export interface Judged {
  readonly rows: number;
  /** Every row answered. */
  readonly right: Share;
  readonly macro_f1: number;
  /** Of all rows: the others are abstained from. Each fold by the certainty that the others ask for. */
  readonly answered: Share;
  readonly right_of_answered: Share;
  /** Mean of -log of the probability that the truth was given. */
  readonly log_loss: number;
}

export function judged(held: readonly Held[], wanted: number, classes: number): Judged {
  const answered = Array.from({ length: FOLDS }, (_, fold) => {
    const from = certaintyFor(
      held.filter((one) => one.fold !== fold),
      wanted,
    )?.from;
    return from === undefined ? [] : held.filter((one) => one.fold === fold && one.certain >= from);
  }).flat();
  let loss = 0;
  for (const { given } of held) loss -= Math.log(Math.max(given, 1e-9));
  return {
    rows: held.length,
    right: rightOf(held),
    macro_f1: macroF1(held, classes),
    answered: shareOf(answered.length, held.length),
    right_of_answered: rightOf(answered),
    log_loss: loss / held.length,
  };
}

export const rightOf = (said: readonly Pick<Held, 'truth' | 'said'>[]): Share =>
  shareOf(said.filter((one) => one.truth === one.said).length, said.length);

/** Mean over the kinds that there are. */
export function macroF1(said: readonly Pick<Held, 'truth' | 'said'>[], classes: number): number {
  const found: number[] = [];
  for (let c = 0; c < classes; c++) {
    const both = said.filter((one) => one.truth === c && one.said === c).length;
    const either = said.filter((one) => one.truth === c).length + said.filter((one) => one.said === c).length;
    if (said.some((one) => one.truth === c)) found.push((2 * both) / either);
  }
  return found.length === 0 ? Number.NaN : found.reduce((a, b) => a + b, 0) / found.length;
}
