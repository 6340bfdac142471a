/** How long the main thread works without a turn of its loop while something is tried. */
import { openSync, readSync } from 'node:fs';

/**
 * Turns of the loop are watched from here on until `end`, which says how long the main thread worked in the longest, ms. Time in
 * which it had no processor, or waited for threads that had none, says nothing of what is tried: on a box that is busy it is most.
 */
export function watchTurns(): { end(): number } {
  let worked = workedMs();
  let longest = 0;
  let running = true;
  const look = () => {
    const now = workedMs();
    longest = Math.max(longest, now - worked);
    worked = now;
  };
  const turn = () => {
    if (!running) return;
    look();
    setImmediate(turn);
  };
  setImmediate(turn);
  return {
    end: () => {
      running = false;
      look();
      return longest;
    },
  };
}

const schedstat = openSchedstat();
const text = Buffer.alloc(128);

/** Processor time of the main thread alone, ms; where the system does not tell, time as such. */
function workedMs(): number {
  if (schedstat === undefined) return performance.now();
  const length = readSync(schedstat, text, 0, text.length, 0);
  return Number(text.toString('latin1', 0, length).split(' ')[0]) / 1e6;
}

/** Of a process it tells of the first thread: Linux, Documentation/scheduler/sched-stats.rst. */
function openSchedstat(): number | undefined {
  try {
    return openSync('/proc/self/schedstat', 'r');
  } catch {
    return undefined;
  }
}
