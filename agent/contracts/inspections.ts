/** Triggers, inspections, decisions, alarms, and the judge between them. */
import type { ErrorCode, LinesideError } from '../errors.ts';
import type { Milliseconds } from '../time.ts';
import type { ChallengeResult, QuarantinedParts } from './containment.ts';
import type { Finding } from './models.ts';
import type { Frame, PixelFormat } from './pictures.ts';
import type { RouteDecision } from './routes.ts';
import type { Placed, StudyPart } from './study-part.ts';
import type { TagValue, TagWindow, TagWrite } from './tags.ts';
import type { Reason, Verdict } from './verdicts.ts';

export type TriggerKind = 'tag' | 'frame' | 'timer' | 'command';
export interface Trigger {
  readonly kind: TriggerKind;
  /** When it happened at its source. */
  readonly at: number;
  /** `at` is the source's own time, not the time of its arrival here. */
  readonly stamped?: boolean;
  /**
   * For `tag`: how many edges came in one notification, which of them this one is, from 0, and whether it was the last value in it, so
   * that no next part had begun.
   */
  readonly batch?: { readonly size: number; readonly index: number; readonly open: boolean };
  /** When it reached the agent, wall and monotonic. */
  readonly received: number;
  readonly arrived: number;
  /** The frame that triggered, for `frame`; held by the sender until onTrigger returns. */
  readonly frame?: Frame;
  /** Part id given with a command. */
  readonly part?: string;
  /** Correlation for a command's reply. */
  readonly command?: string;
}

/**
 * judged: models and rules spoke.  failed: `on_failure` spoke, see reasons.  missed: passed unseen, found by the part counter.
 * unrecorded: the PLC has an answer that the disk had not, found at restart.
 */
export type InspectionOutcome = 'judged' | 'failed' | 'missed' | 'unrecorded';

export interface FrameReference {
  readonly camera: string;
  readonly sequence: number;
  readonly captured: number;
  readonly width: number;
  readonly height: number;
  readonly format: PixelFormat;
  /** captured - the wanted time. */
  readonly offsetMs: Milliseconds;
  readonly truth?: string;
  readonly file?: string;
}

export interface TagReading {
  readonly value: TagValue;
  readonly status: number;
  readonly source: number | null;
  readonly unit?: string;
}

export interface Answer {
  /**
   * failed: not confirmed, so it may or may not have arrived. none: the PLC was told nothing, since the station has no `answer` or, with a
   * fault, since nobody could tell whose verdict it is.
   */
  readonly state: 'none' | 'written' | 'failed';
  readonly ms: Milliseconds;
  readonly fault?: string;
}

/** The PLC is being told of a part; what is noted of it before its record is on the disk. */
export interface AnswerNote {
  readonly station: string;
  /** Of the trigger, as the station counts them over all its lives. */
  readonly number: number;
  readonly part: string | null;
  readonly counter: number | null;
  readonly verdict: Verdict;
  readonly recipe: string;
  /** It was announced as a part of a gauge study, which is told by the order of its parts; left out: it was not. */
  readonly placed?: Placed;
}

export interface StageTimings {
  /** Trigger at its source to its arrival here; the clocks of two machines, so it may be negative. */
  readonly transport: Milliseconds;
  readonly align: Milliseconds;
  readonly prepare: Milliseconds;
  readonly infer: Milliseconds;
  readonly rules: Milliseconds;
  /** Arrival to the write request on its way. */
  readonly verdict: Milliseconds;
  /** The write's round trip. */
  readonly answer: Milliseconds;
}

/** The record of one trigger. `id` is a UUIDv7 and the event id of what is published about it. */
export interface Inspection {
  readonly id: string;
  readonly station: string;
  /** Per station, from 1, without gaps, across restarts. */
  readonly sequence: number;
  readonly outcome: InspectionOutcome;
  readonly at: number;
  readonly trigger: TriggerKind;
  readonly part: string | null;
  /** `part` is a number that the station, or the PLC for it, has counted, and nobody's id. Absent where it is one; see idOf(). */
  readonly counted?: true;
  /** The part counter's value, where the station has one and it is known of this part. */
  readonly counter: number | null;
  /** For `missed`: counters that passed unseen, both included, where one record stands for many; `part` and `counter` are null then. */
  readonly missed?: { readonly from: number; readonly to: number };
  readonly recipe: string;
  readonly verdict: Verdict;
  readonly reasons: readonly Reason[];
  readonly findings: readonly Finding[];
  readonly frames: readonly FrameReference[];
  readonly tags: Readonly<Record<string, TagReading>>;
  readonly window: TagWindow | null;
  readonly answer: Answer;
  readonly timings: StageTimings;
  readonly configHash: string;
  /** Of a challenge part: what it must get. Absent for production; see isProduction(). */
  readonly challenge?: ChallengeResult;
  /** Of a part of a gauge study; absent for production as well. */
  readonly study?: StudyPart;
}

export type DecisionAction =
  | 'reject'
  | 'rework'
  | 'hold'
  | 'stop'
  | 'slow_down'
  | 'change_tool'
  | 'next_order'
  | 'notify'
  | 'quarantine'
  | 'divert'
  | 'call_material';

/** What followed from verdicts. */
export interface Decision {
  readonly id: string;
  readonly station: string;
  readonly at: number;
  readonly inspection: string | null;
  readonly action: DecisionAction;
  readonly reason: string;
  readonly rule: string;
  readonly writes: readonly {
    readonly tag: string;
    readonly value: TagValue;
    readonly state: 'written' | 'failed';
    readonly fault?: string;
  }[];
  /** hold and stop stay until somebody acknowledges. */
  readonly latched: boolean;
  /** Of a quarantine: which parts. */
  readonly quarantine?: QuarantinedParts;
  /** Where the part goes; `hold` and `rework` with it are about the part alone, and hold no station. */
  readonly route?: RouteDecision;
}

/** A result that came after the deadline had spoken: kept, never sent as the verdict. */
export interface LateFinding {
  readonly inspection: string;
  readonly finding: Finding | null;
  readonly model: string;
  readonly lateMs: Milliseconds;
  readonly fault?: string;
}

/** What a candidate changes: nothing, the name of what it sees, ok/review/nok of its own finding, or the verdict; the gravest. */
export type Difference = 'none' | 'label' | 'finding' | 'verdict';

/** A candidate's word on a part that the model beside it has judged. Never sent to the PLC. `id` is a UUIDv7. */
export interface ShadowComparison {
  readonly id: string;
  readonly at: number;
  readonly station: string;
  readonly inspection: string;
  readonly part: string | null;
  readonly recipe: string;
  /** The station's name for the model. */
  readonly model: string;
  readonly difference: Difference;
  readonly current: { readonly verdict: Verdict; readonly finding: Finding };
  /** The verdict that the rules would have given with its finding in the other's place. */
  readonly candidate: { readonly verdict: Verdict; readonly reasons: readonly Reason[]; readonly finding: Finding };
}

/**
 * Since the start. skipped: it was still at work on the part before. failed: it gave no finding, or the rules had no use for it; a part that it
 * did not find is compared, as `on_failure` would answer it.
 */
export interface ShadowCounters {
  readonly package: string;
  readonly compared: number;
  readonly differing: number;
  readonly skipped: number;
  readonly failed: number;
}

/** Another package judges in a place than before. promoted, rolled_back: by the command of that name. `id` is a UUIDv7. */
export interface ModelChange {
  readonly id: string;
  readonly at: number;
  readonly station: string;
  /** The station's name for the model. */
  readonly model: string;
  /** null: of every recipe that has none of its own. */
  readonly recipe: string | null;
  readonly change: 'promoted' | 'rolled_back' | 'changed';
  readonly from: { readonly package: string; readonly version: string };
  readonly to: { readonly package: string; readonly version: string; readonly variant: string; readonly sha256: string };
}

export interface Alarm {
  /** `code/subject`: one alarm a fault and thing. */
  readonly key: string;
  readonly code: ErrorCode;
  /** The station, camera, server or model it is about; '' for the agent. */
  readonly subject: string;
  readonly active: boolean;
  /** When it became what `active` says. */
  readonly since: number;
  /** When it was raised; `since` while it is active. */
  readonly raised: number;
  /** Raised this often since the agent's process began, 1 for the first time. */
  readonly times: number;
  readonly text: string;
  readonly next: string;
}

/** A fault that lasts, and what it is about. */
export interface Standing {
  readonly fault: LinesideError;
  readonly subject: string;
}

/** What the rules of a station look at. */
export interface RuleInput {
  readonly findings: Readonly<Record<string, Finding>>;
  /** By `server.tag`. */
  readonly tags: Readonly<Record<string, TagReading>>;
  readonly recipe: string;
  readonly part: string | null;
}
export interface Judgement {
  readonly verdict: Verdict;
  readonly reasons: readonly Reason[];
}
export interface DecisionIntent {
  readonly action: DecisionAction;
  readonly reason: string;
  readonly rule: string;
  readonly writes: readonly TagWrite[];
  readonly latched: boolean;
  /** It says where the part goes. */
  readonly route?: RouteDecision;
}
/** The rules and the short memory of one station. judge and decide are pure; RULE_FAILED is thrown, never guessed around. */
export interface Judge {
  judge(input: RuleInput): Judgement;
  /** judge() with the memory as it is now, and with what the control charts say of `now`, for later. */
  asNow(now: RuleInput): (input: RuleInput) => Judgement;
  decide(input: RuleInput, verdict: Verdict): readonly DecisionIntent[];
  /** Tags the expressions read, as `server.tag`. */
  readonly tags: readonly string[];
  push(verdict: Verdict): void;
  changeover(): void;
  /** JSON text that restore() takes back after a restart. */
  save(): string;
  restore(saved: string): void;
  /** Its expressions ask what other stations said of the part: they are asked when its name is known, or cannot be in time. */
  readonly needsName?: boolean;
  /** Where the part goes, by the station's table; absent where it has none. Never throws. */
  row?(input: RuleInput, judged: Judgement): RouteRowMatch;
}

/** The row of a table of routes that fits. */
export interface RouteRowMatch {
  /** Why a row could not be known that stands before it; null: all of them could. */
  readonly unsure: string | null;
  /** From 0. */
  readonly index: number;
  /** Destination. */
  readonly to: string;
  /** Why, in words. */
  readonly reason: string;
  /** The row as the config has it, in short. */
  readonly rule: string;
}
