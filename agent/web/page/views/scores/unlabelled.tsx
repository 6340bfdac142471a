/** Refused parts that nobody has spoken of yet, five at a time: is each of them good? */
import { A } from '@solidjs/router';
import { createEffect, createMemo, createSignal, For, type JSX, on, Show } from 'solid-js';
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
  const path = createMemo(() => {
    const query = new URLSearchParams({ station: props.station, model: props.model, score_from: String(props.at), limit: String(LIMIT) });
    if (props.from !== null) query.set('from', String(props.from));
    return `/inspections?${query}`;
  });
  const page = question<InspectionPage>(path);
  const [said, setSaid] = createSignal<ReadonlyMap<string, Said>>(new Map());
  /** They stay where they are until somebody asks for others: nothing moves under a finger. */
  const [shown, setShown] = createSignal<readonly Inspection[]>([]);
  createEffect(
    on(
      () => `${props.station}\n${props.model}`,
      () => setShown([]),
      { defer: true },
    ),
  );
  createEffect(() => {
    if (shown().length > 0) return;
    const known = new Set([...said().keys(), ...props.labelled.map(({ inspection }) => inspection)]);
    const left = (page.answer()?.items ?? []).filter(({ id, pictures }) => pictures > 0 && !known.has(id));
    if (left.length > 0) setShown(left.slice(0, ENOUGH));
  });
  const done = (inspection: string, label: Said) => {
    setSaid(new Map([...said(), [inspection, label]]));
    props.done();
  };
  const others = () => {
    setShown([]);
    page.again();
  };
  return (
    <section class="panel stack" aria-label={words.scores.ask}>
      <h2>{words.scores.ask}</h2>
      <Show when={may('operator')} fallback={<p class="soft">{words.labels.signIn}</p>}>
        <p class="soft">{words.scores.askWhy}</p>
      </Show>
      {/* Whatever is asked meanwhile. */}
      <Show when={shown().length > 0} fallback={<Known of={page}>{() => <p>{words.scores.noneLeft}</p>}</Known>}>
        <ul class="score-parts">
          <For each={shown()}>
            {(part) => <Part of={part} model={props.model} said={said().get(part.id)} done={(label) => done(part.id, label)} />}
          </For>
        </ul>
        <button type="button" onClick={others}>
          {words.scores.others}
        </button>
      </Show>
    </section>
  );
}

type Said = 'good' | 'bad';

function Part(props: {
  readonly of: Inspection;
  readonly model: string;
  readonly said: Said | undefined;
  readonly done: (label: Said) => void;
}): JSX.Element {
  const [busy, setBusy] = createSignal(false);
  const [problem, setProblem] = createSignal<Problem | null>(null);
  // Kept while nobody has answered: the same id again is the same label.
  const ids = { good: crypto.randomUUID(), bad: crypto.randomUUID() };
  const say = async (label: Said) => {
    setBusy(true);
    const outcome = await ask(`/inspections/${props.of.id}/labels`, { method: 'POST', body: { id: ids[label], label } });
    setBusy(false);
    setProblem(outcome.ok ? null : outcome.problem);
    if (outcome.ok) props.done(label);
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
      <Show when={props.said}>{(label) => <b role="status">{words.labels.say[label()]}</b>}</Show>
      <Show when={may('operator') && props.said === undefined}>
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
