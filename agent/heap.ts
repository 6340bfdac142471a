/**
 * V8 lets the old generation grow slowly once it takes a process for settled: an agent's 47 MB were marked again as soon as 8 MB had come,
 * at sixty parts a second every second (pictures and packets count), on four threads that share two cores with the networks: a
 * millisecond of processor a part. Memory for twice what lives is cheaper: then it is every fifteen seconds.
 */
import { setFlagsFromString } from 'node:v8';

/** How much the old generation may grow, in percent of what survived, before it is collected again. */
export const COLLECT_LATE = '--heap-growing-percent=100';

/** For all threads of this process, those that run already too. */
export function collectLate(): void {
  setFlagsFromString(COLLECT_LATE);
}
