/** Times and ages in words. The clock is the box's: a panel's own may be hours off. */
import { createSignal } from 'solid-js';
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

const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const day = new Intl.DateTimeFormat('en-CA', { year: 'numeric', month: '2-digit', day: '2-digit' });

export const timeOf = (at: number): string => clock.format(at);
export const isToday = (at: number): boolean => day.format(at) === day.format(now());
/** Today only the time; else the day before it. */
export const momentOf = (at: number): string => (isToday(at) ? timeOf(at) : `${day.format(at)} ${timeOf(at)}`);
export const utcOf = (at: number): string => new Date(at).toISOString().replace('T', ' ').replace('Z', ' UTC');

export function ageOf(at: number): string {
  const seconds = Math.max(0, Math.round((now() - at) / SECOND));
  if (seconds < 1) return words.age.now;
  if (seconds < 120) return words.age.seconds(seconds);
  const minutes = Math.round(seconds / 60);
  if (minutes < 120) return words.age.minutes(minutes);
  const hours = Math.round(minutes / 60);
  return hours < 48 ? words.age.hours(hours) : words.age.days(Math.round(hours / 24));
}
