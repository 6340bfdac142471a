/** Figures of a whole shift, station by station, and what of the journal they need. Pure. */
import {
  type Calendar,
  plannedIn,
  type Shift,
  type ShiftCounts,
  type ShiftCountsWish,
  type ShiftKpi,
  type StationFacts,
} from '../../contracts/index.ts';
import { stationKpi } from './indicators.ts';

/** Up to `now`, where it has not ended. */
export function countsWish(calendar: Calendar, shift: Shift, now: number): ShiftCountsWish {
  const stretch = { from: shift.from, to: Math.max(shift.from, Math.min(shift.to, now)) };
  return { ...stretch, planned: plannedIn(calendar, stretch) };
}

/** Stations that the config has no more are told where parts of theirs were counted. */
export function shiftKpis(shift: Shift, wish: ShiftCountsWish, counts: ShiftCounts, facts: readonly StationFacts[]): readonly ShiftKpi[] {
  const known = new Set(facts.map(({ station }) => station));
  const gone = [...new Set(counts.parts.map(({ station }) => station))].filter((station) => !known.has(station));
  const planned = wish.planned.reduce((sum, { from, to }) => sum + to - from, 0);
  const { id, name, day, from, to } = shift;
  return [...facts, ...gone.map((station) => ({ station, idealCycle: null, hasMachine: false }))].map((one) => ({
    ...stationKpi(one, counts, planned),
    shift: { id, name, day, from, to },
    until: wish.to,
    over: wish.to >= to,
  }));
}
