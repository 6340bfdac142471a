/** What the main thread and the writer say to each other. Flat and few: a message costs more than what is in it. */
import type { Alarm } from '../contracts.ts';
import type { ErrorCode } from '../errors.ts';
import type { Row } from './tables.ts';

export interface WriterData {
  readonly folder: string;
  readonly keep: Keep;
  /** Wall time at the start; later times come with `tidy`. */
  readonly now: number;
}
/** Milliseconds and bytes. */
export interface Keep {
  readonly records: number;
  readonly images: number;
  readonly free: number;
}

/** Ids as pairs, [from, to, from, to, ...], both included. */
export interface SentRanges {
  readonly publisher: string;
  readonly ranges: readonly number[];
}

export type ToWriter =
  | { readonly type: 'append'; readonly entries: readonly (readonly Row[])[]; readonly sent: readonly SentRanges[]; readonly bytes: number }
  | {
      readonly type: 'read';
      readonly ask: number;
      readonly publisher: string;
      readonly after: number;
      readonly before: number;
      readonly limit: number;
    }
  | { readonly type: 'depth'; readonly ask: number; readonly publisher: string }
  /** Which of these picture files has no row. */
  | { readonly type: 'orphans'; readonly ask: number; readonly paths: readonly string[] }
  | { readonly type: 'tidy'; readonly now: number }
  | { readonly type: 'stop' };

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
  /** The next `count` entries are settled, in order; `faults` has one for each, or is null when all are on the disk. */
  | { readonly type: 'settled'; readonly count: number; readonly newest: number; readonly faults: readonly (Fault | null)[] | null }
  | { readonly type: 'answer'; readonly ask: number; readonly value: unknown; readonly fault?: Fault }
  | { readonly type: 'damaged'; readonly file: string; readonly why: string }
  | { readonly type: 'quarantined'; readonly why: string }
  | { readonly type: 'tidied'; readonly images: number; readonly records: number; readonly imageBytes: number; readonly free: number }
  | { readonly type: 'stopped' };

export interface StationProgress {
  readonly lastSequence: number;
  readonly lastPart: string | null;
  readonly lastCounter: number | null;
  /** The station's own memory, JSON text. */
  readonly saved: string | null;
}

export interface OpenedState {
  readonly stations: Readonly<Record<string, StationProgress>>;
  readonly alarms: readonly Alarm[];
  /** By publisher. */
  readonly unsent: Readonly<Record<string, number>>;
  readonly newestOutboxId: number;
  readonly imageBytes: number;
  /** Where a damaged journal was put; a new one was begun. */
  readonly damaged: { readonly file: string; readonly why: string } | null;
}

/** Rows of the outbox, six cells each: id, eventId, station, topic, payload, storedAt. */
export type OutboxCells = readonly (string | number)[];
export interface OutboxDepth {
  readonly unsent: number;
  readonly oldestAt: number | null;
}
