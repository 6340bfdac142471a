/** Alarms that were, newest first. */
import { createSignal, For, type JSX, Show } from 'solid-js';
import { question } from '../../api/question.ts';
import type { AlarmPage } from '../../api/types.ts';
import { Known, Nothing } from '../../pieces/known.tsx';
import { momentOf } from '../../pieces/times.ts';
import { words } from '../../words.ts';

export function Log(): JSX.Element {
  const [cursor, setCursor] = createSignal<string>();
  const page = question<AlarmPage>(
    () => `/alarms/log?limit=20${cursor() === undefined ? '' : `&cursor=${encodeURIComponent(cursor() ?? '')}`}`,
  );
  return (
    <section class="panel scrolls" tabindex="0" aria-label={words.alarms.log}>
      <h2>{words.alarms.log}</h2>
      <Known of={page}>
        {(known) => (
          <>
            <Show when={known().items.length > 0} fallback={<Nothing what={words.alarms.noLog} />}>
              <table>
                <thead>
                  <tr>
                    <th scope="col">{words.alarms.since}</th>
                    <th scope="col">{words.alarms.until}</th>
                    <th scope="col">{words.alarms.what}</th>
                  </tr>
                </thead>
                <tbody>
                  <For each={known().items}>
                    {({ since, cleared, text, code, subject }) => (
                      <tr>
                        <td class="when">{momentOf(since)}</td>
                        <td class="when">{cleared === null ? words.alarms.lasts : momentOf(cleared)}</td>
                        <td>
                          {text} <span class="mono soft">{code}</span> {subject}
                        </td>
                      </tr>
                    )}
                  </For>
                </tbody>
              </table>
            </Show>
            <div class="row">
              <Show when={cursor()}>
                <button type="button" onClick={() => setCursor(undefined)}>
                  {words.parts.newest}
                </button>
              </Show>
              <Show when={known().next}>
                {(next) => (
                  <button type="button" onClick={() => setCursor(next())}>
                    {words.parts.older}
                  </button>
                )}
              </Show>
            </div>
          </>
        )}
      </Known>
    </section>
  );
}
