/** A share of a bound as a bar; what it means stands beside it in figures. */
import type { JSX } from 'solid-js';

export function Bar(props: { readonly part: number }): JSX.Element {
  return (
    <span class="bar" classList={{ over: props.part > 1 }} aria-hidden="true">
      <span style={{ width: `${Math.min(100, Math.max(0, props.part * 100))}%` }} />
    </span>
  );
}
