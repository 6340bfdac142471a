/** Threads that nobody waits for on the way to a verdict let those go first that somebody does. */
import { readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';

/** Of nice(2): for what may wait as long as it must. */
export const LAST = 19;
/** Of nice(2): about a third of the share of a thread with none, where both want the same core; all of it where the core is free. */
const NICENESS = 5;

/**
 * Called by the thread itself. Linux keeps niceness by thread, and setpriority(2) takes a thread's id for a process's. Elsewhere, and
 * where /proc is not mounted, nothing happens: it is a courtesy, not a need.
 */
export function yieldToVerdicts(niceness = NICENESS): void {
  try {
    setPriority(Number(readlinkSync('/proc/thread-self').split('/').at(-1)), niceness);
  } catch {
    // Another system.
  }
}
