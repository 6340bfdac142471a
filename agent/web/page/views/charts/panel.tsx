/** The points of one panel with its limits; what is out of control has a shape of its own. */
import { createEffect, type JSX, on, onCleanup, onMount } from 'solid-js';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { ChartDetail } from '../../api/types.ts';
import { looks } from '../../frame/looks.ts';
import { momentOf, timeOf } from '../../pieces/times.ts';
import { words } from '../../words.ts';
import { figure } from './standing.tsx';

const HEIGHT = { first: 240, other: 150 } as const;
const ABOVE = 2;

export function Panel(props: { readonly of: ChartDetail; readonly index: number }): JSX.Element {
  let box: HTMLDivElement | undefined;
  let plot: uPlot | undefined;
  const height = () => (props.index === 0 ? HEIGHT.first : HEIGHT.other);
  const limits = () => props.of.state.limits?.[props.index] ?? null;
  const name = () => props.of.panels[props.index] ?? '';
  onMount(() => {
    const draw = () => {
      plot?.destroy();
      if (box) plot = new uPlot(optionsOf(box, props, height()), dataOf(props), box);
    };
    const watch = new ResizeObserver(() => plot?.setSize({ width: box?.clientWidth ?? 0, height: height() }));
    if (box) watch.observe(box);
    // A canvas has the colours that it was drawn with.
    createEffect(on([looks, () => props.of], draw));
    onCleanup(() => {
      watch.disconnect();
      plot?.destroy();
    });
  });
  return (
    <figure>
      <figcaption>
        <b>{words.charts.panels[name()] ?? name()}</b>{' '}
        <span class="soft">
          {limits() === null
            ? words.charts.noLimits
            : words.charts.limits(
                figure(limits()?.lower ?? 0),
                figure(limits()?.center ?? 0),
                figure(limits()?.upper ?? 0),
                props.of.state.phase,
              )}
        </span>
      </figcaption>
      <div ref={box} class="control-chart" style={{ height: `${height()}px` }} aria-hidden="true" />
    </figure>
  );
}

interface Drawn {
  readonly of: ChartDetail;
  readonly index: number;
}

function dataOf({ of: { points }, index }: Drawn): uPlot.AlignedData {
  return [points.map((_, n) => n), points.map(({ values }) => values[index] ?? null)];
}

function optionsOf(box: HTMLElement, { of, index }: Drawn, height: number): uPlot.Options {
  const style = getComputedStyle(box);
  const { color: stroke, borderTopColor } = style;
  const grid = { stroke: borderTopColor, width: 1 };
  const axis = { stroke, grid, ticks: grid, font: '12px system-ui' };
  const { points, state } = of;
  const limits = state.limits?.[index] ?? null;
  const [first = 0, last = 0] = [points[0]?.at, points.at(-1)?.at];
  const isLong = last - first > 12 * 3_600_000;
  const at = (n: number) => {
    const point = points[Math.round(n)];
    if (!point || !Number.isInteger(n)) return '';
    return isLong ? momentOf(point.at) : timeOf(point.at);
  };
  return {
    width: box.clientWidth,
    height,
    legend: { show: false },
    cursor: { show: false },
    scales: { x: { time: false }, y: { range: (_, low, high) => rangeOf(low, high, limits) } },
    axes: [
      { ...axis, size: 28, space: 110, values: (_, all) => all.map(at) },
      { ...axis, size: 64, values: (_, all) => all.map(figure) },
    ],
    series: [{}, { stroke, width: 1, points: { show: true, size: 5, stroke, fill: stroke }, spanGaps: false }],
    hooks: {
      drawClear: [(plot) => since(plot, of, borderTopColor)],
      draw: [
        (plot) => {
          if (limits) lines(plot, limits, { colour: stroke, isSure: state.phase === 'watching' });
          if (index === 0) triangles(plot, of, style.getPropertyValue('--nok'));
        },
      ],
    },
  };
}

type Limits = NonNullable<ChartDetail['state']['limits']>[number];

/** The limits are always in sight. */
function rangeOf(low: number | null, high: number | null, limits: Limits | null): [number, number] {
  const ends = [low, high, limits?.lower, limits?.upper].flatMap((end) => (typeof end === 'number' && Number.isFinite(end) ? [end] : []));
  const [least, most] = [Math.min(...ends), Math.max(...ends)];
  const room = (most - least || Math.abs(most) || 1) * 0.08;
  return ends.length === 0 ? [0, 1] : [least - room, most + room];
}

function lines(
  plot: uPlot,
  { lower, center, upper }: Limits,
  { colour, isSure }: { readonly colour: string; readonly isSure: boolean },
): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.strokeStyle = colour;
  for (const [value, dash, width] of [
    [lower, isSure ? [10, 6] : [2, 6], 2],
    [center, [], 1],
    [upper, isSure ? [10, 6] : [2, 6], 2],
  ] as const) {
    const y = plot.valToPos(value, 'y', true);
    ctx.lineWidth = width;
    ctx.setLineDash([...dash]);
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
  }
  ctx.restore();
}

function triangles(plot: uPlot, { points }: ChartDetail, colour: string): void {
  const { ctx } = plot;
  const side = 7 * devicePixelRatio;
  ctx.save();
  ctx.fillStyle = colour;
  for (const [n, point] of points.entries()) {
    const [value] = point.values;
    if (point.rule === '' || value === undefined) continue;
    const [x, y] = [plot.valToPos(n, 'x', true), plot.valToPos(value, 'y', true)];
    ctx.beginPath();
    ctx.moveTo(x, y - side);
    ctx.lineTo(x + side, y + side);
    ctx.lineTo(x - side, y + side);
    ctx.fill();
  }
  ctx.restore();
}

/** From the part on that is to be looked at, and where the process has most likely changed. */
function since(plot: uPlot, { points, state: { signal } }: ChartDetail, colour: string): void {
  if (!signal) return;
  const { ctx, bbox } = plot;
  const place = (sequence: number) => points.findIndex((point) => point.sequence >= sequence);
  const from = place((signal.from ?? signal.since).sequence);
  if (from < 0) return;
  ctx.save();
  ctx.globalAlpha = 0.45;
  ctx.fillStyle = colour;
  const left = plot.valToPos(from, 'x', true);
  ctx.fillRect(left, bbox.top, Math.max(ABOVE, bbox.left + bbox.width - left), bbox.height);
  ctx.restore();
}
