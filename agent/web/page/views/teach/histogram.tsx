/** Scores of held-out parts: good ones upward, bad ones downward, so that no colour is needed to tell them. */
import { For, type JSX } from 'solid-js';
import { words } from '../../words.ts';

const BINS = 40;
/** The limits stand the highest first. */
const STEPS: Readonly<Record<string, number>> = { ArrowLeft: 1, ArrowDown: 1, ArrowRight: -1, ArrowUp: -1 };
const [WIDTH, HALF] = [400, 60];

function binned(scores: readonly number[]): readonly number[] {
  const bins = Array.from({ length: BINS }, () => 0);
  for (const score of scores) {
    const bin = Math.min(BINS - 1, Math.max(0, Math.floor(score * BINS)));
    bins[bin] = (bins[bin] ?? 0) + 1;
  }
  return bins;
}

export function Histogram(props: {
  readonly good: readonly number[];
  readonly bad: readonly number[];
  readonly at: number;
  /** Where the handle is let go; the nearest limit that there is becomes the limit. */
  readonly set: (at: number) => void;
  /** One limit up or down. */
  readonly move: (by: number) => void;
}): JSX.Element {
  const most = () => Math.max(1, ...binned(props.good), ...binned(props.bad));
  const bars = (scores: readonly number[], up: boolean) =>
    binned(scores).map((count, bin) => {
      const height = (HALF * count) / most();
      return { x: (WIDTH * bin) / BINS, y: up ? HALF - height : HALF, height };
    });
  const press = (event: KeyboardEvent) => {
    const by = STEPS[event.key];
    if (by === undefined) return;
    event.preventDefault();
    props.move(by);
  };
  return (
    <div class="histogram">
      <svg
        viewBox={`0 0 ${WIDTH} ${2 * HALF}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={words.teach.histogram(props.good.length, props.bad.length, props.at.toFixed(3))}
      >
        <For each={bars(props.good, true)}>
          {({ x, y, height }) => <rect class="good" x={x + 1} y={y} width={WIDTH / BINS - 2} height={height} />}
        </For>
        <For each={bars(props.bad, false)}>
          {({ x, y, height }) => <rect class="wrong" x={x + 1} y={y} width={WIDTH / BINS - 2} height={height} />}
        </For>
        <line class="base" x1="0" x2={WIDTH} y1={HALF} y2={HALF} />
        <line class="limit" x1={WIDTH * props.at} x2={WIDTH * props.at} y1="0" y2={2 * HALF} />
      </svg>
      <input
        type="range"
        class="handle"
        aria-label={words.teach.limit}
        aria-valuetext={props.at.toFixed(3)}
        min={0}
        max={1}
        step={0.001}
        value={props.at}
        onInput={(event) => {
          props.set(event.currentTarget.valueAsNumber);
          // It stands where a limit is.
          event.currentTarget.value = String(props.at);
        }}
        onKeyDown={press}
      />
    </div>
  );
}
