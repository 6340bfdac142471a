/**
 * A schedule as the order in which each machine takes its operations (the disjunctive graph of Roy and Sussmann, 1964): operations are numbered job by
 * job, heads say how long is needed before each, tails how long after it. One object is one plan that is changed in place, since a search
 * changes it a hundred thousand times a second; arrays are made once.
 */
import type { Shop, Starts } from './shop.ts';

const NONE = -1;

/** What never changes about a shop, by number of operation; NONE (-1) where there is none. */
export class Numbered {
  readonly count: number;
  readonly machines: number;
  readonly duration: Int32Array;
  readonly machine: Int32Array;
  /** Before and after it in its job. */
  readonly before: Int32Array;
  readonly after: Int32Array;
  /** First operation of each job, and one more. */
  readonly first: Int32Array;

  constructor(shop: Shop) {
    const all = shop.flat();
    this.count = all.length;
    this.machines = all.reduce((most, { machine }) => Math.max(most, machine + 1), 0);
    this.duration = Int32Array.from(all, ({ duration }) => duration);
    this.machine = Int32Array.from(all, ({ machine }) => machine);
    this.before = new Int32Array(this.count).fill(NONE);
    this.after = new Int32Array(this.count).fill(NONE);
    this.first = new Int32Array(shop.length + 1);
    let at = 0;
    for (const [job, operations] of shop.entries()) {
      this.first[job] = at;
      for (let n = 1; n < operations.length; n++) {
        this.before[at + n] = at + n - 1;
        this.after[at + n - 1] = at + n;
      }
      at += operations.length;
    }
    this.first[shop.length] = at;
  }
}

export class Plan {
  readonly of: Numbered;
  /** Operations of each machine, in the order in which it takes them. */
  readonly order: readonly Int32Array[];
  /** Place of each operation in the order of its machine. */
  readonly place: Int32Array;
  /** Time needed before each operation: its earliest start. */
  readonly head: Int32Array;
  /** Time needed after the end of each operation. */
  readonly tail: Int32Array;
  /** Operations so that each comes after those that it waits for. */
  readonly sequence: Int32Array;
  makespan = 0;
  private readonly waits: Int8Array;

  constructor(of: Numbered) {
    this.of = of;
    const counts = new Int32Array(of.machines);
    for (const machine of of.machine) counts[machine] = (counts[machine] ?? 0) + 1;
    this.order = Array.from(counts, (count) => new Int32Array(count));
    this.place = new Int32Array(of.count);
    this.head = new Int32Array(of.count);
    this.tail = new Int32Array(of.count);
    this.sequence = new Int32Array(of.count);
    this.waits = new Int8Array(of.count);
  }

  /** Operation before it at its machine. */
  earlier(operation: number): number {
    const place = this.place[operation] as number;
    return place === 0 ? NONE : ((this.order[this.of.machine[operation] as number] as Int32Array)[place - 1] as number);
  }

  later(operation: number): number {
    const order = this.order[this.of.machine[operation] as number] as Int32Array;
    const place = (this.place[operation] as number) + 1;
    return place === order.length ? NONE : (order[place] as number);
  }

  /** When it ends; 0 of none. */
  end(operation: number): number {
    return operation === NONE ? 0 : (this.head[operation] as number) + (this.of.duration[operation] as number);
  }

  /** Time from its start to the end of all; 0 of none. */
  rest(operation: number): number {
    return operation === NONE ? 0 : (this.tail[operation] as number) + (this.of.duration[operation] as number);
  }

  copyFrom(other: Plan): void {
    for (const [machine, order] of this.order.entries()) order.set(other.order[machine] as Int32Array);
    this.place.set(other.place);
    this.head.set(other.head);
    this.tail.set(other.tail);
    this.sequence.set(other.sequence);
    this.makespan = other.makespan;
  }

  /** Takes an operation out of its place at its machine and puts it into another. Heads and tails are of the order before until `time`. */
  move(operation: number, to: number): void {
    const order = this.order[this.of.machine[operation] as number] as Int32Array;
    const from = this.place[operation] as number;
    const step = from < to ? 1 : -1;
    for (let place = from; place !== to; place += step) {
      const other = order[place + step] as number;
      order[place] = other;
      this.place[other] = place;
    }
    order[to] = operation;
    this.place[operation] = to;
  }

  /** Heads, tails and makespan of the order as it is. False: it waits for itself, and nothing of them holds. */
  time(): boolean {
    return this.goForth() && this.goBack();
  }

  private goForth(): boolean {
    const { of, head, waits, sequence } = this;
    const { count, before, after, duration } = of;
    let [read, written] = [0, 0];
    for (let operation = 0; operation < count; operation++) {
      const open = Number(before[operation] !== NONE) + Number(this.place[operation] !== 0);
      waits[operation] = open;
      if (open === 0) sequence[written++] = operation;
    }
    let makespan = 0;
    while (read < written) {
      const operation = sequence[read++] as number;
      const [job, machine] = [before[operation] as number, this.earlier(operation)];
      const start = Math.max(this.end(job), this.end(machine));
      head[operation] = start;
      makespan = Math.max(makespan, start + (duration[operation] as number));
      const [next, behind] = [after[operation] as number, this.later(operation)];
      if (next !== NONE && --(waits[next] as number) === 0) sequence[written++] = next;
      if (behind !== NONE && --(waits[behind] as number) === 0) sequence[written++] = behind;
    }
    this.makespan = makespan;
    return written === count;
  }

  private goBack(): true {
    const { of, tail, sequence } = this;
    const { count, after } = of;
    for (let n = count - 1; n >= 0; n--) {
      const operation = sequence[n] as number;
      const [job, machine] = [after[operation] as number, this.later(operation)];
      tail[operation] = Math.max(this.rest(job), this.rest(machine));
    }
    return true;
  }

  starts(): Starts {
    const { first } = this.of;
    return Array.from({ length: first.length - 1 }, (_, job) => Array.from(this.head.subarray(first[job], first[job + 1])));
  }
}
