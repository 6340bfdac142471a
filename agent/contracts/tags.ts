/** Tags, the servers they come from, and windows of them. */
import type { LinesideError } from '../errors.ts';
import type { Clock, Milliseconds } from '../time.ts';
import type { Log } from './log.ts';

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
/** OPC 10000-6 A.2: there is no session with its server, or the server says so of a device behind it; the value is the last that was told. */
export const BAD_NO_COMMUNICATION = 0x80310000;
export const isGood = (status: number): boolean => status >>> 30 === 0;
export const isBad = (status: number): boolean => status >>> 31 === 1;

export interface TagServerContext {
  readonly clock: Clock;
  readonly log: Log;
  /** `tag` is the name under this server, without its prefix. */
  emit(tag: string, sample: TagSample): void;
  /** A faulty tag (unknown node, no access) of this life: the others go on. It is over when the tag delivers a good value. */
  fault(tag: string, error: LinesideError): void;
  /**
   * Everything else that is wrong with it now, whenever that changes; [] when nothing is. Stated faults stand until they are stated
   * otherwise: the end of a life does not clear them, a next life that is online for a while without a word does.
   */
  faults(list: readonly LinesideError[]): void;
  /** The session is up and every tag is subscribed. */
  online(): void;
  /** The session has ended, at once: nothing more is heard of its tags. */
  offline(): void;
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
