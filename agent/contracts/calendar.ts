/**
 * Shifts on the calendar of a plant: local times of a zone (IANA) become instants. A shift belongs to the day on which it begins. Pure.
 *
 * A local time that the clock skips in spring is the instant of the change, one that comes twice in autumn is its first. Both keep the order of
 * local times, so that shifts which do not overlap on the wall do not overlap in time, and the night of the change is an hour shorter or longer.
 */
import { type Milliseconds, Minutes } from '../time.ts';

export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/** Local times, HH:MM on a whole five minutes. `to` not after `from`: on the next day; the same: a whole day. */
export interface DayTimes {
  readonly from: string;
  readonly to: string;
  /** On which it begins. */
  readonly days: readonly Weekday[];
}

export interface Calendar {
  /** IANA name: Europe/Berlin. */
  readonly zone: string;
  readonly shifts: Readonly<Record<string, DayTimes>>;
  /** In which nothing is to be produced: planned downtime. */
  readonly breaks: Readonly<Record<string, DayTimes>>;
  /** Days on which no shift begins: 2026-12-25. */
  readonly days_off: readonly string[];
}

/** Instants, ms since 1970, UTC: from included, to not. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

export interface Shift extends Stretch {
  /** `2026-12-01/early`: the day on which it begins, and its name. */
  readonly id: string;
  readonly name: string;
  readonly day: string;
}

const DAY: Milliseconds = 86_400_000;
/** Of shifts, breaks and what is counted by them: every offset of a zone from UTC in use is a multiple of it. */
export const SLOT: Milliseconds = Minutes(5);
/** Most days that are looked through for one shift: a plant's holidays. */
const MOST_DAYS = 60;

const formats = new Map<string, Intl.DateTimeFormat>();
function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known) return known;
  const made = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  formats.set(zone, made);
  return made;
}

/** Whether this Node knows the zone. */
export function isZone(zone: string): boolean {
  try {
    formatOf(zone);
    return true;
  } catch {
    return false;
  }
}

/** What the clock on the wall says at an instant, as if it were UTC, ms. */
export function wallAt(zone: string, at: number): number {
  const parts: Partial<Record<Intl.DateTimeFormatPartTypes, number>> = {};
  for (const { type, value } of formatOf(zone).formatToParts(at)) parts[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second) + (at - Math.floor(at / 1000) * 1000);
}

const offsetAt = (zone: string, at: number): Milliseconds => wallAt(zone, at) - at;

/** Asked for again and again, of the days around now; bounded, and begun anew when it is full. */
const instants = new Map<string, number>();
const MOST_KNOWN = 2000;

/** The first instant at which the clock on the wall says `wall`; where it skips that, the instant of the change. */
export function instantOf(zone: string, wall: number): number {
  const key = `${zone} ${wall}`;
  const known = instants.get(key);
  if (known !== undefined) return known;
  if (instants.size >= MOST_KNOWN) instants.clear();
  const at = foundInstant(zone, wall);
  instants.set(key, at);
  return at;
}

function foundInstant(zone: string, wall: number): number {
  const [before, after] = [offsetAt(zone, wall - DAY), offsetAt(zone, wall + DAY)];
  if (before === after) return wall - before;
  const found = [wall - before, wall - after].filter((at) => wallAt(zone, at) === wall);
  if (found.length > 0) return Math.min(...found);
  let [low, high] = [wall - DAY - before, wall + DAY - after];
  // The offset changes once in between: to the second, as zones do.
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetAt(zone, middle) === before) low = middle;
    else high = middle;
  }
  return high;
}

const minutesOf = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
const lengthOf = ({ from, to }: DayTimes): number => ((minutesOf(to) - minutesOf(from) + 1439) % 1440) + 1;
const dayText = (wall: number): string => new Date(wall).toISOString().slice(0, 10);
const weekdayOf = (wall: number): Weekday => WEEKDAYS[(new Date(wall).getUTCDay() + 6) % 7] ?? 'mon';

/** On the day of the wall's clock that begins at `day`, as if it were UTC; null: not on that weekday, or the clock skips all of it. */
function stretchOn(zone: string, day: number, times: DayTimes): Stretch | null {
  if (!times.days.includes(weekdayOf(day))) return null;
  const begin = day + Minutes(minutesOf(times.from));
  const stretch = { from: instantOf(zone, begin), to: instantOf(zone, begin + Minutes(lengthOf(times))) };
  return stretch.from < stretch.to ? stretch : null;
}

/** Those that begin on that day, the earliest first. `day`: as if it were UTC. */
function shiftsOn({ zone, shifts, days_off }: Calendar, day: number): readonly Shift[] {
  const text = dayText(day);
  if (days_off.includes(text)) return [];
  return Object.entries(shifts)
    .flatMap(([name, times]) => {
      const stretch = stretchOn(zone, day, times);
      return stretch ? [{ id: `${text}/${name}`, name, day: text, ...stretch }] : [];
    })
    .sort((a, b) => a.from - b.from);
}

const dayAt = (zone: string, at: number): number => Math.floor(wallAt(zone, at) / DAY) * DAY;

/** The shift in which an instant lies; null: none. At most one, where the calendar has no overlaps. */
export function shiftAt(calendar: Calendar, at: number): Shift | null {
  const day = dayAt(calendar.zone, at);
  const near = [...shiftsOn(calendar, day - DAY), ...shiftsOn(calendar, day)];
  return near.find(({ from, to }) => from <= at && at < to) ?? null;
}

/** Shifts that have any of the stretch, the earliest first. */
export function shiftsIn(calendar: Calendar, { from, to }: Stretch): readonly Shift[] {
  const found: Shift[] = [];
  for (let day = dayAt(calendar.zone, from) - DAY; day <= dayAt(calendar.zone, to); day += DAY) found.push(...shiftsOn(calendar, day));
  return found.filter((shift) => shift.from < to && shift.to > from);
}

/** The newest `count` that have begun at `at`, the newest first. Of a plant that was closed for longer than two months there are fewer. */
export function lastShifts(calendar: Calendar, at: number, count: number): readonly Shift[] {
  const found: Shift[] = [];
  const today = dayAt(calendar.zone, at);
  for (let day = today; day > today - MOST_DAYS * DAY && found.length < count; day -= DAY) {
    found.push(
      ...shiftsOn(calendar, day)
        .filter(({ from }) => from <= at)
        .toReversed(),
    );
  }
  return found.slice(0, count);
}

/** By its id; null where the calendar has no such shift on that day, or no such day. */
export function shiftOf(calendar: Calendar, id: string): Shift | null {
  const [, text = '', name = ''] = /^(\d{4}-\d{2}-\d{2})\/(.+)$/.exec(id) ?? [];
  const day = Date.parse(`${text}T00:00:00Z`);
  if (!Number.isFinite(day) || dayText(day) !== text) return null;
  return shiftsOn(calendar, day).find((shift) => shift.name === name) ?? null;
}

/** What of the stretch is planned for production: it without its breaks. In order, apart from each other. */
export function plannedIn({ zone, breaks }: Calendar, { from, to }: Stretch): readonly Stretch[] {
  const pauses: Stretch[] = [];
  for (let day = dayAt(zone, from) - DAY; day <= dayAt(zone, to); day += DAY)
    for (const times of Object.values(breaks)) pauses.push(...[stretchOn(zone, day, times) ?? []].flat());
  const planned: Stretch[] = [];
  let next = from;
  for (const pause of pauses.sort((a, b) => a.from - b.from)) {
    if (pause.to <= next || pause.from >= to) continue;
    if (pause.from > next) planned.push({ from: next, to: pause.from });
    next = pause.to;
  }
  if (next < to) planned.push({ from: next, to });
  return planned;
}

/** Of the week on the wall, in minutes from Monday on: when two shifts would run at once, and when none does. */
export interface WeekFaults {
  readonly overlaps: readonly { readonly one: string; readonly other: string; readonly at: string }[];
  readonly gaps: readonly { readonly from: string; readonly to: string }[];
}

const WEEK = 7 * 1440;

export function weekFaults(shifts: Calendar['shifts']): WeekFaults {
  // One cell a slot of the week: who has it. A shift of Sunday goes on into Monday.
  const step = SLOT / Minutes(1);
  const cells: (string | null)[] = Array.from({ length: WEEK / step }, () => null);
  const overlaps = new Map<string, WeekFaults['overlaps'][number]>();
  for (const [name, times] of Object.entries(shifts)) {
    for (const day of times.days) {
      const begin = (WEEKDAYS.indexOf(day) * 1440 + minutesOf(times.from)) / step;
      for (let i = 0; i < lengthOf(times) / step; i++) {
        const cell = (begin + i) % cells.length;
        const other = cells[cell] ?? null;
        const pair = `${other} ${name}`;
        if (other !== null && !overlaps.has(pair)) overlaps.set(pair, { one: other, other: name, at: weekText(cell * step) });
        cells[cell] = name;
      }
    }
  }
  return { overlaps: [...overlaps.values()], gaps: gapsIn(cells, step) };
}

function gapsIn(cells: readonly (string | null)[], step: number): WeekFaults['gaps'] {
  const first = cells.findIndex((name) => name !== null);
  if (first < 0) return [];
  const gaps: { from: string; to: string }[] = [];
  let begin: number | null = null;
  // Round from the first that is taken, so that a gap over Sunday's end is one.
  for (let i = first; i <= first + cells.length; i++) {
    const isFree = cells[i % cells.length] === null;
    if (isFree) begin ??= i;
    else if (begin !== null) {
      gaps.push({ from: weekText((begin % cells.length) * step), to: weekText((i % cells.length) * step) });
      begin = null;
    }
  }
  return gaps;
}

function weekText(minute: number): string {
  const clock = [Math.floor(minute / 60) % 24, minute % 60].map((n) => String(n).padStart(2, '0')).join(':');
  return `${WEEKDAYS[Math.floor(minute / 1440)]} ${clock}`;
}
