/** A plan as it is told: bounded, whole ms. Pure. */
import { createHash } from 'node:crypto';
import type { LinePlan, PlanFigures, PlanSlot } from '../../contracts/index.ts';
import type { Planned } from '../../decisions/scheduling/line/plan-line.ts';
import type { PlannedSlot, PlanWithChances } from '../../decisions/scheduling/line/propose.ts';
import type { OpenOrder } from './book.ts';

/** Orders and moves in one message: brokers refuse large ones, and nobody reads on. */
const MOST_SLOTS = 100;
const MOST_MOVES = 50;
const MOST_UNPLANNED = 20;

export interface Telling {
  readonly state: LinePlan['state'];
  readonly planned: Planned;
  readonly running: OpenOrder | null;
  readonly orders: number;
  readonly unplanned: readonly string[];
}

export function toldPlan({ state, planned, running, orders, unplanned }: Telling): LinePlan {
  const { plan, fifo, before, by, because, moves, now } = planned;
  const agreed = before ?? fifo;
  // Of a plan that was refused, what goes on is told.
  const shown = state === 'refused' ? agreed : plan;
  return {
    id: idOf(shown.slots.map(({ order }) => order.id)),
    at: Math.round(now),
    state,
    by,
    because,
    orders,
    unplanned: unplanned.slice(0, MOST_UNPLANNED),
    running: runningOf(running),
    plan: figures(shown),
    fifo: figures(fifo),
    before: figures(agreed),
    sequence: shown.slots.slice(0, MOST_SLOTS).map((slot) => slotOf(slot, agreed)),
    cut: Math.max(0, shown.slots.length - MOST_SLOTS),
    moves:
      state === 'refused' ? [] : moves.slice(0, MOST_MOVES).map(({ id, from, to, gain }) => ({ id, from, to, gain_ms: Math.round(gain) })),
  };
}

const NOTHING: PlanFigures = { cost_ms: 0, tardiness_ms: 0, setups_ms: 0, late: 0 };

/** There is nothing to plan, or nothing that can be planned: takes the place of what was told before. */
export function emptyPlan({ now, running, orders, unplanned }: Omit<Telling, 'state' | 'planned'> & { readonly now: number }): LinePlan {
  return {
    id: idOf([]),
    at: Math.round(now),
    state: 'agreed',
    by: 'search',
    because: null,
    orders,
    unplanned: unplanned.slice(0, MOST_UNPLANNED),
    running: runningOf(running),
    plan: NOTHING,
    fifo: NOTHING,
    before: NOTHING,
    sequence: [],
    cut: 0,
    moves: [],
  };
}

export const runningOf = (order: OpenOrder | null): LinePlan['running'] =>
  order && { id: order.id, recipe: order.recipe, quantity: order.quantity, made: order.made, scrap: order.scrap };

/** The same of the same sequence, over restarts. */
export const idOf = (ids: readonly string[]): string => createHash('sha256').update(JSON.stringify(ids)).digest('hex').slice(0, 16);

const figures = ({ cost, tardiness, setups, late }: PlanWithChances): PlanFigures => ({
  cost_ms: Math.round(cost),
  tardiness_ms: Math.round(tardiness),
  setups_ms: Math.round(setups),
  late,
});

function slotOf(slot: PlannedSlot, agreed: PlanWithChances): PlanSlot {
  const { order, parts, setup, setupTime } = slot;
  const place = agreed.slots.findIndex((one) => one.order.id === order.id);
  const was = agreed.slots[place];
  return {
    id: order.id,
    recipe: order.recipe,
    quantity: Math.max(0, order.quantity - (order.made ?? 0)),
    parts,
    due: order.due,
    setup_at: instant(setup),
    setup_ms: Math.round(setupTime),
    ...times(slot),
    before: was ? { place: place + 1, ...times(was) } : null,
  };
}

const times = ({ begin, end, lateness, late }: PlannedSlot) => ({
  begin: instant(begin),
  end: instant(end),
  lateness_ms: lateness === null ? null : Math.round(lateness),
  probability: late === null ? null : Math.round(late * 1000) / 1000,
});

/** Behind the year 9999 no calendar goes on. */
const LATEST = 253_402_300_799_999;
const instant = (at: number): number => Math.round(Math.min(at, LATEST));
