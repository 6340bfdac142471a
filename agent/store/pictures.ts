/**
 * Pictures beside the records. A thread of its own encodes and writes them; the row that names a picture is added when the file is on
 * the disk. The queue is bounded and the newest picture is dropped when it is full: frames are shared memory, and cameras need it back.
 */
import { readdirSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { type Inspection, type KeptImage, type Log, picturePath } from '../contracts.ts';
import { entryUrl } from '../entries.ts';
import { messageOf } from '../errors.ts';
import type { Row } from './tables.ts';

const BOUND = 64;
const BOUND_BYTES = 24e6;
/** Written together: their folder is flushed once. */
const TOGETHER = 8;
/** Inspections whose station is remembered, since a picture comes right after its inspection. */
const REMEMBERED = 1000;
/** Files asked about at once. */
const SWEEP = 200;

/** What the picture thread gets. Pixels are shared memory, an original is a copy. */
export interface PictureJob {
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
}
export interface PictureFile {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}
/** One for each job, in order; a text says why there is no file. */
export type PictureResults = readonly (PictureFile | string)[];

export interface PicturesOptions {
  readonly folder: string;
  readonly log: Log;
  readonly addRow: (row: Row) => Promise<void>;
  readonly orphans: (paths: readonly string[]) => Promise<readonly string[]>;
}

interface Held {
  readonly job: PictureJob;
  readonly bytes: number;
  release(): void;
}

export class Pictures {
  private readonly options: PicturesOptions;
  private readonly stations = new Map<string, Pick<Inspection, 'station' | 'at'>>();
  private queue: Held[] = [];
  private writing: Held[] = [];
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
    return { depth: this.queue.length + this.writing.length, bound: BOUND, dropped: this.dropped };
  }

  /** Tells where the pictures of this inspection belong. */
  expect({ id, station, at }: Pick<Inspection, 'id' | 'station' | 'at'>): void {
    this.stations.set(id, { station, at });
    if (this.stations.size > REMEMBERED) for (const oldest of this.stations.keys()) return void this.stations.delete(oldest);
  }

  keep(inspection: string, image: KeptImage): void {
    const { frame, role } = image;
    const { original } = frame;
    const bytes = original?.bytes.length ?? frame.pixels.length;
    if (this.stopped || this.depth.depth >= BOUND || this.queuedBytes + bytes > BOUND_BYTES) {
      this.dropped++;
      return;
    }
    this.queuedBytes += bytes;
    const { station, at } = this.stations.get(inspection) ?? { station: 'other', at: frame.captured };
    const path = picturePath({ id: inspection, station, at }, image);
    const job = {
      ...{ path, inspection, camera: frame.camera, role, captured: frame.captured },
      ...{ width: frame.width, height: frame.height, format: frame.format },
    };
    if (original) {
      // The compressed bytes are copied, so that the frame's slot goes back at once.
      const copy = { type: original.type, bytes: original.bytes.slice() };
      this.queue.push({ job: { ...job, pixels: null, original: copy }, bytes, release: () => {} });
    } else {
      frame.hold();
      this.queue.push({ job: { ...job, pixels: frame.pixels, original: null }, bytes, release: () => frame.release() });
    }
    this.next();
  }

  /** Resolves when all that waited is on the disk with its row, and the thread is gone. */
  async stop(): Promise<void> {
    this.stopped = true;
    await this.sweeping;
    if (this.depth.depth > 0) await new Promise<void>((resolve) => this.idle.push(resolve));
    await Promise.all(this.rows);
    const { worker } = this;
    this.worker = null;
    await worker?.terminate();
  }

  /** Files that no row names were written right before a crash, or their rows were deleted right before one. Goes on in the background. */
  sweep(): void {
    // Beside a damaged journal pictures may belong to records that only that one has.
    if (readdirSync(this.options.folder).some((name) => name.startsWith('journal.damaged-'))) return;
    this.fresh = new Set();
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
    if (this.writing.length > 0) return;
    if (this.queue.length === 0) for (const wake of this.idle.splice(0)) wake();
    else {
      this.writing = this.queue.splice(0, TOGETHER);
      for (const { job } of this.writing) this.fresh?.add(job.path);
      this.thread().postMessage(this.writing.map(({ job }) => job));
    }
  }

  private thread(): Worker {
    if (this.worker) return this.worker;
    const worker = new Worker(entryUrl('store/picture-worker'), { workerData: this.options.folder, name: 'pictures' });
    worker.on('message', (results: PictureResults) => this.written(results));
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
    this.written(this.writing.map(() => 'the picture thread died'));
  }

  private written(results: PictureResults): void {
    const done = this.writing;
    this.writing = [];
    done.forEach(({ job, bytes, release }, i) => {
      this.queuedBytes -= bytes;
      release();
      const file = results[i];
      if (typeof file === 'object') this.addRow(job, file);
      else this.fail(job, file ?? 'no answer');
    });
    this.next();
  }

  private addRow(job: PictureJob, { path, bytes, sha256 }: PictureFile): void {
    const row: Row = ['images', path, job.inspection, job.camera, job.role, job.captured, job.width, job.height, bytes, sha256];
    const added = this.options.addRow(row).then(
      () => {
        this.kept++;
      },
      (thrown) => {
        this.fail(job, messageOf(thrown));
        return this.remove([path]);
      },
    );
    this.rows.add(added);
    added.finally(() => this.rows.delete(added));
  }

  private fail(job: PictureJob, why: string): void {
    this.failed++;
    this.options.log.warn({ inspection: job.inspection, camera: job.camera, why }, 'a picture could not be kept');
  }
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch {
    return [];
  }
}
