/** From which score on a finding says why: explanations cost nothing where nobody asks. Pure. */
import type { Explain } from '../contracts/index.ts';

/** Scores are 0..1: from here on all are explained, or none. */
export const EVERY = 0;
export const NONE = 2;
/** A graph works in single precision: asked a little below, it never leaves out what the decoding then misses. */
const WITHIN = 1e-5;

export function explainFrom(explain: Explain | undefined, threshold: number, review: readonly [number, number] | null | undefined): number {
  if (explain === 'always') return EVERY;
  return explain === 'never' ? NONE : Math.min(threshold, review?.[0] ?? threshold);
}

/** Tells a network that explains on demand. */
export function askFor({ explain }: Readonly<Record<string, { [index: number]: number }>>, from: number): void {
  if (explain) explain[0] = from - WITHIN;
}
