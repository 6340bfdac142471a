/** Parts counted, what people say of them, and which of them they should look at. */
import type { Milliseconds } from '../time.ts';
import type { InspectionSummary } from './summaries.ts';
import type { Verdict } from './verdicts.ts';

/** Judged parts by their verdict; failed: on_failure spoke. missed: no verdict went out in time, or none that is known. */
export interface Tally {
  readonly ok: number;
  readonly nok: number;
  readonly review: number;
  readonly failed: number;
  readonly missed: number;
}

/** Times are wall time, by whole hours: `from` is rounded down and `to` up. */
export interface TotalsWish {
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly station?: string | undefined;
  readonly recipe?: string | undefined;
  readonly verdict?: Verdict | undefined;
  /** The first of a part, as lists are asked for it. */
  readonly reason?: string | undefined;
  readonly step: 'hour' | 'day';
  /** Minutes by which the line's day begins before that of UTC. */
  readonly zone: number;
}

export interface Totals {
  readonly all: Tally;
  /** Hours or days that have parts, the oldest first. */
  readonly steps: readonly (Tally & { readonly at: number })[];
  readonly stations: readonly (Tally & { readonly name: string })[];
  readonly recipes: readonly (Tally & { readonly name: string })[];
  /** First reasons of parts that were not ok, the most frequent first. */
  readonly reasons: readonly { readonly name: string; readonly parts: number }[];
  /** false: there is more that has not been counted here. */
  readonly complete: boolean;
  /** Where to go on, as `to` of another question; null where there is nothing older. */
  readonly looked_back_to: number | null;
}

export interface LabelFiguresWish {
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly station?: string | undefined;
  readonly recipe?: string | undefined;
  /** random: parts of the random share alone, of which figures are not biased by what people chose to look at. */
  readonly sample: 'random' | 'all';
}

type ByVerdict = Readonly<Record<Verdict, number>>;

/** Parts that were judged and that people agree on. */
export interface LabelFigures {
  readonly good: ByVerdict;
  readonly bad: ByVerdict;
  /** Nobody said good or bad. */
  readonly unsure: number;
  /** One says good, another bad. */
  readonly disputed: number;
  /** Of the parts that the agent called nok, by their first reason. */
  readonly reasons: readonly { readonly name: string; readonly good: number; readonly bad: number }[];
  /** Of the bad parts, by the kind that people named. */
  readonly kinds: readonly { readonly name: string; readonly missed: number; readonly parts: number }[];
  /** false: only the newest labels were counted. */
  readonly complete: boolean;
}

/**
 * unlike: it scores above everything that the package was taught with. abstained: the verdict is review. near: a score near its threshold.
 * random: of the share that figures are measured by.
 */
export type ReviewWhy = 'unlike' | 'abstained' | 'near' | 'random';

export interface ReviewWish {
  readonly limit: number;
  readonly cursor?: string | undefined;
  readonly station?: string | undefined;
  readonly why?: ReviewWhy | undefined;
}

/** Where it is for measuring, nobody sees what the agent said before he has said what he sees. */
export interface ReviewItem extends Omit<InspectionSummary, 'verdict'> {
  readonly verdict: Verdict | null;
  readonly why: readonly ReviewWhy[];
}

/** Parts that nobody has labelled, newest first. */
export interface ReviewPage {
  readonly items: readonly ReviewItem[];
  readonly next: string | null;
  /** false: the time for one question was over; `next` goes on. */
  readonly complete: boolean;
  /** That wait, no more than MOST_WAITING are counted. */
  readonly waiting: number;
  /** Kinds of defect that people named, the most frequent first. */
  readonly kinds: readonly string[];
}

export const MOST_WAITING = 1000;

/** Scores of one model: those of the newest parts up to one of them, itself included. */
export interface ScoreHistogram {
  /** As the rules call it. */
  readonly model: string;
  readonly package: string;
  readonly score: number;
  readonly threshold: number | null;
  /** Equally wide, from 0 to 1. */
  readonly bins: readonly number[];
  readonly parts: number;
  /** Of them, those with a lower score. */
  readonly lower: number;
}

export const HISTOGRAM_PARTS = 1000;

/** A package at a station, whose promise is to be held against what people say. */
export interface RefusalWish {
  readonly station: string;
  /** As the rules call it. */
  readonly model: string;
  readonly sha256: string;
  /** Parts from this moment on. */
  readonly since: number;
  /** From this score on a part is refused. */
  readonly at: number;
  /** Refusals that came sooner after each other are one, ms: windows that overlap say the same. 0: each is one. */
  readonly apart: Milliseconds;
  /** Of the station, in which all production was good. */
  readonly hours: readonly Pick<GoodHours, 'from' | 'to'>[];
}

/** Somebody says that all production of the station was good from then, included, to then, not included. */
export interface GoodHours {
  readonly id: string;
  readonly station: string;
  readonly from: number;
  readonly to: number;
  readonly who: string;
  /** When it was said. */
  readonly at: number;
}

/** Parts that people call good, singly or by the hour, and those of them that were refused, as far as they are apart. */
export interface Refusals {
  readonly good: number;
  readonly refused: number;
  /** The same, of the parts that were chosen by chance alone. */
  readonly sample: { readonly good: number; readonly refused: number };
  /** The same, of all parts of the hours alone, but those that people call otherwise. `worth`: how many independent ones one of them is worth. */
  readonly hours: { readonly good: number; readonly refused: number; readonly worth: number };
}

/** One part in a hundred, whatever it is: chosen by its id alone, whose last characters are random (RFC 9562, 5.7). */
export const isOfRandomShare = (id: string): boolean => id.slice(-4) < '028f';

/** Scores of one model at one station. Times are wall time of the parts, from included and to not. */
export interface ScoresWish {
  readonly station: string;
  readonly model: string;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  /** Length of a stretch that is told as one. */
  readonly step: Milliseconds;
}

export interface LabelledScore {
  readonly inspection: string;
  readonly at: number;
  readonly score: number;
  readonly label: 'good' | 'bad';
}

export interface Scores {
  /** That gave the newest of them: what another one scored cannot be compared and is left out. null: there is none. */
  readonly package: string | null;
  /** Stretches that have parts, the oldest first. low, high: a tenth of the parts scored no more, and more. */
  readonly steps: readonly {
    readonly at: number;
    readonly parts: number;
    /** At or above the threshold that they were judged by. */
    readonly refused: number;
    readonly low: number;
    readonly middle: number;
    readonly high: number;
  }[];
  /** Parts by score, in thousandths; those that there are. */
  readonly bins: readonly { readonly at: number; readonly parts: number }[];
  /** Parts of which people say the same. */
  readonly labelled: readonly LabelledScore[];
  /** false: there is more, before `looked_back_to`. */
  readonly complete: boolean;
  readonly looked_back_to: number | null;
}
