/** Which places of a map lie where somebody marked a part as bad. Pure. */
import { isWithin, type Mark, type Region } from '../../contracts/index.ts';

/** Points each way that tell how much of a place is marked. */
const FINER = 8;

/** A mask of a picture, of its size: not 0 where it is bad. */
export interface Mask {
  readonly width: number;
  readonly height: number;
  readonly values: Uint8Array;
}

/** Shares of the places of a map [side, side] over `area`, in pixels of the picture. Null: nothing there is marked. */
export function sharesMarked(where: readonly Mark[] | Mask, [x, y, width, height]: Region, side: number): Float64Array | null {
  const isBad = 'width' in where ? badIn(where) : (left: number, top: number) => where.some((mark) => isWithin(mark, left, top));
  const across = side * FINER;
  const shares = new Float64Array(side * side);
  let any = false;
  for (let row = 0; row < across; row++)
    for (let column = 0; column < across; column++) {
      if (!isBad(x + ((column + 0.5) * width) / across, y + ((row + 0.5) * height) / across)) continue;
      const place = Math.floor(row / FINER) * side + Math.floor(column / FINER);
      shares[place] = (shares[place] as number) + 1 / FINER ** 2;
      any = true;
    }
  return any ? shares : null;
}

const badIn =
  ({ width, height, values }: Mask) =>
  (x: number, y: number): boolean => {
    const [column, row] = [Math.floor(x), Math.floor(y)];
    return column >= 0 && column < width && row >= 0 && row < height && values[row * width + column] !== 0;
  };
