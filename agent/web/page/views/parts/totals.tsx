/** How many parts, how they were judged, and since when it is otherwise: counted by the box as records came. */
import { createMemo, For, type JSX, Show } from 'solid-js';
import { question } from '../../api/question.ts';
import type { Totals } from '../../api/types.ts';
import { Known } from '../../pieces/known.tsx';
import { count, percent } from '../../pieces/numbers.ts';
import { momentOf, now } from '../../pieces/times.ts';
import { words } from '../../words.ts';
import { yieldOf } from '../line/condition.ts';
import { type Address, inputTimeOf } from './wish.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const OVER = { day: DAY, week: 7 * DAY, month: 30 * DAY } as const;
type Over = keyof typeof OVER;
const FILTERS = ['station', 'recipe', 'verdict', 'reason'] as const;
/** ms */
const EVERY = 30_000;
const KINDS = ['ok', 'review', 'nok', 'failed', 'missed'] as const;
/** Hours that are named. */
const WORST = 3;
const REASONS = 8;

interface Props {
  readonly address: Address;
  readonly go: (address: Address) => void;
}

export function TotalsPanel(props: Props): JSX.Element {
  const over = (): Over => (isOver(props.address.over) ? props.address.over : 'day');
  const step = () => (over() === 'month' ? 'day' : 'hour');
  const path = createMemo(() => `/totals?${queryOf(props.address, over(), step())}`);
  const totals = question<Totals>(path, EVERY);
  return (
    <section class="panel stack totals" aria-label={words.totals.title}>
      <div class="row">
        <h2>{words.totals.title}</h2>
        <Show when={!props.address.from}>
          <select aria-label={words.totals.over} onChange={(event) => props.go({ over: event.currentTarget.value })}>
            <For each={Object.keys(OVER) as Over[]}>
              {(name) => (
                <option value={name} selected={name === over()}>
                  {words.totals.overs[name]}
                </option>
              )}
            </For>
          </select>
        </Show>
      </div>
      <Known of={totals}>{(known) => <Shown of={known()} {...props} step={step()} />}</Known>
    </section>
  );
}

const isOver = (text: string | undefined): text is Over => text !== undefined && Object.hasOwn(OVER, text);

function queryOf(address: Address, over: Over, step: 'hour' | 'day'): string {
  const query = new URLSearchParams({ step, zone: String(-new Date(now()).getTimezoneOffset()) });
  const [from, to] = [Date.parse(address.from ?? ''), Date.parse(address.to ?? '')];
  // To the hour, so that the same question is not another one every second.
  const begin = Number.isFinite(from) ? from : Math.floor((now() - OVER[over]) / HOUR) * HOUR;
  query.set('from', String(begin));
  if (Number.isFinite(to)) query.set('to', String(to));
  for (const field of FILTERS) if (address[field]) query.set(field, address[field] ?? '');
  return query.toString();
}

function Shown(props: Props & { readonly of: Totals; readonly step: 'hour' | 'day' }): JSX.Element {
  const good = () => yieldOf({ ...props.of.all, nok: props.of.all.nok + props.of.all.failed });
  return (
    <>
      <p>
        <Show when={good().ratio !== null} fallback={<span class="soft">{words.line.tooFew(good().all)}</span>}>
          <b>{percent(good().ratio ?? 0)}</b> <span class="soft">{words.line.yieldOf(count(good().ok), count(good().all))}</span>
        </Show>
        <For each={KINDS.slice(1)}>
          {(kind) => (
            <Show when={props.of.all[kind] > 0}>
              {', '}
              {words.totals.counted[kind](count(props.of.all[kind]))}
            </Show>
          )}
        </For>
      </p>
      <Show when={!props.of.complete}>
        <p class="soft">{words.totals.incomplete(momentOf(props.of.looked_back_to ?? now()))}</p>
      </Show>
      <Show when={props.of.steps.length > 1}>
        <Chart of={props.of.steps} step={props.step} />
      </Show>
      <Worst of={props.of.steps} step={props.step} go={props.go} />
      <Show when={props.of.reasons.length > 0}>
        <ul class="row" aria-label={words.totals.reasons}>
          <For each={props.of.reasons.slice(0, REASONS)}>
            {({ name, parts }) => (
              <li>
                <button type="button" onClick={() => props.go({ reason: name, cursor: undefined })}>
                  {name} <span class="soft">{count(parts)}</span>
                </button>
              </li>
            )}
          </For>
        </ul>
      </Show>
    </>
  );
}

type Step = Totals['steps'][number];
const partsIn = (step: Step): number => KINDS.reduce((sum, kind) => sum + step[kind], 0);
const badIn = (step: Step): number => step.nok + step.failed + step.missed;

/** Bars of parts, those that were not ok on top in their colour. A step without parts is a gap. */
function Chart(props: { readonly of: readonly Step[]; readonly step: 'hour' | 'day' }): JSX.Element {
  const width = () => (props.step === 'day' ? DAY : HOUR);
  const range = createMemo(() => {
    const [first, last] = [props.of[0]?.at ?? 0, props.of.at(-1)?.at ?? 0];
    return { first, bars: Math.round((last - first) / width()) + 1, most: Math.max(1, ...props.of.map(partsIn)) };
  });
  const name = () => words.totals.chart(momentOf(range().first), momentOf(props.of.at(-1)?.at ?? 0), count(range().most));
  return (
    <figure>
      <svg class="histogram" viewBox={`0 0 ${range().bars} 100`} preserveAspectRatio="none" role="img" aria-label={name()}>
        <For each={props.of}>
          {(step) => (
            <g transform={`translate(${Math.round((step.at - range().first) / width())} 100)`}>
              <For each={stackOf(step, range().most)}>
                {({ kind, low, height }) => <rect class={kind} x={0.06} width={0.88} y={-low - height} height={height} />}
              </For>
            </g>
          )}
        </For>
      </svg>
      <figcaption class="soft row">
        <span>{momentOf(range().first)}</span>
        <span>{words.totals.most(count(range().most), props.step)}</span>
        <span>{momentOf((props.of.at(-1)?.at ?? 0) + width())}</span>
      </figcaption>
    </figure>
  );
}

function stackOf(step: Step, most: number) {
  let low = 0;
  return KINDS.flatMap((kind) => {
    const height = (step[kind] / most) * 100;
    const at = low;
    low += height;
    return height > 0 ? [{ kind, low: at, height }] : [];
  });
}

/** Where to look first: touched, its parts are listed. */
function Worst(props: { readonly of: readonly Step[]; readonly step: 'hour' | 'day'; readonly go: Props['go'] }): JSX.Element {
  const worst = createMemo(() =>
    props.of
      .filter((step) => badIn(step) > 0)
      .sort((a, b) => badIn(b) / partsIn(b) - badIn(a) / partsIn(a))
      .slice(0, WORST),
  );
  const width = () => (props.step === 'day' ? DAY : HOUR);
  return (
    <Show when={worst().length > 0 && props.of.length > 1}>
      <ul class="row" aria-label={words.totals.worst}>
        <For each={worst()}>
          {(step) => (
            <li>
              <button
                type="button"
                onClick={() => props.go({ from: inputTimeOf(step.at), to: inputTimeOf(step.at + width()), cursor: undefined })}
              >
                {words.totals.bad(momentOf(step.at), count(badIn(step)), count(partsIn(step)))}
              </button>
            </li>
          )}
        </For>
      </ul>
    </Show>
  );
}
