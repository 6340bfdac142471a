/** The report of one gauge study: its grade, its figures, under which conditions, and what was shown. Made to be printed and signed. */
import { A, useParams } from '@solidjs/router';
import { For, type JSX, Match, Show, Switch } from 'solid-js';
import { API } from '../../api/ask.ts';
import { question } from '../../api/question.ts';
import type { StudyReport } from '../../api/types.ts';
import { Known } from '../../pieces/known.tsx';
import { momentOf, utcOf } from '../../pieces/times.ts';
import { words } from '../../words.ts';
import '../shifts/shifts.css';
import { Pairs } from './beside.tsx';
import { digits, type Figures, kappa, share } from './figures.ts';
import './gauge.css';

/** ms, while it is open. */
const EVERY = 5000;

export function StudyView(): JSX.Element {
  const params = useParams<{ id: string }>();
  const id = () => encodeURIComponent(params.id ?? '');
  const report = question<StudyReport>(() => `/studies/${id()}`, EVERY);
  return (
    <>
      <header>
        <h1>{words.gauge.report}</h1>
        <A class="button unprinted" href="/gauge">
          {words.gauge.back}
        </A>
        <a class="button unprinted" href={`${API}/studies/${id()}/showings.csv`} download="">
          {words.gauge.csv}
        </a>
        <button type="button" class="unprinted" onClick={() => window.print()}>
          {words.report.print}
        </button>
      </header>
      <Known of={report}>{(known) => <Sheets of={known()} />}</Known>
    </>
  );
}

type Judged = 'good' | 'conditional' | 'unfit' | null;

function Sheets(props: { readonly of: StudyReport }): JSX.Element {
  const study = () => props.of.study;
  return (
    <div class="stack">
      <section class="panel stack" aria-label={words.gauge.grade}>
        <h2>{words.gauge.open(study().name, study().station)}</h2>
        <p>
          <Show when={props.of.refused === null} fallback={words.gauge.refused(props.of.refused ?? '')}>
            <Grade of={props.of.figures?.judged ?? null} />
          </Show>
        </p>
        <Conditions of={props.of} />
      </section>
      <Show when={props.of.figures}>{(figures) => <FigureSheet of={figures()} />}</Show>
      <Shown of={props.of} />
    </div>
  );
}

/** A shape and a word, never colour alone. */
const SHAPES = { good: ['ok', '●'], conditional: ['review', '◆'], unfit: ['nok', '▲'] } as const;

function Grade(props: { readonly of: Judged }): JSX.Element {
  return (
    <Show when={props.of} fallback={words.gauge.noGrade}>
      {(judged) => (
        <span class={`verdict ${SHAPES[judged()][0]}`}>
          <span aria-hidden="true">{SHAPES[judged()][1]}</span>
          {words.gauge.grades[judged()]}
        </span>
      )}
    </Show>
  );
}

function Conditions(props: { readonly of: StudyReport }): JSX.Element {
  const study = () => props.of.study;
  const gauge = () => props.of.gauge;
  return (
    <dl class="facts">
      <dt>{words.gauge.begun}</dt>
      <dd title={utcOf(study().at)}>{words.gauge.beganBy(momentOf(study().at), study().who)}</dd>
      <dt>{words.gauge.over}</dt>
      <dd>{words.gauge.state[study().state](study().shown, study().of, study().why)}</dd>
      <dt>{words.gauge.recipe}</dt>
      <dd>{gauge().recipe}</dd>
      <For each={Object.entries(gauge().packages)}>
        {([slot, text]) => (
          <>
            <dt>{words.gauge.judges(slot)}</dt>
            <dd class="break">{text}</dd>
          </>
        )}
      </For>
      <dt>{words.gauge.config}</dt>
      <dd class="break">{gauge().config}</dd>
      <Show when={gauge().of}>
        {(of) => (
          <>
            <dt>{words.gauge.measured}</dt>
            <dd>{words.gauge.limits(of(), gauge().reference, gauge().tolerance)}</dd>
          </>
        )}
      </Show>
      <For each={props.of.conditions}>
        {({ tag, low, high }) => (
          <>
            <dt>{tag}</dt>
            <dd>{words.gauge.between(digits(low), digits(high))}</dd>
          </>
        )}
      </For>
    </dl>
  );
}

function FigureSheet(props: { readonly of: Figures }): JSX.Element {
  const attributes = () => (props.of.kind === 'attributes' ? props.of : null);
  const typeOne = () => (props.of.kind === 'type_one' ? props.of : null);
  const repeatability = () => (props.of.kind === 'repeatability' ? props.of : null);
  return (
    <section class="panel stack report-table" aria-label={words.gauge.figures}>
      <h2>{words.gauge.figures}</h2>
      <Switch>
        <Match when={attributes()}>{(of) => <Attributes of={of()} />}</Match>
        <Match when={typeOne()}>{(of) => <TypeOne of={of()} />}</Match>
        <Match when={repeatability()}>{(of) => <Repeatability of={of()} />}</Match>
      </Switch>
    </section>
  );
}

function Attributes(props: { readonly of: Extract<Figures, { kind: 'attributes' }> }): JSX.Element {
  return (
    <>
      <p>{words.gauge.masters(props.of.parts, props.of.good, props.of.bad)}</p>
      <For each={props.of.appraisers}>
        {(one) => (
          <dl class="facts">
            <dt>{one.appraiser}</dt>
            <dd>
              <Grade of={one.judged} />
            </dd>
            <dt>{words.gauge.effectiveness}</dt>
            <dd>
              {share(one.effectiveness)} <span class="soft">{words.gauge.bounds.effectiveness}</span>
            </dd>
            <dt>{words.gauge.misses}</dt>
            <dd>
              {share(one.misses)} <span class="soft">{words.gauge.bounds.misses}</span>
            </dd>
            <dt>{words.gauge.falseAlarms}</dt>
            <dd>
              {share(one.false_alarms)} <span class="soft">{words.gauge.bounds.falseAlarms}</span>
            </dd>
            <dt>{words.gauge.repeats}</dt>
            <dd>{share(one.repeats)}</dd>
            <dt>{words.gauge.kappaTruth}</dt>
            <dd>{kappa(one.kappa)}</dd>
            <Show when={one.abstained > 0}>
              <dt>{words.gauge.abstained}</dt>
              <dd>{one.abstained}</dd>
            </Show>
          </dl>
        )}
      </For>
      <Show when={props.of.pairs.length > 0}>
        <Pairs of={props.of.pairs} />
      </Show>
      <Show when={props.of.together !== null}>
        <p>{words.gauge.together(kappa(props.of.together))}</p>
      </Show>
    </>
  );
}

function TypeOne(props: { readonly of: Extract<Figures, { kind: 'type_one' }> }): JSX.Element {
  return (
    <dl class="facts">
      <dt>Cg</dt>
      <dd>
        {props.of.cg.toFixed(2)} <span class="soft">{words.gauge.atLeast(props.of.least)}</span>
      </dd>
      <dt>Cgk</dt>
      <dd>
        {props.of.cgk.toFixed(2)} <span class="soft">{words.gauge.atLeast(props.of.least)}</span>
      </dd>
      <dt>{words.gauge.mean}</dt>
      <dd>{words.gauge.meanOf(digits(props.of.mean), props.of.n)}</dd>
      <dt>{words.gauge.bias}</dt>
      <dd>
        {digits(props.of.bias)}{' '}
        <span class="soft">{words.gauge.luck(props.of.biased, props.of.t.toFixed(2), props.of.p.toPrecision(2))}</span>
      </dd>
      <dt>{words.gauge.deviation}</dt>
      <dd>{digits(props.of.deviation)}</dd>
    </dl>
  );
}

function Repeatability(props: { readonly of: Extract<Figures, { kind: 'repeatability' }> }): JSX.Element {
  const figure = (value: number) => `${value.toFixed(1)} %`;
  return (
    <>
      <p>{words.gauge.crossed(props.of.parts, props.of.appraisers, props.of.trials)}</p>
      <dl class="facts">
        <dt>{words.gauge.rr}</dt>
        <dd>
          {figure(props.of.percent.gauge)} <span class="soft">{words.gauge.bounds.rr}</span>
        </dd>
        <dt>{words.gauge.repeatability}</dt>
        <dd>{figure(props.of.percent.repeatability)}</dd>
        <dt>{words.gauge.reproducibility}</dt>
        <dd>{figure(props.of.percent.reproducibility)}</dd>
        <dt>{words.gauge.partToPart}</dt>
        <dd>{figure(props.of.percent.part)}</dd>
        <Show when={props.of.of_tolerance !== null}>
          <dt>{words.gauge.ofTolerance}</dt>
          <dd>{figure(props.of.of_tolerance ?? 0)}</dd>
        </Show>
        <dt>{words.gauge.categories}</dt>
        <dd>
          {props.of.categories} <span class="soft">{words.gauge.bounds.categories}</span>
        </dd>
      </dl>
      <table>
        <thead>
          <tr>
            <th scope="col">{words.gauge.source}</th>
            <th scope="col" class="number aside">
              {words.gauge.squares}
            </th>
            <th scope="col" class="number">
              df
            </th>
            <th scope="col" class="number">
              F
            </th>
            <th scope="col" class="number">
              p
            </th>
          </tr>
        </thead>
        <tbody>
          <For each={props.of.sources}>
            {({ source, sum_of_squares, freedom, f, p }) => (
              <tr>
                <td>{words.gauge.sources[source]}</td>
                <td class="number aside">{digits(sum_of_squares)}</td>
                <td class="number">{freedom}</td>
                <td class="number">{f === null ? '–' : f.toFixed(2)}</td>
                <td class="number">{p === null ? '–' : p.toFixed(4)}</td>
              </tr>
            )}
          </For>
        </tbody>
      </table>
      <p class="soft">{props.of.pooled ? words.gauge.pooled : words.gauge.notPooled}</p>
    </>
  );
}

function Shown(props: { readonly of: StudyReport }): JSX.Element {
  return (
    <section class="panel scrolls report-table" tabindex="0" aria-label={words.gauge.shownTable}>
      <h2>{words.gauge.shownTable}</h2>
      <table>
        <thead>
          <tr>
            <th scope="col" class="number">
              {words.gauge.no}
            </th>
            <th scope="col">{words.gauge.part}</th>
            <th scope="col" class="aside">
              {words.gauge.appraiser}
            </th>
            <th scope="col" class="aside">
              {words.gauge.when}
            </th>
            <th scope="col">{words.gauge.truth}</th>
            <th scope="col">{words.gauge.said}</th>
          </tr>
        </thead>
        <tbody>
          <For each={props.of.showings}>
            {(one) => (
              <tr>
                <td class="number">{one.showing}</td>
                <td>
                  <A href={`/inspection/${one.inspection}`}>{one.part}</A>
                </td>
                <td class="aside">{words.gauge.trial(one.appraiser, one.trial)}</td>
                <td class="aside" title={utcOf(one.at)}>
                  {momentOf(one.at)}
                </td>
                <td>{one.truth === null ? '–' : words.gauge.truths[one.truth]}</td>
                <td>{one.said === null ? digits(one.value ?? 0) : words.gauge.truths[one.said]}</td>
              </tr>
            )}
          </For>
        </tbody>
      </table>
    </section>
  );
}
