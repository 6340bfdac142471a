/** The tags as they stood at the trigger. */
import { For, type JSX } from 'solid-js';
import type { TagReading } from '../../api/types.ts';
import { statusOf, tagText } from '../../pieces/tag.ts';
import { momentOf } from '../../pieces/times.ts';
import { words } from '../../words.ts';

export function TagTable(props: { readonly of: Readonly<Record<string, TagReading>> }): JSX.Element {
  return (
    <section class="panel scrolls" tabindex="0" aria-label={words.part.tags}>
      <h2>{words.part.tags}</h2>
      <table>
        <thead>
          <tr>
            <th scope="col">{words.tags.tag}</th>
            <th scope="col" class="number">
              {words.tags.value}
            </th>
            <th scope="col">{words.tags.status}</th>
            <th scope="col">{words.tags.source}</th>
          </tr>
        </thead>
        <tbody>
          <For each={Object.entries(props.of)}>
            {([tag, { value, unit, status, source }]) => (
              <tr>
                <th scope="row">{tag}</th>
                <td class="number">
                  {tagText(value)} {unit}
                </td>
                <td>{statusOf(status)}</td>
                <td>{source === null ? '' : momentOf(source)}</td>
              </tr>
            )}
          </For>
        </tbody>
      </table>
    </section>
  );
}
