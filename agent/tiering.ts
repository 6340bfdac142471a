/**
 * V8 optimises a function after some thousand calls, on threads that then share the cores with the networks: on two cores that made the
 * slowest verdicts of an agent's first minutes half as slow again, and a tenth of its processor time. The agent's own code is short; what
 * is truly hot (a tag's sample, an event) gets there all the same, a second later.
 */
import { setFlagsFromString } from 'node:v8';

/** Bytes of bytecode run, before V8 12; calls, since. About fifteen times V8's own. */
const BUDGET = '--interrupt-budget=1000000';
const CALLS = '--invocation-count-for-turbofan=40000';
const COUNTS_CALLS_SINCE = 12;

export const flagFor = (v8: string): string => (Number.parseInt(v8, 10) >= COUNTS_CALLS_SINCE ? CALLS : BUDGET);

/** For all threads of this process, those that run already too. */
export function optimiseLate(): void {
  setFlagsFromString(flagFor(process.versions.v8));
}
