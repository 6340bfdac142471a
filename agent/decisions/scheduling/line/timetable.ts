/** A sequence as instants that people read. Pure. */
import type { Line, Sequence } from './line.ts';
import type { Order } from './orders.ts';

export interface Slot {
  readonly order: Order;
  /** Instants: the set-up begins, the first part, the end of the last one. Time in which the line does not work lies in between. */
  readonly setup: number;
  readonly begin: number;
  readonly end: number;
  /** Working time of the set-up, ms. */
  readonly setupTime: number;
  /** That have to be made, scrap included, on average. */
  readonly parts: number;
  /** ms after its due date, negative before it; null where it has none. */
  readonly lateness: number | null;
}

export interface Plan {
  readonly slots: readonly Slot[];
  /** What the search makes small, ms (line.ts). */
  readonly cost: number;
  /** Sum of how late each order ends, times its priority, ms. */
  readonly tardiness: number;
  /** Working time for set-ups, ms. */
  readonly setups: number;
  /** Orders that end late. */
  readonly late: number;
}

export function timetable(line: Line, sequence: Sequence): Plan {
  const slots: Slot[] = [];
  let [ready, made] = [0, 0];
  for (const [place, order] of sequence.entries()) {
    const parts = line.parts[order] as number;
    const setupTime = line.setupFrom(sequence[place - 1] ?? -1, order);
    const from = Math.max(ready, line.released[order] as number);
    const begin = from + setupTime;
    ready = begin + (line.work[order] as number) + line.changes(made, parts);
    made += parts;
    const end = line.time.endOf(ready);
    const { due } = line.orders[order] as Order;
    slots.push({
      order: line.orders[order] as Order,
      setup: line.time.beginOf(from),
      begin: line.time.beginOf(begin),
      end,
      setupTime,
      parts,
      lateness: due === null ? null : end - due,
    });
  }
  return {
    slots,
    cost: line.cost(sequence),
    tardiness: slots.reduce((sum, { lateness, order }) => sum + order.priority * Math.max(0, lateness ?? 0), 0),
    setups: slots.reduce((sum, { setupTime }) => sum + setupTime, 0),
    late: slots.filter(({ lateness }) => (lateness ?? 0) > 0).length,
  };
}
