/**
 * How long the agent was there, and how long each machine was known to run or to stand, by slots of the calendar. Lengths are by the monotonic clock,
 * slots by the agent's own time: what is counted once is not counted again when the box's clock is set. (After days off the box's counts at once, and may
 * be set back within the day.)
 */
import type { MachineConfig } from '../../config/calendar.ts';
import { isGood, SLOT, type TagSample, type WatchedSlot } from '../../contracts/index.ts';
import type { TagTable } from '../../stations/tags.ts';
import { type Clock, type Milliseconds, Minutes } from '../../time.ts';

export interface MachineWatchOptions {
  readonly clock: Pick<Clock, 'elapsed'>;
  /** See ShiftDeskOptions. */
  readonly time: () => number;
  readonly tags: Pick<TagTable, 'latest' | 'onSample' | 'onLost'>;
}

type State = 'running' | 'stopped' | 'unknown';
/** A process that was silent for longer was not there: it was frozen, or its box slept. */
const LONGEST: Milliseconds = Minutes(1);

interface Followed {
  state: State;
  readonly leave: () => void;
}

export class MachineWatch {
  private readonly options: MachineWatchOptions;
  private readonly stations = new Map<string, Followed>();
  private readonly slots = new Map<string, { -readonly [K in keyof WatchedSlot]: WatchedSlot[K] }>();
  /** Monotonic; null before the first look. */
  private last: number | null = null;

  constructor(options: MachineWatchOptions) {
    this.options = options;
  }

  /** These from now on. */
  follow(machines: Readonly<Record<string, MachineConfig | undefined>>): void {
    this.look();
    for (const { leave } of this.stations.values()) leave();
    this.stations.clear();
    for (const [station, machine] of Object.entries(machines)) this.stations.set(station, this.followed(machine));
  }

  /** Called every second or so, and with every change. */
  look(): void {
    const now = this.options.clock.elapsed();
    const passed = this.last === null ? 0 : now - this.last;
    this.last = now;
    if (passed <= 0 || passed > LONGEST) return;
    const until = this.options.time();
    for (let from = until - passed; from < until; ) {
      const slot = Math.floor(from / SLOT);
      const to = Math.min(until, (slot + 1) * SLOT);
      for (const [station, { state }] of this.stations) this.add(slot, station, state, to - from);
      from = to;
    }
  }

  /** What has come together since it was taken last. */
  take(): readonly WatchedSlot[] {
    this.look();
    const taken = [...this.slots.values()];
    this.slots.clear();
    return taken;
  }

  /** It could not be kept, and is taken again. */
  putBack(slots: readonly WatchedSlot[]): void {
    for (const { slot, station, watched, running, stopped } of slots) {
      const sum = this.slotOf(slot, station);
      sum.watched += watched;
      sum.running += running;
      sum.stopped += stopped;
    }
  }

  stop(): void {
    for (const { leave } of this.stations.values()) leave();
    this.stations.clear();
  }

  private followed(machine: MachineConfig | undefined): Followed {
    if (machine?.running === undefined) return { state: 'unknown', leave: () => {} };
    const { running: tag, values } = machine;
    const { tags } = this.options;
    const ends = [
      tags.onSample(tag, (sample) => {
        this.look();
        followed.state = stateOf(sample, values);
      }),
      tags.onLost(tag, () => {
        this.look();
        followed.state = 'unknown';
      }),
    ];
    const leave = () => {
      for (const end of ends) end();
    };
    const followed: Followed = { state: stateOf(tags.latest(tag), values), leave };
    return followed;
  }

  private add(slot: number, station: string, state: State, passed: Milliseconds): void {
    const sum = this.slotOf(slot, station);
    sum.watched += passed;
    if (state !== 'unknown') sum[state] += passed;
  }

  private slotOf(slot: number, station: string) {
    const key = `${slot} ${station}`;
    const sum = this.slots.get(key) ?? { slot, station, watched: 0, running: 0, stopped: 0 };
    this.slots.set(key, sum);
    return sum;
  }
}

/** A value that is bad, or none that the machine can have, says nothing. */
function stateOf(sample: TagSample | undefined, values: MachineConfig['values']): State {
  if (!sample || !isGood(sample.status) || sample.value === null || Array.isArray(sample.value)) return 'unknown';
  const { value } = sample;
  if (values) return values.some((one) => one === value) ? 'running' : 'stopped';
  if (typeof value === 'string') return 'unknown';
  return value === true || (typeof value === 'number' && value !== 0) ? 'running' : 'stopped';
}
