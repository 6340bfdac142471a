import { Value } from 'typebox/value';
import type { Camera, CameraKind, CapturedImage } from '#agent/contracts/index.js';
import { createFramePool } from '#agent/runtime/frames.js';
import { systemClock } from '#agent/time.js';
import { type LogLine, memoryLog } from './log.ts';

export type Seen = Omit<CapturedImage, 'pixels'> & { readonly pixels: Uint8Array; readonly slotBytes: number };

/** One life of one camera, watched: what it emits is copied and its slot given back at once. */
export class CameraLife {
  readonly images: Seen[] = [];
  readonly drops: { reason: string; why: string | undefined }[] = [];
  readonly log = memoryLog();
  readonly pool = createFramePool({ budget: 64e6 });
  /** What came after run() had settled: nothing may. */
  late = 0;
  /** While false, the pool has nothing to give. */
  hasSlots = true;
  /** What run() threw; null while it runs, or when it returned. */
  fault: unknown = null;
  readonly ended: Promise<'returned' | 'threw'>;
  private readonly life = new AbortController();
  private settled = false;
  private readonly waiting: { count: number; of: () => number; done: () => void }[] = [];

  constructor(camera: Camera) {
    const ctx = {
      name: 'top',
      clock: systemClock,
      log: this.log,
      pool: {
        take: (bytes: number) => (this.hasSlots ? this.pool.take(bytes) : undefined),
        give: (slot: Uint8Array<SharedArrayBuffer>) => this.pool.give(slot),
      },
      emit: (image: CapturedImage) => {
        if (this.settled) this.late++;
        const { pixels, ...rest } = image;
        this.images.push({ ...rest, pixels: Uint8Array.from(pixels), slotBytes: pixels.byteLength });
        this.pool.give(pixels);
        this.tell();
      },
      drop: (reason: string, why?: string) => {
        if (this.settled) this.late++;
        this.drops.push({ reason, why });
        this.tell();
      },
      faults: () => {},
    };
    this.ended = camera.run(ctx, this.life.signal).then(
      () => 'returned' as const,
      (thrown) => {
        this.fault = thrown;
        return 'threw' as const;
      },
    );
    this.ended.then(() => {
      this.settled = true;
    });
  }

  get lines(): readonly LogLine[] {
    return this.log.lines;
  }

  /** Settles when `count` more images have come. Rejects when the camera ends before. */
  async more(count: number): Promise<readonly Seen[]> {
    const from = this.images.length;
    await this.until(from + count, () => this.images.length);
    return this.images.slice(from, from + count);
  }
  async dropped(count: number, reason: string): Promise<void> {
    await this.until(count, () => this.drops.filter((drop) => drop.reason === reason).length);
  }

  abort(): void {
    this.life.abort(new Error('stopped'));
  }
  async stop(): Promise<'returned' | 'threw'> {
    this.abort();
    return this.ended;
  }

  private async until(count: number, of: () => number): Promise<void> {
    if (of() >= count) return;
    const reached = new Promise<'reached'>((resolve) => this.waiting.push({ count, of, done: () => resolve('reached') }));
    const how = await Promise.race([reached, this.ended]);
    if (how !== 'reached' && of() < count) throw this.fault ?? new Error(`the camera ended after ${of()} of ${count}`);
  }
  private tell(): void {
    for (const one of this.waiting) if (one.of() >= one.count) one.done();
  }
}

/** Options as the config hands them to a kind: with their defaults, decoded. */
export function optionsOf(kind: CameraKind, given: Record<string, unknown> = {}): Record<string, unknown> {
  return Value.Decode(kind.options, Value.Default(kind.options, given)) as Record<string, unknown>;
}
