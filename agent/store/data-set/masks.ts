/** What was painted on a picture, as pixels: in one piece what hangs together, as COCO has it in run lengths and as a mask. Pure. */
import { isStroke, type Mark, type Point, type Region } from '../../contracts/index.ts';

/** Pixels of a column that are marked, `to` not included. */
interface Run {
  readonly x: number;
  readonly from: number;
  readonly to: number;
}

export interface Piece {
  readonly region: Region;
  readonly area: number;
  /** Uncompressed RLE: pixels in columns, as many that are not marked, that are, that are not, and so on. */
  readonly segmentation: { readonly size: readonly [height: number, width: number]; readonly counts: readonly number[] };
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** [height, width], 255 where it is marked: where the middle of a pixel is. */
export function maskOf(marks: readonly Mark[], size: Size): Uint8Array {
  const mask = new Uint8Array(size.width * size.height);
  for (const mark of marks) {
    if (!isStroke(mark)) fill(mask, size, [mark[1], mark[1] + mark[3]], () => [mark[0], mark[0] + mark[2]]);
    else
      for (const [i, to] of mark.points.entries())
        fill(mask, size, ...capsule(mark.points[Math.max(0, i - 1)] ?? to, to, Math.max(0, mark.width / 2)));
  }
  return mask;
}

type Span = readonly [from: number, to: number];

/** Row by row what lies between two ends: however thick the brush is, a row is one step. */
function fill(mask: Uint8Array, { width, height }: Size, [top, bottom]: Span, across: (y: number) => Span): void {
  const pixels = (from: number, to: number, most: number): Span => [
    Math.max(0, Math.ceil(from - 0.5)),
    Math.min(most, Math.ceil(to - 0.5)),
  ];
  const [first, last] = pixels(top, bottom, height);
  for (let y = first; y < last; y++) {
    const [from, to] = pixels(...across(y + 0.5), width);
    if (to > from) mask.fill(255, y * width + from, y * width + to);
  }
}

/** Of a round brush led straight from `a` to `b`: its rows, and the span of each. */
function capsule(a: Point, b: Point, radius: number): readonly [Span, (y: number) => Span] {
  const length = Math.hypot(b[0] - a[0], b[1] - a[1]) || 1;
  const [right, down] = [(-(b[1] - a[1]) / length) * radius, ((b[0] - a[0]) / length) * radius];
  const aside = (to: Point, way: number): Point => [to[0] + way * right, to[1] + way * down];
  const corners = [aside(a, 1), aside(b, 1), aside(b, -1), aside(a, -1)] as const;
  const across = (y: number): Span => {
    const found = corners.flatMap((corner, i) => crossing(corner, corners[(i + 1) % 4] ?? corner, y));
    for (const [x, middle] of [a, b]) {
      const half = Math.sqrt(radius ** 2 - (y - middle) ** 2);
      if (half >= 0) found.push(x - half, x + half);
    }
    return [Math.min(...found), Math.max(...found)];
  };
  return [[Math.min(a[1], b[1]) - radius, Math.max(a[1], b[1]) + radius], across];
}

function crossing([ax, ay]: Point, [bx, by]: Point, y: number): readonly number[] {
  return ay === by || y < Math.min(ay, by) || y > Math.max(ay, by) ? [] : [ax + ((bx - ax) * (y - ay)) / (by - ay)];
}

/** Those that touch, corners included, are one piece. */
export function piecesIn(mask: Uint8Array, { width, height }: Size): readonly Piece[] {
  return togetherOf(runsIn(mask, width, height)).map((runs) => pieceOf(runs, width, height));
}

function runsIn(mask: Uint8Array, width: number, height: number): readonly Run[] {
  const runs: Run[] = [];
  for (let x = 0; x < width; x++)
    for (let y = 0; y < height; y++) {
      const from = y;
      while (y < height && mask[y * width + x] !== 0) y++;
      if (y > from) runs.push({ x, from, to: y });
    }
  return runs;
}

/** By columns: a run hangs together with those of the column before that it touches. */
function togetherOf(runs: readonly Run[]): readonly (readonly Run[])[] {
  const first = runs.map((_, i) => i);
  const rootOf = (i: number): number => {
    let root = i;
    while (first[root] !== root) root = first[root] ?? root;
    first[i] = root;
    return root;
  };
  let before = 0;
  for (const [i, { x, from, to }] of runs.entries()) {
    while ((runs[before]?.x ?? x) < x - 1) before++;
    for (let j = before; (runs[j]?.x ?? x) < x; j++) {
      const other = runs[j] as Run;
      if (other.from <= to && from <= other.to) join(first, rootOf(i), rootOf(j));
    }
  }
  const pieces = new Map<number, Run[]>();
  for (const [i, run] of runs.entries()) {
    const root = rootOf(i);
    const piece = pieces.get(root);
    if (piece) piece.push(run);
    else pieces.set(root, [run]);
  }
  return [...pieces.values()];
}

function join(first: number[], a: number, b: number): void {
  first[Math.max(a, b)] = Math.min(a, b);
}

function pieceOf(runs: readonly Run[], width: number, height: number): Piece {
  const [left, right] = [runs[0]?.x ?? 0, runs.at(-1)?.x ?? 0];
  const top = runs.reduce((least, { from }) => Math.min(least, from), height);
  const bottom = runs.reduce((most, { to }) => Math.max(most, to), 0);
  const counts: number[] = [];
  let at = 0;
  for (const { x, from, to } of runs) {
    const [begin, end] = [x * height + from, x * height + to];
    // From the end of a column to the begin of the next there is nothing between.
    if (begin === at && counts.length > 0) counts.push((counts.pop() ?? 0) + end - begin);
    else counts.push(begin - at, end - begin);
    at = end;
  }
  if (at < width * height) counts.push(width * height - at);
  return {
    region: [left, top, right - left + 1, bottom - top],
    area: runs.reduce((sum, { from, to }) => sum + to - from, 0),
    segmentation: { size: [height, width], counts },
  };
}
