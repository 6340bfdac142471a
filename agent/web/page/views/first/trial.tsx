/** An address with its login, asked when somebody says so; what does not answer is told with the next step, and may be kept. */
import { createSignal, type JSX, Show } from 'solid-js';
import type { Outcome, Problem } from '../../api/ask.ts';
import { Trouble } from '../../pieces/known.tsx';
import { words } from '../../words.ts';
import { type Asked, unasked } from './answers.ts';
import { Field } from './field.tsx';

interface Trial {
  readonly ok: boolean;
  readonly told: { readonly text: string; readonly next: string } | null;
  readonly wrong: boolean;
}
type Change<T extends Trial> = Partial<Asked<T>>;

export function AddressAsked<T extends Trial>(props: {
  readonly of: Asked<T>;
  readonly set: (change: Change<T>) => void;
  readonly address: string;
  readonly example: string;
  readonly ask: () => Promise<Outcome<T>>;
  /** Beside the address, before it is asked. */
  readonly more?: JSX.Element;
  /** What only a person can say before it can go on. */
  readonly trouble?: JSX.Element;
  readonly children: JSX.Element;
}): JSX.Element {
  const [busy, setBusy] = createSignal(false);
  const [problem, setProblem] = createSignal<Problem | null>(null);
  const type = (change: Change<T>) => props.set({ ...change, ...(unasked as Change<T>) });
  const ask = async (event: SubmitEvent) => {
    event.preventDefault();
    setBusy(true);
    const outcome = await props.ask();
    setBusy(false);
    setProblem(outcome.ok ? null : outcome.problem);
    if (outcome.ok) props.set({ trial: outcome.value, kept: false } as Change<T>);
  };
  return (
    <>
      <form class="stack" onSubmit={(event) => void ask(event)}>
        <fieldset class="fields" disabled={busy()}>
          <Field label={props.address} example={props.example} value={props.of.address} set={(address) => type({ address } as Change<T>)} />
          <Field label={words.first.user} value={props.of.user} set={(user) => type({ user } as Change<T>)} />
          <Field
            label={words.first.password}
            secret
            value={props.of.password}
            set={(password) => type({ password, retype: false } as Change<T>)}
          />
          {props.more}
        </fieldset>
        <Show when={props.of.retype && props.of.password === ''}>
          <p>{words.first.retype}</p>
        </Show>
        <p>
          <button type="submit" disabled={busy() || props.of.address === ''}>
            {busy() ? words.first.asking : words.first.ask}
          </button>
        </p>
      </form>
      <Show when={problem()}>{(why) => <Trouble problem={why()} />}</Show>
      <div class="stack" role="status">
        <Show when={props.of.trial?.told}>
          {(told) => (
            <div class="fault">
              <p>
                <b>{told().text}</b>
              </p>
              <p>{told().next}</p>
            </div>
          )}
        </Show>
        <Show when={props.of.kept}>
          <p>{words.first.kept}</p>
        </Show>
      </div>
      <Show when={props.of.trial?.ok}>{props.children}</Show>
      <Show when={props.of.trial && !props.of.trial.ok}>
        {props.trouble}
        <Show when={!props.of.trial?.wrong && !props.of.kept}>
          <p>
            <button type="button" onClick={() => props.set({ kept: true } as Change<T>)}>
              {words.first.keep}
            </button>
          </p>
        </Show>
      </Show>
    </>
  );
}
