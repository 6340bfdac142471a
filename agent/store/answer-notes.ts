/**
 * A verdict is on its way to the PLC before its record is on the disk: it cannot wait for a flush. So a note is left first, in a file of
 * fixed size, written in place and never flushed. It outlives the process, killed however, and tells the next life exactly which parts
 * the PLC was told of; it does not outlive a power cut, after which the PLC itself is asked.
 *
 * A life that dies while it still recovers leaves the notes of the lives before it in their places: each goes on where the last one stopped,
 * so that only the oldest of all are written over.
 *
 * On the main thread: one write of 512 bytes into the page cache, some microseconds, which neither grows the file nor waits for the disk.
 * All of the file is written once at each start, so that a disk that fills up later has room for every note.
 */
import { closeSync, constants, existsSync, ftruncateSync, openSync, readFileSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Type } from 'typebox';
import Value from 'typebox/value';
import type { AnswerNote, Log } from '../contracts/index.ts';
import { messageOf } from '../errors.ts';

const FILE = 'answers.notes';
const SLOT = 512;
/** More than all stations together may have answered and not yet recorded. */
const SLOTS = 1024;

const Note = Type.Object({
  station: Type.String(),
  number: Type.Integer(),
  part: Type.Union([Type.String(), Type.Null()]),
  counter: Type.Union([Type.Number(), Type.Null()]),
  verdict: Type.Enum(['ok', 'nok', 'review']),
  recipe: Type.String(),
  placed: Type.Optional(Type.Object({ study: Type.String(), name: Type.String(), showing: Type.Integer() })),
  /** Counts over all lives and stations. A note of an older version has none: it is older than any that has. */
  order: Type.Optional(Type.Integer()),
});

interface Found {
  readonly note: AnswerNote;
  readonly slot: number;
  readonly order: number;
}

export class AnswerNotes {
  /** What the lives before have left, in the order of their numbers. */
  readonly before: readonly AnswerNote[];
  private readonly log: Log;
  private readonly file: number | null;
  private next = 0;
  private order = 0;

  /** Never throws: without notes a part may have to be recovered from the PLC, and none is kept waiting. */
  constructor(folder: string, log: Log) {
    const path = join(folder, FILE);
    this.log = log;
    const found = readNotes(path);
    this.before = found.map(({ note }) => note).sort((a, b) => a.number - b.number);
    const newest = found.reduce<Found | null>((last, one) => (last === null || one.order >= last.order ? one : last), null);
    if (newest) {
      this.next = (newest.slot + 1) % SLOTS;
      this.order = newest.order;
    }
    this.file = this.trying(() => {
      const file = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
      ftruncateSync(file, SLOT * SLOTS);
      return file;
    });
    this.trying(() => this.occupy());
  }

  /** With what it has already: a file that was only made long has no place on the disk until it is written. */
  private occupy(): void {
    const { file } = this;
    if (file === null) return;
    const bytes = Buffer.alloc(SLOT * SLOTS);
    readSync(file, bytes, 0, bytes.length, 0);
    writeSync(file, bytes, 0, bytes.length, 0);
  }

  write(note: AnswerNote): void {
    const { file } = this;
    const text = JSON.stringify({ ...note, order: ++this.order });
    const bytes = Buffer.alloc(SLOT, ' ');
    // A part id of hundreds of characters goes without.
    if (file === null || Buffer.byteLength(text) > SLOT) return;
    bytes.write(text);
    this.trying(() => writeSync(file, bytes, 0, SLOT, SLOT * this.next));
    this.next = (this.next + 1) % SLOTS;
  }

  close(): void {
    const { file } = this;
    if (file !== null) this.trying(() => closeSync(file));
  }

  private trying<T>(work: () => T): T | null {
    try {
      return work();
    } catch (thrown) {
      this.log.debug({ why: messageOf(thrown) }, 'the PLC is told without a note');
      return null;
    }
  }
}

function readNotes(path: string): readonly Found[] {
  if (!existsSync(path)) return [];
  const found: Found[] = [];
  try {
    const bytes = readFileSync(path);
    for (let slot = 0; (slot + 1) * SLOT <= bytes.length; slot++) {
      const text = bytes.toString('utf8', slot * SLOT, (slot + 1) * SLOT);
      const written = parse(text);
      if (!written) continue;
      const { order = 0, ...note } = written;
      found.push({ note, slot, order });
    }
  } catch {
    return [];
  }
  return found;
}

function parse(text: string): (AnswerNote & { readonly order?: number }) | null {
  // A slot that was never written is all zeros.
  if (!text.startsWith('{')) return null;
  try {
    const note: unknown = JSON.parse(text);
    return Value.Check(Note, note) ? note : null;
  } catch {
    return null;
  }
}
