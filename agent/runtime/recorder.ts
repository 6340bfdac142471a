/**
 * The store, kept over changes of the config: agents come and go, what was accepted stays with one owner until it is on the disk. Knows
 * where each station is (accepted, not only stored), so that the next agent goes on behind it and no sequence is given out twice.
 */
import type { StoreConfig } from '../config/schema.ts';
import type { Alarm, JournalEntry, Log } from '../contracts/index.ts';
import type { LinesideError } from '../errors.ts';
import { createStore, type Ending, type Store, type StoreState } from '../store/store.ts';
import type { Clock, Milliseconds } from '../time.ts';

export interface RecorderOptions {
  /** Folder, absolute. */
  readonly path: string;
  readonly config: StoreConfig;
  readonly clock: Clock;
  readonly log: Log;
}

type Progress = StoreState['stations'][string];
const NOWHERE: Progress = { lastSequence: 0, lastPart: null, lastCounter: null, saved: null };

export class Recorder {
  readonly store: Store;
  readonly path: string;
  private opened: Promise<StoreState> | null = null;
  private before: StoreState | null = null;
  private readonly stations = new Map<string, Progress>();
  private readonly alarms = new Map<string, Alarm>();
  private faults: readonly LinesideError[] = [];
  private onFaults: (faults: readonly LinesideError[]) => void = () => {};

  constructor({ path, config, clock, log }: RecorderOptions) {
    this.path = path;
    this.store = createStore({
      path,
      config,
      clock,
      log,
      onFaults: (faults) => {
        this.faults = faults;
        this.onFaults(faults);
      },
    });
  }

  /** Everything that is wrong with the store, now and whenever it changes. One listens: the agent that runs. */
  listen(onFaults: (faults: readonly LinesideError[]) => void): void {
    this.onFaults = onFaults;
    onFaults(this.faults);
  }

  /**
   * Opens the journal, the first time; says where everything is, each time. Rejects with STORE_LOCKED, STORE_SCHEMA, STORE_FULL or
   * STORE_FAILED.
   */
  async open(): Promise<StoreState> {
    this.opened ??= this.store.start();
    const first = await this.opened;
    if (this.before === null) this.take(first);
    return { ...first, stations: Object.fromEntries(this.stations), alarms: [...this.alarms.values()] };
  }

  configure(config: StoreConfig): void {
    this.store.configure(config);
  }

  /** false: it was not accepted, nothing of it will be stored, and the station's sequence does not move. */
  record(entry: JournalEntry): boolean {
    const accepted = this.store.journal.accept(entry);
    if (accepted) this.note(entry);
    return accepted;
  }

  /** The same; resolves when it is on the disk. Rejects where it was not accepted: whoever goes on from its state then records that again. */
  append(entry: JournalEntry): Promise<void> {
    const done = this.store.journal.append(entry);
    this.note(entry);
    return done;
  }

  /** Resolves when everything is on the disk, or after `patience`; at once where no journal has ever opened. */
  flush(patience: Milliseconds): Promise<void> {
    return this.store.flush(patience);
  }

  /** The end, with the process; within `patience`. Says what of the records is where. */
  stop(patience?: Milliseconds): Promise<Ending> {
    return this.store.stop(patience);
  }

  private take(state: StoreState): void {
    this.before = state;
    // What was accepted while the journal was being opened is ahead of what was found in it.
    for (const [station, progress] of Object.entries(state.stations)) {
      const noted = this.stations.get(station);
      if (!noted || noted.lastSequence < progress.lastSequence) this.stations.set(station, progress);
    }
    for (const alarm of state.alarms) if (!this.alarms.has(alarm.key)) this.alarms.set(alarm.key, alarm);
  }

  private note({ inspection, state, alarms }: JournalEntry): void {
    if (inspection) {
      const { station, sequence, part, counter, missed } = inspection;
      const before = this.stations.get(station) ?? NOWHERE;
      this.stations.set(station, {
        saved: before.saved,
        lastSequence: Math.max(sequence, before.lastSequence),
        lastPart: part ?? before.lastPart,
        lastCounter: counter ?? missed?.to ?? before.lastCounter,
      });
    }
    if (state) this.stations.set(state.station, { ...(this.stations.get(state.station) ?? NOWHERE), saved: state.value });
    for (const alarm of alarms ?? []) {
      if (alarm.active) this.alarms.set(alarm.key, alarm);
      else this.alarms.delete(alarm.key);
    }
  }
}
