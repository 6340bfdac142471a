/** A stored part judged again: the same inputs under today's config and packages, beside what was said then. */
import type { Reason, Verdict } from './verdicts.ts';

export interface ReplayFinding {
  readonly model: string;
  readonly package: string;
  readonly version: string;
  readonly label: string | null;
  readonly score: number | null;
  readonly threshold: number | null;
}
export interface ReplayJudgement {
  readonly verdict: Verdict;
  readonly reasons: readonly Reason[];
  readonly findings: readonly ReplayFinding[];
  /** Hash. */
  readonly config: string;
}

/** same: what the model looked at. encoded: the picture as it was kept, which the camera's was encoded into, so that scores may differ a little. */
export interface ReplayInput {
  readonly model: string;
  readonly state: 'same' | 'encoded';
}

export interface Replay {
  readonly was: ReplayJudgement;
  /** Null: it cannot be judged again; see `why`. */
  readonly now: ReplayJudgement | null;
  /** A sentence. */
  readonly why: string | null;
  readonly inputs: readonly ReplayInput[];
}
