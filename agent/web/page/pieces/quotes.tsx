/** Many texts as a few quotations, each with how many it stands for. */
import { For, type JSX, Show } from 'solid-js';
import type { Quote } from '../api/types.ts';
import { words } from '../words.ts';
import { momentOf, utcOf } from './times.ts';

const MOST = 10;

export function QuoteList(props: { readonly of: readonly Quote[] }): JSX.Element {
  return (
    <ul class="list">
      <For each={props.of.slice(0, MOST)}>
        {(quote) => (
          <li>
            <b>{words.quotes.times(quote.times)}</b> “{quote.text}”{' '}
            <span class="soft" title={utcOf(quote.last)}>
              {words.quotes.last(momentOf(quote.last))}
              <Show when={quote.texts > 1}> · {words.quotes.texts(quote.texts)}</Show>
            </span>
          </li>
        )}
      </For>
    </ul>
  );
}
