/** Where the part's scores lie among those of the parts before it, with the threshold. */
import { For, type JSX, Show } from 'solid-js';
import { question } from '../../api/question.ts';
import type { ScoreHistogram, WholeInspection } from '../../api/types.ts';
import { Known } from '../../pieces/known.tsx';
import { count, score } from '../../pieces/numbers.ts';
import { words } from '../../words.ts';

const [WIDTH, HEIGHT, BELOW] = [400, 80, 14];

export function ScoresPanel(props: { readonly of: WholeInspection }): JSX.Element {
  const answer = question<readonly ScoreHistogram[]>(() => `/inspections/${encodeURIComponent(props.of.id)}/scores`);
  return (
    <section class="panel stack" aria-label={words.among.title}>
      <h2>{words.among.title}</h2>
      <Known of={answer}>{(known) => <For each={known()}>{(one) => <OneModel of={one} unlike={isUnlike(props.of, one)} />}</For>}</Known>
    </section>
  );
}

const isUnlike = ({ findings }: WholeInspection, { model }: ScoreHistogram): boolean =>
  findings.some((finding) => finding.model === model && finding.unlike === 1);

function OneModel(props: { readonly of: ScoreHistogram; readonly unlike: boolean }): JSX.Element {
  const most = () => Math.max(1, ...props.of.bins);
  const wide = () => WIDTH / props.of.bins.length;
  const at = (value: number) => WIDTH * Math.min(1, Math.max(0, value));
  const place = () => words.among.place(props.of.model, score(props.of.score), count(props.of.lower), count(props.of.parts));
  return (
    <figure class="among">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT + BELOW}`} preserveAspectRatio="none" role="img" aria-label={place()}>
        <For each={props.of.bins}>
          {(parts, bin) => (
            <rect x={bin() * wide() + 1} y={HEIGHT - (HEIGHT * parts) / most()} width={wide() - 2} height={(HEIGHT * parts) / most()} />
          )}
        </For>
        <line class="base" x1="0" x2={WIDTH} y1={HEIGHT} y2={HEIGHT} />
        <Show when={props.of.threshold !== null}>
          <line class="limit" x1={at(props.of.threshold ?? 0)} x2={at(props.of.threshold ?? 0)} y1="0" y2={HEIGHT} />
        </Show>
        <path class="here" d={`M${at(props.of.score)} ${HEIGHT} l-7 ${BELOW} h14 z`} />
      </svg>
      <figcaption>
        {place()}
        <Show when={props.of.threshold}>{(threshold) => <span class="soft"> {words.among.threshold(score(threshold()))}</span>}</Show>
        <Show when={props.unlike}>
          <b> {words.among.unlike}</b>
        </Show>
      </figcaption>
    </figure>
  );
}
