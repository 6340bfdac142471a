/** The tags before the trigger as small charts, those that drove the model first. Loaded only for a part that has a window. */
import { createEffect, For, type JSX, on, onCleanup, onMount } from 'solid-js';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { WholeInspection } from '../../api/types.ts';
import { looks } from '../../frame/looks.ts';
import { words } from '../../words.ts';
import { type Series, seriesOf } from './series.ts';

const HEIGHT = 120;

export function Window(props: { readonly of: WholeInspection }): JSX.Element {
  return (
    <section class="panel stack" aria-label={words.part.window}>
      <h2>{words.part.window}</h2>
      <div class="charts">
        <For each={seriesOf(props.of)}>{(series) => <Chart of={series} />}</For>
      </div>
    </section>
  );
}

function Chart(props: { readonly of: Series }): JSX.Element {
  let box: HTMLDivElement | undefined;
  let plot: uPlot | undefined;
  onMount(() => {
    const draw = () => {
      plot?.destroy();
      if (box) plot = new uPlot(optionsOf(box), [[...props.of.seconds], [...props.of.values]], box);
    };
    const watch = new ResizeObserver(() => plot?.setSize({ width: box?.clientWidth ?? 0, height: HEIGHT }));
    if (box) watch.observe(box);
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    scheme.addEventListener('change', draw);
    // A canvas has the colours that it was drawn with.
    createEffect(on([looks, () => props.of], draw));
    onCleanup(() => {
      watch.disconnect();
      scheme.removeEventListener('change', draw);
      plot?.destroy();
    });
  });
  return (
    <figure>
      <figcaption>
        <b>{props.of.tag}</b> <span class="soft">{captionOf(props.of)}</span>
      </figcaption>
      <div ref={box} class="chart" aria-hidden="true" />
    </figure>
  );
}

function captionOf({ unit, least, most, last, share }: Series): string {
  const figures = least === null || most === null ? words.part.noValues : words.part.between(least, most, last, unit);
  return share === null ? figures : `${figures} · ${words.part.share(share)}`;
}

function optionsOf(box: HTMLElement): uPlot.Options {
  const stroke = getComputedStyle(box).color;
  const grid = { stroke: getComputedStyle(box).borderTopColor, width: 1 };
  const axis = { stroke, grid, ticks: grid, font: '12px system-ui' };
  return {
    width: box.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    scales: { x: { time: false } },
    axes: [
      { ...axis, size: 28, values: (_, seconds) => seconds.map((at) => `${at} s`) },
      { ...axis, size: 56 },
    ],
    series: [{}, { stroke, width: 2, points: { show: false }, spanGaps: false }],
  };
}
