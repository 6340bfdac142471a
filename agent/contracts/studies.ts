/**
 * Gauge studies at the line (AIAG MSA, 4th edition, chapter III; VDA 5): master parts that are shown again and again while the station judges them
 * like any other. They are no production; see isProduction().
 */
import type { Inspection, Standing } from './inspections.ts';
import type { Placed, StudyPart } from './study-part.ts';

/**
 * attributes: parts whose truth is known, good or bad. type_one: one reference part, measured again and again. repeatability: several parts, each measured
 * by several appraisers (people, shifts, set-ups) several times.
 */
export type StudyKind = 'attributes' | 'type_one' | 'repeatability';

/** open: parts are asked for. done: all were shown. ended: a person, a change of the gauge, or time has ended it before. */
export type StudyState = 'open' | 'done' | 'ended';

export type Truth = 'good' | 'bad';

/** Showings of one study, at most: its order, its rows and its report stay small. */
export const MOST_SHOWINGS = 1000;

/** What a study wants, as the config says it; kept with it, so that it can be reported when the config says something else. */
export interface StudySpec {
  readonly kind: StudyKind;
  /** Ids of the parts, or their numbers where they are told by the order in which they are asked for. */
  readonly parts: readonly string[];
  readonly by: 'id' | 'order';
  /** One word where nobody shows them but the machine itself. */
  readonly appraisers: readonly string[];
  /** How often each appraiser shows each part. */
  readonly repeats: number;
  /** Of attributes: by part. */
  readonly truth?: Readonly<Record<string, Truth>>;
  /** What is measured, as charts name it. */
  readonly of?: string;
  /** True value of the reference part, and upper less lower limit, in the unit of what is measured. */
  readonly reference?: number;
  readonly tolerance?: number;
  /** Of type 1: share of the tolerance in percent, deviations, and what Cg and Cgk must reach. */
  readonly percent?: number;
  readonly spread?: number;
  readonly least?: number;
}

/** What must be the same from the first part to the last: a study is of one gauge. */
export interface Gauge {
  /** Of what judges in the config: the station with its cameras. Short hash. */
  readonly config: string;
  /** By slot, which package judges. */
  readonly packages: Readonly<Record<string, string>>;
  readonly recipe: string;
}

/** The record of one study. `id` is a UUIDv7. */
export interface Study {
  readonly id: string;
  readonly station: string;
  readonly name: string;
  readonly state: StudyState;
  /** Who began it, as far as the way in tells. */
  readonly who: string;
  readonly at: number;
  readonly ended: number | null;
  /** Why it has ended, in words; '' while it is open, and where it is done. */
  readonly why: string;
  /** Parts that were shown as asked, of how many. */
  readonly shown: number;
  readonly of: number;
  readonly spec: StudySpec;
  readonly gauge: Gauge;
  /** Of the whole config, when it began. */
  readonly configHash: string;
}

/** One part that is asked for. */
export interface Asked {
  /** From 1. */
  readonly showing: number;
  readonly part: string;
  readonly appraiser: string;
  /** From 1: how often this appraiser has shown this part with it. */
  readonly trial: number;
}

/** What the agent said of one part that was shown as asked. */
export interface Showing extends Asked {
  readonly study: string;
  /** Of attributes; none: the agent abstained. Null of what is measured. */
  readonly said: Truth | 'none' | null;
  readonly value: number | null;
  readonly inspection: string;
  readonly at: number;
  /** Tags that say under which conditions; those that were good and a number. */
  readonly conditions: Readonly<Record<string, number>>;
}

/** Where an open study stands, for who looks. */
export interface OpenStudy extends Pick<Study, 'id' | 'name' | 'shown' | 'of' | 'at' | 'who'> {
  readonly kind: StudyKind;
  readonly by: StudySpec['by'];
  readonly asked: Asked;
  /** Told by order: somebody has said that the part lies there, and the next one is it. */
  readonly placed: boolean;
  /** Why the last part did not count, and is asked for again; null: it did. */
  readonly again: string | null;
  /** The last part that passed since then and is none of the study's: it counts as production. */
  readonly other: string | null;
}

/** What follows from a part of a study, or from time or a change. */
export interface StudyEffect {
  readonly study: Study;
  readonly showing: Showing | null;
}

/** Which study a part is of. */
export type StudyMember = Pick<StudyPart, 'name' | 'study'> & { readonly placed: Placed | null };

export interface StudyBegin {
  readonly id: string;
  readonly who: string;
  readonly recipe: string;
  readonly configHash: string;
  /** Whole, 0 to 2^31: the order in which parts are asked for follows from it. */
  readonly seed: number;
}

/** The studies of one station. Time is that of whoever made it. */
export interface Studies {
  /** By the names of the config. */
  readonly specs: Readonly<Record<string, StudySpec>>;
  readonly open: OpenStudy | null;
  /** Throws COMMAND_REFUSED where there is no such study, or one is open. */
  begin(name: string, begin: StudyBegin): Study;
  /** Somebody says that the part that is asked for lies there. Throws COMMAND_REFUSED where none is, or parts are told by their ids. */
  place(): Asked;
  /** The last part that counted was another one than was asked for: it is asked for again. Throws COMMAND_REFUSED where none has counted. */
  takeBack(): { readonly study: Study; readonly showing: number };
  /** Throws COMMAND_REFUSED where none is open. */
  cancel(why: string): Study;
  /** For the trigger of this moment: the part that was announced, once. */
  take(): Placed | null;
  /** Null: it is production. */
  member(part: string | null, placed: Placed | null): StudyMember | null;
  /**
   * One that was answered before a kill and has no record. `placed`: as noted with its answer; undefined: nothing was noted, and where parts are told by
   * their order it may have been the one that was announced.
   */
  unrecorded(part: string | null, placed: Placed | null | undefined): StudyMember | null;
  /** So many passed unseen, in one gap. A single one right after a kill is the one that was announced before it, where parts are told by their order. */
  missed(count: number): StudyMember | null;
  /** In the order of the records. */
  shown(member: StudyMember, inspection: Inspection): { readonly part: StudyPart; readonly effect: StudyEffect | null };
  /** A part that is none of a study has its record; those of before a kill have theirs. */
  passed(part: string | null): void;
  /** This is the gauge now; an open study of another one ends. */
  judgedBy(gauge: Omit<Gauge, 'recipe'>): void;
  /** Lets the time that has passed count; a study that has ended by time or by a change, once. */
  look(): Study | null;
  readonly standings: readonly Standing[];
  /** JSON text that restore() takes back after a restart; null: none is open. */
  save(): string | null;
  restore(saved: string | null): void;
  /** What was done since save() could not be kept: it is undone, and a part that was under inspection is asked for again. */
  undo(saved: string | null): void;
}

/** A study with what it has shown, out of the journal. */
export interface StoredStudy extends Study {
  readonly showings: readonly Showing[];
  /** What people said of its parts, on their records. */
  readonly labels: readonly { readonly inspection: string; readonly who: string; readonly label: Truth | 'unsure' }[];
}

/** With its 95 % interval; share null where nothing was counted. */
export interface StudyShare {
  readonly share: number | null;
  readonly low: number;
  readonly high: number;
  readonly count: number;
  readonly of: number;
}

/** By the bounds of AIAG: acceptable; may be where it matters little; not acceptable. */
export type StudyGrade = 'good' | 'conditional' | 'unfit';

/** The same for the agent and each person who labelled the records. */
export interface AppraiserReport {
  readonly appraiser: string;
  readonly effectiveness: StudyShare;
  readonly misses: StudyShare;
  readonly falseAlarms: StudyShare;
  readonly repeats: StudyShare;
  /** Cohen's, against the truth. */
  readonly kappa: number | null;
  /** Null: not finished, or too few parts. */
  readonly judged: StudyGrade | null;
  /** Trials without a word: their parts are neither right nor repeated, and misses and false alarms are of the others. */
  readonly abstained: number;
}
export interface PairReport {
  readonly between: readonly [string, string];
  /** Trials, or parts, that both have judged. */
  readonly both: number;
  /** Cohen's; null: too few, or both said one thing only. */
  readonly kappa: number | null;
}

export type StudyFigures =
  | {
      readonly kind: 'attributes';
      readonly parts: number;
      readonly good: number;
      readonly bad: number;
      /** Of the agent: the worst of its rows. Null: not finished, or too few parts that it has a word on. */
      readonly judged: StudyGrade | null;
      readonly appraisers: readonly AppraiserReport[];
      readonly pairs: readonly PairReport[];
      /** Fleiss' kappa of all trials of all appraisers; null where trials are missing. */
      readonly together: number | null;
    }
  | {
      readonly kind: 'type_one';
      readonly n: number;
      readonly mean: number;
      readonly deviation: number;
      readonly bias: number;
      readonly t: number;
      readonly p: number;
      readonly cg: number;
      readonly cgk: number;
      readonly least: number;
      readonly biased: boolean;
      /** Null: not finished. */
      readonly judged: StudyGrade | null;
    }
  | {
      readonly kind: 'repeatability';
      readonly parts: number;
      readonly appraisers: number;
      readonly trials: number;
      /** Of the total standard deviation. */
      readonly percent: { readonly gauge: number; readonly repeatability: number; readonly reproducibility: number; readonly part: number };
      readonly ofTolerance: number | null;
      readonly categories: number;
      /** The interaction of parts and appraisers counts as noise. */
      readonly pooled: boolean;
      readonly sources: readonly {
        readonly source: 'part' | 'appraiser' | 'interaction' | 'residual';
        readonly sumOfSquares: number;
        readonly freedom: number;
        readonly f: number | null;
        readonly p: number | null;
      }[];
      readonly judged: StudyGrade;
    };

export interface StudyReport {
  readonly study: Study;
  readonly showings: readonly Showing[];
  /** Null: see refused. */
  readonly figures: StudyFigures | null;
  /** Why there are no figures, or no grade, in words; null where both are there. */
  readonly refused: string | null;
  /** Least and most of each condition tag over the showings. */
  readonly conditions: readonly { readonly tag: string; readonly low: number; readonly high: number }[];
}

/** People beside the agent. */
export interface BesideReport {
  readonly station: string;
  /** Parts that somebody has called good or bad. */
  readonly parts: number;
  readonly pairs: readonly PairReport[];
  readonly refused: string | null;
}

/** Of a part of production that people have labelled: what the agent said, and they. Each person once, the newest label. */
export interface Appraisal {
  readonly inspection: string;
  readonly who: string;
  readonly label: Truth | 'unsure';
  readonly said: Truth | 'none';
}
