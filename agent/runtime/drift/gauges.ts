/** How far the newest values are from a reference: from a distribution, or beyond a range. Each with the value at which that is no chance. Pure. */
import { Distance, distanceOf, effectiveOf } from './distance.ts';

/** Of one look: it begins above `begins`, and ends at `ends`, which is lower. */
export interface Measured {
  readonly value: number;
  readonly begins: number;
  readonly ends: number;
}

/** The chances at which a look calls it changed, and at which it is as before. */
export interface Chances {
  readonly begins: number;
  readonly ends: number;
}

export interface Gauge {
  /** `gone`: the oldest value, which leaves; undefined while none does. */
  add(value: number, gone: number | undefined): void;
  /** `worth`: how many independent values one of the newest is worth. null: it has too few. */
  measure(worth: number): Measured | null;
}

/** The fewest that tell anything. */
export const LEAST = 100;
/** What is no matter, however many parts show it: a shift by one spread moves 38 of 100. */
const LEAST_DISTANCE = 0.3;
const LEAST_BEYOND = 0.5;
/** Of what is no matter, as much as has to be gone before it is over: what stays close to it would begin and end again and again. */
const OVER = 0.7;

/** Against a distribution, after Kolmogorov and Smirnov: the newest are moved towards it by what is no matter. */
export class Held implements Gauge {
  private readonly slack: number;
  private readonly size: ReferenceSize;
  private readonly chances: Chances;
  /** How far quantiles may be off what they stand for. */
  private readonly coarse: number;
  /** Of the newest, moved up, and moved down. */
  private readonly up: Distance;
  private readonly down: Distance;
  private limits: { readonly size: number; readonly worth: number; readonly of: Omit<Measured, 'value'> } | null = null;

  /** `values`: quantiles of the reference. */
  constructor(values: readonly number[], size: ReferenceSize, { slack, chances, window }: GaugeWish) {
    this.slack = slack;
    this.size = size;
    this.chances = chances;
    this.coarse = 0.5 / values.length;
    this.up = new Distance(values, window);
    this.down = new Distance(values, window);
  }

  add(value: number): void {
    this.up.add(value + this.slack);
    this.down.add(value - this.slack);
  }

  measure(worth: number): Measured | null {
    const { size } = this.up;
    if (size < LEAST) return null;
    return { value: Math.max(this.up.lower, this.down.higher), ...this.limitsFor(size, worth) };
  }

  /** They cost more than all the rest, and hardly ever change. */
  private limitsFor(size: number, worth: number): Omit<Measured, 'value'> {
    if (this.limits?.size === size && this.limits.worth === worth) return this.limits.of;
    const { effective: least, ofLine } = this.size;
    const effective = effectiveOf(ofLine === null ? least : Math.min(least, ofLine * worth), size * worth);
    const limitAt = (chance: number, least: number) => Math.min(1, Math.max(least, distanceOf(chance, effective) + this.coarse));
    const of = { begins: limitAt(this.chances.begins, LEAST_DISTANCE), ends: limitAt(this.chances.ends, OVER * LEAST_DISTANCE) };
    this.limits = { size, worth, of };
    return of;
  }
}

/** Beyond the lowest or the highest of a reference by more than is no matter: the larger of the two shares of the newest. */
export class Beyond implements Gauge {
  private readonly low: number;
  private readonly high: number;
  /** Chance that one value of a line that has not changed is below the lowest of so many, or above the highest; null: so far that it is none. */
  private readonly usual: number | null;
  private readonly chances: Chances;
  private size = 0;
  private below = 0;
  private above = 0;

  /** `worth`: how many independent values the reference is worth; null: the range is far wider than it. */
  constructor([low, high]: readonly [number, number], worth: number | null, { slack, chances }: Omit<GaugeWish, 'window'>) {
    this.low = low - slack;
    this.high = high + slack;
    this.usual = worth === null ? null : 1 / (worth + 1);
    this.chances = chances;
  }

  add(value: number, gone: number | undefined): void {
    this.count(value, 1);
    if (gone === undefined) this.size++;
    if (gone !== undefined) this.count(gone, -1);
  }

  measure(worth: number): Measured | null {
    const { size, usual } = this;
    if (size < LEAST) return null;
    const shareAt = (chance: number, least: number) => (usual === null ? least : Math.max(least, shareOf(chance, usual, size * worth)));
    return {
      value: Math.max(this.below, this.above) / size,
      begins: shareAt(this.chances.begins, LEAST_BEYOND),
      ends: shareAt(this.chances.ends, LEAST_BEYOND / 2),
    };
  }

  private count(value: number, by: number): void {
    if (value < this.low) this.below += by;
    if (value > this.high) this.above += by;
  }
}

/** How many independent values a reference is worth; `ofLine`: so many parts one after the other, of which what the newest show holds as well. */
export interface ReferenceSize {
  readonly effective: number;
  readonly ofLine: number | null;
}

export interface GaugeWish {
  /** What is no matter, in the feature's unit. */
  readonly slack: number;
  readonly chances: Chances;
  /** How many of the newest count. */
  readonly window: number;
}

/** The share of so many independent ones that has at most that chance where each has `usual` (Chernoff 1952), on two sides; 1 where none has. */
function shareOf(chance: number, usual: number, effective: number): number {
  const wanted = Math.log(2 / chance) / effective;
  const away = (share: number) =>
    share >= 1 ? Math.log(1 / usual) : share * Math.log(share / usual) + (1 - share) * Math.log((1 - share) / (1 - usual));
  if (away(1) < wanted) return 1;
  let [low, high] = [usual, 1];
  for (let i = 0; i < 40; i++) {
    const middle = (low + high) / 2;
    if (away(middle) < wanted) low = middle;
    else high = middle;
  }
  return high;
}
