/**
 * How well a process that is in control keeps what is asked of it: Cp, Cpk and Cpm by the spread within subgroups, Pp and Ppk by the spread of all values
 * (ISO 22514-2; AIAG SPC manual), each with its interval. Figures of a process that is not stable, or of values that are not normal, say nothing
 * of the parts to come: they are refused with the reason.
 */
import { chiSquareQuantile, deviationOf, meanOf, normalQuantile, poissonAtLeast } from '../statistics.ts';
import { type AndersonDarling, andersonDarling, NORMAL_ENOUGH, powerFor } from './normality.ts';

/** In the unit of the values; at least one of the limits. */
export interface Tolerance {
  readonly lower?: number | undefined;
  readonly upper?: number | undefined;
  readonly target?: number | undefined;
}

export interface Index {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

export interface Capability {
  /** Null: it needs both limits. */
  readonly cp: Index | null;
  /** Of one limit each; null without it. */
  readonly cpl: Index | null;
  readonly cpu: Index | null;
  readonly cpk: Index;
  /** Null without both limits and a target. */
  readonly cpm: Index | null;
  readonly pp: Index | null;
  readonly ppl: Index | null;
  readonly ppu: Index | null;
  readonly ppk: Index;
}

export interface Spread {
  readonly mean: number;
  /** Standard deviation within subgroups, of which the C figures are. */
  readonly within: number;
  /** Standard deviation of all values, of which the P figures are. */
  readonly overall: number;
  /** Values. */
  readonly n: number;
}

export function capabilityOf({ mean, within, overall, n }: Spread, tolerance: Tolerance, confidence = 0.95): Capability {
  const c = indices(mean, within, n, tolerance, confidence);
  const p = indices(mean, overall, n, tolerance, confidence);
  return {
    cp: c.both,
    cpl: c.lower,
    cpu: c.upper,
    cpk: c.nearest,
    cpm: targetIndex({ mean, within, overall, n }, tolerance, confidence),
    pp: p.both,
    ppl: p.lower,
    ppu: p.upper,
    ppk: p.nearest,
  };
}

function indices(mean: number, sigma: number, n: number, { lower, upper }: Tolerance, confidence: number) {
  const one = (distance: number, z: number) => sided(distance / (3 * sigma), n, z);
  // Each limit alone is a question with one side: its interval leaves out as much on that side alone.
  const below = lower === undefined ? null : one(mean - lower, normalQuantile(confidence));
  const above = upper === undefined ? null : one(upper - mean, normalQuantile(confidence));
  const nearest = Math.min(below?.value ?? Number.POSITIVE_INFINITY, above?.value ?? Number.POSITIVE_INFINITY);
  return {
    both: lower === undefined || upper === undefined ? null : scaled((upper - lower) / (6 * sigma), n - 1, confidence),
    lower: below,
    upper: above,
    nearest: sided(nearest, n, normalQuantile(0.5 + confidence / 2)),
  };
}

/** Bissell, How reliable is your capability index? (Applied Statistics 39, 1990). */
function sided(value: number, n: number, z: number): Index {
  const half = z * Math.sqrt(1 / (9 * n) + value ** 2 / (2 * (n - 1)));
  return { value, low: value - half, high: value + half };
}

/** A ratio to a spread: by the chi-square of its variance. */
function scaled(value: number, freedom: number, confidence: number): Index {
  const at = (share: number) => value * Math.sqrt(chiSquareQuantile(share, freedom) / freedom);
  return { value, low: at(0.5 - confidence / 2), high: at(0.5 + confidence / 2) };
}

/**
 * Boyles, The Taguchi capability index (Journal of Quality Technology 23, 1991); degrees of freedom as R's qcc has them, which are a little fewer than
 * Boyles' own, so that the interval is no narrower.
 */
function targetIndex({ mean, within, n }: Spread, { lower, upper, target }: Tolerance, confidence: number): Index | null {
  if (lower === undefined || upper === undefined || target === undefined) return null;
  const off = ((mean - target) / within) ** 2;
  return scaled((upper - lower) / (6 * within * Math.sqrt(1 + off)), (n * (1 + off)) / (1 + 2 * off), confidence);
}

export type Judged =
  | { readonly ok: true; readonly capability: Capability; readonly normal: AndersonDarling }
  | { readonly ok: false; readonly refused: string; readonly next: string; readonly offered: Offered | null };

/** What the figures would be of values bent until they look normal, limits bent with them. */
export interface Offered {
  readonly lambda: number;
  readonly capability: Capability;
}

export interface Study {
  readonly values: readonly number[];
  /** Standard deviation within subgroups. */
  readonly within: number;
  /** Points beyond the limits of the chart, or in a pattern of its rules. */
  readonly signals: number;
  /** How many of them chance alone gives, on the average. */
  readonly chance: number;
  readonly tolerance: Tolerance;
}

/** Values, at least: below, the interval of an index is wider than the index says. */
const LEAST_VALUES = 25;

/** More signals than chance gives but once in a hundred studies: 300 values of a process that is stable have one in every other study. */
const LUCK = 0.01;

export function judgeCapability({ values, within, signals, chance, tolerance }: Study): Judged {
  const no = (refused: string, next: string, offered: Offered | null = null): Judged => ({ ok: false, refused, next, offered });
  if (tolerance.lower === undefined && tolerance.upper === undefined) return no('No limit is asked of it.', 'Name `lower` or `upper`.');
  if (values.length < LEAST_VALUES)
    return no(`${values.length} values are too few.`, `Wait for ${LEAST_VALUES}; 100 give an interval that is worth reading.`);
  if (signals > 0 && poissonAtLeast(signals, chance) < LUCK)
    return no(
      `The process is not stable: ${signals} of the points are out of control.`,
      'Find what happened there; once it is gone, learn the limits anew.',
    );
  const normal = andersonDarling(values);
  if (!normal) return no('The values are all alike.', 'Look whether it is measured finely enough.');
  if (normal.p < NORMAL_ENOUGH)
    return no(
      `The values are not normal (Anderson-Darling, p = ${normal.p.toPrecision(2)}).`,
      'Look for two machines, lots or tools in one chart first; else take the figures of the bent values, where they are offered.',
      bentFigures(values, within, tolerance),
    );
  return {
    ok: true,
    normal,
    capability: capabilityOf({ mean: meanOf(values), within, overall: deviationOf(values), n: values.length }, tolerance),
  };
}

function bentFigures(values: readonly number[], within: number, { lower, upper, target }: Tolerance): Offered | null {
  const transform = powerFor(values);
  if (!transform) return null;
  const bent = values.map(transform.apply);
  if ((andersonDarling(bent)?.p ?? 0) < NORMAL_ENOUGH) return null;
  const overall = deviationOf(bent);
  // A limit that no value can have asks for nothing.
  const at = (limit: number | undefined) => (limit === undefined || !transform.takes(limit) ? undefined : transform.apply(limit));
  if (at(lower) === undefined && at(upper) === undefined) return null;
  const capability = capabilityOf(
    // What is within subgroups is not known of bent values; it stands to the whole as it did.
    { mean: meanOf(bent), within: (overall * within) / deviationOf(values), overall, n: values.length },
    { lower: at(lower), upper: at(upper), target: at(target) },
  );
  return { lambda: transform.lambda, capability };
}
