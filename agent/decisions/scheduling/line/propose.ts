/** What shall run next, and why: the plan, what first-in-first-out and the plan of now would give, and which moves gain what. Pure. */
import { chancesOf } from './chance.ts';
import { exact } from './exact.ts';
import { improve } from './improve.ts';
import { Line, type Sequence } from './line.ts';
import { fewestMoves, movesOf } from './moves.ts';
import type { LineFacts, Order } from './orders.ts';
import { apparentTardiness, cheapest, earliestDue } from './rules.ts';
import { type Plan, type Slot, timetable } from './timetable.ts';

export interface PlanWish {
  /** As they came. */
  readonly orders: readonly Order[];
  readonly facts: LineFacts;
  /** Instant. */
  readonly now: number;
  /** Ids in the order of the plan of now; those that are gone are passed over, new ones come last. Null: there is none. */
  readonly present: readonly string[] | null;
  /** What a move against the plan of now has to gain at least, ms of cost. */
  readonly leastGain: number;
  /** What an hour lost to set-ups and waiting counts, in hours late of an order of priority 1. */
  readonly lost: number;
  /** Runs that the probability of being late is counted over. */
  readonly samples: number;
}

export interface PlannedSlot extends Slot {
  /** 0..1; null where it is never due. */
  readonly late: number | null;
}
export interface PlanWithChances extends Omit<Plan, 'slots'> {
  readonly slots: readonly PlannedSlot[];
}

export interface ProposedMove {
  readonly id: string;
  /** Places, from 1. */
  readonly from: number;
  readonly to: number;
  /** What the plan would cost more without it, ms. */
  readonly gain: number;
}

export interface Proposal {
  readonly now: number;
  readonly plan: PlanWithChances;
  readonly fifo: PlanWithChances;
  /** As it was planned before, with new orders behind; null where there was no plan. */
  readonly before: PlanWithChances | null;
  /** Against the plan of before; against first-in-first-out where there was none. */
  readonly moves: readonly ProposedMove[];
  /** No sequence costs less: all were looked at, and none was given up so that fewer orders move. */
  readonly proven: boolean;
  readonly samples: number;
}

/** Orders whose best sequence is worked out, not searched: some ms. */
const EXACT = 9;

export interface Search {
  /** Numbers in [0, 1). */
  readonly random: () => number;
  readonly ended: () => boolean;
  readonly better: (sequence: Sequence) => void;
  /** Shakes without anything better, after which it ends. */
  readonly patience?: number;
}

export const lineOf = ({ orders, facts, now, lost }: PlanWish): Line => new Line(orders, facts, now, lost);

/** The best that rules alone come up with, the plan of now and `others` among what is compared. */
export function byRules(line: Line, wish: PlanWish, others: readonly Sequence[] = []): Sequence {
  const present = presentOf(line, wish);
  return cheapest(line, [line.firstInFirstOut, ...(present ? [present] : []), earliestDue(line), apparentTardiness(line), ...others]);
}

/** Orders up to which rules and moves take some ms; they look at all pairs. */
export const FEW = 100;

/** The same at once, however many there are: of many orders the plan of now stays, unless first-in-first-out is better. */
export function atOnce(line: Line, wish: PlanWish, others: readonly Sequence[]): Sequence {
  if (line.count <= FEW) return byRules(line, wish, others);
  return cheapest(line, [presentOf(line, wish) ?? line.firstInFirstOut, line.firstInFirstOut]);
}

/** As good as the search can make it. */
export function bySearch(line: Line, wish: PlanWish, search: Search): Sequence {
  const start = byRules(line, wish);
  search.better(start);
  return exact(line, EXACT) ?? improve(line, start, { ...search, better: (sequence) => search.better(sequence) });
}

/** Passes over the moves, by who may take how long. */
const PASSES = { search: 500, rules: 2 } as const;

export function propose(line: Line, wish: PlanWish, found: Sequence, by: 'search' | 'rules', random: () => number): Proposal {
  const present = presentOf(line, wish);
  const fifo = line.firstInFirstOut;
  const passes = by === 'rules' && line.count > FEW ? 0 : PASSES[by];
  const limits = { least: wish.leastGain, most: line.cost(fifo), passes };
  const sequence = fewestMoves(line, present ?? fifo, found, present ? limits : { ...limits, least: 0 });
  const sequences = [sequence, fifo, ...(present ? [present] : [])];
  const chances = chancesOf(line, sequences, { samples: wish.samples, random });
  const plans = sequences.map((one, n) => withChances(timetable(line, one), one, chances[n] ?? []));
  const [plan, first, before = null] = plans as [PlanWithChances, PlanWithChances, PlanWithChances?];
  const moves = movesOf(line, present ?? fifo, sequence).map(({ order, from, to, gain }) => ({
    id: (line.orders[order] as Order).id,
    from: from + 1,
    to: to + 1,
    gain,
  }));
  const isExact = by === 'search' && line.count - line.begun <= EXACT;
  return {
    now: line.now,
    plan,
    fifo: first,
    before,
    moves,
    proven: isExact && line.cost(sequence) <= line.cost(found),
    samples: wish.samples,
  };
}

const withChances = (plan: Plan, sequence: Sequence, chances: readonly (number | null)[]): PlanWithChances => ({
  ...plan,
  slots: plan.slots.map((slot, place) => ({ ...slot, late: chances[sequence[place] as number] ?? null })),
});

/** The plan of now over the orders there are: what has begun first, new ones last, as they came. */
function presentOf(line: Line, { present }: PlanWish): Sequence | null {
  if (present === null) return null;
  const placeOf = new Map(present.map((id, place) => [id, place]));
  const place = (order: number) => (order < line.begun ? -1 : (placeOf.get((line.orders[order] as Order).id) ?? present.length));
  return line.firstInFirstOut.toSorted((a, b) => place(a) - place(b) || a - b);
}
