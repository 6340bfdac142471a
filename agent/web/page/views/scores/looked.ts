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
  readonly again: () => void;
}

export function lookedAt(wish: Accessor<Wish | null>): Looked {
  const [scores, setScores] = createSignal<Scores | null>(null);
  const [problem, setProblem] = createSignal<Problem | null>(null);
  const [round, setRound] = createSignal(0);
  let turn = 0;
  /** Shows every answer as it comes, while nobody has asked for something else. */
  const look = async (mine: number, of: Wish) => {
    let found: Scores | null = null;
    for (let n = 0; n < MOST && !found?.complete; n++) {
      const outcome: Outcome<Scores> = await ask<Scores>(`/scores?${queryOf(of, found)}`);
      if (mine !== turn) return;
      setProblem(outcome.ok ? null : outcome.problem);
      if (!outcome.ok) return;
      found = found ? joined(found, outcome.value) : outcome.value;
      setScores(found);
    }
  };
  createEffect(
    on([wish, round], ([of], before) => {
      turn += 1;
      if (before && before[0] !== of) setScores(null);
      if (of) void look(turn, of);
    }),
  );
  onCleanup(() => {
    turn += 1;
  });
  return { scores, problem, again: () => setRound((n) => n + 1) };
}

/** `found`: what is known; what lies before it is asked for. */
function queryOf({ station, model, over, step }: Wish, found: Scores | null): URLSearchParams {
  const from = Math.floor((now() - over) / step) * step;
  const query = new URLSearchParams({ station, model, from: String(from), step_s: String(step / 1000) });
  if (found?.looked_back_to) query.set('to', String(found.looked_back_to));
  return query;
}
