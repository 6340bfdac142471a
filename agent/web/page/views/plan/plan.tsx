/** What runs next: the orders in their turn on one axis of time, what would change it, and the answer of a person. */
import { For, type JSX, Show } from 'solid-js';
import { ask } from '../../api/ask.ts';
import { question } from '../../api/question.ts';
import { may } from '../../api/session.ts';
import type { Plan, Planning, PlanSlot } from '../../api/types.ts';
import { Bar } from '../../pieces/bar.tsx';
import { Known, Nothing } from '../../pieces/known.tsx';
import { count, percent } from '../../pieces/numbers.ts';
import { lastsOf, momentOf, utcOf } from '../../pieces/times.ts';
import { TwoTouches } from '../../pieces/two-touches.tsx';
import { words } from '../../words.ts';
import { type Axis, axisOf } from './axis.ts';
import './plan.css';

const EVERY = 3000;

export function PlanView(): JSX.Element {
  const planning = question<Planning>(() => '/plan', EVERY);
  return (
    <>
      <h1>{words.views.plan}</h1>
      <Known of={planning}>
        {(known) => (
          <Show when={known().on} fallback={<Nothing what={words.plan.off} next={words.plan.offNext} />}>
            <Show when={known().plan} fallback={<Nothing what={words.plan.none} next={words.plan.noneNext} />}>
              {(plan) => <Whole plan={plan()} again={planning.again} />}
            </Show>
          </Show>
        )}
      </Known>
    </>
  );
}

function Whole(props: { readonly plan: Plan; readonly again: () => void }): JSX.Element {
  return (
    <div class="stack">
      <Standing plan={props.plan} again={props.again} />
      <Show when={props.plan.running}>{(running) => <Running of={running()} />}</Show>
      <section class="panel" aria-label={words.plan.sequence}>
        <h2>{words.plan.sequence}</h2>
        <ol>
          <For each={props.plan.sequence}>{(slot, n) => <OrderRow slot={slot} place={n() + 1} axis={axisOf(props.plan)} />}</For>
        </ol>
        <Show when={props.plan.cut > 0}>
          <p class="soft">{words.plan.more(props.plan.cut)}</p>
        </Show>
      </section>
      <Beside plan={props.plan} />
    </div>
  );
}

function Standing(props: { readonly plan: Plan; readonly again: () => void }): JSX.Element {
  const gain = () => lastsOf(Math.max(0, props.plan.before.cost_ms - props.plan.plan.cost_ms));
  const said = () => {
    const { state, moves } = props.plan;
    return state === 'proposed' ? words.plan.state.proposed(moves.length, gain()) : words.plan.state[state];
  };
  const next = () => props.plan.sequence.find(({ id }) => id !== props.plan.running?.id)?.id ?? '';
  return (
    <section class="panel stack" aria-label={words.views.plan}>
      <p role="status">
        <strong>{said()}</strong>
      </p>
      <Show when={props.plan.because}>{(why) => <p class="soft">{words.plan.rules(why())}</p>}</Show>
      <Show when={props.plan.unplanned.length > 0}>
        <p>{words.plan.unplanned(props.plan.unplanned.join(', '))}</p>
      </Show>
      <Show when={props.plan.moves.length > 0 && props.plan.state === 'proposed'}>
        <ul aria-label={words.plan.gains}>
          <For each={props.plan.moves}>
            {({ id, from, to, gain_ms }) => <li>{words.plan.move(id, from, to, lastsOf(Math.max(0, gain_ms)))}</li>}
          </For>
        </ul>
      </Show>
      <Show when={props.plan.state === 'proposed'}>
        <Show when={may('operator')} fallback={<p class="soft">{words.plan.signIn}</p>}>
          {/* Of another plan the first touch is to be made anew. */}
          <Show when={props.plan.id} keyed>
            {(id) => <Answer id={id} next={next()} again={props.again} />}
          </Show>
        </Show>
      </Show>
    </section>
  );
}

function Answer(props: { readonly id: string; readonly next: string; readonly again: () => void }): JSX.Element {
  const say = (answer: 'accept' | 'refuse') => ask<unknown>(`/plan/${answer}`, { method: 'POST', body: { plan: props.id } });
  return (
    <div class="row apart">
      <TwoTouches
        what={words.plan.accept}
        effect={words.plan.accepts(props.next)}
        confirm={words.plan.acceptNow}
        work={() => say('accept')}
        done={props.again}
        failed={props.again}
      />
      <TwoTouches
        what={words.plan.refuse}
        effect={words.plan.refuses}
        confirm={words.plan.refuseNow}
        work={() => say('refuse')}
        done={props.again}
        failed={props.again}
      />
    </div>
  );
}

function Running(props: { readonly of: NonNullable<Plan['running']> }): JSX.Element {
  return (
    <section class="panel row" aria-label={words.plan.running}>
      <h2>{words.plan.running}</h2>
      <p>
        <strong>{props.of.id}</strong> {props.of.recipe}
      </p>
      <Bar part={props.of.made / Math.max(1, props.of.quantity)} />
      <p>{words.plan.made(count(props.of.made), count(props.of.quantity), props.of.scrap)}</p>
    </section>
  );
}

function OrderRow(props: { readonly slot: PlanSlot; readonly place: number; readonly axis: Axis }): JSX.Element {
  const isLate = () => (props.slot.lateness_ms ?? 0) > 0;
  const was = () => props.slot.before?.place ?? props.place;
  return (
    <li class="plan-order" classList={{ behind: isLate() }}>
      <p>
        <strong>
          {props.place}. {props.slot.id}
        </strong>
        <br />
        <span class="soft">
          {props.slot.recipe}, {words.plan.parts(count(props.slot.parts))}
        </span>
        <Show when={was() !== props.place}>
          <br />
          {words.plan.was(was())}
        </Show>
      </p>
      <p>
        <span title={utcOf(props.slot.begin)}>{momentOf(props.slot.begin)}</span> –{' '}
        <span title={utcOf(props.slot.end)}>{momentOf(props.slot.end)}</span>
        <Show when={props.slot.setup_ms > 0}>
          <br />
          <span class="soft">{words.plan.setup(lastsOf(props.slot.setup_ms))}</span>
        </Show>
      </p>
      <p>
        <Lateness slot={props.slot} />
      </p>
      <Track slot={props.slot} axis={props.axis} />
    </li>
  );
}

function Lateness(props: { readonly slot: PlanSlot }): JSX.Element {
  return (
    <Show when={props.slot.lateness_ms !== null} fallback={<span class="soft">{words.plan.whenever}</span>}>
      <Show when={(props.slot.lateness_ms ?? 0) > 0} fallback={words.plan.inTime}>
        <strong>▲ {words.plan.late(lastsOf(props.slot.lateness_ms ?? 0))}</strong>
      </Show>
      <br />
      <span class="soft">
        {words.plan.due} {momentOf(props.slot.due ?? 0)}
        <Show when={props.slot.probability !== null}>
          <br />
          {words.plan.probability(percent(props.slot.probability ?? 0))}
        </Show>
      </span>
    </Show>
  );
}

/** What the words say, as bars: the set-up, the work, and when it is due. */
function Track(props: { readonly slot: PlanSlot; readonly axis: Axis }): JSX.Element {
  const bar = (from: number, to: number) => ({ x: props.axis.at(from), width: Math.max(1, props.axis.at(to) - props.axis.at(from)) });
  return (
    <svg viewBox="0 0 1000 18" preserveAspectRatio="none" aria-hidden="true">
      <rect class="setup" y="5" height="8" {...bar(props.slot.setup_at, props.slot.begin)} />
      <rect class="work" y="2" height="14" {...bar(props.slot.begin, props.slot.end)} />
      <Show when={props.slot.due !== null && props.axis.holds(props.slot.due ?? 0)}>
        <line class="due" x1={props.axis.at(props.slot.due ?? 0)} x2={props.axis.at(props.slot.due ?? 0)} y1="0" y2="18" />
      </Show>
    </svg>
  );
}

function Beside(props: { readonly plan: Plan }): JSX.Element {
  const rows = () => [
    [words.plan.this, props.plan.plan] as const,
    [words.plan.before, props.plan.before] as const,
    [words.plan.fifo, props.plan.fifo] as const,
  ];
  return (
    <section class="panel" aria-label={words.plan.figures}>
      <h2>{words.plan.figures}</h2>
      <table>
        <thead>
          <tr>
            <th scope="col">{words.views.plan}</th>
            <th scope="col" class="number">
              {words.plan.lateOrders}
            </th>
            <th scope="col" class="number">
              {words.plan.setups}
            </th>
            <th scope="col" class="number">
              {words.plan.tardiness}
            </th>
          </tr>
        </thead>
        <tbody>
          <For each={rows()}>
            {([name, figures]) => (
              <tr>
                <th scope="row">{name}</th>
                <td class="number">{count(figures.late)}</td>
                <td class="number">{lastsOf(figures.setups_ms)}</td>
                <td class="number">{lastsOf(figures.tardiness_ms)}</td>
              </tr>
            )}
          </For>
        </tbody>
      </table>
    </section>
  );
}
