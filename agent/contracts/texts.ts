/** What machines say: the values of string tags, and alarms, conditions and events of OPC UA servers (OPC 10000-9, OPC 10000-5, 6.4). */
import type { LinesideError } from '../errors.ts';
import type { Clock } from '../time.ts';
import type { Log } from './log.ts';

/** `unknown`: it was active when it was last heard of, and nobody could ask since. An event that is no condition happens, and has no state. */
export type TextState = 'active' | 'ended' | 'unknown';

/** One thing that a machine said. Names of people have been taken out of text and name. */
export interface MachineText {
  /** Made of what was said where and when: the same event is the same text. */
  readonly id: string;
  /** ms since 1970, UTC; by the machine's clock where that can be believed. */
  readonly at: number;
  /** When the alarm became active by the machine's own clock, whatever that says: the same again is the same alarm. */
  readonly stamped: number | null;
  readonly source: 'tag' | 'alarm' | 'event';
  /** The tag, `plc.message`, or the server, `plc`. */
  readonly origin: string;
  /** SourceName of an event, and ConditionName. */
  readonly name: string | null;
  readonly station: string | null;
  /** 1 to 1000, OPC 10000-5, 6.4.2; null for a tag. */
  readonly severity: number | null;
  /** ConditionId: which alarm of that server it is. */
  readonly condition: string | null;
  /** Whether somebody acknowledged it at the machine; null where that cannot be. */
  readonly acked: boolean | null;
  readonly state: TextState | null;
  readonly ended: number | null;
  readonly text: string;
}

/** What has become of a text that is kept already. */
export interface TextChange extends Pick<MachineText, 'id' | 'severity' | 'acked' | 'state' | 'ended'> {}

/** Newest first; what is absent is not asked for. */
export interface TextsWish {
  readonly station?: string | undefined;
  /** The tag or the server. */
  readonly origin?: string | undefined;
  /** Those that were said in it, or active during it. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly active?: boolean | undefined;
  readonly limit: number;
}

/** One notification of an OPC UA server. Fields that the server does not give are null. */
export interface MachineEvent {
  /** Hexadecimal. ConditionRefresh tells the last event of each condition again, with the same id (OPC 10000-9, 5.5.7). */
  readonly eventId: string;
  readonly sourceName: string | null;
  /** Cut at MOST_SAID characters. */
  readonly message: string;
  readonly severity: number;
  /** When it happened, by the server; null where it does not say. */
  readonly time: number | null;
  /** null: it is no condition. */
  readonly condition: {
    readonly id: string;
    readonly name: string | null;
    readonly active: boolean;
    /** When it went active or stopped to be, by the server. */
    readonly since: number | null;
    readonly acked: boolean | null;
  } | null;
}

/** Characters of one message that are looked at; the rest is cut off before anything is done with it. */
export const MOST_SAID = 2000;

export interface EventContext {
  readonly clock: Clock;
  readonly log: Log;
  event(event: MachineEvent): void;
  /** What is active is told from here on, whether it was told before or not. */
  refreshing(): void;
  /** That was all of it. `complete`: what was not told is not active. */
  refreshed(complete: boolean): void;
  /** Everything that is wrong with it now, whenever that changes; [] when nothing is. */
  faults(list: readonly LinesideError[]): void;
  /** The server sends its events. */
  online(): void;
}

/** The events of one OPC UA server. run() is one life of one session: it throws when anything is lost, and the runner starts the next. */
export interface EventServer {
  run(context: EventContext, signal: AbortSignal): Promise<void>;
  /** Has it told what is active now; nothing where there is no session. */
  refresh(): void;
}
