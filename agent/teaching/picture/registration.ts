/**
 * Finds a part that moved. A piece of a good picture, the reference, is held against every place of the field where the part may lie, by
 * normalised cross-correlation (J. P. Lewis, "Fast Normalized Cross-Correlation", Vision Interface 1995), which light and contrast do not
 * change: first on means of cells, then pixel by pixel around the best place, on means of smaller ones. Shift alone: a part that lies turned
 * is found less alike with each degree, and not at all beyond some. registration-network.ts does the same in the package's network. Pure.
 */

/** Where the reference lies in the picture that a network takes, in its pixels. What is cut there is `side` pixels each way. */
export interface Field {
  readonly width: number;
  readonly height: number;
  readonly side: number;
  readonly x: number;
  readonly y: number;
}

/** How far a part may lie from the reference, as a share of the region, each way. */
export const RANGE = 1 / 6;
/** Energy of a place that has no detail: a spread of one grey level. Noise alone is like nothing then. */
export const FLAT = 1;
/** Of red, green and blue in grey: ITU-R BT.601. */
export const GREY = [0.299, 0.587, 0.114] as const;
/** Taken off the grey values, so that sums of squares stay exact in single precision. */
export const MIDDLE = 128;

/** [x, y, width, height] in pixels of a picture. */
type Rectangle = readonly [x: number, y: number, width: number, height: number];

/** Of whole pictures: the reference is their inside, and what is around it is room to move. */
export function fieldWithin(side: number): Field {
  const room = Math.round(RANGE * side);
  return { width: side + 2 * room, height: side + 2 * room, side, x: room, y: room };
}

/** A side of a region that the picture ends at, with less room than the part needs to move there; pixels of it that it should have. */
export interface Cramped {
  readonly at: 'left' | 'right' | 'top' | 'bottom';
  readonly wanted: number;
}

/**
 * Of a region of pictures [across, down]: as much around it as a part may move, as far as a picture goes. `area` is what becomes the field.
 * Null: there is no room around it, neither across nor down. Cramped: to one side there is, to the other there is not; a part that moves to
 * that one cannot be told from one that lies still.
 */
export function fieldAround(
  [x, y, width, height]: Rectangle,
  [across, down]: readonly [number, number],
  side: number,
): { readonly field: Field; readonly area: Rectangle } | Cramped | null {
  const [left, right] = roomAlong(x, width, across);
  const [top, bottom] = roomAlong(y, height, down);
  const cramped = crampedAlong(left, right, width, ['left', 'right']) ?? crampedAlong(top, bottom, height, ['top', 'bottom']);
  if (cramped) return cramped;
  if (left + right < (width * RANGE) / 2 && top + bottom < (height * RANGE) / 2) return null;
  const [ofWidth, ofHeight] = [side / width, side / height];
  const before = { x: Math.round(left * ofWidth), y: Math.round(top * ofHeight) };
  return {
    area: [x - left, y - top, left + width + right, top + height + bottom],
    field: {
      ...before,
      side,
      width: before.x + side + Math.round(right * ofWidth),
      height: before.y + side + Math.round(bottom * ofHeight),
    },
  };
}

/** Pixels before and behind, as far as the picture goes. Where both sides have little, both have as much: an end is one on either side. */
function roomAlong(from: number, size: number, of: number): readonly [number, number] {
  const room = Math.round(RANGE * size);
  const [before, behind] = [Math.min(room, from), Math.max(0, Math.min(room, of - from - size))];
  const least = Math.min(before, behind);
  return Math.max(before, behind) < leastRoom(size) ? [least, least] : [before, behind];
}

/** Pixels of a region's size that a side with room has: half of what a part may move. */
const leastRoom = (size: number): number => Math.ceil((RANGE * size) / 2);

function crampedAlong(
  before: number,
  behind: number,
  size: number,
  [first, last]: readonly [Cramped['at'], Cramped['at']],
): Cramped | null {
  const wanted = leastRoom(size);
  if (before < wanted && behind >= wanted) return { at: first, wanted };
  return behind < wanted && before >= wanted ? { at: last, wanted } : null;
}

/** The two levels. Their cells are squares of pixels, and `steps` lie between the places that are tried. */
export interface Level {
  /** Pixels of a cell each way. */
  readonly cell: number;
  /** Cells of the reference each way. */
  readonly count: number;
  /** Pixels between two means; `dilation` of them are a cell. */
  readonly stride: number;
  readonly dilation: number;
}

/** Both are even parts of the side: 28 and 56 cells of it. */
export function levelsOf({ side }: Pick<Field, 'side'>): { readonly coarse: Level; readonly fine: Level } {
  const half = Math.max(1, Math.floor(side / 56));
  const coarse = { cell: 2 * half, count: Math.floor(side / (2 * half)), stride: half, dilation: 2 };
  return { coarse, fine: { cell: half, count: Math.floor(side / half), stride: 1, dilation: half } };
}

/** Places that are tried around the best coarse one, each way: from it to both sides, within the field. */
export function spanOf(room: number, { coarse }: ReturnType<typeof levelsOf>): number {
  return Math.min(2 * coarse.stride, room);
}

/** Pixels that the reference can be moved in all. */
export const roomOf = ({ width, height, side }: Field): { readonly across: number; readonly down: number } => ({
  across: width - side,
  down: height - side,
});

/** Of mean 0 and length 1, [count, count]. */
type Template = Float64Array;

export interface Reference {
  readonly field: Field;
  readonly coarse: Template;
  readonly fine: Template;
  /** Spread of its grey values over small cells: nothing can be found without. */
  readonly contrast: number;
}

export interface Found {
  /** Of the field, whole pixels: where the piece begins that is like the reference. */
  readonly x: number;
  readonly y: number;
  /** -1..1; 1 is the reference itself. */
  readonly likeness: number;
}

interface Map {
  readonly width: number;
  readonly height: number;
  readonly values: Values;
}
/** Pictures and their means in single precision: many of them are held against each other. */
type Values = Float32Array | Float64Array;

/** A picture [height, width, 3] of the field, ready to be searched. */
export interface Searchable {
  readonly grey: Map;
  readonly coarse: Map;
  readonly fine: Map;
}

export function searchable(pixels: Uint8Array, field: Field): Searchable {
  const { coarse, fine } = levelsOf(field);
  const grey = greyOf(pixels, field);
  return { grey, coarse: means(grey, coarse), fine: means(grey, fine) };
}

function greyOf(pixels: Uint8Array, { width, height }: Field): Map {
  const values = new Float32Array(width * height);
  for (let i = 0; i < values.length; i++) {
    const [r, g, b] = [pixels[3 * i], pixels[3 * i + 1], pixels[3 * i + 2]] as [number, number, number];
    values[i] = GREY[0] * r + GREY[1] * g + GREY[2] * b - MIDDLE;
  }
  return { width, height, values };
}

/** Means of cells, `stride` pixels apart. */
function means({ width, height, values }: Map, { cell, stride }: Pick<Level, 'cell' | 'stride'>): Map {
  const across = Math.floor((width - cell) / stride) + 1;
  const down = Math.floor((height - cell) / stride) + 1;
  const out = new Float32Array(across * down);
  for (let y = 0; y < down; y++) {
    for (let x = 0; x < across; x++) out[y * across + x] = sumOf(values, width, x * stride, y * stride, cell) / (cell * cell);
  }
  return { width: across, height: down, values: out };
}

function sumOf(values: Values, width: number, left: number, top: number, cell: number): number {
  let sum = 0;
  for (let y = top; y < top + cell; y++) for (let x = left; x < left + cell; x++) sum += values[y * width + x] as number;
  return sum;
}

/** The piece of a picture that begins at x, y. */
export function referenceAt({ grey }: Searchable, field: Field, x: number, y: number): Reference {
  const { coarse, fine } = levelsOf(field);
  const piece = pieceOf(grey, field.side, x, y);
  const small = centred(means(piece, { cell: fine.cell, stride: fine.cell }).values);
  return {
    field,
    coarse: unit(centred(means(piece, { cell: coarse.cell, stride: coarse.cell }).values)),
    fine: unit(small),
    contrast: Math.sqrt(small.reduce((sum, value) => sum + value * value, 0) / small.length),
  };
}

function pieceOf({ width, values }: Map, side: number, x: number, y: number): Map {
  const out = new Float32Array(side * side);
  for (let row = 0; row < side; row++) out.set(values.subarray((y + row) * width + x, (y + row) * width + x + side), row * side);
  return { width: side, height: side, values: out };
}

function centred(values: Values): Float64Array {
  const exact = Float64Array.from(values);
  const mean = exact.reduce((sum, value) => sum + value, 0) / exact.length;
  return exact.map((value) => value - mean);
}

function unit(values: Float64Array): Float64Array {
  const length = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
  return length === 0 ? values : values.map((value) => value / length);
}

/** The place of the field that is most like the reference; of equals the first, row by row. */
export function find({ field, coarse, fine }: Reference, { coarse: coarseMap, fine: fineMap }: Searchable): Found {
  const levels = levelsOf(field);
  const { across, down } = roomOf(field);
  const rough = best(likenesses(coarseMap, coarse, levels.coarse));
  const [spanAcross, spanDown] = [spanOf(across, levels), spanOf(down, levels)];
  const around = (at: number, room: number, span: number) => Math.max(0, Math.min((at - 1) * levels.coarse.stride, room - span));
  const [left, top] = [around(rough.x, across, spanAcross), around(rough.y, down, spanDown)];
  const exact = best(likenesses(fineMap, fine, levels.fine, { left, top, across: spanAcross + 1, down: spanDown + 1 }));
  return { x: left + exact.x, y: top + exact.y, likeness: exact.value };
}

interface Places {
  readonly left: number;
  readonly top: number;
  readonly across: number;
  readonly down: number;
}

/** Of a template to each place of a map; the places that it has where none are named. */
function likenesses(map: Map, template: Template, { count, dilation }: Level, places?: Places): Map {
  const { left, top, across, down } = places ?? {
    left: 0,
    top: 0,
    across: map.width - dilation * (count - 1),
    down: map.height - dilation * (count - 1),
  };
  const values = new Float64Array(across * down);
  for (let y = 0; y < down; y++)
    for (let x = 0; x < across; x++) values[y * across + x] = likenessAt(map, template, count, dilation, left + x, top + y);
  return { width: across, height: down, values };
}

function likenessAt({ width, values }: Map, template: Template, count: number, dilation: number, x: number, y: number): number {
  let [product, sum, squares] = [0, 0, 0];
  for (let row = 0; row < count; row++) {
    const from = (y + row * dilation) * width + x;
    for (let column = 0; column < count; column++) {
      const value = values[from + column * dilation] as number;
      product += value * (template[row * count + column] as number);
      sum += value;
      squares += value * value;
    }
  }
  const cells = count * count;
  return product / Math.sqrt(Math.max(squares - (sum * sum) / cells, cells * FLAT * FLAT));
}

function best({ width, values }: Map): { readonly x: number; readonly y: number; readonly value: number } {
  let at = 0;
  for (let i = 1; i < values.length; i++) if ((values[i] as number) > (values[at] as number)) at = i;
  return { x: at % width, y: Math.floor(at / width), value: values[at] ?? 0 };
}

/**
 * How like the reference is to its own field where it is moved by half a range, or as far as there is room where that is less: near 1 where it
 * looks the same there. An axis with hardly any room is none to be moved along. Null: the field has no such place.
 */
export function rivalOf({ field, coarse }: Reference, { coarse: map }: Searchable): number | null {
  const level = levelsOf(field).coarse;
  const { width, values } = likenesses(map, coarse, level);
  const { across, down } = roomOf(field);
  const away = { x: awayAlong(field.x, across, field.side, level.stride), y: awayAlong(field.y, down, field.side, level.stride) };
  let rival: number | null = null;
  for (const [i, value] of values.entries()) {
    const [x, y] = [(i % width) * level.stride, Math.floor(i / width) * level.stride];
    if (Math.hypot((x - field.x) / away.x, (y - field.y) / away.y) >= 1) rival = Math.max(rival ?? -1, value);
  }
  return rival;
}

/** Pixels from which on a place along an axis is another one than the reference's; infinite where no room is worth it. */
function awayAlong(at: number, room: number, side: number, stride: number): number {
  // The last of the places that are tried, `stride` apart.
  const furthest = Math.max(at, Math.floor(room / stride) * stride - at);
  return furthest < (RANGE * side) / 4 - stride ? Number.POSITIVE_INFINITY : Math.min((RANGE * side) / 2, furthest);
}

/** It lies at an end of the field where there was room to be further away: its true place may be beyond. */
export const atTheEnd = (field: Field, found: Pick<Found, 'x' | 'y'>): boolean => endOf(field, found) !== null;

/** That end, as pixels from the reference to it; null: it lies at none. */
export function endOf({ width, height, side, x, y }: Field, found: Pick<Found, 'x' | 'y'>): number | null {
  return endAlong(found.x, x, width - side) ?? endAlong(found.y, y, height - side);
}

function endAlong(at: number, reference: number, room: number): number | null {
  if (at <= 0 && reference > 0) return reference;
  return at >= room && reference < room ? room - reference : null;
}

/** [side, side, 3] out of [height, width, 3]. */
export function pieceAt(pixels: Uint8Array, { width, side }: Field, { x, y }: Pick<Found, 'x' | 'y'>): Uint8Array {
  const out = new Uint8Array(side * side * 3);
  for (let row = 0; row < side; row++) {
    const from = ((y + row) * width + x) * 3;
    out.set(pixels.subarray(from, from + side * 3), row * side * 3);
  }
  return out;
}
