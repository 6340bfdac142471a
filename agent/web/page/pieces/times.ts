/** Times and ages in words. The clock is the box's: a panel's own may be hours off. */
import { createMemo, createRoot, createSignal } from 'solid-js';
import { words } from '../words.ts';

const SECOND = 1000;
/** What the box's clock is ahead of this screen's monotonic one, ms. */
let ahead: number | null = null;
const [tick, setTick] = createSignal(0);
setInterval(() => setTick((n) => n + 1), SECOND);

/** The box has just said what time it is there. */
export function boxSays(at: number): void {
  ahead = at - performance.now();
}

/** ms since 1970 on the box; follows by the second where it is read inside an effect. */
export function now(): number {
  tick();
  return ahead === null ? Date.now() : performance.now() + ahead;
}

const formatsOf = (timeZone: string | undefined) => ({
  clock: new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit', timeZone }),
  day: new Intl.DateTimeFormat('en-CA', { year: 'numeric', month: '2-digit', day: '2-digit', timeZone }),
});
/** This screen's own zone until the box has said the line's. */
const [zone, setZone] = createSignal<string>();
const formats = createRoot(() => createMemo(() => formatsOf(zone())));

/** The line's zone (IANA): a shift, a log book and this page say the same time, wherever somebody looks from. */
export function zoneIs(said: string): void {
  setZone(said);
}

export const timeOf = (at: number): string => formats().clock.format(at);
export const dayOf = (at: number): string => formats().day.format(at);
const isToday = (at: number): boolean => dayOf(at) === dayOf(now());
/** Today only the time; else the day before it. */
export const momentOf = (at: number): string => (isToday(at) ? timeOf(at) : `${dayOf(at)} ${timeOf(at)}`);
export const utcOf = (at: number): string => new Date(at).toISOString().replace('T', ' ').replace('Z', ' UTC');

/** ms since 1970 of a time as a person writes it (2026-11-29T14:03:20), at the line; NaN where it is none. */
export function momentAt(written: string): number {
  const asUtc = Date.parse(`${written}Z`);
  // The zone is so much ahead at about that time; an hour that a clock change skips or repeats is read as one of the two.
  const aheadOfUtc = (at: number) => Date.parse(`${dayOf(at)}T${timeOf(at)}Z`) - Math.floor(at / SECOND) * SECOND;
  if (Number.isNaN(asUtc)) return Number.NaN;
  return asUtc - aheadOfUtc(asUtc - aheadOfUtc(asUtc));
}

export function ageOf(at: number): string {
  const ms = Math.max(0, now() - at);
  if (Math.round(ms / SECOND) < 1) return words.age.now;
  return coarse(ms, words.age);
}

/** How long something lasts, coarse. */
export const lastsOf = (ms: number): string => (ms < SECOND ? words.lasts.ms(Math.round(ms)) : coarse(ms, words.lasts));

type Units = Readonly<Record<'seconds' | 'minutes' | 'hours' | 'days' | 'years', (n: number) => string>>;
function coarse(ms: number, units: Units): string {
  const seconds = Math.round(ms / SECOND);
  if (seconds < 120) return units.seconds(seconds);
  const minutes = Math.round(seconds / 60);
  if (minutes < 120) return units.minutes(minutes);
  const hours = Math.round(minutes / 60);
  if (hours < 48) return units.hours(hours);
  const days = Math.round(hours / 24);
  return days < 730 ? units.days(days) : units.years(Math.round(days / 365.25));
}

/** No clock that is right says a time before this: nothing of this page was written then. */
const NEVER_NOW = Date.UTC(2025, 0, 1);

/** What a clock that is so much ahead of the box's says of itself. */
export function skewOf(ms: number): string {
  const says = now() + ms;
  if (says < NEVER_NOW && now() >= NEVER_NOW) return words.health.unset(utcOf(says).slice(0, 10));
  const off = lastsOf(Math.abs(ms));
  return ms >= 0 ? words.health.ahead(off) : words.health.behind(off);
}
