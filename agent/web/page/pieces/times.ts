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
  const seconds = Math.max(0, Math.round((now() - at) / SECOND));
  if (seconds < 1) return words.age.now;
  if (seconds < 120) return words.age.seconds(seconds);
  const minutes = Math.round(seconds / 60);
  if (minutes < 120) return words.age.minutes(minutes);
  const hours = Math.round(minutes / 60);
  return hours < 48 ? words.age.hours(hours) : words.age.days(Math.round(hours / 24));
}
