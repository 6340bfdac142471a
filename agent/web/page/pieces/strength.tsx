/** How strongly a heat map is laid over its picture. */
import { createUniqueId, type JSX } from 'solid-js';
import { words } from '../words.ts';

const STEP = 10;

/** No drag without a plus and a minus beside it: a glove does not drag. */
export function Strength(props: { readonly value: number; readonly set: (value: number) => void }): JSX.Element {
  const id = createUniqueId();
  const move = (by: number) => props.set(Math.min(100, Math.max(0, props.value + by)));
  return (
    <div class="row strength">
      <label for={id}>{words.part.heat}</label>
      <button type="button" aria-label={words.part.less} onClick={() => move(-STEP)}>
        −
      </button>
      <input
        id={id}
        type="range"
        min={0}
        max={100}
        step={STEP}
        value={props.value}
        onInput={(event) => props.set(Number(event.currentTarget.value))}
      />
      <button type="button" aria-label={words.part.moreHeat} onClick={() => move(STEP)}>
        +
      </button>
    </div>
  );
}
