/** A part of a picture, in its pixels. Pure. */
export type Region = readonly [x: number, y: number, width: number, height: number];
export type Size = readonly [width: number, height: number];

/** Of what comes from outside of this page's life. */
export const isRegion = (of: unknown): of is Region => Array.isArray(of) && of.length === 4 && of.every((side) => Number.isInteger(side));

/** Pixels each way that are taught, at least. */
export const LEAST = 16;

/** Whole pixels, inside of the picture, and each way no fewer than `least`. */
export function within([x, y, width, height]: Region, [across, down]: Size, least: number = LEAST): Region {
  const side = (length: number, most: number) => Math.min(most, Math.max(Math.min(least, most), Math.round(length)));
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

const KEYS: Readonly<Record<string, readonly [right: number, down: number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** After an arrow key: one step over, with Shift one step larger or smaller; null: another key. It may lie outside, see within(). */
export function moved([x, y, width, height]: Region, size: Size, key: string, shift: boolean): Region | null {
  const [right, down] = KEYS[key] ?? [0, 0];
  if (right === 0 && down === 0) return null;
  const [by, over] = [right * stepOf(size[0]), down * stepOf(size[1])];
  return shift ? [x, y, width + by, height + over] : [x + by, y + over, width, height];
}

/** Where on a picture of this size, in its pixels, a pointer is that points at how it is shown. */
export function pointAt(shown: Element | undefined, { clientX, clientY }: PointerEvent, size: Size): readonly [x: number, y: number] {
  const { left, top, width, height } = shown?.getBoundingClientRect() ?? new DOMRect(0, 0, 1, 1);
  return [((clientX - left) / width) * size[0], ((clientY - top) / height) * size[1]];
}

/** How it lies over the picture, for CSS. */
export const laidOver = ([x, y, width, height]: Region, [across, down]: Size) => ({
  left: `${(100 * x) / across}%`,
  top: `${(100 * y) / down}%`,
  width: `${(100 * width) / across}%`,
  height: `${(100 * height) / down}%`,
});

/** Of what holds a picture: as wide as there is room, and no higher than the screen allows (`.shaped`): else something laid over it would lie elsewhere. */
export const shaped = ([across, down]: Size) => ({ 'aspect-ratio': `${across} / ${down}`, '--ratio': String(across / down) });

/** One step of a button or a key: a hundredth of the picture, and a pixel at least. */
export const stepOf = (length: number): number => Math.max(1, Math.round(length / 100));

/** One of its four numbers is another. */
export const withNumber = (region: Region, which: number, value: number): Region => {
  const [x, y, width, height] = region.map((own, i) => (i === which ? value : own)) as [number, number, number, number];
  return [x, y, width, height];
};
