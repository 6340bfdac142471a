/** Where on the picture the part is, chosen on the live picture; and ten live parts laid over each other, to see whether it always lies the same way. */
import { createMemo, createSignal, For, type JSX, Show } from 'solid-js';
import { API } from '../../api/ask.ts';
import { question } from '../../api/question.ts';
import type { LiveParts as Parts } from '../../api/types.ts';
import { Each } from '../../pieces/each.tsx';
import { Known } from '../../pieces/known.tsx';
import { between, LEAST, laidOver, moved, pointAt, type Region, type Size, stepOf, within, withNumber } from '../../pieces/region.ts';
import { words } from '../../words.ts';

const EVERY = 1000;
const OVER = 10;

interface Choice {
  /** undefined: nobody has touched it. */
  readonly region: Region | null | undefined;
  readonly set: (region: Region | null) => void;
}

export function LiveParts(props: Choice & { readonly station: string; readonly model: string }): JSX.Element {
  const parts = question<Parts>(
    () => `/teach/live?station=${encodeURIComponent(props.station)}&model=${encodeURIComponent(props.model)}`,
    EVERY,
  );
  return (
    <Known of={parts}>
      {(known) => (
        <div class="live-parts">
          <WithSize of={known()} region={props.region} set={props.set} />
          <Over of={known()} />
        </div>
      )}
    </Known>
  );
}

const addressOf = (id: string): string => `${API}/teach/live/${id}`;

function WithSize(props: Choice & { readonly of: Parts }): JSX.Element {
  const size = (): Size | null => (props.of.width === null || props.of.height === null ? null : [props.of.width, props.of.height]);
  return (
    <section class="stack" aria-label={words.teach.region}>
      <h3>{words.teach.region}</h3>
      <Show when={size()} fallback={<p class="soft">{words.teach.noPartYet}</p>}>
        {(known) => <RegionOn of={props.of} size={known()} region={props.region} set={props.set} />}
      </Show>
    </section>
  );
}

function RegionOn(props: Choice & { readonly of: Parts; readonly size: Size }): JSX.Element {
  const chosen = () => (props.region === undefined ? props.of.region : props.region);
  // The same four numbers are the same region: else what is being typed would be gone with every picture that comes.
  const shown = createMemo((): Region => chosen() ?? [0, 0, props.size[0], props.size[1]], undefined, {
    equals: (before, after) => before.every((value, i) => value === after[i]),
  });
  const change = (region: Region) => props.set(within(region, props.size));
  return (
    <>
      <Picture newest={props.of.pictures[0]?.id} size={props.size} shown={shown()} change={change} />
      <p class="count" role="status">
        {chosen() === null ? words.teach.wholePicture(...props.size) : words.teach.regionIs(shown(), props.size)}
      </p>
      <Numbers shown={shown()} size={props.size} change={change} />
      <p>
        <button type="button" disabled={chosen() === null} onClick={() => props.set(null)}>
          {words.teach.allOfIt}
        </button>
      </p>
    </>
  );
}

interface Shown {
  readonly size: Size;
  readonly shown: Region;
  readonly change: (region: Region) => void;
}

/** Drawn with a finger or a mouse; the frame takes the arrow keys, with Shift for its size. */
function Picture(props: Shown & { readonly newest: string | undefined }): JSX.Element {
  const [from, setFrom] = createSignal<readonly [number, number]>();
  let box: HTMLDivElement | undefined;
  const at = (event: PointerEvent) => pointAt(box, event, props.size);
  const begin = (event: PointerEvent) => {
    box?.setPointerCapture(event.pointerId);
    setFrom(at(event));
  };
  const drag = (event: PointerEvent) => {
    const start = from();
    const drawn = start && between(start, at(event));
    // A touch that does not move draws nothing.
    if (drawn && drawn[2] >= LEAST && drawn[3] >= LEAST) props.change(drawn);
  };
  const press = (event: KeyboardEvent) => {
    const next = moved(props.shown, props.size, event.key, event.shiftKey);
    if (!next) return;
    event.preventDefault();
    props.change(next);
  };
  return (
    <div
      ref={box}
      class="layers region"
      style={{ 'aspect-ratio': `${props.size[0]} / ${props.size[1]}` }}
      onPointerDown={begin}
      onPointerMove={drag}
      onPointerUp={() => setFrom(undefined)}
      onPointerCancel={() => setFrom(undefined)}
    >
      <Show when={props.newest}>{(id) => <img src={addressOf(id())} alt={words.teach.livePart} draggable={false} />}</Show>
      <button type="button" class="frame" aria-label={words.teach.frame} style={laidOver(props.shown, props.size)} onKeyDown={press} />
    </div>
  );
}

/** For gloves and for whoever knows the pixels. */
function Numbers(props: Shown): JSX.Element {
  const length = (which: number) => props.size[which % 2] ?? 1;
  const put = (which: number, value: number) => {
    if (Number.isFinite(value)) props.change(withNumber(props.shown, which, value));
  };
  return (
    <div class="region-numbers">
      <For each={words.teach.regionNumbers}>
        {(name, which) => (
          <fieldset class="touches" aria-label={name}>
            <span>{name}</span>
            <button
              type="button"
              aria-label={words.teach.less(name)}
              onClick={() => put(which(), (props.shown[which()] ?? 0) - stepOf(length(which())))}
            >
              −
            </button>
            <input
              type="number"
              inputmode="numeric"
              aria-label={words.teach.pixels(name)}
              min={0}
              max={length(which())}
              value={props.shown[which()]}
              onChange={(event) => put(which(), event.currentTarget.valueAsNumber)}
              onKeyDown={(event) => {
                // In a form Enter would begin to collect: here it is the end of a number.
                if (event.key !== 'Enter') return;
                event.preventDefault();
                event.currentTarget.blur();
              }}
            />
            <button
              type="button"
              aria-label={words.teach.moreOf(name)}
              onClick={() => put(which(), (props.shown[which()] ?? 0) + stepOf(length(which())))}
            >
              +
            </button>
          </fieldset>
        )}
      </For>
    </div>
  );
}

/** Each weighs as much as every other: the first is whole, the second half, the third a third of what is seen. */
function Over(props: { readonly of: Parts }): JSX.Element {
  return (
    <section class="stack" aria-label={words.teach.sameWay}>
      <h3>{words.teach.sameWay}</h3>
      <div
        class="layers"
        role="img"
        aria-label={words.teach.laidOver(props.of.pictures.length)}
        style={{ 'aspect-ratio': `${props.of.width ?? 4} / ${props.of.height ?? 3}` }}
      >
        <Each of={props.of.pictures} by={({ id }) => id}>
          {(one, i) => <img src={addressOf(one().id)} alt="" style={{ opacity: 1 / (i() + 1) }} />}
        </Each>
      </div>
      <p class="count">{words.teach.over(props.of.pictures.length, OVER)}</p>
      <p class="soft">{words.teach.overMeans}</p>
    </section>
  );
}
