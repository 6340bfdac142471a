/** One control chart: its points and limits, what is out of control and since when, its capability, and what a technician may change. */
import { useParams, useSearchParams } from '@solidjs/router';
import { createMemo, For, type JSX, Show } from 'solid-js';
import { ask } from '../../api/ask.ts';
import { question } from '../../api/question.ts';
import { may } from '../../api/session.ts';
import type { Chart, ChartDetail } from '../../api/types.ts';
import { Known } from '../../pieces/known.tsx';
import { momentOf } from '../../pieces/times.ts';
import { TwoTouches } from '../../pieces/two-touches.tsx';
import { words } from '../../words.ts';
import { inputTimeOf } from '../parts/wish.ts';
import { Capability } from './capability.tsx';
import { Panel } from './panel.tsx';
import { figure, Standing } from './standing.tsx';
import './charts.css';

const EVERY = 3000;
/** Points out of control that are listed. */
const LISTED = 10;

export function ChartView(): JSX.Element {
  const at = useParams<{ station: string; chart: string }>();
  const [address] = useSearchParams<{ recipe?: string | undefined }>();
  const path = createMemo(() => {
    const recipe = address.recipe === undefined ? '' : `?recipe=${encodeURIComponent(address.recipe)}`;
    return `/charts/${encodeURIComponent(at.station)}/${encodeURIComponent(at.chart)}${recipe}`;
  });
  const detail = question<ChartDetail>(path, EVERY);
  return (
    <>
      <header>
        <h1>{words.charts.nameOf(at.chart, at.station)}</h1>
        <Show when={detail.answer()}>
          {(known) => <span class="soft">{words.charts.under(known().state.recipe, known().state.of.join(', '))}</span>}
        </Show>
      </header>
      <Known of={detail}>
        {(known) => (
          <>
            <State of={known().state} />
            <section class="panel stack" aria-label={words.charts.points}>
              <For each={known().panels}>{(_, index) => <Panel of={known()} index={index()} />}</For>
              <p class="soft">{words.charts.legend}</p>
            </section>
            <Out of={known()} />
            <Show when={known().capability}>
              {(capability) => (
                <section class="panel stack" aria-label={words.charts.capability}>
                  <h2>{words.charts.capability}</h2>
                  <Capability of={capability()} />
                </section>
              )}
            </Show>
            <Changes of={known().state} changed={detail.again} />
          </>
        )}
      </Known>
    </>
  );
}

function State(props: { readonly of: Chart }): JSX.Element {
  return (
    <section class="panel stack" aria-label={words.charts.standing}>
      <p>
        <Standing of={props.of} />
      </p>
      <Show when={props.of.signal}>
        {(signal) => (
          <>
            <p role="status">
              {words.charts.signal(
                words.charts.rules[signal().rule] ?? signal().rule,
                signal().since.sequence,
                momentOf(signal().since.at),
              )}
            </p>
            <Show when={signal().likely} fallback={<PartsSince of={props.of} at={signal().since.at} />}>
              {(likely) => (
                <>
                  <p>{words.charts.likely(likely().sequence, momentOf(likely().at))}</p>
                  <PartsSince of={props.of} at={signal().from?.at ?? likely().at} />
                </>
              )}
            </Show>
          </>
        )}
      </Show>
      <p class="soft">
        <Show when={props.of.closed} fallback={words.charts.phaseOne(props.of.samples, props.of.learn, props.of.size)}>
          {(closed) => words.charts.closedBy(closed().who, momentOf(closed().at))}
        </Show>
        <Show when={props.of.left_out > 0}> {words.charts.leftOut(props.of.left_out)}</Show>
      </p>
      <Show when={props.of.refused}>{(why) => <p class="soft">{why()}</p>}</Show>
    </section>
  );
}

function PartsSince(props: { readonly of: Chart; readonly at: number }): JSX.Element {
  const query = () =>
    new URLSearchParams({ station: props.of.station, recipe: props.of.recipe, from: inputTimeOf(Math.floor(props.at / 1000) * 1000) });
  return (
    <p>
      <a class="button" href={`/parts?${query()}`}>
        {words.charts.partsSince(momentOf(props.at))}
      </a>
    </p>
  );
}

/** The same in words: a canvas says nothing to who cannot see it. */
function Out(props: { readonly of: ChartDetail }): JSX.Element {
  const out = () =>
    props.of.points
      .filter(({ rule }) => rule !== '')
      .slice(-LISTED)
      .reverse();
  return (
    <section class="panel stack" aria-label={words.charts.outOfControl}>
      <h2>{words.charts.outOfControl}</h2>
      <Show when={out().length > 0} fallback={<p>{words.charts.noneOut(props.of.points.length)}</p>}>
        <table>
          <thead>
            <tr>
              <th scope="col">{words.charts.at}</th>
              <th scope="col" class="number">
                {words.charts.part}
              </th>
              <th scope="col" class="number">
                {words.charts.value}
              </th>
              <th scope="col">{words.charts.why}</th>
            </tr>
          </thead>
          <tbody>
            <For each={out()}>
              {(point) => (
                <tr>
                  <th scope="row">{momentOf(point.at)}</th>
                  <td class="number">{point.sequence}</td>
                  <td class="number">{point.values.map(figure).join(' / ')}</td>
                  <td>
                    <span aria-hidden="true">▲ </span>
                    {words.charts.rules[point.rule] ?? point.rule}
                  </td>
                </tr>
              )}
            </For>
          </tbody>
        </table>
      </Show>
    </section>
  );
}

function Changes(props: { readonly of: Chart; readonly changed: () => void }): JSX.Element {
  const change = (verb: 'close' | 'learn' | 'restart') => () =>
    ask(`/charts/${encodeURIComponent(props.of.station)}/${encodeURIComponent(props.of.name)}`, {
      method: 'POST',
      body: { do: verb, recipe: props.of.recipe },
    });
  const limits = () => (props.of.limits ?? []).map(({ lower, upper }) => `${figure(lower)} … ${figure(upper)}`).join(', ');
  return (
    <section class="panel stack" aria-label={words.charts.changes}>
      <h2>{words.charts.changes}</h2>
      <Show when={may('technician')} fallback={<p class="soft">{words.charts.technician}</p>}>
        <div class="row apart chart-changes">
          <Show
            when={props.of.closed}
            fallback={
              <TwoTouches
                what={words.charts.close}
                effect={words.charts.closeEffect(limits(), props.of.outside ?? 0)}
                confirm={words.charts.closeNow}
                work={change('close')}
                done={props.changed}
                disabled={props.of.phase !== 'proposed' || props.of.limits === null}
              />
            }
          >
            <TwoTouches
              what={words.charts.restart}
              effect={words.charts.restartEffect}
              confirm={words.charts.restartNow}
              work={change('restart')}
              done={props.changed}
            />
            <TwoTouches
              what={words.charts.again}
              effect={words.charts.againEffect(props.of.learn)}
              confirm={words.charts.againNow}
              work={change('close')}
              done={props.changed}
            />
          </Show>
          <TwoTouches
            what={words.charts.learn}
            effect={words.charts.learnEffect(props.of.learn)}
            confirm={words.charts.learnNow}
            work={change('learn')}
            done={props.changed}
          />
        </div>
      </Show>
    </section>
  );
}
