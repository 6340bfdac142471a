/** On a phone: the views that have no room in the bar, and who looks. */
import { A } from '@solidjs/router';
import { For, type JSX } from 'solid-js';
import { signInNow } from '../frame/asked.ts';
import { Who } from '../frame/who.tsx';
import { words } from '../words.ts';
import { RAIL } from './rail.ts';

export function MoreView(): JSX.Element {
  return (
    <>
      <h1>{words.views.more}</h1>
      <ul class="list">
        <For each={RAIL.filter(({ where }) => where === 'behind')}>
          {({ path, name }) => (
            <li>
              <A href={path}>{name}</A>
            </li>
          )}
        </For>
      </ul>
      <div class="panel row">
        <Who signIn={signInNow} />
      </div>
    </>
  );
}
