/** Where parts are: destinations with what they hold, parts on their way, and what went wrong, which a person may put right. */
import { A } from '@solidjs/router';
import { type JSX, Show } from 'solid-js';
import { ask } from '../../api/ask.ts';
import { question } from '../../api/question.ts';
import { may } from '../../api/session.ts';
import type { RouteDestination, RoutedWay, Routing } from '../../api/types.ts';
import { Bar } from '../../pieces/bar.tsx';
import { Each } from '../../pieces/each.tsx';
import { Known, Nothing } from '../../pieces/known.tsx';
import { count } from '../../pieces/numbers.ts';
import { lastsOf } from '../../pieces/times.ts';
import { TwoTouches } from '../../pieces/two-touches.tsx';
import { words } from '../../words.ts';
import { wayText } from './way.ts';
import './routes.css';

const EVERY = 2000;

export function RoutesView(): JSX.Element {
  const routing = question<Routing>(() => '/routes', EVERY);
  return (
    <>
      <h1>{words.views.routes}</h1>
      <Known of={routing}>
        {(known) => (
          <Show when={known().on} fallback={<Nothing what={words.routes.off} next={words.routes.offNext} />}>
            <div class="stack">
              <Faults of={known()} again={routing.again} />
              <Destinations of={known().destinations} again={routing.again} />
              <UnderWay of={known()} />
            </div>
          </Show>
        )}
      </Known>
    </>
  );
}

interface Changing {
  readonly again: () => void;
}

function Faults(props: { readonly of: Routing } & Changing): JSX.Element {
  return (
    <Show when={props.of.faults.length > 0}>
      <section class="panel" aria-label={words.routes.faults}>
        <h2>{words.routes.faults}</h2>
        <ul class="routes-ways">
          <Each of={props.of.faults} by={({ id }) => id}>
            {(way) => (
              <li>
                <p>
                  <strong>▲ {words.routes.fault[way().fault ?? 'strayed']}</strong>
                  <br />
                  <PartName of={way()} /> {wayText(way())}
                </p>
                <Show when={may('operator')} fallback={<span class="soft">{words.routes.signIn}</span>}>
                  <TwoTouches
                    what={words.routes.forget}
                    effect={words.routes.forgets(way().part ?? words.routes.nameless)}
                    confirm={words.routes.forgetNow}
                    work={() => say({ do: 'forget', ...aboutOf(way()) })}
                    done={props.again}
                  />
                </Show>
              </li>
            )}
          </Each>
        </ul>
      </section>
    </Show>
  );
}

/** One without an id is known by its place alone. */
const aboutOf = ({ part, place, to }: RoutedWay): object => (part === null ? { destination: place ?? to ?? '' } : { part });
const say = (body: object) => ask<unknown>('/routes', { method: 'POST', body });

function Destinations(props: { readonly of: readonly RouteDestination[] } & Changing): JSX.Element {
  return (
    <section class="panel" aria-label={words.routes.destinations}>
      <h2>{words.routes.destinations}</h2>
      <ul class="routes-places">
        <Each of={props.of} by={({ name }) => name}>
          {(destination) => <Place of={destination()} again={props.again} />}
        </Each>
      </ul>
    </section>
  );
}

function Place(props: { readonly of: RouteDestination } & Changing): JSX.Element {
  const taken = () => props.of.contents + props.of.under_way;
  return (
    <li class="stack" classList={{ full: props.of.full }} aria-label={props.of.name}>
      <p>
        <strong>{props.of.name}</strong> <span class="soft">{words.routes.action[props.of.action]}</span>
      </p>
      <Show when={props.of.capacity}>
        {(capacity) => (
          <>
            <Bar part={taken() / capacity()} />
            <p>
              {words.routes.holds(count(props.of.contents), count(capacity()))}
              <Show when={props.of.full}>
                {' '}
                <strong>▲ {words.routes.full}</strong>
              </Show>
            </p>
          </>
        )}
      </Show>
      <Show when={props.of.capacity === null && props.of.contents > 0}>
        <p>{words.routes.contents(props.of.contents)}</p>
      </Show>
      <p>{words.routes.underWay(props.of.under_way)}</p>
      <Show when={props.of.oldest_ms !== null}>
        <p class="soft">{words.routes.oldest(lastsOf(props.of.oldest_ms ?? 0))}</p>
      </Show>
      <p class="soft">{words.routes.came(count(props.of.came), count(props.of.gone))}</p>
      <Show when={props.of.contents > 0 && may('operator')}>
        <TwoTouches
          what={words.routes.empty}
          effect={words.routes.empties(props.of.name, props.of.contents)}
          confirm={words.routes.emptyNow}
          work={() => say({ do: 'empty', destination: props.of.name })}
          done={props.again}
        />
      </Show>
    </li>
  );
}

function UnderWay(props: { readonly of: Routing }): JSX.Element {
  return (
    <section class="panel" aria-label={words.routes.moving}>
      <h2>{words.routes.moving}</h2>
      <Show when={props.of.under_way.length > 0} fallback={<p class="soft">{words.routes.nobodyMoves}</p>}>
        <ul class="routes-ways">
          <Each of={props.of.under_way} by={({ id }) => id}>
            {(way) => (
              <li>
                <p>
                  <PartName of={way()} /> {wayText(way())}
                  <br />
                  <span class="soft">{way().why}</span>
                </p>
              </li>
            )}
          </Each>
        </ul>
      </Show>
      <Show when={props.of.cut > 0}>
        <p class="soft">{words.routes.more(props.of.cut)}</p>
      </Show>
    </section>
  );
}

function PartName(props: { readonly of: RoutedWay }): JSX.Element {
  return (
    <Show when={props.of.part} fallback={words.routes.nameless}>
      {(part) => <A href={`/part/${encodeURIComponent(part())}`}>{part()}</A>}
    </Show>
  );
}
