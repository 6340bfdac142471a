/**
 * A code for whoever can read the files of the agent's user: with it a first password is set, or one that was forgotten. Written when
 * somebody asks for one, good for 15 minutes and five tries, once. What is kept here is its hash.
 */
import { createHash, randomInt, timingSafeEqual } from 'node:crypto';
import { chmod, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LinesideError, messageOf } from '../../errors.ts';
import { type Clock, type Milliseconds, Minutes } from '../../time.ts';

const GOOD_FOR: Milliseconds = Minutes(15);
const TRIES = 5;
/** Without those that look like others. 32^10 of them: 50 bits. */
const LETTERS = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789';
const LENGTH = 10;

interface Code {
  readonly hash: Buffer;
  /** Monotonic. */
  readonly until: number;
  tries: number;
  readonly forget: () => void;
}

export class OneTimeCode {
  readonly file: string;
  private readonly folder: string;
  private readonly clock: Clock;
  private code: Code | null = null;
  private asking: Promise<void> = Promise.resolve();

  constructor(folder: string, clock: Clock) {
    this.folder = folder;
    this.file = join(folder, 'one-time-code.txt');
    this.clock = clock;
  }

  /** Writes one where none is good; returns for how long it is. Rejects with STORE_FAILED. */
  ask(): Promise<Milliseconds> {
    const asked = this.asking.then(async () => {
      const now = this.clock.elapsed();
      if (this.code && this.code.until > now) return this.code.until - now;
      await this.make();
      return GOOD_FOR;
    });
    this.asking = asked.then(
      () => {},
      () => {},
    );
    return asked;
  }

  /** Whether this is the one. It is used up then; after too many wrong ones there is none any more. */
  async take(given: string): Promise<boolean> {
    const { code } = this;
    if (!code || code.until <= this.clock.elapsed()) return false;
    code.tries++;
    const isRight = timingSafeEqual(hashOf(given), code.hash);
    if (isRight || code.tries >= TRIES) await this.forget();
    return isRight;
  }

  /** The file goes with it. A file of which there is no code here is somebody else's. */
  async forget(): Promise<void> {
    if (!this.code) return;
    this.code.forget();
    this.code = null;
    await rm(this.file, { force: true }).catch(() => {});
  }

  private async make(): Promise<void> {
    await this.forget();
    const letters = Array.from({ length: LENGTH }, () => LETTERS[randomInt(LETTERS.length)]).join('');
    const shown = `${letters.slice(0, 5)}-${letters.slice(5)}`;
    const fresh = `${this.file}.new`;
    try {
      await mkdir(this.folder, { recursive: true, mode: 0o700 });
      await chmod(this.folder, 0o700);
      await rm(fresh, { force: true });
      await writeFile(fresh, `${shown}\n`, { mode: 0o600, flag: 'wx' });
      await rename(fresh, this.file);
    } catch (thrown) {
      throw new LinesideError('STORE_FAILED', { why: `${this.file}: ${messageOf(thrown)}` }, { cause: thrown });
    }
    const forget = this.clock.after(GOOD_FOR, () => void this.forget());
    this.code = { hash: hashOf(shown), until: this.clock.elapsed() + GOOD_FOR, tries: 0, forget };
  }
}

const hashOf = (code: string): Buffer =>
  createHash('sha256')
    .update(code.toUpperCase().replaceAll(/[^A-Z0-9]/g, ''))
    .digest();
