/** One axis of time for all orders of a plan, in thousandths of its width. Pure. */
import type { Plan } from '../../api/types.ts';

export interface Axis {
  /** 0 to 1000; beyond the ends, the ends. */
  readonly at: (moment: number) => number;
  readonly holds: (moment: number) => boolean;
}

export function axisOf({ at, sequence }: Pick<Plan, 'at' | 'sequence'>): Axis {
  const from = Math.min(at, ...sequence.map(({ setup_at }) => setup_at));
  const to = Math.max(from + 1, ...sequence.map(({ end }) => end));
  const holds = (moment: number) => moment >= from && moment <= to;
  return { holds, at: (moment) => (1000 * (Math.min(Math.max(moment, from), to) - from)) / (to - from) };
}
