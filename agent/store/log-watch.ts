/**
 * Watches the journal's log (its -wal file). A reader that holds a transaction keeps it from being written back and cut: it grows with
 * every record until he lets go. That is nobody's fault whom a deletion would help, so it is told, with its size and with who reads.
 */
import { statSync } from 'node:fs';
import { holdersOf } from './ownership.ts';

/** Twice what a quiet moment writes back: from here on somebody may be in the way. */
const LARGE = 16e6;
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
