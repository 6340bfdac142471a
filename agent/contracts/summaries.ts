/** What lists of inspections say of each. */
import type { InspectionOutcome } from './inspections.ts';
import type { Reason, Verdict } from './verdicts.ts';

export interface ScoreSummary {
  readonly model: string;
  readonly package: string;
  readonly label: string | null;
  readonly score: number | null;
  readonly threshold: number | null;
}

/** One line of a list. */
export interface InspectionSummary {
  readonly id: string;
  readonly station: string;
  readonly sequence: number;
  readonly outcome: InspectionOutcome;
  readonly at: number;
  readonly part: string | null;
  readonly counter: number | null;
  readonly recipe: string;
  readonly verdict: Verdict;
  readonly reasons: readonly Reason[];
  readonly scores: readonly ScoreSummary[];
  /** To the PLC: none, written, failed. */
  readonly answer: string;
  readonly verdict_ms: number | null;
  /** That are kept. */
  readonly pictures: number;
  /** Of a challenge part, as the config names it. */
  readonly challenge?: string;
  /** Of a part of a gauge study, as the config names it. */
  readonly study?: string;
}
