/**
 * Figures by shift while the line runs: those of the present one, told again and again, and those of each that ends, told once: also of one that
 * ended while the agent was off, at the next start. Which shifts have ended goes by the agent's own time, which doubts a clock that jumps; after days off
 * by the box's; in which shift a part was, by the part (see the view counted_parts).
 */
import type { MachineConfig } from '../../config/calendar.ts';
import type { Config } from '../../config/schema.ts';
import {
  type AgentEvent,
  type Calendar,
  type ClosedShift,
  type JournalEntry,
  type Log,
  lastShifts,
  type OutboxRow,
  type Records,
  type RetainedEvent,
  type Shift,
  type ShiftKpi,
  type ShiftReport,
  type ShiftsKept,
  type StationFacts,
  shiftAt,
  shiftOf,
  shiftsIn,
} from '../../contracts/index.ts';
import { orderKpis, recipeKpis } from '../../decisions/kpi/groups.ts';
import { reportWish, shiftReport } from '../../decisions/kpi/report.ts';
import { countsWish, shiftKpis } from '../../decisions/kpi/shifts.ts';
import { messageOf } from '../../errors.ts';
import { type Clock, Days, every, type Milliseconds, Minutes, Seconds } from '../../time.ts';
import type { GroupsView, ShiftsView } from '../../web/ports.ts';
import { MachineWatch, type MachineWatchOptions } from './watch.ts';

export interface ShiftDeskOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly newId: () => string;
  /** The agent's own time, after days off the box's: nothing is asked of it before the journal is open. */
  readonly time: () => number;
  /** As the config has it now; null: it has none. */
  readonly calendar: () => (Calendar & { readonly report: boolean }) | null;
  readonly machines: () => Readonly<Record<string, MachineConfig | undefined>>;
  readonly tags: MachineWatchOptions['tags'];
  readonly records: Pick<Records, 'shiftCounts' | 'orderCounts' | 'shiftsKept' | 'shiftReport'>;
  /** By station, the tag that names the order; of those that have one. */
  readonly orderTags: () => Readonly<Record<string, string>>;
  /** Nothing waits for the disk any more, or not yet after `patience`. */
  readonly settled: (patience: Milliseconds) => Promise<boolean>;
  readonly append: (entry: JournalEntry) => Promise<void>;
  readonly record: (entry: JournalEntry) => boolean;
  readonly rows: (event: AgentEvent) => readonly OutboxRow[];
  readonly retain: (event: RetainedEvent) => void;
  /** A part of the shift may be under inspection for so long after its end. */
  readonly longest: () => Milliseconds;
}

const LOOK: Milliseconds = Seconds(1);
const TELL: Milliseconds = Seconds(10);
/** For records that are on their way. */
const SETTLES: Milliseconds = Seconds(2);
/** After the end, for records that are not counted yet. */
const COUNTS_WITHIN: Milliseconds = Minutes(10);
/** Orders that are shown at once. */
const MOST_GROUPS = 200;
/** Shifts that ended before are not told any more: a box that was off for a month. */
const LOOKS_BACK: Milliseconds = Days(14);

export class ShiftDesk {
  private readonly options: ShiftDeskOptions;
  private readonly watch: MachineWatch;
  private kept: ShiftsKept | null = null;
  private readonly stops: (() => void)[] = [];
  private working = false;
  private toldAt = Number.NEGATIVE_INFINITY;
  private startedAt = 0;
  private stopped = false;
  /** What was watched is on its way to the disk. */
  private keeping = false;

  constructor(options: ShiftDeskOptions) {
    this.options = options;
    this.watch = new MachineWatch({ clock: options.clock, time: options.time, tags: options.tags });
  }

  start(): void {
    this.startedAt = this.options.clock.elapsed();
    this.configure();
    this.stops.push(every(this.options.clock, LOOK, () => this.look()));
  }

  /** The config has changed. */
  configure(): void {
    this.watch.follow(this.options.calendar() === null ? {} : this.options.machines());
    this.toldAt = Number.NEGATIVE_INFINITY;
  }

  /** What was watched is on its way to the disk when it returns. */
  stop(): void {
    this.stopped = true;
    for (const stop of this.stops.splice(0)) stop();
    const watched = this.watch.take();
    if (watched.length > 0) this.options.record({ watched });
    this.watch.stop();
  }

  /** The last shifts, newest first, the present one with its figures so far. Rejects as a question to the records does. */
  async view(count: number): Promise<ShiftsView> {
    const calendar = this.options.calendar();
    const now = this.options.time();
    if (calendar === null) return { zone: null, present: null, shifts: [] };
    // Nobody who looks waits for a disk, and looks do not pile up before it; what is not on it yet are some seconds.
    if (!this.keeping) void this.keepWatched().catch(() => {});
    const shifts = lastShifts(calendar, now, count);
    const wishes = shifts.map((shift) => countsWish(calendar, shift, now));
    const counts = await this.options.records.shiftCounts(wishes);
    return {
      zone: calendar.zone,
      present: shiftAt(calendar, now)?.id ?? null,
      shifts: shifts.map((shift, i) => {
        const [wish, count] = [wishes[i], counts[i]];
        return { ...shift, over: shift.to <= now, stations: wish && count ? shiftKpis(shift, wish, count, this.facts()) : [] };
      }),
    };
  }

  /** Orders or recipes over the last shifts, the present one up to now. Rejects as a question to the records does. */
  async groups(by: 'order' | 'recipe', count: number): Promise<GroupsView> {
    const { calendar: calendarNow, orderTags, records, time } = this.options;
    const calendar = calendarNow();
    const now = time();
    const shifts = calendar === null ? [] : lastShifts(calendar, now, count);
    const [newest, oldest] = [shifts[0], shifts.at(-1)];
    if (calendar === null || !newest || !oldest) return { from: null, to: null, named: false, complete: true, items: [] };
    const stretch = { from: oldest.from, to: Math.min(newest.to, now) };
    if (by === 'recipe') {
      const counts = await records.shiftCounts(shifts.map((shift) => countsWish(calendar, shift, now)));
      return { ...stretch, named: true, complete: counts.every(({ complete }) => complete), items: recipeKpis(counts) };
    }
    const tags = orderTags();
    const { parts, complete } = await records.orderCounts({ ...stretch, tags });
    return { ...stretch, named: Object.keys(tags).length > 0, complete, items: orderKpis(parts).slice(0, MOST_GROUPS) };
  }

  /** Of a shift by its id; null: there is none, or it has not begun. */
  async report(id: string): Promise<ShiftReport | null> {
    const calendar = this.options.calendar();
    const now = this.options.time();
    const shift = calendar && shiftOf(calendar, id);
    return calendar && shift && shift.from <= now ? this.reportOf(calendar, shift, now) : null;
  }

  private async reportOf(calendar: Calendar, shift: Shift, now: number): Promise<ShiftReport> {
    return shiftReport(calendar.zone, shift, await this.options.records.shiftReport(reportWish(calendar, shift, now)), now);
  }

  private look(): void {
    this.watch.look();
    const calendar = this.options.calendar();
    const now = this.options.time();
    if (calendar === null || this.working) return;
    this.working = true;
    this.work(calendar, now)
      .catch((thrown: unknown) => {
        if (!this.stopped)
          this.options.log.warn({ why: messageOf(thrown) }, 'figures of the shift could not be worked out; they are tried again');
      })
      .finally(() => {
        this.working = false;
      });
  }

  private async work(calendar: Calendar, now: number): Promise<void> {
    const { clock } = this.options;
    for (const shift of await this.due(calendar, now)) {
      if (this.stopped || !(await this.close(calendar, shift, now))) break;
    }
    if (this.stopped || clock.elapsed() - this.toldAt < TELL) return;
    this.toldAt = clock.elapsed();
    await this.keepWatched();
    const present = shiftAt(calendar, now);
    if (present) for (const kpi of await this.kpis(calendar, present, now)) this.options.retain({ type: 'kpi', at: clock.now(), kpi });
  }

  /** That have ended and are not closed, the oldest first. */
  private async due(calendar: Calendar, now: number): Promise<readonly Shift[]> {
    const { records, settled, longest } = this.options;
    if (this.kept === null) {
      // What the life before could not write is stored first: a shift that is in it is closed.
      if (!(await settled(SETTLES))) return [];
      this.kept = await records.shiftsKept();
      if (this.kept.watchedSince === null) this.kept = { ...this.kept, watchedSince: now };
    }
    // A clock that was ahead once closes no shift for ever: one that is closed already is stored, and told, only once.
    const { closedTo, watchedSince } = this.kept;
    const since = (closedTo !== null && closedTo <= now ? closedTo : watchedSince) ?? now;
    const until = now - SETTLES - longest();
    const from = Math.max(since, now - LOOKS_BACK);
    return from >= until ? [] : shiftsIn(calendar, { from, to: until }).filter(({ to }) => to > from && to <= until);
  }

  /** false: not yet. */
  private async close(calendar: Calendar, shift: Shift, now: number): Promise<boolean> {
    const { clock, settled, record, rows, retain, newId, log } = this.options;
    await this.keepWatched();
    if (!(await settled(SETTLES))) return false;
    const wish = countsWish(calendar, shift, now);
    const [counts] = await this.options.records.shiftCounts([wish]);
    if (!counts || this.stopped) return false;
    const waits = Math.min(now - shift.to, clock.elapsed() - this.startedAt);
    if (!counts.complete && waits < COUNTS_WITHIN) return false;
    const at = clock.now();
    const shifts = shiftKpis(shift, wish, counts, this.facts()).map((kpi): ClosedShift => ({ id: newId(), at, kpi }));
    const report = this.options.calendar()?.report ? await this.reportToTell(calendar, shift, now, waits) : null;
    const told = [
      ...shifts.flatMap((one) => rows({ type: 'shift', shift: one })),
      ...(report ? rows({ type: 'report', id: newId(), report }) : []),
    ];
    if (this.stopped || !record({ shifts, outbox: told })) return false;
    this.kept = { closedTo: shift.to, watchedSince: this.kept?.watchedSince ?? null };
    for (const { kpi } of shifts) retain({ type: 'kpi', at, kpi });
    log.info({ shift: shift.id, stations: shifts.length }, 'a shift has ended');
    return true;
  }

  /** One that cannot be made, of a damaged journal above all, is tried again for a while; then the figures go out without it. */
  private reportToTell(calendar: Calendar, shift: Shift, now: number, waits: Milliseconds): Promise<ShiftReport | null> {
    return this.reportOf(calendar, shift, now).catch((thrown: unknown) => {
      if (waits < COUNTS_WITHIN) throw thrown;
      this.options.log.warn(
        { shift: shift.id, why: messageOf(thrown) },
        'the report of a shift could not be made; its figures are told without it',
      );
      return null;
    });
  }

  private async kpis(calendar: Calendar, shift: Shift, now: number): Promise<readonly ShiftKpi[]> {
    const wish = countsWish(calendar, shift, now);
    const [counts] = await this.options.records.shiftCounts([wish]);
    return counts ? shiftKpis(shift, wish, counts, this.facts()) : [];
  }

  private facts(): readonly StationFacts[] {
    return Object.entries(this.options.machines()).map(([station, machine]) => factsOf(station, machine));
  }

  private async keepWatched(): Promise<void> {
    const watched = this.watch.take();
    if (watched.length === 0) return;
    this.keeping = true;
    try {
      await this.options.append({ watched });
    } catch (thrown) {
      // Not accepted, or left at the end; what was accepted is kept until the disk takes it.
      this.watch.putBack(watched);
      throw thrown;
    } finally {
      this.keeping = false;
    }
  }
}

export const factsOf = (station: string, machine: MachineConfig | undefined): StationFacts => ({
  station,
  idealCycle: machine?.ideal_cycle ?? null,
  hasMachine: machine?.running !== undefined,
});

/** Tags that name the order of a part, by station. */
export const orderTagsOf = ({ stations }: Pick<Config, 'stations'>): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(stations).flatMap(([station, { containment }]) =>
      containment?.order === undefined ? [] : [[station, containment.order]],
    ),
  );
