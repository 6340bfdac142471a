/**
 * How far the stations have come, beside the journal: a journal whose log went missing (a file system check after a power cut, somebody who
 * tidied up) opens without complaint, and ends where it was last written back, which may be at its beginning. Nothing in it says that there
 * was more; this file does, so that the loss is told and no sequence is given out again.
 *
 * Of each station it has the newest sequence that is stored, written with every commit and before anybody hears of that commit, and a ceiling
 * above it. Two flushes make that hold over a power cut: one before a sequence goes beyond the ceiling, which therefore never is too low; and
 * one with each station's first commit after the log was written back, so that the newest on the disk, if not the last of all, is always
 * above what the journal's file holds without its log.
 *
 * Two places, in room that was taken when the file was made. What was flushed last is left alone until the other place is flushed as well: a
 * write that is cut off or torn, or a disk that is full, leaves it. Each: magic, length of the body, sha256 of the body, body: JSON
 * {station: [newest, ceiling]}. Where the file cannot be used the journal goes on without it, and it is tried again whenever the log was
 * written back: what is judged and stored does not wait for what guards it.
 */
import { createHash } from 'node:crypto';
import { closeSync, constants, fdatasyncSync, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../errors.ts';
import { flushFolder, requireFile } from './ownership.ts';
import type { Behind, StationProgress } from './protocol.ts';
import { writeAll } from './spill.ts';

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
  private readonly folder: string;
  private handle: number | null = null;
  private readonly marks: Marks = new Map();
  /** Stations whose newest was flushed, or is owed, since the log was last written back. */
  private readonly above = new Set<string>();
  /** The place that is written; the other one has what was flushed last. */
  private place = 0;
  /** What has to be flushed is not yet: the next commit tries again. */
  private owesFlush = false;
  /** Why the file cannot be used, null where it can. */
  fault: string | null = null;

  constructor(folder: string) {
    this.folder = folder;
    this.open();
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
    for (const [station, sequence] of sequences) {
      const [newest, ceiling] = this.marks.get(station) ?? [0, 0];
      if (sequence <= newest) continue;
      isFurther = true;
      this.owesFlush ||= sequence > ceiling || !this.above.has(station);
      this.above.add(station);
      // The one that moved last stands last: where there is no room for all, those that have long been still are left out.
      this.marks.delete(station);
      this.marks.set(station, [sequence, sequence > ceiling ? sequence + AHEAD : ceiling]);
    }
    if (isFurther || this.owesFlush) this.write();
  }

  /** The journal's file may now hold all that is stored: what is flushed here has to go above that again. */
  writtenBack(): void {
    this.above.clear();
    if (this.handle === null) this.open();
  }

  close(): void {
    if (this.handle !== null) closeSync(this.handle);
    this.handle = null;
  }

  private open(): void {
    try {
      const handle = opened(this.folder);
      const places = Array.from({ length: PLACES }, (_, place) => marksAt(handle, place));
      for (const found of places) take(this.marks, found);
      this.place = places.map(furthest).reduce((least, far, place, all) => (far < (all[least] ?? 0) ? place : least), 0);
      this.handle = handle;
      this.fault = null;
    } catch (thrown) {
      this.fault = messageOf(thrown);
    }
  }

  private write(): void {
    if (this.handle === null) return;
    try {
      const body = this.body();
      writeAll(this.handle, Buffer.concat([headOf(body), body]), this.place * PLACE);
      if (this.owesFlush) this.flush(this.handle);
      this.fault = null;
    } catch (thrown) {
      this.fault = messageOf(thrown);
    }
  }

  private flush(handle: number): void {
    fdatasyncSync(handle);
    this.owesFlush = false;
    this.place = (this.place + 1) % PLACES;
  }

  private body(): Buffer {
    for (;;) {
      const body = Buffer.from(JSON.stringify(Object.fromEntries(this.marks)));
      const excess = body.length - (PLACE - HEAD);
      if (excess <= 0) return body;
      const share = Math.ceil((this.marks.size * excess) / body.length);
      for (const oldest of [...this.marks.keys()].slice(0, share)) this.marks.delete(oldest);
    }
  }
}

/** Throws where it cannot be used. */
function opened(folder: string): number {
  const file = join(folder, HIGH_WATER_FILE);
  requireFile(file);
  const handle = openSync(file, FLAGS, 0o600);
  try {
    takeRoom(handle, folder);
    return handle;
  } catch (thrown) {
    closeSync(handle);
    throw thrown;
  }
}

function takeRoom(handle: number, folder: string): void {
  const { size } = fstatSync(handle);
  if (size >= PLACES * PLACE) return;
  writeAll(handle, Buffer.alloc(PLACES * PLACE - size), size);
  fdatasyncSync(handle);
  flushFolder(folder);
}

/** How far all of them have come together: of two places the newer one says more. */
const furthest = (marks: Marks): number => [...marks.values()].reduce((sum, [newest]) => sum + newest, 0);

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
