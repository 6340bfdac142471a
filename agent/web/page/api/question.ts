/** A question to the API whose answer a view shows: what is known stays shown while it is asked again. */
import { type Accessor, createEffect, createMemo, createSignal, on, onCleanup } from 'solid-js';
import { now } from '../pieces/times.ts';
import { ask, type Problem } from './ask.ts';
import { lostSince, shown } from './live.ts';

export interface Question<T> {
  /** The newest answer; undefined before the first. */
  readonly answer: Accessor<T | undefined>;
  /** Why there is no newer one; null where the last one came. */
  readonly problem: Accessor<Problem | null>;
  readonly again: () => void;
  /** Since when the answer is older than twice its rhythm, the box's time; null while it is not, and for what is asked once. */
  readonly oldSince: Accessor<number | null>;
  /** It is asked again and again: what is shown is meant to be true now. */
  readonly isLive: boolean;
}

/** Asks `path` now and whenever it changes; null asks nothing. With `every` (ms) again and again, one at a time. */
export function question<T>(path: Accessor<string | null>, every?: number): Question<T> {
  const [answer, setAnswer] = createSignal<T>();
  const [problem, setProblem] = createSignal<Problem | null>(null);
  const [round, setRound] = createSignal(0);
  const [came, setCame] = createSignal<number | null>(null);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let asked = 0;
  /** The box has been away, and is back, since the newest question. */
  let isBack = false;
  let shown: string | null = null;
  const again = () => setRound((n) => n + 1);
  createEffect(
    on([path, round], async ([at]) => {
      clearTimeout(timer);
      asked += 1;
      const mine = asked;
      isBack = false;
      if (at !== shown) {
        setAnswer(undefined);
        setCame(null);
      }
      shown = at;
      if (at === null) return;
      const outcome = await ask<T>(at);
      // A newer question is on its way: its answer counts.
      if (mine !== asked) return;
      if (outcome.ok) {
        setAnswer(() => outcome.value);
        setCame(now());
      }
      setProblem(outcome.ok ? null : outcome.problem);
      if (every !== undefined) timer = setTimeout(again, every);
      else if (isUnanswered() && isBack) again();
    }),
  );
  const isUnanswered = () => problem()?.status === 0;
  createEffect(
    on(
      lostSince,
      (since) => {
        if (since !== null) return;
        isBack = true;
        // What a box that was away did not answer, nobody has to ask for again.
        if (every === undefined && isUnanswered()) again();
      },
      { defer: true },
    ),
  );
  onCleanup(() => {
    asked += 1;
    clearTimeout(timer);
  });
  const oldSince = () => {
    const at = came();
    return every !== undefined && at !== null && now() - at > 2 * every ? at : null;
  };
  return { answer, problem, again, oldSince, isLive: every !== undefined };
}

/** ms. For what hardly ever changes without an alarm: the stream tells of those. */
const SELDOM = 60_000;

/** As question(), asked again as soon as an alarm begins, is over or has other words. */
export function questionOfAlarms<T>(path: Accessor<string | null>): Question<T> {
  const asked = question<T>(path, SELDOM);
  const alarms = createMemo(() => (shown.line?.alarms ?? []).map(({ key, since, text }) => `${key} ${since} ${text}`).join('\n'));
  createEffect(on(alarms, asked.again, { defer: true }));
  return asked;
}
