/** Parts of which the two say something else: each twice, as the one and as the other sees it. */
import { A } from '@solidjs/router';
import { createMemo, createSignal, Index, type JSX, Show } from 'solid-js';
import { API } from '../../api/ask.ts';
import { question } from '../../api/question.ts';
import type { DifferingPart, Lesson } from '../../api/types.ts';
import { Each } from '../../pieces/each.tsx';
import { Heated } from '../../pieces/heated.tsx';
import { Known } from '../../pieces/known.tsx';
import { score } from '../../pieces/numbers.ts';
import { Strength } from '../../pieces/strength.tsx';
import { momentOf } from '../../pieces/times.ts';
import { VerdictMark } from '../../pieces/verdict.tsx';
import { words } from '../../words.ts';

const EVERY = 5000;

export function Differing(props: { readonly of: Lesson; readonly differing: number }): JSX.Element {
  const path = createMemo(() => (props.differing === 0 ? null : '/teach/differing'));
  const parts = question<readonly DifferingPart[]>(path, EVERY);
  const [strength, setStrength] = createSignal(60);
  return (
    <Show when={props.differing > 0}>
      <section class="stack" aria-label={words.teach.differing}>
        <h3>{words.teach.differing}</h3>
        <Known of={parts}>
          {(known) => (
            <>
              <ul class="pairs">
                <Each of={known()} by={({ inspection }) => inspection}>
                  {(part) => <Pair of={part()} lesson={props.of} strength={strength()} />}
                </Each>
              </ul>
              <Show when={known().some(({ heat, candidate_heat }) => heat !== null || candidate_heat)}>
                <Strength value={strength()} set={setStrength} />
              </Show>
            </>
          )}
        </Known>
      </section>
    </Show>
  );
}

const numberOf = (value: number | null): string => (value === null ? '' : score(value));

function Pair(props: { readonly of: DifferingPart; readonly lesson: Lesson; readonly strength: number }): JSX.Element {
  const pictures = () => `${API}/inspections/${props.of.inspection}/pictures`;
  const sides = () => [
    {
      who: props.lesson.judges ?? '',
      verdict: props.of.verdict,
      score: props.of.score,
      heat: props.of.heat === null ? null : `${pictures()}/${props.of.heat}`,
      region: props.lesson.judges_region,
    },
    {
      who: props.lesson.package,
      verdict: props.of.candidate_verdict,
      score: props.of.candidate_score,
      heat: props.of.candidate_heat ? `${API}/teach/stored/${props.of.inspection}/heat` : null,
      region: props.lesson.area,
    },
  ];
  return (
    <li class="stack">
      <A href={`/inspection/${props.of.inspection}`}>
        {props.of.part === null ? words.teach.pictureOf(momentOf(props.of.at)) : words.line.part(props.of.part)}
      </A>
      <div class="both">
        <Index each={sides()}>
          {(side) => (
            <figure>
              <Show when={props.of.picture !== null} fallback={<p class="soft">{words.part.noPicture}</p>}>
                <Heated
                  picture={`${pictures()}/${props.of.picture}`}
                  alt={words.teach.seenBy(side().who)}
                  heat={side().heat}
                  region={side().region}
                  strength={props.strength}
                />
              </Show>
              <figcaption>
                <VerdictMark of={side().verdict} /> {side().who} {numberOf(side().score)}
              </figcaption>
            </figure>
          )}
        </Index>
      </div>
    </li>
  );
}
