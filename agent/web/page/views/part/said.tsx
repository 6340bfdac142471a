/** What the machine said around the part, and what was active then. Nothing where it said nothing. */
import { type JSX, Show } from 'solid-js';
import { question } from '../../api/question.ts';
import type { MachineText, WholeInspection } from '../../api/types.ts';
import { SaidList } from '../../pieces/said.tsx';
import { words } from '../../words.ts';

/** ms */
const BEFORE = 5 * 60_000;
const AFTER = 60_000;

export function SaidPanel(props: { readonly of: Pick<WholeInspection, 'at' | 'station'> }): JSX.Element {
  const said = question<readonly MachineText[]>(() => {
    const { at, station } = props.of;
    return `/texts?station=${encodeURIComponent(station)}&from=${at - BEFORE}&to=${at + AFTER}&limit=20`;
  });
  const all = () => said.answer() ?? [];
  return (
    <Show when={all().length > 0}>
      <section class="panel stack" aria-label={words.said.around}>
        <h2>{words.said.around}</h2>
        <SaidList of={all()} />
      </section>
    </Show>
  );
}
