/** Places on a picture where somebody says that it is bad: boxes laid over it, drawn with a finger or a mouse, and moved by keys. */
import { createSignal, For, Index, type JSX, Show } from 'solid-js';
import { words } from '../words.ts';
import { between, laidOver, moved, pointAt, type Region, type Size, within } from './region.ts';
import './marks.css';

/** Pixels of a place each way, at least: a touch that does not move marks nothing. */
const LEAST = 4;
/** As the API takes them. */
export const MOST_MARKS = 50;

interface Marked {
  readonly size: Size;
  readonly marks: readonly Region[];
}

/** Over a picture, in something with the class `layers`. `change`: absent where they are only shown. */
export function Marks(props: Marked & { readonly change?: ((marks: readonly Region[]) => void) | undefined }): JSX.Element {
  return (
    <Show when={props.change} fallback={<Shown size={props.size} marks={props.marks} />}>
      {(change) => <Drawing size={props.size} marks={props.marks} change={change()} />}
    </Show>
  );
}

function Shown(props: Marked): JSX.Element {
  return (
    <div class="marks">
      <Index each={props.marks}>{(mark) => <span class="mark" style={laidOver(mark(), props.size)} />}</Index>
    </div>
  );
}

function Drawing(props: Marked & { readonly change: (marks: readonly Region[]) => void }): JSX.Element {
  const [from, setFrom] = createSignal<readonly [number, number]>();
  const [drawn, setDrawn] = createSignal<Region | null>(null);
  let box: HTMLDivElement | undefined;
  const begin = (event: PointerEvent) => {
    if (props.marks.length >= MOST_MARKS) return;
    box?.setPointerCapture(event.pointerId);
    setFrom(pointAt(box, event, props.size));
  };
  const drag = (event: PointerEvent) => {
    const start = from();
    const [x, y, width, height] = start ? between(start, pointAt(box, event, props.size)) : [0, 0, 0, 0];
    // What was begun at the edge may lead over it.
    const left = Math.max(0, x);
    const top = Math.max(0, y);
    const inside: Region = [left, top, Math.min(x + width, props.size[0]) - left, Math.min(y + height, props.size[1]) - top];
    setDrawn(inside[2] >= LEAST && inside[3] >= LEAST ? within(inside, props.size, LEAST) : null);
  };
  const leave = () => {
    setFrom(undefined);
    setDrawn(null);
  };
  const end = () => {
    const mark = drawn();
    leave();
    if (mark) props.change([...props.marks, mark]);
  };
  const press = (event: KeyboardEvent, which: number) => {
    const mark = props.marks[which];
    if (!mark) return;
    const isRemoved = event.key === 'Delete' || event.key === 'Backspace';
    const next = isRemoved ? null : moved(mark, props.size, event.key, event.shiftKey);
    if (!isRemoved && !next) return;
    event.preventDefault();
    // An arrow moves the mark, and not what stands around it.
    event.stopPropagation();
    props.change(next ? props.marks.with(which, within(next, props.size, LEAST)) : props.marks.toSpliced(which, 1));
  };
  return (
    <div ref={box} class="marks drawing" onPointerDown={begin} onPointerMove={drag} onPointerUp={end} onPointerCancel={leave}>
      <Index each={props.marks}>
        {(mark, which) => (
          <button
            type="button"
            class="mark"
            aria-label={words.marks.one(which + 1)}
            style={laidOver(mark(), props.size)}
            onKeyDown={(event) => press(event, which)}
          />
        )}
      </Index>
      <Show when={drawn()}>{(mark) => <span class="mark" style={laidOver(mark(), props.size)} />}</Show>
    </div>
  );
}

/** For gloves and for the keyboard: a place in the middle, to be moved, and each of them away again. */
export function MarkTouches(props: Marked & { readonly change: (marks: readonly Region[]) => void }): JSX.Element {
  const middle = (): Region => {
    const [across, down] = props.size;
    return within([across * 0.4, down * 0.4, across * 0.2, down * 0.2], props.size, LEAST);
  };
  return (
    <div class="row mark-touches">
      <span class="soft">{words.marks.how}</span>
      <button type="button" disabled={props.marks.length >= MOST_MARKS} onClick={() => props.change([...props.marks, middle()])}>
        {words.marks.add}
      </button>
      <For each={props.marks}>
        {(_, which) => (
          <button type="button" onClick={() => props.change(props.marks.toSpliced(which(), 1))}>
            {words.marks.remove(which() + 1)}
          </button>
        )}
      </For>
    </div>
  );
}
