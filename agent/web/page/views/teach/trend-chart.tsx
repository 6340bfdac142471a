/** Stored tags over time: dragging chooses a stretch; those that are marked are shown. */
import { createEffect, createMemo, For, type JSX, on, onCleanup, onMount } from 'solid-js';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { Lesson, TagTrend } from '../../api/types.ts';
import { looks } from '../../frame/looks.ts';
import type { Span } from '../../pieces/by-time.tsx';
import { momentOf, timeOf } from '../../pieces/times.ts';
import { words } from '../../words.ts';

const HEIGHT = 110;
/** Of a window of many tags the first ones: whoever marks a stretch looks whether the machine ran. */
const SHOWN = 6;
const DAY = 24 * 3600 * 1000;

interface TrendProps {
  readonly of: TagTrend;
  readonly span: Span;
  readonly marked: Lesson['stretches'];
  readonly chosen: Span | null;
  readonly choose: (span: Span) => void;
}

export function TrendChart(props: TrendProps): JSX.Element {
  return (
    <div class="trends">
      <For each={props.of.tags.slice(0, SHOWN)}>{(_, i) => <Tag {...props} index={i()} />}</For>
    </div>
  );
}

function Tag(props: TrendProps & { readonly index: number }): JSX.Element {
  let box: HTMLDivElement | undefined;
  let plot: uPlot | undefined;
  const tag = () => props.of.tags[props.index];
  // The lesson is told anew every second: whoever drags keeps the chart that he drags on.
  const marks = createMemo(() => props.marked.map(({ id }) => id).join());
  onMount(() => {
    const draw = () => {
      plot?.destroy();
      const seconds = props.of.times.map((at) => at / 1000);
      if (box) plot = new uPlot(optionsOf(box, props), [seconds, [...(tag()?.values ?? [])]], box);
    };
    const watch = new ResizeObserver(() => plot?.setSize({ width: box?.clientWidth ?? 0, height: HEIGHT }));
    if (box) watch.observe(box);
    // A canvas has the colours, and the marks, that it was drawn with.
    createEffect(on([looks, () => props.of, marks, () => props.chosen], draw));
    onCleanup(() => {
      watch.disconnect();
      plot?.destroy();
    });
  });
  return (
    <figure>
      <figcaption>
        <b>{tag()?.tag}</b> <span class="soft">{words.teach.trend(momentOf(props.span.from), momentOf(props.span.to))}</span>
      </figcaption>
      <div ref={box} class="chart" aria-hidden="true" />
    </figure>
  );
}

function optionsOf(box: HTMLElement, props: TrendProps): uPlot.Options {
  const { color: stroke, borderTopColor } = getComputedStyle(box);
  const grid = { stroke: borderTopColor, width: 1 };
  const axis = { stroke, grid, ticks: grid, font: '12px system-ui' };
  const isLong = props.span.to - props.span.from > DAY;
  return {
    width: box.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    cursor: { x: false, y: false, points: { show: false }, drag: { x: true, y: false, setScale: false } },
    scales: { x: { time: false, range: [props.span.from / 1000, props.span.to / 1000] } },
    axes: [
      { ...axis, size: 28, space: 110, values: (_, all) => all.map((at) => (isLong ? momentOf(at * 1000) : timeOf(at * 1000))) },
      { ...axis, size: 56 },
    ],
    series: [{}, { stroke, width: 2, points: { show: false }, spanGaps: false }],
    hooks: {
      drawClear: [
        (plot) => {
          for (const span of [...props.marked, ...(props.chosen ? [props.chosen] : [])]) shade(plot, span, borderTopColor);
        },
      ],
      setSelect: [
        (plot) => {
          if (plot.select.width < 4) return;
          const at = (x: number) => plot.posToVal(x, 'x') * 1000;
          props.choose({ from: at(plot.select.left), to: at(plot.select.left + plot.select.width) });
        },
      ],
    },
  };
}

function shade(plot: uPlot, { from, to }: Span, colour: string): void {
  const [left, right] = [from, to].map((at) => plot.valToPos(at / 1000, 'x', true)) as [number, number];
  plot.ctx.save();
  plot.ctx.globalAlpha = 0.45;
  plot.ctx.fillStyle = colour;
  plot.ctx.fillRect(left, plot.bbox.top, Math.max(2, right - left), plot.bbox.height);
  plot.ctx.restore();
}
