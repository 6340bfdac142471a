/** Challenge parts (IATF 16949, 10.2.4: "master parts", "red rabbits"): known good and known bad ones that show whether the station still sees it. */
import type { Anchor, ChallengeResult } from './containment.ts';
import type { Inspection, Standing } from './inspections.ts';
import type { TagWrite } from './tags.ts';
import type { Verdict } from './verdicts.ts';

/**
 * The one place where it is decided what counts: a challenge part, or one of a gauge study, is no production, so it is in no yield, no row of verdicts, no
 * chart, no tally and no reference. In SQL: `challenge IS NULL`; see store/production.ts.
 */
export const isProduction = ({ challenge, study }: Pick<Inspection, 'challenge' | 'study'>): boolean =>
  challenge === undefined && study === undefined;

/** What a part is known by at other stations and on the conveyor; null: it has no id. */
export const idOf = ({ part, counted }: Pick<Inspection, 'part' | 'counted'>): string | null => (counted ? null : part);

/** Where a challenge stands. */
export interface ChallengeState {
  readonly name: string;
  /** Id of the part, or the pattern of its ids. */
  readonly part: string;
  readonly expect: Verdict;
  readonly state: 'passed' | 'due' | 'missed' | 'failed';
  /** When it passed last, wall time; null: never. */
  readonly passed: number | null;
  /** Parts since then. */
  readonly parts: number;
}

/** What follows from a challenge: it failed, it was not shown in time, or it passed again after either. */
export interface ChallengeEffect {
  readonly name: string;
  readonly kind: 'failed' | 'missed' | 'passed';
  readonly why: string;
  /** The config wants the line held for it, and these tags written. */
  readonly hold: boolean;
  readonly writes: readonly TagWrite[];
  readonly after: Anchor | null;
  readonly until: Anchor | null;
  readonly parts: number;
  /** Of the stretch that it opens, or ends; null where none is open. */
  readonly containment: string | null;
}

/** Why a challenge is due. */
export type ChallengeCause = 'never' | 'shift' | 'changeover' | 'package' | 'time';

/** The challenges of one station. Time is that of whoever made it; nothing here reads a wall clock. */
export interface Challenges {
  /** The challenge that this part is of; null: it is production. */
  recognise(part: string | null): string | null;
  /** Pure. */
  compare(name: string, judged: Pick<Inspection, 'outcome' | 'verdict' | 'reasons' | 'findings'>): ChallengeResult;
  /** What holding the line for a challenge that failed writes; null where the config does not want it held. */
  holds(name: string): Pick<ChallengeEffect, 'writes' | 'why'> | null;
  /** In the order of the records. `newId`: for a stretch that begins. */
  shown(result: ChallengeResult, record: Anchor, newId: () => string): ChallengeEffect;
  /** So many more parts of production have their record. */
  produced(parts: number): void;
  begin(cause: Extract<ChallengeCause, 'changeover' | 'package'>): void;
  /** These packages judge: another one than before is a change. By slot. */
  judgedBy(packages: Readonly<Record<string, string>>): void;
  /** Lets the time that has passed count; what is late by now. */
  look(newId: () => string): readonly ChallengeEffect[];
  /** Was late at a look, and nothing has followed: neither that it was late, nor that it was shown by now. */
  isUntold(name: string): boolean;
  /** What follows from one that was late is on its way to the journal. Until then a restart looks again. */
  told(name: string): void;
  readonly standings: readonly Standing[];
  readonly states: readonly ChallengeState[];
  /** JSON text that restore() takes back after a restart. */
  save(): string;
  restore(saved: string): void;
}
