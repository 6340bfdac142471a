/** An address that is no view. */
import { A, useLocation } from '@solidjs/router';
import type { JSX } from 'solid-js';
import { Nothing } from '../pieces/known.tsx';
import { words } from '../words.ts';

export function Elsewhere(): JSX.Element {
  const location = useLocation();
  return (
    <>
      <Nothing what={words.state.elsewhere(location.pathname)} />
      <p>
        <A class="button" href="/">
          {words.state.toLine}
        </A>
      </p>
    </>
  );
}
