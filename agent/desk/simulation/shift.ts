/**
 * The press on the course `shift`: nothing goes wrong by chance. A nozzle that sprays the die clogs, the die gets hotter from part to part until it
 * makes bad ones, and then it is changed. Time is ms since the epoch of the press.
 */
import { type Milliseconds, Seconds } from '../../time.ts';

export const DRIFT = {
  from: Seconds(45),
  /** °C a second. A real die takes a shift for it. */
  rate: 2,
  /** The die is changed. */
  until: Seconds(82),
  /** Time constant with which the new one has the temperature of the old one in its good days. */
  lag: Seconds(0.25),
} as const;

/** One part in so many has a scratch or a pore, whatever the die does: always the same ones. */
const FLAWED = 20;

/** What the clogged nozzle has added to the temperature of the die, °C. */
export function heatAt(time: Milliseconds): number {
  const { from, rate, until, lag } = DRIFT;
  const risen = (rate * Math.max(0, Math.min(time, until) - from)) / 1000;
  return risen * Math.exp(-Math.max(0, time - until) / lag);
}

export const isFlawed = (number: number): boolean => number % FLAWED === 0;
