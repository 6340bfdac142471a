/** Faults of the press that come and go: at most one at a time, known for any moment without having lived through the time before. */
import { randomUniform } from 'd3-random';
import type { Milliseconds } from '../../time.ts';
import { pick, stream } from './random.ts';

export type ProcessFault = 'overheating' | 'pressure-drift';
export const PROCESS_FAULTS = ['overheating', 'pressure-drift'] as const satisfies readonly ProcessFault[];

/** `faults`: they come and go by chance. `shift`: a press in good order whose die gets too hot once, slowly, until it is changed (shift.ts). */
export type Course = 'faults' | 'shift';

export interface Episode {
  readonly fault: ProcessFault;
  readonly from: Milliseconds;
  readonly until: Milliseconds;
}

/** Time is cut into slots of this length, each with one fault or none: that makes every slot known by its number alone. */
const SLOT: Milliseconds = 12_000;
const CHANCE = 0.9;
/** Begins late and ends early enough for the slowest response (physics.ts) to have died away at the end of the slot. */
const BEGINS = [4000, 6500] as const;
const LASTS = [1600, 2600] as const;

/** The fault of the slot that `time` (ms since the epoch of the press) lies in. The press starts in good health, and soon falls ill. */
export function episodeAt(seed: number, time: Milliseconds): Episode | null {
  const slot = Math.floor(time / SLOT);
  const source = stream(seed, 'fault', slot);
  if (slot < 0 || (source() > CHANCE && slot > 0)) return null;
  const from = slot * SLOT + randomUniform.source(source)(...BEGINS)();
  return { from, until: from + randomUniform.source(source)(...LASTS)(), fault: pick(PROCESS_FAULTS, source) };
}
