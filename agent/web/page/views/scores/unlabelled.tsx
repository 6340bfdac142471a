/** Refused parts that nobody has spoken of yet, five at a time: is each of them good? */
import { A } from '@solidjs/router';
import { createMemo, createSignal, For, type JSX, Show } from 'solid-js';
import { API, ask, type Problem } from '../../api/ask.ts';
import { question } from '../../api/question.ts';
import { may } from '../../api/session.ts';
import type { Inspection, InspectionPage, Scores } from '../../api/types.ts';
import { Known, Trouble } from '../../pieces/known.tsx';
import { score } from '../../pieces/numbers.ts';
import { momentOf } from '../../pieces/times.ts';
import { words } from '../../words.ts';
import { addressOf } from '../line/condition.ts';
import { ENOUGH } from './proposal.ts';

const LIMIT = 30;

interface Props {
  readonly station: string;
  readonly model: string;
  readonly at: number;
  /** From when on; null: any time. */
  readonly from: number | null;
  readonly labelled: Scores['labelled'];
  readonly done: () => void;
}

export function Unlabelled(props: Props): JSX.Element {
  const path = () => {
    const query = new URLSearchParams({ station: props.station, model: props.model, score_from: String(props.at), limit: String(LIMIT) });
    if (props.from !== null) query.set('from', String(props.from));
    return `/inspections?${query}`;
  };
  const page = question<InspectionPage>(path);
  const [said, setSaid] = createSignal<ReadonlySet<string>>(new Set());
  const left = createMemo(() => {
    const known = new Set([...said(), ...props.labelled.map(({ inspection }) => inspection)]);
    return (page.answer()?.items ?? []).filter(({ id, pictures }) => pictures > 0 && !known.has(id)).slice(0, ENOUGH);
  });
  const done = (inspection: string) => {
    setSaid(new Set([...said(), inspection]));
    props.done();
  };
  return (
    <section class="panel stack" aria-label={words.scores.ask}>
      <h2>{words.scores.ask}</h2>
      <Show when={may('operator')} fallback={<p class="soft">{words.labels.signIn}</p>}>
        <p class="soft">{words.scores.askWhy}</p>
      </Show>
      <Known of={page}>
        {() => (
          <Show when={left().length > 0} fallback={<p>{words.scores.noneLeft}</p>}>
            <ul class="score-parts">
              <For each={left()}>{(part) => <Part of={part} model={props.model} done={() => done(part.id)} />}</For>
            </ul>
          </Show>
        )}
      </Known>
    </section>
  );
}

function Part(props: { readonly of: Inspection; readonly model: string; readonly done: () => void }): JSX.Element {
  const [busy, setBusy] = createSignal(false);
  const [problem, setProblem] = createSignal<Problem | null>(null);
  // Kept while nobody has answered: the same id again is the same label.
  const ids = { good: crypto.randomUUID(), bad: crypto.randomUUID() };
  const say = async (label: 'good' | 'bad') => {
    setBusy(true);
    const outcome = await ask(`/inspections/${props.of.id}/labels`, { method: 'POST', body: { id: ids[label], label } });
    setBusy(false);
    setProblem(outcome.ok ? null : outcome.problem);
    if (outcome.ok) props.done();
  };
  const scored = () => props.of.scores.find(({ model }) => model === props.model)?.score ?? 0;
  const name = () => (props.of.part === null ? words.line.noPart : words.line.part(props.of.part));
  return (
    <li class="stack">
      <A href={addressOf(props.of)}>
        <img src={`${API}/inspections/${props.of.id}/pictures/0`} alt={name()} loading="lazy" />
      </A>
      <span>
        {name()} <b>{score(scored())}</b> <span class="soft">{momentOf(props.of.at)}</span>
      </span>
      <Show when={may('operator')}>
        <div class="touches">
          <For each={['good', 'bad'] as const}>
            {(label) => (
              <button type="button" class="act" disabled={busy()} onClick={() => void say(label)}>
                {words.labels.say[label]}
              </button>
            )}
          </For>
        </div>
      </Show>
      <Show when={problem()}>{(why) => <Trouble problem={why()} />}</Show>
    </li>
  );
}
