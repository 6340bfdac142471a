/** What people wrote of the part, with what was written before that is most like the newest of it, and a field to write more. */
import { createSignal, type JSX, Show } from 'solid-js';
import { ask, type Problem } from '../../api/ask.ts';
import { question } from '../../api/question.ts';
import { may } from '../../api/session.ts';
import type { WholeInspection, WrittenNote } from '../../api/types.ts';
import { Each } from '../../pieces/each.tsx';
import { forget, typed } from '../../pieces/kept.ts';
import { Known, Trouble } from '../../pieces/known.tsx';
import { momentOf, utcOf } from '../../pieces/times.ts';
import { words } from '../../words.ts';

const LONGEST = 2000;
const keptAs = (inspection: string): string => `note ${inspection}`;

/** By the part's id; one without a name is known by its station alone. */
export function Notes(props: { readonly of: Pick<WholeInspection, 'id' | 'part' | 'station'> }): JSX.Element {
  const about = () =>
    props.of.part === null ? `station=${encodeURIComponent(props.of.station)}` : `part=${encodeURIComponent(props.of.part)}`;
  const notes = question<readonly WrittenNote[]>(() => `/notes?limit=10&${about()}`);
  const newest = () => notes.answer()?.[0];
  const [text, setText] = typed(() => keptAs(props.of.id));
  const [problem, setProblem] = createSignal<Problem | null>(null);
  const [busy, setBusy] = createSignal(false);
  /** Of a text that nobody has answered for yet: the same id again is the same note. */
  const unanswered = new Map<string, string>();
  const write = async () => {
    const { id: inspection, part, station } = props.of;
    const said = text().trim();
    if (said === '' || busy()) return;
    const what = `${inspection} ${said}`;
    const id = unanswered.get(what) ?? crypto.randomUUID();
    unanswered.set(what, id);
    setBusy(true);
    const body = { id, text: said, station, ...(part === null ? {} : { part }) };
    const outcome = await ask('/notes', { method: 'POST', body });
    setBusy(false);
    setProblem(outcome.ok ? null : outcome.problem);
    if (outcome.ok || outcome.problem.status !== 0) unanswered.delete(what);
    if (!outcome.ok) return;
    forget(keptAs(inspection));
    if (props.of.id === inspection) setText('');
    notes.again();
  };
  return (
    <section class="panel stack" aria-label={words.notes.title}>
      <h2>{words.notes.title}</h2>
      <Show when={problem()}>{(why) => <Trouble problem={why()} />}</Show>
      <Known of={notes}>{(known) => <List of={known()} none={words.notes.none} />}</Known>
      <Show when={newest()}>{(note) => <Similar to={note().text} part={props.of.part} />}</Show>
      <Show when={may('operator')} fallback={<p class="soft">{words.notes.signIn}</p>}>
        <label class="stack">
          {words.notes.write}
          <textarea rows="2" maxlength={LONGEST} value={text()} onInput={({ currentTarget }) => setText(currentTarget.value)} />
        </label>
        <p class="soft">{words.notes.names}</p>
        <button type="button" class="act" disabled={busy() || text().trim() === ''} onClick={() => void write()}>
          {words.notes.keep}
        </button>
      </Show>
    </section>
  );
}

function Similar(props: { readonly to: string; readonly part: string | null }): JSX.Element {
  const part = () => (props.part === null ? '' : `&part=${encodeURIComponent(props.part)}`);
  const found = question<readonly WrittenNote[]>(() => `/notes/similar?text=${encodeURIComponent(props.to.slice(0, LONGEST))}${part()}`);
  // Of a part without a name its own note is the most alike of all.
  const others = () => (found.answer() ?? []).filter(({ text }) => text !== props.to);
  return (
    <Show when={others().length > 0}>
      <h3>{words.notes.similar}</h3>
      <List of={others()} none="" />
    </Show>
  );
}

function List(props: { readonly of: readonly WrittenNote[]; readonly none: string }): JSX.Element {
  return (
    <Show when={props.of.length > 0} fallback={<p class="soft">{props.none}</p>}>
      <ul class="list">
        <Each of={props.of} by={({ id }) => id}>
          {(note) => (
            <li>
              {note().text}{' '}
              <span class="soft" title={utcOf(note().at)}>
                {momentOf(note().at)} {note().part ?? note().station ?? ''} {words.notes.source[note().source]}
              </span>
            </li>
          )}
        </Each>
      </ul>
    </Show>
  );
}
