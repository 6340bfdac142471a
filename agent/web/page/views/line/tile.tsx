/** One station: last picture, verdict with its reason, the last parts, yield, rate, latency against the deadline, and what is wrong. */
import { A } from '@solidjs/router';
import { createMemo, createSignal, For, type JSX, onCleanup, onMount, Show } from 'solid-js';
import { shown } from '../../api/live.ts';
import { question } from '../../api/question.ts';
import type { Inspection, Reason, Station, Totals } from '../../api/types.ts';
import { Bar } from '../../pieces/bar.tsx';
import { count, milliseconds, percent } from '../../pieces/numbers.ts';
import { ageOf, momentOf, now } from '../../pieces/times.ts';
import { SHAPE, shownOf, VerdictMark } from '../../pieces/verdict.tsx';
import { words } from '../../words.ts';
import { addressOf, alarmsOf, isQuiet, partsPerMinute, saidOf, yieldOf } from './condition.ts';
import { LastPicture } from './picture.tsx';

export function Tile(props: { readonly station: string; readonly small: boolean }): JSX.Element {
  const [looks, setLooks] = createSignal(false);
  const station = () => shown.line?.stations[props.station];
  const recent = () => shown.recent[props.station] ?? [];
  const last = () => recent().at(-1);
  const showsPicture = () => !props.small || looks();
  const quiet = () => isQuiet(recent(), now());
  return (
    <section class="panel tile" aria-labelledby={`station-${props.station}`} data-station={props.station}>
      <header>
        <h2 id={`station-${props.station}`}>{props.station}</h2>
        <Show when={station()?.state}>{(state) => <span class="soft">{words.line.recipe(state().recipe)}</span>}</Show>
        <Show when={props.small}>
          <button type="button" aria-expanded={looks()} onClick={() => setLooks(!looks())}>
            {words.line.showPicture}
          </button>
        </Show>
      </header>
      <Conditions station={props.station} />
      <div class="now">
        <Show when={showsPicture()}>
          <LastPicture station={props.station} part={last()?.id} old={quiet()} />
        </Show>
        <Last of={last()} old={quiet()} />
      </div>
      <Strip recent={recent()} />
      <Show when={station()}>{(known) => <Figures name={props.station} station={known()} recent={recent()} />}</Show>
    </section>
  );
}

/** What a person has to know before he believes the picture: switched off, held, silent, or anything that has an alarm. */
function Conditions(props: { readonly station: string }): JSX.Element {
  const station = () => shown.line?.stations[props.station];
  const state = () => station()?.state;
  const recent = () => shown.recent[props.station] ?? [];
  return (
    <ul class="conditions live">
      <Show when={state()?.enabled === false}>
        <li>
          {state()?.disabled
            ? words.line.disabled(state()?.disabled?.by ?? '', momentOf(state()?.disabled?.since ?? 0))
            : words.line.disabledSome}
        </li>
      </Show>
      <Show when={state()?.held}>{(why) => <li class="alarm">▲ {words.line.held(why())}</li>}</Show>
      <For each={alarmsOf(props.station, station(), shown.line?.alarms ?? [])}>
        {(alarm) => (
          <li class="alarm">
            ▲ {alarm.text} <span class="next">{alarm.next}</span>
          </li>
        )}
      </For>
      <Show when={state()?.enabled !== false && isQuiet(recent(), now())}>
        <li>{words.line.silentAtAll(momentOf(recent().at(-1)?.at ?? 0))}</li>
      </Show>
    </ul>
  );
}

function Last(props: { readonly of: Inspection | undefined; readonly old: boolean }): JSX.Element {
  return (
    <div class="last live" classList={{ old: props.old }}>
      <Show when={props.of} fallback={<p class="soft">{words.line.waiting}</p>}>
        {(last) => (
          <>
            <p class="big">
              <VerdictMark of={shownOf(last())} />
            </p>
            <Why of={last().reasons[0]} />
            <p class="row">
              <A href={addressOf(last())}>{last().part === null ? words.line.noPart : words.line.part(last().part ?? '')}</A>
              <span class="soft" title={momentOf(last().at)}>
                {ageOf(last().at)}
              </span>
            </p>
          </>
        )}
      </Show>
    </div>
  );
}

function Why(props: { readonly of: Reason | undefined }): JSX.Element {
  const said = () => saidOf(props.of?.text ?? '');
  return (
    <>
      <p class="reason">{said().reason}</p>
      <p class="detail">{said().figures}</p>
    </>
  );
}

/** px that one verdict takes: a gloved finger's. */
const TOUCH = 48;

/** As many of the last parts as can each be touched. */
function Strip(props: { readonly recent: readonly Inspection[] }): JSX.Element {
  const [room, setRoom] = createSignal(1);
  let box: HTMLOListElement | undefined;
  onMount(() => {
    const watch = new ResizeObserver(([entry]) => setRoom(Math.max(1, Math.floor((entry?.contentRect.width ?? 0) / TOUCH))));
    if (box) watch.observe(box);
    onCleanup(() => watch.disconnect());
  });
  return (
    <ol class="strip live" aria-label={words.line.strip} ref={box}>
      <For each={props.recent.slice(-room())}>
        {(one) => {
          const kind = shownOf(one);
          const name = `${words.verdict[kind]}, ${one.part === null ? words.line.noPart : words.line.part(one.part)}`;
          return (
            <li>
              <A class={`verdict ${kind}`} href={addressOf(one)} aria-label={name} title={name}>
                <span aria-hidden="true">{SHAPE[kind]}</span>
              </A>
            </li>
          );
        }}
      </For>
    </ol>
  );
}

function Figures(props: { readonly name: string; readonly station: Station; readonly recent: readonly Inspection[] }): JSX.Element {
  const product = () => props.station.state?.changeover ?? null;
  const counters = () => product()?.counters ?? { ok: 0, nok: 0, review: 0, missed: 0, failed: 0 };
  const good = () => yieldOf(counters());
  const rate = () => partsPerMinute(props.recent, now());
  const latest = () => props.recent.at(-1)?.verdict_ms ?? null;
  const others = () => counters().missed + counters().failed;
  return (
    <dl class="figures live">
      <div>
        <dt>{words.line.yield}</dt>
        <dd>
          <Show when={good().ratio !== null} fallback={<span class="soft">{words.line.tooFew(good().all)}</span>}>
            <b>{percent(good().ratio ?? 0)}</b>
            <span class="soft" title={words.line.countedTitle(product()?.recipe ?? '', momentOf(product()?.since ?? 0))}>
              {words.line.yieldOf(count(good().ok), count(good().all))} <span class="counted">{words.line.counted}</span>
            </span>
          </Show>
        </dd>
      </div>
      <Recently station={props.name} />
      <Show when={rate()}>
        {(perMinute) => (
          <div>
            <dt>{words.line.rateTitle}</dt>
            <dd>
              <b>{rateText(perMinute())}</b>
              <span class="soft">{words.line.rate}</span>
            </dd>
          </div>
        )}
      </Show>
      <Show when={latest() !== null}>
        <Latency ms={latest() ?? 0} deadline={props.station.deadline_ms} p99={props.station.state?.latency_ms?.p99 ?? null} />
      </Show>
      <Show when={others() > 0}>
        <div>
          <dt>{words.line.unjudged}</dt>
          <dd>{words.line.others(counters().missed, counters().failed)}</dd>
        </div>
      </Show>
    </dl>
  );
}

const HOUR = 3_600_000;
const HOURS = 8;
const COUNT_EVERY = 30_000;

/** By whole hours, as the box counts them. */
function Recently(props: { readonly station: string }): JSX.Element {
  const path = createMemo(() => {
    const from = Math.floor(now() / HOUR - HOURS) * HOUR;
    return `/totals?from=${from}&station=${encodeURIComponent(props.station)}`;
  });
  const totals = question<Totals>(path, COUNT_EVERY);
  const good = () => {
    const all = totals.answer()?.all;
    return all && yieldOf({ ...all, nok: all.nok + all.failed });
  };
  return (
    <Show when={good()?.ratio}>
      {(ratio) => (
        <div class="recently">
          <dt>{words.line.recently}</dt>
          <dd>
            <b>{percent(ratio())}</b>
            <span class="soft">{words.line.yieldOf(count(good()?.ok ?? 0), count(good()?.all ?? 0))}</span>
            <A href={`/scores?station=${encodeURIComponent(props.station)}`}>{words.line.sinceWhen}</A>
          </dd>
        </div>
      )}
    </Show>
  );
}

const rateText = (perMinute: number): string => (perMinute < 100 ? perMinute.toFixed(1) : count(perMinute));

function Latency(props: { readonly ms: number; readonly deadline: number; readonly p99: number | null }): JSX.Element {
  return (
    <div>
      <dt>{words.line.latency}</dt>
      <dd>
        <b>{milliseconds(props.ms)}</b>
        <span class="soft">{words.line.ofDeadline(milliseconds(props.deadline))}</span>
        <Bar part={props.ms / props.deadline} />
        <Show when={props.p99}>{(p99) => <span class="soft within">{words.line.p99(milliseconds(p99()))}</span>}</Show>
      </dd>
    </div>
  );
}
