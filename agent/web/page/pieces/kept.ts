/**
 * What somebody has typed and not sent yet. Kept with this tab, so that a reload, a lost connection, another view or a session that has ended
 * loses nothing; no password is.
 */
import { type Accessor, createEffect, createSignal, on } from 'solid-js';

const PREFIX = 'lineside-typed-';
/** Fields whose words are kept, at most: those that were begun first and never sent go. */
const MOST = 50;
const WORDS = 'words';

/** What is kept under this name, as it was; whoever asks checks its shape. Undefined: nothing. */
export function kept(name: string): unknown {
  try {
    return JSON.parse(sessionStorage.getItem(PREFIX + name) ?? 'null') ?? undefined;
  } catch {
    return undefined;
  }
}

/** Undefined: nothing is to be kept any more. */
export function keep(name: string, value: unknown): void {
  try {
    if (value === undefined) sessionStorage.removeItem(PREFIX + name);
    else sessionStorage.setItem(PREFIX + name, JSON.stringify(value));
  } catch {
    // No room in this browser: it stays in the view, and is lost with a reload only.
  }
}

/** The words of one field; `of` says which, and of what. Empty, nothing is kept. */
export function typed(of: Accessor<string>): readonly [Accessor<string>, (words: string) => void] {
  const [text, setText] = createSignal(wordsOf(of()));
  createEffect(on(of, (field) => setText(wordsOf(field)), { defer: true }));
  const set = (next: string) => {
    setText(next);
    const others = allWords().filter(([field]) => field !== of());
    keep(WORDS, next === '' ? others : [...others, [of(), next]].slice(-MOST));
  };
  return [text, set];
}

const wordsOf = (field: string): string => allWords().find(([one]) => one === field)?.[1] ?? '';

function allWords(): readonly (readonly [field: string, words: string])[] {
  const known = kept(WORDS);
  return Array.isArray(known)
    ? known.filter((one) => Array.isArray(one) && one.length === 2 && one.every((text) => typeof text === 'string'))
    : [];
}
