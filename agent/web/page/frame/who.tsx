/** Who looks, signing in and out, and light or dark. */
import { type JSX, Show } from 'solid-js';
import { here, signOut } from '../api/session.ts';
import { words } from '../words.ts';
import { looks, setLooks } from './looks.ts';

const NEXT = { system: 'light', light: 'dark', dark: 'system' } as const;

export function Who(props: { readonly signIn: () => void }): JSX.Element {
  return (
    <>
      <button type="button" onClick={() => setLooks(NEXT[looks()])}>
        <span class="unseen">{words.frame.looks.title}: </span>
        {words.frame.looks[looks()]}
      </button>
      <Show when={here()?.session} fallback={<Nobody signIn={props.signIn} />}>
        {(session) => (
          <>
            <p>
              {session().user}
              <br />
              {words.roles[session().role]}
            </p>
            <button type="button" onClick={() => void signOut()}>
              {words.frame.signOut}
            </button>
          </>
        )}
      </Show>
    </>
  );
}

function Nobody(props: { readonly signIn: () => void }): JSX.Element {
  return (
    <>
      <p>{here()?.local ? words.frame.local : words.frame.nobody}</p>
      <button type="button" onClick={() => props.signIn()}>
        {words.frame.signIn}
      </button>
    </>
  );
}
