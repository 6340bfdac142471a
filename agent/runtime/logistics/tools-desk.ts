/**
 * Tools at the line: follows how they wear, says how much is left and until when, and tells ahead when one is to be changed. Nothing of it touches a verdict: parts
 * are counted after they are recorded, in a step each. Uses, changes and what was told are kept in the journal, in the transaction that tells; what was learned of
 * wear lies in a file beside it.
 */
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { type Static, Type } from 'typebox';
import type { Config } from '../../config/schema.ts';
import type { Decision, Inspection, JournalEntry, Standing, ToolState } from '../../contracts/index.ts';
import { wallAt } from '../../contracts/index.ts';
import { MOST_BUCKETS } from '../../decisions/logistics/material/usage.ts';
import { ToolBook, ToolBookSchema } from '../../decisions/logistics/tools/book.ts';
import { MOST_GLANCES, MOST_LIVES, MOST_SCORES } from '../../decisions/logistics/tools/wear.ts';
import { MOST_WEAR_POINTS } from '../../decisions/logistics/tools/wear-log.ts';
import { asLinesideError, LinesideError, messageOf } from '../../errors.ts';
import { every, type Milliseconds, Minutes, Seconds } from '../../time.ts';
import { KeptFile } from '../kept-file.ts';
import { keptIn } from './memory.ts';
import { OpenTime, WorkingTime } from './open-time.ts';
import { planNow } from './plan-now.ts';
import { recounted } from './recount.ts';
import { setAside } from './set-aside.ts';
import type { SuppliesOptions } from './supplies.ts';
import { type LearnedTool, ToolWatch } from './tool-watch.ts';
import { turnsOf } from './turns.ts';

export interface ToolsDeskOptions extends SuppliesOptions {
  /** Null: there is no such tool any more. */
  readonly tell: (station: string, name: string, state: ToolState | null) => void;
}

/** In the journal, beside the memories of the stations; no station has such a name. */
export const TOOLS_MEMORY = '_tools';
/** In the folder of the store: what was learned of wear. */
export const TOOLS_FILE = 'tools.json';
const Numbers = (most: number) => Type.Array(Type.Number(), { maxItems: most });
const WearSchema = Type.Object({
  level: Type.Number(),
  levelError: Type.Number(),
  slope: Type.Number(),
  slopeError: Type.Number(),
  wander: Type.Number(),
});
const FileSchema = Type.Object({
  tools: Type.Record(
    Type.String({ maxLength: 257 }),
    Type.Object({
      changed: Type.Union([Type.Number(), Type.Null()]),
      trend: Type.String(),
      log: Type.Object({ stride: Type.Number({ minimum: 1 }), points: Numbers(2 * MOST_WEAR_POINTS) }),
      glances: Type.Array(Type.Object({ n: Type.Number(), wear: WearSchema }), { maxItems: MOST_GLANCES }),
      experience: Type.Object({ slopes: Numbers(MOST_LIVES), scores: Numbers(MOST_SCORES) }),
      counts: Numbers(MOST_BUCKETS),
    }),
  ),
});
type Learned = Static<typeof FileSchema>;
const LARGEST = 8e6;

const LOOK = Seconds(2);
/** A look that comes later was not one: the process was frozen, or its box slept. */
const LONGEST_LOOK = Minutes(1);
const TELL = Minutes(1);
const KEEP = Minutes(1);
const KEEP_LEARNED = Minutes(5);
/** Tags come up after the start, and after a reload. */
const PATIENCE = Seconds(10);

interface Followed {
  readonly watch: ToolWatch;
  leave: () => void;
  /** Its tag has told of a change: taken with the next look, once parts of before the start are counted, which were the old one's. */
  signalled: boolean;
  foreseenAt: number;
  readonly time: WorkingTime;
  /** More was learned since the last look ahead. */
  isNew: boolean;
  /** Since when, monotonic, nothing is known of it. */
  unknownSince: number | null;
  /** Of the decision that is on its way to the disk: before it is there nobody is told of it. */
  calling: string | null;
  /** Changes that are on their way to the disk: the same. */
  changing: number;
  state: ToolState | null;
  told: string;
  toldAt: number;
}

export class ToolsDesk {
  private readonly options: ToolsDeskOptions;
  private readonly file: KeptFile<typeof FileSchema>;
  private readonly openTime: OpenTime;
  private book = new ToolBook();
  private learned: Learned['tools'] = {};
  private readonly followed = new Map<string, Followed>();
  private byStation: ReadonlyMap<string, readonly ToolWatch[]> = new Map();
  private config: Config['stations'] | null = null;
  private ready = false;
  private isForgotten = false;
  private opening: Promise<void> | null = null;
  private readonly over = new AbortController();
  private stops: (() => void)[] = [];
  private lookedAt: number | null = null;
  private dirty = false;
  private keptAt = 0;
  private learnedAt = 0;
  private configuredAt = 0;
  private faults = '[]';
  private unstored: LinesideError | null = null;

  constructor(options: ToolsDeskOptions) {
    this.options = options;
    this.openTime = new OpenTime(options);
    this.file = new KeptFile({
      file: join(options.folder, TOOLS_FILE),
      schema: FileSchema,
      empty: { tools: {} },
      largest: LARGEST,
      holds: 'what was learned of tools',
      state: () => this.kept(),
    });
  }

  /** The journal is open. Never in the way of the line: what is wrong is an alarm. */
  start(): void {
    this.stops.push(every(this.options.clock, LOOK, () => this.look()));
    this.look();
  }

  async stop(): Promise<void> {
    this.over.abort();
    for (const stop of this.stops.splice(0)) stop();
    for (const { leave } of this.followed.values()) leave();
    await this.opening;
    if (!this.ready) return;
    this.keep();
    await this.file.save().catch(() => {});
    await this.file.stop();
  }

  /** A part is on its way to the journal. HOT: after the record, a step for each tool of its station. */
  note(inspection: Inspection): void {
    const { station, sequence, missed } = inspection;
    const all = this.byStation.get(station);
    if (all === undefined) return;
    const parts = missed ? missed.to - missed.from + 1 : 1;
    for (const one of all) one.passed(inspection, parts, this.heard(one.trendTag));
    this.book.countTo(station, sequence);
    this.dirty = true;
  }

  private heard(tag: string | null) {
    const { tags } = this.options;
    return tag === null || tags.isAway(tag) ? undefined : tags.latest(tag);
  }

  get isOn(): boolean {
    return Object.values(this.options.config().stations).some(({ tools = {} }) => Object.keys(tools).length > 0);
  }

  get states(): readonly ToolState[] {
    return [...this.followed.values()].map((followed) => this.stateOf(followed));
  }

  /** Everything that is retained once more. */
  again(): void {
    for (const followed of this.followed.values()) followed.told = '';
  }

  // ------------------------------------------------------------ another tool

  /** Somebody says that it was changed. Rejects with COMMAND_REFUSED or STORE_OVERLOADED; then nothing of it is taken. Resolves when it is on the disk. */
  async change(body: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, unknown>>> {
    const key = `${String(body['station'])}/${String(body['tool'])}`;
    const followed = this.followed.get(key);
    if (!followed || !this.ready) throw refused(this.whyNot(key));
    const { call } = this.book.of(key);
    if (body['call'] !== undefined && body['call'] !== call?.id)
      throw refused(`there is no open decision ${String(body['call'])} to change ${key}`);
    const before = this.book.of(key).used;
    const event = typeof body['event'] === 'string' ? body['event'] : null;
    if (event !== null && this.book.wasSaid(event)) return { tool: key, used_before: before, again: true };
    if (event !== null) this.book.noteSaid(event);
    const used = typeof body['used'] === 'number' ? body['used'] : 0;
    const done = body['do'] === 'keep' ? this.keepTool(followed) : this.changed(followed, used);
    await done.catch((thrown: unknown) => {
      if (event !== null) this.book.unsay(event);
      throw thrown;
    });
    return { tool: key, used_before: before };
  }

  /** It is not worn out, whatever was measured: that is measured anew, and it keeps its uses. */
  private async keepTool({ watch }: Followed): Promise<void> {
    const before = { ...this.book.of(watch.key) };
    this.book.keepIt(watch.key);
    const putBack = watch.begin();
    try {
      await this.stored({ state: this.memory() });
    } catch (thrown) {
      this.book.undo(watch.key, before);
      putBack();
      throw thrown;
    }
    const now = this.followed.get(watch.key);
    if (now) this.foresee(now);
    if (now) this.tellOne(now, true);
  }

  private whyNot(key: string): string {
    if (this.isOn && !this.ready) return 'tools are being read of the journal; say it again in some seconds';
    const names = [...this.followed.keys()];
    return names.length === 0
      ? 'no station of the config has `tools`'
      : `there is no tool ${key}; there are ${names.slice(0, 20).join(', ')}`;
  }

  /** `isPlc`: it will not say it again; what cannot be kept now is kept with the next that is. */
  private async changed(followed: Followed, used: number, isPlc = false): Promise<void> {
    const { watch } = followed;
    const before = { ...this.book.of(watch.key) };
    const { learned } = watch;
    this.book.changed(watch.key, this.options.own(), used);
    const putBack = watch.begin();
    followed.changing += 1;
    try {
      await this.stored({ state: this.memory() });
    } catch (thrown) {
      this.dirty = true;
      if (!isPlc) {
        this.book.undo(watch.key, before);
        putBack();
        throw thrown;
      }
    } finally {
      followed.changing -= 1;
    }
    watch.learn(learned);
    this.keepLearned(this.options.clock.elapsed());
    const now = this.followed.get(watch.key);
    if (now) this.foresee(now);
    if (now && !this.dirty) this.tellOne(now, true);
  }

  private toldOfChange(followed: Followed, used: number): void {
    const { station, name } = followed.watch.place;
    this.options.log.info({ station, tool: name, uses: this.book.of(followed.watch.key).used }, 'the PLC says that a tool was changed');
    void this.changed(followed, used, true);
  }

  private memory() {
    return { station: TOOLS_MEMORY, value: JSON.stringify(this.book.snapshot) };
  }

  private async stored(entry: JournalEntry): Promise<void> {
    try {
      await this.options.append(entry);
      this.unstored = null;
    } catch (thrown) {
      this.unstored = asLinesideError(thrown);
      throw thrown;
    }
  }

  // ------------------------------------------------------------ begin

  private async open(): Promise<void> {
    const { log, before, last } = this.options;
    this.learned = (
      await this.file.open().catch(async (thrown: unknown) => {
        const aside = await setAside(join(this.options.folder, TOOLS_FILE));
        log.warn({ why: messageOf(thrown), aside }, 'what was learned of tools cannot be read; it is learned anew');
        return { tools: {} };
      })
    ).tools;
    const kept = this.isForgotten ? null : keptIn(before(TOOLS_MEMORY), ToolBookSchema);
    if (kept === 'unreadable') log.warn({}, 'what the journal kept of tools cannot be read: say which uses each has had');
    else if (kept) this.book = new ToolBook(kept);
    this.forgetGone();
    this.configure();
    // What is noted from here on is behind these.
    const behind = [...this.byStation.keys()].map((station) => ({ station, after: this.book.countedTo(station), to: last(station) }));
    for (const { station, after, to } of behind) {
      if (after === null) this.book.countTo(station, to);
      else if (to > after) await this.recount({ station, after, to });
    }
    this.ready = !this.over.signal.aborted;
    this.dirty = true;
  }

  /** Tools of the life before that the config has no more: nobody is to go by what is retained of them. */
  private forgetGone(): void {
    const { config, tell, log } = this.options;
    const { stations } = config();
    for (const key of Object.keys(this.book.snapshot.tools)) {
      const [station = '', tool = ''] = key.split('/');
      if (stations[station]?.tools?.[tool] !== undefined) continue;
      tell(station, tool, null);
      log.info({ station, tool }, 'a tool is not in the config any more');
    }
  }

  /** The config has none any more. */
  private forgetAll(): void {
    this.isForgotten = true;
    const kept = keptIn(this.options.before(TOOLS_MEMORY), ToolBookSchema);
    if (kept === null || kept === 'unreadable' || Object.keys(kept.tools).length === 0) return;
    this.book = new ToolBook(kept);
    this.forgetGone();
    this.book = new ToolBook();
    this.options.record({ state: this.memory() });
  }

  /** Nothing is kept before they are counted. */
  private async recount(wish: { readonly station: string; readonly after: number; readonly to: number }): Promise<void> {
    const counts = await recounted(this.options, wish, this.over.signal);
    for (const watch of this.byStation.get(wish.station) ?? []) {
      if (counts === null) watch.losePassed();
      else for (const { parts } of counts) watch.passedBefore(parts);
    }
    this.book.countTo(wish.station, wish.to);
  }

  // ------------------------------------------------------------ the config

  /** These from now on; those that are the same go on. */
  private configure(): void {
    const { config, clock, tell } = this.options;
    const { stations, opcua } = config();
    if (stations === this.config) return;
    this.config = stations;
    this.configuredAt = clock.elapsed();
    this.openTime.forget();
    const tags = Object.entries(opcua).flatMap(([server, of]) => Object.keys(of.tags).map((tag) => `${server}.${tag}`));
    const wanted = new Map<string, ToolWatch['place']>(
      Object.entries(stations).flatMap(([station, { tools = {}, models }]) =>
        Object.entries(tools).map(([name, tool]) => {
          const place: ToolWatch['place'] = { station, name, config: tool, models: Object.keys(models), tags };
          return [`${station}/${name}`, place] as const;
        }),
      ),
    );
    for (const [key, { watch, leave }] of [...this.followed]) {
      if (isDeepStrictEqual(wanted.get(key), watch.place)) continue;
      leave();
      this.learned[key] = copyOf(watch.learned);
      if (wanted.has(key)) continue;
      this.followed.delete(key);
      delete this.learned[key];
      tell(watch.place.station, watch.place.name, null);
    }
    for (const [key, place] of wanted) if (!isDeepStrictEqual(this.followed.get(key)?.watch.place, place)) this.follow(key, place);
    const byStation = new Map<string, ToolWatch[]>();
    for (const { watch } of this.followed.values())
      byStation.set(watch.place.station, [...(byStation.get(watch.place.station) ?? []), watch]);
    this.byStation = byStation;
    if (this.ready) for (const station of byStation.keys()) this.book.countTo(station, this.options.last(station));
    this.book.keepOnly(new Set(wanted.keys()), new Set(byStation.keys()));
    this.dirty = true;
  }

  private follow(key: string, place: ToolWatch['place']): void {
    const before = this.followed.get(key);
    const watch = new ToolWatch(place, this.book, Object.hasOwn(this.learned, key) ? this.learned[key] : undefined);
    const followed: Followed = {
      watch,
      leave: () => {},
      foreseenAt: Number.NEGATIVE_INFINITY,
      time: before?.time ?? new WorkingTime(this.openTime),
      isNew: false,
      unknownSince: null,
      calling: before?.calling ?? null,
      changing: 0,
      signalled: false,
      state: null,
      told: '',
      toldAt: Number.NEGATIVE_INFINITY,
    };
    this.followed.set(key, followed);
    followed.leave = this.listen(followed);
  }

  private listen(followed: Followed): () => void {
    const { tags, clock } = this.options;
    const { watch } = followed;
    const { uses, changed } = watch.place.config;
    const ends: (() => void)[] = [];
    if (uses) {
      const hear = (sample: Parameters<ToolWatch['hearCounter']>[0]) => {
        watch.hearCounter(sample, clock.elapsed());
        this.dirty = true;
      };
      ends.push(
        tags.onSample(uses.tag, hear),
        tags.onLost(uses.tag, () => watch.loseCounter()),
      );
      if (tags.isAway(uses.tag)) watch.loseCounter();
      else hear(tags.latest(uses.tag));
    }
    if (changed !== undefined) {
      const hear = (sample: Parameters<ToolWatch['hearSignal']>[0]) => {
        followed.signalled = watch.hearSignal(sample, clock.elapsed()) || followed.signalled;
        this.dirty = true;
        if (this.ready) this.takeChange(followed);
      };
      ends.push(tags.onSample(changed, hear));
      hear(tags.latest(changed));
    }
    return () => {
      for (const end of ends) end();
    };
  }

  /** What the PLC has told of a change. */
  private takeChange(followed: Followed): void {
    const now = this.options.clock.elapsed();
    followed.watch.blankHolds(now);
    const anew = followed.watch.changeSeen(now);
    if (anew === null && !followed.signalled) return;
    followed.signalled = false;
    this.toldOfChange(followed, anew ?? 0);
  }

  // ------------------------------------------------------------ every two seconds

  private look(): void {
    if (this.over.signal.aborted) return;
    if (!this.ready) {
      this.tellFaults(this.options.clock.elapsed());
      // Also where tools are switched on while the agent runs.
      if (this.isOn)
        this.opening ??= this.open().catch((thrown: unknown) => {
          this.unstored = asLinesideError(thrown);
          this.opening = null;
        });
      else if (!this.isForgotten && this.opening === null) this.forgetAll();
      return;
    }
    this.configure();
    const now = this.options.clock.elapsed();
    const gap = this.lookedAt === null ? 0 : now - this.lookedAt;
    this.lookedAt = now;
    for (const followed of [...this.followed.values()]) this.takeChange(followed);
    this.learn(now, gap);
    for (const followed of this.followed.values()) {
      if (followed.watch.notePast()) this.dirty = true;
      followed.state = this.stateOf(followed);
      this.callIfTime(followed, followed.state);
      this.tellOne(followed, false);
    }
    this.tellFaults(now);
    if (this.dirty && now - this.keptAt >= KEEP) this.keep();
    if (now - this.learnedAt >= KEEP_LEARNED) this.keepLearned(now);
  }

  private learn(now: number, gap: Milliseconds): void {
    const passed = Math.min(LONGEST_LOOK, gap);
    for (const followed of this.followed.values()) {
      if (gap > LONGEST_LOOK) followed.watch.skip();
      followed.isNew = followed.watch.settle((used) => followed.time.in(passed, used, now)) || followed.isNew;
    }
    for (const followed of turnsOf(this.followed.values(), now, ({ isNew }) => isNew)) this.foresee(followed);
  }

  private foresee(followed: Followed): void {
    const now = this.options.clock.elapsed();
    followed.foreseenAt = now;
    followed.isNew = false;
    followed.watch.foresee({
      now: this.options.now(),
      open: followed.time.ahead(now),
      plan: planNow(this.options),
    });
  }

  // ------------------------------------------------------------ decisions

  private callIfTime(followed: Followed, state: ToolState): void {
    const isOpen = followed.calling !== null || state.call !== null;
    if (isOpen || (state.state !== 'due' && state.state !== 'overdue')) return;
    const { key } = followed.watch;
    const id = this.options.newId();
    followed.calling = id;
    void this.call(followed, id, state)
      .catch((thrown: unknown) => this.options.log.warn({ tool: key, why: messageOf(thrown) }, 'a change of a tool was not told'))
      .finally(() => this.called(key, followed, id));
  }

  /** It is on the disk, or will never be. */
  private called(key: string, followed: Followed, id: string): void {
    for (const one of [followed, this.followed.get(key)]) if (one?.calling === id) one.calling = null;
  }

  private async call(followed: Followed, id: string, state: ToolState): Promise<void> {
    const { own, rows, clock } = this.options;
    const { key, place } = followed.watch;
    const decision: Decision = {
      id,
      station: place.station,
      at: clock.now(),
      inspection: null,
      action: 'change_tool',
      reason: this.reasonOf(state),
      rule: `tool ${place.name}`,
      writes: [],
      latched: false,
    };
    this.book.call(key, { id, at: own(), by: state.until?.low ?? null });
    try {
      await this.stored({ decisions: [decision], outbox: rows({ type: 'decision', decision }), state: this.memory() });
    } catch (thrown) {
      if (this.book.of(key).call?.id === id) this.book.uncall(key);
      throw thrown;
    }
    this.called(key, followed, id);
    const now = this.followed.get(key);
    if (now) this.tellOne(now, true);
  }

  private reasonOf({ name, used, life, left, by, until, level, limit }: ToolState): string {
    const worn =
      by === 'trend' ? `its trend is at ${tidy(level ?? 0)} of ${tidy(limit ?? 0)}` : `it was used ${used} of ${life ?? 0} times`;
    if (left === null || left.middle <= 0) return `${name} is worn out: ${worn}`;
    const uses =
      left.low === left.high
        ? `${Math.round(left.middle)}`
        : `${Math.round(left.middle)} (${Math.round(left.low)} to ${Math.round(left.high)})`;
    if (until === null || until.low === null) return `${name} has ${uses} uses left: ${worn}`;
    const middle = until.middle === null ? 'later' : this.hour(until.middle);
    return `change ${name} by ${this.hour(until.low)}: it has ${uses} uses left, most likely until ${middle}; ${worn}`;
  }

  /** On the clock on the wall, where the calendar says which. */
  private hour(at: number): string {
    const zone = this.options.config().calendar?.zone ?? 'UTC';
    const text = new Date(wallAt(zone, at)).toISOString();
    return `${text.slice(0, 10)} ${text.slice(11, 16)} (${zone})`;
  }

  // ------------------------------------------------------------ kept

  private keep(): void {
    this.keptAt = this.options.clock.elapsed();
    this.dirty = !this.options.record({ state: this.memory() });
    if (!this.dirty) this.unstored = null;
  }

  private keepLearned(now: number): void {
    this.learnedAt = now;
    this.file
      .save()
      .catch((thrown: unknown) => this.options.log.warn({ why: messageOf(thrown) }, 'what was learned of tools is not on the disk'));
  }

  private kept(): Learned {
    return { tools: Object.fromEntries([...this.followed].map(([key, { watch }]) => [key, copyOf(watch.learned)])) };
  }

  // ------------------------------------------------------------ what is told

  private stateOf({ watch, calling }: Followed): ToolState {
    const { station, name, config } = watch.place;
    const now = this.options.now();
    const { changed, used, call: latest } = this.book.of(watch.key);
    // Of one that may never be on the disk nobody is told.
    const call = latest?.id === calling ? null : latest;
    const { unknown } = watch;
    const { uses, by, because } = watch.left;
    const { until } = watch;
    return {
      station,
      name,
      at: Math.round(now),
      state: unknown !== null ? 'unknown' : this.gravest(watch, uses, until === null || until.low === null ? null : until.low - now),
      because: unknown ?? because,
      changed: changed === null ? null : Math.round(changed),
      used,
      life: config.life ?? null,
      level: watch.level,
      limit: config.trend === undefined ? null : (config.limit ?? null),
      left: uses,
      by,
      until,
      call: call && { id: call.id, at: Math.round(call.at), by: call.by },
    };
  }

  /** `soonest`: that it may be worn out, ms from now. What was told to be done stays so until it is done. */
  private gravest(watch: ToolWatch, uses: ToolState['left'], soonest: Milliseconds | null): ToolState['state'] {
    if (watch.isWorn) return 'overdue';
    const isNear = uses !== null && (uses.low <= 0 || (soonest !== null && soonest <= watch.place.config.ahead));
    return isNear || this.book.of(watch.key).call !== null ? 'due' : 'ok';
  }

  /** What somebody acts on at once; how far it is once a minute, and nothing where nothing has changed. */
  private tellOne(followed: Followed, now: boolean): void {
    const { watch } = followed;
    const elapsed = this.options.clock.elapsed();
    if (followed.changing > 0 && !now) return;
    const state = now || followed.state === null ? this.stateOf(followed) : followed.state;
    const acts = JSON.stringify([state.state, state.because, state.call?.id ?? null, state.changed]);
    const key = `${acts} ${state.used} ${state.level ?? ''}`;
    if (key === followed.told && !now) return;
    if (!now && followed.told.startsWith(acts) && elapsed - followed.toldAt < TELL) return;
    if (state.state === 'unknown' && elapsed - this.configuredAt < PATIENCE) return;
    followed.told = key;
    followed.toldAt = elapsed;
    this.options.tell(watch.place.station, watch.place.name, state);
  }

  private tellFaults(now: number): void {
    const found: Standing[] = [];
    if (this.unstored) found.push({ fault: this.unstored, subject: 'tools' });
    for (const followed of this.followed.values()) if (followed.state) found.push(...this.faultsOf(followed, followed.state, now));
    const key = JSON.stringify(found.map(({ fault, subject }) => [fault.message, subject]));
    if (key === this.faults) return;
    this.faults = key;
    this.options.onFaults(found);
  }

  private faultsOf(followed: Followed, { state, because, by, life, limit }: ToolState, now: number): readonly Standing[] {
    const { station, name } = followed.watch.place;
    const subject = `${station}/${name}`;
    followed.unknownSince = state === 'unknown' ? (followed.unknownSince ?? now) : null;
    const faults: LinesideError[] = [];
    if (followed.unknownSince !== null && now - followed.unknownSince >= PATIENCE)
      faults.push(new LinesideError('TOOL_UNKNOWN', { tool: name, station, why: because ?? '' }));
    // The same words while it lasts.
    const why = by === 'trend' ? `its trend has reached ${tidy(limit ?? 0)}` : `it has had its ${life ?? 0} uses`;
    if (state === 'overdue') faults.push(new LinesideError('TOOL_OVERDUE', { tool: name, station, why }));
    return faults.map((fault) => ({ fault, subject }));
  }
}

const refused = (why: string) => new LinesideError('COMMAND_REFUSED', { verb: 'tool', why });
/** Enough digits to act by. */
const tidy = (value: number): number => Number(value.toPrecision(4));
const copyOf = ({ changed, trend, log, glances, experience, counts }: LearnedTool): Learned['tools'][string] => ({
  changed,
  trend,
  log: { stride: log.stride, points: [...log.points] },
  glances: glances.map(({ n, wear }) => ({ n, wear: { ...wear } })),
  experience: { slopes: [...experience.slopes], scores: [...experience.scores] },
  counts: [...counts],
});
