/** When the line does not work, by the calendar of its shifts: between them, and in their breaks. Pure. */
import { type Calendar, plannedIn, shiftsIn } from '../../contracts/calendar.ts';
import type { Closed } from '../../decisions/scheduling/line/orders.ts';

/** Of the stretch, in order; without a calendar the line works always. */
export function closedIn(calendar: Calendar | undefined, from: number, to: number): readonly Closed[] {
  if (calendar === undefined) return [];
  const open = shiftsIn(calendar, { from, to }).flatMap((shift) => plannedIn(calendar, shift));
  const closed: Closed[] = [];
  let next = from;
  for (const stretch of [...open].sort((a, b) => a.from - b.from)) {
    if (stretch.from > next) closed.push({ from: next, to: Math.min(stretch.from, to), why: 'no shift' });
    next = Math.max(next, stretch.to);
  }
  if (next < to) closed.push({ from: next, to, why: 'no shift' });
  return closed;
}
