/**
 * What the samples and messages of one life say about the server beside their values: changes that it dropped (the overflow bit), messages that
 * are missing (their numbers), values that are too large, and how far its clock is off.
 *
 * Hot path: sample() runs for every value, allocates nothing and touches two typed arrays.
 */
import type { TagSample } from '../../contracts/index.ts';
import { LinesideError } from '../../errors.ts';
import { type Clock, Seconds, skewInWords } from '../../time.ts';
import { type Gaps, LOSS_STANDS } from './gaps.ts';
import { ClockSkew } from './skew.ts';
import { listed, type StandingFaults } from './standing.ts';
import { MOST_MESSAGE } from './transport.ts';
import { ANSWER_TOO_LARGE, LONGEST, TOO_LARGE } from './values.ts';

/** InfoType DataValue with the Overflow bit, OPC 10000-4, 7.39.2: the queue was full, and a change before this one is lost. */
const OVERFLOW = 0x480;
/** The first look comes sooner: `check` waits for it. */
const FIRST_LOOK = Seconds(1);
const LOOK = Seconds(5);
/** Stations look for their picture within 200 ms of a trigger by default: beyond this nothing is found, below it much still is. */
const SKEW_RAISES = 500;
const SKEW_ENDS = 250;

export interface ObserverOptions {
  readonly server: string;
  readonly clock: Clock;
  /** Tag by client handle. */
  readonly names: readonly string[];
  readonly standing: StandingFaults;
  /** Whether a station goes by the source time of this server, so that its clock matters. */
  readonly bySourceTime: () => boolean;
  /** Tags that are not subscribed at all, since they are larger than a message may be. */
  readonly leftOut: () => readonly string[];
  /** Kept over the lives of the session. */
  readonly gaps: Gaps;
  /** ms that the server's clock is ahead of this box's, whenever it has been measured. */
  readonly onSkew: (ms: number) => void;
}

export class Observer {
  private readonly options: ObserverOptions;
  private readonly skew: ClockSkew;
  private readonly overflowed = new Set<number>();
  private overflowAt = 0;
  private readonly large = new Set<number>();
  private readonly sequences = new Map<number, Sequence>();
  private cancel = () => {};

  constructor(options: ObserverOptions) {
    this.options = options;
    this.skew = new ClockSkew(options.names.length);
  }

  start(): void {
    this.cancel = this.options.clock.after(FIRST_LOOK, () => this.look());
  }
  stop(): void {
    this.cancel();
  }

  /** How long after a change at the source a tag's sample may leave the server at best: what is not the clock's fault. */
  slack(handle: number, ms: number): void {
    this.skew.slack(handle, ms);
  }

  sample(handle: number, { status, source, received }: TagSample): void {
    if (source !== null) this.skew.take(handle, received - source);
    if ((status & OVERFLOW) === OVERFLOW) this.overflow(handle);
    if (status === TOO_LARGE || status === ANSWER_TOO_LARGE) this.large.add(handle);
    else if (this.large.size > 0) this.large.delete(handle);
  }

  /**
   * Numbers of messages with data rise by one; a keep-alive tells the number of the next one (OPC 10000-4, 5.14.1.1). Returns how many were
   * skipped before this one where the session has to end for it, else 0.
   */
  message(subscription: number, number: number, withData: boolean): number {
    // A keep-alive that has no number tells none.
    if (!withData && number === 0) return 0;
    const { next = number, idle = false } = this.sequences.get(subscription) ?? {};
    // Some servers count their keep-alives too: one number after a keep-alive is theirs.
    const missing = number - next;
    const own = missing === 1 && idle;
    this.sequences.set(subscription, { next: withData ? number + 1 : number, idle: !withData });
    if (missing <= 0 || own) return 0;
    return this.options.gaps.note(missing, this.options.clock.elapsed()) ? missing : 0;
  }

  private overflow(handle: number): void {
    this.overflowed.add(handle);
    this.overflowAt = this.options.clock.elapsed();
  }

  private look(): void {
    const { clock, standing, server, gaps } = this.options;
    this.cancel = clock.after(LOOK, () => this.look());
    const now = clock.elapsed();
    if (now - this.overflowAt > LOSS_STANDS) this.overflowed.clear();
    const count = gaps.standing(now);
    const tags = (handles: ReadonlySet<number>) => listed([...handles].map((handle) => this.options.names[handle] ?? '?'));
    const fault = (is: boolean, make: () => LinesideError) => (is ? make() : null);
    standing.set(
      'overflow',
      fault(this.overflowed.size > 0, () => new LinesideError('OPCUA_OVERFLOW', { server, tags: tags(this.overflowed) })),
    );
    standing.set(
      'gaps',
      fault(count > 0, () => new LinesideError('OPCUA_GAPS', { server, count })),
    );
    this.judgeSizes(tags(this.large));
    this.judgeClock(this.skew.conclude());
  }

  private judgeSizes(long: string): void {
    const { server, standing, leftOut } = this.options;
    const huge = listed(leftOut());
    const size = huge === '' ? `more than ${LONGEST} characters or elements` : `messages beyond ${MOST_MESSAGE / 2 ** 20} MB`;
    const which = [huge, long].filter((tags) => tags !== '').join('; ');
    standing.set('large', which === '' ? null : new LinesideError('OPCUA_TOO_LARGE', { server, tags: which, size }));
  }

  private judgeClock(ms: number | null): void {
    if (ms === null) return;
    const { clock, server, standing, bySourceTime, onSkew } = this.options;
    onSkew(ms);
    const off = Math.abs(ms);
    if (!bySourceTime() || off < SKEW_ENDS) return standing.set('clock', null);
    if (off < SKEW_RAISES) return;
    // Coarse, so that it stays what it is from one look to the next.
    standing.set('clock', new LinesideError('OPCUA_CLOCK', { server, off: skewInWords(ms, clock.now()) }));
  }
}

interface Sequence {
  readonly next: number;
  /** The last message was a keep-alive. */
  readonly idle: boolean;
}
