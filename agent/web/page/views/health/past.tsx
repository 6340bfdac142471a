/** Of an alarm: what was written on it, what was written and done the last times that it stood, and similar cases. Asked for when somebody opens it. */
import { createSignal, For, type JSX, Show } from 'solid-js';
import { question } from '../../api/question.ts';
import type { Alarm, AlarmHistory, SimilarCase, WrittenNote } from '../../api/types.ts';
import { Known } from '../../pieces/known.tsx';
import { NoteList, WriteNote } from '../../pieces/notes.tsx';
import { QuoteList } from '../../pieces/quotes.tsx';
import { SaidList } from '../../pieces/said.tsx';
import { momentOf, utcOf } from '../../pieces/times.ts';
import { words } from '../../words.ts';

type Of = Pick<Alarm, 'key' | 'code' | 'subject' | 'text'>;
const LONGEST = 500;

export function Past(props: { readonly of: Of }): JSX.Element {
  const [open, setOpen] = createSignal(false);
  return (
    <details onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>{words.past.title}</summary>
      <Show when={open()}>
        <Inside of={props.of} />
      </Show>
    </details>
  );
}

function Inside(props: { readonly of: Of }): JSX.Element {
  const notes = question<readonly WrittenNote[]>(() => `/notes?limit=10&alarm=${encodeURIComponent(props.of.code)}`);
  const history = question<AlarmHistory>(
    () => `/alarms/history?code=${encodeURIComponent(props.of.code)}&subject=${encodeURIComponent(props.of.subject)}`,
  );
  const cases = question<readonly SimilarCase[]>(() => {
    const { code, text } = props.of;
    return `/notes/cases?alarm=${encodeURIComponent(code)}&text=${encodeURIComponent(text.slice(0, LONGEST))}`;
  });
  const others = () => (cases.answer() ?? []).filter(({ text }) => !(notes.answer() ?? []).some((note) => note.text === text));
  return (
    <div class="stack">
      <Known of={notes}>{(known) => <NoteList of={known()} none={words.past.none} />}</Known>
      <WriteNote on={props.of.key} about={{ alarm: props.of.code }} written={notes.again} />
      <Known of={history}>
        {(known) => (
          <>
            <For each={known().times}>{(time) => <Time of={time} />}</For>
            <Show when={known().quotes.length > 1}>
              <h3>{words.past.quotes(known().stood)}</h3>
              <QuoteList of={known().quotes} />
            </Show>
          </>
        )}
      </Known>
      <Show when={others().length > 0}>
        <h3>{words.past.similar}</h3>
        <ul class="list">
          <For each={others()}>
            {(one) => (
              <li>
                {one.text}{' '}
                <span class="soft" title={utcOf(one.at)}>
                  {[
                    momentOf(one.at),
                    one.part ?? one.station ?? '',
                    words.past.by[one.by],
                    one.times > 1 ? words.quotes.times(one.times) : '',
                  ]
                    .filter((word) => word !== '')
                    .join(' · ')}
                </span>
              </li>
            )}
          </For>
        </ul>
      </Show>
    </div>
  );
}

function Time(props: { readonly of: AlarmHistory['times'][number] }): JSX.Element {
  const isBare = () => props.of.notes.length + props.of.texts.length + props.of.acts.length === 0;
  return (
    <section class="stack">
      <h3 title={utcOf(props.of.since)}>{words.past.stood(momentOf(props.of.since), momentOf(props.of.cleared ?? props.of.since))}</h3>
      <Show when={isBare()}>
        <p class="soft">{words.past.bare}</p>
      </Show>
      <Show when={props.of.notes.length > 0}>
        <NoteList of={props.of.notes} none="" />
      </Show>
      <Show when={props.of.texts.length > 0}>
        <SaidList of={props.of.texts} />
      </Show>
      <Show when={props.of.acts.length > 0}>
        <ul class="list">
          <For each={props.of.acts}>
            {({ at, verb, reason }) => (
              <li>
                <span class="mono">{verb}</span> {reason} <span class="soft">{momentOf(at)}</span>
              </li>
            )}
          </For>
        </ul>
      </Show>
    </section>
  );
}
