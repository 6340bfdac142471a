/**
 * A worker thread as calls with answers. Both ends are here: Thread on the main thread, serve() inside the worker. One call is
 * worked on at a time, in the order in which they were made.
 */
import { type Transferable as NodeTransferable, parentPort, Worker, workerData } from 'node:worker_threads';
import { asLinesideError, type Details, type ErrorCode, LinesideError, messageOf } from '../errors.ts';
import { entryUrl } from '../platform/entries.ts';
import { LAST, yieldToVerdicts } from '../platform/yielding.ts';

interface Call {
  readonly id: number;
  readonly verb: string;
  readonly body: unknown;
}
interface Answer {
  readonly id: number;
  readonly value?: unknown;
  readonly fault?: { readonly code: ErrorCode; readonly details: Details };
}

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (fault: LinesideError) => void;
}

/** The files here that are a thread's entry point. */
export type WorkerEntry = 'worker' | 'pixels' | 'symbols';

/** now: a verdict waits for it. later: nobody does. */
export type Urgency = 'now' | 'later';

/** Flags of the process (--eval, --inspect) are not for its threads. */
export const startWorker = (entry: WorkerEntry, urgency: Urgency = 'now'): Worker =>
  new Worker(entryUrl(`inference/${entry}`), { execArgv: [], workerData: urgency });

/** The verb that every worker knows: leave by yourself. */
const END = 'end';

/** One life of one worker. It never comes back: whoever wants another one starts it. */
export class Thread {
  private readonly worker: Worker;
  private readonly waiting = new Map<number, Waiting>();
  private readonly lost: (fault: LinesideError) => void;
  private readonly gone: Promise<void>;
  private calls = 0;
  private ended = false;
  private cause: unknown = null;
  /** Resolves once, with MODEL_CRASHED, when the worker has died by itself. */
  readonly death: Promise<LinesideError>;

  /** `name` is what faults call it. */
  constructor(worker: Worker, name: string) {
    this.worker = worker;
    let lost: (fault: LinesideError) => void = () => {};
    this.death = new Promise((resolve) => {
      lost = resolve;
    });
    this.lost = lost;
    this.gone = new Promise((resolve) => {
      worker.once('exit', () => resolve());
    });
    worker.unref();
    worker.on('message', (answer: Answer) => this.settle(answer));
    worker.on('error', (thrown) => {
      this.cause = thrown;
    });
    worker.on('exit', (code) => this.die(name, code));
  }

  /** Rejects with the worker's LinesideError, or with MODEL_CRASHED when it dies meanwhile. A call on an ended thread never settles. */
  call<Reply>(verb: string, body: unknown, transfer: readonly NodeTransferable[] = []): Promise<Reply> {
    const id = ++this.calls;
    // The process must not end while somebody waits for an answer, nor live on for an idle worker.
    if (this.waiting.size === 0) this.worker.ref();
    return new Promise<Reply>((resolve, reject) => {
      this.waiting.set(id, { resolve: resolve as (value: unknown) => void, reject });
      this.worker.postMessage({ id, verb, body } satisfies Call, transfer);
    });
  }

  /**
   * Rejects what the worker owes with `fault` and asks it to leave; resolves when it is gone. It leaves between two calls: a thread
   * stuck in native code stays until that returns. worker.terminate() would not wait, but onnxruntime's binding throws a C++
   * exception when it comes back into a terminated thread, and that aborts the whole process; process.exit() does the same.
   */
  end(fault: LinesideError): Promise<void> {
    this.ended = true;
    this.rejectAll(fault);
    // Were the process to end before the thread has left, it would end by that abort.
    this.worker.ref();
    this.worker.postMessage({ id: 0, verb: END, body: null } satisfies Call);
    return this.gone;
  }

  private settle({ id, value, fault }: Answer): void {
    const waiting = this.waiting.get(id);
    this.waiting.delete(id);
    if (this.waiting.size === 0) this.worker.unref();
    if (fault) waiting?.reject(LinesideError.of(fault.code, fault.details));
    else waiting?.resolve(value);
  }

  private die(name: string, code: number): void {
    if (this.ended) return;
    const why = this.cause === null ? `it ended with code ${code}` : messageOf(this.cause);
    const fault = new LinesideError('MODEL_CRASHED', { model: name, why });
    this.ended = true;
    this.lost(fault);
    this.rejectAll(fault);
  }

  private rejectAll(fault: LinesideError): void {
    for (const { reject } of this.waiting.values()) reject(fault);
    this.waiting.clear();
  }
}

/** What a verb gives back, with the buffers that go over instead of being copied. */
export interface Served {
  readonly value: unknown;
  readonly transfer?: readonly NodeTransferable[];
}
export type Verbs = Readonly<Record<string, (body: never) => Promise<Served>>>;

/** Answers calls for as long as the worker lives. What a verb throws goes back as a LinesideError. */
export function serve(verbs: Verbs): void {
  if (workerData === 'later') yieldToVerdicts(LAST);
  let before: Promise<void> = Promise.resolve();
  parentPort?.on('message', (call: Call) => {
    if (call.verb === END) process.exit(0);
    before = before.then(() => answer(verbs, call));
  });
}

async function answer(verbs: Verbs, { id, verb, body }: Call): Promise<void> {
  try {
    const served = await verbs[verb]?.(body as never);
    parentPort?.postMessage({ id, value: served?.value } satisfies Answer, served?.transfer ?? []);
  } catch (thrown) {
    const { code, details } = asLinesideError(thrown, 'INTERNAL');
    parentPort?.postMessage({ id, fault: { code, details } } satisfies Answer);
  }
}
