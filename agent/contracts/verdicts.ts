/** Verdicts and their reasons. */
import type { ErrorCode } from '../errors.ts';

/** What the agent says of a part. `review`: it abstains, a person looks. */
export type Verdict = 'ok' | 'nok' | 'review';
export const VERDICTS: readonly Verdict[] = ['ok', 'nok', 'review'];

/** Why: a rule that matched, or a fault of the table. */
export interface Reason {
  readonly text: string;
  /** The rule's expression, when a rule spoke. */
  readonly rule?: string;
  /** The fault's code, when a fault spoke. */
  readonly code?: ErrorCode;
}

/** What a score says by itself, as a station without rules judges. The review band ends below its upper limit. */
export function sideOf(score: number, { threshold, review }: Limits): Verdict {
  if (score >= threshold) return 'nok';
  return review && score >= review[0] && score < review[1] ? 'review' : 'ok';
}

export interface Limits {
  readonly threshold: number;
  readonly review: readonly [number, number] | null;
}

/** What a reason says without the figures in brackets behind it: "surface defect" of "surface defect (surface.score 0.83 >= 0.62)". */
export const reasonWords = ({ text }: Pick<Reason, 'text'>): string => (/ \(.*\)$/s.test(text) ? text.slice(0, text.indexOf(' (')) : text);
