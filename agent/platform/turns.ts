/** Work that is done one after the other, and of which only so much may wait. */
import { LinesideError } from '../errors.ts';

export class Turns {
  private readonly most: number;
  private last: Promise<unknown> = Promise.resolve();
  private waiting = 0;

  /** `most`: that may be under way and wait at once. */
  constructor(most: number) {
    this.most = most;
  }

  /** What `work` comes to, when what was asked for before is over, however that ended. Rejects with WEB_BUSY where too many wait. */
  take<T>(work: () => Promise<T>): Promise<T> {
    if (this.waiting >= this.most) return Promise.reject(new LinesideError('WEB_BUSY'));
    this.waiting++;
    const done = this.last.then(work).finally(() => {
      this.waiting--;
    });
    this.last = done.catch(() => {});
    return done;
  }
}
