/** A picture, and over the part of it that was looked at the heat map of whoever looked. */
import { createSignal, type JSX, Show } from 'solid-js';
import type { Mark } from './mark.ts';
import { Marks } from './marks.tsx';
import { laidOver, type Region, type Size, shaped } from './region.ts';

export function Heated(props: {
  readonly picture: string;
  readonly alt: string;
  /** Address of a grey picture; null: nobody says where it looked. */
  readonly heat: string | null;
  /** x, y, width, height in pixels of the picture; null: all of it. */
  readonly region: Region | null;
  /** 0 to 100. */
  readonly strength: number;
  /** Where somebody marked it as bad. */
  readonly marks?: readonly Mark[];
}): JSX.Element {
  const [size, setSize] = createSignal<Size>([4, 3]);
  const place = () => laidOver(props.region ?? [0, 0, ...size()], size());
  return (
    <div class="layers shaped heated" style={shaped(size())}>
      <img
        src={props.picture}
        alt={props.alt}
        loading="lazy"
        onLoad={({ currentTarget: { naturalWidth, naturalHeight } }) => setSize([naturalWidth || 4, naturalHeight || 3])}
      />
      <Show when={props.heat}>
        {(heat) => (
          <span
            class="heat"
            style={{
              ...place(),
              'mask-image': `url("${heat()}")`,
              '-webkit-mask-image': `url("${heat()}")`,
              opacity: props.strength / 100,
            }}
          />
        )}
      </Show>
      <Show when={props.marks}>{(marks) => <Marks size={size()} marks={marks()} />}</Show>
    </div>
  );
}
