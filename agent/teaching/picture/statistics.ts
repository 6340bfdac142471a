/** What is usual at each place of good pictures. Sums of pictures add up, and can be taken out again: so folds cost nothing. Pure. */

import { addProducts, cholesky, inverseOf } from '../triangles.ts';
import { placesOf, type Size } from './features.ts';

/** Off-diagonals of the covariance of what is left after the mean of the place are taken times 1 - SHRINK. */
const SHRINK = 0.1;

export interface Sums {
  readonly pictures: number;
  /** [places, channels] */
  readonly places: Float64Array;
  /** Lower triangle of [channels, channels], over all places. */
  readonly products: Float64Array;
}

export function sumsOf(maps: readonly Float32Array[], size: Size): Sums {
  const { channels } = size;
  const places = new Float64Array(placesOf(size) * channels);
  const products = new Float64Array(channels * channels);
  for (const map of maps) {
    for (let i = 0; i < map.length; i++) places[i] = (places[i] as number) + (map[i] as number);
    addProducts(products, channels, map);
  }
  return { pictures: maps.length, places, products };
}

/** `sign` -1 takes `b` out of `a`. */
export const together = (a: Sums, b: Sums, sign = 1): Sums => ({
  pictures: a.pictures + sign * b.pictures,
  places: a.places.map((value, i) => value + sign * (b.places[i] as number)),
  products: a.products.map((value, i) => value + sign * (b.products[i] as number)),
});

export interface Usual {
  /** Of each channel, over all places. */
  readonly mean: Float64Array;
  /** Lower triangle: times (feature - mean) makes what is left after the place's mean uncorrelated and of spread 1. */
  readonly whitening: Float64Array;
  /** One over each channel's spread. */
  readonly scale: Float64Array;
}

export function usualOf({ pictures, places, products }: Sums, size: Size): Usual {
  const { channels } = size;
  const rows = pictures * placesOf(size);
  const mean = new Float64Array(channels);
  for (let i = 0; i < places.length; i++) mean[i % channels] = (mean[i % channels] as number) + (places[i] as number) / rows;
  const scale = mean.map((value, c) => 1 / (Math.sqrt(Math.max(0, (products[c * channels + c] as number) / rows - value * value)) + 1e-6));
  const shared = new Float64Array(channels * channels);
  addProducts(shared, channels, places);
  const covariance = products.map((value, i) => (value - (shared[i] as number) / pictures) / rows);
  let trace = 0;
  for (let c = 0; c < channels; c++) trace += Math.max(0, covariance[c * channels + c] as number);
  for (let i = 0; i < channels; i++) {
    for (let j = 0; j <= i; j++) {
      const at = i * channels + j;
      const value = covariance[at] as number;
      covariance[at] = i === j ? Math.max(0, value) + Math.max((1e-9 * trace) / channels, 1e-12) : value * (1 - SHRINK);
    }
  }
  return { mean, whitening: inverseOf(cholesky(covariance, channels), channels), scale };
}
