/** The line as the live stream tells it. Pure: the worker and every tab work it out from the same events. */
import type { Alarm, Inspection, Line, StationState } from './types.ts';

export const RECENT = 24;

export interface LineNow {
  /** Null before the box has said it. */
  readonly line: Line | null;
  /** By station, oldest first, the newest RECENT of them. */
  readonly recent: Readonly<Record<string, readonly Inspection[]>>;
}

/** As /api/v1/live sends them. */
export type LiveEvent =
  | { readonly event: 'line'; readonly data: Line }
  | { readonly event: 'inspection'; readonly data: Inspection }
  | { readonly event: 'state'; readonly data: { readonly station: string; readonly state: StationState } }
  | { readonly event: 'alarms'; readonly data: readonly Alarm[] }
  | { readonly event: 'skipped'; readonly data: { readonly count: number | null; readonly newest: string | null } }
  | { readonly event: 'beat'; readonly data: { readonly at: number } };

export const LIVE_EVENTS = ['line', 'inspection', 'state', 'alarms', 'skipped', 'beat'] as const satisfies readonly LiveEvent['event'][];
export const NOTHING: LineNow = { line: null, recent: {} };

export function after(now: LineNow, { event, data }: LiveEvent): LineNow {
  switch (event) {
    case 'line':
      return { ...now, line: data };
    case 'inspection':
      return { ...now, recent: withOne(now.recent, data) };
    case 'skipped':
      // What is left out would be a gap that nobody sees; and a journal begun anew counts from one, below all that is known.
      return { ...now, recent: {} };
    case 'beat':
      return now.line ? { ...now, line: { ...now.line, at: data.at } } : now;
    case 'alarms':
      return now.line ? { ...now, line: { ...now.line, alarms: data } } : now;
    case 'state': {
      const station = now.line?.stations[data.station];
      if (!now.line || !station) return now;
      const stations = { ...now.line.stations, [data.station]: { ...station, state: data.state } };
      return { ...now, line: { ...now.line, stations } };
    }
  }
}

/** In the order of their sequence, each once: what came by another way may come again. */
function withOne(recent: LineNow['recent'], one: Inspection): LineNow['recent'] {
  const before = (recent[one.station] ?? []).filter(({ id }) => id !== one.id);
  const all = [...before, one].sort((a, b) => a.sequence - b.sequence);
  return { ...recent, [one.station]: all.slice(-RECENT) };
}
