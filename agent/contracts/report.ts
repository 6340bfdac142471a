/** The report of a shift: figures with the query that gives each of them, quotations, and texts of rules. Nothing else is said in it. */
import type { Shift, Stretch } from './calendar.ts';
import type { Quote } from './quotes.ts';

export type ReportCell = string | number | null;
export type ReportRow = Readonly<Record<string, ReportCell>>;

/** `sql` over the journal with these parameters gives exactly these rows. */
export interface ReportQuery {
  readonly name: ReportQueryName;
  /** What it is, in words. */
  readonly says: string;
  readonly sql: string;
  readonly parameters: ReportRow;
  readonly rows: readonly ReportRow[];
}

export const REPORT_QUERIES = [
  'made',
  'shifts',
  'reasons',
  'reason_shifts',
  'reason_hours',
  'pictures',
  'charts',
  'challenges',
  'holds',
  'alarms',
  'notes',
  'said',
  'lasting',
  'standing',
  'waiting',
  'contained',
] as const;
export type ReportQueryName = (typeof REPORT_QUERIES)[number];

export interface ReportWish extends Stretch {
  /** The shifts before it, the oldest first. */
  readonly before: readonly (Stretch & { readonly id: string })[];
  readonly id: string;
  /** When it is asked for. */
  readonly now: number;
}

/** A share of parts with this reason that lies above the upper limit of the shifts before. */
export interface WorseReason {
  readonly station: string;
  readonly reason: string;
  readonly parts: number;
  /** Parts of which something is known. */
  readonly of: number;
  readonly share: number;
  /** Of the p chart (ISO 7870-2) over the shifts before. */
  readonly center: number;
  readonly upper: number;
  /** Begin of the hour with which it most likely began, of this shift and the one before it; null where that cannot be told. */
  readonly since: number | null;
}

export interface ShiftReport {
  readonly shift: Shift & { readonly over: boolean };
  readonly zone: string;
  /** When it was made. */
  readonly at: number;
  /** false: there are records of the shift that are not counted yet. */
  readonly complete: boolean;
  readonly queries: readonly ReportQuery[];
  /** Worked out of the rows of `reason_shifts`, `shifts` and `reason_hours`. */
  readonly worse: readonly WorseReason[];
  /** Of the texts in the rows of `said`: those that have most words in common together, the most central of each quoted. */
  readonly quotes: readonly Quote[];
}
