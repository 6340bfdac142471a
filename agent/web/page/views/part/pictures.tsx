/** The pictures that are kept of a part: each frame with its boxes, and its heat map laid over it as strongly as wanted. */
import { createSignal, For, type JSX, Show } from 'solid-js';
import { API } from '../../api/ask.ts';
import type { Finding, KeptPicture, LabelMark, WholeInspection } from '../../api/types.ts';
import type { Mark } from '../../pieces/mark.ts';
import { Marks, MarkTouches } from '../../pieces/marks.tsx';
import { score } from '../../pieces/numbers.ts';
import type { Size } from '../../pieces/region.ts';
import { Strength } from '../../pieces/strength.tsx';
import { words } from '../../words.ts';
import { labelMarkOf, markOf } from './labels.tsx';

interface Numbered extends KeptPicture {
  readonly address: string;
}

/** Places that people marked as bad. */
export interface Marking {
  readonly boxes: readonly LabelMark[];
  /** Absent: they are only shown. */
  readonly change?: ((boxes: readonly LabelMark[]) => void) | undefined;
}

export function Pictures(props: { readonly of: WholeInspection; readonly marking?: Marking | undefined }): JSX.Element {
  const [strength, setStrength] = createSignal(60);
  const all = (): readonly Numbered[] =>
    props.of.images.map((image, n) => ({ ...image, address: `${API}/inspections/${props.of.id}/pictures/${n}` }));
  const frames = () => all().filter(({ role }) => role === 'frame');
  const maps = () => all().filter(({ role }) => role === 'heatmap');
  return (
    <section class="panel stack" aria-label={words.part.pictures}>
      <For each={frames()}>
        {(frame) => (
          <Frame
            of={frame}
            maps={mapsOn(frame, maps(), props.of.findings)}
            findings={props.of.findings}
            strength={strength()}
            marking={props.marking}
          />
        )}
      </For>
      <For each={props.of.findings}>
        {({ model, found }) => (
          <Show when={found}>{(of) => <p class="soft">{words.part.foundAt(model, of().moved, of().likeness)}</p>}</Show>
        )}
      </For>
      <Show when={maps().length > 0}>
        <Strength value={strength()} set={setStrength} />
      </Show>
    </section>
  );
}

interface Laid {
  readonly address: string;
  /** x, y, width, height in pixels of the frame. */
  readonly over: readonly [number, number, number, number];
}

/**
 * Of the same camera: where the part was found; else over all of a frame of the same shape. A map of a cut out region would lie on the wrong
 * place.
 */
function mapsOn({ camera, width, height }: Numbered, maps: readonly Numbered[], findings: readonly Finding[]): readonly Laid[] {
  const isLike = (map: Numbered) => Math.abs(map.width / map.height - width / height) < 0.5 / map.height + 0.02;
  return maps
    .filter((map) => map.camera === camera)
    .flatMap((map) => {
      const found = findings.find(({ model }) => map.path.includes(`-${model.replaceAll(/[^\w.@-]/g, '_')}-heatmap`))?.found;
      if (found) return [{ address: map.address, over: found.region }];
      return isLike(map) ? [{ address: map.address, over: [0, 0, width, height] as const }] : [];
    });
}

function Frame(props: {
  readonly of: Numbered;
  readonly maps: readonly Laid[];
  readonly findings: readonly Finding[];
  readonly strength: number;
  readonly marking: Marking | undefined;
}): JSX.Element {
  const boxes = () => props.findings.flatMap(({ boxes: found }) => found ?? []);
  const size = (): Size => [props.of.width, props.of.height];
  const own = (marking: Marking) => marking.boxes.filter(({ camera }) => camera === props.of.camera);
  const marksIn = (marking: Marking | undefined): readonly Mark[] => (marking ? own(marking).map(markOf) : []);
  const others = (marking: Marking) => marking.boxes.filter(({ camera }) => camera !== props.of.camera);
  const elsewhere = (marking: Marking | undefined): readonly Mark[] => (marking ? others(marking).map(markOf) : []);
  const changeOf = (marking: Marking) => {
    const { change } = marking;
    if (!change) return undefined;
    return (marks: readonly Mark[]) => change([...others(marking), ...marks.map((mark) => labelMarkOf(props.of.camera, mark))]);
  };
  /** Its model's maps are laid on this frame. */
  const places = () => props.maps.map(({ over }) => over).filter(([, , width]) => width < props.of.width);
  const percent = (part: number, of: number) => `${(100 * part) / of}%`;
  return (
    <figure class="kept">
      <div class="layers" style={{ 'aspect-ratio': `${props.of.width} / ${props.of.height}` }}>
        <img src={props.of.address} alt={words.part.picture(props.of.camera)} width={props.of.width} height={props.of.height} />
        <For each={props.maps}>
          {(map) => (
            <span
              class="heat"
              style={{
                left: percent(map.over[0], props.of.width),
                top: percent(map.over[1], props.of.height),
                width: percent(map.over[2], props.of.width),
                height: percent(map.over[3], props.of.height),
                'mask-image': `url("${map.address}")`,
                '-webkit-mask-image': `url("${map.address}")`,
                opacity: props.strength / 100,
              }}
            />
          )}
        </For>
        <Show when={boxes().length > 0 || places().length > 0}>
          <svg viewBox={`0 0 ${props.of.width} ${props.of.height}`} aria-hidden="true">
            <For each={places()}>{([x, y, width, height]) => <rect x={x} y={y} width={width} height={height} />}</For>
            <For each={boxes()}>
              {({ label, score: sure, region: [x, y, width, height] }) => (
                <>
                  <rect x={x} y={y} width={width} height={height} />
                  <text x={x} y={Math.max(12, y - 3)}>
                    {label} {score(sure)}
                  </text>
                </>
              )}
            </For>
          </svg>
        </Show>
        <Show when={props.marking}>
          {(marking) => <Marks size={size()} marks={marksIn(marking())} elsewhere={elsewhere(marking())} change={changeOf(marking())} />}
        </Show>
      </div>
      <Show when={props.marking && changeOf(props.marking)}>
        {(change) => <MarkTouches size={size()} marks={marksIn(props.marking)} elsewhere={elsewhere(props.marking)} change={change()} />}
      </Show>
      <figcaption class="soft">
        {words.part.picture(props.of.camera)}, {props.of.width} × {props.of.height}
      </figcaption>
    </figure>
  );
}
