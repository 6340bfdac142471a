/** All inspections, newest first, a page at a time; what is looked for stands in the address. */
import { A, useSearchParams } from '@solidjs/router';
import { createMemo, For, type JSX, Show } from 'solid-js';
import { API } from '../../api/ask.ts';
import { shown } from '../../api/live.ts';
import { question } from '../../api/question.ts';
import type { Inspection, InspectionPage } from '../../api/types.ts';
import { Known, Nothing } from '../../pieces/known.tsx';
import { milliseconds, score } from '../../pieces/numbers.ts';
import { momentOf, utcOf } from '../../pieces/times.ts';
import { shownOf, VerdictMark } from '../../pieces/verdict.tsx';
import { words } from '../../words.ts';
import { addressOf, saidOf } from '../line/condition.ts';
import { Filters } from './filters.tsx';
import { TotalsPanel } from './totals.tsx';
import { type Address, isAll, queryOf } from './wish.ts';
import './parts.css';

const LIMIT = 50;

export function PartsView(): JSX.Element {
  const [address, go] = useSearchParams<Address>();
  const page = question<InspectionPage>(() => `/inspections?${queryOf(address, LIMIT)}`);
  const isGrid = () => address.looks === 'grid';
  return (
    <>
      <header>
        <h1>{words.parts.title}</h1>
        <button type="button" aria-pressed={isGrid()} onClick={() => go({ looks: isGrid() ? undefined : 'grid' })}>
          {words.parts.grid}
        </button>
        <button type="button" aria-pressed={Boolean(address.over)} onClick={() => go({ over: address.over ? undefined : 'day' })}>
          {words.totals.title}
        </button>
      </header>
      <Filters address={address} go={go} />
      <Show when={address.over}>
        <TotalsPanel address={address} go={go} />
      </Show>
      <Known of={page}>
        {(known) => (
          <>
            <NewOnes page={known()} address={address} again={page.again} />
            <Show when={known().items.length > 0} fallback={<NoneFit page={known()} address={address} />}>
              <Show when={isGrid()} fallback={<Rows of={known().items} />}>
                <Grid of={known().items} />
              </Show>
            </Show>
            <Pages page={known()} address={address} go={go} />
          </>
        )}
      </Known>
    </>
  );
}

/** How many came since the page was asked for; exact, since a station's sequence has no gaps. Only where nothing is filtered out. */
function NewOnes(props: { readonly page: InspectionPage; readonly address: Address; readonly again: () => void }): JSX.Element {
  const newer = createMemo(() => {
    if (!isAll(props.address)) return 0;
    return Object.entries(shown.recent).reduce((sum, [station, recent]) => {
      // The page is in the order of the triggers' own times, which need not be that of the sequence.
      const known = props.page.items.filter((item) => item.station === station).map(({ sequence }) => sequence);
      return known.length === 0 ? sum : sum + Math.max(0, (recent.at(-1)?.sequence ?? 0) - Math.max(...known));
    }, 0);
  });
  return (
    <Show when={newer() > 0}>
      <p>
        <button type="button" onClick={() => props.again()}>
          {words.parts.newer(newer())}
        </button>
      </p>
    </Show>
  );
}

function NoneFit(props: { readonly page: InspectionPage; readonly address: Address }): JSX.Element {
  return (
    <Show
      when={props.page.complete}
      fallback={<Nothing what={words.parts.soFar(momentOf(props.page.looked_back_to ?? 0))} next={words.parts.goOn} />}
    >
      <Show when={isAll(props.address)} fallback={<Nothing what={words.parts.noneFit} next={words.parts.noneFitNext} />}>
        <Nothing what={words.parts.none} next={words.parts.noneNext} />
      </Show>
    </Show>
  );
}

function Rows(props: { readonly of: readonly Inspection[] }): JSX.Element {
  return (
    <section class="panel scrolls" tabindex="0" aria-label={words.parts.title}>
      <table class="parts">
        <thead>
          <tr>
            <th scope="col">{words.parts.verdict}</th>
            <th scope="col">{words.parts.part}</th>
            <th scope="col">{words.parts.time}</th>
            <th scope="col">{words.parts.station}</th>
            <th scope="col">{words.parts.reason}</th>
            <th scope="col">{words.parts.scores}</th>
            <th scope="col" class="number">
              {words.parts.after}
            </th>
          </tr>
        </thead>
        <tbody>
          <For each={props.of}>
            {(one) => (
              <tr>
                <td>
                  <VerdictMark of={shownOf(one)} />
                </td>
                <td>
                  <A class="open" href={addressOf(one)}>
                    {one.part ?? words.line.noPart}
                  </A>
                  <Show when={one.challenge}>{(name) => <span class="soft"> {words.parts.challenge(name())}</span>}</Show>
                  <Show when={one.study}>{(name) => <span class="soft"> {words.parts.study(name())}</span>}</Show>
                </td>
                <td title={utcOf(one.at)}>{momentOf(one.at)}</td>
                <td>{one.station}</td>
                <td class="why">{one.reasons.map(({ text }) => saidOf(text).reason).join('; ')}</td>
                <td>{scoresOf(one)}</td>
                <td class="number">{one.verdict_ms === null ? '' : `${milliseconds(one.verdict_ms)} ms`}</td>
              </tr>
            )}
          </For>
        </tbody>
      </table>
    </section>
  );
}

const scoresOf = ({ scores }: Inspection): string =>
  scores.flatMap(({ model, score: found }) => (found === null ? [] : [`${model} ${score(found)}`])).join(', ');

function Grid(props: { readonly of: readonly Inspection[] }): JSX.Element {
  return (
    <ul class="grid">
      <For each={props.of}>
        {(one) => (
          <li>
            <A href={addressOf(one)} class="panel">
              <Show when={one.pictures > 0} fallback={<span class="empty soft">{words.parts.noPicture}</span>}>
                <img src={`${API}/inspections/${one.id}/pictures/0`} alt="" loading="lazy" />
              </Show>
              <span class="row">
                <VerdictMark of={shownOf(one)} /> {one.part ?? words.line.noPart}
              </span>
              <span class="soft">{momentOf(one.at)}</span>
            </A>
          </li>
        )}
      </For>
    </ul>
  );
}

function Pages(props: { readonly page: InspectionPage; readonly address: Address; readonly go: (address: Address) => void }): JSX.Element {
  return (
    <div class="row">
      <Show when={props.address.cursor}>
        <button type="button" onClick={() => props.go({ cursor: undefined })}>
          {words.parts.newest}
        </button>
      </Show>
      <Show when={props.page.next} fallback={<span class="soft">{words.parts.end}</span>}>
        {(next) => (
          <button type="button" onClick={() => props.go({ cursor: next() })}>
            {props.page.complete ? words.parts.older : words.parts.lookOn}
          </button>
        )}
      </Show>
    </div>
  );
}
