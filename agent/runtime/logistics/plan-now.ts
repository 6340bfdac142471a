/** The plan as the desks of material and tools see it: by the time that they go by. */
import type { LinePlan } from '../../contracts/index.ts';
import type { SuppliesOptions } from './supplies.ts';

/** Corrections of a clock are no other time. ms */
const SAME = 1000;

/** Null: there is none, or it has nothing in it. The plan is made by the box's clock, which may have been set, and desks go by the agent's time. */
export function planNow({ plan, now, clock }: Pick<SuppliesOptions, 'plan' | 'now' | 'clock'>): LinePlan | null {
  const made = plan();
  if (made === null || made.sequence.length === 0) return null;
  const later = now() - clock.now();
  if (Math.abs(later) < SAME) return made;
  const moved = <T extends { readonly begin: number; readonly end: number }>(one: T): T => ({
    ...one,
    begin: one.begin + later,
    end: one.end + later,
  });
  return { ...made, sequence: made.sequence.map((one) => ({ ...moved(one), before: one.before === null ? null : moved(one.before) })) };
}
