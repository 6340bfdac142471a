/** Control charts: all of them, those that are out of control first. */
import { A } from '@solidjs/router';
import { For, type JSX, Show } from 'solid-js';
import { question } from '../../api/question.ts';
import type { Chart } from '../../api/types.ts';
import { Known, Nothing } from '../../pieces/known.tsx';
import { momentOf } from '../../pieces/times.ts';
import { words } from '../../words.ts';
import { addressOf, figure, Standing } from './standing.tsx';
import './charts.css';

const EVERY = 3000;

export function ChartsView(): JSX.Element {
  const charts = question<readonly Chart[]>(() => '/charts', EVERY);
  return (
    <>
      <h1>{words.views.charts}</h1>
      <Known of={charts}>
        {(known) => (
          <Show when={known().length > 0} fallback={<Nothing what={words.charts.none} next={words.charts.noneNext} />}>
            <section class="panel scrolls" tabindex="0" aria-label={words.views.charts}>
              <table>
                <thead>
                  <tr>
                    <th scope="col">{words.charts.chart}</th>
                    <th scope="col">{words.charts.standing}</th>
                    <th scope="col" class="number">
                      {words.charts.newest}
                    </th>
                    <th scope="col" class="aside">
                      {words.charts.at}
                    </th>
                  </tr>
                </thead>
                <tbody>
                  <For each={inOrder(known())}>
                    {(chart) => (
                      <tr>
                        <th scope="row">
                          <A href={addressOf(chart)}>{words.charts.nameOf(chart.name, chart.station)}</A>
                          <br />
                          <span class="soft">{words.charts.under(chart.recipe, chart.of.join(', '))}</span>
                        </th>
                        <td>
                          <Standing of={chart} />
                        </td>
                        <td class="number">{chart.last?.values[0] === undefined ? '' : figure(chart.last.values[0])}</td>
                        <td class="aside">{chart.last ? momentOf(chart.last.at) : ''}</td>
                      </tr>
                    )}
                  </For>
                </tbody>
              </table>
            </section>
          </Show>
        )}
      </Known>
    </>
  );
}

/** What is wrong first, then what waits for somebody, then the newest. */
const URGENCY = (chart: Chart): number => (chart.signal ? 0 : chart.phase === 'proposed' ? 1 : 2);
const inOrder = (charts: readonly Chart[]): readonly Chart[] =>
  [...charts].sort((a, b) => URGENCY(a) - URGENCY(b) || (b.last?.at ?? 0) - (a.last?.at ?? 0));
