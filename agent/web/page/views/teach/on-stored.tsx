/** What a limit would have changed: of the stored parts whose pictures are kept, before it is taken. */
import { A } from '@solidjs/router';
import { createMemo, For, type JSX, Show } from 'solid-js';
import { question } from '../../api/question.ts';
import type { Lesson, StoredPart } from '../../api/types.ts';
import { score } from '../../pieces/numbers.ts';
import { momentOf } from '../../pieces/times.ts';
import { VerdictMark } from '../../pieces/verdict.tsx';
import { words } from '../../words.ts';

const LISTED = 5;

export function OnStored(props: { readonly of: Lesson; readonly at: number }): JSX.Element {
  // The lesson is told anew every second, and these only when there are others.
  const path = createMemo(() => (props.of.stored === null ? null : '/teach/stored'));
  const stored = question<readonly StoredPart[]>(path);
  return (
    <section class="stack" aria-label={words.teach.onStored} aria-live="polite">
      <h3>{words.teach.onStored}</h3>
      <Show when={stored.answer()} fallback={<NotYet fault={props.of.stored_fault} />}>
        {(parts) => (
          <Show when={parts().length > 0} fallback={<p class="soft">{words.teach.storedNothing}</p>}>
            <Effect of={parts()} at={props.at} />
          </Show>
        )}
      </Show>
    </section>
  );
}

/** It looks, or it cannot. */
function NotYet(props: { readonly fault: Lesson['stored_fault'] }): JSX.Element {
  return (
    <Show when={props.fault} fallback={<p class="soft">{words.teach.lookingBack}</p>}>
      {(fault) => (
        <p role="status">
          {words.teach.notLookedBack} {fault().text} {fault().next}
        </p>
      )}
    </Show>
  );
}

function Effect(props: { readonly of: readonly StoredPart[]; readonly at: number }): JSX.Element {
  const isRefused = ({ score: value }: StoredPart) => value >= props.at;
  const refused = createMemo(() => props.of.filter(isRefused));
  const were = () => props.of.filter(({ verdict }) => verdict === 'nok').length;
  /** Surest first. */
  const others = createMemo(() =>
    props.of
      .filter((part) => (part.verdict === 'ok' && isRefused(part)) || (part.verdict === 'nok' && !isRefused(part)))
      .toSorted((a, b) => Math.abs(b.score - props.at) - Math.abs(a.score - props.at)),
  );
  const turned = (from: StoredPart['verdict']) => others().filter(({ verdict }) => verdict === from).length;
  return (
    <>
      <p class="count">{words.teach.storedRefused(refused().length, props.of.length, were())}</p>
      <p>{words.teach.storedTurned(turned('ok'), turned('nok'))}</p>
      <Show when={others().length > 0}>
        <ul class="turned">
          <For each={others().slice(0, LISTED)}>
            {(part) => (
              <li>
                <A class="button" href={`/inspection/${part.inspection}`}>
                  {momentOf(part.at)} <VerdictMark of={part.verdict} /> → <VerdictMark of={isRefused(part) ? 'nok' : 'ok'} />{' '}
                  {score(part.score)}
                </A>
              </li>
            )}
          </For>
        </ul>
      </Show>
    </>
  );
}
