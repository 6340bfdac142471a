/** A data set as a ZIP file that is made while it is read: the main thread's end of the thread that packs it. One at a time. */
import { Readable } from 'node:stream';
import { Worker } from 'node:worker_threads';
import type { DataSetWish } from '../../contracts/index.ts';
import { LinesideError, messageOf } from '../../errors.ts';
import { entryUrl } from '../../platform/entries.ts';
import { type Clock, Minutes } from '../../time.ts';
import { asError } from '../faults.ts';
import type { ZipCredit, ZipData, ZipNews } from './zip-worker.ts';

/** Pieces on their way, of 64 kB at most. */
const AHEAD = 8;
/** Whoever reads nothing for so long has gone. */
const PATIENCE = Minutes(1);

export class Archives {
  private readonly folder: string;
  private readonly clock: Clock;
  private current: Reading | null = null;

  /** `folder`: of the journal, absolute. */
  constructor(folder: string, clock: Clock) {
    this.folder = folder;
    this.clock = clock;
  }

  /**
   * Resolves when there is something to read. Rejects with WEB_BUSY while another one is read, with LABELS_NONE or LABELS_WITHOUT_PICTURES,
   * with STOPPING where it is closed before, or as a question to the records does.
   */
  async open(wish: DataSetWish): Promise<Readable> {
    if (this.current) throw new LinesideError('WEB_BUSY');
    const reading = new Reading({ folder: this.folder, wish }, this.clock);
    this.current = reading;
    reading.once('close', () => {
      this.current = null;
    });
    await reading.begun;
    return reading;
  }

  close(): void {
    this.current?.destroy();
  }
}

class Reading extends Readable {
  readonly begun: Promise<void>;
  private readonly worker: Worker;
  private readonly clock: Clock;
  private cancel = () => {};

  constructor(data: ZipData, clock: Clock) {
    super({ highWaterMark: 2 ** 18 });
    this.clock = clock;
    this.worker = new Worker(entryUrl('store/data-set/zip-worker'), { workerData: data, name: 'data set' });
    this.begun = new Promise((resolve, reject) => {
      this.once('error', reject);
      this.once('close', () => reject(new LinesideError('STOPPING')));
      this.worker.on('message', (news: ZipNews) => {
        if (news.type === 'failed') return void this.destroy(asError(news.fault));
        resolve();
        this.push(news.type === 'done' ? null : news.bytes);
      });
    });
    this.worker.on('error', (thrown) => this.destroy(new LinesideError('STORE_FAILED', { why: messageOf(thrown) })));
    this.worker.unref();
    this.worker.postMessage(AHEAD satisfies ZipCredit);
    this.wait();
  }

  /** Called after each piece that was taken. */
  override _read(): void {
    this.worker.postMessage(1 satisfies ZipCredit);
    this.wait();
  }

  override _destroy(fault: Error | null, done: (fault: Error | null) => void): void {
    this.cancel();
    void this.worker.terminate();
    done(fault);
  }

  private wait(): void {
    this.cancel();
    this.cancel = this.clock.after(PATIENCE, () =>
      this.destroy(new LinesideError('TIMEOUT', { what: 'Reading a data set', ms: PATIENCE })),
    );
  }
}
