/** Figures of a shift by ISO 22400-2: what the journal counts, and what is worked out of it. */
import type { Milliseconds } from '../time.ts';
import type { Stretch } from './calendar.ts';

/** Records that say the same of a station in a stretch of time. */
export interface PartCount {
  readonly station: string;
  readonly recipe: string;
  readonly verdict: string;
  readonly outcome: string;
  /** The gravest decision that was taken about the part: rework, reject or ''. */
  readonly action: string;
  /** first, again: the part's id had not, or had, passed this station before. unnamed: it has no id. */
  readonly pass: string;
  readonly parts: number;
}

/** Time of a station in planned time: that the agent was on, and that its machine was known to run, or to stand. */
export interface WatchedTime {
  readonly station: string;
  readonly watched: Milliseconds;
  readonly running: Milliseconds;
  readonly stopped: Milliseconds;
}

/** The same of one slot of the calendar, as it is kept; what comes of a slot later is added. */
export interface WatchedSlot extends WatchedTime {
  /** Number of the slot since 1970. */
  readonly slot: number;
}

export interface ShiftCountsWish extends Stretch {
  /** Of it, what is planned for production. */
  readonly planned: readonly Stretch[];
}

export interface ShiftCounts {
  readonly parts: readonly PartCount[];
  readonly times: readonly WatchedTime[];
  /** false: there are records of it that are not counted yet. */
  readonly complete: boolean;
}

/** The same of one order, and when the first and the last of these parts were there. */
export interface OrderCount extends PartCount {
  readonly order: string;
  readonly first: number;
  readonly last: number;
}
export interface OrderCountsWish extends Stretch {
  /** By station, the tag that names the order. */
  readonly tags: Readonly<Record<string, string>>;
}
export interface OrderCounts {
  readonly parts: readonly OrderCount[];
  /** false: there are more records in the stretch than were walked through. */
  readonly complete: boolean;
}

/** What is known of a station beside the journal. */
export interface StationFacts {
  readonly station: string;
  /** Planned run time per item; null: the config does not say. */
  readonly idealCycle: Milliseconds | null;
  /** A tag tells whether its machine runs. */
  readonly hasMachine: boolean;
}

/**
 * A ratio of what is known; `low` and `high`: where all that is unknown went the one way or the other. Null: nothing is known of it. `count` and
 * `of` are what is known.
 */
export interface Ratio {
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly count: number;
  readonly of: number;
}

/** Parts of which nobody knows whether they are good. review: a person has to say. failed: on_failure spoke. */
export interface UnknownParts {
  readonly review: number;
  readonly failed: number;
  readonly missed: number;
  readonly unrecorded: number;
}

/** Quantities of ISO 22400-2: produced (PQ) = good (GQ) + scrap (SQ) + rework (RQ) + those that nobody knows. */
export interface Quantities {
  readonly produced: number;
  readonly good: number;
  readonly scrap: number;
  readonly rework: number;
  readonly unknown: UnknownParts;
}

export interface QualityKpi {
  readonly quantities: Quantities;
  readonly quality_ratio: Ratio;
  readonly scrap_ratio: Ratio;
  readonly rework_ratio: Ratio;
  readonly first_pass_yield: Ratio;
}

/** Why a figure is not known, or not of all: what a receiver must not take for a bad shift. */
export const KPI_DOUBTS = ['agent_off', 'machine_unknown', 'parts_unknown', 'parts_without_id', 'not_counted'] as const;
export type KpiDoubt = (typeof KPI_DOUBTS)[number];

export interface StationKpi extends QualityKpi {
  readonly station: string;
  readonly times_ms: {
    /** Planned busy time (PBT). */
    readonly planned: Milliseconds;
    /** Of it, with the agent on. */
    readonly watched: Milliseconds;
    /** Actual production time (APT), as far as it is known; null where no tag tells. */
    readonly running: Milliseconds | null;
    readonly stopped: Milliseconds | null;
    /** Of the planned time, where nobody knows whether the machine ran. */
    readonly unknown: Milliseconds | null;
  };
  /** Produced in an hour of planned time; null before there was any. */
  readonly throughput_rate: number | null;
  readonly availability: Ratio;
  readonly effectiveness: Ratio;
  readonly oee: Ratio;
  readonly recipes: readonly (QualityKpi & { readonly recipe: string })[];
  readonly doubts: readonly KpiDoubt[];
}

/** One order or one recipe at a station, over a stretch of shifts. */
export interface GroupKpi extends QualityKpi {
  readonly station: string;
  /** Of the order or the recipe. */
  readonly name: string;
  readonly recipes: readonly string[];
  /** First and last part of the order; null of a recipe. */
  readonly from: number | null;
  readonly to: number | null;
  /** Produced in an hour from the first part to the last; null of a recipe, and of one part. */
  readonly throughput_rate: number | null;
}

/** One station in one shift, up to `until`. */
export interface ShiftKpi extends StationKpi {
  readonly shift: { readonly id: string; readonly name: string; readonly day: string } & Stretch;
  /** Its figures are up to here. */
  readonly until: number;
  readonly over: boolean;
}

/** A shift has ended: its figures, once for each station. `id` is a UUIDv7 and the event id of what is published about it. */
export interface ClosedShift {
  readonly id: string;
  readonly at: number;
  readonly kpi: ShiftKpi;
}

/** Where closing goes on. */
export interface ShiftsKept {
  /** End of the last shift that was closed; null: none was. */
  readonly closedTo: number | null;
  /** Since when the agent has watched by a calendar; null: never. */
  readonly watchedSince: number | null;
}
