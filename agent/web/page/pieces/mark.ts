/** A place on a picture that is bad, in its pixels: a box, or what a round brush was led over. Pure. */
import { isRegion, type Region, type Size } from './region.ts';

export type Point = readonly [x: number, y: number];
export interface Stroke {
  readonly width: number;
  readonly points: readonly [Point, ...Point[]];
}
export type Mark = Region | Stroke;

/** As the API takes them: marks on a part, on the pictures of all its cameras together; points of a stroke, and of all strokes. */
export const MOST_MARKS = 50;
export const MOST_POINTS = 200;
const MOST_POINTS_TOGETHER = 2000;

export const isStroke = (mark: Mark): mark is Stroke => 'points' in mark;

/** Of what comes from outside of this page's life. */
export const isMark = (of: unknown): of is Mark =>
  isRegion(of) ||
  (typeof of === 'object' && of !== null && 'width' in of && typeof of.width === 'number' && 'points' in of && arePoints(of.points));
const arePoints = (of: unknown): boolean =>
  Array.isArray(of) && of.length > 0 && of.every((point) => Array.isArray(point) && point.length === 2 && point.every(Number.isFinite));

/** There is room for one more of so many points; `marks`: all of the part. */
export const hasRoom = (marks: readonly Mark[], points = 1): boolean =>
  marks.length < MOST_MARKS &&
  marks.reduce((sum, mark) => sum + (isStroke(mark) ? mark.points.length : 0), 0) + points <= MOST_POINTS_TOGETHER;

/** Of the brush, as shares of the picture's longer side. */
export const BRUSHES = [0.01, 0.02, 0.04, 0.08, 0.16] as const;
export const widthOf = (brush: number, [across, down]: Size): number =>
  Math.max(1, Math.round((BRUSHES[brush] ?? 0.04) * Math.max(across, down)));

/** Whole pixels, on the picture. */
const onPicture = ([x, y]: Point, [across, down]: Size): Point => [
  Math.min(across, Math.max(0, Math.round(x))),
  Math.min(down, Math.max(0, Math.round(y))),
];

export const begunAt = (width: number, at: Point, size: Size): Stroke => ({ width, points: [onPicture(at, size)] });

/** The stroke led on to there; the same where that is no way from where it ends. */
export function ledTo(stroke: Stroke, at: Point, size: Size): Stroke {
  const there = onPicture(at, size);
  const end = endOf(stroke);
  if (Math.hypot(there[0] - end[0], there[1] - end[1]) < Math.max(1, stroke.width / 6)) return stroke;
  return { ...stroke, points: [...stroke.points, there] };
}

export const endOf = ({ points }: Stroke): Point => points.at(-1) ?? points[0];

/** For the `d` of a path in SVG. */
export const pathOf = ({ points }: Stroke): string =>
  `M${points.map((point) => point.join(' ')).join('L')}${points.length === 1 ? 'z' : ''}`;
