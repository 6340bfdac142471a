/** What judges where, what runs beside it as a candidate, and how good it is said to be. */
import { A } from '@solidjs/router';
import { For, type JSX, Show } from 'solid-js';
import { shown } from '../../api/live.ts';
import { question } from '../../api/question.ts';
import type { LookDrift, Model, ScoreDrift } from '../../api/types.ts';
import { Known, Nothing } from '../../pieces/known.tsx';
import { milliseconds, score } from '../../pieces/numbers.ts';
import { words } from '../../words.ts';
import { figuresOf } from './figures.ts';
import { movedText } from './moved.ts';

const EVERY = 10_000;

export function ModelsView(): JSX.Element {
  const models = question<readonly Model[]>(() => '/models', EVERY);
  return (
    <>
      <h1>{words.views.models}</h1>
      <Known of={models}>
        {(known) => (
          <Show when={known().length > 0} fallback={<Nothing what={words.models.none} next={words.models.noneNext} />}>
            <For each={known()}>{(model) => <Card of={model} />}</For>
          </Show>
        )}
      </Known>
    </>
  );
}

function Card(props: { readonly of: Model }): JSX.Element {
  return (
    <section class="panel stack">
      <h2>
        {props.of.station} · {props.of.model} <span class="soft">{words.models.roles[props.of.role]}</span>
      </h2>
      <Show when={props.of.running === null}>
        <p class="bad">{words.models.notRunning}</p>
      </Show>
      <Show when={props.of.summary}>
        <p>{props.of.summary}</p>
      </Show>
      <dl class="facts">
        <dt>{words.models.package}</dt>
        <dd>
          {props.of.package} {props.of.version}
        </dd>
        <Show when={props.of.recipe}>
          {(recipe) => (
            <>
              <dt>{words.models.recipe}</dt>
              <dd>{recipe()}</dd>
            </>
          )}
        </Show>
        <Show when={props.of.labels.length > 0}>
          <dt>{words.models.labels}</dt>
          <dd>{props.of.labels.join(', ')}</dd>
        </Show>
        <Show when={props.of.threshold !== null}>
          <dt>{words.part.threshold}</dt>
          <dd>
            {score(props.of.threshold ?? 0)}{' '}
            <Show when={props.of.role === 'judges'}>
              <A href={`/scores?${new URLSearchParams({ station: props.of.station, model: props.of.model })}`}>{words.scores.title}</A>
            </Show>
          </dd>
        </Show>
        <Show when={props.of.running}>{(running) => <Running of={running()} />}</Show>
        <For each={driftOf(props.of)}>{(drift) => <Drift of={drift} />}</For>
        <Show when={props.of.previous}>
          {(previous) => (
            <>
              <dt>{words.models.previous}</dt>
              <dd>{previous()}</dd>
            </>
          )}
        </Show>
        <Show when={props.of.licence}>
          {(licence) => (
            <>
              <dt>{words.models.licence}</dt>
              <dd>{licence()}</dd>
            </>
          )}
        </Show>
      </dl>
      <Show when={figuresOf(props.of.figures).length > 0}>
        <details>
          <summary>{words.models.figures}</summary>
          <dl class="facts">
            <For each={figuresOf(props.of.figures)}>
              {([name, value]) => (
                <>
                  <dt>{name}</dt>
                  <dd>{value}</dd>
                </>
              )}
            </For>
          </dl>
        </details>
      </Show>
    </section>
  );
}

/** A candidate's scores are not judged by. */
function driftOf({ station, model, package: name, role, recipe }: Model): readonly ScoreDrift[] {
  const all = role === 'judges' ? (shown.line?.stations[station]?.state?.drift ?? []) : [];
  return all.filter((one) => one.model === model && one.package === name && (recipe === null || one.recipe === recipe));
}

function Drift(props: { readonly of: ScoreDrift }): JSX.Element {
  const of = () => words.models.driftOf[props.of.reference.of](props.of.reference.parts);
  return (
    <>
      <dt>{words.models.drift(props.of.recipe)}</dt>
      <dd>
        <Show when={props.of.distance !== null && props.of.limit !== null} fallback={<span class="soft">{words.models.driftUnknown}</span>}>
          <span classList={{ bad: props.of.drifted !== null }}>
            {props.of.drifted === null ? words.models.alike(props.of.parts, of()) : words.models.drifted(props.of.parts, of())}
          </span>{' '}
          <span class="soft">{words.models.driftFigure((props.of.distance ?? 0).toFixed(2), (props.of.limit ?? 0).toFixed(2))}</span>
        </Show>
      </dd>
      <Show when={props.of.look}>{(look) => <Look of={look()} recipe={props.of.recipe} />}</Show>
    </>
  );
}

function Look(props: { readonly of: LookDrift; readonly recipe: string }): JSX.Element {
  return (
    <>
      <dt>{words.models.look[props.of.of](props.recipe)}</dt>
      <dd>
        <Show when={props.of.watched + props.of.moved.length > 0} fallback={<span class="soft">{words.models.driftUnknown}</span>}>
          <Show when={props.of.moved.length > 0} fallback={words.models.looksAlike(props.of.watched, props.of.of)}>
            <span class="bad">{words.models.looksMoved(movedText(props.of))}</span>
          </Show>
        </Show>
      </dd>
    </>
  );
}

function Running(props: { readonly of: NonNullable<Model['running']> }): JSX.Element {
  return (
    <>
      <dt>{words.models.running}</dt>
      <dd>{words.models.on(props.of.variant, props.of.provider)}</dd>
      <dt>{words.models.takes}</dt>
      <dd>{milliseconds(props.of.run_ms)} ms</dd>
      <dt>{words.models.proof}</dt>
      <dd>{words.models.proved(props.of.golden_difference.toPrecision(2), String(props.of.golden_tolerance))}</dd>
      <dt>sha256</dt>
      <dd class="mono">{props.of.sha256}</dd>
    </>
  );
}
