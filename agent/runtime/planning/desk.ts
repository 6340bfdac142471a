/**
 * Planning at the line: takes orders, counts what is made of them, learns what the line does, and proposes in which order to go on. A person accepts or refuses, unless
 * the config says otherwise. Nothing of it touches a verdict: the search is a child with the least urgency, and parts are counted after they are recorded.
 */
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { Config, PlanningConfig } from '../../config/schema.ts';
import type {
  Decision,
  Inspection,
  JobOrder,
  LinePlan,
  Log,
  PlanAnswer,
  Records,
  Standing,
  StationState,
  TagWrite,
} from '../../contracts/index.ts';
import { readJobOrders } from '../../decisions/scheduling/line/job-orders.ts';
import { LineHistory } from '../../decisions/scheduling/line/learn.ts';
import type { Closed, LineFacts, Order } from '../../decisions/scheduling/line/orders.ts';
import { type Planned, planLine } from '../../decisions/scheduling/line/plan-line.ts';
import { readOrderValues } from '../../decisions/scheduling/line/read-orders.ts';
import { asLinesideError, LinesideError } from '../../errors.ts';
import { Turns } from '../../platform/turns.ts';
import { LAST } from '../../platform/yielding.ts';
import { type Clock, Days, every, inWords, Seconds } from '../../time.ts';
import { type BookState, type CountedPart, type OpenOrder, OrderBook } from './book.ts';
import { factsOf } from './facts.ts';
import { invalid } from './invalid.ts';
import { JobOrderWatch } from './job-orders.ts';
import { NextOrder } from './next-order.ts';
import { OrdersFile } from './orders-file.ts';
import { PLANNING_FILE, Shelf } from './shelf.ts';
import { emptyPlan, idOf, runningOf, toldPlan } from './told.ts';

export interface PlanningDeskOptions {
  readonly clock: Clock;
  /** 0..1 */
  readonly random: () => number;
  readonly log: Log;
  /** Of the store, absolute. */
  readonly folder: string;
  /** Folder that relative paths of the config mean. */
  readonly base: string;
  /** As it runs. */
  readonly config: () => Config;
  readonly records: Pick<Records, 'made'>;
  readonly state: (station: string) => StationState | undefined;
  /** When the line does not work, in this stretch of time; a port for a calendar. */
  readonly closed: (from: number, to: number) => readonly Closed[];
  readonly newId: () => string;
  readonly tell: (plan: LinePlan) => void;
  /** Is put on record and published. */
  readonly decided: (decision: Decision) => void;
  readonly write: (writes: readonly TagWrite[]) => Promise<readonly (LinesideError | null)[]>;
  /** Everything that is wrong with planning now. */
  readonly onFaults: (faults: readonly Standing[]) => void;
}

/** Files, holds and counts are looked at this often. */
const LOOK = Seconds(2);
/** Parts that are read of the journal to learn from, the newest, and at a time. */
const MOST_LEARNED = 100_000;
const PAGE = 5000;
/** Parts that are made while the journal is read. */
const MOST_WAITING = 10_000;
/** How far the calendar is asked; behind it the line is taken to work always. */
const HORIZON = Days(28);
/** Counts of parts are written down this often; the journal has them all the same. */
const SAVE_COUNTS = Seconds(10);
/** A file that is not read after so long lies on a share that hangs. */
const HANGS = Seconds(20);
/** Pauses in which the journal may come up, and how many of them. */
const AGAIN = Seconds(5);
const MOST_TRIES = 10;
/** Parts of the journal that are counted between two breaths. */
const BREATH = 1000;
/** Changes of the orders that wait for one another. */
const MOST_CHANGES = 50;
/** Memory that is left to the line. */
const SPARE = 256e6;

export class PlanningDesk {
  private readonly options: PlanningDeskOptions;
  private readonly shelf: Shelf;
  private readonly file: OrdersFile;
  private readonly jobs: JobOrderWatch;
  private readonly next: NextOrder;
  /** What changes the orders and is kept or undone: one after the other, so that what is undone is one's own. */
  private readonly changes = new Turns(MOST_CHANGES);
  private book = new OrderBook();
  private history = new LineHistory();
  private plan: { readonly told: LinePlan; readonly ids: readonly string[] } | null = null;
  private readonly faults = new Map<string, LinesideError>();
  private readonly over = new AbortController();
  private stops: (() => void)[] = [];
  /** Not before the journal was read; parts that came meanwhile. */
  private ready = false;
  private opened: Promise<void> | null = null;
  private waiting: CountedPart[] = [];
  private turn: Promise<unknown> = Promise.resolve();
  private dirty = true;
  private planning = false;
  private plannedAt = Number.NEGATIVE_INFINITY;
  /** Something is not on the disk; counts were not told. */
  private countsDirty = false;
  private untold = false;
  private savedAt = 0;
  private looking = false;
  /** The list of job orders that was taken last. */
  private jobList = '';
  /** Monotonic time at which the file began to be read that has not been read yet. */
  private readingSince: number | null = null;
  private held: string | null = null;

  constructor(options: PlanningDeskOptions) {
    this.options = options;
    this.shelf = new Shelf(join(options.folder, PLANNING_FILE), () => this.book.snapshot);
    this.file = new OrdersFile(options.base);
    const { clock, newId, config, decided, write } = options;
    this.jobs = new JobOrderWatch({
      clock: options.clock,
      random: options.random,
      log: options.log,
      folder: options.folder,
      config: options.config,
      take: (jobs, server) => void this.takeJobs(jobs, server),
      // What was known stays: orders are made on while nobody can be asked.
      onFault: (fault, server) => this.fault('session', fault && unread(fault, server)),
    });
    this.next = new NextOrder({ clock, newId, config, decided, write, onFault: (fault) => this.fault('write', fault) });
  }

  /** Reads what was kept, and what the line has done; then plans. Never in the way of the line: what is wrong is an alarm. */
  start(): void {
    this.stops.push(every(this.options.clock, LOOK, () => this.look()));
    this.look();
  }

  async stop(): Promise<void> {
    this.over.abort();
    for (const stop of this.stops.splice(0)) stop();
    await this.jobs.stop();
    await this.turn.catch(() => {});
    if (this.countsDirty && this.ready) await this.shelf.save().catch(() => {});
    await this.shelf.stop();
  }

  private get config(): PlanningConfig | undefined {
    return this.options.config().planning;
  }

  /** A part has its verdict and is on its way to the journal. */
  note({ station, sequence, at, recipe, verdict, outcome }: Inspection): void {
    if (this.config?.station !== station || (outcome !== 'judged' && outcome !== 'failed')) return;
    const part = { at, recipe, good: verdict === 'ok', sequence };
    if (this.ready) this.made(part);
    else if (this.waiting.length < MOST_WAITING) this.waiting.push(part);
  }

  get isOn(): boolean {
    return this.config !== undefined;
  }

  /** What is told now; null while there is nothing to plan. */
  get now(): LinePlan | null {
    return this.plan === null || isNothing(this.plan.told) ? null : this.plan.told;
  }

  // ------------------------------------------------------------ what people and systems say

  /** Orders by a command. Rejects with COMMAND_REFUSED, ORDERS_INVALID, STORE_FAILED or WEB_BUSY; then nothing of them is taken. */
  async order(body: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, unknown>>> {
    await this.opens('orders');
    const list = Array.isArray(body['orders']) ? body['orders'] : [];
    const read = readOrderValues(list, this.recipes());
    if ('faults' in read) throw invalid('the command', read.faults, read.more);
    const removed = Array.isArray(body['remove']) ? body['remove'].map(String) : [];
    return this.changes.take(async () => {
      const before = this.book.snapshot;
      const why = this.book.take(read.orders, { from: 'command', isAll: body['replace'] === true, now: this.options.clock.now() });
      if (why !== null) throw new LinesideError('COMMAND_REFUSED', { verb: 'orders', why });
      this.book.drop(removed, this.options.clock.now());
      await this.kept(before);
      return { taken: read.orders.length, open: this.book.orders.length };
    });
  }

  /** Rejects with COMMAND_REFUSED, STORE_FAILED or WEB_BUSY. Who says it is in the audit log, and in nothing that leaves this box. */
  async answer(body: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, unknown>>> {
    await this.opens('plan');
    const accepted = body['do'] === 'accept';
    const plan = await this.changes.take(async () => {
      const { plan } = this;
      const refuse = (why: string) => new LinesideError('COMMAND_REFUSED', { verb: 'plan', why });
      if (plan?.told.state !== 'proposed') throw refuse('nothing is proposed now');
      const { id } = plan.told;
      if (body['plan'] !== undefined && body['plan'] !== id) throw refuse('another plan is proposed by now; look at it first');
      const before = this.book.snapshot;
      if (accepted) this.book.agree(plan.ids);
      else this.book.refuse(id);
      await this.kept(before);
      this.answered(id, accepted);
      return plan.told;
    });
    if (accepted) await this.announce(reasonOf(plan, 'a person'));
    const answer: PlanAnswer = { id: plan.id, accepted };
    return { ...answer };
  }

  /** Told at once, unless another plan was made meanwhile. */
  private answered(id: string, accepted: boolean): void {
    if (this.plan?.told.id !== id || this.plan.told.state !== 'proposed') return;
    const told: LinePlan = { ...this.plan.told, state: accepted ? 'agreed' : 'refused' };
    this.plan = { ...this.plan, told };
    if (accepted) this.options.tell(told);
  }

  /** Resolves when the orders of before are there. */
  private async opens(verb: string): Promise<void> {
    if (!this.config)
      throw new LinesideError('COMMAND_REFUSED', { verb, why: 'planning is not switched on: the config has no `planning`' });
    await this.opening();
    if (!this.ready) throw this.faults.get('kept') ?? new LinesideError('STOPPING');
  }

  /** Where it came to nothing it is begun anew by whoever asks next. Never rejects. */
  private opening(): Promise<void> {
    this.opened ??= this.open()
      .catch((thrown: unknown) => this.fault('kept', asLinesideError(thrown)))
      .finally(() => {
        if (!this.ready) this.opened = null;
      });
    return this.opened;
  }

  /** Durable, or as before. */
  private async kept(before: BookState): Promise<void> {
    this.dirty = true;
    try {
      await this.shelf.save();
      this.fault('kept', null);
    } catch (thrown) {
      this.book.undo(before);
      // Whatever is on the disk now, it is to be this.
      this.countsDirty = true;
      throw thrown;
    }
    void this.replan();
  }

  /** What nobody waits for: tried again until it is on the disk. Never rejects. */
  private async save(): Promise<void> {
    this.countsDirty = false;
    this.savedAt = this.options.clock.elapsed();
    try {
      await this.shelf.save();
      this.fault('kept', null);
    } catch (thrown) {
      this.countsDirty = true;
      this.fault('kept', asLinesideError(thrown));
    }
  }

  // ------------------------------------------------------------ what the line does

  private async open(): Promise<void> {
    try {
      this.book = new OrderBook(await this.shelf.open());
      this.fault('kept', null);
    } catch (thrown) {
      // What cannot be read is not written over: nothing is planned until somebody has looked.
      this.fault('kept', asLinesideError(thrown));
      return;
    }
    const parts = await this.journal();
    await this.replay(parts);
    if (this.over.signal.aborted) return;
    this.ready = true;
    const newest = parts.at(-1)?.sequence ?? 0;
    for (const part of this.waiting.splice(0)) if ((part.sequence ?? 0) > newest) this.made(part);
    this.look();
  }

  /** What is not counted yet is; the rest is learned of. Each part takes next to nothing, and all of them together would keep a verdict waiting. */
  private async replay(parts: readonly CountedPart[]): Promise<void> {
    const station = this.config?.station ?? '';
    for (const [n, part] of parts.entries()) {
      if (n % BREATH === BREATH - 1) await setImmediate();
      if (this.over.signal.aborted) return;
      if (this.book.isUncounted(part, station)) this.made(part);
      else this.history.note(part);
    }
  }

  /** What was learned of the journal; after some tries nothing, and the line goes on without. */
  private async journal(): Promise<readonly CountedPart[]> {
    const { log, clock } = this.options;
    const { signal } = this.over;
    for (let tries = 1; !signal.aborted; tries++) {
      try {
        const parts = await this.learned();
        this.fault('journal', null);
        return parts;
      } catch (thrown) {
        const fault = asLinesideError(thrown);
        this.fault('journal', tries < MOST_TRIES ? fault : null);
        if (tries === MOST_TRIES) {
          log.warn({ why: fault.sentence }, 'nothing was learned of the journal; parts of before the start are not counted');
          return [];
        }
        await clock.sleep(AGAIN, signal).catch(() => {});
      }
    }
    return [];
  }

  /** The newest parts of the station, in the order in which they were made. */
  private async learned(): Promise<readonly CountedPart[]> {
    const { records, clock } = this.options;
    const parts: CountedPart[] = [];
    // Also those of a clock that was ahead.
    let before: number = Number.MAX_SAFE_INTEGER;
    const oldest = clock.now() - (this.config?.learn ?? 0);
    while (parts.length < MOST_LEARNED && !this.over.signal.aborted) {
      const page = await records.made({ station: this.config?.station ?? '', from: oldest, before, limit: PAGE });
      for (const { at, sequence, recipe, verdict } of page) parts.push({ at, sequence, recipe, good: verdict === 'ok' });
      if (page.length < PAGE) break;
      before = page.at(-1)?.at ?? 0;
    }
    return parts.sort((a, b) => (a.sequence ?? 0) - (b.sequence ?? 0));
  }

  private made(part: CountedPart): void {
    this.history.note(part);
    const { order, began, done } = this.book.count(part, this.config?.station);
    // Also of what nobody ordered: what was looked at is not looked at again.
    this.countsDirty = true;
    if (order === null) return;
    this.untold = true;
    if (!began && !done) return;
    this.dirty = true;
    // While the journal is read nothing is told of the way there.
    if (!this.ready) return;
    this.tellCounts();
    void this.save();
    if (done) void this.announce(`order ${order} is made`);
  }

  /** Every two seconds: is there anything new. */
  private look(): void {
    const { config } = this;
    if (this.over.signal.aborted) return;
    if (!config) return this.clear();
    // Also where planning is switched on while the agent runs.
    void this.opening();
    if (!this.ready || this.looking) return;
    this.looking = true;
    void this.lookWith(config)
      .catch((thrown: unknown) => this.fault('plan', asLinesideError(thrown)))
      .finally(() => {
        this.looking = false;
      });
  }

  private async lookWith(config: PlanningConfig): Promise<void> {
    const { clock, state } = this.options;
    const { held = null } = state(config.station) ?? {};
    if (held !== this.held) {
      this.held = held;
      this.dirty = true;
      this.book.forgetRefusals();
    }
    if (this.countsDirty && clock.elapsed() - this.savedAt >= SAVE_COUNTS) this.saveCounts();
    await this.takeBackStray(config);
    this.readFile(config);
    this.lookAtJobs(config);
    await this.next.again(this.book);
    if (this.dirty || clock.elapsed() - this.plannedAt >= config.every) void this.replan();
  }

  /** What is made is told at once: the search that makes the next plan may have to wait for a processor. */
  private tellCounts(): void {
    if (!this.plan) return;
    this.untold = false;
    const { told } = this.plan;
    const at = Math.round(this.options.clock.now());
    this.plan = { ...this.plan, told: { ...told, at, running: runningOf(this.running()), orders: this.book.orders.length } };
    this.options.tell(this.plan.told);
  }

  private saveCounts(): void {
    if (this.untold) this.tellCounts();
    void this.save();
  }

  /** Beside everything else, and never twice at once: each read of a share that hangs holds one of the few threads that files are read with. */
  private readFile(config: PlanningConfig): void {
    const { clock } = this.options;
    const { file } = config.orders ?? {};
    if (file === undefined) this.forgetFile();
    else if (this.readingSince === null) {
      this.readingSince = clock.elapsed();
      void this.lookAtFile(file)
        .catch((thrown: unknown) => this.fault('file', asLinesideError(thrown)))
        .finally(() => {
          this.readingSince = null;
          this.fault('share', null);
        });
    } else if (clock.elapsed() - this.readingSince >= HANGS)
      this.fault('share', new LinesideError('ORDERS_INVALID', { file, why: 'what it lies on does not answer' }));
  }

  private async lookAtFile(file: string): Promise<void> {
    const read = await this.file.look(file, this.recipes());
    if (read === null || this.over.signal.aborted || this.config?.orders?.file !== file) return;
    if ('fault' in read) return this.fault('file', read.fault);
    const isTaken = await this.takeAll(read.orders, 'file', file).catch((thrown: unknown) => {
      this.file.forget();
      throw thrown;
    });
    if (!isTaken) this.file.forget();
  }

  /** All orders of one origin, in place of those that it brought before. False: others stand in the way, and may be gone when it is tried again. */
  private takeAll(orders: readonly Order[], from: Listed, file: string): Promise<boolean> {
    return this.changes.take(async () => {
      const why = this.book.take(orders, { from, isAll: true, now: this.options.clock.now() });
      this.fault(from, why === null ? null : new LinesideError('ORDERS_INVALID', { file, why }));
      if (why !== null) return false;
      this.dirty = true;
      await this.save();
      return true;
    });
  }

  /** The config names their list no more: nobody would ever take them back. The running one is made to its end. */
  private async takeBackStray({ orders }: PlanningConfig): Promise<void> {
    const { book } = this;
    const isStray = (from: Listed) =>
      orders?.[from] === undefined && book.orders.some((one) => one.from === from && one.id !== book.running);
    for (const from of LISTED) if (isStray(from)) await this.takeAll([], from, 'planning');
  }

  private lookAtJobs({ orders }: PlanningConfig): void {
    this.jobs.look();
    if (orders?.opcua !== undefined) return;
    this.jobList = '';
    for (const about of ['opcua', 'session']) this.fault(about, null);
  }

  /** The list as a server has it, each time it was read. Never rejects. */
  private async takeJobs(jobs: readonly JobOrder[], server: string): Promise<void> {
    const { config } = this;
    if (!config || !this.ready || this.over.signal.aborted) return;
    const recipes = this.recipes();
    const named = this.options.config().stations[config.station]?.recipe?.values ?? {};
    const list = JSON.stringify([jobs, recipes, named]);
    if (list === this.jobList) return;
    this.jobList = list;
    const file = `the job orders of ${server}`;
    const read = readJobOrders(jobs, { recipes, named });
    if ('faults' in read) return this.fault('opcua', invalid(file, read.faults, read.more));
    const isTaken = await this.takeAll(read.orders, 'opcua', file).catch((thrown: unknown) => {
      this.fault('opcua', asLinesideError(thrown));
      return false;
    });
    // Taken anew when it is read again.
    if (!isTaken) this.jobList = '';
  }

  private forgetFile(): void {
    this.file.forget();
    this.fault('file', null);
  }

  // ------------------------------------------------------------ planning

  private recipes(): readonly string[] {
    return Object.keys(this.facts().recipes);
  }

  private facts(): LineFacts {
    const { config } = this;
    const configured = factsOf(config?.facts ?? { recipes: {}, setup: { default: 0, spread: 0, from: {}, material: 0 } });
    return this.history.facts(configured);
  }

  private replan(): Promise<void> {
    if (this.planning || this.over.signal.aborted) return Promise.resolve();
    this.planning = true;
    this.dirty = false;
    const done = this.planOnce()
      .catch((thrown: unknown) => this.fault('plan', asLinesideError(thrown)))
      .finally(() => {
        this.planning = false;
        this.plannedAt = this.options.clock.elapsed();
      });
    this.turn = done;
    return done;
  }

  private async planOnce(): Promise<void> {
    const { config } = this;
    const { clock, random } = this.options;
    if (!config) return;
    const facts = this.factsNow(config);
    const all = this.book.wanted();
    const orders = all.filter(({ recipe }) => Object.hasOwn(facts.recipes, recipe));
    const unplanned = all.filter((order) => !orders.includes(order)).map(({ id }) => id);
    this.fault('unplanned', unplanned.length === 0 ? null : unknownRecipes(unplanned));
    if (orders.length === 0) return this.tellNothing(all.length, unplanned);
    const { search } = config;
    const wish = {
      orders,
      facts,
      now: clock.now(),
      present: this.book.agreed,
      leastGain: config.least_gain,
      lost: config.lost,
      samples: search.samples,
    };
    const budget = {
      clock,
      time: search.time,
      memory: search.memory,
      niceness: LAST,
      seed: random(),
      spare: SPARE,
      signal: this.over.signal,
    };
    const planned = await planLine(wish, budget);
    if (this.over.signal.aborted) return;
    // What was ordered or taken back meanwhile is planned with next.
    if (this.dirty) return;
    this.fault('plan', planned.because === null ? null : new LinesideError('PLANNED_BY_RULES', { why: planned.because }));
    await this.propose(planned, { orders: all.length, unplanned }, config);
  }

  /** Of now: what it is set up for, and when it does not work. */
  private factsNow(config: PlanningConfig): LineFacts {
    const { clock, closed } = this.options;
    const facts = this.facts();
    const now = clock.now();
    const running = this.running();
    const recipe = this.history.recipe;
    const hold = this.held === null ? [] : [{ from: now, to: now + config.hold, why: this.held }];
    return {
      ...facts,
      closed: [...closed(now, now + HORIZON), ...hold],
      standing: recipe === null ? null : { recipe, material: running?.recipe === recipe ? running.material : null },
    };
  }

  private running(): OpenOrder | null {
    return this.book.orders.find(({ id }) => id === this.book.running) ?? null;
  }

  private async propose(
    planned: Planned,
    about: { readonly orders: number; readonly unplanned: readonly string[] },
    config: PlanningConfig,
  ): Promise<void> {
    const ids = planned.plan.slots.map(({ order }) => order.id);
    const isMoved = planned.moves.length > 0;
    const state = !isMoved ? 'agreed' : this.book.wasRefused(idOf(ids)) ? 'refused' : config.accept === 'auto' ? 'agreed' : 'proposed';
    const told = toldPlan({ state, planned, running: this.running(), ...about });
    this.plan = { told, ids };
    this.options.tell(told);
    if (state === 'agreed') {
      if (isMoved) {
        this.book.agree(ids);
        await this.save();
      }
      await this.announce(isMoved ? reasonOf(told, 'the config') : 'as agreed');
      // What the PLC was told has begun or is gone: it goes on as agreed, whatever is proposed.
    } else if (!this.next.stands(this.book)) await this.announce('as agreed');
  }

  /** The plan of before is over, with what was wrong with it. */
  private tellNothing(orders: number, unplanned: readonly string[]): void {
    this.fault('plan', null);
    const told = emptyPlan({ now: this.options.clock.now(), running: this.running(), orders, unplanned });
    const isTold = this.plan !== null && sameBut(this.plan.told, told);
    this.plan = { told, ids: [] };
    if (!isTold) this.options.tell(told);
  }

  /** Never rejects. */
  private async announce(why: string): Promise<void> {
    try {
      if (await this.next.announce(this.book, why)) this.countsDirty = true;
    } catch (thrown) {
      this.fault('write', asLinesideError(thrown));
    }
  }

  // ------------------------------------------------------------ what is wrong

  private fault(about: string, fault: LinesideError | null): void {
    if (fault === null ? !this.faults.has(about) : this.faults.get(about)?.message === fault.message) return;
    if (fault === null) this.faults.delete(about);
    else this.faults.set(about, fault);
    this.options.onFaults([...this.faults.values()].map((one) => ({ fault: one, subject: 'planning' })));
  }

  /** The config plans nothing any more. */
  private clear(): void {
    if (this.plan !== null && !isNothing(this.plan.told))
      this.options.tell(emptyPlan({ now: this.options.clock.now(), running: null, orders: 0, unplanned: [] }));
    this.jobs.look();
    this.jobList = '';
    this.plan = null;
    this.dirty = true;
    this.file.forget();
    if (this.faults.size === 0) return;
    this.faults.clear();
    this.options.onFaults([]);
  }
}

/** Origins that give all of their orders at once. */
const LISTED = ['file', 'opcua'] as const;
type Listed = (typeof LISTED)[number];

const isNothing = ({ orders, sequence }: LinePlan): boolean => orders === 0 && sequence.length === 0;
/** But for the instant. */
const sameBut = (a: LinePlan, b: LinePlan): boolean => JSON.stringify({ ...a, at: 0 }) === JSON.stringify({ ...b, at: 0 });

/** The agent's own fault of the list has its words already. */
const unread = (fault: LinesideError, server: string): LinesideError =>
  fault.code === 'ORDERS_INVALID'
    ? fault
    : new LinesideError('ORDERS_INVALID', {
        file: `the job orders of ${server}`,
        why: `they cannot be read now, those of before stay (${fault.sentence.replace(/\.$/, '')})`,
      });

/** Orders that a sentence names. */
const NAMED = 5;
const unknownRecipes = (ids: readonly string[]) =>
  new LinesideError('ORDERS_INVALID', {
    file: 'planning',
    why: `nothing is known of the recipe of ${ids.slice(0, NAMED).join(', ')}${ids.length > NAMED ? ` and ${ids.length - NAMED} more` : ''}: say it under planning.facts.recipes`,
  });

function reasonOf({ plan, before, moves }: LinePlan, who: string): string {
  const gain = before.cost_ms - plan.cost_ms;
  const moved = moves.slice(0, 3).map(({ id, to, gain_ms }) => `${id} to place ${to} gains ${inWords(Math.max(0, gain_ms))}`);
  return `accepted by ${who}, gains ${inWords(Math.max(0, gain))}${moved.length > 0 ? ` (${moved.join(', ')})` : ''}`;
}
