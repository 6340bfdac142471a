/**
 * A list that is told anew again and again: each row stays that of the same thing, whatever comes before it. What somebody types there, and the
 * button under a finger, stay with it.
 */
import { createMemo, For, type JSX } from 'solid-js';

export function Each<T>(props: {
  readonly of: readonly T[];
  /** What it is called; no two are called the same. */
  readonly by: (one: T) => string;
  readonly children: (one: () => T, index: () => number) => JSX.Element;
}): JSX.Element {
  const known = createMemo(() => new Map(props.of.map((one) => [props.by(one), one])));
  return (
    <For each={[...known().keys()]}>
      {(name, index) => {
        // A row that is about to go has what it had.
        const one = createMemo((before: T | undefined) => known().get(name) ?? before);
        return props.children(one as () => T, index);
      }}
    </For>
  );
}
