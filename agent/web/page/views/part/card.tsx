/** One inspection: verdict and reasons, picture, what each model said, times, tags, and what the PLC was told. */
import { createMemo, For, type JSX, lazy, Show } from 'solid-js';
import { API } from '../../api/ask.ts';
import { shown } from '../../api/live.ts';
import { question } from '../../api/question.ts';
import type { Finding, Label, WholeInspection } from '../../api/types.ts';
import { drawn as drawnOn } from '../../pieces/kept.ts';
import { milliseconds, score } from '../../pieces/numbers.ts';
import { ageOf, momentOf, utcOf } from '../../pieces/times.ts';
import { shownOf, VerdictMark } from '../../pieces/verdict.tsx';
import { words } from '../../words.ts';
import { isLabelMark, Labels, labelsOf, marksIn, unsent } from './labels.tsx';
import { Notes } from './notes.tsx';
import { type Marking, Pictures } from './pictures.tsx';
import { ReplayPanel } from './replay.tsx';
import { SaidPanel } from './said.tsx';
import { ScoresPanel } from './scores.tsx';
import { TagTable } from './tags.tsx';
import { WhatIfPanel } from './what-if.tsx';
import './part.css';

const Window = lazy(async () => ({ default: (await import('./window.tsx')).Window }));

export function InspectionCard(props: { readonly of: WholeInspection }): JSX.Element {
  const labels = question<readonly Label[]>(() => labelsOf(props.of.id));
  const [drawn, setDrawn] = drawnOn(() => unsent.marks(props.of.id), isLabelMark);
  const marking = (): Marking => {
    const boxes = drawn();
    return boxes === null ? { boxes: marksIn(labels.answer() ?? []) } : { boxes, change: setDrawn };
  };
  return (
    <article class="part" aria-label={words.part.at(props.of.station, momentOf(props.of.at))}>
      <div class="column">
        <Show when={props.of.images.length > 0} fallback={<p class="panel soft">{words.part.noPicture}</p>}>
          <Pictures of={props.of} marking={marking()} />
        </Show>
        <Show when={props.of.findings.length > 0}>
          <Findings of={props.of} />
        </Show>
        <Show when={props.of.window}>
          <Window of={props.of} />
        </Show>
        <Show when={Object.keys(props.of.tags).length > 0}>
          <TagTable of={props.of.tags} />
        </Show>
      </div>
      <div class="column">
        <Judgement of={props.of} />
        <WhatIfPanel of={props.of} />
        <Show when={props.of.findings.some((finding) => finding.score !== null)}>
          <ScoresPanel of={props.of} />
        </Show>
        <ReplayPanel of={props.of} />
        <Labels
          inspection={props.of.id}
          labels={labels}
          drawn={props.of.images.some(({ role }) => role === 'frame') ? { boxes: drawn(), set: setDrawn } : undefined}
        />
        <Notes of={props.of} />
        <SaidPanel of={props.of} />
        <Timings of={props.of} />
        <Versions of={props.of} />
      </div>
    </article>
  );
}

function Judgement(props: { readonly of: WholeInspection }): JSX.Element {
  return (
    <section class="panel stack judgement">
      <p class="big">
        <VerdictMark of={shownOf(props.of)} />
      </p>
      <ul class="reasons" aria-label={words.part.reasons}>
        <For each={props.of.reasons}>
          {(reason) => (
            <li>
              {reason.text}
              <Show when={reason.code}>{(code) => <span class="soft"> ({code()})</span>}</Show>
            </li>
          )}
        </For>
      </ul>
      <Show when={props.of.unreadable.length > 0}>
        <p class="bad">{words.part.unreadable(props.of.unreadable.join(', '))}</p>
      </Show>
      <Show when={props.of.outcome !== 'judged'}>
        <p>{words.outcome[props.of.outcome]}</p>
      </Show>
      <p title={utcOf(props.of.at)}>
        {words.part.at(props.of.station, momentOf(props.of.at))} <span class="soft">{ageOf(props.of.at)}</span>
      </p>
      <p>{words.line.recipe(props.of.recipe)}</p>
      <Answer of={props.of} />
      <For each={props.of.decisions}>
        {({ action, reason }) => (
          <p>
            {words.part.decision(action)}: {reason}
          </p>
        )}
      </For>
    </section>
  );
}

function Answer(props: { readonly of: WholeInspection }): JSX.Element {
  return (
    <p classList={{ bad: props.of.answer === 'failed' }}>
      {words.part.answer[props.of.answer]}
      <Show when={props.of.answer !== 'none' && props.of.verdict_ms !== null}>
        {' '}
        {words.part.after(milliseconds(props.of.verdict_ms ?? 0))}
      </Show>
      <Show when={props.of.answer_fault}>{(why) => <span> {why()}</span>}</Show>
    </p>
  );
}

function Findings(props: { readonly of: WholeInspection }): JSX.Element {
  return (
    <section class="panel scrolls" tabindex="0" aria-label={words.part.findings}>
      <h2>{words.part.findings}</h2>
      <table>
        <thead>
          <tr>
            <th scope="col">{words.part.model}</th>
            <th scope="col">{words.part.saw}</th>
            <th scope="col" class="number">
              {words.part.score}
            </th>
            <th scope="col" class="number">
              {words.part.threshold}
            </th>
            <th scope="col" class="aside">
              {words.part.distance}
            </th>
          </tr>
        </thead>
        <tbody>
          <For each={props.of.findings}>
            {(finding) => (
              <tr>
                <th scope="row">{finding.model}</th>
                <td>{finding.label ?? finding.reading?.text ?? words.part.nothing}</td>
                <td class="number">{finding.score === null ? '' : score(finding.score)}</td>
                <td class="number">{finding.threshold === null ? '' : score(finding.threshold)}</td>
                <td class="aside">{distanceOf(finding)}</td>
              </tr>
            )}
          </For>
        </tbody>
      </table>
    </section>
  );
}

function distanceOf({ score: found, threshold }: Finding): string {
  if (found === null || threshold === null) return '';
  return found >= threshold ? words.part.above(score(found - threshold)) : words.part.below(score(threshold - found));
}

const STAGES = ['transport_ms', 'align_ms', 'prepare_ms', 'infer_ms', 'rules_ms', 'write_ms'] as const;

function Timings(props: { readonly of: WholeInspection }): JSX.Element {
  const deadline = () => shown.line?.stations[props.of.station]?.deadline_ms;
  const stages = createMemo(() => STAGES.flatMap((stage) => (props.of[stage] === null ? [] : [[stage, props.of[stage] ?? 0] as const])));
  const most = () => Math.max(0.001, ...stages().map(([, ms]) => ms));
  return (
    <section class="panel">
      <h2>{words.part.timing}</h2>
      <dl class="facts timings">
        <For each={stages()}>
          {([stage, ms]) => (
            <>
              <dt>{words.part.stages[stage]}</dt>
              <dd>
                <span class="number">{ms.toFixed(1)} ms</span>
                <span class="bar" aria-hidden="true">
                  <span style={{ width: `${Math.max(0, (100 * ms) / most())}%` }} />
                </span>
              </dd>
            </>
          )}
        </For>
        <dt>{words.part.together}</dt>
        <dd>
          <b>{props.of.verdict_ms === null ? words.part.nothing : `${milliseconds(props.of.verdict_ms)} ms`}</b>{' '}
          <Show when={deadline()}>{(ms) => <span class="soft">{words.line.ofDeadline(milliseconds(ms()))}</span>}</Show>
        </dd>
      </dl>
      <For each={props.of.late}>
        {({ model, late_ms, fault }) => <p class="bad">{fault ?? words.part.late(model, milliseconds(late_ms))}</p>}
      </For>
    </section>
  );
}

function Versions(props: { readonly of: WholeInspection }): JSX.Element {
  return (
    <section class="panel">
      <h2>{words.part.versions}</h2>
      <dl class="facts">
        <For each={props.of.findings}>
          {(finding) => (
            <>
              <dt>{finding.model}</dt>
              <dd>
                {finding.package} {finding.version} {finding.variant}
                <br />
                <span class="mono">sha256 {finding.sha256}</span>
              </dd>
            </>
          )}
        </For>
        <dt>{words.part.config}</dt>
        <dd class="mono">{props.of.config_hash}</dd>
        <dt>{words.part.inspection}</dt>
        <dd class="mono">{props.of.id}</dd>
      </dl>
      <p>
        <a class="button" href={`${API}/inspections/${props.of.id}`} rel="external" target="_self">
          {words.part.json}
        </a>
      </p>
    </section>
  );
}
