/** The scores of a model over a time: one question after the other, each as far back as the box looks at once. */
import { type Accessor, createEffect, createSignal, on, onCleanup } from 'solid-js';
import { ask, type Outcome, type Problem } from '../../api/ask.ts';
import type { Scores } from '../../api/types.ts';
import { now } from '../../pieces/times.ts';
import { joined } from './proposal.ts';

/** A tenth of a second of the box each. */
const MOST = 60;

export interface Wish {
  readonly station: string;
  readonly model: string;
  /** ms */
  readonly over: number;
  readonly step: number;
}

export interface Looked {
  /** As far as it has been looked at. */
  readonly scores: Accessor<Scores | null>;
  readonly problem: Accessor<Problem | null>;
  /** What is shown stays until all of it has been looked at again. */
  readonly again: () => void;
}

export function lookedAt(wish: Accessor<Wish | null>): Looked {
  const [scores, setScores] = createSignal<Scores | null>(null);
  const [problem, setProblem] = createSignal<Problem | null>(null);
  let turn = 0;
  let isLooking = false;
  let isWantedAgain = false;
  /** null: somebody has asked for something else, or there is no answer, which is told. */
  const next = async (of: Wish, found: Scores | null): Promise<Scores | null> => {
    const mine = turn;
    const outcome: Outcome<Scores> = await ask<Scores>(`/scores?${queryOf(of, found)}`);
    if (mine !== turn) return null;
    setProblem(outcome.ok ? null : outcome.problem);
    if (!outcome.ok) return null;
    return found ? joined(found, outcome.value) : outcome.value;
  };
  /** The first time every answer is shown as it comes; later ones are less than what is known, until the last. */
  const look = async (of: Wish) => {
    const isFirst = scores() === null;
    let found: Scores | null = null;
    for (let n = 0; n < MOST && !found?.complete; n++) {
      found = await next(of, found);
      if (!found) return;
      if (isFirst) setScores(found);
    }
    setScores(found);
  };
  /** One look at a time: whoever wants another one meanwhile gets one when it has ended, however often. */
  const lookOn = async (of: Wish) => {
    const mine = turn;
    isLooking = true;
    do {
      isWantedAgain = false;
      await look(of);
    } while (mine === turn && isWantedAgain);
    if (mine === turn) isLooking = false;
  };
  const begin = (of: Wish | null) => {
    turn += 1;
    isLooking = false;
    isWantedAgain = false;
    setScores(null);
    if (of) void lookOn(of);
  };
  createEffect(on(wish, begin));
  onCleanup(() => {
    turn += 1;
  });
  const again = () => {
    const of = wish();
    if (isLooking) isWantedAgain = true;
    else if (of) void lookOn(of);
  };
  return { scores, problem, again };
}

/** `found`: what is known; what lies before it is asked for. */
function queryOf({ station, model, over, step }: Wish, found: Scores | null): URLSearchParams {
  const from = Math.floor((now() - over) / step) * step;
  const query = new URLSearchParams({ station, model, from: String(from), step_s: String(step / 1000) });
  if (found?.looked_back_to) query.set('to', String(found.looked_back_to));
  return query;
}
