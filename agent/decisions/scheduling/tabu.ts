/**
 * Tabu search over the orders of machines: of the operations that decide when all is done, one is moved within its block to before the first or behind the
 * last, or the first or the last into it (neighbourhoods N6 of Balas and Vazacopoulos 1998 and N7 of Zhang and others 2007); what a move would come to
 * is estimated, and what was just undone may not come back for a while (Nowicki and Smutnicki 1996).
 */
import type { Plan } from './plan.ts';

const NONE = -1;
/** Iterations that something is forbidden for, at most. */
const LONGEST = 10_000;

/** Uniform in [0, 1). */
export type Random = () => number;

interface Move {
  operation: number;
  /** Place at its machine. */
  to: number;
  estimate: number;
}

export class TabuSearch {
  private readonly plan: Plan;
  private readonly best: Plan;
  private readonly random: Random;
  /** Iteration until which the first may not come before the second. */
  private readonly forbidden: Float64Array;
  private readonly newHead: Int32Array;
  private readonly path: Int32Array;
  private readonly chosen: Move = { operation: NONE, to: 0, estimate: 0 };
  private readonly other: Move = { operation: NONE, to: 0, estimate: 0 };
  private iteration = 0;
  private seen = 0;
  /** What follows whoever comes before the places that were looked at last. */
  private restBehind = 0;

  /** `plan` is searched from, `best` is where the best one found is put; both of the same shop. */
  constructor(plan: Plan, best: Plan, random: Random) {
    [this.plan, this.best, this.random] = [plan, best, random];
    const { count } = plan.of;
    // Iterations of a search that goes on for days are more than an Int32Array holds.
    this.forbidden = new Float64Array(count * count);
    this.newHead = new Int32Array(count);
    this.path = new Int32Array(count);
  }

  /**
   * From `plan` on, until so many iterations in a row found nothing better than the best of this run, `goal` is reached, or `ended` says so, which
   * is asked now and then. The best of this run stands in `best`.
   */
  run(patience: number, goal: number, ended: () => boolean): void {
    const { plan, best } = this;
    best.copyFrom(plan);
    // What was forbidden in an earlier run lies behind every iteration of this one.
    this.iteration += LONGEST;
    let idle = 0;
    while (idle < patience && best.makespan > goal) {
      if ((this.iteration & 255) === 0 && ended()) return;
      this.iteration += 1;
      if (!this.step()) return;
      if (plan.makespan < best.makespan) {
        best.copyFrom(plan);
        idle = 0;
      } else idle += 1;
    }
  }

  /** False: no move is left; then the plan is as short as can be. */
  private step(): boolean {
    if (!this.look()) return false;
    const { plan } = this;
    const { operation, to } = this.chosen;
    const from = plan.place[operation] as number;
    this.forbid(operation, to);
    plan.move(operation, to);
    if (plan.time()) return true;
    // With operations that take no time, or a job that comes back to a machine, a move may make the order wait for itself.
    this.forbid(operation, from);
    plan.move(operation, from);
    plan.time();
    return true;
  }

  /** The best move that is allowed, or any where none is. */
  private look(): boolean {
    const { plan, path, chosen, other } = this;
    chosen.operation = NONE;
    other.operation = NONE;
    this.seen = 0;
    const length = this.critical();
    let from = 0;
    while (from < length) {
      const machine = plan.of.machine[path[from] as number];
      let to = from;
      while (to + 1 < length && plan.of.machine[path[to + 1] as number] === machine) to += 1;
      if (to > from) this.inBlock(from, to);
      from = to + 1;
    }
    if (chosen.operation !== NONE) return true;
    if (other.operation === NONE) return false;
    Object.assign(chosen, other);
    return true;
  }

  /** One of the longest paths, ties by chance; its length in operations. */
  private critical(): number {
    const { path } = this;
    let length = 0;
    for (let operation = this.lastOfPath(); operation !== NONE; operation = this.pathBefore(operation)) path[length++] = operation;
    path.subarray(0, length).reverse();
    return length;
  }

  private lastOfPath(): number {
    const { plan } = this;
    let [last, ties] = [NONE, 0];
    for (let operation = 0; operation < plan.of.count; operation++) {
      if (plan.tail[operation] !== 0 || plan.end(operation) !== plan.makespan) continue;
      ties += 1;
      if (this.random() * ties < 1) last = operation;
    }
    return last;
  }

  /** What an operation waits for until the moment of its start, in its job or at its machine. */
  private pathBefore(operation: number): number {
    const { plan } = this;
    const [job, machine] = [plan.of.before[operation] as number, plan.earlier(operation)];
    const start = plan.head[operation] as number;
    const byJob = this.endsAt(job, start);
    const byMachine = this.endsAt(machine, start);
    if (byJob && byMachine) return this.random() < 0.5 ? job : machine;
    if (byJob) return job;
    return byMachine ? machine : NONE;
  }

  private endsAt(operation: number, moment: number): boolean {
    return operation !== NONE && this.plan.end(operation) === moment;
  }

  private inBlock(from: number, to: number): void {
    const { path } = this;
    for (let n = from; n < to; n++) this.tryBehind(path[n] as number, path[to] as number);
    for (let n = from + 1; n <= to; n++) this.tryBefore(path[n] as number, path[from] as number);
    // Those of two neighbours were looked at above.
    for (let n = from + 2; n < to; n++) this.tryBehind(path[from] as number, path[n] as number);
    for (let n = from + 1; n < to - 1; n++) this.tryBefore(path[to] as number, path[n] as number);
  }

  /** An operation right behind one that comes later at its machine. */
  private tryBehind(operation: number, last: number): void {
    const { plan, newHead } = this;
    const { before, after, duration, machine } = plan.of;
    const next = after[operation] as number;
    // Else the later one may wait for the job of this one: the order would wait for itself.
    if (next !== NONE && plan.rest(last) < plan.rest(next)) return;
    const order = plan.order[machine[operation] as number] as Int32Array;
    const [from, to] = [plan.place[operation] as number, plan.place[last] as number];
    const ready = this.pushHeads(order, from + 1, to, plan.end(plan.earlier(operation)));
    newHead[operation] = Math.max(ready, plan.end(before[operation] as number));
    const behind = Math.max(plan.rest(next), plan.rest(plan.later(last)));
    const own = (newHead[operation] as number) + (duration[operation] as number);
    this.consider(operation, to, this.longest(order, from + 1, to, own + behind, behind + (duration[operation] as number)));
  }

  /** An operation right before one that comes earlier at its machine. */
  private tryBefore(operation: number, first: number): void {
    const { plan } = this;
    const { before, after, duration, machine } = plan.of;
    const job = before[operation] as number;
    if (job !== NONE && plan.end(first) < plan.end(job)) return;
    const order = plan.order[machine[operation] as number] as Int32Array;
    const [from, to] = [plan.place[operation] as number, plan.place[first] as number];
    const own = Math.max(plan.end(job), plan.end(plan.earlier(first))) + (duration[operation] as number);
    this.pushHeads(order, to, from - 1, own);
    const others = this.longest(order, to, from - 1, 0, plan.rest(plan.later(operation)));
    this.consider(operation, to, Math.max(others, own + Math.max(this.restBehind, plan.rest(after[operation] as number))));
  }

  /** Heads of those at these places, one right after the other, where the first can begin at `ready`; when the last of them ends. */
  private pushHeads(order: Int32Array, from: number, to: number, ready: number): number {
    const { plan, newHead } = this;
    const { before, duration } = plan.of;
    let end = ready;
    for (let n = from; n <= to; n++) {
      const one = order[n] as number;
      const start = Math.max(end, plan.end(before[one] as number));
      newHead[one] = start;
      end = start + (duration[one] as number);
    }
    return end;
  }

  /** The longest way through those at these places with their new heads, or `least`, where so much `rest` follows the last; see restBehind. */
  private longest(order: Int32Array, from: number, to: number, least: number, rest: number): number {
    const { plan, newHead } = this;
    const { after, duration } = plan.of;
    let most = least;
    let behind = rest;
    for (let n = to; n >= from; n--) {
      const one = order[n] as number;
      const own = Math.max(behind, plan.rest(after[one] as number)) + (duration[one] as number);
      most = Math.max(most, (newHead[one] as number) + own);
      behind = own;
    }
    this.restBehind = behind;
    return most;
  }

  private consider(operation: number, to: number, estimate: number): void {
    const { chosen, other } = this;
    this.seen += 1;
    const isTabu = this.isForbidden(operation, to) && estimate >= this.best.makespan;
    if (isTabu) {
      // Where all are forbidden, any of them: the search must go somewhere.
      if (this.random() * this.seen < 1) [other.operation, other.to, other.estimate] = [operation, to, estimate];
      return;
    }
    if (chosen.operation !== NONE && (estimate > chosen.estimate || (estimate === chosen.estimate && this.random() < 0.5))) return;
    [chosen.operation, chosen.to, chosen.estimate] = [operation, to, estimate];
  }

  /** A move puts those between before the operation, or behind it. */
  private isForbidden(operation: number, to: number): boolean {
    const { plan, forbidden, iteration } = this;
    const order = plan.order[plan.of.machine[operation] as number] as Int32Array;
    const [from, count] = [plan.place[operation] as number, plan.of.count];
    if (from < to) {
      for (let n = from + 1; n <= to; n++) if ((forbidden[(order[n] as number) * count + operation] as number) > iteration) return true;
      return false;
    }
    for (let n = to; n < from; n++) if ((forbidden[operation * count + (order[n] as number)] as number) > iteration) return true;
    return false;
  }

  /** What is turned round now may not be turned back for a while. */
  private forbid(operation: number, to: number): void {
    const { plan, forbidden, iteration } = this;
    const order = plan.order[plan.of.machine[operation] as number] as Int32Array;
    const [from, count] = [plan.place[operation] as number, plan.of.count];
    const jobs = plan.of.first.length - 1;
    const least = Math.min(10 + jobs / plan.of.machines, LONGEST / 2);
    const until = iteration + Math.floor(least * (1 + 0.4 * this.random()));
    if (from < to) for (let n = from + 1; n <= to; n++) forbidden[operation * count + (order[n] as number)] = until;
    else for (let n = to; n < from; n++) forbidden[(order[n] as number) * count + operation] = until;
  }
}
