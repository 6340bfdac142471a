/** What people wrote, and the field to write more: of a part, of an alarm. */
import { createSignal, type JSX, Show } from 'solid-js';
import { ask, type Problem } from '../api/ask.ts';
import { may } from '../api/session.ts';
import type { WrittenNote } from '../api/types.ts';
import { words } from '../words.ts';
import { Each } from './each.tsx';
import { forget, typed } from './kept.ts';
import { Trouble } from './known.tsx';
import { momentOf, utcOf } from './times.ts';

export const LONGEST_NOTE = 2000;

/** What a note is written on. */
export interface NoteAbout {
  readonly station?: string;
  readonly part?: string;
  readonly alarm?: string;
}

export function NoteList(props: { readonly of: readonly WrittenNote[]; readonly none: string }): JSX.Element {
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

/** `on`: what tells this field from others of the page; what is typed there stays there. */
export function WriteNote(props: { readonly on: string; readonly about: NoteAbout; readonly written: () => void }): JSX.Element {
  const keptAs = () => `note ${props.on}`;
  const [text, setText] = typed(keptAs);
  const [problem, setProblem] = createSignal<Problem | null>(null);
  const [busy, setBusy] = createSignal(false);
  /** Of a text that nobody has answered for yet: the same id again is the same note. */
  const unanswered = new Map<string, string>();
  const write = async () => {
    const { on, about } = props;
    const said = text().trim();
    if (said === '' || busy()) return;
    const what = `${on} ${said}`;
    const id = unanswered.get(what) ?? crypto.randomUUID();
    unanswered.set(what, id);
    setBusy(true);
    const outcome = await ask('/notes', { method: 'POST', body: { id, text: said, ...about } });
    setBusy(false);
    setProblem(outcome.ok ? null : outcome.problem);
    if (outcome.ok || outcome.problem.status !== 0) unanswered.delete(what);
    if (!outcome.ok) return;
    forget(`note ${on}`);
    if (props.on === on) setText('');
    props.written();
  };
  return (
    <>
      <Show when={problem()}>{(why) => <Trouble problem={why()} />}</Show>
      <Show when={may('operator')} fallback={<p class="soft">{words.notes.signIn}</p>}>
        <label class="stack">
          {words.notes.write}
          <textarea rows="2" maxlength={LONGEST_NOTE} value={text()} onInput={({ currentTarget }) => setText(currentTarget.value)} />
        </label>
        <p class="soft">{words.notes.names}</p>
        <button type="button" class="act" disabled={busy() || text().trim() === ''} onClick={() => void write()}>
          {words.notes.keep}
        </button>
      </Show>
    </>
  );
}
