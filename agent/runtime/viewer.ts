/**
 * The picture of the last part of each station, for who looks at it. A part's picture is made when it was asked for since the one before, and of
 * no station twice within half a second, however many ask. A frame is held while it is encoded and not longer: its place is the camera's, and a
 * camera without a free place delivers nothing. One picture is encoded at a time.
 */
import { Worker } from 'node:worker_threads';
import type { Frame, Inspection, Log } from '../contracts/index.ts';
import { messageOf } from '../errors.ts';
import { entryUrl } from '../platform/entries.ts';
import { type Clock, type Milliseconds, Minutes, Seconds } from '../time.ts';
import type { Encoded, EncodeJob } from '../web/encoder.ts';
import type { LivePicture } from '../web/ports.ts';

/** The next part may be a while; until it comes nothing is held but the picture that is made. */
const LOOKS_FOR: Milliseconds = Minutes(5);
const AT_MOST_EVERY: Milliseconds = 500;
const PATIENCE: Milliseconds = Seconds(3);
/** Of JPEG. */
const STILL = 97;
/** Few, so that screens of nearly the same size share a picture. Pixels. */
const WIDTHS = [64, 160, 320, 640, 960, 1280, 2048] as const;

/** One width of one station. */
interface Look {
  readonly station: string;
  readonly width: number;
  /** Monotonic. */
  askedAt: Milliseconds;
  /** Somebody has asked since a picture was begun. */
  wanted: boolean;
  begunAt: Milliseconds;
  made: LivePicture | null;
  making: Promise<void> | null;
}

export interface EncoderThread {
  postMessage(job: EncodeJob): void;
  terminate(): Promise<unknown>;
}
/** Begins the thread; `made` gets what it makes, `gone` that it has ended. */
export type StartEncoder = (made: (encoded: Encoded) => void, gone: () => void) => EncoderThread;

export class Viewer {
  private readonly clock: Clock;
  private readonly log: Log;
  private readonly start: StartEncoder;
  private readonly looks = new Map<string, Look>();
  private thread: EncoderThread | null = null;
  private job: { readonly number: number; readonly settle: (made: Encoded | null) => void } | null = null;
  private turn: Promise<void> = Promise.resolve();
  private numbers = 0;
  private stopped = false;

  constructor(clock: Clock, log: Log, start: StartEncoder = startEncoder) {
    this.clock = clock;
    this.log = log;
    this.start = start;
  }

  /** With every part that was judged; frames are lent for the call. */
  judged({ station, id }: Pick<Inspection, 'station' | 'id'>, [frame]: readonly Frame[]): void {
    if (!frame || this.looks.size === 0) return;
    const now = this.clock.elapsed();
    for (const look of this.looks.values()) {
      if (look.station !== station || !look.wanted || look.making || now - look.begunAt < AT_MOST_EVERY) continue;
      look.wanted = false;
      look.begunAt = now;
      look.making = this.make(look, id, frame).finally(() => {
        look.making = null;
      });
    }
  }

  /** No wider than `widest` pixels, of which there are 64 at the least. Null: no part has been judged since somebody looks. */
  async picture(station: string, widest: number): Promise<LivePicture | null> {
    if (this.stopped) return null;
    const look = this.lookAt(station, WIDTHS.findLast((width) => width <= widest) ?? WIDTHS[0]);
    look.askedAt = this.clock.elapsed();
    look.wanted = true;
    await look.making;
    return look.made;
  }

  /** The frame as it is, nearly: for teaching, where what a picture loses is learned; no wider than `widest`. Null: not now. */
  still(frame: Frame, widest: number = frame.width): Promise<Uint8Array | null> {
    frame.hold();
    const encoded = this.turn.then(() => this.encoded(frame, widest, STILL));
    this.turn = encoded.then(() => {});
    return encoded.then((made) => made?.jpeg ?? null).finally(() => frame.release());
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.looks.clear();
    await this.thread?.terminate();
    this.lose();
  }

  private lookAt(station: string, width: number): Look {
    const key = `${width} ${station}`;
    const known = this.looks.get(key);
    if (known) return known;
    const look = { station, width, askedAt: 0, wanted: true, begunAt: Number.NEGATIVE_INFINITY, made: null, making: null };
    this.looks.set(key, look);
    this.leaveLater(key, look);
    return look;
  }

  private leaveLater(key: string, look: Look): void {
    this.clock.after(LOOKS_FOR, () => {
      if (this.looks.get(key) !== look) return;
      if (this.clock.elapsed() - look.askedAt < LOOKS_FOR) return this.leaveLater(key, look);
      this.looks.delete(key);
    });
  }

  private async make(look: Look, inspection: string, frame: Frame): Promise<void> {
    frame.hold();
    const encoded = this.turn.then(() => this.encoded(frame, look.width));
    this.turn = encoded.then(() => {});
    const made = await encoded.finally(() => frame.release());
    if (made?.jpeg) look.made = { inspection, at: frame.captured, widest: look.width, jpeg: made.jpeg };
    else if (made) this.log.debug({ why: made.why }, 'a picture could not be encoded');
  }

  /** Never rejects. */
  private encoded({ pixels, width, height, format }: Frame, widest: number, quality?: number): Promise<Encoded | null> {
    if (this.stopped) return Promise.resolve(null);
    const number = ++this.numbers;
    return new Promise((resolve) => {
      // Whoever comes next waits for no thread that has not come back: another one is begun for him.
      const cancel = this.clock.after(PATIENCE, () => {
        void this.thread?.terminate();
        this.lose();
      });
      const settle = (made: Encoded | null) => {
        cancel();
        this.job = null;
        resolve(made);
      };
      this.job = { number, settle };
      try {
        this.thread ??= this.begin();
        this.thread.postMessage({ number, pixels, width, height, format, widest, ...(quality === undefined ? {} : { quality }) });
      } catch (thrown) {
        // A box that gives no thread gives no picture; the next one is tried all the same.
        settle({ number, jpeg: null, why: messageOf(thrown) });
      }
    });
  }

  private begin(): EncoderThread {
    const thread: EncoderThread = this.start(
      (made) => {
        if (made.number === this.job?.number) this.job.settle(made);
      },
      () => {
        if (this.thread === thread) this.lose();
      },
    );
    return thread;
  }

  private lose(): void {
    this.thread = null;
    this.job?.settle(null);
  }
}

function startEncoder(made: (encoded: Encoded) => void, gone: () => void): EncoderThread {
  const worker = new Worker(entryUrl('web/encoder'), { name: 'viewer' });
  worker.on('message', made);
  worker.on('error', gone);
  worker.on('exit', gone);
  worker.unref();
  return worker;
}
