/**
 * Where a mask says that its picture is bad. Masks come black and white, painted soft at their edges, or as numbers of kinds (an index, as VOC
 * has them): 0, which is black, is good in all of them. Pure.
 */

/** Half white: from there on what is painted softly counts. */
const BRIGHT = 128;
/** Of brightness: with more of them it is no row of kinds, but soft. */
const MOST_VALUES = 32;
/** VOC: what it has of an object's edge says neither. */
const BORDER = 255;

type Colour = readonly [red: number, green: number, blue: number];

/** What decoded pixels do not tell. */
export interface MaskFile {
  /** Its colours, by their numbers; null: it has none. */
  readonly palette: readonly Colour[] | null;
  /** Bits of a value. */
  readonly depth: number;
}

/** PNG 11.2.1 and 11.2.2; what is no PNG has no palette that is told. */
export function maskFileOf(bytes: Uint8Array): MaskFile {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.byteLength < FIRST + 25 || view.getUint32(0) !== PNG || chunkAt(bytes, FIRST).type !== 'IHDR')
    return { palette: null, depth: 8 };
  const depth = bytes[FIRST + 16] ?? 8;
  if (bytes[FIRST + 17] !== INDEXED) return { palette: null, depth };
  let at = FIRST;
  while (at + 8 <= bytes.byteLength) {
    const { type, from, length } = chunkAt(bytes, at);
    if (type === 'PLTE') return { palette: coloursIn(bytes.subarray(from, from + length)), depth };
    at = from + length + 4;
  }
  return { palette: null, depth };
}

const PNG = 0x89504e47;
const FIRST = 8;
const INDEXED = 3;

function chunkAt(bytes: Uint8Array, at: number) {
  const length = new DataView(bytes.buffer, bytes.byteOffset + at, 4).getUint32(0);
  return { type: String.fromCharCode(...bytes.subarray(at + 4, at + 8)), from: at + 8, length };
}

const coloursIn = (plte: Uint8Array): readonly Colour[] =>
  Array.from({ length: Math.floor(plte.length / 3) }, (_, i) => [plte[3 * i] ?? 0, plte[3 * i + 1] ?? 0, plte[3 * i + 2] ?? 0] as const);

/** `pixels`: RGB. Each 1 where it is bad, else 0. */
export function badPlaces(pixels: Uint8Array, { palette }: Pick<MaskFile, 'palette'>): Uint8Array {
  const bright = Uint8Array.from({ length: pixels.length / 3 }, (_, i) =>
    Math.max(pixels[3 * i] ?? 0, pixels[3 * i + 1] ?? 0, pixels[3 * i + 2] ?? 0),
  );
  if (palette === null) {
    const least = new Set(bright).size > MOST_VALUES ? BRIGHT : 1;
    return bright.map((value) => (value >= least ? 1 : 0));
  }
  const border = palette[BORDER];
  const isBorder = (i: number) =>
    border !== undefined && pixels[3 * i] === border[0] && pixels[3 * i + 1] === border[1] && pixels[3 * i + 2] === border[2];
  const inside = bright.map((value, i) => (value > 0 && !isBorder(i) ? 1 : 0));
  // With no other kind beside it 255 is no border, but what is bad: black and white in numbers.
  return inside.includes(1) ? inside : bright.map((value) => (value > 0 ? 1 : 0));
}
