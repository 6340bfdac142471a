/** A picture, and over the part of it that was looked at the heat map of whoever looked. */
import { createSignal, type JSX, Show } from 'solid-js';

export function Heated(props: {
  readonly picture: string;
  readonly alt: string;
  /** Address of a grey picture; null: nobody says where it looked. */
  readonly heat: string | null;
  /** x, y, width, height in pixels of the picture; null: all of it. */
  readonly region: readonly [number, number, number, number] | null;
  /** 0 to 100. */
  readonly strength: number;
}): JSX.Element {
  const [size, setSize] = createSignal<readonly [width: number, height: number]>([4, 3]);
  const percent = (part: number, of: number) => `${(100 * part) / of}%`;
  const place = () => {
    const [across, down] = size();
    const [x, y, width, height] = props.region ?? [0, 0, across, down];
    return { left: percent(x, across), top: percent(y, down), width: percent(width, across), height: percent(height, down) };
  };
  return (
    <div class="layers heated" style={{ 'aspect-ratio': `${size()[0]} / ${size()[1]}` }}>
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
    </div>
  );
}
