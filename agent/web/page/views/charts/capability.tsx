/** How well the process keeps what is asked of it, with intervals, or why nothing can be said of that. */
import { For, type JSX, Show } from 'solid-js';
import type { ChartDetail } from '../../api/types.ts';
import { words } from '../../words.ts';

type Known = NonNullable<ChartDetail['capability']>;
type Figures = NonNullable<Known['figures']>;

export function Capability(props: { readonly of: Known }): JSX.Element {
  return (
    <Show when={props.of.figures} fallback={<Refused of={props.of} />}>
      {(figures) => <Indices of={figures()} />}
    </Show>
  );
}

function Refused(props: { readonly of: Known }): JSX.Element {
  return (
    <>
      <p>{props.of.refused}</p>
      <p class="soft">{props.of.next}</p>
      <Show when={props.of.offered}>
        {(offered) => (
          <>
            <p>{words.charts.bent(offered().lambda.toFixed(2))}</p>
            <Indices of={offered().figures} />
          </>
        )}
      </Show>
    </>
  );
}

const NAMES = ['cp', 'cpk', 'cpm', 'pp', 'ppk'] as const;

function Indices(props: { readonly of: Figures }): JSX.Element {
  const known = () => NAMES.flatMap((name) => (props.of[name] ? [{ name, index: props.of[name] }] : []));
  return (
    <dl class="indices">
      <For each={known()}>
        {({ name, index }) => (
          <div>
            <dt>{words.charts.indices[name]}</dt>
            <dd>
              <b>{index.value.toFixed(2)}</b> <span class="soft">{words.charts.between(index.low.toFixed(2), index.high.toFixed(2))}</span>
            </dd>
          </div>
        )}
      </For>
    </dl>
  );
}
