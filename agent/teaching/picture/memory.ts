/** Good pictures remembered place by place, and how far a new one is from the nearest of them. Pure. */
import { placesOf, type Size } from './features.ts';

/** Vectors at each place, [places, pictures, channels]. */
export interface Memory {
  readonly size: Size;
  readonly pictures: number;
  readonly vectors: Float32Array;
}

/** Smallest squared distance that counts. */
export const LEAST = 1e-3;
/** Channels between two looks whether a distance is beyond the nearest one already. */
const LOOK = 16;

/** `maps`: [places, channels] each. */
export function memoryOf(maps: readonly Float32Array[], size: Size): Memory {
  const { channels } = size;
  const places = placesOf(size);
  const vectors = new Float32Array(places * maps.length * channels);
  for (const [k, map] of maps.entries()) {
    for (let p = 0; p < places; p++) vectors.set(map.subarray(p * channels, (p + 1) * channels), (p * maps.length + k) * channels);
  }
  return { size, pictures: maps.length, vectors };
}

/** Log of the squared distance of each place of a map to the nearest memory at most `reach` places away. */
export function nearest(memory: Memory, map: Float32Array, reach: number): Float64Array {
  const { side, channels } = memory.size;
  const shifts = shiftsWithin(reach);
  const out = new Float64Array(side * side);
  for (let p = 0; p < out.length; p++) {
    const [down, across] = [Math.floor(p / side), p % side];
    let best = Number.POSITIVE_INFINITY;
    for (const [dy, dx] of shifts) {
      const [y, x] = [down + dy, across + dx];
      if (y >= 0 && y < side && x >= 0 && x < side) best = nearestAt(memory, y * side + x, map, p * channels, best);
    }
    out[p] = Math.log(Math.max(best, LEAST));
  }
  return out;
}

/** The place itself first: what is near there makes all others short. */
function shiftsWithin(reach: number): readonly (readonly [number, number])[] {
  const all: [number, number][] = [];
  for (let dy = -reach; dy <= reach; dy++) for (let dx = -reach; dx <= reach; dx++) all.push([dy, dx]);
  return all.sort((a, b) => Math.hypot(...a) - Math.hypot(...b));
}

function nearestAt(
  { vectors, pictures, size: { channels } }: Memory,
  place: number,
  map: Float32Array,
  from: number,
  beyond: number,
): number {
  let best = beyond;
  for (let k = 0; k < pictures; k++) best = closer(vectors, (place * pictures + k) * channels, map, from, channels, best);
  return best;
}

/** The squared distance of two vectors where it is less than `best`, else `best`. */
function closer(a: Float32Array, i: number, b: Float32Array, j: number, channels: number, best: number): number {
  let sum = 0;
  for (let c = 0; c < channels && sum < best; ) {
    const end = Math.min(channels, c + LOOK);
    for (; c < end; c++) {
      const off = (a[i + c] as number) - (b[j + c] as number);
      sum += off * off;
    }
  }
  return sum < best ? sum : best;
}

/**
 * Which pictures to remember at each place where there are more than `most`: the one furthest from those chosen so far, again and again, so
 * that what is rare and good is not forgotten. [places, most] numbers of pictures; `maps` are whitened.
 */
export function coreset(maps: readonly Float32Array[], size: Size, most: number): readonly (readonly number[])[] {
  return Array.from({ length: placesOf(size) }, (_, place) => coresetAt(maps, place * size.channels, size.channels, most));
}

function coresetAt(maps: readonly Float32Array[], at: number, channels: number, most: number): readonly number[] {
  const away = new Float64Array(maps.length).fill(Number.POSITIVE_INFINITY);
  const chosen: number[] = [];
  for (let next = 0; chosen.length < Math.min(most, maps.length); next = furthest(away)) {
    chosen.push(next);
    away[next] = -1;
    const newest = maps[next] as Float32Array;
    for (const [k, map] of maps.entries()) if ((away[k] as number) > 0) away[k] = closer(newest, at, map, at, channels, away[k] as number);
  }
  return chosen.sort((a, b) => a - b);
}

const furthest = (away: Float64Array): number => away.reduce((best, one, k) => (one > (away[best] as number) ? k : best), 0);
