/** Control charts at the line: what they say of a part, and how they stand. */
import type { StageTimings, TagReading } from './inspections.ts';
import type { Finding } from './models.ts';
import type { Reason, Verdict } from './verdicts.ts';

export type ChartKindName = 'individuals' | 'xbar_r' | 'xbar_s' | 'ewma' | 'cusum' | 'p' | 'np' | 'c' | 'u' | 't2';

/**
 * learning: samples of the first phase are still too few. proposed: there are enough, and somebody may close the first phase. watching: it was closed, and
 * each sample is held against what it says.
 */
export type ChartPhase = 'learning' | 'proposed' | 'watching';

/** What rules and decisions see of a chart. */
export interface ChartFact {
  /** The newest point is out of control; a chart of subgroups or samples keeps it until the next point. */
  readonly out: boolean;
  /** Why: `limits`, `spread` (range, deviation or moving range), or the pattern by its name; '' where it is in control. */
  readonly rule: string;
  readonly phase: ChartPhase;
}

/** Of one part, what all charts of its station and recipe say. */
export interface ChartFacts {
  readonly facts: Readonly<Record<string, ChartFact>>;
  /** Cpk of the last `parts` values; NaN while there are fewer, or they are all alike. */
  cpk(chart: string, parts: number): number;
}

/** A part: its number in the station, and when it came, wall time. */
export interface ChartPlace {
  readonly sequence: number;
  readonly at: number;
}

export interface ChartSignal {
  readonly rule: string;
  /** The first part of the point that said so first. */
  readonly since: ChartPlace;
  /** Points that were out of control since, and until now. */
  readonly points: number;
  /** Most likely the first part of the changed process; null where the chart cannot say. */
  readonly likely: ChartPlace | null;
  /** What came since this one is to be looked at: nineteen parts of twenty of all chance lie there. */
  readonly from: ChartPlace | null;
}

/** Lines of one panel, in the unit of its statistic. */
export interface ChartLimits {
  /** `individuals`, `moving_range`, `xbar`, ... */
  readonly panel: string;
  readonly lower: number;
  readonly center: number;
  readonly upper: number;
}

/** How a chart stands, under one recipe. */
export interface ChartState {
  readonly station: string;
  readonly name: string;
  readonly recipe: string;
  readonly chart: ChartKindName;
  readonly of: readonly string[];
  readonly phase: ChartPhase;
  /** Samples of the first phase, and how many it wants. */
  readonly samples: number;
  readonly learn: number;
  /** Parts a sample. */
  readonly size: number;
  /** That hold, or, while they are proposed, that would; null before. */
  readonly limits: readonly ChartLimits[] | null;
  /** Of the samples that the limits are proposed from: out of control by them. */
  readonly outside: number | null;
  /** Who closed the first phase, and when. */
  readonly closed: { readonly at: number; readonly who: string } | null;
  readonly out: boolean;
  readonly rule: string;
  readonly last: (ChartPlace & { readonly values: readonly number[] }) | null;
  readonly signal: ChartSignal | null;
  /** Parts in which the number was none. */
  readonly left_out: number;
  /** Why the limits cannot be learned from the samples that are there; null where they can, or are too few yet. */
  readonly refused: string | null;
}

/** One point, oldest first; `values`: of each panel. */
export interface ChartPoint extends ChartPlace {
  readonly values: readonly number[];
  /** '' where it is in control, or nothing was known of limits then. */
  readonly rule: string;
}

export type ChartVerb = 'close' | 'learn' | 'restart';

/** A part as far as charts look at it: before its rules have run without verdict, reasons and timings. */
export interface ChartedPart {
  readonly recipe: string;
  readonly findings: readonly Pick<Finding, 'model' | 'score' | 'probabilities' | 'boxes' | 'reading'>[];
  /** By `server.tag`. */
  readonly tags: Readonly<Record<string, TagReading>>;
  readonly verdict?: Verdict;
  readonly reasons?: readonly Reason[];
  readonly timings?: Partial<StageTimings>;
}

/** Which parts of the journal: those of the station after that sequence, the oldest first. */
export interface PassedWish {
  readonly station: string;
  readonly after: number;
  readonly limit: number;
}
/** One that was judged, or that `on_failure` spoke of. */
export type PassedPart = Required<ChartedPart> & ChartPlace;
