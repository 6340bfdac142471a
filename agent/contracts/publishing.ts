/** What is stored and published, and by whom. */
import type { ErrorCode } from '../errors.ts';
import type { Clock } from '../time.ts';
import type { Alarm, Decision, Inspection, LateFinding, ModelChange, ShadowComparison, ShadowCounters } from './inspections.ts';
import type { Log } from './log.ts';
import type { Frame } from './pictures.ts';
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
const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10);
/** Names come from the config and from UUIDs; whatever else comes stays inside its folder. */
const fileName = (name: string): string => name.replaceAll(/[^\w.@-]/g, '_').replace(/^\.+/, '_');

/** One transaction's worth; everything in it commits together or not at all. */
export interface JournalEntry {
  readonly inspection?: Inspection;
  readonly decisions?: readonly Decision[];
  readonly late?: readonly LateFinding[];
  readonly shadows?: readonly ShadowComparison[];
  readonly alarms?: readonly Alarm[];
  readonly outbox?: readonly OutboxRow[];
  /** A station's small memory (latches, history, counters), replaced whole. */
  readonly state?: { readonly station: string; readonly value: string };
  readonly load?: { readonly kind: 'config' | 'model' | 'recipe' | 'agent'; readonly at: number; readonly detail: string };
}

/** Append-only on its own thread. */
export interface Journal {
  /** Resolves when the entry is on the disk; rejects with STORE_FULL, STORE_FAILED or STORE_OVERLOADED. Order is kept. */
  append(entry: JournalEntry): Promise<void>;
  /** Keeps a picture of an inspection beside the records; never delays an append. Takes its own hold on the frame. */
  keepImage(inspection: string, image: KeptImage): void;
}

/** `rows`: of all publishers, ascending; empty where they have to be read. */
export type CommitListener = (newest: number, rows: readonly StoredOutboxRow[]) => void;

export interface Outbox {
  /** Up to `limit` unsent rows with id in (after, before], ascending. */
  read(publisher: string, after: number, before: number, limit: number): Promise<readonly StoredOutboxRow[]>;
  /** These ids are with the receiver. Written lazily: a repeat after a crash is harmless, an event id says so. */
  sent(publisher: string, ids: readonly number[]): void;
  /**
   * Calls back with the newest committed id whenever rows were committed, and with the rows themselves where they are still at hand, so
   * that nobody has to read what was just written; the returned function ends it.
   */
  onCommit(listener: CommitListener): () => void;
  depth(publisher: string): Promise<{ readonly unsent: number; readonly oldestAt: number | null; readonly newest: number }>;
}

/** What publishers turn into messages. */
export type AgentEvent =
  | { readonly type: 'quality'; readonly inspection: Inspection; readonly late?: LateFinding }
  | { readonly type: 'decision'; readonly decision: Decision }
  | { readonly type: 'shadow'; readonly comparison: ShadowComparison }
  | { readonly type: 'model'; readonly change: ModelChange };

/** Latest value wins; retained at the broker, sent again after every reconnect, never queued. */
export type RetainedEvent =
  | { readonly type: 'state'; readonly station: string; readonly value: StationState }
  | { readonly type: 'alarm'; readonly alarm: Alarm }
  | { readonly type: 'health'; readonly value: Health };

export interface StationState {
  readonly at: number;
  readonly enabled: boolean;
  readonly held: string | null;
  readonly recipe: string;
  readonly last: { readonly part: string | null; readonly verdict: Verdict; readonly at: number } | null;
  /** Since the agent's first start. */
  readonly counters: Readonly<Record<Verdict | 'missed' | 'failed', number>>;
  /** ok / (ok + nok + review) of the last 100 parts, 0..1; ISO 22400 first pass yield where a part passes once. */
  readonly yield: number | null;
  readonly latencyMs: { readonly p50: number; readonly p95: number; readonly p99: number } | null;
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
  /** Candidates, by the slot that they run beside; absent where there are none. */
  readonly shadows?: Readonly<Record<string, ShadowCounters>>;
}

export type CommandVerb = 'trigger' | 'enable' | 'recipe' | 'reload' | 'rebirth' | 'ack';
export interface Command {
  readonly verb: CommandVerb;
  /** The verb's arguments, already validated against its schema. */
  readonly body: Readonly<Record<string, unknown>>;
}
export type CommandHandler = (command: Command) => Promise<Readonly<Record<string, unknown>>>;

export interface PublisherContext {
  readonly clock: Clock;
  readonly log: Log;
  readonly outbox: Outbox;
  readonly onCommand: CommandHandler;
  /** Connected and draining. */
  online(): void;
}

/** A way out. rows() and retain() may be called at any time; run() is one connection's life, the runner starts the next. */
export interface Publisher {
  readonly name: string;
  /** Pure: the outbox rows an event becomes. */
  rows(event: AgentEvent): readonly OutboxRow[];
  retain(event: RetainedEvent): void;
  run(ctx: PublisherContext, signal: AbortSignal): Promise<void>;
}
