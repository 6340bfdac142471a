/** The way to the views: at the left, on a phone at the bottom. */
import { A } from '@solidjs/router';
import { For, type JSX } from 'solid-js';
import { RAIL } from '../views/rail.ts';
import { words } from '../words.ts';
import { Who } from './who.tsx';

export function Rail(props: { readonly signIn: () => void }): JSX.Element {
  return (
    <nav class="rail" aria-label={words.frame.navigation}>
      <ul>
        <For each={RAIL}>
          {({ path, name, where }) => (
            <li class={where ?? ''}>
              <A href={path} end={path === '/'}>
                {name}
              </A>
            </li>
          )}
        </For>
      </ul>
      <div class="who">
        <Who signIn={props.signIn} />
      </div>
    </nav>
  );
}
