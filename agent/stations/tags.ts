/**
 * What is known of every tag now, and for the tags of a window what was known over its span. Names are `server.tag`.
 */
import { BAD_NO_COMMUNICATION, isBad, isGood, type TagReading, type TagSample } from '../contracts/index.ts';
import type { Milliseconds } from '../time.ts';

/** Sooner than any before by more than this, beyond what is usual between two values: by then it is the clock. */
const SET_AHEAD: Milliseconds = 1000;
/** Values until it is known how long they take. */
const SURE = 8;
/** What is left, with the next value, of how much later than the promptest one came: a stall is forgotten. */
const FADES = 0.9;

/**
 * Whether the clock at the source was set ahead. From there to here a value takes its time, by two clocks that may be hours apart: one may
 * come as late as it likes (a stall, the first value after a reconnection), none comes much sooner than all before it.
 */
class Ways {
  private least = Number.POSITIVE_INFINITY;
  private spread = 0;
  private heard = 0;

  /** Whether what came by this way (arrival less source time) was stamped by a clock that is ahead of the one so far. */
  isAhead(way: Milliseconds): boolean {
    return this.heard >= SURE && this.least - way > SET_AHEAD + 2 * this.spread;
  }

  /** The same of the next value, which is remembered. */
  isSetAhead(way: Milliseconds): boolean {
    const is = this.isAhead(way);
    if (is) this.begin();
    if (this.heard > 0) this.spread = Math.max(this.spread * FADES, Math.abs(way - this.least));
    this.least = Math.min(this.least, way);
    this.heard++;
    return is;
  }

  /** Another clock from here on. */
  begin(): void {
    this.least = Number.POSITIVE_INFINITY;
    this.spread = 0;
    this.heard = 0;
  }
}

/** Values over time of one tag, in parallel arrays used as a ring: a window is cut thousands of times an hour. */
export class TagHistory {
  readonly times: Float64Array;
  /** Monotonic, of their arrival here: what is left when the clock that `times` go by was set. */
  readonly arrived: Float64Array;
  readonly values: Float32Array;
  /** 0 good, 1 uncertain, 2 bad. */
  readonly quality: Uint8Array;
  private next = 0;
  private count = 0;
  private steppedAt = Number.NEGATIVE_INFINITY;
  private readonly ways = new Ways();

  constructor(capacity: number) {
    this.times = new Float64Array(capacity);
    this.arrived = new Float64Array(capacity);
    this.values = new Float32Array(capacity);
    this.quality = new Uint8Array(capacity);
  }

  get length(): number {
    return this.count;
  }

  /** The clock was set, back or ahead, within what is kept. */
  get stepped(): boolean {
    return this.count > 0 && this.steppedAt > (this.arrived[this.at(0)] ?? 0);
  }

  /** Whether the clock of a moment is ahead of the one that stamped these values: it was set ahead since, or is another one. */
  isBehind({ endsAt, arrived }: { readonly endsAt: number; readonly arrived: number }): boolean {
    return this.ways.isAhead(arrived - endsAt);
  }

  push(time: number, value: number, quality: number, arrived: number): void {
    const at = this.next;
    if (this.count > 0 && this.isSet(time, arrived)) this.steppedAt = arrived;
    this.times[at] = time;
    this.arrived[at] = arrived;
    this.values[at] = value;
    this.quality[at] = quality;
    this.next = (at + 1) % this.times.length;
    this.count = Math.min(this.count + 1, this.times.length);
  }

  /** The first value of all may be as old as it likes, and says nothing. Values of one tag come in the order of their source. */
  private isSet(time: number, arrived: number): boolean {
    const isBack = time < (this.times[this.at(this.count - 1)] ?? time);
    if (isBack) this.ways.begin();
    return this.ways.isSetAhead(arrived - time) || isBack;
  }

  /** Time of the newest value, or of the one so many before it; -Infinity where there is none. */
  timeOf(before: number): number {
    return this.count <= before ? Number.NEGATIVE_INFINITY : (this.times[this.at(this.count - 1 - before)] ?? 0);
  }

  /** Takes the newest value back. */
  retract(): void {
    if (this.count === 0) return;
    this.next = (this.next - 1 + this.times.length) % this.times.length;
    this.count--;
  }

  /** All that the other one holds; this one is empty and larger. */
  takeOver(other: TagHistory): void {
    for (let i = 0; i < other.length; i++) {
      const at = other.at(i);
      this.push(other.times[at] ?? 0, other.values[at] ?? 0, other.quality[at] ?? 0, other.arrived[at] ?? 0);
    }
  }

  /** Position in the arrays of the i-th oldest sample. */
  at(i: number): number {
    return (this.next - this.count + i + this.times.length) % this.times.length;
  }
}

/** Finest sampling that a window keeps whole; faster tags are kept for a shorter span, which the window shows as gaps. */
const FINEST: Milliseconds = 5;
const LARGEST = 65_536;

/** The session that told of a tag has ended; or the tag is read from elsewhere from here on, and what it said says nothing of the next. */
export type Loss = 'session' | 'tag';

export class TagTable {
  private readonly latestByTag = new Map<string, TagSample>();
  private readonly histories = new Map<string, TagHistory>();
  private readonly byArrival = new Set<string>();
  private readonly listeners = new Map<string, ((sample: TagSample) => void)[]>();
  private readonly onLosses = new Map<string, Set<(loss: Loss) => void>>();
  /** Those of which nothing has been heard since the session ended that told of them, as they were told. */
  private readonly away = new Map<string, TagSample>();

  /**
   * Keeps the tag's values for at least `span` from now on, for samples no closer than 5 ms, on the time axis of their source or of
   * their arrival here.
   */
  remember(tag: string, span: Milliseconds, expectedEvery: Milliseconds, clock: 'source' | 'arrival'): void {
    if (clock === 'arrival') this.byArrival.add(tag);
    const capacity = Math.min(LARGEST, Math.max(64, Math.ceil((2 * span) / Math.max(FINEST, expectedEvery)) + 16));
    const known = this.histories.get(tag);
    if (known && known.times.length >= capacity) return;
    // Another station may look at the same tag over a shorter span: it has not seen a gap.
    const grown = new TagHistory(capacity);
    if (known) grown.takeOver(known);
    this.histories.set(tag, grown);
  }

  /** The tag is read from elsewhere now, or by nobody: what was known of it is no longer true of it. */
  forget(tag: string): void {
    this.latestByTag.delete(tag);
    const known = this.histories.get(tag);
    if (known) this.histories.set(tag, new TagHistory(known.times.length));
    this.away.delete(tag);
    this.tellLoss(tag, 'tag');
  }

  /**
   * The session that told of the tag has ended, `now`: monotonic. What changes from here on is not heard until a next one tells what it has
   * come to, so that the value is bad: rules, windows and records must not take it for the present one.
   */
  lost(tag: string, now: number): void {
    this.tellLoss(tag, 'session');
    const last = this.latestByTag.get(tag);
    if (!last || isBad(last.status)) return;
    const status = BAD_NO_COMMUNICATION;
    this.away.set(tag, last);
    this.latestByTag.set(tag, { ...last, status });
    // On the clock that stamped the value: a first value of a session may have changed long before it was told.
    const told = Math.max(this.timeOf(tag, last), this.goesByArrival(tag, last) ? 0 : (last.server ?? 0));
    this.histories.get(tag)?.push(told + now - last.arrived, numeric(last), status >>> 30, now);
  }

  private tellLoss(tag: string, loss: Loss): void {
    for (const listener of this.onLosses.get(tag) ?? []) listener(loss);
  }

  private goesByArrival(tag: string, { source }: TagSample): boolean {
    return this.byArrival.has(tag) || source === null;
  }
  private timeOf(tag: string, sample: TagSample): number {
    return this.goesByArrival(tag, sample) ? sample.received : (sample.source ?? sample.received);
  }

  /** Calls back with every loss of the tag; the returned function ends it. */
  onLost(tag: string, listener: (loss: Loss) => void): () => void {
    const listeners = this.onLosses.get(tag) ?? new Set();
    this.onLosses.set(tag, listeners.add(listener));
    return () => void listeners.delete(listener);
  }

  /** Calls back with every sample of the tag; the returned function ends it. */
  onSample(tag: string, listener: (sample: TagSample) => void): () => void {
    this.listeners.set(tag, [...(this.listeners.get(tag) ?? []), listener]);
    return () => {
      this.listeners.set(
        tag,
        (this.listeners.get(tag) ?? []).filter((other) => other !== listener),
      );
    };
  }

  /** The hot path: called for every sample of every tag. */
  update(tag: string, sample: TagSample): void {
    const history = this.histories.get(tag);
    if (history) {
      const time = this.timeOf(tag, sample);
      // The change is from before the loss was noticed: the tag has had this value since. One before that is of a clock that was set back.
      if (this.away.has(tag) && time < history.timeOf(0) && time >= history.timeOf(1)) history.retract();
      history.push(time, numeric(sample), sample.status >>> 30, sample.arrived);
    }
    this.away.delete(tag);
    this.latestByTag.set(tag, sample);
    const listeners = this.listeners.get(tag);
    if (listeners) for (const listener of listeners) listener(sample);
  }

  latest(tag: string): TagSample | undefined {
    return this.latestByTag.get(tag);
  }
  /** Whether the session has ended that told of the tag's value, and no other has told of it since. */
  isAway(tag: string): boolean {
    return this.away.has(tag);
  }
  /** As it was told last, whether or not its session has ended since. */
  lastTold(tag: string): TagSample | undefined {
    return this.away.get(tag) ?? this.latestByTag.get(tag);
  }
  history(tag: string): TagHistory | undefined {
    return this.histories.get(tag);
  }

  /** The tags as they are now, for rules and for the record. A tag that never came is bad: BadWaitingForInitialData. */
  read(tags: readonly string[], units: ReadonlyMap<string, string>): Record<string, TagReading> {
    return Object.fromEntries(tags.map((tag) => [tag, reading(this.latestByTag.get(tag), units.get(tag))]));
  }
}

/** OPC 10000-6 A.2. */
const BAD_WAITING_FOR_INITIAL_DATA = 0x80320000;

function reading(sample: TagSample | undefined, unit: string | undefined): TagReading {
  const of = sample ?? { value: null, status: BAD_WAITING_FOR_INITIAL_DATA, source: null };
  return { value: of.value, status: of.status, source: of.source, ...(unit === undefined ? {} : { unit }) };
}

function numeric(sample: TagSample): number {
  const { value } = sample;
  if (typeof value === 'number') return value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  return Number.NaN;
}

/** The value as the text of a part id or a recipe name; null when it is bad or empty. */
export function textOf(sample: Pick<TagSample, 'value' | 'status'> | undefined): string | null {
  if (!sample || !isGood(sample.status) || sample.value === null || Array.isArray(sample.value)) return null;
  const text = String(sample.value);
  return text === '' ? null : text;
}
