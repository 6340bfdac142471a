/**
 * The only loop with back-off, silence watchdog and restart budget. Cameras, tag servers and publishers are one life each
 * (`run(signal)`): they throw when they are lost and never retry; what happens next is decided here, the same way for all.
 */
import type { Log, PartStatus } from '../contracts/index.ts';
import { asLinesideError, type LinesideError } from '../errors.ts';
import { type Clock, type Milliseconds, Minutes, Seconds } from '../time.ts';

export interface Life {
  readonly signal: AbortSignal;
  /** A sign of life; without one for `silence` the life is ended. */
  beat(): void;
  /** The life does its job: status becomes running, and the back-off starts anew once it has lasted. */
  online(): void;
  /** What ends it was found out and will not end the next one: the back-off starts anew. */
  understood(): void;
}

export interface RunnerOptions {
  readonly name: string;
  readonly clock: Clock;
  readonly log: Log;
  /** 0..1, for jitter. */
  readonly random: () => number;
  readonly live: (life: Life) => Promise<void>;
  readonly silence?: { readonly after: Milliseconds; readonly error: (seconds: number) => LinesideError };
  readonly backoff?: { readonly first: Milliseconds; readonly most: Milliseconds };
  /**
   * Whether somebody listens there, asked now and then during a back-off: cheap, bounded in time, never throwing. Where nobody did
   * and somebody does, the wait is over and the back-off starts anew; what is expensive (a handshake that is refused, a place among few
   * sessions) keeps its waits, since there somebody listens all the time.
   */
  readonly probe?: (() => Promise<boolean>) | undefined;
  /** The shortest wait after a fault, where trying again too soon does harm: it doubles with each failure, up to ten minutes. */
  readonly atLeast?: (fault: LinesideError) => Milliseconds;
  readonly onStatus?: (status: PartStatus, fault: LinesideError | null) => void;
}

/** A life that does not settle this long after its abort is abandoned, and said so. */
const GRACE = Seconds(3);
/** Of RunnerOptions.atLeast. */
const MOST_AT_LEAST = Minutes(10);
/** Online for this long counts as healthy: the next fault backs off from the start again. */
const STEADY = Seconds(10);
/** What is back on a LAN is used again after about as long. */
const PROBE_AWAY = Seconds(1);
/** Whoever listens all the time is looked at less often: it may be about to go away for a restart. */
const PROBE_THERE = Seconds(5);

/** Runs lives one after the other until stop(). A life that returns without being aborted has done its work and is not started again. */
export class Runner {
  private readonly options: RunnerOptions;
  private readonly stopping = new AbortController();
  private loop: Promise<void> | null = null;
  private current: PartStatus = 'starting';
  private lastFault: LinesideError | null = null;
  restarts = 0;

  constructor(options: RunnerOptions) {
    this.options = options;
  }

  get status(): PartStatus {
    return this.current;
  }
  /** The fault that ended the last life, while it has not been made good. */
  get fault(): LinesideError | null {
    return this.lastFault;
  }

  start(): void {
    this.loop ??= this.run();
  }

  /** Ends the life and the loop; settles within the grace. */
  async stop(): Promise<void> {
    this.stopping.abort(asLinesideError(new Error('stopped'), 'STOPPING'));
    await this.loop;
    this.become('stopped', null);
  }

  private async run(): Promise<void> {
    const { log, random, name, backoff = { first: 500, most: Seconds(60) } } = this.options;
    let failures = 0;
    while (!this.stopping.signal.aborted) {
      const { fault, anew } = await this.oneLife();
      if (this.stopping.signal.aborted) return;
      if (fault === null) return this.become('stopped', null);
      failures = anew ? 1 : failures + 1;
      this.restarts++;
      this.become('degraded', fault);
      // Half fixed, half random: a hundred gateways that lost the same broker do not come back in step.
      const wait = Math.max(
        this.waitAfter(fault, failures),
        Math.min(backoff.most, backoff.first * 2 ** Math.min(failures - 1, 16)) * (0.5 + random() / 2),
      );
      log.warn({ code: fault.code, name, waitMs: Math.round(wait), failures }, fault.message);
      if (await this.backOff(wait)) failures = 0;
    }
  }

  private waitAfter(fault: LinesideError, failures: number): Milliseconds {
    const least = this.options.atLeast?.(fault) ?? 0;
    return least === 0 ? 0 : Math.min(MOST_AT_LEAST, least * 2 ** Math.min(failures - 1, 16));
  }

  /** Resolves after `wait`, or with true as soon as the other side is there again after it was not. */
  private async backOff(wait: Milliseconds): Promise<boolean> {
    const { clock, probe } = this.options;
    const { signal } = this.stopping;
    const until = clock.elapsed() + wait;
    let away = probe !== undefined && !(await probe());
    while (!signal.aborted) {
      const left = until - clock.elapsed();
      if (left <= 0) return false;
      const next = away ? PROBE_AWAY : PROBE_THERE;
      await clock.sleep(probe ? Math.min(next, left) : left, signal).catch(() => {});
      if (!probe || signal.aborted || clock.elapsed() >= until) continue;
      if (!(await probe())) away = true;
      else if (away) return true;
    }
    return false;
  }

  private async oneLife(): Promise<{ fault: LinesideError | null; anew: boolean }> {
    const { clock, live, silence } = this.options;
    const ended = new AbortController();
    const end = (reason: unknown) => ended.abort(reason);
    const onStop = () => end(this.stopping.signal.reason);
    this.stopping.signal.addEventListener('abort', onStop, { once: true });
    let onlineAt: number | null = null;
    let isUnderstood = false;
    const watchdog = silence ? new Watchdog(clock, silence.after, () => end(silence.error(silence.after / 1000))) : null;
    try {
      await this.settled(
        live({
          signal: ended.signal,
          beat: () => watchdog?.beat(),
          online: () => {
            onlineAt ??= clock.elapsed();
            this.become('running', null);
          },
          understood: () => {
            isUnderstood = true;
          },
        }),
        ended.signal,
      );
      return { fault: ended.signal.aborted ? asLinesideError(ended.signal.reason) : null, anew: false };
    } catch (thrown) {
      const cause = ended.signal.aborted ? ended.signal.reason : thrown;
      return { fault: asLinesideError(cause), anew: isUnderstood || (onlineAt !== null && clock.elapsed() - onlineAt > STEADY) };
    } finally {
      watchdog?.stop();
      this.stopping.signal.removeEventListener('abort', onStop);
    }
  }

  /** The life's own end, or the end of our patience after its abort. */
  private settled(life: Promise<void>, signal: AbortSignal): Promise<void> {
    const { clock, log, name } = this.options;
    const patience = new Promise<void>((_, reject) => {
      signal.addEventListener('abort', () => {
        clock.after(GRACE, () => {
          reject(signal.reason);
        });
      });
    });
    let done = false;
    const marked = life.finally(() => {
      done = true;
    });
    return Promise.race([marked, patience]).finally(() => {
      if (!done) log.error({ name }, 'a part did not stop when told to and was left behind');
      marked.catch(() => {});
      patience.catch(() => {});
    });
  }

  private become(status: PartStatus, fault: LinesideError | null): void {
    if (status === this.current && fault?.message === this.lastFault?.message) return;
    this.current = status;
    this.lastFault = fault;
    this.options.onStatus?.(status, fault);
  }
}

/** Calls `silent` once when no beat came for `after`. One timer, however many beats. */
class Watchdog {
  private last: number;
  private cancel: () => void;
  private readonly clock: Clock;
  private readonly after: Milliseconds;
  private readonly silent: () => void;

  constructor(clock: Clock, after: Milliseconds, silent: () => void) {
    this.clock = clock;
    this.after = after;
    this.silent = silent;
    this.last = clock.elapsed();
    this.cancel = clock.after(after, () => this.look());
  }

  beat(): void {
    this.last = this.clock.elapsed();
  }
  stop(): void {
    this.cancel();
  }

  private look(): void {
    const quiet = this.clock.elapsed() - this.last;
    if (quiet >= this.after) return this.silent();
    this.cancel = this.clock.after(this.after - quiet, () => this.look());
  }
}
