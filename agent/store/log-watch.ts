/**
 * Watches the journal's log (its -wal file): how much of it waits to be written back, and who keeps it. A reader that holds a transaction
 * keeps it from being written back and cut: it grows with every record until he lets go. That is nobody's fault whom a deletion would help,
 * so it is told, with its size and with who reads.
 */
import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { holdersOf, namesOf } from './ownership.ts';

/** Twice what a quiet moment writes back: from here on somebody may be in the way. */
const LARGE = 16e6;
/** Head of a log and of its frames, big-endian (sqlite.org/fileformat2.html#walformat). */
const HEAD = { bytes: 32, pageSize: 8, salts: 16 } as const;
const FRAME = { bytes: 24, salts: 8 } as const;
const SALTS = 8;

/** Looks, 5 s apart, at which he was: one that reads a page and goes is none. */
const LOOKS = 2;

export interface HeldLog {
  readonly bytes: number;
  readonly who: string;
}

interface Frames {
  /** Its salts, in hexadecimal: others each time that it begins anew. */
  readonly generation: string;
  readonly frames: number;
  readonly frameBytes: number;
}

/** Null where the file has no head yet. */
function framesIn(handle: number): Frames | null {
  const head = readAt(handle, 0, HEAD.bytes);
  if (head === null) return null;
  const frameBytes = head.readUInt32BE(HEAD.pageSize) + FRAME.bytes;
  const generation = head.toString('hex', HEAD.salts, HEAD.salts + SALTS);
  const isPresent = (n: number) =>
    readAt(handle, HEAD.bytes + n * frameBytes, FRAME.bytes)?.toString('hex', FRAME.salts, FRAME.salts + SALTS) === generation;
  // Those of this generation stand before all older ones: halved, until the first that is none of them is found.
  let [low, high] = [0, Math.floor((fstatSync(handle).size - HEAD.bytes) / frameBytes)];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (isPresent(middle)) low = middle + 1;
    else high = middle;
  }
  return { generation, frames: low, frameBytes };
}

function readAt(handle: number, at: number, bytes: number): Buffer | null {
  const buffer = Buffer.alloc(bytes);
  return readSync(handle, buffer, 0, bytes, at) < bytes ? null : buffer;
}

export class LogWatch {
  private file: string;
  private seen = 0;
  private told = false;
  private blocked = false;
  /** What was written back whole, until the log begins anew. */
  private writtenBack: Pick<Frames, 'generation' | 'frames'> | null = null;
  /** Of the log, while a reader holds it; else 0. */
  bytes = 0;

  constructor(file: string) {
    this.file = file;
  }

  /** Another journal is in place, which may lie elsewhere. What was said of the old one's log still ends. */
  follow(file: string): void {
    this.file = file;
    this.blocked = false;
    this.writtenBack = null;
  }

  /**
   * Bytes of the log that are not in the file yet; 0 where all are, or where there is no log. The file itself is as long as it ever was: what
   * counts are the frames of its present generation, which stand in front and bear the salts of its head. Only the -wal file may be opened for
   * this: closing any descriptor of the journal or its -shm would drop the locks that SQLite holds on them (sqlite.org/howtocorrupt.html, 2.2).
   */
  unwritten(): number {
    const now = this.present();
    if (now === null) return 0;
    const isWrittenBack = this.writtenBack?.generation === now.generation && this.writtenBack.frames >= now.frames;
    return isWrittenBack ? 0 : now.frames * now.frameBytes;
  }

  private present(): Frames | null {
    try {
      const handle = openSync(`${this.file}-wal`, 'r');
      try {
        return framesIn(handle);
      } finally {
        closeSync(handle);
      }
    } catch {
      return null;
    }
  }

  large(): boolean {
    return sizeOf(`${this.file}-wal`) > LARGE;
  }

  /** What a checkpoint said: pages of the log, and how many of them are written back. */
  note(result: unknown): void {
    const [row] = Array.isArray(result) ? (result as readonly Partial<Record<'log' | 'checkpointed', number>>[]) : [];
    this.blocked = (row?.log ?? 0) > (row?.checkpointed ?? 0);
    this.writtenBack = this.blocked ? null : this.present();
  }

  /** What is to be said: that somebody holds it, again as it grows, once that it is over; null when nothing is. */
  look(): HeldLog | null {
    const holders = this.large() ? holdersOf(`${this.file}-shm`) : [];
    // Written back whole, it is cut when the next record comes.
    this.seen = holders.length > 0 && this.blocked ? this.seen + 1 : 0;
    if (this.seen >= LOOKS) {
      this.told = true;
      this.bytes = sizeOf(`${this.file}-wal`);
      return { bytes: this.bytes, who: namesOf(holders) };
    }
    if (!this.told || holders.length > 0) return null;
    this.told = false;
    this.bytes = 0;
    return { bytes: 0, who: '' };
  }
}

function sizeOf(file: string): number {
  try {
    return statSync(file).size;
  } catch {
    return 0;
  }
}
