/** The watch over scores as the agent has it: its alarms by station, and its memory on the disk. */
import type { Alarm, Inspection, Log, ScoreDrift, Standing } from '../../contracts/index.ts';
import { messageOf } from '../../errors.ts';
import { type Clock, every, Minutes } from '../../time.ts';
import type { Taught } from './series.ts';
import { DriftShelf } from './shelf.ts';
import { DriftWatch, type Judging } from './watch.ts';

export interface DriftDeskOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Absolute. */
  readonly file: string;
  /** Of a package: held-out scores of good parts that it was taught with, and how its parts looked; empty where it brings none along. */
  readonly taught: { readonly scores: (name: string) => Taught['scores']; readonly look: (name: string) => Taught['look'] };
  /** Everything that is wrong with the scores, pictures and tags of a station now. */
  readonly onChange: (station: string, standings: readonly Standing[]) => void;
}

/** What a power cut may cost: the parts since then are not among the newest. */
const KEPT_EVERY = Minutes(5);

export class DriftDesk {
  readonly watch: DriftWatch;
  private readonly options: DriftDeskOptions;
  private readonly shelf: DriftShelf;
  private isChanged = false;
  private isFailed = false;
  private end = () => {};

  constructor(options: DriftDeskOptions) {
    this.options = options;
    this.watch = new DriftWatch(options.taught.scores, options.taught.look);
    this.shelf = new DriftShelf(options.file);
  }

  async open(): Promise<void> {
    this.watch.restore(await this.shelf.read());
    this.end = every(this.options.clock, KEPT_EVERY, () => void this.keep());
  }

  /** Never throws: what watches the scores may not cost a part its pictures. */
  note(inspection: Inspection): void {
    try {
      this.isChanged = true;
      const standings = this.watch.note(inspection, this.options.clock.elapsed());
      if (standings) this.options.onChange(inspection.station, standings);
      for (const station of this.watch.ended()) this.options.onChange(station, this.watch.standings(station));
    } catch (thrown) {
      this.failed(thrown);
    }
  }

  /**
   * The next parts are the reference of what that alarm says has drifted. Resolves when it is kept. false: it does not stand, or is of another kind.
   */
  async relearn({ code, subject }: Pick<Alarm, 'code' | 'subject'>): Promise<boolean> {
    const station = this.watch.relearn(code, subject);
    if (station === null) return false;
    this.isChanged = true;
    this.options.onChange(station, this.watch.standings(station));
    await this.keep();
    return true;
  }

  /** Said once: it would be with every part. */
  private failed(thrown: unknown): void {
    if (this.isFailed) return;
    this.isFailed = true;
    this.options.log.error({ why: messageOf(thrown) }, 'scores could not be watched');
  }

  views(station: string): readonly ScoreDrift[] {
    return this.watch.views(station);
  }

  /** These models judge there from now on. */
  judge(station: string, models: readonly Judging[]): void {
    this.watch.keep(station, models);
    this.options.onChange(station, this.watch.standings(station));
  }

  async stop(): Promise<void> {
    this.end();
    await this.keep();
  }

  private async keep(): Promise<void> {
    if (!this.isChanged) return;
    this.isChanged = false;
    const { file, log } = this.options;
    await this.shelf
      .write(this.watch.saving())
      .catch((thrown: unknown) => log.warn({ file, why: messageOf(thrown) }, 'scores could not be kept'));
  }
}
