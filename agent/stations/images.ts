/** Which pictures are kept. Pure: the same inspection always gives the same answer. */
import type { StoreConfig } from '../config/schema.ts';
import type { Inspection } from '../contracts/index.ts';

/** 'all', 'none' or '1 in N' for the verdict of this inspection, counted by its sequence. */
export function keepsImage(
  rules: StoreConfig['images'],
  { verdict, sequence, outcome }: Pick<Inspection, 'verdict' | 'sequence' | 'outcome'>,
): boolean {
  if (outcome === 'missed' || outcome === 'unrecorded') return false;
  const rule = rules[verdict];
  if (rule === 'all' || rule === 'none') return rule === 'all';
  return sequence % Number(rule.replace('1 in ', '')) === 0;
}
