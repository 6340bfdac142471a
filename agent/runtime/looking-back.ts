/**
 * What the taught package would have said of parts that are stored: of the newest ones when it has learned, so that a limit is not taken blindly,
 * and of those of which it says something else than what judged them. One look at a time.
 */
import type { Log, Region } from '../contracts/index.ts';
import { asLinesideError } from '../errors.ts';
import type { KeptFrames } from '../store/kept-frames.ts';
import type { Clock } from '../time.ts';
import type { StoredPart } from '../web/teaching-port.ts';
import type { LessonShelf } from './lesson-shelf.ts';
import type { ScoreOrder, StoredScore } from './scorer.ts';
import { type Scoring, scoreStored } from './scoring.ts';

export interface LookingBackOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly shelf: LessonShelf;
  /** Folder of the journal; absolute. */
  readonly store: string;
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
/** Parts whose heat maps are kept beside them, at most. */
const MOST_MASKS = 200;

export class LookingBack {
  private readonly options: LookingBackOptions;
  private job: Scoring | null = null;
  /** Of the package that looks now; a part without a kept picture is among them too. */
  private readonly seen = new Set<string>();

  constructor(options: LookingBackOptions) {
    this.options = options;
  }

  /** The newest stored parts; null: it was ended, or failed. */
  async newest(looks: Looks): Promise<readonly StoredPart[] | null> {
    await this.forget();
    const scores = await this.look(looks, { newest: NEWEST });
    return scores?.map(({ mask: _, ...part }) => part) ?? null;
  }

  /** Begins with those that were not looked at yet, unless it is at work; those whose heat maps are there. */
  seenOf(inspections: readonly string[], looks: Looks): ReadonlySet<string> {
    const fresh = inspections.filter((id) => !this.seen.has(id));
    if (fresh.length > 0 && !this.job && this.seen.size + fresh.length <= MOST_MASKS) void this.keep(fresh, looks);
    return new Set(inspections.filter((id) => this.seen.has(id)));
  }

  /** Another package looks from now on. */
  async forget(): Promise<void> {
    await this.job?.stop();
    this.seen.clear();
  }

  stop(): Promise<void> {
    return this.job?.stop() ?? Promise.resolve();
  }

  private async keep(inspections: readonly string[], looks: Looks): Promise<void> {
    const scores = await this.look(looks, { inspections });
    if (!scores) return;
    await this.options.shelf.keepMasks('stored', Object.fromEntries(scores.map(({ inspection, mask }) => [inspection, mask])));
    for (const id of inspections) this.seen.add(id);
  }

  private async look({ folder, station, camera, region }: Looks, which: KeptFrames['which']): Promise<readonly StoredScore[] | null> {
    const { clock, log, store } = this.options;
    const order: ScoreOrder = { store, folder, region, frames: { station, camera, which } };
    const job = scoreStored(order, clock);
    this.job = job;
    try {
      return await job.reply;
    } catch (thrown) {
      log.info({ why: asLinesideError(thrown).message }, 'stored parts could not be looked at');
      return null;
    } finally {
      if (this.job === job) this.job = null;
    }
  }
}
