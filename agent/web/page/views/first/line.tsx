/** Where the line stands, and what the station is called. */
import { For, type JSX } from 'solid-js';
import { words } from '../../words.ts';
import { asking, LEVELS, setAsking } from './answers.ts';
import { Field } from './field.tsx';

export function LineStep(): JSX.Element {
  return (
    <>
      <p>{words.first.lineWhy}</p>
      <div class="fields">
        <For each={LEVELS}>
          {(level) => (
            <Field label={words.first.levels[level]} value={asking.line[level]} set={(typed) => setAsking('line', level, typed)} />
          )}
        </For>
        <Field label={words.first.station} value={asking.station} set={(typed) => setAsking('station', typed)} />
      </div>
    </>
  );
}
