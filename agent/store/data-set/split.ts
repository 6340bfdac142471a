/** Which pictures are learned from and which are judged by. Pure. */
import { createHash } from 'node:crypto';

export const SPLITS = ['train', 'validation', 'test'] as const;
export type Split = (typeof SPLITS)[number];

/** Of all parts: to learn from, and with what is chosen by them; the rest is judged by. */
const TRAIN = 0.7;
const VALIDATION = 0.15;

/**
 * By the part's name and the seed alone: all pictures of a part are on one side, whichever station took them, and a part stays where it is
 * when others come or go.
 */
export function splitOf(part: string, seed: string): Split {
  const drawn = createHash('sha256').update(`${seed}\0${part}`).digest().readUInt32BE() / 2 ** 32;
  if (drawn < TRAIN) return 'train';
  return drawn < TRAIN + VALIDATION ? 'validation' : 'test';
}
