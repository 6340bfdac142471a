/**
 * Planning at the line: takes orders, counts what is made of them, learns what the line does, and proposes in which order to go on. A person accepts or refuses, unless
 * the config says otherwise. Nothing of it touches a verdict: the search is a child with the least urgency, and parts are counted after they are recorded.
 */
import { join } from 'node:path';
import type { Config, PlanningConfig } from '../../config/schema.ts';
import type { Decision, Inspection, LinePlan, Log, PlanAnswer, Records, Standing, StationState, TagWrite } from '../../contracts/index.ts';
import { LineHistory } from '../../decisions/scheduling/line/learn.ts';
import type { Closed, LineFacts } from '../../decisions/scheduling/line/orders.ts';
import { type Planned, planLine } from '../../decisions/scheduling/line/plan-line.ts';
import { readOrderValues } from '../../decisions/scheduling/line/read-orders.ts';
import { asLinesideError, LinesideError } from '../../errors.ts';
import { LAST } from '../../platform/yielding.ts';
import { type Clock, Days, every, inWords, Seconds } from '../../time.ts';
import { type BookState, type OpenOrder, OrderBook } from './book.ts';
import { factsOf } from './facts.ts';
import { invalid } from './invalid.ts';
import { OrdersFile } from './orders-file.ts';
import { PLANNING_FILE, Shelf } from './shelf.ts';
import { idOf, toldPlan } from './told.ts';

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
/** Memory that is left to the line. */
const SPARE = 256e6;

export class PlanningDesk {
  private readonly options: PlanningDeskOptions;
  private readonly shelf: Shelf;
  private readonly file: OrdersFile;
  private book = new OrderBook();
  private history = new LineHistory();
  private plan: { readonly told: LinePlan; readonly ids: readonly string[] } | null = null;
  private readonly faults = new Map<string, LinesideError>();
  private readonly over = new AbortController();
  private stops: (() => void)[] = [];
  /** Not before the journal was read; parts that came meanwhile. */
  private ready = false;
  private opened: Promise<void> | null = null;
  private waiting: Part[] = [];
  private turn: Promise<unknown> = Promise.resolve();
  private dirty = true;
  private planning = false;
  private plannedAt = Number.NEGATIVE_INFINITY;
  private countsDirty = false;
  private savedAt = 0;
  private held: string | null = null;

  constructor(options: PlanningDeskOptions) {
    this.options = options;
    this.shelf = new Shelf(join(options.folder, PLANNING_FILE), () => this.book.snapshot);
    this.file = new OrdersFile(options.base);
  }

  /** Reads what was kept, and what the line has done; then plans. Never in the way of the line: what is wrong is an alarm. */
  start(): void {
    this.stops.push(every(this.options.clock, LOOK, () => this.look()));
    this.look();
  }

  async stop(): Promise<void> {
    this.over.abort();
    for (const stop of this.stops.splice(0)) stop();
    await this.turn.catch(() => {});
    if (this.countsDirty && this.ready) await this.shelf.save().catch(() => {});
    await this.shelf.stop();
  }

  private get config(): PlanningConfig | undefined {
    return this.options.config().planning;
  }

  /** A part has its verdict and is on its way to the journal. */
  note({ station, at, recipe, verdict, outcome }: Inspection): void {
    if (this.config?.station !== station || (outcome !== 'judged' && outcome !== 'failed')) return;
    const part = { at, recipe, good: verdict === 'ok' };
    if (this.ready) this.made(part);
    else if (this.waiting.length < MOST_WAITING) this.waiting.push(part);
  }

  get isOn(): boolean {
    return this.config !== undefined;
  }

  /** What is told now; null before there was anything to plan. */
  get now(): LinePlan | null {
    return this.plan?.told ?? null;
  }

  // ------------------------------------------------------------ what people and systems say

  /** Orders by a command. Rejects with COMMAND_REFUSED, ORDERS_INVALID or STORE_FAILED; then nothing of them is taken. */
  async order(body: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, unknown>>> {
    await this.opens('orders');
    const list = Array.isArray(body['orders']) ? body['orders'] : [];
    const read = readOrderValues(list, this.recipes());
    if ('faults' in read) throw invalid('the command', read.faults, read.more);
    const removed = Array.isArray(body['remove']) ? body['remove'].map(String) : [];
    const before = this.book.snapshot;
    const why = this.book.take(read.orders, { from: 'command', isAll: body['replace'] === true, now: this.options.clock.now() });
    if (why !== null) throw new LinesideError('COMMAND_REFUSED', { verb: 'orders', why });
    this.book.drop(removed, this.options.clock.now());
    await this.kept(before);
    return { taken: read.orders.length, open: this.book.orders.length };
  }

  /** Rejects with COMMAND_REFUSED, or STORE_FAILED. */
  async answer(body: Readonly<Record<string, unknown>>, who: string | null): Promise<Readonly<Record<string, unknown>>> {
    await this.opens('plan');
    const { plan } = this;
    const refuse = (why: string) => new LinesideError('COMMAND_REFUSED', { verb: 'plan', why });
    if (plan?.told.state !== 'proposed') throw refuse('nothing is proposed now');
    if (body['plan'] !== undefined && body['plan'] !== plan.told.id) throw refuse('another plan is proposed by now; look at it first');
    const accepted = body['do'] === 'accept';
    const before = this.book.snapshot;
    if (accepted) this.book.agree(plan.ids);
    else this.book.refuse(plan.told.id);
    await this.kept(before);
    const told: LinePlan = { ...plan.told, state: accepted ? 'agreed' : 'refused' };
    this.plan = { ...plan, told };
    if (accepted) {
      this.options.tell(told);
      await this.announce(reasonOf(told, who ?? 'somebody'));
    }
    const answer: PlanAnswer = { id: plan.told.id, accepted };
    return { ...answer };
  }

  /** Resolves when the orders of before are there. */
  private async opens(verb: string): Promise<void> {
    if (!this.config)
      throw new LinesideError('COMMAND_REFUSED', { verb, why: 'planning is not switched on: the config has no `planning`' });
    this.opened ??= this.open();
    await this.opened;
    if (!this.ready) throw this.faults.get('kept') ?? new LinesideError('STOPPING');
  }

  /** Durable, or as before. */
  private async kept(before: BookState): Promise<void> {
    this.dirty = true;
    try {
      await this.shelf.save();
      this.fault('kept', null);
    } catch (thrown) {
      this.book = new OrderBook(before);
      throw thrown;
    }
    void this.replan();
  }

  // ------------------------------------------------------------ what the line does

  private async open(): Promise<void> {
    const { log } = this.options;
    try {
      this.book = new OrderBook(await this.shelf.open());
    } catch (thrown) {
      // What cannot be read is not written over: nothing is planned until somebody has looked.
      this.fault('kept', asLinesideError(thrown));
      return;
    }
    const parts = await this.learned().catch((thrown: unknown) => {
      log.warn({ why: asLinesideError(thrown).sentence }, 'nothing was learned of the journal');
      return [];
    });
    if (this.over.signal.aborted) return;
    this.ready = true;
    const { counted } = this.book;
    // Without a book there is nothing that parts of before could belong to.
    for (const part of parts) {
      if (counted > 0 && part.at > counted) this.made(part);
      else this.history.note(part);
    }
    for (const part of this.waiting.splice(0)) if (part.at > (parts.at(-1)?.at ?? 0)) this.made(part);
    this.look();
  }

  /** The newest parts of the station, the oldest of them first. */
  private async learned(): Promise<readonly Part[]> {
    const { records, clock } = this.options;
    const parts: Part[] = [];
    let before = clock.now();
    const oldest = before - (this.config?.learn ?? 0);
    while (parts.length < MOST_LEARNED && !this.over.signal.aborted) {
      const page = await records.made({ station: this.config?.station ?? '', from: oldest, before, limit: PAGE });
      for (const { at, recipe, verdict } of page) parts.push({ at, recipe, good: verdict === 'ok' });
      if (page.length < PAGE) break;
      before = page.at(-1)?.at ?? 0;
    }
    return parts.reverse();
  }

  private made(part: Part): void {
    this.history.note(part);
    const { order, began, done } = this.book.count(part);
    if (order === null) return;
    this.countsDirty = true;
    if (!began && !done) return;
    this.dirty = true;
    this.tellCounts();
    void this.shelf.save().catch((thrown: unknown) => this.fault('kept', asLinesideError(thrown)));
    if (done) void this.announce(`order ${order} is made`);
  }

  /** Every two seconds: is there anything new. */
  private look(): void {
    const { config } = this;
    if (this.over.signal.aborted) return;
    if (!config) return this.clear();
    // Also where planning is switched on while the agent runs.
    this.opened ??= this.open();
    if (this.ready) void this.lookWith(config);
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
    await this.lookAtFile(config);
    if (this.dirty || clock.elapsed() - this.plannedAt >= config.every) await this.replan();
  }

  /** What is made is told at once: the search that makes the next plan may have to wait for a processor. */
  private tellCounts(): void {
    if (!this.plan) return;
    const { id = '', recipe = '', quantity = 0, made = 0, scrap = 0 } = this.running() ?? {};
    const running = id === '' ? null : { id, recipe, quantity, made, scrap };
    this.plan = {
      ...this.plan,
      told: { ...this.plan.told, at: Math.round(this.options.clock.now()), running, orders: this.book.orders.length },
    };
    this.options.tell(this.plan.told);
  }

  private saveCounts(): void {
    this.tellCounts();
    this.countsDirty = false;
    this.savedAt = this.options.clock.elapsed();
    this.shelf.save().then(
      () => this.fault('kept', null),
      (thrown: unknown) => this.fault('kept', asLinesideError(thrown)),
    );
  }

  private async lookAtFile({ orders }: PlanningConfig): Promise<void> {
    if (orders === undefined) return this.fault('file', null);
    const read = await this.file.look(orders.file, this.recipes());
    if (read === null || this.over.signal.aborted) return;
    if ('fault' in read) return this.fault('file', read.fault);
    const why = this.book.take(read.orders, { from: 'file', isAll: true, now: this.options.clock.now() });
    if (why !== null) return this.fault('file', new LinesideError('ORDERS_INVALID', { file: orders.file, why }));
    this.fault('file', null);
    this.dirty = true;
    await this.shelf.save().catch((thrown: unknown) => this.fault('kept', asLinesideError(thrown)));
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
    if (orders.length === 0) return;
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
    if (state !== 'agreed') return;
    if (isMoved) {
      this.book.agree(ids);
      await this.shelf.save().catch((thrown: unknown) => this.fault('kept', asLinesideError(thrown)));
    }
    await this.announce(isMoved ? reasonOf(told, 'the config') : 'as agreed');
  }

  /** The order after the running one is another one than was said last. */
  private async announce(why: string): Promise<void> {
    const { config } = this;
    const { clock, newId, decided } = this.options;
    const id = this.book.agreed.find((one) => one !== this.book.running);
    const order = this.book.orders.find((one) => one.id === id);
    if (!config || !order || order.id === this.book.announced) return;
    this.book.announce(order.id);
    const writes = this.writesFor(order, config);
    const faults = writes.length === 0 ? [] : await this.options.write(writes);
    const failed = faults.find((fault) => fault !== null) ?? null;
    this.fault('write', failed);
    decided({
      id: newId(),
      station: config.station,
      at: clock.now(),
      inspection: null,
      action: 'next_order',
      reason: `next is order ${order.id} (${order.recipe}): ${why}`,
      rule: 'planning',
      writes: writes.map(({ tag, value }, n) => ({ tag, value, ...outcomeOf(faults[n] ?? null) })),
      latched: false,
    });
  }

  private writesFor({ id, recipe }: OpenOrder, { tell, station }: PlanningConfig): readonly TagWrite[] {
    const values = this.options.config().stations[station]?.recipe?.values ?? {};
    const value = Object.entries(values).find(([, name]) => name === recipe)?.[0] ?? recipe;
    return [
      ...(tell?.recipe === undefined ? [] : [{ tag: tell.recipe, value }]),
      // The order last: who waits for it finds the recipe there.
      ...(tell?.order === undefined ? [] : [{ tag: tell.order, value: id }]),
    ];
  }

  // ------------------------------------------------------------ what is wrong

  private fault(about: string, fault: LinesideError | null): void {
    if (fault === null ? !this.faults.has(about) : this.faults.get(about)?.message === fault.message) return;
    if (fault === null) this.faults.delete(about);
    else this.faults.set(about, fault);
    this.options.onFaults([...this.faults.values()].map((one) => ({ fault: one, subject: 'planning' })));
  }

  private clear(): void {
    if (this.faults.size === 0) return;
    this.faults.clear();
    this.options.onFaults([]);
  }
}

interface Part {
  readonly at: number;
  readonly recipe: string;
  readonly good: boolean;
}

const outcomeOf = (fault: LinesideError | null) =>
  fault === null ? { state: 'written' as const } : { state: 'failed' as const, fault: fault.sentence };

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
