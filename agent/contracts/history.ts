/** What was written and done the last times: of an alarm, or of a text that is like others. Names of people have been taken out of every text. */
import type { WrittenNote } from './notes.ts';
import type { Quote } from './quotes.ts';
import type { MachineText } from './texts.ts';

/** Somebody did it while the alarm stood, or just after. */
export interface AlarmAct {
  readonly at: number;
  /** As the audit log has it. */
  readonly verb: string;
  /** What was given as the reason. */
  readonly reason: string | null;
}

/** One time that it stood. */
export interface AlarmTime {
  readonly since: number;
  /** null: it still does. */
  readonly cleared: number | null;
  /** What it said. */
  readonly text: string;
  readonly notes: readonly WrittenNote[];
  readonly texts: readonly MachineText[];
  readonly acts: readonly AlarmAct[];
}

export interface AlarmHistory {
  /** The last three before the present one, newest first. */
  readonly times: readonly AlarmTime[];
  /** How often it stood, of what the journal still has. */
  readonly stood: number;
  /** Of all that was written on this alarm, and said by machines, while it stood. */
  readonly quotes: readonly Quote[];
}

export interface AlarmHistoryWish {
  readonly code: string;
  readonly subject: string;
}

/** Something that was written or said before. */
export interface SimilarCase {
  readonly by: 'people' | 'machine';
  readonly at: number;
  readonly station: string | null;
  readonly part: string | null;
  /** The code of an alarm that it was written on; of a machine its name. */
  readonly about: string | null;
  readonly text: string;
  /** How often a machine said just this; 1 of people. */
  readonly times: number;
}

export interface CasesWish {
  readonly text: string;
  /** What was written on this alarm stands first. */
  readonly alarm?: string | undefined;
  readonly limit: number;
}

/** What was said between two moments. */
export interface SummaryWish {
  readonly from: number;
  readonly to: number;
  readonly station?: string | undefined;
  /** Only what was written on this alarm, by its code. */
  readonly alarm?: string | undefined;
}
