/**
 * Pictures of the records. A thread of its own encodes and writes them. A picture belongs to its record: the record waits for the file to
 * be written, though not flushed, and is committed with a row of `owed_images` that says what the file must hold. When the file has been
 * flushed it gets its row of `images`. After a kill the file is there, and after a power cut the row tells whether it is.
 *
 * The queue is bounded and the newest picture is dropped when it is full: frames are shared memory, and cameras need it back. No record
 * waits for a picture longer than PATIENCE.
 */
import { readdirSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { type Inspection, type KeptImage, type Log, picturePath } from '../contracts/index.ts';
import { messageOf } from '../errors.ts';
import { entryUrl } from '../platform/entries.ts';
import { type Clock, endsWithin, type Milliseconds, Seconds } from '../time.ts';
import type { Row } from './tables.ts';

const BOUND = 64;
const BOUND_BYTES = 24e6;
/** With the thread at once. */
const TOGETHER = 8;
/** A record waits no longer than this for its picture; one that comes later is kept beside it. */
const PATIENCE: Milliseconds = Seconds(2);
/** Inspections whose station is remembered, since a picture comes right after its inspection. */
const REMEMBERED = 1000;
/** Files asked about at once. */
const SWEEP = 200;

/** What the picture thread gets. Pixels are shared memory, an original is a copy. */
export interface PictureJob {
  readonly number: number;
  /** Under the folder, without the ending. */
  readonly path: string;
  readonly inspection: string;
  readonly camera: string;
  readonly role: KeptImage['role'];
  readonly captured: number;
  readonly width: number;
  readonly height: number;
  readonly format: KeptImage['frame']['format'];
  readonly pixels: Uint8Array | null;
  readonly original: { readonly type: 'image/jpeg' | 'image/png'; readonly bytes: Uint8Array } | null;
  /** Its file holds the camera's own bytes. */
  readonly isOriginal: boolean;
}
export interface PictureFile {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}
/** A text says why there is no file, or why it is not safe. */
export type PictureNews =
  | { readonly type: 'written'; readonly number: number; readonly file: PictureFile | string }
  | { readonly type: 'safe'; readonly number: number; readonly why: string | null };

/** Adds the rows of what the record waits for; it may go then. */
export type Pay = (rows: readonly Row[]) => void;

export interface PicturesOptions {
  readonly folder: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly addRows: (rows: readonly Row[]) => Promise<void>;
  readonly orphans: (paths: readonly string[]) => Promise<readonly string[]>;
}

interface Held {
  readonly job: PictureJob;
  readonly bytes: number;
  /** Its record waits for it; null where it does not, or no longer. */
  pay: Pay | null;
  readonly file: PictureFile | null;
  /** Its record has a row of owed_images. */
  owed: boolean;
  cancel(): void;
  release(): void;
}

export class Pictures {
  private readonly options: PicturesOptions;
  private readonly stations = new Map<string, Pick<Inspection, 'station' | 'at'>>();
  private queue: Held[] = [];
  /** With the thread, by number: not written yet, and written but not flushed. */
  private readonly writing = new Map<number, Held>();
  private readonly flushing = new Map<number, Held>();
  private numbers = 0;
  private queuedBytes = 0;
  private worker: Worker | null = null;
  /** Written while the sweep goes on: no orphans, even while their row is on its way. */
  private fresh: Set<string> | null = null;
  private sweeping: Promise<void> = Promise.resolve();
  private stopped = false;
  private readonly rows = new Set<Promise<void>>();
  private idle: (() => void)[] = [];
  dropped = 0;
  kept = 0;
  failed = 0;

  constructor(options: PicturesOptions) {
    this.options = options;
  }

  get depth() {
    return { depth: this.queue.length + this.writing.size, bound: BOUND, dropped: this.dropped };
  }

  /** Nothing is to be written or flushed. */
  private get done(): boolean {
    return this.depth.depth + this.flushing.size === 0;
  }

  /** Tells where the pictures of this inspection belong. */
  expect({ id, station, at }: Pick<Inspection, 'id' | 'station' | 'at'>): void {
    this.stations.set(id, { station, at });
    if (this.stations.size > REMEMBERED) for (const oldest of this.stations.keys()) return void this.stations.delete(oldest);
  }

  /** false: there was no room for it. `pay`: its record waits for it. */
  keep(inspection: string, image: KeptImage, owe: () => Pay | null): boolean {
    const { frame } = image;
    const { original } = frame;
    const bytes = original?.bytes.length ?? frame.pixels.length;
    if (this.stopped || this.depth.depth >= BOUND || this.queuedBytes + bytes > BOUND_BYTES) {
      this.dropped++;
      return false;
    }
    this.queuedBytes += bytes;
    const job = this.jobOf(inspection, image);
    const pay = owe();
    const held: Held = { job, bytes, pay, file: null, owed: false, cancel: () => {}, release: () => {} };
    if (pay) held.cancel = this.options.clock.after(PATIENCE, () => this.settle(held, []));
    if (job.pixels) {
      frame.hold();
      held.release = () => frame.release();
    }
    this.queue.push(held);
    this.next();
    return true;
  }

  private jobOf(inspection: string, image: KeptImage): PictureJob {
    const { frame, role } = image;
    const { original } = frame;
    const { station, at } = this.stations.get(inspection) ?? { station: 'other', at: frame.captured };
    return {
      number: ++this.numbers,
      path: picturePath({ id: inspection, station, at }, image),
      inspection,
      camera: frame.camera,
      role,
      captured: frame.captured,
      width: frame.width,
      height: frame.height,
      format: frame.format,
      pixels: original ? null : frame.pixels,
      // The compressed bytes are copied, so that the frame's slot goes back at once.
      original: original ? { type: original.type, bytes: original.bytes.slice() } : null,
      isOriginal: original !== undefined,
    };
  }

  /**
   * Takes no more; resolves when all that waited is written and safe, or after `patience`, and the thread is gone. What was not written by then is
   * counted and told, and the cameras have their memory back: the process may go on with another store.
   */
  async stop(patience: Milliseconds): Promise<void> {
    this.stopped = true;
    const done = this.sweeping.then(async () => {
      if (!this.done) await new Promise<void>((resolve) => this.idle.push(resolve));
    });
    await endsWithin(this.options.clock, done, patience);
    const { worker } = this;
    this.worker = null;
    const waiting = this.queue.splice(0);
    const begun = [...this.writing.values()];
    this.writing.clear();
    for (const held of [...waiting, ...begun]) {
      this.settle(held, []);
      this.fail(held.job, 'the store was stopped before it was written');
    }
    for (const held of waiting) held.release();
    // One that is in a write that does not return ends with the process; until then the thread may read its pixels.
    void worker?.terminate().then(() => {
      for (const held of begun) held.release();
    });
  }

  /** Rows of pictures on their way to the journal. */
  async rowsSettled(): Promise<void> {
    await Promise.all(this.rows);
  }

  /** Files that no row names were written right before a crash, or their rows were deleted right before one. Goes on in the background. */
  sweep(owed: readonly string[] = []): void {
    // Beside a damaged journal pictures may belong to records that only that one has.
    if (readdirSync(this.options.folder).some((name) => name.startsWith('journal.damaged-'))) return;
    this.fresh = new Set(owed.map((path) => path.replace(/\.\w+$/, '')));
    this.sweeping = this.sweepAll()
      .catch((thrown) => this.options.log.warn({ why: messageOf(thrown) }, 'pictures could not be swept'))
      .finally(() => {
        this.fresh = null;
      });
  }

  private async sweepAll(): Promise<void> {
    for (const station of await namesIn(join(this.options.folder, 'images'))) {
      for (const day of await namesIn(join(this.options.folder, 'images', station))) await this.sweepDay(`images/${station}/${day}`);
    }
  }

  private async sweepDay(folder: string): Promise<void> {
    const names = await namesIn(join(this.options.folder, folder));
    for (let i = 0; i < names.length && !this.stopped; i += SWEEP) {
      const paths = names.slice(i, i + SWEEP).map((name) => `${folder}/${name}`);
      const orphans = (await this.options.orphans(paths)).filter((path) => !this.fresh?.has(path.replace(/\.\w+$/, '')));
      await this.remove(orphans);
    }
  }

  private async remove(paths: readonly string[]): Promise<void> {
    for (const path of paths) await rm(join(this.options.folder, path), { force: true });
  }

  private next(): void {
    if (this.writing.size > 0) return;
    if (this.done) for (const wake of this.idle.splice(0)) wake();
    if (this.queue.length === 0) return;
    const taken = this.queue.splice(0, TOGETHER);
    for (const held of taken) {
      this.writing.set(held.job.number, held);
      this.fresh?.add(held.job.path);
    }
    this.thread().postMessage(taken.map(({ job }) => job));
  }

  private thread(): Worker {
    if (this.worker) return this.worker;
    const worker = new Worker(entryUrl('store/picture-worker'), { workerData: this.options.folder, name: 'pictures' });
    worker.on('message', (news: PictureNews) => (news.type === 'written' ? this.written(news.number, news.file) : this.safe(news)));
    worker.on('error', (thrown) => this.options.log.error({ why: messageOf(thrown) }, 'the picture thread died'));
    worker.on('exit', () => this.lost(worker));
    worker.unref();
    this.worker = worker;
    return worker;
  }

  /** The next picture starts a new thread. */
  private lost(worker: Worker): void {
    if (this.worker !== worker) return;
    this.worker = null;
    const why = 'the picture thread died';
    for (const number of [...this.writing.keys()]) this.written(number, why);
    for (const number of [...this.flushing.keys()]) this.safe({ number, why });
  }

  private written(number: number, file: PictureFile | string): void {
    const held = this.writing.get(number);
    if (!held) return;
    this.writing.delete(number);
    this.queuedBytes -= held.bytes;
    held.release();
    if (typeof file === 'string') {
      this.settle(held, []);
      this.fail(held.job, file);
    } else {
      held.owed = held.pay !== null;
      // Without its bytes: a slow disk may leave many waiting for their flush.
      this.flushing.set(number, { ...held, file, job: { ...held.job, pixels: null, original: null } });
      this.settle(held, [rowOf('owed_images', held.job, file)]);
    }
    this.next();
  }

  /** Once; the record may go. */
  private settle(held: Held, rows: readonly Row[]): void {
    const { pay } = held;
    held.pay = null;
    held.cancel();
    pay?.(rows);
  }

  private safe({ number, why }: { readonly number: number; readonly why: string | null }): void {
    const held = this.flushing.get(number);
    this.flushing.delete(number);
    if (held?.file) this.addRow(held, held.file, why);
    this.next();
  }

  /** One that could not be flushed stays owed: the next start looks whether it is whole. */
  private addRow({ job, owed }: Held, file: PictureFile, why: string | null): void {
    if (why !== null && owed) return;
    if (why !== null) {
      this.fail(job, why);
      void this.discard(file.path);
      return;
    }
    const rows: readonly Row[] = [rowOf('images', job, file), ...(owed ? [['paid', file.path] as const] : [])];
    const added = this.options.addRows(rows).then(
      () => {
        this.kept++;
      },
      // Its record has it as owed: the next start gives it its row.
      (thrown) => {
        this.fail(job, messageOf(thrown));
        // One that its record has as owed gets its row at the next start.
        return owed ? undefined : this.discard(file.path);
      },
    );
    this.rows.add(added);
    void added.then(() => this.rows.delete(added));
  }

  /** Never rejects: a disk that is read-only by now has it still, and the next start sweeps it. */
  private async discard(path: string): Promise<void> {
    await this.remove([path]).catch((thrown: unknown) =>
      this.options.log.warn({ path, why: messageOf(thrown) }, 'a picture without a record could not be deleted'),
    );
  }

  private fail(job: PictureJob, why: string): void {
    this.failed++;
    this.options.log.warn({ inspection: job.inspection, camera: job.camera, why }, 'a picture could not be kept');
  }
}

const rowOf = (table: 'images' | 'owed_images', job: PictureJob, { path, bytes, sha256 }: PictureFile): Row => [
  table,
  path,
  job.inspection,
  job.camera,
  job.role,
  job.captured,
  job.width,
  job.height,
  bytes,
  sha256,
  job.isOriginal ? 1 : 0,
];

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch {
    return [];
  }
}
