/** The main thread's end of the writer: starts it, carries questions and answers, and says when it is gone. */
import { Worker } from 'node:worker_threads';
import { LinesideError, messageOf } from '../errors.ts';
import { entryUrl } from '../platform/entries.ts';
import type { Clock, Milliseconds } from '../time.ts';
import { asError } from './faults.ts';
import type { FromWriter, Kept, Left, OpenedState, ToWriter, WriterData } from './protocol.ts';
import type { Question } from './reader.ts';

export type News = Extract<
  FromWriter,
  { readonly type: 'settled' | 'damaged' | 'quarantined' | 'pictureLost' | 'held' | 'unmarked' | 'tidied' | 'fates' }
>;
type Asked = Question extends infer Q ? (Q extends unknown ? Omit<Q, 'ask'> : never) : never;

interface Settle<T> {
  resolve(value: T): void;
  reject(fault: LinesideError): void;
}

export class Writer {
  private worker: Worker | null = null;
  private readonly asked = new Map<number, Settle<unknown>>();
  private asks = 0;
  private opening: Settle<OpenedState> | null = null;
  private gone: (kept: Kept) => void = () => {};
  private readonly clock: Clock;
  private readonly onNews: (news: News) => void;
  private readonly onLost: (fault: LinesideError) => void;

  constructor(clock: Clock, onNews: (news: News) => void, onLost: (fault: LinesideError) => void) {
    this.clock = clock;
    this.onNews = onNews;
    this.onLost = onLost;
  }

  /** Resolves when the journal is open; rejects with STORE_LOCKED, STORE_SCHEMA, STORE_FULL or STORE_FAILED. */
  open(data: WriterData): Promise<OpenedState> {
    return new Promise((resolve, reject) => {
      this.opening = { resolve, reject };
      const worker = new Worker(entryUrl('store/worker'), { workerData: data, name: 'store' });
      worker.on('message', (message: FromWriter) => this.hear(message));
      worker.on('error', (thrown) => this.lose(worker, messageOf(thrown)));
      worker.on('exit', () => this.lose(worker, 'its thread has ended'));
      this.worker = worker;
    });
  }

  post(message: ToWriter): void {
    this.worker?.postMessage(message);
  }

  /** The answer's shape is the question's: see Reader. Rejects with STORE_FAILED. */
  ask<T>(question: Asked): Promise<T> {
    const ask = ++this.asks;
    return new Promise<unknown>((resolve, reject) => {
      if (!this.worker) return reject(new LinesideError('STOPPING'));
      this.asked.set(ask, { resolve, reject });
      this.post({ ...question, ask } as Question);
    }) as Promise<T>;
  }

  /**
   * Everything posted before is done first, then `left` goes where it can. After `patience` the thread is left to its disk: it may be in a
   * write that never returns, and ends with the process.
   */
  async close(left: Left | null, patience: Milliseconds): Promise<Kept | null> {
    const { worker } = this;
    if (!worker) return null;
    const stopped = new Promise<Kept | null>((resolve) => {
      this.gone = resolve;
      this.post({ type: 'stop', ...(left ? { left } : {}) });
      // Its end is no loss from here on, and nothing goes to it any more.
      this.worker = null;
      worker.once('exit', () => resolve(null));
    });
    const late = new AbortController();
    const kept = await Promise.race([stopped, this.clock.sleep(patience, late.signal).then(() => null)]);
    late.abort();
    if (kept === null) worker.unref();
    else await worker.terminate();
    this.refuseAsked(new LinesideError('STOPPING'));
    return kept;
  }

  private hear(message: FromWriter): void {
    if (message.type === 'ready') this.opening?.resolve(message.state);
    else if (message.type === 'refused') this.refuse(asError(message.fault));
    else if (message.type === 'stopped') this.gone({ spilled: message.spilled, lost: message.lost });
    else if (message.type !== 'answer') this.onNews(message);
    else this.settle(message);
  }

  private settle({ ask, value, fault }: Extract<FromWriter, { readonly type: 'answer' }>): void {
    const asked = this.asked.get(ask);
    this.asked.delete(ask);
    if (fault) asked?.reject(asError(fault));
    else asked?.resolve(value);
  }

  private refuse(fault: LinesideError): void {
    this.opening?.reject(fault);
    this.worker = null;
  }

  private lose(worker: Worker, why: string): void {
    // One that has failed ends as well, when another may have its place.
    if (this.worker !== worker) return;
    this.worker = null;
    const fault = new LinesideError('STORE_FAILED', { why });
    // While it opens, whoever asked for that is told; after that, rejecting it again is nothing.
    this.opening?.reject(fault);
    this.refuseAsked(fault);
    this.onLost(fault);
  }

  private refuseAsked(fault: LinesideError): void {
    for (const { reject } of this.asked.values()) reject(fault);
    this.asked.clear();
  }
}
