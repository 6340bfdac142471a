/**
 * Materials at the line: follows what is used of each and what is there, forecasts, calls in time, and tells. Nothing of it touches a verdict: parts are
 * counted after they are recorded, in a step each. What is there and what was called is kept in the journal, in the transaction that tells of a call; what was
 * learned of the use lies in a file beside it, and a kill costs some minutes of that.
 */
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { type Static, Type } from 'typebox';
import { overdueAfter } from '../../config/material.ts';
import type { Config } from '../../config/schema.ts';
import type { Decision, Inspection, JournalEntry, MaterialState, MaterialView, Standing } from '../../contracts/index.ts';
import { MaterialBook, MaterialBookSchema, type MaterialCall } from '../../decisions/logistics/material/book.ts';
import { MOST_BUCKETS } from '../../decisions/logistics/material/usage.ts';
import { asLinesideError, LinesideError, messageOf } from '../../errors.ts';
import { every, inWords, type Milliseconds, Minutes, Seconds } from '../../time.ts';
import { KeptFile } from '../kept-file.ts';
import { MaterialWatch } from './material-watch.ts';
import { keptIn } from './memory.ts';
import { OpenTime, WorkingTime } from './open-time.ts';
import { planNow } from './plan-now.ts';
import { recounted } from './recount.ts';
import { setAside } from './set-aside.ts';
import type { SuppliesOptions } from './supplies.ts';
import { turnsOf } from './turns.ts';

export interface MaterialDeskOptions extends SuppliesOptions {
  /** Null: there is no such material any more. */
  readonly tell: (station: string, name: string, state: MaterialState | null) => void;
}

/** In the journal, beside the memories of the stations; no station has such a name. */
export const MATERIAL_MEMORY = '_material';
/** In the folder of the store: what was learned of the use. */
export const MATERIAL_FILE = 'material.json';
const FileSchema = Type.Object({
  usage: Type.Record(
    Type.String({ maxLength: 128 }),
    Type.Object({ bucket: Type.Number(), counts: Type.Array(Type.Number({ minimum: 0 }), { maxItems: MOST_BUCKETS }) }),
  ),
});
type Learned = Static<typeof FileSchema>;
const LARGEST = 8e6;

const LOOK = Seconds(2);
/** A look that comes later was not one: the process was frozen, or its box slept. */
const LONGEST_LOOK = Minutes(1);
/** Stock that has changed is told this often, and kept; what was learned is kept less often. */
const TELL = Minutes(1);
/** Of a container, that stock has to rise above the point again before it is short no more. */
const CLEAR = 0.05;
const KEEP = Minutes(1);
const KEEP_LEARNED = Minutes(5);
/** Tags come up after the start, and after a reload. */
const PATIENCE = Seconds(10);

interface Followed {
  readonly watch: MaterialWatch;
  readonly leave: () => void;
  foreseenAt: number;
  /** Since when, monotonic, nobody knows what is there. */
  unknownSince: number | null;
  readonly time: WorkingTime;
  /** More was learned since the last forecast. */
  isNew: boolean;
  /** Of the call that is on its way to the disk: before it is there nobody is told of it. */
  calling: string | null;
  /** What people said that is on its way to the disk: the same. */
  saying: number;
  isShort: boolean;
  told: string;
  toldAt: number;
}

export class MaterialDesk {
  private readonly options: MaterialDeskOptions;
  private readonly file: KeptFile<typeof FileSchema>;
  private readonly openTime: OpenTime;
  private book = new MaterialBook();
  private learned: Learned['usage'] = {};
  private readonly followed = new Map<string, Followed>();
  private byStation: ReadonlyMap<string, readonly MaterialWatch[]> = new Map();
  private config: Config['materials'] | null = null;
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

  constructor(options: MaterialDeskOptions) {
    this.options = options;
    this.openTime = new OpenTime(options);
    this.file = new KeptFile({
      file: join(options.folder, MATERIAL_FILE),
      schema: FileSchema,
      empty: { usage: {} },
      largest: LARGEST,
      holds: 'what was learned of materials',
      state: () => this.usage(),
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

  /** A part is on its way to the journal. HOT: after the record, a step for each material of its station. */
  note({ station, sequence, recipe, missed }: Inspection): void {
    const all = this.byStation.get(station);
    if (all === undefined) return;
    const parts = missed ? missed.to - missed.from + 1 : 1;
    for (const one of all) one.passed(recipe, parts);
    this.book.countTo(station, sequence);
    this.dirty = true;
  }

  get isOn(): boolean {
    return Object.keys(this.options.config().materials).length > 0;
  }

  get states(): readonly MaterialState[] {
    return [...this.followed.values()].map((followed) => this.stateOf(followed));
  }

  /** With forecasts: for who looks. */
  get views(): readonly MaterialView[] {
    return [...this.followed.values()].map((followed) => {
      const { watch } = followed;
      const state = this.stateOf(followed);
      const { stock, at } = state;
      return { ...state, measured: watch.config.stock !== undefined, forecast: stock === null ? [] : watch.ahead(stock, at) };
    });
  }

  /** Everything that is retained once more. */
  again(): void {
    for (const followed of this.followed.values()) followed.told = '';
  }

  // ------------------------------------------------------------ what people and systems say

  /** Rejects with COMMAND_REFUSED or STORE_OVERLOADED; then nothing of it is taken. Resolves when it is on the disk. */
  async change(body: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, unknown>>> {
    const name = String(body['material']);
    const followed = this.followed.get(name);
    if (!followed || !this.ready) throw refused(this.whyNot(name));
    const event = eventOf(body);
    if (event !== null && this.book.wasSaid(event)) return { ...this.there(name), again: true };
    const before = structuredClone(this.book.snapshot);
    this.changed(followed, body);
    if (event !== null) this.book.noteSaid(event);
    followed.saying += 1;
    try {
      await this.stored({ state: this.memory() });
    } catch (thrown) {
      this.book.undo(name, before);
      if (event !== null) this.book.unsay(event);
      this.dirty = true;
      throw thrown;
    } finally {
      followed.saying -= 1;
    }
    followed.watch.learnLead();
    this.foresee(followed);
    this.tellOne(followed, true);
    return this.there(name);
  }

  private there(name: string) {
    const { stock, calls } = this.book.of(name);
    return { material: name, stock: stock === null ? null : Math.max(0, stock), calls: calls.length };
  }

  private whyNot(name: string): string {
    if (this.isOn && !this.ready) return 'materials are being read of the journal; say it again in some seconds';
    const names = [...this.followed.keys()];
    return names.length === 0
      ? 'the config has no `materials`'
      : `there is no material ${name}; there are ${names.slice(0, 20).join(', ')}`;
  }

  private changed({ watch }: Followed, body: Readonly<Record<string, unknown>>): void {
    const { name, config } = watch;
    const quantity = typeof body['quantity'] === 'number' ? body['quantity'] : undefined;
    const call = typeof body['call'] === 'string' ? body['call'] : undefined;
    const noCall = () => refused(call === undefined ? `no call of ${name} is open` : `there is no open call ${call} of ${name}`);
    switch (body['do']) {
      case 'delivered': {
        // Its rise has ended the oldest call, or will: which one is meant nobody could say.
        if (config.stock && call === undefined) throw refused(`tag ${config.stock.tag} tells what has come of ${name}: name the call`);
        const { container } = config;
        const delivered = this.book.deliver(name, { call, quantity, container, now: this.options.own(), likely: likelyLead(config) });
        if (delivered === null) throw noCall();
        return;
      }
      case 'cancel':
        if (this.book.cancel(name, call) === null) throw noCall();
        return;
      default:
        if (config.stock) throw refused(`tag ${config.stock.tag} tells how much of ${name} is there`);
        if (quantity === undefined) throw refused('say the quantity that was counted');
        this.book.say(name, quantity);
    }
  }

  private memory() {
    return { station: MATERIAL_MEMORY, value: JSON.stringify(this.book.snapshot) };
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
    const { log, before, config, last } = this.options;
    this.learned = (
      await this.file.open().catch(async (thrown: unknown) => {
        const aside = await setAside(join(this.options.folder, MATERIAL_FILE));
        log.warn({ why: messageOf(thrown), aside }, 'what was learned of materials cannot be read; it is learned anew');
        return { usage: {} };
      })
    ).usage;
    const kept = this.isForgotten ? null : keptIn(before(MATERIAL_MEMORY), MaterialBookSchema);
    if (kept === 'unreadable') log.warn({}, 'what the journal kept of materials cannot be read; somebody has to say how much is there');
    else if (kept) this.book = new MaterialBook(kept);
    this.forgetGone(config().materials);
    this.configure();
    const stations = new Set(Object.values(config().materials).map(({ station }) => station));
    // What is noted from here on is behind these.
    const behind = [...stations].map((station) => ({ station, after: this.book.countedTo(station), to: last(station) }));
    for (const { station, after, to } of behind) {
      if (after === null) this.book.countTo(station, to);
      else if (to > after) await this.recount({ station, after, to });
    }
    this.ready = !this.over.signal.aborted;
    this.dirty = true;
  }

  /** Materials of the life before that the config has no more: nobody is to go by what is retained of them. */
  private forgetGone(materials: Config['materials']): void {
    const { log, tell } = this.options;
    for (const [material, { of, calls }] of Object.entries(this.book.snapshot.materials)) {
      if (of && materials[material]?.station !== of.station) tell(of.station, material, null);
      if (Object.hasOwn(materials, material)) continue;
      const called = calls.map(({ id }) => id);
      log.info(
        { material, called },
        called.length > 0 ? 'a material with open calls is not in the config any more' : 'a material is not in the config any more',
      );
    }
  }

  /** The config has none any more: what the life before has kept would be months old once there are some again. */
  private forgetAll(): void {
    this.isForgotten = true;
    const kept = keptIn(this.options.before(MATERIAL_MEMORY), MaterialBookSchema);
    if (kept === null || kept === 'unreadable' || Object.keys(kept.materials).length === 0) return;
    this.book = new MaterialBook(kept);
    this.forgetGone({});
    this.book = new MaterialBook();
    this.options.record({ state: this.memory() });
  }

  /** Nothing is kept before they are counted. */
  private async recount(wish: { readonly station: string; readonly after: number; readonly to: number }): Promise<void> {
    const counts = await recounted(this.options, wish, this.over.signal);
    const watches = this.byStation.get(wish.station) ?? [];
    for (const watch of watches) {
      if (counts === null) watch.losePassed();
      else for (const { recipe, parts } of counts) watch.passedBefore(recipe, parts);
    }
    this.book.countTo(wish.station, wish.to);
  }

  // ------------------------------------------------------------ the config

  /** These from now on; those that are the same go on. */
  private configure(): void {
    const { config, clock } = this.options;
    const { materials } = config();
    if (materials === this.config) return;
    this.config = materials;
    this.configuredAt = clock.elapsed();
    this.openTime.forget();
    for (const name of [...this.followed.keys()]) this.retire(name, materials[name]);
    for (const [name, one] of Object.entries(materials))
      if (!isDeepStrictEqual(this.followed.get(name)?.watch.config, one)) this.follow(name, one);
    const byStation = new Map<string, MaterialWatch[]>();
    for (const { watch } of this.followed.values()) {
      const { station } = watch.config;
      byStation.set(station, [...(byStation.get(station) ?? []), watch]);
    }
    this.byStation = byStation;
    if (this.ready) for (const station of byStation.keys()) this.book.countTo(station, this.options.last(station));
    this.book.keepOnly(new Set(Object.keys(materials)), new Set(byStation.keys()));
    this.dirty = true;
  }

  /** It is another one from now on, or none. */
  private retire(name: string, next: MaterialWatch['config'] | undefined): void {
    const followed = this.followed.get(name);
    if (!followed || isDeepStrictEqual(next, followed.watch.config)) return;
    const { station } = followed.watch.config;
    followed.leave();
    if (next?.station !== station) this.options.tell(station, name, null);
    if (next !== undefined) return;
    this.followed.delete(name);
    delete this.learned[name];
  }

  private follow(name: string, config: Config['materials'][string]): void {
    const before = this.followed.get(name);
    const kept = Object.hasOwn(this.learned, name) ? this.learned[name] : undefined;
    const watch = new MaterialWatch(name, config, this.book, kept);
    if (before) watch.goOnFrom(before.watch);
    this.followed.set(name, {
      watch,
      leave: this.listen(watch),
      foreseenAt: Number.NEGATIVE_INFINITY,
      unknownSince: null,
      time: before?.time ?? new WorkingTime(this.openTime),
      isNew: false,
      calling: before?.calling ?? null,
      saying: 0,
      isShort: before?.isShort ?? false,
      told: '',
      toldAt: Number.NEGATIVE_INFINITY,
    });
  }

  private listen(watch: MaterialWatch): () => void {
    const { tags } = this.options;
    const { counter, stock } = watch.config;
    const ends: (() => void)[] = [];
    const hear = (tag: string, heard: (sample: Parameters<MaterialWatch['hearLevel']>[0]) => void, lost: () => void) => {
      ends.push(tags.onSample(tag, heard), tags.onLost(tag, lost));
      if (tags.isAway(tag)) lost();
      else heard(tags.latest(tag));
    };
    const changed = () => {
      this.dirty = true;
    };
    if (counter)
      hear(
        counter.tag,
        (sample) => {
          watch.hearCounter(sample, this.options.clock.elapsed());
          changed();
        },
        () => watch.loseCounter(),
      );
    if (stock)
      hear(
        stock.tag,
        (sample) => {
          watch.hearLevel(sample);
          changed();
        },
        () => watch.loseLevel(),
      );
    return () => {
      for (const end of ends) end();
    };
  }

  // ------------------------------------------------------------ every two seconds

  private look(): void {
    if (this.over.signal.aborted) return;
    if (!this.ready) {
      this.tellFaults(this.options.clock.elapsed());
      // Also where materials are switched on while the agent runs.
      if (this.isOn)
        this.opening ??= this.open().catch((thrown: unknown) => {
          this.unstored = asLinesideError(thrown);
          this.opening = null;
        });
      else if (!this.isForgotten && this.opening === null) this.forgetAll();
      return;
    }
    this.configure();
    const { clock } = this.options;
    const now = clock.elapsed();
    const gap = this.lookedAt === null ? 0 : now - this.lookedAt;
    this.lookedAt = now;
    this.learn(now, gap);
    for (const followed of this.followed.values()) {
      this.cameByLevel(followed);
      this.callIfTime(followed);
      this.watchShort(followed);
      this.tellOne(followed, false);
    }
    this.tellFaults(now);
    if (this.dirty && now - this.keptAt >= KEEP) this.keep();
    if (now - this.learnedAt >= KEEP_LEARNED) this.keepLearned(now);
  }

  private learn(now: number, gap: Milliseconds): void {
    const own = this.options.own();
    for (const followed of this.followed.values()) {
      const { watch, time } = followed;
      watch.weigh(own);
      watch.takeReset(now);
      if (gap > LONGEST_LOOK) watch.skip();
      const passed = Math.min(LONGEST_LOOK, gap);
      followed.isNew = watch.settle((used) => time.in(passed, used, now)) || followed.isNew;
    }
    for (const followed of turnsOf(this.followed.values(), now, ({ isNew }) => isNew)) this.foresee(followed);
  }

  private foresee(followed: Followed): void {
    const now = this.options.clock.elapsed();
    followed.foreseenAt = now;
    followed.isNew = false;
    followed.watch.foresee({ now: this.options.now(), open: followed.time.ahead(now), plan: planNow(this.options) });
  }

  // ------------------------------------------------------------ calls

  private callIfTime(followed: Followed): void {
    const { watch } = followed;
    const { stock } = watch;
    if (followed.calling !== null || !('value' in stock) || this.callsLeft(watch) <= 0 || !this.isLow(watch)) return;
    const id = this.options.newId();
    followed.calling = id;
    void this.call(followed, id, stock.value)
      .catch((thrown: unknown) =>
        this.options.log.warn({ material: watch.name, why: messageOf(thrown) }, 'a call of material was not kept'),
      )
      .finally(() => this.called(watch.name, followed, id));
  }

  /** It is on the disk, or will never be. */
  private called(name: string, followed: Followed, id: string): void {
    for (const one of [followed, this.followed.get(name)]) if (one?.calling === id) one.calling = null;
  }

  private callsLeft({ config, name }: MaterialWatch): number {
    return config.calls - this.book.of(name).calls.length;
  }

  /** With what is on its way; before enough is known of its use, when the last container is begun (two-bin). */
  private isLow(watch: MaterialWatch): boolean {
    const { withCalls, reorderPoint } = watch;
    if (withCalls === null) return false;
    // Its use is known, and the forecast comes with the next looks: until then a whole container would be too early.
    if (reorderPoint === null && watch.isKnown) return false;
    // What nobody uses is not called, however little of it is there.
    return withCalls <= (reorderPoint ?? watch.config.container) && (reorderPoint !== 0 || watch.rate !== 0);
  }

  private async call(followed: Followed, id: string, stock: number): Promise<void> {
    const { own, rows, clock } = this.options;
    const { watch } = followed;
    const { name, config } = watch;
    const call: MaterialCall = { id, at: own(), quantity: config.container, expected: watch.lead, overdue: overdueAfter(config) };
    const decision: Decision = {
      id,
      station: config.station,
      at: clock.now(),
      inspection: null,
      action: 'call_material',
      reason: reasonOf(watch, stock, this.options.now()),
      rule: `material ${name}`,
      writes: [],
      latched: false,
    };
    this.book.call(name, call);
    try {
      await this.stored({ decisions: [decision], outbox: rows({ type: 'decision', decision }), state: this.memory() });
    } catch (thrown) {
      this.book.cancel(name, id);
      this.dirty = true;
      throw thrown;
    }
    this.called(name, followed, id);
    const now = this.followed.get(name);
    if (now) this.tellOne(now, true);
  }

  /** A rise that is worth two containers is two. */
  private cameByLevel({ watch }: Followed): void {
    const { name, config } = watch;
    let came = false;
    // When something came while nobody looked, nobody knows.
    const likely = watch.wasAway ? NONE_LIKELY : likelyLead(config);
    while (watch.cameByLevel) {
      this.book.deliver(name, { container: config.container, now: this.options.own(), likely });
      came = true;
    }
    if (!came) return;
    watch.learnLead();
    this.keep();
  }

  // ------------------------------------------------------------ kept

  private keep(): void {
    this.keptAt = this.options.clock.elapsed();
    this.dirty = !this.options.record({ state: this.memory() });
    if (!this.dirty) this.unstored = null;
  }

  private keepLearned(now: number): void {
    this.learnedAt = now;
    this.file.save().then(
      () => {},
      (thrown: unknown) => this.options.log.warn({ why: messageOf(thrown) }, 'what was learned of materials is not on the disk'),
    );
  }

  private usage(): Learned {
    return {
      usage: Object.fromEntries(
        [...this.followed].map(([name, { watch }]) => [name, { bucket: watch.history.bucket, counts: [...watch.history.state.counts] }]),
      ),
    };
  }

  // ------------------------------------------------------------ what is told

  private stateOf(followed: Followed): MaterialState {
    const { watch } = followed;
    const { name, config } = watch;
    const { stock } = watch;
    const [own, now] = [this.options.own(), this.options.now()];
    const calls = this.callsOf(followed).map(({ id, at, quantity, expected, overdue }) => {
      return { id, at: Math.round(at), quantity, expected: Math.round(at + expected), overdue: own - at > overdue };
    });
    const value = 'value' in stock ? stock.value : null;
    return {
      station: config.station,
      name,
      at: Math.round(now),
      unit: config.unit ?? null,
      stock: value,
      state: this.gravest(followed, value, calls),
      because: 'why' in stock ? stock.why : null,
      reorder_at: watch.reorderPoint === null ? null : tidy(watch.reorderPoint),
      by: watch.isKnown ? 'forecast' : 'container',
      source: watch.source,
      container: config.container,
      service: config.service,
      rate: watch.rate === null ? null : tidy(watch.rate),
      runs_out: value === null ? null : watch.runsOut,
      calls,
    };
  }

  /** On the disk: of one that may never come there nobody is told. */
  private callsOf({ watch, calling }: Followed): readonly MaterialCall[] {
    return this.book.of(watch.name).calls.filter(({ id }) => id !== calling);
  }

  private gravest(followed: Followed, stock: number | null, calls: MaterialState['calls']): MaterialState['state'] {
    if (stock === null) return 'unknown';
    if (stock <= 0 || followed.isShort) return 'short';
    if (calls.some(({ overdue }) => overdue)) return 'overdue';
    return calls.length > 0 ? 'called' : 'ok';
  }

  /** More would have to be called than may be: until stock is clear of the point again. */
  private watchShort(followed: Followed): void {
    const { watch } = followed;
    const { withCalls, reorderPoint, config } = watch;
    if (withCalls === null || this.callsLeft(watch) > 0) followed.isShort = false;
    else if (this.isLow(watch)) followed.isShort = true;
    else if (reorderPoint !== null && withCalls > reorderPoint + CLEAR * config.container) followed.isShort = false;
  }

  /** What somebody acts on at once; how much is there once a minute, and nothing where nothing has changed. */
  private tellOne(followed: Followed, now: boolean): void {
    const { watch } = followed;
    if (followed.saying > 0 && !now) return;
    const elapsed = this.options.clock.elapsed();
    const state = this.stateOf(followed);
    const { stock } = watch;
    const acts = JSON.stringify([state.state, state.by, state.because, state.calls.map(({ id, overdue }) => `${id} ${overdue}`)]);
    const key = `${acts} ${state.stock ?? ''}`;
    if (key === followed.told && !now) return;
    if (!now && followed.told.startsWith(acts) && elapsed - followed.toldAt < TELL) return;
    if ('why' in stock && elapsed - this.configuredAt < PATIENCE) return;
    followed.told = key;
    followed.toldAt = elapsed;
    this.options.tell(watch.config.station, watch.name, state);
  }

  private tellFaults(now: number): void {
    const found: Standing[] = [];
    if (this.unstored) found.push({ fault: this.unstored, subject: 'material' });
    for (const followed of this.followed.values()) found.push(...this.faultsOf(followed, now));
    const key = JSON.stringify(found.map(({ fault, subject }) => [fault.message, subject]));
    if (key === this.faults) return;
    this.faults = key;
    this.options.onFaults(found);
  }

  private faultsOf(followed: Followed, now: number): readonly Standing[] {
    const { watch } = followed;
    const { station } = watch.config;
    const { state, because, calls } = this.stateOf(followed);
    const subject = `${station}/${watch.name}`;
    const about = { material: watch.name, station };
    followed.unknownSince = state === 'unknown' ? (followed.unknownSince ?? now) : null;
    const faults: LinesideError[] = [];
    if (followed.unknownSince !== null && now - followed.unknownSince >= PATIENCE)
      faults.push(new LinesideError('MATERIAL_UNKNOWN', { ...about, why: because ?? '' }));
    if (state === 'short') faults.push(new LinesideError('MATERIAL_SHORT', { ...about, why: whyShort(watch) }));
    const late = calls.filter(({ overdue }) => overdue);
    if (late.length > 0)
      faults.push(new LinesideError('MATERIAL_OVERDUE', { ...about, count: late.length, lead: inWords(overdueAfter(watch.config)) }));
    return faults.map((fault) => ({ fault, subject }));
  }
}

const eventOf = (body: Readonly<Record<string, unknown>>): string | null => (typeof body['event'] === 'string' ? body['event'] : null);
const refused = (why: string) => new LinesideError('COMMAND_REFUSED', { verb: 'material', why });
/** A lead time beyond these was seen late, or booked before it came: it teaches nothing. */
const likelyLead = ({ lead_time: { mean, spread } }: MaterialWatch['config']) => ({ least: mean / 10, most: 10 * (mean + 3 * spread) });
const NONE_LIKELY = { least: Number.POSITIVE_INFINITY, most: 0 };
/** Enough digits to act by. */
const tidy = (value: number): number => Number(value.toPrecision(4));
const amount = (value: number, { unit }: MaterialWatch['config']): string => `${tidy(value)}${unit === undefined ? '' : ` ${unit}`}`;

function reasonOf(watch: MaterialWatch, stock: number, now: number): string {
  const { config, name, runsOut } = watch;
  const span = (at: number) => inWords(Math.max(0, at - now));
  const soonest = runsOut?.low == null ? '' : `, in ${span(runsOut.low)} at the soonest`;
  const until = runsOut?.middle == null ? '' : `, used up in ${span(runsOut.middle)}${soonest}`;
  const why = watch.reorderPoint === null ? 'the last container is begun' : `a delivery takes ${inWords(watch.lead)}`;
  return `${amount(stock, config)} of ${name} are left${until}; ${why}: ${amount(config.container, config)} are called`;
}

function whyShort(watch: MaterialWatch): string {
  const { stock } = watch;
  if ('value' in stock && stock.value <= 0) return 'by what is counted there is none left';
  return `${watch.config.calls} ${watch.config.calls === 1 ? 'call is' : 'calls are'} open, no more may be, and it may run out before they come`;
}
