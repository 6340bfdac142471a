/** Patterns of ids: `*` stands for any characters, `?` for one. Pure. */

/** Walks back to the last `*` alone, so that no id takes longer than its length times the pattern's. */
export function fits(pattern: string, id: string): boolean {
  let [p, i] = [0, 0];
  let [star, from] = [-1, 0];
  while (i < id.length) {
    if (pattern[p] === '*') [star, from, p] = [p, i, p + 1];
    else if (p < pattern.length && (pattern[p] === '?' || pattern[p] === id[i])) [p, i] = [p + 1, i + 1];
    else if (star >= 0) [p, from, i] = [star + 1, from + 1, from + 1];
    else return false;
  }
  while (pattern[p] === '*') p++;
  return p === pattern.length;
}
