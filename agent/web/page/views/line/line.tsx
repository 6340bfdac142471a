/** Every station's last part, to be read from two metres away. */
import { Navigate } from '@solidjs/router';
import { For, type JSX, Show } from 'solid-js';
import { shown } from '../../api/live.ts';
import { Nothing } from '../../pieces/known.tsx';
import { words } from '../../words.ts';
import { worstFirst } from './condition.ts';
import { StationRow } from './row.tsx';
import { Tile } from './tile.tsx';
import './line.css';

/** More stations than this are a list. */
const MOST_TILES = 16;

export function LineView(): JSX.Element {
  const names = () => Object.keys(shown.line?.stations ?? {});
  const layout = () => (names().length === 1 ? 'one' : names().length <= 4 ? 'few' : 'many');
  return (
    <>
      <h1 class="unseen">{words.line.title}</h1>
      {/* Nothing is judged before the file is mended; then whoever was sent there comes back. */}
      <Show when={shown.line?.safe_mode}>
        <Navigate href="/config" state={{ sent: true }} />
      </Show>
      <Show when={shown.line} fallback={<p class="soft">{words.state.loading}</p>}>
        <Show when={names().length > 0} fallback={<Nothing what={words.line.none} next={words.line.noneNext} />}>
          <Show when={names().length <= MOST_TILES} fallback={<List names={names()} />}>
            <div class={`tiles ${layout()}`}>
              <For each={names()}>{(name) => <Tile station={name} small={layout() === 'many'} />}</For>
            </div>
          </Show>
        </Show>
      </Show>
    </>
  );
}

function List(props: { readonly names: readonly string[] }): JSX.Element {
  return (
    <ul class="stack">
      <For each={worstFirst(props.names, shown)}>{(name) => <StationRow station={name} />}</For>
    </ul>
  );
}
