/** What the main thread and the writer say to each other. Flat and few: a message costs more than what is in it. */
import type { Alarm, Refusal } from '../contracts/index.ts';
import type { ErrorCode } from '../errors.ts';
import type { StoredFate } from './letters.ts';
import type { Row } from './tables.ts';

export interface WriterData {
  readonly folder: string;
  readonly keep: Keep;
  /** The box's clock at the start, for names of files; later times come with `tidy`. */
  readonly now: number;
}

/** Where the agent's own time stands, beside the box's clock at that moment; see agent-time.ts. */
export interface TimeMark {
  readonly own: number;
  readonly wall: number;
  /** Why the box's clock is not believed: it jumped while the agent ran, or the box came back with it. */
  readonly doubt: 'none' | 'stepped' | 'away';
  /** How long the agent has lived with the clock that is doubted. */
  readonly lived: number;
  /** That were found in this life. */
  readonly spans: readonly TimeSpan[];
}
/** A stretch of the agent's own time in which no time passed. */
export interface TimeSpan {
  readonly from: number;
  readonly to: number;
}
/** Milliseconds and bytes. */
export interface Keep {
  readonly records: number;
  readonly images: number;
  readonly free: number;
  /** Of the outbox, dead letters included. */
  readonly outbox: number;
}

/** Ids as pairs, [from, to, from, to, ...], both included. */
export interface SentRanges {
  readonly publisher: string;
  readonly ranges: readonly number[];
}

/** Entries in order, or marks of what was sent alone. */
export interface Append {
  readonly type: 'append';
  readonly entries: readonly (readonly Row[])[];
  readonly sent: readonly SentRanges[];
  readonly bytes: number;
  /** Number of the first entry; absent where there is none. */
  readonly first?: number;
  /** Counts the refusals: the writer refuses what was on its way when it had refused something before it. */
  readonly epoch?: number;
  readonly time?: TimeMark;
}

export type ToWriter =
  | Append
  | {
      readonly type: 'read';
      readonly ask: number;
      readonly publisher: string;
      readonly after: number;
      readonly before: number;
      readonly limit: number;
    }
  | { readonly type: 'depth'; readonly ask: number; readonly publisher: string }
  /** These become dead letters. */
  | { readonly type: 'refuse'; readonly publisher: string; readonly refusals: readonly Refusal[]; readonly now: number }
  /** Dead letters that shall be tried again. */
  | { readonly type: 'wanted'; readonly ask: number }
  /** Which of these picture files has no row. */
  | { readonly type: 'orphans'; readonly ask: number; readonly paths: readonly string[] }
  | { readonly type: 'tidy'; readonly now: number; readonly time: TimeMark }
  | { readonly type: 'keep'; readonly keep: Keep }
  /** Entries that the disk refuses, for the spill file, while they wait. */
  | { readonly type: 'spill'; readonly left: Left }
  /** `left`: entries that no commit took, for the spill file. */
  | { readonly type: 'stop'; readonly left?: Left };

/** What a life could not write before its end. */
export interface Left {
  /** Number of the first entry. */
  readonly first: number;
  readonly entries: readonly (readonly Row[])[];
  /** Sequences that were given out and whose records had no room anywhere: they are lost, and are not given out again. */
  readonly lost: readonly LostRange[];
}
export interface LostRange {
  readonly station: string;
  readonly from: number;
  readonly to: number;
}

/** Stored sequences that the journal does not know any more, and the one that is given out next. */
export interface Behind extends LostRange {
  readonly next: number;
}

export interface Fault {
  readonly code: ErrorCode;
  readonly why: string;
}

/** A fault that crossed the threads, with what fills its sentence. */
export interface StartFault extends Fault {
  readonly details: Readonly<Record<string, string | number>>;
}

export type FromWriter =
  | { readonly type: 'ready'; readonly state: OpenedState }
  | { readonly type: 'refused'; readonly fault: StartFault }
  /** Of the oldest entries that were handed over, `committed` are on the disk and the next `refused` are not. */
  | ({ readonly type: 'settled' } & Settled)
  | { readonly type: 'answer'; readonly ask: number; readonly value: unknown; readonly fault?: Fault }
  | { readonly type: 'damaged'; readonly file: string; readonly why: string }
  | { readonly type: 'quarantined'; readonly why: string }
  /** Why the mark beside the journal cannot be kept; null when it is kept again. */
  | { readonly type: 'unmarked'; readonly why: string | null }
  | { readonly type: 'fates'; readonly fates: Readonly<Record<string, StoredFate>> }
  | { readonly type: 'pictureLost'; readonly inspection: string; readonly path: string }
  /** The log of the journal cannot be written back, since somebody reads: its bytes, and who; 0 when it is over. */
  | { readonly type: 'held'; readonly bytes: number; readonly who: string }
  | { readonly type: 'tidied'; readonly images: number; readonly records: number; readonly imageBytes: number; readonly free: number }
  | ({ readonly type: 'stopped' } & Kept);

/** Of what was left at the end: in the spill file, and nowhere. */
export interface Kept {
  readonly spilled: number;
  readonly lost: readonly LostRange[];
}

export interface Settled {
  readonly committed: number;
  readonly refused: number;
  readonly fault: Fault | null;
  readonly unfit: boolean;
  readonly newest: number;
}

export interface StationProgress {
  readonly lastSequence: number;
  readonly lastPart: string | null;
  readonly lastCounter: number | null;
  /** The station's own memory, JSON text. */
  readonly saved: string | null;
  /** All of this but the sequence is older than what was stored last: the journal lost the newest; see high-water.ts. */
  readonly wentBack?: true;
}

export interface OpenedState {
  readonly stations: Readonly<Record<string, StationProgress>>;
  readonly alarms: readonly Alarm[];
  /** By publisher. */
  readonly unsent: Readonly<Record<string, number>>;
  readonly newestOutboxId: number;
  readonly imageBytes: number;
  /** Number of the newest entry that is stored. */
  readonly accepted: number;
  readonly time: TimeMark | null;
  /** What the life before could not write: it goes first. */
  readonly left: Left | null;
  /** Where the journal ends before what was stored already; see high-water.ts. */
  readonly behind: readonly Behind[];
  /** Where a damaged journal was put; a new one was begun. */
  readonly damaged: { readonly file: string; readonly why: string } | null;
}

/** Rows of the outbox, six cells each: id, eventId, station, topic, payload, storedAt. */
export type OutboxCells = readonly (string | number)[];
export interface OutboxDepth {
  readonly unsent: number;
  readonly oldestAt: number | null;
}
