/** The part judged again by what judges today, beside what was said then. */
import { createEffect, createSignal, For, type JSX, on, Show } from 'solid-js';
import { ask, type Problem } from '../../api/ask.ts';
import { may } from '../../api/session.ts';
import type { Replay, WholeInspection } from '../../api/types.ts';
import { Trouble } from '../../pieces/known.tsx';
import { score } from '../../pieces/numbers.ts';
import { VerdictMark } from '../../pieces/verdict.tsx';
import { words } from '../../words.ts';

/** A network may have parts before it. ms */
const WITHIN = 20_000;

export function ReplayPanel(props: { readonly of: WholeInspection }): JSX.Element {
  const [answer, setAnswer] = createSignal<Replay | null>(null);
  const [problem, setProblem] = createSignal<Problem | null>(null);
  const [isGoing, setIsGoing] = createSignal(false);
  createEffect(
    on(
      () => props.of.id,
      () => setAnswer(null),
    ),
  );
  const go = async () => {
    setIsGoing(true);
    const outcome = await ask<Replay>(`/inspections/${encodeURIComponent(props.of.id)}/replay`, { method: 'POST', within: WITHIN });
    setIsGoing(false);
    setAnswer(outcome.ok ? outcome.value : null);
    setProblem(outcome.ok ? null : outcome.problem);
  };
  return (
    <section class="panel stack" aria-label={words.replay.title}>
      <h2>{words.replay.title}</h2>
      <Show when={may('operator')} fallback={<p class="soft">{words.replay.signIn}</p>}>
        <p>
          <button type="button" disabled={isGoing()} onClick={() => void go()}>
            {isGoing() ? words.replay.going : words.replay.go}
          </button>
        </p>
      </Show>
      <Show when={problem()}>{(why) => <Trouble problem={why()} />}</Show>
      <Show when={answer()}>{(known) => <Beside of={known()} />}</Show>
    </section>
  );
}

function Beside(props: { readonly of: Replay }): JSX.Element {
  const verdicts = () => [props.of.was.verdict, props.of.now?.verdict ?? null] as const;
  const said = () => {
    const [then, now] = verdicts();
    if (now === null) return `${words.replay.cannot} ${props.of.why ?? ''}`;
    return then === now ? words.replay.same(words.verdict[now]) : words.replay.other(words.verdict[then], words.verdict[now]);
  };
  return (
    <div class="stack" role="status">
      <p>{said()}</p>
      <For each={props.of.inputs.filter(({ state }) => state === 'encoded')}>
        {({ model }) => <p class="soft">{words.replay.encoded(model)}</p>}
      </For>
      <Show when={props.of.now}>
        {(now) => (
          <>
            <p class="soft">{now().config === props.of.was.config ? words.replay.sameConfig : words.replay.otherConfig}</p>
            <table>
              <thead>
                <tr>
                  <th scope="col">{words.replay.what}</th>
                  <th scope="col">{words.replay.was}</th>
                  <th scope="col">{words.replay.now}</th>
                </tr>
              </thead>
              <tbody>
                <tr>
                  <th scope="row">{words.parts.verdict}</th>
                  <td>
                    <VerdictMark of={props.of.was.verdict} />
                  </td>
                  <td>
                    <VerdictMark of={now().verdict} />
                  </td>
                </tr>
                <For each={modelsOf(props.of)}>
                  {(model) => (
                    <tr>
                      <th scope="row">{model}</th>
                      <td>{figureOf(props.of.was, model)}</td>
                      <td>{figureOf(now(), model)}</td>
                    </tr>
                  )}
                </For>
              </tbody>
            </table>
            <For each={now().reasons}>{({ text }) => <p>{text}</p>}</For>
          </>
        )}
      </Show>
    </div>
  );
}

type Judgement = Replay['was'];

const modelsOf = ({ was, now }: Replay): readonly string[] => [
  ...new Set([...was.findings, ...(now?.findings ?? [])].map(({ model }) => model)),
];

function figureOf({ findings }: Judgement, model: string): string {
  const found = findings.find((finding) => finding.model === model);
  if (!found) return words.replay.nothing;
  const figures = found.score === null || found.threshold === null ? '' : words.replay.figure(score(found.score), score(found.threshold));
  return `${found.package} ${found.version}: ${[found.label, figures].filter(Boolean).join(', ')}`;
}
