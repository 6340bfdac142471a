/**
 * Parts that pass several stations of this gateway: what each station that is asked about said of its newest parts. Filled from the journal before the stations that
 * ask take parts, fed by what is recorded. Master parts, which challenge a station, are no production: nothing that was said of them is a fact.
 */
import { followedIn } from '../../config/following.ts';
import type { Config } from '../../config/schema.ts';
import {
  type Inspection,
  idOf,
  isProduction,
  type Log,
  type PartPast,
  reasonWords,
  type SaidPart,
  type SaidWish,
  type Standing,
} from '../../contracts/index.ts';
import { PartMemory } from '../../decisions/logistics/following.ts';
import { asLinesideError, LinesideError, messageOf } from '../../errors.ts';
import { type Clock, type Milliseconds, Seconds } from '../../time.ts';

export interface FollowingDeskOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** The agent's own time. */
  readonly own: () => number;
  readonly said: (wish: SaidWish) => Promise<readonly SaidPart[]>;
  /** Resolves when what was accepted is on the disk, or after a while. */
  readonly flushed: () => Promise<void>;
  /** Everything that is wrong with it now. */
  readonly onFaults: (standings: readonly Standing[]) => void;
}

/** Between two tries to read the journal. */
const AGAIN: Milliseconds = Seconds(10);

interface Followed {
  readonly memory: PartMemory;
  readonly scores: boolean;
  /** Sequence of the first part that was noted here: the journal knows of those before. */
  first: number;
  /** Why what was before is not known; null: it is. */
  unread: string | null;
  /** The same with scores, which are asked for since: it is in its place as soon as the journal has been read. */
  next: Followed | null;
}

const followedAnew = (parts: number, scores: boolean): Followed => ({
  memory: new PartMemory(parts),
  scores,
  first: Number.POSITIVE_INFINITY,
  unread: 'the journal has not been read yet',
  next: null,
});

export class FollowingDesk {
  private readonly options: FollowingDeskOptions;
  private readonly stations = new Map<string, Followed>();
  private cancel: () => void = () => {};
  private isStopped = false;

  constructor(options: FollowingDeskOptions) {
    this.options = options;
  }

  /** What is asked under this config from now on. Resolves when the journal was asked for what is new; never rejects. */
  async follow({ stations }: Pick<Config, 'stations'>): Promise<void> {
    const wanted = followedIn(stations);
    for (const name of this.stations.keys()) if (!wanted.has(name)) this.stations.delete(name);
    for (const [name, { parts, scores }] of wanted) {
      const known = this.stations.get(name);
      known?.memory.hold(parts);
      known?.next?.memory.hold(parts);
      if (!known) this.stations.set(name, followedAnew(parts, scores));
      // Whoever asks already gets an answer meanwhile.
      else if (scores && !known.scores) known.next ??= followedAnew(parts, true);
      else if (!scores) known.next = null;
    }
    await this.catchUp(wanted);
  }

  /** A part that is recorded, in the order of the records. Never throws. */
  note(inspection: Inspection): void {
    const followed = this.stations.get(inspection.station);
    const { outcome } = inspection;
    const part = idOf(inspection);
    if (!followed || part === null || outcome === 'missed' || !isProduction(inspection)) return;
    const said = saidOf(inspection, part, this.options.own());
    for (const one of [followed, followed.next]) {
      if (!one) continue;
      one.first = Math.min(one.first, inspection.sequence);
      one.memory.note(said);
    }
  }

  past(part: string | null): PartPast {
    return {
      now: this.options.own(),
      last: (station) => {
        const followed = this.stations.get(station);
        const unread = followed ? followed.unread : 'nobody remembers it';
        if (unread !== null)
          throw new LinesideError('RULE_FAILED', { rule: '', why: `what station ${station} said of parts before is not known: ${unread}` });
        return part === null ? null : (followed?.memory.of(part) ?? null);
      },
    };
  }

  /** Parts that are remembered, by station. */
  get sizes(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.stations].map(([name, { memory }]) => [name, memory.size]));
  }

  stop(): void {
    this.isStopped = true;
    this.cancel();
  }

  private async catchUp(wanted: ReadonlyMap<string, { readonly parts: number }>): Promise<void> {
    this.cancel();
    const unread = [...this.stations].flatMap(([name, followed]) =>
      [followed, followed.next].flatMap((one) => (one && one.unread !== null ? [[name, one] as const] : [])),
    );
    if (unread.length > 0) await this.options.flushed();
    for (const [name, followed] of unread) await this.read(name, followed, wanted.get(name)?.parts ?? 0);
    for (const [name, { next }] of this.stations) if (next?.unread === null) this.stations.set(name, next);
    if (this.isStopped) return;
    this.tell();
    if ([...this.stations.values()].some(({ unread: why, next }) => why !== null || next !== null))
      this.cancel = this.options.clock.after(AGAIN, () => void this.catchUp(wanted));
  }

  private async read(station: string, followed: Followed, limit: number): Promise<void> {
    try {
      const said = await this.options.said({ station, limit, scores: followed.scores });
      followed.memory.recall(said.filter(({ sequence }) => sequence < followed.first));
      followed.unread = null;
    } catch (thrown) {
      this.options.log.debug({ station, why: messageOf(thrown) }, 'what was said of parts before could not be read');
      followed.unread = asLinesideError(thrown).sentence;
    }
  }

  private tell(): void {
    const faults = [...this.stations].flatMap(([station, { unread: own, next }]) => {
      const unread = own ?? next?.unread ?? null;
      return unread === null ? [] : [{ fault: new LinesideError('PARTS_UNREAD', { station, why: unread }), subject: station }];
    });
    this.options.onFaults(faults);
  }
}

function saidOf({ sequence, verdict, reasons, recipe, findings }: Inspection, part: string, at: number): SaidPart {
  const scores = Object.fromEntries(findings.map(({ model, score }) => [model, score]));
  return { part, sequence, verdict, reasons: reasons.map(reasonWords), recipe, at, scores };
}
