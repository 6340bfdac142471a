/** The reference of this very version: every fault with its next step, every key of the config, every command. */

import entries from 'virtual:reference';
import { A, useParams, useSearchParams } from '@solidjs/router';
import { For, type JSX, Show } from 'solid-js';
import { shown } from '../../api/live.ts';
import { Nothing } from '../../pieces/known.tsx';
import { words } from '../../words.ts';
import { type Entry, found } from './find.ts';
import './help.css';

/** More than these are not read; a further word finds the one. */
const MOST = 60;
const PAGES = [...new Set(entries.map(({ page }) => page))];

export function HelpView(): JSX.Element {
  const [address, go] = useSearchParams<{ q?: string | undefined }>();
  const all = () => found(entries, address.q ?? '');
  return (
    <>
      <header>
        <h1>{words.views.help}</h1>
        <Show when={shown.line}>{(line) => <span class="soft">{words.help.of(line().version)}</span>}</Show>
      </header>
      <div class="field">
        <label for="search-help">{words.help.search}</label>
        <input
          id="search-help"
          type="search"
          value={address.q ?? ''}
          onInput={(event) => go({ q: event.currentTarget.value || undefined }, { replace: true })}
        />
      </div>
      <Show when={all().length > 0} fallback={<Nothing what={words.help.none} next={words.help.noneNext} />}>
        <Show when={address.q} fallback={<For each={PAGES}>{(page) => <Contents of={page} />}</For>}>
          <p role="status">{words.help.found(all().length, Math.min(MOST, all().length))}</p>
          <For each={all().slice(0, MOST)}>{(entry) => <Found of={entry} />}</For>
        </Show>
      </Show>
    </>
  );
}

function Contents(props: { readonly of: string }): JSX.Element {
  return (
    <section class="panel" aria-labelledby={`help-${props.of}`}>
      <h2 id={`help-${props.of}`}>{words.help.pages[props.of] ?? props.of}</h2>
      <ul class="contents">
        <For each={entries.filter(({ page }) => page === props.of)}>
          {({ page, id, title }) => (
            <li>
              <A href={`/help/${page}/${id}`}>{title}</A>
            </li>
          )}
        </For>
      </ul>
    </section>
  );
}

function Found(props: { readonly of: Entry }): JSX.Element {
  return (
    <section class="panel stack">
      <h2>
        <A href={`/help/${props.of.page}/${props.of.id}`}>{props.of.title}</A>{' '}
        <span class="soft">{words.help.pages[props.of.page] ?? props.of.page}</span>
      </h2>
      {/* Out of the agent's own documents, put into this file when it was built. */}
      <div class="reference-text stack" innerHTML={props.of.html} />
    </section>
  );
}

export function HelpEntry(): JSX.Element {
  const params = useParams();
  const entry = () => entries.find(({ page, id }) => page === params['page'] && id === params['entry']);
  return (
    <>
      <h1>{entry()?.title ?? words.views.help}</h1>
      <Show when={entry()} fallback={<Nothing what={words.help.unknown(params['entry'] ?? '')} next={words.help.unknownNext} />}>
        {(known) => <div class="panel reference-text stack" innerHTML={known().html} />}
      </Show>
      <p>
        <A class="button" href="/help">
          {words.help.all}
        </A>
      </p>
    </>
  );
}
