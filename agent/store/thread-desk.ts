/** The main thread's end of a thread that answers questions one after the other. Begun with the first of them; bounded in how many wait. */
import { Worker } from 'node:worker_threads';
import { LinesideError, messageOf } from '../errors.ts';
import { type Entry, entryUrl } from '../platform/entries.ts';
import type { Clock, Milliseconds } from '../time.ts';
import { asError } from './faults.ts';
import type { StartFault } from './protocol.ts';

export interface DeskCall<Call extends string> {
  readonly ask: number;
  readonly call: Call;
  readonly with: readonly unknown[];
}
export interface DeskAnswer {
  readonly ask: number;
  readonly value: unknown;
  readonly fault: StartFault | null;
}

export interface ThreadDeskOptions {
  readonly entry: Entry;
  readonly name: string;
  readonly data: unknown;
  readonly clock: Clock;
  /** Questions on their way. */
  readonly most: number;
  /** After it whoever asked is told; the thread may still be at it. */
  readonly patience: Milliseconds;
}

interface Settle {
  resolve(value: unknown): void;
  reject(fault: LinesideError): void;
}

export class ThreadDesk<Call extends string> {
  private readonly options: ThreadDeskOptions;
  private readonly asked = new Map<number, Settle>();
  private worker: Worker | null = null;
  private asks = 0;
  private closed = false;

  constructor(options: ThreadDeskOptions) {
    this.options = options;
  }

  /** The answer's shape is the call's. Rejects with what the thread threw, WEB_BUSY, TIMEOUT, STORE_FAILED or STOPPING. */
  ask<T>(call: Call, ...args: readonly unknown[]): Promise<T> {
    const { most, patience, clock, name } = this.options;
    if (this.closed) return Promise.reject(new LinesideError('STOPPING'));
    if (this.asked.size >= most) return Promise.reject(new LinesideError('WEB_BUSY'));
    const ask = ++this.asks;
    // It keeps its place until its answer is there: the thread still has it before it.
    const cancel = clock.after(patience, () =>
      this.asked.get(ask)?.reject(new LinesideError('TIMEOUT', { what: `A question to ${name}`, ms: patience })),
    );
    return new Promise<unknown>((resolve, reject) => {
      this.worker ??= this.begin();
      this.asked.set(ask, { resolve, reject });
      this.worker.postMessage({ ask, call, with: args } satisfies DeskCall<Call>);
    }).finally(cancel) as Promise<T>;
  }

  /** Waits for what is being answered; where nothing was ever asked there is nothing to close. */
  async close(call: Call): Promise<void> {
    if (this.worker) await this.ask(call).catch(() => {});
    this.closed = true;
    await this.worker?.terminate();
  }

  private begin(): Worker {
    const { entry, name, data } = this.options;
    const worker = new Worker(entryUrl(entry), { workerData: data, name });
    worker.on('message', ({ ask, value, fault }: DeskAnswer) => {
      const settle = this.settle(ask);
      if (fault) settle?.reject(asError(fault));
      else settle?.resolve(value);
    });
    worker.on('error', (thrown) => this.lose(worker, messageOf(thrown)));
    worker.on('exit', () => this.lose(worker, 'its thread has ended'));
    worker.unref();
    return worker;
  }

  private settle(ask: number): Settle | undefined {
    const settle = this.asked.get(ask);
    this.asked.delete(ask);
    return settle;
  }

  /** The next question begins another one. */
  private lose(worker: Worker, why: string): void {
    // One that has failed ends as well, when another may have its place.
    if (this.worker !== worker) return;
    this.worker = null;
    for (const { reject } of this.asked.values()) reject(new LinesideError('STORE_FAILED', { why }));
    this.asked.clear();
  }
}
