/** Events that the broker did not take: which, why, and sent again once it would. */
import { For, type JSX, Show } from 'solid-js';
import { ask } from '../../api/ask.ts';
import { questionOfAlarms } from '../../api/question.ts';
import { may } from '../../api/session.ts';
import type { Letters } from '../../api/types.ts';
import { Known } from '../../pieces/known.tsx';
import { count } from '../../pieces/numbers.ts';
import { TwoTouches } from '../../pieces/two-touches.tsx';
import { words } from '../../words.ts';

const SHOWN = 10;

export function Refused(): JSX.Element {
  const letters = questionOfAlarms<Letters>(() => `/outbox?limit=${SHOWN}`);
  return (
    <Known of={letters}>
      {(now) => (
        <Show when={now().total > 0}>
          <section class="panel stack scrolls" tabindex="0" aria-label={words.refused.title}>
            <h2>{words.refused.title}</h2>
            <p>{words.refused.count(count(now().total), now().total)}</p>
            <table>
              <thead>
                <tr>
                  <th scope="col">{words.refused.topic}</th>
                  <th scope="col">{words.refused.why}</th>
                </tr>
              </thead>
              <tbody>
                <For each={now().letters}>
                  {({ topic, why }) => (
                    <tr>
                      <td class="mono">{topic}</td>
                      <td>{why}</td>
                    </tr>
                  )}
                </For>
              </tbody>
            </table>
            <Show when={may('technician')}>
              <TwoTouches
                what={words.refused.retry}
                effect={words.refused.effect(count(now().total), now().total)}
                confirm={words.refused.sure}
                work={() => ask('/outbox/retry', { method: 'POST', body: { all: true } })}
                done={letters.again}
              />
            </Show>
          </section>
        </Show>
      )}
    </Known>
  );
}
