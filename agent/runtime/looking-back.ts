/**
 * What the taught package would have said of parts that are stored: of the newest ones when it has learned, so that a limit is not taken blindly,
 * and of those of which it says something else than what judged them. One look at a time.
 */
import type { DifferingPart, Log, Region } from '../contracts/index.ts';
import { asLinesideError } from '../errors.ts';
import type { KeptFrames } from '../store/kept-frames.ts';
import { type Clock, Hours, type Milliseconds, Minutes } from '../time.ts';
import type { LookedAtPart, StoredPart } from '../web/teaching-port.ts';
import type { LessonShelf } from './lesson-shelf.ts';
import type { ScoreOrder, StoredScore } from './scorer.ts';
import { type Scoring, scoreStored } from './scoring.ts';

export interface LookingBackOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly shelf: LessonShelf;
  /** Folder of the journal; absolute. */
  readonly store: string;
  readonly score?: typeof scoreStored;
}

/** What looks, and where. */
export interface Looks {
  /** Of the package. */
  readonly folder: string;
  readonly station: string;
  readonly camera: string;
  readonly region: Region | null;
}

/** Stored parts, at most: minutes of a slow box. */
const NEWEST = 300;
/** Parts whose heat maps are kept beside them, at most; those that were looked at first go. */
const MOST_MASKS = 200;
/** After a look that failed, twice as long after each that follows, up to the longest. */
const AGAIN_AFTER: Milliseconds = Minutes(1);
const AGAIN_AT_LAST: Milliseconds = Hours(1);

export class LookingBack {
  private readonly options: LookingBackOptions;
  private readonly score: typeof scoreStored;
  private job: Scoring | null = null;
  /** Begun by shownOf(), its end on the disk included; never rejects. */
  private keeping: Promise<void> | null = null;
  /** Parts that the package has looked at which looks now, the first first: whether there is a heat map. */
  private readonly seen = new Map<string, boolean>();
  /** The parts of the last look that was made, and of the one that is under way. */
  private looked: readonly DifferingPart[] = [];
  private coming: readonly DifferingPart[] = [];
  /** Raised when another package looks: what was begun before is nothing any more. */
  private turn = 0;
  private failures = 0;
  /** Monotonic. */
  private notBefore: Milliseconds = 0;

  constructor(options: LookingBackOptions) {
    this.options = options;
    this.score = options.score ?? scoreStored;
  }

  /** The newest stored parts; null: it was ended. Rejects where it failed. */
  async newest(looks: Looks): Promise<readonly StoredPart[] | null> {
    const forgotten = this.forget();
    const { turn } = this;
    await forgotten;
    if (turn !== this.turn) return null;
    const scores = await this.look(looks, { newest: NEWEST }, false);
    return scores?.map(({ mask: _, ...part }) => part) ?? null;
  }

  /**
   * Which of the parts that differ are shown, newest first, and begins to look at `newest` unless it is at work. Where parts pass faster than a
   * look takes, the newest have not been looked at whenever somebody asks: those of the last look stay until the next one has been made.
   */
  shownOf(newest: readonly DifferingPart[], looks: Looks): readonly LookedAtPart[] {
    const fresh = newest.flatMap(({ inspection, picture }) => (picture === null || this.seen.has(inspection) ? [] : [inspection]));
    if (fresh.length === 0) this.looked = newest;
    else if (!this.job && !this.keeping && this.options.clock.elapsed() >= this.notBefore) {
      this.coming = newest;
      this.keeping = this.keep(fresh, looks).finally(() => {
        this.keeping = null;
      });
    }
    const shown = this.keeping ? [this.looked, this.coming].find(({ length }) => length > 0) : newest;
    return (shown ?? newest).map((part) => ({ ...part, candidate_heat: this.seen.get(part.inspection) ?? false }));
  }

  /** Another package looks from now on. Rejects as the shelf does. */
  async forget(): Promise<void> {
    await this.stop();
    this.seen.clear();
    this.looked = [];
    this.failures = 0;
    this.notBefore = 0;
    await this.options.shelf.clearMasks('stored');
  }

  /** What was begun, nobody waits for any more. Never rejects. */
  async stop(): Promise<void> {
    this.turn++;
    await this.job?.stop();
    await this.keeping;
  }

  /** Never rejects: nobody waits for it. */
  private async keep(inspections: readonly string[], looks: Looks): Promise<void> {
    const { clock, log, shelf } = this.options;
    try {
      const scores = await this.look(looks, { inspections }, true);
      if (!scores) return;
      const masks = Object.fromEntries(scores.flatMap(({ inspection, mask }) => (mask === null ? [] : [[inspection, mask]])));
      await shelf.keepMasks('stored', masks);
      // Its picture may be gone, or too small: it is not looked at again.
      for (const id of inspections) this.seen.set(id, id in masks);
      const oldest = [...this.seen.keys()].slice(0, -MOST_MASKS);
      await shelf.dropMasks('stored', oldest);
      for (const id of oldest) this.seen.delete(id);
      this.looked = this.coming;
      this.failures = 0;
    } catch (thrown) {
      this.looked = [];
      this.notBefore = clock.elapsed() + Math.min(AGAIN_AT_LAST, AGAIN_AFTER * 2 ** this.failures++);
      log.info({ why: asLinesideError(thrown).message }, 'stored parts could not be looked at');
    }
  }

  /** Null: another package looks by now, or nobody does. */
  private async look(
    { folder, station, camera, region }: Looks,
    which: KeptFrames['which'],
    masks: boolean,
  ): Promise<readonly StoredScore[] | null> {
    const { clock, store } = this.options;
    const order: ScoreOrder = { store, folder, region, frames: { station, camera, which }, masks };
    const { turn } = this;
    const job = this.score(order, clock);
    this.job = job;
    try {
      const scores = await job.reply;
      return turn === this.turn ? scores : null;
    } catch (thrown) {
      if (turn !== this.turn) return null;
      throw thrown;
    } finally {
      if (this.job === job) this.job = null;
    }
  }
}
