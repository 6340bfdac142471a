/** One stretch of parts that are in question: why, from where to where, what narrows it, each part, and what becomes of them. */
import { A, useParams, useSearchParams } from '@solidjs/router';
import { createSignal, For, type JSX, Show } from 'solid-js';
import { API, ask } from '../../api/ask.ts';
import { question } from '../../api/question.ts';
import { may } from '../../api/session.ts';
import type { ContainedPart, ContainedParts, Containment, Quote } from '../../api/types.ts';
import { Known, Nothing } from '../../pieces/known.tsx';
import { QuoteList } from '../../pieces/quotes.tsx';
import { momentOf, now, utcOf } from '../../pieces/times.ts';
import { TwoTouches } from '../../pieces/two-touches.tsx';
import { words } from '../../words.ts';
import { stateOf } from './contained.tsx';
import './contained.css';

const EVERY = 5000;
const LIMIT = 48;
const MINUTE = 60_000;

export function StretchView(): JSX.Element {
  const params = useParams<{ id: string }>();
  const id = () => encodeURIComponent(params.id ?? '');
  const stretch = question<Containment>(() => `/containments/${id()}`, EVERY);
  return (
    <>
      <header>
        <h1>{words.contained.title}</h1>
        <A class="button" href="/contained">
          {words.contained.all}
        </A>
        <a class="button" href={`${API}/containments/${id()}/parts.csv`} download="">
          {words.contained.csv}
        </a>
      </header>
      <Known of={stretch}>
        {(known) => (
          <>
            <Facts of={known()} />
            <Show when={known().disposition === null}>
              <Show when={!known().grows} fallback={<p class="soft">{words.contained.decideLater}</p>}>
                <Show when={may('technician')} fallback={<p class="soft">{words.contained.decideSignIn}</p>}>
                  <Decide of={known()} done={stretch.again} />
                </Show>
              </Show>
            </Show>
            <SaidMeanwhile of={known()} />
            <Parts id={id()} of={known()} />
          </>
        )}
      </Known>
    </>
  );
}

/** What people wrote and machines said while these parts were made. */
function SaidMeanwhile(props: { readonly of: Containment }): JSX.Element {
  const quotes = question<readonly Quote[]>(() => {
    const { after, until, station } = props.of;
    if (after === null) return null;
    // One that grows is asked for again with every minute that it does.
    const to = until?.at ?? Math.ceil(now() / MINUTE) * MINUTE;
    return `/notes/summary?from=${after.at}&to=${to + 1}&station=${encodeURIComponent(station)}`;
  });
  const all = () => quotes.answer() ?? [];
  return (
    <Show when={all().length > 0}>
      <section class="panel stack" aria-label={words.quotes.meanwhile}>
        <h2>{words.quotes.meanwhile}</h2>
        <QuoteList of={all()} />
      </section>
    </Show>
  );
}

type Anchor = NonNullable<Containment['after']>;

function Facts(props: { readonly of: Containment }): JSX.Element {
  return (
    <section class="panel stack">
      <h2>{words.contained.count(props.of.parts, props.of.station)}</h2>
      <p>{props.of.why}</p>
      <dl class="facts">
        <dt>{words.contained.after}</dt>
        <dd>
          <Show when={props.of.after} fallback={words.contained.afterNothing}>
            {(anchor) => <Place of={anchor()} />}
          </Show>
        </dd>
        <dt>{words.contained.until}</dt>
        <dd>
          <Show when={props.of.until} fallback={words.contained.grows}>
            {(anchor) => <Place of={anchor()} />}
          </Show>
        </dd>
        <dt>{words.contained.narrowed}</dt>
        <dd>
          <Show when={props.of.narrowed} fallback={words.contained.unnarrowed[props.of.unnarrowed]}>
            {(found) => (
              <>
                {words.contained.changed(found().by, found().parts)} <Place of={found().from} />, {words.contained.likely}{' '}
                <Place of={found().likely} />
              </>
            )}
          </Show>
        </dd>
        <dt>{words.contained.state}</dt>
        <dd>
          {stateOf(props.of)}
          <Show when={props.of.disposition?.note}>{(note) => <>: {note()}</>}</Show>
        </dd>
      </dl>
    </section>
  );
}

function Place(props: { readonly of: Anchor }): JSX.Element {
  return (
    <A href={`/inspection/${props.of.inspection}`} title={utcOf(props.of.at)}>
      {words.contained.place(props.of.part ?? words.line.noPart, props.of.sequence, momentOf(props.of.at))}
    </A>
  );
}

function Decide(props: { readonly of: Containment; readonly done: () => void }): JSX.Element {
  const [note, setNote] = createSignal('');
  const say = (disposition: 'released' | 'scrapped') => () =>
    ask(`/containments/${props.of.id}/disposition`, { method: 'POST', body: { disposition, note: note() } });
  return (
    <section class="panel stack" aria-labelledby="decide">
      <h2 id="decide">{words.contained.decide}</h2>
      <div class="field">
        <label for="contained note">{words.contained.note}</label>
        <input id="contained note" type="text" maxlength={2000} value={note()} onInput={(event) => setNote(event.currentTarget.value)} />
      </div>
      <div class="row apart">
        <For each={['released', 'scrapped'] as const}>
          {(disposition) => (
            <TwoTouches
              what={words.contained.act[disposition]}
              effect={words.contained.effect[disposition](props.of.parts)}
              confirm={words.contained.sure[disposition]}
              work={say(disposition)}
              done={props.done}
            />
          )}
        </For>
      </div>
    </section>
  );
}

function Parts(props: { readonly id: string; readonly of: Containment }): JSX.Element {
  const [address, go] = useSearchParams<{ cursor?: string }>();
  const page = question<ContainedParts>(
    () => `/containments/${props.id}/parts?limit=${LIMIT}${address.cursor ? `&cursor=${encodeURIComponent(address.cursor)}` : ''}`,
  );
  return (
    <Known of={page}>
      {(known) => (
        <>
          <Show when={known().items.length > 0} fallback={<Nothing what={words.contained.noParts} next={words.contained.noPartsNext} />}>
            <ul class="contained-parts" aria-label={words.contained.parts}>
              <For each={known().items}>{(part) => <Part of={part} narrowed={props.of.narrowed} />}</For>
            </ul>
          </Show>
          <div class="row">
            <Show when={address.cursor}>
              <button type="button" onClick={() => go({ cursor: undefined })}>
                {words.contained.first}
              </button>
            </Show>
            <Show when={known().next} fallback={<span class="soft">{words.contained.end}</span>}>
              {(next) => (
                <button type="button" onClick={() => go({ cursor: next() })}>
                  {words.contained.later}
                </button>
              )}
            </Show>
          </div>
        </>
      )}
    </Known>
  );
}

/** Where a change of a number says something of it: a word and not a colour. */
function suspicion({ sequence }: ContainedPart, narrowed: Containment['narrowed']): string {
  if (!narrowed) return '';
  if (sequence < narrowed.from.sequence) return words.contained.suspect.unlikely;
  return sequence < narrowed.likely.sequence ? words.contained.suspect.possible : words.contained.suspect.likely;
}

function Part(props: { readonly of: ContainedPart; readonly narrowed: Containment['narrowed'] }): JSX.Element {
  return (
    <li>
      <A href={`/inspection/${props.of.inspection}`} class="panel">
        <Show when={props.of.pictures > 0} fallback={<span class="empty soft">{words.parts.noPicture}</span>}>
          <img src={`${API}/inspections/${props.of.inspection}/pictures/0`} alt="" loading="lazy" />
        </Show>
        <span>{props.of.parts > 1 ? words.contained.unseen(props.of.parts) : (props.of.part ?? words.line.noPart)}</span>
        <span class="soft">
          {props.of.verdict} · {momentOf(props.of.at)}
        </span>
        <Show when={props.of.lot ?? props.of.order}>
          <span class="soft">{words.contained.lot(props.of.lot, props.of.order)}</span>
        </Show>
        <Show when={suspicion(props.of, props.narrowed)}>{(word) => <span>{word()}</span>}</Show>
      </A>
    </li>
  );
}
