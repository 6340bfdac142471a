/** The file as it will be, and the touch that writes it. */
import { createSignal, type JSX, onMount, Show } from 'solid-js';
import { ask, type Outcome } from '../../api/ask.ts';
import type { FirstConfigText } from '../../api/types.ts';
import { Trouble } from '../../pieces/known.tsx';
import { TwoTouches } from '../../pieces/two-touches.tsx';
import { words } from '../../words.ts';
import { answered, forgetAsking, secrets } from './answers.ts';

const WITHIN = 60_000;

export function WriteStep(props: { readonly store: string; readonly written: () => void }): JSX.Element {
  const [asked, setAsked] = createSignal<Outcome<FirstConfigText>>();
  const look = async () =>
    setAsked(await ask<FirstConfigText>('/first-config/text', { method: 'POST', body: { answers: answered() }, within: WITHIN }));
  onMount(() => void look());
  const text = () => {
    const outcome = asked();
    return outcome?.ok ? outcome.value : undefined;
  };
  const problem = () => {
    const outcome = asked();
    return outcome && !outcome.ok ? outcome.problem : null;
  };
  return (
    <>
      <Show when={problem()}>{(why) => <Trouble problem={why()} again={() => void look()} />}</Show>
      <Show when={text()?.told}>
        {(told) => (
          <div class="fault" role="alert">
            <p>
              <b>{told().text}</b>
            </p>
            <p>{told().next}</p>
          </div>
        )}
      </Show>
      <Show when={text()?.text}>
        {(shown) => (
          <>
            <p>{words.first.preview}</p>
            <section class="mono" aria-label={words.first.text} tabindex="0">
              <pre>{shown()}</pre>
            </section>
            <Show when={Object.keys(secrets()).length > 0}>
              <p>{words.first.secrets(props.store)}</p>
            </Show>
            <TwoTouches
              what={words.first.write}
              effect={words.first.writes}
              confirm={words.first.writeNow}
              work={() => ask('/first-config', { method: 'PUT', body: { answers: answered(), secrets: secrets() }, within: WITHIN })}
              done={() => {
                forgetAsking();
                props.written();
              }}
            />
          </>
        )}
      </Show>
    </>
  );
}
