/**
 * How far the stations have come, beside the journal: a journal whose log went missing (a file system check after a power cut, somebody who
 * tidied up) opens without complaint, and ends where it was last written back, which may be at its beginning. Nothing in it says that there
 * was more; this file does, so that the loss is told and no sequence is given out again.
 *
 * Of each station it has the newest sequence that is stored, written with every commit and before anybody hears of that commit, and a ceiling
 * above it, which is flushed before a sequence goes beyond it: after a power cut the newest may be an older one, the ceiling never is too low.
 *
 * Two places, written in turn and in room that was taken when the file was made: a write that is cut off, or a disk that is full, leaves the
 * other. Each: magic, length of the body, sha256 of the body, body: JSON {station: [newest, ceiling]}. Where the file cannot be used the
 * journal goes on without it: what is judged and stored does not wait for what guards it.
 */
import { createHash } from 'node:crypto';
import { closeSync, constants, fdatasyncSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { flushFolder } from './ownership.ts';
import type { Behind, StationProgress } from './protocol.ts';

export const HIGH_WATER_FILE = 'journal.mark';
const MAGIC = 'LINEMARK';
const HEAD = 44;
const PLACE = 32 * 1024;
const PLACES = 2;
/** Sequences that a loss leaves out at most, and parts for which one flush is enough. */
const AHEAD = 1000;
/** O_NONBLOCK: a pipe of that name would keep whoever opens it. */
const FLAGS = constants.O_RDWR | constants.O_CREAT | constants.O_NONBLOCK;

type Marks = Map<string, readonly [newest: number, ceiling: number]>;

export class HighWater {
  private readonly handle: number | null;
  private readonly marks: Marks = new Map();
  private turn = 0;

  constructor(folder: string) {
    this.handle = opened(folder);
    if (this.handle === null) return;
    for (let place = 0; place < PLACES; place++) take(this.marks, marksAt(this.handle, place));
  }

  /** Stations that were further than this journal says. */
  behind(stations: Readonly<Record<string, StationProgress>>): readonly Behind[] {
    return [...this.marks].flatMap(([station, [newest, ceiling]]) => {
      const last = stations[station]?.lastSequence ?? 0;
      return newest > last ? [{ station, from: last + 1, to: newest, next: ceiling + 1 }] : [];
    });
  }

  /** These are stored, and nobody has heard of it yet. */
  stored(sequences: ReadonlyMap<string, number>): void {
    let isFurther = false;
    let isAbove = false;
    for (const [station, sequence] of sequences) {
      const [newest, ceiling] = this.marks.get(station) ?? [0, 0];
      if (sequence <= newest) continue;
      isFurther = true;
      isAbove ||= sequence > ceiling;
      // The one that moved last stands last: where there is no room for all, those that have long been still are left out.
      this.marks.delete(station);
      this.marks.set(station, [sequence, sequence > ceiling ? sequence + AHEAD : ceiling]);
    }
    if (isFurther) this.write(isAbove);
  }

  close(): void {
    if (this.handle !== null) closeSync(this.handle);
  }

  private write(flush: boolean): void {
    if (this.handle === null) return;
    try {
      const body = this.body();
      writeSync(this.handle, Buffer.concat([headOf(body), body]), 0, HEAD + body.length, this.turn * PLACE);
      this.turn = (this.turn + 1) % PLACES;
      if (flush) fdatasyncSync(this.handle);
    } catch {
      // The next commit tries again.
    }
  }

  private body(): Buffer {
    for (;;) {
      const body = Buffer.from(JSON.stringify(Object.fromEntries(this.marks)));
      const [oldest] = this.marks.keys();
      if (body.length <= PLACE - HEAD || oldest === undefined) return body;
      this.marks.delete(oldest);
    }
  }
}

function opened(folder: string): number | null {
  let handle: number | null = null;
  try {
    handle = openSync(join(folder, HIGH_WATER_FILE), FLAGS, 0o600);
    if (takesRoom(handle, folder)) return handle;
  } catch {
    // It cannot be used; see above.
  }
  if (handle !== null) closeSync(handle);
  return null;
}

/** False where it is no file. */
function takesRoom(handle: number, folder: string): boolean {
  const about = fstatSync(handle);
  const missing = PLACES * PLACE - about.size;
  if (!about.isFile() || missing <= 0) return about.isFile();
  writeSync(handle, Buffer.alloc(missing), 0, missing, about.size);
  fdatasyncSync(handle);
  flushFolder(folder);
  return true;
}

function take(marks: Marks, found: Marks): void {
  for (const [station, [newest, ceiling]] of found) {
    const known = marks.get(station) ?? [0, 0];
    marks.set(station, [Math.max(known[0], newest), Math.max(known[1], ceiling)]);
  }
}

/** What is no whole place, or nothing that was written here, has no marks. */
function marksAt(handle: number, place: number): Marks {
  try {
    const bytes = Buffer.alloc(PLACE);
    readSync(handle, bytes, 0, PLACE, place * PLACE);
    const body = bytes.subarray(HEAD, HEAD + Math.min(bytes.readUInt32LE(MAGIC.length), PLACE - HEAD));
    if (!headOf(body).equals(bytes.subarray(0, HEAD))) return new Map();
    return new Map(Object.entries(JSON.parse(body.toString()) as Readonly<Record<string, readonly [number, number]>>));
  } catch {
    return new Map();
  }
}

function headOf(body: Buffer): Buffer {
  const head = Buffer.alloc(HEAD);
  head.write(MAGIC, 'latin1');
  head.writeUInt32LE(body.length, MAGIC.length);
  createHash('sha256')
    .update(body)
    .digest()
    .copy(head, MAGIC.length + 4);
  return head;
}
