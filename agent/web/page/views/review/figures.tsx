/** What people say of parts beside what the agent said. Where there are too few of them, how many there are instead of a figure. */
import { A, useSearchParams } from '@solidjs/router';
import { For, type JSX, Show } from 'solid-js';
import { API } from '../../api/ask.ts';
import { question } from '../../api/question.ts';
import { may } from '../../api/session.ts';
import type { LabelFigures, Verdict } from '../../api/types.ts';
import { Known } from '../../pieces/known.tsx';
import { count, percent } from '../../pieces/numbers.ts';
import { words } from '../../words.ts';
import { GoodHours } from './good-hours.tsx';
import './review.css';

const VERDICTS: readonly Verdict[] = ['ok', 'nok', 'review'];
/** Fewer say nothing. */
const ENOUGH = 30;
/** ms */
const EVERY = 10_000;

export function FiguresView(): JSX.Element {
  const [address, go] = useSearchParams<Partial<Record<'sample', string | undefined>>>();
  const isAll = () => address.sample === 'all';
  const figures = question<LabelFigures>(() => `/review/figures?sample=${isAll() ? 'all' : 'random'}`, EVERY);
  return (
    <>
      <header>
        <h1>{words.figures.title}</h1>
        <A class="button" href="/review">
          {words.figures.back}
        </A>
        <button type="button" aria-pressed={isAll()} onClick={() => go({ sample: isAll() ? undefined : 'all' })}>
          {words.figures.all}
        </button>
        <Show when={may('operator')}>
          <a
            class="button"
            href={`${API}/review/data-set`}
            rel="external"
            target="_self"
            download="labels.zip"
            title={words.figures.dataSetMeans}
          >
            {words.figures.dataSet}
          </a>
        </Show>
      </header>
      <p class="soft">{isAll() ? words.figures.biased : words.figures.unbiased}</p>
      <Known of={figures}>
        {(known) => (
          <>
            <Matrix of={known()} />
            <Shares of={known()} />
            <Show when={known().promises.length > 0}>
              <Promises of={known().promises} />
              <GoodHours stations={[...new Set(known().promises.map(({ station }) => station))]} changed={figures.again} />
            </Show>
          </>
        )}
      </Known>
    </>
  );
}

function Matrix(props: { readonly of: LabelFigures }): JSX.Element {
  return (
    <section class="panel scrolls whole" tabindex="0" aria-label={words.figures.matrix}>
      <h2>{words.figures.matrix}</h2>
      <table class="matrix">
        <thead>
          <tr>
            <th scope="col">{words.figures.people}</th>
            <For each={VERDICTS}>{(verdict) => <th scope="col">{words.figures.agent(words.verdict[verdict])}</th>}</For>
          </tr>
        </thead>
        <tbody>
          <For each={['good', 'bad'] as const}>
            {(label) => (
              <tr>
                <th scope="row">{words.labels.say[label]}</th>
                <For each={VERDICTS}>{(verdict) => <td>{count(props.of[label][verdict])}</td>}</For>
              </tr>
            )}
          </For>
        </tbody>
      </table>
      <p class="soft">{words.figures.others(props.of.unsure, props.of.disputed)}</p>
      <Show when={!props.of.complete}>
        <p>{words.figures.incomplete}</p>
      </Show>
    </section>
  );
}

function Shares(props: { readonly of: LabelFigures }): JSX.Element {
  return (
    <section class="panel scrolls whole" tabindex="0" aria-label={words.figures.shares}>
      <h2>{words.figures.shares}</h2>
      <table>
        <tbody>
          <For each={['precision', 'miss_rate', 'false_rejects'] as const}>
            {(name) => <Row name={words.figures[name]} of={props.of[name]} />}
          </For>
          <For each={props.of.reasons}>{({ name, precision }) => <Row name={words.figures.byReason(name)} of={precision} />}</For>
          <For each={props.of.kinds}>
            {({ name, miss_rate }) => <Row name={words.figures.byKind(name === '' ? words.review.noKind : name)} of={miss_rate} />}
          </For>
        </tbody>
      </table>
    </section>
  );
}

function Row(props: { readonly name: string; readonly of: LabelFigures['precision'] }): JSX.Element {
  const enough = () => (props.of && props.of.of >= ENOUGH ? props.of : null);
  return (
    <tr>
      <th scope="row">{props.name}</th>
      <td>
        <Show when={enough()} fallback={<span class="soft">{words.line.tooFew(props.of?.of ?? 0)}</span>}>
          {(share) => (
            <>
              <b>{percent(share().value)}</b>{' '}
              <span class="soft">
                {words.line.yieldOf(count(share().count), count(share().of))},{' '}
                {words.figures.between(percent(share().low), percent(share().high))}
              </span>
            </>
          )}
        </Show>
      </td>
    </tr>
  );
}

function Promises(props: { readonly of: LabelFigures['promises'] }): JSX.Element {
  return (
    <section class="panel stack whole" aria-label={words.figures.promises}>
      <h2>{words.figures.promises}</h2>
      <For each={props.of}>
        {(one) => (
          <>
            <h3>{words.figures.promise(one.station, one.model, `${one.package} ${one.version}`)}</h3>
            <p>
              {words.figures.oneIn[one.of](String(one.one_in))}; {words.figures.confirmed(count(one.refused), count(one.judged))}.{' '}
              <b classList={{ bad: one.broken }}>{one.broken ? words.figures.broken : words.figures.kept}</b>
            </p>
            <table>
              <tbody>
                <Row name={words.figures.inHours} of={one.in_hours} />
                <Show when={one.of === 'parts'}>
                  <Row name={words.figures.byChance} of={one.false_rejects} />
                </Show>
              </tbody>
            </table>
          </>
        )}
      </For>
    </section>
  );
}
