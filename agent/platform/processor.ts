/** How long another process has been on a processor, and a watch that tells when it is too long. Linux alone knows; elsewhere nobody is told. */
import { readFileSync } from 'node:fs';
import { type Clock, every, type Milliseconds } from '../time.ts';

/** Linux counts in hundredths of a second here, whatever the kernel's own tick is (USER_HZ of every architecture that Node runs on). */
const TICK: Milliseconds = 10;

/** Of all its threads since its start; undefined where it cannot be known: the process has ended, or there is no /proc. */
export function processorTime(pid: number): Milliseconds | undefined {
  try {
    // Fields 14 and 15, utime and stime; the second, the name, may hold blanks and parentheses of its own.
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const [user, system] = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .slice(11, 13);
    return (Number(user) + Number(system)) * TICK;
  } catch {
    return undefined;
  }
}

const LOOK: Milliseconds = 100;

/** Calls `over` at each look that finds it more than `most` longer on a processor than now; the returned function ends the watch. */
export function watchProcessor(clock: Pick<Clock, 'after'>, pid: number, most: Milliseconds, over: () => void): () => void {
  const before = processorTime(pid) ?? 0;
  return every(clock, LOOK, () => {
    if ((processorTime(pid) ?? 0) - before > most) over();
  });
}
