/** What is always there: header, rail, the banner of a lost connection, and signing in. */
import { useNavigate } from '@solidjs/router';
import { createEffect, type JSX, onCleanup, type ParentProps, Show, Suspense } from 'solid-js';
import { lostSince } from '../api/live.ts';
import { here, lookWho } from '../api/session.ts';
import { timeOf } from '../pieces/times.ts';
import { words } from '../words.ts';
import { setSignsIn, signInNow, signsIn } from './asked.ts';
import { Head } from './head.tsx';
import { Rail } from './rail.tsx';
import { listenForScans } from './scanner.ts';
import { SignIn } from './sign-in.tsx';

/** While the stream is gone: whether it is the session that has ended. */
const ASK_WHO_EVERY = 3000;

export function Frame(props: ParentProps): JSX.Element {
  const navigate = useNavigate();
  onCleanup(listenForScans((part) => navigate(`/part/${encodeURIComponent(part)}`)));
  createEffect(() => {
    if (lostSince() === null) return;
    const timer = setInterval(() => void lookWho(), ASK_WHO_EVERY);
    onCleanup(() => clearInterval(timer));
  });
  const mayLook = () => here()?.may_look ?? true;
  return (
    <div class="frame" classList={{ stale: lostSince() !== null }}>
      <a class="skip" href="#view">
        {words.skip}
      </a>
      <Head />
      <Show when={mayLook() && lostSince()}>
        {(since) => (
          <div class="banner" role="alert">
            {words.frame.stale(timeOf(since()))}
          </div>
        )}
      </Show>
      <Rail signIn={signInNow} />
      <main class="view" id="view" tabindex="0">
        <Show when={mayLook()} fallback={<MustSignIn signIn={signInNow} />}>
          <Suspense>{props.children}</Suspense>
        </Show>
      </main>
      <SignIn open={signsIn()} onOpen={setSignsIn} />
    </div>
  );
}

function MustSignIn(props: { readonly signIn: () => void }): JSX.Element {
  return (
    <div class="state-of-view stack">
      <p>{words.signIn.needed}</p>
      <p>
        <button type="button" onClick={() => props.signIn()}>
          {words.frame.signIn}
        </button>
      </p>
    </div>
  );
}
