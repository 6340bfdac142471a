/** What a view shows of a question: that it is being asked, why there is no answer, or the answer. */
import { createSignal, type JSX, onCleanup, Show } from 'solid-js';
import type { Problem } from '../api/ask.ts';
import type { Question } from '../api/question.ts';
import { words } from '../words.ts';
import { timeOf } from './times.ts';

/** An answer that comes at once needs no word before it. */
const PATIENCE = 300;

export function Known<T>(props: { readonly of: Question<T>; readonly children: (answer: () => T) => JSX.Element }): JSX.Element {
  return (
    <>
      <Show when={props.of.problem()}>{(problem) => <Trouble problem={problem()} again={props.of.again} />}</Show>
      <Show when={props.of.answer() !== undefined} fallback={props.of.problem() ? null : <Asking />}>
        <div class="known" classList={{ live: props.of.isLive, old: props.of.oldSince() !== null }}>
          <Show when={props.of.oldSince()}>
            {(since) => (
              <p class="since" role="status">
                {words.state.old(timeOf(since()))}
              </p>
            )}
          </Show>
          {props.children(() => props.of.answer() as T)}
        </div>
      </Show>
    </>
  );
}

export function Trouble(props: { readonly problem: Problem; readonly again?: () => void }): JSX.Element {
  return (
    <div class="state-of-view stack" role="alert">
      <div class="fault">
        <p>
          <strong>{props.problem.title}</strong>
        </p>
        <p>{props.problem.next}</p>
      </div>
      <Show when={props.again}>
        {(again) => (
          <p>
            <button type="button" onClick={() => again()()}>
              {words.state.again}
            </button>
          </p>
        )}
      </Show>
    </div>
  );
}

function Asking(): JSX.Element {
  const [late, setLate] = createSignal(false);
  const timer = setTimeout(() => setLate(true), PATIENCE);
  onCleanup(() => clearTimeout(timer));
  return (
    <Show when={late()}>
      <p class="soft" role="status">
        {words.state.loading}
      </p>
    </Show>
  );
}

/** Nothing there, and what to do about it. */
export function Nothing(props: { readonly what: string; readonly next?: string }): JSX.Element {
  return (
    <div class="state-of-view stack">
      <p>{props.what}</p>
      <Show when={props.next}>
        <p class="soft">{props.next}</p>
      </Show>
    </div>
  );
}
