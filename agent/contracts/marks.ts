/** Where people say that a part is bad: boxes, and strokes of a brush, on a picture and in its pixels. Pure. */
import type { Region } from './models.ts';

export type Point = readonly [x: number, y: number];

/** What a round brush covers that is led from point to point; one point is a dot. */
export interface Stroke {
  /** Of the brush. */
  readonly width: number;
  readonly points: readonly Point[];
}
export type Mark = Region | Stroke;

/** Points of one stroke, of all strokes on a part, and marks on it: what is drawn with a finger needs fewer. */
export const MOST_POINTS = 200;
export const MOST_POINTS_TOGETHER = 2000;
export const MOST_MARKS = 50;

export const isStroke = (mark: Mark): mark is Stroke => 'points' in mark;
export const pointsOf = (marks: readonly Mark[]): number => marks.reduce((sum, mark) => sum + (isStroke(mark) ? mark.points.length : 0), 0);

/** The box around it, in whole pixels; what lies left of the picture, or above it, is none of it. */
export function boundsOf(mark: Mark): Region {
  if (!isStroke(mark)) return mark;
  const along = (axis: 0 | 1): readonly [number, number] => {
    const all = mark.points.map((point) => point[axis]);
    const from = Math.max(0, Math.floor(Math.min(...all) - mark.width / 2));
    return [from, Math.max(from + 1, Math.ceil(Math.max(...all) + mark.width / 2)) - from];
  };
  const [[x, width], [y, height]] = [along(0), along(1)];
  return [x, y, width, height];
}

export function isWithin(mark: Mark, x: number, y: number): boolean {
  if (isStroke(mark)) return isPainted(mark, x, y);
  const [left, top, width, height] = mark;
  return x >= left && x < left + width && y >= top && y < top + height;
}

function isPainted({ width, points }: Stroke, x: number, y: number): boolean {
  const reach = (width / 2) ** 2;
  return points.some((point, i) => squaredTo(points[Math.max(0, i - 1)] ?? point, point, x, y) <= reach);
}

/** From a place to the nearest one of a line. */
function squaredTo([ax, ay]: Point, [bx, by]: Point, x: number, y: number): number {
  const [dx, dy] = [bx - ax, by - ay];
  const length = dx * dx + dy * dy;
  const along = length === 0 ? 0 : Math.min(1, Math.max(0, ((x - ax) * dx + (y - ay) * dy) / length));
  return (x - ax - along * dx) ** 2 + (y - ay - along * dy) ** 2;
}
