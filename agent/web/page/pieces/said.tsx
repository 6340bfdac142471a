/** What machines said: the newest first, what is active marked as such. */
import { type JSX, Show } from 'solid-js';
import type { MachineText } from '../api/types.ts';
import { words } from '../words.ts';
import { Each } from './each.tsx';
import { momentOf, utcOf } from './times.ts';

export function SaidList(props: { readonly of: readonly MachineText[] }): JSX.Element {
  return (
    <ul class="list">
      <Each of={props.of} by={({ id }) => id}>
        {(text) => (
          <li>
            <Show when={text().state === 'active'}>
              <b>{words.said.active}</b>{' '}
            </Show>
            {text().text}{' '}
            <span class="soft" title={utcOf(text().at)}>
              {[momentOf(text().at), endOf(text()), text().name ?? text().origin, severityOf(text())]
                .filter((word) => word !== '')
                .join(' · ')}
            </span>
          </li>
        )}
      </Each>
    </ul>
  );
}

function endOf({ state, ended }: MachineText): string {
  if (ended === null) return '';
  return state === 'unknown' ? words.said.unknown(momentOf(ended)) : words.said.until(momentOf(ended));
}

const severityOf = ({ severity }: MachineText): string => (severity === null ? '' : words.said.severity(severity));
