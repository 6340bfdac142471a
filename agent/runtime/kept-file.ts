/** A small file of the store's folder: the old state or the new one, never half of one; over a kill and a power cut too. */
import { mkdir, open, readFile, rename, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Static, TSchema } from 'typebox';
import Value from 'typebox/value';
import { flushFolder } from '../config/replace.ts';
import { LinesideError, messageOf } from '../errors.ts';

export interface KeptFileOptions<S extends TSchema> {
  /** Absolute. */
  readonly file: string;
  readonly schema: S;
  /** Of a life that had none. */
  readonly empty: Static<S>;
  /** Bytes; a larger one is somebody else's. */
  readonly largest: number;
  /** What is in it, for the sentence: `orders`. */
  readonly holds: string;
  /** What is true now. */
  readonly state: () => Static<S>;
}

export class KeptFile<S extends TSchema> {
  private readonly options: KeptFileOptions<S>;
  private writing: Promise<void> = Promise.resolve();
  /** One that has not begun. */
  private next: Promise<void> | null = null;

  constructor(options: KeptFileOptions<S>) {
    this.options = options;
  }

  /** What the life before has left. Rejects with STORE_FAILED where there is a file that cannot be read: it is not written over then. */
  async open(): Promise<Static<S>> {
    const { file, schema, empty, largest, holds } = this.options;
    try {
      const about = await stat(file).catch(() => null);
      if (about === null) return empty;
      if (about.size > largest) throw new LinesideError('STORE_FAILED', { why: `${file} is larger than ${largest / 1e6} MB` });
      const value: unknown = JSON.parse(await readFile(file, 'utf8'));
      if (Value.Check(schema, value)) return value as Static<S>;
      throw new LinesideError('STORE_FAILED', { why: `${file} does not hold ${holds}` });
    } catch (thrown) {
      if (thrown instanceof LinesideError) throw thrown;
      throw new LinesideError('STORE_FAILED', { why: `${file}: ${messageOf(thrown)}` }, { cause: thrown });
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
    const { file, state } = this.options;
    try {
      await mkdir(dirname(file), { recursive: true });
      const handle = await open(`${file}.new`, 'w', 0o600);
      try {
        await handle.writeFile(JSON.stringify(state()));
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
