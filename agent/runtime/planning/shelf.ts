/** Keeps the orders in a small file of the store's folder: the old state or the new one, never half of one; over a kill and a power cut too. */
import { mkdir, open, readFile, rename, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import Value from 'typebox/value';
import { flushFolder } from '../../config/replace.ts';
import { LinesideError, messageOf } from '../../errors.ts';
import { BookSchema, type BookState, EMPTY_BOOK } from './book.ts';

/** In the folder of the store. */
export const PLANNING_FILE = 'planning.json';
/** Bytes: a thousand orders with everything that may be in them, and those that are done. */
const LARGEST = 2e6;

export class Shelf {
  private readonly file: string;
  private readonly state: () => BookState;
  private writing: Promise<void> = Promise.resolve();
  /** One that has not begun. */
  private next: Promise<void> | null = null;

  constructor(file: string, state: () => BookState) {
    this.file = file;
    this.state = state;
  }

  /** What the life before has left. Rejects with STORE_FAILED where there is a file that cannot be read: it is not written over then. */
  async open(): Promise<BookState> {
    try {
      const about = await stat(this.file).catch(() => null);
      if (about === null) return EMPTY_BOOK;
      if (about.size > LARGEST) throw new LinesideError('STORE_FAILED', { why: `${this.file} is larger than ${LARGEST / 1e6} MB` });
      const value: unknown = JSON.parse(await readFile(this.file, 'utf8'));
      if (Value.Check(BookSchema, value)) return value;
      throw new LinesideError('STORE_FAILED', { why: `${this.file} does not hold orders` });
    } catch (thrown) {
      if (thrown instanceof LinesideError) throw thrown;
      throw new LinesideError('STORE_FAILED', { why: `${this.file}: ${messageOf(thrown)}` }, { cause: thrown });
    }
  }

  /** Resolves when what is true now, or something newer, is on the disk. One after the other: one that waits stands for all that is changed meanwhile. */
  save(): Promise<void> {
    this.next ??= this.writing
      .catch(() => {})
      .then(() => {
        this.next = null;
        return this.write();
      });
    this.writing = this.next;
    return this.next;
  }

  /** Everything is on the disk, or will not be. */
  async stop(): Promise<void> {
    await this.writing.catch(() => {});
  }

  private async write(): Promise<void> {
    const { file } = this;
    try {
      await mkdir(dirname(file), { recursive: true });
      const handle = await open(`${file}.new`, 'w', 0o600);
      try {
        await handle.writeFile(JSON.stringify(this.state()));
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(`${file}.new`, file);
      await flushFolder(dirname(file));
    } catch (thrown) {
      throw new LinesideError('STORE_FAILED', { why: `${file}: ${messageOf(thrown)}` }, { cause: thrown });
    }
  }
}
