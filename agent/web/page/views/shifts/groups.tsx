/** Figures by order and by recipe, over the last ten shifts together. */
import { createSignal, For, type JSX, Show } from 'solid-js';
import { question } from '../../api/question.ts';
import type { Group, Groups as GroupsKnown } from '../../api/types.ts';
import { Known } from '../../pieces/known.tsx';
import { count, percent } from '../../pieces/numbers.ts';
import { momentOf } from '../../pieces/times.ts';
import { words } from '../../words.ts';
import './shifts.css';

/** ms */
const EVERY = 30_000;
const BY = ['recipe', 'order'] as const;

export function Groups(props: { readonly station: string }): JSX.Element {
  const [by, setBy] = createSignal<(typeof BY)[number]>('recipe');
  const groups = question<GroupsKnown>(() => `/shifts/by/${by()}`, EVERY);
  const items = () => groups.answer()?.items.filter(({ station }) => station === props.station) ?? [];
  return (
    <section class="panel scrolls" tabindex="0" aria-label={words.shifts.groups}>
      <h2>{words.shifts.groups}</h2>
      <p class="soft">{words.shifts.together}</p>
      <fieldset class="touches" aria-label={words.shifts.by}>
        <For each={BY}>
          {(one) => (
            <button type="button" aria-pressed={one === by()} onClick={() => setBy(one)}>
              {words.shifts.groupBy[one]}
            </button>
          )}
        </For>
      </fieldset>
      <Known of={groups}>
        {(known) => (
          <>
            <Show when={known().named} fallback={<p>{words.shifts.unnamed}</p>}>
              <Show when={items().length > 0} fallback={<p>{words.shifts.noGroups}</p>}>
                <Rows of={items()} name={words.shifts.groupName[by()]} />
              </Show>
            </Show>
            <Show when={!known().complete}>
              <p class="soft">{words.shifts.doubts.not_counted}</p>
            </Show>
          </>
        )}
      </Known>
    </section>
  );
}

function Rows(props: { readonly of: readonly Group[]; readonly name: string }): JSX.Element {
  const share = ({ value }: Group['quality_ratio']) => (value === null ? '–' : percent(value));
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">{props.name}</th>
          <th scope="col" class="number">
            {words.shifts.produced}
          </th>
          <th scope="col" class="number aside">
            {words.shifts.scrap}
          </th>
          <th scope="col" class="number aside">
            {words.shifts.reworked}
          </th>
          <th scope="col" class="number">
            {words.shifts.quality}
          </th>
          <th scope="col" class="number aside">
            {words.shifts.firstPass}
          </th>
        </tr>
      </thead>
      <tbody>
        <For each={props.of}>
          {(one) => (
            <tr>
              <th scope="row">
                {one.name}
                <Show when={one.from !== null}>
                  <div class="soft">{words.shifts.span(momentOf(one.from ?? 0), momentOf(one.to ?? 0))}</div>
                </Show>
              </th>
              <td class="number">{count(one.quantities.produced)}</td>
              <td class="number aside">{count(one.quantities.scrap)}</td>
              <td class="number aside">{count(one.quantities.rework)}</td>
              <td class="number">{share(one.quality_ratio)}</td>
              <td class="number aside">{share(one.first_pass_yield)}</td>
            </tr>
          )}
        </For>
      </tbody>
    </table>
  );
}
