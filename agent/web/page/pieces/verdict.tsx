/** A verdict as a word, a shape and a colour: never colour alone (WCAG 1.4.1). */
import type { JSX } from 'solid-js';
import type { Outcome, Verdict } from '../api/types.ts';
import { words } from '../words.ts';

export type Shown = Verdict | 'none';
export const SHAPE = { ok: '●', nok: '▲', review: '◆', none: '✕' } as const satisfies Record<Shown, string>;

/** Nobody saw a part that was missed. */
export const shownOf = ({ verdict, outcome }: { readonly verdict: Verdict; readonly outcome?: Outcome }): Shown =>
  outcome === 'missed' ? 'none' : verdict;

export function VerdictMark(props: { readonly of: Shown }): JSX.Element {
  return (
    <span class={`verdict ${props.of}`}>
      <span aria-hidden="true">{SHAPE[props.of]}</span>
      {words.verdict[props.of]}
    </span>
  );
}
