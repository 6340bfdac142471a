/** What is always there: header, rail, the banner of a lost connection, and signing in. */
import { useNavigate } from '@solidjs/router';
import { createEffect, ErrorBoundary, type JSX, onCleanup, type ParentProps, Show, Suspense } from 'solid-js';
import { lostSince } from '../api/live.ts';
import { lookWho, mayLook } from '../api/session.ts';
import { timeOf } from '../pieces/times.ts';
import { words } from '../words.ts';
import { setSignsIn, signInNow, signsIn } from './asked.ts';
import { Broken } from './broken.tsx';
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
    void lookWho();
    const timer = setInterval(() => void lookWho(), ASK_WHO_EVERY);
    onCleanup(() => clearInterval(timer));
  });
  return (
    <div class="frame" classList={{ stale: lostSince() !== null && mayLook() }}>
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
          <ErrorBoundary fallback={(_, again) => <Broken again={again} />}>
            <Suspense>{props.children}</Suspense>
          </ErrorBoundary>
        </Show>
      </main>
      <SignIn open={signsIn()} onOpen={setSignsIn} />
    </div>
  );
}

function MustSignIn(props: { readonly signIn: () => void }): JSX.Element {
  return (
    <div class="state-of-view stack">
      <h1>{words.signIn.needed}</h1>
      <p>
        <button type="button" onClick={() => props.signIn()}>
          {words.frame.signIn}
        </button>
      </p>
    </div>
  );
}
