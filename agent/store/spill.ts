/**
 * Where records go while the disk takes none: a file whose room was taken while there was some. It is written in place, which needs no
 * new room on a disk that is full. A start hands what is in it to the journal before anything else, after a kill as after a stop.
 *
 * Frames, one behind the other, each flushed before the next: magic, length of the body, sha256 of the body, body: deflated JSON
 * {first, entries, lost}. A frame goes on where the one before ended (`first`); what an earlier use left behind it has lower numbers.
 */
import { createHash } from 'node:crypto';
import { closeSync, fstatSync, fsyncSync, openSync, readSync, statfsSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Kept, Left, LostRange } from './protocol.ts';

export const SPILL_FILE = 'journal.spill';
const MAGIC = 'LINESIDE';
const HEAD = 44;
const SMALLEST = 64 * 1024;
const LARGEST = 4 * 1024 * 1024;
/** Written at a time while room is taken: one quiet moment. */
const PIECE = 256 * 1024;
/** One part of the disk, and of what is free, at most. */
const SHARE = 50;
const FREE_SHARE = 8;
/** Of the body when it is opened: what was packed at a stop was less than the queue's bound. */
const INFLATED = 256 * 1024 * 1024;
/** Left for the end, which says at least what is lost. */
const RESERVE = 8 * 1024;
/** Tries to make it fit; each leaves out what is too much. */
const TRIES = 6;

export class Spill {
  private readonly folder: string;
  private readonly file: string;
  private prepared = false;
  private filled = false;
  /** Behind the last frame. */
  private end = 0;
  /** Number of the newest entry in the file, and of the last that must be stored before the file is empty. */
  private spilled = 0;
  private last = 0;

  constructor(folder: string) {
    this.folder = folder;
    this.file = join(folder, SPILL_FILE);
  }

  /** What a life before left; null when there is nothing, or nothing that can be read. Never throws. */
  read(): Left | null {
    try {
      const frames = this.using('r', (handle) => framesOf(handle));
      const [head] = frames;
      if (!head) return null;
      const left = {
        first: head.left.first,
        entries: frames.flatMap(({ left: { entries } }) => entries),
        lost: frames.flatMap(({ left: { lost } }) => lost),
      };
      this.filled = true;
      this.end = frames.at(-1)?.end ?? 0;
      this.spilled = left.first + left.entries.length - 1;
      // What was lost is an entry of its own, behind the others; see JournalQueue.
      this.last = this.spilled + (left.lost.length > 0 ? 1 : 0);
      return left;
    } catch {
      return null;
    }
  }

  /** Takes room, a piece a call; true when there is more to take. What is in the file stays. */
  prepare(): boolean {
    if (this.prepared) return false;
    try {
      this.prepared = this.using('r+', (handle) => !grow(handle, wanted(this.folder)));
    } catch {
      this.prepared = true;
    }
    return !this.prepared;
  }

  /**
   * Adds what is neither in the journal (`stored`: the number of its newest entry) nor here. While the agent goes on, `final` is false:
   * what has no room then stays in memory, and some room is left for the end. Never throws.
   */
  write(left: Left, stored: number, final = true): Kept {
    const known = Math.max(0, Math.min(left.entries.length, Math.max(stored, this.filled ? this.spilled : 0) + 1 - left.first));
    const rest = { first: left.first + known, entries: left.entries.slice(known), lost: left.lost };
    const here = Math.max(0, known - Math.max(0, stored + 1 - left.first));
    if (rest.entries.length === 0 && rest.lost.length === 0) return { spilled: here, lost: [] };
    // Only what goes on where the last frame ended would be read.
    if (this.filled && rest.first !== this.spilled + 1) return { spilled: here, lost: rangesOf(rest.entries) };
    try {
      const { spilled, lost } = this.using('r+', (handle) => this.add(handle, rest, final));
      return { spilled: here + spilled, lost };
    } catch {
      return { spilled: here, lost: [...rest.lost, ...rangesOf(rest.entries)] };
    }
  }

  private add(handle: number, left: Left, final: boolean): Kept {
    const size = Math.max(fstatSync(handle).size, HEAD);
    const room = size - this.end - HEAD - (final ? 0 : RESERVE);
    if (room <= 0 && this.end > 0) return { spilled: 0, lost: rangesOf(left.entries) };
    const { body, spilled, lost } = fitting(left, room, final);
    if (!body) return { spilled: 0, lost };
    writeAll(handle, Buffer.concat([headOf(body), body]), this.end);
    fsyncSync(handle);
    this.end += HEAD + body.length;
    this.filled = true;
    this.spilled = left.first + spilled - 1;
    this.last = this.spilled;
    return { spilled, lost };
  }

  /** To be called when this entry is on the disk, and with it all before. */
  stored(number: number): void {
    if (!this.filled || number < this.last) return;
    try {
      this.using('r+', (handle) => {
        writeSync(handle, Buffer.alloc(HEAD), 0, HEAD, 0);
        fsyncSync(handle);
      });
      this.filled = false;
      this.end = 0;
    } catch {
      // It stays; the numbers keep what is stored from being stored again.
    }
  }

  private using<T>(flags: 'r' | 'r+', use: (handle: number) => T): T {
    const handle = flags === 'r' ? openSync(this.file, 'r') : openOrMake(this.file);
    try {
      return use(handle);
    } finally {
      closeSync(handle);
    }
  }
}

function openOrMake(file: string): number {
  try {
    return openSync(file, 'r+');
  } catch {
    return openSync(file, 'wx+', 0o600);
  }
}

/** As many entries as fit, from the front; at the end, of the others their sequences: before it they may still find their way. */
function fitting(left: Left, room: number, final: boolean): Kept & { readonly body: Buffer | null } {
  let count = left.entries.length;
  for (let tries = 0; tries < TRIES; tries++) {
    const lost = [...left.lost, ...rangesOf(left.entries.slice(count))];
    const frame = { first: left.first, entries: left.entries.slice(0, count), lost: final ? lost : [] };
    const body = deflateRawSync(JSON.stringify(frame, packed), { level: 1 });
    // A file without room is tried all the same: the disk may have some by now.
    if (body.length <= room || room === 0) return { body, spilled: count, lost };
    count = tries === TRIES - 2 ? 0 : Math.floor(((count * room) / body.length) * 0.9);
  }
  return { body: null, spilled: 0, lost: [...left.lost, ...rangesOf(left.entries)] };
}

/** The sequences of these entries, as ranges in the order of the entries. */
export function rangesOf(entries: Left['entries']): readonly LostRange[] {
  const ranges = new Map<string, LostRange[]>();
  for (const [, , station, sequence] of entries.flatMap((rows) => rows.filter(([table]) => table === 'inspections'))) {
    const own = ranges.get(String(station)) ?? [];
    const last = own.at(-1);
    const to = Number(sequence);
    if (last?.to === to - 1) own[own.length - 1] = { ...last, to };
    else own.push({ station: String(station), from: to, to });
    ranges.set(String(station), own);
  }
  return [...ranges.values()].flat();
}

function wanted(folder: string): number {
  const { blocks, bavail, bsize } = statfsSync(folder);
  const size = Math.min(LARGEST, Math.max(SMALLEST, (blocks * bsize) / SHARE));
  return size <= (bavail * bsize) / FREE_SHARE ? Math.floor(size) : 0;
}

/** Zeros at the end, written, not left out: a hole has no room. true: there is more to do. */
function grow(handle: number, size: number): boolean {
  const at = fstatSync(handle).size;
  if (at >= size) return false;
  const piece = Buffer.alloc(Math.min(PIECE, size - at));
  writeSync(handle, piece, 0, piece.length, at);
  fsyncSync(handle);
  return true;
}

interface SpilledFrame {
  readonly left: Left;
  readonly end: number;
}

function framesOf(handle: number): readonly SpilledFrame[] {
  const frames: SpilledFrame[] = [];
  for (let at = 0; ; ) {
    const body = bodyAt(handle, at);
    if (body === null) return frames;
    const left = JSON.parse(inflateRawSync(body, { maxOutputLength: INFLATED }).toString(), unpacked) as Left;
    const before = frames.at(-1)?.left;
    if (before && left.first !== before.first + before.entries.length) return frames;
    at += HEAD + body.length;
    frames.push({ left, end: at });
  }
}

function bodyAt(handle: number, at: number): Buffer | null {
  const head = Buffer.alloc(HEAD);
  if (readSync(handle, head, 0, HEAD, at) < HEAD || head.toString('latin1', 0, MAGIC.length) !== MAGIC) return null;
  const length = head.readUInt32LE(8);
  if (length > fstatSync(handle).size - HEAD - at) return null;
  const body = Buffer.alloc(length);
  readSync(handle, body, 0, length, at + HEAD);
  return headOf(body).equals(head) ? body : null;
}

function headOf(body: Buffer): Buffer {
  const head = Buffer.alloc(HEAD);
  head.write(MAGIC, 'latin1');
  head.writeUInt32LE(body.length, 8);
  createHash('sha256').update(body).digest().copy(head, 12);
  return head;
}

/** writeSync() may write less than it was given: up to where the disk is full. */
export function writeAll(handle: number, bytes: Buffer, offset: number): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(handle, bytes, at, bytes.length - at, offset + at);
}

/** Bytes in JSON. */
const packed = (_: string, value: unknown): unknown =>
  value instanceof Uint8Array ? { base64: Buffer.from(value).toString('base64') } : value;
const unpacked = (_: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && 'base64' in value ? Uint8Array.from(Buffer.from(String(value.base64), 'base64')) : value;
