/**
 * The newest value of each retained topic. Sent on change, a topic that changes often only a few times a second, and everything again
 * after each reconnect: a broker that lost its memory has it back. Bounded; oldest wins, a new topic beyond the bound is counted.
 */
import type { Clock, Milliseconds } from '../time.ts';

/** Topics that are kept: states and alarms of some dozen stations, with room. */
const MOST_TOPICS = 2000;
/** Changes of one topic closer than this are sent as one. */
const SPACING: Milliseconds = 200;
/** Unacknowledged at once: these share the broker's window with the events. */
const IN_FLIGHT = 4;

interface Entry {
  readonly kind: string;
  payload: string;
  /** Monotonic; earliest time of the next sending. */
  notBefore: number;
}

/** `kind`: what is taken or refused together, states or alarms. */
export interface RetainedValue {
  readonly topic: string;
  readonly kind: string;
  readonly payload: string;
}

export interface RetainedWay {
  readonly clock: Clock;
  /** false: no room now. */
  readonly send: (value: RetainedValue, done: () => void) => boolean;
  /** Unacknowledged at once, where that is less than usual. */
  readonly most?: () => number | undefined;
  /** These go first. */
  readonly isFirst?: (topic: string) => boolean;
}

export class RetainedValues {
  private readonly entries = new Map<string, Entry>();
  /** Topics to send, oldest change first. */
  private readonly changed = new Set<string>();
  private way: RetainedWay | null = null;
  private cancelTimer: (() => void) | null = null;
  private inFlight = 0;
  /** Values of topics beyond the bound. */
  dropped = 0;

  get depth(): { readonly depth: number; readonly bound: number; readonly dropped: number } {
    return { depth: this.changed.size, bound: MOST_TOPICS, dropped: this.dropped };
  }

  set({ topic, kind, payload }: RetainedValue): void {
    const entry = this.entries.get(topic);
    if (entry) entry.payload = payload;
    else if (this.entries.size >= MOST_TOPICS) this.dropped++;
    else this.entries.set(topic, { kind, payload, notBefore: 0 });
    if (!this.entries.has(topic)) return;
    this.changed.add(topic);
    this.nudge();
  }

  /** A new connection: all of it again. */
  attach(way: RetainedWay): void {
    this.detach();
    this.way = way;
    const { isFirst } = way;
    // A set keeps the place of what is in it.
    this.changed.clear();
    if (isFirst) for (const topic of this.entries.keys()) if (isFirst(topic)) this.changed.add(topic);
    this.again();
  }

  detach(): void {
    this.way = null;
    this.inFlight = 0;
    this.cancelTimer?.();
    this.cancelTimer = null;
  }

  /** Everything once more, at once. */
  again(): void {
    for (const [topic, entry] of this.entries) {
      entry.notBefore = 0;
      this.changed.add(topic);
    }
    this.nudge();
  }

  /** Sends what may be sent now. */
  nudge(): void {
    const way = this.way;
    if (!way || this.changed.size === 0) return;
    const now = way.clock.elapsed();
    let next = Number.POSITIVE_INFINITY;
    for (const topic of this.changed) {
      if (this.inFlight >= (way.most?.() ?? IN_FLIGHT)) return;
      const entry = this.entries.get(topic);
      if (!entry) continue;
      if (entry.notBefore > now) next = Math.min(next, entry.notBefore);
      else this.sendOne(way, topic, entry, now);
    }
    if (next < Number.POSITIVE_INFINITY) this.wakeAfter(way.clock, next - now);
  }

  private sendOne(way: RetainedWay, topic: string, entry: Entry, now: number): void {
    this.inFlight++;
    entry.notBefore = now + SPACING;
    this.changed.delete(topic);
    const taken = way.send({ topic, kind: entry.kind, payload: entry.payload }, () => {
      if (this.way !== way) return;
      this.inFlight--;
      this.nudge();
    });
    if (taken) return;
    this.inFlight--;
    this.changed.add(topic);
    this.wakeAfter(way.clock, SPACING);
  }

  private wakeAfter(clock: Clock, wait: Milliseconds): void {
    this.cancelTimer?.();
    this.cancelTimer = clock.after(wait, () => {
      this.cancelTimer = null;
      this.nudge();
    });
  }
}
