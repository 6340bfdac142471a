/** What is stored and published, and by whom. */
import type { ErrorCode, LinesideError } from '../errors.ts';
import type { Clock } from '../time.ts';
import type { ChallengeState } from './challenges.ts';
import type { ChartState } from './charts.ts';
import type { Containment, Disposition } from './containment.ts';
import type { Alarm, Decision, Inspection, LateFinding, ModelChange, ShadowComparison, ShadowCounters } from './inspections.ts';
import type { ClosedShift, ShiftKpi, WatchedSlot } from './kpi.ts';
import type { Log } from './log.ts';
import type { LookDrift } from './look.ts';
import type { MaterialState } from './material.ts';
import type { WrittenNote } from './notes.ts';
import type { Frame } from './pictures.ts';
import type { LinePlan } from './planning.ts';
import type { Label } from './records.ts';
import type { ShiftReport } from './report.ts';
import type { RoutedPart, RouteState } from './routes.ts';
import type { OpenStudy, Showing, Study } from './studies.ts';
import type { MachineText, TextChange } from './texts.ts';
import type { ToolState } from './tools.ts';
import type { Verdict } from './verdicts.ts';

/** A message that must reach its publisher's receiver, committed with the record it speaks of. */
export interface OutboxRow {
  readonly publisher: string;
  readonly eventId: string;
  readonly station: string;
  readonly topic: string;
  /** JSON text; an object, so that `"historical": true` can be added when it is sent late. */
  readonly payload: string;
}
export interface StoredOutboxRow extends OutboxRow {
  /** Ascending in the order of commit. */
  readonly id: number;
  readonly storedAt: number;
}

/** A heat map comes as a frame of its own, of the camera whose picture it was made from. */
export type KeptImage =
  | { readonly role: 'frame'; readonly frame: Frame }
  | { readonly role: 'heatmap'; readonly frame: Frame; readonly model: string };

/** Where a picture lies under the store's folder, without its ending. */
export function picturePath({ id, station, at }: Pick<Inspection, 'id' | 'station' | 'at'>, image: KeptImage): string {
  const name = [id, image.frame.camera, ...(image.role === 'heatmap' ? [image.model, image.role] : [])].join('-');
  return `images/${fileName(station)}/${dayOf(at)}/${fileName(name)}`;
}
/** A clock may say anything: what is no day of four digits has a folder of its own. */
const dayOf = (at: number): string => (at >= 0 && at < FIVE_DIGITS ? new Date(at).toISOString().slice(0, 10) : 'undated');
const FIVE_DIGITS = Date.UTC(10_000, 0, 1);
/** Names come from the config and from UUIDs; whatever else comes stays inside its folder. */
const fileName = (name: string): string => name.replaceAll(/[^\w.@-]/g, '_').replace(/^\.+/, '_');

/** Who told the agent to do what, and from where. */
export interface AuditEntry {
  /** Wall time. */
  readonly at: number;
  /** A user's name; '' where nobody said it, `agent` where it was the agent itself. */
  readonly who: string;
  /** The way it came: mqtt, cli, web, config, ... */
  readonly source: string;
  readonly verb: string;
  /** JSON. */
  readonly detail: string;
}

/** One transaction's worth; everything in it commits together or not at all. */
export interface JournalEntry {
  readonly inspection?: Inspection;
  readonly decisions?: readonly Decision[];
  /** New ones, and what has become of those that are there. */
  readonly containments?: readonly Containment[];
  readonly dispositions?: readonly Disposition[];
  /** Ways of parts, new ones and what has become of those that are there. */
  readonly routed?: readonly RoutedPart[];
  /** Gauge studies as they are now, what was shown of them, and showings that are taken back. */
  readonly studies?: readonly Study[];
  readonly showings?: readonly Showing[];
  readonly unshown?: readonly Pick<Showing, 'study' | 'showing'>[];
  readonly late?: readonly LateFinding[];
  readonly shadows?: readonly ShadowComparison[];
  readonly alarms?: readonly Alarm[];
  readonly outbox?: readonly OutboxRow[];
  /** A station's small memory (latches, history, counters), replaced whole. */
  readonly state?: { readonly station: string; readonly value: string };
  readonly audit?: readonly AuditEntry[];
  /** What people say of parts; one whose id is there already is that one. */
  readonly labels?: readonly Label[];
  /** What people write; one whose id is there already is that one. */
  readonly notes?: readonly WrittenNote[];
  /** What machines say; one whose id is there already is that one. */
  readonly texts?: readonly MachineText[];
  readonly textChanges?: readonly TextChange[];
  /** Of everybody else nobody knows any more what is active, since `at`. */
  readonly heardFrom?: { readonly origins: readonly string[]; readonly at: number };
  /** Labels that are taken back; of somebody else’s nothing happens. */
  readonly undone?: readonly Pick<Label, 'id' | 'at' | 'who'>[];
  /** Shifts that have ended. Where the first is stored already, nothing of the entry is: what is told of a shift is told once. */
  readonly shifts?: readonly ClosedShift[];
  /** Is added to what is known of its slot. */
  readonly watched?: readonly WatchedSlot[];
  readonly load?: { readonly kind: 'config' | 'rules' | 'model' | 'recipe' | 'agent'; readonly at: number; readonly detail: string };
}

/** Append-only on its own thread. */
export interface Journal {
  /**
   * Accepts the entry: from here on it is kept, in order, however long the disk refuses it. false: the waiting room is full, and nothing
   * of the entry will be stored; a station's sequence does not move.
   */
  accept(entry: JournalEntry): boolean;
  /** The same; resolves when the entry is on the disk, rejects with STORE_OVERLOADED when it was not accepted. */
  append(entry: JournalEntry): Promise<void>;
  /** Keeps a picture of an inspection beside the records; never delays an append. Takes its own hold on the frame. */
  keepImage(inspection: string, image: KeptImage): void;
}

/** `rows`: of all publishers, ascending; empty where they have to be read. */
export type CommitListener = (newest: number, rows: readonly StoredOutboxRow[]) => void;

/** An event that its receiver will not take, and why. */
export interface Refusal {
  readonly id: number;
  readonly why: string;
}

/**
 * What becomes of events that cannot be sent. They are kept as dead letters until somebody tries them again or drops them; when the
 * outbox's byte budget is used up the oldest dead letters go first, then the oldest events that wait.
 */
export interface OutboxFate {
  readonly letters: number;
  /** By topic with its most frequent reason, the topic with the most letters first, some twenty at most. */
  readonly refusals: readonly { readonly topic: string; readonly why: string; readonly letters: number }[];
  /** Of waiting events and dead letters, all publishers together. */
  readonly bytes: number;
  readonly bound: number;
  /** Events and dead letters that the budget cost, since the journal was begun. Their records are in the journal. */
  readonly dropped: number;
  /** Dead letters that were put back to be sent, since the start. */
  readonly revived: number;
}

export interface Outbox {
  /** Up to `limit` unsent rows with id in (after, before], ascending. */
  read(publisher: string, after: number, before: number, limit: number): Promise<readonly StoredOutboxRow[]>;
  /** These ids are with the receiver. Written lazily: a repeat after a crash is harmless, an event id says so. */
  sent(publisher: string, ids: readonly number[]): void;
  /**
   * These will never be taken as they are: they become dead letters and are no longer read. Written lazily as well: after a crash they
   * are sent, and refused, once more.
   */
  refuse(publisher: string, refusals: readonly Refusal[]): void;
  /** Calls back at once with what is known, and on every change; the returned function ends it. */
  watch(publisher: string, listener: (fate: OutboxFate) => void): () => void;
  /**
   * Calls back with the newest committed id whenever rows were committed, and with the rows themselves where they are still at hand, so
   * that nobody has to read what was just written; the returned function ends it.
   */
  onCommit(listener: CommitListener): () => void;
  depth(publisher: string): Promise<{ readonly unsent: number; readonly oldestAt: number | null; readonly newest: number }>;
}

/** The same JSON object with `"historical": true`, without parsing it; where it has that already, itself. */
export function asHistorical(payload: string): string {
  return payload.endsWith(HISTORICAL) ? payload : `${payload.slice(0, -1)}${HISTORICAL}`;
}
const HISTORICAL = ',"historical":true}';

/** What publishers turn into messages. */
export type AgentEvent =
  | { readonly type: 'quality'; readonly inspection: Inspection; readonly late?: LateFinding }
  | { readonly type: 'decision'; readonly decision: Decision }
  | { readonly type: 'shadow'; readonly comparison: ShadowComparison }
  | { readonly type: 'model'; readonly change: ModelChange }
  | { readonly type: 'shift'; readonly shift: ClosedShift }
  | { readonly type: 'study'; readonly id: string; readonly at: number; readonly study: Study }
  | { readonly type: 'report'; readonly id: string; readonly report: ShiftReport };

/** Latest value wins; retained at the broker, sent again after every reconnect, never queued. */
export type RetainedEvent =
  | { readonly type: 'state'; readonly station: string; readonly value: StationState }
  | { readonly type: 'alarm'; readonly alarm: Alarm }
  | { readonly type: 'kpi'; readonly at: number; readonly kpi: ShiftKpi }
  /** Null: there is no such chart any more. */
  | { readonly type: 'chart'; readonly station: string; readonly name: string; readonly at: number; readonly state: ChartState | null }
  | { readonly type: 'health'; readonly value: Health }
  | { readonly type: 'plan'; readonly value: LinePlan }
  | { readonly type: 'route'; readonly value: RouteState }
  /** Null: there is no such material any more. */
  | { readonly type: 'material'; readonly station: string; readonly name: string; readonly value: MaterialState | null }
  /** Null: there is no such tool any more. */
  | { readonly type: 'tool'; readonly station: string; readonly name: string; readonly value: ToolState | null };

/** A station that somebody switched off by command. */
export interface Disabled {
  /** ms since 1970, UTC, by the agent's clock. */
  readonly since: number;
  /** As far as the way in tells (`Command.from`); null where nothing is known. */
  readonly by: string | null;
}

export interface StationState {
  readonly at: number;
  readonly enabled: boolean;
  /** Who switched it off and when; null while it is on, and where an older version did not keep it. */
  readonly disabled: Disabled | null;
  readonly held: string | null;
  readonly recipe: string;
  readonly last: { readonly part: string | null; readonly verdict: Verdict; readonly at: number } | null;
  /** Since the agent's first start. */
  readonly counters: Readonly<Record<Verdict | 'missed' | 'failed', number>>;
  /** Of the parts of the recipe that was judged last, since its first one; null before the first part. */
  readonly changeover: {
    readonly recipe: string;
    readonly since: number;
    readonly counters: Readonly<Record<Verdict | 'missed' | 'failed', number>>;
  } | null;
  /** ok / (ok + nok + review) of the last 100 parts, 0..1; ISO 22400 first pass yield where a part passes once. */
  readonly yield: number | null;
  readonly latencyMs: { readonly p50: number; readonly p95: number; readonly p99: number } | null;
  /** The newest scores of each model against those that it was taught with; absent before the first. */
  readonly drift?: readonly ScoreDrift[];
  /** Absent where the station has none. */
  readonly challenges?: readonly ChallengeState[];
  /** The gauge study that is open; absent where none is. */
  readonly study?: OpenStudy;
}

/** The newest scores of a package under one recipe, against a reference. */
export interface ScoreDrift {
  readonly recipe: string;
  /** As the rules call it. */
  readonly model: string;
  readonly package: string;
  readonly version: string;
  /** The newest that are looked at. */
  readonly parts: number;
  /** taught: held-out scores of good parts that it was taught with. line: its first parts here. */
  readonly reference: { readonly of: 'taught' | 'line'; readonly parts: number };
  /** Of Kolmogorov and Smirnov, 0..1; null before there is enough to tell. */
  readonly distance: number | null;
  /** From which distance on it is an alarm. */
  readonly limit: number | null;
  /** Since when they differ, wall time; null where they do not. */
  readonly drifted: number | null;
  /** The same of how the pictures or tags look; absent for texts. */
  readonly look?: LookDrift;
}

export type PartStatus = 'starting' | 'running' | 'degraded' | 'failed' | 'stopped';
export interface Health {
  readonly at: number;
  readonly uptimeS: number;
  readonly version: string;
  readonly parts: Readonly<Record<string, { readonly status: PartStatus; readonly code?: ErrorCode; readonly restarts: number }>>;
  readonly queues: Readonly<Record<string, { readonly depth: number; readonly bound: number; readonly dropped: number }>>;
  readonly rssMb: number;
  readonly diskFreeMb: number | null;
  readonly certificateDaysLeft: Readonly<Record<string, number>>;
  /** Counters of each publisher, by its own names. */
  readonly publishers?: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** ms that the clock behind the source times is ahead of this box's, negative behind; by server, absent before something has changed there. */
  readonly clockSkewMs?: Readonly<Record<string, number>>;
  /** Candidates, by the slot that they run beside; absent where there are none. */
  readonly shadows?: Readonly<Record<string, ShadowCounters>>;
}

export type CommandVerb =
  | 'chart'
  | 'trigger'
  | 'enable'
  | 'recipe'
  | 'reload'
  | 'rebirth'
  | 'ack'
  | 'orders'
  | 'plan'
  | 'note'
  | 'route'
  | 'material'
  | 'tool'
  | 'study';
export interface Command {
  readonly verb: CommandVerb;
  /** The verb's arguments, already validated against its schema. */
  readonly body: Readonly<Record<string, unknown>>;
  /** Who sent it, as far as its way in tells: for the record, no proof. Short; null where nothing is known. */
  readonly from: string | null;
}
export type CommandHandler = (command: Command) => Promise<Readonly<Record<string, unknown>>>;

export interface PublisherContext {
  readonly clock: Clock;
  readonly log: Log;
  readonly outbox: Outbox;
  readonly onCommand: CommandHandler;
  /** Connected and draining. */
  online(): void;
  /** What ends this life was found out and will not end the next: the back-off starts anew. */
  understood(): void;
  /**
   * Everything that is wrong with it now, whenever that changes; [] when nothing is. Stated faults stand until they are stated otherwise:
   * the end of a life does not clear them, a next life that is online for a while without a word does.
   */
  faults(list: readonly LinesideError[]): void;
}

/** A way out. rows() and retain() may be called at any time; run() is one connection's life, the runner starts the next. */
export interface Publisher {
  readonly name: string;
  /** Pure: the outbox rows an event becomes. */
  rows(event: AgentEvent): readonly OutboxRow[];
  retain(event: RetainedEvent): void;
  /** Counted since the start of the process, for health and metrics. */
  counters(): Readonly<Record<string, number>>;
  run(ctx: PublisherContext, signal: AbortSignal): Promise<void>;
}
