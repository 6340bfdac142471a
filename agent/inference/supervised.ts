/**
 * A worker thread with its queue: bounded, timed, replaced when it hangs or dies. Every job settles exactly once, whatever happens
 * to the thread that works on it.
 */
import { asLinesideError, LinesideError } from '../errors.ts';
import { type Clock, endsWithin, type Milliseconds, Minutes, Seconds } from '../time.ts';
import type { Thread } from './thread.ts';

/** Jobs handed to the thread at once: the second one lies ready when the first is done, so the thread never waits for us. */
export const LANES = 2;

/** From the first suspicion of a hang to the second look. */
const SECOND_LOOK = 20;

export interface SupervisedOptions<Job, Reply> {
  /** What faults call it. */
  readonly name: string;
  /** Jobs waiting, at most; one more is MODEL_OVERLOADED. */
  readonly bound: number;
  /** A thread that holds jobs and gives no answer for this long hangs. */
  readonly timeout: Milliseconds;
  readonly clock: Clock;
  /** How long load() may take. */
  readonly loadTimeout: Milliseconds;
  /** Starts a thread; called again for each replacement. */
  spawn(): Thread;
  /** Makes a new thread ready for jobs. */
  load(thread: Thread): Promise<void>;
  /** Hands one job over; `lane` is this job's alone until it settles. */
  send(thread: Thread, job: Job, lane: number): Promise<Reply>;
  /** The thread was lost and will be replaced after `wait`. */
  onFault(fault: LinesideError, wait: Milliseconds): void;
  /** A replacement is live. */
  onRecovered(): void;
}

export interface Counters {
  readonly depth: number;
  readonly bound: number;
  /** Jobs refused because the queue was full. */
  readonly dropped: number;
  readonly done: number;
  readonly failed: number;
  readonly restarts: number;
}

export type SupervisedState = 'starting' | 'live' | 'restarting' | 'waiting' | 'stopped';

interface Entry<Job, Reply> {
  readonly job: Job;
  readonly resolve: (reply: Reply) => void;
  readonly reject: (fault: LinesideError) => void;
}

export class Supervised<Job, Reply> {
  private readonly options: SupervisedOptions<Job, Reply>;
  private readonly budget = new RestartBudget();
  private readonly queue: Entry<Job, Reply>[] = [];
  private readonly lanes: (Entry<Job, Reply> | null)[] = Array.from({ length: LANES }, () => null);
  private thread: Thread | null = null;
  private opening: Thread | null = null;
  private retiring = false;
  private current: SupervisedState = 'starting';
  private refusing: LinesideError | null = null;
  private cause: LinesideError | null = null;
  private progressAt = 0;
  private suspected = false;
  private cancelWatch: (() => void) | null = null;
  private cancelWait: (() => void) | null = null;
  private idle: (() => void) | null = null;
  private dropped = 0;
  private done = 0;
  private failed = 0;
  private restarts = 0;

  constructor(options: SupervisedOptions<Job, Reply>) {
    this.options = options;
  }

  get state(): SupervisedState {
    return this.current;
  }
  /** Why it is not live; null while it is. */
  get fault(): LinesideError | null {
    return this.cause;
  }
  get counters(): Counters {
    const { dropped, done, failed, restarts } = this;
    return { depth: this.queue.length + this.busy, bound: this.options.bound, dropped, done, failed, restarts };
  }

  /** Opens the first thread; rejects with what load() rejects with, and is stopped then. */
  async start(): Promise<void> {
    try {
      this.live(await this.open());
    } catch (thrown) {
      const fault = asLinesideError(thrown);
      await this.stop(fault);
      throw fault;
    }
  }

  /** Rejects with MODEL_OVERLOADED at once when the queue is full, and with the fault while the thread waits for its next life. */
  submit(job: Job): Promise<Reply> {
    const refusal = this.refusal();
    if (refusal) return Promise.reject(refusal);
    return new Promise((resolve, reject) => {
      this.queue.push({ job, resolve, reject });
      this.pump();
    });
  }

  /** Takes no more jobs, finishes what it has, stops. Each job is timed, so this ends. */
  async retire(): Promise<void> {
    const retired = new LinesideError('STOPPING');
    this.refusing = retired;
    this.retiring = true;
    if (this.current === 'live' && this.counters.depth > 0) {
      await new Promise<void>((resolve) => {
        this.idle = resolve;
      });
    }
    await this.stop(retired);
  }

  /** Rejects everything with `fault` and ends the thread. Idempotent; settles within a second, even if the thread is stuck. */
  async stop(fault: LinesideError = new LinesideError('STOPPING')): Promise<void> {
    this.current = 'stopped';
    this.refusing = fault;
    this.cancelWatch?.();
    this.cancelWait?.();
    const threads = [this.thread, this.opening].filter((thread) => thread !== null);
    this.thread = null;
    this.rejectLanes(fault);
    this.rejectQueue(fault);
    this.idle?.();
    await endsWithin(this.options.clock, Promise.all(threads.map((thread) => thread.end(fault))), Seconds(1));
  }

  private async open(): Promise<Thread> {
    const { clock, spawn, load, loadTimeout, name } = this.options;
    const thread = spawn();
    const late = new LinesideError('MODEL_HUNG', { model: name, ms: loadTimeout });
    const cancel = clock.after(loadTimeout, () => void thread.end(late));
    this.opening = thread;
    try {
      await load(thread);
      return thread;
    } catch (thrown) {
      void thread.end(asLinesideError(thrown));
      throw thrown;
    } finally {
      cancel();
      this.opening = null;
    }
  }

  private get busy(): number {
    return this.lanes.filter((entry) => entry !== null).length;
  }

  private refusal(): LinesideError | null {
    const { name, bound } = this.options;
    if (this.refusing) return this.refusing;
    if (this.queue.length < bound) return null;
    this.dropped++;
    return new LinesideError('MODEL_OVERLOADED', { model: name, depth: this.queue.length });
  }

  private live(thread: Thread): void {
    if (this.current === 'stopped') return void thread.end(new LinesideError('STOPPING'));
    this.thread = thread;
    this.current = 'live';
    this.refusing = null;
    this.cause = null;
    this.cancelWait?.();
    thread.death.then((fault) => this.lose(thread, fault));
    this.pump();
  }

  private pump(): void {
    for (let lane = this.lanes.indexOf(null); lane >= 0 && this.thread; lane = this.lanes.indexOf(null)) {
      const entry = this.queue.shift();
      if (!entry) break;
      if (this.busy === 0) this.progress();
      this.lanes[lane] = entry;
      this.watch();
      this.options.send(this.thread, entry.job, lane).then(
        (reply) => this.settle(entry, lane, () => entry.resolve(reply)),
        (thrown) => this.settle(entry, lane, () => entry.reject(this.count(asLinesideError(thrown)))),
      );
    }
    if (this.counters.depth === 0) this.idle?.();
  }

  /** Answers of a thread that was given up come too late: its jobs are settled already, and the lane has another holder. */
  private settle(entry: Entry<Job, Reply>, lane: number, answer: () => void): void {
    if (this.lanes[lane] !== entry) return;
    this.lanes[lane] = null;
    this.done++;
    this.progress();
    answer();
    this.pump();
  }

  private count(fault: LinesideError): LinesideError {
    this.failed++;
    return fault;
  }

  private progress(): void {
    this.progressAt = this.options.clock.elapsed();
    this.suspected = false;
  }

  /** One timer however many jobs: it looks when the oldest possible hang would be due. */
  private watch(wait: Milliseconds = this.options.timeout): void {
    this.cancelWatch ??= this.options.clock.after(wait, () => {
      this.cancelWatch = null;
      if (this.busy > 0 && this.thread) this.look(this.thread);
    });
  }

  /** Looks twice: when it was this thread that stood still, the answers lie in the mailbox and are read before the second look. */
  private look(thread: Thread): void {
    const { clock, timeout, name } = this.options;
    const quiet = clock.elapsed() - this.progressAt;
    const suspected = this.suspected;
    this.suspected = quiet >= timeout;
    if (!this.suspected) return this.watch(timeout - quiet);
    if (!suspected) return this.watch(SECOND_LOOK);
    const fault = new LinesideError('MODEL_HUNG', { model: name, ms: Math.round(quiet) });
    this.lose(thread, fault);
    // Not waited for: it is stuck, and leaves when it comes back. It holds nothing that anybody waits for.
    void thread.end(fault);
  }

  private lose(thread: Thread, fault: LinesideError): void {
    if (this.thread !== thread || this.current === 'stopped') return;
    this.thread = null;
    this.rejectLanes(fault);
    this.replace(fault);
  }

  private replace(fault: LinesideError): void {
    if (this.retiring) return void this.stop(fault);
    const { clock, onFault, timeout } = this.options;
    const wait = this.budget.next(clock.elapsed());
    this.restarts++;
    this.cause = fault;
    this.current = wait === 0 ? 'restarting' : 'waiting';
    onFault(fault, wait);
    if (wait === 0) {
      // What waits in the queue waits for the replacement, but not for ever.
      this.cancelWait?.();
      this.cancelWait = clock.after(timeout, () => this.refuse(fault));
      return void this.reopen();
    }
    this.refuse(fault);
    this.cancelWait = clock.after(wait, () => void this.reopen());
  }

  private async reopen(): Promise<void> {
    try {
      this.live(await this.open());
      if (this.current === 'live') this.options.onRecovered();
    } catch (thrown) {
      if (this.current !== 'stopped') this.replace(asLinesideError(thrown));
    }
  }

  private refuse(fault: LinesideError): void {
    this.refusing = fault;
    this.rejectQueue(fault);
  }

  private rejectLanes(fault: LinesideError): void {
    for (const [lane, entry] of this.lanes.entries()) {
      this.lanes[lane] = null;
      entry?.reject(this.count(fault));
    }
  }

  private rejectQueue(fault: LinesideError): void {
    for (const entry of this.queue.splice(0)) entry.reject(this.count(fault));
  }
}

/** frigate's figures: five restarts in a minute come at once, the next ones wait longer and longer. */
const AT_ONCE = 5;
const WINDOW = Minutes(1);

export class RestartBudget {
  private recent: Milliseconds[] = [];
  private excess = 0;

  /** How long the restart that is due at `now` (monotonic) has to wait. */
  next(now: Milliseconds): Milliseconds {
    this.recent = this.recent.filter((at) => now - at < WINDOW);
    if (this.recent.length === 0) this.excess = 0;
    const wait = this.recent.length < AT_ONCE ? 0 : Math.min(WINDOW, Seconds(2 ** this.excess++));
    this.recent.push(now + wait);
    return wait;
  }
}
