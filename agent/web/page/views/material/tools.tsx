/** Tools of the line: how each is worn, until when it lasts, and that somebody has changed it. */
import { For, type JSX, Show } from 'solid-js';
import { ask } from '../../api/ask.ts';
import { may } from '../../api/session.ts';
import type { Tool } from '../../api/types.ts';
import { Bar } from '../../pieces/bar.tsx';
import { count } from '../../pieces/numbers.ts';
import { ageOf, lastsOf, momentOf, now, utcOf } from '../../pieces/times.ts';
import { TwoTouches } from '../../pieces/two-touches.tsx';
import { words } from '../../words.ts';

export function ToolList(props: { readonly tools: readonly Tool[]; readonly again: () => void }): JSX.Element {
  const keyOf = ({ station, name }: Tool) => `${station}/${name}`;
  return (
    <For each={props.tools.map(keyOf)}>
      {(key) => <Show when={props.tools.find((tool) => keyOf(tool) === key)}>{(tool) => <One of={tool()} again={props.again} />}</Show>}
    </For>
  );
}

function One(props: { readonly of: Tool; readonly again: () => void }): JSX.Element {
  const isWrong = () => props.of.state === 'overdue' || props.of.state === 'unknown';
  const change = () =>
    ask<unknown>(`/stations/${encodeURIComponent(props.of.station)}/tools/${encodeURIComponent(props.of.name)}`, {
      method: 'POST',
      body: { do: 'changed' },
    });
  return (
    <section class="panel stack material" classList={{ wrong: isWrong() }} aria-label={props.of.name}>
      <h2>
        {props.of.name} <span class="soft">{words.material.at(props.of.station)}</span>
      </h2>
      <p role="status">
        <strong>
          {isWrong() ? '▲ ' : ''}
          {words.tools.state[props.of.state]}
        </strong>
        <Show when={props.of.because}>{(why) => <>: {why()}</>}</Show>
        <Show when={props.of.call?.by}>
          {(by) => (
            <>
              <br />
              <span title={utcOf(by())}>{words.tools.changeBy(momentOf(by()))}</span>
            </>
          )}
        </Show>
      </p>
      <Figures of={props.of} />
      <Show when={may('operator')} fallback={<p class="soft">{words.tools.signIn}</p>}>
        <div class="row">
          <TwoTouches
            what={words.tools.changed}
            effect={words.tools.changedEffect(props.of.name)}
            confirm={words.tools.changedNow}
            work={change}
            done={props.again}
            failed={props.again}
          />
        </div>
      </Show>
    </section>
  );
}

function Figures(props: { readonly of: Tool }): JSX.Element {
  const lasts = (at: number | null | undefined) =>
    at === null || at === undefined ? words.material.long : lastsOf(Math.max(0, at - now()));
  const figure = (value: number) => `${Number(value.toPrecision(3))}`;
  return (
    <dl class="figures">
      <div>
        <dt>{words.tools.used}</dt>
        <dd>
          {props.of.life === null ? count(props.of.used) : words.tools.usedOf(count(props.of.used), count(props.of.life))}{' '}
          <span class="soft">{props.of.changed === null ? words.tools.never : words.tools.since(ageOf(props.of.changed))}</span>
          <Show when={props.of.life}>{(life) => <Bar part={props.of.used / life()} />}</Show>
        </dd>
      </div>
      <Show when={props.of.limit !== null}>
        <div>
          <dt>{words.tools.trend}</dt>
          <dd>{props.of.level === null ? '–' : words.tools.ofLimit(figure(props.of.level), figure(props.of.limit ?? 0))}</dd>
        </div>
      </Show>
      <Show when={props.of.left}>
        {(left) => (
          <div>
            <dt>{words.tools.left}</dt>
            <dd>
              {count(left().middle)}{' '}
              <Show when={left().low !== left().high}>
                <span class="soft">{words.material.between(count(left().low), count(left().high))}</span>
              </Show>
            </dd>
          </div>
        )}
      </Show>
      <Show when={props.of.state !== 'overdue' && props.of.until}>
        {(until) => (
          <div>
            <dt>{words.tools.lasts}</dt>
            <dd>
              <span title={until().middle === null ? '' : utcOf(until().middle ?? 0)}>{lasts(until().middle)}</span>{' '}
              <span class="soft">{words.material.between(lasts(until().low), lasts(until().high))}</span>
            </dd>
          </div>
        )}
      </Show>
    </dl>
  );
}
