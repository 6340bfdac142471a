/**
 * Work on what came from outside and may never end, take all memory or take the process down with it: done in a child process, which
 * can always be killed. (A thread cannot: worker.terminate() waits for native code to return, or aborts the process.) The parent
 * bounds time and memory; the kernel is told to take the child first when memory is short.
 *
 * The child's side is agent/platform/sandboxed.ts.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { closeSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { setPriority } from 'node:os';
import { type Details, type ErrorCode, LinesideError, messageOf } from '../errors.ts';
import { type Clock, type Milliseconds, Minutes, Seconds } from '../time.ts';
import { watchProcessor } from './processor.ts';
import { watchResident } from './resident.ts';
import { LAST } from './yielding.ts';

export interface SandboxOptions {
  /** What is done in it, as faults call it: "decoding a picture of camera top". */
  readonly what: string;
  /** entryUrl(…) of a file that calls answerQuestions(). */
  readonly entry: URL;
  readonly clock: Clock;
  /** Most bytes the child may hold, Node itself (about 50 MB) included. */
  readonly memory: number;
  /** Of nice(2). Default 10: what can be killed may also wait. */
  readonly niceness?: number;
  readonly args?: readonly string[];
  /** Beside PATH and what else a library needs to be found. Nothing of the agent's environment goes over: secrets live there. */
  readonly env?: Readonly<Record<string, string>>;
  /** A descriptor for what is too large for answers; called for every child, which has it as OUTPUT. It is closed here then. */
  readonly output?: () => Promise<number>;
}

export interface Budget {
  /** From the moment the child has the question. */
  readonly timeout: Milliseconds;
  /**
   * Most time on a processor, of all threads together. For what a box that is busy may keep waiting: how long it takes then says nothing
   * of what was given, and `timeout`, far longer, is only for what waits for ever.
   */
  readonly processor?: Milliseconds;
  /** Instead of the sandbox's, for this question. */
  readonly memory?: number;
  /** What the child tells before it answers: how far it is. */
  readonly onTold?: (told: unknown) => void;
}

/** The child's descriptor of SandboxOptions.output: behind standard streams and the channel. */
export const OUTPUT = 4;

/** How the child answers. `ready` comes once, before everything else. */
export type Reply =
  | { readonly ready: true }
  | { readonly told: unknown }
  | { readonly answer: unknown }
  | { readonly fault: { readonly code: ErrorCode; readonly details: Details } };

/** Node and the modules of the entry; what does not come up in this time hangs. */
const STARTING = Seconds(30);
/**
 * With the least urgency, or where only its work counts, it comes up when the others leave it a core: on a box that is busy that is no
 * fault of what it was given.
 */
const STARTING_BUSY = Minutes(5);
/** From SIGKILL to the exit; only a process that waits for a dead disk takes longer. */
const DYING = Seconds(1);
const NICENESS = 10;

/** A child at a time, started by the first question and again by the next one after it has died. Questions wait for each other. */
export class Sandbox {
  private readonly options: SandboxOptions;
  private life: SandboxChild | null = null;
  private last: Promise<unknown> = Promise.resolve();
  /** Questions asked before a stop() are not put to a new child. */
  private stops = 0;

  constructor(options: SandboxOptions) {
    this.options = options;
  }

  /**
   * The child's answer. Rejects with what the child threw, or with SANDBOX_SLOW, SANDBOX_MEMORY, SANDBOX_DIED: the child is gone
   * then. While a question is open the process stays alive for it.
   */
  ask<Answer>(question: unknown, budget: Budget): Promise<Answer> {
    const stops = this.stops;
    const answer = this.last.then(async () => {
      const life = await this.living(stops);
      return (await life.ask(question, budget)) as Answer;
    });
    this.last = answer.catch(() => {});
    return answer;
  }

  /** Kills the child, whatever it does, and rejects what was asked. Resolves when it is gone, at the latest after a second. */
  async stop(): Promise<void> {
    this.stops++;
    const { life, options } = this;
    this.life = null;
    await life?.end(stopped(options.what));
  }

  private async living(stops: number): Promise<SandboxChild> {
    const isOver = () => stops !== this.stops;
    if (isOver()) throw stopped(this.options.what);
    if (this.life !== null && !this.life.over) return this.life;
    const output = await this.options.output?.();
    try {
      if (isOver()) throw stopped(this.options.what);
      this.life = new SandboxChild(this.options, output);
      return this.life;
    } finally {
      if (output !== undefined) closeSync(output);
    }
  }
}

interface Waiting {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (fault: LinesideError) => void;
}

/** One child from its start to its end. */
class SandboxChild {
  over = false;
  private readonly options: SandboxOptions;
  private readonly child: ChildProcess;
  private readonly ready: Promise<void>;
  private readonly gone: Promise<void>;
  private begun: () => void = () => {};
  private waiting: Waiting | null = null;
  private onTold: (told: unknown) => void = () => {};
  private complaint = '';

  constructor(options: SandboxOptions, output?: number) {
    this.options = options;
    const { entry, args = [], env = {}, memory } = options;
    this.child = fork(entry, [...args], {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc', ...(output === undefined ? [] : [output])],
      // A group of its own: ctrl-c is for the agent, which then ends the child, and SIGKILL takes what the child has started.
      detached: true,
      env: { ...inherited(), ...env },
      execArgv: [`--max-old-space-size=${Math.ceil(memory / 2 ** 20)}`],
    });
    this.ready = new Promise((resolve) => {
      this.begun = resolve;
    });
    this.gone = new Promise((resolve) => {
      this.child.once('exit', resolve).once('error', resolve);
    });
    this.watch();
  }

  ask(question: unknown, budget: Budget): Promise<unknown> {
    const { timeout, processor, memory = this.options.memory } = budget;
    this.onTold = budget.onTold ?? (() => {});
    const { clock, what } = this.options;
    const { pid } = this.child;
    const slow = (ms: Milliseconds) => () => this.end(new LinesideError('SANDBOX_SLOW', { what, ms }));
    const mayWait = this.options.niceness === LAST || processor !== undefined;
    const starting = mayWait ? STARTING_BUSY : STARTING;
    let late = clock.after(starting, slow(starting));
    const large = () => this.end(new LinesideError('SANDBOX_MEMORY', { what, megabytes: Math.round(memory / 1e6) }));
    let unwatchProcessor = () => {};
    const unwatch = pid === undefined ? () => {} : watchResident(clock, pid, memory, large);
    this.hold(true);
    const answered = new Promise<unknown>((resolve, reject) => {
      this.waiting = { resolve, reject };
      this.ready.then(() => {
        late();
        if (this.over) return;
        late = clock.after(timeout, slow(timeout));
        if (processor !== undefined && pid !== undefined) unwatchProcessor = watchProcessor(clock, pid, processor, slow(processor));
        this.send(question);
      });
    });
    return answered.finally(() => {
      late();
      unwatch();
      unwatchProcessor();
      this.waiting = null;
      this.hold(false);
    });
  }

  /** Rejects the open question with `fault` and kills the child. */
  async end(fault: LinesideError): Promise<void> {
    this.over = true;
    this.waiting?.reject(fault);
    // Whoever waits for the end must not be ended by an idle loop before it comes: the patience below keeps no process alive.
    this.child.ref();
    kill(this.child);
    // Who waits for the end waits for it alone.
    this.child.ref();
    let cancel = () => {};
    const patience = new Promise<void>((resolve) => {
      cancel = this.options.clock.after(DYING, resolve);
    });
    await Promise.race([this.gone, patience]);
    cancel();
    this.child.unref();
  }

  private watch(): void {
    const { child } = this;
    makeFirstToGo(child.pid, this.options.niceness ?? NICENESS);
    child.on('message', (reply: Reply) => this.hear(reply));
    child.once('error', (thrown) => this.died(messageOf(thrown)));
    child.once('exit', (code, signal) => this.died(signal === null ? `it ended with code ${code}` : `it was ended by ${signal}`));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.complaint = (this.complaint + text).slice(0, MOST_COMPLAINT);
    });
    (child.stderr as Socket | null)?.unref();
    this.hold(false);
  }

  private hear(reply: Reply): void {
    if ('ready' in reply) this.begun();
    else if ('told' in reply) this.onTold(reply.told);
    else if ('answer' in reply) this.waiting?.resolve(reply.answer);
    else this.waiting?.reject(LinesideError.of(reply.fault.code, reply.fault.details));
  }

  private send(question: unknown): void {
    try {
      // Where the pipe is broken the child has died, and its exit says so.
      this.child.send(question as object, () => {});
    } catch (thrown) {
      this.waiting?.reject(new LinesideError('INTERNAL', { why: messageOf(thrown) }, { cause: thrown }));
    }
  }

  private died(why: string): void {
    if (this.over) return;
    const { what, memory } = this.options;
    // V8 gives up by itself when its heap is full.
    const fault = /heap out of memory|Array buffer allocation failed/.test(this.complaint)
      ? new LinesideError('SANDBOX_MEMORY', { what, megabytes: Math.round(memory / 1e6) })
      : new LinesideError('SANDBOX_DIED', { what, why: [why, complained(this.complaint)].filter((text) => text !== '').join(': ') });
    void this.end(fault);
  }

  /** The process must not end while somebody waits for an answer, nor live on for an idle child. */
  private hold(isHeld: boolean): void {
    const { child } = this;
    if (isHeld) {
      child.ref();
      child.channel?.ref();
    } else {
      child.unref();
      child.channel?.unref();
    }
  }
}

const MOST_COMPLAINT = 8192;
const stopped = (what: string) => new LinesideError('SANDBOX_DIED', { what, why: 'it was stopped' });

/** The line of a crash report that names the error, else the first one. */
function complained(text: string): string {
  const lines = text.split('\n').map((line) => line.trim());
  return (lines.find((line) => /^\w*Error\b/.test(line)) ?? lines.find((line) => line !== '') ?? '').slice(0, 200);
}

function kill(child: ChildProcess): void {
  try {
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) process.kill(-child.pid, 'SIGKILL');
  } catch {
    // ESRCH: it had ended by itself.
  }
  child.stderr?.destroy();
}

/** The threads of the child are made later and inherit it. Where the system has none of this, the parent's own bounds remain. */
function makeFirstToGo(pid: number | undefined, niceness: number): void {
  if (pid === undefined) return;
  try {
    writeFileSync(`/proc/${pid}/oom_score_adj`, '1000');
    setPriority(pid, niceness);
  } catch {
    // Another system, or the child has ended.
  }
}

/** What programs and libraries are found by. */
const INHERITED = ['PATH', 'LD_LIBRARY_PATH', 'LD_PRELOAD', 'HOME', 'TMPDIR', 'TZ', 'LANG', 'LC_ALL'];
function inherited(): Record<string, string> {
  return Object.fromEntries(INHERITED.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])));
}
