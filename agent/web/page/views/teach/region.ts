/** A part of a picture, in its pixels. Pure. */
export type Region = readonly [x: number, y: number, width: number, height: number];
export type Size = readonly [width: number, height: number];

/** Pixels each way, at least. */
export const LEAST = 16;

/** Whole pixels, inside of the picture, and no smaller than it may be. */
export function within([x, y, width, height]: Region, [across, down]: Size): Region {
  const side = (length: number, most: number) => Math.min(most, Math.max(Math.min(LEAST, most), Math.round(length)));
  const start = (at: number, length: number, most: number) => Math.min(most - length, Math.max(0, Math.round(at)));
  const [w, h] = [side(width, across), side(height, down)];
  return [start(x, w, across), start(y, h, down), w, h];
}

/** Between two corners, whichever comes first. */
export const between = ([ax, ay]: readonly [number, number], [bx, by]: readonly [number, number]): Region => [
  Math.min(ax, bx),
  Math.min(ay, by),
  Math.abs(ax - bx),
  Math.abs(ay - by),
];

/** One step of a button or a key: a hundredth of the picture, and a pixel at least. */
export const stepOf = (length: number): number => Math.max(1, Math.round(length / 100));

/** One of its four numbers is another. */
export const withNumber = (region: Region, which: number, value: number): Region => {
  const [x, y, width, height] = region.map((own, i) => (i === which ? value : own)) as [number, number, number, number];
  return [x, y, width, height];
};
