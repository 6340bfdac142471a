/**
 * Watches the journal's log (its -wal file): how much of it waits to be written back, and who keeps it. A reader that holds a transaction
 * keeps it from being written back and cut: it grows with every record until he lets go. That is nobody's fault whom a deletion would help,
 * so it is told, with its size and with who reads.
 */
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { endianness } from 'node:os';
import { holdersOf } from './ownership.ts';

/** Twice what a quiet moment writes back: from here on somebody may be in the way. */
const LARGE = 16e6;
/** Head of the index that SQLite keeps of the log, in the byte order of the machine (sqlite.org/walformat.html, 2.1), and of each frame. */
const INDEX = { bytes: 100, pageSize: 14, frames: 16, writtenBack: 96, frameHead: 24 } as const;

/** Looks, 5 s apart, at which he was: one that reads a page and goes is none. */
const LOOKS = 2;

export interface HeldLog {
  readonly bytes: number;
  readonly who: string;
}

export class LogWatch {
  private readonly file: string;
  private seen = 0;
  private told = false;
  private blocked = false;
  /** Of the log, while a reader holds it; else 0. */
  bytes = 0;

  constructor(file: string) {
    this.file = file;
  }

  /** Bytes of the log that are not in the file yet; 0 where all are, or where there is no log. */
  waiting(): number {
    const head = Buffer.alloc(INDEX.bytes);
    try {
      const handle = openSync(`${this.file}-shm`, 'r');
      try {
        if (readSync(handle, head, 0, INDEX.bytes, 0) < INDEX.bytes) return 0;
      } finally {
        closeSync(handle);
      }
    } catch {
      return 0;
    }
    const little = endianness() === 'LE';
    const number = (at: number) => (little ? head.readUInt32LE(at) : head.readUInt32BE(at));
    const size = little ? head.readUInt16LE(INDEX.pageSize) : head.readUInt16BE(INDEX.pageSize);
    const frames = number(INDEX.frames);
    // Written back in part it is as long as before: only what is written back whole begins at its front again.
    return frames > number(INDEX.writtenBack) ? frames * (size + INDEX.frameHead) : 0;
  }

  large(): boolean {
    return sizeOf(`${this.file}-wal`) > LARGE;
  }

  /** What a checkpoint said: pages of the log, and how many of them are written back. */
  note(result: unknown): void {
    const [row] = Array.isArray(result) ? (result as readonly Partial<Record<'log' | 'checkpointed', number>>[]) : [];
    this.blocked = (row?.log ?? 0) > (row?.checkpointed ?? 0);
  }

  /** What is to be said: that somebody holds it, again as it grows, once that it is over; null when nothing is. */
  look(): HeldLog | null {
    const holders = this.large() ? holdersOf(`${this.file}-shm`) : [];
    // Written back whole, it is cut when the next record comes.
    this.seen = holders.length > 0 && this.blocked ? this.seen + 1 : 0;
    if (this.seen >= LOOKS) {
      this.told = true;
      this.bytes = sizeOf(`${this.file}-wal`);
      return { bytes: this.bytes, who: holders.map(({ name, pid }) => `${name} (process ${pid})`).join(', ') };
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
