/** What changes the line takes two touches, the second one beside a sentence that names the effect. */
import { createSignal, type JSX, Show } from 'solid-js';
import type { Outcome, Problem } from '../api/ask.ts';
import { words } from '../words.ts';
import { Trouble } from './known.tsx';

export function TwoTouches(props: {
  readonly what: string;
  readonly effect: JSX.Element;
  readonly confirm: string;
  readonly work: () => Promise<Outcome<unknown>>;
  readonly done?: () => void;
  readonly failed?: () => void;
  readonly disabled?: boolean;
}): JSX.Element {
  const [asked, setAsked] = createSignal(false);
  const [busy, setBusy] = createSignal(false);
  const [problem, setProblem] = createSignal<Problem | null>(null);
  const go = async () => {
    setBusy(true);
    const outcome = await props.work();
    setBusy(false);
    setProblem(outcome.ok ? null : outcome.problem);
    setAsked(false);
    if (outcome.ok) props.done?.();
    else props.failed?.();
  };
  return (
    <div class="stack">
      <Show
        when={asked()}
        fallback={
          <button type="button" class="act" disabled={props.disabled} onClick={() => setAsked(true)}>
            {props.what}
          </button>
        }
      >
        <fieldset class="stack" aria-label={props.what}>
          <p role="status">{props.effect}</p>
          <div class="row apart">
            <button type="button" class="act" disabled={busy()} onClick={() => void go()}>
              {props.confirm}
            </button>
            <button type="button" class="act" disabled={busy()} onClick={() => setAsked(false)}>
              {words.state.leave}
            </button>
          </div>
        </fieldset>
      </Show>
      <Show when={problem()}>{(why) => <Trouble problem={why()} />}</Show>
    </div>
  );
}
