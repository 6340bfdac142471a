/** Why a part was judged as it was: /part/<id>, which a scanner opens, and /inspection/<id> for a part without a name. */
import { A, useParams, useSearchParams } from '@solidjs/router';
import { For, type JSX, Show } from 'solid-js';
import { question } from '../../api/question.ts';
import type { Inspection, InspectionPage, WholeInspection } from '../../api/types.ts';
import { Known, Nothing } from '../../pieces/known.tsx';
import { momentOf } from '../../pieces/times.ts';
import { shownOf, VerdictMark } from '../../pieces/verdict.tsx';
import { words } from '../../words.ts';
import { InspectionCard } from './card.tsx';
import { Ways } from './ways.tsx';

export function PartView(): JSX.Element {
  const params = useParams();
  const [search] = useSearchParams();
  const part = () => decodeURIComponent(params['part'] ?? '');
  const all = question<InspectionPage>(() => `/inspections?limit=50&part=${encodeURIComponent(part())}`);
  return (
    <>
      <h1>{words.part.title(part())}</h1>
      <Known of={all}>
        {(page) => (
          <Show when={page().items[0]} fallback={<Nothing what={words.part.unknown(part())} next={words.part.unknownNext} />}>
            {(newest) => {
              const chosen = () => (typeof search['inspection'] === 'string' ? search['inspection'] : newest().id);
              return (
                <>
                  <Show when={page().items.length > 1}>
                    <Times of={page().items} chosen={chosen()} />
                  </Show>
                  <Ways part={part()} />
                  <One id={chosen()} />
                </>
              );
            }}
          </Show>
        )}
      </Known>
    </>
  );
}

export function InspectionView(): JSX.Element {
  const params = useParams();
  return <One id={params['id'] ?? ''} titled />;
}

function One(props: { readonly id: string; readonly titled?: boolean }): JSX.Element {
  const whole = question<WholeInspection>(() => `/inspections/${encodeURIComponent(props.id)}`);
  return (
    <Known of={whole}>
      {(known) => (
        <>
          <Show when={props.titled}>
            <h1>{known().part === null ? words.part.nameless : words.part.title(known().part ?? '')}</h1>
          </Show>
          <InspectionCard of={known()} />
        </>
      )}
    </Known>
  );
}

/** A part that was judged several times: at several stations, or again after rework. */
function Times(props: { readonly of: readonly Inspection[]; readonly chosen: string }): JSX.Element {
  return (
    <nav aria-label={words.part.times}>
      <ul class="row">
        <For each={props.of}>
          {(one) => (
            <li>
              <A class="button" href={`?inspection=${one.id}`} aria-current={one.id === props.chosen ? 'true' : undefined}>
                {one.station} {momentOf(one.at)} <VerdictMark of={shownOf(one)} />
              </A>
            </li>
          )}
        </For>
      </ul>
    </nav>
  );
}
