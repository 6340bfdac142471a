/** Where the part was sent, and where it went: nothing where nobody routes it. */
import { For, type JSX, Show } from 'solid-js';
import { question } from '../../api/question.ts';
import type { RoutedWays } from '../../api/types.ts';
import { words } from '../../words.ts';
import { wayText } from '../routes/way.ts';

export function Ways(props: { readonly part: string }): JSX.Element {
  const ways = question<RoutedWays>(() => `/routes/part?part=${encodeURIComponent(props.part)}`);
  return (
    <Show when={(ways.answer()?.ways.length ?? 0) > 0}>
      <section class="panel" aria-label={words.routes.ways}>
        <h2>{words.routes.ways}</h2>
        <ol>
          <For each={ways.answer()?.ways}>
            {(way) => (
              <li>
                <Show when={way.fault}>{(fault) => <strong>▲ {words.routes.fault[fault()]}: </strong>}</Show>
                {wayText(way)}
                <Show when={way.why}>
                  {' '}
                  <span class="soft">{way.why}</span>
                </Show>
              </li>
            )}
          </For>
        </ol>
      </section>
    </Show>
  );
}
