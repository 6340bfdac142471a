/** A heat map in an event: where it peaks, and what a screen can lay over the picture. The map itself is kept as a picture. */
import type { HeatMap } from '../contracts/index.ts';
import type { FindingPayload } from './schemas.ts';

type Payload = NonNullable<FindingPayload['heatmap']>;

/** Cells of the coarse map, each way, at most. */
const CELLS = 8;

export function heatMapPayload(map: HeatMap): Payload {
  const { region, picture } = map;
  return {
    ...peakOf(map),
    ...(region ? { region: [...region] } : {}),
    grid: gridOf(map),
    ...(picture === undefined ? {} : { picture }),
  };
}

/** The middle of the highest cell, in pixels of the frame where the map knows what it covers. */
export function peakOf({ values, width, height, region }: HeatMap): Pick<Payload, 'x' | 'y' | 'unit' | 'value'> {
  let peak = 0;
  for (let i = 1; i < values.length; i++) if ((values[i] ?? 0) > (values[peak] ?? 0)) peak = i;
  const [left, top, across, down] = region ?? [0, 0, 1, 1];
  const digits = region ? 10 : 1e4;
  return {
    x: round(left + (((peak % width) + 0.5) / width) * across, digits),
    y: round(top + ((Math.floor(peak / width) + 0.5) / height) * down, digits),
    unit: region ? 'pixel' : 'fraction',
    value: round((values[peak] ?? 0) / 255, 1000),
  };
}

/** Of each cell the highest value: a mean would let a small defect fade. */
function gridOf({ values, width, height }: HeatMap): NonNullable<Payload['grid']> {
  const [columns, rows] = [Math.min(CELLS, width), Math.min(CELLS, height)];
  const cells = new Uint8Array(columns * rows);
  for (let i = 0; i < values.length; i++) {
    const column = Math.floor(((i % width) * columns) / width);
    const cell = Math.floor((Math.floor(i / width) * rows) / height) * columns + column;
    cells[cell] = Math.max(cells[cell] ?? 0, values[i] ?? 0);
  }
  return { columns, rows, values: Array.from(cells, (value) => round(value / 255, 100)) };
}

const round = (value: number, factor: number): number => Math.round(value * factor) / factor;
