/** Parts that passed between what was kept and a kill: read of the journal, once. */
import type { Log, PassedCount, PassedCountsWish, Records } from '../../contracts/index.ts';
import { LinesideError, messageOf } from '../../errors.ts';
import { type Clock, type Milliseconds, Seconds } from '../../time.ts';

export interface RecountOptions {
  readonly clock: Pick<Clock, 'sleep'>;
  readonly log: Log;
  readonly records: Pick<Records, 'passedCounts'>;
  /** Nothing waits for the disk any more, or not yet after `patience`. */
  readonly settled: (patience: Milliseconds) => Promise<boolean>;
}

/** Pauses in which the journal may come up, and how many of them. */
const AGAIN = Seconds(5);
const MOST_TRIES = 10;
const SETTLES = Seconds(2);

/** null: the journal stays away, and nobody can say any more what was used; `log` says so. Never rejects. None where it was stopped. */
export async function recounted(
  options: RecountOptions,
  wish: PassedCountsWish,
  signal: AbortSignal,
): Promise<readonly PassedCount[] | null> {
  const { clock, log, records, settled } = options;
  for (let tries = 1; !signal.aborted; tries++) {
    try {
      if (!(await settled(SETTLES))) throw new LinesideError('TIMEOUT', { what: 'The journal', ms: SETTLES });
      return await records.passedCounts(wish);
    } catch (thrown) {
      if (tries >= MOST_TRIES) {
        log.warn({ why: messageOf(thrown), ...wish }, 'parts of before the start are not counted: say what is there now');
        return null;
      }
      await clock.sleep(AGAIN, signal).catch(() => {});
    }
  }
  return [];
}
