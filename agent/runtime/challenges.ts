/** The challenges of a station, put together from its config. */
import { rhythmOf } from '../config/challenges.ts';
import type { StationConfig } from '../config/schema.ts';
import type { Challenges } from '../contracts/index.ts';
import { ChallengeBook } from '../decisions/challenges/book.ts';
import type { Clock } from '../time.ts';
import type { Running } from './model-changes.ts';

export interface ChallengeTimes {
  readonly clock: Pick<Clock, 'elapsed'>;
  /** The agent's own time. */
  readonly own: () => number;
  /** Of the shift that runs at this station; null where nobody knows. */
  readonly shift: () => string | null;
}

/** Undefined: it has none. */
export function challengesOf(
  station: string,
  { challenges = {} }: StationConfig,
  { clock, own, shift }: ChallengeTimes,
): Challenges | undefined {
  const named = Object.entries(challenges);
  if (named.length === 0) return undefined;
  const specs = named.map(([name, { part, expect, reason, every, grace, hold, write }]) => {
    return [name, { part, expect, reason, hold, write, ...rhythmOf({ every, grace }) }] as const;
  });
  return new ChallengeBook({ station, challenges: Object.fromEntries(specs), elapsed: () => clock.elapsed(), own, shift });
}

/** By slot, which network judges: the same package in another variant is another one. */
export const packagesOf = (running: readonly Running[]): Readonly<Record<string, string>> =>
  Object.fromEntries(running.map(({ slot, version, loaded }) => [slot.id, `${slot.package} ${version} ${loaded.sha256}`]));
