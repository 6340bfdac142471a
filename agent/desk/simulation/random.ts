/** Chance that can be had again: the same seed and path give the same numbers in every process, in any order of asking. */
import { createHash } from 'node:crypto';
import { randomLcg } from 'd3-random';

/** A source of numbers 0..1 of its own for each path. Hashing mixes seed and path: neighbouring seeds share nothing. */
export function stream(seed: number, ...path: readonly (string | number)[]): () => number {
  const hash = createHash('sha256')
    .update(`${seed}/${path.join('/')}`)
    .digest();
  return randomLcg(hash.readUInt32LE() / 2 ** 32);
}

/** One of the list; the source decides. */
export function pick<T>(from: readonly [T, ...T[]], source: () => number): T {
  return from[Math.floor(source() * from.length)] ?? from[0];
}
