/** Stretches of time as people type them: ISO 8601 intervals in the time of this box, unless they say another. */
import { InvalidArgumentError } from 'commander';
import type { Span } from '../runtime/stretches.ts';

const BEGIN = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2})?)(Z|[+-]\d{2}:?\d{2})?$/;
const CLOCK = /^(\d{2}:\d{2}(?::\d{2})?)$/;
const LENGTH = /^PT(?:(\d{1,4})H)?(?:(\d{1,5})M)?$/;
const HELP = 'begin/end such as 2026-03-02T06:00/07:30, 2026-03-02T22:00/PT2H or 2026-03-02T22:00Z/2026-03-03T04:00Z';

/** One more of them, for commander. */
export function intervals(text: string, before: readonly Span[] = []): readonly Span[] {
  const [begin = '', end = '', ...more] = text.trim().split('/');
  const from = momentOf(begin);
  const to = from === null || more.length > 0 ? null : endOf(end, begin, from);
  if (from === null || to === null) throw new InvalidArgumentError(HELP);
  return [...before, { from, to }];
}

function momentOf(text: string): number | null {
  const [, day, clock, zone = ''] = BEGIN.exec(text) ?? [];
  const at = day === undefined || !isDay(day) ? Number.NaN : Date.parse(`${day}T${clock}${zone.replace(/^([+-]\d{2})(\d{2})$/, '$1:$2')}`);
  return Number.isNaN(at) ? null : at;
}

/** A moment, a length, or a time of day: the next one after the beginning. In its zone where it says none (ISO 8601-1, 5.5.1). */
function endOf(text: string, begin: string, from: number): number | null {
  const [, hours, minutes] = LENGTH.exec(text) ?? [];
  if (hours !== undefined || minutes !== undefined) return from + (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * 60_000;
  const [, day = '', , zone = ''] = BEGIN.exec(begin) ?? [];
  if (!CLOCK.test(text)) return momentOf(BEGIN.exec(text)?.[3] === undefined ? text + zone : text);
  const same = momentOf(`${day}T${text}${zone}`);
  return same === null || same > from ? same : momentOf(`${dayAfter(day)}T${text}${zone}`);
}

/** V8 takes the 30th of February for the 2nd of March. */
function isDay(day: string): boolean {
  const midnight = Date.parse(`${day}T00:00Z`);
  return !Number.isNaN(midnight) && new Date(midnight).toISOString().startsWith(day);
}

const dayAfter = (day: string): string => new Date(Date.parse(`${day}T00:00Z`) + 86_400_000).toISOString().slice(0, 10);
