/** What people wrote of the part, with what was written before that is most like the newest of it, and a field to write more. */
import { type JSX, Show } from 'solid-js';
import { question } from '../../api/question.ts';
import type { WholeInspection, WrittenNote } from '../../api/types.ts';
import { Known } from '../../pieces/known.tsx';
import { LONGEST_NOTE, type NoteAbout, NoteList, WriteNote } from '../../pieces/notes.tsx';
import { words } from '../../words.ts';

/** By the part's id; one without a name is known by its station alone. */
export function Notes(props: { readonly of: Pick<WholeInspection, 'id' | 'part' | 'station'> }): JSX.Element {
  const about = () =>
    props.of.part === null ? `station=${encodeURIComponent(props.of.station)}` : `part=${encodeURIComponent(props.of.part)}`;
  const notes = question<readonly WrittenNote[]>(() => `/notes?limit=10&${about()}`);
  const newest = () => notes.answer()?.[0];
  const on = (): NoteAbout => {
    const { station, part } = props.of;
    return { station, ...(part === null ? {} : { part }) };
  };
  return (
    <section class="panel stack" aria-label={words.notes.title}>
      <h2>{words.notes.title}</h2>
      <Known of={notes}>{(known) => <NoteList of={known()} none={words.notes.none} />}</Known>
      <Show when={newest()}>{(note) => <Similar to={note().text} part={props.of.part} />}</Show>
      <WriteNote on={props.of.id} about={on()} written={notes.again} />
    </section>
  );
}

function Similar(props: { readonly to: string; readonly part: string | null }): JSX.Element {
  const part = () => (props.part === null ? '' : `&part=${encodeURIComponent(props.part)}`);
  const found = question<readonly WrittenNote[]>(
    () => `/notes/similar?text=${encodeURIComponent(props.to.slice(0, LONGEST_NOTE))}${part()}`,
  );
  // Of a part without a name its own note is the most alike of all.
  const others = () => (found.answer() ?? []).filter(({ text }) => text !== props.to);
  return (
    <Show when={others().length > 0}>
      <h3>{words.notes.similar}</h3>
      <NoteList of={others()} none="" />
    </Show>
  );
}
