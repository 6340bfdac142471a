/** What the machines say is wrong with them now. Nothing where they say nothing. */
import { type JSX, Show } from 'solid-js';
import { question } from '../../api/question.ts';
import type { MachineText } from '../../api/types.ts';
import { SaidList } from '../../pieces/said.tsx';
import { words } from '../../words.ts';

const EVERY = 5000;

export function SaidNow(): JSX.Element {
  const said = question<readonly MachineText[]>(() => '/texts?active=true&limit=50', EVERY);
  const all = () => said.answer() ?? [];
  return (
    <Show when={all().length > 0}>
      <section class="panel stack" aria-label={words.said.now}>
        <h2>{words.said.now}</h2>
        <SaidList of={all()} />
      </section>
    </Show>
  );
}
