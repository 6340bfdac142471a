/** Materials of the line, what is there, how long it lasts and what was called; and its tools. */
import { createSignal, For, type JSX, Show } from 'solid-js';
import { ask } from '../../api/ask.ts';
import { question } from '../../api/question.ts';
import { may } from '../../api/session.ts';
import type { Material, MaterialCall, Materials, Tools } from '../../api/types.ts';
import { Known, Nothing } from '../../pieces/known.tsx';
import { count, percent } from '../../pieces/numbers.ts';
import { ageOf, lastsOf, momentOf, now, utcOf } from '../../pieces/times.ts';
import { TwoTouches } from '../../pieces/two-touches.tsx';
import { words } from '../../words.ts';
import { Band } from './band.tsx';
import { ToolList } from './tools.tsx';
import './material.css';

const EVERY = 3000;

export function MaterialView(): JSX.Element {
  const materials = question<Materials>(() => '/materials', EVERY);
  const tools = question<Tools>(() => '/tools', EVERY);
  const isOff = () => materials.answer()?.on === false && tools.answer()?.on === false;
  return (
    <>
      <h1>{words.views.material}</h1>
      <Show when={!isOff()} fallback={<Nothing what={words.material.off} next={words.material.offNext} />}>
        <div class="stack">
          <Known of={materials}>{(known) => <MaterialList materials={known().materials} again={materials.again} />}</Known>
          <Known of={tools}>{(known) => <ToolList tools={known().tools} again={tools.again} />}</Known>
        </div>
      </Show>
    </>
  );
}

/** By place: a number that is typed while the next answer comes stays. */
function MaterialList(props: { readonly materials: readonly Material[]; readonly again: () => void }): JSX.Element {
  const keyOf = ({ station, name }: Material) => `${station}/${name}`;
  return (
    <For each={props.materials.map(keyOf)}>
      {(key) => <Show when={props.materials.find((one) => keyOf(one) === key)}>{(one) => <One of={one()} again={props.again} />}</Show>}
    </For>
  );
}

function amount(value: number, unit: string | null): string {
  const digits = Math.abs(value) < 10 && !Number.isInteger(value) ? value.toFixed(1) : count(value);
  return unit === null ? digits : `${digits} ${unit}`;
}

function One(props: { readonly of: Material; readonly again: () => void }): JSX.Element {
  return (
    <section class="panel stack material" classList={{ wrong: isWrong(props.of) }} aria-label={props.of.name}>
      <h2>
        {props.of.name} <span class="soft">{words.material.at(props.of.station)}</span>
      </h2>
      <p role="status">
        <strong>
          {isWrong(props.of) ? '▲ ' : ''}
          {words.material.state[props.of.state]}
        </strong>
        <Show when={props.of.because}>{(why) => <>: {why()}</>}</Show>
      </p>
      <Figures of={props.of} />
      <Show when={props.of.forecast.length > 1}>
        <Band points={props.of.forecast} reorder={props.of.reorder_at} />
        <p class="soft">{words.material.legend}</p>
      </Show>
      <Calls of={props.of} again={props.again} />
      <Show when={may('operator')} fallback={<p class="soft">{words.material.signIn}</p>}>
        <Said of={props.of} again={props.again} />
      </Show>
    </section>
  );
}

const isWrong = ({ state }: Material): boolean => state === 'short' || state === 'overdue' || state === 'unknown';

function Figures(props: { readonly of: Material }): JSX.Element {
  const unit = () => props.of.unit;
  const lasts = (at: number | null | undefined) =>
    at === null || at === undefined ? words.material.long : lastsOf(Math.max(0, at - now()));
  return (
    <dl class="figures">
      <div>
        <dt>{words.material.stock}</dt>
        <dd class="number">{props.of.stock === null ? '–' : amount(props.of.stock, unit())}</dd>
      </div>
      <Show when={props.of.runs_out}>
        {(out) => (
          <div>
            <dt>{words.material.lasts}</dt>
            <dd>
              <span title={out().middle === null ? '' : utcOf(out().middle ?? 0)}>{lasts(out().middle)}</span>{' '}
              <span class="soft">{words.material.between(lasts(out().low), lasts(out().high))}</span>
            </dd>
          </div>
        )}
      </Show>
      <div>
        <dt>{words.material.callsAt}</dt>
        <dd>
          <Show when={props.of.reorder_at !== null} fallback={words.material.lastContainer}>
            {amount(props.of.reorder_at ?? 0, unit())} <span class="soft">{words.material.aim(percent(props.of.service))}</span>
          </Show>
        </dd>
      </div>
      <Show when={props.of.rate !== null}>
        <div>
          <dt>{words.material.rate}</dt>
          <dd>
            {amount(props.of.rate ?? 0, unit())}{' '}
            <span class="soft">{props.of.source === 'plan' ? words.material.byPlan : words.material.byRate}</span>
          </dd>
        </div>
      </Show>
    </dl>
  );
}

const say = (material: string, body: object) => ask<unknown>(`/materials/${encodeURIComponent(material)}`, { method: 'POST', body });

function Calls(props: { readonly of: Material; readonly again: () => void }): JSX.Element {
  return (
    <Show when={props.of.calls.length > 0}>
      <ul class="calls" aria-label={words.material.calls}>
        <For each={props.of.calls.map(({ id }) => id)}>
          {(id) => (
            <Show when={props.of.calls.find((call) => call.id === id)}>
              {(call) => (
                <li class="row apart">
                  <p>
                    <strong>{amount(call().quantity, props.of.unit)}</strong> {words.material.called(ageOf(call().at))}
                    <br />
                    <Show when={call().overdue} fallback={<span class="soft">{words.material.expected(momentOf(call().expected))}</span>}>
                      <strong>▲ {words.material.overdue(momentOf(call().expected))}</strong>
                    </Show>
                  </p>
                  <Show when={may('operator')}>
                    <Answers call={call()} of={props.of} again={props.again} />
                  </Show>
                </li>
              )}
            </Show>
          )}
        </For>
      </ul>
    </Show>
  );
}

function Answers(props: { readonly call: MaterialCall; readonly of: Material; readonly again: () => void }): JSX.Element {
  return (
    <>
      <TwoTouches
        what={words.material.delivered}
        effect={words.material.deliveredEffect(amount(props.call.quantity, props.of.unit))}
        confirm={words.material.deliveredNow}
        work={() => say(props.of.name, { do: 'delivered', call: props.call.id })}
        done={props.again}
        failed={props.again}
      />
      <TwoTouches
        what={words.material.cancel}
        effect={words.material.cancelEffect}
        confirm={words.material.cancelNow}
        work={() => say(props.of.name, { do: 'cancel', call: props.call.id })}
        done={props.again}
        failed={props.again}
      />
    </>
  );
}

const THOUSAND = /^[1-9]\d{0,2}([.,]\d{3})+$/;

/** What came without a call, and what was counted. */
function Said(props: { readonly of: Material; readonly again: () => void }): JSX.Element {
  const [typed, setTyped] = createSignal('');
  const quantity = () => (typed().trim() === '' ? Number.NaN : Number(typed().replace(',', '.')));
  /** A thousand, or one with three places: nobody can say. */
  const isUnclear = () => THOUSAND.test(typed().trim());
  const isNone = () => isUnclear() || !(quantity() >= 0 && quantity() <= 1e9);
  const done = () => {
    setTyped('');
    props.again();
  };
  return (
    <Show when={!props.of.measured}>
      <div class="row">
        <label>
          {words.material.quantity}{' '}
          <input type="text" inputmode="decimal" value={typed()} onInput={(event) => setTyped(event.currentTarget.value)} />
        </label>
        <Show when={isUnclear()}>
          <span class="soft">{words.material.unclear}</span>
        </Show>
        <TwoTouches
          what={words.material.counted}
          effect={words.material.countedEffect(isNone() ? '' : amount(quantity(), props.of.unit))}
          confirm={words.material.countedNow}
          disabled={isNone()}
          work={() => say(props.of.name, { do: 'counted', quantity: quantity() })}
          done={done}
          failed={props.again}
        />
      </div>
    </Show>
  );
}
