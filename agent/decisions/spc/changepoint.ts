/**
 * Since when is it wrong? A chart says it late: of the samples before its signal, some are of the changed process already. Each of them may be the first;
 * how likely each is follows from what came after it, under a change whose size nobody knows (Bayes; Smith 1975, Barry and Hartigan 1993). Pure.
 */
import type { Count } from './charts.ts';

export interface Change {
  /** Index of the sample that is most likely the first one of the changed process. */
  readonly likely: number;
  /** The change is in the samples from this one on, with the confidence that was asked for: what lies before is from before it. */
  readonly from: number;
}

/** One thought of: how large, and how likely beside the others. */
interface Thought {
  readonly size: number;
  readonly weight: number;
}

/**
 * Sizes of a change, in standard errors. None is close to nothing: a change too small to matter could have begun at any time, and every list would be
 * long for its sake. A small one is less likely, since fewer of them come to a signal.
 */
const SIZES: readonly Thought[] = [{ size: 0.5, weight: 0.4 }, ...[0.75, 1, 1.5, 2, 3, 4, 6].map((size) => ({ size, weight: 1 }))];

/** Which way it went wrong: what the chart's signal says. */
export type Side = 'above' | 'below';

/**
 * `z`: distances from the center in standard errors, oldest first, the newest the one whose signal it is; of a process in control up to an unknown one of
 * them. Null: none.
 */
export function changeIn(z: readonly number[], side: Side, confidence = 0.95): Change | null {
  const way = side === 'above' ? 1 : -1;
  let sum = 0;
  const evidence = new Float64Array(z.length);
  for (let first = z.length - 1; first >= 0; first--) {
    sum += way * (z[first] ?? 0);
    const count = z.length - first;
    evidence[first] = logSum(SIZES.map(({ size, weight }) => Math.log(weight) + size * sum - (count * size ** 2) / 2));
  }
  return mostLikely(evidence, confidence);
}

/** `rate`: of one part in control, above 0 and below 1; the same for a share of parts that changed to one nobody knows. */
export function changeInShare(counts: readonly Count[], rate: number, side: Side, confidence = 0.95): Change | null {
  const later = ODDS.map(({ size, weight }) => {
    const times = side === 'above' ? size : 1 / size;
    return { share: (times * rate) / (1 - rate + times * rate), weight };
  });
  let [bad, good] = [0, 0];
  const evidence = new Float64Array(counts.length);
  for (let first = counts.length - 1; first >= 0; first--) {
    const { count, size } = counts[first] ?? { count: 0, size: 0 };
    bad += count;
    good += size - count;
    evidence[first] = logSum(
      later.map(({ share, weight }) => Math.log(weight) + bad * Math.log(share / rate) + good * Math.log((1 - share) / (1 - rate))),
    );
  }
  return mostLikely(evidence, confidence);
}

/** How many times the odds of a bad part may have become what they were. */
const ODDS: readonly Thought[] = [{ size: 2, weight: 0.2 }, { size: 3, weight: 0.6 }, ...[5, 10, 30].map((size) => ({ size, weight: 1 }))];

/** Every sample is as good a candidate as the next before anything is known. */
function mostLikely(evidence: Float64Array, confidence: number): Change | null {
  if (evidence.length === 0) return null;
  const highest = evidence.reduce((most, one) => Math.max(most, one));
  const weights = evidence.map((one) => Math.exp(one - highest));
  const all = weights.reduce((sum, one) => sum + one, 0);
  // From the newest back, until so much of all chance lies behind.
  let [from, behind] = [evidence.length, 0];
  while (from > 0 && behind < confidence * all) {
    from -= 1;
    behind += weights[from] ?? 0;
  }
  return { likely: evidence.indexOf(highest), from };
}

/** Of the sum of what the logarithms are of. */
function logSum(logs: readonly number[]): number {
  const highest = Math.max(...logs);
  return highest + Math.log(logs.reduce((sum, one) => sum + Math.exp(one - highest), 0));
}
