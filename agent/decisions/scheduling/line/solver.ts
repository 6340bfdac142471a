/**
 * Plans one line in a process of its own. Entry point of the child (platform/sandbox.ts); each sequence that is better than those before is told at once, so
 * that whoever kills it has the best one so far.
 */
import { randomLcg } from 'd3-random';
import { answerQuestions } from '../../../platform/sandboxed.ts';
import { systemClock } from '../../../time.ts';
import type { Sequence } from './line.ts';
import { bySearch, lineOf, type PlanWish, type Proposal, propose } from './propose.ts';

export interface LineQuestion {
  readonly wish: PlanWish;
  /** In [0, 1). */
  readonly seed: number;
  readonly milliseconds: number;
}

answerQuestions(async ({ wish, seed, milliseconds }: LineQuestion, tell): Promise<Proposal> => {
  const end = systemClock.elapsed() + milliseconds;
  const line = lineOf(wish);
  const ended = () => systemClock.elapsed() >= end;
  const sequence = bySearch(line, wish, { random: randomLcg(seed), ended, better: (one: Sequence) => tell(one) });
  return propose(line, wish, sequence, 'search', randomLcg(seed));
});
