/** How far a share that was counted may be luck. */

/**
 * Wilson's interval (1927), which is one for few and for none or all of them. `share`: 0 to 1, of `n`, which need be no whole number where counts
 * are worth less than one each; `z`: standard errors, 1.96 for 95 %. NaN where `n` is 0.
 */
export function wilson(share: number, n: number, z: number): { readonly low: number; readonly high: number } {
  const middle = (share + (z * z) / (2 * n)) / (1 + (z * z) / n);
  const half = (z * Math.sqrt((share * (1 - share)) / n + (z * z) / (4 * n * n))) / (1 + (z * z) / n);
  return { low: Math.max(0, middle - half), high: Math.min(1, middle + half) };
}
