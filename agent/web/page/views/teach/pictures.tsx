/** The pictures of a lesson, and what somebody says of each: the odd ones first. */
import { createMemo, createSignal, For, type JSX, Show } from 'solid-js';
import { API } from '../../api/ask.ts';
import { question } from '../../api/question.ts';
import { may } from '../../api/session.ts';
import type { Lesson, ReviewPage } from '../../api/types.ts';
import { Each } from '../../pieces/each.tsx';
import { drawn as keptDrawing, typed } from '../../pieces/kept.ts';
import { isMark, type Mark } from '../../pieces/mark.ts';
import { Marks, MarkTouches } from '../../pieces/marks.tsx';
import { type Size, shaped } from '../../pieces/region.ts';
import { momentOf } from '../../pieces/times.ts';
import { words } from '../../words.ts';
import type { Act } from './act.ts';

type Picture = Lesson['pictures'][number];
const SAID = ['good', 'bad', 'out'] as const;

export function Pictures(props: { readonly of: Lesson; readonly act: Act }): JSX.Element {
  const odd = () => props.of.pictures.filter(({ odd }) => odd !== null).toSorted((a, b) => (b.odd ?? 0) - (a.odd ?? 0));
  // Words that people here have for what is wrong, so that one fault does not get two names.
  const review = question<ReviewPage>(() => '/review?limit=1');
  const kinds = createMemo(() => {
    const own = props.of.pictures.flatMap(({ kind }) => kind ?? []);
    return [...new Set([...own, ...(review.answer()?.kinds ?? [])])].slice(0, KINDS);
  });
  const others = () => props.of.pictures.filter(({ odd }) => odd === null).toReversed();
  return (
    <>
      <Show when={odd().length > 0}>
        <section class="panel stack">
          <h2>{words.teach.isThisOneGood}</h2>
          <p>{words.teach.oddWhy}</p>
          <ul class="lesson-pictures">
            <Each of={odd()} by={({ id }) => id}>
              {(picture) => <One of={picture()} kinds={kinds()} act={props.act} />}
            </Each>
          </ul>
        </section>
      </Show>
      <Show when={others().length > 0}>
        <section class="panel stack">
          <h2>{words.teach.pictures}</h2>
          <ul class="lesson-pictures">
            <Each of={others()} by={({ id }) => id}>
              {(picture) => <One of={picture()} kinds={kinds()} act={props.act} />}
            </Each>
          </ul>
        </section>
      </Show>
    </>
  );
}

const KINDS = 9;

function One(props: { readonly of: Picture; readonly kinds: readonly string[]; readonly act: Act }): JSX.Element {
  const [size, setSize] = createSignal<Size>([4, 3]);
  /** What is being drawn; null: nobody draws. */
  const [drawn, setDrawn] = keptDrawing(() => `marks of ${props.of.id}`, isMark);
  return (
    <li classList={{ out: props.of.said === 'out', wrong: props.of.said === 'bad', marking: drawn() !== null }}>
      <div class="layers shaped" style={shaped(size())}>
        <img
          src={`${API}/teach/pictures/${props.of.id}`}
          loading="lazy"
          alt={words.teach.pictureOf(momentOf(props.of.at))}
          onLoad={({ currentTarget: { naturalWidth, naturalHeight } }) => setSize([naturalWidth || 4, naturalHeight || 3])}
        />
        <Marks size={size()} marks={drawn() ?? props.of.boxes} change={drawn() === null ? undefined : (marks) => setDrawn(marks)} />
      </div>
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
        <Show when={props.of.said === 'bad'}>
          <Where of={props.of} size={size()} drawn={drawn()} set={setDrawn} act={props.act} />
          <Kind of={props.of} kinds={props.kinds} act={props.act} />
        </Show>
      </Show>
      <Show when={!may('technician') && props.of.kind}>{(kind) => <span class="soft">{kind()}</span>}</Show>
    </li>
  );
}

/** Where it is bad, if somebody likes to say so: what is drawn is kept with one touch, and stays drawn where it cannot be. */
function Where(props: {
  readonly of: Picture;
  readonly size: Size;
  readonly drawn: readonly Mark[] | null;
  readonly set: (drawn: readonly Mark[] | null) => void;
  readonly act: Act;
}): JSX.Element {
  const keep = async (boxes: readonly Mark[]) => {
    const { kind } = props.of;
    const said = { said: 'bad', ...(kind === null ? {} : { kind }), boxes };
    if ((await props.act(`/pictures/${props.of.id}`, said)) && props.drawn === boxes) props.set(null);
  };
  return (
    <Show
      when={props.drawn}
      fallback={
        <button type="button" onClick={() => props.set(props.of.boxes)}>
          {props.of.boxes.length > 0 ? words.marks.marked(props.of.boxes.length) : words.marks.draw}
        </button>
      }
    >
      {(drawn) => (
        <>
          <MarkTouches size={props.size} marks={drawn()} change={props.set} />
          <div class="touches">
            <button type="button" onClick={() => void keep(drawn())}>
              {words.marks.keep}
            </button>
            <button type="button" onClick={() => props.set(null)}>
              {words.marks.leave}
            </button>
          </div>
        </>
      )}
    </Show>
  );
}

/** What is wrong with it, by name: one touch for a kind that is known, a word for another. */
function Kind(props: { readonly of: Picture; readonly kinds: readonly string[]; readonly act: Act }): JSX.Element {
  const [named, setNamed] = typed(() => `kind of ${props.of.id}`);
  const say = (kind: string) => props.act(`/pictures/${props.of.id}`, { said: 'bad', kind });
  const own = async (event: Event) => {
    event.preventDefault();
    const typed = named();
    // What was refused, or lost on the way, or typed meanwhile, stays to be sent.
    if (typed.trim() !== '' && (await say(typed.trim())) && named() === typed) setNamed('');
  };
  return (
    <form class="stack" aria-label={words.review.kind} onSubmit={own}>
      <span class="soft">{words.review.kind}</span>
      <div class="touches">
        <For each={props.kinds}>
          {(kind) => (
            <button type="button" aria-pressed={props.of.kind === kind} onClick={() => void say(kind)}>
              {kind}
            </button>
          )}
        </For>
      </div>
      <div class="touches">
        <input
          type="text"
          maxlength={64}
          aria-label={words.review.newKind}
          placeholder={words.review.newKind}
          value={named()}
          onInput={(event) => setNamed(event.currentTarget.value)}
        />
        <button type="submit" disabled={named().trim() === ''}>
          {words.teach.nameIt}
        </button>
      </div>
    </form>
  );
}
