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

/** As the journal has it. */
export interface StoredContainment extends Containment {
  /** What a person said of its parts; null while nobody has. */
  readonly disposition: {
    readonly disposition: 'released' | 'scrapped';
    readonly at: number;
    readonly who: string;
    readonly note: string;
  } | null;
}

/** Records of a station, by their order in the journal: after one (null: from the first on) and up to another (null: up to the newest). */
export interface PartStretch {
  readonly station: string;
  /** Ids of inspections. */
  readonly after: string | null;
  readonly until: string | null;
}

/** Tags that say lot and order, as `server.tag`. */
export interface LotTags {
  readonly lot?: string | undefined;
  readonly order?: string | undefined;
}

export interface ContainedWish extends PartStretch {
  readonly tags: LotTags;
  readonly limit: number;
  /** `next` of the page before. */
  readonly cursor?: string | undefined;
}

export interface ContainedPart extends Anchor {
  readonly verdict: Verdict;
  readonly outcome: string;
  readonly recipe: string;
  /** In words, one after the other. */
  readonly reasons: string;
  readonly lot: string | null;
  readonly order: string | null;
  /** What people said of it last; null: nobody has. */
  readonly label: string | null;
  /** Kept pictures. */
  readonly pictures: number;
  /** So many parts passed unseen under this record; 1 for any other. */
  readonly parts: number;
}

/** In the order of the journal, oldest first. */
export interface ContainedPage {
  readonly items: readonly ContainedPart[];
  readonly next: string | null;
}

/** Since when something may be wrong: with none of them, since the last proof of all. */
export interface OpeningWish {
  readonly station: string;
  /** Somebody says that all was good until then; wall time. */
  readonly since?: number | undefined;
  /** The last proof before this moment, wall time. */
  readonly before?: number | undefined;
  /** The last proof before this inspection. */
  readonly inspection?: string | undefined;
}

/** What a stretch begins after, and what proves that. */
export interface Opening {
  readonly after: Anchor | null;
  readonly proof: 'challenge' | 'label' | 'person' | 'none';
  /** The newest record of the station. */
  readonly until: Anchor | null;
  /** In between; null: too many to be counted at once. */
  readonly parts: number | null;
}

/** One part as the search for a change sees it. */
export interface SampledPart extends Anchor {
  readonly isNok: boolean;
  /** By model. */
  readonly scores: Readonly<Record<string, number>>;
}

/** The parts of a stretch, and those before it that are its reference; oldest first. Null where there are too many to look at. */
export interface Sampled {
  readonly reference: readonly SampledPart[];
  readonly stretch: readonly SampledPart[] | null;
}
