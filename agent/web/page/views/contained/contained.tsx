/** Parts that are in question: which stretches there are, and a new one since the last proof. */
import { A, useNavigate } from '@solidjs/router';
import { createSignal, For, type JSX, Show } from 'solid-js';
import { ask } from '../../api/ask.ts';
import { shown } from '../../api/live.ts';
import { question } from '../../api/question.ts';
import { may } from '../../api/session.ts';
import type { Contained, ContainedPage } from '../../api/types.ts';
import { Each } from '../../pieces/each.tsx';
import { Known, Nothing } from '../../pieces/known.tsx';
import { momentOf, utcOf } from '../../pieces/times.ts';
import { TwoTouches } from '../../pieces/two-touches.tsx';
import { words } from '../../words.ts';
import './contained.css';

/** ms */
const EVERY = 5000;
const LIMIT = 50;

export function ContainedView(): JSX.Element {
  const all = question<ContainedPage>(() => `/containments?limit=${LIMIT}`, EVERY);
  return (
    <>
      <header>
        <h1>{words.contained.title}</h1>
      </header>
      <p class="soft">{words.contained.means}</p>
      <Known of={all}>
        {(known) => (
          <Show when={known().items.length > 0} fallback={<Nothing what={words.contained.none} next={words.contained.noneNext} />}>
            <ul class="stack">
              <Each of={known().items} by={({ id }) => id}>
                {(one) => <Card of={one()} />}
              </Each>
            </ul>
          </Show>
        )}
      </Known>
      <Show when={may('operator')} fallback={<p class="soft">{words.contained.signIn}</p>}>
        <Begin />
      </Show>
    </>
  );
}

function Card(props: { readonly of: Contained }): JSX.Element {
  return (
    <li class="panel stack contained" classList={{ open: props.of.disposition === null }}>
      <p class="what">
        <Show when={props.of.disposition === null}>
          <span aria-hidden="true">▲ </span>
        </Show>
        <A class="open" href={`/contained/${props.of.id}`}>
          {words.contained.count(props.of.parts, props.of.station)}
        </A>
      </p>
      <p>{props.of.why}</p>
      <p class="soft" title={utcOf(props.of.at)}>
        {words.contained.opened(momentOf(props.of.at))} · {stateOf(props.of)}
      </p>
    </li>
  );
}

export function stateOf({ disposition, until }: Pick<Contained, 'disposition' | 'until'>): string {
  if (disposition) return words.contained.decided[disposition.disposition](disposition.who);
  return until === null ? words.contained.grows : words.contained.waits;
}

/** Since the last proof, or since the last one before an alarm that stands. */
function Begin(): JSX.Element {
  const go = useNavigate();
  const stations = () => Object.keys(shown.line?.stations ?? {});
  const [chosen, setStation] = createSignal<string | null>(null);
  const station = () => chosen() ?? stations()[0] ?? '';
  const alarms = () => (shown.line?.alarms ?? []).filter(({ subject }) => subject.split('/')[0] === station());
  const [alarm, setAlarm] = createSignal('');
  const named = () => alarms().find(({ key }) => key === alarm());
  const begin = async () => {
    const because = named();
    const done = await ask<Contained>('/containments', {
      method: 'POST',
      body: { station: station(), ...(because ? { alarm: because.key } : {}) },
    });
    if (done.ok) go(`/contained/${done.value.id}`);
    return done;
  };
  return (
    <section class="panel stack" aria-labelledby="begin">
      <h2 id="begin">{words.contained.begin}</h2>
      <div class="row">
        <div class="field">
          <label for="contained station">{words.contained.station}</label>
          <select id="contained station" onChange={(event) => setStation(event.currentTarget.value)}>
            <For each={stations()}>{(name) => <option selected={name === station()}>{name}</option>}</For>
          </select>
        </div>
        <div class="field">
          <label for="contained because">{words.contained.because}</label>
          <select id="contained because" onChange={(event) => setAlarm(event.currentTarget.value)}>
            <option value="">{words.contained.anyway}</option>
            <For each={alarms()}>{({ key, text }) => <option value={key}>{text}</option>}</For>
          </select>
        </div>
      </div>
      <TwoTouches
        what={words.contained.beginNow}
        effect={words.contained.beginEffect(station())}
        confirm={words.contained.beginSure}
        work={begin}
        disabled={station() === ''}
      />
    </section>
  );
}
