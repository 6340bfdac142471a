/** The lines that differ: a sign before each, so that nothing hangs on a colour. */
import { For, type JSX, Show } from 'solid-js';
import { words } from '../../words.ts';
import { differenceOf } from './lines.ts';

const SIGN = { same: ' ', gone: '−', new: '+' } as const;

export function Difference(props: { readonly before: string; readonly after: string }): JSX.Element {
  const lines = () => differenceOf(props.before, props.after);
  return (
    <Show when={lines().length > 0} fallback={<p>{words.config.same}</p>}>
      <section class="scrolls" tabindex="0" aria-label={words.config.difference}>
        <ol class="difference mono">
          <For each={lines()}>
            {({ kind, text, line }) => (
              <li class={kind}>
                <span class="soft">{line}</span> <span class="unseen">{words.config.signs[kind]}</span>
                <span aria-hidden="true">{SIGN[kind]}</span> <code>{text}</code>
              </li>
            )}
          </For>
        </ol>
      </section>
    </Show>
  );
}
