/**
 * From the twentieth second or so V8 let an agent's heap of 47 MB grow by 8 MB before it marked all of it again: every second at sixty
 * parts a second (packets count), on four threads that share two cores with the networks, a millisecond of processor a part. Memory for
 * twice what lives is cheaper: then it is every fifteen seconds. Its memory reducer is not the cause, it is the same without.
 */
import { setFlagsFromString } from 'node:v8';

/** How much the old generation may grow, in percent of what survived, before it is collected again. */
export const COLLECT_LATE = '--heap-growing-percent=100';

/** For all threads of this process, those that run already too. */
export function collectLate(): void {
  setFlagsFromString(COLLECT_LATE);
}
