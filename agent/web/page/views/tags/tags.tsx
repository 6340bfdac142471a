/** OPC UA tags as they are now: dead ones first. */
import { useSearchParams } from '@solidjs/router';
import { For, type JSX, Show } from 'solid-js';
import { question } from '../../api/question.ts';
import type { Health, Tag } from '../../api/types.ts';
import { Known, Nothing } from '../../pieces/known.tsx';
import { milliseconds } from '../../pieces/numbers.ts';
import { statusOf, tagText } from '../../pieces/tag.ts';
import { ageOf, momentOf, utcOf } from '../../pieces/times.ts';
import { words } from '../../words.ts';
import { deadFirst, isAway, isDead } from './order.ts';

const EVERY = 2000;
const PARTS_EVERY = 5000;

export function TagsView(): JSX.Element {
  const [address, go] = useSearchParams<{ q?: string | undefined }>();
  const tags = question<readonly Tag[]>(() => '/tags', EVERY);
  const health = question<Health>(() => '/health', PARTS_EVERY);
  const parts = () => health.answer()?.parts;
  return (
    <>
      <h1>{words.views.tags}</h1>
      <Known of={tags}>
        {(known) => (
          <Show when={known().length > 0} fallback={<Nothing what={words.tags.none} next={words.tags.noneNext} />}>
            <div class="field">
              <label for="search-tags">{words.tags.search}</label>
              <input
                id="search-tags"
                type="search"
                value={address.q ?? ''}
                onInput={(event) => go({ q: event.currentTarget.value || undefined }, { replace: true })}
              />
            </div>
            <Rows of={deadFirst(known(), address.q ?? '', parts())} parts={parts()} />
          </Show>
        )}
      </Known>
    </>
  );
}

function Rows(props: { readonly of: readonly Tag[]; readonly parts: Health['parts'] | undefined }): JSX.Element {
  return (
    <Show when={props.of.length > 0} fallback={<Nothing what={words.tags.noneFit} />}>
      <section class="panel scrolls" tabindex="0" aria-label={words.views.tags}>
        <table>
          <thead>
            <tr>
              <th scope="col">{words.tags.tag}</th>
              <th scope="col" class="number">
                {words.tags.value}
              </th>
              <th scope="col">{words.tags.status}</th>
              <th scope="col">{words.tags.came}</th>
              <th scope="col" class="aside">
                {words.tags.source}
              </th>
              <th scope="col" class="aside">
                {words.tags.sampling}
              </th>
            </tr>
          </thead>
          <tbody>
            <For each={props.of}>
              {(tag) => (
                <tr classList={{ old: isDead(tag, props.parts) }}>
                  <th scope="row">
                    {tag.tag}
                    <br />
                    <span class="mono soft">{tag.node}</span>
                  </th>
                  <td class="number">
                    {tagText(tag.value)} {tag.unit}
                  </td>
                  <td classList={{ bad: tag.quality !== 'good' || isAway(tag, props.parts) }}>
                    {isAway(tag, props.parts) ? words.tags.away : statusOf(tag.status)}
                  </td>
                  <td>{tag.received === null ? words.tags.quality.none : ageOf(tag.received)}</td>
                  <td class="aside" title={tag.source === null ? '' : utcOf(tag.source)}>
                    {tag.source === null ? '' : momentOf(tag.source)}
                  </td>
                  <td class="aside">{samplingOf(tag)}</td>
                </tr>
              )}
            </For>
          </tbody>
        </table>
      </section>
    </Show>
  );
}

function samplingOf({ sampling_ms: given, sampling_asked_ms: asked }: Tag): string {
  if (given === null) return '';
  const text = `${milliseconds(given)} ms`;
  return asked === null || asked === given ? text : words.tags.asked(text, `${milliseconds(asked)} ms`);
}
