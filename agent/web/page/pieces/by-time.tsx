/** A stretch of time that somebody chooses: both ends in words, as a field, and moved by a minute. */
import { createEffect, createMemo, createSignal, For, type JSX, on, Show } from 'solid-js';
import { words } from '../words.ts';
import { typed } from './kept.ts';
import { dayOf, momentAt, momentOf, now } from './times.ts';

/** ms since 1970. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

const MINUTE = 60_000;

export const isSpan = (of: unknown): of is Span =>
  typeof of === 'object' && of !== null && 'from' in of && 'to' in of && Number.isFinite(of.from) && Number.isFinite(of.to);

interface Chosen {
  /** Of what it is chosen for; what is being typed is kept under it. */
  readonly name: string;
  readonly span: Span;
  readonly change: (span: Span) => void;
  /** Told whether something stands there that is no time: the span is then another than what is shown, and must not be sent. */
  readonly unread: (isUnread: boolean) => void;
}

export function ByTime(props: Chosen): JSX.Element {
  const [half, setHalf] = createSignal<Readonly<Record<keyof Span, boolean>>>({ from: false, to: false });
  createEffect(() => props.unread(half().from || half().to));
  const put = (end: keyof Span, at: number) => {
    if (Number.isFinite(at)) props.change({ ...props.span, [end]: at });
  };
  // Told anew only where it is another: what is being typed stays.
  const written = { from: createMemo(() => momentOf(props.span.from)), to: createMemo(() => momentOf(props.span.to)) };
  return (
    <For each={['from', 'to'] as const}>
      {(end) => {
        const [text, setText] = typed(() => `${props.name} ${end}`);
        // Chosen otherwise meanwhile, or taken.
        createEffect(
          on(
            createMemo(() => props.span[end]),
            () => setText(''),
            { defer: true },
          ),
        );
        const enter = (now: string) => {
          const at = atOf(now);
          if (Number.isFinite(at)) setText('');
          put(end, at);
        };
        const isHalf = createMemo(() => text() !== '' && !Number.isFinite(atOf(text())));
        createEffect(() => setHalf((ends) => ({ ...ends, [end]: isHalf() })));
        // Whole, and not entered yet: the page was left or loaded anew meanwhile.
        if (text() !== '' && !isHalf()) enter(text());
        return (
          <fieldset class="touches" aria-label={words.teach.ends[end]}>
            <span class="end">{words.teach.ends[end]}</span>
            <button type="button" aria-label={words.teach.less(words.teach.ends[end])} onClick={() => put(end, props.span[end] - MINUTE)}>
              −
            </button>
            <input
              type="text"
              aria-label={words.teach.endAt[end]}
              value={text() || written[end]()}
              aria-invalid={isHalf()}
              onInput={(event) => setText(event.currentTarget.value)}
              onChange={(event) => enter(event.currentTarget.value)}
            />
            <button type="button" aria-label={words.teach.moreOf(words.teach.ends[end])} onClick={() => put(end, props.span[end] + MINUTE)}>
              +
            </button>
            <Show when={isHalf()}>
              <span class="bad" role="status">
                {words.teach.noTime}
              </span>
            </Show>
          </fieldset>
        );
      }}
    </For>
  );
}

/** As it is shown: a day and a time, or a time of today. */
function atOf(written: string): number {
  const text = written.trim();
  return momentAt(text.includes(' ') ? text.replace(' ', 'T') : `${dayOf(now())}T${text}`);
}
