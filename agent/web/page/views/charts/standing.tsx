/** How a chart stands, in a word with a shape and a colour: never colour alone (WCAG 1.4.1). */
import { type JSX, Match, Show, Switch } from 'solid-js';
import type { Chart } from '../../api/types.ts';
import { words } from '../../words.ts';

export function Standing(props: { readonly of: Chart }): JSX.Element {
  return (
    <Switch>
      <Match when={props.of.signal}>
        <span class="verdict nok">
          <span aria-hidden="true">▲</span>
          {words.charts.out}
        </span>
        <Show when={!props.of.out}>
          <br />
          <span class="soft">{words.charts.calming}</span>
        </Show>
      </Match>
      <Match when={props.of.phase === 'watching'}>
        <span class="verdict ok">
          <span aria-hidden="true">●</span>
          {words.charts.inControl}
        </span>
      </Match>
      <Match when={props.of.phase === 'proposed'}>
        <span class="verdict review">
          <span aria-hidden="true">◆</span>
          {words.charts.proposed}
        </span>
      </Match>
      <Match when={props.of.phase === 'learning'}>{words.charts.learning(props.of.samples, props.of.learn)}</Match>
    </Switch>
  );
}

export const addressOf = ({ station, name, recipe }: Pick<Chart, 'station' | 'name' | 'recipe'>): string =>
  `/charts/${encodeURIComponent(station)}/${encodeURIComponent(name)}?recipe=${encodeURIComponent(recipe)}`;

/** Five digits are enough to decide by. */
export const figure = (value: number): string => String(Number(value.toPrecision(5))).replace('-', '−');
