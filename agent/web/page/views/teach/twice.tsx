/** What changes the line takes two touches: the second one stands beside what it does, in a sentence. */
import { createSignal, type JSX, Show } from 'solid-js';
import { words } from '../../words.ts';

export function Twice(props: {
  readonly name: string;
  readonly effect: string;
  readonly sure: string;
  readonly go: () => Promise<boolean>;
}): JSX.Element {
  const [asked, setAsked] = createSignal(false);
  const [busy, setBusy] = createSignal(false);
  const go = async () => {
    setBusy(true);
    await props.go();
    setBusy(false);
    setAsked(false);
  };
  return (
    <Show
      when={asked()}
      fallback={
        <p>
          <button type="button" class="act" onClick={() => setAsked(true)}>
            {props.name}
          </button>
        </p>
      }
    >
      <fieldset class="panel stack" aria-label={props.name}>
        <p>{props.effect}</p>
        <p class="touches">
          <button type="button" class="act" disabled={busy()} onClick={go}>
            {busy() ? words.teach.busy : props.sure}
          </button>
          <button type="button" class="act" disabled={busy()} onClick={() => setAsked(false)}>
            {words.signIn.cancel}
          </button>
        </p>
      </fieldset>
    </Show>
  );
}
