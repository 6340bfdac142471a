/**
 * Searches a shop's schedule in a process of its own, for as long as it is given. Entry point of the child (platform/sandbox.ts); each plan that is shorter
 * than those before is told at once, so that whoever kills it has the best one so far.
 */
import { randomLcg } from 'd3-random';
import { answerQuestions } from '../../platform/sandboxed.ts';
import { systemClock } from '../../time.ts';
import { type Found, search } from './search.ts';
import type { Shop } from './shop.ts';

export interface SolverOrder {
  readonly shop: Shop;
  /** In [0, 1): another one, another way through the same plans. */
  readonly seed: number;
  readonly milliseconds: number;
  /** No plan is shorter: reached, the search ends. */
  readonly bound: number;
}

answerQuestions(async ({ shop, seed, milliseconds, bound }: SolverOrder, tell): Promise<null> => {
  const end = systemClock.elapsed() + milliseconds;
  search(shop, { random: randomLcg(seed), bound, ended: () => systemClock.elapsed() >= end, better: (found: Found) => tell(found) });
  return null;
});
