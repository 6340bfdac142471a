/** Alarms in their four states (ISA-18.2): active, acknowledged, over before anybody saw them, and out of sight for a while. */
import { A } from '@solidjs/router';
import { createMemo, createSignal, For, type JSX, Show } from 'solid-js';
import { ask, type Problem } from '../../api/ask.ts';
import { shown } from '../../api/live.ts';
import { questionOfAlarms } from '../../api/question.ts';
import { may } from '../../api/session.ts';
import type { Alarm, ReturnedAlarm } from '../../api/types.ts';
import { type Cause, firstCauses } from '../../pieces/causes.ts';
import { Each } from '../../pieces/each.tsx';
import { setTo, typed } from '../../pieces/kept.ts';
import { Trouble } from '../../pieces/known.tsx';
import { ageOf, momentOf, utcOf } from '../../pieces/times.ts';
import { words } from '../../words.ts';
import { Past } from './past.tsx';

/** Seconds, as the API bounds them. */
const SHELVES = [3600, 8 * 3600, 24 * 3600] as const;
const isShelf = (known: unknown): known is (typeof SHELVES)[number] => SHELVES.some((each) => each === known);
/** Alarms that hold the newest parts against those before. */
const DRIFTED: ReadonlySet<string> = new Set(['SCORES_DRIFTED', 'PICTURE_DRIFTED', 'TAGS_DRIFTED']);

export function Alarms(): JSX.Element {
  const returned = questionOfAlarms<readonly ReturnedAlarm[]>(() => '/alarms/returned');
  const all = () => shown.line?.alarms ?? [];
  const inSight = createMemo(() => firstCauses(all().filter(({ shelved }) => shelved === null)));
  const byKey = createMemo(() => new Map(inSight().map((cause) => [cause.alarm.key, cause])));
  const shelved = () => all().filter((alarm) => alarm.shelved !== null);
  const over = () => returned.answer() ?? [];
  return (
    <section class="stack" aria-labelledby="alarms">
      <h2 id="alarms">{words.alarms.title}</h2>
      <Show when={inSight().length > 0} fallback={<p>{shown.line ? words.alarms.none : words.state.loading}</p>}>
        <ul class="stack live">
          {/* By key: a card keeps what is typed into it while others come and go. */}
          <For each={[...byKey().keys()]}>{(key) => <Show when={byKey().get(key)}>{(cause) => <CauseCard of={cause()} />}</Show>}</For>
        </ul>
      </Show>
      <Show when={shown.line?.ready === false}>
        <p class="bad">{words.health.notReady(shown.line?.waiting.join(', ') ?? '')}</p>
      </Show>
      <Show when={over().length > 0}>
        <h3>{words.alarms.over}</h3>
        <ul class="stack live">
          <Each of={over()} by={({ key, since }) => `${since} ${key}`}>
            {(alarm) => <OverCard of={alarm()} seen={returned.again} />}
          </Each>
        </ul>
      </Show>
      <Show when={shelved().length > 0}>
        <h3>{words.alarms.shelved}</h3>
        <ul class="stack live">
          <Each of={shelved()} by={({ key }) => key}>
            {(alarm) => <ShelvedCard of={alarm()} />}
          </Each>
        </ul>
      </Show>
    </section>
  );
}

function CauseCard(props: { readonly of: Cause }): JSX.Element {
  return (
    <li class="panel alarm-card stack" classList={{ acknowledged: props.of.alarm.acknowledged !== null }}>
      <Active of={props.of.alarm} />
      <Show when={props.of.follow.length > 0}>
        <h3>{words.alarms.follow(props.of.follow.length)}</h3>
        <ul class="stack follow">
          <For each={props.of.follow.map(({ key }) => key)}>
            {(key) => (
              <Show when={props.of.follow.find((alarm) => alarm.key === key)}>
                {(alarm) => (
                  <li class="stack" classList={{ acknowledged: alarm().acknowledged !== null }}>
                    <Active of={alarm()} />
                  </li>
                )}
              </Show>
            )}
          </For>
        </ul>
      </Show>
    </li>
  );
}

function Active(props: { readonly of: Alarm }): JSX.Element {
  return (
    <>
      <What of={props.of} />
      <Show when={props.of.acknowledged} fallback={<Acknowledge of={props.of} />}>
        {(by) => (
          <p class="soft" title={utcOf(by().at)}>
            {words.alarms.seenBy(by().who, momentOf(by().at))}
          </p>
        )}
      </Show>
      <Past of={props.of} />
      <Show when={may('technician')}>
        <Show when={DRIFTED.has(props.of.code)}>
          <Relearn of={props.of} />
        </Show>
        <Shelve of={props.of} />
      </Show>
    </>
  );
}

function OverCard(props: { readonly of: ReturnedAlarm; readonly seen: () => void }): JSX.Element {
  return (
    <li class="panel alarm-card over stack">
      <What of={props.of} until={props.of.ended} />
      <Acknowledge of={props.of} done={props.seen} />
    </li>
  );
}

function ShelvedCard(props: { readonly of: Alarm }): JSX.Element {
  return (
    <li class="panel alarm-card acknowledged stack">
      <What of={props.of} />
      <Show when={props.of.shelved}>
        {(shelf) => <p>{words.alarms.shelvedBy(shelf().who, momentOf(shelf().until), shelf().reason)}</p>}
      </Show>
      <Show when={may('technician')}>
        <Touch what={words.alarms.unshelve} send={() => ask('/alarms/unshelve', { method: 'POST', body: { key: props.of.key } })} />
      </Show>
    </li>
  );
}

/** What is wrong, what to do, since when and how often. */
function What(props: { readonly of: Alarm | ReturnedAlarm; readonly until?: number }): JSX.Element {
  return (
    <>
      <p class="what">
        <span aria-hidden="true">▲ </span>
        {props.of.text}
      </p>
      <p>
        <b>{words.alarms.next}</b> {props.of.next}
      </p>
      <p class="soft" title={utcOf(props.of.since)}>
        {words.alarms.since} {momentOf(props.of.since)}, {ageOf(props.of.since)}
        <Show when={props.until}>
          {(ended) => (
            <>
              {' '}
              {words.alarms.until} {momentOf(ended())}
            </>
          )}
        </Show>
        <Show when={props.of.times > 1}> · {words.alarms.times(props.of.times)}</Show> ·{' '}
        <A class="mono" href={`/help/errors/${props.of.code}`}>
          {props.of.code}
        </A>
        <Show when={props.of.subject}> · {props.of.subject}</Show>
      </p>
    </>
  );
}

function Acknowledge(props: { readonly of: { readonly key: string }; readonly done?: () => void }): JSX.Element {
  return (
    <Show when={may('operator')}>
      <Touch
        what={words.alarms.acknowledge}
        send={() => ask('/alarms/acknowledge', { method: 'POST', body: { key: props.of.key } })}
        done={props.done}
      />
    </Show>
  );
}

/** In two touches: what was known of the parts before is gone. */
function Relearn(props: { readonly of: Alarm }): JSX.Element {
  return (
    <details>
      <summary>{words.alarms.relearn}</summary>
      <div class="stack">
        <p class="soft">{words.alarms.relearnMeans}</p>
        <Touch what={words.alarms.relearnSure} send={() => ask('/alarms/relearn', { method: 'POST', body: { key: props.of.key } })} />
      </div>
    </details>
  );
}

/** One touch: nothing of it changes what the line does, and all of it can be taken back. */
function Touch(props: {
  readonly what: string;
  readonly send: () => ReturnType<typeof ask>;
  readonly done?: (() => void) | undefined;
  readonly disabled?: boolean;
}): JSX.Element {
  const [busy, setBusy] = createSignal(false);
  const [problem, setProblem] = createSignal<Problem | null>(null);
  const touch = async () => {
    setBusy(true);
    const outcome = await props.send();
    setBusy(false);
    setProblem(outcome.ok ? null : outcome.problem);
    if (outcome.ok) props.done?.();
  };
  return (
    <>
      <div class="row">
        <button type="button" class="act" disabled={busy() || props.disabled} onClick={() => void touch()}>
          {props.what}
        </button>
      </div>
      <Show when={problem()}>{(why) => <Trouble problem={why()} />}</Show>
    </>
  );
}

function Shelve(props: { readonly of: Alarm }): JSX.Element {
  const [reason, setReason] = typed(() => `shelve ${props.of.key}`);
  const [set, setSeconds] = setTo(() => `shelve for ${props.of.key}`, isShelf);
  const seconds = () => set() ?? SHELVES[0];
  const sent = () => {
    setReason('');
    setSeconds(null);
  };
  const name = () => `shelve ${props.of.key}`;
  return (
    <details>
      <summary>{words.alarms.shelve}</summary>
      <div class="stack">
        <p class="soft">{words.alarms.shelveMeans}</p>
        <div class="field">
          <label for={`${name()} why`}>{words.alarms.reason}</label>
          <input
            id={`${name()} why`}
            type="text"
            maxlength={200}
            value={reason()}
            onInput={(event) => setReason(event.currentTarget.value)}
          />
        </div>
        <div class="field">
          <label for={`${name()} long`}>{words.alarms.howLong}</label>
          <select
            id={`${name()} long`}
            onChange={(event) => setSeconds(SHELVES.find((each) => each === Number(event.currentTarget.value)) ?? null)}
          >
            <For each={SHELVES}>
              {(each) => (
                <option value={each} selected={each === seconds()}>
                  {words.alarms.hours(each / 3600)}
                </option>
              )}
            </For>
          </select>
        </div>
        <Touch
          what={words.alarms.shelve}
          disabled={reason().trim().length < 3}
          done={sent}
          send={() => ask('/alarms/shelve', { method: 'POST', body: { key: props.of.key, for_s: seconds(), reason: reason().trim() } })}
        />
      </div>
    </details>
  );
}
