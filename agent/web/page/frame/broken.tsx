/**
 * A view that could not be shown: its file did not come, since the connection broke, or since the agent was replaced by another version whose
 * files have other names. The rest of the page goes on.
 */
import { useLocation } from '@solidjs/router';
import { createEffect, createSignal, type JSX, on, Show } from 'solid-js';
import { ask, type Problem } from '../api/ask.ts';
import { Trouble } from '../pieces/known.tsx';
import { words } from '../words.ts';

export function Broken(props: { readonly again: () => void }): JSX.Element {
  const location = useLocation();
  const [problem, setProblem] = createSignal<Problem | null>(null);
  // Another address is another view, which may well come.
  createEffect(on(() => location.pathname, props.again, { defer: true }));
  /** Only where the box answers: a browser that reloads without it shows its own error instead of this page. */
  const reload = async () => {
    const outcome = await ask('/session');
    setProblem(outcome.ok ? null : outcome.problem);
    if (outcome.ok) globalThis.location.reload();
  };
  return (
    <div class="state-of-view stack" role="alert">
      <h1>{words.state.broken}</h1>
      <p>{words.state.brokenWhy}</p>
      <Show when={problem()}>{(why) => <Trouble problem={why()} />}</Show>
      <p>
        <button type="button" onClick={() => void reload()}>
          {words.state.again}
        </button>
      </p>
    </div>
  );
}
