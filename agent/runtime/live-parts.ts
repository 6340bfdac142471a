/**
 * The last parts at a camera of a station, for somebody who chooses what is to be taught: where on the picture, and whether the part always
 * lies the same way. Made only while somebody asks; ten pictures of each of four places at most.
 */
import { v7 as uuidv7 } from 'uuid';
import type { Frame, Inspection } from '../contracts/index.ts';
import { type Clock, type Milliseconds, Seconds } from '../time.ts';
import type { LiveLook } from '../web/teaching-port.ts';

const SHOWN = 10;
const PLACES = 4;
/** Whoever looks asks once a second. */
const LOOKS_FOR: Milliseconds = Seconds(15);
const AT_MOST_EVERY: Milliseconds = 500;
/** Pixels; enough to see where a part lies. */
const WIDEST = 640;

interface Look {
  readonly station: string;
  readonly camera: string;
  /** Monotonic. */
  askedAt: Milliseconds;
  begunAt: Milliseconds;
  isMaking: boolean;
  /** Newest first. */
  pictures: readonly { readonly id: string; readonly at: number; readonly jpeg: Uint8Array }[];
}

type Encode = (frame: Frame, widest: number) => Promise<Uint8Array | null>;

export class LiveParts {
  private readonly clock: Clock;
  private readonly encode: Encode;
  /** Those that were asked for last stand last. */
  private readonly looks = new Map<string, Look>();
  /** Of the pictures of each camera, pixels. */
  private readonly sizes = new Map<string, readonly [width: number, height: number]>();

  constructor(clock: Clock, encode: Encode) {
    this.clock = clock;
    this.encode = encode;
  }

  /** With every part that was judged; frames are lent for the call. */
  judged({ station }: Pick<Inspection, 'station'>, frames: readonly Frame[]): void {
    for (const { camera, width, height } of frames) {
      const known = this.sizes.get(camera);
      if (known?.[0] !== width || known[1] !== height) this.sizes.set(camera, [width, height]);
    }
    if (this.looks.size === 0) return;
    const now = this.clock.elapsed();
    for (const [key, look] of this.looks) {
      const frame = look.station === station ? frames.find(({ camera }) => camera === look.camera) : undefined;
      if (now - look.askedAt > LOOKS_FOR) this.looks.delete(key);
      else if (frame && !look.isMaking && now - look.begunAt >= AT_MOST_EVERY) void this.make(look, frame);
    }
  }

  /** Null: no part has been judged there since the agent runs. */
  sizeOf(camera: string): readonly [width: number, height: number] | null {
    return this.sizes.get(camera) ?? null;
  }

  look(station: string, camera: string): Pick<LiveLook, 'width' | 'height' | 'pictures'> {
    const key = JSON.stringify([station, camera]);
    const look = this.looks.get(key) ?? { station, camera, askedAt: 0, begunAt: Number.NEGATIVE_INFINITY, isMaking: false, pictures: [] };
    look.askedAt = this.clock.elapsed();
    this.looks.delete(key);
    this.looks.set(key, look);
    for (const oldest of [...this.looks.keys()].slice(0, -PLACES)) this.looks.delete(oldest);
    const [width, height] = this.sizes.get(camera) ?? [null, null];
    return { width, height, pictures: look.pictures.map(({ id, at }) => ({ id, at })) };
  }

  picture(id: string): Uint8Array | null {
    for (const { pictures } of this.looks.values()) {
      const found = pictures.find((one) => one.id === id);
      if (found) return found.jpeg;
    }
    return null;
  }

  /** A picture that cannot be made is the next part's to make. */
  private async make(look: Look, frame: Frame): Promise<void> {
    look.isMaking = true;
    look.begunAt = this.clock.elapsed();
    const at = frame.captured;
    const jpeg = await this.encode(frame, WIDEST).catch(() => null);
    look.isMaking = false;
    if (jpeg) look.pictures = [{ id: uuidv7(), at, jpeg }, ...look.pictures].slice(0, SHOWN);
  }
}
