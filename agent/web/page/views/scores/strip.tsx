/** Scores over time: the band that most parts lie in, the middle of it, and below it how many were refused. */
import { createMemo, For, type JSX, Show } from 'solid-js';
import type { Scores } from '../../api/types.ts';
import { count } from '../../pieces/numbers.ts';
import { momentOf } from '../../pieces/times.ts';
import { words } from '../../words.ts';
import type { Begin } from './proposal.ts';

/** Of the picture; the bars of what was refused stand below. */
const [HEIGHT, BARS] = [100, 30];

interface Props {
  readonly of: Scores['steps'];
  /** ms */
  readonly step: number;
  readonly at: number;
  readonly begin: Begin | null;
}

export function Strip(props: Props): JSX.Element {
  const first = () => props.of[0]?.at ?? 0;
  const last = () => (props.of.at(-1)?.at ?? 0) + props.step;
  const wide = createMemo(() => Math.max(1, Math.round((last() - first()) / props.step)));
  const x = (at: number) => (at - first()) / props.step;
  const y = (score: number) => HEIGHT * (1 - score);
  return (
    <figure class="stack">
      <svg
        class="score-strip"
        viewBox={`0 0 ${wide()} ${HEIGHT + BARS}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={words.scores.strip(momentOf(first()), momentOf(last()))}
      >
        <For each={props.of}>
          {(step) => (
            <g transform={`translate(${x(step.at)} 0)`}>
              <rect class="band" x={0.05} width={0.9} y={y(step.high)} height={Math.max(1, y(step.low) - y(step.high))} />
              <rect class="middle" x={0.05} width={0.9} y={y(step.middle) - 1} height={2} />
              <rect
                class="refused"
                x={0.05}
                width={0.9}
                y={HEIGHT + BARS - (BARS * step.refused) / step.parts}
                height={(BARS * step.refused) / step.parts}
              />
            </g>
          )}
        </For>
        <line class="limit" x1={0} x2={wide()} y1={y(props.at)} y2={y(props.at)} />
        <line class="base" x1={0} x2={wide()} y1={HEIGHT} y2={HEIGHT} />
        <Show when={props.begin}>{(begin) => <line class="begin" x1={x(begin().at)} x2={x(begin().at)} y1={0} y2={HEIGHT + BARS} />}</Show>
      </svg>
      <figcaption class="soft row between">
        <span>{momentOf(first())}</span>
        <span>{momentOf(last())}</span>
      </figcaption>
      <p class="soft">{words.scores.legend}</p>
      <p role="status">
        <Show when={props.begin} fallback={words.scores.noBegin}>
          {(begin) => (
            <>
              {words.scores.begin(
                momentOf(begin().at),
                words.line.yieldOf(count(begin().since.refused), count(begin().since.parts)),
                words.line.yieldOf(count(begin().before.refused), count(begin().before.parts)),
              )}
            </>
          )}
        </Show>
      </p>
    </figure>
  );
}
