/**
 * The text of the config: a plain field, so that the browser's own find, zoom, undo, screen reader and the keyboard of a phone work as everywhere;
 * beside it the numbers of the lines with the faults that stand in them, below it what may stand where the caret is.
 */
import { createEffect, createSignal, For, type JSX, on, Show } from 'solid-js';
import { words } from '../../words.ts';
import { type Offer, offersAt, type Schema } from './completion.ts';

export interface Fault {
  readonly line: number;
  readonly column: number;
  readonly length: number;
  readonly code: string;
  readonly text: string;
  readonly next: string;
}

/** Where the caret is to go; a new one each time somebody asks. */
export interface Jump {
  readonly line: number;
  readonly column: number;
  readonly length: number;
}

/** More are not read. */
const MOST_OFFERS = 24;

export function Editor(props: {
  readonly text: string;
  readonly set: (text: string) => void;
  readonly readOnly: boolean;
  readonly faults: readonly Fault[];
  readonly schema: Schema | undefined;
  readonly jump: Jump | null;
}): JSX.Element {
  let field: HTMLTextAreaElement | undefined;
  const [scroll, setScroll] = createSignal(0);
  const [caret, setCaret] = createSignal(0);
  const lines = () => props.text.split('\n').length;
  const faulty = () => new Map(props.faults.toReversed().map((fault) => [fault.line, fault]));
  const offers = () => (props.schema && !props.readOnly ? offersAt(props.schema, props.text, caret()) : null);
  const type = (text: string, at: number) => {
    props.set(text);
    if (field) field.value = text;
    field?.focus();
    field?.setSelectionRange(at, at);
    setCaret(at);
  };
  const take = (from: number, { text }: Offer) => type(props.text.slice(0, from) + text + props.text.slice(caret()), from + text.length);
  createEffect(
    on(
      () => props.jump,
      (jump) => {
        if (!jump || !field) return;
        const start = startOf(props.text, jump);
        field.scrollIntoView({ block: 'center' });
        field.focus();
        field.setSelectionRange(start, start + jump.length);
        field.scrollTop = Math.max(0, (field.scrollHeight / lines()) * (jump.line - 4));
        setCaret(start);
      },
    ),
  );
  return (
    <div class="stack">
      <div class="editor">
        <div class="gutter" aria-hidden="true">
          <ol style={{ transform: `translateY(${-scroll()}px)` }}>
            <For each={Array.from({ length: lines() }, (_, i) => i + 1)}>
              {(n) => <li classList={{ faulty: faulty().has(n) }}>{faulty().has(n) ? `▲ ${n}` : n}</li>}
            </For>
          </ol>
        </div>
        <textarea
          ref={field}
          aria-label={words.config.text}
          aria-invalid={props.faults.length > 0}
          spellcheck={false}
          autocapitalize="none"
          autocomplete="off"
          wrap="off"
          readOnly={props.readOnly}
          value={props.text}
          onInput={(event) => {
            props.set(event.currentTarget.value);
            setCaret(event.currentTarget.selectionEnd);
          }}
          onScroll={(event) => setScroll(event.currentTarget.scrollTop)}
          onSelect={(event) => setCaret(event.currentTarget.selectionEnd)}
          onKeyUp={(event) => setCaret(event.currentTarget.selectionEnd)}
          onClick={(event) => setCaret(event.currentTarget.selectionEnd)}
        />
      </div>
      <Show when={offers()}>
        {(here) => (
          <details class="offers">
            <summary>
              {words.config.mayStand(here().path.join(' › '))} <span class="soft">({here().offers.length})</span>
            </summary>
            <ul>
              <For each={here().offers.slice(0, MOST_OFFERS)}>
                {(offer) => (
                  <li>
                    <button type="button" class="mono" onClick={() => take(here().from, offer)}>
                      {offer.text.trim()}
                    </button>
                    <span class="soft">{offer.about}</span>
                  </li>
                )}
              </For>
            </ul>
          </details>
        )}
      </Show>
    </div>
  );
}

function startOf(text: string, { line, column }: Jump): number {
  let start = 0;
  for (let n = 1; n < line; n++) start = text.indexOf('\n', start) + 1 || text.length;
  return Math.min(text.length, start + column - 1);
}
