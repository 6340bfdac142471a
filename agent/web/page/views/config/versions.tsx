/** Texts that have run: who, when, what differs from now, and the way back, which goes through the editor like every other change. */
import { createEffect, createSignal, For, type JSX, on, Show } from 'solid-js';
import { question } from '../../api/question.ts';
import type { ConfigVersion, ConfigVersions } from '../../api/types.ts';
import { Known, Nothing } from '../../pieces/known.tsx';
import { count } from '../../pieces/numbers.ts';
import { momentOf, utcOf } from '../../pieces/times.ts';
import { words } from '../../words.ts';
import { Difference } from './difference.tsx';

export function Versions(props: {
  /** As it is on the disk. */
  readonly text: string;
  /** Asked again where it changes. */
  readonly version: string | null;
  readonly take: (text: string) => void;
}): JSX.Element {
  const versions = question<ConfigVersions>(() => '/config/versions');
  createEffect(on(() => props.version, versions.again, { defer: true }));
  const [open, setOpen] = createSignal<string | null>(null);
  return (
    <section class="panel stack" aria-label={words.config.versions}>
      <h2>{words.config.versions}</h2>
      <Known of={versions}>
        {(known) => (
          <Show when={known().length > 0} fallback={<Nothing what={words.config.noVersions} />}>
            <ul class="list stack">
              <For each={known()}>
                {({ id, at, who, runs, bytes }) => (
                  <li class="stack">
                    <div class="row">
                      <b title={utcOf(at)}>{momentOf(at)}</b>
                      <span>{who ?? words.config.onTheBox}</span>
                      <span class="soft">{words.config.bytes(count(bytes))}</span>
                      <Show when={runs}>
                        <b>{words.config.runs}</b>
                      </Show>
                      <button type="button" aria-expanded={open() === id} onClick={() => setOpen(open() === id ? null : id)}>
                        {words.config.difference}
                      </button>
                    </div>
                    <Show when={open() === id}>
                      <OneVersion id={id} text={props.text} take={props.take} />
                    </Show>
                  </li>
                )}
              </For>
            </ul>
          </Show>
        )}
      </Known>
    </section>
  );
}

function OneVersion(props: { readonly id: string; readonly text: string; readonly take: (text: string) => void }): JSX.Element {
  const version = question<ConfigVersion>(() => `/config/versions/${encodeURIComponent(props.id)}`);
  return (
    <Known of={version}>
      {(known) => (
        <>
          <Difference before={props.text} after={known().text} />
          <p>
            <button type="button" onClick={() => props.take(known().text)}>
              {words.config.take}
            </button>
          </p>
        </>
      )}
    </Known>
  );
}
