/** Figures of classifiers. Pure. */

/** The chance that a faulty part scores above a good one, ties counting half; NaN where there are not both. */
export function auroc(faulty: readonly boolean[], scores: readonly number[]): number {
  const order = scores.map((_, i) => i).sort((a, b) => (scores[a] ?? 0) - (scores[b] ?? 0));
  let ranks = 0;
  for (let from = 0; from < order.length; ) {
    let to = from + 1;
    while (to < order.length && scores[order[to] ?? 0] === scores[order[from] ?? 0]) to++;
    // Tied scores share the mean of their places, counted from 1.
    for (let at = from; at < to; at++) if (faulty[order[at] ?? 0]) ranks += (from + to + 1) / 2;
    from = to;
  }
  const bad = faulty.filter(Boolean).length;
  return (ranks - (bad * (bad + 1)) / 2) / (bad * (faulty.length - bad));
}

/** Share of equal pairs; NaN for none. */
export function accuracy(truths: readonly string[], guesses: readonly (string | null)[]): number {
  return truths.filter((truth, i) => guesses[i] === truth).length / truths.length;
}

/** Mean share of each class that is found, over the classes that occur in the truth: a resample may lack one. */
export function balancedAccuracy(truths: readonly string[], guesses: readonly (string | null)[]): number {
  const classes = [...new Set(truths)];
  return mean(
    classes.map((one) => {
      const mine = truths.flatMap((truth, i) => (truth === one ? [guesses[i] === one ? 1 : 0] : []));
      return mean(mine);
    }),
  );
}

/** Mean F1 of the classes that occur in the truth: a resample may lack a rare one, and what nobody asks for has no F1. */
export function macroF1(truths: readonly string[], guesses: readonly (string | null)[]): number {
  const [asked, said, hit] = [new Map<string, number>(), new Map<string, number>(), new Map<string, number>()];
  for (const [i, truth] of truths.entries()) {
    const guess = guesses[i] ?? '';
    count(asked, truth);
    count(said, guess);
    if (guess === truth) count(hit, truth);
  }
  const scores = [...asked].map(([label, wanted]) => (2 * (hit.get(label) ?? 0)) / (wanted + (said.get(label) ?? 0)));
  return mean(scores);
}

export const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

const count = (counts: Map<string, number>, key: string): void => void counts.set(key, (counts.get(key) ?? 0) + 1);
