/** Everything that a verdict about a picture needs: the rule, what is usual of its scores, the bad ones, and the alarm. Pure. */
import type { Looked } from './features.ts';
import { type Places, placesScore } from './places.ts';
import { logitOf, type Regression } from './regression.ts';
import { distancesOf, type PictureRule, type Standard, totalOf } from './rule.ts';

export const SCALES = ['fine', 'coarse'] as const;
/** Weight of the regression beside the rule, and of what is wrong at marked places. */
export const BAD = 0.5;
export const MARKED = 0.5;

export interface Judge {
  readonly rule: PictureRule;
  readonly standard: Standard;
  /** Where bad ones were shown: the regression, and mean and spread of its logits on held-out good ones. */
  readonly bad: { readonly regression: Regression; readonly centre: number; readonly spread: number } | null;
  /** Where bad ones were shown on which somebody marked where: those places, likewise. */
  readonly places: { readonly of: Places; readonly centre: number; readonly spread: number } | null;
  /** Spread of the sum of both on held-out good ones; 1 without bad ones. */
  readonly width: number;
  /** From this on a part is rejected. */
  readonly alarm: number;
  /** Log distances that are 0 and 1/2 on the heat map: the middle and the highest of held-out good ones. */
  readonly heat: { readonly low: number; readonly high: number };
}

export interface Judged {
  /** 0 and 1 are mean and spread of good ones. */
  readonly value: number;
  /** 0..1; the alarm is 1/2. */
  readonly score: number;
  /** [places] 0..1 */
  readonly heat: readonly number[];
}

export function judged(judge: Judge, looked: Looked): Judged {
  const { logs, map } = distancesOf(judge.rule, looked);
  const value = valueIn(judge, totalOf(judge.standard, logs), looked);
  return { value, score: scoreOf(value, judge.alarm), heat: heatOf(judge, map) };
}

/** Log distances as they are shown, 0..1. */
export const heatOf = ({ heat: { low, high } }: Pick<Judge, 'heat'>, map: Float64Array): readonly number[] =>
  Array.from(map, (one) => Math.min(1, Math.max(0, (0.5 * (one - low)) / (high - low))));

/** 0..1, 1/2 at the alarm. */
export const scoreOf = (value: number, alarm: number): number => 0.5 + (0.5 * (value - alarm)) / (1 + Math.abs(value - alarm));

function valueIn({ rule, bad, places, width }: Pick<Judge, 'rule' | 'bad' | 'places' | 'width'>, total: number, looked: Looked): number {
  if (bad === null) return total;
  const marked = places === null ? 0 : beside(places, placesScore(rule, places.of, looked), MARKED);
  return (total + beside(bad, logitOf(bad.regression, looked.summary), BAD) + marked) / width;
}

interface Usual {
  readonly centre: number;
  readonly spread: number;
}
/** What a score with that mean and spread on held-out good ones adds to the rule's total. */
export const beside = ({ centre, spread }: Usual, score: number, weight: number): number => (weight * (score - centre)) / spread;
