/** When the line works, and when not, by the calendar of its shifts: in them, but for their breaks. Pure. */
import { type Calendar, plannedIn, type Stretch, shiftsIn } from '../../contracts/calendar.ts';
import type { Closed } from '../../decisions/scheduling/line/orders.ts';

/** Of the stretch, in order, apart from each other; without a calendar the line works always. */
export function openIn(calendar: Calendar | undefined, from: number, to: number): readonly Stretch[] {
  if (calendar === undefined) return [{ from, to }];
  return shiftsIn(calendar, { from, to })
    .flatMap((shift) => plannedIn(calendar, shift))
    .map((stretch) => ({ from: Math.max(stretch.from, from), to: Math.min(stretch.to, to) }))
    .filter((stretch) => stretch.from < stretch.to)
    .sort((a, b) => a.from - b.from);
}

/** Of the stretch, in order; without a calendar the line works always. */
export function closedIn(calendar: Calendar | undefined, from: number, to: number): readonly Closed[] {
  if (calendar === undefined) return [];
  const closed: Closed[] = [];
  let next = from;
  for (const stretch of openIn(calendar, from, to)) {
    if (stretch.from > next) closed.push({ from: next, to: stretch.from, why: 'no shift' });
    next = Math.max(next, stretch.to);
  }
  if (next < to) closed.push({ from: next, to, why: 'no shift' });
  return closed;
}
