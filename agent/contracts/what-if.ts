/** What would have changed a verdict: one thing changed at a time, everything else as it was. */
import type { AskableStation } from './following.ts';
import type { TagScalar } from './tags.ts';
import type { Verdict } from './verdicts.ts';

/** Where a number would have had to be: below `at`, at most there, at least there, or above it. */
export type Side = 'below' | 'at_most' | 'at_least' | 'above';

export type WhatIfChange =
  | {
      /** score: of a model. number: a tag's, or another figure of a finding. */
      readonly kind: 'score' | 'number';
      /** As expressions call it: `surface.score`, `tags.plc.die_temp`. */
      readonly name: string;
      readonly value: number;
      /** The nearest to `value` at which the verdict is this one. */
      readonly at: number;
      readonly side: Side;
      readonly verdict: Verdict;
    }
  | {
      /** A label, a text, a truth value. */
      readonly kind: 'word';
      readonly name: string;
      readonly value: TagScalar;
      /** '': anything that no rule names. */
      readonly to: TagScalar;
      readonly verdict: Verdict;
    }
  | {
      readonly kind: 'rule_off';
      /** From 1, in the order of the config. */
      readonly rule: number;
      /** Its expression; null: it always matches. */
      readonly when: string | null;
      readonly reason: string | null;
      readonly verdict: Verdict;
    };

/**
 * not_judged: no rule spoke of this part. rules_unknown: the rules that judged it are not on record. not_reproduced: those that are give
 * another verdict for what the record holds, so that nothing they say of it is known to be true.
 */
export type WhatIfUnknown = 'not_judged' | 'rules_unknown' | 'not_reproduced';

export interface WhatIf {
  readonly verdict: Verdict;
  /** Null: what follows is known. */
  readonly unknown: WhatIfUnknown | null;
  /** Of each thing the nearest change for each other verdict, in both directions; what is nearest first. */
  readonly changes: readonly WhatIfChange[];
  /** What the rules read and nobody changed here: lists, what was before. */
  readonly untried: readonly string[];
  /** false: the bound on evaluations was reached before everything was tried. */
  readonly complete: boolean;
}

/** A rule as it stood in a config. */
export interface RecordedRule {
  readonly when?: string | undefined;
  readonly verdict: Verdict;
  readonly reason?: string | undefined;
}

/** What judged the parts of one station under one config; kept with every config that runs. */
export interface RecordedRules {
  /** By the station's name for the model. */
  readonly models: Readonly<Record<string, { readonly labels?: readonly string[] | undefined }>>;
  /** By `server.tag`, of those that the rules may mean. */
  readonly tags: Readonly<Record<string, 'number' | 'any'>>;
  /** Of tags whose range the config has. */
  readonly ranges: Readonly<Record<string, readonly [number, number]>>;
  /** Control charts that the rules may ask; absent where an older version kept the rules. */
  readonly charts?: Readonly<Record<string, { readonly capable: boolean }>>;
  /** Stations of which they may ask what was said of the part before; absent where an older version kept the rules. */
  readonly askable?: Readonly<Record<string, AskableStation>>;
  /** Null: the station has none of its own. */
  readonly rules: readonly RecordedRule[] | null;
}
