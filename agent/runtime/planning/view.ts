/** A plan as programs read it: of the command line, of MQTT and of the page. Instants are ISO 8601 in UTC, durations whole ms. Pure. */
import type { Planned } from '../../decisions/scheduling/line/plan-line.ts';
import type { PlannedSlot, PlanWithChances } from '../../decisions/scheduling/line/propose.ts';

export function planView({ now, by, because, proven, samples, plan, fifo, before, moves }: Planned) {
  return {
    now: utc(now),
    /** search, or rules alone and why. */
    by,
    because,
    proven,
    samples,
    plan: oneView(plan),
    fifo: oneView(fifo),
    before: before && oneView(before),
    moves: moves.map(({ id, from, to, gain }) => ({ id, from, to, gain_ms: Math.round(gain) })),
    gain_ms: { fifo: Math.round(fifo.cost - plan.cost), before: before && Math.round(before.cost - plan.cost) },
  };
}
export type PlanView = ReturnType<typeof planView>;

const oneView = ({ cost, tardiness, setups, late, slots }: PlanWithChances) => ({
  cost_ms: Math.round(cost),
  tardiness_ms: Math.round(tardiness),
  setups_ms: Math.round(setups),
  late,
  sequence: slots.map(slotView),
});

const slotView = ({ order, setup, begin, end, setupTime, parts, lateness, late }: PlannedSlot) => ({
  id: order.id,
  recipe: order.recipe,
  quantity: order.quantity,
  setup_at: utc(setup),
  setup_ms: Math.round(setupTime),
  begin: utc(begin),
  end: utc(end),
  parts,
  due: order.due === null ? null : utc(order.due),
  lateness_ms: lateness === null ? null : Math.round(lateness),
  late_probability: late === null ? null : Math.round(late * 1000) / 1000,
});

/** Years from now a calendar of four digits ends, and nobody reads on. */
const LATEST = Date.UTC(9999, 11, 31);
const utc = (at: number): string => new Date(Math.min(Math.round(at), LATEST)).toISOString();
