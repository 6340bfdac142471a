/** McNemar's test: of the samples that only one of two has right, does one of them have more than luck would give. Pure. */

/** Two-sided exact p value: a fair coin, thrown once for each sample that only one of them has right. 1 where there is none. */
export function mcnemar(onlyA: number, onlyB: number): number {
  const throws = onlyA + onlyB;
  // In logarithms: half to the power of some thousand is 0 in floating point.
  let logTerm = -throws * Math.LN2;
  let tail = Math.exp(logTerm);
  for (let heads = 1; heads <= Math.min(onlyA, onlyB); heads++) {
    logTerm += Math.log((throws - heads + 1) / heads);
    tail += Math.exp(logTerm);
  }
  return Math.min(1, 2 * tail);
}
