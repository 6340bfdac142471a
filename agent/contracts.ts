/**
 * The words of the agent as types, and the contracts its parts meet by. Knows nobody but errors and time.
 *
 * Conventions: a `...At`, `captured`, `source` or `server` field is wall time in ms since the epoch; an `...Ms` field is a length of
 * time; names of tags are written `server.tag` everywhere outside agent/sources/opcua.
 */
import type { StaticDecode, TObject } from 'typebox';
import type { ErrorCode, LinesideError } from './errors.ts';
import type { Clock, Milliseconds } from './time.ts';

// ---------------------------------------------------------------- verdicts and reasons

/** What the agent says of a part. `review`: it abstains, a person looks. */
export type Verdict = 'ok' | 'nok' | 'review';
export const VERDICTS: readonly Verdict[] = ['ok', 'nok', 'review'];

/** Why: a rule that matched, or a fault of the table. */
export interface Reason {
  readonly text: string;
  /** The rule's expression, when a rule spoke. */
  readonly rule?: string;
  /** The fault's code, when a fault spoke. */
  readonly code?: ErrorCode;
}

// ---------------------------------------------------------------- pictures

/** Names of GenICam's Pixel Format Naming Convention, lower case. mono16 is little-endian, its values use the full 16 bits. */
export type PixelFormat = 'mono8' | 'mono16' | 'rgb8';
export const BYTES_PER_PIXEL: Readonly<Record<PixelFormat, number>> = { mono8: 1, mono16: 2, rgb8: 3 };

/** What a camera hands over. `pixels` is a slot of the pool, rows without padding; the feed owns it from here on. */
export interface CapturedImage {
  readonly captured: number;
  readonly width: number;
  readonly height: number;
  readonly format: PixelFormat;
  readonly pixels: Uint8Array<SharedArrayBuffer>;
  /** The compressed picture as it came, so that keeping it costs no encoding. */
  readonly original?: { readonly type: 'image/jpeg' | 'image/png'; readonly bytes: Uint8Array };
  /** Known to recorded and simulated cameras only. */
  readonly part?: string;
  readonly truth?: string;
  readonly file?: string;
}

/**
 * One image. Its pixels live in shared memory, so that every worker reads them without a copy through the main thread, and go back
 * to the pool when the last holder lets go: whoever keeps a frame beyond the callback calls hold(), and release() exactly once.
 */
export interface Frame extends CapturedImage {
  readonly camera: string;
  /** Counts from 1 since the camera's start; a gap is a dropped frame. */
  readonly sequence: number;
  hold(): void;
  release(): void;
}

/** Slots of shared memory of any size, bounded in bytes. */
export interface FramePool {
  /** A slot of exactly `bytes`, or undefined when the pool's budget is in use: the caller drops the frame and counts it. */
  take(bytes: number): Uint8Array<SharedArrayBuffer> | undefined;
  give(slot: Uint8Array<SharedArrayBuffer>): void;
}

export interface Log {
  debug(details: object, text: string): void;
  info(details: object, text: string): void;
  warn(details: object, text: string): void;
  error(details: object, text: string): void;
  child(bindings: object): Log;
}

export interface CameraContext {
  readonly name: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly pool: FramePool;
  /** Takes over the image and its slot. Never blocks, never throws; the newest wins. */
  emit(image: CapturedImage): void;
  /** A picture that came and could not be used (torn JPEG, no slot): counted, never thrown. */
  drop(reason: 'decode' | 'pool' | 'busy', why?: string): void;
}

/**
 * A source of frames. run() acquires, delivers through ctx.emit until the source is lost (throws) or the signal aborts (returns), and
 * has released everything when it settles. It never retries: agent/runner.ts does. A stall is the runner's to notice as well.
 */
export interface Camera {
  run(ctx: CameraContext, signal: AbortSignal): Promise<void>;
}

export interface CameraKind<Options extends TObject = TObject> {
  /** URL schemes without the colon: ['http', 'https']. */
  readonly schemes: readonly string[];
  readonly summary: string;
  /** Options beside those that every camera has (config/schema.ts, CameraCommon). */
  readonly options: Options;
  /** `options` are validated, with their defaults, and decoded: a duration is a number here. */
  create(url: string, options: StaticDecode<Options>, env: KindEnvironment): Camera;
}
export interface KindEnvironment {
  /** Folder that relative paths in the config mean. */
  readonly base: string;
}
export const defineCamera = <Options extends TObject>(kind: CameraKind<Options>): CameraKind<Options> => kind;

// ---------------------------------------------------------------- tags

/** Int64 beyond 2^53 and date-times (ISO 8601) come as strings. */
export type TagScalar = number | boolean | string;
export type TagValue = TagScalar | readonly TagScalar[] | null;

/** One value of one tag. */
export interface TagSample {
  readonly value: TagValue;
  /** OPC UA StatusCode, OPC 10000-4 7.39; the two highest bits are the severity. */
  readonly status: number;
  readonly source: number | null;
  readonly server: number | null;
  /** Wall time at which it arrived here. */
  readonly received: number;
  /** Monotonic time at which it arrived here, for deadlines. */
  readonly arrived: number;
}
export const isGood = (status: number): boolean => status >>> 30 === 0;
export const isBad = (status: number): boolean => status >>> 31 === 1;

export interface TagServerContext {
  readonly clock: Clock;
  readonly log: Log;
  /** `tag` is the name under this server, without its prefix. */
  emit(tag: string, sample: TagSample): void;
  /** A faulty tag (unknown node, no access): the others go on. */
  fault(tag: string, error: LinesideError): void;
  /** The session is up and every tag is subscribed. */
  online(): void;
}

/** One OPC UA server. run() is one life of one session: it throws when anything is lost, and the runner starts the next. */
export interface TagServer {
  run(ctx: TagServerContext, signal: AbortSignal): Promise<void>;
  /** Writes in one request, in this order; settles within `timeout` whatever the server does. One entry a write: null or the fault. */
  write(writes: readonly TagWrite[], timeout: Milliseconds): Promise<readonly (LinesideError | null)[]>;
  /** Reads through the session, not from the subscription. */
  read(tags: readonly string[], timeout: Milliseconds): Promise<readonly TagSample[]>;
}
export interface TagWrite {
  readonly tag: string;
  readonly value: TagValue;
}

/** Tags resampled on one time grid that ends at the trigger. `values` is row-major [steps x channels], NaN where nothing is known. */
export interface TagWindow {
  readonly tags: readonly string[];
  readonly endsAt: number;
  readonly everyMs: Milliseconds;
  readonly steps: number;
  readonly values: Float32Array<ArrayBuffer>;
  /** Per value: 0 good, 1 uncertain, 2 bad status, 3 gap (nothing known yet, or older than the gap limit). */
  readonly quality: Uint8Array<ArrayBuffer>;
}

// ---------------------------------------------------------------- models

export type ModelKindName = 'classify' | 'detect' | 'segment' | 'anomaly' | 'sequence';

/** [x, y, width, height] in pixels of the frame. */
export type Region = readonly [x: number, y: number, width: number, height: number];

/** One place where a network runs: a package, bound to a station's camera or window. */
export interface ModelSlot {
  /** `station/model` or `station/model@recipe`; unique. */
  readonly id: string;
  /** The station's name for it, as rules use it. */
  readonly name: string;
  /** The package's folder name. */
  readonly package: string;
  /** Fixed variant; else the box picks. */
  readonly variant?: string;
  readonly camera?: string;
  readonly region?: Region;
  readonly threshold?: number;
  readonly review?: readonly [number, number];
  /** Tags in the order of the package's channels, for sequence models. */
  readonly channels?: readonly string[];
}

export interface Box {
  readonly label: string;
  readonly score: number;
  /** Pixels of the frame. */
  readonly region: Region;
}

/** Values 0..255, row-major; covers `region` of the frame. */
export interface HeatMap {
  readonly width: number;
  readonly height: number;
  readonly values: Uint8Array;
  readonly region: Region | null;
}

/** What one model says of one part. */
export interface Finding {
  readonly model: string;
  readonly package: string;
  readonly version: string;
  readonly variant: string;
  readonly provider: string;
  readonly sha256: string;
  readonly kind: ModelKindName;
  readonly label: string | null;
  /** 0..1, higher means more likely faulty. */
  readonly score: number;
  readonly threshold: number;
  readonly review: readonly [number, number] | null;
  /** score - threshold: how far the score would have to move to change sides. */
  readonly margin: number;
  readonly probabilities?: Readonly<Record<string, number>>;
  readonly boxes?: readonly Box[];
  readonly heatmap?: HeatMap;
  /** Share of each tag in a sequence model's score, adding up to 1. */
  readonly contributions?: Readonly<Record<string, number>>;
  readonly queueMs: Milliseconds;
  readonly runMs: Milliseconds;
}

/** An image at the network's size; belongs to the frame it came from and dies with it. */
export interface PreparedImage {
  readonly slot: string;
  readonly pixels: Uint8Array<ArrayBuffer>;
  /** Where on the frame it was cut: boxes and heat maps are told in its pixels. Without it they are told in the network's own. */
  readonly region?: Region;
}

/** What stations ask of inference. Every call settles; faults are LinesideErrors. */
export interface Inference {
  /** Cuts, resizes and converts the frame for this slot, once per frame and slot, off the main thread. */
  prepare(slot: string, frame: Frame): Promise<PreparedImage>;
  infer(slot: string, input: { image?: PreparedImage; window?: TagWindow }): Promise<Finding>;
}

// ---------------------------------------------------------------- inspections, decisions, events

export type TriggerKind = 'tag' | 'frame' | 'timer' | 'command';
export interface Trigger {
  readonly kind: TriggerKind;
  /** When it happened at its source. */
  readonly at: number;
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
  /** none: the station has no `answer`. */
  readonly state: 'none' | 'written' | 'failed';
  readonly ms: Milliseconds;
  readonly fault?: string;
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
  /** The part counter's value, where the station has one. */
  readonly counter: number | null;
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
}

export type DecisionAction = 'reject' | 'rework' | 'hold' | 'stop' | 'slow_down' | 'change_tool' | 'next_order' | 'notify';

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
}

/** A result that came after the deadline had spoken: kept, never sent as the verdict. */
export interface LateFinding {
  readonly inspection: string;
  readonly finding: Finding | null;
  readonly model: string;
  readonly lateMs: Milliseconds;
  readonly fault?: string;
}

export interface Alarm {
  /** `code/subject`: one alarm a fault and thing. */
  readonly key: string;
  readonly code: ErrorCode;
  /** The station, camera, server or model it is about; '' for the agent. */
  readonly subject: string;
  readonly active: boolean;
  readonly since: number;
  readonly text: string;
  readonly next: string;
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
}
/** The rules and the short memory of one station. judge and decide are pure; RULE_FAILED is thrown, never guessed around. */
export interface Judge {
  judge(input: RuleInput): Judgement;
  decide(input: RuleInput, verdict: Verdict): readonly DecisionIntent[];
  /** Tags the expressions read, as `server.tag`. */
  readonly tags: readonly string[];
  push(verdict: Verdict): void;
  changeover(): void;
  /** JSON text that restore() takes back after a restart. */
  save(): string;
  restore(saved: string): void;
}

// ---------------------------------------------------------------- store and publish

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

export interface KeptImage {
  readonly frame: Frame;
  readonly role: 'frame' | 'heatmap';
}

/** One transaction's worth; everything in it commits together or not at all. */
export interface JournalEntry {
  readonly inspection?: Inspection;
  readonly decisions?: readonly Decision[];
  readonly late?: readonly LateFinding[];
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

export interface Outbox {
  /** Up to `limit` unsent rows with id in (after, before], ascending. */
  read(publisher: string, after: number, before: number, limit: number): Promise<readonly StoredOutboxRow[]>;
  /** These ids are with the receiver. Written lazily: a repeat after a crash is harmless, an event id says so. */
  sent(publisher: string, ids: readonly number[]): void;
  /** Calls back with the newest committed id whenever rows were committed; the returned function ends it. */
  onCommit(listener: (newest: number) => void): () => void;
  depth(publisher: string): Promise<{ readonly unsent: number; readonly oldestAt: number | null; readonly newest: number }>;
}

/** What publishers turn into messages. */
export type AgentEvent =
  | { readonly type: 'quality'; readonly inspection: Inspection; readonly late?: LateFinding }
  | { readonly type: 'decision'; readonly decision: Decision };

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
