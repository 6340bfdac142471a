/**
 * Places on a picture where somebody says that it is bad: boxes laid over it, drawn with a finger or a mouse and moved by keys, and strokes of
 * a brush. What is drawn last is taken back first.
 */
import { createSignal, For, Index, type JSX, onMount, Show } from 'solid-js';
import { words } from '../words.ts';
import { BRUSHES, begunAt, endOf, hasRoom, isStroke, ledTo, type Mark, MOST_POINTS, pathOf, type Stroke, widthOf } from './mark.ts';
import { between, laidOver, moved, pointAt, type Region, type Size, within } from './region.ts';
import './marks.css';

/** Pixels of a box each way, at least: a touch that does not move marks none. */
const LEAST = 4;

interface Marked {
  readonly size: Size;
  readonly marks: readonly Mark[];
  /** On other pictures of the part: they take room too. */
  readonly elsewhere?: readonly Mark[] | undefined;
}
type Change = (marks: readonly Mark[]) => void;
const roomIn = ({ marks, elsewhere = [] }: Marked, points?: number): boolean => hasRoom([...elsewhere, ...marks], points);

/** One for the page: whoever paints one picture paints the next. */
const TOOLS = ['box', 'brush'] as const;
const [tool, setTool] = createSignal<(typeof TOOLS)[number]>('box');
const [brush, setBrush] = createSignal(2);

/** Over a picture, in something with the class `layers`. `change`: absent where they are only shown. */
export function Marks(props: Marked & { readonly change?: Change | undefined }): JSX.Element {
  return (
    <Show when={props.change} fallback={<Shown size={props.size} marks={props.marks} />}>
      {(change) => <Drawing size={props.size} marks={props.marks} elsewhere={props.elsewhere} change={change()} />}
    </Show>
  );
}

function Shown(props: Marked): JSX.Element {
  return (
    <div class="marks">
      <Painted size={props.size} strokes={props.marks.filter(isStroke)} />
      <Index each={props.marks}>{(mark) => <Box of={mark()} size={props.size} />}</Index>
    </div>
  );
}

function Box(props: { readonly of: Mark; readonly size: Size }): JSX.Element {
  const box = () => (isStroke(props.of) ? null : props.of);
  return <Show when={box()}>{(region) => <span class="mark" style={laidOver(region(), props.size)} />}</Show>;
}

function Painted(props: { readonly size: Size; readonly strokes: readonly Stroke[] }): JSX.Element {
  return (
    <Show when={props.strokes.length > 0}>
      <svg class="painted" viewBox={`0 0 ${props.size[0]} ${props.size[1]}`} preserveAspectRatio="none" aria-hidden="true">
        <Index each={props.strokes}>{(stroke) => <path d={pathOf(stroke())} stroke-width={stroke().width} />}</Index>
      </svg>
    </Show>
  );
}

/** What a finger or a mouse draws over the picture, by the tool that is chosen. `box`: what stands over the picture. */
function drawingOn(props: Marked & { readonly change: Change }, box: () => HTMLDivElement | undefined) {
  const [from, setFrom] = createSignal<readonly [number, number]>();
  const [drawn, setDrawn] = createSignal<Mark | null>(null);
  /** Of the finger that draws; another one beside it draws nothing. */
  let pointer: number | null = null;
  const begin = (event: PointerEvent) => {
    if (pointer !== null || !roomIn(props)) return;
    pointer = event.pointerId;
    box()?.setPointerCapture(pointer);
    const at = pointAt(box(), event, props.size);
    if (tool() === 'box') setFrom(at);
    else setDrawn(begunAt(widthOf(brush(), props.size), at, props.size));
  };
  const drag = (event: PointerEvent) => {
    if (event.pointerId !== pointer) return;
    const at = pointAt(box(), event, props.size);
    const start = from();
    const stroke = drawn();
    if (start) setDrawn(boxBetween(start, at, props.size));
    else if (stroke && isStroke(stroke)) lead(stroke, at);
  };
  const lead = (stroke: Stroke, at: readonly [number, number]) => {
    const further = ledTo(stroke, at, props.size);
    setDrawn(further);
    // Full, it is kept, and painting goes on from its end; with no room for more it ends there.
    if (further.points.length < MOST_POINTS && roomIn(props, further.points.length + 1)) return;
    props.change([...props.marks, further]);
    setDrawn(roomIn(props) ? { ...further, points: [endOf(further)] } : null);
  };
  const leave = () => {
    pointer = null;
    setFrom(undefined);
    setDrawn(null);
  };
  const end = (event: PointerEvent) => {
    if (event.pointerId !== pointer) return;
    const mark = drawn();
    leave();
    if (mark) props.change([...props.marks, mark]);
  };
  const cancel = (event: PointerEvent) => {
    if (event.pointerId === pointer) leave();
  };
  return { drawn, begin, drag, end, cancel };
}

function Drawing(props: Marked & { readonly change: Change }): JSX.Element {
  let box: HTMLDivElement | undefined;
  const { drawn, begin, drag, end, cancel } = drawingOn(props, () => box);
  // The touch that begins it may stand far below the picture. What was drawn before a reload leaves the view where it was.
  onMount(() => {
    if (props.marks.length === 0) box?.scrollIntoView({ block: 'nearest' });
  });
  const press = (event: KeyboardEvent, which: number) => {
    const mark = props.marks[which];
    if (!mark || isStroke(mark)) return;
    const isRemoved = event.key === 'Delete' || event.key === 'Backspace';
    const next = isRemoved ? null : moved(mark, props.size, event.key, event.shiftKey);
    if (!isRemoved && !next) return;
    event.preventDefault();
    // An arrow moves the mark, and not what stands around it.
    event.stopPropagation();
    props.change(next ? props.marks.with(which, within(next, props.size, LEAST)) : props.marks.toSpliced(which, 1));
  };
  const strokes = () => {
    const now = drawn();
    return (now ? [...props.marks, now] : props.marks).filter(isStroke);
  };
  return (
    <div
      ref={box}
      class="marks drawing"
      onPointerDown={begin}
      onPointerMove={drag}
      onPointerUp={end}
      onPointerCancel={cancel}
      onLostPointerCapture={cancel}
    >
      <Painted size={props.size} strokes={strokes()} />
      <Index each={props.marks}>
        {(mark, which) => (
          <Show when={boxIn(mark())}>
            {(region) => (
              <button
                type="button"
                class="mark"
                aria-label={words.marks.one(which + 1)}
                style={laidOver(region(), props.size)}
                onKeyDown={(event) => press(event, which)}
              />
            )}
          </Show>
        )}
      </Index>
      <Show when={boxIn(drawn())}>{(region) => <span class="mark" style={laidOver(region(), props.size)} />}</Show>
    </div>
  );
}

const boxIn = (mark: Mark | null): Region | null => (mark === null || isStroke(mark) ? null : mark);

/** Null: it is too small to be meant. */
function boxBetween(start: readonly [number, number], at: readonly [number, number], size: Size): Region | null {
  const [x, y, width, height] = between(start, at);
  // What was begun at the edge may lead over it.
  const [left, top] = [Math.max(0, x), Math.max(0, y)];
  const inside: Region = [left, top, Math.min(x + width, size[0]) - left, Math.min(y + height, size[1]) - top];
  return inside[2] >= LEAST && inside[3] >= LEAST ? within(inside, size, LEAST) : null;
}

/** For gloves and for the keyboard: what draws, how thick, back by one; a box in the middle, to be moved, and each of them away again. */
export function MarkTouches(props: Marked & { readonly change: Change }): JSX.Element {
  const middle = (): Region => {
    const [across, down] = props.size;
    return within([across * 0.4, down * 0.4, across * 0.2, down * 0.2], props.size, LEAST);
  };
  return (
    <div class="row mark-touches">
      <span class="soft">{words.marks.how[tool()]}</span>
      <fieldset class="tools" aria-label={words.marks.with}>
        <For each={TOOLS}>
          {(one) => (
            <button type="button" aria-pressed={tool() === one} onClick={() => setTool(one)}>
              {words.marks.tool[one]}
            </button>
          )}
        </For>
      </fieldset>
      <Show when={tool() === 'brush'} fallback={<AddBox of={props} middle={middle()} />}>
        <fieldset class="tools" aria-label={words.marks.brush}>
          <button type="button" aria-label={words.marks.thinner} disabled={brush() === 0} onClick={() => setBrush(brush() - 1)}>
            −
          </button>
          <output>{words.marks.thick(widthOf(brush(), props.size))}</output>
          <button
            type="button"
            aria-label={words.marks.thicker}
            disabled={brush() === BRUSHES.length - 1}
            onClick={() => setBrush(brush() + 1)}
          >
            +
          </button>
        </fieldset>
      </Show>
      <Show when={props.marks.length > 0}>
        <button type="button" onClick={() => props.change(props.marks.slice(0, -1))}>
          {words.marks.undo}
        </button>
        <button type="button" onClick={() => props.change([])}>
          {words.marks.clear}
        </button>
      </Show>
      <For each={props.marks}>
        {(mark, which) => (
          <Show when={!isStroke(mark)}>
            <button type="button" onClick={() => props.change(props.marks.toSpliced(which(), 1))}>
              {words.marks.remove(which() + 1)}
            </button>
          </Show>
        )}
      </For>
      <Show when={!roomIn(props)}>
        <span role="status">{words.marks.full}</span>
      </Show>
    </div>
  );
}

function AddBox(props: { readonly of: Marked & { readonly change: Change }; readonly middle: Region }): JSX.Element {
  return (
    <button type="button" disabled={!roomIn(props.of)} onClick={() => props.of.change([...props.of.marks, props.middle])}>
      {words.marks.add}
    </button>
  );
}
