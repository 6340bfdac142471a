/** What can be said of a station beside its verdicts. Pure. */
import type { LineNow } from '../../api/line-now.ts';
import type { Alarm, Inspection, Station } from '../../api/types.ts';
import { causesAmong } from '../../pieces/causes.ts';

/** Of the station itself, its cameras, its models and the PLCs that it cannot do without; the first causes of them. */
export function alarmsOf(name: string, station: Station | undefined, alarms: readonly Alarm[]): readonly Alarm[] {
  const parts = new Set([name, ...(station?.cameras ?? []), ...(station?.models ?? [])]);
  const servers = new Set(station?.servers.map((server) => `opcua/${server}`));
  const own = alarms.filter(
    ({ subject, down }) =>
      (down && servers.has(subject)) ||
      parts.has(subject) ||
      subject.split('/').some((piece) => parts.has(piece)) ||
      subject.startsWith(`${name}.`),
  );
  return causesAmong(own, alarms);
}

/** Ratio of the parts that were looked at; null while they are too few to mean anything. */
const FEWEST = 20;
export function yieldOf(counters: { readonly ok: number; readonly nok: number; readonly review: number }) {
  const all = counters.ok + counters.nok + counters.review;
  return { ok: counters.ok, all, ratio: all < FEWEST ? null : counters.ok / all };
}

/** Parts a minute over these parts and the time since the last of them: a line that stands falls to nothing. Null: fewer than two. */
export function partsPerMinute(recent: readonly Inspection[], now: number): number | null {
  const [first, last] = [recent[0], recent.at(-1)];
  if (!first || !last || recent.length < 2) return null;
  const rhythm = (last.at - first.at) / (recent.length - 1);
  const late = now - last.at > 2 * rhythm ? now - last.at : 0;
  const span = last.at - first.at + late;
  return span <= 0 ? null : ((recent.length - 1) / span) * 60_000;
}

/** Nothing came for more than twice the rhythm of the last parts, and for at least this long. */
const QUIET_AFTER = 10_000;
export function isQuiet(recent: readonly Inspection[], now: number): boolean {
  const [first, last] = [recent[0], recent.at(-1)];
  if (!first || !last || recent.length < 2) return false;
  return now - last.at > Math.max(QUIET_AFTER, (2 * (last.at - first.at)) / (recent.length - 1));
}

/** Stations with alarms, then those that are held or off, then those whose last part was none that is OK. */
export function worstFirst(names: readonly string[], { line }: LineNow): readonly string[] {
  const weight = (name: string): number => {
    const station = line?.stations[name];
    if (alarmsOf(name, station, line?.alarms ?? []).length > 0) return 0;
    const { state } = station ?? {};
    if (!state?.enabled || state.held !== null) return 1;
    return state.last?.verdict === 'ok' ? 3 : 2;
  };
  return [...names].sort((a, b) => weight(a) - weight(b) || a.localeCompare(b));
}

/** A rule's reason says in brackets at its end the figures that it was found by. */
export function saidOf(text: string): { readonly reason: string; readonly figures: string } {
  const { reason = text, figures = '' } = /^(?<reason>.*?\S) \((?<figures>.*)\)$/s.exec(text)?.groups ?? {};
  return { reason, figures };
}

/** A part without a name has its inspection's address. */
export const addressOf = ({ part, id }: Pick<Inspection, 'part' | 'id'>): string =>
  part === null ? `/inspection/${id}` : `/part/${encodeURIComponent(part)}?inspection=${id}`;
