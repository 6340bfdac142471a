/**
 * What somebody has typed or drawn and not sent yet. Kept with this tab, so that a reload, a lost connection, another view or a session that has ended
 * loses nothing; no password is.
 */
import { type Accessor, createEffect, createMemo, createSignal, on } from 'solid-js';

const PREFIX = 'lineside-typed-';
/** Fields that are kept, at most: those that were begun first and never sent go. */
const MOST = 50;
const FIELDS = 'fields';

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
export const typed = (of: Accessor<string>): Kept<string> => fieldOf(of, (known) => (typeof known === 'string' ? known : ''), '');

/** What is being drawn on one picture; null: nobody draws, and nothing is kept. */
export const drawn = <T>(of: Accessor<string>, isOne: (known: unknown) => known is T): Kept<readonly T[] | null> =>
  fieldOf<readonly T[] | null>(of, (known) => (Array.isArray(known) && known.every(isOne) ? known : null), null);

/** What somebody has set and not sent yet; null: nothing, and nothing is kept. */
export const setTo = <T>(of: Accessor<string>, isOne: (known: unknown) => known is T): Kept<T | null> =>
  fieldOf<T | null>(of, (known) => (isOne(known) ? known : null), null);

type Kept<T> = readonly [Accessor<T>, (value: T) => void];

function fieldOf<T>(of: Accessor<string>, read: (known: unknown) => T, nothing: T): Kept<T> {
  const [value, setValue] = createSignal(read(keptIn(of())));
  const known = (next: T) => void setValue(() => next);
  // Of another field only: what `of` looks at may change without it.
  createEffect(on(createMemo(of), (field) => known(read(keptIn(field))), { defer: true }));
  const set = (next: T) => {
    known(next);
    keepAs(of(), next === nothing ? undefined : next);
  };
  return [value, set];
}

/** Whoever opens that field next finds it there; one that stands open is not told. Undefined: nothing is to be kept any more. */
export function keepAs(field: string, value: unknown): void {
  const others = allFields().filter(([one]) => one !== field);
  keep(FIELDS, value === undefined ? others : [...others, [field, value]].slice(-MOST));
}

/** It has been sent. */
export const forget = (field: string): void => keepAs(field, undefined);

const keptIn = (field: string): unknown => allFields().find(([one]) => one === field)?.[1];

function allFields(): readonly (readonly [field: string, value: unknown])[] {
  const known = kept(FIELDS);
  return Array.isArray(known) ? known.filter((one) => Array.isArray(one) && one.length === 2 && typeof one[0] === 'string') : [];
}
