/**
 * Orders of one line by number, as the search wants them: what each takes, what is between each two, and what a sequence of them costs.
 *
 * The cost of a sequence is, in ms, the sum of how late each order ends times its priority, and the working time that the line loses to set-ups and to
 * waiting for what is not released: an hour lost counts as `lost` hours late of an order of priority 1. (Total weighted tardiness with
 * sequence-dependent set-ups: Lee, Bhaskaran and Pinedo, 1997.) A plan that is ready sooner never costs more.
 */
import { type LineFacts, type Order, partsFor, setupBetween, type Tool, wantedOf } from './orders.ts';
import { WorkingTime } from './working-time.ts';

export type Sequence = readonly number[];

export class Line {
  readonly orders: readonly Order[];
  readonly facts: LineFacts;
  readonly now: number;
  readonly count: number;
  /** The first so many orders of every sequence: they have begun. */
  readonly begun: number;
  /** Parts that have to be made, and working time for them, on average, unplanned stops included; changes of tools are not. */
  readonly parts: Float64Array;
  readonly work: Float64Array;
  /** Working time of the set-up from the order before (row; the last row: from what stands there now) to the order (column). */
  readonly setup: Float64Array;
  /** Working time until it is released. */
  readonly released: Float64Array;
  /** Instants; infinite where there is none. */
  readonly due: Float64Array;
  readonly weight: Float64Array;
  readonly time: WorkingTime;
  /** What an hour lost counts. */
  readonly lost: number;
  private readonly tool: Tool | null;
  private readonly allWork: number;

  /** `orders` in the order in which they came. Each recipe is among the facts. */
  constructor(orders: readonly Order[], facts: LineFacts, now: number, lost = 1) {
    const begun = orders.filter(({ made }) => made !== null);
    this.orders = [...begun, ...orders.filter(({ made }) => made === null)];
    this.facts = facts;
    this.now = now;
    this.lost = lost;
    this.begun = begun.length;
    this.count = orders.length;
    this.time = new WorkingTime(now, facts.closed);
    this.tool = facts.tool;
    const { count } = this;
    this.parts = Float64Array.from(this.orders, (order) => partsFor(wantedOf(order), recipeOf(facts, order).scrap.mean));
    const stopped = facts.stops === null ? 1 : 1 + facts.stops.lasts.mean / facts.stops.between;
    this.work = Float64Array.from(this.orders, (order, n) => (this.parts[n] as number) * recipeOf(facts, order).cycle.mean * stopped);
    this.released = Float64Array.from(this.orders, ({ released }) => (released === null ? 0 : this.time.until(released)));
    this.due = Float64Array.from(this.orders, ({ due }) => due ?? Number.POSITIVE_INFINITY);
    this.weight = Float64Array.from(this.orders, ({ priority }) => priority);
    this.setup = new Float64Array((count + 1) * count);
    this.fillSetups();
    this.allWork =
      this.work.reduce((sum, work) => sum + work, 0) +
      this.changes(
        0,
        this.parts.reduce((sum, parts) => sum + parts, 0),
      );
  }

  /** Orders of one recipe and material are alike: what is between them is asked once. */
  private fillSetups(): void {
    const { count, orders, facts, setup } = this;
    const kinds = new Map<string, Order>();
    for (const order of orders) kinds.set(JSON.stringify([order.recipe, order.material]), order);
    const numbers = new Map([...kinds.keys()].map((name, n) => [name, n]));
    const kindOf = Int32Array.from(orders, ({ recipe, material }) => numbers.get(JSON.stringify([recipe, material])) ?? 0);
    const all = [...kinds.values()];
    // The last row: from what stands there now.
    const between = [...all, null].map((before) => Float64Array.from(all, (order) => setupBetween(facts, before, order).mean));
    for (let from = 0; from <= count; from++) {
      const row = between[from === count ? all.length : (kindOf[from] as number)] as Float64Array;
      for (let to = 0; to < count; to++) setup[from * count + to] = row[kindOf[to] as number] as number;
    }
  }

  /** In the order in which they came, what has begun first. */
  get firstInFirstOut(): Sequence {
    return this.orders.map((_, n) => n);
  }

  setupFrom(before: number, order: number): number {
    return this.setup[(before < 0 ? this.count : before) * this.count + order] as number;
  }

  /** Working time for changes of tools while `parts` are made after `done` others. */
  changes(done: number, parts: number): number {
    if (this.tool === null) return 0;
    const { left, life, change } = this.tool;
    const until = (made: number) => (made <= left ? 0 : Math.ceil((made - left) / life));
    return (until(done + parts) - until(done)) * change;
  }

  /** How late it counts when it ends after so much working time. */
  late(order: number, end: number): number {
    const due = this.due[order] as number;
    return due === Number.POSITIVE_INFINITY ? 0 : (this.weight[order] as number) * Math.max(0, this.time.endOf(end) - due);
  }

  /** Of a whole plan that is late so much and ends after so much working time. */
  costOf(late: number, end: number): number {
    return late + this.lost * Math.max(0, end - this.allWork);
  }

  /** Of a sequence of all orders. */
  cost(sequence: Sequence): number {
    const course = new Course(this);
    return course.cost(sequence);
  }
}

/** A sequence that is changed and asked again: what lies before the change is not worked out anew. */
export class Course {
  private readonly line: Line;
  private readonly ends: Float64Array;
  private readonly lates: Float64Array;
  private readonly made: Float64Array;

  constructor(line: Line) {
    this.line = line;
    this.ends = new Float64Array(line.count + 1);
    this.lates = new Float64Array(line.count + 1);
    this.made = new Float64Array(line.count + 1);
  }

  /** `from`: the first place that differs from the sequence that was kept last; infinite as soon as it costs `most`. */
  cost(sequence: Sequence | Int32Array, from = 0, most = Number.POSITIVE_INFINITY): number {
    const { line } = this;
    let [end, late, made] = [this.ends[from] as number, this.lates[from] as number, this.made[from] as number];
    let before = from === 0 ? -1 : (sequence[from - 1] as number);
    for (let place = from; place < line.count; place++) {
      const order = sequence[place] as number;
      end = this.endAfter(end, made, before, order);
      made += line.parts[order] as number;
      late += line.late(order, end);
      if (late >= most) return Number.POSITIVE_INFINITY;
      before = order;
    }
    return line.costOf(late, end);
  }

  /** The same, and what comes is a change of it. */
  keep(sequence: Sequence | Int32Array): number {
    const { line } = this;
    let before = -1;
    for (let place = 0; place < line.count; place++) {
      const order = sequence[place] as number;
      const end = this.endAfter(this.ends[place] as number, this.made[place] as number, before, order);
      this.ends[place + 1] = end;
      this.made[place + 1] = (this.made[place] as number) + (line.parts[order] as number);
      this.lates[place + 1] = (this.lates[place] as number) + line.late(order, end);
      before = order;
    }
    return line.costOf(this.lates[line.count] as number, this.ends[line.count] as number);
  }

  private endAfter(ready: number, made: number, before: number, order: number): number {
    const { line } = this;
    const from = Math.max(ready, line.released[order] as number);
    const parts = line.parts[order] as number;
    return from + line.setupFrom(before, order) + (line.work[order] as number) + line.changes(made, parts);
  }
}

const UNKNOWN = { cycle: { mean: 0, deviation: 0 }, scrap: { mean: 0, deviation: 0 } };
/** Whoever reads orders refuses recipes that nobody knows; here they would take no time. */
export const recipeOf = (facts: LineFacts, { recipe }: Order) => facts.recipes[recipe] ?? UNKNOWN;
