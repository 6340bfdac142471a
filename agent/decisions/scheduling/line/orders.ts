/**
 * What one line with set-ups is to make, and what is known of how it makes it. Instants are ms since 1970, UTC; durations ms. Pure.
 *
 * Words of ISA-95 part 4 (job order, priority) and ISO 22400 (quantity, scrap, set-up time).
 */
import type { Milliseconds } from '../../../time.ts';

/** A mean and a standard deviation, of the same unit. */
export interface Spread {
  readonly mean: number;
  /** 0: always the mean. */
  readonly deviation: number;
}

export interface Order {
  readonly id: string;
  /** Good parts that are wanted, 1 or more. */
  readonly quantity: number;
  /** Null: whenever. */
  readonly due: number | null;
  readonly recipe: string;
  readonly material: string | null;
  /** What an hour late of it counts against an hour late of an order of priority 1; more than 0, 100 at most. */
  readonly priority: number;
  /** Nothing of it, its set-up included, begins before; null: at once. */
  readonly released: number | null;
  /** Good parts there are of it already; null: it has not begun. What has begun stays first. */
  readonly made: number | null;
}

export interface RecipeFacts {
  /** From part to part while the line runs, ms; the deviation is of the average from one run of the recipe to another. */
  readonly cycle: Spread;
  /** Share of parts that are not good, 0 to less than 1; the deviation from run to run. */
  readonly scrap: Spread;
}

/** When the line does not work: a shift that is not manned, a hold. From, to: instants. */
export interface Closed {
  readonly from: number;
  readonly to: number;
  readonly why: string;
}

export interface Tool {
  /** Parts that a tool makes, 1 or more, and parts that the one of now still makes. */
  readonly life: number;
  readonly left: number;
  readonly change: Milliseconds;
}

export interface LineFacts {
  readonly recipes: Readonly<Record<string, RecipeFacts>>;
  readonly setup: {
    readonly default: Spread;
    /** From recipe to recipe, where it is not the default. */
    readonly from: Readonly<Record<string, Readonly<Record<string, Spread>>>>;
    /** Of another material, on top. */
    readonly material: Milliseconds;
  };
  /** Stops that nobody plans: working time from one to the next, on average, and how long one lasts. Null: none. */
  readonly stops: { readonly between: Milliseconds; readonly lasts: Spread } | null;
  readonly tool: Tool | null;
  /** Any order; they may overlap. */
  readonly closed: readonly Closed[];
  /** What the line is set up for; null: nobody knows, and the first order costs the default. */
  readonly standing: { readonly recipe: string; readonly material: string | null } | null;
}

/** Orders that are planned together, at most: above it no plan comes in the time that anybody waits. */
export const MOST_ORDERS = 500;

const NO_SETUP: Spread = { mean: 0, deviation: 0 };

/** Of the same recipe none, unless the facts name one from it to itself. */
export function setupBetween({ setup, standing }: LineFacts, before: Order | null, order: Order): Spread {
  const stood = before ?? standing;
  const own = stood === null ? undefined : setup.from[stood.recipe]?.[order.recipe];
  const base = own ?? (stood?.recipe === order.recipe ? NO_SETUP : setup.default);
  const isOther = stood !== null && stood.material !== null && order.material !== null && stood.material !== order.material;
  return isOther ? { ...base, mean: base.mean + setup.material } : base;
}

/** Parts that have to be made so that `quantity` good ones are there, on average. */
export const partsFor = (quantity: number, scrap: number): number => Math.ceil(quantity / (1 - scrap) - 1e-9);

/** Of what is still wanted of it. */
export const wantedOf = ({ quantity, made }: Order): number => Math.max(0, quantity - (made ?? 0));
