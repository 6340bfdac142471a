/**
 * Time, injected. Nothing in agent/ calls Date.now() or setTimeout() but this file, so that every wait can be driven by a test.
 *
 * Two clocks, never mixed: `now()` is wall time in milliseconds since the epoch with a fraction, for what is written down and
 * compared with camera and PLC timestamps; `elapsed()` is monotonic milliseconds, for deadlines, back-off and watchdogs, and does
 * not jump when the box learns the time from NTP.
 */
export interface Clock {
  /** Wall time, ms since the epoch, with a fraction. May jump. */
  now(): number;
  /** Monotonic time, ms from an arbitrary start. Never jumps. */
  elapsed(): number;
  /** Calls `fn` once after `ms` of monotonic time; the returned function cancels it. Never keeps the process alive. */
  after(ms: Milliseconds, fn: () => void): () => void;
  /** Resolves after `ms`; rejects with the signal's reason when aborted first. */
  sleep(ms: Milliseconds, signal?: AbortSignal): Promise<void>;
}

/** A duration in milliseconds. In the config a duration carries its unit ("200ms"); in code it is always this. */
export type Milliseconds = number;

export const Seconds = (n: number): Milliseconds => n * 1000;
export const Minutes = (n: number): Milliseconds => n * 60_000;
export const Hours = (n: number): Milliseconds => n * 3_600_000;
export const Days = (n: number): Milliseconds => n * 86_400_000;

/** A length of time as people say it, coarse: `0.4 s`, `90 s`, `2 h`, `56 years`. */
export function inWords(ms: Milliseconds): string {
  const seconds = ms / 1000;
  if (seconds < 10) return `${Number(seconds.toFixed(1))} s`;
  if (seconds < 119.5) return `${Math.round(seconds)} s`;
  const minutes = seconds / 60;
  if (minutes < 119.5) return `${Math.round(minutes)} min`;
  const hours = minutes / 60;
  if (hours < 47.5) return `${Math.round(hours)} h`;
  const days = hours / 24;
  return days < 729.5 ? `${Math.round(days)} days` : `${Math.round(days / 365.25)} years`;
}

/** No clock that is right says a time before this: nothing of this agent was written then. */
const NEVER_NOW = Date.UTC(2025, 0, 1);

/** What is to be said of a clock that is `skew` ahead of this box's, whose time is `now`: goes on after its name. */
export function skewInWords(skew: Milliseconds, now: number): string {
  const says = (at: number) => `was never set or has lost its time: it says ${new Date(at).toISOString().slice(0, 10)}`;
  if (now + skew < NEVER_NOW && now >= NEVER_NOW) return says(now + skew);
  const off = `is ${inWords(Math.abs(skew))} ${skew > 0 ? 'ahead of' : 'behind'} the clock of this box`;
  return now < NEVER_NOW ? `${off}, which ${says(now)}` : off;
}

/** Calls `fn` each time `ms` have passed since it last returned; the returned function ends it. */
export function every(clock: Pick<Clock, 'after'>, ms: Milliseconds, fn: () => void): () => void {
  let cancel = () => {};
  const wait = () => {
    cancel = clock.after(ms, () => {
      fn();
      wait();
    });
  };
  wait();
  return () => cancel();
}

/** True when `work` ends within `ms`; rejects as it does. Nothing is left that keeps the process alive once it has ended. */
export async function endsWithin(clock: Pick<Clock, 'sleep'>, work: Promise<unknown>, ms: Milliseconds): Promise<boolean> {
  const over = new AbortController();
  const late = clock.sleep(ms, over.signal).then(
    () => false,
    () => true,
  );
  return Promise.race([work.then(() => true), late]).finally(() => over.abort());
}

/** The longest wait that setTimeout knows, 24.8 days; it takes a longer one for 1 ms. */
const LONGEST: Milliseconds = 2 ** 31 - 1;

/** setTimeout for any length: a longer wait is made of several. `made` is told of every timer; the returned function cancels. */
function timer(ms: Milliseconds, fn: () => void, made: (handle: NodeJS.Timeout) => void = () => {}): () => void {
  let left = ms;
  let handle: NodeJS.Timeout;
  const wait = () => {
    const part = Math.min(left, LONGEST);
    left -= part;
    handle = setTimeout(left > 0 ? wait : fn, part);
    made(handle);
  };
  wait();
  return () => clearTimeout(handle);
}

/** The process's own clock. Wall time keeps performance.now()'s fraction but follows the system when it is set. */
export const systemClock: Clock = {
  now: () => {
    const wall = Date.now();
    const fine = performance.timeOrigin + performance.now();
    // performance.timeOrigin is fixed at process start; once NTP has moved the clock, only Date.now() is right.
    return Math.abs(fine - wall) < 2 ? fine : wall;
  },
  elapsed: () => performance.now(),
  after: (ms, fn) => timer(ms, fn, (handle) => handle.unref()),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const abort = () => {
        cancel();
        reject(signal?.reason);
      };
      const cancel = timer(ms, () => {
        signal?.removeEventListener('abort', abort);
        resolve();
      });
      signal?.addEventListener('abort', abort, { once: true });
    }),
};
