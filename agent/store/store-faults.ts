/** What is wrong with the store, as a level: what is over is no longer stated. */
import { readdirSync } from 'node:fs';
import type { Log } from '../contracts/index.ts';
import { LinesideError } from '../errors.ts';
import { type Clock, type Milliseconds, Minutes } from '../time.ts';
import type { DoubtedClock } from './agent-time.ts';
import type { Behind, Kept, Left, LostRange } from './protocol.ts';
import { rangesOf } from './spill.ts';

/** Records or pictures that were lost are told for so long after the last one. */
const TOLD: Milliseconds = Minutes(10);
/** Of a refusal, what is logged one by one: each says the same. */
const LOG_EVERY = 100;

interface FaultsOptions {
  readonly path: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly onFaults: (faults: readonly LinesideError[]) => void;
}

type Kind = 'refusal' | 'overloaded' | 'damaged' | 'held' | 'unmarked' | 'clock' | 'pictures' | 'lost' | 'behind' | 'quarantine';

export class StoreFaults {
  private readonly options: FaultsOptions;
  private readonly standing = new Map<Kind, LinesideError>();
  /** When a fault that ends by itself was last met, monotonic. */
  private readonly metAt = new Map<Kind, number>();
  private refused = 0;
  private picturesBefore = 0;
  private picturesGone = 0;

  constructor(options: FaultsOptions) {
    this.options = options;
  }

  /** What keeps records from being stored, or null when they are stored again. */
  refusal(fault: LinesideError | null): void {
    if (fault) this.options.log.error({ code: fault.code, ...fault.details }, fault.sentence);
    else this.options.log.info({ path: this.options.path }, 'records are stored again');
    this.set('refusal', fault);
  }

  /** A record was not accepted. */
  overloaded({ depth }: { readonly depth: number }): void {
    this.refused++;
    this.metAt.set('overloaded', this.options.clock.elapsed());
    if (this.refused % LOG_EVERY === 1)
      this.options.log.error(
        { code: 'STORE_OVERLOADED', refused: this.refused },
        'a record was not accepted: the journal takes none and the waiting room is full',
      );
    this.set('overloaded', new LinesideError('STORE_OVERLOADED', { depth, refused: this.refused }));
  }

  damaged({ file, why }: { readonly file: string; readonly why: string }): void {
    const fault = new LinesideError('STORE_DAMAGED', { file, why });
    this.options.log.error({ code: fault.code, file, why }, fault.sentence);
    this.set('damaged', fault);
  }

  quarantined(why: string): void {
    const fault = new LinesideError('STORE_QUARANTINE', { why });
    this.options.log.error({ code: fault.code, why }, fault.sentence);
    this.metAt.set('quarantine', this.options.clock.elapsed());
    this.set('quarantine', fault);
  }

  held({ bytes, who }: { readonly bytes: number; readonly who: string }): void {
    const known = this.standing.has('held');
    const fault = bytes === 0 ? null : new LinesideError('STORE_LOG_HELD', { mb: Math.round(bytes / 1e6), who });
    if (fault && !known) this.options.log.warn({ code: fault.code, ...fault.details }, fault.sentence);
    this.set('held', fault);
  }

  unmarked(why: string | null): void {
    const { log, path } = this.options;
    const fault = why === null ? null : new LinesideError('STORE_UNMARKED', { folder: path, why });
    if (fault) log.warn({ code: fault.code, ...fault.details }, fault.sentence);
    else log.info({ path }, 'how far the stations have come is kept beside the journal again');
    this.set('unmarked', fault);
  }

  clock(doubted: DoubtedClock | null): void {
    const known = this.standing.has('clock');
    if (!doubted) {
      if (known) this.options.log.info({}, 'the clock of this box is believed again');
      return this.set('clock', null);
    }
    const fault = new LinesideError('CLOCK_DOUBTED', { clock: textOf(doubted.wall), own: textOf(doubted.own) });
    if (!known) this.options.log.warn({ code: fault.code, ...fault.details }, fault.sentence);
    // The words stay as they were: they would change with every second.
    if (!known) this.set('clock', fault);
  }

  /** Pictures that were not kept since the start, for whatever reason. */
  pictures(gone: number): void {
    if (gone === this.picturesBefore) return;
    this.picturesGone += gone - this.picturesBefore;
    this.picturesBefore = gone;
    this.pictureFault();
  }

  /** A picture of the life before that a power cut took. */
  pictureLost({ inspection, path }: { readonly inspection: string; readonly path: string }): void {
    this.options.log.error({ code: 'STORE_PICTURES_LOST', inspection, path }, 'a picture did not survive the end of the life before');
    this.picturesGone++;
    this.pictureFault();
  }

  lost(range: LostRange, why: string): void {
    const fault = new LinesideError('STORE_RECORDS_LOST', { records: sequencesOf([range]), why });
    this.options.log.error({ code: fault.code, ...range }, fault.sentence);
    this.metAt.set('lost', this.options.clock.elapsed());
    this.set('lost', fault);
  }

  /** The journal ends before what a life before had stored in it. */
  wentBack(behind: readonly Behind[]): void {
    const next = behind.map(({ station, next }) => `${station} ${next}`).join(', ');
    const fault = new LinesideError('STORE_WENT_BACK', { folder: this.options.path, records: sequencesOf(behind), next });
    this.options.log.error({ code: fault.code, ...fault.details }, fault.sentence);
    this.metAt.set('behind', this.options.clock.elapsed());
    this.set('behind', fault);
  }

  /** The end: what of the records that were left is where. */
  ended(left: Left, { spilled, lost }: Kept): void {
    const kept = rangesOf(left.entries.slice(0, spilled));
    const { log } = this.options;
    if (spilled > 0) log.warn({ code: 'STORE_LEFT', records: spilled, sequences: sequencesOf(kept) }, 'records wait for the next start');
    if (lost.length > 0) {
      const fault = new LinesideError('STORE_RECORDS_LOST', {
        records: sequencesOf(lost),
        why: 'the disk took them nowhere before the end',
      });
      log.error({ code: fault.code, sequences: sequencesOf(lost) }, fault.sentence);
    }
  }

  /** What ends by itself: a damaged journal that somebody has taken away, losses that are some time ago. */
  look(): void {
    const now = this.options.clock.elapsed();
    for (const [kind, at] of [...this.metAt]) {
      if (now - at < TOLD || (kind === 'overloaded' && this.standing.has('refusal'))) continue;
      this.metAt.delete(kind);
      this.set(kind, null);
    }
    this.lookForDamage();
  }

  private lookForDamage(): void {
    try {
      const file = readdirSync(this.options.path).find((name) => /^journal\.damaged-.*\.db$/.test(name));
      if (file === undefined) this.set('damaged', null);
      else if (!this.standing.has('damaged'))
        this.set('damaged', new LinesideError('STORE_DAMAGED', { file: `${this.options.path}/${file}`, why: 'found damaged before' }));
    } catch {
      // The folder cannot be read now: what was known stands.
    }
  }

  private pictureFault(): void {
    this.metAt.set('pictures', this.options.clock.elapsed());
    this.set('pictures', new LinesideError('STORE_PICTURES_LOST', { count: this.picturesGone }));
  }

  private set(kind: Kind, fault: LinesideError | null): void {
    const before = this.standing.get(kind);
    if (before === undefined && fault === null) return;
    if (before && fault && before.message === fault.message) return;
    if (fault) this.standing.set(kind, fault);
    else this.standing.delete(kind);
    this.options.onFaults([...this.standing.values()]);
  }
}

/** outlet 82-124, trim 7 */
export const sequencesOf = (ranges: readonly LostRange[]): string =>
  ranges.map(({ station, from, to }) => (from === to ? `${station} ${from}` : `${station} ${from}-${to}`)).join(', ');

function textOf(time: number): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? String(time) : date.toISOString().slice(0, 16).replace('T', ' ');
}
