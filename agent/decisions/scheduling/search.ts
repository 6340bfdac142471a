/**
 * A search that goes on until its time is over: plans by dispatching rules, each improved by tabu search, then paths between two good ones, since what
 * lies between them is often better than both (TS/PR: Peng, Lü and Cheng, 2015).
 */
import { Numbered, Plan } from './plan.ts';
import type { Shop, Starts } from './shop.ts';
import { type Random, TabuSearch } from './tabu.ts';

const NONE = -1;

export interface Found {
  readonly makespan: number;
  readonly starts: Starts;
}

export interface SearchWish {
  readonly random: Random;
  /** Asked now and then. */
  readonly ended: () => boolean;
  /** No plan can be shorter: reached, the search ends. */
  readonly bound: number;
  /** Called with each plan that is shorter than all before. */
  readonly better: (found: Found) => void;
  /** Plans that are kept; more find more, later. */
  readonly keep?: number;
  /** Iterations without anything better, after which a tabu search ends. */
  readonly patience?: number;
}

export function search(shop: Shop, { random, ended, bound, better, keep = 20, patience = 12_500 }: SearchWish): void {
  const of = new Numbered(shop);
  if (of.count === 0) return better({ makespan: 0, starts: shop.map(() => []) });
  const [plan, best] = [new Plan(of), new Plan(of)];
  const tabu = new TabuSearch(plan, best, random);
  let shortest = Number.POSITIVE_INFINITY;
  const isOver = () => shortest <= bound || ended();
  const tell = (one: Plan) => {
    if (one.makespan >= shortest) return;
    shortest = one.makespan;
    better({ makespan: shortest, starts: one.starts() });
  };
  const improved = (): Plan => {
    tabu.run(patience, bound, ended);
    tell(best);
    const kept = new Plan(of);
    kept.copyFrom(best);
    return kept;
  };
  const kept: Plan[] = [];
  while (kept.length < keep) {
    dispatch(plan, random, kept.length);
    tell(plan);
    if (isOver()) return;
    kept.push(improved());
    if (isOver()) return;
  }
  while (!isOver()) {
    const [one, other] = two(kept, random);
    if (!between(plan, one, other, random)) {
      // The two are alike: one of them begins anew.
      dispatch(plan, random, 2);
    }
    replace(kept, improved());
  }
}

const two = (kept: readonly Plan[], random: Random): readonly [Plan, Plan] => {
  const first = Math.floor(random() * kept.length);
  const second = (first + 1 + Math.floor(random() * (kept.length - 1))) % kept.length;
  return [kept[first] as Plan, kept[second] as Plan];
};

/** In the place of the worst, unless one like it is kept already: a family of twins finds nothing. */
function replace(kept: Plan[], one: Plan): void {
  if (kept.some((other) => other.makespan === one.makespan && apart(other, one) === 0)) return;
  let worst = 0;
  for (const [n, other] of kept.entries()) if (other.makespan > (kept[worst] as Plan).makespan) worst = n;
  if (one.makespan <= (kept[worst] as Plan).makespan) kept[worst] = one;
}

/** Pairs of operations that two plans have in another order. */
function apart(one: Plan, other: Plan): number {
  let count = 0;
  for (const order of one.order)
    for (let a = 0; a < order.length; a++)
      for (let b = a + 1; b < order.length; b++)
        if ((other.place[order[a] as number] as number) > (other.place[order[b] as number] as number)) count += 1;
  return count;
}

/**
 * Puts into `plan` one that lies on a way from one to the other, a third to a half of it away. Neighbours at a machine change places, which can make an
 * order wait for itself: such a step is taken back. False: there is no way.
 */
function between(plan: Plan, one: Plan, other: Plan, random: Random): boolean {
  plan.copyFrom(one);
  const distance = apart(one, other);
  const steps = Math.floor(distance * (1 / 3 + random() / 6));
  if (steps < 1) return false;
  for (let step = 0; step < steps; step++) {
    if (!swapTowards(plan, other, random)) break;
  }
  return plan.time();
}

function swapTowards(plan: Plan, other: Plan, random: Random): boolean {
  const places: (readonly [machine: number, place: number])[] = [];
  for (const [machine, order] of plan.order.entries())
    for (let place = 0; place + 1 < order.length; place++)
      if ((other.place[order[place] as number] as number) > (other.place[order[place + 1] as number] as number))
        places.push([machine, place]);
  while (places.length > 0) {
    const which = Math.floor(random() * places.length);
    const [machine, place] = places[which] as readonly [number, number];
    const operation = (plan.order[machine] as Int32Array)[place] as number;
    plan.move(operation, place + 1);
    if (plan.time()) return true;
    plan.move(operation, place);
    places.splice(which, 1);
  }
  plan.time();
  return false;
}

/** A plan by a rule: of the operations that can begin, the one of the job with the most work left, the shortest one, or any. */
export function dispatch(plan: Plan, random: Random, rule: number): void {
  const { of } = plan;
  const jobs = of.first.length - 1;
  const left = new Float64Array(jobs);
  const next = Int32Array.from(of.first.subarray(0, jobs));
  const [jobReady, machineReady] = [new Float64Array(jobs), new Float64Array(of.machines)];
  const filled = new Int32Array(of.machines);
  for (let job = 0; job < jobs; job++)
    for (let n = of.first[job] as number; n < (of.first[job + 1] as number); n++)
      left[job] = (left[job] as number) + (of.duration[n] as number);
  for (let done = 0; done < of.count; done++) {
    const job = nextJob({ of, next, left, jobReady, machineReady }, random, rule);
    const operation = next[job] as number;
    const machine = of.machine[operation] as number;
    const place = filled[machine] as number;
    (plan.order[machine] as Int32Array)[place] = operation;
    plan.place[operation] = place;
    filled[machine] = place + 1;
    const end = Math.max(jobReady[job] as number, machineReady[machine] as number) + (of.duration[operation] as number);
    jobReady[job] = end;
    machineReady[machine] = end;
    left[job] = (left[job] as number) - (of.duration[operation] as number);
    next[job] = operation + 1;
  }
  plan.time();
}

interface Front {
  readonly of: Numbered;
  readonly next: Int32Array;
  readonly left: Float64Array;
  readonly jobReady: Float64Array;
  readonly machineReady: Float64Array;
}

/** Active schedules only (Giffler and Thompson, 1960): nothing waits for what begins after it could have ended. */
function nextJob(front: Front, random: Random, rule: number): number {
  const { of, next, left } = front;
  const open = openIn(front);
  const soonest = open.reduce((one, other) => (other.end < one.end ? other : one));
  let [best, least] = [NONE, Number.POSITIVE_INFINITY];
  for (const { job, machine, start } of open) {
    // The soonest itself always may, one that takes no time among them.
    if (machine !== soonest.machine || (start >= soonest.end && job !== soonest.job)) continue;
    const rank = rule === 0 ? -(left[job] as number) : rule === 1 ? (of.duration[next[job] as number] as number) : random();
    if (rank < least) [best, least] = [job, rank];
  }
  return best;
}

function openIn({ of, next, jobReady, machineReady }: Front) {
  const open: { readonly job: number; readonly machine: number; readonly start: number; readonly end: number }[] = [];
  for (const [job, operation] of next.entries()) {
    if (operation >= (of.first[job + 1] as number)) continue;
    const machine = of.machine[operation] as number;
    const start = Math.max(jobReady[job] as number, machineReady[machine] as number);
    open.push({ job, machine, start, end: start + (of.duration[operation] as number) });
  }
  return open;
}
