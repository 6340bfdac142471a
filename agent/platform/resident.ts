/** How much memory another process holds, and a watch that tells when it is too much. Linux alone knows; elsewhere nobody is told. */
import { readFileSync } from 'node:fs';
import { type Clock, every, type Milliseconds } from '../time.ts';

/** In memory and swapped out, bytes; undefined where it cannot be known: the process has ended, or there is no /proc. */
export function residentBytes(pid: number): number | undefined {
  try {
    // In kB whatever the page size is, which statm counts in and which differs between ARM64 kernels. /proc never waits for a disk.
    const status = readFileSync(`/proc/${pid}/status`, 'latin1');
    const kilobytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0);
    return (kilobytes('VmRSS') + kilobytes('VmSwap')) * 1024;
  } catch {
    return undefined;
  }
}

/** Memory is filled at some GB/s at most: between two looks less than 100 MB. A look takes 30 µs. */
const LOOK: Milliseconds = 20;

/** Calls `over` at each look that finds more than `most` bytes; the returned function ends the watch. */
export function watchResident(clock: Pick<Clock, 'after'>, pid: number, most: number, over: () => void): () => void {
  return every(clock, LOOK, () => {
    if ((residentBytes(pid) ?? 0) > most) over();
  });
}
