/** People beside the agent: how far each two agree, over parts of production that they have labelled. */
import { createSignal, For, type JSX, Show } from 'solid-js';
import { question } from '../../api/question.ts';
import type { Beside, StudyPair } from '../../api/types.ts';
import { Known } from '../../pieces/known.tsx';
import { words } from '../../words.ts';
import { kappa } from './figures.ts';

export function BesideSection(props: { readonly stations: readonly string[] }): JSX.Element {
  const [chosen, setChosen] = createSignal<string | null>(null);
  const station = () => chosen() ?? props.stations[0] ?? null;
  const beside = question<Beside>(() => {
    const name = station();
    return name === null ? null : `/studies/beside/${encodeURIComponent(name)}`;
  });
  return (
    <Show when={station()}>
      {(name) => (
        <section class="panel stack" aria-label={words.gauge.people}>
          <h2>{words.gauge.people}</h2>
          <Show when={props.stations.length > 1}>
            <div class="field">
              <label for="beside">{words.gauge.station}</label>
              <select id="beside" onChange={(event) => setChosen(event.currentTarget.value)}>
                <For each={props.stations}>{(one) => <option selected={one === name()}>{one}</option>}</For>
              </select>
            </div>
          </Show>
          <Known of={beside}>
            {(known) => (
              <>
                <Show when={known().refused}>{(why) => <p>{words.gauge.besideRefused(why())}</p>}</Show>
                <Show when={known().pairs.length > 0}>
                  <Pairs of={known().pairs} />
                </Show>
              </>
            )}
          </Known>
        </section>
      )}
    </Show>
  );
}

export function Pairs(props: { readonly of: readonly StudyPair[] }): JSX.Element {
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">{words.gauge.pair}</th>
          <th scope="col" class="number">
            {words.gauge.both}
          </th>
          <th scope="col" class="number">
            {words.gauge.kappa}
          </th>
        </tr>
      </thead>
      <tbody>
        <For each={props.of}>
          {({ between, both, kappa: value }) => (
            <tr>
              <td>{between.join(' – ')}</td>
              <td class="number">{both}</td>
              <td class="number">{kappa(value)}</td>
            </tr>
          )}
        </For>
      </tbody>
    </table>
  );
}
