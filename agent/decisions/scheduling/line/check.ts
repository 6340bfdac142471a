/**
 * Whether a plan can be run: looks at orders, facts and instants alone, and knows nothing of how the plan came about. Pure.
 */
import { type Closed, type LineFacts, type Order, setupBetween } from './orders.ts';
import type { Slot } from './timetable.ts';

/** ms; instants are sums of fractions. */
const NOISE = 1;

/** What is wrong with it, in words; null: it can be run. */
export function objectionToPlan(orders: readonly Order[], facts: LineFacts, now: number, slots: readonly Slot[]): string | null {
  const ids = slots.map(({ order }) => order.id);
  const planned = new Set(ids);
  if (planned.size !== ids.length) return 'an order is in it twice';
  const missing = orders.find(({ id }) => !planned.has(id));
  if (missing) return `order ${missing.id} is not in it`;
  if (slots.length !== orders.length) return 'it has an order that nobody gave';
  const begun = orders.filter(({ made }) => made !== null);
  const displaced = begun.find(({ id }, n) => ids[n] !== id);
  if (displaced) return `order ${displaced.id} has begun and does not stay first`;
  const open = openTime(facts.closed);
  let [ready, made] = [now, 0];
  for (const [n, slot] of slots.entries()) {
    const why = objectionToSlot(slot, slots[n - 1]?.order ?? null, { facts, open, ready, made });
    if (why !== null) return `order ${slot.order.id} ${why}`;
    ready = slot.end;
    made += slot.parts;
  }
  return null;
}

interface Before {
  readonly facts: LineFacts;
  /** Time between two instants in which the line works. */
  readonly open: (from: number, to: number) => number;
  readonly ready: number;
  readonly made: number;
}

function objectionToSlot(
  { order, setup, begin, end, parts }: Slot,
  last: Order | null,
  { facts, open, ready, made }: Before,
): string | null {
  const recipe = facts.recipes[order.recipe];
  if (!recipe) return `is of a recipe that nobody knows, ${order.recipe}`;
  if (![setup, begin, end].every(Number.isFinite)) return 'has no instants';
  if (setup < ready - NOISE) return 'begins before the one before it has ended';
  if (order.released !== null && setup < order.released - NOISE) return 'begins before it is released';
  const wanted = Math.max(0, order.quantity - (order.made ?? 0));
  if (parts * (1 - recipe.scrap.mean) < wanted - 1e-6 * Math.max(1, wanted)) return 'makes fewer good parts than are wanted';
  if (open(setup, begin) < setupBetween(facts, last, order).mean - NOISE) return 'has too little time for its set-up';
  const stopped = facts.stops === null ? 1 : 1 + facts.stops.lasts.mean / facts.stops.between;
  const needed = parts * recipe.cycle.mean * stopped + toolChanges(facts, made, parts);
  if (open(begin, end) < needed * (1 - 1e-9) - NOISE) return 'has too little time for its parts';
  return null;
}

/** Time for changes of tools: part by part of a tool's life. */
function toolChanges({ tool }: LineFacts, made: number, parts: number): number {
  if (tool === null) return 0;
  const { left, life, change } = tool;
  // The tool of now is used up by what was made before, or it still makes some.
  const rest = made <= left ? left - made : (life - ((made - left) % life)) % life;
  return parts <= rest ? 0 : Math.ceil((parts - rest) / life) * change;
}

/** Time between two instants in which the line works. */
function openTime(closed: readonly Closed[]): (from: number, to: number) => number {
  const apart: { readonly from: number; to: number }[] = [];
  for (const { from, to } of [...closed].sort((a, b) => a.from - b.from)) {
    const last = apart.at(-1);
    if (last && from <= last.to) last.to = Math.max(last.to, to);
    else apart.push({ from, to });
  }
  return (from, to) => apart.reduce((open, one) => open - Math.max(0, Math.min(to, one.to) - Math.max(from, one.from)), to - from);
}
