/** What must be looked at when something is found to have gone wrong: the stretch of parts since it was last proven good. */
import type { Verdict } from './verdicts.ts';

/** What a challenge part got, against what it must get. */
export interface ChallengeResult {
  /** As the config names it. */
  readonly name: string;
  readonly expect: Verdict;
  /** What must be among the reasons; null: any will do. */
  readonly reason: string | null;
  readonly passed: boolean;
}

/** A record that bounds a stretch of parts. */
export interface Anchor {
  /** Its id; the stretch is what was recorded after it, or up to it. */
  readonly inspection: string;
  readonly sequence: number;
  readonly at: number;
  readonly part: string | null;
}

/** challenge: a master part failed or was not shown. alarm: of any kind. sample: a person contradicts a verdict. package: another one judges. */
export type ContainmentCause = 'challenge' | 'alarm' | 'sample' | 'package' | 'person';

/** Parts that may have been judged wrongly: those of a station after the last proof and up to `until`. `id` is a UUIDv7. */
export interface Containment {
  readonly id: string;
  readonly station: string;
  /** When it was opened. */
  readonly at: number;
  readonly cause: ContainmentCause;
  /** Of the challenge, the alarm, the inspection or the model. */
  readonly subject: string;
  /** In words. */
  readonly why: string;
  /** The last record that is proven good, which is not in it; null: nothing ever was. */
  readonly after: Anchor | null;
  /** Its last part; null: it still grows. */
  readonly until: Anchor | null;
  /** As many as there were when this was said; null: they have not been counted. */
  readonly parts: number | null;
}

/** What a person says of the parts in it. */
export interface Disposition {
  readonly containment: string;
  readonly at: number;
  readonly who: string;
  readonly disposition: 'released' | 'scrapped';
  readonly note: string;
}

/** Of a decision to quarantine: which parts. */
export interface QuarantinedParts {
  readonly containment: string;
  readonly after: Anchor | null;
  readonly until: Anchor | null;
  readonly parts: number | null;
}
