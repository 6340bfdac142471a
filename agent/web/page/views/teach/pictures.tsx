/** The pictures of a lesson, and what somebody says of each: the odd ones first. */
import { For, Index, type JSX, Show } from 'solid-js';
import { API } from '../../api/ask.ts';
import { may } from '../../api/session.ts';
import type { Lesson } from '../../api/types.ts';
import { momentOf } from '../../pieces/times.ts';
import { words } from '../../words.ts';
import type { Act } from './act.ts';

type Picture = Lesson['pictures'][number];
const SAID = ['good', 'bad', 'out'] as const;

export function Pictures(props: { readonly of: Lesson; readonly act: Act }): JSX.Element {
  const odd = () => props.of.pictures.filter(({ odd }) => odd !== null).toSorted((a, b) => (b.odd ?? 0) - (a.odd ?? 0));
  const others = () => props.of.pictures.filter(({ odd }) => odd === null).toReversed();
  return (
    <>
      <Show when={odd().length > 0}>
        <section class="panel stack">
          <h2>{words.teach.isThisOneGood}</h2>
          <p>{words.teach.oddWhy}</p>
          <ul class="lesson-pictures">
            <Index each={odd()}>{(picture) => <One of={picture()} act={props.act} />}</Index>
          </ul>
        </section>
      </Show>
      <Show when={others().length > 0}>
        <section class="panel stack">
          <h2>{words.teach.pictures}</h2>
          <ul class="lesson-pictures">
            <Index each={others()}>{(picture) => <One of={picture()} act={props.act} />}</Index>
          </ul>
        </section>
      </Show>
    </>
  );
}

function One(props: { readonly of: Picture; readonly act: Act }): JSX.Element {
  return (
    <li classList={{ out: props.of.said === 'out', wrong: props.of.said === 'bad' }}>
      <img src={`${API}/teach/pictures/${props.of.id}`} loading="lazy" alt={words.teach.pictureOf(momentOf(props.of.at))} />
      <Show when={may('technician')} fallback={<span>{words.teach.said[props.of.said]}</span>}>
        <fieldset class="touches" aria-label={words.teach.pictureOf(momentOf(props.of.at))}>
          <For each={SAID}>
            {(said) => (
              <button type="button" aria-pressed={props.of.said === said} onClick={() => props.act(`/pictures/${props.of.id}`, { said })}>
                {words.teach.said[said]}
              </button>
            )}
          </For>
        </fieldset>
      </Show>
    </li>
  );
}
