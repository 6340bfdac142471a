/** A normal machine: stretches of good production marked on a chart or by time, and what was learned of them. */
import { createMemo, createSignal, For, type JSX, Show } from 'solid-js';
import { question } from '../../api/question.ts';
import { may } from '../../api/session.ts';
import type { Lesson, TagTrend } from '../../api/types.ts';
import { ByTime, isSpan, type Span } from '../../pieces/by-time.tsx';
import { Each } from '../../pieces/each.tsx';
import { setTo } from '../../pieces/kept.ts';
import { Known, Nothing } from '../../pieces/known.tsx';
import { momentOf, now } from '../../pieces/times.ts';
import { TwoTouches } from '../../pieces/two-touches.tsx';
import { words } from '../../words.ts';
import type { Act, Change } from './act.ts';
import { TrendChart } from './trend-chart.tsx';

/** Different hours or days, at least: fewer do not tell a machine that has settled from one that wanders. */
const WANTED = 4;
const MINUTE = 60_000;
const BACK = [60 * MINUTE, 8 * 60 * MINUTE, 24 * 60 * MINUTE, 7 * 24 * 60 * MINUTE] as const;

interface MachineProps {
  readonly of: Lesson;
  readonly act: Act;
}

export function Machine(props: MachineProps & { readonly change: Change }): JSX.Element {
  return (
    <>
      <Show when={props.of.machine}>{(learned) => <Learned of={props.of} learned={learned()} change={props.change} />}</Show>
      <Stretches of={props.of} act={props.act} />
    </>
  );
}

function Stretches(props: MachineProps): JSX.Element {
  const count = () => props.of.stretches.length;
  return (
    <>
      <section class="panel stack" aria-live="polite">
        <h2>{words.teach.stretches}</h2>
        <p class="count">{words.teach.stretchesOf(count(), WANTED)}</p>
        <p class="soft">{words.teach.stretchesWhy}</p>
        <ul class="marked">
          <Each of={props.of.stretches} by={({ id }) => id}>
            {(one) => (
              <li class="row">
                <span>{words.teach.stretch(momentOf(one().from), momentOf(one().to))}</span>
                <Show when={may('technician')}>
                  <button type="button" onClick={() => props.act(`/stretches/${one().id}`, undefined, 'DELETE')}>
                    {words.teach.unmark}
                  </button>
                </Show>
              </li>
            )}
          </Each>
        </ul>
        <Show when={may('technician')}>
          <p>
            <button type="button" class="act" disabled={count() === 0} onClick={() => props.act('/learn')}>
              {words.teach.learnMachine(count())}
            </button>
          </p>
        </Show>
      </section>
      <Mark of={props.of} act={props.act} />
    </>
  );
}

/** On the chart, by touch or by the keyboard; or by time. */
function Mark(props: MachineProps): JSX.Element {
  const [back, setBack] = createSignal(0);
  const [until, setUntil] = createSignal(now());
  const span = (): Span => ({ from: until() - (BACK[back()] ?? 0), to: until() });
  const name = () => `stretch-${props.of.id}`;
  const [chosen, setChosen] = setTo(name, isSpan);
  const [isUnread, setUnread] = createSignal(false);
  const path = createMemo(() => `/teach/tags?station=${encodeURIComponent(props.of.station)}&from=${span().from}&to=${span().to}`);
  const trend = question<TagTrend>(path);
  const show = (length: number) => {
    setBack(length);
    setUntil(now());
  };
  /** Refused, it stays chosen to be mended. */
  const add = async (stretch: Span) => {
    if (await props.act('/stretches', { from: Math.round(stretch.from), to: Math.round(stretch.to) })) setChosen(null);
  };
  return (
    <section class="panel stack">
      <h2>{words.teach.mark}</h2>
      <div class="touches">
        <For each={words.teach.backs}>
          {(name, i) => (
            <button type="button" aria-pressed={back() === i()} onClick={() => show(i())}>
              {name}
            </button>
          )}
        </For>
        <button type="button" onClick={() => setUntil(until() - (BACK[back()] ?? 0))}>
          {words.teach.earlier}
        </button>
        <button type="button" onClick={() => setUntil(Math.min(now(), until() + (BACK[back()] ?? 0)))}>
          {words.teach.later}
        </button>
      </div>
      <Known of={trend}>
        {(known) => (
          <Show when={known().times.length > 1} fallback={<Nothing what={words.teach.noTags} next={words.teach.noTagsNext} />}>
            <TrendChart of={known()} span={span()} marked={props.of.stretches} chosen={chosen()} choose={setChosen} />
          </Show>
        )}
      </Known>
      <ByTime name={name()} span={chosen() ?? span()} change={setChosen} unread={setUnread} />
      <Show when={may('technician')}>
        <p>
          <button type="button" class="act" disabled={chosen() === null || isUnread()} onClick={() => void add(chosen() ?? span())}>
            {words.teach.addStretch}
          </button>
        </p>
      </Show>
    </section>
  );
}

type LearnedMachine = NonNullable<Lesson['machine']>;

function Learned(props: { readonly of: Lesson; readonly learned: LearnedMachine; readonly change: Change }): JSX.Element {
  const tags = () => props.learned.tags;
  return (
    <section class="panel stack">
      <h2>{words.teach.judgeTitle}</h2>
      <Show when={!props.learned.promise.promised}>
        <p class="bad" role="alert">
          {words.teach.notPromised}
        </p>
      </Show>
      <p class="promise">{words.teach.machinePromise(props.learned.promise.text)}</p>
      <p>{words.teach.heldOut(props.learned.promise.alarms, props.learned.promise.worst_stretch, props.learned.rows)}</p>
      <dl>
        <dt>{words.teach.tagsUsed}</dt>
        <dd>{tags().used.join(', ') || words.teach.noTag}</dd>
        <Show when={tags().combined.length > 0}>
          <dt>{words.teach.tagsCombined}</dt>
          <dd>{tags().combined.join(', ')}</dd>
        </Show>
        <Show when={tags().unusable.length > 0}>
          <dt>{words.teach.tagsUnusable}</dt>
          <dd>
            <ul>
              <For each={tags().unusable}>{({ tag, why }) => <li>{words.teach.unusable(tag, why)}</li>}</For>
            </ul>
          </dd>
        </Show>
      </dl>
      <For each={props.learned.remarks}>{(remark) => <p class="soft">{remark}</p>}</For>
      <Show when={may('technician')}>
        <TwoTouches
          what={words.teach.shadow}
          effect={words.teach.shadowEffect(props.of.package, props.of.judges ?? '')}
          confirm={words.teach.shadowSure}
          work={() => props.change('/shadow', {})}
        />
      </Show>
    </section>
  );
}
