/** The station as a gauge: the part that an open study asks for, a new study, those of before, and people beside the agent. */
import { A } from '@solidjs/router';
import { createSignal, For, type JSX, Show } from 'solid-js';
import { ask } from '../../api/ask.ts';
import { question } from '../../api/question.ts';
import { may } from '../../api/session.ts';
import type { OpenStudy, StudiesNow, StudyItem, StudyPage, StudyPlan } from '../../api/types.ts';
import { Each } from '../../pieces/each.tsx';
import { Known, Nothing } from '../../pieces/known.tsx';
import { momentOf, utcOf } from '../../pieces/times.ts';
import { TwoTouches } from '../../pieces/two-touches.tsx';
import { words } from '../../words.ts';
import { BesideSection } from './beside.tsx';
import './gauge.css';

/** ms. Somebody stands there with a part in hand. */
const EVERY = 1000;
const LIST_EVERY = 5000;

export function GaugeView(): JSX.Element {
  const now = question<StudiesNow>(() => '/studies/now', EVERY);
  const before = question<StudyPage>(() => '/studies?limit=20', LIST_EVERY);
  const again = () => {
    now.again();
    before.again();
  };
  return (
    <>
      <h1>{words.gauge.title}</h1>
      <p class="soft">{words.gauge.means}</p>
      <Known of={now}>
        {(known) => (
          <Show when={known().plans.length > 0} fallback={<Nothing what={words.gauge.none} next={words.gauge.noneNext} />}>
            <div class="stack">
              <Each of={Object.entries(known().open)} by={([station]) => station}>
                {(one) => <Open station={one()[0]} of={one()[1]} again={again} />}
              </Each>
              <Begin plans={known().plans.filter(({ station }) => known().open[station] === undefined)} again={again} />
            </div>
          </Show>
        )}
      </Known>
      <Known of={before}>{(known) => <Before items={known().items} />}</Known>
      <BesideSection stations={[...new Set(now.answer()?.plans.map(({ station }) => station) ?? [])]} />
    </>
  );
}

const tell = (verb: 'begin' | 'place' | 'again' | 'cancel', body: object) => ask<unknown>(`/studies/${verb}`, { method: 'POST', body });

function Open(props: { readonly station: string; readonly of: OpenStudy; readonly again: () => void }): JSX.Element {
  const asked = () => props.of.asked;
  return (
    <section class="panel stack" aria-label={words.gauge.open(props.of.name, props.station)}>
      <h2>{words.gauge.open(props.of.name, props.station)}</h2>
      <p>
        <progress max={props.of.of} value={props.of.shown} aria-label={words.gauge.progress} />{' '}
        {words.gauge.shown(props.of.shown, props.of.of)}
      </p>
      <p class="study-asks" role="status">
        {words.gauge.show(asked().part, props.of.by)}
        <small>{words.gauge.trial(asked().appraiser, asked().trial)}</small>
      </p>
      <Show when={props.of.again}>
        {(why) => (
          <p role="alert">
            <strong>▲ {words.gauge.again(why())}</strong>
          </p>
        )}
      </Show>
      <Show when={props.of.other}>{(part) => <p class="soft">{words.gauge.other(part())}</p>}</Show>
      <Show when={may('operator')} fallback={<p class="soft">{words.gauge.signIn}</p>}>
        <Acts station={props.station} of={props.of} again={props.again} />
      </Show>
    </section>
  );
}

function Acts(props: { readonly station: string; readonly of: OpenStudy; readonly again: () => void }): JSX.Element {
  const [busy, setBusy] = createSignal(false);
  const place = async () => {
    setBusy(true);
    await tell('place', { station: props.station });
    setBusy(false);
    props.again();
  };
  return (
    <div class="row apart">
      <Show when={props.of.by === 'order'}>
        <Show when={!props.of.placed} fallback={<p>{words.gauge.waits}</p>}>
          <button type="button" class="act" disabled={busy()} onClick={() => void place()}>
            {words.gauge.place(props.of.asked.part)}
          </button>
        </Show>
      </Show>
      <Show when={props.of.shown > 0}>
        <TwoTouches
          what={words.gauge.takeBack}
          effect={words.gauge.takeBackEffect}
          confirm={words.gauge.takeBackSure}
          work={() => tell('again', { station: props.station })}
          done={props.again}
        />
      </Show>
      <TwoTouches
        what={words.gauge.cancel}
        effect={words.gauge.cancelEffect}
        confirm={words.gauge.cancelSure}
        work={() => tell('cancel', { station: props.station })}
        done={props.again}
      />
    </div>
  );
}

const keyOf = ({ station, name }: StudyPlan): string => `${station}/${name}`;

function Begin(props: { readonly plans: readonly StudyPlan[]; readonly again: () => void }): JSX.Element {
  const [chosen, setChosen] = createSignal('');
  const plan = () => props.plans.find((one) => keyOf(one) === chosen()) ?? props.plans[0];
  return (
    <Show when={plan()}>
      {(known) => (
        <section class="panel stack" aria-labelledby="begin-study">
          <h2 id="begin-study">{words.gauge.begin}</h2>
          <div class="field">
            <label for="study">{words.gauge.study}</label>
            <select id="study" onChange={(event) => setChosen(event.currentTarget.value)}>
              <For each={props.plans}>
                {(one) => (
                  <option value={keyOf(one)} selected={keyOf(one) === keyOf(known())}>
                    {words.gauge.plan(one.name, one.station)}
                  </option>
                )}
              </For>
            </select>
          </div>
          <p class="soft">
            {words.gauge.kinds[known().kind]} {words.gauge.wants(known().parts, known().appraisers, known().showings)}{' '}
            {words.gauge.by[known().by]}
          </p>
          <Show when={may('operator')} fallback={<p class="soft">{words.gauge.signIn}</p>}>
            <TwoTouches
              what={words.gauge.beginNow}
              effect={words.gauge.beginEffect}
              confirm={words.gauge.beginSure}
              work={() => tell('begin', { station: known().station, study: known().name })}
              done={props.again}
            />
          </Show>
        </section>
      )}
    </Show>
  );
}

function Before(props: { readonly items: readonly StudyItem[] }): JSX.Element {
  return (
    <Show when={props.items.length > 0}>
      <section class="panel stack" aria-label={words.gauge.before}>
        <h2>{words.gauge.before}</h2>
        <ul class="stack">
          <Each of={props.items} by={({ id }) => id}>
            {(one) => (
              <li>
                <A class="study-link" href={`/gauge/${one().id}`} title={utcOf(one().at)}>
                  {words.gauge.open(one().name, one().station)}, {momentOf(one().at)}
                </A>
                <span class="soft">{words.gauge.state[one().state](one().shown, one().of, one().why)}</span>
              </li>
            )}
          </Each>
        </ul>
      </section>
    </Show>
  );
}
