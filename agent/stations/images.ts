/** Which pictures are kept. Pure: the same inspection always gives the same answer. */
import type { StoreConfig } from '../config/schema.ts';
import { type Inspection, isOfRandomShare } from '../contracts/index.ts';

/** 'all', 'none' or '1 in N' for the verdict of this inspection, counted by its sequence; of '1 in N' also those that people measure by. */
export function keepsImage(
  rules: StoreConfig['images'],
  {
    id,
    verdict,
    sequence,
    outcome,
    challenge,
    isMaster,
  }: Pick<Inspection, 'id' | 'verdict' | 'sequence' | 'outcome' | 'challenge'> & { readonly isMaster?: boolean },
): boolean {
  if (outcome === 'missed' || outcome === 'unrecorded') return false;
  // The evidence that it was shown, and what people judge beside the agent.
  if (challenge || isMaster) return true;
  const rule = rules[verdict];
  if (rule === 'all' || rule === 'none') return rule === 'all';
  return isOfRandomShare(id) || sequence % Number(rule.replace('1 in ', '')) === 0;
}
