/** The payload about what runs next. Pure. */
import type { Static } from 'typebox';
import type { LinePlan } from '../contracts/index.ts';
import { instant, text, textOrNull } from './payloads.ts';
import type { PlanSchema } from './plan-schema.ts';

export type PlanPayload = Static<typeof PlanSchema>;

export function planPayload(agent: string, { at, because, unplanned, sequence, moves, ...plan }: LinePlan): PlanPayload {
  return {
    schema: 'lineside.plan.v1',
    agent,
    ...instant(at),
    ...plan,
    because: textOrNull(because),
    unplanned: unplanned.map(text),
    sequence: [...sequence],
    moves: [...moves],
  };
}
