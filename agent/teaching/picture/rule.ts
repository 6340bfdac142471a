/**
 * What good pictures look like: three distances, each a logarithm, each standardised by what good pictures get from a rule that had not
 * seen them, and added up. The reference is a numpy program; outputs are its own within single precision. Pure.
 *
 * memory  nearest good picture at the same place, in whitened features; both strides in one map; soft maximum over the map
 * near    nearest good patch at most one place away, features only scaled, the fine stride; soft maximum over the map
 * pooled  spread of each channel over the picture against a ridge Gaussian of the good ones and their flips
 */

import { addProducts, cholesky, inverseOf, squared, whitened } from '../triangles.ts';
import { type Looked, placesOf, type Sizes } from './features.ts';
import { coreset, type Memory, memoryOf, nearest } from './memory.ts';
import { type Sums, sumsOf, together, type Usual, usualOf } from './statistics.ts';

/** Weight of the coarse stride's log distance in the map; the fine one has 1. */
export const COARSE = 0.3;
/** Of the soft maximum over places: log(mean(exp(SHARP m))) / SHARP. */
export const SHARP = 8;
/** Variance given to every direction of the pooled, standardised features. */
const RIDGE = 0.3;
const FOLDS = 10;
/** Pictures remembered at a place; of more the coreset. Where a picture has more places, half as many: what a package holds stays bounded. */
export const REMEMBERED = 100;
const USUAL_PLACES = 196;
export const rememberedOf = ({ fine }: Sizes): number => (placesOf(fine) > USUAL_PLACES ? REMEMBERED / 2 : REMEMBERED);

export interface Good {
  readonly looked: Looked;
  /** Pooled features of its flips. */
  readonly flips: readonly Float64Array[];
  /** Pictures of one part have one number: none of them is judged by another. */
  readonly part: number;
}

export interface PictureRule {
  readonly sizes: Sizes;
  readonly fine: Usual;
  readonly coarse: Usual;
  /** Whitened, whitened, and scaled; each less the mean. */
  readonly fineMemory: Memory;
  readonly coarseMemory: Memory;
  readonly nearMemory: Memory;
  readonly pooledMean: Float64Array;
  readonly pooledScale: Float64Array;
  /** Lower triangle whose product with the standardised features has the distance as its squared length. */
  readonly pooledRoot: Float64Array;
}

/** Mean and spread of each of the three on held-out good ones, and spread of their sum. */
export interface Standard {
  readonly centre: readonly number[];
  readonly spread: readonly number[];
  readonly total: number;
}

/** What the rule says of a picture. */
export interface Distances {
  readonly logs: readonly number[];
  /** [places] of the fine stride: log distances at each place. */
  readonly map: Float64Array;
}

export interface FittedPicture {
  readonly rule: PictureRule;
  readonly standard: Standard;
  /** Of each good picture, by a rule without its part: standardised total, and map. */
  readonly heldOut: readonly number[];
  readonly heldOutMaps: readonly Float64Array[];
  /** Fold of each good picture; and the rules without each fold, for what else is to be judged by cross-fit. */
  readonly folds: readonly number[];
}

/** Folds whole parts go to, in the order of the pictures. */
export function foldsOf(parts: readonly number[]): readonly number[] {
  const seen = [...new Set(parts)];
  const count = Math.min(FOLDS, seen.length);
  return parts.map((part) => seen.indexOf(part) % count);
}

/** `good`: two parts at the least, in no order that means anything. */
export function learnPictures(good: readonly Good[], sizes: Sizes): FittedPicture {
  const folds = foldsOf(good.map(({ part }) => part));
  const count = Math.max(...folds) + 1;
  const parts = Array.from({ length: count }, (_, fold) => good.filter((_one, i) => folds[i] === fold));
  const sums = parts.map((part) => bothSums(part, sizes));
  const all = sums.reduce((a, b) => ({ fine: together(a.fine, b.fine), coarse: together(a.coarse, b.coarse) }));
  const usual = { fine: usualOf(all.fine, sizes.fine), coarse: usualOf(all.coarse, sizes.coarse) };
  const chosen = choose(good, sizes, usual);
  const unseen: Distances[] = [];
  for (let fold = 0; fold < count; fold++) {
    const without = sums[fold] as Both<Sums>;
    const rest = {
      fine: usualOf(together(all.fine, without.fine, -1), sizes.fine),
      coarse: usualOf(together(all.coarse, without.coarse, -1), sizes.coarse),
    };
    const rule = ruleOf(good, (i) => folds[i] !== fold, sizes, rest, chosen);
    for (const [i, { looked }] of good.entries()) if (folds[i] === fold) unseen[i] = distancesOf(rule, looked);
  }
  const standard = standardOf(unseen.map(({ logs }) => logs));
  return {
    rule: ruleOf(good, () => true, sizes, usual, chosen),
    standard,
    heldOut: unseen.map(({ logs }) => totalOf(standard, logs)),
    heldOutMaps: unseen.map(({ map }) => map),
    folds,
  };
}

interface Both<T> {
  readonly fine: T;
  readonly coarse: T;
}
/** Of each place the pictures that are remembered; null: all. */
type Chosen = Both<readonly (readonly number[])[] | null>;

const bothSums = (good: readonly Good[], sizes: Sizes): Both<Sums> => ({
  fine: sumsOf(
    good.map(({ looked }) => looked.fine),
    sizes.fine,
  ),
  coarse: sumsOf(
    good.map(({ looked }) => looked.coarse),
    sizes.coarse,
  ),
});

/** Chosen once among all: in a fold, those of the fold are missing, as they must be. */
function choose(good: readonly Good[], sizes: Sizes, usual: Both<Usual>): Chosen {
  const most = rememberedOf(sizes);
  if (good.length <= most) return { fine: null, coarse: null };
  const of = (name: 'fine' | 'coarse') => {
    const { whitening, mean } = usual[name];
    const maps = good.map(({ looked }) => whitened(whitening, sizes[name].channels, looked[name], mean));
    return coreset(maps, sizes[name], most);
  };
  return { fine: of('fine'), coarse: of('coarse') };
}

function ruleOf(
  good: readonly Good[],
  counts: (i: number) => boolean,
  sizes: Sizes,
  { fine, coarse }: Both<Usual>,
  chosen: Chosen,
): PictureRule {
  const kept = good.filter((_, i) => counts(i));
  const numbers = good.flatMap((_, i) => (counts(i) ? [i] : []));
  const fineMaps = remembered(
    kept.map(({ looked }) => looked.fine),
    numbers,
    sizes.fine,
    chosen.fine,
  );
  const coarseMaps = remembered(
    kept.map(({ looked }) => looked.coarse),
    numbers,
    sizes.coarse,
    chosen.coarse,
  );
  const white = (maps: readonly Float32Array[], { whitening, mean }: Usual) =>
    maps.map((map) => whitened(whitening, mean.length, map, mean));
  return {
    sizes,
    fine,
    coarse,
    fineMemory: memoryOf(white(fineMaps, fine), sizes.fine),
    coarseMemory: memoryOf(white(coarseMaps, coarse), sizes.coarse),
    nearMemory: memoryOf(
      fineMaps.map((map) => scaled(map, fine)),
      sizes.fine,
    ),
    ...pooledGaussian(kept.flatMap(({ looked, flips }) => [looked.pooled, ...flips])),
  };
}

/** Maps made of what is remembered at each place. A place that has fewer than another says what it has once more. */
function remembered(
  maps: readonly Float32Array[],
  numbers: readonly number[],
  size: { readonly channels: number; readonly side: number },
  chosen: readonly (readonly number[])[] | null,
): readonly Float32Array[] {
  if (chosen === null) return maps;
  const { channels } = size;
  const at = new Map(numbers.map((number, i) => [number, i]));
  const byPlace = chosen.map((list) => list.flatMap((number) => at.get(number) ?? []));
  const most = Math.max(...byPlace.map((list) => list.length));
  return Array.from({ length: most }, (_, k) => {
    const out = new Float32Array(placesOf(size) * channels);
    for (const [place, list] of byPlace.entries()) {
      const map = maps[list[k % list.length] ?? 0] as Float32Array;
      out.set(map.subarray(place * channels, (place + 1) * channels), place * channels);
    }
    return out;
  });
}

export function scaled(map: Float32Array, { mean, scale }: Usual): Float32Array {
  const channels = mean.length;
  return map.map((value, i) => (value - (mean[i % channels] as number)) * (scale[i % channels] as number));
}

function pooledGaussian(rows: readonly Float64Array[]): Pick<PictureRule, 'pooledMean' | 'pooledScale' | 'pooledRoot'> {
  const size = rows[0]?.length ?? 0;
  const mean = new Float64Array(size);
  for (const row of rows) for (let i = 0; i < size; i++) mean[i] = (mean[i] as number) + (row[i] as number) / rows.length;
  const scale = mean.map((middle, i) => {
    const variance = rows.reduce((sum, row) => sum + ((row[i] as number) - middle) ** 2, 0) / rows.length;
    return Math.sqrt(variance) + 1e-3 * Math.abs(middle) + 1e-6;
  });
  const covariance = new Float64Array(size * size);
  for (const row of rows)
    addProducts(
      covariance,
      size,
      row.map((value, i) => (value - (mean[i] as number)) / (scale[i] as number)),
    );
  for (let i = 0; i < covariance.length; i++) covariance[i] = (covariance[i] as number) / rows.length;
  for (let i = 0; i < size; i++) covariance[i * size + i] = (covariance[i * size + i] as number) + RIDGE;
  return { pooledMean: mean, pooledScale: scale, pooledRoot: inverseOf(cholesky(covariance, size), size) };
}

export function distancesOf(rule: PictureRule, { fine, coarse, pooled }: Looked): Distances {
  const map = mapOf(rule, fine, coarse);
  const near = nearest(rule.nearMemory, scaled(fine, rule.fine), 1);
  const standardised = pooled.map((value, i) => (value - (rule.pooledMean[i] as number)) / (rule.pooledScale[i] as number));
  return { logs: [softMaximum(map), softMaximum(near), Math.log(squared(rule.pooledRoot, pooled.length, standardised))], map };
}

function mapOf(
  { sizes, fine, coarse, fineMemory, coarseMemory }: PictureRule,
  fineMap: Float32Array,
  coarseMap: Float32Array,
): Float64Array {
  const near = nearest(fineMemory, whitened(fine.whitening, fine.mean.length, fineMap, fine.mean), 0);
  const far = nearest(coarseMemory, whitened(coarse.whitening, coarse.mean.length, coarseMap, coarse.mean), 0);
  return near.map((value, place) => (value + COARSE * (far[coarsePlace(place, sizes)] as number)) / (1 + COARSE));
}

/** The coarse place that a fine one lies in. */
export function coarsePlace(place: number, { fine, coarse }: Sizes): number {
  const step = fine.side / coarse.side;
  return Math.floor(Math.floor(place / fine.side) / step) * coarse.side + Math.floor((place % fine.side) / step);
}

export function softMaximum(map: Float64Array, sharp: number = SHARP): number {
  const top = map.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  return Math.log(map.reduce((sum, value) => sum + Math.exp(sharp * (value - top)), 0) / map.length) / sharp + top;
}

function standardOf(logs: readonly (readonly number[])[]): Standard {
  const columns = [0, 1, 2].map((j) => logs.map((row) => row[j] ?? 0));
  const centre = columns.map(mean);
  const spread = columns.map((column) => sampleSpread(column) + 1e-6);
  const sums = logs.map((row) => row.reduce((sum, value, j) => sum + (value - (centre[j] ?? 0)) / (spread[j] ?? 1), 0));
  return { centre, spread, total: sampleSpread(sums) + 1e-6 };
}

/** 0 and 1 are mean and spread of good pictures. */
export const totalOf = ({ centre, spread, total }: Standard, logs: readonly number[]): number =>
  logs.reduce((sum, value, j) => sum + (value - (centre[j] ?? 0)) / (spread[j] ?? 1), 0) / total;

export const mean = (list: readonly number[]): number => list.reduce((sum, one) => sum + one, 0) / list.length;
export function sampleSpread(list: readonly number[]): number {
  const middle = mean(list);
  return Math.sqrt(list.reduce((sum, one) => sum + (one - middle) ** 2, 0) / Math.max(1, list.length - 1));
}
